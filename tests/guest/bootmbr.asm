; SPDX-License-Identifier: MIT
; The shortest partition boot code for a test disk: reads cylinder 0, head 1, sector 1 (LBA 63) and enters it.
; Memory: this sector moves from 07C00 to 00600; stack below 07C00.

        cpu     8086
        org     600h

        cli
        cld
        xor     ax, ax
        mov     ss, ax
        mov     sp, 7C00h
        mov     ds, ax
        mov     es, ax
        mov     si, sp
        mov     di, 600h
        mov     cx, 256
        rep movsw
        sti
        jmp     0:moved
moved:
        mov     ax, 0201h
        mov     bx, 7C00h
        mov     cx, 1
        mov     dh, 1
        int     13h
        jc      $
        jmp     0:7C00h

        times 1BEh - ($ - $$) db 0
        db      80h, 1, 1, 0, 4, 15, 63, 8      ; active, FAT16, heads 1-15, sectors 1-63, cylinders 0-8
        dd      63, 9 * 16 * 63 - 63
        times 510 - ($ - $$) db 0
        dw      0AA55h
