; SPDX-License-Identifier: MIT
; INT 21h: entry, stack choice, function table, exit; the abort and Ctrl-C paths.
;
; Stack of a running call (SS = dosdata, growing down from the chosen top):
;   user SS, user SP, previous user_frame, pushad, fs, gs, STRUC frame

; ENTER_DOS - switch to a kernel stack and build the frame there
; In: caller's registers pushed as STRUC frame, BP = SP, CX = SS, BX = DS = dosdata,
; DI = new stack top. Out: SS=DS=ES=dosdata, [user_frame] set, in_dos counted
%macro ENTER_DOS 0
                mov dx, [user_frame]
                mov ss, bx
                mov sp, di
                push cx
                push bp
                push dx
                pushad
                push fs
                push gs
                sub sp, frame_size
                mov es, bx
                mov ds, cx
                mov si, bp
                mov di, sp
                mov cx, frame_size/2
                cld
                rep movsw
                mov ds, bx
                mov [user_frame], sp
                inc byte [in_dos]
%endmacro

section doscode

msg_ctrlc       db '^C', 13, 10, 0

; int21_entry - entered from the low stub with the caller's registers, IF = 0
int21_entry:
                cmp ah, 0x33
                jb .normal
                je fast_33
                cmp ah, 0x50
                je fast_50
                cmp ah, 0x51
                je fast_51
                cmp ah, 0x62
                je fast_51
                cmp ah, 0x64
                je fast_iret
.normal:        PUSH_FRAME
                mov bp, sp
                mov cx, ss
                mov bx, DOSDATA
                mov ds, bx
                mov [user_ax], ax
                mov di, [cur_psp]
                mov es, di
                mov [es:psp.stack], bp
                mov [es:psp.stack+2], cx
                mov di, err_stack_top
                cmp ah, 0x59
                je .stack
                cmp ah, 0x0C
                ja .disk
                test ah, ah
                jz .disk
                cmp byte [crit_flag], 0
                jne .stack
                mov di, char_stack_top
                jmp .stack
.disk:          mov di, disk_stack_top
                mov byte [crit_flag], 0
.stack:         ENTER_DOS
int21_again:                            ; the call is repeated here after Ctrl-C
                sti
                mov ax, [user_ax]
                cmp byte [break_flag], 0
                je .nobreak
                cmp ah, 0x0C
                jbe .nobreak
                cmp ah, 0x4C
                je .nobreak
                push ax
                call ctrlc_check
                pop ax
.nobreak:       mov bx, ax
                shr bx, 8
                cmp bl, 0x6C
                ja .high
                add bx, bx
                call [cs:func_table+bx]
                mov bx, [user_frame]
                jc .failed
.ok:            cmp byte [user_ax+1], 0x38
                jb int21_exit
                and byte [bx+frame.flags], 0xFE
                jmp int21_exit
.failed:        cmp byte [user_ax+1], 0x38
                jb int21_exit
                mov [bx+frame.ax], ax
                or byte [bx+frame.flags], 1
                call set_ext_error
                jmp int21_exit
.high:          cmp bl, 0x73
                je .fat32
                mov bx, [user_frame]    ; 71h and all others: not there
                mov byte [bx+frame.ax], 0
                or byte [bx+frame.flags], 1
                jmp int21_exit
.fat32:         call fs_21_73
                mov bx, [user_frame]
                jnc .ok
                mov [bx+frame.ax], ax
                or byte [bx+frame.flags], 1

; int21_exit - copy the frame back to the caller's stack and return to it
int21_exit:
                cli
                call leave_dos
                POP_FRAME
                iret

; leave_dos - back to the caller's stack, all but the frame undone
; In: SS=DS=dosdata, [user_frame] = innermost frame, IF = 0
; Out: SS:SP -> caller's frame; FS, GS and the upper register halves restored
; Clobbers: all general registers' lower halves, DS, ES
leave_dos:
                pop word [ret_tmp]
                mov sp, [user_frame]
                dec byte [in_dos]
                mov si, sp
                mov di, [si+frame_size+4+32+2]
                mov es, [si+frame_size+4+32+4]
                mov cx, frame_size/2
                cld
                rep movsw
                add sp, frame_size
                pop gs
                pop fs
                popad
                pop word [user_frame]
                pop bp
                pop bx
                mov ax, [ret_tmp]
                mov ss, bx
                mov sp, bp
                jmp ax

; Functions that must not switch stacks
fast_iret:      iret
fast_50:        push ds
                push DOSDATA
                pop ds
                mov [cur_psp], bx
                pop ds
                iret
fast_51:        push ds
                push DOSDATA
                pop ds
                mov bx, [cur_psp]
                pop ds
                iret
fast_33:        push ds                 ; 00 get, 01 set, 02 swap Ctrl-C flag, 05 boot drive, 06 version
                push DOSDATA
                pop ds
                cmp al, 1
                jb .get
                je .set
                cmp al, 2
                je .swap
                cmp al, 5
                je .boot
                cmp al, 6
                je .version
                mov al, 0xFF
                jmp .done
.get:           mov dl, [break_flag]
                jmp .done
.set:           and dl, 1
                mov [break_flag], dl
                jmp .done
.swap:          and dl, 1
                xchg dl, [break_flag]
                jmp .done
