; SPDX-License-Identifier: MIT
; Commands on files that move no data: DEL, REN, ATTRIB, TYPE, TRUENAME.

        section .tbss
new_path        resb    PATH_MAX + 16
new_name        resw    1               ; where its name part begins
set_bits        resb    1               ; ATTRIB
clear_bits      resb    1
argument        resw    1               ; address in arg_list of the argument being served
served          resw    1               ; files found so far

        section .trans
; ----------------------------------------------------------------------------------------------------
; cmd_del - DEL [/P] file …
cmd_del:
        mov     edx, SW('P') | SW('Y') | SW('Q')
        call    parse_switches
        or      ax, ax
        jz      need_argument
        mov     word [argument], arg_list
.argument:
        mov     bx, [argument]
        mov     si, [bx]
        call    set_pattern
        mov     si, [pattern_name]
        test    dword [switches], SW('P') | SW('Y') | SW('Q')
        jnz     .sure
        cmp     dword [si], '*.*'
        jne     .sure
        print   'All files in directory will be deleted!', CR, LF, 'Are you sure (Y/N)?'
        call    yes_or_no
        jc      .skip
.sure:
        mov     cx, ATTR_RDONLY
        call    find_first
        jc      dos_failed
.next:
        test    dword [switches], SW('P')
        jz      .delete
        mov     dx, found_path
        call    put_string
        print   ', Delete (Y/N)?'
        call    yes_or_no
        jc      .more
.delete:
        mov     dx, found_path
        dos     41h
        jnc     .more
        push    ax
        call    to_errors
        mov     dx, found_path
        call    put_string
        print   ' - '
        pop     ax
        call    dos_message
        call    flush
        mov     word [out_handle], 1
.more:
        call    find_next
        jnc     .next
.skip:
        add     word [argument], 2
        dec     word [arg_count]
        jnz     .argument
        ret

; ----------------------------------------------------------------------------------------------------
; cmd_ren - REN file name
cmd_ren:
        xor     edx, edx
        call    two_arguments
        push    di
        mov     di, [arg_list + 2]      ; the new name takes no path
        call    name_part
        cmp     bx, di
        jne     syntax_error
        mov     di, pattern             ; not set_pattern: a directory is renamed itself
        mov     cx, PATH_MAX - 1
.copy:
        lodsb
        stosb
        or      al, al
        loopnz  .copy
        jnz     syntax_error
        mov     di, pattern
        call    name_part
        mov     [pattern_name], bx
        mov     cx, ATTR_RDONLY | ATTR_HIDDEN | ATTR_SYSTEM | ATTR_DIR
        mov     si, bx
        call    has_wildcards
        jz      .plain
        mov     cx, ATTR_RDONLY
.plain:
        call    find_first
        jc      dos_failed
        pop     dx
.next:
        push    dx
        push    word found_path
        mov     si, dta + found.name
        mov     di, new_path + 80
        call    apply_pattern
        mov     di, new_path            ; the same directory
        mov     si, pattern
        mov     cx, [pattern_name]
        sub     cx, pattern
        rep     movsb
        mov     si, new_path + 80
        call    copy_text
        pop     dx
        mov     di, new_path
        mov     si, found_path
        call    same_text
        je      .done
        mov     di, new_path
        dos     56h
        jnc     .done
        call    to_errors
        print   'Duplicate file name or file in use', CR, LF
        call    flush
        mov     word [out_handle], 1
.done:
        call    find_next
        pop     dx
        jnc     .next
        ret

; same_text - ZF set if the ASCIZ texts SI and DI are equal. Clobbers: AL, SI, DI.
same_text:
        lodsb
        scasb
        jne     .done
        or      al, al
        jnz     same_text
.done:
        ret

; ----------------------------------------------------------------------------------------------------
; cmd_type - TYPE file …
cmd_type:
        xor     edx, edx
        call    parse_switches
        or      ax, ax
        jz      need_argument
        call    flush
        mov     bx, 200h                ; 8 KB at a time
        call    get_work
        mov     word [argument], arg_list
.argument:
        mov     bx, [argument]
        mov     dx, [bx]
        mov     si, dx
        call    has_wildcards
        jz      .show
        call    set_pattern
        mov     cx, ATTR_RDONLY
        call    find_first
        jc      dos_failed
.next:
        mov     dx, found_path
        call    type_file
        call    find_next
        jnc     .next
        jmp     .more
.show:
        call    type_file
.more:
        add     word [argument], 2
        dec     word [arg_count]
        jnz     .argument
        ret

; type_file - write the file DX to standard output, up to ^Z. Clobbers: all but the search.
type_file:
        mov     ax, 3D00h
        int     21h
        jc      dos_failed
        xchg    bp, ax
        mov     bx, bp
        call    device_bits
        cmp     al, 84h
        je      .end
.read:
        mov     bx, bp
        mov     cx, [work_size]
        xor     dx, dx
        push    ds
        mov     ds, [work_segment]
        dos     3Fh
        pop     ds
        jc      .failed
        mov     cx, ax
        jcxz    .end
        mov     es, [work_segment]
        xor     di, di
        mov     al, CTRL_Z
        repne   scasb
        push    ds
        pop     es
        mov     cx, di
        sete    al                      ; AL = 1: ^Z was met and is the last byte counted
        cbw
        sub     cx, ax
        push    ax
        jcxz    .written
        mov     bx, 1
        xor     dx, dx
        push    ds
        mov     ds, [work_segment]
        dos     40h
        pop     ds
        jc      .written_badly
        cmp     ax, cx
        jae     .written
        mov     ax, 4400h
        int     21h
        test    dl, 80h
        jnz     .written
        fail    'Insufficient disk space'
.written:
        pop     ax
        or      ax, ax
        jz      .read
.end:
        mov     bx, bp
        dos     3Eh
        ret
.written_badly:
.failed:
        jmp     dos_failed

; ----------------------------------------------------------------------------------------------------
; cmd_attrib - ATTRIB [+R|-R] [+A|-A] [+S|-S] [+H|-H] [file …]
cmd_attrib:
        mov     edx, 0
        call    parse_switches
        mov     byte [set_bits], 0
        mov     byte [clear_bits], 0
        mov     word [served], 0
        mov     bp, arg_list
        mov     cx, [arg_count]
        jcxz    .all
.argument:
        push    cx
        mov     si, [bp]
        mov     di, set_bits
        cmp     byte [si], '+'
        je      .change
        mov     di, clear_bits
        cmp     byte [si], '-'
        jne     .file
.change:
        inc     si
        lodsb
        or      al, al
        jz      .changed
        call    upper
        mov     bx, .letters
.letter:
        mov     dx, [bx]
        inc     bx
        inc     bx
        or      dl, dl
        jz      syntax_error
        cmp     al, dl
        jne     .letter
        or      [di], dh
        cmp     byte [si], '+'          ; +R-A without a space
        je      .again
        cmp     byte [si], '-'
        jne     .same
.again:
        mov     [bp], si
        pop     cx
        jmp     .argument
.same:
        dec     si
        jmp     .change
.file:
        inc     word [served]
        call    attrib_files
.changed:
        pop     cx
        inc     bp
        inc     bp
        loop    .argument
        cmp     word [served], 0
        jne     .done
.all:
        mov     si, .any
        call    attrib_files
.done:
        ret
.letters        db      'R', ATTR_RDONLY, 'A', ATTR_ARCHIVE, 'S', ATTR_SYSTEM, 'H', ATTR_HIDDEN, 0, 0
.any            db      '*.*', 0

; attrib_files - change or show the attributes of the files SI names. Keeps BP.
attrib_files:
        push    bp
        mov     di, pattern
        call    copy_text
        mov     di, pattern
        call    name_part
        mov     [pattern_name], bx
        mov     cx, ATTR_RDONLY | ATTR_HIDDEN | ATTR_SYSTEM | ATTR_DIR
        mov     si, bx
        call    has_wildcards
        jz      .plain
        mov     cx, ATTR_RDONLY | ATTR_HIDDEN | ATTR_SYSTEM
.plain:
        call    find_first
        jc      dos_failed
.next:
        mov     cl, [dta + found.attr]
        and     cx, ATTR_RDONLY | ATTR_HIDDEN | ATTR_SYSTEM | ATTR_ARCHIVE
        mov     ax, [set_bits]          ; AH = clear_bits
        or      ax, ax
        jz      .show
        or      cl, al
        not     ah
        and     cl, ah
        mov     dx, found_path
        mov     ax, 4301h
        int     21h
        jc      dos_failed
        jmp     .more
.show:
        mov     al, ATTR_ARCHIVE
        mov     dx, 'A '
        call    .letter
        mov     al, ATTR_SYSTEM
        mov     dx, 'S '
        call    .letter
        mov     al, ATTR_HIDDEN
        mov     dx, 'H '
        call    .letter
        mov     al, ATTR_RDONLY
        mov     dx, 'R '
        call    .letter
        print   '      '
        mov     si, found_path
        call    make_full
        mov     dx, file_name
        call    put_string
        call    crlf
.more:
        call    find_next
        jnc     .next
        pop     bp
        ret
.letter:
        test    cl, al
        mov     al, dl
        jnz     .put
        mov     al, ' '
.put:
        call    put_space
        jmp     put_char

; ----------------------------------------------------------------------------------------------------
; cmd_truename - TRUENAME [path]
cmd_truename:
        mov     di, file_name
        call    get_word
        jnc     .given
        mov     word [file_name], '.'
.given:
        mov     si, file_name
        mov     di, chunk
        dos     60h
        jc      dos_failed
        mov     dx, chunk
        call    put_string
        jmp     crlf
