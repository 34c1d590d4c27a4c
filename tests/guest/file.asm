; SPDX-License-Identifier: MIT
; Guest program: handles and names of files: 39-3C, 3D-43, 45-47, 56, 57, 5A, 5B, 60, 67, 68, 6C.
; Works in A:\FTEST, which it makes and removes.

%define LOG "FILE.LOG"
%include "check.inc"

main:
        call    directories
        call    create_write_read
        call    modes
        call    seeking
        call    attributes
        call    stamps
        call    duplicates
        call    names
        call    renames
        call    special_creates
        call    extended_open
        call    many_handles
        call    tidy
        jmp     check_exit

; make - creates the file DS:DX, BX = AX = handle; close - closes BX
make:
        xor     cx, cx
        dos     3Ch
        mov     bx, ax
        ret
close:
        dos     3Eh
        ret

directories:
        mov     dx, dir
        dos     39h
        works   "file.39_make"
        mov     dx, dir
        dos     39h
        fails   5, "file.39_twice"
        mov     dx, no_path
        dos     39h
        fails   3, "file.39_without_parent"
        mov     dx, no_dir
        dos     3Bh
        fails   3, "file.3b_missing"
        mov     dx, dir
        dos     3Bh
        works   "file.3b_change"
        mov     dl, 0
        mov     si, room
        dos     47h
        works   "file.47_works"
        same    room, {"FTEST", 0}, "file.47_text"
        mov     dl, 1
        mov     si, room
        mov     byte [room], 'x'
        dos     47h
        same    room, {"FTEST", 0}, "file.47_drive_a"
        mov     dl, 26
        mov     si, room
        dos     47h
        fails   0Fh, "file.47_bad_drive"
        mov     dx, dir
        dos     3Ah
        fails   10h, "file.3a_current_directory"
        mov     dx, sub
        dos     39h
        works   "file.39_relative"
        mov     dx, sub
        dos     3Bh
        mov     dl, 0
        mov     si, room
        dos     47h
        same    room, {"FTEST\SUB", 0}, "file.47_nested"
        mov     dx, up
        dos     3Bh
        works   "file.3b_dot_dot"
        mov     dl, 0
        mov     si, room
        dos     47h
        same    room, {"FTEST", 0}, "file.47_after_dot_dot"
        mov     dx, slash
        dos     3Bh
        works   "file.3b_forward_slashes"
        mov     dx, up
        dos     3Bh
        mov     dx, up
        dos     3Bh
        mov     dl, 0
        mov     si, room
        dos     47h
        same    room, {0}, "file.47_root_is_empty"
        mov     dx, dir
        dos     3Ah
        fails   5, "file.3a_not_empty"
        mov     dx, sub_full
        dos     3Ah
        works   "file.3a_remove"
        mov     dx, sub_full
        dos     3Ah
        fails   3, "file.3a_missing"
        mov     dx, dir
        dos     3Bh
        ret

create_write_read:
        mov     dx, one
        call    make
        works   "file.3c_create"
        mov     cx, 26
        mov     dx, letters
        dos     40h
        works   "file.40_write"
        is      ax, 26, "file.40_count"
        call    close
        works   "file.3e_close"
        call    close
        fails   6, "file.3e_twice"
        mov     cx, 1
        mov     dx, letters
        dos     40h
        fails   6, "file.40_closed_handle"
        mov     dx, one
        mov     ax, 3D00h
        int     21h
        works   "file.3d_open"
        mov     bx, ax
        mov     cx, 10
        mov     dx, room
        dos     3Fh
        is      ax, 10, "file.3f_count"
        same    room, "ABCDEFGHIJ", "file.3f_text"
        mov     cx, 80
        mov     dx, room
        dos     3Fh
        works   "file.3f_past_end"
        is      ax, 16, "file.3f_count_at_the_end"
        mov     cx, 80
        mov     dx, room
        dos     3Fh
        works   "file.3f_at_end"
        is      ax, 0, "file.3f_at_end_count"
        call    close
        mov     dx, missing
        mov     ax, 3D00h
        int     21h
        fails   2, "file.3d_missing"
        mov     dx, no_path
        mov     ax, 3D00h
        int     21h
        fails   3, "file.3d_missing_path"
        mov     dx, bad_drive
        mov     ax, 3D00h
        int     21h
        fails   3, "file.3d_bad_drive"
        mov     dx, dir
        mov     ax, 3D00h
        int     21h
        fails   5, "file.3d_directory"
        mov     dx, one                         ; create cuts an existing file to nothing
        call    make
        mov     ax, 4202h
        xor     cx, cx
        xor     dx, dx
        int     21h
        is      ax, 0, "file.3c_truncates"
        mov     cx, 1000                        ; more than a sector
        mov     dx, big
        dos     40h
        is      ax, 1000, "file.40_thousand"
        call    close
        mov     dx, one
        mov     ax, 3D02h
        int     21h
        mov     bx, ax
        mov     cx, 1001
        mov     dx, big + 1100
        dos     3Fh
        is      ax, 1000, "file.3f_thousand"
        mov     si, big
        mov     di, big + 1100
        mov     cx, 1000
        push    cs
        pop     es
        repe    cmpsb
        check   e, "file.3f_thousand_text"
        call    close
        ret

modes:
        mov     dx, one
        mov     ax, 3D00h
        int     21h
        mov     bx, ax
        mov     cx, 5
        mov     dx, letters
        dos     40h
        fails   5, "file.40_on_read_only_handle"
        call    close
        mov     dx, one
        mov     ax, 3D01h
        int     21h
        works   "file.3d_write_only"
        mov     bx, ax
        mov     cx, 5
        mov     dx, room
        dos     3Fh
        fails   5, "file.3f_on_write_only_handle"
        call    close
        mov     dx, one
        mov     ax, 3D07h
        int     21h
        fails   0Ch, "file.3d_bad_access_code"
        mov     dx, one
        mov     ax, 3DC2h                       ; private to the child, deny none
        int     21h
        works   "file.3d_sharing_bits"
        mov     bx, ax
        call    close
        ret

seeking:
        mov     dx, one
        mov     ax, 3D02h
        int     21h
        mov     bx, ax
        mov     ax, 4200h
        xor     cx, cx
        mov     dx, 500
        int     21h
        works   "file.42_from_start"
        is      ax, 500, "file.42_position"
        is      dx, 0, "file.42_position_high"
        mov     ax, 4201h
        mov     cx, -1
        mov     dx, -100
        int     21h
        is      ax, 400, "file.42_back_from_here"
        mov     ax, 4202h
        xor     cx, cx
        xor     dx, dx
        int     21h
        is      ax, 1000, "file.42_from_end"
        mov     ax, 4203h
        int     21h
        fails   1, "file.42_bad_method"
        mov     ax, 4200h
        xor     cx, cx
        mov     dx, 2000
        int     21h
        works   "file.42_past_end"
        mov     cx, 5
        mov     dx, room
        dos     3Fh
        is      ax, 0, "file.3f_past_end_count"
        mov     cx, 3
        mov     dx, letters
        dos     40h
        is      ax, 3, "file.40_past_end"
        mov     ax, 4202h
        xor     cx, cx
        xor     dx, dx
        int     21h
        is      ax, 2003, "file.40_past_end_size"
        mov     ax, 4200h
        xor     cx, cx
        mov     dx, 2000
        int     21h
        mov     cx, 3
        mov     dx, room
        dos     3Fh
        same    room, "ABC", "file.40_past_end_text"
        mov     ax, 4200h
        xor     cx, cx
        mov     dx, 700
        int     21h
        xor     cx, cx
        dos     40h
        works   "file.40_zero_truncates"
        is      ax, 0, "file.40_zero_count"
        mov     ax, 4202h
        xor     cx, cx
        xor     dx, dx
        int     21h
        is      ax, 700, "file.40_zero_size"
        mov     ax, 4200h
        xor     cx, cx
        mov     dx, 5000
        int     21h
        xor     cx, cx
        dos     40h
        works   "file.40_zero_extends"
        mov     ax, 4202h
        xor     cx, cx
        xor     dx, dx
        int     21h
        is      ax, 5000, "file.40_zero_extends_size"
        dos     68h
        works   "file.68_commit"
        call    close
        mov     bx, 77
        mov     ax, 4200h
        int     21h
        fails   6, "file.42_bad_handle"
        mov     bx, 77
        dos     68h
        fails   6, "file.68_bad_handle"
        ret

