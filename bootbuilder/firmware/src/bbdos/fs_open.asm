; SPDX-License-Identifier: MIT
; Opening files and devices: f_open does it for every function and for the kernel.

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
