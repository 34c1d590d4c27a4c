; SPDX-License-Identifier: MIT
; The line editor: keys to `raw`, history, completion of file names. Owns the state of the edited line.
; Only DOS calls, so it works on a serial console too; on the real console one BIOS call lets the cursor
; go back over a line end.

        section .tbss
ed_length       resw    1
ed_position     resw    1
ed_history      resw    1               ; offset in r_history of the line shown, its end when none
ed_overwrite    resb    1
ed_screen       resb    1               ; the console is the PC's screen
ed_completing   resb    1               ; the last key was Tab
ed_part         resw    1               ; position of the name being completed
ed_answer       resb    1               ; the line answers a question: no history, end of file is empty
ed_pattern      resb    LINE_MAX + 8
ed_dta          resb    44

        section .trans
; ----------------------------------------------------------------------------------------------------
; read_line - read a line into raw (ASCIZ). Out: CF set if it was given up (Ctrl-C). Clobbers: all.
read_line:
        mov     byte [ed_answer], 0
        jmp     read_any
; read_answer - the same for the answer to a question; one from a file is followed by a new line
; read_value - the same without that line
read_answer:
        mov     byte [ed_answer], 2
        jmp     read_any
read_value:
        mov     byte [ed_answer], 1
read_any:
        call    flush
        xor     bx, bx
        mov     ax, 4400h
        int     21h
        mov     al, dl
        and     al, 84h                 ; a file, or NUL
        cmp     al, 80h
        jne     read_from_file
        and     dl, 11h                 ; standard input device with fast output: the screen
        cmp     dl, 11h
        sete    [ed_screen]
        xor     ax, ax
        mov     [ed_length], ax
        mov     [ed_position], ax
        mov     [ed_overwrite], al
        mov     [ed_completing], al
        mov     ax, [fs:r_history_end]
        mov     [ed_history], ax
.key:
        call    flush
        dos     7
        cmp     al, TAB
        je      .tab
        mov     byte [ed_completing], 0
        or      al, al
        jz      .extended
        cmp     al, CR
        je      .enter
        cmp     al, BS
        je      .backspace
        cmp     al, CTRL_C
        je      .cancel
        cmp     al, ESCAPE
        je      .clear
        cmp     al, 7Fh
        je      .backspace
        cmp     al, ' '
        jb      .key
        call    ed_type
        jmp     .key
.tab:
        call    ed_complete
        jmp     .key
.backspace:
        call    ed_left
        jc      .key
        call    ed_delete
        jmp     .key
.cancel:
        print   '^C', CR, LF
        stc
        ret
.clear:
        call    ed_wipe
        jmp     .key
.enter:
        call    ed_end
        mov     bx, [ed_length]
        mov     byte [raw + bx], 0
        call    crlf
        call    flush
        cmp     byte [ed_answer], 0
        jne     .answered
        call    remember
.answered:
        clc
        ret
.extended:
        dos     7
        mov     bx, ed_keys
.scan:
        cmp     byte [bx], 0
        je      .key
        cmp     al, [bx]
        je      .found
        add     bx, 3
        jmp     .scan
.found:
        call    [bx + 1]
        jmp     .key

ed_keys:                                ; scan code, routine
        db      4Bh
        dw      ed_left
        db      4Dh
        dw      ed_right
        db      47h
        dw      ed_home
        db      4Fh
        dw      ed_end
        db      53h
        dw      ed_delete
        db      52h
        dw      ed_mode
        db      48h
        dw      ed_older
        db      50h
        dw      ed_newer
        db      73h
        dw      ed_word_left
        db      74h
        dw      ed_word_right
        db      75h
        dw      ed_cut
        db      3Bh
        dw      ed_right
        db      3Dh
        dw      ed_recall
        db      0

; ----------------------------------------------------------------------------------------------------
; read_from_file - standard input is a file: take a line of it; its end ends the shell
read_from_file:
        mov     di, raw
        mov     cx, LINE_MAX
.next:
        push    cx
        mov     cx, 1
        mov     dx, di
        xor     bx, bx
        dos     3Fh
        pop     cx
        jc      .end
        or      ax, ax
        jz      .end
        mov     al, [di]
        cmp     al, CTRL_Z
        je      .end
        cmp     al, CR
        je      .next
        cmp     al, LF
        je      .line
        jcxz    .next
        inc     di
        dec     cx
        jmp     .next
.end:
        cmp     di, raw
        jne     .line
        cmp     byte [ed_answer], 0
        jne     .line
        test    byte [fs:r_flags], F_PERMANENT
        jz      leave_shell
        mov     dx, device_con          ; a permanent shell goes on from the console
        mov     ax, 3D02h
        int     21h
        jc      .line
        xchg    bx, ax
        xor     cx, cx
        dos     46h
        dos     3Eh
.line:
        mov     byte [di], 0
        cmp     byte [ed_answer], 1
        je      .quiet
        ja      .new_line
        mov     dx, raw
        call    put_string
.new_line:
        call    crlf
.quiet:
        clc
        ret
device_con      db      'CON', 0

; ----------------------------------------------------------------------------------------------------
; Editing steps. All clobber AX, BX, CX, DX, SI, DI.
; ed_left - one to the left; CF set at the start
ed_left:
        cmp     word [ed_position], 1
        jb      ed_back.done
        dec     word [ed_position]
; ed_back - move only the cursor
ed_back:
        cmp     byte [ed_screen], 0
        je      .plain
        call    flush
        mov     ah, 0Fh
        int     10h                     ; BH = page, AH = columns
        push    ax
        mov     ah, 3
        int     10h
        pop     ax
        or      dl, dl
        jnz     .plain
        or      dh, dh
        jz      .plain
        dec     dh
        mov     dl, ah
        dec     dl
        mov     ah, 2
        int     10h
        clc
        ret
.plain:
        mov     al, BS
        call    put_char
        clc
.done:
        ret
; ed_right - one to the right; at the end take a character of the last line over
ed_right:
        mov     bx, [ed_position]
        cmp     bx, [ed_length]
        jae     .recall
        mov     al, [raw + bx]
        call    put_char
        inc     word [ed_position]
        ret
.recall:
        mov     cx, 1
        jmp     ed_recall.some
; ed_recall - F3: the rest of the last line
ed_recall:
        call    ed_end
        mov     cx, LINE_MAX
.some:
        mov     si, [fs:r_history_end]
        call    history_before
        jc      .done
        mov     dx, [ed_length]
.skip:
        dec     dx
        js      .copy
        inc     si
        cmp     byte [fs:si - 1], 0
        jne     .skip
.done:
        ret
.copy:
        mov     al, [fs:si]
        inc     si
        or      al, al
        jz      .done
        pusha
        call    ed_type
        popa
        loop    .copy
        ret
ed_home:
        call    ed_left
        jnc     ed_home
        ret
ed_end:
        mov     bx, [ed_position]
        cmp     bx, [ed_length]
        jae     .done
        call    ed_right
        jmp     ed_end
.done:
        ret
ed_word_left:
        call    ed_left
        jc      .done
        mov     bx, [ed_position]
        cmp     byte [raw + bx], ' '
        je      ed_word_left
        or      bx, bx
        jz      .done
        cmp     byte [raw + bx - 1], ' '
        jne     ed_word_left
.done:
        ret
ed_word_right:
        mov     bx, [ed_position]
        cmp     bx, [ed_length]
        jae     .done
        push    word [raw + bx]
        call    ed_right
        pop     ax
        cmp     al, ' '
        jne     ed_word_right
        cmp     ah, ' '
        je      ed_word_right
.done:
        ret
ed_mode:
        xor     byte [ed_overwrite], 1
        ret
ed_cut:                                 ; delete to the end
        mov     cx, [ed_length]
        mov     bx, [ed_position]
        mov     [ed_length], bx
        sub     cx, bx
        jbe     ed_show.done
        call    put_spaces
        jmp     ed_show.back
ed_wipe:
        call    ed_home
        jmp     ed_cut

; ed_type - put AL in at the cursor
ed_type:
        mov     bx, [ed_position]
        mov     cx, [ed_length]
        cmp     byte [ed_overwrite], 0
        je      .insert
        cmp     bx, cx
        jb      .store
.insert:
        cmp     cx, LINE_MAX
        jae     .full
        inc     word [ed_length]
        sub     cx, bx
        mov     di, [ed_length]
        add     di, raw - 1
        lea     si, [di - 1]
        std
        rep     movsb
        cld
.store:
        mov     [raw + bx], al
        inc     bx
        cmp     bx, [ed_length]
        je      ed_right                ; at the end: nothing behind to show
        call    ed_show
        jmp     ed_right
.full:
        mov     al, 7
        jmp     put_char

; ed_delete - delete the character under the cursor
ed_delete:
        mov     bx, [ed_position]
        mov     cx, [ed_length]
        sub     cx, bx
        jbe     ed_show.done
        lea     di, [raw + bx]
        lea     si, [di + 1]
        rep     movsb
        dec     word [ed_length]
        mov     bx, [ed_length]
        mov     byte [raw + bx], ' '    ; wipes the last character on the screen
        mov     cx, 1
        jmp     ed_show.more

; ed_show - write from the cursor to the end (.more: and CX characters behind), cursor back
ed_show:
        xor     cx, cx
.more:
        mov     bx, [ed_position]
        lea     si, [raw + bx]
        add     cx, [ed_length]
        sub     cx, bx
        jbe     .done
        push    cx
.next:
        lodsb
        call    put_char
        loop    .next
        pop     cx
.back:
        push    cx
        call    ed_back
        pop     cx
        loop    .back
.done:
        ret

; ----------------------------------------------------------------------------------------------------
; History. history_before - In: SI = offset of a line. Out: SI = address (FS) of the line before it,
; CF set if there is none. Note that r_history_end counts from r_history. Clobbers: nothing else.
history_before:
        or      si, si
        stc
        jz      .done
.back:
        dec     si
        jz      .first
        cmp     byte [fs:r_history + si - 1], 0
        jne     .back
.first:
        add     si, r_history
        clc
.done:
        ret

ed_older:
        mov     si, [ed_history]
        call    history_before
        jc      ed_take.done
        mov     ax, si
        sub     ax, r_history
        mov     [ed_history], ax
; ed_take - show the history line at FS:SI
ed_take:
        push    si
        call    ed_wipe
        pop     si
.next:
        mov     al, [fs:si]
        inc     si
        or      al, al
        jz      .done
        push    si
        call    ed_type
        pop     si
        jmp     .next
.done:
        ret
ed_newer:
        mov     si, [ed_history]
        cmp     si, [fs:r_history_end]
        jae     ed_take.done
.skip:
        inc     si
        cmp     byte [fs:r_history + si - 1], 0
        jne     .skip
        mov     [ed_history], si
        cmp     si, [fs:r_history_end]
        jae     ed_wipe
        add     si, r_history
        jmp     ed_take

; ----------------------------------------------------------------------------------------------------
; remember - add raw to the history unless it is empty or repeats the last line. Clobbers: all.
remember:
        mov     cx, [ed_length]
        jcxz    .done
        mov     si, [fs:r_history_end]
        call    history_before
        jc      .add
        mov     di, raw
.same:
        mov     al, [fs:si]
        inc     si
        scasb
        jne     .add
        or      al, al
        jnz     .same
.done:
        ret
.add:
        inc     cx
        push    ds
        push    fs
        pop     es
        push    fs
        pop     ds
.room:
        mov     ax, [r_history_end]
        add     ax, cx
        cmp     ax, HISTORY_SIZE
        jbe     .fits
        mov     si, r_history           ; drop the oldest line
.oldest:
        lodsb
        or      al, al
        jnz     .oldest
        push    cx
        mov     di, r_history
        mov     cx, r_history
        add     cx, [r_history_end]
        sub     cx, si
        mov     [r_history_end], cx
        rep     movsb
        pop     cx
        jmp     .room
.fits:
        mov     di, [r_history_end]
        add     di, r_history
        mov     [r_history_end], ax
        pop     ds
        mov     si, raw
        rep     movsb
        push    ds
        pop     es
        ret

; ----------------------------------------------------------------------------------------------------
; ed_complete - Tab: complete the name before the cursor; again: the next one. Clobbers: all.
ed_complete:
        mov     dx, ed_dta
        dos     1Ah
        cmp     byte [ed_completing], 0
        jne     .again
        mov     bx, [ed_position]       ; the word, and in it the part behind drive and path
        mov     si, bx
.start:
        or      si, si
        jz      .whole
        mov     al, [raw + si - 1]
        call    is_delimiter
        je      .whole
        cmp     al, '<'
        je      .whole
        cmp     al, '>'
        je      .whole
        cmp     al, '|'
        je      .whole
        dec     si
        jmp     .start
.whole:
        mov     [ed_part], si
        mov     di, ed_pattern
        xor     ah, ah                  ; a dot was met
.copy:
        cmp     si, bx
        jae     .pattern
        mov     al, [raw + si]
        inc     si
        stosb
        cmp     al, '.'
        jne     .no_dot
        inc     ah
.no_dot:
        cmp     al, '\'
        je      .part
        cmp     al, ':'
        jne     .copy
.part:
        mov     [ed_part], si
        xor     ah, ah
        jmp     .copy
.pattern:
        mov     al, '*'
        stosb
        or      ah, ah
        jnz     .search
        mov     al, '.'
        stosb
        mov     al, '*'
        stosb
.search:
        mov     byte [di], 0
        mov     dx, ed_pattern
        mov     cx, ATTR_DIR
        dos     4Eh
        jmp     .result
.again:
        dos     4Fh
        jc      .search_again
.result:
        jc      .none
        cmp     byte [ed_dta + found.name], '.'
        je      .again
        mov     byte [ed_completing], 1
.wipe:
        mov     bx, [ed_position]
        cmp     bx, [ed_part]
        jbe     .type
        call    ed_left
        call    ed_delete
        jmp     .wipe
.type:
        mov     si, ed_dta + found.name
.char:
        lodsb
        or      al, al
        jz      .typed
        push    si
        call    ed_type
        pop     si
        jmp     .char
.typed:
        test    byte [ed_dta + found.attr], ATTR_DIR
        jz      .done
        mov     al, '\'
        call    ed_type
.done:
        mov     dx, dta
        dos     1Ah
        ret
.search_again:
        cmp     byte [ed_completing], 0
        mov     byte [ed_completing], 0
        je      .none
        mov     dx, ed_pattern
        mov     cx, ATTR_DIR
        dos     4Eh
        jmp     .result
.none:
        mov     al, 7
        call    put_char
        jmp     .done
