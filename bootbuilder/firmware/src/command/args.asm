; SPDX-License-Identifier: MIT
; Words, switches and numbers of a command line. Owns the parsed arguments of the running command.

ARGS_MAX        equ 20

        section .tbss
arg_count       resw    1
arg_list        resw    ARGS_MAX        ; offsets of ASCIZ words in arg_text
arg_text        resb    WORK_MAX * 2
switches        resd    1               ; bit per letter given and not taken back
switch_text     resw    26              ; ASCIZ text behind the letter, e.g. ":ABC"

        section .trans
; is_delimiter - ZF set if AL separates words. Keeps all registers.
is_delimiter:
        cmp     al, ' '
        je      .yes
        cmp     al, TAB
        je      .yes
        cmp     al, ','
        je      .yes
        cmp     al, ';'
        je      .yes
        cmp     al, '='
.yes:
        ret

; skip_delimiters - SI over delimiters. Out: AL = the character at SI.
skip_delimiters:
        mov     al, [si]
        call    is_delimiter
        jne     skip_blanks.done
        inc     si
        jmp     skip_delimiters

; skip_blanks - SI over spaces and tabs. Out: AL = the character at SI.
skip_blanks:
        mov     al, [si]
        cmp     al, ' '
        je      .next
        cmp     al, TAB
        jne     .done
.next:
        inc     si
        jmp     skip_blanks
.done:
        ret

; upper - AL in upper case. Keeps all other registers.
upper:
        cmp     al, 'a'
        jb      .done
        cmp     al, 'z'
        ja      .done
        sub     al, 'a' - 'A'
.done:
        ret

; ----------------------------------------------------------------------------------------------------
; match_word - is the word at SI the upper-case ASCIZ word at BX?
; Out: ZF set if so, then SI behind it; else SI kept. Clobbers: AX, BX.
match_word:
        push    si
.next:
        lodsb
        call    upper
        mov     ah, [bx]
        inc     bx
        or      ah, ah
        jz      .end
        cmp     al, ah
        je      .next
.no:
        pop     si
        ret                             ; ZF clear from the comparison
.end:
        dec     si
        mov     al, [si]
        or      al, al
        je      .yes
        call    is_delimiter
        je      .yes
        cmp     al, '/'
        je      .yes
        cmp     al, '('
        jne     .no
.yes:
        pop     ax
        cmp     al, al
        ret

; ----------------------------------------------------------------------------------------------------
; get_number - decimal number at SI. Out: AX, SI behind it; CF set if there is none or it is > 65535.
; Clobbers: BX, DX.
get_number:
        mov     al, [si]
        sub     al, '0'
        cmp     al, 10
        cmc
        jc      .done
        xor     ax, ax
.next:
        mov     bl, [si]
        sub     bl, '0'
        cmp     bl, 9
        ja      .end
        mov     dx, 10
        mul     dx
        jc      .done
        xor     bh, bh
        add     ax, bx
        jc      .done
        inc     si
        jmp     .next
.end:
        clc
.done:
        ret

; ----------------------------------------------------------------------------------------------------
; get_word - copy the next word at SI to DI (quotes dropped), ASCIZ, at most PATH_MAX - 1 characters
; Out: SI behind the word; CF set if there is none. Clobbers: AX, CX, DI.
get_word:
        call    skip_delimiters
        or      al, al
        stc
        jz      .none
        mov     cx, PATH_MAX - 1
        xor     ah, ah
.next:
        mov     al, [si]
        or      al, al
        jz      .end
        cmp     al, '"'
        jne     .plain
        xor     ah, 1
        inc     si
        jmp     .next
.plain:
        or      ah, ah
        jnz     .store
        call    is_delimiter
        je      .end
.store:
        inc     si
        jcxz    .next
        stosb
        dec     cx
        jmp     .next
.end:
        mov     byte [di], 0
        clc
.none:
        ret

; ----------------------------------------------------------------------------------------------------
; parse_switches - split the text at SI into words and switches
; In: EDX = mask of allowed switches. Out: arg_*, switches, switch_text; AX = arg_count.
; Ends the command on an unknown switch. Clobbers: EBX, CX, SI, DI.
parse_switches:
        xor     eax, eax
        mov     [arg_count], ax
        mov     [switches], eax
        mov     di, arg_text
.next:
        call    skip_delimiters
        or      al, al
        jz      .done
        cmp     al, '/'
        je      .switch
        mov     bx, [arg_count]
        cmp     bx, ARGS_MAX
        jae     too_many
        add     bx, bx
        mov     [arg_list + bx], di
        inc     word [arg_count]
        xor     ah, ah
.word:
        lodsb
        or      al, al
        jz      .word_end
        cmp     al, '"'
        jne     .plain
        xor     ah, 1
        jmp     .word
.plain:
        or      ah, ah
        jnz     .store
        call    is_delimiter
        je      .word_end
        cmp     al, '/'
        je      .word_end
.store:
        stosb
        jmp     .word
.word_end:
        dec     si
        xor     al, al
        stosb
        jmp     .next
.done:
        mov     ax, [arg_count]
        ret

.switch:
        inc     si
        xor     ebx, ebx
        inc     bx
        lodsb
        xor     ch, ch
        cmp     al, '-'
        jne     .letter
        mov     ch, 1
        lodsb
.letter:
        cmp     al, '?'
        je      help_wanted
        call    upper
        mov     cl, al
        sub     cl, 'A'
        cmp     cl, 26
        jae     .bad
        shl     ebx, cl
        test    ebx, edx
        jz      .bad
        or      [switches], ebx
        or      ch, ch
        jz      .positive
        xor     [switches], ebx         ; /-X takes an earlier /X back
.positive:
        mov     bl, cl
        xor     bh, bh
        add     bx, bx
        mov     [switch_text + bx], di
.text:
        mov     al, [si]
        or      al, al
        jz      .text_end
        call    is_delimiter
        je      .text_end
        cmp     al, '/'
        je      .text_end
        inc     si
        stosb
        jmp     .text
.text_end:
        xor     al, al
        stosb
        jmp     .next
.bad:
        call    to_errors
        print   'Invalid switch - /'
        or      al, al
        jz      .bad_end
        call    put_char
.bad_end:
        call    crlf
        jmp     main_loop

too_many:
        fail    'Too many parameters'
need_argument:
        fail    'Required parameter missing'
syntax_error:
        fail    'Syntax error'

; one_argument - parse with the switches in EDX and demand exactly one word. Out: SI -> it.
one_argument:
        call    parse_switches
        cmp     ax, 1
        jb      need_argument
        ja      too_many
        mov     si, [arg_list]
        ret
; two_arguments - the same for two words. Out: SI, DI -> them.
two_arguments:
        call    parse_switches
        cmp     ax, 2
        jb      need_argument
        ja      too_many
        mov     si, [arg_list]
        mov     di, [arg_list + 2]
        ret
