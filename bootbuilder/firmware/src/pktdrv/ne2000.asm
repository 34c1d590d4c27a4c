; SPDX-License-Identifier: MIT
; NE2000.COM: packet driver for NE2000 and NE1000 cards and their clones, ISA and PCI: a DP8390 with its own memory,
; which is read and written through one port (remote DMA). Owns all that is known of this card; core.asm has what is
; the same for every card, install.asm the loading. docs/ne2000.md is its manual.
; Source: National DP8390D data sheet: registers (10), remote DMA (7), overwrite warnings (9); Novell NE2000 manual.
;
; Memory (a .COM file: CS = DS = ES = SS until it is resident)
;   0100h       .resident: jump to `install`, calls of programs, interrupt, this card
;   then        .text: loading; gone afterwards. The variables of the resident part (.late) come to lie there: they are
;               cleared last, and the card receives nothing until the first program asks for it
;   .bss        variables of the loading
;
; All of it is 8086 code but block moves for 80186 and later, which are used when such a CPU is found.

        cpu     8086
        bits    16

        section .resident start=0 vstart=100h align=1
        section .text follows=.resident vfollows=.resident align=1 valign=1
        section .late nobits vfollows=.resident valign=2
        section .bss nobits vfollows=.text valign=2

        section .resident
resident_start:
        jmp     install

%define ADAPTER_NAME 'NE2000'
%define ADAPTER_TITLE 'NE2000 and NE1000 cards, ISA and PCI'
ADAPTER_TYPE    equ 54                  ; of the list in the specification, class 1
DEFAULT_VECTOR  equ 60h

%include "pktdrv/core.asm"

COMMAND         equ 0                   ; registers of page 0
RING_START      equ 1                   ; written; first page of the ring
RING_STOP       equ 2
BOUNDARY        equ 3                   ; last page of the ring that was read
SEND_PAGE       equ 4
SEND_COUNT      equ 5
STATUS          equ 7                   ; a bit is cleared by writing it
REMOTE_START    equ 8
REMOTE_COUNT    equ 0Ah
RECEIVE         equ 0Ch
TRANSMIT        equ 0Dh                 ; written; read: frames with a wrong length
DATA_CONFIG     equ 0Eh
INTERRUPTS      equ 0Fh
CURRENT         equ 7                   ; page 1: the page where the next frame goes
STATION         equ 1
GROUPS          equ 8
DATA_PORT       equ 10h                 ; of the card, not of the chip
RESET_PORT      equ 1Fh

STOP            equ 21h                 ; commands: no remote DMA
STOP_PAGE_1     equ 61h
START           equ 22h
START_PAGE_1    equ 62h
REMOTE_READ     equ 0Ah
REMOTE_WRITE    equ 12h
SEND            equ 26h
SENDING         equ 4                   ; bit of the command register

RECEIVED        equ 01h                 ; bits of status and interrupt mask
SENT            equ 02h
RECEIVE_ERROR   equ 04h
SEND_ERROR      equ 08h
OVERRUN         equ 10h
COUNTERS_HALF   equ 20h
DMA_DONE        equ 40h
RESET_DONE      equ 80h
EVENTS          equ RECEIVED | RECEIVE_ERROR | SEND_ERROR | OVERRUN | COUNTERS_HALF

RECEIVE_OFF     equ 20h                 ; the monitor mode
LOOP_BACK       equ 2
BYTES           equ 48h                 ; data configuration: FIFO 8 bytes, normal operation
WORDS           equ 49h

SEND_PAGES      equ 6                   ; of 256 bytes: room for the longest frame
RING_HEADER     equ 4                   ; in front of a frame in the ring: status, next page, length
CHECKSUM        equ 4
STOP_TURNS      equ 3200                ; 1.6 ms, even where `wait_turn` takes half a microsecond
SEND_TURNS      equ 60000               ; longer than sixteen collisions

; outb REGISTER, VALUE; inb REGISTER - a register of the chip. Clobbers: AL, DX.
%macro outb 2
        mov     dx, [io_base]
%if %1
        add     dx, %1
%endif
        mov     al, %2
        out     dx, al
%endmacro
%macro inb 1
        mov     dx, [io_base]
%if %1
        add     dx, %1
