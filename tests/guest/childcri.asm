; SPDX-License-Identifier: MIT
; Guest program, started by criterr.asm: reads the end of a file on B:, which fails from INT 60h on; would end with
; code 5, or 6 when the file cannot be opened.

        cpu     386
        org     100h
        mov     dx, name
        mov     ax, 3D00h
        int     21h
        mov     bx, ax
        mov     ax, 4C06h
        jc      leave_now
        mov     ax, 4200h
        mov     cx, 1
        mov     dx, 50000
        int     21h
        int     60h
        mov     cx, 512
        mov     dx, 1000h
        mov     ah, 3Fh
        int     21h
        mov     ax, 4C05h
leave_now:
        int     21h
name:   db      "B:\CRIT.TMP", 0
