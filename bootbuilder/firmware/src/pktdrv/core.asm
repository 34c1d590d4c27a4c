; SPDX-License-Identifier: MIT
; The part of a packet driver that is the same for every adapter and stays in memory: the calls of programs, their
; handles, the interrupt of the card, and the way of a frame to the program that wants it.
; Source: FTP Software, PC/TCP Packet Driver Specification 1.09.
;
; Who may touch the card: [card_busy] counts who does at this moment, with the card's interrupts off. A call that finds
; it busy (it came from an interrupt that hit another call) fails. [in_irq] is set while the card's interrupt is served:
; a program that is called with a frame may send, as the card is free at that moment.

BASIC_AND_EXTENDED equ 2                ; functionality that driver_info tells
DRIVER_VERSION  equ 100h                ; 1.0
CLASS_ETHERNET  equ 1                   ; DIX: the type is at offset 12 of the frame
CLASS_802_3     equ 11                  ; IEEE 802.3: the type begins with the LLC header
ANY_TYPE        equ 0FFFFh

BAD_HANDLE      equ 1
NO_CLASS        equ 2
NO_TYPE         equ 3
NO_NUMBER       equ 4
BAD_TYPE        equ 5
CANT_TERMINATE  equ 7
BAD_MODE        equ 8
NO_SPACE        equ 9
TYPE_INUSE      equ 10
BAD_COMMAND     equ 11
CANT_SEND       equ 12
CANT_SET        equ 13
BAD_ADDRESS     equ 14
CANT_RESET      equ 15

MODE_OFF        equ 1                   ; receive modes
MODE_DIRECT     equ 2
MODE_BROADCAST  equ 3
MODE_LIST       equ 4
MODE_MULTICAST  equ 5
MODE_ALL        equ 6

ADDRESS_LENGTH  equ 6
HEADER_LENGTH   equ 14
SHORTEST        equ 60                  ; bytes of a frame, without its checksum
LONGEST         equ 1514
LONGEST_LLC     equ 1500                ; a larger number at offset 12 is a type, not a length
TYPE_ROOM       equ 8
HEAD_LENGTH     equ HEADER_LENGTH + TYPE_ROOM
MOST_HANDLES    equ 10
MOST_MULTICAST  equ 8
IRQ_STACK       equ 768                 ; bytes, also for the receivers of programs
CARRY           equ 1
INTERRUPTS_ON   equ 2                   ; in the upper byte of the flags

; registers of the program, as `api` saves them
        struc frame
.ax             resw 1
.bx             resw 1
.cx             resw 1
.dx             resw 1
.si             resw 1
.di             resw 1
.bp             resw 1
.ds             resw 1
.es             resw 1
.ip             resw 1
.cs             resw 1
.flags          resw 1
        endstruc

        struc handle
.class          resb 1                  ; 0: free
.length         resb 1                  ; of the type; 0: everything that nobody else wants
.type           resb TYPE_ROOM
.receiver       resd 1
        endstruc

; what get_statistics returns
        struc counters
.frames_in      resd 1
.frames_out     resd 1
.bytes_in       resd 1
.bytes_out      resd 1
.errors_in      resd 1
.errors_out     resd 1
.lost           resd 1
        endstruc

; count NAME [, AMOUNT] - add 1, or a 16-bit amount, to a counter. Keeps all registers.
%macro count 1-2 1
        add     word [statistics + counters.%1], %2
        adc     word [statistics + counters.%1 + 2], 0
%endmacro

; fail ERROR - return from a call with an error
%macro fail 1
        mov     dh, %1
        stc
        ret
%endmacro

; --- variables: those that loading sets are part of the file, the others come to lie behind it -----------------
        section .late
statistics      resb counters_size
handles         resb handle_size * MOST_HANDLES
handles_end:
multicast       resb ADDRESS_LENGTH * MOST_MULTICAST
multicast_length resw 1                 ; bytes
receiver        resd 1                  ; of the program that gets the frame
head            resb HEAD_LENGTH        ; the first bytes of the frame
saved_sp        resw 1
saved_ss        resw 1
                resb IRQ_STACK
irq_stack_end:                          ; even, as all in front of it is
in_irq          resb 1
card_busy       resb 1

        section .resident
; --- what programs find through the interrupt vector ---------------------------------------------------------
entry:
        jmp     short api
        nop
signature       db 'PKT DRVR', 0
own_mark        db 'BBPD'               ; how a second copy knows this one, and by the next two words its card
adapter_type    dw ADAPTER_TYPE
card_place      dw 0
driver_name     db ADAPTER_NAME, 0

mode            db MODE_BROADCAST       ; of the card, while a handle is open
chained         db 0                    ; 1: another device uses the interrupt, too
was_masked      db 0                    ; bit of the interrupt controller's mask that was set before
eoi             db 0                    ; commands that end the interrupt: first and
eoi_second      db 0                    ; second controller, 0: it is not on that one
mask_port       dw 0
packet_vector   dw 0                    ; address of our vector in segment 0
irq_vector      dw 0
old_packet      dd 0
old_irq         dd 0
address         times ADDRESS_LENGTH db 0       ; in use
rom_address     times ADDRESS_LENGTH db 0       ; of the card

calls:
        dw      bad_command, driver_info, access_type, release_type, send_pkt
        dw      terminate, get_address, reset_interface, bad_command, bad_command
        times 10 dw bad_command         ; 10-12 are those of high performance
        dw      set_rcv_mode, get_rcv_mode, set_multicast_list, get_multicast_list
        dw      get_statistics, set_address
LAST_CALL       equ ($ - calls) / 2 - 1

; api - a program's call.
; In: AH = call, the other registers as the call wants. Out: CF clear; or CF set and DH = error. Keeps the registers
; that no call returns something in.
api:
        push    es
        push    ds
        push    bp
        push    di
        push    si
        push    dx
        push    cx
        push    bx
        push    ax
        mov     bp, sp
        push    cs
        pop     ds
        cld
        and     byte [bp + frame.flags], ~CARRY
        test    byte [bp + frame.flags + 1], INTERRUPTS_ON
        jz      .as_found
        sti
.as_found:
        mov     bl, ah
        xor     bh, bh
        cmp     bl, LAST_CALL
        ja      .unknown
        shl     bx, 1
        call    [calls + bx]
        jnc     .done
        jmp     .failed
.unknown:
        mov     dh, BAD_COMMAND
.failed:
        mov     [bp + frame.dx + 1], dh
        or      byte [bp + frame.flags], CARRY
.done:
        pop     ax
        pop     bx
        pop     cx
        pop     dx
        pop     si
        pop     di
        pop     bp
        pop     ds
        pop     es
        iret

%include "pktdrv/calls.asm"
%include "pktdrv/card.asm"
%include "pktdrv/deliver.asm"

; wait_turn - about a microsecond: a read of a port of the ISA bus. Clobbers: AL.
wait_turn:
        in      al, 61h
        ret

; stay - the last thing that loading does: what lies behind the resident part is cleared. In: CX = bytes, DI = where,
; ES = our segment, DX = paragraphs to keep.
stay:
        xor     al, al
        rep     stosb
        mov     ax, 3100h
        int     21h
