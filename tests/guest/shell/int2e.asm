; SPDX-License-Identifier: MIT
; INT2E - has the shell run three commands by INT 2Eh: an internal one, a program, a batch file.
        cpu     386
        org     100h
start:
        mov     sp, stack_top
        mov     bx, (stack_top - start + 100h + 15) / 16
        mov     ah, 4Ah
        int     21h
        mov     si, internal
        call    run
        mov     si, program
        call    run
        mov     si, batch
        call    run
        mov     dx, text
        mov     ah, 9
        int     21h
        mov     ax, 4C03h
        int     21h
run:
        int     2Eh                     ; may change all registers but CS:IP; ours keeps the stack
        mov     ax, cs
        mov     ds, ax
        mov     es, ax
        ret
internal db     internal_end - internal - 1, 'echo from INT 2Eh'
internal_end db 13
program db      program_end - program - 1, 'args one two'
program_end db  13
batch   db      batch_end - batch - 1, 'sub4 x y'
batch_end db    13
text    db      'back in the program', 13, 10, '$'
        align   16
        times   512 db 0
stack_top:
