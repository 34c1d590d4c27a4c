; SPDX-License-Identifier: MIT
; The main loop of the transient part: takes the next line from the top context or the keyboard and
; runs it. Owns the line buffers and the table of commands.

        section .tbss
tbss_start:
raw             resb    LINE_MAX + 2    ; a line as typed or read
line            resb    WORK_MAX + 2    ; the same after %-expansion
dta             resb    128
command_word    resw    1               ; start of the command in `line`
work_segment    resw    1               ; block of get_work, 0 = none
work_size       resw    1

        section .trans
trans_start:
; ----------------------------------------------------------------------------------------------------
; Entered from res_load: AX = resident segment
        mov     fs, ax
        mov     ax, cs
        mov     ds, ax
        mov     es, ax
        mov     ss, ax
        mov     sp, t_stack_top
        sti
        cld
        mov     di, tbss_start          ; behind us may lie anything: start with zeros
        mov     cx, (t_stack - tbss_start) / 2
        xor     ax, ax
        rep     stosw
        mov     dx, dta
        dos     1Ah

; ----------------------------------------------------------------------------------------------------
; main_loop - every command ends here, by return or by a jump from anywhere
main_loop:
        mov     ax, cs
        mov     ds, ax
        mov     es, ax
        mov     sp, t_stack_top
        cld
        call    flush
        xor     ax, ax
        mov     [calling], al
        mov     [load_high], al
        inc     ax
        mov     [out_handle], ax
        call    free_work
        cmp     byte [fs:r_abort], 0
        je      .no_abort
        mov     byte [fs:r_abort], 0
        call    close_strays
.no_abort:
        call    restore_handles
        cmp     byte [fs:r_break], 0
        jne     interrupted
        xor     ax, ax
        xchg    ax, [fs:r_exec_error]
        or      ax, ax
        jnz     exec_failed
        push    word main_loop
        mov     bx, [fs:r_context]
        or      bx, bx
        jz      .none
        mov     gs, bx
        mov     bl, [gs:context.kind]
        xor     bh, bh
        add     bx, bx
        jmp     [bx + .kinds - 2]
.kinds          dw      batch_next, for_next, pipe_next, pending_next, barrier_next
.none:
        test    byte [fs:r_flags], F_ONCE
        jnz     leave_shell
        and     byte [fs:r_flags], ~F_STEP
        call    show_prompt
        call    read_line
        jc      main_loop
        mov     si, raw
        call    expand_typed
        jmp     run_line

; ----------------------------------------------------------------------------------------------------
; interrupted - Ctrl-C ended the last command: question the batch job
interrupted:
        mov     byte [fs:r_break], 0
        call    close_strays
        mov     ax, [fs:r_context]      ; is there a batch file above the barrier?
.look:
        or      ax, ax
        jz      .drop_all
        mov     gs, ax
        mov     al, [gs:context.kind]
        cmp     al, KIND_BARRIER
        je      .drop_all
        cmp     al, KIND_BATCH
        je      .ask
        mov     ax, [gs:context.link]
        jmp     .look
.ask:
        call    crlf
        print   'Terminate batch job (Y/N)?'
        call    yes_or_no
        jc      main_loop
.drop_all:
        call    drop_contexts
        jmp     main_loop

; ----------------------------------------------------------------------------------------------------
; close_strays - close what an interrupted command left open. Clobbers: AX, BX.
close_strays:
        mov     bx, 5
.next:
        dos     3Eh
        inc     bx
        cmp     bx, 20
        jb      .next
        ret

; ----------------------------------------------------------------------------------------------------
; leave_shell - end a shell that is not permanent; a permanent one goes on
leave_shell:
        test    byte [fs:r_flags], F_PERMANENT
        jz      .end
        and     byte [fs:r_flags], ~F_ONCE
        jmp     main_loop
.end:
        push    fs
        pop     ds
        mov     ax, [r_parent]
        mov     [PSP_PARENT], ax
        mov     eax, [r_terminate]
        mov     [PSP_TERMINATE], eax
        mov     al, [r_errorlevel]
        dos     4Ch

; cmd_exit - EXIT [n]
cmd_exit:
        call    skip_blanks
        call    get_number
        jc      leave_shell
        mov     [fs:r_errorlevel], ax
        jmp     leave_shell

; ----------------------------------------------------------------------------------------------------
; barrier_next - all lines of INT 2Eh have run: back to its caller
barrier_next:
        mov     al, [gs:context.saved_in]
        mov     ah, [gs:context.saved_out]
        mov     [fs:r_saved_in], ax
        mov     word [gs:context.saved_in], NONE << 8 | NONE
        call    pop_context
        push    fs
        push    word serve_end
        retf

; ----------------------------------------------------------------------------------------------------
; run_line - run the ASCIZ command in `line`
; Out: returns to main_loop at the latest, contexts may have been added.
run_line:
        mov     si, line
; run_text - the same for the ASCIZ text at SI inside `line`
run_text:
        call    skip_delimiters
        cmp     al, '@'
        jne     .plain
        inc     si
        jmp     run_text
.plain:
        or      al, al
        jz      .nothing
        cmp     al, ':'
        je      .nothing
        mov     bx, word_rem
        call    match_word
        je      .nothing
        mov     bx, word_if
        call    match_word
        jne     .no_if
        call    test_condition
        jc      .nothing
        jmp     run_text
.nothing:
        ret
.no_if:
        mov     bx, word_for
        call    match_word
        je      start_for
        call    split_pipe
        jc      .nothing
        call    redirect
        call    skip_delimiters
        or      al, al
        jz      .nothing
        ; fall through

; ----------------------------------------------------------------------------------------------------
; dispatch - run the command at SI (no redirections left in it)
dispatch:
        mov     [command_word], si
        mov     ax, [si]
        cmp     ah, ':'
        jne     .no_drive
        mov     al, [si + 2]
        or      al, al
        jz      change_drive
        call    is_delimiter
        je      change_drive
.no_drive:
        mov     bx, commands
.next:
        mov     cl, [bx]
        or      cl, cl
        jz      launch
        xor     ch, ch
        inc     bx
        mov     di, bx
        push    si
.compare:
        lodsb
        call    upper
        cmp     al, [di]
        jne     .differs
        inc     di
        loop    .compare
        mov     al, [si]
        call    ends_command
        je      .found
.differs:
        pop     si
        movzx   ax, byte [bx - 1]
        add     bx, ax
        inc     bx
        inc     bx
        jmp     .next
.found:
        pop     ax
        push    si
        call    skip_blanks
        cmp     word [si], '/?'
        pop     si
        je      help_wanted
        jmp     [di]

; ----------------------------------------------------------------------------------------------------
; ends_command - can AL stand right behind the name of an internal command?
; In: AL, SI -> AL in the line, DI -> end of the name in the table. Out: ZF set if so. Clobbers: AX.
ends_command:
        or      al, al
        je      .done
        call    is_delimiter
        je      .done
        cmp     al, '/'
        je      .done
        cmp     al, '+'
        je      .done
        cmp     al, '"'
        je      .done
        cmp     word [di], cmd_echo     ; ECHO. ECHO: ECHO[ and so on
        je      .echo
        cmp     al, '\'                 ; CD\DOS
        je      .done
        cmp     al, '.'                 ; CD.. but not CD.COM
        jne     .done
        mov     al, [si + 1]
        or      al, al
        je      .done
        cmp     al, '.'
        je      .done
        cmp     al, '\'
        je      .done
        cmp     al, '/'
        je      .done
        jmp     is_delimiter
.echo:
        push    si
        mov     si, .signs
        mov     ah, al
.sign:
        lodsb
        or      al, al
        jz      .none
        cmp     al, ah
        jne     .sign
        pop     si
        ret
.none:
        inc     al                      ; clears ZF
        pop     si
.done:
        ret
.signs          db      '.:[]\(', 0

; change_drive - the command is a drive letter
change_drive:
        mov     al, [si]
        call    upper
        sub     al, 'A'
        mov     dl, al
        dos     0Eh
        dos     19h
        cmp     al, dl
        jne     bad_drive
        ret
bad_drive:
        fail    'Invalid drive specification'

; ----------------------------------------------------------------------------------------------------
; The internal commands: length, name, routine. Each is called with SI -> ASCIZ text behind the name.
%macro command 2
        %strlen %%length %1
        db      %%length, %1
        dw      %2
%endmacro
commands:
        command 'ATTRIB', cmd_attrib
        command 'BREAK', cmd_break
        command 'CALL', cmd_call
        command 'CD', cmd_cd
        command 'CHCP', cmd_chcp
        command 'CHDIR', cmd_cd
        command 'CHOICE', cmd_choice
        command 'CLS', cmd_cls
        command 'COPY', cmd_copy
        command 'CTTY', cmd_ctty
        command 'DATE', cmd_date
        command 'DEL', cmd_del
        command 'DIR', cmd_dir
        command 'ECHO', cmd_echo
        command 'ERASE', cmd_del
        command 'EXIT', cmd_exit
        command 'GOTO', cmd_goto
        command 'HELP', cmd_help
        command 'LABEL', cmd_label
        command 'LH', cmd_loadhigh
        command 'LOADHIGH', cmd_loadhigh
        command 'MD', cmd_md
        command 'MEM', cmd_mem
        command 'MKDIR', cmd_md
        command 'MOVE', cmd_move
        command 'PATH', cmd_path
        command 'PAUSE', cmd_pause
        command 'PROMPT', cmd_prompt
        command 'RD', cmd_rd
        command 'REN', cmd_ren
        command 'RENAME', cmd_ren
        command 'RMDIR', cmd_rd
        command 'SET', cmd_set
        command 'SHIFT', cmd_shift
        command 'TIME', cmd_time
        command 'TRUENAME', cmd_truename
        command 'TYPE', cmd_type
        command 'VER', cmd_ver
        command 'VERIFY', cmd_verify
        command 'VOL', cmd_vol
        db      0

word_rem        db      'REM', 0
word_if         db      'IF', 0
word_for        db      'FOR', 0

; ----------------------------------------------------------------------------------------------------
; get_work - allocate a work buffer, freed by main_loop
; In: BX = paragraphs wanted at most. Out: work_segment, work_size = bytes (64 KB - 16 at most).
; Fails when less than 1 KB is free. Clobbers: AX, BX.
get_work:
        cmp     bx, 0FFFh
        jbe     .try
        mov     bx, 0FFFh
.try:
        dos     48h
        jnc     .got
        cmp     bx, 64
        jae     .try
        fail    'Not enough memory'
.got:
        mov     [work_segment], ax
        shl     bx, 4
        mov     [work_size], bx
        ret

; free_work - free it again, if there is one. Clobbers: AX, ES (= DS after).
free_work:
        xor     ax, ax
        xchg    ax, [work_segment]
        or      ax, ax
        jz      .done
        mov     es, ax
        dos     49h
        push    ds
        pop     es
.done:
        ret
