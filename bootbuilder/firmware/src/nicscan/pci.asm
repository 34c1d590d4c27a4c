; SPDX-License-Identifier: MIT
; PCI: every function whose class is network, through the PCI BIOS, or through the configuration ports where there is
; none. Owns the access to configuration space. Reads only.
; Source of the numbers: PCI BIOS Specification 2.1; PCI Local Bus Specification 2.1, 3.2.2 and 6.2.

CONFIG_ADDRESS  equ 0CF8h
CONFIG_DATA     equ 0CFCh
MECHANISM_2_KEY equ 0F0h                ; any upper half but 0 opens the window C000h-CFFFh

CLASS_BRIDGE    equ 0604h               ; PCI to PCI
CLASS_OLD       equ 0000h               ; devices made before classes were defined

        section .bss
pci_reader      resw 1                  ; the routine that reads a register
pci_place       resw 1                  ; bus * 256 + device * 8 + function
pci_last_bus    resb 1
pci_header      resb 1                  ; header type of function 0

        section .text
; scan_pci - find the network adapters on PCI. A PC without a 386 has none. Clobbers: all.
scan_pci:
        cmp     byte [cpu_kind], 3
        jae     .find_access
        ret
        cpu     386
.find_access:
        call    find_pci
        jc      .done
        mov     word [pci_place], 0
.function:
        call    look_at_function
        jnc     .present
        test    byte [pci_place], 7
        jz      .next_device            ; without a function 0 there is no device
.present:
        test    byte [pci_header], 80h
        jz      .next_device            ; it has function 0 only
        inc     word [pci_place]
        test    byte [pci_place], 7
        jnz     .function
        jmp     .bus
.next_device:
        or      byte [pci_place], 7
        inc     word [pci_place]
.bus:
        cmp     word [pci_place], 0     ; past bus 255
        je      .done
        mov     al, [pci_place + 1]
        cmp     al, [pci_last_bus]
        jbe     .function
.done:
        ret

; find_pci - find how configuration space is read. Out: CF set when this PC has no PCI. Clobbers: all.
find_pci:
        push    bp
        mov     ax, 0B101h              ; PCI BIOS PRESENT
        xor     edx, edx
        xor     cx, cx
        stc
        int     1Ah
        pop     bp
        push    cs
        pop     es
        cld
        jc      .ports
        or      ah, ah
        jnz     .ports
        cmp     edx, 'PCI '
        jne     .ports
        mov     [pci_last_bus], cl
        mov     word [pci_reader], read_by_bios
        put     '  PCI BIOS '
        mov     al, bh
        call    put_hex_digit
        put     '.'
        mov     al, bl
        call    put_hex2
        call    end_line
        clc
        ret
.ports:
        ; Safe: only a PCI bridge decodes a 32-bit access to CF8h, and the old value is put back. The byte CF9h,
        ; which resets some PCs, is never written by itself.
        mov     word [pci_reader], read_mechanism_1
        pushf
        cli
        mov     dx, CONFIG_ADDRESS
        in      eax, dx
        mov     ecx, eax
        mov     eax, 80000000h
        out     dx, eax
        in      eax, dx
        cmp     eax, 80000000h
        sete    bl
        mov     eax, ecx
        out     dx, eax
        popf
        or      bl, bl
        jnz     .mechanism_1
        ; Mechanism 2 was in the first PCI chips, none of which has a 32-bit CF8h. Safe: zeros close the window.
        mov     word [pci_reader], read_mechanism_2
        mov     dx, CONFIG_ADDRESS + 3
        xor     al, al
        out     dx, al
        mov     dx, CONFIG_ADDRESS
        out     dx, al
        mov     dl, CONFIG_ADDRESS + 2 & 0FFh
        out     dx, al
        in      al, dx
        mov     ah, al
        mov     dl, CONFIG_ADDRESS & 0FFh
        in      al, dx
        or      ax, ax
        jnz     .none
        put     '  PCI, no BIOS for it: mechanism 2'
        jmp     .found
.mechanism_1:
        put     '  PCI, no BIOS for it: mechanism 1'
.found:
        call    end_line
        clc
        ret
.none:
        stc
        ret

; put_hex_digit - append the lower digit of AL, a packed version number. Clobbers: AL.
put_hex_digit:
        and     al, 15
        add     al, '0'
        jmp     put_char

; read_pci - the 32-bit register DI of the function at [pci_place] in EAX. Clobbers: ECX, DX.
read_pci:
        push    bx
        push    si
        push    di
        push    bp
        call    [pci_reader]
        pop     bp
        pop     di
        pop     si
        pop     bx
        ret

read_by_bios:
        mov     ax, 0B10Ah              ; READ CONFIG DWORD
        mov     bx, [pci_place]
        int     1Ah
        push    cs
        pop     es
        cld
        jnc     .read
        mov     ecx, -1
.read:
        mov     eax, ecx
        ret

read_mechanism_1:
        movzx   eax, word [pci_place]
        shl     eax, 8
        movzx   ecx, di
        or      eax, ecx
        or      eax, 80000000h
        pushf
        cli
        mov     dx, CONFIG_ADDRESS
        out     dx, eax
        mov     dx, CONFIG_DATA
        in      eax, dx
        mov     ecx, eax
        xor     eax, eax                ; close it again
        mov     dx, CONFIG_ADDRESS
        out     dx, eax
        mov     eax, ecx
        popf
        ret

read_mechanism_2:
        mov     ecx, -1
        mov     al, [pci_place]
        test    al, 80h
        jnz     .absent                 ; it has devices 0 to 15 only
        mov     bl, al
        and     bl, 7
        shl     bl, 1
        or      bl, MECHANISM_2_KEY
        pushf
        cli
        mov     dx, CONFIG_ADDRESS + 2
        mov     al, [pci_place + 1]
        out     dx, al                  ; bus
        mov     dx, CONFIG_ADDRESS
        mov     al, bl
        out     dx, al                  ; key and function
        movzx   dx, byte [pci_place]
        and     dl, 78h
        shl     dx, 5
        or      dx, di
        or      dh, 0C0h
        in      eax, dx
        mov     ecx, eax
        mov     dx, CONFIG_ADDRESS
        xor     al, al
        out     dx, al                  ; close the window
        popf
.absent:
        mov     eax, ecx
        ret

; look_at_function - keep the function at [pci_place] when it is a network adapter; note header type and bridges.
; Out: CF set when there is no function. Clobbers: all.
look_at_function:
        xor     di, di
        call    read_pci
        cmp     ax, 0FFFFh
        je      .absent
        or      ax, ax
        jz      .absent
        push    eax
        mov     al, BUS_PCI
        call    begin_adapter
        pop     dword [new + adapter.ids]
        mov     di, 0Ch
        call    read_pci
        shr     eax, 16
        mov     bh, al                  ; header type
        test    byte [pci_place], 7
        jnz     .not_first
        mov     [pci_header], bh
.not_first:
        mov     di, 8
        call    read_pci
        shr     eax, 16
        cmp     ax, CLASS_BRIDGE
        jne     .not_bridge
        mov     di, 18h                 ; bus numbers
        call    read_pci
        shr     eax, 16
        cmp     al, [pci_last_bus]      ; the last bus behind the bridge
        jbe     .present
        mov     [pci_last_bus], al
        jmp     .present
.not_bridge:
        mov     bl, ah                  ; base class
        cmp     ah, 2                   ; network
        je      .network
        cmp     ax, CLASS_OLD
        jne     .present
.network:
        test    bh, 7Fh
        jnz     .present                ; not an ordinary device
        push    bx
        call    describe_function
        pop     bx
        cmp     bl, 2
        je      .keep
        call    keep_if_listed
        jmp     .present
.keep:
        call    keep_adapter
.present:
        clc
        ret
.absent:
        stc
        ret

; describe_function - fill `new` from the function's registers. Clobbers: EAX, BX, ECX, DX, SI, DI.
describe_function:
        mov     ax, [pci_place]
        mov     [new + adapter.place], ax
        mov     di, 2Ch
        call    read_pci
        mov     [new + adapter.ids + 4], eax
        mov     di, 3Ch
        call    read_pci
        cmp     al, 15                  ; 0 and 255: not connected
        ja      .no_irq
        or      al, al
        jz      .no_irq
        mov     [new + adapter.irq], al
.no_irq:
        mov     di, 10h                 ; the base address registers, to 24h
.base:
        call    read_pci
        test    al, 1                   ; I/O space
        jz      .next_base
        and     al, 0FCh
        jz      .maybe_zero
.io:
        mov     [new + adapter.io], ax
        jmp     .marks
.maybe_zero:
        or      ah, ah
        jnz     .io                     ; else: not assigned
.next_base:
        add     di, 4
        cmp     di, 28h
        jb      .base
.marks:
        mov     bx, new
        call    put_pci_id
        put     ':'
        call    put_pci_subsystem
        call    add_mark
        call    put_pci_id
        jmp     add_mark
        cpu     8086
