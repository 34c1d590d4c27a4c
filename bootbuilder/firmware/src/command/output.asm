; SPDX-License-Identifier: MIT
; Output and messages, single keys and yes/no questions. Owns the output buffer.

        section .tbss
out_buffer      resb    160
out_length      resw    1
out_handle      resw    1               ; 1, or 2 while an error is printed

        section .trans
; ----------------------------------------------------------------------------------------------------
; put_char - write AL. Keeps all registers.
put_char:
        pusha
        mov     bx, [out_length]
        mov     [out_buffer + bx], al
        inc     bx
        mov     [out_length], bx
        cmp     bx, 158
        jae     .full
        cmp     al, LF
        jne     .done
.full:
        call    flush
.done:
        popa
        ret

; ----------------------------------------------------------------------------------------------------
; flush - hand the buffer to DOS. Ends the command when the disk is full or the device fails.
; Keeps all registers.
flush:
        pusha
        xor     cx, cx
        xchg    cx, [out_length]
        jcxz    .done
        mov     bx, [out_handle]
        mov     dx, out_buffer
        dos     40h
        jc      .failed
        cmp     ax, cx
        jae     .done
        cmp     bx, 1
        jne     .done
        mov     ax, 4400h               ; a device may stop early (^Z), a file must not
        int     21h
        test    dl, 80h
        jnz     .done
        fail    'Insufficient disk space'
.failed:
        cmp     bx, 2                   ; nowhere left to complain
        je      .done
        jmp     dos_failed
.done:
        popa
        ret

; put_string - write the ASCIZ text at DX. Keeps all registers.
put_string:
        push    ax
        push    si
        mov     si, dx
.next:
        lodsb
        or      al, al
        jz      .done
        call    put_char
        jmp     .next
.done:
        pop     si
        pop     ax
        ret

; put_far - write the ASCIZ text at GS:SI. Out: SI behind the zero. Clobbers: AL.
put_far:
        mov     al, [gs:si]
        inc     si
        or      al, al
        jz      .done
        call    put_char
        jmp     put_far
.done:
        ret

; crlf - new line. Keeps all registers.
crlf:
        push    ax
        mov     al, CR
        call    put_char
        mov     al, LF
        call    put_char
        pop     ax
        ret

; put_space - one space; put_spaces - CX spaces (none when CX <= 0). Keep all registers.
put_space:
        push    ax
        mov     al, ' '
        call    put_char
        pop     ax
        ret
put_spaces:
        push    cx
.next:
        dec     cx
        js      .done
        call    put_space
        jmp     .next
.done:
        pop     cx
        ret

; print_inline - write the ASCIZ text behind the call (macro print). Keeps all registers.
print_inline:
        push    bp
        mov     bp, sp
        push    dx
        push    ax
        mov     dx, [bp + 2]
        call    put_string
        push    si
        mov     si, dx
.end:
        lodsb
        or      al, al
        jnz     .end
        mov     [bp + 2], si
        pop     si
        pop     ax
        pop     dx
        pop     bp
        ret

; ----------------------------------------------------------------------------------------------------
; to_errors - the following output goes to standard error. Keeps all registers.
to_errors:
        call    flush
        mov     word [out_handle], 2
        ret

; fail_inline - write the ASCIZ text behind the call and a new line as an error, end the command
fail_inline:
        pop     dx
fail_text:
        call    to_errors
        call    put_string
        call    crlf
give_up:
        call    close_strays            ; files the command had open
        jmp     main_loop

; ----------------------------------------------------------------------------------------------------
; dos_failed - report the DOS error AX in words, end the command
; dos_message - the same without ending it (output stays on standard error). Clobbers: AX, BX, DX.
dos_failed:
        call    dos_message
        jmp     give_up
dos_message:
        cmp     byte [fs:r_abort], 0    ; Abort was answered: nothing more to say
        jne     main_loop
        call    to_errors
        mov     bx, error_texts
