; SPDX-License-Identifier: MIT
; ARGS - shows what a program is told: length and text of the command tail, the names of both FCBs.
        cpu     386
        org     100h
        mov     al, [80h]
        aam     10
        push    ax
        mov     al, ah
        aam     10
        add     ax, '00'
        xchg    al, ah
        mov     [length], ax
        pop     ax
        add     al, '0'
        mov     [length + 2], al
        mov     si, 80h
        lodsb
        movzx   bx, al
        mov     al, 'N'                 ; the byte behind the tail must be CR
        cmp     byte [si + bx], 13
        jne     no_cr
        mov     al, 'Y'
no_cr:
        mov     [cr_there], al
        mov     byte [si + bx], '$'
        mov     dx, text
        mov     ah, 9
        int     21h
        mov     dx, 81h
        mov     ah, 9
        int     21h
        mov     si, 5Ch
        call    name
        mov     si, 6Ch
        call    name
        mov     dx, crlf
        mov     ah, 9
        int     21h
        ret
name:
        mov     di, fcb
        lodsb
        add     al, '@'
        stosb
        inc     di
        mov     cx, 11
        rep     movsb
        mov     dx, fcb_text
        mov     ah, 9
        int     21h
        ret
text    db      'length '
length  db      '000 cr '
cr_there db     '? tail [$'
fcb_text db     '] ['
fcb     db      '@:           $'
crlf    db      ']', 13, 10, '$'
