; SPDX-License-Identifier: MIT
; ISA cards that tell nothing: looked for at the usual I/O bases by what their registers read. Owns the bases and the
; order of the probes; BP is the I/O base everywhere here.
;
; Safe: at each base the first 16 ports are read, one of them (0Ch) several times. Nothing is written, nor anything
; beyond them read, unless these 16 bytes are already those of one kind of card. Reading disturbs a card only where a
; read takes something away: a byte that waits in a serial port, a printer or a game port; none lies at these bases.
; Bases that a card found before has are passed over, and so are those of COM4 (2E0h) and the sound cards (220h).

        section .bss
ports           resb 16                 ; what the first 16 ports read

        section .text
isa_bases       dw 300h, 320h, 340h, 360h, 280h, 2A0h, 2C0h, 240h, 260h, 0

; inb - AL = port BP + %1; outb - port BP + %1 = %2. Clobber: AL, DX.
%macro inb 1
        lea     dx, [bp + %1]
        in      al, dx
%endmacro
%macro outb 2
        lea     dx, [bp + %1]
        mov     al, %2
        out     dx, al
%endmacro

; scan_isa - keep the cards at the usual bases. Clobbers: all.
scan_isa:
        call    find_drivers
        mov     si, isa_bases
.next:
        lodsw
        or      ax, ax
        jz      .done
        call    io_taken
        je      .next
        mov     bp, ax
        push    si
        call    read_ports
        je      .nothing                ; all ones: an empty bus
        mov     al, BUS_ISA
        call    begin_adapter
        mov     [new + adapter.io], bp
        call    recognise
        jc      .nothing
        call    keep_adapter
.nothing:
        pop     si
        jmp     .next
.done:
        ret

; read_ports - fill `ports`. Out: ZF set when all are FFh. Clobbers: AX, CX, DX, DI.
read_ports:
        mov     di, ports
        mov     dx, bp
        mov     cx, 16
        mov     ah, 0FFh
.next:
        in      al, dx
        stosb
        and     ah, al
        inc     dx
        loop    .next
        cmp     ah, 0FFh
        ret

; recognise - ask each probe about the card at BP. Out: CF clear and `new` has its marks, or CF set.
; Clobbers: all but BP.
recognise:
        mov     si, probes
.next:
        lodsw
        or      ax, ax
        jz      .none
        push    si
        call    ax
        pop     si
        jc      .next
        ret
.none:
        stc
        ret

probes          dw probe_hp_plus, probe_hp, probe_ne2100, probe_smc9000, probe_pro10, probe_wd, probe_8390
                dw probe_exp16, probe_depca, 0

; Each probe_: In: BP, `ports`. Out: CF clear and `new` has its marks, or CF set. Clobbers: all but BP.

; probe_hp_plus - HP EtherTwist Plus: the family's id 4850h, then 53xxh. Reads only.
probe_hp_plus:
        cmp     word [ports], 4850h
        jne     not_this
        cmp     byte [ports + 3], 53h
        jne     not_this
        mark    'hppclanp'
        clc
        ret

; probe_hp - HP PC LAN: its address ROM begins with HP's 08-00-09. Reads only.
probe_hp:
        cmp     word [ports], 0008h
        jne     not_this
        cmp     byte [ports + 2], 09h
        jne     not_this
        cmp     byte [ports + 14], 57h  ; a LANCE card of HP
        je      not_this
        mark    'hppclan'
        clc
        ret

; probe_ne2100 - LANCE and PCnet-ISA boards of the NE2100 kind: the address ROM ends with WW, and holds the address
; of one station. Writes: RAP, which only selects the register that is read next, after the signature.
probe_ne2100:
        cmp     word [ports + 14], 5757h
        jne     not_this
        mov     si, ports
        call    check_address
        jc      not_this
        lea     dx, [bp + 12h]
        mov     ax, 88                  ; RAP: chip id, which a LANCE does not have
        out     dx, ax
        lea     dx, [bp + 10h]
        in      ax, dx                  ; RDP
        and     ax, 0FFFh
        cmp     ax, 0003h               ; AMD
        jne     .lance
        mark    'pcnet-isa'
.lance:
        xor     ax, ax
        lea     dx, [bp + 12h]
        out     dx, ax                  ; RAP: back to the status register
        mark    'ne2100'
        clc
        ret

; probe_smc9000 - SMC 91C9x: the upper half of the bank select register is always 33h; bank 1 has the card's own I/O
; base, which must be this one. Writes: the bank, after the first mark.
probe_smc9000:
        cmp     byte [ports + 15], 33h
        jne     not_this
        lea     dx, [bp + 14]
        mov     ax, 1
        out     dx, ax
        lea     dx, [bp + 2]
        in      ax, dx
        mov     bx, ax
        lea     dx, [bp + 14]
        mov     al, [ports + 14]
        mov     ah, 0
        out     dx, ax                  ; the bank that it was
        mov     ax, bx
        mov     cl, 3
        shr     ax, cl
        and     ax, 3E0h                ; A9-A5
        cmp     ax, bp
        jne     not_this
        mark    'smc9000'
        clc
        ret

; probe_pro10 - Intel EtherExpress PRO/10 (82595): two bits of the id register count its reads. Reads only.
probe_pro10:
        mov     al, [ports + 2]
        and     al, 2Ch
        cmp     al, 24h
        jne     not_this
        mov     cx, 4
        mov     ah, [ports + 2]
.again:
        inb     2
        add     ah, 40h
        cmp     al, ah
        jne     not_this
        loop    .again
        mark    'lan595'
        clc
        ret

; probe_wd - Western Digital and SMC 80x3, and the SMC Ultra: the eight bytes of the address ROM add up to FFh, and the 8390 behind it
; looks as an 8390 does. Reads only.
probe_wd:
        mov     si, ports + 8
        call    check_address
        jc      not_this
        mov     cx, 8
        xor     ah, ah
.sum:
        lodsb
        add     ah, al
        loop    .sum
        cmp     ah, 0FFh
        jne     not_this
        inb     10h
        call    check_8390
        jc      not_this
        mov     al, [ports + 7]         ; the chip's id, which the older boards do not have there
        and     al, 0F0h
        cmp     al, 20h
        je      .ultra
        cmp     al, 40h
        je      .ultra
        mark    'wd80x3'
        clc
        ret
.ultra:
        mark    'smc-ultra'
        clc
        ret

not_this:
        stc
        ret

; probe_exp16 - Intel EtherExpress 16: four reads of port 0Fh give the four digits of BABAh, each with its number.
; Reads only.
probe_exp16:
        mov     al, [ports + 15]
        mov     ah, al
        mov     cl, 4
        shr     al, cl
        and     ah, 1                   ; even digits are A, odd ones B
        add     ah, 0Ah
        cmp     al, ah
        jne     not_this
        xor     bx, bx
        mov     ch, 4
.again:
        inb     0Fh
        mov     cl, al
        and     cl, 3
        shl     cl, 1
        shl     cl, 1
        xor     ah, ah
        shr     al, 1
        shr     al, 1
        shr     al, 1
        shr     al, 1
        shl     ax, cl
        or      bx, ax
        dec     ch
        jnz     .again
        cmp     bx, 0BABAh
        jne     not_this
        mark    'exp16'
        clc
        ret

; probe_depca - DEC DEPCA and EtherWORKS: reads of port 0Ch walk through the address ROM, which has this pattern.
; Reads only.
probe_depca:
        mov     cx, 48
        mov     si, depca_pattern
.next:
        inb     0Ch
        cmp     al, [si]
        je      .matches
        mov     si, depca_pattern
        cmp     al, [si]
        jne     .differs
.matches:
        inc     si
        cmp     si, depca_pattern + 8
        je      .found
.differs:
        loop    .next
        jmp     not_this
.found:
        mark    'depca'
        clc
        ret
depca_pattern   db 0FFh, 0, 55h, 0AAh, 0FFh, 0, 55h, 0AAh

; check_address - is the text of six bytes at SI the address of a station? Out: CF set if not. Keeps SI.
; Clobbers: AX, CX.
check_address:
        push    si
        test    byte [si], 1
        jnz     .no                     ; a group
        mov     cx, 6
        xor     ah, ah
.next:
        lodsb
        or      ah, al
        loop    .next
        or      ah, ah
        jz      .no
        pop     si
        clc
        ret
.no:
        pop     si
        stc
        ret
