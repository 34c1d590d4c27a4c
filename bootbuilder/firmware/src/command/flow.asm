; SPDX-License-Identifier: MIT
; IF and FOR.

        section .tbss
for_value       resb    PATH_MAX + 16   ; what the variable stands for in this round

        section .trans
word_not        db      'NOT', 0
word_errorlevel db      'ERRORLEVEL', 0
word_exist      db      'EXIST', 0
word_in         db      'IN', 0
word_do         db      'DO', 0

; ----------------------------------------------------------------------------------------------------
; test_condition - the condition of IF at SI
; Out: CF clear if the command behind it is to run, SI -> command. Clobbers: all others.
test_condition:
        xor     bp, bp                  ; bit 0: NOT, bit 1: ignore case
.next:
        call    skip_delimiters
        mov     bx, word_not
        call    match_word
        jne     .no_not
        xor     bp, 1
        jmp     .next
.no_not:
        mov     ax, [si]
        and     ah, 0DFh
        cmp     ax, '/I'
        jne     .no_case
        or      bp, 2
        inc     si
        inc     si
        jmp     .next
.no_case:
        mov     bx, word_errorlevel
        call    match_word
        je      .errorlevel
        mov     bx, word_exist
        call    match_word
        je      .exist

        mov     di, si                  ; a==b
        call    .operand
        mov     cx, si
        sub     cx, di
        call    skip_blanks
        cmp     word [si], '=='
        jne     syntax_error
        inc     si
        inc     si
        call    skip_delimiters
        mov     bx, si
        call    .operand_end
        mov     dx, si
        sub     dx, bx
        cmp     cx, dx
        jne     .false
        jcxz    .true
.compare:
        mov     al, [di]
        mov     ah, [bx]
        test    bp, 2
        jz      .exact
        call    upper
        xchg    al, ah
        call    upper
.exact:
        cmp     al, ah
        jne     .false
        inc     di
        inc     bx
        loop    .compare
        jmp     .true

.errorlevel:
        call    skip_delimiters
        call    get_number
        jc      syntax_error
        movzx   dx, byte [fs:r_errorlevel]
        cmp     dx, ax
        jb      .false
        jmp     .true
.exist:
        mov     di, file_name
        call    get_word
        jc      syntax_error
        push    si
        push    bp
        call    exists
        pop     bp
        pop     si
        jc      .false
.true:
        test    bp, 1
        jnz     .no
.yes:
        clc
        ret
.false:
        test    bp, 1
        jnz     .yes
.no:
        stc
        ret

.operand:                               ; SI behind the left side
        xor     ah, ah
.operand_next:
        mov     al, [si]
        call    .inside
        jc      .operand_done
        cmp     al, '='
        jne     .operand_more
        or      ah, ah
        jz      .operand_done
.operand_more:
        inc     si
        jmp     .operand_next
.operand_end:                           ; SI behind the right side
        xor     ah, ah
.end_next:
        mov     al, [si]
        call    .inside
        jc      .operand_done
        inc     si
        jmp     .end_next
.operand_done:
        ret
.inside:                                ; CF set if AL ends an operand; AH tracks quotes
        or      al, al
        jz      .yes_end
        cmp     al, '"'
        jne     .no_quote
        xor     ah, 1
.no_quote:
        or      ah, ah
        jnz     .no_end
        cmp     al, ' '
        je      .yes_end
        cmp     al, TAB
        je      .yes_end
.no_end:
        clc
        ret
.yes_end:
        stc
        ret

; ----------------------------------------------------------------------------------------------------
; exists - is there a file (wildcards allowed) or a directory's NUL device as file_name says?
; Out: CF clear if so. Clobbers: all.
exists:
        mov     dx, file_name
        mov     cx, ATTR_RDONLY | ATTR_HIDDEN | ATTR_SYSTEM
        dos     4Eh
        jnc     .done
        mov     di, file_name
        call    name_part               ; DIR\NUL: any device name proves the directory
        mov     si, bx
        mov     bx, .nul
        call    match_word
        stc
        jne     .done
        cmp     byte [si], 0
        stc
        jne     .done
        sub     si, 3
        cmp     si, file_name
        je      .yes
        mov     byte [si], 0
        mov     di, file_name
        call    is_directory
.done:
        ret
.yes:
        clc
        ret
.nul            db      'NUL', 0

