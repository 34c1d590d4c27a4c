; SPDX-License-Identifier: MIT
; Guest program, started by process.asm: does what the first letter of its tail says and ends in that way.
;   ' 4' 4Ch with code 42h      ' 2' INT 20h       ' 0' function 00h     ' r' RET at the end of a .COM
;   ' t' 31h with code 7 and 40h paragraphs        ' 7' INT 27h          ' p' reports its PSP to the parent
; The parent's block is at INT 60h's vector: words PSP, AX at entry, SP, tail length, word at the top of the stack,
; the parent's PSP field, FCB drive bytes, environment segment, INT 22h field, handle table words.

        cpu     386
        org     100h
        mov     [entry_ax], ax
        mov     [entry_sp], sp
        mov     al, [82h]
        cmp     al, '4'
        je      exit_4c
        cmp     al, '2'
        je      exit_20
        cmp     al, '0'
        je      exit_00
        cmp     al, 'r'
        je      exit_ret
        cmp     al, 't'
        je      resident_31
        cmp     al, '7'
        je      resident_27
        cmp     al, 'p'
        je      report
        mov     ax, 4CEEh
        int     21h

exit_4c:
        mov     ax, 4C42h
        int     21h
exit_20:
        int     20h
exit_00:
        mov     ah, 0
        int     21h
exit_ret:
        ret
resident_31:
        mov     es, [2Ch]
        mov     ah, 49h
        int     21h
        mov     dx, 40h
        mov     ax, 3107h
        int     21h
resident_27:
        mov     dx, 400h
        int     27h

report:
        xor     ax, ax
        mov     es, ax
        les     di, [es:60h * 4]
        cld
        mov     ax, cs
        stosw
        mov     ax, [entry_ax]
        stosw
        mov     ax, [entry_sp]
        stosw
        movzx   ax, byte [80h]
        stosw
        pop     ax
        stosw
        mov     ax, [16h]
        stosw
        mov     al, [5Ch]
        mov     ah, [6Ch]
        stosw
        mov     ax, [2Ch]
        stosw
        mov     ax, [0Ah]
        stosw
        mov     ax, [0Ch]
        stosw
        mov     ax, [18h]
        stosw
        mov     ax, [18h + 5]
        stosw
        mov     si, 81h
        mov     cx, 16
        rep     movsb
        mov     si, 5Ch
        mov     cx, 12
        rep     movsb
        push    ds
        mov     ds, [2Ch]
        xor     si, si
.var:   lodsb
        or      al, al
        jnz     .var
        cmp     byte [si], 0
        jne     .var
        inc     si
        mov     cx, 34                          ; the count word and the path
        rep     movsb
        pop     ds
        mov     ax, 4C01h
        int     21h

entry_ax:       dw 0
entry_sp:       dw 0
