; SPDX-License-Identifier: MIT
; INT 21h calls on names: directories (39h 3Ah 3Bh 47h), delete (41h),
; attributes (43h), rename (56h).

section doscode

; ---------------------------------------------------------------------------
; 39h make directory: the new cluster is complete on the disk before the entry
; ---------------------------------------------------------------------------
fs_21_39:       call path_dir
                jc .r
                jnz net_mkdir
                cmp byte [path_isroot],0
                jne .access
                call path_short
                jc .access
                mov al,ATTR_HIDDEN|ATTR_SYSTEM|ATTR_DIR
                call dir_first
                jnc .access
                cmp ax,ERR_NOFILES
                stc
                jne .r
                xor eax,eax
                call fat_alloc
                jc .full
                mov [new_start],eax
                call clus_clear
                jc .undo
                mov eax,[new_start]
                call clus_sector
                mov dl,BF_DIR
                call buf_get
                jc .undo
                lea di,[si+BUF_DATA]
                mov eax,[new_start]
                mov dh,'.'
                call .dot
                mov byte [es:di-32+1],' '
                mov eax,[dir_start]
                cmp eax,[bp+xdpb.rootcl]
                jne .parent
                xor eax,eax             ; the root is 0 here, on FAT32 too
.parent:        call .dot
                call buf_mark
                call buf_flush
                jc .undo
                mov byte [new_attr],ATTR_DIR
                call dir_new
                jc .undo
                call buf_flush
.r:             ret
.full:          cmp ax,ERR_FULL
                stc
                jne .r
.access:        mov ax,ERR_ACCESS
                stc
                ret
.undo:          push ax
                mov eax,[new_start]
                call fat_free
                call buf_flush
                pop ax
                stc
                ret
.dot:           push eax                ; "." or "..", EAX = cluster; DI moved
                push di
                mov ax,'..'
                stosw
                mov al,' '
                mov cx,9
                rep stosb
                mov al,ATTR_DIR
                stosb
                pop di
                pop eax
                call ent_setclus
                call ent_stamp
                add di,32
                ret

; ---------------------------------------------------------------------------
; path_dir - the caller's DS:DX as a directory name; a trailing backslash is
; taken; walked when local
; Out: ZF=0 on a redirected drive; CF=1: AX = DOS error
; ---------------------------------------------------------------------------
path_dir:       call path_plain
                jc .r
                test al,PF_DEV
                jnz .bad
                test al,PF_NET
.r:             ret
.bad:           mov ax,ERR_PATH
                stc
                ret

; ---------------------------------------------------------------------------
; path_short - does the path in name1 fit a CDS?
; Out: CF=1 no
; ---------------------------------------------------------------------------
path_short:     push di
                push es
                push ds
                pop es
                mov di,name1
                mov cx,67
                mov al,0
                repne scasb
                pop es
                pop di
                clc
                je .r
                stc
.r:             ret

; ---------------------------------------------------------------------------
; path_in_use - is name1, or something below it, a current directory?
; Out: CF=1 yes
; Clobbers: AX, BX, CX, SI, DI, ES
; ---------------------------------------------------------------------------
path_in_use:    push ds
                pop es
                mov bx,[cds_base]
                mov cl,[lol_lastdrive]
                mov ch,0
.next:          test word [bx+cds.flags],CDSF_PHYS
                jz .no
                mov si,name1
                mov di,bx
.char:          lodsb
                cmp al,0
                je .end
                scasb
                je .char
.no:            add bx,cds_size
                loop .next
                clc
                ret
.end:           cmp byte [di],0
                je .yes
                cmp byte [di],'\'
                jne .no
.yes:           stc
                ret

; ---------------------------------------------------------------------------
; 3Ah remove directory
; ---------------------------------------------------------------------------
fs_21_3a:       call path_dir
                jc .r
                jnz net_rmdir
                cmp byte [path_isroot],0
                jne .access
                mov al,ATTR_HIDDEN|ATTR_SYSTEM|ATTR_DIR
                call dir_first
                jc .missing
                test byte [es:di+dirent.attr],ATTR_DIR
                jz .no_path
                push es
                push di
                call path_in_use
                pop di
                pop es
                jc .current
                call ent_clus
                push dword [dir_sect]
                push word [dir_slot]
                mov [dir_start],eax
                call fat_valid
                jc .empty               ; nothing in it that could be kept
                call dir_rewind
                mov word [dir_idx],0
.entry:         call dir_entry
                jc .end
                mov al,[es:di]
                cmp al,0
                je .empty
                cmp al,0xE5
                je .next
                cmp al,'.'
                je .next
                test byte [es:di+dirent.attr],ATTR_LABEL
                jz .not_empty
.next:          inc word [dir_idx]
                jnz .entry
.end:           test ax,ax              ; end of the chain, or a damaged one
                jz .empty
                cmp ax,ERR_DATA
                jne .not_empty
.empty:         pop word [dir_slot]
                pop dword [dir_sect]
                call dir_reget
                jc .r
                jmp ent_delete
.not_empty:     add sp,6
.access:        mov ax,ERR_ACCESS
                stc
