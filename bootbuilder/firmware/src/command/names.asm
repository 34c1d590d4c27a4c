; SPDX-License-Identifier: MIT
; Paths, patterns and directory searches. Owns the pattern and the path of the file found.

        section .tbss
pattern         resb    PATH_MAX + 16
pattern_name    resw    1               ; where its name part begins
found_path      resb    PATH_MAX + 16   ; drive and path of the pattern, name found
expanded        resb    24              ; two names as 8+3 characters

        section .trans
; name_part - BX -> the part of the ASCIZ path DI behind drive and directories. Keeps all others.
name_part:
        push    ax
        push    si
        mov     si, di
        mov     bx, di
.next:
        lodsb
        cmp     al, '\'
        je      .part
        cmp     al, ':'
        jne     .no_part
.part:
        mov     bx, si
.no_part:
        or      al, al
        jnz     .next
        pop     si
        pop     ax
        ret

; has_wildcards - ZF clear if the ASCIZ text at SI holds * or ?. Clobbers: AL.
has_wildcards:
        push    si
.next:
        lodsb
        cmp     al, '*'
        je      .yes
        cmp     al, '?'
        je      .yes
        or      al, al
        jnz     .next
        pop     si
        ret
.yes:
        or      al, al
        pop     si
        ret

; copy_text - ASCIZ SI to DI; DI ends on the zero. Clobbers: AL, SI.
copy_text:
        lodsb
        stosb
        or      al, al
        jnz     copy_text
        dec     di
        ret

; ----------------------------------------------------------------------------------------------------
; is_directory - CF clear if the ASCIZ path DI names a directory that exists (a drive too)
; Clobbers: AX, BX, CX, DX.
is_directory:
        push    si
        push    di
        mov     si, di
        call    has_wildcards
        stc
        jnz     .done
        mov     bx, di
.end:
        inc     bx
        cmp     byte [bx - 1], 0
        jne     .end
        dec     bx
        cmp     bx, di
        stc
        je      .done
        mov     al, [bx - 1]
        cmp     al, ':'
        je      .drive
        cmp     al, '\'
        jne     .ask
        lea     cx, [bx - 1]            ; "\" and "X:\" are roots, else leave the \ out
        cmp     cx, di
        je      .drive
        cmp     byte [bx - 2], ':'
        je      .drive
        dec     bx
        mov     byte [bx], 0
        mov     dx, di
        mov     ax, 4300h
        int     21h
        mov     byte [bx], '\'
        jmp     .asked
.ask:
        mov     dx, di
        cmp     al, '.'                 ; . and .. may be a root, which has no attributes
        jne     .attributes
        mov     si, di
        mov     di, expanded_directory
        dos     60h
        jc      .done
        mov     dx, di
        cmp     byte [di + 3], 0
        je      .done                   ; CF is clear
.attributes:
        mov     ax, 4300h
        int     21h
.asked:
        jc      .done
        test    cl, ATTR_DIR
        jnz     .done                   ; CF is clear
        stc
.done:
        pop     di
        pop     si
        ret
.drive:
        xor     dl, dl
        cmp     byte [di + 1], ':'
        jne     .known
        mov     dl, [di]
        and     dl, 5Fh
        sub     dl, 'A' - 1
.known:
        mov     si, expanded_directory
        dos     47h
        jmp     .done

        section .tbss
expanded_directory resb 128
        section .trans

; ----------------------------------------------------------------------------------------------------
; set_pattern - make the ASCIZ word SI the search pattern; a directory stands for all its files
; Out: CF clear if it was a directory or drive. Clobbers: AX, BX, CX, DX, SI, DI.
set_pattern:
        mov     di, pattern
        mov     cx, PATH_MAX - 1
.copy:
        lodsb
        stosb
        or      al, al
        loopnz  .copy
        jz      .copied
        mov     ax, 3
        jmp     dos_failed
.copied:
        dec     di
        push    di
        mov     di, pattern
        call    is_directory
        pop     di
        jnc     .directory
        cmp     ax, 15                  ; no such drive
        je      dos_failed
        stc
.directory:
        pushf
        jc      .file
        mov     al, '\'
        cmp     byte [di - 1], ':'
        je      .all
        cmp     [di - 1], al
        je      .all
        stosb
.all:
        mov     ax, '*.'
        stosw
        mov     ax, '*'
        stosw
.file:
        mov     di, pattern
        call    name_part
        mov     [pattern_name], bx
        popf
        ret

; find_first - search for pattern with attributes CX; find_next - go on. A name without wildcards is found
; once: some kernels find a device again and again.
; Out: dta, found_path; CF and AX as DOS. Clobbers: AX, CX, DX, SI, DI.
find_first:
        mov     dx, pattern
        mov     ah, 4Eh
        jmp     find_next.call
find_next:
        mov     si, [pattern_name]
        call    has_wildcards
        mov     ax, 18                  ; no more files
        stc
        jz      .done
        mov     ah, 4Fh
.call:
        push    ax
        push    dx
        mov     dx, dta
        dos     1Ah
        pop     dx
        pop     ax
        int     21h
        jc      .done
        mov     si, dta + found.name
; make_found - found_path = drive and path of the pattern and the name SI. Clobbers: AX, CX, SI, DI.
make_found:
        push    si
        mov     si, pattern
        mov     di, found_path
        mov     cx, [pattern_name]
        sub     cx, pattern
        rep     movsb
        pop     si
        call    copy_text
        clc
find_next.done:
        ret

; ----------------------------------------------------------------------------------------------------
; make_full - file_name = the ASCIZ path SI with drive and directory. Clobbers: AX, BX, CX, DX, SI, DI.
make_full:
        dos     19h
        add     al, 'A'
        cmp     byte [si + 1], ':'
        jne     .no_drive
        lodsb
        call    upper
        inc     si
.no_drive:
        mov     dl, al
        sub     dl, 'A' - 1
        push    si
        call    get_directory
        pop     si
        mov     bx, si
        mov     si, directory_text
        mov     di, file_name
        movsw
        cmp     byte [bx], '\'
        je      .rest
        call    copy_text
        cmp     byte [di - 1], '\'
        je      .rest
        mov     byte [di], '\'
        inc     di
.rest:
        mov     si, bx
        mov     cx, file_name + PATH_MAX - 1
.copy:
        cmp     di, cx
        jae     .long
        lodsb
        stosb
        or      al, al
        jnz     .copy
        ret
.long:
        mov     ax, 3
        jmp     dos_failed

; ----------------------------------------------------------------------------------------------------
; apply_pattern - the name SI changed as the pattern DX says (? and * take over), ASCIZ to DI
; Out: DI on the zero. Clobbers: AX, BX, CX, DX, SI.
apply_pattern:
        push    di
        mov     di, expanded
        call    .spread
        mov     si, dx
        call    .spread
        pop     di
        xor     bx, bx
.next:
        mov     al, [expanded + 11 + bx]
        cmp     al, '?'
        jne     .given
        mov     al, [expanded + bx]
.given:
        cmp     bl, 8
        jne     .no_dot
        mov     byte [di], '.'
        inc     di
.no_dot:
        cmp     al, ' '
        je      .skip
        stosb
.skip:
        inc     bx
        cmp     bl, 11
        jb      .next
        cmp     byte [di - 1], '.'
        jne     .end
        dec     di
.end:
        mov     byte [di], 0
        ret
.spread:                                ; name SI as 8+3 characters to DI; DI goes on behind them
        mov     cx, 8
        call    .field
.dot:
        lodsb                           ; drop what does not fit
        or      al, al
        jz      .no_extension
        cmp     al, '.'
        jne     .dot
        inc     si
.no_extension:
        dec     si
        mov     cx, 3
.field:
        mov     al, [si]
        cmp     al, '*'
        je      .star
        or      al, al
        jz      .fill
        cmp     al, '.'
        je      .fill
        call    upper
        stosb
        inc     si
        loop    .field
        ret
.fill:
        mov     al, ' '
        rep     stosb
        ret
.star:
        inc     si
        mov     al, '?'
        rep     stosb
        ret
