; SPDX-License-Identifier: MIT
; Guest program, started by ctrlc.asm: reads a key with function 08 until one is not Ctrl-C, ends with code 9.
; When INT 23h of the parent does not end with RETF, an own one that ends the program is set.

        cpu     386
        org     100h
        mov     ax, 3523h
        int     21h
        mov     al, [es:bx]
        cmp     al, 0F9h                        ; STC: the parent's way to end us
        je      wait_key
        mov     dx, end_it
        mov     ax, 2523h
        int     21h
wait_key:
        mov     ah, 8
        int     21h
        mov     ax, 4C09h
        int     21h
end_it: stc
        retf
