; SPDX-License-Identifier: MIT
; A file from the server as a stream of bytes: TFTP (RFC 1350) with options (RFC 2347-2349) and windows (RFC 7440)
; over the ROM's UDP calls. A transfer that breaks down is started anew and skipped up to where it was.
;
; A block out of order is answered at once with the last good one, so that the server goes back there; silence is
; answered with it again, after a time that follows from the server's first answer.

OP_RRQ          equ 0100h               ; as words in network order
OP_DATA         equ 0300h
OP_ACK          equ 0400h
OP_ERROR        equ 0500h
OP_OACK         equ 0600h
TFTP_PORT       equ 4500h               ; 69 in network order
LARGEST_BLOCK   equ 1468                ; an Ethernet frame without fragments: ROMs cannot put them together
WINDOW          equ 16                  ; blocks on their way at once
TRIES           equ 3                   ; transfers in a row that bring nothing new
FIRST_WAIT      equ 9                   ; ticks for the first answer
MOST_WAIT       equ 73                  ; ticks: waiting doubles up to 4 s
MOST_SILENCE    equ 5                   ; waits without an answer that end a transfer
MOST_REQUESTS   equ 4                   ; the same before the server's first answer

; stream_open - gets ready to read the file named in `path`
; Clobbers: all
stream_open:
        mov     dword [stream_pos], 0
        mov     byte [tries], 0
        mov     byte [by_rom], 0
        mov     word [ask_block], LARGEST_BLOCK
        mov     byte [no_options], 0
        call    pxe_clear
        mov     bx, PXE_UNDI_INFORMATION
        call    pxe_call
        jc      .begin
        mov     ax, [pxe_block + 6]     ; the greatest packet without its Ethernet header
        sub     ax, 32                  ; IP, UDP and TFTP headers
        cmp     ax, 512
        jb      .begin
        cmp     ax, LARGEST_BLOCK
        jae     .begin
        mov     [ask_block], ax
.begin:
        call    udp_open
        jnc     transfer_open
        mov     byte [by_rom], 1
        jmp     rom_open

; transfer_open - asks for the file, from its start
; Clobbers: AX, BX, CX, DX, DI, SI
transfer_open:
        mov     eax, [stream_pos]
        mov     [skip], eax
        xor     ax, ax
        mov     [at_end], al
        mov     [silent], al
        mov     [server_port], ax
        mov     [in_window], ax
        mov     [gap_told], al
        inc     ax
        mov     [next_block], ax
        mov     [window], ax
        mov     word [block_size], 512
        mov     word [wait_ticks], FIRST_WAIT
        call    ticks                   ; another port each time: late packets of the last one stay out
        mov     [asked_at], ax
        add     ax, [port_count]
        inc     word [port_count]
        and     ax, 0FFFh
        or      ax, 0C000h
        xchg    al, ah
        mov     [my_port], ax
        ; falls through

; send_request - sends the read request for [path]
; Clobbers: AX, BX, CX, DX, DI, SI
send_request:
        mov     di, tx_buffer
        mov     ax, OP_RRQ
        stosw
        mov     si, path
        call    put_text
        mov     si, text_octet
        call    put_text
        cmp     byte [no_options], 0
        jne     .send
        mov     si, text_tsize
        call    put_text
        mov     ax, '0'
        stosw
        mov     si, text_blksize
        call    put_text
        mov     ax, [ask_block]
        call    put_number
        mov     si, text_windowsize
        call    put_text
        mov     ax, WINDOW
        call    put_number
.send:
        mov     dx, TFTP_PORT
        ; falls through

; send_built - sends what lies in `tx_buffer` up to DI
; In:  DI = end, DX = the server's port in network order
; Clobbers: AX, BX, CX
send_built:
        mov     cx, di
        sub     cx, tx_buffer
        call    pxe_clear
        mov     eax, [server_ip]
        mov     [pxe_block + 2], eax
        mov     eax, [gateway]
        mov     [pxe_block + 6], eax
        mov     ax, [my_port]
        mov     [pxe_block + 0Ah], ax
        mov     [pxe_block + 0Ch], dx
        mov     [pxe_block + 0Eh], cx
        mov     word [pxe_block + 10h], tx_buffer
        mov     [pxe_block + 12h], ds
        mov     bx, PXE_UDP_WRITE
        jmp     pxe_call                ; what the ROM could not send counts as lost

; put_text - copies a text with its 0
; In:  SI, DI
; Clobbers: AL, SI, DI
put_text:
        lodsb
        stosb
        test    al, al
        jnz     put_text
        ret

; put_number - writes a number in decimal with a 0
; In:  AX, DI
; Clobbers: AX, BX, CX, DX, DI
put_number:
        mov     bx, 10
        xor     cx, cx
.divide:
        xor     dx, dx
        div     bx
        push    dx
        inc     cx
        test    ax, ax
        jnz     .divide
.digit:
        pop     ax
        add     al, '0'
        stosb
        loop    .digit
        xor     al, al
        stosb
        ret

; udp_open - opens the ROM's UDP
; Out: CF = 1: it has none
udp_open:
        cmp     byte [udp_is_open], 0
        jne     .done                   ; CF = 0
        call    pxe_clear
        mov     eax, [my_ip]
        mov     [pxe_block + 2], eax
        mov     bx, PXE_UDP_OPEN
        call    pxe_call
        jc      .done
        mov     byte [udp_is_open], 1
.done:
        ret

; udp_close - closes it if it is open
udp_close:
        cmp     byte [udp_is_open], 0
        je      .done
        mov     byte [udp_is_open], 0
        call    pxe_clear
        mov     bx, PXE_UDP_CLOSE
        call    pxe_call
.done:
        ret

; stream_next - the next bytes of the file
; Out: SI = bytes, CX = how many, 0 at the end; does not return when the file cannot be had
; Clobbers: all others
stream_next:
        xor     cx, cx
        cmp     byte [at_end], 0
        jne     .done
        cmp     byte [by_rom], 0
        jne     .rom
        call    udp_block
        jc      .broken
.got:
        movzx   eax, cx
        mov     edx, [skip]
        cmp     edx, eax
        ja      .skip_all
        add     si, dx                  ; had before the transfer was started anew
        sub     cx, dx
        mov     dword [skip], 0
        jz      stream_next             ; nothing in it, so it is the end or was had
        movzx   eax, cx
        add     [stream_pos], eax
        mov     byte [tries], 0
        mov     byte [server_text], 0   ; what it said of other names does not matter any more
.done:
        ret
.skip_all:
        sub     [skip], eax
        jmp     stream_next
.rom:
        call    rom_block
        jnc     .got
        jmp     stream_next
.broken:
        inc     byte [tries]
        cmp     byte [tries], TRIES
        jae     .give_up
        mov     si, text_again
        call    print
        cmp     word [server_port], 0   ; an answer, yet no data: packets of that size do not come through
        je      .again
        cmp     word [next_block], 1
        jne     .again
        mov     word [ask_block], 512
.again:
        call    transfer_open
        jmp     stream_next
.give_up:
        mov     si, fail_lost
        cmp     dword [stream_pos], 0
        jne     fail
        mov     al, [heard]
        test    al, al
        jnz     fail
        call    udp_close               ; UDP brings nothing on this ROM: its TFTP may
        mov     byte [by_rom], 1
        call    rom_open
        jmp     stream_next

; stream_close - ends a transfer of which enough has come
; Clobbers: all
stream_close:
        cmp     byte [by_rom], 0
        jne     rom_close
        cmp     byte [at_end], 0
        jne     .done
        cmp     word [server_port], 0
        je      .done
        mov     dx, [server_port]
        mov     si, text_enough
        xor     ax, ax
        jmp     send_error
.done:
        ret

; send_error - sends an ERROR packet
; In:  AX = code in network order, SI = text, DX = port
; Clobbers: AX, BX, CX, DI, SI
send_error:
        mov     di, tx_buffer
        mov     word [di], OP_ERROR
        mov     [di + 2], ax
        add     di, 4
        call    put_text
        jmp     send_built

; send_ack - acknowledges the last block that came in order
; Clobbers: AX, BX, CX, DX, DI
send_ack:
        mov     word [in_window], 0
        mov     di, tx_buffer
        mov     ax, OP_ACK
        stosw
        mov     ax, [next_block]
        dec     ax
        xchg    al, ah
        stosw
        mov     dx, [server_port]
        jmp     send_built

; udp_block - waits for the next DATA block of the transfer
; Out: CF = 0: SI = bytes, CX = how many, [at_end] set with the last; CF = 1: nothing comes any more
; Clobbers: all others
udp_block:
        call    udp_receive
        jc      .silence
        cmp     cx, 4
        jb      udp_block
        mov     ax, [rx_buffer]
        mov     dx, [pxe_block + 0Ah]
        cmp     word [server_port], 0
        je      .first
        cmp     dx, [server_port]
        je      .from_server
        cmp     ax, OP_ERROR            ; a stranger's packet, or one of an earlier transfer
        je      udp_block
        mov     ax, 0500h               ; unknown transfer
        mov     si, text_unknown
        call    send_error
        jmp     udp_block
.first:
        cmp     ax, OP_DATA
        jne     .not_data
        cmp     word [rx_buffer + 2], 0100h
        jne     udp_block
.not_data:
        cmp     ax, OP_ERROR
        je      .from_server
        mov     [server_port], dx
        mov     byte [heard], 1
        call    ticks                   ; twice the time of the first answer, and three ticks
        sub     ax, [asked_at]
        add     ax, ax
        add     ax, 3
        cmp     ax, FIRST_WAIT
        jbe     .quick
        mov     ax, FIRST_WAIT
.quick:
        mov     [base_wait], ax
        mov     ax, [rx_buffer]
.from_server:
        mov     byte [silent], 0
        mov     bx, [base_wait]
        mov     [wait_ticks], bx
        cmp     ax, OP_DATA
        je      .data
        cmp     ax, OP_OACK
        je      .options
        cmp     ax, OP_ERROR
        jne     udp_block
        jmp     server_error

.options:
        cmp     word [next_block], 1
        jne     udp_block
        call    read_accepted
        jc      .bad_options
        call    send_ack                ; of block 0
        jmp     udp_block
.bad_options:
        mov     dx, [server_port]
        mov     ax, 0800h
        mov     si, text_unknown
        call    send_error
        mov     byte [no_options], 1
        call    transfer_open
        jmp     udp_block

.data:
        sub     cx, 4
        mov     ax, [rx_buffer + 2]
        xchg    al, ah
        sub     ax, [next_block]
        jz      .in_order
        js      .old                    ; numbers go round from 65535 to 0
        cmp     byte [gap_told], 0      ; one is missing: tell it once
        jne     udp_block
        mov     byte [gap_told], 1
        call    send_ack
        jmp     udp_block
.old:
        cmp     ax, -1                  ; the last one again: its acknowledgement was lost
        jne     udp_block
        call    send_ack
        jmp     udp_block
.in_order:
        mov     byte [gap_told], 0
        inc     word [next_block]
        inc     word [in_window]
        cmp     cx, [block_size]
        jae     .full
        mov     byte [at_end], 1
        jmp     .acknowledge
.full:
        mov     cx, [block_size]
        mov     ax, [in_window]
        cmp     ax, [window]
        jb      .take
.acknowledge:
        push    cx
        call    send_ack
        pop     cx
.take:
        mov     si, rx_buffer + 4
        clc
        ret

.silence:
        inc     byte [silent]
        cmp     byte [silent], MOST_SILENCE
        jae     .dead
        cmp     word [server_port], 0
        jne     .wait_longer
        cmp     byte [silent], MOST_REQUESTS
        jae     .dead
.wait_longer:
        shl     word [wait_ticks], 1
        cmp     word [wait_ticks], MOST_WAIT
        jbe     .repeat
        mov     word [wait_ticks], MOST_WAIT
.repeat:
        mov     byte [gap_told], 0
        cmp     word [server_port], 0
        jne     .ack
        call    send_request
        jmp     udp_block
.ack:
        call    send_ack
        jmp     udp_block
.dead:
        stc
        ret

; server_error - the part of udp_block for an ERROR packet: asks without options when it is about them, else for the
; next name, and fails when there is none
; In:  the packet in rx_buffer, CX = its length
server_error:
        mov     ax, [rx_buffer + 2]
        xchg    al, ah
        cmp     ax, 8
        jne     .file
        cmp     byte [no_options], 0
        jne     .file
        mov     byte [no_options], 1
        call    transfer_open
        jmp     udp_block
.file:
        mov     [server_code], ax
        sub     cx, 4
        cmp     cx, SERVER_TEXT_SIZE - 1
        jbe     .fits
        mov     cx, SERVER_TEXT_SIZE - 1
.fits:
        mov     si, rx_buffer + 4
        mov     di, server_text
        rep movsb
        mov     byte [di], 0
        cmp     byte [server_text], 0
        jne     .has_text
        mov     word [server_text], '-'
.has_text:
        mov     si, fail_server
        cmp     dword [stream_pos], 0
        jne     fail
        call    next_name               ; does not return when all names were tried
        call    transfer_open
        jmp     udp_block

; udp_receive - waits for a packet of our server, at most [wait_ticks]
; Out: CF = 0: it lies in rx_buffer, CX = bytes, [pxe_block + 0Ah] = its port; CF = 1: none came
; Clobbers: EAX, BX, DX
udp_receive:
        call    ticks
        mov     [wait_start], ax
.look:
        call    pxe_clear
        mov     eax, [my_ip]
        mov     [pxe_block + 6], eax
        mov     ax, [my_port]
        mov     [pxe_block + 0Ch], ax
        mov     word [pxe_block + 0Eh], RX_SIZE
        mov     word [pxe_block + 10h], rx_buffer
        mov     [pxe_block + 12h], ds
        mov     bx, PXE_UDP_READ
        call    pxe_call
        jc      .none
        mov     eax, [pxe_block + 2]
        cmp     eax, [server_ip]
        jne     .none
        mov     ax, [my_port]
        cmp     ax, [pxe_block + 0Ch]
        jne     .none
        mov     cx, [pxe_block + 0Eh]
        clc
        ret
.none:
        call    idle
        call    ticks
        sub     ax, [wait_start]
        cmp     ax, [wait_ticks]
        jb      .look
        stc
        ret

; idle - looks after the progress bar and the Esc key
; Clobbers: EAX, BX, CX, EDX, SI
idle:
        call    ticks
        cmp     ax, [idle_tick]
        je      .done
        mov     [idle_tick], ax
        test    al, 3                   ; the bar every 0.2 s
        jnz     .keys
        call    progress
.keys:
        call    key_pressed
        jz      .done
        cmp     al, 27
        jne     .done
        mov     byte [server_text], 0
        mov     si, fail_escape
        jmp     fail
.done:
        ret

; read_accepted - takes the options that the server has accepted
; In:  rx_buffer = the packet, CX = its length
; Out: CF = 1: it has accepted more than was asked
; Clobbers: EAX, BX, CX, EDX, DI, SI
read_accepted:
        mov     si, rx_buffer
        add     si, cx
        mov     byte [si], 0            ; so that every text ends
        mov     [options_end], si
        mov     si, rx_buffer + 2
.option:
        cmp     si, [options_end]
        jae     .done
        mov     di, text_blksize
        call    same_word
        je      .block
        mov     di, text_windowsize
        call    same_word
        je      .window
        mov     di, text_tsize
        call    same_word
        je      .size
        call    skip_text
        call    skip_text
        jmp     .option
.block:
        call    read_number
        cmp     eax, 8
        jb      .bad
        movzx   edx, word [ask_block]
        cmp     eax, edx
        ja      .bad
        mov     [block_size], ax
        jmp     .option
.window:
        call    read_number
        test    eax, eax
        jz      .bad
        cmp     eax, WINDOW
        ja      .bad
        mov     [window], ax
        jmp     .option
.size:
        call    read_number
        mov     [file_size], eax
        jmp     .option
.done:
        clc
        ret
.bad:
        stc
        ret

; same_word - compares a text with a word in small letters
; In:  SI = text, DI = word
; Out: ZF = 1: the same, and SI behind its 0; ZF = 0: SI as it was
; Clobbers: AL, DI
same_word:
        push    si
.char:
        lodsb
        cmp     al, 'A'
        jb      .compare
        cmp     al, 'Z'
        ja      .compare
        or      al, 20h
.compare:
        scasb
        jne     .differs
        test    al, al
        jnz     .char
        add     sp, 2                   ; ZF is 0 unless SP becomes 0
        cmp     al, al
        ret
.differs:
        pop     si
        ret

; skip_text - SI behind the next 0
skip_text:
        lodsb
        test    al, al
        jnz     skip_text
        ret

; read_number - reads a decimal number and its 0; anything else makes it huge
; In:  SI
; Out: EAX, SI behind the 0
; Clobbers: EDX
read_number:
        push    ebx
        xor     ebx, ebx
.digit:
        xor     eax, eax
        lodsb
        test    al, al
        jz      .done
        sub     al, '0'
        cmp     al, 9
        ja      .bad
        imul    ebx, ebx, 10
        add     ebx, eax
        jmp     .digit
.bad:
        call    skip_text
        or      ebx, -1
.done:
        mov     eax, ebx
        pop     ebx
        ret

text_octet:             db "octet", 0
text_tsize:             db "tsize", 0
text_blksize:           db "blksize", 0
text_windowsize:        db "windowsize", 0
text_enough:            db "enough: the rest is empty", 0
text_unknown:           db "not asked for", 0
text_again:             db 13, 10, "No answer: trying again", 13, 10, 0
