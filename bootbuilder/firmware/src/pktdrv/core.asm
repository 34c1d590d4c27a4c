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

; The calls. In: BP = frame, AX, CX, DX, SI, DI, ES as the program has them. Out: CF, DH; results go into the frame.
; Clobbers: all but BP, SP, DS, SS.

bad_command:
        fail    BAD_COMMAND

driver_info:
        mov     word [bp + frame.bx], DRIVER_VERSION
        mov     byte [bp + frame.cx + 1], CLASS_ETHERNET
        mov     byte [bp + frame.cx], 0 ; the number of the interface
        mov     word [bp + frame.dx], ADAPTER_TYPE
        mov     word [bp + frame.si], driver_name
        mov     [bp + frame.ds], cs
        mov     byte [bp + frame.ax], BASIC_AND_EXTENDED
        clc
        ret

; access_type - AL = class, BX = type of interface, DL = its number, DS:SI and CX = type of frame, ES:DI = receiver.
; Out: AX = handle. A type of no bytes gets what no other handle does; the longest type that matches wins.
access_type:
        cmp     al, CLASS_ETHERNET
        je      .class
        cmp     al, CLASS_802_3
        jne     .no_class
.class:
        mov     bx, [bp + frame.bx]
        cmp     bx, ANY_TYPE
        je      .type
        cmp     bx, ADAPTER_TYPE
        jne     .no_type
.type:
        or      dl, dl
        jnz     .no_number
        cmp     cx, TYPE_ROOM
        ja      .bad_type
        mov     ah, cl
        xor     dx, dx                  ; the free handle
        mov     bx, handles
.look:
        cmp     byte [bx + handle.class], 0
        jne     .used
        mov     dx, bx
        jmp     .next
.used:
        cmp     [bx + handle.class], ax ; class and length
        jne     .next
        lea     di, [bx + handle.type]
        call    .point
        cmp     ax, ax                  ; equal, when there is nothing to compare
        repe    cmpsb
        push    cs
        pop     ds
        je      .in_use
.next:
        add     bx, handle_size
        cmp     bx, handles_end
        jb      .look
        mov     bx, dx
        or      bx, bx
        jz      .no_space
        lea     di, [bx + handle.type]
        call    .point
        rep     movsb
        push    cs
        pop     ds
        mov     [bx + handle.length], ah
        mov     dx, [bp + frame.di]
        mov     [bx + handle.receiver], dx
        mov     dx, [bp + frame.es]
        mov     [bx + handle.receiver + 2], dx
        mov     [bx + handle.class], al ; from here on it gets frames
        mov     [bp + frame.ax], bx
        push    bx
        call    count_handles
        pop     bx
        cmp     al, 1
        ja      .done                   ; the receiver is on
        call    apply_mode
        jc      .busy
.done:
        clc
        ret
.busy:
        mov     byte [bx + handle.class], 0
.no_space:
        fail    NO_SPACE
.in_use:
        fail    TYPE_INUSE
.no_class:
        fail    NO_CLASS
.no_type:
        fail    NO_TYPE
.no_number:
        fail    NO_NUMBER
.bad_type:
        fail    BAD_TYPE
.point:                                 ; DS:SI = the program's type, CX = its length, ES = our segment
        push    cs
        pop     es
        mov     si, [bp + frame.si]
        mov     cx, [bp + frame.cx]
        mov     ds, [bp + frame.ds]
        ret

release_type:
        call    check_handle
        jc      failed
        mov     byte [si + handle.class], 0
        call    count_handles
        or      al, al
        jnz     .done
        mov     byte [mode], MODE_BROADCAST
        mov     word [multicast_length], 0
        call    apply_mode              ; off. When the card is busy, its frames just find no handle
.done:
        clc
failed:
        ret

; send_pkt - DS:SI and CX = the frame.
send_pkt:
        cmp     cx, LONGEST
        ja      .refused
        cmp     cx, HEADER_LENGTH
        jb      .refused
        call    take_card
        jc      .refused
        mov     es, [bp + frame.ds]
        call    adapter_send
        call    release_card
        jc      .refused
        count   frames_out
        mov     cx, [bp + frame.cx]
        count   bytes_out, cx
        clc
        ret
