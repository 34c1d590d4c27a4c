; SPDX-License-Identifier: MIT
; The shell of a test disk: runs each program named in A:\RUN.LST (one line each: NAME.EXT, then a space and its
; arguments), says on COM1 `RUN name` before and `EXIT code mcb free` after each, then ends QEMU.
; The three words are hexadecimal: the result of INT 21h/4Dh (or FFxx: EXEC failed with error xx), 0 when the chain
; of memory blocks is sound, and the largest free block in paragraphs.
;
; Memory: PSP | code, list, stack of 1 KB; the block is shrunk to what is used.

        cpu     386
        org     100h
STOP    equ     0F4h                            ; isa-debug-exit: any write ends QEMU
LIST    equ     4096

start:
        mov     sp, stack_top
        mov     ah, 4Ah
        mov     bx, (stack_top + 15) / 16
        int     21h
        mov     [block + 4], cs
        mov     [block + 8], cs
        mov     [block + 12], cs
        mov     ax, 3D00h
        mov     dx, list_name
        int     21h
        jc      no_list
        mov     bx, ax
        mov     ah, 3Fh
        mov     cx, LIST - 1
        mov     dx, list
        int     21h
        jc      no_list
        mov     di, ax
        mov     byte [list + di], 0
        mov     ah, 3Eh
        int     21h
        mov     si, list

; one line: path up to a space or CR, tail up to CR
next:
        cmp     byte [si], ' '
        jbe     .blank
        mov     [path], si
        mov     di, tail + 1
.path:  lodsb
        cmp     al, ' '
        ja      .path
        mov     byte [si - 1], 0
        jb      .run
.tail:  mov     byte [di], ' '
        inc     di
.copy:  lodsb
        cmp     al, ' '
        jb      .run
        stosb
        jmp     .copy
.run:   mov     byte [di], 13
        lea     ax, [di - tail - 1]
        mov     [tail], al
        push    si
        call    run_one
        pop     si
        jmp     next
.blank: cmp     byte [si], 0
        je      finish
        inc     si
        jmp     next

; run_one - EXECs [path] with tail and reports. Clobbers: all
run_one:
        mov     si, run_text
        call    serial_text
        mov     si, [path]
        call    serial_text
        call    newline
        mov     dx, [path]
        mov     bx, block
        mov     ax, 4B00h
        mov     [saved], sp
        int     21h
        mov     cx, cs
        mov     ds, cx
        mov     es, cx
        cli
        mov     ss, cx
        mov     sp, [saved]
        sti
        cld
        jnc     .ran
        mov     ah, 0FFh
        jmp     .code
.ran:   mov     ah, 4Dh
        int     21h
.code:  push    ax
        mov     si, exit_text
        call    serial_text
        pop     ax
        call    hex
        call    chain
        call    hex
        mov     ah, 48h
        mov     bx, 0FFFFh
        int     21h
        mov     ax, bx
        call    hex
        jmp     newline

; chain - walks the memory blocks. Out: AX = 0 when the chain ends with Z, else the bad segment
chain:
        push    es
        mov     ah, 52h
        int     21h
        mov     ax, [es:bx - 2]
        mov     cx, 500
.block: mov     es, ax
        cmp     byte [es:0], 'Z'
        je      .sound
        cmp     byte [es:0], 'M'
        jne     .done
        inc     ax
        add     ax, [es:3]
        jc      .done
        loop    .block
.done:  pop     es
        ret
.sound: xor     ax, ax
        jmp     .done

no_list:
        mov     si, list_text
        call    serial_text
finish:
        mov     si, end_text
        call    serial_text
        mov     ah, 0Dh                         ; flush, then stop the machine
        int     21h
        mov     cx, 20000
.drain: in      al, 80h
        loop    .drain
        mov     dx, STOP
        xor     ax, ax
        out     dx, ax
.halt:  hlt
        jmp     .halt

; hex - space and AX in hexadecimal. Clobbers: EAX, CL
hex:
        push    ax
        mov     al, ' '
        call    serial_char
        pop     ax
        jmp     serial_hex4

newline:
        mov     al, 13
        call    serial_char
        mov     al, 10
        jmp     serial_char

%include "serial.inc"

list_name:      db "A:\RUN.LST", 0
run_text:       db "RUN ", 0
exit_text:      db "EXIT", 0
list_text:      db "LOST RUN.LST cannot be read", 13, 10, 0
end_text:       db "END", 13, 10, 0
block:          dw 0, tail, 0, 5Ch, 0, 6Ch, 0
path:           dw 0
saved:          dw 0
tail:           times 130 db 0
list:           equ $
stack_top       equ (($ - $$) + 100h + LIST + 1024 + 15) / 16 * 16
