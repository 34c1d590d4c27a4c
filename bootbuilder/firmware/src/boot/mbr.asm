; SPDX-License-Identifier: MIT
; Master boot record: starts the one active primary partition. The host writes the disk signature (1B8h) and
; the partition table (1BEh); the code never reads anything else of this sector.
;
; Memory, linear addresses:
;   00600 - 00800   the copy of this sector that runs
;   07C00 - 07E00   where the BIOS put this sector, then the partition's boot sector
;   below 07C00     stack
;
; At the hand-off, as DOS boot sectors expect: CS:IP = 0000:7C00, DL = drive, DS:SI = the partition's entry,
; ES:DI as the BIOS passed it (the $PnP structure), SS:SP = 0000:7C00, interrupts on.

        cpu     8086
        org     600h

ORIGIN          equ 7C00h
COPY            equ 600h
SECTOR_SIZE     equ 512
SIGNATURE       equ 0AA55h
TRIES           equ 3

DISK_SIGNATURE  equ 1B8h
TABLE           equ 1BEh
TABLE_END       equ 1FEh
ENTRY_SIZE      equ 16
ENTRY_STATUS    equ 0                   ; byte: 80h active
ENTRY_HEAD      equ 1                   ; byte head, word sector and cylinder as INT 13h takes them
ENTRY_LBA       equ 8                   ; dword

start:
        cli
        cld
        xor     ax, ax
        mov     ss, ax
        mov     sp, ORIGIN
        mov     ds, ax
        push    es
        push    di
        mov     es, ax
        mov     si, ORIGIN
        mov     di, COPY
        mov     cx, SECTOR_SIZE / 2
        rep movsw
        jmp     0:copied
copied:
        sti
        mov     si, COPY + TABLE
.entry:
        test    byte [si + ENTRY_STATUS], 80h
        jnz     active
        add     si, ENTRY_SIZE
        cmp     si, COPY + TABLE_END
        jb      .entry
        mov     si, no_partition
        jmp     short fail

active:
        mov     di, TRIES
.try:
        call    read
        jnc     loaded
        xor     ah, ah                  ; reset the drive
        int     13h
        dec     di
        jnz     .try
        mov     si, disk_error
        jmp     short fail

loaded:
        cmp     word [ORIGIN + SECTOR_SIZE - 2], SIGNATURE
        mov     bx, no_system
        jne     .fail
        pop     di
        pop     es
        jmp     0:ORIGIN
.fail:
        mov     si, bx

; fail - prints a message, waits for a key, and lets the BIOS try its next device
; In:  SI = text, zero-terminated. Does not return.
fail:
        lodsb
        test    al, al
        jz      .wait
        mov     ah, 0Eh
        mov     bx, 7
        int     10h
        jmp     short fail
.wait:
        xor     ah, ah
        int     16h
        int     18h
        jmp     short .wait

; read - reads the partition's first sector to 0000:7C00, by extensions where the BIOS has them
; In:  SI = partition entry, DL = drive
; Out: CF = 1 on error; SI, DL kept
; Clobbers: AX, BX, CX, DH, BP
read:
        mov     ah, 41h
        mov     bx, 55AAh
        push    dx
        int     13h
        pop     dx
        jc      .chs
        cmp     bx, SIGNATURE
        jne     .chs
        test    cl, 1                   ; functions 42h-44h
        jz      .chs
        push    si
        mov     bp, sp
        xor     ax, ax
        push    ax                      ; disk address packet, last field first: LBA, high half
        push    ax
        push    word [si + ENTRY_LBA + 2]
        push    word [si + ENTRY_LBA]
        push    ax                      ; where to: 0000:7C00
        mov     ax, ORIGIN
        push    ax
        mov     ax, 1                   ; one sector
        push    ax
        mov     al, 16                  ; size of the packet
        push    ax
        mov     si, sp
        mov     ah, 42h
        int     13h
        mov     sp, bp                  ; keeps the carry
        pop     si
        ret
.chs:
        mov     dh, [si + ENTRY_HEAD]
        mov     cx, [si + ENTRY_HEAD + 1]
        mov     bx, ORIGIN
        mov     ax, 0201h
        int     13h
        ret

no_partition:
        db      "No active partition, press a key", 0
disk_error:
        db      "Disk error, press a key", 0
no_system:
        db      "No system on the partition, press a key", 0

%if $ - $$ > DISK_SIGNATURE
%error "the code runs into the disk signature"
%endif
        times SECTOR_SIZE - 2 - ($ - $$) db 0
        dw      SIGNATURE