.refused:
        count   errors_out
        fail    CANT_SEND

; terminate - take the driver out of memory.
terminate:
        call    only_handle
        jc      failed
        cmp     al, 1
        jne     .cannot
        cmp     byte [in_irq], 0
        jne     .cannot
        xor     ax, ax
        mov     es, ax
        mov     bx, [packet_vector]
        mov     ax, entry
        call    .check
        mov     bx, [irq_vector]
        mov     ax, irq_entry
        call    .check
        call    take_card               ; for good
        jc      .cannot
        call    adapter_stop
        cli
        mov     dx, [mask_port]
        in      al, dx
        or      al, [was_masked]
        out     dx, al
        mov     bx, [packet_vector]
        mov     si, old_packet
        call    .restore
        mov     bx, [irq_vector]
        mov     si, old_irq
        call    .restore
        push    cs
        pop     es
        mov     ah, 49h                 ; free memory; it lasts until the program has this call's answer
        int     21h
        clc
        ret
.check:
        cmp     [es:bx], ax
        jne     .hooked
        mov     ax, cs
        cmp     [es:bx + 2], ax
        jne     .hooked
        ret
.hooked:
        pop     ax
.cannot:
        fail    CANT_TERMINATE
.restore:
        mov     ax, [si]
        mov     [es:bx], ax
        mov     ax, [si + 2]
        mov     [es:bx + 2], ax
        ret

get_address:
        call    check_handle
        jc      failed
        mov     si, address
        ; goes on

; give_address - store the address at SI at ES:DI, for which the program has room for CX bytes.
give_address:
        mov     cx, ADDRESS_LENGTH
        cmp     [bp + frame.cx], cx
        jb      .no_space
        mov     [bp + frame.cx], cx
        mov     es, [bp + frame.es]
        mov     di, [bp + frame.di]
        rep     movsb
        clc
        ret
.no_space:
        fail    NO_SPACE

; reset_interface - as after loading: the card's own address, mode 3, no multicast.
reset_interface:
        call    only_handle
        jc      failed
        cmp     al, 1
        jne     .cannot
        call    take_card
        jc      .cannot
        push    cs
        pop     es
        mov     si, rom_address
        mov     di, address
        mov     cx, ADDRESS_LENGTH
        rep     movsb
        mov     word [multicast_length], 0
        mov     byte [mode], MODE_BROADCAST
        call    restart_card
        call    release_card
        clc
        ret
.cannot:
        fail    CANT_RESET

; set_rcv_mode - CX = mode; it is the card's, so it changes what every handle gets.
set_rcv_mode:
        call    check_handle
        jc      failed
        jcxz    .bad
        cmp     cx, MODE_ALL
        ja      .bad
        mov     [mode], cl
        call    apply_mode
        jc      cannot_set
        ret
.bad:
        fail    BAD_MODE

get_rcv_mode:
        call    check_handle
        jc      failed
        mov     al, [mode]
        xor     ah, ah
        mov     [bp + frame.ax], ax
        ret

; set_multicast_list - ES:DI and CX = addresses, one behind the other; CX = 0: none.
set_multicast_list:
        cmp     cx, ADDRESS_LENGTH * MOST_MULTICAST
        ja      .no_space
        mov     ax, cx
        mov     bl, ADDRESS_LENGTH
        div     bl
        or      ah, ah
        jnz     bad_address
        mov     bx, di
.each:
        dec     al
        js      .copy
        test    byte [es:bx], 1
        jz      bad_address
        add     bx, ADDRESS_LENGTH
        jmp     .each
.copy:
        mov     [multicast_length], cx
        push    cs
        pop     es
        mov     ds, [bp + frame.es]
        mov     si, di
        mov     di, multicast
        rep     movsb
        push    cs
        pop     ds
        call    apply_mode
        jc      cannot_set
        ret
.no_space:
        fail    NO_SPACE
bad_address:
        fail    BAD_ADDRESS
cannot_set:
        fail    CANT_SET

get_multicast_list:
        mov     word [bp + frame.di], multicast
        mov     [bp + frame.es], cs
        mov     ax, [multicast_length]
        mov     [bp + frame.cx], ax
        clc
        ret

get_statistics:
        call    check_handle
        jc      .failed
        call    take_card
        jc      .old                    ; without what the card counted since
        call    adapter_counters
        call    release_card
.old:
        mov     word [bp + frame.si], statistics
        mov     [bp + frame.ds], cs
        clc
.failed:
        ret

; set_address - ES:DI and CX = the address that this station uses from now on.
set_address:
        cmp     cx, ADDRESS_LENGTH
        jne     bad_address
        test    byte [es:di], 1
        jnz     bad_address
        call    count_handles
        cmp     al, 1
        ja      cannot_set
        push    cs
        pop     es
        mov     ds, [bp + frame.es]
        mov     si, di
        mov     di, address
        mov     cx, ADDRESS_LENGTH
        rep     movsb
        push    cs
        pop     ds
        call    apply_mode
        jc      cannot_set
        ret

; check_handle - SI = the program's handle. Out: CF set and DH = BAD_HANDLE when it is none. Clobbers: none else.
check_handle:
        mov     si, handles
.next:
        cmp     si, [bp + frame.bx]
        je      .found
        add     si, handle_size
        cmp     si, handles_end
        jb      .next
.bad:
        fail    BAD_HANDLE
.found:
        cmp     byte [si + handle.class], 0
        je      .bad
        ret

; only_handle - as check_handle; AL = number of open handles.
only_handle:
        call    check_handle
        jnc     count_handles
        ret

; count_handles - AL = number of open handles; CF clear. Clobbers: BX.
count_handles:
        xor     al, al
        mov     bx, handles
.next:
        cmp     byte [bx + handle.class], 1
        cmc
        adc     al, 0
        add     bx, handle_size
        cmp     bx, handles_end
        jb      .next
        clc
        ret

; --- the card ------------------------------------------------------------------------------------------------

; take_card - keep the card for ourselves, without its interrupts. Out: CF set when it is busy. Clobbers: AX, DX.
take_card:
        pushf
        cli
        cmp     byte [card_busy], 0
        jne     .busy
        inc     byte [card_busy]
        call    adapter_mask
        popf
        clc
        ret
.busy:
        popf
        stc
        ret

; release_card - let others have it. Keeps flags. Clobbers: AX, DX.
release_card:
        pushf
        cli
        dec     byte [card_busy]
        cmp     byte [in_irq], 0
        jne     .done                   ; the end of the interrupt does it
        call    adapter_unmask
.done:
        popf
        ret

; apply_mode - tell the card mode, addresses and multicast list. Out: CF set when it is busy.
; Clobbers: AX, CX, DX, SI, DI, ES.
apply_mode:
        call    take_card
        jc      .busy
        push    bx
        call    used_mode
        call    adapter_filter
        pop     bx
        call    release_card
        clc
.busy:
        ret

; restart_card - start it anew; what it holds is lost. The card is taken. Clobbers: AX, BX, CX, DX, SI, DI, ES.
restart_card:
        call    adapter_start
        call    used_mode
        jmp     adapter_filter

; used_mode - AL = the mode that the card is to have: off while no handle is open. Clobbers: BX.
used_mode:
        call    count_handles
        or      al, al
        mov     al, MODE_OFF
        jz      .done
        mov     al, [mode]
.done:
        ret

; irq_entry - the interrupt of the card. Programs are called on our own stack with interrupts on; the card's stay off.
irq_entry:
        push    ax
        push    dx
        push    ds
        push    cs
        pop     ds
        mov     al, [in_irq]
        or      al, [card_busy]
        jnz     .not_ours               ; the card's own are off
        call    adapter_asks
        jz      .not_ours
        inc     byte [in_irq]
        call    adapter_mask
        call    end_of_interrupt
        mov     [saved_sp], sp
        mov     [saved_ss], ss
        mov     dx, cs
        mov     ss, dx
        mov     sp, irq_stack_end
        sti
        cld
        push    bx
        push    cx
        push    si
        push    di
        push    bp
        push    es
        call    adapter_service
        pop     es
        pop     bp
        pop     di
        pop     si
        pop     cx
        pop     bx
        cli
        mov     ss, [saved_ss]
        mov     sp, [saved_sp]
        dec     byte [in_irq]
        call    adapter_unmask
        jmp     .done
.not_ours:
        cmp     byte [chained], 0
        jne     .chain
        call    end_of_interrupt
.done:
        pop     ds
        pop     dx
        pop     ax
        iret
.chain:
        pop     ds
        pop     dx
        pop     ax
        jmp     far [cs:old_irq]

; end_of_interrupt - specific, so that it ends no other. Clobbers: AL.
end_of_interrupt:
        mov     al, [eoi_second]
        or      al, al
        jz      .first
        out     0A0h, al
.first:
        mov     al, [eoi]
        out     20h, al
        ret

; --- a frame -------------------------------------------------------------------------------------------------

; deliver - give a received frame to the program that wants it.
; In: CX = length, [head] = its first bytes; adapter_fetch gets it. Clobbers: all but DS, SS, SP.
deliver:
        count   frames_in
        count   bytes_in, cx
        call    check_multicast
        jc      .done
        call    find_handle
        or      bx, bx
        jz      .done
        mov     ax, [bx + handle.receiver]
        mov     [receiver], ax
        mov     dx, [bx + handle.receiver + 2]
        mov     [receiver + 2], dx
        or      ax, dx
        jz      .lost
        push    bx
        push    cx
        xor     ax, ax                  ; where shall it go?
        call    far [receiver]
        push    cs
        pop     ds
        cld
        pop     cx
        pop     bx
        mov     ax, es
        or      ax, di
        jz      .lost
        push    bx
        push    cx
        push    di
        push    es
        call    adapter_fetch
        pop     ds
        pop     si
        pop     cx
        pop     bx
        mov     ax, 1                   ; there it is
        call    far [cs:receiver]
        push    cs
        pop     ds
        cld
.done:
        ret
.lost:
        count   lost
        ret

; check_multicast - in mode 4 only listed groups are wanted; cards filter by a hash that lets others through.
; Out: CF set when it is not wanted. Clobbers: AX, BX, SI, DI, ES.
check_multicast:
        cmp     byte [mode], MODE_LIST
        jne     .wanted
        test    byte [head], 1
        jz      .wanted
        mov     ax, [head]
        and     ax, [head + 2]
        and     ax, [head + 4]
        inc     ax
        jz      .wanted                 ; broadcast
        push    cs
        pop     es
        push    cx
        mov     bx, multicast
.next:
        mov     ax, bx
        sub     ax, multicast
        cmp     ax, [multicast_length]
        jae     .unwanted
        mov     si, head
        mov     di, bx
        mov     cx, ADDRESS_LENGTH / 2
        add     bx, ADDRESS_LENGTH
        repe    cmpsw
        jne     .next
        pop     cx
.wanted:
        clc
        ret
.unwanted:
        pop     cx
        stc
        ret

; find_handle - BX = the handle whose type is the longest that matches [head], 0: none. Clobbers: AX, DX, SI, DI, ES.
find_handle:
        push    cx
        push    cs
        pop     es
        xor     bx, bx                  ; the best
        mov     ah, -1                  ; its score
        mov     dx, [head + 12]
        xchg    dl, dh
        mov     di, handles
.next:
        mov     al, [di + handle.class]
        mov     si, head + HEADER_LENGTH - 2
        cmp     al, CLASS_ETHERNET
        je      .compare
        jb      .passed
        cmp     dx, LONGEST_LLC
        ja      .passed
        mov     si, head + HEADER_LENGTH
.compare:
        mov     cl, [di + handle.length]
        xor     ch, ch
        shr     al, 1                   ; of two with the same length, that for 802.3 has the better score
        cmp     al, 1
        cmc
        mov     al, cl
        adc     al, al
        push    di
        add     di, handle.type
        cmp     al, al
        repe    cmpsb
        pop     di
        jne     .passed
        cmp     al, ah
        jle     .passed
        mov     ah, al
        mov     bx, di
.passed:
        add     di, handle_size
        cmp     di, handles_end
        jb      .next
        pop     cx
        ret

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
