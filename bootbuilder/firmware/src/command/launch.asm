; SPDX-License-Identifier: MIT
; Finding and starting programs and batch files; LOADHIGH.

        section .tbss
typed_name      resb    PATH_MAX        ; the command word
program_path    resb    PATH_MAX + 16
program_kind    resb    1               ; index in program_kinds, PROGRAM_NONE while nothing is found
load_high       resb    1

PROGRAM_NONE    equ 3
PROGRAM_BATCH   equ 2

        section .trans
program_kinds   db      'COM', 'EXE', 'BAT'

; ----------------------------------------------------------------------------------------------------
; launch - run the external command at SI
launch:
        mov     di, typed_name
        mov     cx, PATH_MAX - 14
.char:
        mov     al, [si]
        or      al, al
        jz      .end
        cmp     al, '/'
        je      .end
        cmp     al, '"'
        je      .end
        call    is_delimiter
        je      .end
        inc     si
        stosb
        loop    .char
        jmp     bad_command
.end:
        mov     byte [di], 0
        cmp     di, typed_name
        je      bad_command
        push    si
        call    find_program
        pop     si
        cmp     byte [fs:r_abort], 0
        jne     main_loop
        mov     al, [program_kind]
        cmp     al, PROGRAM_BATCH
        ja      bad_command
        je      start_batch

; exec - run the program in program_path with the tail at SI
exec:
        mov     di, si
        xor     cx, cx
.length:
        cmp     byte [di], 0
        je      .measured
        inc     di
        inc     cx
        jmp     .length
.measured:
        cmp     cx, TAIL_MAX
        ja      line_too_long
        push    fs
        pop     es
        mov     di, PSP_FCB1
        push    cx
        xor     ax, ax
        mov     cx, (PSP_TAIL - PSP_FCB1) / 2
        rep     stosw
        pop     cx
        mov     al, cl
        stosb
        push    si
        rep     movsb
        mov     al, CR
        stosb
        pop     si
        mov     di, PSP_FCB1
        call    .fcb
        mov     di, PSP_FCB2
        call    .fcb
        mov     si, program_path
        mov     di, r_path
.path:
        lodsb
        call    upper
        stosb
        or      al, al
        jnz     .path
        push    ds
        pop     es
        cmp     byte [load_high], 0
        je      .run
        mov     ax, 5802h
        int     21h
        jc      .run
        xor     ah, ah
        mov     [fs:r_link], ax
        mov     ax, 5800h
        int     21h
        mov     [fs:r_strategy], ax
        mov     bx, 1
        mov     ax, 5803h
        int     21h
        jc      .run                    ; no upper memory
        mov     bx, 80h
        mov     ax, 5801h
        int     21h
        mov     byte [fs:r_high], 1
.run:
        call    flush
        push    fs
        push    word res_exec
        retf

.fcb:                                   ; the next word at SI as an FCB at ES:DI
        call    skip_delimiters
        push    si
        mov     ax, 2901h
        int     21h
        pop     si
.word:
        lodsb
        or      al, al
        jz      .word_end
        call    is_delimiter
        jne     .word
.word_end:
        dec     si
        ret

bad_command:
        fail    'Bad command or file name'

; ----------------------------------------------------------------------------------------------------
; exec_failed - report the error AX of EXEC. Main loop routine.
exec_failed:
        cmp     ax, 8
        je      .memory
        cmp     ax, 11
        je      .format
        cmp     ax, 2
        je      bad_command
        cmp     ax, 3
        je      bad_command
        jmp     dos_failed
.memory:
        fail    'Program too big to fit in memory'
.format:
        call    to_errors
        print   'Cannot execute '
        push    fs
        pop     gs
        mov     si, r_path
        call    put_far
        call    crlf
        jmp     main_loop

; ----------------------------------------------------------------------------------------------------
; find_program - look for typed_name: where it says, or in the current directory and along PATH
; Out: program_kind, program_path. Clobbers: all, GS.
find_program:
        mov     byte [program_kind], PROGRAM_NONE
        mov     di, typed_name
        call    name_part
        mov     si, bx
