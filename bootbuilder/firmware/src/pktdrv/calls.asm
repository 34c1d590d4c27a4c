; SPDX-License-Identifier: MIT
; The calls of the specification, one routine each, and the handles. A part of core.asm: stays in memory.
;
; Each routine:
; In: BP = frame, AX, CX, DX, SI, DI, ES as the program has them. Out: CF, DH; results go into the frame.
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
