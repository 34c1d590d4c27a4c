; SPDX-License-Identifier: MIT
; Redirected drives (CD-ROM, network): calls handed on through INT 2Fh/11xx.
;
; The redirector finds what it needs in the SDA: name1 (and name2), this_cds,
; this_sft, the search block, search_attr, ext_*, and the DTA.

section doscode

; ---------------------------------------------------------------------------
; redir_call - INT 2Fh with AH = 11h
; In:  AL = function, other registers as it wants them; [net_word] is on the
;      stack for the functions that look there
; Out: as it left AX, BX, CX, DX, DI, ES; CF=1: AX = DOS error
; ---------------------------------------------------------------------------
redir_call:       mov ah,0x11
                push bp
                push fs
                push gs
                push ds
                push word [net_word]
                stc
                int 0x2F
                cld
                lea sp,[esp+2]
                pop ds
                pop gs
                pop fs
                pop bp
                jnc .r
                cmp ah,0x11             ; nobody there
                jne .r
                mov ax,ERR_FUNCTION
                stc
.r:             ret

section dosbss
net_word        resw 1
section doscode

; ---------------------------------------------------------------------------
; net_path - common to the functions on a path: name1, CDS
; In:  AL = function
; ---------------------------------------------------------------------------
net_path:       mov word [wfp_start],name1
                les di,[this_cds]
                jmp redir_call

net_mkdir:      mov al,0x03
                jmp net_path
net_rmdir:      mov al,0x01
                jmp net_path
net_delete:     mov byte [search_attr],ATTR_HIDDEN|ATTR_SYSTEM
                mov al,0x13
                jmp net_path
net_rename:     mov word [ren_wfp],name2
                mov byte [search_attr],ATTR_HIDDEN|ATTR_SYSTEM|ATTR_DIR
                mov al,0x11
                jmp net_path
net_chdir:      mov al,0x05
                call net_path
                jc .r
                jmp chdir_store
.r:             ret

; 43h attributes
net_attr:       mov bx,[user_frame]
                cmp byte [bx+frame.ax],1
                je .set
                mov al,0x0F
                call net_path
                jc .r
                mov bx,[user_frame]
                mov ah,0
                mov [bx+frame.cx],ax
                jmp ret_ax
.set:           mov ax,[bx+frame.cx]
                mov [net_word],ax
                mov al,0x0E
                jmp net_path
.r:             ret

; 36h free space
net_space:      mov [this_cds],bx
                mov [this_cds+2],ds
                push ds
                pop es
                mov di,bx
                mov al,0x0C
                call redir_call
                jc fs_21_36.bad
                mov ah,0                ; AH was the media byte
                jmp space_result

; 60h: the redirector may have its own idea of the full path
net_truename:   ret

; ---------------------------------------------------------------------------
; net_open - open or create for f_open
; In:  [this_sft] -> entry, [ext_*], name1
; Out: CX = what was done; CF=1: AX = DOS error
; ---------------------------------------------------------------------------
net_open:       mov di,[this_sft]
                mov ax,[ext_mode]
                mov [di+sft.mode],ax
                mov [open_mode],al
                mov byte [search_attr],ATTR_HIDDEN|ATTR_SYSTEM|ATTR_DIR
                mov word [wfp_start],name1
                push ds
                pop es
                mov word [di+sft.refs],1
                mov al,[ext_action]
                cmp al,0x01
                je .open
                cmp al,0x12
                je .create
                cmp al,0x10
                je .new
                mov ax,[ext_attr]       ; 6Ch in another way
                mov [net_word],ax
                mov al,0x2E
                call redir_call
                jmp .done
.open:          mov ax,[ext_mode]
                mov [net_word],ax
                mov al,0x16
                call redir_call
                mov cx,1
                jmp .done
.new:           mov ah,1
                jmp .attr
.create:        mov ah,0
.attr:          mov al,[ext_attr]
                mov [net_word],ax
                mov al,0x17
                cmp word [this_cds],-1
                jne .go
                inc ax                  ; no CDS: 1118h
.go:            call redir_call
                mov cx,2
.done:          mov di,[this_sft]
                jc .failed
                or byte [di+sft.flags+1],SFTF_NET>>8
                ret
.failed:        mov word [di+sft.refs],-1
                stc
                ret

; ---------------------------------------------------------------------------
; net_read, net_write - as fs_read_sft, fs_write_sft
; ---------------------------------------------------------------------------
net_write:      mov al,0x09
                jmp net_rw
net_read:       mov al,0x08
net_rw:         push dword [dta]
                mov [dta],dx
                mov [dta+2],es
                call net_sft
                pop dword [dta]
                jc .r
                mov ax,cx
.r:             ret

; net_sft - In: AL = function, DI -> SFT
net_sft:        mov [this_sft],di
                mov [this_sft+2],ds
                push ds
                pop es
                jmp redir_call

net_commit:     mov al,0x07
                jmp net_sft

; ---------------------------------------------------------------------------
; net_close - as fs_close_sft: the redirector drops the reference
; ---------------------------------------------------------------------------
net_close:      push word [di+sft.refs]
                push di
                mov al,0x06
                call net_sft
                pop di
                pop cx
                jc .drop
                cmp cx,[di+sft.refs]
                clc
                jne .r
.drop:          pushf
                dec word [di+sft.refs]
                popf
.r:             ret

; 42h from the end
net_seek_end:   mov cx,dx
                mov eax,edx
                shr eax,16
                xchg ax,cx              ; CX:DX
                mov dx,ax
                push bx
                test byte [di+sft.mode],0x70
                jz .size
                mov al,0x21
                call net_sft
                pop bx
                jc .r
                mov [di+sft.pos],ax
                mov [di+sft.pos+2],dx
                shl edx,16
                mov dx,ax
                jmp seek_result
.size:          pop bx
                shl ecx,16
                mov cx,dx
                mov edx,ecx
                add edx,[di+sft.size]
                mov [di+sft.pos],edx
                jmp seek_result
.r:             ret

; 5Ch lock and unlock
net_lock:       mov bx,[user_frame]
                mov cx,[bx+frame.cx]
                mov dx,[bx+frame.dx]
                mov si,[bx+frame.si]
                mov ax,[bx+frame.di]
                mov [net_word],ax
                mov al,[bx+frame.ax]
                mov bx,ax
                add al,0x0A
                jmp net_sft

; ---------------------------------------------------------------------------
; 4Eh, 4Fh
; ---------------------------------------------------------------------------
net_find:       mov word [wfp_start],name1
                mov al,[name1]
                sub al,'A'
                or al,0x80
                mov [search_block],al
                push dword [dta]        ; the search block is where they look
                mov word [dta],search_block
                mov [dta+2],ds
                les di,[this_cds]
                mov al,0x1B
                call redir_call
                pop dword [dta]
                jc .r
                or byte [search_block],0x80
                jmp find_dta
.r:             cmp ax,ERR_FILE
                jne .same
                mov ax,ERR_NOFILES
.same:          stc
                ret

net_find_next:  mov al,[search_block]
                and al,0x1F
                call cds_get
                jc .cds
                mov [this_cds],bx
                mov [this_cds+2],ds
.cds:           push dword [dta]
                mov word [dta],search_block
                mov [dta+2],ds
                push ds
                pop es
                mov di,search_block
                mov al,0x1C
                call redir_call
                pop dword [dta]
                jnc find_dta
                ret

; end of a process: close what it left open over there
net_close_all:  mov al,0x1D
                call redir_call
                ret
