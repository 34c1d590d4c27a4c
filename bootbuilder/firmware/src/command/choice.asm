; SPDX-License-Identifier: MIT
; CHOICE, with the switches and error levels of the program that MS-DOS 6 brought.

        section .tbss
choice_keys     resb    64
choice_count    resw    1
choice_default  resb    1               ; key taken at the end of the time, 0 = no time limit
choice_seconds  resw    1
choice_case     resb    1               ; /S
choice_quiet    resb    1               ; /N
choice_second   resb    1

        section .trans
; ----------------------------------------------------------------------------------------------------
; cmd_choice - CHOICE [/C[:]keys] [/N] [/S] [/T[:]c,nn] [text]
cmd_choice:
        mov     word [fs:r_errorlevel], 255
        mov     word [choice_keys], 'YN'
        mov     word [choice_count], 2
        xor     ax, ax
        mov     [choice_default], al
        mov     [choice_case], ax       ; and choice_quiet
.next:
        call    skip_delimiters
        cmp     al, '/'
        jne     .text
        mov     ax, [si + 1]
        call    upper
        inc     si
        inc     si
        cmp     ah, ':'
        jne     .switch
        cmp     al, 'C'
        je      .colon
        cmp     al, 'T'
        jne     .switch
.colon:
        inc     si
.switch:
        cmp     al, 'C'
        je      .keys
        cmp     al, 'T'
        je      .time
        cmp     al, 'N'
        je      .quiet
        cmp     al, 'S'
        jne     syntax_error
        mov     byte [choice_case], 1
        jmp     .next
.quiet:
        mov     byte [choice_quiet], 1
        jmp     .next
.keys:
        mov     di, choice_keys
        xor     cx, cx
.key:
        mov     al, [si]
        cmp     al, '/'
        je      .keys_end
        cmp     al, ' '
        jbe     .keys_end
        cmp     cx, 62
        jae     syntax_error
        inc     si
        stosb
        inc     cx
        jmp     .key
.keys_end:
        jcxz    .bad
        mov     [choice_count], cx
        jmp     .next
.bad:
        jmp     syntax_error
.time:
        lodsb
        cmp     al, ' '
        jbe     .bad
        mov     [choice_default], al
        call    skip_delimiters
        call    get_number
        jc      .bad
        cmp     ax, 99
        ja      .bad
        mov     [choice_seconds], ax
        jmp     .next

.text:
        cmp     al, '"'                 ; quotes around the text are dropped
        jne     .plain
        inc     si
        mov     di, si
.quote:
        inc     di
        cmp     byte [di - 1], 0
        je      .plain
        cmp     byte [di - 1], '"'
        jne     .quote
        mov     byte [di - 1], 0
.plain:
        mov     di, choice_keys         ; without /S all keys are shown in capitals
        mov     cx, [choice_count]
        cmp     byte [choice_case], 0
        jne     .shown
.capital:
        mov     al, [di]
        call    upper
        stosb
        loop    .capital
        mov     al, [choice_default]
        call    upper
        mov     [choice_default], al
.shown:
        cmp     byte [choice_default], 0
        je      .prompt
        call    choice_index            ; must be one of the keys
        jc      .bad
.prompt:
        mov     dx, si
        call    put_string
        cmp     byte [choice_quiet], 0
        jne     .wait
        mov     al, '['
        mov     si, choice_keys
        mov     cx, [choice_count]
.list:
        call    put_char
        lodsb
        call    put_char
        mov     al, ','
        loop    .list
        print   ']?'
.wait:
        call    flush
        cmp     byte [choice_default], 0
        je      .read
        call    .second
.poll:
        dos     0Bh
        or      al, al
        jnz     .read
        cmp     word [choice_seconds], 0
        je      .timeout
        int     28h
        dos     2Ch
        cmp     dh, [choice_second]
        je      .poll
        mov     [choice_second], dh
        dec     word [choice_seconds]
        jmp     .poll
.timeout:
        mov     al, [choice_default]
        jmp     .take
.read:
        dos     8
        cmp     al, CTRL_Z
        je      .end_of_file
        cmp     byte [choice_case], 0
        jne     .take
        call    upper
.take:
        call    choice_index
        jnc     .chosen
        mov     byte [choice_default], 0        ; a wrong key stops the clock
        mov     al, 7
        call    put_char
        jmp     .wait
.chosen:
        mov     [fs:r_errorlevel], bx
        call    put_char
        jmp     crlf
.end_of_file:
        jmp     crlf                    ; nobody will answer: 255
.second:
        dos     2Ch
        mov     [choice_second], dh
        ret

; choice_index - position BX (from 1) of the key AL; CF set if it is none. Clobbers: CX, DI.
choice_index:
        mov     di, choice_keys
        mov     cx, [choice_count]
        repne   scasb
        stc
        jne     .done
        mov     bx, di
        sub     bx, choice_keys
        clc
.done:
        ret
