; SPDX-License-Identifier: MIT
; Guest program: directories and file handles: 39-3C, 3D-43, 45-47, 57, 68.
; Works in A:\FTEST, which it makes and removes.

%define LOG "FILE.LOG"
%define FOLDER "FTEST"
%define FOLDER_LOWER "ftest"
%include "check.inc"

main:
        call    directories
        call    create_write_read
        call    modes
        call    seeking
        call    attributes
        call    stamps
        call    duplicates
        call    tidy
        jmp     check_exit

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

tidy:
        call    tidy_folder
        works   "file.all_removed"
        ret

%include "folder.inc"