.r:             ret
.missing:       cmp ax,ERR_NOFILES
                stc
                jne .r
.no_path:       mov ax,ERR_PATH
                stc
                ret
.current:       mov ax,ERR_CURDIR
                stc
                ret

; ---------------------------------------------------------------------------
; ent_delete - delete an entry and free its clusters, in this order
; In:  BP -> DPB, ES:DI -> entry in buffer ES:SI
; Out: CF=1: AX = DOS error
; ---------------------------------------------------------------------------
ent_delete:     call ent_clus
                push eax
                mov byte [es:di],0xE5
                call buf_mark
                call buf_flush
                pop edx
                jc .r
                mov eax,edx
                call fat_free
                jc .r
                jmp buf_flush
.r:             ret

; ---------------------------------------------------------------------------
; 3Bh change directory
; ---------------------------------------------------------------------------
fs_21_3b:       call path_dir
                jc .r
                jnz net_chdir
                cmp byte [path_isroot],0
                jne .good
                mov al,ATTR_HIDDEN|ATTR_SYSTEM|ATTR_DIR
                call dir_first
                jc fs_21_3a.missing
                test byte [es:di+dirent.attr],ATTR_DIR
                jz .no_path
.good:          call path_short
                jc .no_path
chdir_store:    push ds
                pop es
                mov si,name1
                mov di,[this_cds]
                mov cx,67
                rep movsb
                mov bx,[this_cds]
                mov word [bx+cds.start],-1
                clc
fs_21_3b.r:     ret
fs_21_3b.no_path:
                mov ax,ERR_PATH
                stc
                ret

; ---------------------------------------------------------------------------
; 47h current directory: DL = drive, DS:SI -> 64 bytes
; ---------------------------------------------------------------------------
fs_21_47:       mov bx,[user_frame]
                mov al,[bx+frame.dx]
                mov es,[bx+frame.ds]
                mov di,[bx+frame.si]
                call drv_number
                call cds_get
                mov ax,ERR_DRIVE
                jc .r
                mov si,[bx+cds.root]
                cmp byte [bx+si],0
                je .copy
                inc si
.copy:          add si,bx
.char:          lodsb
                stosb
                cmp al,0
                jne .char
                mov ax,0x0100
                jmp ret_ax
.r:             ret

; ---------------------------------------------------------------------------
; path_file - the caller's DS:DX as a plain name, walked, entry looked up
; Out: ES:DI -> entry, AH = its attributes; ZF=0: on a redirected drive;
;      CF=1: AX = DOS error
; ---------------------------------------------------------------------------
path_file:      call path_plain
                jc .r
                test al,PF_DEV
                jnz .access
                test al,PF_NET
                jnz .r
                test al,PF_SLASH
                jz .name
                cmp byte [path_isroot],0
                je .no_path
                jmp .access
.name:          mov al,ATTR_HIDDEN|ATTR_SYSTEM|ATTR_DIR
                call dir_first
                jc .missing
                mov ah,[es:di+dirent.attr]
                cmp al,al
                ret
.missing:       cmp ax,ERR_NOFILES
                stc
                jne .r
                mov ax,ERR_FILE
                ret
.access:        mov ax,ERR_ACCESS
                stc
                ret
.no_path:       mov ax,ERR_PATH
                stc
.r:             ret

; ---------------------------------------------------------------------------
; 41h delete a file
; ---------------------------------------------------------------------------
fs_21_41:       call path_file
                jc .r
                jnz net_delete
file_delete:    test byte [es:di+dirent.attr],ATTR_DIR|ATTR_RO
                jnz .access
                call sft_is_open
                jc .access
                jmp ent_delete
.access:        mov ax,ERR_ACCESS
                stc
fs_21_41.r:     ret

; ---------------------------------------------------------------------------
; 43h attributes: AL = 0 get to CX, 1 set from CX
; ---------------------------------------------------------------------------
fs_21_43:       mov bx,[user_frame]
                cmp byte [bx+frame.ax],1
                mov ax,ERR_FUNCTION
                ja .bad
                call path_file
                jc .error
                mov bx,[user_frame]
                jnz net_attr
                cmp byte [bx+frame.ax],1
                je .set
                movzx cx,ah
.get:           mov [bx+frame.cx],cx
                mov ax,cx
                jmp ret_ax
.error:         cmp byte [path_isroot],1 ; the root: a directory
                stc
                jne .r
                test byte [path_flags],PF_DEV|PF_NET|PF_WILD
                stc
                jnz .r
                mov bx,[user_frame]
                cmp byte [bx+frame.ax],0
                stc
                jne .r
                mov cx,ATTR_DIR
                jmp .get
.set:           mov cx,[bx+frame.cx]
                test ah,ATTR_DIR
                jz .file
                and cl,~ATTR_DIR
.file:          test cl,ATTR_LABEL|ATTR_DIR|0xC0
                mov al,ERR_ACCESS
                jnz .bad
                and ah,ATTR_DIR
                or cl,ah
                mov [es:di+dirent.attr],cl
                call buf_mark
                jmp buf_flush
.bad:           mov ah,0
                stc
.r:             ret

; ---------------------------------------------------------------------------
; 56h rename or move: DS:DX -> old, ES:DI -> new path
; ---------------------------------------------------------------------------
fs_21_56:       mov byte [path_isroot],0
                call path_ds_dx
                jc .r
                push ax
                push word [this_cds]
                mov bx,[user_frame]
                mov fs,[bx+frame.es]
                mov si,[bx+frame.di]
                mov di,name2
                call path_full
                pop cx
                pop bx
                jc .r
                mov al,[path_flags]
                mov ah,bl
                test ax,PF_WILD<<8|PF_WILD
                jnz .no_path
                test ax,PF_DEV<<8|PF_DEV|PF_SLASH
                jnz .access
                test ax,PF_NET<<8|PF_NET
                jnz .net
                push word [this_cds]
                mov [this_cds],cx
                mov si,name1
                call path_walk
                pop cx
                jc .r
                cmp byte [path_isroot],0
                jne .access
                push cx
                mov al,ATTR_HIDDEN|ATTR_SYSTEM|ATTR_DIR
                call dir_first
                pop bx
                mov [this_cds],bx
                jc .missing
                cmp bp,[bx+cds.dpb]
                jne .device
                call ren_take
                jc .r
                mov si,name2
                call path_walk
                jc .r
                cmp byte [path_isroot],0
                jne .access
                mov al,ATTR_HIDDEN|ATTR_SYSTEM|ATTR_DIR
                call dir_first
                jnc .access
                cmp ax,ERR_NOFILES
                stc
                jne .r
                jmp ren_put
.missing:       cmp ax,ERR_NOFILES
                stc
                jne .r
                mov ax,ERR_FILE
.r:             ret
.access:        mov ax,ERR_ACCESS
                stc
                ret
.no_path:       mov ax,ERR_PATH
                stc
                ret
.net:           and ah,al
                test ah,PF_NET
                jnz net_rename
.device:        mov ax,ERR_DEVICE
                stc
                ret

; ---------------------------------------------------------------------------
; ren_take - remember the entry to be renamed
; In:  BP -> DPB, ES:DI -> entry (dir_sect ..), name1, name2
; Out: ren_*; CF=1: AX = DOS error (open, or a directory in use)
; ---------------------------------------------------------------------------
ren_take:       call sft_is_open
                mov ax,ERR_ACCESS
                jc .r
                call ent_copy
                push ds
                pop es
                mov si,found_entry
                mov di,ren_entry
                mov cx,8
                rep movsd
                mov eax,[dir_start]
                mov [ren_dir],eax
                mov eax,[dir_sect]
                mov [ren_sect],eax
                mov al,[dir_slot]
                mov [ren_slot],al
                test byte [ren_entry+dirent.attr],ATTR_DIR
                jz .r
                call path_in_use
                mov ax,ERR_CURDIR
                jc .r
                mov si,name1            ; not into itself
                mov di,name2
.char:          lodsb
                cmp al,0
                je .inside
                scasb
                je .char
                clc
                ret
.inside:        cmp byte [di],'\'
                clc
                jne .r
                mov ax,ERR_ACCESS
                stc
.r:             ret

; ---------------------------------------------------------------------------
; ren_put - give it its new name [dir_pat] in [dir_start]
; In:  BP -> DPB, dir_first just failed to find that name
; Out: CF=1: AX = DOS error
; Moves: place for the new entry, then the old one goes, then the new is filled
; ---------------------------------------------------------------------------
ren_put:        mov eax,[dir_start]
                cmp eax,[ren_dir]
                je .same
                mov byte [new_attr],ATTR_ARCH
                mov dword [new_start],0
                call dir_new
                jc .r
                call buf_flush
                jc .r
                push dword [dir_sect]
                push word [dir_slot]
                call ren_old
                jc .lost
                mov byte [es:di],0xE5
                call buf_mark
                call buf_flush
.lost:          pop word [dir_slot]
                pop dword [dir_sect]
                jc .r
                call dir_reget
                jc .r
                push si
                push di
                add di,dirent.attr
                mov si,ren_entry+dirent.attr
                mov cx,32-11
                rep movsb
                pop di
                pop si
                call buf_mark
                test byte [es:di+dirent.attr],ATTR_DIR
                jz .flush
                call ent_clus           ; a directory: correct its ".."
                call fat_valid
                jc .flush
                call clus_sector
                mov dl,BF_DIR
                call buf_get
                jc .r
                lea di,[si+BUF_DATA+32]
                cmp word [es:di],'..'
                jne .flush
                mov eax,[dir_start]
                cmp eax,[bp+xdpb.rootcl]
                jne .parent
                xor eax,eax
.parent:        call ent_setclus
                call buf_mark
                jmp .flush
.same:          call ren_old
                jc .r
                push si
                mov si,dir_pat
                mov cx,11
                rep movsb
                pop si
                cmp byte [es:di-11],0xE5
                jne .mark
                mov byte [es:di-11],5
.mark:          call buf_mark
.flush:         call buf_flush
.r:             ret

ren_old:        mov eax,[ren_sect]
                mov [dir_sect],eax
                mov al,[ren_slot]
                mov [dir_slot],al
                jmp dir_reget
