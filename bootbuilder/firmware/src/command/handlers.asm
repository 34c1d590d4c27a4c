; SPDX-License-Identifier: MIT
; INT 22h, 23h, 24h and 2Eh of the shell, all resident. Owns the critical-error dialogue.

        section .res

; ----------------------------------------------------------------------------------------------------
; int22 - DOS ended "us" (Abort inside one of our commands, or a stray exit): start over
int22:
        cli
        call    own_stack
        mov     byte [r_abort], 1
        jmp     res_load

; ----------------------------------------------------------------------------------------------------
; int23 - Ctrl-C. A program is ended; one of our own commands is left at once.
int23:
        push    ax
        push    bx
        dos     51h
        mov     ax, cs
        cmp     ax, bx
        pop     bx
        pop     ax
        je      .own
        stc                             ; far return with carry: end the program
        retf
.own:
        cli
        call    own_stack
        mov     byte [r_break], 1
        jmp     res_load

; ----------------------------------------------------------------------------------------------------
; int24 - critical error: ask what to do
; In: AH = flags (80h character device, 20h/10h/08h ignore/retry/fail allowed, 01h writing), AL = drive,
;     DI low = error, BP:SI = device header. Out: AL = 0 ignore, 1 retry, 2 abort, 3 fail.
int24:
        sti
        cld
        pusha
        push    ds
        push    es
        push    cs
        pop     ds
        mov     [e_flags], ax
        mov     bl, 3
        test    byte [r_flags], F_FAIL
        jnz     .answer
        cmp     byte [r_abort], 0       ; our own command was given up: no more questions
        jne     .answer
        call    error_console
        call    r_crlf
        and     di, 0FFh
        cmp     di, 12
        jbe     .known
        mov     di, 12
.known:
        mov     bx, e_texts
.skip:
        dec     di
        js      .text
.scan:
        inc     bx
        cmp     byte [bx - 1], '$'
        jne     .scan
        jmp     .skip
.text:
        mov     dx, bx
        dos     9
        mov     dx, e_reading
        test    byte [e_flags + 1], 1
        jz      .way
        mov     dx, e_writing
.way:
        dos     9
        mov     ax, [e_flags]
        test    ah, 80h
        jnz     .device
        add     al, 'A'
        mov     [e_letter], al
        mov     dx, e_drive
        dos     9
        jmp     .ask
.device:
        mov     es, bp
        mov     cx, 8
        add     si, 10
.name:
        mov     dl, [es:si]
        inc     si
        dos     2
        loop    .name
.ask:
        call    r_crlf
        mov     dx, e_abort
        dos     9
        mov     si, e_choices           ; mask, text, ...
.offer:
        mov     al, [si]
        or      al, al
        jz      .offered
        inc     si
        test    [e_flags + 1], al
        mov     dx, si
        jz      .passed
        dos     9
.passed:
        lodsb
        cmp     al, '$'
        jne     .passed
        jmp     .offer
.offered:
        mov     dl, '?'
        dos     2
        mov     dl, ' '
        dos     2
.key:
        mov     ax, 0C07h               ; unfiltered: Ctrl-C inside an error would nest
        int     21h
        and     al, 5Fh
        mov     ah, [e_flags + 1]
        mov     bl, 2
        cmp     al, 'A'
        je      .chosen
        dec     bx                      ; 1
        cmp     al, 'R'
        jne     .ignore
        test    ah, 10h
        jnz     .chosen
.ignore:
        dec     bx                      ; 0
        cmp     al, 'I'
        jne     .fail
        test    ah, 20h
        jnz     .chosen
.fail:
        mov     bl, 3
        cmp     al, 'F'
        jne     .key
        test    ah, 8
        jz      .key
.chosen:
        mov     dl, al
        dos     2
        call    r_crlf
        call    error_console_end
        cmp     bl, 2
        jne     .answer
        push    bx
        dos     51h
        mov     ax, cs
        cmp     ax, bx
        pop     bx
        jne     .answer
        mov     byte [r_abort], 1       ; our own command: it fails, then sees this flag
        test    byte [e_flags + 1], 8
        jz      .answer
        inc     bx
.answer:
        mov     al, bl
        mov     ah, [e_flags + 1]
        mov     [e_flags], ax
        pop     es
        pop     ds
        popa
        mov     ax, [cs:e_flags]
        iret

; ----------------------------------------------------------------------------------------------------
; error_console - point handles 0 and 1 of the current process at its standard error
; Out: e_table, e_handles filled. Clobbers: AX, BX, ES.
error_console:
        dos     51h
        mov     es, bx
        les     bx, [es:PSP_JFT]
        mov     [e_table], bx
        mov     [e_table + 2], es
        mov     ax, [es:bx]
        mov     [e_handles], ax
        mov     al, [es:bx + 2]
        cmp     al, NONE
        je      .done
        mov     ah, al
        mov     [es:bx], ax
