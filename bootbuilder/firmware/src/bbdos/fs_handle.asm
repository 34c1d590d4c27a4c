; SPDX-License-Identifier: MIT
; INT 21h handle functions: open and create in all their forms, read, write,
; seek, close, duplicate, time stamps, commit, handle count.

section doscode

; ---------------------------------------------------------------------------
; f_open - open, create or replace, the one way for all functions
; In:  ES:DX -> path, [ext_mode], [ext_action] (low digit: exists 0 fail 1 open
;      2 replace; next digit: missing 0 fail 1 create), [ext_attr]
; Out: DI -> SFT (one reference), CX = 1 opened 2 created 3 replaced;
;      CF=1: AX = DOS error
; ---------------------------------------------------------------------------
f_open:         call path_user
                jc .r
                mov dl,[ext_mode]
                and dl,7
                cmp dl,2
                ja .bad_mode
                test al,PF_WILD
                jnz .no_file
                push ax
                call sft_alloc
                pop bx
                jc .r
                mov al,bl
                call .open
                jnc .opened
                mov di,[this_sft]
                cmp word [di+sft.refs],-1
                jne .half
                mov word [di+sft.refs],0
.half:          stc
.r:             ret
.opened:        mov di,[this_sft]
                mov ax,[cur_psp]
                mov [di+sft.psp],ax
                test byte [ext_mode],0x80
                jz .inherit
                or byte [di+sft.flags+1],SFTF_NOINHERIT>>8
.inherit:       clc
                ret
.bad_mode:      mov ax,ERR_MODE
                stc
                ret
.no_file:       mov ax,ERR_FILE
                stc
                ret
.no_path:       mov ax,ERR_PATH
                stc
                ret
.open:          test al,PF_NET
                jnz net_open
                test al,PF_DEV
                jnz dev_open
                test al,PF_SLASH
                jnz .no_path
                mov si,name1
                call path_walk
                jc .r
                cmp byte [path_isroot],0
                jne .access
                test byte [ext_attr],ATTR_DIR
                jnz .access
                test byte [ext_attr],ATTR_LABEL
                jnz .label
                mov al,ATTR_HIDDEN|ATTR_SYSTEM|ATTR_DIR
                call dir_first
                jc .absent
                mov al,[ext_action]
                and al,0x0F
                jz .exists
                mov ah,[es:di+dirent.attr]
                test ah,ATTR_DIR
                jnz .access
                cmp al,2
                je .replace
                test byte [ext_mode],7
                jz .readable
                test ah,ATTR_RO
                jnz .access
.readable:      mov cx,1
                jmp .fill
.exists:        mov ax,ERR_EXISTS
                stc
                ret
.access:        mov ax,ERR_ACCESS
                stc
                ret
.replace:       test ah,ATTR_RO
                jnz .access
                call ent_clus
                push eax
                xor eax,eax             ; entry first, clusters after
                call ent_setclus
                mov [es:di+dirent.size],eax
                mov al,[ext_attr]
                and al,ATTR_RO|ATTR_HIDDEN|ATTR_SYSTEM
                or al,ATTR_ARCH
                mov [es:di+dirent.attr],al
                call ent_stamp
                call buf_mark
                mov cx,3
                call .fill
                call buf_flush
                pop edx
                jc .undo
                mov eax,edx
                call fat_free
                jc .undo
                call buf_flush
                jc .undo
                mov di,[this_sft]
                call sft_load
                call sft_sync
                mov cx,3
                clc
                ret
.undo:          mov di,[this_sft]
                mov word [di+sft.refs],-1
                stc
                ret
.absent:        cmp ax,ERR_NOFILES
                stc
                jne .r2
                test byte [ext_action],0x10
                jz .no_file
                mov al,[ext_attr]
                and al,ATTR_RO|ATTR_HIDDEN|ATTR_SYSTEM
                or al,ATTR_ARCH
.new:           mov [new_attr],al
                mov dword [new_start],0
                call dir_new
                jc .r2
                mov cx,2
                call .fill
                call buf_flush
                jc .undo
                mov cx,2
.r2:            ret
.label:         call label_find         ; volume label: one, in the root
                jnc .access
                cmp ax,ERR_NOFILES
                stc
                jne .r2
                mov al,ATTR_LABEL
                jmp .new
.fill:          call ent_copy
                mov di,[this_sft]
                jmp sft_fill

; ---------------------------------------------------------------------------
; label_find - the volume label; [dir_pat] is kept
; In:  BP -> DPB
; Out: as dir_first
; ---------------------------------------------------------------------------
label_find:     mov eax,[bp+xdpb.rootcl]
                mov [dir_start],eax
                push ds
                pop es
                mov si,dir_pat
                mov di,new_name
                mov cx,11
                rep movsb
                mov di,dir_pat
                mov cl,11
                mov al,'?'
                rep stosb
                mov al,ATTR_LABEL
                call dir_first
                push cx
                push si
                push di
                push es
                push ds
                pop es
                pushf
                mov si,new_name
                mov di,dir_pat
                mov cx,11
                rep movsb
                popf
                pop es
                pop di
                pop si
                pop cx
                ret

