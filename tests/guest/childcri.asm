; SPDX-License-Identifier: MIT
; Guest program, started by criterr.asm: reads B: (which is made to fail) and would end with code 5.

        cpu     386
        org     100h
        mov     dx, name
        mov     ax, 3D00h
        int     21h
        mov     ax, 4C05h
        int     21h
name:   db      "B:\CRIT.TMP", 0