.done:
        ret

; error_console_end - put handles 0 and 1 back. Clobbers: AX, ES, DI.
error_console_end:
        les     di, [e_table]
        mov     ax, [e_handles]
        mov     [es:di], ax
        ret

; r_crlf - new line on the console. Clobbers: AX, DX.
r_crlf:
        mov     dx, e_crlf
        dos     9
        ret

e_flags         dw      0
e_table         dd      0
e_handles       dw      0
e_crlf          db      CR, LF, '$'
e_texts         db      'Write protect error$Invalid unit$Not ready$Invalid device request$Data error$'
                db      'Invalid device request$Seek error$Invalid media type$Sector not found$'
                db      'Printer out of paper$Write fault error$Read fault error$General failure$'
e_reading       db      ' reading $'
e_writing       db      ' writing $'
e_drive         db      'drive '
e_letter        db      'A$'
e_abort         db      'Abort$'
e_choices       db      10h, ', Retry$', 20h, ', Ignore$', 8, ', Fail$', 0

; ----------------------------------------------------------------------------------------------------
; int2e - run a command line for the running program
; In: DS:SI -> length byte, text, CR. Out: registers kept; AX = 0 served, -1 not.
int2e:
        cld
        sti
        cmp     byte [cs:r_served], 0
        jne     .refuse
        pusha
        push    ds
        push    es
        push    fs
        push    gs
        push    cs
        pop     fs
        mov     [fs:s_stack], sp
        mov     [fs:s_stack + 2], ss
        dos     51h
        mov     [fs:s_psp], bx
        dos     2Fh
        mov     [fs:s_dta], bx
        mov     [fs:s_dta + 2], es
        mov     eax, [fs:2Eh]           ; DOS' record of our stack at EXEC must survive
        mov     [fs:s_record], eax
        mov     byte [fs:r_served], 1
        sub     ax, 32
        mov     [fs:r_stack_base], ax
        mov     bx, cs
        dos     50h
        lodsb                           ; the line becomes a pending context above a barrier
        mov     bl, al
        push    ds
        push    si
        push    cs
        pop     ds
        pop     si
        pop     gs
        mov     cx, 1
        mov     al, KIND_BARRIER
        call    small_context
        jc      .none
        mov     al, [r_saved_in]
        mov     [es:context.saved_in], al
        mov     al, [r_saved_out]
        mov     [es:context.saved_out], al
        mov     word [r_saved_in], NONE << 8 | NONE
        mov     cx, (pending_size + 15) / 16
        mov     al, KIND_LINE
        call    small_context
        jc      .none
        mov     di, pending.text
        mov     cx, LINE_MAX
.copy:
        mov     al, [gs:si]
        inc     si
        cmp     al, CR
        je      .end
        dec     bl
        js      .end
        stosb
        loop    .copy
.end:
        xor     al, al
        stosb
        call    own_stack
        jmp     res_load
.none:
        jmp     serve_end
.refuse:
        mov     ax, -1
        iret

; ----------------------------------------------------------------------------------------------------
; small_context - push a context from resident code
; In: AL = kind, CX = paragraphs, DS = CS. Out: ES = block, CF on no memory. Clobbers: AX, DI.
small_context:
        push    bx
        push    ax
        mov     bx, cx
        dos     48h
        pop     bx
        jc      .done
        mov     es, ax
        xchg    ax, [r_context]
        xor     di, di
        stosw
        mov     al, bl
        stosb
        mov     ax, NONE << 8 | NONE
        stosw
        inc     byte [r_depth]
        clc
.done:
        pop     bx
        ret

; ----------------------------------------------------------------------------------------------------
; serve_end - return to the caller of INT 2Eh. The barrier is popped already (or never came to be).
serve_end:
        call    own_stack
        call    free_transient
        mov     word [r_stack_base], r_stack_top
        mov     eax, [s_record]
        mov     [2Eh], eax
        mov     bx, [s_psp]
        dos     50h
        mov     byte [r_served], 0
        push    ds
        lds     dx, [s_dta]
        dos     1Ah
        pop     ds
        lss     sp, [s_stack]
        pop     gs
        pop     fs
        pop     es
        pop     ds
        popa
        xor     ax, ax
        iret

r_served        db      0               ; INT 2Eh is being served
s_stack         dd      0               ; state of its caller
s_psp           dw      0
s_dta           dd      0
s_record        dd      0
