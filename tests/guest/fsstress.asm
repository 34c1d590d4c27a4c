; SPDX-License-Identifier: MIT
; Guest program: random file operations.  FSSTRESS drive seed count, e.g. `FSSTRESS C 1234 2000`.
; Each operation is written to COM1 as one line, so that the host can replay it on a model:
;   op path path2 position length result        (hexadecimal; a result Exxxx is DOS error xxxx)
;   C create and write    A append and write   O seek and write    T cut at position   X lengthen to position
;   R rename to path2     D delete             M make directory    K remove directory  V read all: sum, size
;   W write to two open files by turns         Z end
; The bytes written by operation number n are (n*31 + i*7 + i/256) for i = 0, 1 ...
;
; Memory: PSP | code and data | .bss: 32 KB buffer | stack at the end of the 64 KB segment

        cpu     386
        org     100h
ROOM    equ     32768

        section .bss align=16
buffer: resb    ROOM
        section .text

start:
        cld
        mov     ah, 4Ah
        mov     bx, 1000h
        int     21h
        mov     si, 81h
        call    skip
        lodsb
        mov     [path], al
        mov     [path2], al
        call    number
        mov     [random], eax
        call    number
        mov     [left], ax
.next:
        inc     word [step]
        mov     dword [position], 0
        mov     word [length], 0
        mov     byte [second], '-'
        mov     di, path
        call    choose
        call    rand
        and     ax, 31
        mov     bx, ax
        movzx   bx, byte [operations + bx]
        mov     [op], bl
        mov     si, table - 2
.find:
        add     si, 2
        lodsb
        cmp     al, bl
        jne     .find
        call    [si]
        call    report
        dec     word [left]
        jnz     .next
        mov     byte [op], 'Z'
        xor     ax, ax
        clc
        call    report
        mov     ax, 4C00h
        int     21h

operations:     db "CCCCCAAAAAAOOOOTXRRDDDMMKVVVVWWA"
table:
%macro entry 2
        db      %1
        dw      %2
%endmacro
        entry   'C', create
        entry   'A', append
        entry   'O', overwrite
        entry   'T', cut
        entry   'X', lengthen
        entry   'R', rename
        entry   'D', delete
        entry   'M', make
        entry   'K', remove
        entry   'V', verify
        entry   'W', weave

; operations: path (and path2) chosen; leave CF and AX of the call that counts
create: mov     dx, path
        mov     ah, 3Ch
        xor     cx, cx
        int     21h
        jc      quit
        mov     bx, ax
        call    write_some
close:  pushf
        push    ax
        mov     ah, 3Eh
        int     21h
        jnc     .closed
        mov     [close_error], ax
.closed:
        pop     ax
        popf
quit:   ret

open:   mov     dx, path
        mov     ax, 3D02h
        int     21h
        mov     bx, ax
        ret

; BX at the end of the file; EAX = its size
to_end: mov     ax, 4202h
        xor     cx, cx
        xor     dx, dx
        int     21h
        shl     edx, 16
        mov     dx, ax
        mov     eax, edx
        mov     [position], eax
        ret

; seek to a random place in the file
to_some:
        call    to_end
        mov     ecx, eax
        inc     ecx
        call    rand32
        xor     edx, edx
        div     ecx
        mov     [position], edx
seek:   mov     dx, [position]
        mov     cx, [position + 2]
        mov     ax, 4200h
        int     21h
        ret

append: call    open
        jc      quit
        call    to_end
        call    write_some
        jmp     close

overwrite:
        call    open
        jc      quit
        call    to_some
        call    write_some
        jmp     close

cut:    call    open
        jc      quit
        call    to_some
.write: xor     cx, cx
        mov     dx, buffer
        mov     ah, 40h
        int     21h
        jmp     close

lengthen:
        call    open
        jc      quit
        call    to_end
        call    rand
        and     eax, 3FFFh
        add     [position], eax
        call    seek
        jmp     cut.write

rename: mov     di, path2
        call    choose
        mov     byte [second], '='
        mov     dx, path
        mov     di, path2
        mov     ah, 56h
        int     21h
        ret

delete: mov     dx, path
        mov     ah, 41h
        int     21h
        ret

make:   call    folder
        mov     dx, path
        mov     ah, 39h
        int     21h
        ret

remove: call    folder
        mov     dx, path
        mov     ah, 3Ah
        int     21h
        ret

; read the whole file in pieces of odd sizes; position = sum of its bytes with rotation, length = low size
verify: mov     dx, path
        mov     ax, 3D00h
        int     21h
        jc      quit
        mov     bx, ax
        xor     ebp, ebp
        mov     word [length], 0
.piece: call    rand
        and     ax, 7FFFh
        jnz     .some
        inc     ax
.some:  mov     cx, ax
        mov     dx, buffer
        mov     ah, 3Fh
        int     21h
        jc      close
        mov     cx, ax
        jcxz    .end
        add     [length], ax
        mov     si, buffer
.sum:   lodsb
        rol     ebp, 1
        movzx   eax, al
        add     ebp, eax
        loop    .sum
        jmp     .piece
.end:   mov     [position], ebp
        xor     ax, ax
        jmp     close

; append to two files by turns, so that their clusters mix
weave:  mov     di, path2
        call    choose
        mov     byte [second], '='
        call    open
        jc      quit
        push    bx
        mov     dx, path2
        mov     ax, 3D02h
        int     21h
        jc      .one
        mov     [other], ax
        mov     bx, ax
        call    to_end
        pop     bx
        call    to_end
        call    rand
        and     ax, 0FFFh
        mov     [length], ax
        call    fill
        mov     cx, 4
.turn:  push    cx
        mov     cx, [length]
        mov     dx, buffer
        mov     ah, 40h
        int     21h
        jc      .failed
        cmp     ax, cx
        jne     .failed
        push    bx
        mov     bx, [other]
        mov     ah, 40h
        int     21h
        pop     bx
        jc      .failed
        cmp     ax, cx
        jne     .failed
        pop     cx
        loop    .turn
        xor     ax, ax
        clc
        jmp     .shut
.failed:
        pop     cx
        mov     ax, 0FFFFh
        stc
.shut:  call    close
        mov     bx, [other]
        jmp     close
.one:   pop     bx
        stc
        jmp     close

; write a random number of bytes of this step's pattern to BX
write_some:
        call    rand
        mov     cx, ax
        call    rand
        test    al, 3
        jz      .long
        and     ch, 0Fh
.long:  and     cx, 7FFFh
        inc     cx
        mov     [length], cx
        call    fill
        mov     dx, buffer
        mov     ah, 40h
        int     21h
        ret

fill:   push    ax
        push    cx
        mov     di, buffer
        mov     cx, ROOM
        imul    ax, [step], 31
        mov     dl, al
        xor     ax, ax
.byte:  push    ax
        mov     dh, ah
        imul    ax, ax, 7
        add     al, dl
        add     al, dh
        stosb
        pop     ax
        inc     ax
        loop    .byte
        pop     cx
        pop     ax
        ret

; choose - a random path at DI: drive, up to two of the folders, a file name
choose: inc     di
        mov     ax, ':\'
        stosw
        mov     bp, di                  ; start of the name
        call    rand
        and     ax, 15
        cmp     al, 4
        jb      .name
        and     al, 3
        add     al, '0'
        mov     ah, 'D'
        xchg    al, ah
        stosw
        mov     al, '\'
        stosb
        call    rand
        test    al, 3
        jnz     .name
        mov     ax, 'E\'
        stosw
.name:  mov     al, 'F'
        stosb
        call    rand
        and     al, 15
        add     al, 'A'
        stosb
        mov     dword [di], '.DAT'
        mov     byte [di + 4], 0
        ret

; folder - cut the file name off path, or a plain folder name in the root
folder: mov     si, path
.end:   lodsb
        test    al, al
        jnz     .end
        sub     si, 8
        mov     byte [si], 0
        cmp     si, path + 2
        jne     .r
        mov     dword [path + 2], '\D0'
        call    rand
        and     al, 3
        add     [path + 4], al
.r:     ret

; report - one line for the operation; In: CF, AX = result
report: mov     [result], ax
        setc    [failed]
        mov     al, [op]
        call    serial_char
        mov     si, path
        call    word_out
        mov     si, second
        cmp     byte [second], '='
        jne     .second
        mov     si, path2
.second:
        call    word_out
        call    space
        mov     eax, [position]
        mov     cl, 8
        call    serial_hex
        call    space
        movzx   eax, word [length]
        call    serial_hex4
        call    space
        cmp     byte [failed], 0
        je      .good
        mov     al, 'E'
        call    serial_char
.good:  movzx   eax, word [result]
        call    serial_hex4
        cmp     word [close_error], 0
        je      .line
        mov     al, '!'
        call    serial_char
        mov     ax, [close_error]
        mov     word [close_error], 0
        call    serial_hex4
.line:  mov     al, 10
        jmp     serial_char
; word_out - a space and the text DS:SI; space - a space
word_out:
        call    space
        jmp     serial_text
space:  mov     al, ' '
        jmp     serial_char

rand:   call    rand32
        shr     eax, 12
        ret
rand32: mov     eax, [random]
        imul    eax, eax, 1664525
        add     eax, 1013904223
        mov     [random], eax
        ret

skip:   lodsb
        cmp     al, ' '
        je      skip
        dec     si
        ret
number: call    skip
        xor     eax, eax
        xor     ecx, ecx
.digit: mov     cl, [si]
        sub     cl, '0'
        cmp     cl, 9
        ja      .r
        inc     si
        imul    eax, eax, 10
        add     eax, ecx
        jmp     .digit
.r:     ret

%include "serial.inc"

        section .data
random:         dd 1
position:       dd 0
left:           dw 0
step:           dw 0
length:         dw 0
result:         dw 0
other:          dw 0
close_error:    dw 0
op:             db 0
failed:         db 0
second:         db '-', 0
path:           times 32 db 0
path2:          times 32 db 0
