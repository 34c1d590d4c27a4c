; SPDX-License-Identifier: MIT
; Other packet drivers in memory: whose an interrupt is, and -u. A part of install.asm: gone after loading.

; is_packet_driver - ZF set when interrupt AX is a packet driver's. Out: ES:DI = behind its signature.
; Clobbers: BX, CX, SI.
is_packet_driver:
        call    point_vector
        add     di, signature - entry
        mov     si, signature
        mov     cx, own_mark - signature
        repe    cmpsb
        ret

; is_ours - ZF set when interrupt AX is that of this driver, of whatever card. Out: ES:DI = its card_place.
; Clobbers: BX, CX, SI.
is_ours:
        call    is_packet_driver
        jne     .done
        mov     si, own_mark
        mov     cx, card_place - own_mark
        repe    cmpsb
.done:
        ret

; is_in_use - look whether a copy of this driver has the card [card_place]. Out: ZF set and AX = its interrupt.
; Clobbers: BX, CX, SI, DI, ES.
is_in_use:
        mov     ax, 60h
.next:
        call    is_ours
        jne     .other
        mov     bx, [card_place]
        cmp     [es:di], bx
        je      .done
.other:
        inc     ax
        cmp     ax, 81h
        jb      .next
        or      ax, ax                  ; ZF clear
.done:
        push    cs
        pop     es
        ret

; unload - take out the driver at the given interrupt, else the first copy of this one.
unload:
        mov     ax, [given_vector]
        cmp     ax, NONE
        je      .search
        call    is_packet_driver
        je      .mine
        stop_with 'there is no packet driver at that interrupt'
.mine:
        call    is_ours
        je      .found
        stop_with 'another driver has that interrupt'
.search:
        mov     ax, 60h
.next:
        call    is_ours
        je      .found
        inc     ax
        cmp     ax, 81h
        jb      .next
        stop_with 'it is not loaded'
.found:
        push    ax
        call    point_vector
        mov     [entry_at], di
        mov     [entry_at + 2], es
        push    cs
        pop     es
        mov     ax, 200h + CLASS_ETHERNET
        mov     bx, ANY_TYPE
        xor     dl, dl
        mov     si, unused_type
        mov     cx, TYPE_ROOM
        xor     di, di                  ; no receiver
        call    .call
        jc      .failed
        mov     bx, ax
        mov     ah, 5
        call    .call
        jnc     .gone
        mov     ah, 3
        call    .call
.failed:
        stop_with 'a program still uses it, or has its interrupts'
.gone:
        put     ADAPTER_NAME, ': no longer at interrupt '
        pop     ax
        call    put_hex
        put     CR, LF
        mov     ax, 4C00h
        int     21h
.call:
        pushf
        call    far [entry_at]
        ret
unused_type     db 0FFh, 0FFh, 'unload'
