; SPDX-License-Identifier: MIT
; INT 21h handle functions around f_open and the SFT routines: create, open, close,
; read, write, seek, duplicate, time stamps, commit, handle count.

section doscode

; ---------------------------------------------------------------------------
; fs_open_sft - open a file for the kernel
; In:  ES:DX -> path, AL = mode
; Out: DI -> SFT; CF=1: AX = DOS error
; ---------------------------------------------------------------------------
fs_open_sft:    mov cx,0x0001
                mov ah,0
                mov [ext_mode],ax
                mov byte [ext_attr],0
                mov [ext_action],cx
                jmp f_open

; ---------------------------------------------------------------------------
; 3Ch create, 3Dh open, 5Bh create new, 6Ch extended open
; Out: AX = handle
; ---------------------------------------------------------------------------
fs_21_5b:       mov cx,0x0010
                jmp open_create
fs_21_3c:       mov cx,0x0012
open_create:    mov bx,[user_frame]
                mov ax,[bx+frame.cx]
                mov [ext_attr],ax
                mov ax,2
                jmp open_by_mode
fs_21_3d:       mov bx,[user_frame]
                mov al,[bx+frame.ax]
                mov ah,0
                mov byte [ext_attr],0
                mov cx,0x0001
open_by_mode:   mov [ext_mode],ax
                mov [ext_action],cx
                mov es,[bx+frame.ds]
                mov dx,[bx+frame.dx]
open_handle:    push es
                call jft_find           ; a handle first: nothing to undo then
                pop es
                jc .r
                push bx
                call f_open
                pop bx
                jc .r
                push cx
                push bx
                call sft_index
                pop bx
                push cx
                call jft_entry_ptr
                pop cx
                mov [es:si],cl
                pop cx
                mov ax,bx
ret_ax:         mov bx,[user_frame]
                mov [bx+frame.ax],ax
                clc
.r:
open_handle.r:  ret

fs_21_6c:       mov bx,[user_frame]
                mov ax,[bx+frame.cx]
                mov [ext_attr],ax
                mov cx,[bx+frame.dx]
                mov ax,ERR_FUNCTION
                test cl,0xEC            ; actions 0-2 and 0-1 only
                jnz .bad
                mov es,[bx+frame.ds]
                mov dx,[bx+frame.si]
                mov ax,[bx+frame.bx]
                mov [ext_mode],ax
                mov [ext_action],cx
                call open_handle
                jc .r
                mov [bx+frame.cx],cx
                ret
.bad:           stc
.r:             ret

; ---------------------------------------------------------------------------
; 5Ah create a file with a new name: DS:DX -> directory, the name is put there
; ---------------------------------------------------------------------------
fs_21_5a:       mov bx,[user_frame]
                les di,[bx+frame.dx]
                mov es,[bx+frame.ds]
                mov cx,128
                mov al,0
                mov dx,di
                repne scasb
                dec di
                cmp di,dx
                je .name
                mov al,[es:di-1]
                cmp al,'\'
                je .name
                cmp al,'/'
                je .name
                cmp al,':'
                je .name
                mov al,'\'
                stosb
.name:          call now_ticks
                movzx eax,ax
                add eax,[buf_stamp]
                mov cx,256              ; tries
.again:         push ax
                push cx
                push di
                mov cl,8
.digit:         rol eax,4
                push ax
                and al,15
                add al,'A'
                stosb
                pop ax
                dec cl
                jnz .digit
                mov byte [es:di],0
                push eax
                push es
                mov cx,0x0010
                mov bx,[user_frame]
                call open_create
                pop es
                pop edx
                pop di
                pop cx
                pop bx
                jnc .r
                cmp ax,ERR_EXISTS
                stc
                jne .r
                lea eax,[edx+1]
                loop .again
                mov ax,ERR_ACCESS
                stc
.r:             ret

; ---------------------------------------------------------------------------
; 3Eh close
; ---------------------------------------------------------------------------
fs_21_3e:       mov bx,[user_frame]
                mov bx,[bx+frame.bx]
close_handle:   call sft_from_handle
                jc .r
                call jft_entry_ptr
                mov byte [es:si],0xFF
                call fs_close_sft
.r:             ret

; ---------------------------------------------------------------------------
; fs_close_process - close the files of a process
; In:  AX = PSP segment
; ---------------------------------------------------------------------------
fs_close_process:
                push word [cur_psp]
                mov [cur_psp],ax
                xor bx,bx
.next:          push bx
                call close_handle
                pop bx
                inc bx
                push bx
                call jft_entry_ptr
                pop bx
                jnc .next
                call net_close_all
                call buf_flush_all
                pop word [cur_psp]
                ret

; ---------------------------------------------------------------------------
; frame_sft - the open file that the handle in the caller's BX names
; Out: DI -> SFT, BX -> user frame; CF=1: AX = DOS error
; ---------------------------------------------------------------------------
frame_sft:      mov bx,[user_frame]
                push bx
                mov bx,[bx+frame.bx]
                call sft_from_handle
                pop bx
                ret

