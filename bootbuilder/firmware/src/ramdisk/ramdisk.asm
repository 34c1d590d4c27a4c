; SPDX-License-Identifier: MIT
; ramdisk.sys - a DOS block device driver: a disk of 8 KB in conventional memory, for a file or two that must be
; written when the PC has started from a read-only disk.
;
; Owns the driver's header, its requests, and the disk itself, which is a part of this file: formatted as it is
; loaded, so that there is nothing to set up. An empty file BBRAM in its root tells batch files which letter it got.
; 8086 code, for DOS 2 and later. FAT12: boot sector, one FAT, one sector of root directory, 13 clusters of 512 bytes.
;
; Memory, from the segment that DOS loads it to:
;   header  entries and requests  BPB pointer | disk: boot sector, FAT, root directory, data | end of what stays

bits 16
cpu 8086
org 0

SECTOR_SIZE     equ 512
SECTORS         equ 16
ROOT_ENTRIES    equ 16
MEDIA           equ 0F8h                ; "fixed disk": DOS never asks for it to be changed

ATTRIBUTES      equ 2000h               ; block device whose media byte is not looked for in the FAT

; Offsets in a request, MS-DOS Programmer's Reference, chapter 9.
REQUEST_COMMAND equ 2
REQUEST_STATUS  equ 3
REQUEST_MEDIA   equ 13                  ; INIT: number of units
REQUEST_ADDRESS equ 14                  ; far: INIT end of the driver, READ and WRITE buffer; MEDIA CHECK: the answer
REQUEST_COUNT   equ 18                  ; sectors; INIT and BUILD BPB: far pointer
REQUEST_START   equ 20

COMMAND_INIT    equ 0
COMMAND_CHECK   equ 1
COMMAND_BPB     equ 2
COMMAND_READ    equ 4
COMMAND_WRITE   equ 8
COMMAND_VERIFY  equ 9                   ; write and verify

DONE            equ 0100h
UNKNOWN_COMMAND equ 8103h
NOT_FOUND       equ 8108h               ; sector not found

header:
        dd -1
        dw ATTRIBUTES
        dw strategy
        dw interrupt
        db 1                            ; one unit
        times 7 db 0

request:
        dd 0                            ; the request that strategy was given
bpb_list:
        dw bpb

; strategy - keeps the address of a request.
; In: ES:BX request. Out: nothing. Clobbers: nothing.
strategy:
        mov [cs:request], bx
        mov [cs:request + 2], es
        retf

; interrupt - carries out the request that strategy kept.
; In: nothing. Out: the status in the request. Clobbers: nothing.
interrupt:
        push ax
        push bx
        push cx
        push si
        push di
        push ds
        push es
        pushf
        cld
        les bx, [cs:request]
        mov al, [es:bx + REQUEST_COMMAND]
        cmp al, COMMAND_READ
        je .transfer
        cmp al, COMMAND_WRITE
        je .transfer
        cmp al, COMMAND_VERIFY
        je .transfer
        cmp al, COMMAND_CHECK
        je .check
        cmp al, COMMAND_BPB
        je .bpb
        cmp al, COMMAND_INIT
        je .init
        mov ax, UNKNOWN_COMMAND
        jmp short .end

.transfer:
        call transfer
        jmp short .end

.check:
        mov byte [es:bx + REQUEST_ADDRESS], 1   ; not changed
        jmp short .done

.bpb:
        mov word [es:bx + REQUEST_COUNT], bpb
        mov [es:bx + REQUEST_COUNT + 2], cs
        jmp short .done

.init:
        mov byte [es:bx + REQUEST_MEDIA], 1
        mov word [es:bx + REQUEST_ADDRESS], disk_end
        mov [es:bx + REQUEST_ADDRESS + 2], cs
        mov word [es:bx + REQUEST_COUNT], bpb_list
        mov [es:bx + REQUEST_COUNT + 2], cs
.done:
        mov ax, DONE
.end:
        les bx, [cs:request]
        mov [es:bx + REQUEST_STATUS], ax
        popf
        pop es
        pop ds
        pop di
        pop si
        pop cx
        pop bx
        pop ax
        retf

; transfer - copies sectors between the disk and the caller's buffer.
; In: ES:BX request, AL its command. Out: AX status; the request's count is 0 when nothing was copied.
; Clobbers: CX, SI, DI, DS, ES.
transfer:
        mov cx, [es:bx + REQUEST_COUNT]
        mov si, [es:bx + REQUEST_START]
        cmp si, SECTORS
        jae .not_found
        cmp cx, SECTORS
        ja .not_found
        mov di, si
        add di, cx
        cmp di, SECTORS
        ja .not_found
        xchg ch, cl                     ; times 256: words to copy; 16 sectors are 1000h
        push ax
        mov ax, si
        xchg ah, al                     ; times 512: bytes to skip
        shl ax, 1
        add ax, disk
        mov si, ax
        pop ax
        les di, [es:bx + REQUEST_ADDRESS]
        push cs
        pop ds                          ; DS:SI on the disk, ES:DI in the buffer
        cmp al, COMMAND_READ
        je .copy
        xchg si, di
        push ds
        push es
        pop ds
        pop es
.copy:
        rep movsw
        mov ax, DONE
        ret
.not_found:
        mov word [es:bx + REQUEST_COUNT], 0
        mov ax, NOT_FOUND
        ret

; --- the disk ---------------------------------------------------------------------------------------------------

        align 16, db 0
disk:
        jmp short $                     ; nobody starts from here
        nop
        db "BBRAM   "
bpb:
        dw SECTOR_SIZE
        db 1                            ; sectors in a cluster
        dw 1                            ; the boot sector
        db 1                            ; FATs
        dw ROOT_ENTRIES
        dw SECTORS
        db MEDIA
        dw 1                            ; sectors in a FAT
        dw SECTORS                      ; sectors in a track
        dw 1                            ; heads
        dd 0                            ; hidden sectors
        dd 0                            ; sectors, where 16 bits are too few
        times disk + SECTOR_SIZE - 2 - $ db 0
        dw 0AA55h

        db MEDIA, 0FFh, 0FFh            ; the FAT: its first two entries
        times disk + 2 * SECTOR_SIZE - $ db 0

        db "BBRAM      ", 20h           ; an empty file
        times 10 db 0
        dw 0, 21h, 0                    ; 00:00 on 1980-01-01, no cluster
        dd 0
        times disk + SECTORS * SECTOR_SIZE - $ db 0
disk_end:
