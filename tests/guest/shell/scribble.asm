; SPDX-License-Identifier: MIT
; SCRIBBLE - overwrites all the memory it was given, so that the shell has to read itself from disk again.
        cpu     386
        org     100h
        mov     bx, [2]                 ; end of our block
        mov     ax, cs
        add     ax, 1000h
        mov     dx, 0
next:
        cmp     ax, bx
        jae     done
        mov     es, ax
        xor     di, di
        mov     cx, 8
        push    ax
        mov     ax, 0DEADh
        rep     stosw
        pop     ax
        inc     ax
        jmp     next
done:
        mov     ax, 4C07h
        int     21h
