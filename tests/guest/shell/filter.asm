; SPDX-License-Identifier: MIT
; FILTER - copies standard input to standard output with each line in brackets.
        org     100h
next:
        mov     dx, char
        mov     cx, 1
        xor     bx, bx
        mov     ah, 3Fh
        int     21h
        jc      end
        or      ax, ax
        jz      end
        mov     al, [char]
        cmp     al, 13
        je      next
        cmp     al, 10
        je      line
        cmp     byte [started], 0
        jne     put
        mov     al, '['
        call    write
        inc     byte [started]
put:
        mov     al, [char]
        call    write
        jmp     next
line:
        mov     byte [started], 0
        mov     al, ']'
        call    write
        mov     al, 13
        call    write
        mov     al, 10
        call    write
        jmp     next
end:
        ret
write:
        mov     [sign], al
        mov     dx, sign
        mov     cx, 1
        mov     bx, 1
        mov     ah, 40h
        int     21h
        ret
char    db      0
sign    db      0
started db      0
