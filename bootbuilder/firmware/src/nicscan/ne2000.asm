; SPDX-License-Identifier: MIT
; Cards with a DP8390 or its like: NE2000, NE1000, RTL8019, 3C503. Owns what is known of that chip.
; Source: National DP8390D data sheet, 10 (registers) and 7 (remote DMA).
;
; Safe: nothing is written unless the command register reads as an 8390 shows it at rest or at work, and the status
; register agrees. When any network driver is loaded and the chip runs, nothing is written at all.

COMMAND         equ 0                   ; registers of page 0
REMOTE_START    equ 8
REMOTE_COUNT    equ 0Ah
STATUS          equ 7
ID_8019         equ 0Ah                 ; RTL8019: 50h, 70h
RECEIVE         equ 0Ch
TRANSMIT        equ 0Dh
DATA_CONFIG     equ 0Eh
INTERRUPTS      equ 0Fh
DATA_PORT       equ 10h                 ; of the card, not of the chip

STOP            equ 21h                 ; commands: no DMA, page 0
STOP_PAGE_1     equ 61h
REMOTE_READ     equ 0Ah                 ; start, remote read
RUNNING         equ 22h
RESET_STATUS    equ 80h
DMA_DONE        equ 40h

GATE_BASE       equ 403h                ; 3C503: which base its jumper says, one bit
PROM_LENGTH     equ 32

        section .bss
prom            resb PROM_LENGTH
driver_loaded   resb 1                  ; 1: some network driver is in memory

        section .text
; probe_8390 - a card with the 8390 at its base.
probe_8390:
        mov     al, [ports + COMMAND]
        call    check_8390
        jnc     .is_8390
        cmp     byte [ports + COMMAND], 0
        jne     .no                     ; QEMU's begins with 0 in its command register
        cmp     byte [ports + STATUS], RESET_STATUS
        je      .try
        jmp     .no
.is_8390:
        call    probe_3c503
        jnc     .done
        mov     al, [ports + COMMAND]
        and     al, 3Fh
        cmp     al, RUNNING
        je      .running
        test    byte [ports + COMMAND], 0C0h
        jnz     .try                    ; another page: port 7 is not the status
        test    byte [ports + STATUS], RESET_STATUS
        jnz     .try                    ; it says that it has stopped
        cmp     byte [ports + STATUS], 0
        jne     .no                     ; QEMU's says nothing once it has run
.try:
        ; The page bits must come back as they are written: no other chip has these two values there.
        outb    COMMAND, STOP_PAGE_1
        in      al, dx
        cmp     al, STOP_PAGE_1
        jne     .restore
        outb    COMMAND, STOP
        in      al, dx
        cmp     al, STOP
        jne     .restore
        call    read_prom
        call    recognise_prom
        jc      .done
        call    find_irq
        clc
.done:
        ret
.running:
        cmp     byte [driver_loaded], 0
        je      .try                    ; left running by a boot ROM; nobody needs it now
        mov     byte [new + adapter.in_use], 1
        mark    'ne2000'
        clc
        ret
.restore:
        mov     dx, bp
        mov     al, [ports + COMMAND]
        out     dx, al
.no:
        stc
        ret

; check_8390 - does AL look like the command register: stopped or running, no DMA, nothing to send? Out: CF set if not.
; Clobbers: AL.
check_8390:
        and     al, 3Fh
        cmp     al, STOP & 3Fh
        je      .yes
        cmp     al, RUNNING
        je      .yes
        stc
        ret
.yes:
        clc
        ret

; probe_3c503 - 3Com EtherLink II: its gate array, 400h above, tells the base that its jumper says. Reads only; to a
; card with ten address lines that is a port of its own.
probe_3c503:
        inb     GATE_BASE
        mov     si, gate_bases
        mov     ah, 80h
.next:
        cmp     word [si], 0
        je      .no
        cmp     [si], bp
        je      .base
        add     si, 2
        shr     ah, 1
        jmp     .next
.base:
        cmp     al, ah
        jne     .no
        mark    '3c503'
        clc
        ret
.no:
        stc
        ret
gate_bases      dw 300h, 310h, 330h, 350h, 250h, 280h, 2A0h, 2E0h, 0

; read_prom - the 32 bytes at the start of the card's memory, where the station address is. The chip is stopped, with
; receiver and transmitter off; it was not in use. Clobbers: AX, CX, DX, DI.
read_prom:
        outb    INTERRUPTS, 0
        outb    STATUS, 0FFh
        outb    DATA_CONFIG, 48h        ; bytes
        outb    RECEIVE, 20h            ; monitor: keeps nothing
        outb    TRANSMIT, 2             ; loop-back
        outb    REMOTE_COUNT, PROM_LENGTH
        outb    REMOTE_COUNT + 1, 0
        outb    REMOTE_START, 0
        outb    REMOTE_START + 1, 0
        outb    COMMAND, REMOTE_READ
        mov     di, prom
        mov     cx, PROM_LENGTH
        lea     dx, [bp + DATA_PORT]
