; SPDX-License-Identifier: MIT
; Guest program: ANSI sequences on the console.

%define LOG "ANSI.LOG"
%include "check.inc"

; ansi "text" - writes ESC and the text by handle 1
%macro ansi 1+
        mov     dx, %%text
        mov     cx, %%end - %%text
        call    put
        jmp     %%end
%%text: db      27, %1
%%end:
%endmacro

main:
        ansi    "[2J"
        call    where
        is      dx, 0, "ansi.clear_homes_the_cursor"
        ansi    "[5;10H"
        call    where
        is      dx, 0409h, "ansi.position"
        ansi    "[2A"
        call    where
        is      dx, 0209h, "ansi.up"
        ansi    "[3B"
        call    where
        is      dx, 0509h, "ansi.down"
        ansi    "[4C"
        call    where
        is      dx, 050Dh, "ansi.right"
        ansi    "[D"
        call    where
        is      dx, 050Ch, "ansi.left_by_default_one"
        ansi    "[s", 27, "[20;1f"
        call    where
        is      dx, 1300h, "ansi.f_positions"
        ansi    "[u"
        call    where
        is      dx, 050Ch, "ansi.save_and_restore"
        ansi    "[2J", 27, "[1;33;44mX", 27, "[0m"
        xor     dx, dx
        mov     ah, 2
        mov     bh, 0
        int     10h
        mov     ah, 8
        int     10h
        is      al, 'X', "ansi.colour_text"
        is      ah, 1Eh, "ansi.colour"
        ansi    "[1;1Habcdef", 27, "[1;4H", 27, "[K"
        mov     dx, 2
        call    cell
        is      al, 'c', "ansi.erase_keeps_the_left"
        mov     dx, 4
        call    cell
        is      al, ' ', "ansi.erase_to_the_end_of_line"
        ansi    "[3;7H"
        call    drop_keys
        ansi    "[6n"
        dos     7
        is      al, 27, "ansi.report_escape"
        mov     di, room
        mov     cx, 7
.report:
        push    cx
        dos     7
        mov     [di], al
        inc     di
        pop     cx
        loop    .report
        same    room, "[03;07R", "ansi.report_position"
.rest:  dos     0Bh                             ; ANSI.SYS ends its report with CR, others do not
        or      al, al
        jz      .taken
        dos     7
        jmp     .rest
.taken:
        call    drop_keys
        jmp     check_exit

put:
        mov     bx, 1
        dos     40h
        ret
where:
        mov     ah, 3
        mov     bh, 0
        int     10h
        ret
cell:
        mov     ah, 2
        mov     bh, 0
        int     10h
        mov     ah, 8
        int     10h
        ret

        section .data
room:   times 8 db 0
