; SPDX-License-Identifier: MIT
; COPY and MOVE. Owns the target pattern and the two open files.

        section .tbss
copy_sources    resw    ARGS_MAX        ; ASCIZ words in arg_text
copy_count      resw    1
copy_target     resw    1               ; word, 0 when none was given
copy_source     resw    1               ; address in copy_sources being served
target          resb    PATH_MAX + 16
target_name     resw    1
target_is_dir   resb    1
copy_text_mode  resb    1               ; /A: a source ends at ^Z
copy_binary     resb    1               ; /B
copy_yes        resb    1               ; overwrite without a question
copy_in         resw    1
copy_out        resw    1               ; 0 while closed
copied          resw    1

        section .trans
; ----------------------------------------------------------------------------------------------------
; cmd_copy - COPY [/A|/B] [/Y] source[+source…] [target]
cmd_copy:
        call    copy_parse
        mov     bx, 0FFFh
        call    get_work
        call    may_overwrite
        mov     si, [copy_target]
        or      si, si
        jnz     .target
        mov     si, .here
        cmp     word [copy_count], 1
        je      .target
        mov     si, [copy_sources]      ; joining without a target: to the first source
.target:
        call    set_target
        cmp     word [copy_count], 1
        ja      .join
        mov     si, [copy_sources]
        call    set_pattern
        mov     si, [pattern_name]
        call    has_wildcards
        jz      .each
        cmp     byte [target_is_dir], 0
        jne     .each
        mov     si, [target_name]
        call    has_wildcards
        jz      .join                   ; many files to one

.each:
        call    first_source
.next:
        mov     si, [pattern_name]
        call    has_wildcards
        jz      .quiet
        mov     dx, found_path
        call    put_string
        call    crlf
.quiet:
        call    make_target
        call    same_file
        je      .itself
        call    copy_one
        call    find_next
        jnc     .next
        jmp     copy_report
.itself:
        call    to_errors
        print   'File cannot be copied onto itself', CR, LF
        call    flush
        mov     word [out_handle], 1
        jmp     copy_report

.join:
        cmp     byte [copy_binary], 0
        jne     .sources
        mov     byte [copy_text_mode], 1
.sources:
        mov     word [copy_source], copy_sources
.source:
        mov     bx, [copy_source]
        mov     si, [bx]
        call    set_pattern
        call    first_source
.file:
        mov     dx, found_path
        call    put_string
        call    crlf
        cmp     word [copy_out], 0
        jne     .later
        call    make_target
        call    same_file
        je      .extend
        call    open_target
        jc      copy_report
        jmp     .append
.extend:                                ; the first source is the target: write behind it
        mov     dx, new_path
        mov     ax, 3D02h
        int     21h
        jc      dos_failed
        mov     [copy_out], ax
        xchg    bx, ax
        xor     cx, cx
        xor     dx, dx
        mov     ax, 4202h
        int     21h
        jmp     .joined
.later:
        call    same_file
        jne     .append
        call    to_errors
        print   'Content of target lost before copy', CR, LF
        call    flush
        mov     word [out_handle], 1
        jmp     .joined
.append:
        call    open_source
        call    copy_data
        mov     bx, [copy_in]
        dos     3Eh
.joined:
        call    find_next
        jnc     .file
        add     word [copy_source], 2
        dec     word [copy_count]
        jnz     .source
        inc     word [copied]
        mov     bx, [copy_out]
        dos     3Eh
copy_report:
        movzx   eax, word [copied]
        mov     cx, 9
        call    put_wide
        print   ' file(s) copied', CR, LF
        ret
cmd_copy.here   db      '.', 0

; ----------------------------------------------------------------------------------------------------
; copy_parse - split the text at SI: sources joined by +, target, switches. Clobbers: all.
copy_parse:
        xor     ax, ax
        mov     [copy_count], ax
        mov     [copy_target], ax
        mov     [copy_text_mode], ax    ; and copy_binary
        mov     [copy_yes], al
        mov     [copy_out], ax
        mov     [copied], ax
        mov     di, arg_text
        mov     dl, 1                   ; the next word is a source
.next:
        call    skip_delimiters
        or      al, al
        jz      .end
        cmp     al, '/'
        je      .switch
        cmp     al, '+'
        jne     .word
        inc     si
        mov     dl, 1
        jmp     .next
.word:
        mov     bx, [copy_count]
        or      dl, dl
        jz      .target
        cmp     word [copy_target], 0
        jne     too_many
        cmp     bx, ARGS_MAX
        jae     too_many
        inc     word [copy_count]
        add     bx, bx
        add     bx, copy_sources
        jmp     .store
.target:
        mov     bx, copy_target
        cmp     word [bx], 0
        jne     too_many
.store:
        mov     [bx], di
        xor     dl, dl
        xor     ah, ah
.char:
        mov     al, [si]
        or      al, al
        jz      .word_end
        cmp     al, '"'
        jne     .plain
        inc     si
        xor     ah, 1
        jmp     .char