.next:
        in      al, dx
        stosb
        loop    .next
        outb    COMMAND, STOP
        outb    STATUS, 0FFh
        ret

; recognise_prom - name the card by its ROM. A 16-bit card shows each byte twice. Out: CF set when it holds no address.
; Clobbers: all but BP.
recognise_prom:
        mov     si, prom
        mov     cx, 6
.pair:
        lodsw
        cmp     al, ah
        jne     .bytes
        loop    .pair
        mov     si, prom                ; halve it
        mov     di, prom
        mov     cx, 6
.halve:
        lodsw
        stosb
        loop    .halve
        mov     si, prom
        call    check_address
        jc      .no
        inb     ID_8019
        cmp     al, 50h
        jne     .ne2000
        inb     ID_8019 + 1
        cmp     al, 70h
        jne     .ne2000
        mark    'rtl8019'
.ne2000:
        mark    'ne2000'
        clc
        ret
.bytes:
        mov     si, prom
        call    check_address
        jc      .no
        mark    'ne1000'
        clc
        ret
.no:
        stc
        ret

; find_irq - let the card ask for an interrupt, and see in the interrupt controllers which line rises; they are told to
; pass none on meanwhile. A remote read of no bytes is done at once. Clobbers: AX, BX, CX, DX.
find_irq:
        pushf
        cli
        in      al, 21h
        push    ax
        cmp     byte [cpu_kind], 0
        je      .mask                   ; an XT has one controller; its port A0h is something else
        in      al, 0A1h
        push    ax
        mov     al, 0FFh
        out     0A1h, al
.mask:
        mov     al, 0FFh
        out     21h, al
        call    requests
        mov     bx, ax
        outb    INTERRUPTS, DMA_DONE
        outb    REMOTE_COUNT, 0
        outb    REMOTE_COUNT + 1, 0
        outb    COMMAND, REMOTE_READ
        mov     cx, 50
        call    delay
        call    requests
        not     bx
        and     bx, ax
        outb    INTERRUPTS, 0
        outb    COMMAND, STOP
        outb    STATUS, 0FFh
        cmp     byte [cpu_kind], 0
        je      .unmask
        pop     ax
        out     0A1h, al
.unmask:
        pop     ax
        out     21h, al
        popf
        and     bx, 9EB8h               ; 3-5, 7, 9-12, 15: not clock, keyboard, cascade, diskette, clock, FPU, disk
        jz      .done
        mov     ax, bx
        dec     ax
        test    ax, bx
        jnz     .done                   ; several: some other device, too
        mov     al, -1
.number:
        inc     al
        shr     bx, 1
        jnc     .number
        mov     [new + adapter.irq], al
.done:
        ret

; requests - the interrupt lines that are up, in AX. Clobbers: none else.
requests:
        xor     ax, ax
        cmp     byte [cpu_kind], 0
        je      .first
        mov     al, 0Ah                 ; OCW3: read the request register
        out     0A0h, al
        in      al, 0A0h
        mov     ah, al
.first:
        mov     al, 0Ah
        out     20h, al
        in      al, 20h
        ret

; find_drivers - set [driver_loaded] when a packet driver, the Protocol Manager of NDIS, or the Link Support Layer of ODI
; is in memory. Clobbers: all but BP.
find_drivers:
        mov     bx, 60h * 4
.vector:
        xor     ax, ax
        mov     es, ax
        les     di, [es:bx]
        add     di, 3
        mov     si, packet_signature
        call    .compare
        je      .found
        add     bx, 4
        cmp     bx, 81h * 4
        jb      .vector
        push    cs
        pop     es
        mov     dx, ndis_device
        mov     ax, 3D00h
        int     21h
        jc      .no_ndis
        mov     bx, ax
        mov     ah, 3Eh
        int     21h
        jmp     .found
.no_ndis:
        mov     ax, 352Fh
        int     21h
        mov     ax, es
        or      ax, bx
        jz      .done                   ; nobody has it, as on DOS 2
        mov     ax, 0C000h              ; the Link Support Layer takes the first free number from here on
.multiplex:
        push    ax
        push    bp
        int     2Fh
        pop     bp
        cld
        cmp     al, 0FFh
        jne     .next
        mov     di, si                  ; ES:SI: its signature
        mov     si, odi_signature
        call    .compare
        je      .found_odi
.next:
        pop     ax
        inc     ah
        jnz     .multiplex
        jmp     .done
.found_odi:
        pop     ax
.found:
        inc     byte [driver_loaded]
.done:
        push    cs
        pop     es
        ret
.compare:
        mov     cx, 4
        repe    cmpsw
        ret
packet_signature db 'PKT DRVR'
odi_signature   db 'LINKSUP$'
ndis_device     db 'PROTMAN$', 0
