; SPDX-License-Identifier: MIT
; Start-up of the file system half (discarded afterwards): finds floppy drives
; and hard-disk volumes and gives them drive letters.
;
; Letters as every DOS gives them: A:, B:, the first primary volume of each
; disk (the active one if it can be used), logical volumes, other primaries.

section init

scan_pass       db 0                    ; 0 first primary, 1 logical, 2 the rest
scan_bios       db 0
scan_disks      db 0
scan_ext        dd 0                    ; first sector of the extended partition
scan_table      times 64 db 0           ; partition table being looked at
scan_taken      times 8 db 0xFF         ; entry taken in pass 0, per disk

; ---------------------------------------------------------------------------
; fs_init - find the disks
; In:  DL = BIOS drive the system came from, DS = ES = SS = dosdata
; Out: units, DPBs, lol_*, cur_drive
; Clobbers: everything else
; ---------------------------------------------------------------------------
fs_init:        push dx
                xor eax,eax             ; the entry jump has been used: a page with
                mov [0],eax             ; code in it is slow to write on emulators
                mov [4],al
                int 0x11
                mov cl,0
                test al,1
                jz .floppies
                mov cl,al
                shr cl,6
                inc cl
.floppies:      mov dl,0
                call init_floppy
                inc dl
                call init_floppy
                cmp cl,1
                jne .not_shared
                or byte [units+unit.flags],UF_ALIAS
                or byte [units+unit_size+unit.flags],UF_ALIAS
                mov byte [units+unit_size+unit.bios],0
.not_shared:    mov byte [blk_units],2
                push es
                mov ax,0x40
                mov es,ax
                mov al,[es:0x75]
                pop es
                cmp al,8
                jbe .disks
                mov al,8
.disks:         mov [cs:scan_disks],al
.pass:          mov byte [cs:scan_bios],0x80
.disk:          mov al,[cs:scan_bios]
                sub al,0x80
                cmp al,[cs:scan_disks]
                jae .next_pass
                call scan_disk
                inc byte [cs:scan_bios]
                jmp .disk
.next_pass:     inc byte [cs:scan_pass]
                cmp byte [cs:scan_pass],3
                jb .pass
                push ds                 ; a DPB for each unit
                pop fs
                mov si,blk_hdr
                mov dl,0
                mov di,units
.dpb:           call dpb_new
                mov al,[di+unit.flags]
                and al,UF_FIXED
                jz .removable
                mov al,XF_FIXED
.removable:     mov [bp+xdpb.flags],al
                add di,unit_size
                inc dl
                cmp dl,[blk_units]
                jb .dpb
                mov bx,nul_hdr          ; our header at the end of the chain
.chain:         cmp word [bx],-1
                je .last
                mov bx,[bx]
                jmp .chain
.last:          mov word [bx],blk_hdr
                mov word [bx+2],DOSDATA
                call fs_cds_init
                pop dx                  ; the drive we came from
                mov al,0
                test dl,dl
                jns .boot
                mov di,units+2*unit_size
                mov al,2
.find:          cmp al,[blk_units]
                jae .lost
                cmp dl,[di+unit.bios]
                je .boot
                add di,unit_size
                inc ax
                jmp .find
.lost:          mov al,0
.boot:          mov [cur_drive],al
                inc ax
                mov [lol_bootdrive],al
                ret

; ---------------------------------------------------------------------------
; init_floppy - unit of a floppy drive
; In:  DL = 0 or 1
; Clobbers: AX, BX, DI
; ---------------------------------------------------------------------------
init_floppy:    push cx
                push dx
                movzx di,dl
                imul di,di,unit_size
                add di,units
                mov [di+unit.bios],dl
                mov word [di+unit.spt],18
                mov word [di+unit.heads],2
                mov word [di+unit.cyls],80
                mov byte [di+unit.type],7
                or dword [di+unit.size],-1
                push di
                push es
                xor bx,bx
                mov ah,8
                int 0x13
                pop es
                pop di
                jc .r
                and cx,0xFF3F
                jz .r
                test cl,cl
                jz .r
                mov [di+unit.spt],cl
                inc dh
                mov [di+unit.heads],dh
                mov cl,ch
                mov ch,0
                inc cx
                mov [di+unit.cyls],cx
                cmp bl,6
                ja .r
                mov bh,0
                mov al,[cs:.types+bx]
                mov [di+unit.type],al
.r:             pop dx
                pop cx
                ret
.types:         db 7,0,1,2,7,9,9

; ---------------------------------------------------------------------------
; scan_disk - look at the partitions of disk [scan_bios] in this pass
; Clobbers: everything
; ---------------------------------------------------------------------------
scan_disk:      call unit_slot
                jc .r
                mov dl,[cs:scan_bios]
                mov [di+unit.bios],dl
                mov byte [di+unit.flags],UF_FIXED
                mov dword [di+unit.start],0
                or dword [di+unit.size],-1
                mov byte [di+unit.type],5
                push di
                push es
                mov ah,8
                int 0x13
                pop es
                pop di
                jc .r
                and cx,0xFF3F
                mov al,dh
                mov ah,0
                inc ax
                mov [di+unit.heads],ax
                mov al,cl
                mov ah,0
                test al,al
                jz .r
                mov [di+unit.spt],ax
                mov ah,0x41             ; extensions?
                mov bx,0x55AA
                mov dl,[di+unit.bios]
                push di
                int 0x13
                pop di
                jc .chs
                cmp bx,0xAA55
                jne .chs
                test cl,1
                jz .chs
                or byte [di+unit.flags],UF_LBA
