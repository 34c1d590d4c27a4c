; SPDX-License-Identifier: MIT
; The order of DIR /O: records of the work buffer, sorted by the letters of dir_order.

DIR_RECORD      equ 22                  ; attribute, time, date, size, name as in the search record

        section .tbss
dir_order       resb    12              ; sort letters, "-" before one reverses it
dir_records     resw    1               ; in the work buffer
dir_swapped     resb    1

        section .trans
; ----------------------------------------------------------------------------------------------------
; dir_sorting - dir_order from /O. Clobbers: AX, CX, SI, DI.
dir_sorting:
        mov     byte [dir_order], 0
        test    dword [switches], SW('O')
        jz      .done
        mov     si, [switch_text + 2 * ('O' - 'A')]
        mov     di, dir_order
        mov     cx, 11
.next:
        lodsb
        cmp     al, ':'
        je      .next
        call    upper
        stosb
        or      al, al
        jz      .end
        loop    .next
        mov     byte [di], 0
.end:
        cmp     byte [dir_order], 0
        jne     .done
        mov     dword [dir_order], 'GN'
.done:
        ret

; ----------------------------------------------------------------------------------------------------
; dir_sort - order the records of the work buffer (comb sort) and print them. Clobbers: all, GS.
dir_sort:
        mov     gs, [work_segment]
        mov     bp, [dir_records]       ; the gap
.pass:
        mov     ax, bp
        mov     bx, 10
        mul     bx
        mov     bx, 13
        div     bx
        or      ax, ax
        jnz     .gap
        inc     ax
.gap:
        mov     bp, ax
        mov     byte [dir_swapped], 0
        mov     cx, [dir_records]
        sub     cx, bp
        jbe     .sorted
        xor     si, si
        imul    di, bp, DIR_RECORD
.pair:
        call    dir_compare
        jle     .in_order
        mov     byte [dir_swapped], 1
        push    cx
        mov     cx, DIR_RECORD / 2
.swap:
        mov     ax, [gs:si]
        xchg    ax, [gs:di]
        mov     [gs:si], ax
        inc     si
        inc     si
        inc     di
        inc     di
        loop    .swap
        pop     cx
        jmp     .advanced
.in_order:
        add     si, DIR_RECORD
        add     di, DIR_RECORD
.advanced:
        loop    .pair
        cmp     byte [dir_swapped], 0
        jne     .pass
        cmp     bp, 1
        ja      .pass
.sorted:
        mov     cx, [dir_records]
        xor     bp, bp
.print:
        push    cx
        mov     si, bp
        mov     di, chunk
        mov     cx, DIR_RECORD
.copy:
        mov     al, [gs:si]
        inc     si
        stosb
        loop    .copy
        push    bp
        mov     si, chunk
        call    dir_entry
        pop     bp
        pop     cx
        add     bp, DIR_RECORD
        loop    .print
        ret

; dir_compare - signed comparison of the records GS:SI and GS:DI by dir_order; flags as after cmp.
; Clobbers: EAX, BX, DX.
dir_compare:
        push    si
        push    di
        mov     bx, dir_order
.key:
        mov     dl, [bx]
        inc     bx
        or      dl, dl
        jz      .equal
        xor     dh, dh
        cmp     dl, '-'
        jne     .letter
        inc     dh
        mov     dl, [bx]
        inc     bx
.letter:
        cmp     dl, 'S'
        je      .size
        cmp     dl, 'D'
        je      .date
        cmp     dl, 'G'
        je      .group
        cmp     dl, 'E'
        jne     .names
        call    .extension
        xchg    si, di
        call    .extension
        xchg    si, di
        jmp     .text
.names:
        add     si, found.name - found.attr
        add     di, found.name - found.attr
.text:
        mov     al, [gs:si]
        cmp     al, [gs:di]
        jne     .unsigned
        inc     si
        inc     di
        or      al, al
        jnz     .text
.same:
        pop     di
        pop     si
        push    si
        push    di
        jmp     .key
.size:
        mov     eax, [gs:si + found.size - found.attr]
        cmp     eax, [gs:di + found.size - found.attr]
        jmp     .decide
.date:
        mov     ax, [gs:si + found.date - found.attr]
        cmp     ax, [gs:di + found.date - found.attr]
        jne     .unsigned
        mov     ax, [gs:si + found.time - found.attr]
        cmp     ax, [gs:di + found.time - found.attr]
        jmp     .decide
.group:
        mov     ah, [gs:di]
        mov     al, [gs:si]
        and     ax, ATTR_DIR << 8 | ATTR_DIR
        cmp     ah, al
.decide:
        je      .same
.unsigned:
        mov     ax, 1
        ja      .signed
        neg     ax
.signed:
        or      dh, dh
        jz      .done
        neg     ax
.done:
        pop     di
        pop     si
        cmp     ax, 0
        ret
.equal:
        xor     ax, ax
        jmp     .done
.extension:
        add     si, found.name - found.attr
.dot:
        mov     al, [gs:si]
        or      al, al
        jz      .at_end
        inc     si
        cmp     al, '.'
        jne     .dot
.at_end:
        ret
