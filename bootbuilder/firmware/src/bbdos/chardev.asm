; SPDX-License-Identifier: MIT
; Character devices: calls to any driver, reads and writes for handles, and the
; built-in NUL, AUX/COMn, PRN/LPTn drivers (CON and CLOCK$ have files of their own).

section dosbss
cooked_pos      resw 1                  ; next byte of the line cooked CON reads hand out
cooked_end      resw 1
aux_ahead       resb 8                  ; per port: flag, character read ahead

section doscode

; dev_call - run one request
; In: DS:BX request (DS = dosdata), FS:SI device header
; Out: AX = status word, CF = error bit; everything else kept
dev_call:
                pushad
                push es
                push fs
                push gs
                mov ax, [fs:si+devhdr.strat]
                mov [dev_entry], ax
                mov [dev_entry+2], fs
                mov word [bx+req.status], 0
                push ds
                pop es
                push bx
                push si
                push fs
                call DOSDATA:dev_thunk
                pop fs
                pop si
                pop bx
                push DOSDATA
                pop ds
                push DOSDATA
                pop es
                mov ax, [fs:si+devhdr.intr]
                mov [dev_entry], ax
                mov [dev_entry+2], fs
                push bx
                call DOSDATA:dev_thunk
                pop bx
                cld
                sti
                push DOSDATA
                pop ds
                pop gs
                pop fs
                pop es
                mov ax, [bx+req.status]
                mov bx, sp
                mov [bx+28], ax         ; the AX popad restores
                popad
                shl ax, 1               ; CF = error bit
                rcr ax, 1
                ret

; char_req - fill req_core
; In: AL command, ES:DI buffer, CX count; Out: BX = req_core; Clobbers: nothing else
char_req:       mov bx, req_core
                mov byte [bx+req.len], 22
                mov byte [bx+req.unit], 0
                mov [bx+req.cmd], al
                mov [bx+req.addr], di
                mov [bx+req.addr+2], es
                mov [bx+req.count], cx
                ret

; char_xfer - read or write a block on a device, critical errors included
; In: AL command 4 or 8, FS:SI header, ES:DI buffer, CX count
; Out: CX = bytes done, CF=1 AX = DOS error
; Clobbers: AX, BX
char_xfer:
                push dx
                mov dx, cx
.again:         mov cx, dx
                push ax
                call char_req
                call dev_call
                mov cx, [bx+req.count]
                jc .error
                pop ax
                pop dx
                clc
                ret
.error:         mov bx, ax
                pop ax
                push ax
                mov ah, 0x86            ; character device, ignore and fail allowed
                or ah, 0x28
                cmp al, 8
                jne .dir
                or ah, 1
.dir:           mov al, bl
                push bx
                call critical_error
                pop bx
                cmp al, 1
                pop ax
                je .again
                jb .ignored
                pop dx
                movzx ax, bl
                add ax, ERR_PROTECT
                stc
                ret
.ignored:       mov cx, dx
                pop dx
                clc
                ret

; dev_status - In: FS:SI, AL command (6 input, 10 output, 5 peek)
; Out: ZF=1 busy, AL = peeked character for 5; Clobbers: AX, BX
dev_status:
                mov bx, req_core
                mov byte [bx+req.len], 14
                mov byte [bx+req.unit], 0
                mov [bx+req.cmd], al
                call dev_call
                test ah, DEV_BUSY>>8
                mov al, [bx+req.media]
                jnz .busy
                or bx, bx               ; ZF=0 (req_core is not at 0)
                ret
.busy:          cmp ax, ax
                ret

; char_write - handle output to a device
; In: FS:SI header, ES:DI buffer, CX count, BX = SFT; Out: CX done, CF/AX
; Clobbers: all
char_write:
                jcxz .ok
                test byte [fs:si+devhdr.attr], DEVA_NUL
                jnz .ok
                test byte [bx+sft.flags], SFTF_RAW
                mov al, 8
                jnz char_xfer
                mov dx, cx              ; cooked: tabs, Ctrl-C, stop at Ctrl-Z
                push cx
.next:          mov al, [es:di]
                cmp al, 0x1A
                je .stop
                call cooked_char
                jc .fail
                inc di
                dec dx
                jnz .next
.stop:          pop cx
                sub cx, dx
                clc
                ret
.fail:          pop cx
                sub cx, dx
                stc
                ret
.ok:            clc
                ret

; cooked_char - one character with tab expansion and column count
; In: AL, FS:SI header; Out: CF/AX; Clobbers: AX, BX, CX
cooked_char:
                cmp al, 9
                je .tab
                cmp al, 13
                je .cr
                cmp al, 8
                je .bs
                cmp al, ' '
                jb device_char
                inc byte [carpos]
                jmp device_char
.cr:            mov byte [carpos], 0
                jmp device_char
.bs:            dec byte [carpos]
                jmp device_char
.tab:           mov al, ' '
                call cooked_char
                jc .ret
                test byte [carpos], 7
                jnz .tab
.ret:           ret

; device_char - send AL to FS:SI, looking for Ctrl-C / Ctrl-S first
; Out: CF/AX; Clobbers: AX, BX, CX
device_char:
                push ax
                call output_check
                pop ax
                cmp si, con_hdr
                jne .other
                mov bx, fs
                cmp bx, DOSDATA
                jne .other
                call con_out
                clc
                ret
.other:         push es
                push di
                push ds
                pop es
                mov di, one_char
                mov [di], al
                mov cx, 1
                mov al, 8
                call char_xfer
                pop di
                pop es
                ret

; char_read - handle input from a device
; In: FS:SI header, ES:DI buffer, CX count, BX = SFT; Out: CX done, CF/AX
; Clobbers: all
char_read:
                or byte [bx+sft.flags], SFTF_EOF
                jcxz .none
                test byte [fs:si+devhdr.attr], DEVA_NUL
                jnz .none
                test byte [bx+sft.flags], SFTF_RAW
                jnz .raw
                test byte [fs:si+devhdr.attr], DEVA_STDIN
                jnz .line
                push cx                 ; cooked, not the console: up to CR
                mov dx, cx
.byte:          push dx
                mov cx, 1
                mov al, 4
                call char_xfer
                pop dx
                jc .err
                mov al, [es:di]
                cmp al, 0x1A
                je .end
                inc di
                dec dx
                jz .end
                cmp al, 13
                jne .byte
.end:           pop cx
                sub cx, dx
                clc
                ret
.err:           pop dx
                ret
.raw:           mov al, 4
                jmp char_xfer
.none:          xor cx, cx
                clc
                ret
.line:          mov ax, [cooked_pos]
                cmp ax, [cooked_end]
                jb .have
                push es
                push di
                push cx
                push bx
                call cooked_fill
                pop bx
                pop cx
                pop di
                pop es
.have:          push cx
                mov si, [cooked_pos]
                mov dx, [cooked_end]
                sub dx, si
                cmp byte [si], 0x1A     ; Ctrl-Z first: end of file
                jne .take
                mov word [cooked_pos], 0
                mov word [cooked_end], 0
                pop cx
                jmp .none
.take:          cmp cx, dx
                jbe .count
                mov cx, dx
.count:         pop dx
                mov dx, cx
                cld
                rep movsb
                mov [cooked_pos], si
                mov cx, dx
                clc
                ret

; cooked_fill - edit one line into line_buf, CR LF added
; In: FS:SI header (unused: the line editor reads standard input)
cooked_fill:
                push ds
                pop es
                mov di, line_buf
                mov byte [di], 128
                call edit_line
                movzx cx, byte [line_buf+1]
                mov di, line_buf+2
                mov [cooked_pos], di
                add di, cx
                mov ax, 0x0A0D
                stosw
                mov [cooked_end], di
                mov al, 10
                jmp put_char

; ------------------------------------------------- built-in drivers

; dev_intr - interrupt routine of all built-in character devices
; In: AL device number (0 NUL 1 CON 2 CLOCK$ 3-6 COM 7-9 LPT), caller's AX on the
; stack, request in dev_req
dev_intr:
                pushad
                push ds
                push es
                push DOSDATA
                pop ds
                movzx dx, al
                les bx, [dev_req]
                movzx ax, byte [es:bx+req.cmd]
                mov cx, [es:bx+req.count]
                les di, [es:bx+req.addr]
                cld
                test dl, dl
                jz .done
                cmp dl, 2
                jb con_driver
                je clock_driver
                cmp dl, 7
                jb aux_driver
                jmp prn_driver
