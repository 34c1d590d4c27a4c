; SPDX-License-Identifier: MIT
; Paths: the user's text to a canonical full path (name1/name2), and that to a
; directory and an 11-character name.

section doscode

; ---------------------------------------------------------------------------
; path_char - next character of the user's path, upper case
; In:  FS:SI
; Out: AL, SI moved; ZF=1 when it ends a part (zero, slash, backslash)
; ---------------------------------------------------------------------------
path_char:      mov al,[fs:si]
                inc si
is_sep:         cmp al,'\'
                je .r
                cmp al,'/'
                je .r
                cmp al,0
                je .r
                call upcase
                test al,al
.r:             ret

; ---------------------------------------------------------------------------
; path_full - canonical full path
; In:  FS:SI -> ASCIZ path, DI -> room in dosdata (128 bytes)
; Out: [this_cds], [path_flags], [path_dev]; CF=1: AX = DOS error
; Clobbers: EAX, BX, CX, DX, SI, DI, ES
; ---------------------------------------------------------------------------
path_full:      push ds
                pop es
                mov word [path_flags],0 ; and path_isroot
                mov [path_start],di
                mov [wfp_start],di
                mov ax,[fs:si]
                cmp al,0
                je .bad_path
                cmp ax,'\\'
                je path_unc
                cmp ax,'//'
                je path_unc
                mov dl,[cur_drive]
                cmp ah,':'
                jne .drive
                or al,0x20
                sub al,'a'
                mov dl,al
                add si,2
.drive:         mov al,dl
                call cds_get
                jc .bad_path
                mov [this_cds],bx
                mov [this_cds+2],ds
                test word [bx+cds.flags],CDSF_NET
                jz .local
                or byte [path_flags],PF_NET
.local:         push si
                mov si,bx
                mov cx,[bx+cds.root]
                rep movsb
                mov [path_base],di
                mov [path_rel],si       ; the rest is the current directory
                pop si
                mov dx,si
                call path_char
                mov si,dx
                jnz .relative
                cmp al,0
                jne .parts
.relative:      push si
                mov si,[path_rel]
                cmp byte [si+1],0       ; only the backslash: the root
                je .at_root
.copy:          lodsb
                stosb
                cmp al,0
                jne .copy
                dec di
.at_root:       pop si
                jmp .part
.parts:         or byte [path_flags],PF_HASDIR|PF_SLASH
.slash:         inc si
.part:          mov al,[fs:si]
                cmp al,'\'
                je .parts
                cmp al,'/'
                je .parts
                cmp al,0
                je .end
                test byte [path_flags],PF_WILD|PF_COLON
                jnz .bad_path           ; only in the last part
                and byte [path_flags],~PF_SLASH
                cmp al,'.'
                je .dots
                lea ax,[di-115]
                cmp ax,[path_start]
                jge .bad_path
                call path_part
                jnc .part
.invalid:       call path_char          ; in the last part: not found
                jnz .invalid
                cmp al,0
                jne .bad_path
                mov ax,ERR_FILE
                stc
                ret
.dots:          inc si
                call path_char
                lea si,[si-1]
                jz .part                ; "." alone: nothing
                cmp al,'.'
                jne .invalid
                inc si
                call path_char
                lea si,[si-1]
                jnz .invalid
                cmp di,[path_base]      ; "..": take the last part away
                jbe .bad_path
.up:            dec di
                cmp byte [di],'\'
                jne .up
                jmp .part
.end:           cmp di,[path_base]
                jne .term
                mov al,'\'
                stosb
.term:          mov byte [di],0
.last:          dec di
                cmp byte [di],'\'
                jne .last
                mov [last_part],di
                lea si,[di+1]
                call dev_find
                jc .file
                or byte [path_flags],PF_DEV
                mov [path_dev],di
                mov [path_dev+2],es
.ok:            clc
                ret
.file:          test byte [path_flags],PF_COLON
                jz .ok
                mov ax,ERR_FILE
                stc
                ret
.bad_path:      mov ax,ERR_PATH
                stc
                ret

