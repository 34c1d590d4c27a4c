; SPDX-License-Identifier: MIT
; INT 2Fh: the resident helper set (12xx), HMA queries, idle call, defaults.

section dosdata
hma_free        dw 0                    ; bytes free at the end of the HMA (DOS=HIGH)

section doscode

; int2f_entry - runs on the caller's stack; one word may be passed above the
; interrupt frame. Locals: [bp] bp, [bp+2] ip, +4 cs, +6 flags, +8 argument
int2f_entry:
                push bp
                mov bp, sp
                cmp ah, 0x12
                je int2f_12
                cmp ax, 0x1680
                je .idle
                cmp ah, 0x4A
                je .hma
                cmp ah, 0x11
                jne .out
                test al, al
                jz .out
                mov ax, 1               ; no redirector
.fail:          or byte [bp+6], 1
                pop bp
                iret
.idle:          sti                     ; no HLT: what the program waits for may have come just before, and it
                mov al, 0               ; would sleep to the next tick, in the middle of a transfer
.out:           pop bp
                iret
.hma:           cmp al, 1
                je .query
                cmp al, 2
                jne .out
                push ds                 ; 4A02: take BX bytes
                push DOSDATA
                pop ds
                add bx, 15
                and bl, 0xF0
                cmp bx, [hma_free]
                ja .nohma
                mov di, [hma_free]
                neg di
                and di, 0xFFF0
                push 0xFFFF
                pop es
                sub [hma_free], bx
                jmp .hmaout
.query:         push ds
                push DOSDATA
                pop ds
                mov bx, [hma_free]
                test bx, bx
                jz .nohma
                mov di, bx
                neg di
                push 0xFFFF
                pop es
                jmp .hmaout
.nohma:         xor bx, bx
                mov di, 0xFFFF
                push di
                pop es
.hmaout:        pop ds
                jmp .out

int2f_12:
                cmp al, 0x31
                ja .out
                push ax
                push bx
                movzx bx, al
                add bx, bx
                mov ax, [cs:i12_table+bx]
                pop bx
                xchg ax, [bp-2]         ; leave the handler's address on the stack
                ret                     ; with AX restored
.out:           pop bp
                iret
i12_out:        pop bp
                iret
i12_ok:         and byte [bp+6], 0xFE
                pop bp
                iret
i12_table:
                dw i12_00, i12_out, i12_02, i12_03, i12_04, i12_05, i12_out, i12_out
                dw i12_08, i12_out, i12_out, i12_out, i12_out, i12_0d, i12_out, i12_out
                dw i12_out, i12_11, i12_12, i12_13, i12_14, i12_out, i12_16, i12_17
                dw i12_18, i12_out, i12_1a, i12_1b, i12_1c, i12_out, i12_1e, i12_1f
                dw i12_20, i12_21, i12_out, i12_23, i12_24, i12_25, i12_26, i12_27
                dw i12_28, i12_29, i12_out, i12_out, i12_2c, i12_2d, i12_2e, i12_2f
                dw i12_out, i12_out

i12_00:         mov al, 0xFF
                jmp i12_out
i12_02:         mov bx, [bp+8]          ; address of a vector
                xor bh, bh
                shl bx, 2
                push 0
                pop es
                jmp i12_out
i12_03:         push DOSDATA
                pop ds
                jmp i12_out
i12_04:         mov al, [bp+8]          ; normalise a separator; ZF=1 it is one
                cmp al, '/'
                jne .sep
                mov al, '\'
.sep:           cmp al, '\'
i12_zf:         jz .set
                and byte [bp+6], 0xBF
                jmp i12_out
.set:           or byte [bp+6], 0x40
                jmp i12_out
i12_05:         mov al, [bp+8]
                int 0x29
                jmp i12_out
i12_08:         mov ax, [es:di]         ; drop a reference: old count in AX
                dec word [es:di]
                jnz i12_out
                dec word [es:di]        ; FFFFh: about to be closed
                jmp i12_out
i12_0d:         push ds                 ; AX date, DX time
                push es
                pushad
                push fs
                mov bp, sp
                push DOSDATA
                pop ds
                mov cx, ss
                cmp cx, DOSDATA
                jne .foreign
                call get_time_stamp
                jmp .have
.foreign:       mov ax, [now_days]      ; not on our stack: what the clock said last
.have:          xchg ax, dx
                mov [bp+2+28], ax
                mov [bp+2+20], dx
                pop fs
                popad
                pop es
                pop ds
                jmp i12_out
i12_11:         push si                 ; DS:SI -> ES:DI upper case, / to backslash
                push di
                push ax
.next:          lodsb
                call i12_up
                cmp al, '/'
                jne .put
                mov al, '\'
.put:           stosb
                test al, al
                jnz .next
                pop ax
                pop di
                pop si
                jmp i12_out
i12_up:         push ds
                push DOSDATA
                pop ds
                call upcase
                pop ds
                ret
i12_12:         push ax
                push di
                xor al, al
                mov cx, 0xFFFF
                cld
                repne scasb
                not cx                  ; length with the zero
                pop di
                pop ax
                jmp i12_out
i12_13:         mov al, [bp+8]
                call i12_up
                jmp i12_out
i12_14:         cmp si, di
                jne i12_zf
                push ax
                push bx
                mov ax, ds
                mov bx, es
                cmp ax, bx
                pop bx
                pop ax
                jmp i12_zf
i12_16:         push ds                 ; SFT number BX -> ES:DI
                push DOSDATA
                pop ds
                push ax
                push bx
                push cx
                push si
                les di, [lol_sft]
