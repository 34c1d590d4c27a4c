; SPDX-License-Identifier: MIT
; Boot sector for MS-DOS and PC-DOS 1 to 6: IO.SYS and MSDOS.SYS (or IBMBIO.COM and IBMDOS.COM) are the first
; two entries of the root directory, and the first of them starts at cluster 2 and is contiguous as far as
; this sector loads it. The FAT is not looked at, so FAT12 and FAT16 have the same code.
; The host patches the BPB and the parameter block.
;
; Memory, linear addresses:
;   00500 - 00700  the first sector of the root directory: MS-DOS looks for it there
;   00700 - 07B00  the first sectors of IO.SYS, at most 58
;   07B00 - 07C00  stack; the dword on its top is the original INT 1Eh vector
;   07C00 - 07E00  this sector; bytes 3Eh-48h become the diskette parameter table
;
; At the hand-off, to CS:IP from the parameter block: DL = drive, CH = media descriptor, AX:BX = first sector
; of the data area (and AX moved by PARAM_EXTRA, for kernels that want another thing in AX), DS:SI = original
; diskette parameter table, INT 1Eh -> the copy at 0000:7C3E, ES = SS = 0, BP = SP = 7C00h.
; With FLAG_DOS2: CX = number of floppy drives. With FLAG_DOS1 the byte at 0000:0504, in the root directory's
; buffer, is cleared, for DOS 1 takes it as it finds it.

        cpu     8086
        org     7C00h

%include "inc/bpb.inc"
%include "inc/params.inc"

ORIGIN          equ 7C00h
ROOT_BUFFER     equ 500h
LOGICAL_DRIVE   equ 504h                ; byte: which of A: and B: a single drive is; 0 = A:
INT_1E          equ 1Eh * 4             ; vector of the diskette parameter table
DPT             equ 3Eh                 ; our copy of it, over code that has run
DPT_SIZE        equ 11
DPT_LAST_SECTOR equ 4                   ; byte: sectors per track
DPT_SETTLE      equ 9                   ; byte: head settle time in ms
SETTLE_MS       equ 15
NO_LENGTH       equ 3

        jmp     short start
        nop
        times BPB_END - ($ - $$) db 0

start:
        cli
        cld
        xor     ax, ax
        mov     ss, ax
        mov     bp, ORIGIN
        mov     sp, bp
        mov     es, ax
%if ($ - $$) < DPT + DPT_SIZE
        %error the diskette parameter table would be copied over code that still has to run
%endif
        ; Old BIOSes have a table for the first format that they knew: it must admit every sector of a track.
        mov     bx, INT_1E
        lds     si, [ss:bx]
        push    ds
        push    si
        mov     di, ORIGIN + DPT
        mov     cx, DPT_SIZE
        rep movsb
        mov     ds, ax
        mov     byte [bp + DPT + DPT_SETTLE], SETTLE_MS
        mov     cl, [bp + BPB_SECTORS_PER_TRACK]
        mov     [bp + DPT + DPT_LAST_SECTOR], cl
        mov     word [bx], ORIGIN + DPT
        mov     [bx + 2], ax
        sti
        mov     [bp + BPB_DRIVE], dl
        mov     [bp + PARAM_DRIVE], dl
        int     13h                     ; AX = 0: the BIOS takes the new table

        xor     cx, cx
        mov     cl, [bp + BPB_FATS]
        mov     ax, [bp + BPB_HIDDEN]
        mov     dx, [bp + BPB_HIDDEN + 2]
        add     ax, [bp + BPB_RESERVED]
        adc     dx, 0
.fat:
        add     ax, [bp + BPB_SECTORS_PER_FAT]
        adc     dx, 0
        loop    .fat

        push    ax
        push    dx
        mov     bx, ROOT_BUFFER
        call    read_sector
        mov     si, kernel_name
        mov     di, ROOT_BUFFER
        call    compare
        mov     si, second_name
        mov     di, ROOT_BUFFER + ENTRY_SIZE
        call    compare
        pop     dx
        pop     ax

        mov     si, [bp + BPB_ROOT_ENTRIES]
        add     si, SECTOR_SIZE / ENTRY_SIZE - 1
        mov     cl, 4
        shr     si, cl
        add     ax, si
        adc     dx, 0
        push    dx
        push    ax

        cmp     word [ROOT_BUFFER + ENTRY_CLUSTER], 2
        jne     misplaced
        mov     ch, 0
        mov     cl, [bp + PARAM_SECTORS]
        mov     es, [bp + PARAM_SEGMENT]
        xor     bx, bx
.sector:
        call    read_sector
        loop    .sector
        mov     es, cx

        test    byte [bp + PARAM_FLAGS], FLAG_DOS1
        jz      .root_stays
        mov     [LOGICAL_DRIVE], cl
.root_stays:
        test    byte [bp + PARAM_FLAGS], FLAG_DOS2
        jz      .since_dos3
        int     11h                     ; AX bits 6-7: floppy drives less one
        rol     al, 1
        rol     al, 1
        and     ax, 3
        inc     ax
        xchg    ax, cx
        jmp     short .go
.since_dos3:
        mov     ch, [bp + BPB_MEDIA]
.go:
        mov     dl, [bp + BPB_DRIVE]
        pop     bx
        pop     ax
        add     ax, [bp + PARAM_EXTRA]
        pop     si
        pop     ds
        jmp     far [bp + PARAM_ENTRY]

misplaced:
        call    fail
        db      "Kernel not at cluster 2", MORE

disk_error:
        call    fail
        db      "Disk error", MORE

; compare - demands a name in a directory entry; does not return when it is another
; In:  SI = name, DI = directory entry, DS = ES = 0
; Out: CX = 0
; Clobbers: SI, DI
compare:
        mov     cx, ENTRY_NAME_LENGTH
        push    si
        repe cmpsb
        pop     si
        jne     .missing
        ret
.missing:
        sub     si, NO_LENGTH           ; both names have "No " in front
        jmp     fail.next

%define RESTORE_INT_1E ORIGIN - 4        ; where start pushed it
%include "inc/message.inc"

%define CYLINDERS_ONLY
%include "inc/disk.inc"

press_a_key:
        db      ", press a key", 0

        param   PARAM_EXTRA
        dw      0
        param   PARAM_FLAGS
        db      0
        param   PARAM_SECTORS
        db      0
        db      "No "
second_name:
        param   PARAM_SECOND_NAME
        times ENTRY_NAME_LENGTH db " "
        db      MORE
        param   PARAM_MAGIC
        db      MAGIC
        param   PARAM_ENTRY
        dw      0
        param   PARAM_SEGMENT
        dw      0
        param   PARAM_NAME - NO_LENGTH
        db      "No "
kernel_name:
        param   PARAM_NAME
        times ENTRY_NAME_LENGTH db " "
        db      MORE
        param   PARAM_DRIVE
        db      0
        dw      0AA55h
