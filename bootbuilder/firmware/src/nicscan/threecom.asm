; SPDX-License-Identifier: MIT
; 3Com EtherLink III (3C509) on ISA: found through its id port, whatever its I/O base is, configured or not.
; Source: the id sequence and commands are those of the Crynwr driver 3c509.asm.
;
; Safe: no standard device has port 110h, which 3Com chose for it. A card listens only after a sequence of 255 bytes,
; and what it is told then is to send words of its EEPROM and to note a tag; its configuration stays as it is.

ID_PORT         equ 110h
ID_LENGTH       equ 255
ID_END          equ 0                   ; back to waiting for the sequence
READ_EEPROM     equ 80h                 ; + word
SET_TAG         equ 0D0h                ; + tag
TEST_TAG        equ 0D8h                ; + tag: cards with another one fall silent

EEPROM_IO       equ 8                   ; words
EEPROM_IRQ      equ 9
EEPROM_MAKER    equ 7
MAKER_3COM      equ 6D50h
EISA_MODE       equ 1Fh
MOST_TAGS       equ 7

        section .text
; scan_3c509 - keep every 3C509 that is not known by ISA PnP already. Clobbers: all.
scan_3c509:
        xor     bp, bp                  ; cards found, and the tag of the last one
.card:
        call    send_id_sequence
        mov     al, SET_TAG
        or      bp, bp
        jz      .tag
        mov     al, TEST_TAG            ; cards that were found have a tag
.tag:
        mov     dx, ID_PORT
        out     dx, al
        mov     al, EEPROM_MAKER
        call    read_eeprom
        cmp     bx, MAKER_3COM
        jne     .done
        mov     al, 0                   ; of several cards the address words leave one
        call    read_eeprom
        mov     al, 1
        call    read_eeprom
        mov     al, 2
        call    read_eeprom
        mov     al, BUS_ISA
        call    begin_adapter
        mov     al, EEPROM_IO
        call    read_eeprom
        mov     ax, bx
        and     ax, EISA_MODE
        cmp     al, EISA_MODE
        je      .no_base
        mov     cl, 4
        shl     ax, cl
        add     ax, 200h
        call    io_taken
        je      .noted                  ; ISA PnP has told of it
        mov     [new + adapter.io], ax
.no_base:
        mov     al, EEPROM_IRQ
        call    read_eeprom
        mov     cl, 12
        shr     bx, cl
        mov     [new + adapter.irq], bl
        mark    '3c509'
        push    bp
        call    keep_adapter
        pop     bp
.noted:
        inc     bp
        mov     ax, bp
        add     al, SET_TAG
        mov     dx, ID_PORT
        out     dx, al
        mov     al, ID_END
        out     dx, al
        cmp     bp, MOST_TAGS
        jb      .card
.done:
        or      bp, bp
        jz      .end
        call    send_id_sequence
        mov     al, SET_TAG
        out     dx, al                  ; as they were: no tag
.end:
        mov     dx, ID_PORT
        mov     al, ID_END
        out     dx, al
        ret

; send_id_sequence - make the cards listen. Out: DX = ID_PORT. Clobbers: AX, CX.
send_id_sequence:
        mov     dx, ID_PORT
        xor     al, al
        out     dx, al
        out     dx, al
        mov     al, 0FFh
        mov     cx, ID_LENGTH
.next:
        out     dx, al
        shl     al, 1
        jnc     .no_feedback
        xor     al, 0CFh
.no_feedback:
        loop    .next
        ret

; read_eeprom - word AL of the EEPROM in BX. Clobbers: AX, CX, DX.
read_eeprom:
        mov     dx, ID_PORT
        or      al, READ_EEPROM
        out     dx, al
        mov     cx, 400                 ; it takes 162 us
        call    delay
        mov     cx, 16
.bit:
        in      al, dx
        shr     al, 1
        rcl     bx, 1
        loop    .bit
        ret