.chs:           xor eax,eax
                call scan_read
                jc .r
                movzx bx,byte [cs:scan_bios]
                cmp byte [cs:scan_taken+bx-0x80],4
                je .r                   ; the whole disk is one volume
                cmp byte [cs:scan_pass],1
                je .logical
                jb .first
                mov si,scan_table       ; the rest of the primaries
                mov cl,0
.rest:          movzx bx,byte [cs:scan_bios]
                cmp cl,[cs:scan_taken+bx-0x80]
                je .skip
                xor eax,eax
                call scan_add
.skip:          add si,16
                inc cl
                cmp cl,4
                jb .rest
.r:             ret
.first:         mov ch,0x80             ; the active one, else the first
.try:           mov si,scan_table
                mov cl,0
.look:          mov al,[cs:si]
                and al,ch
                cmp al,ch
                jne .no
                xor eax,eax
                call scan_add
                jc .no
                movzx bx,byte [cs:scan_bios]
                mov [cs:scan_taken+bx-0x80],cl
                ret
.no:            add si,16
                inc cl
                cmp cl,4
                jb .look
                sub ch,0x80
                jz .try
                cmp word [bounce+0x0B],512 ; no partition table: a volume as such?
                jne .r
                cmp byte [bounce+0x10],2
                ja .r
                cmp byte [bounce+0x15],0xF0
                jb .r
                inc byte [blk_units]
                movzx bx,byte [cs:scan_bios]
                mov byte [cs:scan_taken+bx-0x80],4
                ret
.logical:       mov dword [cs:scan_ext],0
                mov bp,24               ; at most so many, the chain may loop
                xor ebx,ebx
.table:         mov si,scan_table       ; EBX = sector of this table
                mov cl,4
.entry:         mov al,[cs:si+4]
                cmp al,5
                je .link
                cmp al,0x0F
                je .link
                cmp al,0x85
                je .link
                test ebx,ebx            ; volumes of the MBR are not ours now
                jz .none
                mov eax,ebx
                call scan_add
.none:          add si,16
                dec cl
                jnz .entry
                ret
.link:          cmp cl,4                ; a volume behind the link? take it first
                jne .follow
                test ebx,ebx
                jz .follow
                add si,16
                mov eax,ebx
                call scan_add
                sub si,16
.follow:        mov eax,[cs:si+8]
                mov edx,[cs:scan_ext]
                add eax,edx
                test edx,edx
                jnz .known
                mov [cs:scan_ext],eax
.known:         mov ebx,eax
                dec bp
                jz .r
                call scan_read
                jnc .table
                ret

; ---------------------------------------------------------------------------
; unit_slot - the next free unit;  Out: DI -> unit; CF=1: none left
; ---------------------------------------------------------------------------
unit_slot:      movzx di,byte [blk_units]
                cmp di,MAX_UNITS
                cmc
                jc .r
                imul di,di,unit_size
                add di,units
                clc
.r:             ret

; ---------------------------------------------------------------------------
; scan_read - read a partition sector
; In:  DI -> unit (start 0), EAX = sector
; Out: sector in bounce, its table in scan_table; CF=1: unreadable, no signature
; ---------------------------------------------------------------------------
scan_read:      mov [rd_sector],eax
                call rd_to_bounce
                mov word [rd_left],1
                mov byte [rd_op],2
                call rd_run
                jc .r
                cmp word [bounce+510],0xAA55
                stc
                jne .r
                push si
                push di
                push cx
                push es
                push cs
                pop es
                mov si,bounce+0x1BE
                mov di,scan_table
                mov cx,32
                rep movsw
                pop es
                pop cx
                pop di
                pop si
                clc
.r:             ret

; ---------------------------------------------------------------------------
; scan_add - make a unit of a partition when it is a FAT volume
; In:  CS:SI -> table entry, EAX = sector its start counts from, DI -> unit
;      with the data of the disk
; Out: CF=0: added, DI -> next unit with the same disk data; CF=1: not
; Clobbers: EAX, BX
; ---------------------------------------------------------------------------
scan_add:       push cx
                push di
                push si
                mov bl,[cs:si+4]
                push es
                push cs
                pop es
                push ax
                mov al,bl
                mov di,.types
                mov cx,.types_end-.types
                repne scasb
                pop ax
                pop es
                pop si
                pop di
                stc
                jne .r
                cmp dword [cs:si+12],0
                stc
                je .r
                cmp byte [blk_units],MAX_UNITS
                cmc
                jc .r
                add eax,[cs:si+8]
                mov [di+unit.start],eax
                mov eax,[cs:si+12]
                mov [di+unit.size],eax
                inc byte [blk_units]
                push si
                push es
                push ds
                pop es
                mov si,di
                lea di,[di+unit_size]
                mov cx,unit_size
                cmp byte [blk_units],MAX_UNITS
                jae .full
                push di
                rep movsb
                pop di
                mov dword [di+unit.start],0
                or dword [di+unit.size],-1
.full:          pop es
                pop si
                clc
.r:             pop cx
                ret
.types:         db 1,4,6,0x0B,0x0C,0x0E
.types_end:
