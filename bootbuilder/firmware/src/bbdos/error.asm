; SPDX-License-Identifier: MIT
; Extended errors (59h, 5D0Ah) and critical errors (INT 24h).

section doscode

; set_ext_error - In: AX = DOS error; Clobbers: AX, CX, SI
set_ext_error:
                mov [err_code], ax
                mov cl, al
                mov si, error_table
.next:          cs lodsb
                cmp al, cl
                je .found
                test al, al
                jz .found
                add si, 3
                jmp .next
.found:         cs lodsb
                mov [err_class], al
                cs lodsb
                mov [err_action], al
                cs lodsb
                mov [err_locus], al
                ret

; 59h extended error
core_21_59:     mov si, [user_frame]
                mov ax, [err_code]
                mov [si+frame.ax], ax
                mov al, [err_action]
                mov ah, [err_class]
                mov [si+frame.bx], ax
                mov al, [err_locus]
                mov [si+frame.cx+1], al
                mov ax, [err_ptr]
                mov [si+frame.di], ax
                mov ax, [err_ptr+2]
                mov [si+frame.es], ax
                clc
                ret

; critical_error - ask INT 24h
; In: AL = device error 0..12h, AH = INT 24h flags (bit 7 character device, bits
;     3-5 fail, retry, ignore allowed), FS:SI = device header, [err_drive] = drive
; Out: AL = 0 ignore, 1 retry, 3 fail; an abort ends the program instead
; Clobbers: AH
critical_error:
                cmp word [cur_psp], 0
                je crit_now_fail
                cmp byte [crit_flag], 0
                jne crit_now_fail           ; an error while one is being handled
                pushad
                push es
                push fs
                push gs
                push word [user_ax]
                mov [allow24], ah
                movzx di, al
                mov bp, fs
                mov al, [err_drive]
                cmp al, 0xFF
                jne .drive
                mov al, [cur_drive]
.drive:         cli
                mov [sp_int24], sp
                inc byte [crit_flag]
                dec byte [in_dos]
                mov bx, [user_frame]
                mov cx, [bx+frame_size+4+32+2]
                mov ss, [bx+frame_size+4+32+4]
                mov sp, cx
                sti
                jmp DOSDATA:user_int24
crit_return:    cli
                cld
                mov bx, DOSDATA
                mov ds, bx
                mov ss, bx
                mov sp, [sp_int24]
                inc byte [in_dos]
                mov byte [crit_flag], 0
                sti
                mov ah, [allow24]
                cmp al, 2
                je .abort
                ja .fail
                test al, al
                mov bl, 0x20            ; may it be ignored?
                jz .allowed
                mov bl, 0x10
.allowed:       test ah, bl
                jnz .done
.fail:          mov al, 3
                test ah, 0x08
                jz .abort
.done:          pop word [user_ax]
                pop gs
                pop fs
                pop es
                mov bx, sp
                mov [bx+28], al
                popad
                ret
.abort:         mov ax, 0x0200
                jmp terminate
crit_now_fail:      mov al, 3
                ret