%endif
        in      al, dx
%endmacro

        section .late
send_length     resw 1
used_page       resb 1                  ; of the frame to send
zeros           resb SHORTEST - HEADER_LENGTH   ; always
ring_header     resb RING_HEADER
                resb HEAD_LENGTH        ; read along with it, and moved to [head]
frame_page      resb 1                  ; the frame that is being delivered
groups          resb 8                  ; the hash filter

        section .resident
io_base         equ card_place
data_config     db WORDS
send_page       db 40h                  ; first page of the card's memory
ring_start      db 4Ch
ring_stop       db 80h
next_page       db 0                    ; where the next frame begins
send_toggle     db 0                    ; 1: the second buffer is next
read_block      dw read_words           ; as CPU and card want it
write_block     dw write_words
receive_modes   db RECEIVE_OFF, 0, 4, 0Ch, 0Ch, 1Ch ; for modes 1 to 6: broadcast 4, multicast 8, all 10h

; --- what core.asm calls: docs/writing-a-packet-driver.md says what each must do -----------------------------

; adapter_mask, adapter_unmask - the card's interrupt off and on. Clobbers: AX, DX.
adapter_mask:
        outb    INTERRUPTS, 0
        ret
adapter_unmask:
        outb    INTERRUPTS, EVENTS
        ret

; adapter_asks - ZF clear when the card wants to be served. Clobbers: AX, DX.
adapter_asks:
        inb     STATUS
        cmp     al, 0FFh                ; no card any more
        je      .done
        test    al, EVENTS
.done:
        ret

; adapter_start - bring the chip from any state to receiving nothing, its interrupts off. Clobbers: AX, CX, DX, SI.
adapter_start:
        mov     dx, [io_base]
        add     dx, RESET_PORT
        in      al, dx
        out     dx, al
        call    adapter_stop
        outb    DATA_CONFIG, [data_config]
        outb    REMOTE_COUNT, 0
        outb    REMOTE_COUNT + 1, 0
        outb    RECEIVE, RECEIVE_OFF
        outb    TRANSMIT, LOOP_BACK
        outb    RING_START, [ring_start]
        outb    BOUNDARY, [ring_start]
        outb    RING_STOP, [ring_stop]
        outb    STATUS, 0FFh
        outb    COMMAND, STOP_PAGE_1
        mov     al, [ring_start]
        inc     al
        mov     [next_page], al
        outb    CURRENT, [next_page]
        outb    COMMAND, START
        outb    TRANSMIT, 0
        mov     byte [send_toggle], 0
        ret

; adapter_stop - no more sending, receiving and interrupts. Clobbers: AX, CX, DX.
adapter_stop:
        outb    COMMAND, STOP
        mov     cx, STOP_TURNS          ; a frame may be on its way
.wait:
        call    wait_turn
        loop    .wait
        outb    INTERRUPTS, 0
        outb    STATUS, 0FFh
        ret

; adapter_filter - the mode AL, [address] and the multicast list become the card's. Clobbers: AX, BX, CX, DX, SI, DI, ES.
adapter_filter:
        push    ax
        push    cs
        pop     es
        push    ax
        xor     ax, ax
        mov     di, groups
        mov     cx, 4
        rep     stosw
        pop     ax
        cmp     al, MODE_LIST
        jb      .write                  ; no groups
        ja      .all
        call    hash_groups
        jmp     .write
.all:
        dec     cx
        mov     [groups], cx
        mov     [groups + 2], cx
        mov     [groups + 4], cx
        mov     [groups + 6], cx
.write:
        pushf
        cli                             ; the interrupt of another driver that sends through this one
        outb    COMMAND, START_PAGE_1
        mov     dx, [io_base]
        add     dx, STATION
        mov     si, address
        mov     cx, ADDRESS_LENGTH
        call    .registers
        inc     dx                      ; CURRENT stays
        mov     si, groups
        mov     cx, 8
        call    .registers
        outb    COMMAND, START
        popf
        pop     bx
        xor     bh, bh
        outb    RECEIVE, [receive_modes + bx - 1]
        ret
.registers:
        lodsb
        out     dx, al
        inc     dx
        loop    .registers
        ret

