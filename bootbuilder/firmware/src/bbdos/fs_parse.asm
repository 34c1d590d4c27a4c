; SPDX-License-Identifier: MIT
; INT 21h 29h (parse a name into an FCB) and 69h (serial number).

section doscode

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
