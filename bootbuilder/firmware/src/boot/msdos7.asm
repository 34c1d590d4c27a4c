; SPDX-License-Identifier: MIT
; Boot sector for MS-DOS 7 and 8 (Windows 95, 98, Me): IO.SYS, anywhere in the root directory; its first four
; sectors are loaded through the FAT, and it loads the rest of itself. It counts on those four lying together
; (Windows Me was seen to hang otherwise); the rest may be scattered.
; Built with FAT_BITS = 12 or 16; the host patches the BPB and the parameter block.
;
; Memory, linear addresses:
;   00522 - 0052D  diskette parameter table, INT 1Eh -> here
;   00700 - 00F00  the first four sectors of IO.SYS; before that one sector of the root directory
;   07BF4 - 07C00  what IO.SYS takes from the stack, see below
;   07C00 - 07E00  this sector; IO.SYS copies the BPB and the messages out of it
;   08000 - 09800  the FAT (FAT12: all of it, FAT16: the sector in use)
;
; At the hand-off, to 0070:0200: BP = 7C00h, SS = 0, SI:DI = first cluster of IO.SYS, DL = drive and
;   [BP-4]   dword: first sector of the data area
;   [BP-8]   dword: original INT 1Eh vector, which IO.SYS restores when it gives up
;   [BP-12]  dword: the address of that vector; SP points here
; IO.SYS prints our message table's third text when it finds something wrong.

        cpu     8086
        org     7C00h

%include "inc/bpb.inc"
%include "inc/params.inc"

ORIGIN          equ 7C00h
FAT_SEGMENT     equ 800h
FAT_OFFSET      equ FAT_SEGMENT * 16
DATA_START      equ -4                  ; variables, relative to BP
FAT_START       equ -16                 ; below what IO.SYS takes
LOADED_SECTORS  equ 4

INT_1E          equ 1Eh * 4             ; vector of the diskette parameter table
DPT             equ 522h                ; our copy of it
DPT_SIZE        equ 11
DPT_LAST_SECTOR equ 4                   ; byte: sectors per track
DPT_SETTLE      equ 9                   ; byte: head settle time in ms
SETTLE_MS       equ 15

%include "inc/search.inc"

        jmp     short start
        nop
        times BPB_END - ($ - $$) db 0

start:
        cli
        cld
        xor     ax, ax
        mov     ss, ax
        mov     bp, ORIGIN
        lea     sp, [bp + DATA_START]
        mov     es, ax
        ; Old BIOSes have a table for the first format that they knew: it must admit every sector of a track.
        mov     bx, INT_1E
        lds     si, [ss:bx]
        push    ds
        push    si
        push    ax
        push    bx
        mov     di, DPT
        mov     cx, DPT_SIZE
        rep movsb
        mov     ds, ax
        mov     byte [di - DPT_SIZE + DPT_SETTLE], SETTLE_MS
        mov     al, [bp + BPB_SECTORS_PER_TRACK]
        mov     [di - DPT_SIZE + DPT_LAST_SECTOR], al
        mov     word [bx], DPT
        mov     [bx + 2], cx
        sti
        mov     [bp + BPB_DRIVE], dl

        locate_areas
        find_kernel

        mov     si, [es:di + ENTRY_CLUSTER]
        push    si
        xor     bx, bx
        mov     di, LOADED_SECTORS

load_cluster:
        cluster_sectors
.sector:
        call    read_sector
        dec     di
        jz      loaded
        loop    .sector
        push    bx
        next_cluster
        pop     bx
        jb      load_cluster

disk_error:                             ; also: the chain ends before the fourth sector
        call    fail
        db      "Disk error", MORE

loaded:
        pop     di                      ; the first cluster
%if FAT_BITS = 16
        pop     si                      ; FAT_START
        pop     si
%endif
        xor     si, si
        mov     dl, [bp + BPB_DRIVE]
        jmp     far [bp + PARAM_ENTRY]

%define RESTORE_INT_1E ORIGIN - 8       ; where start pushed it
%include "inc/message.inc"
%include "inc/disk.inc"

; IO.SYS reads four signed displacements, each from the byte behind it to a text. A text ended by MORE goes on
; with the fourth.
message_table:
        db      no_kernel - ($ + 1)
        db      no_kernel - ($ + 1)
        db      bad_kernel - ($ + 1)
        db      press_a_key - ($ + 1)
no_kernel:
        db      "No IO.SYS", MORE
bad_kernel:
        db      "Bad IO.SYS", MORE
press_a_key:
        db      ", press a key", 0

        param   PARAM_MAGIC
        db      MAGIC
        param   PARAM_ENTRY
        dw      0
        param   PARAM_SEGMENT
        dw      0
        param   MESSAGE_TABLE_WORD
        dw      message_table - $$
        param   PARAM_NAME
kernel_name:
        times ENTRY_NAME_LENGTH db " "

        times SECTOR_SIZE - 2 - ($ - $$) db 0
        dw      0AA55h
