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

; ---------------------------------------------------------------------------
; 23h file size in records
; ---------------------------------------------------------------------------
fs_21_23:       call fcb_get
                call fcb_dir
                jc fcb_fail
                mov al,ATTR_HIDDEN|ATTR_SYSTEM
                call dir_first
                jc fcb_fail
                mov eax,[es:di+dirent.size]
                les di,[fcb_ptr]
                movzx ecx,word [es:di+fcb.recsize]
                test cx,cx
                jnz .size
                mov cl,128
.size:          xor edx,edx
                div ecx
                cmp edx,1
                sbb eax,-1
                call set_random
                jmp fcb_ok

; set_random - In: EAX = record, ES:DI -> FCB, CX = record size
set_random:     mov [es:di+fcb.random],ax
                shr eax,16
                mov [es:di+fcb.random+2],al
                cmp cx,64
                jae .r
                mov [es:di+fcb.random+3],ah
.r:             ret

; fcb_seq - record of .block and .rec. Out: EAX; CX = record size
fcb_seq:        mov cx,[es:di+fcb.recsize]
                test cx,cx
                jnz .size
                mov cx,128
                mov [es:di+fcb.recsize],cx
.size:          movzx eax,word [es:di+fcb.block]
                shl eax,7
                movzx edx,byte [es:di+fcb.rec]
                and dl,0x7F
                or eax,edx
                ret

; fcb_set_seq - set .block and .rec. In: EAX = record
fcb_set_seq:    push eax
                and al,0x7F
                mov [es:di+fcb.rec],al
                pop eax
                push eax
                shr eax,7
                mov [es:di+fcb.block],ax
                pop eax
                ret

; 24h random record from the position
fs_21_24:       call fcb_get
                call fcb_seq
                jmp set_random

; fcb_random - record of the random field. Out: EAX; CX = record size
fcb_random:     call fcb_seq
                mov eax,[es:di+fcb.random]
                cmp cx,64
                jb .r
                and eax,0x00FFFFFF
.r:             ret

; ---------------------------------------------------------------------------
; 14h/15h sequential, 21h/22h random, 27h/28h random block read and write
; ---------------------------------------------------------------------------
fs_21_15:       mov dl,8
                jmp fcb_sequential
fs_21_14:       mov dl,4
fcb_sequential: mov [x_cmd],dl
                call fcb_get
                call fcb_seq
                mov bx,1
                call fcb_move
                jmp fcb_seq_done
fs_21_22:       mov dl,8
                jmp fcb_rand_one
fs_21_21:       mov dl,4
fcb_rand_one:   mov [x_cmd],dl
                call fcb_get
                call fcb_random
                call fcb_set_seq
                mov bx,1
                call fcb_move
                jmp fcb_al
fcb_seq_done:   push ax
                test cx,cx
                jz .same
                les di,[fcb_ptr]
                call fcb_seq
                inc eax
                call fcb_set_seq
.same:          pop ax
                jmp fcb_al
fs_21_28:       mov dl,8
                jmp fcb_block
fs_21_27:       mov dl,4
fcb_block:      mov [x_cmd],dl
                call fcb_get
                mov bx,[user_frame]
                mov bx,[bx+frame.cx]
                call fcb_random
                call fcb_move
                push ax
                mov bx,[user_frame]
                mov [bx+frame.cx],cx
                les di,[fcb_ptr]
                push cx
                call fcb_random
                pop dx
                movzx edx,dx
                add eax,edx
                push eax
                call set_random
                pop eax
                call fcb_set_seq
                pop ax
                jmp fcb_al

; ---------------------------------------------------------------------------
; fcb_move - move records between the file and the DTA
; In:  ES:DI -> FCB, EAX = first record, BX = number, CX = record size, [x_cmd]
; Out: AL = result as DOS has it, CX = records moved
; ---------------------------------------------------------------------------
fcb_move:       mov [fcb_count],bx
                movzx ecx,cx
                mul ecx
                push eax                ; position
                movzx eax,bx
                mul ecx
                pop ebx
                mov byte [fcb_done],0
                movzx edx,word [dta]
                neg edx
                add edx,0x10000
                cmp eax,edx             ; only up to the end of the segment
                jbe .fits
                mov eax,edx
                xor edx,edx
                div ecx
                mov [fcb_count],ax
                mul ecx
                mov byte [fcb_done],2
.fits:          cmp eax,0xFFFF
                jbe .small
                mov eax,0xFFFF
.small:         mov [fcb_bytes],eax
                test eax,eax
                jnz .go
                cmp byte [fcb_done],2
                je .none
                cmp byte [x_cmd],8
                jne .none
.go:            push ebx
                call fcb_load
                pop eax
                jc .error
                mov [di+sft.pos],eax
                push di
                les dx,[dta]
                mov cx,[fcb_bytes]
                cmp byte [x_cmd],8
                je .write
                call fs_read_sft
                pop di
                jc .error
                movzx eax,ax
                cmp eax,[fcb_bytes]
                je .all
                call .records           ; end of file: count the part, pad it
                mov al,1
                jcxz .end
                test dx,dx
                jz .end
                push cx
                push ax
                les di,[dta]
                add di,[ret_eax]
                movzx cx,dl
                mov cx,bx
                sub cx,dx
                mov al,0
                rep stosb
                pop ax
                pop cx
                mov al,3
