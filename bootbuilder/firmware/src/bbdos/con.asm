; SPDX-License-Identifier: MIT
; The CON driver: keyboard through INT 16h, screen through INT 10h, ANSI escape
; sequences when switched on. Owns the screen state
; (its variables are in data.inc, away from code).

section doscode

; con_driver - AX command, ES:DI buffer, CX count, DS = dosdata
con_driver:
                cmp al, 4
                je .read
                cmp al, 5
                je .peek
                cmp al, 6
                je dev_done
                cmp al, 7
                je .flush
                cmp al, 8
                je .write
                cmp al, 9
                je .write
                cmp al, 3
                je dev_unknown
                cmp al, 12
                je dev_unknown
                jmp dev_done
.read:          jcxz .done
.rnext:         call con_key
                stosb
                loop .rnext
.done:          jmp dev_done
.write:         jcxz .done
.wnext:         mov al, [es:di]
                inc di
                call con_out
                loop .wnext
                jmp dev_done
.flush:         mov byte [con_pending], 0
.fnext:         mov ah, [con_key_fn]
                inc ah
                int 0x16
                jz .done
                mov ah, [con_key_fn]
                int 0x16
                jmp .fnext
.peek:          call con_peek
                jz dev_busy
                jmp dev_peeked

; con_peek - Out: ZF=1 no key, else AL = next byte; Clobbers: AX
con_peek:
                mov al, [break_hit]
                test al, al
                jnz .ret
                mov al, [con_reply_pos]
                cmp al, [con_reply_len]
                jb .reply
                mov al, [con_pending]
                test al, al
                jnz .ret
.key:           mov ah, [con_key_fn]
                inc ah
                int 0x16
                jz .ret
                test ax, ax             ; some BIOSes leave a zero word for Ctrl-Break
                jz .eat
                call con_translate
                or ah, 1                ; ZF=0
.ret:           ret
.eat:           mov ah, [con_key_fn]
                int 0x16
                jmp .key
.reply:         push bx
                movzx bx, al
                mov al, [con_reply+bx]
                pop bx
                or ah, 1
                ret

; con_key - wait for the next input byte; Out: AL; Clobbers: AH
con_key:
                mov al, [con_reply_pos]
                cmp al, [con_reply_len]
                jb .reply
                xor al, al
                xchg al, [con_pending]
                test al, al
                jnz .ret
.wait:          mov al, [break_hit]
                test al, al
                jnz .break
                mov ah, [con_key_fn]
                inc ah
                int 0x16
                jnz .get
                sti
                hlt                     ; until the next interrupt
                jmp .wait
.get:           mov ah, [con_key_fn]
                int 0x16
                test ax, ax
                jz .wait
                call con_translate
                test al, al
                jnz .ret
                mov [con_pending], ah
.ret:           ret
.break:         mov byte [break_hit], 0
                ret
.reply:         push bx
                movzx bx, al
                inc byte [con_reply_pos]
                mov al, [con_reply+bx]
                pop bx
                ret

; con_translate - enhanced keyboard codes to what DOS programs expect
; In/Out: AX from INT 16h
con_translate:  cmp al, 0xE0
                jne .not_e0
                test ah, ah
                jz .ret
                mov al, 0
.ret:           ret
.not_e0:        cmp ah, 0xE0            ; keypad Enter and slash
                jne .f0
                cmp al, 13
                je .enter
                cmp al, 10
                je .enter
                mov ah, 0x35
                ret
.enter:         mov ah, 0x1C
                ret
.f0:            cmp al, 0xF0
                jne .ret
                test ah, ah
                jz .ret
                mov al, 0
                ret

; con_out - put AL on the screen, through INT 29h when a program has taken it
; Clobbers: nothing
con_out:
                push ax
                push es
                push 0
                pop es
                mov ah, [es:0x29*4+2]
                cmp word [es:0x29*4], int29_stub
                jne .hooked
                cmp word [es:0x29*4+2], DOSDATA
                jne .hooked
                pop es
                pop ax
                jmp con_put
.hooked:        pop es
                pop ax
                int 0x29
                ret

; int29_entry - fast console output of AL
int29_entry:    push ds
                push DOSDATA
                pop ds
                call con_put
                pop ds
                iret

; con_put - the screen itself; In: AL, DS = dosdata; Clobbers: nothing
con_put:
                pushad
                cmp byte [ansi_state], 0
                jne .escape
                cmp al, 27
                je .esc
.text:          call tty_char
                jmp .done
.esc:           cmp byte [ansi_on], 0
                je .text
                mov byte [ansi_state], 1
.done:          popad
                ret
.escape:        call ansi_char
                jmp .done

; tty_char - AL with the current colour; Clobbers: AX, BX, CX, DX, BP
tty_char:
                push es
                mov bx, 0x40
                mov es, bx
                mov bh, [es:0x62]
                mov bl, [ansi_attr]
                cmp al, ' '
                jb .control
                cmp bl, 7
                je .plain
                push ax
                mov ah, 9
                mov cx, 1
                int 0x10
                pop ax
.plain:         cmp byte [ansi_wrap], 0
                jne .tty
                push ax
                mov ah, 3
                int 0x10
                inc dl
                cmp dl, [es:0x4A]
                pop ax
                jae .ret
.tty:           mov bl, 7
                mov ah, 0x0E
                int 0x10
.ret:           pop es
                ret
.control:       cmp al, 10
                jne .tty
                cmp bl, 7
                je .tty
                mov ah, 3               ; a coloured screen scrolls in its colour
                int 0x10
                mov al, [es:0x84]
                test al, al
                jnz .rows
                mov al, 24
.rows:          cmp dh, al
                jb .down
                mov bp, dx
                mov dh, al
                mov dl, [es:0x4A]
                dec dl
                mov bh, [ansi_attr]
                xor cx, cx
                mov ax, 0x0601
                push bp
                int 0x10
                pop bp
                jmp .ret
.down:          inc dh
                mov ah, 2
                int 0x10
                jmp .ret

; ansi_char - one character inside an escape sequence
; In: AL; Clobbers: all but DS
ansi_char:
                cmp byte [ansi_state], 1
                jne .params
                cmp al, '['
                jne .literal
                mov byte [ansi_state], 2
                mov byte [ansi_count], 0
                mov dword [ansi_params], 0
                mov dword [ansi_params+4], 0
                ret
.literal:       mov byte [ansi_state], 0
                push ax
                mov al, 27
                call tty_char
                pop ax
                jmp tty_char
.params:        cmp byte [ansi_quote], 0
                jne .quoted
                cmp al, '"'
                je .quote
                cmp al, "'"
                je .quote
                cmp al, ';'
                je .next
                cmp al, '0'
                jb .command
                cmp al, '9'
                ja .command
                movzx bx, byte [ansi_count]
                cmp bl, ANSI_PARAMS
                jae .ret
                sub al, '0'
                xchg al, [ansi_params+bx]
                mov ah, 10
                mul ah
                add [ansi_params+bx], al
.ret:           ret
.quote:         mov [ansi_quote], al
                ret
.quoted:        cmp al, [ansi_quote]
                jne .ret
                mov byte [ansi_quote], 0
                ret
.next:          cmp byte [ansi_count], ANSI_PARAMS
                jae .ret
                inc byte [ansi_count]
                ret
.command:       cmp al, '='
                je .ret
                cmp al, '?'
                je .ret
                mov byte [ansi_state], 0
                push es
                mov bx, 0x40
                mov es, bx
                mov bh, [es:0x62]
                mov cl, al
                mov ah, 3
                push cx
                int 0x10
                pop cx
                mov al, [ansi_params]
                mov ah, al
                test ah, ah
                jnz .one
                inc ah                  ; AH = count with default 1
.one:           mov ch, [es:0x84]
                test ch, ch
                jnz .rows
                mov ch, 24
.rows:          push word .leave
                cmp cl, 'A'
                je .up
                cmp cl, 'B'
                je .down
                cmp cl, 'C'
                je .right
                cmp cl, 'D'
                je .left
                cmp cl, 'H'
                je .goto
                cmp cl, 'f'
                je .goto
                cmp cl, 'J'
                je .clear
                cmp cl, 'K'
                je .eol
                cmp cl, 'm'
                je .colour
                cmp cl, 's'
                je .save
                cmp cl, 'u'
                je .restore
                cmp cl, 'n'
                je .report
                cmp cl, 'h'
                je .mode
                cmp cl, 'l'
                je .mode
                ret
.leave:         pop es
                ret
.up:            sub dh, ah
                jnc .set
                mov dh, 0
                jmp .set
.down:          add dh, ah
                cmp dh, ch
                jbe .set
                mov dh, ch
                jmp .set
