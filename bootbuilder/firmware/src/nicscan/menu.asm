; SPDX-License-Identifier: MIT
; Which adapter: the only one that has a driver here, or the user's choice. Owns the menu.

TICKS           equ 6Ch                 ; in the BIOS data area, 18.2 a second
ESC_KEY         equ 27

        section .bss
        alignb  2
candidates      resw MOST_ADAPTERS      ; adapters with a driver, in the order of the list
candidate_count resw 1

        section .text
; choose - Out: BX = the adapter to use, 0 when there is none or the user wants none. Clobbers: all.
choose:
        call    find_candidates
        mov     cx, [candidate_count]
        mov     bx, [candidates]        ; 0 when there are none
        cmp     cx, 1
        jbe     .done
        cmp     byte [take_first], 0
        jne     .done
        cmp     byte [list_only], 0
        je      menu
.done:
        ret

; find_candidates - the adapters with a driver, by the number of the driver, else as they were found. A boot ROM is that of
; one of the adapters, so it counts alone when it comes first, and else only where no adapter does. Clobbers: all.
find_candidates:
        mov     al, 1
        mov     di, candidates
.number:
        mov     bx, adapters
        mov     cx, [adapter_count]
        jcxz    .done
.adapter:
        cmp     [bx + adapter.number], al
        jne     .next
        cmp     byte [bx + adapter.bus], BUS_PXE
        jne     .add
        cmp     word [candidate_count], 0
        jne     .next
        mov     [di], bx
        inc     word [candidate_count]
        ret
.add:
        mov     [di], bx
        add     di, 2
        inc     word [candidate_count]
.next:
        add     bx, adapter_size
        loop    .adapter
        inc     al
        cmp     al, MOST_DRIVERS
        jbe     .number
.done:
        ret

; menu - let the user choose one of the candidates: 1-9 and a-g; Enter, or no key for [seconds], takes the first;
; Esc none. Any other key stops the clock. Out: BX as of choose. Clobbers: all.
menu:
        call    end_line
        put     'Several adapters have a driver here:'
        call    end_line
        mov     si, candidates
        mov     cx, [candidate_count]
        mov     dl, '1'
.show:
        push    cx
        push    si
        mov     bx, [si]
        put     '  '
        mov     al, dl
        call    put_char
        put     '  '
        call    put_place
        mov     ax, 20
        call    put_column
        call    put_driver
        call    end_line
        pop     si
        pop     cx
        add     si, 2
        inc     dl
        cmp     dl, '9' + 1
        jne     .numbered
        mov     dl, 'a'
.numbered:
        loop    .show
        put     'Which one? Enter takes the first, Esc none'
        mov     ax, [seconds]
        or      ax, ax
        jz      .waits
        put     '; the first in '
        call    put_number
        put     ' s'
.waits:
        put     ': '
        call    show_line
        call    get_key
        push    bx
        call    end_line
        pop     bx
        ret

; get_key - wait for a key of the menu. Out: BX = the adapter, 0 for none. Clobbers: all.
get_key:
        mov     ax, [seconds]
        mov     cx, 18
        mul     cx
        mov     di, ax                  ; ticks to wait, 0: for ever
        call    ticks
        mov     bp, ax
.wait:
        int     28h                     ; idle
        mov     ah, 1
        int     16h
        jnz     .key
        or      di, di
        jz      .wait
        call    ticks
        sub     ax, bp
        cmp     ax, di
        jb      .wait
.first:
        mov     bx, [candidates]
        ret
.key:
        xor     di, di
        xor     ah, ah
        int     16h
        cmp     al, CR
        je      .first
        cmp     al, ESC_KEY
        je      .none
        call    upper
        sub     al, '1'
        cmp     al, 9
        jb      .number
        sub     al, 'A' - '1' - 9
        cmp     al, 9
        jb      .wait
.number:
        xor     ah, ah
        cmp     ax, [candidate_count]
        jae     .wait
        mov     bx, ax
        shl     bx, 1
        mov     bx, [candidates + bx]
        ret
.none:
        xor     bx, bx
        ret

; ticks - the lower word of the BIOS's clock in AX. Keeps all other registers.
ticks:
        push    ds
        mov     ax, 40h
        mov     ds, ax
        mov     ax, [TICKS]
        pop     ds
        ret
