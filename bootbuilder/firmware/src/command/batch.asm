; SPDX-License-Identifier: MIT
; The stack of contexts and batch files: reading lines, CALL, GOTO, SHIFT. A batch file is opened for each
; line, so that it may be changed, deleted or taken out with its disk while it runs.

        section .tbss
calling         resb    1               ; the command came from CALL
chunk           resb    256
goto_label      resb    10
serial_info     resb    26
line_overflow   resb    1               ; the line read last was too long

        section .trans
; ----------------------------------------------------------------------------------------------------
; push_context - In: AL = kind, BX = paragraphs. Out: GS = the new top context, header filled.
; Ends everything when there are too many, the command when there is no memory. Clobbers: AX, BX, DX.
push_context:
        mov     dl, al
        cmp     byte [fs:r_depth], DEPTH_MAX
        jae     .deep
        dos     48h
        jc      dos_failed
        mov     gs, ax
        xchg    ax, [fs:r_context]
        mov     [gs:context.link], ax
        mov     [gs:context.kind], dl
        mov     word [gs:context.saved_in], NONE << 8 | NONE
        mov     al, [fs:r_echo]
        mov     [gs:context.echo], al
        inc     byte [fs:r_depth]
        ret
.deep:
        call    drop_contexts           ; a circle of CALLs would come back at each level
        fail    'Too many nested batch files'

; ----------------------------------------------------------------------------------------------------
; pop_context - remove the top context and undo what it holds. Clobbers: AX, BX, DX, SI, DI, GS.
pop_context:
        mov     ax, [fs:r_context]
        mov     gs, ax
        mov     al, [gs:context.kind]
        cmp     al, KIND_PIPE
        jne     .no_pipe
        call    delete_input
        mov     si, pipe.output
        call    delete_named
.no_pipe:
        cmp     byte [gs:context.kind], KIND_BATCH
        jne     .no_batch
        mov     al, [gs:context.echo]
        mov     [fs:r_echo], al
        cmp     word [gs:context.saved_in], NONE << 8 | NONE
        je      .no_batch
        call    flush
        mov     ax, [gs:context.saved_in]
        mov     [fs:r_saved_in], ax
        call    restore_handles
.no_batch:
        mov     ax, [gs:context.link]
        mov     [fs:r_context], ax
        dec     byte [fs:r_depth]
        push    gs
        pop     es
        push    ds
        pop     gs                      ; never leave a freed segment in GS
        dos     49h
        push    ds
        pop     es
        ret

; drop_contexts - remove all down to the barrier of INT 2Eh. Clobbers: as pop_context.
drop_contexts:
        mov     ax, [fs:r_context]
        or      ax, ax
        jz      .done
        mov     gs, ax
        cmp     byte [gs:context.kind], KIND_BARRIER
        je      .done
        call    restore_handles
        call    pop_context
        jmp     drop_contexts
.done:
        ret

; find_batch - GS = the nearest batch context, CF set if there is none above the barrier. Clobbers: AX.
find_batch:
        mov     ax, [fs:r_context]
.next:
        or      ax, ax
        jz      .none
        mov     gs, ax
        cmp     byte [gs:context.kind], KIND_BATCH
        je      .done                   ; CF clear from equality
        cmp     byte [gs:context.kind], KIND_BARRIER
        je      .none
        mov     ax, [gs:context.link]
        jmp     .next
.none:
        stc
.done:
        ret

; ----------------------------------------------------------------------------------------------------
; pending_next - run the line of /C, /K or AUTOEXEC. GS = context. Main loop routine.
pending_next:
        mov     si, pending.text
        mov     di, raw
        call    take_from_context
        call    pop_context
        call    expand_typed
        jmp     run_line

; ----------------------------------------------------------------------------------------------------
; batch_next - run the next line of the batch file. GS = context. Main loop routine.
batch_next:
        call    batch_open
        jc      .done
        call    batch_line
        pushf
        dos     3Eh
        popf
        jc      pop_context             ; no more lines
        mov     si, raw
        call    skip_delimiters
        or      al, al
        jz      .done
        cmp     al, ':'
        je      .done
        cmp     byte [line_overflow], 0
        jne     .long
        call    expand_batch
        mov     si, line
        call    skip_delimiters
        or      al, al
        jz      .done
        test    byte [fs:r_flags], F_STEP
        jnz     .ask
        cmp     al, '@'
        je      run_line
        cmp     byte [fs:r_echo], 0
        je      run_line
        call    echo_line
        jmp     run_line
.ask:
        mov     dx, si
        call    put_string
        print   ' [Y/N]?'
        call    yes_or_no
        jnc     run_line
.done:
        ret
.long:
        mov     bx, word_rem
        call    match_word
        je      .done
        jmp     line_too_long

; echo_line - show the prompt and the text at SI. Keeps SI. Clobbers: all others, GS.
echo_line:
        push    si
        call    show_prompt
        pop     dx
        push    dx
        call    put_string
        call    crlf
        pop     si
        ret

; ----------------------------------------------------------------------------------------------------
; batch_open - open the file of the batch context GS. Out: BX = handle; CF set if the batch file is gone:
; then it has been ended. Clobbers: AX, CX, DX, SI, DI.
batch_open:
        mov     si, batch.path
        mov     di, file_name
        call    take_from_context
        mov     dx, file_name
        mov     ax, 3D00h
        int     21h
        xchg    bx, ax
        jnc     .done
        cmp     byte [fs:r_abort], 0
        jne     .end
        cmp     byte [gs:batch.at_end], 0
        jne     .end                    ; deleted by its last line: nothing was missed
        call    get_serial
        cmp     eax, [gs:batch.serial]
        je      .missing
        call    to_errors
        print   CR, LF, 'Insert disk with batch file', CR, LF
        call    press_key
        mov     word [out_handle], 1
        jmp     batch_open
.missing:
        call    to_errors
        print   'Batch file missing', CR, LF
        call    flush
        mov     word [out_handle], 1
.end:
        call    pop_context
        stc
.done:
        ret

; ----------------------------------------------------------------------------------------------------
; get_serial - serial number of the disk in the drive of file_name
; Out: EAX, 0 when the drive's disk cannot be changed or has none. Clobbers: BX, CX, DX.
get_serial:
        mov     bl, [file_name]
        sub     bl, 'A' - 1
        mov     ax, 4408h
        int     21h
        jc      .fixed
        or      ax, ax
        jnz     .fixed
        mov     dx, serial_info
        xor     bh, bh
        mov     ax, 6900h
        int     21h
        mov     eax, [serial_info + 2]
        jnc     .done
.fixed:
        xor     eax, eax
.done:
        ret

; ----------------------------------------------------------------------------------------------------
; batch_line - read the line at the context's position from handle BX to raw, ASCIZ
; Out: BX kept, line_overflow set if it was longer than LINE_MAX; CF set at the end of the file.
; Clobbers: AX, CX, DX, SI, DI.
batch_line:
        mov     dx, [gs:batch.position]
        mov     cx, [gs:batch.position + 2]
        mov     ax, 4200h
        int     21h
        mov     di, raw
        mov     byte [line_overflow], 0
.read:
        mov     cx, 256
        mov     dx, chunk
        dos     3Fh
        jc      .end
        or      ax, ax
        jz      .end
        mov     si, chunk
        mov     cx, ax
.next:
        lodsb
        inc     dword [gs:batch.position]
        cmp     al, LF
        je      .line
        cmp     al, CTRL_Z
        je      .eof
        cmp     al, CR
        je      .more
        cmp     di, raw + LINE_MAX
        jae     .overflow
        stosb
.more:
        loop    .next
        jmp     .read
.overflow:
        mov     byte [line_overflow], 1
        jmp     .more
.eof:
        dec     dword [gs:batch.position]       ; stay in front of it
.end:
        mov     byte [gs:batch.at_end], 1
        cmp     di, raw + 1             ; CF set if nothing was read
        jc      .done
        jmp     .ended
.line:
        cmp     cx, 1                   ; the last byte we know of was the last one used:
        jne     .ended                  ; find out whether the file goes on
        mov     cx, 1
        mov     dx, chunk
        dos     3Fh
        cmp     ax, 1
        jae     .ended
        mov     byte [gs:batch.at_end], 1
.ended:
        mov     byte [di], 0
        clc
.done:
        ret

; ----------------------------------------------------------------------------------------------------
; start_batch - begin the batch file whose path is in program_path; SI -> its tail (DS)
; Replaces the running batch file unless it comes from CALL, a pipe or no batch file at all.
start_batch:
        mov     dl, [fs:r_echo]
        cmp     byte [calling], 0
        jne     .stack
        mov     ax, [fs:r_context]
.look:
        or      ax, ax
        jz      .stack
        mov     gs, ax
        mov     ax, [gs:context.link]
        mov     dh, [gs:context.kind]
        cmp     dh, KIND_FOR
        je      .look
        cmp     dh, KIND_BATCH
        jne     .stack
        cmp     word [gs:context.saved_in], NONE << 8 | NONE
        je      .replace
        call    restore_handles         ; the old file's redirection goes with it
.replace:
        push    si
        push    dx
.pop:
        mov     gs, [fs:r_context]
        mov     al, [gs:context.kind]
        push    ax
        call    pop_context
        pop     ax
        cmp     al, KIND_BATCH
        jne     .pop
        pop     dx
        pop     si
.stack:
        push    dx
        mov     al, KIND_BATCH
        mov     bx, (batch_size + 15) / 16
        call    push_context
        pop     dx
        mov     [fs:r_echo], dl
        push    si
        mov     ax, NONE << 8 | NONE    ; its redirections last as long as the file runs
        xchg    ax, [fs:r_saved_in]
        mov     [gs:context.saved_in], ax
        xor     ax, ax
        mov     [gs:batch.at_end], al
        mov     [gs:batch.shift], al
        mov     [gs:batch.position], ax
        mov     [gs:batch.position + 2], ax
        mov     si, program_path
        mov     di, file_name
        call    make_full
        mov     si, file_name
        mov     di, batch.path
        call    put_in_context
        call    get_serial
        mov     [gs:batch.serial], eax
        mov     si, typed_name
        mov     di, batch.zero
        call    put_in_context
        pop     si
        mov     di, batch.tail
        mov     cx, LINE_MAX
.tail:
        lodsb
        mov     [gs:di], al
        inc     di
        or      al, al
        loopnz  .tail
        mov     byte [gs:batch.tail + LINE_MAX], 0
        ret

; ----------------------------------------------------------------------------------------------------
; cmd_call - CALL command
cmd_call:
        mov     byte [calling], 1
        call    skip_delimiters
        or      al, al
        jnz     dispatch
        ret

; ----------------------------------------------------------------------------------------------------
; cmd_shift - SHIFT
cmd_shift:
        call    find_batch
        jc      .done
        cmp     byte [gs:batch.shift], 240
        jae     .done
        inc     byte [gs:batch.shift]
.done:
        ret

; ----------------------------------------------------------------------------------------------------
; cmd_goto - GOTO label
cmd_goto:
        call    skip_delimiters
        cmp     al, ':'
        jne     .name
        inc     si
.name:
        mov     di, goto_label
        call    .take
        call    find_batch
        jc      .done
.pop:                                   ; a FOR loop that jumps is over
        mov     ax, gs
        cmp     ax, [fs:r_context]
        je      .top
        push    ax
        call    pop_context
        pop     gs
        jmp     .pop
.top:
        cmp     byte [goto_label], 0
        je      .unknown
        mov     dword [gs:batch.position], 0
        call    batch_open
        jc      .done
.line:
        call    batch_line
        jc      .missing
        mov     si, raw
        call    skip_delimiters
        cmp     al, ':'
        jne     .line
        inc     si
        call    skip_delimiters
        mov     di, raw
        call    .take
        mov     si, raw
        mov     di, goto_label
        mov     cx, 9
        repe    cmpsb
        jne     .line
        dos     3Eh
.done:
        ret
.missing:
        dos     3Eh
.unknown:
        call    pop_context
        fail    'Label not found'

.take:                                  ; up to 8 characters of the word at SI to DI, in upper case,
        mov     cx, 8                   ; filled with zeros
.char:
        lodsb
        or      al, al
        jz      .fill
        call    is_delimiter
        je      .fill
        call    upper
        stosb
        loop    .char
.fill:
        inc     cx
        xor     al, al
        rep     stosb
        ret
