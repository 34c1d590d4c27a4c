; SPDX-License-Identifier: MIT
; Drive functions of INT 21h, absolute disk access (INT 25h/26h, 7305h) and
; IOCTL of block devices.

section doscode

; 0Dh reset disk
fs_21_0d:       call buf_flush_all
                clc
                ret

; 0Eh select drive DL; AL = number of drives
fs_21_0e:       mov di,[user_frame]
                mov al,[di+frame.dx]
                call cds_get
                jc .count
                mov [cur_drive],al
.count:         mov al,[lol_lastdrive]
                mov [di+frame.ax],al
                ret

; 19h current drive
fs_21_19:       mov di,[user_frame]
                mov al,[cur_drive]
                mov [di+frame.ax],al
                ret

; 1Ah set, 2Fh get the disk transfer area
fs_21_1a:       mov di,[user_frame]
                mov ax,[di+frame.dx]
                mov [dta],ax
                mov ax,[di+frame.ds]
                mov [dta+2],ax
                ret
fs_21_2f:       mov di,[user_frame]
                mov ax,[dta]
                mov [di+frame.bx],ax
                mov ax,[dta+2]
                mov [di+frame.es],ax
                ret

; 2Eh set, 54h get the verify switch
fs_21_2e:       mov di,[user_frame]
                mov al,[di+frame.ax]
                and al,1
                mov [verify_flag],al
                ret
fs_21_54:       mov di,[user_frame]
                mov al,[verify_flag]
                mov [di+frame.ax],al
                ret

; ---------------------------------------------------------------------------
; drv_frame - the drive in the caller's DL (0 = current), ready
; Out: BP -> DPB, DI = frame; CF=1: AX = DOS error
; ---------------------------------------------------------------------------
drv_frame:      mov di,[user_frame]
                mov al,[di+frame.dx]
                jmp drv_default

; ---------------------------------------------------------------------------
; 1Bh, 1Ch allocation information: AL = sectors per cluster, CX = bytes per
; sector, DX = clusters, DS:BX -> media byte
; 1Fh, 32h drive parameter block: AL = 0, DS:BX -> DPB;  errors: AL = FFh
; ---------------------------------------------------------------------------
fs_21_1b:       mov al,0
                call drv_default
                mov di,[user_frame]
                jmp alloc_info
fs_21_1c:       call drv_frame
alloc_info:     jc al_ff
                call drv_clusters
                mov [di+frame.ax],al
                mov [di+frame.dx],dx
                mov ax,[bp+dpb.secsize]
                mov [di+frame.cx],ax
                lea ax,[bp+dpb.media]
set_ds_bx:      mov [di+frame.bx],ax
                mov [di+frame.ds],ds
                clc
                ret
al_ff:          mov di,[user_frame]
                mov byte [di+frame.ax],0xFF
                ret
fs_21_1f:       mov al,0
                call drv_default
                jmp dpb_info
fs_21_32:       call drv_frame
dpb_info:       jc al_ff
                mov di,[user_frame]
                mov byte [di+frame.ax],0
                mov ax,bp
                jmp set_ds_bx

; ---------------------------------------------------------------------------
; drv_clusters - size of a volume in 16-bit numbers (large FAT32: scaled)
; In:  BP -> DPB
; Out: AX = sectors per cluster, DX = clusters, BX = free clusters if ECX was
;      their number, CL = shift applied
; Clobbers: EBX, ECX, EDX
; ---------------------------------------------------------------------------
drv_clusters:   mov ebx,ecx
                mov edx,[bp+xdpb.max32]
                dec edx
                movzx ax,byte [bp+dpb.clmask]
                inc ax
.scale:         cmp edx,0xFFFF
                jb .fits
                cmp ax,64
                jae .clamp
                shl ax,1
                shr edx,1
                shr ebx,1
                jmp .scale
.clamp:         mov dx,0xFFFE
                cmp ebx,0xFFFE
                jbe .fits
                mov bx,0xFFFE
.fits:          ret

; ---------------------------------------------------------------------------
; 36h free space: AX = sectors per cluster (FFFFh error), BX = free clusters,
; CX = bytes per sector, DX = clusters
; ---------------------------------------------------------------------------
fs_21_36:       mov di,[user_frame]
                mov al,[di+frame.dx]
                call drv_number
                call cds_get
                jc .bad
                test word [bx+cds.flags],CDSF_NET
                jnz net_space
                call drv_cds
                jc .bad
                call fat_space
                jc .bad
                mov ecx,eax
                call drv_clusters
                mov cx,[bp+dpb.secsize]
