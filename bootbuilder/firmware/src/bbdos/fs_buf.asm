; SPDX-License-Identifier: MIT
; Sector cache and the one place that reads and writes sectors (blk_io),
; media checks and the making of drive parameter blocks.
;
; BP -> DPB everywhere.  A buffer is named by ES:SI (its header).
; FAT sectors reach the disk in the order in which they were changed: only one
; FAT buffer is ever dirty (fat_dirty), and it is written before any other
; dirty buffer.

BUF_SIZE        equ BUF_DATA+512

section doscode

; ---------------------------------------------------------------------------
; blk_call - hand [fs_req] to the driver of a drive
; blk_call_raw - same, leaving the media byte of the request alone
; In:  BP -> DPB, request filled but for length, unit, media
; Out: AX = status, CF=1 on error (AL = device error)
; ---------------------------------------------------------------------------
blk_call:       mov al,[bp+dpb.media]
                mov [fs_req+req.media],al
blk_call_raw:   push es
                push fs
                pushad
                mov byte [fs_req+req.len],30
                mov al,[bp+dpb.unit]
                mov [fs_req+req.unit],al
                mov word [fs_req+req.status],0
                lfs si,[bp+dpb.dev]
                mov bx,fs_req
                mov ax,fs
                cmp ax,DOSDATA
                jne .far
                cmp si,blk_hdr
                jne .far
                push ds                 ; built-in: straight there
                pop fs
                call blk_main
                jmp .done
.far:           call dev_call
.done:          popad
                pop fs
                pop es
                mov ax,[fs_req+req.status]
                shl ah,1                ; CF = error bit
                ret

; ---------------------------------------------------------------------------
; blk_io - read or write sectors, asking through INT 24h when that fails
; In:  BP -> DPB, EAX = first sector, CX = count, ES:DI -> memory, DL = 4 read
;      or 8 write, [io_area] = bits 1-2 as for INT 24h
; Out: CF=1: AX = DOS error.  All other registers kept
; ---------------------------------------------------------------------------
blk_io:         mov [io_sector],eax
                mov [io_ptr],di
                mov [io_ptr+2],es
                mov [io_count],cx
                mov [io_cmd],dl
.retry:         push eax
                mov al,[io_cmd]
                cmp al,8
                jne .cmd
                add al,[verify_flag]
.cmd:           mov [fs_req+req.cmd],al
                mov eax,[io_ptr]
                mov [fs_req+req.addr],eax
                mov ax,[io_count]
                mov [fs_req+req.count],ax
                mov eax,[io_sector]
                mov [fs_req+req.bigsect],eax
                mov [fs_req+req.sector],ax
                cmp eax,0xFFFF
                jb .small
                mov word [fs_req+req.sector],0xFFFF
                push es
                push bx
                les bx,[bp+dpb.dev]
                test word [es:bx+devhdr.attr],2
                pop bx
                pop es
                mov al,8                ; this driver cannot reach the sector
                jz .failed
.small:         call blk_call
                jc .failed
.ok:            pop eax
                clc
                ret
.failed:        call ask_user
                cmp ah,1
                je .again
                jb .ok
                mov ah,0
                add ax,ERR_PROTECT
                add sp,4
                stc
                ret
.again:         pop eax
                jmp .retry

; ---------------------------------------------------------------------------
; ask_user - the critical error handler
; In:  BP -> DPB, AL = device error, [io_area], [io_cmd]
; Out: AH = 0 ignore, 1 retry, 3 fail; AL kept
; ---------------------------------------------------------------------------
ask_user:       push es
                push fs
                pushad
                mov ah,[io_area]
                or ah,0x38              ; fail, retry and ignore allowed
                cmp byte [io_cmd],8
                jne .read
                inc ah
.read:          mov bl,3
                cmp byte [aborting],0
                jne .done
                cmp byte [io_quiet],0
                jne .done
                mov bl,[bp+dpb.drive]
                mov [err_drive],bl
                lfs si,[bp+dpb.dev]
                call critical_error
                mov bl,al