; ---------------------------------------------------------------------------
; path_unc - \\server\share\... : handed to the redirector as it is
; ---------------------------------------------------------------------------
path_unc:       mov byte [path_flags],PF_NET|PF_UNC
                or dword [this_cds],-1
                mov cx,126
.next:          call path_char
                jnz .char
                cmp al,'/'
                jne .char
                mov al,'\'
.char:          stosb
                cmp al,0
                loopne .next
                je .ok
                mov ax,ERR_PATH
                stc
                ret
.ok:            dec di
.last:          dec di
                cmp byte [di],'\'
                jne .last
                mov [last_part],di
                clc
                ret

; ---------------------------------------------------------------------------
; path_part - one part of a path: backslash, 8.3 name cut to size, '*' spelled
; In:  FS:SI -> its first character, DI -> room
; Out: SI at the separator, DI moved; CF=1: not a name
; ---------------------------------------------------------------------------
path_part:      mov al,'\'
                stosb
                mov bx,di
                mov cx,8
.next:          call path_char
                jz .end
                cmp al,'.'
                je .dot
                cmp al,'*'
                je .star
                cmp al,'?'
                je .wild
                cmp al,':'
                je .colon
                call char_bad
                jc .bad
.put:           jcxz .next
                dec cx
                stosb
                jmp .next
.wild:          or byte [path_flags],PF_WILD
                jmp .put
.star:          or byte [path_flags],PF_WILD
                mov al,'?'
                rep stosb
                jmp .next
.dot:           cmp bx,di
                je .bad                 ; no name
                call path_char          ; a dot at the end is dropped
                lea si,[si-1]
                jz .next
                mov al,'.'
                stosb
                mov bx,di
                mov cx,3
.ext:           call path_char
                jz .end
                cmp al,'*'
                je .estar
                cmp al,'?'
                jne .eplain
                or byte [path_flags],PF_WILD
                jmp .eput
.eplain:        cmp al,':'
                je .colon
                cmp al,'.'
                je .bad
                call char_bad
                jc .bad
.eput:          jcxz .ext
                dec cx
                stosb
                jmp .ext
.estar:         or byte [path_flags],PF_WILD
                mov al,'?'
                rep stosb
                jmp .ext
.colon:         cmp byte [fs:si],0      ; "CON:"
                jne .bad
                or byte [path_flags],PF_COLON
                inc si
.end:           dec si
                cmp bx,di
                je .bad
                clc
                ret
.bad:           stc
                ret

; ---------------------------------------------------------------------------
; char_bad - characters no file name can have
; In:  AL
; Out: CF=1 bad
; ---------------------------------------------------------------------------
char_bad:       cmp al,' '
                jb .r
                push cx
                push di
                push es
                push cs
                pop es
                mov di,.list
                mov cx,.end-.list
                repne scasb
                pop es
                pop di
                pop cx
                clc
                jne .r
                stc
.r:             ret
.list:          db '"+,;<=>[]|'
.end:

; ---------------------------------------------------------------------------
; dev_find - is this the name of a character device?
; In:  SI -> text in dosdata, ends at zero or '.'
; Out: CF=0: ES:DI -> device header; CF=1 no
; Clobbers: AX, CX, DX, SI
; ---------------------------------------------------------------------------
dev_find:       push bp
                mov bp,si
                mov di,nul_hdr
                push ds
                pop es
.device:        test byte [es:di+devhdr.attr+1],DEVA_CHAR>>8
                jz .next
                mov si,bp
                mov dx,di
                add di,devhdr.name
                mov cx,8
.char:          lodsb
                cmp al,0
                je .blanks
                cmp al,'.'
                je .blanks
                scasb
                loope .char
                jne .no
                lodsb                   ; eight match: the name must end
                cmp al,0
                je .yes
                cmp al,'.'
                jne .no
.yes:           mov di,dx
                pop bp
                clc
                ret
.blanks:        cmp si,bp
                je .no
                mov al,' '
                repe scasb
                je .yes
.no:            mov di,dx
.next:          cmp word [es:di],-1
                les di,[es:di]
                jne .device
                pop bp
                stc
                ret