.end:           ret
.all:           mov cx,[fcb_count]
                mov al,[fcb_done]
                ret
.none:          xor cx,cx
                mov al,[fcb_done]
                ret
.error:         xor cx,cx
                mov al,1
                ret
.records:       mov [ret_eax],eax       ; AX bytes: CX records, DX = rest, BX = record size
                les di,[fcb_ptr]
                movzx ebx,word [es:di+fcb.recsize]
                xor edx,edx
                div ebx
                mov cx,ax
                test dx,dx
                jz .whole
                inc cx
.whole:         ret
.write:         call fs_write_sft
                pop di
                jc .error
                push ax
                test byte [di+sft.flags],SFTF_DEVICE
                jnz .device
                test word [di+sft.flags],SFTF_NET
                jnz .device
                call f_update
                les di,[fcb_ptr]
                mov eax,[w_sft+sft.size]
                mov [es:di+fcb.size],eax
                mov ax,[w_sft+sft.date]
                mov [es:di+fcb.date],ax
                mov ax,[w_sft+sft.time]
                mov [es:di+fcb.time],ax
.device:        pop ax
                movzx eax,ax
                cmp eax,[fcb_bytes]
                je .all
                call .records
                test dx,dx
                jz .full
                dec cx
.full:          mov al,1                ; disk full
                ret

; ---------------------------------------------------------------------------
; 29h parse a name: DS:SI -> text, ES:DI -> FCB, AL = options
; Out: AL = 0, 1 wildcards, FFh no such drive; SI behind the name
; ---------------------------------------------------------------------------
fs_21_29:       mov bx,[user_frame]
                mov fs,[bx+frame.ds]
                mov si,[bx+frame.si]
                mov es,[bx+frame.es]
                mov di,[bx+frame.di]
                mov dl,[bx+frame.ax]
                mov dh,0                ; result
                test dl,1
                jz .blanks
.seps:          call .peek
                cmp al,' '
                je .skip
                cmp al,9
                je .skip
                call .is_sep
                jne .drive
.skip:          inc si
                jmp .seps
.blanks:        call .peek
                cmp al,' '
                je .blank
                cmp al,9
                jne .drive
.blank:         inc si
                jmp .blanks
.drive:         cmp byte [fs:si+1],':'
                jne .no_drive
                call .is_end
                je .no_drive
                call upcase
                sub al,'A'-1
                mov [es:di],al
                call fs_drive_valid
                mov dh,al
                add si,2
                jmp .name
.no_drive:      test dl,2
                jnz .name
                mov byte [es:di],0
.name:          inc di
                mov cx,8
                mov bl,4
                call .field
                call .peek
                mov cx,3
                cmp al,'.'
                jne .no_ext
                inc si
                mov bl,0x80             ; given, even when empty
                call .field
                jmp .end
.no_ext:        test dl,8
                jnz .end
                mov al,' '
                rep stosb
.end:           mov bx,[user_frame]
                mov [bx+frame.si],si
                mov al,dh
                jmp fcb_al
.field:         call .peek              ; CX places at ES:DI; BL = option bit when empty
                call .is_end
                jne .chars
                test dl,bl
                jz .fill
                add di,cx
                ret
.chars:         call .peek
                call .is_end
                je .fill
                inc si
                cmp al,'*'
                jne .plain
                mov al,'?'
                or dh,1
                rep stosb
                jmp .chars
.plain:         cmp al,'?'
                jne .store
                or dh,1
.store:         call upcase
                jcxz .chars
                stosb
                dec cx
                jmp .chars
.fill:          mov al,' '
                rep stosb
                ret
.peek:          mov al,[fs:si]
                ret
.is_sep:        cmp al,':'              ; ZF=1: separates names
                je .r
                cmp al,'.'
                je .r
                cmp al,';'
                je .r
                cmp al,','
                je .r
                cmp al,'='
                je .r
                cmp al,'+'
.r:             ret
.is_end:        cmp al,' '              ; ZF=1: ends a name
                ja .above
                cmp al,al
                ret
.above:         call .is_sep
                je .r
                push cx
                push di
                push es
                push cs
                pop es
                mov di,.ends
                mov cx,.ends_end-.ends
                repne scasb
                pop es
                pop di
                pop cx
                ret
.ends:          db '/\[]|<>"'
.ends_end:

; ---------------------------------------------------------------------------
; 69h serial number, label and type: BL = drive, AL = 0 get 1 set, DS:DX -> 25
; bytes; the same as IOCTL 0Dh, category 08h, functions 66h and 46h
; ---------------------------------------------------------------------------
fs_21_69:       mov bx,[user_frame]
                mov al,[bx+frame.ax]
                cmp al,1
                mov cx,0x0866
                jb .go
                mov cx,0x0846
                je .go
                mov ax,ERR_FUNCTION
                stc
                ret
.go:            push word [bx+frame.ax]
                push word [bx+frame.cx]
                mov [bx+frame.cx],cx
                mov byte [bx+frame.ax],0x0D
                call fs_21_44
                mov bx,[user_frame]
                pop word [bx+frame.cx]
                pop word [bx+frame.ax]
                ret
