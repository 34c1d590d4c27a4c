; SPDX-License-Identifier: MIT
; Guest program: rate of file reads.  FSRATE path size: reads the file again and again for two seconds, `size` bytes
; at a time, and writes `RATE path size n` to COM1, n = KB per second (decimal).
;
; Memory: PSP | code | 32 KB buffer | stack at the end of the 64 KB segment

        cpu     386
        org     100h

start:
        cld
        mov     ah, 4Ah
        mov     bx, 1000h
        int     21h
        mov     si, 81h
.skip:  lodsb
        cmp     al, ' '
        je      .skip
        mov     di, path
.path:  stosb
        lodsb
        cmp     al, ' '
        ja      .path
        mov     byte [di], 0
        xor     eax, eax
        xor     ecx, ecx
.digit: mov     cl, [si]
        inc     si
        sub     cl, '0'
        cmp     cl, 9
        ja      .number
        imul    eax, eax, 10
        add     eax, ecx
        jmp     .digit
.number:
        mov     [size], ax
        call    one                     ; once for the caches
        call    ticks
.edge:  call    ticks_now
        cmp     eax, [begin]
        je      .edge
        mov     [begin], eax
        mov     dword [done], 0
.more:  call    one
        jc      .failed
        call    ticks_now
        sub     eax, [begin]
        cmp     eax, 36
        jb      .more
        mov     ecx, eax                ; bytes / 1024 * 18.2 / ticks
        mov     eax, [done]
        shr     eax, 10
        imul    eax, eax, 182
        xor     edx, edx
        div     ecx
        xor     edx, edx
        mov     ecx, 10
        div     ecx
        jmp     .print
.failed:
        xor     eax, eax
.print: push    eax
        mov     si, rate
        call    serial_text
        mov     si, path
        call    serial_text
        mov     al, ' '
        call    serial_char
        movzx   eax, word [size]
        call    decimal
        mov     al, ' '
        call    serial_char
        pop     eax
        call    decimal
        mov     al, 10
        call    serial_char
        mov     ax, 4C00h
        int     21h

one:    mov     dx, path
        mov     ax, 3D00h
        int     21h
        jc      .r
        mov     bx, ax
.read:  mov     cx, [size]
        mov     dx, buffer
        mov     ah, 3Fh
        int     21h
        jc      .r
        movzx   eax, ax
        add     [done], eax
        test    ax, ax
        jnz     .read
        mov     ah, 3Eh
        int     21h
.r:     ret

ticks:  call    ticks_now
        mov     [begin], eax
        ret
ticks_now:
        push    es
        push    word 40h
        pop     es
        mov     eax, [es:6Ch]
        pop     es
        ret

decimal:
        mov     ecx, 10
        xor     ebx, ebx
.next:  xor     edx, edx
        div     ecx
        push    dx
        inc     bx
        test    eax, eax
        jnz     .next
.out:   pop     ax
        add     al, '0'
        call    serial_char
        dec     bx
        jnz     .out
        ret
%include "serial.inc"

        section .data
rate:   db      "RATE ", 0
        section .bss
path:   resb    80
size:   resw    1
begin:  resd    1
done:   resd    1
buffer: resb    32768
