; SPDX-License-Identifier: MIT
; %-expansion of lines, look-up in the environment, the prompt.

        section .tbss
name_buffer     resb    PATH_MAX + 2    ; a variable's name in upper case
directory_text  resb    PATH_MAX        ; current directory with drive
country         resb    34              ; INT 21h/38h

        section .trans
; ----------------------------------------------------------------------------------------------------
; find_variable - look name_buffer up in the environment
; Out: GS:DI -> value, GS:BX -> the whole string; CF set if there is none, then DI -> final zero.
; Clobbers: AX, SI.
find_variable:
        mov     gs, [fs:r_env]
        xor     di, di
.next:
        mov     bx, di
        mov     si, name_buffer
        cmp     byte [gs:di], 0
        stc
        je      .done
.compare:
        lodsb
        mov     ah, [gs:di]
        inc     di
        or      al, al
        jz      .name_end
        cmp     al, ah
        je      .compare
.skip:
        cmp     ah, 0
        je      .next
        mov     ah, [gs:di]
        inc     di
        jmp     .skip
.name_end:
        cmp     ah, '='
        jne     .skip
        clc
.done:
        ret

; find_named - the same for the ASCIZ upper-case name at SI
find_named:
        mov     di, name_buffer
.copy:
        lodsb
        stosb
        or      al, al
        jnz     .copy
        jmp     find_variable

; ----------------------------------------------------------------------------------------------------
; expand_typed - raw to line; only variables that exist are replaced. Clobbers: all, GS.
; expand_batch - raw to line with %0-%9, %% and variables; GS = the batch context.
expand_typed:
        mov     byte [expanding_batch], 0
        jmp     expand
expand_batch:
        mov     byte [expanding_batch], 1
expand:
        mov     si, raw
        mov     di, line
.next:
        lodsb
        cmp     al, '%'
        je      .percent
        call    expand_put
        or      al, al
        jnz     .next
        ret
.percent:
        cmp     byte [expanding_batch], 0
        je      .variable
        mov     al, [si]
        cmp     al, '%'
        je      .double
        sub     al, '0'
        cmp     al, 9
        ja      .variable
        inc     si
        call    parameter
        jmp     .next
.double:
        inc     si
        call    expand_put
        jmp     .next
.variable:
        mov     bx, name_buffer
        push    si
.name:
        lodsb
        or      al, al
        jz      .literal
        cmp     al, '%'
        je      .named
        cmp     bx, name_buffer + PATH_MAX
        jae     .literal
        call    upper
        mov     [bx], al
        inc     bx
        jmp     .name
.named:
        mov     byte [bx], 0
        cmp     bx, name_buffer
        je      .literal
        push    gs
        push    si
        push    di
        call    find_variable
        mov     bx, di
        pop     di
        pop     si
        jc      .unknown
.value:
        mov     al, [gs:bx]
        inc     bx
        or      al, al
        jz      .copied
        call    expand_put
        jmp     .value
.copied:
        pop     gs
        pop     ax
        jmp     .next
.unknown:
        pop     gs
        cmp     byte [expanding_batch], 0
        je      .literal
        pop     ax
        jmp     .next
.literal:                               ; typed: keep the sign; batch: drop a lonely one
        pop     si
        cmp     byte [expanding_batch], 0
        jne     .next
        mov     al, '%'
        call    expand_put
        jmp     .next

; expand_put - AL to line. In/Out: DI. Ends the command when the line grows too long.
expand_put:
        cmp     di, line + WORK_MAX
        jae     .long
        stosb
        ret
.long:
        or      al, al
        jnz     line_too_long
        stosb
        ret

line_too_long:
        fail    'Line too long'

; ----------------------------------------------------------------------------------------------------
; parameter - %n of the batch file. In: AL = n, GS = context, DI. Clobbers: AX, BX, CX.
parameter:
        add     al, [gs:batch.shift]
        mov     cl, al
        or      cl, cl
        mov     bx, batch.zero
        jz      .copy
        mov     bx, batch.tail
.word:
        mov     al, [gs:bx]
        call    is_delimiter
        jne     .start
        inc     bx
        jmp     .word
.start:
        or      al, al
        jz      .done
        dec     cl
        jz      .copy_word
        call    .step
        jmp     .word
.copy_word:
        xor     ah, ah
