; SPDX-License-Identifier: MIT
; The command line of a packet driver, and its help. A part of install.asm: gone after loading.

; read_options - read the command line into the variables above. Ends the program for help and wrong usage.
; Clobbers: all.
read_options:
        mov     ax, NONE
        mov     [given_vector], ax
        mov     [given_irq], ax
        mov     [given_io], ax
        mov     si, TAIL + 1
        mov     di, given_vector        ; the number that comes next
.next:
        lodsb
        cmp     al, ' '
        je      .next
        cmp     al, 9
        je      .next
        cmp     al, CR
        je      .check
        cmp     al, '-'
        je      .option
        cmp     al, '/'
        je      .option
        dec     si
        cmp     di, given_io
        ja      usage
        call    read_number
        stosw
        jmp     .next
.option:
        lodsw
        cmp     ah, ' '
        ja      usage
        dec     si
        cmp     al, '?'
        je      help
        or      al, 20h
        cmp     al, 'h'
        je      help
        cmp     al, 'u'
        jne     usage
        mov     byte [wants_unload], 1
        jmp     .next
.check:
        mov     ax, [given_vector]
        cmp     ax, NONE
        je      .irq
        call    check_vector
        jnc     .irq
        stop_with 'the interrupt must be 0x60-0x66, 0x68-0x6f or 0x78-0x7e'
.irq:
        mov     ax, [given_irq]
        cmp     ax, NONE
        je      .io
        cmp     ax, 2
        jb      .bad_irq
        cmp     byte [modern_cpu], 0
        jne     .two
        cmp     ax, 7
        ja      .bad_irq
        jmp     .io
.two:
        cmp     ax, 15
        ja      .bad_irq
        cmp     ax, 2
        jne     .io
        mov     byte [given_irq], 9     ; where the second controller put that line
.io:
        mov     ax, [given_io]
        cmp     ax, NONE
        je      .done
        test    al, 1Fh
        jnz     .bad_io
        cmp     ax, 200h
        jb      .bad_io
.done:
        ret
.bad_irq:
        stop_with 'the IRQ must be 2 to 15, and on a PC/XT 2 to 7'
.bad_io:
        stop_with 'the I/O base must be a multiple of 0x20 from 0x200 on'

; read_number - AX = the number at SI: 0x60 or decimal. Ends the program when it is none. Clobbers: BX, CX, DX.
read_number:
        mov     cx, 10
        xor     bx, bx
        cmp     byte [si], '0'
        jne     .first
        mov     al, [si + 1]
        or      al, 20h
        cmp     al, 'x'
        jne     .first
        add     si, 2
        mov     cx, 16
.first:
        mov     al, [si]
        cmp     al, ' '
        jbe     usage
.digit:
        mov     al, [si]
        cmp     al, ' '
        jbe     .done
        inc     si
        sub     al, '0'
        jb      usage
        cmp     al, 9
        jbe     .value
        or      al, 20h
        sub     al, 'a' - '0'
        jb      usage
        add     al, 10
.value:
        xor     ah, ah
        cmp     ax, cx
        jae     usage
        xchg    ax, bx
        mul     cx
        or      dx, dx
        jnz     usage
        add     bx, ax
        jc      usage
        jmp     .digit
.done:
        mov     ax, bx
        cmp     ax, NONE
        je      usage
        ret

; check_vector - CF set unless AX is an interrupt that packet drivers may have: 67h is EMS, 70h-77h are the IRQs.
check_vector:
        cmp     ax, 60h
        jb      .no
        cmp     ax, 67h
        je      .no
        cmp     ax, 6Fh
        jbe     .yes
        cmp     ax, 78h
        jb      .no
        cmp     ax, 7Eh
        ja      .no
.yes:
        clc
        ret
.no:
        stc
        ret

usage:
        call    put_help
        jmp     give_up
help:
        call    put_help
        mov     ax, 4C00h
        int     21h

put_help:
        put     ADAPTER_NAME, ': packet driver for ', ADAPTER_TITLE, CR, LF, CR, LF, \
                ADAPTER_NAME, ' [interrupt [irq [io]]]    load it: ', ADAPTER_NAME, ' 0x60 3 0x300', CR, LF, \
                ADAPTER_NAME, ' -u [interrupt]            take it out of memory', CR, LF, CR, LF, \
                'Numbers are decimal, or hexadecimal with 0x. What is not given is found:', CR, LF, \
                'interrupt 0x60 or the next that is free, the first card, its IRQ.', CR, LF, \
                'ERRORLEVEL: 0 done, 1 not.', CR, LF
        ret
