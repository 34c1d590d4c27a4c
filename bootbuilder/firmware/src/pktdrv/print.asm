; SPDX-License-Identifier: MIT
; Text and numbers on the screen. A part of install.asm: gone after loading.

; put_inline - print the ASCIZ text behind the call. Keeps all registers.
put_inline:
        push    bp
        mov     bp, sp
        push    ax
        push    si
        mov     si, [bp + 2]
.next:
        lodsb
        or      al, al
        jz      .done
        call    put_char
        jmp     .next
.done:
        mov     [bp + 2], si
        pop     si
        pop     ax
        pop     bp
        ret

; put_char - print AL. Keeps all registers.
put_char:
        push    ax
        push    dx
        mov     dl, al
        mov     ah, 2
        int     21h
        pop     dx
        pop     ax
        ret

; put_hex - print AX as 0x60 or 0x300. Keeps all registers.
put_hex:
        put     '0x'
        xchg    al, ah
        or      al, al
        jz      .low
        cmp     al, 10h
        jae     .high
        call    put_digit
        jmp     .low
.high:
        call    put_hex2
.low:
        xchg    al, ah

; put_hex2 - print AL, two digits. Keeps all registers.
put_hex2:
        push    ax
        push    cx
        mov     cl, 4
        shr     al, cl
        call    put_digit
        pop     cx
        pop     ax
        push    ax
        and     al, 15
        call    put_digit
        pop     ax
        ret

; put_digit - print AL, 0 to 15, in hexadecimal. Keeps all registers.
put_digit:
        push    ax
        add     al, '0'
        cmp     al, '9'
        jbe     .put
        add     al, 'a' - '9' - 1
.put:
        call    put_char
        pop     ax
        ret

%include "inc/number.inc"                ; put_number