.done:
dev_done:       mov ax, DEV_DONE
                jmp dev_exit
dev_busy:       mov ax, DEV_DONE|DEV_BUSY
                jmp dev_exit
dev_unknown:    mov ax, DEV_ERROR|DEV_DONE|3
; dev_exit - AX = status
dev_exit:       les bx, [dev_req]
                mov [es:bx+req.status], ax
                pop es
                pop ds
                popad
                pop ax
                retf
; dev_peeked - AL = character waiting
dev_peeked:     les bx, [dev_req]
                mov [es:bx+req.media], al
                jmp dev_done
; dev_failed - DX bytes of the request were not done, AX = status
dev_failed:     les bx, [dev_req]
                sub [es:bx+req.count], dx
                jmp dev_exit

; aux_driver - DL = 3..6
aux_driver:
                sub dl, 3
                movzx si, dl
                add si, si
                add si, aux_ahead
                movzx dx, dl            ; port for INT 14h
                cmp al, 4
                je .read
                cmp al, 5
                je .peek
                cmp al, 7
                je .flush
                cmp al, 8
                je .write
                cmp al, 9
                je .write
                cmp al, 6
                je .status
                cmp al, 10
                je .ostat
                cmp al, 3
                je dev_unknown
                cmp al, 12
                je dev_unknown
                jmp dev_done
.flush:         mov byte [si], 0
                jmp dev_done
.ostat:         mov ah, 3
                int 0x14
                test ah, 0x20
                jz dev_busy
                jmp dev_done
.status:        cmp byte [si], 0
                jne dev_done
                mov ah, 3
                int 0x14
                test ah, 1
                jz dev_busy
                jmp dev_done
.peek:          cmp byte [si], 0
                jne .got
                mov ah, 3
                int 0x14
                test ah, 1
                jz dev_busy
                call .get
                jc .error
                mov byte [si], 1
                mov [si+1], al
.got:           mov al, [si+1]
                jmp dev_peeked
.read:          jcxz .rdone
.rnext:         cmp byte [si], 0
                je .wait
                mov byte [si], 0
                mov al, [si+1]
                jmp .rstore
.wait:          mov ah, 3               ; no timeout on input: look before INT 14h waits
                int 0x14
                test ah, 1
                jz .wait
                call .get
                jc .error
.rstore:        stosb
                loop .rnext
.rdone:         jmp dev_done
.get:           mov ah, 2
                int 0x14
                test ah, 0x80
                jnz .stc
                clc
                ret
.stc:           stc
                ret
.write:         jcxz .rdone
.wnext:         mov al, [es:di]
                mov ah, 1
                int 0x14
                test ah, 0x80
                jnz .werr
                inc di
                loop .wnext
                jmp dev_done
.werr:          mov dx, cx
                mov ax, DEV_ERROR|DEV_DONE|10
                jmp dev_failed
.error:         mov dx, cx
                mov ax, DEV_ERROR|DEV_DONE|11
                jmp dev_failed

; prn_driver - DL = 7..9
prn_driver:
                sub dl, 7
                movzx dx, dl
                cmp al, 8
                je .write
                cmp al, 9
                je .write
                cmp al, 16
                je .write
                cmp al, 10
                je .ostat
                cmp al, 5
                je dev_busy
                cmp al, 4
                je .none
                jmp dev_done
.none:          les bx, [dev_req]
                mov word [es:bx+req.count], 0
                jmp dev_done
.ostat:         mov ah, 2
                int 0x17
                test ah, 0x80
                jz dev_busy
                jmp dev_done
.write:         jcxz .wdone
.next:          mov al, [es:di]
                mov ah, 0
                int 0x17
                test ah, 0x29           ; paper out, error, timeout
                jnz .werr
                inc di
                loop .next
.wdone:         jmp dev_done
.werr:          mov dx, cx
                test ah, 0x20
                mov ax, DEV_ERROR|DEV_DONE|9
                jnz dev_failed
                mov ax, DEV_ERROR|DEV_DONE|2
                jmp dev_failed
