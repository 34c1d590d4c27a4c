; SPDX-License-Identifier: MIT
; File control blocks: functions 0Fh-17h, 21h-24h, 27h, 28h.
;
; An FCB keeps no system file of its own on local drives: its 8 reserved bytes
; say where the directory entry is, and each call looks there again, so FCBs may
; be copied, moved or never closed.  (Redirected drives: the SFT number.)

STRUC fcb
.drive          resb 1                  ; 0 current, 1 = A:
.name           resb 11
.block          resw 1                  ; 128 records each
.recsize        resw 1
.size           resd 1
.date           resw 1
.time           resw 1
.where          resd 1                  ; bits 0-27 directory sector, 28-31 entry; or device header; or SFT number
.kind           resd 1                  ; FK_*
.rec            resb 1                  ; record within the block
.random         resd 1
ENDSTRUC
FK_FILE         equ 0x4642
FK_DEVICE       equ 0x4643
FK_NET          equ 0x4644

section dosbss
fcb_sft         resb sft_size           ; stands for the open file during a call
fcb_seen        resd 2                  ; whose .last/.rel fcb_sft still holds
fcb_frees       resw 1                  ; fat_frees then
fcb_path        resb 16                 ; X:NAME.EXT
fcb_bytes       resd 1
fcb_count       resw 1
fcb_idx         resw 1
fcb_done        resb 1

section doscode

; ---------------------------------------------------------------------------
; fcb_get - the caller's FCB at DS:DX
; Out: ES:DI -> FCB proper, [xfcb_attr] = attributes of an extended one, else 0
; ---------------------------------------------------------------------------
fcb_get:        mov bx,[user_frame]
                mov es,[bx+frame.ds]
                mov di,[bx+frame.dx]
                mov word [xfcb_attr],0
                cmp byte [es:di],0xFF
                jne .plain
                mov al,[es:di+6]
                mov ah,1
                mov [xfcb_attr],ax
                add di,7
.plain:         mov [fcb_ptr],di
                mov [fcb_ptr+2],es
                ret

; ---------------------------------------------------------------------------
; fcb_text_path - X:NAME.EXT of an FCB into fcb_path
; In:  ES:DI -> FCB
; Out: ES:DX -> fcb_path; CF=1 no name
; ---------------------------------------------------------------------------
fcb_text_path:  mov al,[es:di]
                call drv_number
                add al,'A'
                mov ah,':'
                mov [fcb_path],ax
                push ds
                push es
                push ds
                push es
                pop ds
                pop es
                lea si,[di+1]
                mov di,new_name
                mov cx,11
.upper:         lodsb
                call upcase_ds
                stosb
                loop .upper
                pop es
                pop ds
                push ds
                pop es
                mov si,new_name
                mov di,fcb_path+2
                call fcb_text
                mov dx,fcb_path
                cmp byte [fcb_path+2],1 ; empty: CF=1
                ret

; upcase_ds - upcase with DS anywhere
upcase_ds:      push ds
                push DOSDATA
                pop ds
                call upcase
                pop ds
                ret

; ---------------------------------------------------------------------------
; fcb_dir - directory and pattern of an FCB
; In:  ES:DI -> FCB
; Out: BP -> DPB, [dir_start], [dir_pat] = its name as it is; CF=1 error
; ---------------------------------------------------------------------------
fcb_dir:        call fcb_text_path
                jc .r
                call path_user
                jc .r
                test al,PF_NET
                stc
                jnz .r
                push word [new_name+9]
                push dword [new_name+5]
                push dword [new_name+1]
                push word [new_name]
                call path_walk
                pop bx
                pop ecx
                pop edx
                pop si
                jc .r
                mov [dir_pat],bx
                mov [dir_pat+1],ecx
                mov [dir_pat+5],edx
                mov [dir_pat+9],si
                test byte [xfcb_attr],ATTR_LABEL
                jz .ok
                mov eax,[bp+xdpb.rootcl]
                mov [dir_start],eax
.ok:            clc
.r:             ret

; results: AL in the caller's frame
fcb_ok:         mov al,0
                jmp fcb_al
fcb_fail:       mov ah,0
                cmp al,90
                jb .code
                mov al,ERR_FILE
.code:          call set_ext_error
                mov al,0xFF
fcb_al:         mov bx,[user_frame]
                mov [bx+frame.ax],al
                clc
                ret

; ---------------------------------------------------------------------------
; 0Fh open, 16h create
; ---------------------------------------------------------------------------
fs_21_16:       call fcb_get
                test byte [xfcb_attr],ATTR_LABEL
                jnz .label
                mov al,[xfcb_attr]
                mov cx,0x0012
                mov bl,2
                jmp fcb_open
