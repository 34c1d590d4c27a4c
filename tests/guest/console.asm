; SPDX-License-Identifier: MIT
; Guest program: the console functions 01, 02, 06-0C and INT 29h, on the screen and redirected to files.
; Keys come from the BIOS buffer, filled by the program itself.

%define LOG "CONSOLE.LOG"
%include "check.inc"

main:
        call    screen_output
        call    key_input
        call    line_input
        call    redirection
        jmp     check_exit

; at_start - the cursor to row 10, column 0; cell - AL = character at row 10, column DL; column - DL = cursor column
at_start:
        mov     dl, 13                          ; DOS counts columns by what it prints
        dos     2
        mov     dx, 0A00h
        mov     bh, 0
        mov     ah, 2
        int     10h
        mov     cx, 80
        mov     ax, 0920h
        mov     bx, 7
        int     10h
        ret
cell:
        push    dx
        mov     dh, 10
        mov     bh, 0
        mov     ah, 2
        int     10h
        mov     ah, 8
        int     10h
        pop     dx
        ret
column:
        mov     ah, 3
        mov     bh, 0
        int     10h
        ret

screen_output:
        call    at_start
        mov     dl, 'Q'
        mov     ax, 0200h
        int     21h
        is      al, 'Q', "console.02_returns_the_character"
        mov     dl, 0
        call    cell
        is      al, 'Q', "console.02_shows_the_character"

        call    at_start
        mov     dl, 'x'
        dos     2
        mov     dl, 8
        dos     2
        mov     dl, 'y'
        dos     2
        call    column
        is      dl, 1, "console.02_backspace_column"
        mov     dl, 0
        call    cell
        is      al, 'y', "console.02_backspace"

        call    at_start
        mov     dl, 9
        dos     2
        mov     dl, 'T'
        dos     2
        mov     dl, 8
        call    cell
        is      al, 'T', "console.02_tab_stops_at_eight"

        call    at_start
        mov     dl, 'W'
        dos     6
        is      al, 'W', "console.06_returns_the_character"
        mov     dl, 0
        call    cell
        is      al, 'W', "console.06_shows_the_character"

        call    at_start
        mov     dx, hello
        dos     9
        is      al, '$', "console.09_returns_dollar"
        mov     dl, 4
        call    cell
        is      al, 'o', "console.09_shows_the_text"
        mov     dl, 5
        call    cell
        is      al, ' ', "console.09_stops_at_dollar"

        call    at_start
        mov     al, 'F'
        int     29h
        mov     dl, 0
        call    cell
        is      al, 'F', "console.int29_shows_the_character"

        call    at_start
        mov     bx, 1
        mov     cx, 3
        mov     dx, hello
        dos     40h
        works   "console.40_to_standard_output"
        is      ax, 3, "console.40_counts"
        mov     dl, 2
        call    cell
        is      al, 'l', "console.40_shows_the_text"
        call    at_start
        mov     bx, 2
        mov     cx, 1
        mov     dx, hello
        dos     40h
        works   "console.40_to_standard_error"
        mov     dl, 0
        call    cell
        is      al, 'h', "console.40_standard_error_shows"
        call    at_start
        ret

key_input:
        call    drop_keys
        dos     0Bh
        is      al, 0, "console.0b_no_key"
        mov     dl, 0FFh
        mov     ax, 0655h
        int     21h
        check   z, "console.06_no_key_sets_zf"
        mov     dl, 0FFh
        mov     ax, 0655h
        int     21h
        is      al, 0, "console.06_no_key_gives_zero"
        key     1Eh, 'a'
        dos     0Bh
        is      al, 0FFh, "console.0b_key_waiting"
        dos     0Bh
        is      al, 0FFh, "console.0b_does_not_take_the_key"
        mov     dl, 0FFh
        dos     6
        check   nz, "console.06_key_clears_zf"
        is      al, 'a', "console.06_gives_the_key"
        dos     0Bh
        is      al, 0, "console.06_takes_the_key"

        key     30h, 'b'
        dos     7
        is      al, 'b', "console.07_gives_the_key"
        call    at_start
        key     2Eh, 'c'
        dos     8
        is      al, 'c', "console.08_gives_the_key"
        call    column
        is      dl, 0, "console.08_does_not_echo"
        key     20h, 'd'
        dos     1
        is      al, 'd', "console.01_gives_the_key"
        call    column
        is      dl, 1, "console.01_echoes_one_column"
        mov     dl, 0
        call    cell
        is      al, 'd', "console.01_echoes_the_key"

        key     3Bh, 0                          ; F1: two reads, 0 and the scan code
        dos     7
        is      al, 0, "console.07_extended_key_first_zero"
        dos     7
        is      al, 3Bh, "console.07_extended_key_then_scan_code"
        key     48h, 0E0h                       ; grey cursor up of a 101-key keyboard
        dos     8
        is      al, 0, "console.08_grey_key_first_zero"
        dos     8
        is      al, 48h, "console.08_grey_key_then_scan_code"
        key     3Ch, 0
        mov     dl, 0FFh
        dos     6
        is      al, 0, "console.06_extended_key_first_zero"
        mov     dl, 0FFh
        dos     6
        check   nz, "console.06_second_half_clears_zf"
        is      al, 3Ch, "console.06_extended_key_then_scan_code"

        key     1Eh, 'a'
        key     30h, 'b'
        mov     dl, 0FFh
        mov     ax, 0C06h
        int     21h
        check   z, "console.0c_flushes"
        key     1Eh, 'a'
        mov     ax, 0C00h
        int     21h
        is      al, 0, "console.0c_with_no_input_function"
        dos     0Bh
        is      al, 0, "console.0c_left_nothing"
        ret

