; SPDX-License-Identifier: MIT
; Text on the screen, the keyboard and the clock: BIOS only.

; screen_start - an 80x25 text screen with the title on it
; Clobbers: AX, BX, CX, DX, SI
screen_start:
        mov     ax, 0003h
        int     10h
        mov     si, PARAM_TITLE
        call    print
        ; falls through

; new_line - goes to the start of the next line
; Clobbers: AL
new_line:
        push    si
        mov     si, text_new_line
        call    print
        pop     si
        ret

; print - writes a text
; In:  SI = text, ended by 0
; Out: SI = behind the 0
; Clobbers: AL
print:
        lodsb
        test    al, al
        jz      .done
        call    put_char
        jmp     print
.done:
        ret

; put_char - writes a character; one that is not printable, CR or LF becomes a dot
; In:  AL = character
put_char:
        pushad
        cmp     al, 10
        je      .put
        cmp     al, 13
        je      .put
        cmp     al, ' '
        jb      .dot
        cmp     al, 7Eh
        jbe     .put
.dot:
        mov     al, '.'
.put:
        mov     ah, 0Eh
        mov     bx, 7
        int     10h
        popad
        ret

; print_limited - writes a text of a stranger, at most CX characters
; In:  SI = text, ended by 0; CX = its room
; Clobbers: AL, CX, SI
print_limited:
        jcxz    .done
        lodsb
        test    al, al
        jz      .done
        call    put_char
        loop    print_limited
.done:
        ret

; print_number - writes a number in decimal
; In:  EAX = number
; Clobbers: EAX, EDX
print_number:
        push    ebx
        push    cx
        mov     ebx, 10
        xor     cx, cx
.divide:
        xor     edx, edx
        div     ebx
        push    dx
        inc     cx
        test    eax, eax
        jnz     .divide
.digit:
        pop     ax
        add     al, '0'
        call    put_char
        loop    .digit
        pop     cx
        pop     ebx
        ret

; print_address - writes an IP address
; In:  SI = its four bytes
; Clobbers: EAX, EDX, SI
print_address:
        push    cx
        mov     cx, 4
.byte:
        xor     eax, eax
        lodsb
        call    print_number
        mov     al, '.'
        cmp     cx, 1
        je      .last
        call    put_char
.last:
        loop    .byte
        pop     cx
        ret

; ticks - the low half of the PC's clock, 18.2 a second
; Out: AX
ticks:
        push    ds
        push    word 0
        pop     ds
        mov     ax, [BDA_TICKS]
        pop     ds
        ret

; key_pressed - takes a key from the buffer
; Out: ZF = 0: AX = key; ZF = 1: there is none
key_pressed:
        mov     ah, 1
        int     16h
        jz      .none
        xor     ah, ah
        int     16h
        or      ah, ah
        jnz     .none
        inc     ah                      ; some keys have no scan code; ZF must say that there is one
.none:
        ret

; count_down - shows the seconds that are left, until a key comes or they are over
; In:  AL = seconds, 255: for ever; SI = text before the number
; Out: CF = 0: AX = the key; CF = 1: the time is over
; Clobbers: BX, CX, EDX
count_down:
        movzx   bx, al
.second:
        cmp     bl, 255
        je      .wait
        push    si
        call    print
        movzx   eax, bl
        call    print_number
        mov     si, text_seconds
        call    print
        pop     si
.wait:
        call    ticks
        mov     cx, ax
.look:
        call    key_pressed
        jnz     .key
        cmp     bl, 255
        je      .look
        call    ticks
        sub     ax, cx
        cmp     ax, 18
        jb      .look
        sub     bl, 1
        jnc     .second
        call    new_line
        stc
        ret
.key:
        push    ax
        call    new_line
        pop     ax
        clc
        ret

text_new_line:  db      13, 10, 0
text_seconds:   db      " s  ", 0
text_leaving:   db      "Going on to the next boot device.", 13, 10, 0