.done:          mov [ret_eax],bl
                popad
                pop fs
                pop es
                mov ah,[ret_eax]
                ret

; ---------------------------------------------------------------------------
; buf_find - look for a sector in the cache
; In:  BP -> DPB, EAX = sector
; Out: CF=0: ES:SI -> buffer; CF=1 not there
; ---------------------------------------------------------------------------
buf_find:       push cx
                push dx
                mov es,[buf_seg]
                mov dl,[bp+dpb.drive]
                mov si,[buf_last]
                cmp eax,[es:si+buf.sector]
                jne .search
                cmp dl,[es:si+buf.drive]
                je .found
.search:        mov cx,[buf_count]
                mov si,[buf_low]
.next:          cmp eax,[es:si+buf.sector]
                jne .no
                cmp dl,[es:si+buf.drive]
                je .found
.no:            add si,BUF_SIZE
                loop .next
                stc
                jmp .r
.found:         clc
.r:             pop dx
                pop cx
                ret

; ---------------------------------------------------------------------------
; buf_get - have a sector in the cache;  buf_new - same, contents do not matter
; In:  BP -> DPB, EAX = sector, DL = BF_FAT, BF_DIR or BF_DATA
; Out: ES:SI -> buffer; CF=1: AX = DOS error
; ---------------------------------------------------------------------------
buf_new:        push cx
                mov ch,1
                jmp buf_any
buf_get:        push cx
                mov ch,0
buf_any:        push ebx
                call buf_find
                jnc .have
                call buf_victim
                jc .r
                mov byte [es:si+buf.drive],0xFF
                test ch,ch
                jnz .fill
                mov bl,4
                call buf_rw
                jc .r
.fill:          mov [es:si+buf.sector],eax
                mov bl,[bp+dpb.drive]
                mov [es:si+buf.drive],bl
                mov [es:si+buf.dpb],bp
.have:          and byte [es:si+buf.flags],BF_DIRTY
                or [es:si+buf.flags],dl
                mov [buf_last],si
                inc dword [buf_stamp]
                mov ebx,[buf_stamp]
                mov [es:si+buf.stamp],ebx
                clc
.r:             pop ebx
                pop cx
                ret

; ---------------------------------------------------------------------------
; buf_victim - the free or oldest buffer, written out when dirty
; Out: ES:SI -> buffer; CF=1: AX = DOS error
; ---------------------------------------------------------------------------
buf_victim:     push cx
                push edx
                push di
                mov es,[buf_seg]
                mov cx,[buf_count]
                mov si,[buf_low]
                mov di,si
                or edx,-1
.next:          cmp byte [es:si+buf.drive],0xFF
                je .found
                cmp edx,[es:si+buf.stamp]
                jbe .newer
                mov edx,[es:si+buf.stamp]
                mov di,si
.newer:         add si,BUF_SIZE
                loop .next
                mov si,di
                call buf_clean
.found:         pop di
                pop edx
                pop cx
                ret

; ---------------------------------------------------------------------------
; buf_rw - read or write the sector of a buffer
; In:  ES:SI -> buffer, BP -> DPB, EAX = sector, DL = kind, BL = 4 or 8
; Out: CF=1: AX = DOS error
; A FAT sector that cannot be read is looked for in the other copies, and is
; written to all of them.
; ---------------------------------------------------------------------------
buf_rw:         push ecx
                push dx
                push di
                push es
                mov cl,2                ; area for INT 24h: FAT
                test dl,BF_FAT
                jnz .area
                mov cl,4
                test dl,BF_DIR
                jnz .area
                mov cl,6
.area:          mov [io_area],cl
                mov dh,dl
                mov dl,bl
                lea di,[si+BUF_DATA]
                cmp byte [buf_where],0
                je .low
                cmp bl,8
                jne .bounce
                call buf_bounce
.bounce:        mov di,bounce
                push ds
                pop es
.low:           mov cx,1
                test dh,BF_FAT
                jnz .fat
                call blk_io
.read:          jc .r
                cmp byte [buf_where],0
                je .r
                cmp bl,4
                jne .r
                mov es,[buf_seg]
                call buf_bounce
