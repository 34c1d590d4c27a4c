; SPDX-License-Identifier: MIT
; FILE OVL
; Guest overlay, loaded by process.asm through 4B03h: an EXE with one relocation; a far call to its start gives
; AX = the segment of the relocated word, BX = 600Dh.

        cpu     386
header: db      "MZ"
        dw      (image_end - $$) % 512, (image_end - $$ + 511) / 512, 1, (image - $$) / 16
        dw      0, 0FFFFh, 0, 100h, 0, 0, 0, relocations - $$, 0
relocations:
        dw      word_here - image, 0
        align   16, db 0
image:  mov     ax, [cs:word_here - image]
        mov     bx, 600Dh
        retf
word_here:
        dw      5
image_end:
