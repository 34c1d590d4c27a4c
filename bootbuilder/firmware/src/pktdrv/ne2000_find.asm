; SPDX-License-Identifier: MIT
; How NE2000.COM finds its card, and what kind it is. Gone after loading.
;
; Safe: a place that was not given is written to only when its command register reads as that of an 8390 does.

PROM_LENGTH     equ 32
TEST_LENGTH     equ 32
HALF            equ 32                  ; pages: 8 KB

        section .bss
prom            resb PROM_LENGTH
test_bytes      resb TEST_LENGTH        ; read back

        section .text
; ids of PCI cards with this chip: vendor and device
ids:
        dw      10ECh, 8029h            ; Realtek RTL8029
        dw      1050h, 0940h            ; Winbond 89C940
        dw      1050h, 5A5Ah            ; Winbond 89C940F
        dw      11F6h, 1401h            ; Compex ReadyLink 2000
        dw      8E2Eh, 3000h            ; KTI ET32P2
        dw      4A14h, 5000h            ; NetVin NV5000SC
        dw      1106h, 0926h            ; VIA 86C926
        dw      10BDh, 0E34h            ; Surecom NE-34
        dw      12C3h, 0058h            ; Holtek HT80232
        dw      12C3h, 5598h            ; Holtek HT80229
        dw      1186h, 0300h            ; D-Link DE-528
        dw      8C4Ah, 1980h            ; Winbond W89C940 by others
        dw      0

; where ISA cards are looked for; 220h is left to sound cards
bases           dw 300h, 320h, 340h, 360h, 280h, 2A0h, 240h, 260h, 380h, 3A0h, 0

; kinds of memory: data configuration, first page
kinds           db WORDS, 40h           ; NE2000
                db BYTES, 40h           ; NE2000 in an 8-bit slot
                db BYTES, 20h           ; NE1000
                db 0

; adapter_find - find the card: the given one, else the first on PCI, else on ISA. Out: its variables; [irq] and
; [is_pci] for PCI. Ends the program when there is none. Clobbers: all.
adapter_find:
        mov     si, ids
        call    pci_find
        jc      .isa
        call    check_page
        jc      .dead
        call    identify
        jc      .dead
        ret
.isa:
        mov     ax, [given_io]
        cmp     ax, NONE
        jne     .given
        mov     bp, bases
.base:
        mov     ax, [bp]
        or      ax, ax
        jz      .nothing
        add     bp, 2
        mov     [card_place], ax
        call    is_in_use
        je      .in_use
        call    looks_right
        jc      .base
        call    check_page
        jc      .base
        call    identify
        jc      .base
        ret
.in_use:
        inc     byte [pci_in_use]
        jmp     .base
.given:
        mov     [card_place], ax
        call    is_in_use
        je      .loaded
        call    check_page
        jc      .absent
        call    identify
        jc      .dead
        ret
.nothing:
        cmp     byte [pci_in_use], 0
        jne     .all_loaded
        stop_with 'no card found; give its place: ', ADAPTER_NAME, ' 0x60 3 0x300'
.all_loaded:
        stop_with 'already loaded for every card found; ', ADAPTER_NAME, ' -u takes it out'
.loaded:
        put     ADAPTER_NAME, ': already loaded for this card, at interrupt '
        call    put_hex
        put     CR, LF
        jmp     give_up
.absent:
        put     ADAPTER_NAME, ': no card at '
        mov     ax, [card_place]
        call    put_hex
        put     CR, LF
        jmp     give_up
.dead:
        put     ADAPTER_NAME, ': the card at '
        mov     ax, [card_place]
        call    put_hex
        put     ' has no address or no memory that works', CR, LF
        jmp     give_up

; looks_right - CF clear when the command register is that of an 8390 at rest, at work, or as it is switched on.
; Clobbers: AX, DX.
looks_right:
        inb     COMMAND
        mov     ah, al
        and     al, 3Fh
        cmp     al, STOP
        je      .yes
        cmp     al, START
        je      .yes
        or      ah, ah
        jnz     .no
        inb     STATUS
        cmp     al, RESET_DONE
        je      .yes
.no:
        stc
        ret
.yes:
        clc
        ret

; check_page - CF clear when the page bits of the command register come back as they are written. Clobbers: AX, DX.
check_page:
        outb    COMMAND, STOP_PAGE_1
        in      al, dx
        cmp     al, STOP_PAGE_1
        jne     .no
        outb    COMMAND, STOP
        in      al, dx
        cmp     al, STOP
        jne     .no
        clc
        ret
.no:
        stc
        ret

; identify - read the card's address and find out how its memory works. Out: CF set when it has none. Clobbers: all
; but BP.
identify:
        call    adapter_start
        outb    TRANSMIT, LOOP_BACK
        outb    DATA_CONFIG, BYTES
        xor     ax, ax
        mov     di, prom
        mov     cx, PROM_LENGTH
        mov     word [read_block], read_bytes
        call    remote_read
        mov     si, prom
        mov     di, rom_address
        mov     bx, 1                   ; step: a 16-bit card shows each byte twice
        mov     cx, ADDRESS_LENGTH
.pair:
        lodsw
        cmp     al, ah
        jne     .address
        loop    .pair
        inc     bx
.address:
        mov     si, prom
        mov     cx, ADDRESS_LENGTH
        xor     ah, ah
.byte:
        mov     al, [si]
        add     si, bx
        stosb
        or      ah, al
        loop    .byte
        test    byte [rom_address], 1
        jnz     .no                     ; a group's
        or      ah, ah
        jz      .no
        mov     si, kinds
.kind:
        lodsb
        or      al, al
        jz      .no
        mov     [data_config], al
        lodsb
        mov     [send_page], al
        push    si
        call    choose_blocks
        mov     al, [send_page]
        mov     bl, 5Ah
        call    write_test
        mov     al, [send_page]
        mov     bl, 5Ah
        call    read_test
        jne     .next
        mov     al, [send_page]
        add     al, HALF
        mov     bl, 0A5h
        push    ax
        call    write_test
        pop     ax
        mov     bl, 0A5h
        call    read_test
        jne     .half
        mov     al, [send_page]         ; is it really another place?
        mov     bl, 5Ah
        call    read_test
        mov     al, 2 * HALF
        je      .size
.half:
        mov     al, HALF
.size:
        add     al, [send_page]
        mov     [ring_stop], al
        mov     al, [send_page]
        add     al, 2 * SEND_PAGES
        mov     [ring_start], al
        pop     si
        clc
        ret
.next:
        pop     si
        jmp     .kind
.no:
        stc
        ret

; choose_blocks - [read_block] and [write_block] for CPU and [data_config]; the latter becomes the chip's. Clobbers: AX, DX, SI.
choose_blocks:
        outb    DATA_CONFIG, [data_config]
        mov     si, .blocks
        cmp     byte [modern_cpu], 0
        je      .old
        add     si, 8
.old:
        cmp     byte [data_config], WORDS
        je      .wide
        add     si, 4
.wide:
        lodsw
        mov     [read_block], ax
        lodsw
        mov     [write_block], ax
        ret
.blocks         dw read_words, write_words, read_bytes, write_bytes
                dw read_words_186, write_words_186, read_bytes_186, write_bytes_186

; write_test, read_test - write numbers from BL on to page AL; read them back: ZF set when they are there.
; Clobbers: AX, BL, CX, DX, SI, DI.
write_test:
        push    ax
        mov     di, test_bytes
        mov     cx, TEST_LENGTH
.number:
        mov     [di], bl
        inc     di
        add     bl, 37
        loop    .number
        pop     ax
        mov     ah, al
        xor     al, al
        mov     cx, TEST_LENGTH
        call    set_remote
        outb    COMMAND, REMOTE_WRITE
        mov     si, test_bytes
        call    [write_block]
        mov     cx, 100
.wait:
        call    wait_turn
        loop    .wait
        outb    COMMAND, START
        ret
read_test:
        mov     ah, al
        xor     al, al
        mov     di, test_bytes
        mov     cx, TEST_LENGTH
        call    remote_read
        mov     si, test_bytes
        mov     cx, TEST_LENGTH
.compare:
        cmp     [si], bl
        jne     .done
        inc     si
        add     bl, 37
        loop    .compare
        cmp     al, al
.done:
        ret

; adapter_trigger - let the card ask for an interrupt: a remote read of nothing is done at once. Clobbers: AX, CX, DX.
adapter_trigger:
        outb    STATUS, 0FFh
        outb    INTERRUPTS, DMA_DONE
        xor     ax, ax
        xor     cx, cx
        call    set_remote
        outb    COMMAND, REMOTE_READ
        ret
