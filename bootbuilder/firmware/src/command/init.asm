; SPDX-License-Identifier: MIT
; Start-up: owns the command line of the shell itself. Given back before the first command runs.
;
; Stage 1 runs where DOS loaded the file and moves the transient part and this section to blocks at the
; top of memory. Stage 2 runs there (DS = ES = SS = CS, FS = our PSP), cuts our own block down to the
; resident part, and allocates what stays: environment, then the first contexts.

%define INIT_OFFSET (res_end - res_start + 100h)
IMAGE_PARAS     equ (100h + TRANS_OFFSET + TRANS_LENGTH) / 16 + 40
INIT_STACK      equ 512
INIT_PARAS      equ (init_end - init_start + INIT_STACK) / 16

        section .init
init_start:

; ----------------------------------------------------------------------------------------------------
; init - stage 1, entered from DOS: CS = DS = ES = SS = PSP
init:
        pushf                           ; 8086: flags 12-15 stay set; 286: stay clear
        pop     ax
        and     ah, 0Fh
        push    ax
        popf
        pushf
        pop     ax
        and     ah, 0F0h
        cmp     ah, 0F0h
        je      .old
        or      ah, 70h
        push    ax
        popf
        pushf
        pop     ax
        test    ah, 70h
        jnz     .new
.old:
        mov     dx, i_cpu_text
        mov     ah, 9
        int     21h
        mov     ax, 4CFFh
        int     21h
.new:
        cld
        mov     [r_own], cs
        mov     sp, IMAGE_PARAS * 16
        mov     bx, IMAGE_PARAS
        dos     4Ah
        jc      .small
        mov     ax, 5800h
        int     21h
        push    ax
        mov     bx, 2
        mov     ax, 5801h
        int     21h
        mov     bx, TRANS_PARAS
        dos     48h
        jc      .small
        mov     [r_tseg], ax
        mov     bx, INIT_PARAS
        dos     48h
        jc      .small
        mov     [r_init_seg], ax
        pop     bx
        mov     ax, 5801h
        int     21h

        mov     es, [r_tseg]
        mov     si, 100h + TRANS_OFFSET
        xor     di, di
        mov     cx, TRANS_LENGTH / 2
        rep     movsw
        call    near checksum
        mov     [r_tsum], bx
        mov     es, [r_init_seg]
        mov     si, init_start
        xor     di, di
        mov     cx, (init_end - init_start) / 2
        rep     movsw
        mov     bx, cs
        mov     fs, bx
        mov     ax, [r_init_seg]
        sub     ax, INIT_OFFSET / 16
        push    ax
        push    word stage2
        retf
.small:
        mov     dx, r_memory_text
        dos     9
        mov     ax, 4CFFh
        int     21h

; ----------------------------------------------------------------------------------------------------
stage2:
        mov     ax, cs
        mov     ds, ax
        mov     es, ax
        mov     ss, ax
        mov     sp, init_end + INIT_STACK
        push    fs
        pop     es
        mov     bx, RESIDENT_PARAS
        dos     4Ah
        push    ds
        pop     es

        mov     cl, [fs:PSP_TAIL]       ; take the tail out of the PSP
        xor     ch, ch
        mov     si, PSP_TAIL + 1
        mov     di, i_tail
        jcxz    .empty
.tail:
        mov     al, [fs:si]
        inc     si
        cmp     al, CR
        je      .empty
        stosb
        loop    .tail
.empty:
        xor     al, al
        stosb
        call    find_own_path
        call    parse_own_tail
        call    make_environment
        call    take_over
        call    first_lines
        push    fs
        push    word res_first
        retf

; ----------------------------------------------------------------------------------------------------
; find_own_path - where this file came from: the path behind the environment, else the boot drive's root
; Out: i_own, i_env_used (bytes of the strings with the final zero). Clobbers: all.
find_own_path:
        mov     ax, 3305h
        mov     dl, 0
        int     21h
        mov     al, dl
        add     al, 'A' - 1
        cmp     al, 'A'
        jb      .current
        cmp     al, 'Z'
        jbe     .drive
.current:
        dos     19h
        add     al, 'A'
.drive:
        mov     [i_auto], al
        mov     [i_own], al
        mov     cx, [fs:PSP_ENV]
        jcxz    .done
        mov     gs, cx
        xor     si, si
.string:
        cmp     byte [gs:si], 0
        je      .end
.skip:
        inc     si
        cmp     byte [gs:si - 1], 0
        jne     .skip
        cmp     si, 32000
        jb      .string
.end:
        mov     [i_env_used], si
        inc     si
        cmp     word [gs:si], 1         ; some kernels pass no path
        jne     .done
        cmp     byte [gs:si + 3], ':'
        jne     .done
        inc     si
        inc     si
        mov     di, i_own
        mov     cx, PATH_MAX - 1
.copy:
        mov     al, [gs:si]
        inc     si
        stosb
        or      al, al
        loopnz  .copy
        mov     byte [i_own + PATH_MAX - 1], 0
.done:
        ret

; ----------------------------------------------------------------------------------------------------
; parse_own_tail - read the switches. Out: r_flags, i_* set. Clobbers: all.
parse_own_tail:
        mov     si, i_tail
.next:
        lodsb
        or      al, al
        jz      .done
        call    is_blank
        je      .next
        cmp     al, '/'
        je      .switch
        dec     si
        mov     di, i_directory
        cmp     byte [di], 0
        je      .token
        mov     di, i_device
.token:
        mov     cx, PATH_MAX - 1
.char:
        lodsb
        call    is_blank
        je      .token_end
        cmp     al, '/'
        je      .token_back
        or      al, al
        jz      .token_back
        stosb
        loop    .char
        inc     si
.token_back:
        dec     si
.token_end:
        mov     byte [di], 0
        jmp     .next
.done:
        ret

.switch:
        lodsb
        cmp     al, '?'
        je      .help
        and     al, 0DFh
        jz      .done
        mov     bl, F_ONCE
        cmp     al, 'C'
        je      .command
        mov     bl, 0
        cmp     al, 'K'
        je      .command
        mov     bl, F_PERMANENT
        cmp     al, 'P'
        je      .permanent
        mov     bl, F_FAIL
        cmp     al, 'F'
        je      .flag
        mov     bl, F_STEP
        cmp     al, 'Y'
        je      .flag
        cmp     al, 'D'
        je      .no_auto
        cmp     al, 'E'
        je      .size
.skip:                                  ; to the end of this switch
        lodsb
        or      al, al
        jz      .done
        cmp     al, '/'
        je      .switch
        call    is_blank
        jne     .skip
        jmp     .next
.flag:
        or      [fs:r_flags], bl
        jmp     .skip
.no_auto:
        mov     byte [i_auto], 0
        jmp     .skip
.permanent:
        or      [fs:r_flags], bl
        cmp     byte [si], ':'
        jne     .skip
        inc     si
        mov     di, i_auto
        jmp     .token
.size:
        cmp     byte [si], ':'
        jne     .skip
        inc     si
        xor     bx, bx
.digit:
        mov     al, [si]
        sub     al, '0'
        cmp     al, 9
        ja      .sized
        inc     si
        imul    bx, 10
        cbw
        add     bx, ax
        cmp     bx, 32768 / 10
        jb      .digit
.sized:
        mov     [i_env_size], bx
        jmp     .skip
.command:
        or      [fs:r_flags], bl
        mov     [i_command], si
        ret
.help:
        mov     dx, i_help_text
        dos     9
        mov     ax, 4C00h
        int     21h

; is_blank - ZF set if AL separates words of the tail
is_blank:
        cmp     al, ' '
        je      .yes
        cmp     al, TAB
        je      .yes
        cmp     al, ','
.yes:
        ret

; ----------------------------------------------------------------------------------------------------
; make_environment - choose COMSPEC, allocate the master environment and fill it
; Clobbers: all, GS.
make_environment:
        mov     si, i_directory
        mov     di, i_path
        cmp     byte [si], 0
        je      .own
        call    copy_string
        mov     al, '\'
        cmp     [di - 1], al
        je      .slash
        stosb
.slash:
        mov     si, i_name
        call    copy_string
        mov     dx, i_path
        mov     ax, 3D00h
        int     21h
        jnc     .exists
        mov     dx, i_bad_directory
        dos     9
.own:
        mov     si, i_own
        mov     di, i_path
        call    copy_string
        jmp     .chosen
.exists:
        xchg    bx, ax
        dos     3Eh
.chosen:
        mov     si, i_path
        mov     di, r_comspec
.resident:
        lodsb
        mov     [fs:di], al
        inc     di
        or      al, al
        jnz     .resident

        mov     bx, [i_env_used]
        add     bx, 256                 ; COMSPEC and some room
        mov     ax, [i_env_size]
        cmp     bx, ax
        jae     .room
        xchg    bx, ax
.room:
        add     bx, 15
        shr     bx, 4
        mov     [fs:r_env_paras], bx
        dos     48h
        jc      no_room
        mov     [fs:r_env], ax
        mov     [fs:r_exec_env], ax
        mov     es, ax
        xor     di, di
        mov     cx, [fs:PSP_ENV]
        jcxz    .comspec
        mov     gs, cx
        xor     si, si
.string:
        cmp     byte [gs:si], 0
        je      .release
        mov     bx, i_comspec           ; a COMSPEC of the caller is replaced by the right one
.match:
        mov     al, [bx]
        or      al, al
        jz      .drop
        cmp     al, [gs:si + bx - i_comspec]
        jne     .copy
        inc     bx
        jmp     .match
.drop:
        inc     si
        cmp     byte [gs:si - 1], 0
        jne     .drop
        jmp     .string
.copy:
        mov     al, [gs:si]
        inc     si
        stosb
        or      al, al
        jnz     .copy
        jmp     .string
.release:
        push    es
        push    gs
        pop     es
        dos     49h                     ; refused when it is not ours: no harm
        pop     es
.comspec:
        mov     si, i_comspec
        call    copy_string
        mov     si, i_path
        call    copy_string
        inc     di
        xor     al, al
        stosb                           ; end of the strings
        mov     ax, [fs:r_env]
        mov     [fs:PSP_ENV], ax
        push    ds
        pop     es
        ret

no_room:
        mov     dx, i_memory_text
        dos     9
        mov     ax, 4CFFh
        int     21h

; copy_string - DS:SI ASCIZ to ES:DI; DI ends on the final zero. Clobbers: AL, SI.
copy_string:
        lodsb
        stosb
        or      al, al
        jnz     copy_string
        dec     di
        ret

; ----------------------------------------------------------------------------------------------------
; take_over - vectors, PSP fields, the console device of the second argument. Clobbers: all.
take_over:
        mov     ax, fs
        mov     [fs:r_exec_seg1], ax
        mov     [fs:r_exec_seg2], ax
        mov     [fs:r_exec_seg3], ax
        xchg    ax, [fs:PSP_PARENT]
        mov     [fs:r_parent], ax
        mov     ax, fs
        shl     eax, 16
        mov     ax, int22
        xchg    eax, [fs:PSP_TERMINATE]
        mov     [fs:r_terminate], eax
        push    ds
        push    fs
        pop     ds
        mov     dx, int23
        mov     ax, 2523h
        int     21h
        mov     dx, int24
        mov     ax, 2524h
        int     21h
        test    byte [r_flags], F_PERMANENT
        jz      .vectors
        mov     dx, int2e
        mov     ax, 252Eh
        int     21h
.vectors:
        pop     ds
        mov     dx, i_device
        cmp     byte [i_device], 0
        je      .done
        mov     ax, 3D02h
        int     21h
        jc      .done
        xchg    bx, ax
        xor     cx, cx
.handle:
        dos     46h
        inc     cx
        cmp     cx, 3
        jb      .handle
        dos     3Eh
.done:
        ret

; ----------------------------------------------------------------------------------------------------
; first_lines - stack what has to run before the first prompt: AUTOEXEC above the line of /C or /K
; Clobbers: all.
first_lines:
        mov     si, [i_command]
        or      si, si
        jz      .auto
        call    push_line
.auto:
        test    byte [fs:r_flags], F_PERMANENT
        jz      .greet
        cmp     byte [i_auto], 0
        je      .greet
        mov     dx, i_auto
        mov     ax, 3D00h
        int     21h
        jc      .greet
        xchg    bx, ax
        dos     3Eh
        mov     si, i_auto
        jmp     push_line
.greet:
        test    byte [fs:r_flags], F_ONCE
        jnz     .done
        mov     dx, i_banner
        dos     9
.done:
        ret

; push_line - push a pending context. In: SI -> ASCIZ. Clobbers: AX, BX, CX, SI, DI.
push_line:
        mov     bx, (pending_size + 15) / 16
        dos     48h
        jc      no_room
        mov     es, ax
        xchg    ax, [fs:r_context]
        xor     di, di
        stosw
        mov     al, KIND_LINE
        stosb
        mov     ax, NONE << 8 | NONE
        stosw
        inc     byte [fs:r_depth]
        mov     di, pending.text
        mov     cx, LINE_MAX
.copy:
        lodsb
        stosb
        or      al, al
        loopnz  .copy
        mov     byte [es:di], 0
        push    ds
        pop     es
        ret

i_own           db      'A:\COMMAND.COM', 0
                times PATH_MAX - ($ - i_own) db 0
i_auto          db      'A:\AUTOEXEC.BAT', 0
                times PATH_MAX - ($ - i_auto) db 0
i_directory     times PATH_MAX db 0
i_device        times PATH_MAX db 0
i_path          times PATH_MAX + 16 db 0
i_tail          times 130 db 0
i_command       dw      0
i_env_used      dw      0
i_env_size      dw      ENV_DEFAULT
i_name          db      'COMMAND.COM', 0
i_comspec       db      'COMSPEC=', 0
i_cpu_text      db      'COMMAND.COM needs a 386 or better', CR, LF, '$'
i_bad_directory db      'No COMMAND.COM in the directory that was given', CR, LF, '$'
i_memory_text   db      'Not enough memory for the environment', CR, LF, '$'
i_banner        db      CR, LF, VERSION_TEXT, CR, LF, '$'
i_help_text     db      'Starts a new copy of the command shell.', CR, LF, CR, LF
                db      'COMMAND [[drive:]path] [device] [/E:nnnnn] [/P[:file] [/D]] [/F] [/Y] [/C|/K command]'
                db      CR, LF, CR, LF
                db      '  [drive:]path  directory that holds COMMAND.COM', CR, LF
                db      '  device        console to use, e.g. COM1', CR, LF
                db      '  /E:nnnnn      size of the environment in bytes', CR, LF
                db      '  /P[:file]     stay for good; runs \AUTOEXEC.BAT or the file first', CR, LF
                db      '  /D            with /P: do not run that file', CR, LF
                db      '  /F            answer critical errors with Fail', CR, LF
                db      '  /Y            ask before each line of a batch file', CR, LF
                db      '  /C command    run the command, then end', CR, LF
                db      '  /K command    run the command, then stay', CR, LF, '$'