.scan:
        lodsb
        cmp     al, '*'
        je      .done
        cmp     al, '?'
        je      .done
        or      al, al
        jnz     .scan
        cmp     byte [bx], 0
        je      .done
        mov     di, program_path
        push    bx
        call    try_directory
        pop     bx
        cmp     byte [program_kind], PROGRAM_NONE
        jne     .done
        cmp     bx, typed_name          ; a drive or path was given
        jne     .done
        mov     si, .path
        call    find_named
        jc      .done
        mov     si, di
.element:
        mov     di, program_path
        mov     cx, PATH_MAX - 14
.char:
        mov     al, [gs:si]
        or      al, al
        jz      .last
        inc     si
        cmp     al, ';'
        je      .end
        cmp     al, '"'
        je      .char
        stosb
        loop    .char
.last:
        cmp     di, program_path
        je      .done
.end:
        cmp     di, program_path
        je      .element
        mov     al, [di - 1]
        cmp     al, '\'
        je      .try
        cmp     al, ':'
        je      .try
        mov     al, '\'
        stosb
.try:
        push    si
        call    try_directory
        pop     si
        cmp     byte [program_kind], PROGRAM_NONE
        jne     .done
        cmp     byte [fs:r_abort], 0
        je      .element
.done:
        ret
.path           db      'PATH', 0

; ----------------------------------------------------------------------------------------------------
; try_directory - look for typed_name in the directory whose path ends at DI in program_path
; Out: program_kind; program_path complete if found. Clobbers: AX, BX, CX, DX, SI, DI, BP.
try_directory:
        mov     si, typed_name
        xor     bp, bp                  ; address of the extension
.copy:
        lodsb
        stosb
        cmp     al, '\'
        jne     .no_part
        xor     bp, bp
.no_part:
        cmp     al, '.'
        jne     .no_dot
        mov     bp, di
.no_dot:
        or      al, al
        jnz     .copy
        dec     di
        or      bp, bp
        jz      .any
        mov     si, bp                  ; an extension was given: only the three may run
        call    program_kind_of
        jne     .done
        push    ax
        call    .first
        pop     ax
        jc      .done
        mov     [program_kind], al
        ret
.any:
        mov     al, '.'
        stosb
        mov     bp, di
        mov     word [di], '*'
        call    .first
.next:
        jc      .end
        mov     si, dta + found.name
.name:
        lodsb
        or      al, al
        jz      .more
        cmp     al, '.'
        jne     .name
        call    program_kind_of
        jne     .more
        cmp     al, [program_kind]
        jae     .more
        mov     [program_kind], al
        or      al, al
        jz      .end                    ; .COM: nothing comes before it
.more:
        dos     4Fh
        jmp     .next
.end:
        movzx   bx, byte [program_kind]
        cmp     bl, PROGRAM_NONE
        je      .done
        imul    bx, 3
        lea     si, [program_kinds + bx]
        mov     di, bp
        movsw
        movsb
        mov     byte [di], 0
.done:
        ret
.first:
        mov     dx, program_path
        mov     cx, ATTR_RDONLY | ATTR_HIDDEN | ATTR_SYSTEM
        dos     4Eh
        ret

; program_kind_of - In: SI -> ASCIZ extension. Out: ZF set and AL = kind if it can run. Clobbers: AX-DX, SI.
program_kind_of:
        mov     dx, si
        xor     bx, bx
.next:
        mov     si, dx
        mov     cx, 3
        push    bx
        imul    bx, 3
.char:
        lodsb
        call    upper
        cmp     al, [program_kinds + bx]
        jne     .differs
        inc     bx
        loop    .char
        cmp     byte [si], 0
.differs:
        pop     bx
        mov     al, bl
        je      .done
        inc     bx
        cmp     bl, PROGRAM_NONE
        jb      .next
        or      bl, bl                  ; clears ZF
.done:
        ret

; ----------------------------------------------------------------------------------------------------
; cmd_loadhigh - LOADHIGH [/L:…] [/S] program
cmd_loadhigh:
        call    skip_delimiters
        cmp     al, '/'
        jne     .program
.switch:
        inc     si
        mov     al, [si]
        or      al, al
        jz      need_argument
        cmp     al, ' '
        jne     .switch
        jmp     cmd_loadhigh
.program:
        or      al, al
        jz      need_argument
        mov     byte [load_high], 1
        jmp     launch