.next:
        mov     dl, [bx]
        inc     bx
        cmp     dl, al
        je      .found
        or      dl, dl
        jz      .unknown
.skip:
        inc     bx
        cmp     byte [bx - 1], 0
        jne     .skip
        jmp     .next
.found:
        mov     dx, bx
        call    put_string
        jmp     crlf
.unknown:
        print   'DOS error '
        movzx   eax, al
        call    put_number
        jmp     crlf

error_texts:
        db      1, 'Invalid function', 0
        db      2, 'File not found', 0
        db      3, 'Path not found', 0
        db      4, 'Too many open files', 0
        db      5, 'Access denied', 0
        db      6, 'Invalid handle', 0
        db      7, 'Memory is damaged', 0
        db      8, 'Not enough memory', 0
        db      11, 'Invalid format', 0
        db      15, 'Invalid drive specification', 0
        db      16, 'Cannot remove the current directory', 0
        db      17, 'Not the same drive', 0
        db      18, 'File not found', 0
        db      19, 'Write protected', 0
        db      21, 'Drive not ready', 0
        db      23, 'Data error', 0
        db      31, 'General failure', 0
        db      39, 'Insufficient disk space', 0
        db      80, 'File exists', 0
        db      82, 'Cannot create - directory full', 0
        db      83, 'Fail on critical error', 0
        db      0

; ----------------------------------------------------------------------------------------------------
; put_number - write EAX in decimal; put_wide - the same, right-aligned in CX columns, with the
; country's thousands separator. Keep all registers.
put_number:
        push    cx
        xor     cx, cx
        push    word 0
        call    put_digits
        pop     cx
        pop     cx
        ret
put_wide:
        push    word [number_separator]
        call    put_digits
        pop     word [number_separator]
        ret

; put_digits - In: EAX, CX = width, word on the stack = separator or 0. Keeps all registers.
put_digits:
        push    bp
        mov     bp, sp
        pushad
        mov     di, number_text + 20
        mov     byte [di], 0
        mov     ebx, 10
        mov     si, 3
.digit:
        xor     edx, edx
        div     ebx
        add     dl, '0'
        dec     di
        mov     [di], dl
        or      eax, eax
        jz      .pad
        dec     si
        jnz     .digit
        mov     si, 3
        mov     dl, [bp + 4]
        or      dl, dl
        jz      .digit
        dec     di
        mov     [di], dl
        jmp     .digit
.pad:
        mov     dx, di
        sub     di, number_text + 20
        add     cx, di
        call    put_spaces
        call    put_string
        popad
        pop     bp
        ret

; put_two - AL as two decimal digits. Keeps all registers.
put_two:
        push    ax
        aam
        add     ax, '00'
        xchg    al, ah
        call    put_char
        mov     al, ah
        call    put_char
        pop     ax
        ret

        section .tbss
number_text     resb    22
number_separator resw   1               ; set by load_country

        section .trans
; ----------------------------------------------------------------------------------------------------
; get_key - wait for a key without echo; Ctrl-C interrupts. Out: AL. Clobbers: AH.
get_key:
        call    flush
        dos     8
        ret

; yes_or_no - read Y or N and echo it. Out: CF clear for Y. Clobbers: AX.
yes_or_no:
        call    get_key
        call    upper
        cmp     al, CTRL_Z              ; end of a redirected input
        je      .no
        cmp     al, 'Y'
        je      .yes
        cmp     al, 'N'
        jne     yes_or_no
.no:
        call    put_char
        call    crlf
        stc
        ret
.yes:
        call    put_char
        call    crlf
        clc
        ret

; cmd_pause - PAUSE
cmd_pause:
        call    skip_blanks
        or      al, al
        jz      press_key
        mov     dx, si
        call    put_string
        jmp     press_key.wait
; press_key - ask for a key. Clobbers: AX.
press_key:
        print   'Press any key to continue . . .'
.wait:
        call    get_key
        or      al, al
        jnz     .done
        dos     8                       ; second byte of an extended key
.done:
        jmp     crlf
