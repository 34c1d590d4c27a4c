; SPDX-License-Identifier: MIT
; Loading a packet driver and taking it out again: command line, the interrupts, what is said. The same for every
; adapter. All of this is gone once the driver is resident.

CR              equ 13
LF              equ 10
TAIL            equ 80h                 ; in the PSP: length, then the command line, then CR
NONE            equ 0FFFFh              ; a number that was not given
; bytes that stay: the PSP, the resident part, and its variables behind it at an even address
RESIDENT_SIZE   equ (100h + resident_end - resident_start + 1 + late_end - statistics + 15) / 16 * 16

; put 'text' - print a text. Keeps all registers.
%macro put 1+
        call    put_inline
        db      %1, 0
%endmacro

; stop_with 'text' - print it behind the name of the driver and end with ERRORLEVEL 1
%macro stop_with 1+
        put     ADAPTER_NAME, ': ', %1, CR, LF
        jmp     give_up
%endmacro

        section .bss
given_vector    resw 1
given_irq       resw 1
given_io        resw 1
wants_unload    resb 1
modern_cpu      resb 1                  ; 80286 or later: a PC with two interrupt controllers, and block moves to ports
is_pci          resb 1
irq             resb 1
entry_at        resd 1                  ; of another packet driver

        section .text
install:
        cld
        mov     byte [wants_unload], 0
        mov     byte [is_pci], 0
        call    find_cpu
        call    read_options
        cmp     byte [wants_unload], 0
        jne     unload
        call    adapter_find            ; card_place, rom_address and what the card needs; irq, where that is known
        call    choose_irq
        call    choose_vector
        mov     si, rom_address
        mov     di, address
        mov     cx, ADDRESS_LENGTH / 2
        rep     movsw
        call    adapter_start
        call    hook
        call    say_loaded
        mov     es, [2Ch]               ; the environment
        mov     ah, 49h
        int     21h
        push    cs
        pop     es
        mov     di, statistics
        mov     cx, late_end
        sub     cx, di
        mov     dx, RESIDENT_SIZE / 16
        jmp     stay

give_up:
        mov     ax, 4C01h
        int     21h

; find_cpu - set [modern_cpu]. Clobbers: AX. The upper four flags are ones on an 8086 and an 80186.
find_cpu:
        mov     byte [modern_cpu], 0
        pushf
        pop     ax
        and     ax, 0FFFh
        push    ax
        popf
        pushf
        pop     ax
        and     ax, 0F000h
        cmp     ax, 0F000h
        je      .done
        inc     byte [modern_cpu]
.done:
        ret

%include "pktdrv/options.asm"

; --- interrupts ----------------------------------------------------------------------------------------------

; choose_irq - decide on [irq]: PCI's is known; else the given one, compared with what the card does; else that.
choose_irq:
        cmp     byte [is_pci], 0
        jne     .done
        call    watch_irq               ; AX = what the card does, NONE: not seen
        mov     bx, [given_irq]
        cmp     bx, NONE
        je      .found
        mov     [irq], bl
        cmp     ax, bx
        je      .done
        cmp     ax, NONE
        je      .unseen
        put     ADAPTER_NAME, ': the card uses IRQ '
        call    put_number
        put     ', not '
        mov     ax, bx
        call    put_number
        put     CR, LF
        jmp     give_up
.unseen:
        put     ADAPTER_NAME, ': warning: the card gave no interrupt on IRQ '
        mov     ax, bx
        call    put_number
        put     CR, LF
.done:
        ret
.found:
        mov     [irq], al
        cmp     ax, NONE
        jne     .done
        stop_with 'the card gives no interrupt; give its IRQ behind the interrupt: ', ADAPTER_NAME, ' 0x60 3'

; watch_irq - let the card ask for an interrupt, and see in the interrupt controllers which line rises; they pass none
; on meanwhile. Out: AX = the line, NONE: none, or several. Clobbers: BX, CX, DX.
watch_irq:
        pushf
        cli
        in      al, 21h
        push    ax
        cmp     byte [modern_cpu], 0
        je      .mask
        in      al, 0A1h
        push    ax
        mov     al, 0FFh
        out     0A1h, al
.mask:
        mov     al, 0FFh
        out     21h, al
        call    .requests
        push    ax
        call    adapter_trigger
        mov     cx, 100
.wait:
        call    wait_turn
        loop    .wait
        call    .requests
        pop     bx
        not     bx
        and     bx, ax
        call    adapter_mask
        cmp     byte [modern_cpu], 0
        je      .unmask
        pop     ax
        out     0A1h, al
.unmask:
        pop     ax
        out     21h, al
        popf
        mov     ax, NONE
        and     bx, 9EF8h               ; not clock, keyboard, cascade, clock, FPU, disk
        jz      .done
        mov     cx, bx
        dec     cx
        test    cx, bx
        jnz     .done                   ; some other device, too
.number:
        inc     ax
        shr     bx, 1
        jnc     .number
.done:
        ret
.requests:                              ; AX = the lines that are up
        xor     ax, ax
        cmp     byte [modern_cpu], 0
        je      .one
        mov     al, 0Ah                 ; OCW3: read the request register
        out     0A0h, al
        in      al, 0A0h
        mov     ah, al
.one:
        mov     al, 0Ah
        out     20h, al
        in      al, 20h
        ret

; choose_vector - [given_vector] = the given interrupt, else 60h, else the next one that is free. Clobbers: all.
choose_vector:
        mov     ax, [given_vector]
        cmp     ax, NONE
        jne     .try
        mov     ax, DEFAULT_VECTOR
.try:
        mov     dx, ax                  ; the wanted one
        call    is_free
        jz      .done
        mov     ax, 60h
.next:
        call    check_vector
        jc      .skip
        call    is_free
        jz      .other
.skip:
        inc     ax
        cmp     ax, 7Eh
        jbe     .next
        stop_with 'no interrupt from 0x60 to 0x7e is free'
.other:
        xchg    ax, dx
        put     ADAPTER_NAME, ': interrupt '
        call    put_hex
        put     ' is taken, using '
        mov     ax, dx
        call    put_hex
        put     CR, LF
.done:
        mov     [given_vector], ax
        push    cs
        pop     es
        ret

; is_free - ZF set when nobody uses interrupt AX: it is empty, or returns at once. Clobbers: BX, ES.
is_free:
        call    point_vector
        mov     bx, es
        or      bx, di
        jz      .done
        cmp     byte [es:di], 0CFh
.done:
        ret

; point_vector - ES:DI = where interrupt AX goes. Clobbers: BX.
point_vector:
        xor     bx, bx
        mov     es, bx
        mov     bx, ax
        shl     bx, 1
        shl     bx, 1
        les     di, [es:bx]
        ret

; hook - take both interrupts, and open the card's way through the interrupt controller. Clobbers: AX, BX, CX, DX, ES.
hook:
        mov     al, [irq]
        mov     cl, al
        and     cl, 7
        mov     bx, 21h                 ; port of the mask
        cmp     al, 8
        jb      .first
        mov     bl, 0A1h
        add     al, 70h - 8 - 8
        mov     ch, 60h
        or      ch, cl
        mov     [eoi_second], ch
        mov     byte [eoi], 62h
        jmp     .vectors
.first:
        mov     ah, 60h
        or      ah, al
        mov     [eoi], ah
.vectors:
        add     al, 8
        mov     [mask_port], bx
        mov     si, irq_vector
        mov     dx, irq_entry
        mov     di, old_irq
        call    .take
        mov     al, [given_vector]
        mov     si, packet_vector
        mov     dx, entry
        mov     di, old_packet
        call    .take
        mov     ah, 1
        shl     ah, cl
        mov     dx, [mask_port]
        pushf
        cli
        in      al, dx
        mov     bl, al
        and     bl, ah
        mov     [was_masked], bl
        jnz     .alone
        mov     bl, [is_pci]            ; somebody listens already; lines of ISA have one device
        mov     [chained], bl
.alone:
        not     ah
        and     al, ah
        out     dx, al
        popf
        ret
.take:
        xor     ah, ah
        push    ax
        shl     ax, 1
        shl     ax, 1
        mov     [si], ax
        pop     ax
        mov     ah, 35h
        int     21h
        mov     [di], bx
        mov     [di + 2], es
        mov     ah, 25h
        int     21h
        ret

say_loaded:
        put     ADAPTER_NAME, ': '
        cmp     byte [is_pci], 0
        jne     .pci
        put     'ISA'
        jmp     .where
.pci:
        put     'PCI'
.where:
        put     ' card at '
        mov     ax, [card_place]
        call    put_hex
        put     ', IRQ '
        mov     al, [irq]
        xor     ah, ah
        call    put_number
        put     ', address'
        mov     si, address
        mov     cl, ADDRESS_LENGTH
        mov     ah, ' '
.byte:
        mov     al, ah
        call    put_char
        lodsb
        call    put_hex2
        mov     ah, ':'
        dec     cl
        jnz     .byte
        put     CR, LF, ADAPTER_NAME, ': packet driver at interrupt '
        mov     ax, [given_vector]
        call    put_hex
        put     ', '
        mov     ax, RESIDENT_SIZE
        call    put_number
        put     ' bytes', CR, LF
        ret

%include "pktdrv/unload.asm"
%include "pktdrv/print.asm"
