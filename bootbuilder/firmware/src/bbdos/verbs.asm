; SPDX-License-Identifier: MIT
; CONFIG.SYS verbs that only set values, and the boot environment (SET). Entered from
; do_line with SI behind the separator, DS = CS = init's segment.

section init

v_none:         ret
v_break:        call on_off
                jc cfg_bad_value
                push DOSDATA
                pop fs
                mov [fs:break_flag], al
                ret
v_ansi:         call on_off
                jc cfg_bad_value
                push DOSDATA
                pop fs
                mov [fs:ansi_on], al
                ret
v_buffers:      cmp byte [si], '-'
                jne .num
                inc si
.num:           call get_number
                jc cfg_bad_value
                cmp ax, 6
                jae .min
                mov ax, 6
.min:           cmp ax, 99
                jbe .max
                mov ax, 99
.max:           mov [n_buffers], ax
                ret
v_files:        call get_number
                jc cfg_bad_value
                cmp ax, 8
                jae .min
                mov ax, 8
.min:           cmp ax, 255
                jbe .max
                mov ax, 255
.max:           mov [n_files], ax
                ret
v_fcbs:         call get_number
                jc cfg_bad_value
                cmp ax, 1
                adc ax, 0
                cmp ax, 255
                ja cfg_bad_value
                mov [n_fcbs], ax
                ret
v_lastdrive:    lodsb
                call upcase_cs
                sub al, 'A'-1
                jbe cfg_bad_value
                cmp al, 26
                ja cfg_bad_value
                mov [n_lastdrive], al
                ret
v_stacks:       call get_number
                jc cfg_bad_value
                cmp ax, 64
                ja cfg_bad_value
                mov [n_stacks], al
                call skip_sep
                call get_number
                jc .ret
                mov [stack_size], ax
.ret:           ret
n_stacks        db 0
stack_size      dw 0
v_country:      call get_number
                jc cfg_bad_value
                mov bx, ax
                push DOSDATA
                pop es
                push ds
                push DOSDATA
                pop ds
                call country_set
                pop ds
                jc cfg_bad_value
                ret
v_numlock:      call on_off
                jc cfg_bad_value
                push 0x40
                pop es
                and byte [es:0x17], ~0x20
                test al, al
                jz .ret
                or byte [es:0x17], 0x20
.ret:           ret
v_version:      call get_number
                jc cfg_bad_value
                mov cl, al
                xor ch, ch
                cmp byte [si], '.'
                jne .set
                inc si
                call get_number
                jc cfg_bad_value
                mov ch, al
.set:           push DOSDATA
                pop fs
                mov [fs:version_ret], cx
                mov bx, root_psp
                mov [fs:bx+psp.version], cx
                ret
v_switchar:     lodsb
                test al, al
                jz cfg_bad_value
                push DOSDATA
                pop fs
                mov [fs:switch_char], al
                ret
v_dos:          mov di, w_high
                call match
                je .high
                mov di, w_low
                call match
                je .low
                mov di, w_umb
                call match
                je .umb
                mov di, w_noumb
                call match
                je .noumb
                jmp cfg_bad_value
.high:          mov byte [want_high], 1
                jmp .next
.low:           mov byte [want_high], 0
                jmp .next
.umb:           mov byte [want_umb], 1
                jmp .next
.noumb:         mov byte [want_umb], 0
.next:          call skip_sep
                cmp byte [si], 0
                jne v_dos
                ret
w_high          db 'HIGH', 0
w_low           db 'LOW', 0
w_umb           db 'UMB', 0
w_noumb         db 'NOUMB', 0
v_switches:     lodsb                   ; /K old keyboard calls, /N no keys, /A no ANSI
                test al, al
                jz .ret
                cmp al, '/'
                jne v_switches
                lodsb
                call upcase_cs
                push DOSDATA
                pop fs
                cmp al, 'K'
                je .k
                cmp al, 'N'
                je .n
                cmp al, 'A'
                jne v_switches
                mov byte [fs:ansi_on], 0
                jmp v_switches
.k:             mov byte [fs:con_key_fn], 0
                jmp v_switches
.n:             mov byte [cfg_nokeys], 1
                jmp v_switches
.ret:           ret

; v_shell, set_shell - SI: path and tail
v_shell:        mov byte [shell_given], 1
set_shell:      push ds
                pop es
                mov di, shell_path
                mov cx, 79
.path:          lodsb
                test al, al
                jz .end
                cmp al, ' '
                je .end
                cmp al, '/'             ; switch right behind the name
                je .end
                stosb
                loop .path
.end:           mov byte [di], 0
                dec si
                mov di, shell_tail+1
                xor cx, cx
.tail:          lodsb
                test al, al
                jz .done
                stosb
                inc cx
                cmp cl, 126
                jb .tail
.done:          mov byte [di], 13
                mov [shell_tail], cl
                ret

; v_set - SET NAME=value into the boot environment
v_set:          push ds
                pop es
                mov cx, 0
                mov di, si              ; name in upper case
.name:          mov al, [di]
                test al, al
                jz cfg_bad_value
                cmp al, '='
                je .named
                call upcase_cs
                stosb
                inc cx
                jmp .name
.named:         jcxz .bad
.trim:          cmp byte [di-1], ' '    ; blanks in front of the = are not the name's
                jne .trimmed
                push di
                push si
                mov si, di
.shift:         lodsb
                mov [si-2], al
                test al, al
                jnz .shift
                pop si
                pop di
                dec di
                loop .trim
                jmp .bad
.trimmed:       jmp env_set
.bad:           jmp cfg_bad_value
; env_set - put NAME=value (SI) into init_env, an older value goes; ES = DS
env_set:
                mov bx, init_env        ; look for the same name
.var:           cmp byte [bx], 0
                je .add
                mov di, bx
                push si
.cmp:           lodsb
                cmp al, [di]
                jne .other
                inc di
                cmp al, '='
                jne .cmp
                pop si
                mov di, bx              ; same: close the gap
                push si
                mov si, bx
.len:           lodsb
                test al, al
                jnz .len
                mov cx, [env_end]
                add cx, init_env+1
                sub cx, si
                rep movsb
                sub si, di
                sub [env_end], si
                pop si
                jmp .add
.other:         pop si
.skip:          inc bx
                cmp byte [bx-1], 0
                jne .skip
                jmp .var
.add:           mov di, [env_end]
                push si
.count:         inc di
                lodsb
                test al, al
                jnz .count
                pop si
                cmp di, INIT_ENV_SIZE-2
                jae .full
                push di
                mov di, [env_end]
                add di, init_env
.copy:          lodsb
                stosb
                test al, al
                jnz .copy
                stosb
                pop word [env_end]
                ret
.full:          mov si, msg_envfull
                jmp cfg_report
msg_envfull     db ': no room left for SET', 13, 10, 0

v_echo:         call kputs
                mov si, msg_crlf
                jmp kputs
