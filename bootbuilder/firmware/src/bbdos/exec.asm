; SPDX-License-Identifier: MIT
; EXEC (4Bh): programs, overlays, execution state. Owns the variables of a load.

section dosbss
ex_mode         resb 1                  ; AL of the call
ex_high         resb 1                  ; 1 = load at the end of the block
ex_isexe        resb 1
ex_sft          resw 1
ex_env          resw 1                  ; new environment block, 0 none
ex_psp          resw 1                  ; program block
ex_size         resw 1                  ; its paragraphs
ex_load         resw 1                  ; segment of the image
ex_factor       resw 1                  ; relocation factor
ex_image        resd 1                  ; image bytes in the file
ex_paras        resw 1                  ; image paragraphs
ex_params       resb 22                 ; copy of the parameter block
ex_min          resw 1
ex_max          resw 1
ex_name         equ name2               ; (used by renames only otherwise)
ex_strategy     resw 1
ex_hdr          resb 32
EX_CHUNK        equ 256
ex_buf          equ line_buf            ; relocation entries (no line is being edited then)

section doscode

core_21_4b:
                mov si, [user_frame]
                mov al, [si+frame.ax]
                mov [ex_mode], al
                cmp al, 5
                je .state
                cmp al, 1
                jbe .go
                cmp al, 3
                je .go
                mov ax, ERR_FUNCTION
                stc
                ret
.state:         clc                     ; execution state: nothing to prepare
                ret
.go:            xor ax, ax
                mov [ex_env], ax
                mov [ex_psp], ax
                mov [ex_high], al
                mov [ex_isexe], al
                push ds
                push ds
                mov di, ex_params
                mov cx, 11
                mov bx, [si+frame.bx]
                mov ds, [si+frame.es]
                pop es
                mov si, bx
                cld
                rep movsw
                pop ds
                mov si, [user_frame]
                mov es, [si+frame.ds]
                mov dx, [si+frame.dx]
                mov al, 0
                call fs_open_sft
                jc .ret
                mov [ex_sft], di
                mov si, [user_frame]
                mov es, [si+frame.ds]
                mov dx, [si+frame.dx]
                call fs_truename
                jc .fail
                mov ax, ds
                mov es, ax
                mov si, name1
                mov di, ex_name
                mov cx, 80
                rep movsb
                mov byte [ex_name+79], 0
                mov di, [ex_sft]
                test word [di+sft.flags], SFTF_DEVICE
                mov ax, ERR_ACCESS
                jnz .fail
                call ex_header
                jc .fail
                cmp byte [ex_mode], 3
                je .overlay
                call ex_environment
                jc .fail
                call ex_allocate
                jc .fail
                call ex_image_load
                jc .fail
                call ex_relocate
                jc .fail
                mov di, [ex_sft]
                call fs_close_sft
                jmp ex_start
.overlay:       mov ax, [ex_params]
                mov [ex_load], ax
                mov ax, [ex_params+2]
                mov [ex_factor], ax
                call ex_image_load
                jc .fail
                call ex_relocate
                jc .fail
                mov di, [ex_sft]
                call fs_close_sft
                clc
.ret:           ret
.fail:          push ax
                mov di, [ex_sft]
                call fs_close_sft
                mov ax, [ex_psp]
                test ax, ax
                jz .env
                call mem_free
.env:           mov ax, [ex_env]
                test ax, ax
                jz .done
                call mem_free
.done:          pop ax
                stc
                ret

; ex_seek - In: EAX position; Out: CF/AX
ex_seek:        mov edx, eax
                shr edx, 16
                mov di, [ex_sft]
                jmp fs_seek_sft

; ex_header - read and judge the header
; Out: CF/AX; ex_isexe, ex_image, ex_paras, ex_min, ex_max (paragraphs with PSP)
ex_header:
                push ds
                pop es
                mov di, ex_hdr
                xor ax, ax
                mov cx, 16
                cld
                rep stosw
                mov di, [ex_sft]
                mov dx, ex_hdr
                mov cx, 28
                call fs_read_sft
                jc .ret
                mov dx, ax
                mov ax, [ex_hdr]
                cmp ax, 'MZ'
                je .mz
                cmp ax, 'ZM'
                je .mz
