; SPDX-License-Identifier: MIT
; Transfers of the built-in block driver: one run of sectors through INT 13h, with
; retries, tracks, 64 KB lines of memory and the bounce sector.  Uses the rd_*
; variables of fs_disk.asm.

section doscode

; ---------------------------------------------------------------------------
; rd_run - move [rd_left] sectors between [rd_sector] and [rd_ptr]
; Splits at tracks (CHS), at 64 KB lines of memory (a sector lying across one
; goes through the bounce buffer) and repeats after errors.
; In:  DI -> unit, rd_* set
; Out: [rd_done]; CF=1: AX = status
; Clobbers: EAX
; ---------------------------------------------------------------------------
rd_run:         pushad
                push es
                mov word [rd_done],0
.next:          mov cx,[rd_left]
                test cx,cx
                jz .ok
                call rd_limit           ; CX = sectors in one go, ES:SI = where
                mov byte [rd_tries],5
.try:           call rd_int13
                jnc .moved
                mov dl,ah               ; BIOS error
                cmp dl,3
                je .fail
                cmp dl,6
                je .swapped
                cmp dl,0x80
                jb .count
                sub byte [rd_tries],2
.count:         dec byte [rd_tries]
                jle .fail
                push dx
                call rd_reset
                pop dx
                shr cx,1                ; then smaller pieces
                jnz .bounce_again
                inc cx
.bounce_again:  jmp .try
.swapped:       dec byte [rd_tries]
                jle .fail
                test byte [di+unit.flags],UF_KNOWN
                jz .try
                test byte [di+unit.flags],UF_SUMMING
                jnz .try
                or byte [di+unit.flags],UF_CHANGED
                jmp .fail
.moved:         add [rd_done],cx
                sub [rd_left],cx
                movzx ecx,cx
                add [rd_sector],ecx
                shl cx,5                ; paragraphs
                add [rd_ptr+2],cx
                jmp .next
.fail:          cmp dl,0x20             ; controller: some say so of an empty floppy drive
                jne .known
                test byte [di+unit.flags],UF_FIXED
                jnz .known
                push dx
                mov dx,0x3F7            ; the change line is still set after a try
                in al,dx
                pop dx
                test al,al
                jns .known
                mov dl,0x80
.known:         mov si,.errors
.map:           cs lodsw
                cmp al,dl
                je .mapped
                cmp al,0xFF
                jne .map
.mapped:        mov al,ah
                mov ah,DEV_ERROR>>8
                movzx eax,ax
                mov [ret_eax],eax
                pop es
                popad
                mov eax,[ret_eax]
                stc
                ret
.ok:            pop es
                popad
                clc
                ret
.errors:        db 0x03,0, 0x80,2, 0x31,2, 0xAA,2, 0x06,15, 0x10,4, 0x11,4, 0x04,8
                db 0x02,8, 0x40,6, 0x0C,7, 0x01,2, 0xC0,2
                db 0xFF,12

; ---------------------------------------------------------------------------
; rd_limit - how much one INT 13h may move, and where
; In:  CX = sectors wanted, DI -> unit
; Out: CX = sectors, ES:SI -> memory
; ---------------------------------------------------------------------------
rd_limit:       cmp cx,MAX_RUN
                jbe .few
                mov cx,MAX_RUN
.few:           test byte [di+unit.flags],UF_LBA
                jnz .dma
                mov eax,[rd_sector]
                xor edx,edx
                movzx ebx,word [di+unit.spt]
                div ebx
                sub bx,dx               ; sectors left in the track
                cmp cx,bx
                jbe .dma
                mov cx,bx
.dma:           cmp byte [rd_op],4
                je .there
                movzx eax,word [rd_ptr+2]
                shl eax,4
                movzx edx,word [rd_ptr]
                add eax,edx
                neg ax                  ; bytes up to the next 64 KB line, 0 = all
                jz .there
                shr ax,9
                jz .bounce
                cmp cx,ax
                jbe .there
                mov cx,ax
.there:         les si,[rd_ptr]
                ret
.bounce:        mov cx,1
                mov si,bounce
                push ds
                pop es
                ret

; ---------------------------------------------------------------------------
; rd_int13 - one INT 13h call, with the copy through the bounce buffer
; In:  CX = sectors, ES:SI -> memory, DI -> unit, [rd_op], [rd_sector]
; Out: CF=1: AH = BIOS error
; Clobbers: AX, DX, BX
; ---------------------------------------------------------------------------
rd_int13:       push cx
                push si
                push di
                push es
                cmp byte [rd_op],3
                jne .go
                cmp si,[rd_ptr]
                je .go
                push cx                 ; writing from the bounce buffer
                push di
                push ds
                push es
                mov di,si
                lds si,[rd_ptr]
                mov cx,256
                rep movsw
                pop es
                pop ds
                pop di
                pop cx
                mov si,bounce
.go:            push cx
                push si
                push es
                mov eax,[rd_sector]
                test byte [di+unit.flags],UF_LBA
                jz .chs
                mov dword [dap],0x10
                mov [dap+2],cx
                mov [dap+4],si
                mov [dap+6],es
                mov [dap+8],eax
                mov dword [dap+12],0
                mov ah,[rd_op]
                or ah,0x40
                mov al,0
                mov si,dap
                mov dl,[di+unit.bios]
                jmp .call
.chs:           xor edx,edx
                movzx ebx,word [di+unit.spt]
                div ebx
                inc dx
                push dx                 ; sector
                xor edx,edx
                mov bx,[di+unit.heads]
                div ebx
                mov dh,dl               ; head
                mov dl,[di+unit.bios]
                pop bx
                xchg al,ah              ; cylinder
                shl al,6
                or al,bl
                xchg al,cl              ; AL = count
                mov ch,ah
                mov bx,si
                mov ah,[rd_op]
.call:          push ds
                push fs
                push bp
                call DOSDATA:int13_thunk
                sti
                cld
                pop bp
                pop fs
                pop ds
                pop es
                pop si
                pop cx
                jc .r
                cmp byte [rd_op],2
                jne .good
                cmp si,[rd_ptr]
                je .good
                les di,[rd_ptr]         ; reading through the bounce buffer
                mov cx,256
                rep movsw
.good:          clc
.r:             pop es
                pop di
                pop si
                pop cx
                ret

; ---------------------------------------------------------------------------
; rd_reset - reset the drive's controller
; In: DI -> unit
; ---------------------------------------------------------------------------
rd_reset:       pusha
                push ds
                push es
                push fs
                mov ah,0
                mov dl,[di+unit.bios]
                call DOSDATA:int13_thunk
                sti
                cld
                pop fs
                pop es
                pop ds
                popa
                ret