; ---------------------------------------------------------------------------
; 3Fh read, 40h write
; Out: AX = bytes moved
; ---------------------------------------------------------------------------
fs_21_3f:       mov dl,1                ; a write-only handle cannot be read
                mov si,fs_read_sft
                jmp rw_handle
fs_21_40:       mov dl,0
                mov si,fs_write_sft
rw_handle:      call frame_sft
                jc .r
                mov al,[di+sft.mode]
                and al,7
                cmp al,dl
                mov ax,ERR_ACCESS
                stc
                je .r
                mov es,[bx+frame.ds]
                mov dx,[bx+frame.dx]
                mov cx,[bx+frame.cx]
                call si
                jnc ret_ax
.r:             ret

; ---------------------------------------------------------------------------
; 42h seek
; Out: DX:AX = position
; ---------------------------------------------------------------------------
fs_21_42:       call frame_sft
                jc .r
                mov dx,[bx+frame.cx]
                shl edx,16
                mov dx,[bx+frame.dx]
                mov al,[bx+frame.ax]
                cmp al,1
                jb .set
                je .cur
                cmp al,2
                mov ax,ERR_FUNCTION
                stc
                jne .r
                test word [di+sft.flags],SFTF_NET
                jnz net_seek_end
                add edx,[di+sft.size]
                jmp .set
.cur:           add edx,[di+sft.pos]
.set:           test byte [di+sft.flags],SFTF_DEVICE
                jz .file
                test word [di+sft.flags],SFTF_NET
                jnz .file
                xor edx,edx
.file:          mov [di+sft.pos],edx
seek_result:    mov [bx+frame.ax],dx
                shr edx,16
                mov [bx+frame.dx],dx
                clc
fs_21_42.r:     ret

; ---------------------------------------------------------------------------
; 45h duplicate, 46h force duplicate (BX to CX)
; ---------------------------------------------------------------------------
fs_21_45:       call .source
                jc .r
                push ax
                call jft_find
                pop dx
                jc .r
                inc word [di+sft.refs]
                mov [es:si],dl
                mov ax,bx
                jmp ret_ax
.source:        mov bx,[user_frame]     ; DI -> SFT, AL = its number
                mov bx,[bx+frame.bx]
                call sft_from_handle
                jc .r
                call jft_entry_ptr
                mov al,[es:si]
.r:             ret

fs_21_46:       call fs_21_45.source
                jc .r
                mov bx,[user_frame]
                mov bx,[bx+frame.cx]
                push ax
                call jft_entry_ptr
                pop dx
                jc .r
                cmp dl,[es:si]
                je .r                   ; onto itself
                push di
                push dx
                push bx
                cmp byte [es:si],0xFF
                je .closed
                call close_handle
.closed:        pop bx
                pop dx
                pop di
                call jft_entry_ptr
                inc word [di+sft.refs]
                mov [es:si],dl
                clc
.r:             ret

; ---------------------------------------------------------------------------
; 57h time stamp of an open file
; ---------------------------------------------------------------------------
fs_21_57:       call frame_sft
                jc .r
                mov al,[bx+frame.ax]
                sub al,1
                jz .set
                mov ax,ERR_FUNCTION
                cmc
                jc .r
                mov ax,[di+sft.time]
                mov [bx+frame.cx],ax
                mov ax,[di+sft.date]
                mov [bx+frame.dx],ax
                clc
                ret
.set:           mov ax,[bx+frame.cx]
                mov [di+sft.time],ax
                mov ax,[bx+frame.dx]
                mov [di+sft.date],ax
                test word [di+sft.flags],SFTF_DEVICE
                jnz .r
                and byte [di+sft.flags],~SFTF_EOF
                or byte [di+sft.flags+1],SFTF_NODATE>>8
.r:             ret

; ---------------------------------------------------------------------------
; 5Ch lock: without SHARE there is no such function
; 67h handle count, 68h and 6Ah commit
; ---------------------------------------------------------------------------
fs_21_5c:       call frame_sft
                jc .r
                test word [di+sft.flags],SFTF_NET
                jnz net_lock
                mov ax,ERR_FUNCTION
                stc
.r:             ret

fs_21_68:       call frame_sft
                jc .r
                jmp sft_commit
.r:             ret

fs_21_67:       mov bx,[user_frame]
                mov bx,[bx+frame.bx]
                mov es,[cur_psp]
                mov cx,[es:psp.jftsize]
                cmp bx,cx
                jbe .shrink
                push bx
                add bx,15
                rcr bx,1
                shr bx,3
                call mem_alloc
                pop bx
                jc .r
                mov fs,[cur_psp]        ; AX = new table
                mov es,ax
                mov cx,bx
                xor di,di
                mov al,0xFF
                rep stosb
                mov cx,[fs:psp.jftsize]
                xor di,di
                push ds
                lds si,[fs:psp.jftptr]
                rep movsb
                pop ds
                mov [fs:psp.jftsize],bx
                mov word [fs:psp.jftptr],0
                mov [fs:psp.jftptr+2],es
                clc
                ret
.shrink:        cmp bx,20
                jae .keep
                mov bx,20
.keep:          cmp bx,cx
                ja .ok
                mov [es:psp.jftsize],bx ; open handles beyond stay behind
.ok:            clc
.r:             ret