.r:             pop es
                pop di
                pop dx
                pop ecx
                ret
.fat:           movzx ecx,byte [bp+dpb.fats]
                cmp bl,8
                je .fat_write
                push eax                ; first try all copies without asking
                mov byte [io_quiet],1
.copy:          push cx
                mov cx,1
                call blk_io
                pop cx
                jnc .got
                pop eax
                push eax
                dec cx
                jz .ask
                push ecx
                movzx ecx,cl
                neg cl
                add cl,[bp+dpb.fats]
                imul ecx,[bp+xdpb.fatsize32]
                add eax,ecx
                pop ecx
                jmp .copy
.ask:           mov byte [io_quiet],0
                mov cx,1
                call blk_io
                jnc .got
                add sp,4
                stc
                jmp .read
.got:           mov byte [io_quiet],0
                pop eax
                clc
                jmp .read
.fat_write:     push eax
.more:          push cx
                mov cx,1
                call blk_io
                pop cx
                jc .write_failed
                add eax,[bp+xdpb.fatsize32]
                loop .more
                pop eax
                clc
                jmp .r
.write_failed:  add sp,4
                stc
                jmp .r

; ---------------------------------------------------------------------------
; buf_bounce - copy between a buffer in the HMA and the bounce sector
; In: ES:SI -> buffer, BL = 4 bounce to buffer, 8 buffer to bounce
; ---------------------------------------------------------------------------
buf_bounce:     push cx
                push si
                push di
                push ds
                push es
                mov cx,128
                cmp bl,4
                je .in
                mov di,bounce
                add si,BUF_DATA
                push ds
                push es
                pop ds
                pop es
                jmp .copy
.in:            lea di,[si+BUF_DATA]
                mov si,bounce
.copy:          rep movsd
                pop es
                pop ds
                pop di
                pop si
                pop cx
                ret

; ---------------------------------------------------------------------------
; buf_clean - write a buffer to the disk when it is dirty
; In:  ES:SI -> buffer
; Out: CF=1: AX = DOS error; then every dirty buffer of that drive is dropped,
;      so that the disk stays as it is and the user is asked only once
; ---------------------------------------------------------------------------
buf_clean:      test byte [es:si+buf.flags],BF_DIRTY
                jz .r
                push bp
                push si
                mov bp,si
                mov si,[fat_dirty]
                cmp si,bp
                je .only
                test si,si
                jz .only
                call .write
                jc .out
.only:          mov si,bp
                call .write
.out:           pop si
                pop bp
.r:             ret
.write:         push bp
                push dx
                push bx
                push eax
                mov bp,[es:si+buf.dpb]
                mov eax,[es:si+buf.sector]
                mov dl,[es:si+buf.flags]
                mov bl,8
                call buf_rw
                jc .failed
                and byte [es:si+buf.flags],~BF_DIRTY
                cmp si,[fat_dirty]
                jne .good
                mov word [fat_dirty],0
.good:          pop eax
                clc
                jmp .w
.failed:        add sp,4
                call buf_drop
                stc
.w:             pop bx
                pop dx
                pop bp
                ret

; ---------------------------------------------------------------------------
; buf_drop - forget every buffer of a drive, dirty or not
; In: BP -> DPB
; ---------------------------------------------------------------------------
buf_drop:       mov word [dir_dpb],0
                push es
                push cx
                push dx
                push si
                mov es,[buf_seg]
                mov cx,[buf_count]
                mov si,[buf_low]
                mov dl,[bp+dpb.drive]
.next:          cmp dl,[es:si+buf.drive]
                jne .no
                mov byte [es:si+buf.drive],0xFF
                mov byte [es:si+buf.flags],0
                cmp si,[fat_dirty]
                jne .no
                mov word [fat_dirty],0
.no:            add si,BUF_SIZE
                loop .next
                or dword [bp+dpb.free],-1
                pop si
                pop dx
                pop cx
                pop es
                ret

