; SPDX-License-Identifier: MIT
; The adapters that were found. Owns `new`, the record that a probe fills, the table of those kept, and the table
; that is printed.

        section .bss
        alignb  2
new             resb adapter_size
mark_at         resw 1                  ; where the next mark of `new` goes
adapters        resb MOST_ADAPTERS * adapter_size
adapter_count   resw 1
adapter_end     resw 1                  ; behind the last record

        section .text
; begin_adapter - clear `new`. In: AL = bus. Clobbers: AX, CX, DI.
begin_adapter:
        mov     ah, al
        xor     al, al
        mov     di, new
        mov     cx, adapter_size
        rep     stosb
        mov     [new + adapter.bus], ah
        mov     byte [new + adapter.irq], NO_IRQ
        mov     word [new + adapter.title], unknown_title
        mov     word [mark_at], new + adapter.marks
        ret

; add_mark - the line, so far, is a mark of `new`; one that has no room is left out. The line is empty afterwards.
; Clobbers: AX, CX, SI, DI.
add_mark:
        mov     si, line
        mov     cx, [line_at]
        mov     [line_at], si
        sub     cx, si
        mov     di, [mark_at]
        mov     ax, new + adapter.marks + MARK_ROOM - 2
        sub     ax, di
        cmp     cx, ax
        ja      .done
        rep     movsb
        inc     di                      ; the zero is there: `new` was cleared
        mov     [mark_at], di
.done:
        ret

; mark - the text that stands in the program is a mark of `new`. Clobbers: AX, CX, SI, DI.
%macro mark 1
        put     %1
        call    add_mark
%endmacro

; keep_adapter - look `new` up and keep it. Clobbers: all but BP.
; keep_if_listed - the same, but forget it when the list does not know it.
keep_if_listed:
        call    look_up
        jnc     keep_found
        ret
keep_adapter:
        call    look_up
keep_found:
        cmp     word [adapter_count], MOST_ADAPTERS
        jae     .done
        mov     di, adapters
        cmp     word [adapter_count], 0
        je      .copy
        mov     di, [adapter_end]
.copy:
        mov     si, new
        mov     cx, adapter_size
        rep     movsb
        mov     [adapter_end], di
        inc     word [adapter_count]
.done:
        ret

; io_taken - does an adapter that was found already have its I/O base at AX? Out: ZF set if so.
; Keeps all other registers.
io_taken:
        push    bx
        push    cx
        mov     bx, adapters
        mov     cx, [adapter_count]
        jcxz    .no
.next:
        cmp     [bx + adapter.io], ax
        je      .done
        add     bx, adapter_size
        loop    .next
.no:
        or      sp, sp                  ; ZF clear
.done:
        pop     cx
        pop     bx
        ret

; show_adapters - print the table. Clobbers: all.
show_adapters:
        cmp     word [adapter_count], 0
        jne     .some
        put     '  none found'
        jmp     end_line
.some:
        put     '  Where        Id                   I/O   IRQ Driver'
        call    end_line
        mov     bx, adapters
        mov     cx, [adapter_count]
.next:
        push    cx
        put     '  '
        call    put_place
        mov     ax, 15
        call    put_column
        call    put_id
        mov     ax, 36
        call    put_column
        mov     ax, [bx + adapter.io]
        or      ax, ax
        jz      .no_io
        call    put_hex4
.no_io:
        mov     ax, 42
        call    put_column
        mov     al, [bx + adapter.irq]
        cmp     al, NO_IRQ
        je      .no_irq
        xor     ah, ah
        call    put_number
.no_irq:
        mov     ax, 46
        call    put_column
        call    put_driver
        call    end_line
        pop     cx
        add     bx, adapter_size
        loop    .next
        ret

; put_place - append where the adapter BX is. Clobbers: AX, CX, SI.
put_place:
        mov     al, [bx + adapter.bus]
        xor     ah, ah
        mov     si, ax
        shl     si, 1
        mov     si, [bus_names + si]
        call    put_text
        mov     ax, [bx + adapter.place]
        cmp     byte [bx + adapter.bus], BUS_PCI
        je      .pci
        ja      .number
.none:
        ret
.number:
        or      ax, ax
        jz      .none
        jmp     put_number
.pci:
        xchg    al, ah
        call    put_hex2                ; bus
        put     ':'
        mov     al, ah
        mov     cl, 3
        shr     al, cl
        call    put_hex2                ; device
        put     '.'
        mov     al, ah
        and     al, 7
        add     al, '0'
        jmp     put_char                ; function

; put_id - append the ids of the adapter BX: those of PCI, else its first mark. Clobbers: AX, SI.
put_id:
        cmp     byte [bx + adapter.bus], BUS_PCI
        je      put_pci_ids
        lea     si, [bx + adapter.marks]
        jmp     put_text

; put_pci_ids - append vendor:device, and the subsystem where there is one. Clobbers: AX.
put_pci_ids:
        call    put_pci_id
        cmp     word [bx + adapter.ids + 4], 0
        je      .done
        put     ' '
        jmp     put_pci_subsystem
.done:
        ret
put_pci_id:
        mov     ax, [bx + adapter.ids]
        call    put_hex4
        put     ':'
        mov     ax, [bx + adapter.ids + 2]
        jmp     put_hex4
put_pci_subsystem:
        mov     ax, [bx + adapter.ids + 4]
        call    put_hex4
        put     ':'
        mov     ax, [bx + adapter.ids + 6]
        jmp     put_hex4

; put_driver - append the driver and the name of the adapter BX, as far as the screen goes. Clobbers: AX, CX, SI.
put_driver:
        cmp     byte [bx + adapter.number], 0
        jne     .known
        put     'none: '
        jmp     .title
.known:
        mov     si, [bx + adapter.driver]
        mov     cx, 32
        call    put_name
        put     ' '
.title:
        mov     si, [bx + adapter.title]
        mov     cx, line + 79
        sub     cx, [line_at]
        cmp     byte [bx + adapter.in_use], 0
        je      .name
        sub     cx, 9
        call    put_name
        put     ' (in use)'
        ret
.name:
        jmp     put_name

bus_names       dw .pci, .eisa, .pnp, .isa, .pxe
.pci            db 'PCI ', 0
.eisa           db 'EISA slot ', 0
.pnp            db 'ISA PnP ', 0
.isa            db 'ISA', 0
.pxe            db 'Boot ROM', 0
unknown_title   db 'no driver here', 0