.plain:
        or      ah, ah
        jnz     .take
        cmp     al, '/'
        je      .word_end
        cmp     al, '+'
        je      .word_end
        call    is_delimiter
        je      .word_end
.take:
        inc     si
        stosb
        jmp     .char
.word_end:
        mov     byte [di], 0
        inc     di
        jmp     .next
.end:
        cmp     word [copy_count], 0
        je      need_argument
        ret
.switch:
        inc     si
        lodsb
        cmp     al, '-'
        jne     .letter
        lodsb
.letter:
        cmp     al, '?'
        je      help_wanted
        call    upper
        cmp     al, 'Y'
        je      .yes
        cmp     al, 'V'
        je      .next
        cmp     al, 'B'
        je      .binary
        cmp     al, 'A'
        jne     syntax_error
        mov     word [copy_text_mode], 1
        jmp     .next
.binary:
        mov     word [copy_text_mode], 100h
        jmp     .next
.yes:
        cmp     byte [si - 2], '-'
        sete    al
        inc     ax
        mov     [copy_yes], al          ; 1 = /Y, 2 = /-Y
        jmp     .next

; may_overwrite - copy_yes = 1 if nobody needs to be asked: a batch file, /Y or COPYCMD=/Y
; Clobbers: AX, BX, SI, DI, GS.
may_overwrite:
        cmp     byte [copy_yes], 0
        jne     .given
        cmp     word [fs:r_context], 0
        jne     .yes
        test    byte [fs:r_flags], F_ONCE
        jnz     .yes
        mov     si, .name
        call    find_named
        jc      .done
        mov     ax, [gs:di]
        and     ah, 0DFh
        cmp     ax, '/Y'
        jne     .done
.yes:
        mov     byte [copy_yes], 1
.done:
        ret
.given:
        and     byte [copy_yes], 1      ; /-Y: ask
        ret
.name           db      'COPYCMD', 0

; ----------------------------------------------------------------------------------------------------
; set_target - target pattern from the word SI. Clobbers: all.
set_target:
        call    set_pattern
        setnc   [target_is_dir]
        mov     si, pattern
        mov     di, target
        call    copy_text
        mov     di, target
        call    name_part
        mov     [target_name], bx
        ret

; first_source - find the first file of the pattern. A name that no search finds may be a device: then it
; is taken as it is. Ends the command if a pattern with wildcards finds nothing. Clobbers: all.
first_source:
        mov     cx, ATTR_RDONLY
        call    find_first
        jnc     .done
        push    ax
        mov     si, [pattern_name]
        call    has_wildcards
        pop     ax
        jnz     dos_failed
        mov     dx, pattern
        mov     ax, 3D00h
        int     21h
        jc      dos_failed
        xchg    bx, ax
        dos     3Eh
        mov     si, [pattern_name]
        mov     di, dta + found.name
        call    copy_text
        mov     si, [pattern_name]
        jmp     make_found
.done:
        ret

; make_target - new_path = target applied to the name found. Clobbers: AX, BX, CX, DX, SI, DI.
make_target:
        mov     si, target
        mov     di, new_path
        mov     cx, [target_name]
        sub     cx, target
        rep     movsb
        mov     [new_name], di
        mov     si, dta + found.name
        mov     dx, [target_name]
        jmp     apply_pattern

; same_file - ZF set if found_path and new_path are the same file. Clobbers: AX, SI, DI.
same_file:
        mov     si, found_path
        mov     di, chunk
        dos     60h
        jc      .done
        mov     si, new_path
        mov     di, chunk + 128
        dos     60h
        jc      .done
        mov     si, chunk
        mov     di, chunk + 128
        call    same_text
        ret
.done:
        cmp     al, 0FFh                ; cannot tell: not the same
        ret

; ----------------------------------------------------------------------------------------------------
; copy_one - copy found_path to new_path with its time. Clobbers: all but the search.
copy_one:
        call    open_source
        call    open_target
        jc      .keep
        call    copy_data
        cmp     byte [copy_device], 0
        jne     .close
        mov     bx, [copy_in]
        mov     ax, 5700h
        int     21h
        mov     bx, [copy_out]
        mov     ax, 5701h
        int     21h
.close:
        mov     bx, [copy_out]
        dos     3Eh
        inc     word [copied]
.keep:
        mov     bx, [copy_in]
        dos     3Eh
        ret

; open_source - copy_in = found_path. Clobbers: AX, BX, DX.
open_source:
        mov     dx, found_path
        mov     ax, 3D00h
        int     21h
        jc      .failed
        mov     [copy_in], ax
        xchg    bx, ax
        call    device_bits
        mov     [copy_device], al
        ret
.failed:
        push    ax
        call    to_errors
        mov     dx, found_path
        call    put_string
        print   ' - '
        pop     ax
        jmp     dos_failed

; device_bits - AL = 80h for a device, 84h for NUL, 0 for a file open as BX. Clobbers: AH, DX.
device_bits:
        mov     ax, 4400h
        int     21h
        mov     al, dl
        test    al, 80h
        jnz     .device
        xor     al, al
.device:
        and     al, 84h
        ret

; open_target - copy_out = new_path, created; CF set if the user wants to keep the old one.
; Clobbers: AX, BX, CX, DX.
open_target:
        cmp     byte [copy_yes], 1
        je      .create
        mov     dx, new_path
        mov     ax, 3D00h
        int     21h
        jc      .create
        xchg    bx, ax
        mov     ax, 4400h
        int     21h
        dos     3Eh
        test    dl, 80h
        jnz     .create
        print   'Overwrite '
        mov     dx, new_path
        call    put_string
        print   ' (Yes/No/All)?'
.ask:
        call    get_key
        call    upper
        cmp     al, 'N'
        je      .no
        cmp     al, CTRL_Z
        je      .no
        cmp     al, 'Y'
        je      .yes
        cmp     al, 'A'
        jne     .ask
        mov     byte [copy_yes], 1
.yes:
        call    put_char
        call    crlf
.create:
        mov     dx, new_path
        xor     cx, cx
        dos     3Ch
        jc      dos_failed
        mov     [copy_out], ax
        ret
.no:
        call    put_char
        call    crlf
        stc
        ret

; copy_data - append copy_in to copy_out. On a full disk the target is deleted. Clobbers: all.
copy_data:
        call    flush
        cmp     byte [copy_device], 84h
        je      .done                   ; NUL is empty, though some kernels read from it without end
.read:
        mov     bx, [copy_in]
        mov     cx, [work_size]
        push    ds
        mov     ds, [work_segment]
        xor     dx, dx
        dos     3Fh
        pop     ds
        jc      dos_failed
        xor     bp, bp                  ; set to 1 at ^Z
        mov     cx, ax
        jcxz    .done
        mov     al, [copy_text_mode]
        or      al, [copy_device]
        jz      .write
        cmp     byte [copy_binary], 0
        jne     .write
        push    cx
        mov     es, [work_segment]
        xor     di, di
        mov     al, CTRL_Z
        repne   scasb
        push    ds
        pop     es
        pop     cx
        jne     .write
        inc     bp
        dec     di
        mov     cx, di
        jcxz    .done
.write:
        mov     bx, [copy_out]
        push    ds
        mov     ds, [work_segment]
        xor     dx, dx
        dos     40h
        pop     ds
        jc      .failed
        cmp     ax, cx
        jb      .short
.more:
        or      bp, bp
        jz      .read
.done:
        ret
.short:
        mov     ax, 4400h
        int     21h
        test    dl, 80h
        jnz     .more
        mov     ax, 39
.failed:
        push    ax
        mov     bx, [copy_out]
        dos     3Eh
        mov     bx, [copy_in]
        dos     3Eh
        mov     dx, new_path
        dos     41h
        pop     ax
        jmp     dos_failed

        section .tbss
copy_device     resb    1               ; the source is a device

        section .trans
; ----------------------------------------------------------------------------------------------------
; cmd_move - MOVE [/Y] source target; also renames a directory
cmd_move:
        call    copy_parse
        cmp     word [copy_target], 0
        je      need_argument
        mov     bx, 0FFFh
        call    get_work
        call    may_overwrite
        mov     si, [copy_target]
        call    set_target
        mov     si, [copy_sources]
        mov     di, pattern             ; a directory is moved itself, not its files
        call    copy_text
        mov     di, pattern
        call    name_part
        mov     [pattern_name], bx
        mov     si, bx
        call    has_wildcards
        mov     cx, ATTR_RDONLY | ATTR_DIR
        jz      .find
        mov     cx, ATTR_RDONLY
.find:
        call    find_first
        jc      dos_failed
.next:
        call    make_target
        mov     dx, found_path
        call    put_string
        print   ' => '
        mov     dx, new_path
        call    put_string
        call    same_file
        je      .moved
.rename:
        mov     dx, found_path
        mov     di, new_path
        dos     56h
        jnc     .moved
        cmp     ax, 17
        je      .across
        cmp     ax, 5                   ; in the way?
        je      .remove
        cmp     ax, 80
        jne     dos_failed
.remove:
        call    crlf
        mov     dx, new_path
        mov     ax, 4300h
        int     21h
        mov     ax, 5
        jc      dos_failed
        test    cl, ATTR_DIR
        jnz     dos_failed
        call    open_target             ; asks, and empties it
        jc      .more
        mov     bx, ax
        dos     3Eh
        mov     dx, new_path
        dos     41h
        jc      dos_failed
        jmp     .rename
.across:
        mov     ax, 5
        test    byte [dta + found.attr], ATTR_DIR
        jnz     dos_failed
        call    crlf
        push    word [copied]
        call    copy_one
        pop     ax
        cmp     ax, [copied]
        je      .more
        mov     dx, found_path
        dos     41h
        jc      dos_failed
.moved:
        print   ' [ok]', CR, LF
.more:
        call    find_next
        jnc     .next
        ret