; ---------------------------------------------------------------------------
; buf_flush - write all dirty buffers of a drive, FAT first
; buf_flush_all - of all drives (BP ignored)
; In:  BP -> DPB
; Out: CF=1: AX = DOS error
; ---------------------------------------------------------------------------
fs_flush_all:
buf_flush_all:  push dx
                push bp
                mov bp,dpbs
                mov dx,[dpb_count]
.fsinfo:        dec dx
                js .all
                call fsi_store
                add bp,xdpb_size
                jmp .fsinfo
.all:           pop bp
                mov dl,0xFF
                jmp buf_flush.any
buf_flush:      push dx
                mov dl,[bp+dpb.drive]
                call fsi_store
.any:           push es
                push cx
                push si
                push word 0             ; first error
                mov es,[buf_seg]
                mov si,[fat_dirty]
                test si,si
                jz .rest
                call buf_clean
                jnc .rest
                pop si
                push ax
.rest:          mov cx,[buf_count]
                mov si,[buf_low]
                jcxz .end
.next:          cmp dl,0xFF
                je .clean
                cmp dl,[es:si+buf.drive]
                jne .no
.clean:         call buf_clean
                jnc .no
                add sp,2
                push ax
.no:            add si,BUF_SIZE
                loop .next
.end:           pop ax
                cmp ax,1
                cmc
                pop si
                pop cx
                pop es
                pop dx
                ret

; ---------------------------------------------------------------------------
; buf_mark - mark a buffer changed
; In:  ES:SI -> buffer just got
; ---------------------------------------------------------------------------
buf_mark:       or byte [es:si+buf.flags],BF_DIRTY
                ret

; ---------------------------------------------------------------------------
; buf_range - make cache and disk agree on sectors about to be moved directly
; In:  BP -> DPB, EAX = first sector, CX = count, DL = 4 read (dirty buffers are
;      written first) or 8 write (buffers are forgotten)
; Out: CF=1: AX = DOS error
; ---------------------------------------------------------------------------
buf_range:      push es
                push ebx
                push ecx
                push si
                movzx ecx,cx
                push cx
                mov es,[buf_seg]
                mov si,[buf_low]
                mov bx,[buf_count]
                pop cx
.next:          push ebx
                mov bl,[es:si+buf.drive]
                cmp bl,[bp+dpb.drive]
                jne .no
                mov ebx,[es:si+buf.sector]
                sub ebx,eax
                jb .no
                cmp ebx,ecx
                jae .no
                cmp dl,8
                je .forget
                call buf_clean
                jnc .no
                pop ebx
                stc
                jmp .r
.forget:        mov byte [es:si+buf.drive],0xFF
                mov byte [es:si+buf.flags],0
.no:            pop ebx
                add si,BUF_SIZE
                dec bx
                jnz .next
                clc
.r:             pop si
                pop ecx
                pop ebx
                pop es
                ret

; ---------------------------------------------------------------------------
; fs_buffers_init - lay out the cache
; In:  AX = number of buffers, ES:DI -> room for them
; Out: AX = bytes used
; ---------------------------------------------------------------------------
fs_buffers_init:
                push ax
                cmp word [buf_count],0
                je .fresh
                push es
                call buf_flush_all
                pop es
.fresh:         pop ax
                mov cx,ax
                mov [buf_count],ax
                mov [buf_seg],es
                mov [buf_low],di
                mov [buf_last],di
                mov [buf_first],di
                mov [buf_first+2],es
                mov word [fat_dirty],0
                push di
.next:          lea ax,[di+BUF_SIZE]
                mov [es:di+buf.next],ax
                lea ax,[di-BUF_SIZE]
                mov [es:di+buf.prev],ax
                mov byte [es:di+buf.drive],0xFF
                mov byte [es:di+buf.flags],0
                mov dword [es:di+buf.sector],-1
                mov dword [es:di+buf.stamp],0
                add di,BUF_SIZE
                loop .next
                mov ax,di
                pop di
                mov [es:di+buf.prev],ax
                sub word [es:di+buf.prev],BUF_SIZE
                sub ax,di
                mov si,di
                add si,ax
                mov [es:si-BUF_SIZE+buf.next],di
                ret
