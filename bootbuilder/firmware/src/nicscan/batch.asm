; SPDX-License-Identifier: MIT
; NIC.BAT: what AUTOEXEC.BAT learns about the adapter. Owns the file.

        section .text
; write_batch - write the file at batch_path for the adapter BX.
; Out: AL = its driver's number, and NOT_WRITTEN more when the file could not be written. Clobbers: all but BX.
write_batch:
        mov     dx, batch_path
        xor     cx, cx
        mov     ah, 3Ch                 ; create
        int     21h
        jc      .failed
        mov     si, ax                  ; the handle
        push    si
        call    put_batch
        pop     si
        push    bx
        mov     bx, si
        call    write_line
        pushf
        mov     ah, 3Eh                 ; close: writes the directory entry
        int     21h
        pop     cx                      ; the flags of the write
        pop     bx
        jc      .remove
        push    cx
        popf
        jc      .remove
        mov     al, [bx + adapter.number]
        ret
.remove:
        mov     dx, batch_path
        mov     ah, 41h                 ; half a file is worse than none
        int     21h
.failed:
        put     '  cannot write '
        mov     si, batch_path
        call    put_text
        call    end_line
        mov     al, [bx + adapter.number]
        add     al, NOT_WRITTEN
        ret

; put_batch - append the lines for the adapter BX. Every variable is set each time, so that none is left over from
; another adapter. Clobbers: AX, CX, SI.
put_batch:
        put     'SET NIC='
        mov     si, [bx + adapter.driver]
        mov     cx, 32
        call    put_name
        put     CR, LF, 'SET NICNO='
        mov     al, [bx + adapter.number]
        xor     ah, ah
        call    put_number
        put     CR, LF, 'SET NICIO='
        mov     ax, [bx + adapter.io]
        or      ax, ax
        jz      .irq
        put     '0x'
        call    put_hex4
.irq:
        put     CR, LF, 'SET NICIRQ='
        mov     al, [bx + adapter.irq]
        cmp     al, NO_IRQ
        je      .bus
        xor     ah, ah
        call    put_number
.bus:
        put     CR, LF, 'SET NICBUS='
        cmp     byte [bx + adapter.bus], BUS_PCI
        jne     .device
        mov     al, [bx + adapter.place + 1]
        xor     ah, ah
        call    put_number
.device:
        put     CR, LF, 'SET NICDEV='
        cmp     byte [bx + adapter.bus], BUS_PCI
        jne     .end
        mov     al, [bx + adapter.place]
        mov     cl, 3
        shr     al, cl
        xor     ah, ah
        call    put_number
.end:
        jmp     put_crlf
