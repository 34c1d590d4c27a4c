; SPDX-License-Identifier: MIT
; FILE EXE
; Guest program, started by process.asm: an EXE with two segments, relocations and a minimum and maximum of memory.
; Ends with code 0 when it was loaded as its header says, else with the number of the first thing that was wrong.

        cpu     386
IMAGE           equ image_end - image
FILE            equ image_end - $$
PAGES           equ (FILE + 511) / 512          ; DOS counts the last page whole when it computes the block's size
EXTRA           equ 20h                         ; paragraphs beyond the image: minimum = maximum
STACK           equ 100h

header: db      "MZ"
        dw      FILE % 512
        dw      PAGES
        dw      2                               ; relocations
        dw      (image - $$) / 16
        dw      EXTRA
        dw      EXTRA
        dw      (IMAGE + 15) / 16               ; SS
        dw      STACK                           ; SP
        dw      0
        dw      start - image                   ; IP
        dw      0                               ; CS
        dw      relocations - $$
        dw      0
relocations:
        dw      far_data - image, 0
        dw      target - second, (second - image) / 16
        align   16, db 0
image:
start:
        mov     cl, 1
        mov     ax, ds
        mov     bx, es
        cmp     ax, bx
        jne     fail
        inc     cl                              ; 2: the program begins 10h paragraphs after the PSP
        mov     bx, cs
        sub     bx, ax
        cmp     bx, 10h
        jne     fail
        inc     cl                              ; 3: stack
        mov     bx, ss
        mov     dx, cs
        sub     bx, dx
        cmp     bx, (IMAGE + 15) / 16
        jne     fail
        inc     cl                              ; 4: stack pointer
        cmp     sp, STACK
        jne     fail
        inc     cl                              ; 5: the first relocation
        mov     ax, [cs:far_data - image]
        sub     ax, dx
        cmp     ax, (second - image) / 16
        jne     fail
        mov     es, [cs:far_data - image]
        inc     cl                              ; 6: the second one
        mov     ax, [es:target - second]
        cmp     ax, dx
        jne     fail
        inc     cl                              ; 7: size of the block: PSP, image, maximum
        mov     ax, ds
        dec     ax
        mov     es, ax
        mov     ax, [es:3]
        cmp     ax, 10h + PAGES * 32 - (image - $$) / 16 + EXTRA
        jne     fail
        inc     cl                              ; 8: PSP's end of memory
        mov     bx, ds
        add     ax, bx
        cmp     ax, [2]
        jne     fail
        xor     cl, cl
fail:   mov     al, cl
        mov     ah, 4Ch
        int     21h
far_data:
        dw      (second - image) / 16
        align   16, db 0
second: dw      1234h
target: dw      0
image_end:
