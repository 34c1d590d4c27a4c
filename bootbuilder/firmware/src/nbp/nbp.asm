; SPDX-License-Identifier: MIT
; The network bootstrap program: fetches an image from the server that the PXE ROM was told of, keeps it in extended
; memory, becomes a drive in RAM and boots it.
;
; Memory, linear addresses:
;   00600 - 00680   the last step of the boot (tail.asm), which overwrites this program
;   07C00 - 0BC00   this program and its parameters, loaded by the ROM
;   0BC00 - 17C00   variables, packets and stack, in the same segment
;   20000 - 30000   the last 64 KB of the image on their way: what inflating looks back at
;   the top of conventional memory: the ROM's UNDI; below it the resident part, once the image is there
;   the end of the highest extended memory that has room: the image
;
; All code here runs with CS = DS = ES = SS = NBP_SEGMENT, and FS = the resident part as it lies in this program;
; routines keep the direction flag clear. `fail` can be jumped to from any depth: it starts again from a fresh stack.

        cpu     386
        bits    16

%include "nbp/defs.inc"
%include "nbp/params.inc"

%define RESIDENT section..resident.start    ; the resident part as it lies in this program
%define ENTRIES  section..params.start      ; behind the program: the host appends them

section .text vstart=0

entry:
        jmp     NBP_SEGMENT:start       ; ROMs enter at 0000:7C00 or 07C0:0000
        times PARAM_MAGIC - ($ - entry) db 0
        dd      MAGIC
        db      0                       ; PARAM_COUNT
        db      0                       ; PARAM_DEFAULT
        db      255                     ; PARAM_TIMEOUT
        db      30                      ; PARAM_ERROR_WAIT
        dw      ENTRIES
        times PARAM_END - ($ - entry) db 0

; start - from the ROM's call to the image's boot sector
; In:  SS:SP = the ROM's stack: return address, far pointer to !PXE; ES:BX = PXENV+
; Out: leaves by `boot`, or back to the ROM (AX = 0) when the user wants the next boot device
start:
        cld
        push    ds                      ; what the ROM may want back
        push    es
        pushad
        mov     bp, sp
        mov     eax, [bp + 40]          ; above the registers and the return address
        push    cs
        pop     ds
        mov     [rom_pxe], eax
        mov     [rom_pxenv], bx
        mov     [rom_pxenv + 2], es
        mov     [rom_stack], sp
        mov     [rom_stack + 2], ss
        mov     ax, cs
        mov     es, ax
        mov     ss, ax
        mov     sp, STACK_TOP
        mov     di, bss_start
        mov     cx, (bss_end - bss_start) / 2
        xor     ax, ax
        rep stosw
        mov     ax, RESIDENT
        shr     ax, 4
        add     ax, NBP_SEGMENT
        mov     fs, ax
        call    screen_start
        call    find_pxe
        call    read_cached_packets
again:
        mov     sp, STACK_TOP
        call    choose_image
        call    fetch
        jmp     boot

; leave - gives the PC back to the ROM, which tries the next boot device
leave:
        call    udp_close
        mov     si, text_leaving
        call    print
        cli
        lss     sp, [rom_stack]
        sti
        popad
        pop     es
        pop     ds
        xor     ax, ax                  ; PXENV_EXIT_SUCCESS: the ROM frees itself
        retf

%include "nbp/screen.asm"
%include "nbp/menu.asm"
%include "nbp/fail.asm"
%include "nbp/pxe.asm"
%include "nbp/tftp.asm"
%include "nbp/romtftp.asm"
%include "nbp/fetch.asm"
%include "nbp/inflate.asm"
%include "nbp/store.asm"
%include "nbp/sha256.asm"
%include "nbp/memmap.asm"
%include "nbp/install.asm"
%include "nbp/tail.asm"

%include "nbp/resident.asm"

section .params follows=.resident align=16 vstart=0
section .text


%include "nbp/bss.inc"
