; SPDX-License-Identifier: MIT
; Process life: PSPs (26h 50h 51h 55h 62h), termination (00h 31h 4Ch), exit code
; (4Dh). Owns the current PSP.

section doscode

; psp_build - fill in a child PSP
; In: ES = segment of the new PSP (its 256 bytes are overwritten), AX = end segment
; Out: parent, vectors, inherited handles; environment segment 0
; Clobbers: AX, BX, CX, DX, SI, DI
psp_build:
                push ax
                xor ax, ax
                xor di, di
                mov cx, 128
                cld
                rep stosw
                mov word [es:psp.int20], 0x20CD
                pop word [es:psp.end]
                call psp_entries
                mov ax, [cur_psp]
                mov [es:psp.parent], ax
                mov byte [es:psp.tail+1], 13
                mov byte [es:psp.fcb1+1], ' '
                mov byte [es:psp.fcb2+1], ' '
                mov word [es:psp.jftsize], 20
                mov word [es:psp.jftptr], psp.jft
                mov [es:psp.jftptr+2], es
                mov word [es:psp.prev], 0xFFFF
                mov word [es:psp.prev+2], 0xFFFF
                push ds                 ; inherit the parent's first 20 handles
                test ax, ax
                jz .nojft
                mov ds, ax
                lds si, [psp.jftptr]
.nojft:         pop cx
                mov di, psp.jft
                xor dx, dx              ; handle number
.handle:        mov bl, 0xFF
                test ax, ax
                jz .store
                mov bl, [si]
                cmp bl, 0xFF
                je .store
                push ds
                push di
                mov ds, cx
                xor bh, bh
                push cx
                push dx
                push si
                push ax
                push bx
                call sft_by_index
                pop bx
                pop ax
                pop si
                pop dx
                pop cx
                jc .drop
                test byte [di+sft.mode], 0x80
                jnz .drop
                inc word [di+sft.refs]
                jmp .kept
.drop:          mov bl, 0xFF
.kept:          pop di
                pop ds
.store:         mov [es:di], bl
                inc di
                inc si
                inc dx
                cmp dx, 20
                jb .handle
                mov ds, cx
                ret

; psp_entries - the parts of a PSP that point into DOS; In: ES = PSP
; Clobbers: AX, BX, FS
psp_entries:
                xor ax, ax
                mov fs, ax
                mov eax, [fs:0x22*4]
                mov [es:psp.int22], eax
                mov eax, [fs:0x23*4]
                mov [es:psp.int23], eax
                mov eax, [fs:0x24*4]
                mov [es:psp.int24], eax
                mov byte [es:psp.cpm], 0x9A     ; far call that wraps to 0000:00C0
                mov ax, [es:psp.end]
                mov bx, es
                sub ax, bx
                cmp ax, 0x0FFF
                jbe .size
                mov ax, 0x0FFF
.size:          sub ax, 0x10            ; its offset doubles as the bytes in this segment
                mov bx, 0x000C
                sub bx, ax
                shl ax, 4
                mov [es:psp.cpm+1], ax
                mov [es:psp.cpm+3], bx
                mov ax, [version_ret]
                mov [es:psp.version], ax
                mov word [es:psp.call21], 0x21CD
                mov byte [es:psp.call21+2], 0xCB
                ret

; 26h new PSP at DX: a copy of the current one
core_21_26:     mov si, [user_frame]
                mov es, [si+frame.dx]
                mov ax, [cur_psp]
                push ds
                mov ds, ax
                xor si, si
                xor di, di
                mov cx, 128
                cld
                rep movsw
                pop ds
                jmp psp_entries

; 55h child PSP at DX, SI = its end segment; becomes current
core_21_55:     mov si, [user_frame]
                mov es, [si+frame.dx]
                mov ax, [si+frame.si]
                call psp_build
                mov [cur_psp], es
                clc
                ret

; 4Dh exit code of the last child
core_21_4d:     mov si, [user_frame]
                xor ax, ax
                xchg ax, [exit_code]
                mov [si+frame.ax], ax
                ret

; 31h stay resident: DX paragraphs, AL exit code
core_21_31:     mov si, [user_frame]
                mov bx, [si+frame.dx]
                cmp bx, 6
                jae .size
                mov bx, 6
.size:          mov ax, [cur_psp]
                call mem_resize
                mov si, [user_frame]
                mov al, [si+frame.ax]
                mov ah, 3
                jmp terminate

core_21_00:     xor ax, ax
                jmp core_21_4c.type
core_21_4c:     mov si, [user_frame]
                mov al, [si+frame.ax]
                mov ah, 0
.type:          test byte [ctrlc_abort], 0xFF
                jz terminate
                mov ax, 0x0100          ; ended by Ctrl-C
; terminate - end the current process
; In: AL exit code, AH kind (0 normal, 1 Ctrl-C, 2 critical error, 3 resident)
; Does not return: goes on in the parent behind its EXEC call
terminate:
                mov byte [ctrlc_abort], 0
                mov [exit_code], ax
                mov [term_type], ah
                mov byte [crit_flag], 0
                mov byte [con_swapped], 0
                push ax
                mov ax, 0x1122          ; let redirectors clean up
                int 0x2F
                push DOSDATA
                pop ds
                pop ax
                mov bx, [cur_psp]
                mov es, bx
                mov dx, [es:psp.parent]
                cmp dx, bx
                je .vectors             ; a root shell keeps what it owns
                cmp ah, 3
                je .vectors
                push dx
                push bx
                mov ax, bx
                call fs_close_process
                pop ax
                push ax
                call mem_free_owner
                pop bx
                pop dx
                mov es, bx              ; freed, but still intact
.vectors:       xor ax, ax
                mov fs, ax
                mov eax, [es:psp.int22]
                mov [fs:0x22*4], eax
                mov ecx, eax
                mov eax, [es:psp.int23]
                mov [fs:0x23*4], eax
                mov eax, [es:psp.int24]
                mov [fs:0x24*4], eax
                mov [cur_psp], dx
                cli
                mov es, dx
                mov bp, [es:psp.stack]
                mov dx, [es:psp.stack+2]
                mov byte [in_dos], 0
                mov word [user_frame], disk_stack_top-frame_size
                mov ss, dx
                mov sp, bp
                mov [bp+frame.ip], cx
                shr ecx, 16
                mov [bp+frame.cs], cx
                and word [bp+frame.flags], 0xFFFE
                or word [bp+frame.flags], 0x0200
                POP_FRAME
                iret
