; SPDX-License-Identifier: MIT
; Guest program: the CP/M entry, a near call of PSP:5 with the function in CL, and the far call behind it.

%define LOG "CPM.LOG"
%include "check.inc"

main:
        mov     cl, 19h
        call    5
        is      al, 0, "cpm.near_call_of_5"
        mov     cl, 2
        mov     dl, 'c'
        call    5
        check   nc, "cpm.console_output"
        mov     cl, 30h                         ; functions above 24h are not reached this way: AL = 0
        mov     ax, 1234h
        call    5
        is      al, 0, "cpm.high_functions_refused"
        jmp     check_exit
