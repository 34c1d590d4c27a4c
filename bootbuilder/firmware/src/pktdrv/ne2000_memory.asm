; SPDX-License-Identifier: MIT
; The memory of an NE2000, which is read and written through one port (remote DMA). Stays in memory.

; set_remote - CX bytes of the card's memory at AX are next. Clobbers: AL, DX.
set_remote:
        mov     dx, [io_base]
        add     dx, REMOTE_START
        out     dx, al
        inc     dx
        mov     al, ah
        out     dx, al
        inc     dx
        push    cx
        inc     cx
        and     cl, ~1                  ; a 16-bit card counts words
        mov     al, cl
        out     dx, al
        inc     dx
        mov     al, ch
        out     dx, al
        pop     cx
        ret

; remote_read - CX bytes of the card's memory at AX to ES:DI. Clobbers: AX, CX, DX; DI behind them.
remote_read:
        call    set_remote
        outb    COMMAND, REMOTE_READ
        call    [read_block]
        outb    COMMAND, START          ; ends it, also after an odd number
        outb    STATUS, DMA_DONE
        ret

; read_* - CX bytes from the data port to ES:DI. Clobbers: AX, CX, DX; DI behind them.
read_words:
        mov     dx, [io_base]
        add     dx, DATA_PORT
        shr     cx, 1
        pushf
        jcxz    .odd
.next:
        in      ax, dx
        stosw
        loop    .next
.odd:
        popf
        jnc     .done
        in      ax, dx
        stosb
.done:
        ret
read_bytes:
        mov     dx, [io_base]
        add     dx, DATA_PORT
.next:
        in      al, dx
        stosb
        loop    .next
        ret

; write_* - CX bytes from ES:SI to the data port, and a zero behind an odd number. Clobbers: AX, CX, DX; SI behind them.
write_words:
        mov     dx, [io_base]
        add     dx, DATA_PORT
        shr     cx, 1
        pushf
        jcxz    .odd
.next:
        es lodsw
        out     dx, ax
        loop    .next
.odd:
        popf
        jnc     .done
        es lodsb
        xor     ah, ah
        out     dx, ax
.done:
        ret
write_bytes:
        mov     dx, [io_base]
        add     dx, DATA_PORT
        push    cx
.next:
        es lodsb
        out     dx, al
        loop    .next
        pop     cx
        test    cl, 1
        jz      .done
        xor     al, al
        out     dx, al
.done:
        ret

        cpu     186
read_words_186:
        mov     dx, [io_base]
        add     dx, DATA_PORT
        shr     cx, 1
        rep     insw
        jnc     .done
        in      ax, dx
        stosb
.done:
        ret
read_bytes_186:
        mov     dx, [io_base]
        add     dx, DATA_PORT
        rep     insb
        ret
write_words_186:
        mov     dx, [io_base]
        add     dx, DATA_PORT
        shr     cx, 1
        push    ds
        push    es
        pop     ds
        rep     outsw
        pop     ds
        jnc     .done
        es lodsb
        xor     ah, ah
        out     dx, ax
.done:
        ret
write_bytes_186:
        mov     dx, [io_base]
        add     dx, DATA_PORT
        push    cx
        push    ds
        push    es
        pop     ds
        rep     outsb
        pop     ds
        pop     cx
        test    cl, 1
        jz      .done
        xor     al, al
        out     dx, al
.done:
        ret
        cpu     8086