; hash_groups - set a bit of [groups] for each address of the list: the upper six bits of its CRC-32, which the card
; computes over each address that it receives. Clobbers: AX, BX, CX, DX, SI.
hash_groups:
        mov     si, multicast
.next:
        mov     ax, si
        sub     ax, multicast
        cmp     ax, [multicast_length]
        jae     .done
        mov     ax, -1                  ; DX:AX = the remainder
        mov     dx, ax
        mov     ch, ADDRESS_LENGTH
.byte:
        mov     bl, [si]
        inc     si
        mov     cl, 8
.bit:
        shl     ax, 1
        rcl     dx, 1
        sbb     bh, bh                  ; the bit that left the remainder,
        xor     bh, bl                  ; against the bit of the address
        shr     bl, 1
        shr     bh, 1
        jnc     .same
        xor     dx, 04C1h
        xor     ax, 1DB7h
.same:
        dec     cl
        jnz     .bit
        dec     ch
        jnz     .byte
        mov     cl, 10
        shr     dx, cl                  ; the upper six bits
        mov     bx, dx
        mov     cl, 3
        shr     bx, cl
        mov     cl, dl
        and     cl, 7
        mov     al, 1
        shl     al, cl
        or      [groups + bx], al
        jmp     .next
.done:
        ret

; adapter_counters - add what the chip counted; reading clears it. Clobbers: AX, DX.
adapter_counters:
        xor     ah, ah
        inb     TRANSMIT                ; wrong length
        count   errors_in, ax
        inb     DATA_CONFIG             ; wrong checksum
        count   errors_in, ax
        inb     INTERRUPTS              ; no room
        count   lost, ax
        ret

; adapter_send - send the frame at ES:SI, CX bytes; a short one is filled up with zeros. The card is taken.
; Out: CF set when it could not. Clobbers: AX, BX, CX, DX, SI, DI.
; There are two buffers: one is filled while the other is sent.
adapter_send:
        mov     bx, cx
        cmp     cx, SHORTEST
        jae     .length
        mov     cx, SHORTEST
.length:
        mov     [send_length], cx
        mov     ah, [send_page]
        cmp     byte [send_toggle], 0
        je      .page
        add     ah, SEND_PAGES
.page:
        mov     [used_page], ah
        xor     al, al
        mov     di, cx
        call    set_remote              ; AX = where, CX = how much
        outb    COMMAND, REMOTE_WRITE
        mov     cx, bx
        call    [write_block]
        mov     cx, di
        inc     cx
        inc     bx
        shr     cx, 1
        shr     bx, 1
        sub     cx, bx
        jz      .written
        shl     cx, 1
        push    cs
        pop     es
        mov     si, zeros
        call    [write_block]
.written:
        mov     cx, SEND_TURNS
.write_done:
        inb     STATUS
        test    al, DMA_DONE
        jnz     .wait
        loop    .write_done
        jmp     .dead
.wait:
        mov     cx, SEND_TURNS
.sending:
        inb     COMMAND
        test    al, SENDING
        jz      .free
        call    wait_turn
        loop    .sending
.dead:
        call    restart_card            ; cable, or chip
        stc
        ret
.free:
        outb    STATUS, DMA_DONE
        outb    SEND_PAGE, [used_page]
        outb    SEND_COUNT, [send_length]
        outb    SEND_COUNT + 1, [send_length + 1]
        outb    COMMAND, SEND
        xor     byte [send_toggle], 1
        clc
        ret

; adapter_fetch - copy the frame that is being delivered, CX bytes, to ES:DI. Clobbers: AX, BX, CX, DX, SI, DI.
adapter_fetch:
        inc     byte [card_busy]
        mov     ah, [frame_page]
        mov     al, RING_HEADER
        mov     bh, [ring_stop]
        xor     bl, bl
        sub     bx, ax                  ; bytes up to the end of the ring
        cmp     cx, bx
        jbe     .last
        sub     cx, bx
        push    cx
        mov     cx, bx
        call    remote_read
        pop     cx
        mov     ah, [ring_start]
        xor     al, al
.last:
        call    remote_read
        dec     byte [card_busy]
        ret

; adapter_service - do all that the chip asks for, and deliver what it received. Clobbers: all but DS, SS, SP.
adapter_service:
        call    adapter_asks
        jz      .done
        test    al, OVERRUN
        jz      .received
        call    recover
        jmp     adapter_service
