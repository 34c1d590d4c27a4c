; SPDX-License-Identifier: MIT
; Guest program: names of files and special ways to open them: long and odd names, 41, 56, 5A, 5B, 60, 67, 6C.
; Works in A:\NTEST, which it makes and removes.

%define LOG "NAMES.LOG"
%define FOLDER "NTEST"
%define FOLDER_LOWER "ntest"
%include "check.inc"

main:
        mov     dx, dir
        dos     39h
        mov     dx, dir
        dos     3Bh
        mov     dx, one
        call    make
        call    close
        call    names
        call    renames
        call    special_creates
        call    extended_open
        call    many_handles
        call    tidy
        jmp     check_exit

names:
        mov     dx, long_name
        call    make
        works   "names.3c_long_name_is_cut"
        call    close
        mov     dx, cut_name
        mov     ax, 3D00h
        int     21h
        works   "names.3d_cut_name"
        mov     bx, ax
        call    close
        mov     dx, cut_name
        dos     41h
        works   "names.41_delete"
        mov     dx, cut_name
        dos     41h
        fails   2, "names.41_missing"
        mov     dx, no_path
        dos     41h
        fails   3, "names.41_missing_path"
        mov     dx, dir
        dos     41h
        fails   5, "names.41_directory"
        mov     dx, lower
        call    make
        works   "names.3c_lower_case"
        call    close
        mov     dx, mixed
        mov     ax, 3D00h
        int     21h
        works   "names.3d_slashes_and_dots"
        mov     bx, ax
        call    close
        mov     dx, drive_name
        mov     ax, 3D00h
        int     21h
        works   "names.3d_drive_relative"
        mov     bx, ax
        call    close
        mov     dx, wild
        mov     ax, 3D00h
        int     21h
        check   c, "names.3d_wildcard_refused"
        mov     dx, wild
        xor     cx, cx
        dos     3Ch
        check   c, "names.3c_wildcard_refused"
        mov     dx, empty
        mov     ax, 3D00h
        int     21h
        check   c, "names.3d_empty_name_refused"

        mov     si, lower
        mov     di, room
        push    cs
        pop     es
        dos     60h
        works   "names.60_works"
        same    room, {"A:\NTEST\LOWER.TXT", 0}, "names.60_relative"
        mov     si, mixed
        mov     di, room
        dos     60h
        same    room, {"A:\NTEST\LOWER.TXT", 0}, "names.60_dots_and_slashes"
        mov     si, star
        mov     di, room
        dos     60h
        same    room, {"A:\NTEST\????????.B??", 0}, "names.60_wildcards"
        mov     si, up
        mov     di, room
        dos     60h
        same    room, {"A:\", 0}, "names.60_root"
        mov     si, nul_name
        mov     di, room
        dos     60h
        same    room, {"A:/NUL", 0}, "names.60_device"
        mov     si, bad_drive
        mov     di, room
        dos     60h
        check   c, "names.60_bad_drive"
        mov     dx, lower
        dos     41h
        ret

renames:
        mov     dx, one
        mov     di, two
        push    cs
        pop     es
        dos     56h
        works   "names.56_rename"
        mov     dx, one
        mov     ax, 4300h
        int     21h
        fails   2, "names.56_old_name_gone"
        mov     dx, two
        mov     ax, 3D00h
        int     21h
        works   "names.56_new_name_opens"
        mov     bx, ax
        call    close
        mov     dx, one
        call    make
        call    close
        mov     dx, one
        mov     di, two
        dos     56h
        fails   5, "names.56_target_exists"
        mov     dx, missing
        mov     di, three
        dos     56h
        fails   2, "names.56_missing"
        mov     dx, one
        mov     di, other_drive
        dos     56h
        fails   11h, "names.56_other_drive"
        mov     dx, one
        mov     di, in_root
        dos     56h
        works   "names.56_moves_to_other_directory"
        mov     dx, in_root
        dos     41h
        works   "names.56_moved_file_is_there"
        mov     dx, sub
        dos     39h
        mov     dx, sub
        mov     di, three
        dos     56h
        works   "names.56_directory"
        mov     dx, three
        mov     ax, 4300h
        int     21h
        is      cx, 10h, "names.56_directory_keeps_attribute"
        mov     dx, three
        dos     3Ah
        works   "names.56_renamed_directory_removed"
        ret

special_creates:
        mov     dx, two
        xor     cx, cx
        dos     5Bh
        fails   50h, "names.5b_exists"
        mov     dx, one
        xor     cx, cx
        dos     5Bh
        works   "names.5b_new"
        mov     bx, ax
        call    close
        mov     dx, temp
        xor     cx, cx
        dos     5Ah
        works   "names.5a_temporary"
        mov     bx, ax
        call    close
        cmp     byte [temp_end], 0
        check   ne, "names.5a_appends_a_name"
        mov     dx, temp
        dos     41h
        works   "names.5a_file_is_there"
        mov     dx, one
        mov     cx, 10h
        dos     3Ch
        fails   5, "names.3c_directory_attribute_refused"
        ret

extended_open:
        mov     si, two
        mov     bx, 2
        xor     cx, cx
        mov     dx, 1
        mov     ax, 6C00h
        int     21h
        works   "names.6c_open"
        is      cx, 1, "names.6c_action_opened"
        mov     bx, ax
        call    close
        mov     si, two
        mov     bx, 2
        xor     cx, cx
        mov     dx, 10h
        mov     ax, 6C00h
        int     21h
        fails   50h, "names.6c_exists"
        mov     si, two
        mov     bx, 2
        xor     cx, cx
        mov     dx, 2
        mov     ax, 6C00h
        int     21h
        works   "names.6c_replace"
        is      cx, 3, "names.6c_action_replaced"
        mov     bx, ax
        call    close
        mov     si, three
        mov     bx, 2
        xor     cx, cx
        mov     dx, 1
        mov     ax, 6C00h
        int     21h
        fails   2, "names.6c_missing"
        mov     si, three
        mov     bx, 2
        mov     cx, 2
        mov     dx, 11h
        mov     ax, 6C00h
        int     21h
        works   "names.6c_open_or_create"
        is      cx, 2, "names.6c_action_created"
        mov     bx, ax
        call    close
        mov     dx, three
        mov     ax, 4300h
        int     21h
        and     cx, 0DFh
        is      cx, 2, "names.6c_attribute"
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
.full:  fails   4, "names.3d_table_full"
        is      bx, 19, "names.3d_last_handle"
        mov     bx, 40
        dos     67h
        works   "names.67_larger_table"
        mov     dx, two
        mov     ax, 3D00h
        int     21h
        works   "names.67_opens_more"
        is      ax, 20, "names.67_next_handle"
        mov     bx, 4
.shut:  inc     bx
        dos     3Eh
        cmp     bx, 20
        jb      .shut
        mov     bx, 20
        dos     67h
        works   "names.67_smaller_again"
        ret

tidy:
        call    tidy_folder
        works   "names.all_removed"
        ret

%include "folder.inc"
