; SPDX-License-Identifier: MIT
; Guest program: Ctrl-C (INT 23h), the break flag 33h, and the ends of children by Ctrl-C. Needs CHILDBRK.COM.

%define LOG "CTRLC.LOG"
%include "check.inc"

main:
        mov     ax, cs
        mov     [block + 4], ax
        mov     [block + 8], ax
        mov     [block + 12], ax
        mov     dl, 0
        mov     ax, 3301h
        int     21h
        mov     ax, 3300h
        int     21h
        is      dl, 0, "ctrlc.3301_off"
        mov     dl, 1
        mov     ax, 3301h
        int     21h
        mov     ax, 3300h
        int     21h
        is      dl, 1, "ctrlc.3301_on"
        mov     dl, 0
        mov     ax, 3302h
        int     21h
        is      dl, 1, "ctrlc.3302_swaps"
        mov     ax, 3300h
        int     21h
        is      dl, 0, "ctrlc.3302_sets"
        mov     ax, 337Fh
        int     21h
        is      al, 0FFh, "ctrlc.33_bad_function"

        mov     dx, go_on                       ; IRET: the call is done again
        mov     ax, 2523h
        int     21h
        call    drop_keys
        key     2Eh, 3
        dos     0Bh
        isb     [calls], 1, "ctrlc.0b_calls_int_23"
        call    drop_keys
        key     2Eh, 3
        mov     word [then], 1E00h + 'a'
        mov     byte [calls], 0
        dos     8
        is      al, 'a', "ctrlc.08_goes_on_after_iret"
        isb     [calls], 1, "ctrlc.08_calls_int_23"
        key     2Eh, 3
        mov     byte [calls], 0
        dos     7
        is      al, 3, "ctrlc.07_gives_the_character"
        isb     [calls], 0, "ctrlc.07_does_not_call_int_23"
        key     2Eh, 3
        mov     dl, 0FFh
        dos     6
        is      al, 3, "ctrlc.06_gives_the_character"
        isb     [calls], 0, "ctrlc.06_does_not_call_int_23"
        ; disk calls look at the keyboard only with the flag on
        key     2Eh, 3
        dos     19h
        isb     [calls], 0, "ctrlc.flag_off_no_check"
        mov     dl, 1
        mov     ax, 3301h
        int     21h
        dos     19h
        isb     [calls], 1, "ctrlc.flag_on_checks_every_call"
        mov     dl, 0
        mov     ax, 3301h
        int     21h
        call    drop_keys
        ; RETF with CF = 0 goes on, too
        mov     dx, far_on
        mov     ax, 2523h
        int     21h
        key     2Eh, 3
        mov     word [then], 3000h + 'b'
        mov     byte [calls], 0
        dos     8
        is      al, 'b', "ctrlc.08_goes_on_after_retf"
        isb     [calls], 1, "ctrlc.retf_called_once"
        call    drop_keys
        ; a child with the default handler is ended
        key     2Eh, 3
        call    child
        dos     4Dh
        is      ax, 0100h, "ctrlc.4d_ended_by_ctrl_c"
        mov     ax, 3523h
        int     21h
        is      bx, far_on, "ctrlc.int_23_is_restored"
        push    cs
        pop     es
        ; RETF with CF = 1 ends the program
        mov     dx, far_end
        mov     ax, 2523h
        int     21h
        call    drop_keys
        key     2Eh, 3
        call    child
        dos     4Dh
        is      ah, 1, "ctrlc.retf_with_carry_ends_the_child"
        call    drop_keys
        int     1Bh                             ; Ctrl-Break: DOS notes it, the next call acts
        mov     dx, go_on
        mov     ax, 2523h
        int     21h
        mov     byte [calls], 0
        dos     0Bh
        cmp     byte [calls], 0
        check   ne, "ctrlc.break_key_reaches_int_23"
        call    drop_keys
        jmp     check_exit

; child - CHILDBRK.COM takes INT 23h as it finds it and waits for a key with function 08
child:
        mov     dx, name
        mov     bx, block
        push    cs
        pop     es
        mov     [old_sp], sp
        mov     ax, 4B00h
        int     21h
        mov     ax, cs
        mov     ds, ax
        mov     es, ax
        cli
        mov     ss, ax
        mov     sp, [old_sp]
        sti
        cld
        ret

; go_on, far_on - handlers that go on: they count, and type the key that the test waits for (some DOS empty the
; keyboard buffer at Ctrl-C)
go_on:
        call    typed
        iret
far_on:
        call    typed
        clc
        retf
typed:
        push    cx
        inc     byte [cs:calls]
        xor     cx, cx
        xchg    cx, [cs:then]
        jcxz    .none
        call    put_key
.none:  pop     cx
        ret
far_end:
        stc
        retf

        section .data
calls:          db 0
then:           dw 0
old_sp:         dw 0
name:           db "A:\CHILDBRK.COM", 0
block:          dw 0, tail, 0, 5Ch, 0, 6Ch, 0
tail:           db 0, 13
