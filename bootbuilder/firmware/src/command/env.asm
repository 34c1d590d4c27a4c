; SPDX-License-Identifier: MIT
; SET, PATH, PROMPT: the master environment.

        section .trans
; ----------------------------------------------------------------------------------------------------
; set_variable - give the variable name_buffer (upper case) the ASCIZ value at DX; empty deletes it
; Ends the command when the environment is full. Clobbers: all, GS.
set_variable:
        call    find_variable
        mov     cx, 0
        jc      .measure
        mov     cx, bx                  ; length of the old string, zero included
.old:
        inc     bx
        cmp     byte [gs:bx - 1], 0
        jne     .old
        sub     cx, bx
        neg     cx
.measure:
        push    cx
        xor     di, di                  ; end of all strings
.string:
        cmp     byte [gs:di], 0
        je      .end
.skip:
        inc     di
        cmp     byte [gs:di - 1], 0
        jne     .skip
        jmp     .string
.end:
        mov     si, dx
        xor     ax, ax                  ; length of the new string
        cmp     byte [si], 0
        je      .fits
        inc     ax
        inc     ax
.value:
        inc     ax
        inc     si
        cmp     byte [si], 0
        jne     .value
        mov     si, name_buffer
.name:
        inc     ax
        inc     si
        cmp     byte [si], 0
        jne     .name
        mov     bx, di
        sub     bx, cx
        add     bx, ax
        inc     bx
        mov     si, [fs:r_env_paras]
        shl     si, 4
        cmp     bx, si
        ja      .full
.fits:
        push    ax
        push    di
        call    find_variable
        jc      .removed
        mov     si, bx
.behind:
        inc     si
        cmp     byte [gs:si - 1], 0
        jne     .behind
        pop     cx                      ; move the strings behind it and the final zero down
        push    cx
        sub     cx, si
        inc     cx
        mov     di, bx
        push    ds
        push    gs
        pop     ds
        push    gs
        pop     es
        rep     movsb
        pop     ds
        push    ds
        pop     es
.removed:
        pop     di
        pop     ax
        pop     cx
        sub     di, cx                  ; the new end of all strings
        or      ax, ax
        jz      .done
        mov     si, name_buffer
        call    put_in_context
        mov     byte [gs:di - 1], '='
        mov     si, dx
        call    put_in_context
        mov     byte [gs:di], 0
.done:
        mov     si, name_buffer         ; the transient part comes from the new place from now on
        mov     bx, .comspec
        call    match_word
        jne     .return
        mov     si, dx
        cmp     byte [si], 0
        je      .return
        mov     di, r_comspec
        mov     cx, PATH_MAX - 1
.reload:
        lodsb
        mov     [fs:di], al
        inc     di
        or      al, al
        loopnz  .reload
        mov     byte [fs:di], 0
.return:
        ret
.full:
        fail    'Out of environment space'
.comspec        db      'COMSPEC', 0

; ----------------------------------------------------------------------------------------------------
; take_name - copy the name at SI, up to =, to name_buffer in upper case
; Out: SI behind the =; CF set if there was none. Clobbers: AL, DI.
take_name:
        mov     di, name_buffer
.next:
        lodsb
        cmp     al, '='
        je      .done
        or      al, al
        jz      .none
        call    upper
        cmp     di, name_buffer + PATH_MAX
        jae     line_too_long
        stosb
        jmp     .next
.none:
        dec     si
        stc
.done:
        mov     byte [di], 0
        ret

; ----------------------------------------------------------------------------------------------------
; cmd_set - SET [/P] [name=[value]]
cmd_set:
        call    skip_blanks
        or      al, al
        jz      list_environment
        mov     ax, [si]
        and     ah, 0DFh
        cmp     ax, '/P'
        je      .ask
        call    take_name
        jc      .show
        cmp     byte [name_buffer], 0
        je      syntax_error
        mov     dx, si
        jmp     set_variable
.show:
        mov     di, name_buffer
.trim:
        inc     di
        cmp     byte [di], ' '
        ja      .trim
        mov     byte [di], 0
        call    find_variable
        jc      .unknown
        mov     si, bx
        call    put_far
        jmp     crlf
.unknown:
        fail    'No such variable'
.ask:                                   ; the value is what the user answers to the text
        inc     si
        inc     si
        call    skip_blanks
        call    take_name
        jc      syntax_error
        mov     dx, si
        cmp     byte [si], '"'
        jne     .text
        inc     dx
.quote:
        inc     si
        cmp     byte [si], 0
        je      .text
        cmp     byte [si], '"'
        jne     .quote
        mov     byte [si], 0
.text:
        call    put_string
        call    read_value
        jc      main_loop
        cmp     byte [raw], 0
        je      .nothing
        mov     dx, raw
        jmp     set_variable
.nothing:
        ret

; list_environment - one variable per line
list_environment:
        mov     gs, [fs:r_env]
        xor     si, si
.next:
        cmp     byte [gs:si], 0
        je      .done
        call    put_far
        call    crlf
        jmp     .next
.done:
        ret

; ----------------------------------------------------------------------------------------------------
; cmd_path - PATH [[=]list | ;]
cmd_path:
        mov     bx, find_program.path
        call    name_it
        jnz     .set
        call    find_variable
        jc      .none
        mov     si, bx
        call    put_far
        jmp     crlf
.none:
        print   'No Path', CR, LF
        ret
.set:
        cmp     word [si], ';'
        jne     set_upper
        inc     si
set_upper:
        mov     dx, si
        mov     di, si
.next:                                  ; PATH is kept in upper case
        mov     al, [di]
        call    upper
        mov     [di], al
        inc     di
        or      al, al
        jnz     .next
        jmp     set_variable

; cmd_prompt - PROMPT [[=]text]
cmd_prompt:
        mov     bx, prompt_text.name
        call    name_it
        mov     dx, si
        jmp     set_variable

; name_it - variable name at BX to name_buffer; SI over blanks and =. Out: AL = [SI], ZF. Clobbers: DI.
name_it:
        mov     di, name_buffer
.copy:
        mov     al, [bx]
        inc     bx
        stosb
        or      al, al
        jnz     .copy
.skip:
        call    skip_blanks
        cmp     al, '='
        jne     .done
        inc     si
        jmp     .skip
.done:
        or      al, al
        ret