.block:         cmp bx, [es:di+4]
                jb .here
                sub bx, [es:di+4]
                les di, [es:di]
                cmp di, 0xFFFF
                jne .block
                pop si
                pop cx
                pop bx
                pop ax
                pop ds
                jmp int2f_entry.fail
.here:          mov ax, sft_size
                push dx
                mul bx
                pop dx
                add di, ax
                add di, 6
                pop si
                pop cx
                pop bx
                pop ax
                pop ds
                jmp i12_ok
i12_17:         push ax                 ; CDS of drive [bp+8] -> DS:SI
                push bx
                push DOSDATA
                pop ds
                mov al, [bp+8]
                call cds_by_drive
                mov si, bx
                pop bx
                pop ax
                jc int2f_entry.fail
                mov [this_cds], si
                mov [this_cds+2], ds
                jmp i12_ok
i12_18:         push DOSDATA
                pop ds
                mov si, [user_frame]
                jmp i12_out
i12_1a:         mov ax, [si]            ; drive of a path: 0 default, 1 A, FFh none
                cmp ah, ':'
                mov ah, 0x12
                mov al, 0
                jne i12_out
                lodsb
                inc si
                call i12_up
                sub al, 'A'-1
                push ds
                push DOSDATA
                pop ds
                cmp al, [lol_lastdrive]
                pop ds
                jbe i12_out
                mov al, 0xFF
                jmp i12_out
i12_1b:         mov al, 28              ; days of February in year CX
                test cl, 3
                jnz i12_out
                inc al
                jmp i12_out
i12_1c:         cld                     ; add CX bytes at DS:SI to DX
.next:          lodsb
                xor ah, ah
                add dx, ax
                loop .next
                jmp i12_out
i12_1e:         push ax                 ; compare names, case and slashes alike
                push si
                push di
                push bx
.next:          mov al, [es:di]
                inc di
                call .norm
                mov bl, al
                lodsb
                call .norm
                cmp al, bl
                jne .done
                test al, al
                jnz .next
.done:          pop bx
                pop di
                pop si
                pop ax
                jmp i12_zf
.norm:          call i12_up
                cmp al, '/'
                jne .ret
                mov al, '\'
.ret:           ret
i12_1f:         push ax                 ; CDS of drive letter [bp+8] -> ES:DI
                push bx
                push ds
                push DOSDATA
                pop ds
                mov al, [bp+8]
                call upcase
                sub al, 'A'
                call cds_by_drive
                push ds
                pop es
                mov di, bx
                pop ds
                pop bx
                pop ax
                jc int2f_entry.fail
                jmp i12_ok
i12_20:         push ds                 ; JFT entry of handle BX -> ES:DI
                push DOSDATA
                pop ds
                mov es, [cur_psp]
                pop ds
                cmp bx, [es:psp.jftsize]
                jae .bad
                les di, [es:psp.jftptr]
                add di, bx
                jmp i12_ok
.bad:           mov ax, ERR_HANDLE
                jmp int2f_entry.fail
i12_23:         push ax                 ; is the name at 22Bh a character device?
                push bx
                push cx
                push si
                push di
                push ds
                push es
                push DOSDATA
                pop ds
                les bx, [nul_hdr_ptr]
.dev:           test byte [es:bx+devhdr.attr+1], DEVA_CHAR>>8
                jz .nextdev
                mov si, fcb_name
                lea di, [bx+devhdr.name]
                mov cx, 8
                cld
                repe cmpsb
                je .found
.nextdev:       les bx, [es:bx]
                cmp bx, 0xFFFF
                jne .dev
                stc
.found:         mov ax, [es:bx+devhdr.attr]
                pop es
                pop ds
                pop di
                pop si
                pop cx
                pop bx
                jc .no
                mov bh, al
                pop ax
                jmp i12_ok
.no:            pop ax
                jmp int2f_entry.fail
i12_24:         push ds
                push DOSDATA
                pop ds
                mov [share_retries], bx
                pop ds
                jmp i12_out
i12_25:         push ax
                push si
                xor cx, cx
                cld
.next:          lodsb
                inc cx
                test al, al
                jnz .next
                pop si
                pop ax
                jmp i12_out
; 26 open, 27 close, 28 seek, 29 read: plain calls (one may run inside another)
i12_26:         mov al, cl
                mov ah, 0x3D
                jmp i12_call
i12_27:         mov ah, 0x3E
                jmp i12_call
i12_28:         push bp
                mov ax, [bp]
                int 0x21
                pop bp
                jmp i12_flags
i12_29:         mov ah, 0x3F
                jmp i12_call
i12_21:         mov ah, 0x60
i12_call:       int 0x21
i12_flags:      jc int2f_entry.fail
                jmp i12_ok
i12_2c:         mov bx, DOSDATA         ; first device behind NUL: BX:AX
                push ds
                mov ds, bx
                mov ax, [nul_hdr]
                mov bx, [nul_hdr+2]
                pop ds
                jmp i12_out
i12_2d:         push ds
                push DOSDATA
                pop ds
                mov ax, [err_code]
                pop ds
                jmp i12_out
i12_2f:         push ds                 ; DX = version to report, 0 the true one
                push DOSDATA
                pop ds
                push dx
                test dx, dx
                jnz .set
                mov dx, [version_true]
.set:           mov [version_ret], dx
                push es
                mov es, [cur_psp]
                mov [es:psp.version], dx
                pop es
                pop dx
                pop ds
                jmp i12_out
i12_2e:         push 0                  ; error text tables: none
                pop es
                xor di, di
                jmp i12_out
section dosdata
nul_hdr_ptr     dw nul_hdr, DOSDATA
section doscode
