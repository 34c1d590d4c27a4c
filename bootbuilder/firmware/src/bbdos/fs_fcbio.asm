; SPDX-License-Identifier: MIT
; FCB records: functions 14h, 15h, 21h-24h, 27h, 28h.  Uses the variables of
; fs_fcb.asm.

section doscode

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
