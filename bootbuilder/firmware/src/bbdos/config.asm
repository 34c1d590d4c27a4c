; SPDX-License-Identifier: MIT
; CONFIG.SYS: reading and the three passes over its lines. DS = CS = init's segment
; here, dosdata through FS.
;
; Dialect: VERB=value lines; `;` and REM comments; VERB?= or ?VERB= asks;
; 123?VERB= runs only for these menu choices, !VERB= is never asked about;
; MENU text, MENUDEFAULT=n,secs, MENUCOLOR=fg[,bg]; the choice is %CONFIG%.

section initbss
                alignb 16
init_env        resb INIT_ENV_SIZE
cfg_line        resb 260
shell_path      resb 80
shell_tail      resb 128
cfg_num         resb 8

section init
conf_pos        dw 0
cfg_lineno      dw 0
cfg_pass        db 0
cfg_ask         db 0                    ; this line has a ?
cfg_never       db 0                    ; this line has a !
cfg_step        db 0                    ; F8
cfg_bypass      db 0                    ; F5
cfg_nokeys      db 0                    ; SWITCHES=/N
cfg_menu        db 0                    ; MENU lines seen
cfg_choice      db 0xFF                 ; digit chosen
cfg_default     db 1
cfg_seconds     db 0xFF                 ; FFh = wait for ever
cfg_colour      db 7
cfg_digits      db 0                    ; the current line had a digit prefix
env_end         dw 0                    ; offset in init_env
shell_given     db 0

conf_name       db '\CONFIG.SYS', 0

; config_main - the whole of CONFIG.SYS, then init_finish
config_main:
                push cs
                pop ds
                mov word [init_env], 0
                push ds
                pop es
                mov si, env_path        ; never empty: programs look for two zero bytes
                call env_set
                mov ax, [init_seg]      ; without a file: conf_seg = init_seg
                add ax, CODE_BASE/16
                mov [conf_seg], ax
                mov byte [cfg_pass], 0
                mov si, default_shell
                call set_shell
                call load_config
                call check_keys
                mov byte [cfg_pass], 0
                call run_pass
                call menu
                mov byte [cfg_pass], 1
                call run_pass
                push DOSDATA
                pop ds
                push ds
                pop es
                call make_tables
                push cs
                pop ds
                mov byte [cfg_pass], 2
                call run_pass
                cmp byte [cfg_bypass], 0
                je .shell
                mov si, bypass_tail     ; F5: no AUTOEXEC either
                mov di, shell_tail
                movzx bx, byte [di]
                cmp bl, 120
                ja .shell
                add byte [di], 3
.addtail:       lodsb
                mov [di+bx+1], al
                inc bx
                test al, al
                jnz .addtail
.shell:         jmp init_finish
default_shell   db '\COMMAND.COM /P', 0
env_path        db 'PATH=', 0
bypass_tail     db ' /D', 13, 0

; load_config - read the file below init
load_config:
                mov dx, conf_name
                mov ax, 0x3D00
                int 0x21
                jc .ret
                mov bx, ax
                mov ax, 0x4202
                xor cx, cx
                xor dx, dx
                int 0x21
                jc .close
                test dx, dx
                jnz .big
                cmp ax, 0xFFF0
                jbe .size
.big:           mov si, msg_big
                call kputs
                mov ax, 0xFFF0
.size:          mov [conf_len], ax
                add ax, 15+16
                rcr ax, 1
                shr ax, 3
                sub [conf_seg], ax
                mov ax, 0x4200
                xor cx, cx
                xor dx, dx
                int 0x21
                mov cx, [conf_len]
                push ds
                mov ds, [conf_seg]
                xor dx, dx
                mov ah, 0x3F
                int 0x21
                pop ds
                jc .close
                mov [conf_len], ax
.close:         mov ah, 0x3E
                int 0x21
.ret:           ret
msg_big         db 'CONFIG.SYS: larger than 64 KB, the rest is ignored', 13, 10, 0

; check_keys - F5 and F8 waiting in the keyboard buffer
check_keys:
                cmp byte [cfg_nokeys], 0
                jne .ret
                mov ah, 1
                int 0x16
                jz .ret
                cmp ah, 0x3F
                je .f5
                cmp ah, 0x42
                jne .ret
                mov byte [cfg_step], 1
                mov si, msg_step
                jmp .eat
.f5:            mov byte [cfg_bypass], 1
                mov si, msg_bypass
.eat:           mov ah, 0
                int 0x16
                jmp kputs
.ret:           ret
msg_step        db 'F8: confirming each line of CONFIG.SYS', 13, 10, 0
msg_bypass      db 'F5: leaving out CONFIG.SYS and AUTOEXEC.BAT', 13, 10, 0

; run_pass - go through all lines once
run_pass:
                mov word [conf_pos], 0
                mov word [cfg_lineno], 0
.line:          cmp byte [cfg_pass], 2
                jne .go
                call check_keys
.go:            cmp byte [cfg_bypass], 0
                jne .ret
                call next_line
                jc .ret
                call do_line
                push cs
                pop ds
                cld
                jmp .line
.ret:           ret

; next_line - copy one line to cfg_line, zero-terminated, without leading blanks
; Out: CF=1 no more; SI = cfg_line
next_line:
                mov si, [conf_pos]
                cmp si, [conf_len]
                jae .none
                inc word [cfg_lineno]
                push ds
                pop es
                mov di, cfg_line
                mov gs, [conf_seg]
                mov cx, [conf_len]
                mov dx, 0               ; 1 = text seen
.byte:          cmp si, cx
                jae .end
                mov al, [gs:si]
                inc si
                cmp al, 10
                je .end
                cmp al, 0x1A
                je .eof
                cmp al, 13
                je .byte
                cmp al, 9
                jne .notab
                mov al, ' '
.notab:         test dx, dx
                jnz .store
                cmp al, ' '
                je .byte
                inc dx
.store:         cmp di, cfg_line+256
                jae .byte
                stosb
                jmp .byte
.eof:           mov si, cx
.end:           mov [conf_pos], si
                mov byte [di], 0
                cmp di, cfg_line+256
                jb .ok
                mov byte [cfg_line], 0  ; too long: say so once and forget it
                cmp byte [cfg_pass], 1
                jne .ok
                mov si, msg_long
                call cfg_report
.ok:            mov si, cfg_line
                clc
                ret
.none:          stc
                ret
msg_long        db ': more than 255 characters, ignored', 13, 10, 0
msg_unknown     db ': unknown verb, ignored', 13, 10, 0
msg_value       db ': value not understood, ignored', 13, 10, 0
msg_in          db 'CONFIG.SYS line ', 0

; cfg_report - "CONFIG.SYS line n" + text SI
cfg_report:
                push si
                mov si, msg_in
                call kputs
                mov ax, [cfg_lineno]
                call print_number
                pop si
                jmp kputs
cfg_bad_value:  mov si, msg_value
                jmp cfg_report
; print_number - AX in decimal; Clobbers: AX, CX, DX
print_number:
                xor cx, cx
.div:           xor dx, dx
                push bx
                mov bx, 10
                div bx
                pop bx
                push dx
                inc cx
                test ax, ax
                jnz .div
.out:           pop ax
                add al, '0'
                int 0x29
                loop .out
                ret

; do_line - one line: prefixes, verb, dispatch
; In: SI = cfg_line
do_line:
                mov byte [cfg_ask], 0
                mov byte [cfg_never], 0
                mov byte [cfg_digits], 0
                cmp byte [si], 0
                je .ret
                cmp byte [si], ';'
                je .ret
                push si                 ; digits and a question mark: menu lines
                xor bx, bx
.digit:         lodsb
                cmp al, ','
                je .digit
                cmp al, '0'
                jb .nodigit
                cmp al, '9'
                ja .nodigit
                inc bx
                sub al, '0'
                cmp al, [cfg_choice]
                jne .digit
                mov bh, 0x80
                jmp .digit
.nodigit:       cmp al, '?'
                jne .plain
                test bl, bl
                jz .plain
                pop ax
                mov byte [cfg_digits], 1
                cmp byte [cfg_pass], 0
                je .prefix
                test bh, bh
                jz .ret
                jmp .prefix
.plain:         pop si
.prefix:        lodsb
                cmp al, ' '
                je .prefix
                cmp al, '?'
                je .ask
                cmp al, '!'
                je .never
                dec si
                jmp .verb
.ask:           mov byte [cfg_ask], 1
                jmp .prefix
.never:         mov byte [cfg_never], 1
                jmp .prefix
.verb:          mov di, cfg_verbs
.try:           cmp byte [di], 0
                je .unknown
                push si
                mov cl, [di]            ; length
                xor ch, ch
                inc di
.cmp:           lodsb
                call upcase_cs
                cmp al, [di]
                jne .differ
                inc di
                loop .cmp
                mov al, [si]
                call verb_end
                jne .differ2
                pop ax
                jmp .found
.differ:        add di, cx
.differ2:       pop si
                add di, 3
                jmp .try
.found:         mov al, [si]            ; VERB?=
                cmp al, ' '
                je .skip
                cmp al, '='
                je .skip
                cmp al, '?'
                jne .value
                mov byte [cfg_ask], 1
.skip:          inc si
                jmp .found
.value:         mov al, [di]            ; pass
                cmp al, [cfg_pass]
                jne .ret
                mov bx, [di+1]
                cmp al, 0
                je .run
                call confirm
                jc .ret
.run:           jmp bx
.unknown:       cmp byte [cfg_pass], 1
                jne .ret
                mov si, msg_unknown
                call cfg_report
.ret:           ret

; verb_end - ZF=1 when AL may follow a verb
verb_end:       cmp al, '='
                je .ret
                cmp al, ' '
                je .ret
                cmp al, '?'
                je .ret
                test al, al
.ret:           ret
upcase_cs:      cmp al, 'a'
                jb .ret
                cmp al, 'z'
                ja .ret
                sub al, 32
.ret:           ret

; confirm - ask about a line marked ? or in F8 mode; Out: CF=1 no; keeps SI, BX, DI
confirm:
                cmp byte [cfg_never], 0
                jne .yes
                cmp byte [cfg_ask], 0
                jne .ask
                cmp byte [cfg_step], 0
                je .yes
.ask:           push si
                mov si, cfg_line
                call kputs
                mov si, msg_yn
                call kputs
.key:           call kgetkey
                cmp ah, 0x3F            ; F5: no more lines
                je .f5
                call upcase_cs
                cmp al, 'Y'
                je .answer
                cmp al, 'N'
                je .answer
                cmp al, 13
                jne .key
                mov al, 'Y'
.answer:        push ax
                int 0x29
                mov si, msg_crlf
                call kputs
                pop ax
                pop si
                cmp al, 'N'
                jne .yes
                stc
                ret
.f5:            mov byte [cfg_bypass], 1
                mov al, 'N'
                jmp .answer
.yes:           clc
                ret
msg_yn          db ' [Y,N]? ', 0

%macro VERB 3                           ; name, pass, handler
                db %%e-%%s
%%s:            db %1
%%e:            db %2
                dw %3
%endmacro
cfg_verbs:
                VERB 'REM', 9, v_none
                VERB 'MENUDEFAULT', 0, v_menudefault
                VERB 'MENUCOLOR', 0, v_menucolour
                VERB 'MENU', 0, v_menu
                VERB 'SWITCHES', 0, v_switches
                VERB 'BREAK', 1, v_break
                VERB 'BUFFERS', 1, v_buffers
                VERB 'BUFFERSHIGH', 1, v_buffers
                VERB 'COUNTRY', 1, v_country
                VERB 'DOS', 1, v_dos
                VERB 'DOSDATA', 1, v_none
                VERB 'FCBS', 1, v_fcbs
                VERB 'FCBSHIGH', 1, v_fcbs
                VERB 'FILES', 1, v_files
                VERB 'FILESHIGH', 1, v_files
                VERB 'LASTDRIVE', 1, v_lastdrive
                VERB 'LASTDRIVEHIGH', 1, v_lastdrive
                VERB 'NUMLOCK', 1, v_numlock
                VERB 'SHELL', 1, v_shell
                VERB 'SHELLHIGH', 1, v_shell
                VERB 'COMMAND', 1, v_shell
                VERB 'STACKS', 1, v_stacks
                VERB 'STACKSHIGH', 1, v_stacks
                VERB 'ANSI', 1, v_ansi
                VERB 'VERSION', 1, v_version
                VERB 'SWITCHAR', 1, v_switchar
                VERB 'DEVICE', 2, v_device
                VERB 'DEVICEHIGH', 2, v_devicehigh
                VERB 'INSTALL', 2, v_install
                VERB 'INSTALLHIGH', 2, v_installhigh
                VERB 'SET', 2, v_set
                VERB 'ECHO', 2, v_echo
                db 0

; get_number - decimal number at SI; Out: AX, CF=1 none; SI behind it
get_number:
                xor bx, bx
                xor ax, ax
                cmp byte [si], '0'
                jb .none
                cmp byte [si], '9'
                ja .none
.next:          mov bl, [si]
                sub bl, '0'
                jb .done
                cmp bl, 9
                ja .done
                inc si
                mov dx, 10
                mul dx
                jc .none
                add ax, bx
                jnc .next
.none:          stc
                ret
.done:          clc
                ret
; skip_sep - past blanks and a comma
skip_sep:       cmp byte [si], ' '
                je .skip
                cmp byte [si], ','
                jne .ret
.skip:          inc si
                jmp skip_sep
.ret:           ret
; match - does the word at SI equal the ASCIZ at DI (upper case)? ZF=1 yes, SI behind
match:          push ax
                push di
                push si
.next:          mov al, [di]
                test al, al
                jz .end
                mov ah, [si]
                xchg al, ah
                call upcase_cs
                cmp al, ah
                jne .no
                inc si
                inc di
                jmp .next
.end:           mov al, [si]            ; a letter behind: another word
                call upcase_cs
                cmp al, 'A'
                jb .yes
                cmp al, 'Z'
                jbe .no
.yes:           pop ax
                pop di
                pop ax
                cmp al, al
                ret
.no:            pop si
                pop di
                pop ax
                test sp, sp
                ret
; on_off - Out: AL 1/0, CF=1 neither
on_off:         mov di, w_on
                call match
                mov al, 1
                je .ok
                mov di, w_off
                call match
                mov al, 0
                je .ok
                stc
                ret
.ok:            clc
                ret
w_on            db 'ON', 0
w_off           db 'OFF', 0
