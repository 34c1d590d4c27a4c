; SPDX-License-Identifier: MIT
; Console functions 01h-0Ch and the line editor. Owns the line buffers and the
; output column.

section dosbss
line_buf        resb 258                ; max, length, text
line_tpl        resb 208                ; the previous line, for F1..F5
tpl_len         resb 1
tpl_pos         resb 1
line_eof        resb 1

section doscode

; put_char - AL to standard output; Out: CF/AX; Clobbers: AX, BX, CX
put_char:
                push si
                push di
                push es
                push fs
                mov bx, 1
                push ax
                call sft_from_handle
                pop ax
                jc .con
                test byte [di+sft.flags], SFTF_DEVICE
                jz .file
                lfs si, [di+sft.dev]
.dev:           call cooked_char
.ret:           pop fs
                pop es
                pop di
                pop si
                ret
.con:           lfs si, [lol_con]
                jmp .dev
.file:          cmp al, 9               ; tabs become blanks in files too
                je .tab
                call .column
                call .store
                jmp .ret
.tab:           mov al, ' '
                inc byte [carpos]
                push di
                call .store
                pop di
                jc .ret
                test byte [carpos], 7
                jnz .tab
                jmp .ret
.column:        cmp al, 13
                je .zero
                cmp al, 8
                je .back
                cmp al, ' '
                jb .same
                inc byte [carpos]
.same:          ret
.back:          dec byte [carpos]
                ret
.zero:          mov byte [carpos], 0
                ret
.store:         mov [one_char], al
                push dx
                push ds
                pop es
                mov dx, one_char
                mov cx, 1
                push si
                call fs_write_sft
                pop si
                pop dx
                ret

; put_string_cs - CS:SI ASCIZ to standard output; Clobbers: AX, BX, CX, SI
put_string_cs:  cs lodsb
                test al, al
                jz .ret
                call put_char
                jmp put_string_cs
.ret:           ret

; in_char - next byte of standard input, waiting for it
; Out: AL, CF=1 end of file (AL = 1Ah); Clobbers: AH, BX, CX
in_char:
                push si
                push di
                push es
                push fs
                push dx
                xor bx, bx
                call sft_from_handle
                lfs si, [lol_con]
                jc .wait
                test byte [di+sft.flags], SFTF_DEVICE
                jz .file
                lfs si, [di+sft.dev]
                test byte [fs:si+devhdr.attr], DEVA_NUL
                jnz .eof
.wait:          mov al, 5
                call dev_status
                jnz .ready
                call dos_idle
                jmp .wait
.ready:         push ds
                pop es
                mov di, one_char
                mov cx, 1
                mov al, 4
                call char_xfer
                mov al, [one_char]
.ok:            clc
.ret:           pop dx
                pop fs
                pop es
                pop di
                pop si
                ret
.file:          push ds
                pop es
                mov dx, one_char
                mov cx, 1
                call fs_read_sft
                jc .eof
                test ax, ax
                mov al, [one_char]
                jnz .ok
.eof:           mov al, 0x1A
                stc
                jmp .ret

; dos_idle - nothing to do right now; In: FS:SI the device waited for
; Clobbers: nothing
dos_idle:
                pushad
                push es
                push fs
                push gs
                cmp byte [int28_safe], 0
                je .noint
                push word [user_ax]
                call DOSDATA:user_int28
                push DOSDATA
                pop ds
                pop word [user_ax]
.noint:         sti
                cmp si, con_hdr         ; our keyboard driver: sleep until an interrupt
                jne .ret
                hlt
.ret:           cld
                pop gs
                pop fs
                pop es
                popad
                ret

; in_ready - Out: ZF=1 no character on standard input, else AL = it (0 for files)
; Clobbers: AX, BX, CX
in_ready:
                push si
                push di
                push fs
                xor bx, bx
                call sft_from_handle
                lfs si, [lol_con]
                jc .dev
                test byte [di+sft.flags], SFTF_DEVICE
                jz .file
                lfs si, [di+sft.dev]
.dev:           mov al, 5
                call dev_status
.ret:           pop fs
                pop di
                pop si
                ret
.file:          mov eax, [di+sft.pos]
                cmp eax, [di+sft.size]
                mov al, 0
                jb .yes
                cmp al, al
                jmp .ret
.yes:           test sp, sp
                jmp .ret

; output_check - Ctrl-C ends, Ctrl-S pauses; looked at before each character
; Clobbers: AX, BX
output_check:
ctrlc_check:
                cmp byte [break_hit], 0
                jne .hit
                cmp word [lol_con], con_hdr
                jne .full
                cmp word [lol_con+2], DOSDATA
                jne .full
                cmp byte [con_pending], 0
                jne .ret
                push es                 ; built-in CON: an empty BIOS buffer is quick to see
                push 0x40
                pop es
                mov ax, [es:0x1A]
                cmp ax, [es:0x1C]
                pop es
                je .ret
.full:          push si
                push fs
                lfs si, [lol_con]
                mov al, 5
                call dev_status
                jz .none
                cmp al, 3
                je .eat
                cmp al, 0x13
                je .pause
.none:          pop fs
                pop si
