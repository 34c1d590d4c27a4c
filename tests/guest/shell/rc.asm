; SPDX-License-Identifier: MIT
; RC n - ends with the error level n.
        cpu     386
        org     100h
        mov     si, 82h
        xor     bx, bx
next:
        lodsb
        sub     al, '0'
        cmp     al, 9
        ja      done
        imul    bx, 10
        cbw
        add     bx, ax
        jmp     next
done:
        mov     al, bl
        mov     ah, 4Ch
        int     21h