.copy_next:
        mov     al, [gs:bx]
        or      al, al
        jz      .done
        call    .quoted
        je      .done
        call    expand_put
        inc     bx
        jmp     .copy_next
.copy:
        mov     al, [gs:bx]
        inc     bx
        or      al, al
        jz      .done
        call    expand_put
        jmp     .copy
.done:
        ret
.step:                                  ; BX behind the word
        xor     ah, ah
.step_next:
        mov     al, [gs:bx]
        or      al, al
        jz      .done
        call    .quoted
        je      .done
        inc     bx
        jmp     .step_next
.quoted:                                ; ZF set if AL ends the word; AH tracks quotes
        cmp     al, '"'
        jne     .outside
        xor     ah, 1
        cmp     al, 0                   ; clears ZF
        ret
.outside:
        or      ah, ah
        jz      is_delimiter
        ret

; ----------------------------------------------------------------------------------------------------
; load_country - fill `country` and the separator of numbers. Clobbers: AX, BX, DX.
load_country:
        mov     dx, country
        mov     ax, 3800h
        int     21h
        jnc     .known
        mov     word [country], 0       ; month first
        mov     word [country + 7], ','
        mov     word [country + 9], '.'
        mov     word [country + 0Bh], '-'
        mov     word [country + 0Dh], ':'
        mov     byte [country + 11h], 0
.known:
        movzx   ax, byte [country + 7]
        mov     [number_separator], ax
        ret

; ----------------------------------------------------------------------------------------------------
; get_directory - current directory as "C:\DIR" to directory_text. In: DL = drive (0 = current).
; Out: CF and AX as DOS; DI -> its zero. Clobbers: AX, CX, DX, SI.
get_directory:
        or      dl, dl
        jnz     .drive
        dos     19h
        mov     dl, al
        inc     dl
.drive:
        mov     di, directory_text
        mov     al, dl
        add     al, 'A' - 1
        stosb
        mov     ax, '\' << 8 | ':'
        stosw
        mov     byte [di], 0
        mov     si, di
        dos     47h
        jc      .done
.end:
        cmp     byte [di], 0
        je      .done
        inc     di
        jmp     .end
.done:
        ret

; ----------------------------------------------------------------------------------------------------
; show_prompt - new line and prompt, as PROMPT says. Nothing with ECHO OFF. Clobbers: all, GS.
show_prompt:
        cmp     byte [fs:r_echo], 0
        je      prompt_done
        call    load_country
        call    crlf
; prompt_text - the prompt without the new line
prompt_text:
        mov     si, .name
        call    find_named
        mov     si, di
        jnc     .next
        push    cs
        pop     gs
        mov     si, .default
.next:
        mov     al, [gs:si]
        inc     si
        or      al, al
        jz      prompt_done
        cmp     al, '$'
        jne     .plain
        mov     al, [gs:si]
        or      al, al
        jz      prompt_done
        inc     si
        call    upper
        mov     bx, .signs
.sign:
        mov     dx, [bx]
        inc     bx
        inc     bx
        or      dl, dl
        jz      .codes
        cmp     dl, al
        jne     .sign
        mov     al, dh
.plain:
        call    put_char
        jmp     .next
.codes:
        mov     bx, .routines
.routine:
        cmp     byte [bx], 0
        je      .next
        cmp     al, [bx]
        je      .call
        add     bx, 3
        jmp     .routine
.call:
        push    si
        push    gs
        call    [bx + 1]
        pop     gs
        pop     si
        jmp     .next
.name           db      'PROMPT', 0
.default        db      '$P$G', 0
.signs          db      '$$Q=G>L<B|A&C(F)S ', 'E', ESCAPE, 0, 0
.routines       db      'P'
                dw      prompt_path
                db      'N'
                dw      prompt_drive
                db      'D'
                dw      prompt_date
                db      'T'
                dw      prompt_time
                db      'V'
                dw      put_version
                db      '_'
                dw      crlf
                db      'H'
                dw      prompt_rub
                db      0
prompt_path:
        xor     dl, dl
        call    get_directory
        mov     dx, directory_text
        jmp     put_string
prompt_drive:
        dos     19h
        add     al, 'A'
        jmp     put_char
prompt_rub:
        print   BS, ' ', BS
prompt_done:
        ret
prompt_date:
        dos     2Ah
        jmp     put_weekday_date
prompt_time:
        dos     2Ch
        jmp     put_full_time

        section .tbss
expanding_batch resb    1

        section .trans
