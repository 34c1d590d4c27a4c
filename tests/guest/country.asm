; SPDX-License-Identifier: MIT
; Guest program: country and language: 38h, 65h, 66h, 63h. The country of the test disk is 1, code page 437.

%define LOG "COUNTRY.LOG"
%include "check.inc"

main:
        call    get_country
        call    extended
        call    upper_case
        call    tables
        call    code_page
        jmp     check_exit

get_country:
        mov     ax, 3800h
        mov     dx, room
        int     21h
        works   "country.38_works"
        is      bx, 1, "country.38_code"
        isw     [room], 0, "country.38_date_order"
        same    room + 2, {"$", 0}, "country.38_currency"
        same    room + 7, {",", 0}, "country.38_thousands"
        same    room + 9, {".", 0}, "country.38_decimal"
        same    room + 11, {"-", 0}, "country.38_date_separator"
        same    room + 13, {":", 0}, "country.38_time_separator"
        isb     [room + 16], 2, "country.38_currency_digits"
        isb     [room + 17], 0, "country.38_twelve_hours"
        mov     ax, [room + 20]
        or      ax, ax
        check   ne, "country.38_case_map_call"
        isb     [room + 22], ',', "country.38_list_separator"
        mov     al, 'q'                         ; the case map call changes characters above 127 only
        call    far [room + 18]
        is      al, 'q', "country.38_case_map_leaves_ascii"
        mov     al, 81h
        call    far [room + 18]
        is      al, 9Ah, "country.38_case_map_u_umlaut"
        mov     ax, 38FFh
        mov     bx, 999
        mov     dx, room
        int     21h
        check   c, "country.38_unknown_country"
        mov     ax, 3801h
        mov     dx, 0FFFFh
        int     21h
        works   "country.38_set"
        ret

extended:
        mov     ax, 6501h
        mov     bx, 0FFFFh
        mov     dx, 0FFFFh
        mov     cx, 41
        mov     di, room
        push    cs
        pop     es
        int     21h
        works   "country.6501_works"
        isb     [room], 1, "country.6501_id"
        mov     ax, [room + 1]                  ; 38 in MS-DOS, 28 or more elsewhere
        sub     ax, 28
        cmp     ax, 38 - 28
        check   be, "country.6501_length"
        isw     [room + 3], 1, "country.6501_country"
        isw     [room + 5], 437, "country.6501_code_page"
        same    room + 9, {"$", 0}, "country.6501_currency"
        mov     ax, 6501h
        mov     bx, 0FFFFh
        mov     dx, 0FFFFh
        mov     cx, 4
        mov     di, room
        int     21h
        fails   1, "country.6501_no_room"
        ret

upper_case:
        mov     dl, 'a'
        mov     ax, 6520h
        int     21h
        works   "country.6520_works"
        is      dl, 'A', "country.6520_letter"
        mov     dl, 84h
        mov     ax, 6520h
        int     21h
        is      dl, 8Eh, "country.6520_a_umlaut"
        mov     dx, string
        mov     cx, 5
        mov     ax, 6521h
        int     21h
        works   "country.6521_works"
        same    string, "AB1CDe", "country.6521_counted"
        mov     dx, asciz
        mov     ax, 6522h
        int     21h
        works   "country.6522_works"
        same    asciz, {"XYZ", 0, "z"}, "country.6522_ends_at_zero"
        mov     dl, 'y'
        mov     ax, 6523h
        int     21h
        is      ax, 1, "country.6523_yes"
        mov     dl, 'N'
        mov     ax, 6523h
        int     21h
        is      ax, 0, "country.6523_no"
        mov     dl, 'k'
        mov     ax, 6523h
        int     21h
        is      ax, 2, "country.6523_neither"
        ret

; table - function 65h, AL; Out: ES:BX = the table, CF
table:
        mov     ah, 65h
        mov     bx, 0FFFFh
        mov     dx, 0FFFFh
        mov     cx, 5
        mov     di, room
        push    cs
        pop     es
        int     21h
        les     bx, [room + 1]
        ret

tables:
        mov     al, 2
        call    table
        works   "country.6502_works"
        isb     [room], 2, "country.6502_id"
        isw     [es:bx], 128, "country.6502_length"
        isb     [es:bx + 2 + 1], 9Ah, "country.6502_u_umlaut"
        mov     al, 4
        call    table
        works   "country.6504_works"
        isw     [es:bx], 128, "country.6504_length"
        isb     [es:bx + 2 + 4], 8Eh, "country.6504_a_umlaut"
        mov     al, 5
        call    table
        works   "country.6505_works"
        isb     [room], 5, "country.6505_id"
        mov     cx, [es:bx]
        cmp     cx, 10
        check   a, "country.6505_length"
        mov     al, 6
        call    table
        works   "country.6506_works"
        isw     [es:bx], 256, "country.6506_length"
        isb     [es:bx + 2 + 'a'], 'A', "country.6506_letters_sort_together"
        mov     al, 7
        call    table
        works   "country.6507_works"
        isw     [es:bx], 0, "country.6507_no_double_bytes"
        push    cs
        pop     es
        mov     ax, 6300h
        push    ds
        int     21h
        mov     ax, [si]
        pop     ds
        is      ax, 0, "country.63_empty_table"
        ret

code_page:
        mov     ax, 6601h
        int     21h
        works   "country.6601_works"
        is      bx, 437, "country.6601_active"
        is      dx, 437, "country.6601_system"
        ret

        section .data
string:         db "ab1cde"
asciz:          db "xyz", 0, "z"
room:           times 64 db 0