; line_input - function 0Ah and a cooked read of handle 0
line_input:
        call    drop_keys
        call    at_start
        call    type_abc
        key     1Ch, 13
        mov     byte [line], 20
        mov     byte [line + 1], 0
        mov     dx, line
        dos     0Ah
        isb     [line + 1], 3, "console.0a_length"
        same    line + 2, {"abc", 13}, "console.0a_text"

        call    type_abc
        key     0Eh, 8
        key     20h, 'd'
        key     1Ch, 13
        mov     byte [line + 1], 0
        mov     dx, line
        dos     0Ah
        isb     [line + 1], 3, "console.0a_backspace_length"
        same    line + 2, {"abd", 13}, "console.0a_backspace_text"

        call    type_abc
        key     1Ch, 13
        mov     byte [line], 3                  ; room for two characters and CR: the third is refused
        mov     byte [line + 1], 0
        mov     dx, line
        dos     0Ah
        isb     [line + 1], 2, "console.0a_full_length"
        same    line + 2, {"ab", 13}, "console.0a_full_text"

        mov     byte [line], 20
        mov     byte [line + 1], 4
        mov     dword [line + 2], "wxyz"
        mov     byte [line + 6], 13
        key     3Dh, 0                          ; F3 takes the rest of the line before
        key     1Ch, 13
        mov     dx, line
        dos     0Ah
        isb     [line + 1], 4, "console.0a_f3_length"
        same    line + 2, {"wxyz", 13}, "console.0a_f3_text"

        call    type_abc
        key     01h, 27                         ; Esc gives the line up
        key     20h, 'd'
        key     1Ch, 13
        mov     byte [line + 1], 0
        mov     dx, line
        dos     0Ah
        isb     [line + 1], 1, "console.0a_escape_length"
        same    line + 2, {"d", 13}, "console.0a_escape_text"

        call    type_abc
        key     1Ch, 13
        mov     byte [line + 1], 0
        mov     dx, line
        mov     ax, 0C0Ah                       ; flushes the keys above, so it needs others
        push    dx
        call    drop_keys
        pop     dx
        call    type_abc
        key     1Ch, 13
        mov     bx, 0
        mov     cx, 80
        mov     dx, line
        dos     3Fh
        works   "console.3f_line"
        is      ax, 5, "console.3f_line_length"
        same    line, {"abc", 13, 10}, "console.3f_line_text"
        call    type_abc
        key     1Ch, 13
        mov     bx, 0
        mov     cx, 2
        mov     dx, line
        dos     3Fh
        is      ax, 2, "console.3f_short_read"
        mov     bx, 0
        mov     cx, 80
        mov     dx, line
        dos     3Fh
        is      ax, 3, "console.3f_gives_the_rest"
        same    line, {"c", 13, 10}, "console.3f_rest_text"
        key     2Ch, 26                         ; Ctrl-Z at the start of a line is the end of input
        key     1Ch, 13
        mov     bx, 0
        mov     cx, 80
        mov     dx, line
        dos     3Fh
        is      ax, 0, "console.3f_ctrl_z_is_end_of_file"
        call    drop_keys
        jmp     at_start

type_abc:
        key     1Eh, 'a'
        key     30h, 'b'
        key     2Eh, 'c'
        ret

; redirection - handles 1 and 0 replaced by files; the checks follow when the console is back
redirection:
        mov     dx, file
        xor     cx, cx
        dos     3Ch
        mov     [handle], ax
        mov     bx, 1
        dos     45h
        mov     [saved], ax
        mov     bx, [handle]
        mov     cx, 1
        dos     46h
        mov     dl, 13
        dos     2
        mov     dl, 'A'
        dos     2
        mov     dl, 9
        dos     2
        mov     dx, hello
        dos     9
        mov     dl, 'B'
        dos     6
        mov     bx, [saved]
        mov     cx, 1
        dos     46h
        works   "console.redirect_back"
        mov     bx, [handle]
        dos     3Eh
        mov     bx, [saved]
        dos     3Eh
        mov     ax, 3D00h
        mov     dx, file
        int     21h
        mov     [handle], ax
        mov     bx, ax
        mov     cx, 80
        mov     dx, line
        dos     3Fh
        is      ax, 15, "console.redirected_output_length"
        same    line, {13, "A       helloB"}, "console.redirected_output_expands_the_tab"

        xor     cx, cx
        xor     dx, dx
        mov     bx, [handle]
        mov     ax, 4200h
        int     21h
        mov     bx, 0
        dos     45h
        mov     [saved], ax
        mov     bx, [handle]
        xor     cx, cx
        dos     46h
        dos     8
        dos     8
        mov     [got], al
        dos     0Bh
        mov     [got + 1], al
        dos     7
        mov     [got + 2], al
        mov     dl, 0FFh
        dos     6
        mov     [got + 3], al
        mov     bx, 0
        mov     cx, 4
        mov     dx, line
        dos     3Fh
        mov     [got + 4], ax
        mov     bx, [saved]
        xor     cx, cx
        dos     46h
        mov     bx, [saved]
        dos     3Eh
        mov     bx, [handle]
        dos     3Eh
        isb     [got], 'A', "console.redirected_input_08"
        isb     [got + 1], 0FFh, "console.redirected_input_0b"
        isb     [got + 2], ' ', "console.redirected_input_07"
        isb     [got + 3], ' ', "console.redirected_input_06"
        isw     [got + 4], 4, "console.redirected_input_3f"
        same    line, "    ", "console.redirected_input_text"
        mov     dx, file
        dos     41h
        works   "console.redirection_file_deleted"
        ret

hello:  db      "hello$"
file:   db      "A:\CONSOLE.TMP", 0
handle: dw      0
saved:  dw      0
got:    times 6 db 0
line:   times 90 db 0