.label:         call fcb_dir
                jc .fail
                call label_find
                jnc .fail
                cmp ax,ERR_NOFILES
                jne .fail
                mov byte [new_attr],ATTR_LABEL
                mov dword [new_start],0
                call dir_new
                jc .fail
                call buf_flush
                jnc fcb_ok
.fail:          jmp fcb_fail

fs_21_0f:       call fcb_get
                mov cx,0x0001
                mov al,0
                mov bl,0
fcb_open:       mov [ext_attr],al
                mov [ext_action],cx
                mov bh,0
                mov [ext_mode],bx
                call fcb_text_path
                jc fcb_fail
                call f_open
                jc fcb_fail
                les si,[fcb_ptr]
                mov al,[fcb_path]
                sub al,'A'-1
                mov [es:si+fcb.drive],al
                mov word [es:si+fcb.block],0
                mov word [es:si+fcb.recsize],128
                mov eax,[di+sft.size]
                mov [es:si+fcb.size],eax
                mov ax,[di+sft.date]
                mov [es:si+fcb.date],ax
                mov ax,[di+sft.time]
                mov [es:si+fcb.time],ax
                mov edx,FK_NET
                mov ax,[di+sft.flags]
                test ah,SFTF_NET>>8
                jnz .net
                mov word [di+sft.refs],0
                inc dword [fcb_seen]    ; forget whose position is known
                mov dl,FK_DEVICE & 0xFF
                test al,SFTF_DEVICE
                mov eax,[di+sft.dev]
                jnz .store
                mov dl,FK_FILE & 0xFF
                mov eax,[di+sft.dirsect]
                movzx ecx,byte [di+sft.dirindex]
                shl ecx,28
                or eax,ecx
                jmp .store
.net:           push es
                push si
                call sft_index
                pop si
                pop es
                movzx eax,cx
.store:         mov [es:si+fcb.where],eax
                mov [es:si+fcb.kind],edx
                jmp fcb_ok

; ---------------------------------------------------------------------------
; fcb_load - set fcb_sft up for an open FCB
; In:  ES:DI -> FCB
; Out: DI -> SFT to use; CF=1 not open, or its file is gone
; ---------------------------------------------------------------------------
fcb_load:       mov eax,[es:di+fcb.where]
                mov ecx,[es:di+fcb.kind]
                cmp cx,FK_NET
                je .net
                cmp cx,FK_DEVICE
                je .device
                cmp cx,FK_FILE
                jne .bad
                mov edx,eax
                and edx,0x0FFFFFFF
                mov [dir_sect],edx
                shr eax,28
                mov [dir_slot],al
                mov al,[es:di+fcb.drive]
                call drv_default
                jc .bad
                push dword [fcb_sft+sft.dirsect]
                push word [fcb_sft+sft.dirindex]
                push word [fcb_sft+sft.dev]
                call dir_reget
                pop bx
                pop cx
                pop edx
                jc .bad
                cmp byte [es:di],0xE5
                je .bad
                call ent_copy
                mov si,found_entry      ; still the file that was opened?
                les di,[fcb_ptr]
                inc di
                push cx
                mov cx,11
.name:          mov al,[es:di]
                call upcase
                cmp al,[si]
                jne .name_end
                inc si
                inc di
                dec cx
                jnz .name
.name_end:      pop cx
                jne .bad
                mov ah,0
                cmp bx,bp
                jne .other
                cmp cl,[dir_slot]
                jne .other
                cmp edx,[dir_sect]
                jne .other
                mov ax,[fat_frees]
                cmp ax,[fcb_frees]
                je .fill
.other:         mov word [fcb_sft+sft.last],0
                mov word [fcb_sft+SFT_LASTHI],0
.fill:          mov ax,[fat_frees]
                mov [fcb_frees],ax
                mov word [ext_mode],2
                mov di,fcb_sft
                mov dword [di+sft.pos],0
                call sft_fill
                clc
                ret
.device:        mov di,fcb_sft
                mov word [di+sft.flags],SFTF_DEVICE|SFTF_EOF
                mov [di+sft.dev],eax
                clc
                ret
.net:           mov bx,ax
                call sft_by_index
                ret
.bad:           stc
                ret

; ---------------------------------------------------------------------------
; 10h close
; ---------------------------------------------------------------------------
fs_21_10:       call fcb_get
                mov ax,[es:di+fcb.kind]
                cmp ax,FK_NET
                je .net
                cmp ax,FK_DEVICE
                je fcb_ok
                cmp ax,FK_FILE
                jne fcb_ok              ; never opened: nothing to do
                call fcb_load
                jc fcb_fail
                call buf_flush
                jc fcb_fail
                jmp fcb_ok
