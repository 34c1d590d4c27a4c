; SPDX-License-Identifier: MIT
; Guest program: single file operations on disks with faults.  The arguments are operations, a letter and a path
; each; every one writes a line `op path result criticals` to COM1 (result: hexadecimal, Exxxx = DOS error;
; criticals: how often INT 24h was called; its answer is always Fail).
;   C create, write 600 bytes, close   A open, append 600 bytes, close   V read all: number of bytes read (low word)
;   D delete   M make directory   K remove directory   L count the entries of a pattern   G free clusters of drive
;   N create numbered files PATHnnn until one fails: result is the error, criticals the number
;   W write READY and wait for a byte on COM1   I rename to the same path with the last character Z
;
; Memory: PSP | code and data | buffer | stack at the end of the 64 KB segment

        cpu     386
        org     100h

start:
        cld
        mov     ah, 4Ah
        mov     bx, 1000h
        int     21h
        mov     dx, int24
        mov     ax, 2524h
        int     21h
        mov     dx, dta                 ; the arguments are where it was
        mov     ah, 1Ah
        int     21h
        mov     dx, COM1 + 3            ; 8 bits, no parity
        mov     al, 3
        out     dx, al
        mov     si, 81h
.next:  lodsb
        cmp     al, ' '
        je      .next
        cmp     al, 13
        je      .end
        mov     [op], al
        mov     di, path
.path:  lodsb
        stosb
        cmp     al, ' '
        ja      .path
        dec     si
        mov     byte [di - 1], 0
        mov     word [criticals], 0
        mov     bx, table - 2
        mov     al, [op]
.find:  add     bx, 3
        cmp     byte [bx - 1], 0
        je      .next
        cmp     al, [bx - 1]
        jne     .find
        push    si
        mov     dx, path
        call    [bx]
        call    report
        pop     si
        jmp     .next
.end:   mov     ax, 4C00h
        int     21h

table:
%macro entry 2
        db      %1
        dw      %2
%endmacro
        entry   'C', create
        entry   'A', append
        entry   'V', verify
        entry   'D', delete
        entry   'M', make
        entry   'K', remove
        entry   'L', list
        entry   'G', space
        entry   'N', number
        entry   'W', await
        entry   'I', rename
        db      0

int24:  inc     word [cs:criticals]
        mov     al, 3
        iret

create: mov     ah, 3Ch
        xor     cx, cx
        int     21h
        jc      quit
        mov     bx, ax
write:  mov     cx, 600
        mov     dx, buffer
        mov     ah, 40h
        int     21h
close:  pushf
        push    ax
        mov     ah, 3Eh
        int     21h
        jc      close_failed
        pop     ax
        popf
quit:   ret
close_failed:
        add     sp, 4
        stc
        ret

append: mov     ax, 3D02h
        int     21h
        jc      quit
        mov     bx, ax
        mov     ax, 4202h
        xor     cx, cx
        xor     dx, dx
        int     21h
        jmp     write

verify: mov     ax, 3D00h
        int     21h
        jc      quit
        mov     bx, ax
        xor     bp, bp
.more:  mov     cx, 8192
        mov     dx, buffer
        mov     ah, 3Fh
        int     21h
        jc      close
        add     bp, ax
        cmp     ax, 8192
        je      .more
        mov     ax, bp
        clc
        jmp     close

delete: mov     ah, 41h
        int     21h
        ret
make:   mov     ah, 39h
        int     21h
        ret
remove: mov     ah, 3Ah
        int     21h
        ret

list:   xor     bp, bp
        mov     cx, 16h
        mov     ah, 4Eh
.next:  int     21h
        jc      .end
        inc     bp
        mov     ah, 4Fh
        jmp     .next
.end:   cmp     ax, 18
        stc
        jne     quit
        mov     ax, bp
        clc
        ret

space:  mov     dl, [path]
        and     dl, 1Fh
        mov     ah, 36h
        int     21h
        cmp     ax, -1
        je      .bad
        mov     ax, bx
        clc
        ret
.bad:   stc
        ret

number: mov     di, path
        mov     al, 0
        mov     cx, 64
        repne   scasb
        dec     di
        xor     bp, bp
.next:  push    di
        mov     ax, bp
        mov     cl, 100
        div     cl
        call    .digit
        mov     al, ah
        aam
        xchg    al, ah
        call    .digit
        mov     al, ah
        call    .digit
        mov     byte [di], 0
        pop     di
        mov     dx, path
        mov     ah, 3Ch
        xor     cx, cx
        int     21h
        jc      .full
        mov     bx, ax
        mov     ah, 3Eh
        int     21h
        jc      .full
        inc     bp
        cmp     bp, 999
        jb      .next
.full:  mov     [criticals], bp
        stc
        ret
.digit: push    ax
        add     al, '0'
        stosb
        pop     ax
        ret

await:  mov     si, ready
        call    serial_text
        mov     dx, COM1 + 5
.wait:  in      al, dx
        test    al, 1
        jz      .wait
        mov     dx, COM1
        in      al, dx
        xor     ax, ax
        ret

rename: mov     si, path
        mov     di, path2
.copy:  lodsb
        stosb
        test    al, al
        jnz     .copy
        mov     byte [di - 2], 'Z'
        mov     di, path2
        mov     ah, 56h
        int     21h
        ret

report: pushf
        push    ax
        mov     al, [op]
        call    serial_char
        mov     al, ' '
        call    serial_char
        mov     si, path
        call    serial_text
        mov     al, ' '
        call    serial_char
        pop     ax
        popf
        jnc     .good
        push    ax
        mov     al, 'E'
        call    serial_char
        pop     ax
.good:  call    serial_hex4
        mov     al, ' '
        call    serial_char
        mov     ax, [criticals]
        call    serial_hex4
        mov     al, 10
        jmp     serial_char

%include "serial.inc"

        section .data
ready:  db      "READY", 10, 0
        section .bss
op:             resb 1
path:           resb 80
path2:          resb 80
criticals:      resw 1
dta:            resb 44
buffer:         resb 8192
