; SPDX-License-Identifier: MIT
; Which image: the only one, or a menu with hot keys and a time limit.

MENU_WIDTH      equ 48                  ; characters
NORMAL          equ 07h                 ; attributes of the screen
CHOSEN          equ 70h
KEY_UP          equ 48h                 ; scan codes
KEY_DOWN        equ 50h
KEY_ENTER        equ 13
KEY_ESCAPE        equ 27

; choose_image - the image to boot; Esc in the menu gives the PC to the next boot device
; Out: [image] = its entry
; Clobbers: all
choose_image:
        mov     al, [PARAM_COUNT]
        mov     si, fail_params
        test    al, al
        jz      fail
        cmp     al, MOST_IMAGES
        ja      fail
        mov     bl, [PARAM_DEFAULT]
        cmp     bl, al
        jae     fail
        mov     [chosen], bl
        cmp     al, 1
        je      take_chosen
        call    new_line
        mov     ah, 3                   ; where the cursor is
        xor     bh, bh
        int     10h
        mov     [menu_row], dh
        mov     dl, [PARAM_TIMEOUT]
        mov     [menu_time], dl
.draw:
        call    draw_menu
        mov     si, text_blank          ; what the clock has left
        call    print
        mov     al, [menu_time]
        mov     byte [menu_time], 255   ; any key stops the clock
        mov     si, text_starting
        call    count_down
        jc      .enter
        cmp     al, KEY_ENTER
        je      .enter
        cmp     al, KEY_ESCAPE
        je      leave
        cmp     ah, KEY_UP
        je      .up
        cmp     ah, KEY_DOWN
        je      .down
        call    find_hot_key
        jne     .draw
.enter:
        call    draw_menu
        call    new_line
        jmp     take_chosen
.up:
        dec     byte [chosen]
        jns     .draw
        mov     al, [PARAM_COUNT]
        dec     ax
        mov     [chosen], al
        jmp     .draw
.down:
        mov     al, [chosen]
        inc     ax
        cmp     al, [PARAM_COUNT]
        jb      .move
        mov     al, 0
.move:
        mov     [chosen], al
        jmp     .draw

; take_chosen - Out: [image]
take_chosen:
        mov     al, [chosen]
        call    entry_of
        mov     [image], bx
        ret

; entry_of - In: AL = number of an image. Out: BX = its entry
; Clobbers: AX
entry_of:
        mov     ah, ENTRY_SIZE
        mul     ah
        add     ax, ENTRIES
        xchg    ax, bx
        ret

; find_hot_key - In: AL = key. Out: ZF = 1: [chosen] is its image
; Clobbers: AX, BX, CX
find_hot_key:
        cmp     al, 'a'
        jb      .upper
        cmp     al, 'z'
        ja      .upper
        sub     al, 20h
.upper:
        mov     cl, al
        mov     ch, 0
.image:
        mov     al, ch
        call    entry_of
        cmp     cl, [bx + ENTRY_HOTKEY]
        je      .found
        inc     ch
        cmp     ch, [PARAM_COUNT]
        jb      .image
        test    sp, sp                  ; ZF = 0
        ret
.found:
        mov     [chosen], ch
        cmp     al, al
        ret

; draw_menu - draws all lines and leaves the cursor below them
; Clobbers: AX, BX, CX, DX, SI
draw_menu:
        mov     ch, 0
.line:
        call    go_to_line
        push    cx
        mov     bx, NORMAL
        cmp     ch, [chosen]
        jne     .attribute
        mov     bl, CHOSEN
.attribute:
        mov     ax, 0920h               ; a line of blanks; teletype output keeps their colours
        mov     cx, MENU_WIDTH
        int     10h
        pop     cx
        mov     al, ch
        call    entry_of
        mov     al, ' '
        call    put_char
        mov     al, [bx + ENTRY_HOTKEY]
        test    al, al
        jnz     .key
        mov     al, ' '
.key:
        call    put_char
        mov     al, ' '
        call    put_char
        call    put_char
        lea     si, [bx + ENTRY_TITLE]
        call    print
        inc     ch
        cmp     ch, [PARAM_COUNT]
        jb      .line
        inc     ch
        ; falls through

; go_to_line - puts the cursor on a line of the menu
; In:  CH = line
; Clobbers: AX, BX, DX
go_to_line:
        mov     dh, [menu_row]
        add     dh, ch
        mov     dl, 2
        mov     ah, 2
        xor     bh, bh
        int     10h
        ret

text_blank:     db "                      ", 13, 0
text_starting:  db 13, "Starting in ", 0