.ret:           ret
.eat:           call .read
.hit:           jmp ctrlc_hit
.pause:         call .read
.hold:          mov al, 5
                call dev_status
                jnz .resume
                call dos_idle
                jmp .hold
.resume:        call .read
                cmp al, 3
                je .hit
                jmp .none
.read:          push es
                push di
                push cx
                push ds
                pop es
                mov di, one_char
                mov cx, 1
                mov al, 4
                call char_xfer
                mov al, [one_char]
                pop cx
                pop di
                pop es
                ret

set_al:         mov si, [user_frame]
                mov [si+frame.ax], al
                clc
                ret
get_dl:         mov si, [user_frame]
                mov al, [si+frame.dx]
                ret

; 01h read with echo, 08h read, 07h read without Ctrl-C check
core_21_01:     call in_char
                call check_c
                push ax
                call put_char
                pop ax
                jmp set_al
core_21_08:     call in_char
                call check_c
                jmp set_al
core_21_07:     call in_char
                jmp set_al
check_c:        cmp al, 3
                je ctrlc_hit
                ret
; 02h write DL
core_21_02:     call get_dl
                call put_char
                mov al, [one_char]
                call get_dl
                cmp al, 9               ; AL = last character written
                jne set_al
                mov al, ' '
                jmp set_al
; 03h, 04h AUX; 05h PRN
core_21_03:     call ctrlc_check
                mov bx, 3
                call std_device
                jc .none
                mov al, 4
                call one_xfer
.none:          mov al, [one_char]
                jmp set_al
core_21_04:     mov bx, 3
                jmp out_dev
core_21_05:     mov bx, 4
out_dev:        push bx
                call ctrlc_check
                pop bx
                call get_dl
                mov [one_char], al
                call std_device
                jc .ret
                mov al, 8
                call one_xfer
.ret:           clc
                ret
; std_device - In: BX handle; Out: FS:SI device, CF=1 when it is none
std_device:     call sft_from_handle
                jc .ret
                test byte [di+sft.flags], SFTF_DEVICE
                stc
                jz .ret
                lfs si, [di+sft.dev]
                clc
.ret:           ret
one_xfer:       push ds
                pop es
                mov di, one_char
                mov cx, 1
                jmp char_xfer
; 06h direct: DL = FFh reads if there is something, else writes DL
core_21_06:     call get_dl
                cmp al, 0xFF
                jne .write
                call in_ready
                mov si, [user_frame]
                jz .none
                and byte [si+frame.flags], ~0x40
                call in_char
                jmp set_al
.none:          or byte [si+frame.flags], 0x40
                xor al, al
                jmp set_al
.write:         call raw_char
                call get_dl
                jmp set_al
raw_char:       mov bx, 1
                push ax
                call std_device
                pop ax
                jc put_char
                mov [one_char], al
                mov al, 8
                jmp one_xfer
; 09h write up to '$'
core_21_09:     mov si, [user_frame]
                mov es, [si+frame.ds]
                mov si, [si+frame.dx]
.next:          mov al, [es:si]
                inc si
                cmp al, '$'
                je .done
                push es
                call put_char
                pop es
                jmp .next
.done:          mov al, '$'
                jmp set_al
; 0Bh input status
core_21_0b:     call ctrlc_check
                call in_ready
                mov al, 0
                jz set_al
                dec al
                jmp set_al
; 0Ch flush, then function AL
core_21_0c:     mov word [cooked_pos], 0
                mov word [cooked_end], 0
                xor bx, bx
                call std_device
                jc .call
                mov al, 7
                call dev_status
.call:          mov si, [user_frame]
                mov al, [si+frame.ax]
                cmp al, 1
                je core_21_01
                cmp al, 6
                je core_21_06
                cmp al, 7
                je core_21_07
                cmp al, 8
                je core_21_08
                cmp al, 0x0A
                je core_21_0a
                mov al, 0
                jmp set_al
; 0Ah line input to DS:DX
core_21_0a:     mov si, [user_frame]
                mov es, [si+frame.ds]
                mov di, [si+frame.dx]
                mov al, [es:di]
                test al, al
                jz .ret
                mov [line_buf], al
                mov cl, [es:di+1]       ; its present text is the template when it ends in CR
                cmp cl, al
                jae .edit
                movzx bx, cl
                cmp byte [es:di+bx+2], 13
                jne .edit
                cmp cl, 208
                ja .edit
                mov [tpl_len], cl
                movzx cx, cl
                push ds
                push es
                push ds
                push es
                pop ds
                pop es
                lea si, [di+2]
                mov di, line_tpl
                cld
                rep movsb
                pop es
                pop ds
.edit:          push ds
                pop es
                mov di, line_buf
                mov word [cooked_pos], 0
                mov word [cooked_end], 0
                call edit_line
                mov si, [user_frame]
                mov es, [si+frame.ds]
                mov di, [si+frame.dx]
                mov si, line_buf+1
                movzx cx, byte [si]
                add cx, 2
                inc di
                cld
                rep movsb
.ret:           ret

; edit_line - read a line with editing and echo
; In: DI = buffer (max incl. CR in byte 0), DS = ES = dosdata
; Out: length in byte 1, text and CR behind; it is the next template
; Clobbers: AX, BX, CX, DX, SI
edit_line:
                mov byte [line_eof], 0
.restart:       mov byte [tpl_pos], 0
                mov byte [insert_mode], 0
                mov dl, 0               ; DL = length
.key:           call get
                jc .eof
                cmp al, ' '
                jae .char
                cmp al, 13
                je .enter
                cmp al, 8
                je .back
                cmp al, 3
                je ctrlc_hit
                cmp al, 0
                je .extended
                cmp al, 27
                je .cancel
                cmp al, 10
                je .newline
                cmp al, 21
                je .cancel
.char:          cmp al, 127
                je .back
                call .add
                jmp .key
.newline:       test dl, dl             ; the LF of the line before is nothing
                jz .key
                call crlf
                jmp .key
.eof:           mov byte [line_eof], 1
                test dl, dl
                jnz .enter
                mov al, 0x1A
                call .put
.enter:         mov al, 13
                call .put
                dec dl
                mov [di+1], dl
                mov al, 13
                call put_char
                lea si, [di+2]          ; the line becomes the template
                call .save
                ret
.save:          movzx cx, dl
                cmp cl, 208             ; what the template has room for
                jbe .fits
                mov cl, 208
.fits:          mov [tpl_len], cl
                push di
                mov di, line_tpl
                cld
                rep movsb
                pop di
                ret
.put:           movzx bx, dl
                mov [bx+di+2], al
                inc dl
                ret
.add:           inc dl
                cmp dl, [di]
                jae .full
                dec dl
                call .put
                cmp byte [insert_mode], 0
                jne .echo
                mov ah, [tpl_pos]
                cmp ah, [tpl_len]
                jae .echo
                inc byte [tpl_pos]
.echo:          cmp al, ' '
                jae put_char
                cmp al, 9
                mov bl, al
                mov al, ' '             ; a tab shows as one blank
                je put_char
                mov al, bl
                push ax
                mov al, '^'
                call put_char
                pop ax
                add al, 64
                jmp put_char
.full:          dec dl
                mov al, 7
                jmp put_char
.back:          call .rub
                jmp .key
.rub:           test dl, dl
                jz .rubbed
                dec dl
                cmp byte [tpl_pos], 0
                je .notpl
                dec byte [tpl_pos]
.notpl:         movzx bx, dl
                mov al, [bx+di+2]
                cmp al, 9
                je .rub1
                cmp al, ' '
                jae .rub1
                call .rub1
.rub1:          mov al, 8
                call put_char
                mov al, ' '
                call put_char
                mov al, 8
                jmp put_char
.rubbed:        ret
.cancel:        mov al, '\'
                call put_char
                call crlf
                jmp .restart
.extended:      call get
                jc .eof
                cmp al, 0x3B            ; F1, right arrow: one character of the template
                je .one
                cmp al, 0x4D
                je .one
                cmp al, 0x4B
                je .back
                cmp al, 0x3D            ; F3: the rest
                je .rest
                cmp al, 0x3C            ; F2 x: up to x
                je .upto
                cmp al, 0x3E            ; F4 x: skip to x
                je .skip
                cmp al, 0x53            ; Del: skip one
                je .skip1
                cmp al, 0x52
                je .insert
                cmp al, 0x40            ; F6: Ctrl-Z
                je .ctrlz
                cmp al, 0x3F            ; F5: take the line as template
                je .again
                jmp .key
.one:           call .from_tpl
                jmp .key
.rest:          call .from_tpl
                jnc .rest
                jmp .key
.from_tpl:      movzx bx, byte [tpl_pos]
                cmp bl, [tpl_len]
                jae .no
                mov al, [line_tpl+bx]
                mov ah, dl
                push ax
                call .add
                pop ax
                cmp ah, dl
                je .no
                cmp byte [insert_mode], 0
                je .took
                inc byte [tpl_pos]
.took:          clc
                ret
.no:            stc
                ret
.upto:          call .find
                jc .key
.uploop:        mov al, [tpl_pos]
                cmp al, cl
                jae .key
                push cx
                call .from_tpl
                pop cx
                jnc .uploop
                jmp .key
.skip:          call .find
                jc .key
                mov [tpl_pos], cl
                jmp .key
.skip1:         mov al, [tpl_pos]
                cmp al, [tpl_len]
                jae .key
                inc byte [tpl_pos]
                jmp .key
.find:          call get                ; CL = template position of the key typed
                jc .no
                movzx bx, byte [tpl_pos]
.findl:         inc bx
                cmp bl, [tpl_len]
                jae .no
                cmp al, [line_tpl+bx]
                jne .findl
                mov cl, bl
                clc
                ret
.insert:        xor byte [insert_mode], 1
                jmp .key
.ctrlz:         mov al, 0x1A
                jmp .char
.again:         lea si, [di+2]
                call .save
                mov al, '@'
                call put_char
                call crlf
                jmp .restart
get:            push dx
                call in_char
                pop dx
                ret
crlf:           mov al, 13
                call put_char
                mov al, 10
                jmp put_char
