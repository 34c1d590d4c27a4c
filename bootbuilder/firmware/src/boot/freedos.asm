; SPDX-License-Identifier: MIT
; Boot sector for kernels that are one file anywhere in the root directory, loaded whole: FreeDOS, bbdos and
; EDR-DOS KERNEL.SYS at 0060:0000, EDR-DOS DRBIO.SYS and DR-DOS IBMBIO.COM at 0070:0000.
; Built with FAT_BITS = 12 or 16; the host patches the BPB and the parameter block.
;
; Memory, linear addresses:
;   00600 (or 00700) - 22000  the kernel, at most 269 sectors; before that one sector of the root directory
;   07C00 - 07E00             where the BIOS put this sector; the kernel may overwrite it
;   22000 - 23800             the FAT (FAT12: all of it, FAT16: the sector in use)
;   up to 279A0               stack, from 1FE0:7BA0 downwards
;   279A0 - 27A00             variables, relative to BP
;   27A00 - 27C00             1FE0:7C00, the copy of this sector that runs; its BPB is what the kernel gets with SS:BP
;
; At the hand-off: CS:IP from the parameter block, BL = DL = drive, BP = 7C00h, SP = 7BA0h, SS = DS = 1FE0h
; (or 0 for kernels that want the sector where the BIOS put it).

        cpu     8086
        org     7C00h

%include "inc/bpb.inc"
%include "inc/params.inc"

ORIGIN          equ 7C00h
COPY_SEGMENT    equ 1FE0h
STACK_BELOW     equ 60h                 ; SP is this much below BP
FAT_SEGMENT     equ 2200h
FAT_OFFSET      equ (FAT_SEGMENT - COPY_SEGMENT) * 16

DATA_START      equ -4                  ; variables, relative to BP
FAT_START       equ -STACK_BELOW

%include "inc/search.inc"

        jmp     short start
        nop
        times BPB_END - ($ - $$) db 0

start:
        cli
        cld
        xor     ax, ax
        mov     ds, ax
        mov     bp, ORIGIN
        mov     si, bp
        mov     di, bp
        mov     ax, COPY_SEGMENT
        mov     es, ax
        mov     cx, SECTOR_SIZE / 2
        rep movsw
        jmp     COPY_SEGMENT:.copied
.copied:
        mov     ds, ax
        mov     ss, ax
%if FAT_BITS = 16
        lea     sp, [bp + FAT_START + 4]
%else
        lea     sp, [bp - STACK_BELOW]
%endif
        sti
        mov     [bp + BPB_DRIVE], dl

        locate_areas
        find_kernel

        ; Sectors of the file: its size by 512, from the second byte of the size on, and one for the rest. So it
        ; may be one too many, and a size from 16 MB on is cut off; the length of the chain tells.
        mov     ax, [es:di + ENTRY_BYTES + 1]
        shr     ax, 1
        mov     si, [es:di + ENTRY_CLUSTER]
        xchg    ax, di
        cmp     di, [bp + PARAM_MAX_SECTORS]
        ja      too_large
        inc     di                      ; DI = sectors to load

load_cluster:
        cluster_sectors
.sector:
        dec     di
        js      .slack                  ; behind the end of the file
        xor     bx, bx
        call    read_sector
        mov     bx, es
        add     bx, SECTOR_SIZE / 16
        mov     es, bx
.slack:
        loop    .sector
        next_cluster
        jae     end_of_chain
        test    di, di
        jg      load_cluster            ; else the chain goes on behind the end of the file

disk_error:
        call    fail
        db      "Disk error", MORE
too_large:
        call    fail
        db      "Kernel too large", MORE

end_of_chain:
        dec     di
        jg      disk_error

        mov     dl, [bp + BPB_DRIVE]
        mov     bl, dl
        mov     ss, [bp + PARAM_HANDOFF]
        push    ss
        pop     ds
        jmp     far [bp + PARAM_ENTRY]  ; the sector is at SS:BP in either segment

%include "inc/message.inc"
%include "inc/disk.inc"

press_a_key:
        db      ", press a key", 0

        param   PARAM_MAX_SECTORS
        dw      0
        param   PARAM_HANDOFF
        dw      0
        param   PARAM_MAGIC
        db      MAGIC
        param   PARAM_ENTRY
        dw      0
        param   PARAM_SEGMENT
        dw      0
        param   PARAM_NAME - 3
no_kernel:
        db      "No "
kernel_name:
        param   PARAM_NAME
        times ENTRY_NAME_LENGTH db " "
        db      MORE

        times SECTOR_SIZE - 2 - ($ - $$) db 0
        dw      0AA55h
