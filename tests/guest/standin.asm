; SPDX-License-Identifier: MIT
; FILE COM
; Guest program: stands in for a packet driver. It takes interrupt 60h with the signature of a packet driver, says so with
; its command line, and stays in memory. With the command line `?` it only tells whether a driver is there.

        cpu     8086
        bits    16
        org     100h
VECTOR  equ     60h

        jmp     start
handler:
        jmp     short .body
        nop
        db      'PKT DRVR', 0
.body:
        mov     dh, 11                  ; BAD_COMMAND
        push    bp
        mov     bp, sp
        or      word [bp + 6], 1        ; carry
        pop     bp
        iret
resident_end:

start:
        cmp     byte [82h], '?'
        je      ask
        mov     dx, loaded
        mov     ah, 9
        int     21h
        mov     cl, [80h]
        mov     ch, 0
        mov     dx, 81h
        mov     bx, 1
        mov     ah, 40h
        int     21h
        mov     dx, line_end
        mov     ah, 9
        int     21h
        mov     dx, handler
        mov     ax, 2500h + VECTOR
        int     21h
        mov     dx, (resident_end - $$ + 100h + 15) / 16
        mov     ax, 3100h
        int     21h
ask:
        mov     ax, 3500h + VECTOR
        int     21h
        lea     di, [bx + 3]
        mov     si, handler + 3
        mov     cx, 8
        repe    cmpsb
        mov     dx, there
        je      .tell
        mov     dx, not_there
.tell:
        mov     ah, 9
        int     21h
        mov     ax, 4C00h
        int     21h

loaded          db 'stand-in driver loaded:$'
there           db 'a packet driver has the vector', 13, 10, '$'
not_there       db 'the vector is free', 13, 10, '$'
line_end        db '.', 13, 10, '$'