.received:
        test    al, RECEIVED | RECEIVE_ERROR
        jz      .sent
        outb    STATUS, RECEIVED | RECEIVE_ERROR
        call    receive_all
        jmp     adapter_service
.sent:
        test    al, SEND_ERROR
        jz      .counters
        count   errors_out
        outb    STATUS, SEND_ERROR
        jmp     adapter_service
.counters:
        outb    STATUS, COUNTERS_HALF
        call    adapter_counters
        jmp     adapter_service
.done:
        ret

; recover - the ring is full and a frame was lost: the data sheet's way to go on without a broken ring. Nobody may send
; meanwhile. Clobbers: all but DS, SS, SP.
recover:
        inc     byte [card_busy]
        inb     COMMAND
        and     al, SENDING
        push    ax
        outb    COMMAND, STOP
        mov     cx, STOP_TURNS
.wait:
        call    wait_turn
        loop    .wait
        outb    REMOTE_COUNT, 0
        outb    REMOTE_COUNT + 1, 0
        pop     bx
        or      bl, bl
        jz      .not_sending
        inb     STATUS
        test    al, SENT | SEND_ERROR
        jz      .not_sending
        xor     bl, bl                  ; it had finished
.not_sending:
        push    bx
        outb    TRANSMIT, LOOP_BACK
        outb    COMMAND, START
        call    receive_all
        outb    STATUS, OVERRUN | RECEIVED
        outb    TRANSMIT, 0
        pop     bx
        or      bl, bl
        jz      .done
        outb    COMMAND, SEND           ; again: the stop cut it off
.done:
        dec     byte [card_busy]
        ret

; receive_all - deliver every frame of the ring. Clobbers: all but DS, SS, SP.
receive_all:
        inc     byte [card_busy]
        outb    COMMAND, START_PAGE_1
        inb     CURRENT
        mov     ah, al
        outb    COMMAND, START
        mov     al, [next_page]
        cmp     al, ah
        je      .done
        mov     [frame_page], al
        mov     ah, al
        xor     al, al
        push    cs
        pop     es
        mov     di, ring_header
        mov     cx, RING_HEADER + HEAD_LENGTH
        call    remote_read
        call    check_ring
        jc      .broken
        mov     [next_page], ah
        dec     byte [card_busy]
        cmp     cx, SHORTEST
        jb      .bad
        cmp     cx, LONGEST
        ja      .bad
        mov     si, ring_header + RING_HEADER
        mov     di, head
        push    cx
        mov     cx, HEAD_LENGTH / 2
        rep     movsw
        pop     cx
        call    deliver
        jmp     .free
.bad:
        count   errors_in
.free:
        mov     al, [next_page]         ; the page before it is the last one that may be written
        dec     al
        cmp     al, [ring_start]
        jae     .boundary
        mov     al, [ring_stop]
        dec     al
.boundary:
        mov     ah, al
        outb    BOUNDARY, ah
        jmp     receive_all
.broken:
        count   errors_in
        call    restart_card
.done:
        dec     byte [card_busy]
        ret

; check_ring - is what stands in front of the frame at AH believable? Out: CX = length, AH = page of the next frame; CF set
; when the ring is broken. Clobbers: AX, DX.
check_ring:
        mov     cx, [ring_header + 2]
        mov     ax, [ring_header]       ; AH = next page
        cmp     ah, [ring_start]
        jb      .no
        cmp     ah, [ring_stop]
        jae     .no
        mov     al, ah
        sub     al, [frame_page]
        ja      .pages
        add     al, [ring_stop]         ; it goes on at the start of the ring
        sub     al, [ring_start]
.pages:
        mov     dl, ch                  ; the header, the frame and its checksum take so many pages
        inc     dl
        sub     al, dl
        cmp     al, 1                   ; or, where the checksum does not count, one more
        ja      .no
        sub     cx, CHECKSUM
        ret
.no:
        stc
        ret

%include "pktdrv/ne2000_memory.asm"
resident_end:

%include "pktdrv/install.asm"
%include "pktdrv/pci.asm"
%include "pktdrv/ne2000_find.asm"

        section .late
late_end:
