; SPDX-License-Identifier: MIT
; A card on PCI, by its ids, through the PCI BIOS. The same for every adapter with I/O ports; gone after loading.
; Source: PCI BIOS Specification 2.1; all calls with 16-bit registers, so that an 8086 can make them.

PCI_PRESENT     equ 0B101h
PCI_FIND        equ 0B102h
PCI_READ        equ 0B109h              ; a word
PCI_WRITE       equ 0B10Ch
PCI_COMMAND     equ 4                   ; registers of the configuration space
PCI_BASE        equ 10h
PCI_INTERRUPT   equ 3Ch
IO_ENABLE       equ 1

        section .bss
pci_id          resw 1                  ; where we are in the list
pci_index       resw 1                  ; of cards with that id
pci_in_use      resb 1                  ; a copy of this driver has one

        section .text
; pci_find - the first card with one of the ids at SI (vendor, device, ...; 0), at the given I/O base where there is
; one, that no copy of this driver has. Out: [card_place], [irq], [is_pci]; CF set when there is none.
; Clobbers: all but BP.
pci_find:
        mov     byte [pci_in_use], 0
        mov     [pci_id], si
        mov     word [pci_index], 0
        mov     ax, PCI_PRESENT
        xor     dx, dx
        stc
        call    .bios
        jc      .none
        or      ah, ah
        jnz     .none
        cmp     dx, 'PC'                ; EDX = 'PCI '
        jne     .none
.card:
        mov     si, [pci_id]
        mov     dx, [si]
        or      dx, dx
        jz      .none
        mov     cx, [si + 2]
        mov     si, [pci_index]
        inc     word [pci_index]
        mov     ax, PCI_FIND
        call    .bios                   ; BX = its place
        jnc     .found
        add     word [pci_id], 4
        mov     word [pci_index], 0
        jmp     .card
.found:
        mov     di, PCI_BASE
        call    .read
        test    cl, 1
        jz      .card                   ; that is memory
        and     cx, ~3
        jz      .card
        mov     ax, [given_io]
        cmp     ax, NONE
        je      .any
        cmp     ax, cx
        jne     .card
.any:
        mov     [card_place], cx
        push    bx
        call    is_in_use
        pop     bx
        jne     .take
        inc     byte [pci_in_use]
        jmp     .card
.take:
        mov     di, PCI_INTERRUPT
        call    .read
        mov     [irq], cl
        mov     di, PCI_COMMAND
        call    .read
        or      cl, IO_ENABLE
        mov     ax, PCI_WRITE
        call    .bios
        mov     byte [is_pci], 1
        mov     al, [irq]
        dec     al
        cmp     al, 14
        ja      .no_irq
        clc
        ret
.no_irq:
        stop_with 'the BIOS gave the PCI card no interrupt; its setup may let you reserve one'
.none:
        stc
        ret
.read:
        mov     ax, PCI_READ
.bios:
        int     1Ah
        push    cs
        pop     es
        cld
        ret