.boot:          mov dl, [lol_bootdrive]
                jmp .done
.version:       mov bx, [version_true]
                xor dx, dx
                cmp byte [code_high], 0
                je .done
                mov dh, 0x10            ; DOS in the HMA
.done:          pop ds
                iret

; cpm_entry - CALL 5 interface: function in CL (0..24h), far call on the stack
cpm_entry:      push bp                 ; bp, inner ip (PSP+0Ah), cs, caller's near ip
                mov bp, sp
                push ax
                mov ax, [bp+6]          ; near return of CALL 5
                xchg ax, [bp+2]         ; becomes ip; [bp+4] = cs of the PSP
                pushf
                pop ax
                mov [bp+6], ax
                pop ax
                pop bp
                cmp cl, 0x24
                ja .bad
                mov ah, cl
                jmp int21_entry
.bad:           mov al, 0
                iret

int20_entry:    mov ah, 0
                jmp int21_entry

int27_entry:    add dx, 15              ; DX = bytes to keep in the PSP's segment
                rcr dx, 1
                shr dx, 3
                mov ax, 0x3100
                jmp int21_entry

; exit22_entry - someone jumped to the INT 22h vector: end the current program
exit22_entry:   mov ax, 0x4C00
                pushf
                push cs
                push ax
                jmp int21_entry

; int00_entry - division by zero: say so and end the program
int00_entry:    sti
                mov si, msg_divide
                call kputs
                mov ax, 0x4CFF
                jmp int21_entry
msg_divide      db 13, 10, 'Divide error', 13, 10, 0

; ctrlc_hit - Ctrl-C was read: show it and let INT 23h decide
; Does not return to its caller: the call is repeated or the program ended.
ctrlc_hit:
                mov byte [break_hit], 0
                mov si, msg_ctrlc
                call put_string_cs      ; through standard output, "^C"
ctrlc_raise:                            ; the same without the text
                cli
                mov byte [in_dos], 1
                mov byte [crit_flag], 0
                call leave_dos          ; SP -> frame on the caller's stack
                mov bp, sp
                add bp, 18
                push DOSDATA
                pop ds
                mov [sp_int23], bp
                POP_FRAME
                clc
                sti
                jmp DOSDATA:user_int23
ctrlc_return:   cli
                push bp
                mov bp, sp
                pushf
                push ax
                push ds
                push DOSDATA
                pop ds
                lea ax, [bp+2]
                cmp ax, [sp_int23]
                je .again               ; IRET: do the call again
                mov byte [ctrlc_abort], 0xFF
                test byte [bp-2], 1     ; RETF: carry set ends the program
                mov ax, 0x4C00
                jnz int21_entry
                mov byte [ctrlc_abort], 0
                pop ds
                pop ax
                add sp, 2
                pop bp
                add sp, 2               ; the flags word INT left
                jmp int21_entry
.again:         pop ds
                pop ax
                add sp, 2
                pop bp
                jmp int21_entry

; func_table - handlers of functions 00h..6Ch, DS=SS=dosdata, frame in [user_frame]
func_table:
                dw core_21_00, core_21_01, core_21_02, core_21_03, core_21_04, core_21_05, core_21_06, core_21_07
                dw core_21_08, core_21_09, core_21_0a, core_21_0b, core_21_0c, fs_21_0d, fs_21_0e, fs_21_0f
                dw fs_21_10, fs_21_11, fs_21_12, fs_21_13, fs_21_14, fs_21_15, fs_21_16, fs_21_17
                dw func_null, fs_21_19, fs_21_1a, fs_21_1b, fs_21_1c, func_null, func_null, fs_21_1f
                dw func_null, fs_21_21, fs_21_22, fs_21_23, fs_21_24, core_21_25, core_21_26, fs_21_27
                dw fs_21_28, fs_21_29, core_21_2a, core_21_2b, core_21_2c, core_21_2d, fs_21_2e, fs_21_2f
                dw core_21_30, core_21_31, fs_21_32, func_null, core_21_34, core_21_35, fs_21_36, core_21_37
                dw core_21_38, fs_21_39, fs_21_3a, fs_21_3b, fs_21_3c, fs_21_3d, fs_21_3e, fs_21_3f
                dw fs_21_40, fs_21_41, fs_21_42, fs_21_43, core_21_44, fs_21_45, fs_21_46, fs_21_47
                dw core_21_48, core_21_49, core_21_4a, core_21_4b, core_21_4c, core_21_4d, fs_21_4e, fs_21_4f
                dw func_null, func_null, core_21_52, core_21_53, fs_21_54, core_21_55, fs_21_56, fs_21_57
                dw core_21_58, core_21_59, fs_21_5a, fs_21_5b, fs_21_5c, core_21_5d, core_21_5e, core_21_5f
                dw fs_21_60, func_bad, func_null, core_21_63, func_null, core_21_65, core_21_66, fs_21_67
                dw fs_21_68, fs_21_69, core_21_6a, func_null, fs_21_6c

func_null:      mov bx, [user_frame]
                mov byte [bx+frame.ax], 0
                clc
                ret
func_bad:       mov ax, ERR_FUNCTION
                stc
                ret
core_21_6a:     jmp fs_21_68
