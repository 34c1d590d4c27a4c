; SPDX-License-Identifier: MIT
; Guest program: directory searches 4Eh/4Fh with the transfer area (1Ah, 2Fh), attributes, wildcards, label, devices.
; Works in A:\DTEST, which it makes and removes.

%define LOG "DIRFIND.LOG"
%include "check.inc"

DTA_ATTR        equ 15h
DTA_TIME        equ 16h
DTA_DATE        equ 18h
DTA_SIZE        equ 1Ah
DTA_NAME        equ 1Eh

main:
        call    transfer_area
        call    build
        call    by_name
        call    by_pattern
        call    by_attribute
        call    two_at_once
        call    while_deleting
        call    refusals
        call    label
        call    clear
        jmp     check_exit

transfer_area:
        dos     2Fh
        is      bx, 80h, "dirfind.2f_default_offset"
        mov     ax, es
        mov     cx, cs
        is      ax, cx, "dirfind.2f_default_segment"
        mov     dx, dta
        dos     1Ah
        dos     2Fh
        is      bx, dta, "dirfind.1a_sets_the_area"
        push    cs
        pop     es
        ret

; build - three files of sizes 0, 10, 700; one hidden, one system; a directory
build:
        mov     dx, dir
        dos     39h
        mov     dx, dir
        dos     3Bh
        mov     dx, f_alpha
        mov     cx, 0
        mov     si, 0
        call    one_file
        mov     dx, f_beta
        mov     cx, 0
        mov     si, 10
        call    one_file
        mov     dx, f_alpine
        mov     cx, 1
        mov     si, 700
        call    one_file
        mov     dx, f_hidden
        mov     cx, 2
        mov     si, 1
        call    one_file
        mov     dx, f_system
        mov     cx, 4
        mov     si, 1
        call    one_file
        mov     dx, f_bare
        mov     cx, 0
        mov     si, 2
        call    one_file
        mov     dx, d_sub
        dos     39h
        works   "dirfind.built"
        ret
one_file:
        dos     3Ch
        mov     bx, ax
        mov     cx, si
        mov     dx, main
        dos     40h
        mov     cx, (9 << 11) | (30 << 5)
        mov     dx, (20 << 9) | (2 << 5) | 29
        mov     ax, 5701h
        int     21h
        dos     3Eh
        ret

; first - 4Eh with DS:DX pattern, CX attributes; next - 4Fh; count - BX = number of matches of DS:DX, CX
first:
        dos     4Eh
        ret
next:
        dos     4Fh
        ret
count:
        xor     bx, bx
        call    first
        jc      .done
.more:  inc     bx
        call    next
        jnc     .more
.done:  ret

by_name:
        mov     dx, f_alpine
        xor     cx, cx
        call    first
        works   "dirfind.4e_exact_name"
        is      ax, 0, "dirfind.4e_returns_ax_zero"
        same    dta + DTA_NAME, {"ALPINE.TXT", 0}, "dirfind.dta_name"
        isb     [dta + DTA_ATTR], 21h, "dirfind.dta_attribute"
        isw     [dta + DTA_SIZE], 700, "dirfind.dta_size"
        isw     [dta + DTA_SIZE + 2], 0, "dirfind.dta_size_high"
        isw     [dta + DTA_TIME], (9 << 11) | (30 << 5), "dirfind.dta_time"
        isw     [dta + DTA_DATE], (20 << 9) | (2 << 5) | 29, "dirfind.dta_date"
        call    next
        fails   12h, "dirfind.4f_no_more"
        call    next
        fails   12h, "dirfind.4f_still_no_more"
        mov     dx, f_bare
        xor     cx, cx
        call    first
        same    dta + DTA_NAME, {"BARE", 0}, "dirfind.name_without_extension"
        mov     dx, full
        xor     cx, cx
        call    first
        works   "dirfind.4e_full_path"
        same    dta + DTA_NAME, {"BETA.DAT", 0}, "dirfind.4e_full_path_gives_the_name"
        ret

by_pattern:
        mov     dx, p_all
        xor     cx, cx
        call    count
        is      bx, 4, "dirfind.all_ordinary_files"
        mov     dx, p_star
        xor     cx, cx
        call    count
        is      bx, 1, "dirfind.star_without_extension"
        mov     dx, p_al
        xor     cx, cx
        call    count
        is      bx, 2, "dirfind.prefix_star"
        mov     dx, p_q
        xor     cx, cx
        call    count
        is      bx, 1, "dirfind.question_marks"
        mov     dx, p_ext
        xor     cx, cx
        call    count
        is      bx, 1, "dirfind.extension_pattern"
        mov     dx, p_q8
        xor     cx, cx
        call    count
        is      bx, 4, "dirfind.question_marks_match_blanks"
        mov     dx, p_lower
        xor     cx, cx
        call    count
        is      bx, 2, "dirfind.lower_case_pattern"
        ret

by_attribute:
        mov     dx, p_all
        mov     cx, 2
        call    count
        is      bx, 5, "dirfind.with_hidden"
        mov     dx, p_all
        mov     cx, 6
        call    count
        is      bx, 6, "dirfind.with_hidden_and_system"
        mov     dx, p_all
        mov     cx, 10h
        call    count
        is      bx, 7, "dirfind.with_directories"
        mov     dx, p_all
        mov     cx, 37h
        call    count
        is      bx, 9, "dirfind.with_everything"
        mov     dx, p_all
        mov     cx, 10h
        call    first
        same    dta + DTA_NAME, {".", 0}, "dirfind.dot_comes_first"
        isb     [dta + DTA_ATTR], 10h, "dirfind.dot_is_a_directory"
        call    next
        same    dta + DTA_NAME, {"..", 0}, "dirfind.dot_dot_comes_second"
        mov     dx, d_sub
        mov     cx, 10h
        call    first
        works   "dirfind.directory_by_name"
        mov     dx, d_sub
        xor     cx, cx
        call    first
        fails   12h, "dirfind.directory_needs_its_attribute"
        ret

two_at_once:
        mov     dx, p_al
        xor     cx, cx
        call    first
        mov     dx, other
        dos     1Ah
        mov     dx, p_all
        xor     cx, cx
        call    first
        works   "dirfind.second_search"
        call    next
        mov     dx, dta
        dos     1Ah
        call    next
        works   "dirfind.first_search_goes_on"
        same    dta + DTA_NAME, {"ALPINE.TXT", 0}, "dirfind.first_search_second_match"
        mov     dx, other
        dos     1Ah
        call    next
        works   "dirfind.second_search_goes_on"
        mov     dx, dta
        dos     1Ah
        ret

while_deleting:
        mov     dx, d_sub
        dos     3Bh
        mov     word [left], 5
.make:  mov     al, [left]
        add     al, '0'
        mov     [f_digit], al
        mov     dx, f_digit
        xor     cx, cx
        mov     si, 1
        call    one_file
        dec     word [left]
        jnz     .make
        mov     dx, p_all
        xor     cx, cx
        call    first
.kill:  mov     dx, dta + DTA_NAME
        dos     41h
        inc     word [left]
        call    next
        jnc     .kill
        isw     [left], 5, "dirfind.deletes_every_match"
        mov     dx, p_all
        xor     cx, cx
        call    first
        fails   12h, "dirfind.empty_directory"
        mov     dx, up
        dos     3Bh
        ret

refusals:
        mov     dx, missing
        xor     cx, cx
        call    first
        fails   12h, "dirfind.4e_no_match"
        mov     dx, no_path
        xor     cx, cx
        call    first
        fails   3, "dirfind.4e_missing_path"
        mov     dx, file_path
        xor     cx, cx
        call    first
        fails   3, "dirfind.4e_file_in_the_path"
        mov     dx, bad_drive
        xor     cx, cx
        call    first
        fails   3, "dirfind.4e_bad_drive"
        mov     dx, device
        xor     cx, cx
        call    first
        works   "dirfind.4e_device"
        same    dta + DTA_NAME, {"NUL", 0}, "dirfind.4e_device_name"
        isb     [dta + DTA_ATTR], 40h, "dirfind.4e_device_attribute"
        mov     dx, dir_nul
        xor     cx, cx
        call    first
        works   "dirfind.4e_device_in_directory"
        mov     dx, no_dir_nul
        xor     cx, cx
        call    first
        check   c, "dirfind.4e_device_in_missing_directory"
        ret

label:
        mov     dx, p_label
        mov     cx, 8
        call    first
        works   "dirfind.label_found"
        same    dta + DTA_NAME, {"SCRATCH", 0}, "dirfind.label_name"
        isb     [dta + DTA_ATTR], 8, "dirfind.label_attribute"
        call    next
        fails   12h, "dirfind.label_only_once"
        ret

clear:
        mov     dx, f_alpine
        xor     cx, cx
        mov     ax, 4301h
        int     21h
        mov     si, all_files
.more:  mov     dx, [si]
        or      dx, dx
        jz      .done
        dos     41h
        add     si, 2
        jmp     .more
.done:  mov     dx, d_sub
        dos     3Ah
        mov     dx, root
        dos     3Bh
        mov     dx, dir
        dos     3Ah
        works   "dirfind.all_removed"
        ret

        section .data
dir:            db "A:\DTEST", 0
root:           db "A:\", 0
up:             db "..", 0
d_sub:          db "SUB", 0
f_alpha:        db "ALPHA.TXT", 0
f_alpine:       db "ALPINE.TXT", 0
f_beta:         db "BETA.DAT", 0
f_hidden:       db "HIDDEN.TXT", 0
f_system:       db "SYSTEM.TXT", 0
f_bare:         db "BARE", 0
f_digit:        db "0.X", 0
full:           db "A:\DTEST\BETA.DAT", 0
p_all:          db "*.*", 0
p_star:         db "*", 0
p_al:           db "AL*.*", 0
p_q:            db "B?TA.D?T", 0
p_q8:           db "????????.???", 0
p_ext:          db "*.DAT", 0
p_lower:        db "al*.t?t", 0
p_label:        db "B:\*.*", 0
missing:        db "NOTHERE.*", 0
no_path:        db "A:\NODIR\*.*", 0
file_path:      db "BETA.DAT\*.*", 0
bad_drive:      db "Z:\*.*", 0
device:         db "NUL", 0
dir_nul:        db "A:\DTEST\NUL", 0
no_dir_nul:     db "A:\NODIR\NUL", 0
left:           dw 0
all_files:      dw f_alpha, f_alpine, f_beta, f_hidden, f_system, f_bare, 0
dta:            times 44 db 0
other:          times 44 db 0
