; SPDX-License-Identifier: MIT
; Redirection and pipes. A redirected handle is swapped in our handle table; the entry it replaced is kept
; in r_saved_in / r_saved_out (or in a batch context) until the command has ended, so that programs inherit
; no extra handles.

        section .tbss
file_name       resb    PATH_MAX        ; file of < or >, temporary file
in_name         resb    PATH_MAX
append          resb    1

        section .trans
; ----------------------------------------------------------------------------------------------------
; redirect - apply and cut out < > >> in the ASCIZ text at SI. Out: SI kept. Clobbers: AX, BX, CX, DX, DI.
redirect:
        mov     byte [in_name], 0
        mov     byte [file_name], 0
        push    si
        mov     di, si
        xor     ah, ah                  ; inside quotes
.next:
        lodsb
        or      al, al
        jz      .end
        cmp     al, '"'
        jne     .no_quote
        xor     ah, 1
.no_quote:
        or      ah, ah
        jnz     .store
        mov     bx, in_name
        cmp     al, '<'
        je      .name
        mov     bx, file_name
        cmp     al, '>'
        jne     .store
        mov     byte [append], 0
        cmp     byte [si], '>'
        jne     .name
        inc     si
        inc     byte [append]
.name:
        call    .take
        jmp     .next
.store:
        stosb
        jmp     .next
.end:
        stosb
        mov     dx, in_name
        cmp     byte [in_name], 0
        je      .output
        mov     ax, 3D00h
        int     21h
        jc      dos_failed
        xor     cx, cx
        call    install
.output:
        mov     dx, file_name
        cmp     byte [file_name], 0
        je      .done
        cmp     byte [append], 0
        je      .create
        mov     ax, 3D02h               ; read/write: some devices take no seek, that is fine
        int     21h
        jc      .create
        mov     bx, ax
        push    ax
        xor     cx, cx
        xor     dx, dx
        mov     ax, 4202h
        int     21h
        pop     ax
        jmp     .opened
.create:
        xor     cx, cx
        dos     3Ch
        jc      .failed
.opened:
        mov     cx, 1
        call    install
.done:
        pop     si
        ret
.failed:
        fail    'File creation error'

.take:                                  ; name at SI to BX
        push    ax
        call    skip_blanks
        mov     cx, PATH_MAX - 1
        mov     dx, bx
.char:
        lodsb
        or      al, al
        je      .taken
        cmp     al, '"'
        je      .char
        cmp     al, '<'
        je      .taken
        cmp     al, '>'
        je      .taken
        cmp     al, '/'
        je      .taken
        call    is_delimiter
        je      .taken
        mov     [bx], al
        inc     bx
        loop    .char
        jmp     syntax_error
.taken:
        dec     si
        mov     byte [bx], 0
        cmp     bx, dx
        je      syntax_error
        pop     ax
        ret

; ----------------------------------------------------------------------------------------------------
; install - make the open handle AX standard input (CX = 0) or output (CX = 1)
; Clobbers: AX, BX, DI; ES = DS after.
install:
        xchg    bx, ax
        les     di, [fs:PSP_JFT]
        mov     al, NONE
        xchg    al, [es:di + bx]
        mov     bx, cx
        cmp     byte [fs:r_saved_in + bx], NONE
        jne     .again
        xchg    al, [es:di + bx]
        mov     [fs:r_saved_in + bx], al
        jmp     .done
.again:                                 ; redirected before (pipe, then >): the later one counts
        push    ax
        dos     3Eh
        pop     ax
        mov     [es:di + bx], al
.done:
        push    ds
        pop     es
        ret

; ----------------------------------------------------------------------------------------------------
; restore_handles - close what standard input and output were redirected to, put the old ones back
; Clobbers: AX, BX, DI; ES = DS after.
restore_handles:
        mov     bx, 1
.next:
        mov     al, NONE
        xchg    al, [fs:r_saved_in + bx]
        cmp     al, NONE
        je      .skip
        push    ax
        dos     3Eh
        pop     ax
        les     di, [fs:PSP_JFT]
        mov     [es:di + bx], al
.skip:
        dec     bx
        jns     .next
        push    ds
        pop     es
        ret

; ----------------------------------------------------------------------------------------------------
; find_pipe - first | outside quotes in the text at SI. Out: BX -> it, ZF set if there is none.
; Clobbers: AX.
find_pipe:
        mov     bx, si
        xor     ah, ah
.next:
        mov     al, [bx]
        or      al, al
        jz      .done
        cmp     al, '"'
        jne     .no_quote
        xor     ah, 1
.no_quote:
        cmp     al, '|'
        jne     .more
        or      ah, ah
        jz      .found
.more:
        inc     bx
        jmp     .next
.found:
        or      al, al
.done:
        ret

; ----------------------------------------------------------------------------------------------------
; split_pipe - if the text at SI is a pipe, stack the later stages and redirect the first one
; Out: SI kept, text cut behind the first stage. CF clear. Clobbers: all others, GS.
split_pipe:
        call    find_pipe
        jz      .done
        push    si
        push    bx
        lea     si, [bx + 1]
        call    skip_delimiters
        or      al, al
        jz      syntax_error
        mov     al, KIND_PIPE
        mov     bx, (pipe_size + 15) / 16
        call    push_context
        mov     byte [gs:pipe.input], 0
        mov     byte [gs:pipe.output], 0
        pop     bx
        push    bx
        call    .cut
        pop     bx
        pop     si
.done:
        clc
        ret

.cut:                                   ; cut at BX, keep the rest, output to a new temporary file
        mov     byte [bx], 0
        lea     si, [bx + 1]
        mov     di, pipe.rest
        call    put_in_context
        call    make_temporary
        push    ax
        mov     si, file_name
        mov     di, pipe.output
        call    put_in_context
        pop     ax
        mov     cx, 1
        jmp     install

; ----------------------------------------------------------------------------------------------------
; pipe_next - a stage has ended: start the next one. GS = context. Main loop routine.
pipe_next:
        call    delete_input
        mov     si, pipe.output
        mov     di, pipe.input
.move:
        mov     al, [gs:si]
        mov     byte [gs:si], 0
        mov     [gs:di], al
        inc     si
        inc     di
        or      al, al
        jnz     .move
        cmp     byte [gs:pipe.input], 0
        je      pop_context
        mov     si, pipe.rest
        mov     di, line
        call    take_from_context
        mov     byte [gs:pipe.rest], 0
        mov     si, pipe.input
        mov     di, in_name
        call    take_from_context
        mov     dx, in_name
        mov     ax, 3D00h
        int     21h
        jc      dos_failed
        xor     cx, cx
        call    install
        mov     si, line
        call    find_pipe
        jz      run_line
        push    bx
        lea     si, [bx + 1]
        call    skip_delimiters
        pop     bx
        or      al, al
        jz      syntax_error
        call    split_pipe.cut
        jmp     run_line

; delete_input - delete the file a pipe context's stage has read. Clobbers: AX, DX, SI, DI.
delete_input:
        mov     si, pipe.input
; delete_named - the same for the name at GS:SI
delete_named:
        cmp     byte [gs:si], 0
        je      .done
        mov     di, in_name
        call    take_from_context
        mov     dx, in_name
        dos     41h
.done:
        ret

; put_in_context - ASCIZ DS:SI to GS:DI; take_from_context - ASCIZ GS:SI to DS:DI. Clobber: AL, SI, DI.
put_in_context:
        lodsb
        mov     [gs:di], al
        inc     di
        or      al, al
        jnz     put_in_context
        ret
take_from_context:
        mov     al, [gs:si]
        inc     si
        stosb
        or      al, al
        jnz     take_from_context
        ret

; ----------------------------------------------------------------------------------------------------
; make_temporary - create a temporary file in %TEMP% or the root of the current drive
; Out: AX = handle, file_name its path. Ends the command when there is no place. Clobbers: BX-DI; GS kept.
make_temporary:
        push    gs
        mov     si, .name
        call    find_named
        jc      .root
        mov     si, di
        mov     di, file_name
        mov     cx, PATH_MAX - 16
.copy:
        mov     al, [gs:si]
        inc     si
        or      al, al
        jz      .copied
        stosb
        loop    .copy
        jmp     .root
.copied:
        call    .create
        jnc     .done
.root:
        mov     di, file_name
        dos     19h
        add     al, 'A'
        mov     ah, ':'
        stosw
        call    .create
        jnc     .done
        fail    'No place for the temporary file of a pipe'
.done:
        pop     gs
        ret
.create:
        cmp     di, file_name
        je      .slash
        cmp     byte [di - 1], '\'
        je      .no_slash
.slash:
        mov     al, '\'
        stosb
.no_slash:
        mov     byte [di], 0
        mov     dx, file_name
        xor     cx, cx
        dos     5Ah
        ret
.name           db      'TEMP', 0
