; SPDX-License-Identifier: MIT
; The start-up menu: MENU, MENUDEFAULT, MENUCOLOR; the choice becomes %CONFIG%.

section init

v_menu:         cmp byte [cfg_menu], 0
                jne .shown
                mov byte [cfg_menu], 1
                push si
                call menu_screen
                pop si
.shown:         call kputs
                mov si, msg_crlf
                jmp kputs
v_menudefault:  call get_number
                jc cfg_bad_value
                cmp ax, 9
                ja cfg_bad_value
                mov [cfg_default], al
                mov [cfg_choice], al
                call skip_sep
                call get_number
                jc .ret
                cmp ax, 90
                jbe .secs
                mov ax, 90
.secs:          mov [cfg_seconds], al
.ret:           ret
v_menucolour:   call get_number
                jc cfg_bad_value
                and al, 15
                mov [cfg_colour], al
                call skip_sep
                call get_number
                jc .ret
                shl al, 4
                or [cfg_colour], al
.ret:           ret
; menu_screen - clear the screen in the menu's colour
menu_screen:
                push DOSDATA
                pop fs
                mov bh, [cfg_colour]
                mov [fs:ansi_attr], bh
                cmp bh, 7
                je .ret
                xor cx, cx
                mov dx, 0x184F
                mov ax, 0x0600
                int 0x10
                xor dx, dx
                mov bh, 0
                mov ah, 2
                int 0x10
.ret:           ret
; menu - wait for a choice when MENU lines were shown
menu:
                cmp byte [cfg_bypass], 0
                jne .ret
                cmp byte [cfg_menu], 0
                je .plain
                mov si, msg_choose
                call kputs
                mov al, [cfg_default]
                add al, '0'
                int 0x29
                mov al, 8
                int 0x29
                call tick
                mov bp, dx
                mov cl, [cfg_seconds]
.wait:          mov ah, 1
                int 0x16
                jnz .key
                hlt
                cmp cl, 0xFF
                je .wait
                call tick
                sub dx, bp
                mov al, 18              ; 18.2 ticks a second
                mul cl
                cmp dx, ax
                jb .wait
.default:       mov al, [cfg_default]
                jmp .set
.key:           mov ah, 0
                int 0x16
                mov cl, 0xFF            ; a key stops the clock
                cmp al, 13
                je .default
                cmp ah, 0x3F
                je .f5
                cmp ah, 0x42
                je .f8
                sub al, '0'
                jb .wait
                cmp al, 9
                ja .wait
.set:           mov [cfg_choice], al
                add al, '0'
                int 0x29
                mov si, msg_crlf
                call kputs
                push DOSDATA
                pop fs
                mov byte [fs:ansi_attr], 7
.plain:         mov al, [cfg_choice]
                cmp al, 0xFF
                je .ret
                add al, '0'
                mov [env_config+7], al
                push ds
                pop es
                mov si, env_config
                jmp env_set
.f5:            mov byte [cfg_bypass], 1
                jmp .default
.f8:            mov byte [cfg_step], 1
                jmp .wait
.ret:           ret
msg_choose      db 'Enter a choice: ', 0
env_config      db 'CONFIG=0', 0
tick:           push cx
                mov ah, 0
                int 0x1A
                pop cx
                ret
