; SPDX-License-Identifier: MIT
; Resident end of start-up: runs the shell, and asks for one when there is none.
; Owns the root process.

section dosbss
                alignb 16
root_psp        resb 256
root_stack_top:                         ; the stack is the PSP's own tail
shell_name      equ line_tpl            ; both gone once somebody edits a line
shell_args      equ line_tpl+80
shell_env       resw 1
shell_block     equ line_buf            ; parameter block, copied at once by EXEC

section dosdata
dpb_limit       dw 0                    ; drive parameter blocks there is room for
shell_stub:     CODE_JMP shell_loop
shell_exec:     int 0x21
                CODE_JMP shell_back

section doscode

; shell_loop - run the shell; when there is none, or it ends, ask for one
; Runs on root_stack in dosdata
shell_loop:
                push DOSDATA
                pop ds
                push DOSDATA
                pop es
                mov bx, shell_block
                mov ax, [shell_env]
                mov [bx], ax
                mov word [bx+2], shell_args
                mov [bx+4], ds
                mov dword [bx+6], 0xFFFFFFFF
                mov dword [bx+10], 0xFFFFFFFF
                mov dx, shell_name
                mov ax, 0x4B00
                jmp DOSDATA:shell_exec
shell_back:     mov dx, DOSDATA
                mov ds, dx
                mov ss, dx
                mov sp, root_stack_top
                mov si, msg_badshell
                jc .say
                mov word [shell_env], 0 ; (overwritten by the shell)
                mov si, msg_ended
.say:           call kputs
                mov si, msg_ask
                call kputs
                mov byte [line_buf], 120
                mov byte [line_buf+1], 0
                push ds
                pop es
                mov dx, shell_args+1
                mov bx, shell_args
                mov word [bx], 78       ; read into shell_args, then split
                mov dx, bx
                mov ah, 0x0A
                int 0x21
                mov si, shell_args+2
                mov di, shell_name
                mov cx, 79
                cld
.blank:         lodsb
                cmp al, ' '
                je .blank
.path:          cmp al, 13
                je .end
                cmp al, ' '
                je .end
                stosb
                lodsb
                loop .path
.end:           mov byte [di], 0
                mov di, shell_args+1
                dec si
                mov cx, 0
.tail:          lodsb
                cmp al, 13
                je .close
                stosb
                inc cx
                cmp cl, 78
                jb .tail
.close:         mov byte [di], 13
                mov [shell_args], cl
                mov si, msg_crlf
                call kputs
                cmp byte [shell_name], 0
                jne shell_loop
                jmp .say_again
.say_again:     mov si, msg_ask
                jmp .say
msg_badshell    db 13, 10, 'Cannot load the shell.', 0
msg_crlf        db 13, 10, 0
msg_ask         db 13, 10, 'Path of a shell: ', 0
