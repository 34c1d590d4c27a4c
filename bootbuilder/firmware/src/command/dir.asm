; SPDX-License-Identifier: MIT
; DIR. Owns its counters; dirsort.asm owns the order of /O.

        section .tbss
dir_path        resb    PATH_MAX + 16   ; drive and directory being listed, the final backslash included
dir_end         resw    1               ; address of its zero
dir_text        resb    WORK_MAX + PATH_MAX + 2 ; DIRCMD and the tail
dir_name        resb    14              ; pattern of names
dir_must        resb    1               ; attributes that must be set
dir_must_not    resb    1               ; attributes that must be clear
dir_lines       resw    1               ; lines on this page
dir_column      resw    1
dir_files       resd    1               ; this directory
dir_bytes       resd    1
dir_all_files   resd    1
dir_all_bytes   resd    1

        section .trans
; ----------------------------------------------------------------------------------------------------
; cmd_dir - DIR [path] [/P] [/W] [/B] [/S] [/L] [/A[:]attributes] [/O[:]order]
cmd_dir:
        push    si
        mov     si, .preset
        call    find_named
        pop     si
        jc      .no_preset
        mov     bx, di                  ; DIRCMD holds switches the user always wants
        mov     di, dir_text
.value:
        mov     al, [gs:bx]
        inc     bx
        stosb
        cmp     di, dir_text + PATH_MAX
        jae     .no_preset
        or      al, al
        jnz     .value
        mov     byte [di - 1], ' '
        call    copy_text
        mov     si, dir_text
.no_preset:
        mov     edx, SW('P') | SW('W') | SW('B') | SW('S') | SW('L') | SW('A') | SW('O')
        call    parse_switches
        call    load_country
        call    dir_filter
        call    dir_sorting
        xor     eax, eax
        mov     [dir_lines], ax
        mov     [dir_all_files], eax
        mov     [dir_all_bytes], eax
        mov     si, .current
        cmp     word [arg_count], 1
        jb      .pattern
        ja      too_many
        mov     si, [arg_list]
.pattern:
        call    set_pattern
        jnc     .complete
        ; DIR NAME lists NAME.*
        mov     si, [pattern_name]
.find_dot:
        lodsb
        cmp     al, '.'
        je      .complete
        or      al, al
        jnz     .find_dot
        mov     byte [si + 1], 0
        cmp     si, pattern + PATH_MAX
        jae     .complete
        mov     word [si - 1], '.*'
        jmp     .complete
.complete:
        mov     si, [pattern_name]
        mov     byte [si + 12], 0
        mov     di, dir_name
        cmp     byte [si], '.'          ; DIR .EXT lists *.EXT
        jne     .take_name
        mov     al, '*'
        stosb
.take_name:
        call    copy_text
        mov     di, [pattern_name]      ; the directory in full
        mov     byte [di], 0
        mov     si, pattern
        call    make_full
        mov     si, file_name
        mov     di, dir_path
        call    copy_text
        cmp     byte [di - 1], '\'
        je      .slash
        mov     word [di], '\'
        inc     di
.slash:
        mov     [dir_end], di
        call    dir_tidy
        test    dword [switches], SW('B')
        jnz     .list
        mov     al, [dir_path]
        call    put_volume
        add     word [dir_lines], 3
.list:
        call    dir_directory
        cmp     dword [dir_all_files], 0
        jne     .summary
        fail    'File not found'
.summary:
        test    dword [switches], SW('B')
        jnz     .done
        test    dword [switches], SW('S')
        jz      .free
        call    dir_newline
        print   'Total files listed:'
        call    dir_newline
        mov     eax, [dir_all_files]
        mov     ebx, [dir_all_bytes]
        call    dir_totals
.free:
        mov     dl, [dir_path]
        sub     dl, 'A' - 1
        call    free_space
        mov     cx, 32
        or      edx, edx
        jz      .bytes
        shrd    eax, edx, 20
        call    put_wide
        print   ' MB free'
        jmp     dir_newline
.bytes:
        call    put_wide
        print   ' bytes free'
        jmp     dir_newline
.done:
        ret
.current        db      '.', 0
.preset         db      'DIRCMD', 0

; ----------------------------------------------------------------------------------------------------
; dir_tidy - resolve . and .. at the end of dir_path by asking DOS; a path that is not there fails
; Out: dir_path, dir_end. Clobbers: all.
dir_tidy:
        mov     di, [dir_end]           ; a final \ is for roots only
        cmp     byte [di - 2], ':'
        je      .root
        mov     byte [di - 1], 0
.root:
        mov     si, dir_path
        mov     di, chunk
        dos     60h
        mov     di, [dir_end]
        mov     word [di - 1], '\'
        jc      .failed
        cmp     byte [chunk + 1], ':'   ; network drives keep what was typed
        jne     .done
        mov     si, chunk
        mov     di, dir_path
        call    copy_text
        cmp     byte [di - 1], '\'
        je      .done_at
        mov     word [di], '\'
        inc     di
.done_at:
        mov     [dir_end], di
.done:
        mov     di, dir_path
        call    is_directory
        mov     ax, 3
        jc      dos_failed
        ret
.failed:
        mov     ax, 3
        jmp     dos_failed

; ----------------------------------------------------------------------------------------------------
; dir_directory - list dir_path and, with /S, what is below it. Clobbers: all.
dir_directory:
        call    dir_set_pattern
        xor     eax, eax
        mov     [dir_files], eax
        mov     [dir_bytes], eax
        mov     [dir_column], ax
        mov     [dir_records], ax
        cmp     byte [dir_order], 0
        je      .search
        call    free_work
        mov     bx, 0FFFh
        call    get_work
.search:
        mov     cx, ATTR_RDONLY | ATTR_HIDDEN | ATTR_SYSTEM | ATTR_DIR
        call    find_first
        jc      .end
.next:
        mov     al, [dta + found.attr]
        test    al, [dir_must_not]
        jnz     .skip
        mov     ah, al
        and     ah, [dir_must]
        cmp     ah, [dir_must]
        jne     .skip
        test    dword [switches], SW('B')
        jz      .count
        cmp     byte [dta + found.name], '.'
        je      .skip
.count:
        inc     dword [dir_files]
        mov     eax, [dta + found.size]
        add     [dir_bytes], eax
        cmp     dword [dir_files], 1
        jne     .titled
        call    dir_title
.titled:
        mov     si, dta + found.attr
        cmp     byte [dir_order], 0
        je      .show
        mov     ax, [dir_records]
        imul    ax, DIR_RECORD
        mov     di, ax
        add     ax, DIR_RECORD
        cmp     ax, [work_size]
        ja      .skip                   ; more than sort memory holds: left out of the list
        mov     es, [work_segment]
        mov     cx, DIR_RECORD
        rep     movsb
        push    ds
        pop     es
        inc     word [dir_records]
        jmp     .skip
.show:
        call    dir_entry
.skip:
        call    find_next
        jnc     .next
.end:
        cmp     ax, 3
        je      dos_failed
        cmp     byte [fs:r_abort], 0
        jne     main_loop
        cmp     word [dir_records], 0
        je      .sorted
        call    dir_sort
.sorted:
        mov     eax, [dir_files]
        or      eax, eax
        jz      .below
        add     [dir_all_files], eax
        mov     ebx, [dir_bytes]
        add     [dir_all_bytes], ebx
        test    dword [switches], SW('B')
        jnz     .below
        cmp     word [dir_column], 0
        je      .totals
        call    dir_newline
        mov     word [dir_column], 0
.totals:
        call    dir_totals
.below:
        test    dword [switches], SW('S')
        jz      .done
        mov     di, [dir_end]           ; now the directories below, one after the other
        mov     dword [di], '*.*'
        mov     dx, dir_path
        mov     cx, ATTR_DIR | ATTR_HIDDEN | ATTR_SYSTEM | ATTR_RDONLY
        dos     4Eh
.sub:
        mov     di, [dir_end]
        mov     byte [di], 0
        jc      .done
        test    byte [dta + found.attr], ATTR_DIR
        jz      .sub_next
        cmp     byte [dta + found.name], '.'
        je      .sub_next
        mov     ax, di
        sub     ax, dir_path
        cmp     ax, PATH_MAX - 14
        ja      .sub_next
        push    di
        mov     si, dta + found.name
        call    copy_text
        mov     word [di], '\'
        inc     di
        mov     [dir_end], di
        sub     sp, 44
        mov     di, sp
        mov     si, dta
        mov     cx, 22
        rep     movsw
        call    dir_directory
        mov     si, sp
        mov     di, dta
        mov     cx, 22
        rep     movsw
        add     sp, 44
        pop     word [dir_end]
.sub_next:
        mov     dx, dta
        dos     1Ah
        dos     4Fh
        jmp     .sub
.done:
        ret

; dir_set_pattern - pattern = dir_path and dir_name. Clobbers: AX, SI, DI.
dir_set_pattern:
        mov     si, dir_path
        mov     di, pattern
        call    copy_text
        mov     [pattern_name], di
        mov     si, dir_name
        jmp     copy_text

; dir_title - the line above a directory. Keeps nothing but the search.
dir_title:
        test    dword [switches], SW('B')
        jnz     .done
        test    dword [switches], SW('S')
        jz      .plain
        call    dir_newline
.plain:
        print   ' Directory of '
        mov     si, dir_path            ; without the final \, except for a root
.next:
        lodsb
        or      al, al
        jz      .end
        cmp     byte [si], 0
        jne     .put
        cmp     al, '\'
        jne     .put
        cmp     byte [si - 2], ':'
        jne     .end
.put:
        call    put_char
        jmp     .next
.end:
        call    dir_newline
        call    dir_newline
.done:
        ret

; dir_totals - files EAX and bytes EBX. Clobbers: EAX, CX.
dir_totals:
        mov     cx, 9
        call    put_wide
        print   ' file(s)'
        mov     eax, ebx
        mov     cx, 15
        call    put_wide
        print   ' bytes'
        ; fall through
; dir_newline - new line; with /P stop when the screen is full. Clobbers: AX.
dir_newline:
        call    crlf
        test    dword [switches], SW('P')
        jz      .done
        inc     word [dir_lines]
        push    es
        mov     ax, 40h
        mov     es, ax
        movzx   ax, byte [es:84h]       ; rows - 1
        pop     es
        cmp     al, 10
        jae     .rows
        mov     al, 24
.rows:
        cmp     [dir_lines], ax
        jb      .done
        mov     word [dir_lines], 0
        jmp     press_key
.done:
        ret

; ----------------------------------------------------------------------------------------------------
; dir_entry - print the record at SI (attribute first). Clobbers: all.
dir_entry:
        lea     bx, [si + found.name - found.attr]
        test    dword [switches], SW('L')
        jz      .upper
        mov     di, bx
.lower:
        mov     al, [di]
        inc     di
        or      al, al
        jz      .upper
        cmp     al, 'A'
        jb      .lower
        cmp     al, 'Z'
        ja      .lower
        or      byte [di - 1], 20h
        jmp     .lower
.upper:
        test    dword [switches], SW('B')
        jz      .no_bare
        test    dword [switches], SW('S')
        jz      .bare
        mov     dx, dir_path
        call    put_string
.bare:
        mov     dx, bx
        call    put_string
        jmp     dir_newline
.no_bare:
        test    dword [switches], SW('W')
        jz      .long

        mov     di, bx                  ; five columns of 16
        mov     cx, 16
        test    byte [si], ATTR_DIR
        jz      .wide_name
        mov     al, '['
        call    put_char
        dec     cx
.wide_name:
        mov     al, [di]
        or      al, al
        jz      .wide_end
        call    put_char
        inc     di
        loop    .wide_name
.wide_end:
        test    byte [si], ATTR_DIR
        jz      .wide_pad
        mov     al, ']'
        call    put_char
        dec     cx
.wide_pad:
        inc     word [dir_column]
        cmp     word [dir_column], 5
        jae     .wide_line
        jmp     put_spaces
.wide_line:
        mov     word [dir_column], 0
        jmp     dir_newline

.long:
        mov     di, bx
        mov     cx, 9
        cmp     byte [di], '.'
        je      .dots
.name:
        mov     al, [di]
        or      al, al
        jz      .no_extension
        inc     di
        cmp     al, '.'
        je      .extension
        call    put_char
        loop    .name
.extension:
        call    put_spaces
        mov     cx, 3
.ext:
        mov     al, [di]
        or      al, al
        jz      .padded
        inc     di
        call    put_char
        loop    .ext
        jmp     .padded
.dots:
        mov     al, [di]
        or      al, al
        jz      .no_extension
        inc     di
        call    put_char
        loop    .dots
.no_extension:
        add     cx, 3
.padded:
        call    put_spaces
        test    byte [si], ATTR_DIR
        jz      .size
        print   ' <DIR>        '
        jmp     .stamp
.size:
        mov     eax, [si + found.size - found.attr]
        mov     cx, 14
        call    put_wide
.stamp:
        call    put_space
        mov     ax, [si + found.date - found.attr]
        or      ax, ax
        jz      .end
        push    ax
        mov     dl, al
        and     dl, 31                  ; day
        shr     ax, 5
        mov     dh, al
        and     dh, 15
        pop     ax
        shr     ax, 9
        add     ax, 1980
        mov     cx, ax
        call    put_short_date
        call    put_space
        mov     ax, [si + found.time - found.attr]
        mov     ch, ah
        shr     ch, 3
        shr     ax, 5
        and     al, 63
        mov     cl, al
        call    put_short_time
.end:
        jmp     dir_newline

; ----------------------------------------------------------------------------------------------------
; dir_filter - dir_must, dir_must_not from /A. Clobbers: AX, BX, DX, DI, SI.
dir_filter:
        mov     word [dir_must], (ATTR_HIDDEN | ATTR_SYSTEM) << 8
        test    dword [switches], SW('A')
        jz      .done
        mov     word [dir_must], 0
        mov     si, [switch_text]
.next:
        mov     di, dir_must
        lodsb
        cmp     al, ':'
        je      .next
        cmp     al, '-'
        jne     .letter
        inc     di                      ; dir_must_not
        lodsb
.letter:
        or      al, al
        jz      .done
        call    upper
        mov     bx, .letters
.scan:
        mov     dx, [bx]
        inc     bx
        inc     bx
        or      dl, dl
        jz      syntax_error
        cmp     al, dl
        jne     .scan
        or      [di], dh
        jmp     .next
.done:
        ret
.letters        db      'D', ATTR_DIR, 'R', ATTR_RDONLY, 'H', ATTR_HIDDEN, 'S', ATTR_SYSTEM
                db      'A', ATTR_ARCHIVE, 0, 0
; ----------------------------------------------------------------------------------------------------
; free_space - EDX:EAX = free bytes of drive DL (1 = A). Clobbers: EBX, ECX, DI.
free_space:
        add     dl, 'A' - 1
        mov     [chunk + 64], dl
        mov     word [chunk + 65], ':\'
        mov     byte [chunk + 67], 0
        push    dx
        mov     dx, chunk + 64
        mov     di, chunk
        mov     cx, 44
        mov     ax, 7303h
        stc
        int     21h
        pop     dx
        jc      .old
        cmp     ax, 7300h
        je      .old
        mov     eax, [chunk + 4]
        mul     dword [chunk + 8]
        mul     dword [chunk + 12]
        ret
.old:
        sub     dl, 'A' - 1
        dos     36h
        cmp     ax, -1
        je      .none
        mul     cx
        shl     edx, 16
        mov     dx, ax
        mov     eax, edx
        movzx   ebx, bx
        mul     ebx
        ret
.none:
        xor     eax, eax
        cdq
        ret
