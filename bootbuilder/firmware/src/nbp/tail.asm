; SPDX-License-Identifier: MIT
; The very last step, copied below the boot sector's place: puts the sector there and enters it.

TAIL            equ 600h                ; linear address, segment 0

; tail - In: RING_SEGMENT:0 = the sector, DX = drive, BP:BX = Plug and Play structure; SS = ES = 0
; Out: 0000:7C00 with DL = drive, ES:DI = Plug and Play structure, DS = 0, SS:SP = 0000:7C00
tail:
        push    word RING_SEGMENT
        pop     ds
        xor     si, si
        mov     di, 7C00h
        mov     cx, 256
        rep movsw
        push    word 0
        pop     ds
        mov     sp, 7C00h
        mov     es, bp
        mov     di, bx
        sti
        jmp     0:7C00h
tail_end:
