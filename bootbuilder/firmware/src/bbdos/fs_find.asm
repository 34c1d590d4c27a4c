; SPDX-License-Identifier: MIT
; INT 21h 4Eh/4Fh: searching with wildcards.

section doscode

; ---------------------------------------------------------------------------
; 4Eh find first: DS:DX -> path, CX = attributes; the answer goes to the DTA
; ---------------------------------------------------------------------------
fs_21_4e:       call path_ds_dx
                jc .r
                mov bx,[user_frame]
                mov cl,[bx+frame.cx]
                mov [search_attr],cl
                test al,PF_NET
                jnz net_find
                test al,PF_DEV
                jnz .device
                test al,PF_SLASH
                jnz .no_path
                call path_walk
                jc .r
                cmp byte [path_isroot],0
                jne .slash_root
                mov al,[search_attr]
                cmp al,ATTR_LABEL       ; the label is in the root
                jne .find
                push dword [bp+xdpb.rootcl]
                pop dword [dir_start]
.find:          call dir_first
                jc .r
find_found:     call ent_copy
                mov al,[bp+dpb.drive]
                inc al
                mov [search_block],al
                inc word [dir_idx]
                call find_save
find_dta:       les di,[dta]            ; answer from [search_block], [found_entry]
                mov si,search_block
                mov cx,21
                rep movsb
                mov al,[found_entry+dirent.attr]
                stosb
                mov eax,[found_entry+dirent.time]
                stosd
                mov eax,[found_entry+dirent.size]
                stosd
                mov si,found_entry
                call fcb_text
                xor ax,ax
                jmp ret_ax
fs_21_4e.r:     ret
fs_21_4e.no_path:
                mov ax,ERR_PATH
                stc
                ret
fs_21_4e.slash_root:
                mov ax,ERR_NOFILES
                stc
                ret
fs_21_4e.device:
                test al,PF_HASDIR
                jz .dev_here
                call path_walk
                jc fs_21_4e.r
.dev_here:      push ds
                pop es
                mov si,[last_part]
                inc si
                mov di,found_entry
                call name_fcb
                mov al,0x40
                stosb
                call stamp
                mov [found_entry+dirent.time],ax
                mov [found_entry+dirent.date],dx
                mov dword [found_entry+dirent.size],0
                mov byte [search_block],0 ; nothing more to come
                jmp find_dta

; ---------------------------------------------------------------------------
; find_save - the search goes on here: dir_* to [search_block]
; find_load - and back
; ---------------------------------------------------------------------------
find_save:      push ds
                pop es
                mov si,dir_pat
                mov di,search_block+1
                mov cx,11
                rep movsb
                mov al,[dir_attr]
                stosb
                mov ax,[dir_idx]
                stosw
                mov eax,[dir_start]
                stosd
                ret
find_load:      push ds
                pop es
                mov si,search_block+1
                mov di,dir_pat
                mov cx,11
                rep movsb
                lodsb
                mov [dir_attr],al
                lodsw
                mov [dir_idx],ax
                lodsd
                mov [dir_start],eax
                ret

; ---------------------------------------------------------------------------
; 4Fh find next: the DTA says where to go on
; ---------------------------------------------------------------------------
fs_21_4f:       push ds
                push ds
                pop es
                lds si,[dta]
                mov di,search_block
                mov cx,21
                rep movsb
                pop ds
                mov al,[search_block]
                test al,0x80
                jnz net_find_next
                dec al
                js .none
                call drv_select
                jc .r
                call find_load
                mov eax,[dir_start]
                test eax,eax
                jz .go
                call fat_valid
                jc .none
.go:            call dir_begin
                jnc find_found
.r:             ret
.none:          mov ax,ERR_NOFILES
                stc
                ret

; ---------------------------------------------------------------------------
; fcb_text - 11-character name to NAME.EXT and a zero
; In:  SI -> name in dosdata, ES:DI -> room for 13 bytes
; Clobbers: AX, CX, SI, DI
; ---------------------------------------------------------------------------
fcb_text:       mov cx,8
                call .part
                cmp byte [si],' '
                je .end
                mov al,'.'
                stosb
                mov cx,3
                call .part
.end:           mov al,0
                stosb
                ret
.part:          push cx
                rep movsb
                pop cx
.trim:          cmp byte [es:di-1],' '
                jne .done
                dec di
                loop .trim
.done:          ret