; ---------------------------------------------------------------------------
; name_fcb - one part of a canonical path to FCB form
; In:  SI -> text (ends at zero or backslash), ES:DI -> 11 bytes
; Out: SI at the end mark, DI moved by 11
; Clobbers: AX, CX
; ---------------------------------------------------------------------------
name_fcb:       push di
                mov cx,11
                mov al,' '
                rep stosb
                pop di
                push di
                lea cx,[di+8]
.next:          lodsb
                cmp al,0
                je .end
                cmp al,'\'
                je .end
                cmp al,'.'
                jne .put
                mov di,cx
                jmp .next
.put:           stosb
                jmp .next
.end:           dec si
                pop di
                add di,11
                ret

; ---------------------------------------------------------------------------
; path_walk - find the directory a full path leads to
; In:  [this_cds], SI -> full path (name1 or name2)
; Out: BP -> DPB, [dir_start] = directory of the last part, [dir_pat] = last
;      part; [path_isroot] = 1: the path is the root itself; CF=1: AX = error
; Clobbers: all general registers, ES
; ---------------------------------------------------------------------------
path_walk:      mov bx,[this_cds]
                call drv_cds
                mov byte [path_isroot],0
                jc .r
                push dword [bp+xdpb.rootcl]
                pop dword [dir_start]
                add si,2                ; behind "X:"
                cmp byte [si+1],0
                jne .part
                inc byte [path_isroot]
                clc
                ret
.part:          inc si
                mov di,dir_pat
                push ds
                pop es
                call name_fcb
                cmp byte [si],0
                je .r
                push si
                mov al,ATTR_HIDDEN|ATTR_SYSTEM|ATTR_DIR
                call dir_first
                pop si
                jc .missing
                test byte [es:di+dirent.attr],ATTR_DIR
                jz .not_dir
                call ent_clus
                test eax,eax
                jz .not_dir
                call fat_valid
                jc .not_dir
                mov [dir_start],eax
                jmp .part
.missing:       cmp ax,ERR_NOFILES
                stc
                jne .r
.not_dir:       mov ax,ERR_PATH
                stc
.r:             ret

; ---------------------------------------------------------------------------
; path_user - full path of a user's argument, in name1
; In:  ES:DX -> ASCIZ (path_ds_dx: the caller's DS:DX)
; Out: SI = name1, AL = [path_flags]; CF=1: AX = DOS error
; ---------------------------------------------------------------------------
path_ds_dx:     mov bx,[user_frame]
                mov es,[bx+frame.ds]
                mov dx,[bx+frame.dx]
path_user:      push es
                pop fs
                mov si,dx
                mov di,name1
                call path_full
                jc .r
                mov si,name1
                mov al,[path_flags]
.r:             ret

; path_plain - as path_ds_dx, but wildcards and devices are errors, and walked
path_plain:     call path_ds_dx
                jc path_user.r
                test al,PF_WILD
                jnz .bad
                test al,PF_NET
                jnz path_user.r         ; the caller looks at AL again
                push ax
                call path_walk
                pop bx
                jc path_user.r
                mov al,bl
                ret
.bad:           mov ax,ERR_PATH
                stc
                ret

; ---------------------------------------------------------------------------
; fs_truename - full path of a file, for CORE
; In:  ES:DX -> ASCIZ
; Out: name1; CF=1: AX = DOS error
; fs_21_60 - function 60h: DS:SI -> path, ES:DI -> 128 bytes
; ---------------------------------------------------------------------------
fs_truename     equ path_user

fs_21_60:       mov bx,[user_frame]
                mov fs,[bx+frame.ds]
                mov si,[bx+frame.si]
                mov di,name1
                call path_full
                jc .r
                test byte [path_flags],PF_DEV
                jz .out
                mov di,name1+2          ; X:/CON
                mov byte [di],'/'
                inc di
                mov si,[last_part]
                inc si
.dev:           lodsb
                stosb
                cmp al,0
                jne .dev
.out:           test byte [path_flags],PF_NET
                jz .copy
                call net_truename
.copy:          mov bx,[user_frame]
                les di,[bx+frame.di]
                mov es,[bx+frame.es]
                mov si,name1
.char:          lodsb
                stosb
                cmp al,0
                jne .char
                clc
.r:             ret
