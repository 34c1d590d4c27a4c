; SPDX-License-Identifier: MIT
; Writes and reads sectors of drive 00h at random places by INT 13h, then shows a sum over all that it has read.
; tests/qemu/test_pxe_boot.py does the same to a model and compares sum and disk. Only free sectors of the 1.44 MB
; floppy are used.

        cpu     386
        org     100h

STEPS   equ 200
FIRST   equ 1500                        ; sector
RANGE   equ 1300
MOST    equ 9                           ; sectors at once
BUFFER  equ 1000h

start:
        mov     sp, 0FFEh
        cld
.step:
        call    place                   ; a write
        mov     di, BUFFER
        mov     si, [count]
        shl     si, 8
.fill:
        call    random
        stosw
        dec     si
        jnz     .fill
        mov     ah, 3
        call    disk
        call    place                   ; a read somewhere else
        mov     ah, 2
        call    disk
        mov     si, BUFFER
        mov     cx, [count]
        shl     cx, 8
.sum:
        lodsw
        movzx   eax, ax
        rol     dword [sum], 1
        add     [sum], eax
        loop    .sum
        dec     word [steps]
        jnz     .step
        mov     dx, text_sum
        mov     ah, 9
        int     21h
        mov     cx, 8
.digit:
        rol     dword [sum], 4
        mov     al, [sum]
        and     al, 15
        add     al, '0'
        cmp     al, '9'
        jbe     .put
        add     al, 7
.put:
        mov     dl, al
        mov     ah, 2
        int     21h
        loop    .digit
        int     20h

; place - Out: [sector], [count] at random
place:
        call    random
        xor     dx, dx
        mov     bx, RANGE
        div     bx
        add     dx, FIRST
        mov     [sector], dx
        call    random
        xor     dx, dx
        mov     bx, MOST
        div     bx
        inc     dx
        mov     [count], dx
        ret

; random - Out: AX = 0 to 7FFFh
random:
        imul    eax, [seed], 1103515245
        add     eax, 12345
        mov     [seed], eax
        shr     eax, 16
        and     ax, 7FFFh
        ret

; disk - In: AH = function. The sectors of `place`, to or from BUFFER
disk:
        push    ax
        mov     ax, [sector]
        xor     dx, dx
        mov     bx, 18
        div     bx
        mov     cx, dx
        inc     cx
        shr     ax, 1
        mov     ch, al
        setc    dh
        mov     dl, 0
        pop     ax
        mov     al, [count]
        mov     bx, BUFFER
        int     13h
        jnc     .done
        mov     dx, text_error
        mov     ah, 9
        int     21h
        int     20h
.done:
        ret

steps:          dw STEPS
sector:         dw 0
count:          dw 0
seed:           dd 1
sum:            dd 0
text_sum:       db 13, 10, "sum $"
text_error:     db 13, 10, "sum of errors$"
