; SPDX-License-Identifier: MIT
; Buses on which cards tell who they are: EISA, ISA Plug and Play, and the network boot ROM.
; Sources: EISA Specification 3.12, 4.10 (product identifier); Plug and Play ISA Specification 1.0a, 3-6 and appendix B;
; PXE Specification 2.1, 3.1.

PNP_ADDRESS     equ 279h
PNP_DATA        equ 0A79h
LFSR_START      equ 6Ah
KEY_LENGTH      equ 32
MOST_RESOURCES  equ 2000                ; bytes of resource data that are read of one card

PNP_SET_READ    equ 0                   ; registers of a PnP card
PNP_ISOLATE     equ 1
PNP_CONTROL     equ 2
PNP_WAKE        equ 3
PNP_RESOURCE    equ 4
PNP_STATUS      equ 5
PNP_CARD_NUMBER equ 6
PNP_DEVICE      equ 7
PNP_ACTIVE      equ 30h
PNP_IO          equ 60h
PNP_IRQ         equ 70h

RESET_NUMBERS   equ 4                   ; values of PNP_CONTROL
WAIT_FOR_KEY    equ 2

        section .bss
        alignb  2
id_bytes        resb 9                  ; of a card: vendor, serial number, checksum; or one id of a device
pnp_cards       resb 1
pnp_device      resb 1                  ; logical devices of this card that were begun
pnp_network     resb 1                  ; the logical device that is a network adapter + 1, 0: none known
        alignb  2
pnp_read_port   resw 1
pnp_left        resw 1                  ; bytes of resource data that may still be read

        section .text
; scan_eisa - keep the cards of EISA slots 1-15 that the list knows. Clobbers: all.
; Safe: only where the BIOS says that this is an EISA PC; there port xC80h-xC83h of a slot is its identifier and
; nothing else.
scan_eisa:
        mov     ax, 0F000h
        mov     es, ax
        cmp     word [es:0FFD9h], 'EI'
        jne     .no_eisa
        cmp     word [es:0FFDBh], 'SA'
.no_eisa:
        push    cs
        pop     es
        jne     .done
        mov     bp, 1
.slot:
        mov     al, BUS_EISA
        call    begin_adapter
        mov     [new + adapter.place], bp
        mov     dx, bp
        mov     cl, 12
        shl     dx, cl
        mov     [new + adapter.io], dx  ; its ports begin there
        or      dx, 0C80h
        mov     di, id_bytes
        mov     cx, 4
.byte:
        in      al, dx
        stosb
        inc     dx
        loop    .byte
        test    byte [id_bytes], 80h    ; an empty slot reads as ones
        jnz     .next
        call    mark_of_id
        call    keep_if_listed
.next:
        inc     bp
        cmp     bp, 16
        jb      .slot
.done:
        ret

; scan_pxe - keep the boot ROM's network stack when it is still in memory. Clobbers: all.
; Safe: BIOSes return from a function of INT 1Ah that they do not know, and what is found is believed by its
; signature alone.
scan_pxe:
        xor     bx, bx
        mov     es, bx
        mov     ax, 5650h
        int     1Ah
        cld
        cmp     ax, 564Eh
        jne     .done
        mov     si, bx
        push    ds
        push    es
        pop     ds
        push    cs
        pop     es
        mov     di, pxenv
        mov     cx, 3
        repe    cmpsw
        pop     ds
        jne     .done
        mov     al, BUS_PXE
        call    begin_adapter
        mark    'undi'
        jmp     keep_if_listed
.done:
        push    cs
        pop     es
        ret
pxenv           db 'PXENV+'

; mark_of_id - the four bytes at id_bytes are a compressed id such as RTL8019: make it a mark. Clobbers: AX, CX, SI, DI.
mark_of_id:
        mov     al, [id_bytes]
        shr     al, 1
        shr     al, 1
        call    .letter
        mov     ax, [id_bytes]
        xchg    al, ah
        mov     cl, 5
        shr     ax, cl
        call    .letter
        mov     al, [id_bytes + 1]
        call    .letter
        mov     si, id_bytes + 2
        call    .two_digits
        call    .two_digits
        jmp     add_mark
.letter:
        and     al, 1Fh
        add     al, '@'
        jmp     put_char
