; SPDX-License-Identifier: MIT
; BOTH command - runs the command by %COMSPEC% /C with standard error going where standard output goes, and
; ends with its error level. One segment; the stack is moved below the end of the shrunk block.
        cpu     386
        org     100h
start:
        mov     sp, stack_top
        mov     bx, (stack_top - start + 100h + 15) / 16
        mov     ah, 4Ah
        int     21h
        mov     bx, 1                   ; handle 2 = handle 1
        mov     cx, 2
        mov     ah, 46h
        int     21h
        mov     al, [80h]               ; tail: "/C" and ours
        add     al, 3
        mov     [tail], al
        mov     si, 81h
        mov     di, tail_rest
        mov     cx, 126
        rep     movsb
        mov     ax, cs
        mov     [block + 4], ax
        mov     [block + 8], ax
        mov     [block + 12], ax
        mov     ds, [2Ch]
        xor     si, si
next:
        cmp     dword [si], 'COMS'
        jne     skip
        cmp     dword [si + 4], 'PEC='
        je      found
skip:
        lodsb
        or      al, al
        jnz     skip
        jmp     next
found:
        lea     dx, [si + 8]
        mov     bx, block
        mov     ax, 4B00h
        int     21h
        mov     ah, 4Dh
        int     21h
        mov     ah, 4Ch
        int     21h
block   dw      0, tail, 0, 5Ch, 0, 6Ch, 0
tail    db      0, ' /C'
tail_rest times 128 db 0
        align   16
        times   512 db 0
stack_top:
