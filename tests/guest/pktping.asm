; SPDX-License-Identifier: MIT
; FILE COM
; A program over a packet driver at interrupt 60h: asks 10.0.2.2 for its address by ARP, sends it ICMP echoes of growing
; length, and compares each answer byte for byte. Says `PKTPING: 40 echoes` and ends with 0, else what failed and 1.
; 10.0.2.2 is where QEMU's user network has this machine; it answers both by itself.

        cpu     8086
        bits    16
        org     100h

ECHOES          equ 40
STEP            equ 36                  ; bytes more in each
TICKS           equ 90                  ; to wait for an answer: five seconds
HEADERS         equ 14 + 20 + 8

start:
        cld
        mov     ax, 3560h
        int     21h
        mov     si, signature
        lea     di, [bx + 3]
        mov     cx, 8
        repe    cmpsb
        push    cs
        pop     es
        mov     dx, no_driver
        jne     failed
        mov     si, arp_type
        call    access
        mov     [arp_handle], ax
        mov     si, ip_type
        call    access
        mov     [ip_handle], ax
        mov     bx, ax
        mov     ah, 6                   ; get_address
        mov     di, request + 6
        mov     cx, 6
        int     60h
        mov     dx, no_address
        jc      failed
        mov     si, request + 6
        mov     di, request + 22        ; sender
        mov     cx, 3
        rep     movsw

        mov     si, request
        mov     cx, 42
        call    exchange
        mov     dx, no_arp
        jc      failed
        cmp     word [buffer + 20], 0200h       ; a reply
        jne     failed
        mov     si, buffer + 22         ; their address
        mov     di, echo
        mov     cx, 3
        rep     movsw
        mov     si, request + 6
        mov     cx, 3
        rep     movsw
        mov     ax, 0008h
        stosw

        mov     word [number], 1
.echo:
        mov     ax, [number]
        mov     cx, STEP
        mul     cx
        mov     [data_length], ax
        mov     cx, ax
        mov     bl, [number]
        mov     di, echo + HEADERS
.fill:
        mov     [di], bl
        inc     di
        add     bl, 13
        loop    .fill
        mov     cx, [data_length]
        add     cx, 28
        xchg    cl, ch
        mov     [echo + 16], cx         ; length of IP
        mov     word [echo + 24], 0
        mov     si, echo + 14
        mov     cx, 10
        call    checksum
        mov     [echo + 24], ax
        mov     ax, [number]
        mov     [echo + 40], ax
        mov     word [echo + 36], 0
        mov     si, echo + 34
        mov     cx, [data_length]
        add     cx, 8
        shr     cx, 1
        call    checksum
        mov     [echo + 36], ax
        mov     si, echo
        mov     cx, [data_length]
        add     cx, HEADERS
        call    exchange
        mov     dx, no_echo
        jc      failed
        mov     dx, wrong_echo
        cmp     byte [buffer + 34], 0   ; an echo reply
        jne     failed
        mov     si, echo + 38           ; identity, number, data
        mov     di, buffer + 38
        mov     cx, [data_length]
        add     cx, 4
        repe    cmpsb
        jne     failed
        inc     word [number]
        cmp     word [number], ECHOES
        jbe     .echo

        mov     bx, [arp_handle]
        mov     ah, 3                   ; release_type
        int     60h
        mov     bx, [ip_handle]
        mov     ah, 3
        int     60h
        mov     dx, no_release
        jc      failed
        mov     dx, good
        mov     ah, 9
        int     21h
        mov     ax, 4C00h
        int     21h
failed:
        mov     ah, 9
        int     21h
        mov     ax, 4C01h
        int     21h

; access - a handle for the type at SI, in AX.
access:
        mov     ax, 201h
        mov     bx, 0FFFFh
        xor     dl, dl
        mov     cx, 2
        mov     di, receive
        int     60h
        mov     dx, no_type
        jc      failed
        ret

; exchange - send the frame at SI, CX bytes, and wait for a frame in [buffer]. Out: CF set when none comes.
exchange:
        mov     byte [full], 0
        mov     ah, 4
        int     60h
        jc      .done
        push    es
        xor     ax, ax
        mov     es, ax
        mov     bx, [es:46Ch]
.wait:
        cmp     byte [full], 2
        je      .there
        mov     ax, [es:46Ch]
        sub     ax, bx
        cmp     ax, TICKS
        jb      .wait
        stc
.there:
        pop     es
.done:
        ret

; checksum - AX = that of the internet, over CX words at SI.
checksum:
        xor     bx, bx
.next:
        lodsw
        add     bx, ax
        adc     bx, 0
        loop    .next
        mov     ax, bx
        not     ax
        ret

; receive - what the driver calls with a frame.
receive:
        or      ax, ax
        jnz     .arrived
        cmp     byte [cs:full], 0
        jne     .refuse
        inc     byte [cs:full]
        push    cs
        pop     es
        mov     di, buffer
        retf
.refuse:
        xor     di, di
        mov     es, di
        retf
.arrived:
        inc     byte [cs:full]
        retf

signature       db 'PKT DRVR'
arp_type        db 8, 6
ip_type         db 8, 0
request         db 0FFh, 0FFh, 0FFh, 0FFh, 0FFh, 0FFh, 0, 0, 0, 0, 0, 0, 8, 6
                db 0, 1, 8, 0, 6, 4, 0, 1
                db 0, 0, 0, 0, 0, 0, 10, 0, 2, 15, 0, 0, 0, 0, 0, 0, 10, 0, 2, 2
no_driver       db 'PKTPING: no packet driver at 0x60', 13, 10, '$'
no_type         db 'PKTPING: no handle', 13, 10, '$'
no_address      db 'PKTPING: no address', 13, 10, '$'
no_arp          db 'PKTPING: no answer to ARP', 13, 10, '$'
no_echo         db 'PKTPING: no answer to an echo', 13, 10, '$'
wrong_echo      db 'PKTPING: a wrong answer to an echo', 13, 10, '$'
no_release      db 'PKTPING: a handle is not released', 13, 10, '$'
good            db 'PKTPING: 40 echoes', 13, 10, '$'
full            db 0                    ; 0: the buffer is empty; 1: a frame is on its way; 2: it is there
arp_handle      dw 0
ip_handle       dw 0
number          dw 0
data_length     dw 0
echo:
        times 14 db 0
        db      45h, 0, 0, 0, 0, 1, 0, 0, 64, 1, 0, 0, 10, 0, 2, 15, 10, 0, 2, 2
        db      8, 0, 0, 0, 'BB', 0, 0
        times ECHOES * STEP db 0
buffer          equ $