.two_digits:
        lodsb
        jmp     put_hex2

; scan_pnp - keep the ISA PnP cards that are network adapters. Clobbers: all.
;
; Safe: 279h is the status register of the second printer port, which cannot be written, and A79h is the same port
; to a card with ten address lines. Cards wait for a key of 32 bytes. What is reset are the numbers by which cards are
; called, not their configuration; cards get them again in the order of their serial numbers, as from a PnP BIOS.
; The ports that are read from are none of a network adapter, of which one is reset by a read.
scan_pnp:
        mov     si, pnp_ports
.port:
        lodsw
        or      ax, ax
        jz      .done
        mov     [pnp_read_port], ax
        push    si
        call    send_key
        mov     ax, PNP_CONTROL + 256 * RESET_NUMBERS
        call    pnp_write
        mov     cx, 2000
        call    delay
        call    isolate
        pop     si
        jc      .port                   ; nobody, or somebody else answers on that port
.card:
        mov     al, [pnp_cards]
        mov     ah, al
        mov     al, PNP_CARD_NUMBER
        call    pnp_write
        call    look_at_card
        cmp     byte [pnp_cards], MOST_ADAPTERS
        jae     .done
        call    sleep_all
        call    send_key
        call    isolate                 ; the others: those without a number
        jnc     .card
.done:
sleep_all:
        mov     ax, PNP_CONTROL + 256 * WAIT_FOR_KEY
        jmp     pnp_write

pnp_ports       dw 20Bh, 263h, 273h, 393h, 0    ; game port, and what no usual card has; bits 0 and 1 must be set

; pnp_write - write AH to register AL of all cards that listen. Clobbers: AL, DX.
pnp_write:
        mov     dx, PNP_ADDRESS
        out     dx, al
        mov     al, ah
        mov     dx, PNP_DATA
        out     dx, al
        ret

; pnp_read - register AL of the one card that is awake, in AL. Clobbers: DX.
pnp_read:
        mov     dx, PNP_ADDRESS
        out     dx, al
        mov     dx, [pnp_read_port]
        in      al, dx
        ret

; send_key - make cards listen. Clobbers: AX, CX, DX.
send_key:
        mov     dx, PNP_ADDRESS
        xor     al, al
        out     dx, al                  ; restarts the cards' copy of the sequence
        out     dx, al
        mov     al, LFSR_START
        mov     cx, KEY_LENGTH
.next:
        out     dx, al
        xor     ah, ah
        call    next_lfsr
        loop    .next
        ret

; next_lfsr - the next byte of the key's sequence, with the bit AH (0 or 1) mixed in. In/out: AL. Clobbers: AH.
next_lfsr:
        push    bx
        mov     bl, al
        shr     bl, 1
        xor     ah, al
        xor     ah, bl
        ror     ah, 1                   ; bit 0 to bit 7
        and     ah, 80h
        or      bl, ah
        mov     al, bl
        pop     bx
        ret

; isolate - let cards without a number send their ids bit by bit until one is left; its id goes to id_bytes.
; Out: CF clear and [pnp_cards] counted, or CF set. Clobbers: all but SI.
isolate:
        mov     ax, PNP_WAKE            ; 0: cards without a number
        call    pnp_write
        mov     ax, [pnp_read_port]
        shr     ax, 1
        shr     ax, 1
        mov     ah, al
        mov     al, PNP_SET_READ
        call    pnp_write
        mov     cx, 1000
        call    delay
        mov     dx, PNP_ADDRESS
        mov     al, PNP_ISOLATE
        out     dx, al
        mov     cx, 1000
        call    delay
        mov     di, id_bytes
        mov     bl, LFSR_START          ; the checksum
        xor     bp, bp                  ; ones seen
.byte:
        mov     bh, 80h                 ; becomes carry after 8 bits
.bit:
        mov     dx, [pnp_read_port]
        in      al, dx
        mov     ah, al
        push    ax
        mov     cx, 250
        call    delay
        pop     ax
        in      al, dx
        push    ax
        mov     cx, 250
        call    delay
        pop     ax
        cmp     ax, 55AAh               ; a card drives this for a one
        mov     ah, 0
        jne     .zero
        inc     ah
        inc     bp
.zero:
        cmp     di, id_bytes + 8
        jae     .sum_bit                ; the checksum is not part of itself
        push    ax
        mov     al, bl
        call    next_lfsr
        mov     bl, al
        pop     ax
.sum_bit:
        shr     ah, 1
        rcr     bh, 1
        jnc     .bit
        mov     al, bh
        stosb
        or      bp, bp                  ; no vendor's id begins with a zero byte: nobody is there
        jz      .nobody
        cmp     di, id_bytes + 9
        jb      .byte
        cmp     bl, [id_bytes + 8]
        jne     .nobody
        inc     byte [pnp_cards]
        clc
        ret
.nobody:
        stc
        ret

; look_at_card - keep the card that is configured now, when it is a network adapter. Clobbers: all.
look_at_card:
        mov     al, BUS_PNP
        call    begin_adapter
        mov     al, [pnp_cards]
        mov     [new + adapter.place], al
        call    mark_of_id
        mov     ah, [pnp_cards]
        mov     al, PNP_WAKE            ; its resource data begin again, with the nine bytes of the id
        call    pnp_write
        mov     word [pnp_left], MOST_RESOURCES
        mov     byte [pnp_device], 0
        mov     byte [pnp_network], 0
        mov     bx, 9
        call    skip_resource
.tag:
        call    read_resource
        jc      .read
        test    al, 80h
        jnz     .large
        mov     bl, al
        and     bx, 7                   ; length
        mov     cl, 3
        shr     al, cl
        cmp     al, 0Fh                 ; end tag
        je      .read
        cmp     al, 2                   ; logical device id
        je      .device
        cmp     al, 3                   ; compatible device id
        je      .id
.skip:
        call    skip_resource
        jnc     .tag
        jmp     .read
.large:
        call    read_resource
        jc      .read
        mov     bl, al
        call    read_resource
        jc      .read
        mov     bh, al
        jmp     .skip
.device:
        inc     byte [pnp_device]
.id:
        mov     di, id_bytes
.id_byte:
        call    read_resource
        jc      .read
        stosb
        dec     bx
        cmp     di, id_bytes + 4
        jae     .whole_id
        or      bx, bx
        jnz     .id_byte
        jmp     .tag                    ; too short for an id
.whole_id:
        push    bx
        call    mark_of_id
        cmp     word [id_bytes], 0D041h ; PNP
        jne     .no_class
        mov     al, [id_bytes + 2]
        and     al, 0F0h
        cmp     al, 80h                 ; PNP8xxx: network adapters
        jne     .no_class
        mov     al, [pnp_device]
        mov     [pnp_network], al
.no_class:
        pop     bx
        jmp     .skip
.read:
        mov     ah, [pnp_network]
        or      ah, ah
        jz      .first                  ; no class: the first logical device
        dec     ah
.first:
        mov     al, PNP_DEVICE
        call    pnp_write
        mov     al, PNP_ACTIVE
        call    pnp_read
        test    al, 1
        jz      .inactive
        mov     al, PNP_IO
        call    pnp_read
        mov     [new + adapter.io + 1], al
        mov     al, PNP_IO + 1
        call    pnp_read
        mov     [new + adapter.io], al
        mov     al, PNP_IRQ
        call    pnp_read
        and     al, 15
        jz      .inactive
        mov     [new + adapter.irq], al
.inactive:
        cmp     byte [pnp_network], 0
        je      .keep_if_listed
        jmp     keep_adapter
.keep_if_listed:
        jmp     keep_if_listed

; read_resource - the next byte of the card's resource data in AL. Out: CF set when there is none. Clobbers: CX, DX.
read_resource:
        dec     word [pnp_left]
        js      .none
        mov     cx, 1000
.wait:
        mov     al, PNP_STATUS
        call    pnp_read
        test    al, 1
        jnz     .ready
        loop    .wait
.none:
        stc
        ret
.ready:
        mov     al, PNP_RESOURCE
        call    pnp_read
        clc
        ret

; skip_resource - skip BX bytes of resource data. Out: CF set when they end before. Clobbers: AX, BX, CX, DX.
skip_resource:
        or      bx, bx
        jz      .done                   ; CF clear
        call    read_resource
        jc      .done
        dec     bx
        jmp     skip_resource
.done:
        ret
