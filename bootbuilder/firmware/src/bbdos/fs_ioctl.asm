; SPDX-License-Identifier: MIT
; Generic IOCTL of the built-in block driver (category 08h): device parameters,
; tracks, serial number, access flag.  FS:BX -> request, DI -> unit.

section doscode

; ---------------------------------------------------------------------------
; blk_query - command 19h: is this generic IOCTL function there?
; blk_ioctl - command 13h
; Out: AX = status
; ---------------------------------------------------------------------------
blk_query:      call ioctl_find
                mov ax,DEV_ERROR|3
                jne .r
                xor ax,ax
.r:             ret

blk_ioctl:      call ioctl_find
                jne .bad
                call blk_alias
                les si,[fs:bx+0x13]     ; ES:SI -> parameter block
                mov ax,[cs:bp+1]
                jmp ax
.bad:           mov ax,DEV_ERROR|3
                ret

; ioctl_find - Out: ZF=1: BP -> table entry
ioctl_find:     mov al,[fs:bx+0x0E]     ; function
                cmp byte [fs:bx+0x0D],8 ; category: disk
                je .disk
                cmp byte [fs:bx+0x0D],0x48 ; FAT32 form of the same
                jne .r
.disk:          mov bp,.table
.next:          cmp al,[cs:bp]
                je .r
                add bp,3
                cmp bp,.end
                jb .next
                test bp,bp
.r:             ret
.table:         db 0x40
                dw io_set_params
                db 0x60
                dw io_get_params
                db 0x41
                dw io_write_track
                db 0x61
                dw io_read_track
                db 0x42
                dw io_format
                db 0x62
                dw io_verify
                db 0x46
                dw io_set_serial
                db 0x66
                dw io_get_serial
                db 0x47
                dw io_set_access
                db 0x67
                dw io_get_access
.end:

; 67h, 47h access flag
io_get_access:  test byte [di+unit.flags],UF_NOACCESS
                setz [es:si+1]
                xor ax,ax
                ret
io_set_access:  and byte [di+unit.flags],~UF_NOACCESS
                cmp byte [es:si+1],0
                jne .r
                or byte [di+unit.flags],UF_NOACCESS
.r:             xor ax,ax
                ret

; 60h get device parameters
io_get_params:  push es
                push si
                push word [es:si]
                call blk_bpb            ; the disk that is in; DX -> BPB
                pop cx
                pop si
                pop es
                test ax,ax
                jns .bpb
                test cl,1               ; asked for the disk itself
                jnz .r
                call io_default
.bpb:           movzx di,byte [fs:bx+req.unit]
                imul di,di,unit_size
                add di,units
                mov al,[di+unit.type]
                mov [es:si+1],al
                mov al,[di+unit.flags]
                shr al,1
                and ax,1                ; bit 0: not removable
                mov [es:si+2],ax
                mov ax,[di+unit.cyls]
                mov [es:si+4],ax
                mov byte [es:si+6],0
                push di
                lea di,[si+7]
                mov si,dx
                mov cx,31
                rep movsb
                pop di
                xor ax,ax
.r:             ret

; io_default - make a BPB for an unreadable disk from the drive. Out: DX -> BPB
io_default:     push es
                push si
                push di
                push ds
                pop es
                mov dx,di
                mov di,bounce
                xor ax,ax
                mov cx,32
                rep stosw
                mov si,dx
                mov di,bounce
                mov word [di],512
                mov byte [di+2],1
                mov byte [di+3],1
                mov byte [di+5],2
                mov byte [di+6],224
                mov byte [di+10],0xF0
                mov byte [di+11],9
                mov ax,[si+unit.spt]
                mov [di+13],ax
                mov cx,[si+unit.heads]
                mov [di+15],cx
                mul cx
                mul word [si+unit.cyls]
                mov [di+8],ax
                mov dx,di
                pop di
                pop si
                pop es
                ret

; 40h set device parameters: geometry for the format that follows
io_set_params:  test byte [di+unit.flags],UF_FIXED
                jnz .ok
                mov ax,[es:si+7+13]
                dec ax
                cmp ax,62
                ja .ok
                inc ax
                mov [di+unit.spt],ax
                mov ax,[es:si+7+15]
                mov [di+unit.heads],ax
                mov ax,[es:si+4]
                mov [di+unit.cyls],ax