.right:         add dl, ah
                mov al, [es:0x4A]
                dec al
                cmp dl, al
                jbe .set
                mov dl, al
                jmp .set
.left:          sub dl, ah
                jnc .set
                mov dl, 0
                jmp .set
.goto:          mov dh, ah
                dec dh
                cmp dh, ch
                jbe .row
                mov dh, ch
.row:           mov dl, [ansi_params+1]
                sub dl, 1
                adc dl, 0
                mov al, [es:0x4A]
                dec al
                cmp dl, al
                jbe .set
                mov dl, al
.set:           mov ah, 2
                int 0x10
                ret
.save:          mov [ansi_save], dx
                ret
.restore:       mov dx, [ansi_save]
                jmp .set
.clear:         mov dh, ch
                mov dl, [es:0x4A]
                dec dl
                push bx
                mov bh, [ansi_attr]
                xor cx, cx
                mov ax, 0x0600
                int 0x10
                pop bx
                xor dx, dx
                jmp .set
.eol:           mov cl, [es:0x4A]
                sub cl, dl
                xor ch, ch
                mov bl, [ansi_attr]
                mov ax, 0x0920
                int 0x10
                ret
.mode:          cmp byte [ansi_params], 7
                jne .setmode
                cmp cl, 'h'
                sete [ansi_wrap]
                ret
.setmode:       movzx ax, byte [ansi_params]
                cmp al, 0x13
                ja .no
                int 0x10
.no:            ret
.report:        cmp byte [ansi_params], 6
                jne .no
                mov word [con_reply], 0x5B1B
                mov al, dh
                call .two
                mov [con_reply+2], ax
                mov byte [con_reply+4], ';'
                mov al, dl
                call .two
                mov [con_reply+5], ax
                mov word [con_reply+7], 'R' | 13<<8
                mov byte [con_reply_pos], 0
                mov byte [con_reply_len], 9
                ret
.two:           inc al
                aam
                xchg al, ah
                add ax, '00'
                ret
.colour:        movzx cx, byte [ansi_count]
                inc cx
                cmp cl, ANSI_PARAMS
                jbe .many
                mov cl, ANSI_PARAMS
.many:          mov si, ansi_params
.attr:          lodsb
                mov bl, [ansi_attr]
                test al, al
                jz .reset
                cmp al, 1
                je .bold
                cmp al, 4
                je .underline
                cmp al, 5
                je .blink
                cmp al, 7
                je .reverse
                cmp al, 8
                je .hidden
                sub al, 30
                jb .attr_next
                cmp al, 7
                jbe .fore
                sub al, 10
                jb .attr_next
                cmp al, 7
                ja .attr_next
                call .ansi_to_pc
                shl al, 4
                and bl, 0x8F
                jmp .merge
.fore:          call .ansi_to_pc
                and bl, 0xF8
.merge:         or bl, al
                jmp .attr_store
.reset:         mov bl, 7
                jmp .attr_store
.bold:          or bl, 8
                jmp .attr_store
.underline:     and bl, 0xF8
                or bl, 1
                jmp .attr_store
.blink:         or bl, 0x80
                jmp .attr_store
.reverse:       mov bl, 0x70
                jmp .attr_store
.hidden:        mov bl, 0
.attr_store:    mov [ansi_attr], bl
.attr_next:     loop .attr
                ret
.ansi_to_pc:    push bx                 ; swap the red and blue bits
                mov bl, al
                and bl, 2
                test al, 1
                jz .nored
                or bl, 4
.nored:         test al, 4
                jz .noblue
                or bl, 1
.noblue:        mov al, bl
                pop bx
                ret

; kputs - print the kernel's own text; In: CS:SI ASCIZ; Clobbers: AX, SI
kputs:          cs lodsb
                test al, al
                jz .ret
                int 0x29
                jmp kputs
.ret:           ret

; kgetkey - wait for a key; Out: AL character, AH scan code
kgetkey:        mov ah, 0
                int 0x16
                ret

; swap_prompt - ask for the other floppy; In: AL = 'A' or 'B'; Clobbers: all
swap_prompt:
                push ax
                mov si, .text1
                call kputs
                pop ax
                int 0x29
                mov si, .text2
                call kputs
                jmp kgetkey
.text1          db 13, 10, 'Insert disk for drive ', 0
.text2          db ': and press a key', 13, 10, 0
