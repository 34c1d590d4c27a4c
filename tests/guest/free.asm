; SPDX-License-Identifier: MIT
; Guest program: prints `FREE n`, n = bytes of the largest block that a program gets: this program's own block before it
; gives anything back, PSP included.
;
; Memory: PSP | code

        cpu     386
        org     100h

start:
        mov     ax, [2]                 ; PSP: first segment behind the block
        mov     bx, cs
        sub     ax, bx
        movzx   eax, ax
        shl     eax, 4
        mov     di, digits_end
        mov     ebx, 10
.digit:
        xor     edx, edx
        div     ebx
        add     dl, '0'
        dec     di
        mov     [di], dl
        test    eax, eax
        jnz     .digit
        mov     dx, text
        mov     ah, 9
        int     21h
        mov     dx, di
        mov     ah, 9
        int     21h
        mov     ax, 4C00h
        int     21h

text:   db      "FREE $"
        times 10 db " "
digits_end:
        db      13, 10, "$"