.ok:            and byte [di+unit.flags],~UF_KNOWN
                xor ax,ax
                ret

; ---------------------------------------------------------------------------
; io_track - sector number of a track
; In:  ES:SI -> parameter block (head at +1, cylinder at +3), DI -> unit
; Out: EAX = sector within the disk
; ---------------------------------------------------------------------------
io_track:       movzx eax,word [es:si+3]
                movzx ecx,word [di+unit.heads]
                mul ecx
                movzx ecx,word [es:si+1]
                add eax,ecx
                movzx ecx,word [di+unit.spt]
                mul ecx
                ret

; 61h read, 41h write, 62h verify a track (sectors count within the volume)
io_write_track: mov dl,3
                jmp io_rw
io_read_track:  mov dl,2
io_rw:          push dx
                call io_track
                pop dx
                movzx ecx,word [es:si+5]
                add eax,ecx
                mov cx,[es:si+7]
                mov [rd_left],cx
                mov ecx,[es:si+9]
                mov [rd_ptr],ecx
                jmp io_run
io_verify:      call io_track
                mov cx,[di+unit.spt]
                mov [rd_left],cx
                mov dl,4
io_run:         mov [rd_sector],eax
                mov [rd_op],dl
                call rd_run
                jc .r
                xor ax,ax
.r:             ret

; 42h format a track (special functions bit 0: only say that it can be done)
io_format:      test byte [es:si],1
                jz .do
                mov byte [es:si],0
                xor ax,ax
                ret
.do:            test byte [di+unit.flags],UF_FIXED
                jnz io_verify           ; hard disks come formatted
                pushad
                push es
                push fs
                push ds
                mov dh,[es:si+1]
                mov ah,[es:si+3]
                push ax
                push dx
                mov ax,[di+unit.cyls]
                dec ax
                mov ch,al
                mov cl,[di+unit.spt]
                mov dl,[di+unit.bios]
                mov ah,0x18             ; media type
                push di
                call DOSDATA:int13_thunk
                mov si,di
                pop di
                jc .no_table
                mov ax,es               ; its diskette parameter table
                push word 0
                pop es
                mov [es:0x1E*4],si
                mov [es:0x1E*4+2],ax
.no_table:      pop dx
                pop ax
                push ds                 ; address field list
                pop es
                mov si,bounce
                mov cl,1
.field:         mov [si],ah
                mov [si+1],dh
                mov [si+2],cl
                mov byte [si+3],2
                add si,4
                inc cx
                cmp cl,[di+unit.spt]
                jbe .field
                mov ch,ah
                mov cl,1
                mov dl,[di+unit.bios]
                mov al,[di+unit.spt]
                mov ah,5
                mov bx,bounce
                call DOSDATA:int13_thunk
                pop ds
                pop fs
                pop es
                popad
                jnc io_verify
                mov ax,DEV_ERROR|0      ; write protected, most likely
                ret

; ---------------------------------------------------------------------------
; 66h get, 46h set serial number, label, type (25 bytes)
; ---------------------------------------------------------------------------
io_serial:      push es
                push si
                call blk_bpb            ; boot sector in bounce
                pop si
                pop es
                test ax,ax
                js .r
                mov bp,bounce+0x26
                cmp word [bounce+0x16],0
                jne .at
                mov bp,bounce+0x42
.at:            cmp byte [ds:bp],0x29
                je .r
                cmp byte [ds:bp],0x28
.r:             ret

io_get_serial:  call io_serial
                js .r
                mov ax,DEV_ERROR|7
                jne .r
                lea di,[si+2]
                lea si,[bp+1]
                mov cx,23
                rep movsb
                xor ax,ax
.r:             ret

io_set_serial:  call io_serial
                js .r
                mov ax,DEV_ERROR|7
                jne .r
                push ds
                push es
                push di
                push ds
                push es
                pop ds
                pop es
                add si,2
                lea di,[bp+1]
                mov cx,23
                rep movsb
                pop di
                pop es
                pop ds
                mov eax,[di+unit.start]
                mov [rd_sector],eax
                call rd_to_bounce
                mov word [rd_left],1
                mov byte [rd_op],3
                call rd_run
                jc .r
                call blk_sum
                xor ax,ax
.r:             ret
