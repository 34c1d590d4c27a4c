; SPDX-License-Identifier: MIT
; Text: one line is made in memory and then printed, or written to NIC.BAT. Owns the line.

LINE_ROOM       equ 400

        section .bss
line            resb LINE_ROOM
line_at         resw 1                  ; where the next character goes

        section .text
; put_inline - append the ASCIZ text behind the call. Keeps all registers.
put_inline:
        push    bp
        mov     bp, sp
        push    si
        mov     si, [bp + 2]
        call    put_text
        mov     [bp + 2], si
        pop     si
        pop     bp
        ret

; put_text - append the ASCIZ text at SI. Out: SI behind its zero.
put_text:
        push    ax
.next:
        lodsb
        or      al, al
        jz      .done
        call    put_char
        jmp     .next
.done:
        pop     ax
        ret

; put_name - append the text at SI up to a control character or ], at most CX characters. Clobbers: AL, CX, SI.
put_name:
        jcxz    .done
.next:
        lodsb
        cmp     al, ' '
        jb      .done
        cmp     al, ']'
        je      .done
        call    put_char
        loop    .next
.done:
        ret

; put_char - append AL; what is too long for the line is lost. Keeps all registers.
put_char:
        push    di
        mov     di, [line_at]
        cmp     di, line + LINE_ROOM - 2
        jae     .full
        mov     [di], al
        inc     word [line_at]
.full:
        pop     di
        ret

; put_crlf - append a line end. Clobbers: AL.
put_crlf:
        mov     al, CR
        call    put_char
        mov     al, LF
        jmp     put_char

; put_hex4, put_hex2 - append AX, AL in lower-case hexadecimal. Keep all registers.
put_hex4:
        xchg    al, ah
        call    put_hex2
        xchg    al, ah
put_hex2:
        push    ax
        push    cx
        mov     ah, al
        mov     cl, 4
        shr     al, cl
        call    .digit
        mov     al, ah
        and     al, 15
        call    .digit
        pop     cx
        pop     ax
        ret
.digit:
        add     al, '0'
        cmp     al, '9'
        jbe     .put
        add     al, 'a' - '9' - 1
.put:
        jmp     put_char

%include "inc/number.inc"                ; put_number

; put_column - append a space, and more up to column AX. Clobbers: AX.
put_column:
        push    bx
        mov     bx, ax
        add     bx, line
.space:
        mov     al, ' '
        call    put_char
        cmp     [line_at], bx
        jb      .space
        pop     bx
        ret

; end_line - print the line and begin a new one. Keeps all registers.
end_line:
        push    ax
        call    put_crlf
        pop     ax

; show_line - print the line without a line end. Keeps all registers.
show_line:
        push    ax
        push    bx
        mov     bx, 1
        call    write_line
        pop     bx
        pop     ax
        ret

; write_line - write the line to the handle BX and begin a new one.
; Out: CF set when not all of it could be written. Clobbers: AX.
write_line:
        push    cx
        push    dx
        mov     dx, line
        mov     cx, [line_at]
        sub     cx, dx
        mov     [line_at], dx
        mov     ah, 40h
        int     21h
        jc      .done
        cmp     ax, cx                  ; a full disk writes less and gives no error
.done:
        pop     dx
        pop     cx
        ret