space_result:   mov di,[user_frame]
                mov [di+frame.ax],ax
                mov [di+frame.bx],bx
                mov [di+frame.cx],cx
                mov [di+frame.dx],dx
                clc
                ret
fs_21_36.bad:   mov di,[user_frame]
                mov word [di+frame.ax],-1
                clc
                ret

; ---------------------------------------------------------------------------
; 73xx FAT32 calls: 7303h free space of the drive in DS:DX, 7305h sectors
; ---------------------------------------------------------------------------
fs_21_73:       mov di,[user_frame]
                mov ax,[di+frame.ax]
                cmp al,3
                je .space
                cmp al,5
                je .disk
                mov al,0
                stc
                ret
.space:         mov es,[di+frame.ds]
                mov bx,[di+frame.dx]
                mov al,0
                cmp byte [es:bx+1],':'
                jne .drive
                mov al,[es:bx]
                and al,0x1F
.drive:         call drv_default
                jc .r
                call fat_space
                jc .r
                mov di,[user_frame]
                mov es,[di+frame.es]
                mov di,[di+frame.di]
                push eax
                mov eax,0x24
                stosd
                movzx eax,byte [bp+dpb.clmask]
                inc ax
                stosd
                mov ax,[bp+dpb.secsize]
                stosd
                pop eax
                stosd
                mov ecx,eax
                mov eax,[bp+xdpb.max32]
                dec eax
                stosd
                mov edx,eax
                push ecx
                mov eax,ecx
                mov cl,[bp+dpb.clshift]
                shl eax,cl
                stosd
                mov eax,edx
                shl eax,cl
                stosd
                pop eax
                stosd
                mov eax,edx
                stosd
                clc
.r:             ret
.disk:          mov ax,[di+frame.si]
                mov ah,al
                and ah,1
                mov al,[di+frame.dx]
                call drv_number
                jmp fs_abs_disk

; ---------------------------------------------------------------------------
; fs_abs_disk - INT 25h, INT 26h
; In:  AL = drive, AH = 0 read, 1 write; [user_frame]: CX = sectors, DX = first,
;      DS:BX -> memory, or CX = FFFFh and DS:BX -> packet
; Out: CF=1: AX = error as INT 25h has it
; ---------------------------------------------------------------------------
fs_abs_disk:    mov dl,4
                test ah,ah
                jz .read
                mov dl,8
.read:          mov [x_cmd],dl
                mov byte [io_quiet],1
                call .do
                mov byte [io_quiet],0
                ret
.do:            call cds_get
                mov ax,0x8001
                jc .r
                test word [bx+cds.flags],CDSF_NET
                stc
                jnz .r
                mov bp,[bx+cds.dpb]
                call drv_check          ; sets the geometry; may fail
                mov byte [io_quiet],1
                call buf_flush
                mov di,[user_frame]
                mov es,[di+frame.ds]
                mov bx,[di+frame.bx]
                mov cx,[di+frame.cx]
                movzx edx,word [di+frame.dx]
                cmp cx,-1
                je .packet
                mov ax,0x0207
                cmp byte [bp+xdpb.fattype],0
                je .small
                cmp dword [bp+xdpb.total],0xFFFF
                cmc
                jc .r
.small:         mov [x_ptr],bx
                mov [x_ptr+2],es
                jmp .start
.packet:        mov edx,[es:bx]
                mov cx,[es:bx+4]
                mov eax,[es:bx+6]
                mov [x_ptr],eax
.start:         mov si,cx
                cmp byte [x_cmd],8
                jne .next
                call buf_drop           ; the file system is read anew
                mov byte [bp+dpb.access],0xFF
.next:          mov cx,si
                jcxz .ok
                cmp cx,MAX_RUN
                jbe .few
                mov cx,MAX_RUN
.few:           call x_normal
                mov eax,edx
                push dx
                mov dl,[x_cmd]
                mov byte [io_area],0
                call blk_io
                pop dx
                jc .error
                sub si,cx
                movzx ecx,cx
                add edx,ecx
                shl cx,5
                add [x_ptr+2],cx
                jmp .next
