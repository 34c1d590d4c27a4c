; SPDX-License-Identifier: MIT
; NICSCAN.COM: finds the network adapters of a PC, matches them against NICSCAN.LST, lets the user choose when
; several match, writes NIC.BAT and ends with the number of the driver as ERRORLEVEL. docs/nicscan.md is its manual.
; Owns the order of things, the layout of memory, and the record of one adapter.
;
; Memory (a .COM file: CS = DS = ES = SS)
;   0100h       code and data
;   .bss        the list of found adapters, the line being made, NICSCAN.LST as it was read
;   stack       below SP, which DOS puts at the end of the segment
;
; All of it is 8086 code but pci.asm, which runs on a 386 only: no older PC has PCI.

        cpu     8086
        bits    16
        org     100h

CR              equ 13
LF              equ 10
TAB             equ 9
END_OF_TEXT     equ 1Ah                 ; ^Z, with which some editors end a file

; ERRORLEVEL: 0 nothing to load; 1-120 the number of the driver in NICSCAN.LST; 128 is added when NIC.BAT could
; not be written
MOST_DRIVERS    equ 120
NOT_WRITTEN     equ 128
EXIT_LIST       equ 254                 ; NICSCAN.LST is missing or too long
EXIT_USAGE      equ 255                 ; wrong usage, or no memory

MOST_ADAPTERS   equ 16
MARK_ROOM       equ 80                  ; bytes of words that an adapter can be known by
LIST_ROOM       equ 40000               ; bytes of NICSCAN.LST
STACK_ROOM      equ 1024

; --- the record of one adapter -----------------------------------------------------------------------
        struc adapter
.bus            resb 1                  ; where it was found: an index into bus_names
.number         resb 1                  ; the number of its driver in the list; 0: the list does not know it
.place          resw 1                  ; PCI: bus * 256 + device * 8 + function; EISA: slot; ISA PnP: card number
.io             resw 1                  ; I/O base, 0: not known
.irq            resb 1                  ; NO_IRQ: not known
.in_use         resb 1                  ; 1: it was running, and a network driver is loaded
.driver         resw 1                  ; offset of the driver's id in the list, up to a ]
.title          resw 1                  ; offset of the name: the list's up to the end of its line, or our own
.ids            resw 4                  ; PCI: vendor, device, subvendor, subdevice
.marks          resb MARK_ROOM          ; the words it is known by, best first, each with a zero, then another zero
        endstruc

NO_IRQ          equ 0FFh

BUS_PCI         equ 0
BUS_EISA        equ 1
BUS_PNP         equ 2
BUS_ISA         equ 3
BUS_PXE         equ 4

; put 'text' - append a text to the line (text.asm). Keeps all registers.
%macro put 1+
        call    put_inline
        db      %1, 0
%endmacro

        section .bss align=2
bss_start:

        section .text
start:
        cld
        cmp     sp, bss_end + STACK_ROOM
        jb      .no_memory
        xor     ax, ax
        mov     di, bss_start
        mov     cx, (bss_end - bss_start + 1) / 2
        rep     stosw
        mov     word [line_at], line
        mov     ax, 2524h
        mov     dx, critical_error
        int     21h
        call    read_options
        call    load_list
        call    find_cpu
        put     'NICSCAN: network adapters of this PC'
        call    end_line
        call    scan_pci
        cmp     byte [pci_only], 0
        jne     .scanned
        call    scan_eisa
        call    scan_pnp
        call    scan_3c509
        call    scan_isa
.scanned:
        call    scan_pxe
        call    show_adapters
        call    choose                  ; BX = the adapter, 0: none
        or      bx, bx
        jz      .end
        mov     al, [bx + adapter.number]
        cmp     byte [list_only], 0
        jne     .end_with
        call    write_batch
        jmp     .end_with
.end:
        xor     al, al
.end_with:
        mov     ah, 4Ch
        int     21h
.no_memory:
        mov     dx, no_memory_text
        mov     ah, 9
        int     21h
        mov     al, EXIT_USAGE
        jmp     .end_with

no_memory_text  db 'NICSCAN needs 64 KB of memory', CR, LF, '$'

; critical_error - INT 24h: a call that fails because the disk is write-protected or gone just fails.
critical_error:
        mov     al, 3
        iret

; find_cpu - [cpu] = 0 (8086, 8088, V20), 2 (80286) or 3 (80386 and later). Clobbers: AX.
; The upper four flags are ones on an 8086 and zeros on a 286 in real mode; a 386 keeps three of them.
find_cpu:
        pushf
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
        mov     byte [cpu_kind], 2
        or      ax, 7000h
        push    ax
        popf
        pushf
        pop     ax
        test    ax, 7000h
        jz      .done
        mov     byte [cpu_kind], 3
.done:
        popf
        ret

; delay - wait at least CX microseconds, as a read of port 61h takes one on the fastest ISA bus. Clobbers: AX, CX.
delay:
        in      al, 61h                 ; safe: the speaker's port, read only
        loop    delay
        ret

        section .bss
cpu_kind        resb 1

%include "nicscan/text.asm"
%include "nicscan/options.asm"
%include "nicscan/list.asm"
%include "nicscan/adapters.asm"
%include "nicscan/pci.asm"
%include "nicscan/pnp.asm"
%include "nicscan/threecom.asm"
%include "nicscan/isa.asm"
%include "nicscan/ne2000.asm"
%include "nicscan/menu.asm"
%include "nicscan/batch.asm"

        section .bss
        alignb  2
bss_end:
