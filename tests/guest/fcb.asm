; SPDX-License-Identifier: MIT
; Guest program: the file control block calls 0F-17, 21-24, 27-29, with extended blocks and the volume label.
; Files are made in the root of A:, the label on B:.

%define LOG "FCB.LOG"
%include "check.inc"

FCB_DRIVE       equ 0
FCB_BLOCK       equ 0Ch
FCB_RECSIZE     equ 0Eh
FCB_SIZE        equ 10h
FCB_DATE        equ 14h
FCB_RECORD      equ 20h
FCB_RANDOM      equ 21h

main:
        mov     dx, dta
        dos     1Ah
        call    parse
        call    create_and_write
        call    open_and_read
        call    random
        call    blocks
        call    search
        call    rename_and_delete
        call    label
        jmp     check_exit

; parsed - 29h with AL = options on the text DS:SI into work; AL = result
parsed:
        push    cs
        pop     es
        mov     di, work
        dos     29h
        ret

parse:
        mov     si, t_plain
        mov     al, 0
        call    parsed
        is      al, 0, "fcb.29_plain"
        same    work, {0, "FILE    TXT"}, "fcb.29_plain_fields"
        mov     ax, si
        sub     ax, t_plain
        is      ax, 8, "fcb.29_stops_after_the_name"
        mov     si, t_drive
        mov     al, 1
        call    parsed
        is      al, 0, "fcb.29_drive"
        same    work, {2, "X          "}, "fcb.29_drive_fields"
        mov     si, t_star
        mov     al, 1
        call    parsed
        is      al, 1, "fcb.29_wildcards"
        same    work, {0, "A???????B??"}, "fcb.29_star_fields"
        mov     si, t_bad
        mov     al, 1
        call    parsed
        is      al, 0FFh, "fcb.29_bad_drive"
        mov     si, t_separators
        mov     al, 1
        call    parsed
        same    work, {0, "AFTER      "}, "fcb.29_skips_separators"
        mov     dword [work + 1], "KEEP"
        mov     dword [work + 5], "    "
        mov     dword [work + 9], "EXT"
        mov     byte [work], 5
        mov     si, t_end
        mov     al, 0Eh                         ; leave drive, name and extension when the text has none
        call    parsed
        isb     [work], 5, "fcb.29_leaves_absent_drive"
        same    work + 1, "KEEP    EXT", "fcb.29_leaves_absent_name"
        ret

; fcb_new - fills the block named work with the name of DS:SI (11 characters) on drive A:
fcb_new:
        push    cs
        pop     es
        mov     di, work
        mov     al, 1
        stosb
        mov     cx, 11
        rep     movsb
        mov     cx, 37 - 12
        mov     al, 0
        rep     stosb
        mov     dx, work
        ret

; fill - the transfer area: 128 bytes of AL
fill:
        push    cs
        pop     es
        mov     di, dta
        mov     cx, 128
        rep     stosb
        ret

create_and_write:
        mov     si, n_file
        call    fcb_new
        dos     16h
        is      al, 0, "fcb.16_create"
        isw     [work + FCB_RECSIZE], 128, "fcb.16_record_size"
        isw     [work + FCB_SIZE], 0, "fcb.16_size_zero"
        mov     al, '1'
        call    fill
        mov     dx, work
        dos     15h
        is      al, 0, "fcb.15_write"
        mov     al, '2'
        call    fill
        mov     dx, work
        dos     15h
        mov     al, '3'
        call    fill
        mov     dx, work
        dos     15h
        isb     [work + FCB_RECORD], 3, "fcb.15_next_record"
        mov     dx, work
        dos     10h
        is      al, 0, "fcb.10_close"
        ret

open_and_read:
        mov     si, n_file
        call    fcb_new
        dos     0Fh
        is      al, 0, "fcb.0f_open"
        isw     [work + FCB_SIZE], 384, "fcb.0f_size"
        isw     [work + FCB_RECSIZE], 128, "fcb.0f_record_size"
        isb     [work], 1, "fcb.0f_drive"
        cmp     word [work + FCB_DATE], 0
        check   ne, "fcb.0f_date"
        mov     byte [work + FCB_RECORD], 0
        mov     dx, work
        dos     14h
        is      al, 0, "fcb.14_read"
        isb     [dta], '1', "fcb.14_data"
        mov     dx, work
        dos     14h
        isb     [dta + 127], '2', "fcb.14_second_record"
        mov     dx, work
        dos     14h
        mov     dx, work
        dos     14h
        is      al, 1, "fcb.14_end_of_file"
        mov     dx, work
        dos     10h
        mov     si, n_missing
        call    fcb_new
        dos     0Fh
        is      al, 0FFh, "fcb.0f_missing"
        mov     si, n_file
        call    fcb_new
        mov     byte [work], 0
        dos     0Fh
        is      al, 0, "fcb.0f_default_drive"
        isb     [work], 1, "fcb.0f_default_drive_is_filled_in"
        mov     dx, work
        dos     10h
        mov     si, n_file
        call    fcb_new
        mov     word [work + FCB_RECSIZE], 100
        dos     23h
        is      al, 0, "fcb.23_file_size"
        isw     [work + FCB_RANDOM], 4, "fcb.23_records"
        mov     si, n_missing
        call    fcb_new
        mov     word [work + FCB_RECSIZE], 100
        dos     23h
        is      al, 0FFh, "fcb.23_missing"
        ret

random:
        mov     si, n_file
        call    fcb_new
        dos     0Fh
        mov     dword [work + FCB_RANDOM], 1
        mov     dx, work
        dos     21h
        is      al, 0, "fcb.21_read"
        isb     [dta], '2', "fcb.21_data"
        isb     [work + FCB_RECORD], 1, "fcb.21_sets_the_record"
        isw     [work + FCB_RANDOM], 1, "fcb.21_leaves_the_random_record"
        mov     dword [work + FCB_RANDOM], 9
        mov     dx, work
        dos     21h
        is      al, 1, "fcb.21_past_end"
        mov     byte [work + FCB_RECORD], 2
        mov     word [work + FCB_BLOCK], 0
        mov     dx, work
        dos     24h
        isw     [work + FCB_RANDOM], 2, "fcb.24_sets_the_random_record"
        mov     al, '9'
        call    fill
        mov     dx, work
        dos     22h
        is      al, 0, "fcb.22_write"
        mov     al, 0
        call    fill
        mov     byte [work + FCB_RECORD], 2
        mov     dx, work
        dos     14h
        isb     [dta + 5], '9', "fcb.22_data"
        mov     dx, work
        dos     10h
        ret

blocks:
        mov     si, n_file
        call    fcb_new
        dos     0Fh
        mov     word [work + FCB_RECSIZE], 64
        mov     dword [work + FCB_RANDOM], 1
        mov     cx, 2
        mov     dx, work
        dos     27h
        is      al, 0, "fcb.27_block_read"
        is      cx, 2, "fcb.27_count"
        isb     [dta + 63], '1', "fcb.27_first_half"
        isb     [dta + 64], '2', "fcb.27_second_half"
        isw     [work + FCB_RANDOM], 3, "fcb.27_moves_the_random_record"
        mov     dword [work + FCB_RANDOM], 5
        mov     cx, 2
        mov     dx, work
        dos     27h
        is      al, 1, "fcb.27_end_of_file"
        is      cx, 1, "fcb.27_count_at_end"
        mov     word [work + FCB_RECSIZE], 100
        mov     dword [work + FCB_RANDOM], 3
        mov     cx, 1
        mov     dx, work
        dos     27h
        is      al, 3, "fcb.27_partial_record"
        isb     [dta + 83], '9', "fcb.27_partial_data"
        isb     [dta + 84], 0, "fcb.27_partial_padding"
        mov     word [work + FCB_RECSIZE], 1
        mov     dword [work + FCB_RANDOM], 384
        mov     cx, 5
        mov     dx, work
        dos     28h
        is      al, 0, "fcb.28_block_write"
        is      cx, 5, "fcb.28_count"
        isw     [work + FCB_SIZE], 389, "fcb.28_size"
        mov     dword [work + FCB_RANDOM], 200
        xor     cx, cx
        mov     dx, work
        dos     28h
        is      al, 0, "fcb.28_zero_sets_the_size"
        isw     [work + FCB_SIZE], 200, "fcb.28_zero_size"
        mov     dx, work
        dos     10h
        mov     si, n_file
        call    fcb_new
        dos     0Fh
        isw     [work + FCB_SIZE], 200, "fcb.28_zero_size_on_disk"
        mov     dx, work
        dos     10h
        ret

search:
        mov     si, n_other
        call    fcb_new
        dos     16h
        mov     dx, work
        dos     10h
        mov     si, n_pattern
        call    fcb_new
        dos     11h
        is      al, 0, "fcb.11_first"
        same    dta, {1, "FCBTEST DAT"}, "fcb.11_entry"
        isb     [dta + 12], 20h, "fcb.11_entry_attribute"
        isw     [dta + 1 + 1Ch], 200, "fcb.11_entry_size"
        mov     dx, work
        dos     12h
        is      al, 0, "fcb.12_next"
        same    dta, {1, "FCBTEST2DAT"}, "fcb.12_entry"
        mov     dx, work
        dos     12h
        is      al, 0FFh, "fcb.12_no_more"
        mov     si, n_missing
        call    fcb_new
        dos     11h
        is      al, 0FFh, "fcb.11_missing"
        mov     si, n_file                      ; an extended block: the answer is an extended block
        call    extended
        mov     byte [ext + 6], 0
        mov     dx, ext
        dos     11h
        is      al, 0, "fcb.11_extended"
        isb     [dta], 0FFh, "fcb.11_extended_marker"
        same    dta + 7, {1, "FCBTEST DAT"}, "fcb.11_extended_entry"
        ret

; extended - an extended block from the name DS:SI at ext
extended:
        call    fcb_new
        mov     si, work
        mov     di, ext + 7
        mov     cx, 37
        rep     movsb
        mov     byte [ext], 0FFh
        mov     dword [ext + 1], 0
        mov     word [ext + 5], 0
        ret

rename_and_delete:
        mov     si, n_file
        call    fcb_new
        mov     si, n_other
        mov     di, work + 17
        mov     cx, 11
        rep     movsb
        dos     17h
        is      al, 0FFh, "fcb.17_target_exists"
        mov     si, n_file
        call    fcb_new
        mov     si, n_third
        mov     di, work + 17
        mov     cx, 11
        rep     movsb
        dos     17h
        is      al, 0, "fcb.17_rename"
        mov     si, n_file
        call    fcb_new
        dos     11h
        is      al, 0FFh, "fcb.17_old_name_gone"
        mov     si, n_pattern3
        call    fcb_new
        mov     si, n_question
        mov     di, work + 17
        mov     cx, 11
        rep     movsb
        dos     17h
        is      al, 0, "fcb.17_wildcards"
        mov     si, n_result
        call    fcb_new
        dos     11h
        is      al, 0, "fcb.17_wildcard_result"
        mov     si, n_pattern
        call    fcb_new
        dos     13h
        is      al, 0, "fcb.13_delete"
        mov     si, n_pattern
        call    fcb_new
        dos     13h
        is      al, 0FFh, "fcb.13_none_left"
        mov     si, n_result
        call    fcb_new
        dos     13h
        is      al, 0, "fcb.13_delete_the_renamed"
        ret

; label - the volume label of B: is deleted, made again and found
label:
        mov     si, n_any
        call    extended
        mov     byte [ext + 6], 8
        mov     byte [ext + 7], 2
        mov     dx, ext
        dos     11h
        is      al, 0, "fcb.label_found"
        same    dta + 8, "SCRATCH    ", "fcb.label_text"
        mov     dx, ext
        dos     13h
        is      al, 0, "fcb.label_deleted"
        mov     dx, ext
        dos     11h
        is      al, 0FFh, "fcb.label_gone"
        mov     si, n_label
        call    extended
        mov     byte [ext + 6], 8
        mov     byte [ext + 7], 2
        mov     dx, ext
        dos     16h
        is      al, 0, "fcb.label_created"
        mov     dx, ext
        dos     10h
        mov     si, n_any
        call    extended
        mov     byte [ext + 6], 8
        mov     byte [ext + 7], 2
        mov     dx, ext
        dos     11h
        same    dta + 8, "NEW LABEL  ", "fcb.label_new_text"
        ret

        section .data
t_plain:        db "file.txt rest", 13
t_drive:        db "  b:x", 13
t_star:         db "a*.b*", 13
t_bad:          db "z:x", 13
t_separators:   db "  = after", 13
t_end:          db 13
n_file:         db "FCBTEST DAT"
n_other:        db "FCBTEST2DAT"
n_third:        db "FCBTHIRDDAT"
n_pattern:      db "FCBTEST?DAT"
n_pattern3:     db "FCBTHIRD???"
n_question:     db "????FOUR???"
n_result:       db "FCBTFOURDAT"
n_missing:      db "FCBNONE DAT"
n_any:          db "???????????"
n_label:        db "NEW LABEL  "
work:           times 40 db 0
ext:            times 48 db 0
dta:            times 128 db 0