.ok:            clc
                ret
.error:         sub al,ERR_PROTECT
                mov bx,.map
                cs xlatb
                mov ah,al
                mov al,[fs_req+req.status]
                stc
.r:             ret
.map:           db 0x03,0x02,0x80,0x02,0x10,0x02,0x40,0x02,0x04,0x02,0x02,0x02,0x02,0x02,0x02,0x06

; ---------------------------------------------------------------------------
; fs_21_44 - IOCTL of block devices: AL = 04 05 08 09 0D 0E 0F 11
; ---------------------------------------------------------------------------
fs_21_44:       mov di,[user_frame]
                mov al,[di+frame.bx]
                call drv_number
                call cds_get
                mov ax,ERR_DRIVE
                jc .r
                mov bp,[bx+cds.dpb]
                mov al,[di+frame.ax]
                mov ah,[bx+cds.flags+1]
                cmp al,9
                je .remote
                test ah,CDSF_NET>>8
                jnz .function
                cmp al,0x0D             ; before the request: flushing uses it too
                jne .fill
                push ax
                call buf_flush
                pop ax
                mov di,[user_frame]
.fill:          les si,[bp+dpb.dev]
                mov dx,[es:si+devhdr.attr]
                mov si,di
                mov bx,fs_req
                call req_generic
                cmp al,0x0D
                je .generic
                cmp al,0x11
                je .query
                cmp al,8
                je .removable
                cmp al,0x0E
                je .get_map
                cmp al,0x0F
                je .set_map
                test dh,DEVA_IOCTL>>8   ; 04h, 05h: control data
                jz .function
                mov ah,3
                cmp al,4
                je .data
                mov ah,12
.data:          mov cx,[di+frame.dx]
                mov [fs_req+req.addr],cx
                mov cx,[di+frame.ds]
                mov [fs_req+req.addr+2],cx
                mov cx,[di+frame.cx]
                mov [fs_req+req.count],cx
                call .send
                jc .r
                mov ax,[fs_req+req.count]
                jmp ret_ax
.function:      mov ax,ERR_FUNCTION
                stc
.r:             ret
.remote:        and ah,(CDSF_NET|CDSF_SUBST)>>8
                mov dx,0x1000
                test ah,CDSF_NET>>8
                jnz .attr
                push es
                les si,[bp+dpb.dev]
                mov dx,[es:si+devhdr.attr]
                pop es
                test ah,CDSF_SUBST>>8
                jz .attr
                or dh,0x80
.attr:          mov [di+frame.dx],dx
                mov ax,dx
                jmp ret_ax
.generic:       test dl,DEVA_GENIOCTL
                jz .function
                mov ah,0x13
                mov cx,[di+frame.cx]
                push cx
                call .send
                pop cx
                jc .r
                cmp ch,8
                jne .gr
                test cl,0x20            ; 6xh read something, 4xh change something
                jnz .gr
                call buf_drop
                mov byte [bp+dpb.access],0xFF
.gr:            xor ax,ax
                jmp ret_ax
.query:         mov ah,0x19
                test dl,DEVA_QUERY
                jz .function
                call .send
                jc .r
                xor ax,ax
                jmp ret_ax
.removable:     test dh,DEVA_OPEN>>8
                mov ax,1
                jz .result
                mov ah,0x0F
                call .send
                jc .r
                xor ax,ax
                test word [fs_req+req.status],DEV_BUSY
                jz .result
                inc ax
.result:        jmp ret_ax
.set_map:       mov ah,0x18
                jmp .map
.get_map:       mov ah,0x17
.map:           test dl,DEVA_GENIOCTL
                mov al,0
                jz .no_map
                call .send
                jc .r
                mov al,[fs_req+req.unit]
                test al,al
                jz .no_map
                add al,[bp+dpb.drive]   ; unit number to drive number
                sub al,[bp+dpb.unit]
.no_map:        mov ah,0
                jmp ret_ax
.send:          mov [fs_req+req.cmd],ah ; AH = command
                call blk_call_raw
                jnc .r2
                mov ah,0
                cmp al,3
                mov cx,ERR_FUNCTION
                je .unknown
                add ax,ERR_PROTECT
                mov cx,ax
.unknown:       mov ax,cx
                stc
.r2:            ret
