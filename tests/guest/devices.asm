; SPDX-License-Identifier: MIT
; Guest program: device names in paths and the behaviour of NUL, CON, AUX, PRN, CLOCK$.

%define LOG "DEVICES.LOG"
%include "check.inc"

main:
        mov     dx, nul
        call    open_it
        works   "devices.nul_opens"
        mov     cx, 5
        mov     dx, room
        dos     3Fh
        works   "devices.nul_read"
        is      ax, 0, "devices.nul_reads_nothing"
        mov     cx, 5
        mov     dx, room
        dos     40h
        is      ax, 5, "devices.nul_takes_everything"
        mov     ax, 4202h
        xor     cx, cx
        xor     dx, dx
        int     21h
        works   "devices.nul_seek"
        mov     ax, 5700h
        int     21h
        works   "devices.nul_has_a_stamp"
        dos     3Eh
        mov     dx, nul_ext
        call    open_it
        works   "devices.extension_is_ignored"
        dos     3Eh
        mov     dx, nul_path
        call    open_it
        works   "devices.in_any_directory"
        dos     3Eh
        mov     dx, nul_lower
        call    open_it
        works   "devices.lower_case"
        dos     3Eh
        mov     dx, nul_bad
        call    open_it
        fails   3, "devices.missing_directory"
        mov     dx, nulx
        call    open_it
        fails   2, "devices.longer_name_is_a_file"
        mov     dx, nul
        xor     cx, cx
        dos     3Ch
        works   "devices.create_opens"
        mov     bx, ax
        dos     3Eh
        mov     dx, nul
        dos     41h
        check   c, "devices.delete_refused"
        mov     dx, con
        call    open_it
        works   "devices.con_opens"
        mov     ax, 4400h
        int     21h
        and     dl, 83h
        is      dl, 83h, "devices.con_bits"
        call    drop_keys
        key     1Eh, 'k'
        key     1Ch, 13
        mov     cx, 10
        mov     dx, room
        dos     3Fh
        is      ax, 3, "devices.con_reads_a_line"
        same    room, {"k", 13, 10}, "devices.con_text"
        dos     3Eh
        mov     dx, aux
        call    open_it
        works   "devices.aux_opens"
        mov     cx, 2
        mov     dx, line_break
        dos     40h
        is      ax, 2, "devices.aux_writes"
        mov     ax, 4400h
        int     21h
        test    dl, 80h
        check   nz, "devices.aux_is_a_device"
        dos     3Eh
        mov     dx, com1
        call    open_it
        works   "devices.com1_opens"
        dos     3Eh
        mov     dx, prn
        call    open_it
        works   "devices.prn_opens"
        mov     cx, 2
        mov     dx, line_break
        dos     40h
        is      ax, 2, "devices.prn_writes"
        dos     3Eh
        mov     dx, lpt1
        call    open_it
        works   "devices.lpt1_opens"
        dos     3Eh
        mov     dl, 13
        dos     4
        mov     dl, 10
        dos     4
        check   nc, "devices.04_writes_aux"
        mov     dl, 13
        dos     5
        check   nc, "devices.05_writes_prn"
        mov     dx, clock
        call    open_it
        works   "devices.clock_opens"
        mov     ax, 4400h
        int     21h
        mov     dh, 0
        or      dl, 20h                         ; raw: the record in one piece
        mov     ax, 4401h
        int     21h
        mov     cx, 6
        mov     dx, room
        dos     3Fh
        works   "devices.clock_reads"
        is      ax, 6, "devices.clock_gives_six_bytes"
        dos     2Ch
        cmp     [room + 3], ch
        check   e, "devices.clock_hour"
        cmp     word [room], 10000              ; days since 1980
        check   a, "devices.clock_days"
        dos     3Eh
        mov     bx, 3
        mov     ax, 4400h
        int     21h
        test    dl, 80h
        check   nz, "devices.handle_3_is_aux"
        mov     bx, 4
        mov     ax, 4400h
        int     21h
        test    dl, 80h
        check   nz, "devices.handle_4_is_prn"
        jmp     check_exit

; open_it - opens DS:DX for reading and writing; BX = AX = handle, CF
open_it:
        mov     ax, 3D02h
        int     21h
        mov     bx, ax
        ret

        section .data
nul:            db "NUL", 0
nul_ext:        db "NUL.TXT", 0
nul_path:       db "A:\NUL", 0
nul_lower:      db "a:nul", 0
nul_bad:        db "A:\NODIR\NUL", 0
nulx:           db "NULX", 0
con:            db "CON", 0
aux:            db "AUX", 0
com1:           db "COM1", 0
prn:            db "PRN", 0
lpt1:           db "LPT1", 0
clock:          db "CLOCK$", 0
line_break:     db 13, 10
room:           times 80 db 0