.com:           mov di, [ex_sft]
                mov eax, [di+sft.size]
                mov [ex_image], eax
                test eax, eax
                jz .bad                 ; an empty file is no program
                cmp byte [ex_mode], 3
                je .small
                cmp eax, 0x10000-0x100-2
                ja .nomem
.small:         add eax, 15
                shr eax, 4
                mov [ex_paras], ax
                add ax, 0x11            ; PSP and some stack
                mov [ex_min], ax
                mov word [ex_max], 0xFFFF
                clc
.ret:           ret
.mz:            cmp dx, 28              ; not even a whole header
                jb .bad
                mov byte [ex_isexe], 1
                movzx eax, word [ex_hdr+4]      ; pages of 512
                shl eax, 9
                movzx ecx, word [ex_hdr+2]      ; bytes on the last page
                test cx, 0x1FF
                jz .whole
                and cx, 0x1FF
                sub eax, 512
                jc .bad
                add eax, ecx
.whole:         movzx ecx, word [ex_hdr+8]
                shl ecx, 4
                sub eax, ecx
                jb .bad
                jz .bad
                cmp eax, 0xA0000
                ja .nomem
                mov [ex_image], eax
                movzx edx, word [ex_hdr+4]      ; memory counts the last page whole
                shl edx, 5
                sub dx, [ex_hdr+8]
                mov [ex_paras], dx
                mov di, [ex_sft]        ; the header itself must be in the file
                cmp ecx, [di+sft.size]
                jae .bad
                add dx, 0x10
                mov ax, dx
                add ax, [ex_hdr+0x0A]
                jc .nomem
                mov [ex_min], ax
                mov ax, [ex_hdr+0x0C]
                or ax, [ex_hdr+0x0A]
                jnz .low
                mov byte [ex_high], 1
                mov word [ex_max], 0xFFFF
                jmp .ok
.low:           mov ax, dx
                add ax, [ex_hdr+0x0C]
                jnc .max
                mov ax, 0xFFFF
.max:           mov [ex_max], ax
                cmp ax, [ex_min]
                jae .ok
                mov ax, [ex_min]
                mov [ex_max], ax
.ok:            clc
                ret
.bad:           mov ax, ERR_FORMAT
                stc
                ret
.nomem:         mov ax, ERR_MEMORY
                stc
                ret

; ex_environment - copy the environment and put the program's path behind it
; Out: CF/AX, ex_env
ex_environment:
                mov ax, [ex_params]
                test ax, ax
                jnz .have
                mov es, [cur_psp]
                mov ax, [es:psp.env]
.have:          mov es, ax
                xor di, di
                mov bp, ax              ; source segment, 0 = none
                test ax, ax
                jz .size
                mov cx, 0x7FFF
                xor al, al
                cld
.var:           cmp [es:di], al
                je .size
                repne scasb
                jcxz .bad
                jmp .var
.bad:           mov ax, ERR_ENV
                stc
                ret
.size:          mov bx, di              ; bytes of the strings
                push di
                mov si, ex_name
                xor cx, cx
.len:           inc cx
                lodsb
                test al, al
                jnz .len
                push cx
                add bx, cx
                add bx, 4+15
                shr bx, 4
                call mem_alloc
                pop cx
                pop di
                jc .ret
                mov [ex_env], ax
                mov es, ax
                push cx
                mov cx, di
                xor di, di
                xor si, si
                push ds
                mov ds, bp
                cld
                rep movsb
                pop ds
                test di, di             ; an empty environment is two zero bytes
                jnz .end
                xor al, al
                stosb
.end:           xor al, al
                stosb
                mov ax, 1
                stosw
                pop cx
                mov si, ex_name
                rep movsb
                clc
.ret:           ret

; ex_allocate - get the program's block
; Out: CF/AX, ex_psp, ex_size, ex_load, ex_factor
ex_allocate:
                mov ax, [alloc_strategy]
                mov [ex_strategy], ax
                test al, 0xC0
                jz .low
                test byte [umb_linked], 1
                jz .low
                cmp word [umb_first], 0xFFFF
                je .low
                mov word [mem_wanted], 0xFFFF   ; upper memory: the largest block there
                mov word [mem_largest], 0
                mov ax, [umb_first]
                call mem_scan
                jc .fail7
                mov bx, [mem_largest]
                cmp bx, [ex_min]
                jb .nohigh
                call .clip
                mov al, [ex_strategy]
                and al, 3
                or al, 0x40
                mov [alloc_strategy], al
                jmp .get
.nohigh:        test byte [ex_strategy], 0x40
                jnz .nomem
.low:           mov al, [ex_strategy]
                and al, 3
                mov [alloc_strategy], al
                mov bx, 0xFFFF
                call mem_alloc
                cmp ax, ERR_MEMORY
                jne .fail
                cmp bx, [ex_min]
                jb .nomem
                call .clip
.get:           push bx
                call mem_alloc
                pop bx
                jc .fail
                mov [ex_psp], ax
                mov [ex_size], bx
                add ax, 0x10
                mov [ex_load], ax
                cmp byte [ex_high], 0
                je .factor
                mov ax, [ex_psp]
                add ax, bx
                sub ax, [ex_paras]
                mov [ex_load], ax
.factor:        mov [ex_factor], ax
                mov ax, [ex_strategy]
                mov [alloc_strategy], ax
                clc
                ret
.clip:          cmp bx, [ex_max]
                jbe .clipped
                mov bx, [ex_max]
.clipped:       ret
.fail7:         mov ax, ERR_MCB
                jmp .fail
.nomem:         mov ax, ERR_MEMORY
.fail:          mov bx, [ex_strategy]
                mov [alloc_strategy], bx
                stc
                ret

; ex_image_load - read the image to ex_load:0
; Out: CF/AX
ex_image_load:
                xor eax, eax
                cmp byte [ex_isexe], 0
                je .seek
                movzx eax, word [ex_hdr+8]
                shl eax, 4
.seek:          call ex_seek
                jc .ret
                mov ebp, [ex_image]
                mov bx, [ex_load]
.chunk:         test ebp, ebp
                jz .done
                mov ecx, 0x8000
                cmp ebp, ecx
                jae .read
                mov cx, bp
.read:          push ebp
                push bx
                push cx
                mov es, bx
                xor dx, dx
                mov di, [ex_sft]
                call fs_read_sft
                pop cx
                pop bx
                pop ebp
                jc .ret
                cmp ax, cx
                jb .done                ; a short file: the rest stays as it is
                movzx ecx, cx
                sub ebp, ecx
                add bx, 0x800
                jmp .chunk
.done:          clc
.ret:           ret

; ex_relocate - add ex_factor at every relocation entry
; Out: CF/AX (11 when an entry points outside the image)
ex_relocate:
                cmp byte [ex_isexe], 0
                je .done
                mov bp, [ex_hdr+6]
                test bp, bp
                jz .done
                movzx eax, word [ex_hdr+0x18]
                movzx ecx, bp           ; all of the table must be in the file
                lea ecx, [eax+ecx*4]
                mov di, [ex_sft]
                cmp ecx, [di+sft.size]
                ja .bad
                call ex_seek
                jc .ret
.chunk:         test bp, bp
                jz .done
                mov cx, EX_CHUNK/4
                cmp bp, cx
                jae .read
                mov cx, bp
.read:          sub bp, cx
                push bp
                push cx
                shl cx, 2
                push cx
                push ds
                pop es
                mov dx, ex_buf
                mov di, [ex_sft]
                call fs_read_sft
                pop dx
                pop cx
                pop bp
                jc .ret
                cmp ax, dx
                jne .bad
                mov si, ex_buf
.entry:         lodsw
                movzx edi, ax
                lodsw
                movzx ebx, ax
                shl ebx, 4
                add ebx, edi
                inc ebx
                movzx edi, word [ex_paras]
                shl edi, 4
                cmp ebx, edi            ; both bytes inside
                jae .bad
                mov di, [si-4]
                add ax, [ex_load]
                mov es, ax
                mov ax, [ex_factor]
                add [es:di], ax
                loop .entry
                jmp .chunk
.done:          clc
.ret:           ret
.bad:           mov ax, ERR_FORMAT
                stc
                ret

; ex_start - build the PSP and enter the program (or hand it back, AL=1)
ex_start:
                mov si, [user_frame]    ; the child ends behind our caller's INT 21h
                xor ax, ax
                mov fs, ax
                mov ax, [si+frame.ip]
                mov [fs:0x22*4], ax
                mov ax, [si+frame.cs]
                mov [fs:0x22*4+2], ax
                mov ax, [ex_psp]
                mov es, ax
                add ax, [ex_size]
                call psp_build
                mov ax, [ex_env]
                mov [es:psp.env], ax
                mov ax, [ex_psp]        ; owners and the block's name
                mov bx, ax
                dec ax
                mov fs, ax
                mov [fs:mcb.owner], bx
                call ex_block_name
                mov ax, [ex_env]
                test ax, ax
                jz .noenv
                dec ax
                mov fs, ax
                mov [fs:mcb.owner], bx
.noenv:         push ds                 ; command tail and FCBs
                lds si, [ex_params+2]
                mov di, psp.tail
                mov cx, 64
                cld
                rep movsw
                pop ds
                mov byte [es:0xFF], 13
                push ds
                lds si, [ex_params+6]
                mov di, psp.fcb1
                mov cx, 16
                cmp si, 0xFFFF
                je .fcb2
                rep movsb
.fcb2:          pop ds
                push ds
                lds si, [ex_params+10]
                mov di, psp.fcb2
                mov cx, 16
                cmp si, 0xFFFF
                je .fcbs
                rep movsb
.fcbs:          pop ds
                mov ax, es
                mov [cur_psp], ax
                mov word [dta], 0x80
                mov [dta+2], ax
                push es
                mov al, [es:psp.fcb2]
                call fs_drive_valid
                pop es
                mov ah, al
                push ax
                mov al, [es:psp.fcb1]
                push es
                call fs_drive_valid
                pop es
                pop bx
                mov ah, bh
                push ax
                cmp byte [ex_isexe], 0
                jne .exe
                mov dx, es              ; .COM: everything in the PSP's segment
                mov si, 0x100
                mov cx, dx
                mov bx, 0xFFFE
                mov ax, [ex_size]
                cmp ax, 0x1000
                jae .comsp
                shl ax, 4
                sub ax, 2
                mov bx, ax
.comsp:         mov word [es:bx], 0
                jmp .regs
.exe:           mov dx, [ex_hdr+0x0E]
                add dx, [ex_load]
                mov bx, [ex_hdr+0x10]
                mov si, [ex_hdr+0x14]
                mov cx, [ex_hdr+0x16]
                add cx, [ex_load]
.regs:          pop ax                  ; CX:SI entry, DX:BX stack
                cmp byte [ex_mode], 1
                je .loaded
                cli
                mov bp, es
                mov byte [in_dos], 0
                mov word [user_frame], disk_stack_top-frame_size
                mov ss, dx
                mov sp, bx
                push word 0x0202
                push cx
                push si
                mov ds, bp
                mov es, bp
                mov di, sp
                add di, 6
                mov dx, bp
                mov cx, 0x00FF
                mov bp, 0x091E
                xor bx, bx
                iret
.loaded:        push ds
                mov ds, dx
                sub bx, 2
                mov [bx], ax
                pop ds
                mov di, [user_frame]
                mov es, [di+frame.es]
                mov di, [di+frame.bx]
                mov [es:di+0x0E], bx
                mov [es:di+0x10], dx
                mov [es:di+0x12], si
                mov [es:di+0x14], cx
                clc
                ret

; ex_block_name - put the file's base name into the block header FS
; Clobbers: AX, CX, SI, DI
ex_block_name:
                mov si, ex_name
                mov di, si
.scan:          lodsb
                cmp al, '\'
                je .part
                cmp al, ':'
                je .part
                test al, al
                jnz .scan
                mov si, di
                mov di, mcb.name
                mov cx, 8
.copy:          lodsb
                cmp al, '.'
                je .end
                test al, al
                jz .end
                mov [fs:di], al
                inc di
                loop .copy
                ret
.end:           mov byte [fs:di], 0
                ret
.part:          mov di, si
                jmp .scan