attributes:
        mov     dx, one
        mov     ax, 4300h
        int     21h
        works   "file.4300_works"
        is      cx, 20h, "file.4300_new_file_has_archive"
        mov     dx, one
        mov     cx, 3
        mov     ax, 4301h
        int     21h
        works   "file.4301_read_only_hidden"
        mov     dx, one
        mov     ax, 4300h
        int     21h
        is      cx, 3, "file.4300_read_only_hidden"
        mov     dx, one
        mov     ax, 3D02h
        int     21h
        fails   5, "file.3d_write_to_read_only"
        mov     dx, one
        mov     ax, 3D00h
        int     21h
        works   "file.3d_read_of_read_only"
        mov     bx, ax
        call    close
        mov     dx, one
        dos     41h
        fails   5, "file.41_read_only"
        mov     dx, one
        xor     cx, cx
        dos     3Ch
        fails   5, "file.3c_over_read_only"
        mov     dx, one
        mov     cx, 0
        mov     ax, 4301h
        int     21h
        mov     dx, dir
        mov     ax, 4300h
        int     21h
        is      cx, 10h, "file.4300_directory"
        mov     dx, one
        mov     cx, 8
        mov     ax, 4301h
        int     21h
        fails   5, "file.4301_label_refused"
        mov     dx, missing
        mov     ax, 4300h
        int     21h
        fails   2, "file.4300_missing"
        mov     dx, no_path
        mov     ax, 4300h
        int     21h
        fails   3, "file.4300_missing_path"
        mov     dx, one
        mov     ax, 4307h
        int     21h
        fails   1, "file.43_bad_function"
        ret

stamps:
        mov     dx, one
        mov     ax, 3D02h
        int     21h
        mov     bx, ax
        mov     cx, (13 << 11) | (37 << 5) | 7
        mov     dx, (15 << 9) | (6 << 5) | 28
        mov     ax, 5701h
        int     21h
        works   "file.5701_set"
        call    close
        mov     dx, one
        mov     ax, 3D00h
        int     21h
        mov     bx, ax
        mov     ax, 5700h
        int     21h
        works   "file.5700_get"
        is      cx, (13 << 11) | (37 << 5) | 7, "file.5700_time"
        is      dx, (15 << 9) | (6 << 5) | 28, "file.5700_date"
        call    close
        mov     bx, 99
        mov     ax, 5700h
        int     21h
        fails   6, "file.57_bad_handle"
        ret

duplicates:
        mov     dx, one
        call    make
        mov     cx, 26
        mov     dx, letters
        dos     40h
        dos     45h
        works   "file.45_duplicate"
        mov     [second], ax
        xchg    bx, [second]
        mov     ax, 4200h
        xor     cx, cx
        mov     dx, 5
        int     21h
        mov     bx, [second]
        mov     cx, 1
        mov     dx, room
        dos     3Fh
        same    room, "F", "file.45_shares_the_position"
        call    close
        works   "file.45_close_first"
        mov     bx, ax
        mov     dx, one
        mov     ax, 3D00h
        int     21h
        mov     [second], ax
        mov     bx, ax
        mov     cx, 15
        dos     46h
        works   "file.46_force"
        mov     bx, 15
        mov     cx, 2
        mov     dx, room
        dos     3Fh
        same    room, "AB", "file.46_reads"
        mov     bx, 15
        call    close
        works   "file.46_close"
        mov     bx, [second]
        mov     cx, 2
        mov     dx, room
        dos     3Fh
        same    room, "CD", "file.46_original_goes_on"
        call    close
        mov     bx, 66
        dos     45h
        fails   6, "file.45_bad_handle"
        mov     bx, 66
        mov     cx, 5
        dos     46h
        fails   6, "file.46_bad_handle"
        mov     bx, 0
.all:   inc     bx                              ; every handle above 4 back
        cmp     bx, 5
        jb      .all
        dos     3Eh
        cmp     bx, 19
        jb      .all
        ret

names:
        mov     dx, long_name
        call    make
        works   "file.3c_long_name_is_cut"
        call    close
        mov     dx, cut_name
        mov     ax, 3D00h
        int     21h
        works   "file.3d_cut_name"
        mov     bx, ax
        call    close
        mov     dx, cut_name
        dos     41h
        works   "file.41_delete"
        mov     dx, cut_name
        dos     41h
        fails   2, "file.41_missing"
        mov     dx, no_path
        dos     41h
        fails   3, "file.41_missing_path"
        mov     dx, dir
        dos     41h
        fails   5, "file.41_directory"
        mov     dx, lower
        call    make
        works   "file.3c_lower_case"
        call    close
        mov     dx, mixed
        mov     ax, 3D00h
        int     21h
        works   "file.3d_slashes_and_dots"
        mov     bx, ax
        call    close
        mov     dx, drive_name
        mov     ax, 3D00h
        int     21h
        works   "file.3d_drive_relative"
        mov     bx, ax
        call    close
        mov     dx, wild
        mov     ax, 3D00h
        int     21h
        check   c, "file.3d_wildcard_refused"
        mov     dx, wild
        xor     cx, cx
        dos     3Ch
        check   c, "file.3c_wildcard_refused"
        mov     dx, empty
        mov     ax, 3D00h
        int     21h
        check   c, "file.3d_empty_name_refused"

        mov     si, lower
        mov     di, room
        push    cs
        pop     es
        dos     60h
        works   "file.60_works"
        same    room, {"A:\FTEST\LOWER.TXT", 0}, "file.60_relative"
        mov     si, mixed
        mov     di, room
        dos     60h
        same    room, {"A:\FTEST\LOWER.TXT", 0}, "file.60_dots_and_slashes"
        mov     si, star
        mov     di, room
        dos     60h
        same    room, {"A:\FTEST\????????.B??", 0}, "file.60_wildcards"
        mov     si, up
        mov     di, room
        dos     60h
        same    room, {"A:\", 0}, "file.60_root"
        mov     si, nul_name
        mov     di, room
        dos     60h
        same    room, {"A:/NUL", 0}, "file.60_device"
        mov     si, bad_drive
        mov     di, room
        dos     60h
        check   c, "file.60_bad_drive"
        mov     dx, lower
        dos     41h
        ret

renames:
        mov     dx, one
        mov     di, two
        push    cs
        pop     es
        dos     56h
        works   "file.56_rename"
        mov     dx, one
        mov     ax, 4300h
        int     21h
        fails   2, "file.56_old_name_gone"
        mov     dx, two
        mov     ax, 3D00h
        int     21h
        works   "file.56_new_name_opens"
        mov     bx, ax
        call    close
        mov     dx, one
        call    make
        call    close
        mov     dx, one
        mov     di, two
        dos     56h
        fails   5, "file.56_target_exists"
        mov     dx, missing
        mov     di, three
        dos     56h
        fails   2, "file.56_missing"
        mov     dx, one
        mov     di, other_drive
        dos     56h
        fails   11h, "file.56_other_drive"
        mov     dx, one
        mov     di, in_root
        dos     56h
        works   "file.56_moves_to_other_directory"
        mov     dx, in_root
        dos     41h
        works   "file.56_moved_file_is_there"
        mov     dx, sub
        dos     39h
        mov     dx, sub
        mov     di, three
        dos     56h
        works   "file.56_directory"
        mov     dx, three
        mov     ax, 4300h
        int     21h
        is      cx, 10h, "file.56_directory_keeps_attribute"
        mov     dx, three
        dos     3Ah
        works   "file.56_renamed_directory_removed"
        ret

special_creates:
        mov     dx, two
        xor     cx, cx
        dos     5Bh
        fails   50h, "file.5b_exists"
        mov     dx, one
        xor     cx, cx
        dos     5Bh
        works   "file.5b_new"
        mov     bx, ax
        call    close
        mov     dx, temp
        xor     cx, cx
        dos     5Ah
        works   "file.5a_temporary"
        mov     bx, ax
        call    close
        cmp     byte [temp_end], 0
        check   ne, "file.5a_appends_a_name"
        mov     dx, temp
        dos     41h
        works   "file.5a_file_is_there"
        mov     dx, one
        mov     cx, 10h
        dos     3Ch
        fails   5, "file.3c_directory_attribute_refused"
        ret

extended_open:
        mov     si, two
        mov     bx, 2
        xor     cx, cx
        mov     dx, 1
        mov     ax, 6C00h
        int     21h
        works   "file.6c_open"
        is      cx, 1, "file.6c_action_opened"
        mov     bx, ax
        call    close
        mov     si, two
        mov     bx, 2
        xor     cx, cx
        mov     dx, 10h
        mov     ax, 6C00h
        int     21h
        fails   50h, "file.6c_exists"
        mov     si, two
        mov     bx, 2
        xor     cx, cx
        mov     dx, 2
        mov     ax, 6C00h
        int     21h
        works   "file.6c_replace"
        is      cx, 3, "file.6c_action_replaced"
        mov     bx, ax
        call    close
        mov     si, three
        mov     bx, 2
        xor     cx, cx
        mov     dx, 1
        mov     ax, 6C00h
        int     21h
        fails   2, "file.6c_missing"
        mov     si, three
        mov     bx, 2
        mov     cx, 2
        mov     dx, 11h
        mov     ax, 6C00h
        int     21h
        works   "file.6c_open_or_create"
        is      cx, 2, "file.6c_action_created"
        mov     bx, ax
        call    close
        mov     dx, three
        mov     ax, 4300h
        int     21h
        and     cx, 0DFh
        is      cx, 2, "file.6c_attribute"
        mov     dx, three
        dos     41h
        ret

; many_handles - until the 20 entries of the program's table are used; 67h makes it larger
many_handles:
        mov     word [second], 0
.more:  mov     dx, two
        mov     ax, 3D00h
        int     21h
        jc      .full
        mov     bx, ax
        inc     word [second]
        cmp     word [second], 40
        jb      .more
.full:  fails   4, "file.3d_table_full"
        is      bx, 19, "file.3d_last_handle"
        mov     bx, 40
        dos     67h
        works   "file.67_larger_table"
        mov     dx, two
        mov     ax, 3D00h
        int     21h
        works   "file.67_opens_more"
        is      ax, 20, "file.67_next_handle"
        mov     bx, 4
.shut:  inc     bx
        dos     3Eh
        cmp     bx, 20
        jb      .shut
        mov     bx, 20
        dos     67h
        works   "file.67_smaller_again"
        ret

tidy:
        mov     dx, two
        dos     41h
        mov     dx, one
        dos     41h
        mov     dx, root
        dos     3Bh
        mov     dx, dir
        dos     3Ah
        works   "file.all_removed"
        ret

        section .data
dir:            db "A:\FTEST", 0
sub_full:       db "A:\FTEST\SUB", 0
sub:            db "SUB", 0
up:             db "..", 0
slash:          db "/FTEST/SUB", 0
root:           db "A:\", 0
no_dir:         db "A:\NODIR", 0
no_path:        db "A:\NODIR\X.TXT", 0
bad_drive:      db "Z:\X.TXT", 0
one:            db "ONE.TXT", 0
two:            db "TWO.TXT", 0
three:          db "THREE", 0
missing:        db "MISSING.TXT", 0
long_name:      db "LONGFILENAME.TEXT", 0
cut_name:       db "LONGFILE.TEX", 0
lower:          db "lower.txt", 0
mixed:          db "..\.\ftest/Lower.TXT", 0
drive_name:     db "a:lower.txt", 0
wild:           db "L*.TXT", 0
star:           db "*.b*", 0
nul_name:       db "NUL", 0
empty:          db 0
other_drive:    db "B:\ONE.TXT", 0
in_root:        db "\MOVED.TXT", 0
temp:           db "A:\FTEST\"
temp_end:       times 16 db 0
letters:        db "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
second:         dw 0
room:           times 130 db 0
        section .bss
big:            resb 2200