; ---------------------------------------------------------------------------
; ent_copy - copy a directory entry to [found_entry]
; In:  ES:DI -> entry
; Clobbers: nothing
; ---------------------------------------------------------------------------
ent_copy:       pusha
                push ds
                push es
                push ds
                push es
                pop ds
                pop es
                mov si,di
                mov di,found_entry
                mov cx,8
                rep movsd
                pop es
                pop ds
                popa
                ret

; ---------------------------------------------------------------------------
; sft_fill - fill an SFT entry for the file in [found_entry]
; In:  DI -> SFT (zeroed), [dir_sect], [dir_slot], [ext_mode], BP -> DPB
; Out: CF=0
; Clobbers: EAX, ES, SI
; ---------------------------------------------------------------------------
sft_fill:       push cx
                mov word [di+sft.refs],1
                mov ax,[ext_mode]
                mov [di+sft.mode],ax
                mov al,[found_entry+dirent.attr]
                mov [di+sft.attr],al
                mov al,[bp+dpb.drive]
                mov ah,0
                or al,SFTF_EOF
                mov [di+sft.flags],ax
                mov [di+sft.dev],bp
                mov [di+sft.dev+2],ds
                mov ax,[found_entry+dirent.start]
                mov [di+sft.start],ax
                xor ax,ax
                cmp byte [bp+xdpb.fattype],32
                jne .narrow
                mov ax,[found_entry+dirent.starthi]
.narrow:        mov [di+SFT_STARTHI],ax
                mov eax,[found_entry+dirent.time]
                mov [di+sft.time],eax
                mov eax,[found_entry+dirent.size]
                mov [di+sft.size],eax
                mov eax,[dir_sect]
                mov [di+sft.dirsect],eax
                mov al,[dir_slot]
                mov [di+sft.dirindex],al
                mov al,[bp+xdpb.gen]
                mov ah,0
                mov [di+SFT_GEN],ax
                push di
                push ds
                pop es
                mov si,found_entry
                lea di,[di+sft.name]
                mov cx,11
                rep movsb
                pop di
                pop cx
                clc
                ret

; ---------------------------------------------------------------------------
; dev_open - open a character device
; In:  [path_dev], [path_flags], [this_sft], name1
; Out: CX = 1; CF=1: AX = DOS error
; ---------------------------------------------------------------------------
dev_open:       test al,PF_HASDIR
                jz .here
                cmp dword [name1+2],'\DEV' ; \DEV\NAME always works
                jne .dir
                cmp byte [name1+6],'\'
                je .here
.dir:           mov si,name1
                call path_walk
                jc .no_path
.here:          mov di,[this_sft]
                les si,[path_dev]
                mov word [di+sft.refs],1
                mov [di+sft.dev],si
                mov [di+sft.dev+2],es
                mov ax,[ext_mode]
                mov [di+sft.mode],ax
                mov ax,[es:si+devhdr.attr]
                and ax,0x001F
                or al,SFTF_DEVICE|SFTF_EOF
                mov [di+sft.flags],ax
                call stamp
                mov [di+sft.time],ax
                mov [di+sft.date],dx
                mov eax,[es:si+devhdr.name]
                mov [di+sft.name],eax
                mov eax,[es:si+devhdr.name+4]
                mov [di+sft.name+4],eax
                mov word [di+sft.name+8],'  '
                mov byte [di+sft.name+10],' '
                mov al,0x0D
                call dev_openclose
                mov cx,1
                clc
                ret
.no_path:       mov ax,ERR_PATH
                stc
                ret

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
; 3Fh read, 40h write
; Out: AX = bytes moved
; ---------------------------------------------------------------------------
fs_21_3f:       mov dl,1                ; a write-only handle cannot be read
                mov si,fs_read_sft
                jmp rw_handle
fs_21_40:       mov dl,0
                mov si,fs_write_sft
rw_handle:      mov bx,[user_frame]
                push bx
                mov bx,[bx+frame.bx]
                call sft_from_handle
                pop bx
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
fs_21_42:       mov bx,[user_frame]
                push bx
                mov bx,[bx+frame.bx]
                call sft_from_handle
                pop bx
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
fs_21_57:       mov bx,[user_frame]
                push bx
                mov bx,[bx+frame.bx]
                call sft_from_handle
                pop bx
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
fs_21_5c:       mov bx,[user_frame]
                mov bx,[bx+frame.bx]
                call sft_from_handle
                jc .r
                test word [di+sft.flags],SFTF_NET
                jnz net_lock
                mov ax,ERR_FUNCTION
                stc
.r:             ret

fs_21_68:       mov bx,[user_frame]
                mov bx,[bx+frame.bx]
                call sft_from_handle
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