; ----------------------------------------------------------------------------------------------------
; start_for - FOR %v IN (set) DO command; SI behind the word FOR
start_for:
        call    skip_delimiters
        cmp     al, '%'
        jne     syntax_error
        inc     si
        mov     dl, [si]
        cmp     dl, ' '
        jbe     syntax_error
        inc     si
        call    skip_delimiters
        mov     bx, word_in
        call    match_word
        jne     syntax_error
        call    skip_delimiters
        cmp     al, '('
        jne     syntax_error
        inc     si
        mov     di, si                  ; the set
.close:
        lodsb
        or      al, al
        jz      syntax_error
        cmp     al, ')'
        jne     .close
        mov     byte [si - 1], 0
        call    skip_delimiters
        mov     bx, word_do
        call    match_word
        jne     syntax_error
        call    skip_delimiters
        or      al, al
        jz      syntax_error
        push    dx
        mov     al, KIND_FOR
        mov     bx, (forloop_size + 15) / 16
        call    push_context
        pop     dx
        mov     [gs:forloop.variable], dl
        mov     byte [gs:forloop.searching], 0
        xchg    si, di
        mov     bx, di                  ; the command
        mov     di, forloop.text
        mov     [gs:forloop.next], di
        call    put_in_context
        mov     [gs:forloop.command], di
        mov     si, bx
        jmp     put_in_context

; ----------------------------------------------------------------------------------------------------
; for_next - run the command for the next member of the set. GS = context. Main loop routine.
for_next:
        cmp     byte [gs:forloop.searching], 0
        je      .member
        mov     ah, 4Fh
        call    for_search
        jnc     .file
        mov     byte [gs:forloop.searching], 0
.member:
        mov     si, [gs:forloop.next]
.skip:
        mov     al, [gs:si]
        inc     si
        call    is_delimiter
        je      .skip
        or      al, al
        jz      pop_context
        mov     di, for_value
        xor     ah, ah                  ; has wildcards
        mov     cx, PATH_MAX - 1
.word:
        cmp     al, '*'
        je      .wild
        cmp     al, '?'
        jne     .store
.wild:
        inc     ah
.store:
        stosb
        mov     al, [gs:si]
        inc     si
        or      al, al
        jz      .word_end
        call    is_delimiter
        je      .word_end
        loop    .word
        call    pop_context
        jmp     syntax_error
.word_end:
        dec     si
        mov     [gs:forloop.next], si
        mov     byte [di], 0
        or      ah, ah
        jz      .substitute
        mov     si, for_value
        mov     di, forloop.pattern
        call    put_in_context
        mov     di, for_value
        call    name_part
        sub     bx, for_value
        mov     [gs:forloop.prefix], bx
        mov     ah, 4Eh
        call    for_search
        jc      .member
        mov     byte [gs:forloop.searching], 1
.file:                                  ; drive and path of the pattern, then the name found
        mov     si, forloop.pattern
        mov     di, for_value
        mov     cx, [gs:forloop.prefix]
        jcxz    .no_prefix
.prefix:
        mov     al, [gs:si]
        inc     si
        stosb
        loop    .prefix
.no_prefix:
        mov     si, forloop.dta + found.name
        call    take_from_context

.substitute:
        mov     si, [gs:forloop.command]
        mov     di, line
.next:
        mov     al, [gs:si]
        inc     si
        cmp     al, '%'
        jne     .plain
        mov     ah, [gs:si]
        cmp     ah, [gs:forloop.variable]
        jne     .plain
        inc     si
        mov     bx, for_value
.value:
        mov     al, [bx]
        inc     bx
        or      al, al
        jz      .next
        call    expand_put
        jmp     .value
.plain:
        call    expand_put
        or      al, al
        jnz     .next
        cmp     byte [fs:r_echo], 0
        je      run_line
        mov     si, line
        call    skip_delimiters
        cmp     al, '@'
        je      run_line
        call    echo_line
        jmp     run_line

; for_search - INT 21h/4Eh or 4Fh with the context's own search record. In: AH. Out: CF. Keeps GS.
; Clobbers: AX, CX, DX.
for_search:
        push    ds
        push    gs
        pop     ds
        push    ax
        mov     dx, forloop.dta
        dos     1Ah
        pop     ax
        mov     dx, forloop.pattern
        mov     cx, ATTR_RDONLY
        int     21h
        pop     ds
        pushf
        mov     dx, dta
        dos     1Ah
        popf
        ret