.net:           call fcb_load
                jc fcb_fail
                call fs_close_sft
                les di,[fcb_ptr]
                mov word [es:di+fcb.kind],0
                jmp fcb_ok

; ---------------------------------------------------------------------------
; 11h find first, 12h find next: state in the FCB from .block on
; ---------------------------------------------------------------------------
fs_21_11:       call fcb_get
                call fcb_dir
                jc fcb_fail
                mov al,[xfcb_attr]
                call dir_first
                jmp fcb_found
fs_21_12:       call fcb_get
                push dword [es:di+fcb.recsize]
                push word [es:di+fcb.block]
                push word [es:di+fcb.size+2]
                call fcb_dir
                pop cx
                pop bx
                pop eax
                jc fcb_fail
                mov [dir_attr],cl
                mov [dir_idx],bx
                mov [dir_start],eax
                test eax,eax
                jz .go
                call fat_valid
                jc fcb_fail
.go:            call dir_begin
fcb_found:      jc fcb_fail
                call ent_copy
                les di,[fcb_ptr]
                mov ax,[dir_idx]
                inc ax
                mov [es:di+fcb.block],ax
                mov eax,[dir_start]
                mov [es:di+fcb.recsize],eax
                mov al,[dir_attr]
                mov [es:di+fcb.size+2],al
                les di,[dta]
                cmp byte [xfcb_type],0
                je .plain
                mov al,0xFF
                stosb
                xor ax,ax
                stosw
                stosw
                stosb
                mov al,[found_entry+dirent.attr]
                stosb
.plain:         mov al,[bp+dpb.drive]
                inc ax
                stosb
                mov si,found_entry
                mov cx,16
                rep movsw
                jmp fcb_ok

; ---------------------------------------------------------------------------
; 13h delete all that match
; ---------------------------------------------------------------------------
fs_21_13:       call fcb_get
                call fcb_dir
                jc fcb_fail
                mov byte [fcb_done],0xFF
                mov al,[xfcb_attr]
                and al,~ATTR_DIR
                call dir_first
.next:          jc .end
                test byte [es:di+dirent.attr],ATTR_RO
                jnz .refused
                call sft_is_open
                jc .refused
                push dword [dir_start]
                call ent_delete
                pop dword [dir_start]
                jc fcb_fail
                cmp byte [fcb_done],1
                je .more
                mov byte [fcb_done],0
                jmp .more
.refused:       mov byte [fcb_done],1
.more:          inc word [dir_idx]
                call dir_search
                jmp .next
.end:           cmp ax,ERR_NOFILES
                jne fcb_fail
                cmp byte [fcb_done],0
                je fcb_ok
                jmp fcb_fail

; ---------------------------------------------------------------------------
; 17h rename: second name at +11h, its '?' keep the old characters
; ---------------------------------------------------------------------------
fs_21_17:       call fcb_get
                call fcb_dir
                jc fcb_fail
                mov byte [fcb_done],0xFF
                mov al,[xfcb_attr]
                call dir_first
.next:          jc .end
                call sft_is_open
                jc fcb_fail
                mov ax,[dir_idx]
                mov [fcb_idx],ax
                mov al,[dir_attr]
                mov [ren_slot],al
                call ent_copy
                push dword [dir_pat]
                push dword [dir_pat+4]
                push dword [dir_pat+7]
                les di,[fcb_ptr]
                add di,0x11
                xor si,si
.char:          mov al,[es:di]
                inc di
                cmp al,'?'
                jne .given
                mov al,[found_entry+si]
.given:         call upcase
                mov [dir_pat+si],al
                inc si
                cmp si,11
                jb .char
                push dword [dir_sect]
                push word [dir_slot]
                mov al,ATTR_HIDDEN|ATTR_SYSTEM|ATTR_DIR
                test byte [ren_slot],ATTR_LABEL
                jnz .free               ; labels: there is only one
                call dir_first
                jnc .exists
                cmp ax,ERR_NOFILES
                jne .exists
.free:          pop word [dir_slot]
                pop dword [dir_sect]
                call dir_reget
                jc .failed
                push si
                mov si,dir_pat
                mov cx,11
                rep movsb
                pop si
                call buf_mark
                mov byte [fcb_done],0
                pop dword [dir_pat+7]
                pop dword [dir_pat+4]
                pop dword [dir_pat]
                mov ax,[fcb_idx]
                inc ax
                mov [dir_idx],ax
                mov al,[ren_slot]
                mov [dir_attr],al
                call dir_begin
                jmp .next
.exists:        add sp,6
.failed:        add sp,12
                call buf_flush
                jmp fcb_fail
.end:           call buf_flush
                jc fcb_fail
                mov al,[fcb_done]
                jmp fcb_al
