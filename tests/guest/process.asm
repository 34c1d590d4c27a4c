; SPDX-License-Identifier: MIT
; Guest program: EXEC in its forms, exit codes, program segment prefixes, environments, resident programs.
; Needs CHILD.COM, CHILDEXE.EXE and OVERLAY.OVL beside it.

%define LOG "PROCESS.LOG"
%include "check.inc"

main:
        mov     ax, cs
        mov     [block + 4], ax
        mov     [block + 8], ax
        mov     [block + 12], ax
        call    own_prefix
        call    exits
        call    child_prefix
        call    exe_child
        call    refusals
        call    load_only
        call    overlay
        call    prefixes
        call    resident
        jmp     check_exit

; run - EXECs DS:DX with the tail DS:SI (counted text and CR); Out: CF, AX as EXEC left them
run:
        mov     [block + 2], si
        mov     bx, block
        push    cs
        pop     es
        mov     [old_sp], sp
        mov     ax, 4B00h
        int     21h
        mov     bx, cs
        mov     ds, bx
        mov     es, bx
        mov     ss, bx
        mov     sp, [old_sp]
        cld
        ret

own_prefix:
        isw     [0], 20CDh, "process.psp_int_20"
        mov     ax, cs
        add     ax, 1000h
        cmp     [2], ax
        check   ae, "process.psp_end_of_memory"
        isb     [5], 9Ah, "process.psp_far_call"
        isw     [50h], 21CDh, "process.psp_int_21_retf"
        isb     [52h], 0CBh, "process.psp_retf"
        isw     [32h], 20, "process.psp_handle_count"
        isw     [34h], 18h, "process.psp_handle_table"
        mov     ax, cs
        is      [36h], ax, "process.psp_handle_table_segment"
        dos     62h
        mov     ax, cs
        is      bx, ax, "process.62_psp"
        dos     51h
        mov     ax, cs
        is      bx, ax, "process.51_psp"
        isb     [80h], 0, "process.psp_tail_length"
        isb     [81h], 13, "process.psp_tail_cr"
        mov     ax, [0Ch]
        push    es
        xor     cx, cx
        mov     es, cx
        cmp     ax, [es:22h * 4 + 2]
        check   e, "process.int_22_is_in_the_psp"
        mov     ax, [10h]
        cmp     ax, [es:23h * 4 + 2]
        check   e, "process.int_23_is_in_the_psp"
        mov     ax, [14h]
        cmp     ax, [es:24h * 4 + 2]
        check   e, "process.int_24_is_in_the_psp"
        pop     es
        dos     30h
        mov     [version], al
        mov     [entry + 2], cs                 ; the same through the far entry at 50h
        mov     word [entry], 50h
        mov     ah, 30h
        call    far [entry]
        is      al, [version], "process.psp_50_far_entry"
        push    es
        mov     es, [2Ch]
        xor     di, di
        mov     cx, 8000h
.var:   xor     al, al
        repne   scasb
        cmp     byte [es:di], 0
        jne     .var
        mov     ax, [es:di + 1]
        is      ax, 1, "process.environment_count_word"
        lea     si, [di + 3]
        push    ds
        push    es
        pop     ds
        push    cs
        pop     es
        mov     di, path
        mov     cx, 40
        rep     movsb
        pop     ds
        pop     es
        same    path, {"A:\PROCESS.COM", 0}, "process.environment_program_path"
        ret

exits:
        mov     dx, child
        mov     si, tail_4c
        call    run
        works   "process.4b_com"
        dos     4Dh
        is      ax, 0042h, "process.4d_code"
        dos     4Dh
        is      ax, 0, "process.4d_only_once"
        mov     dx, child
        mov     si, tail_20
        call    run
        works   "process.int_20_returns"
        dos     4Dh
        is      ax, 0, "process.int_20_code"
        mov     dx, child
        mov     si, tail_00
        call    run
        works   "process.00_returns"
        dos     4Dh
        is      ax, 0, "process.00_code"
        mov     dx, child
        mov     si, tail_ret
        call    run
        works   "process.ret_of_a_com_returns"
        dos     4Dh
        is      ax, 0, "process.ret_of_a_com_code"
        mov     dx, relative
        mov     si, tail_4c
        call    run
        works   "process.4b_relative_path"
        dos     4Dh
        is      al, 42h, "process.4b_relative_path_code"
        ret

child_prefix:
        xor     ax, ax
        mov     es, ax
        mov     word [es:60h * 4], report
        mov     [es:60h * 4 + 2], cs
        mov     byte [fcb1], 2
        mov     dx, child
        mov     si, tail_report
        call    run
        dos     4Dh
        is      ax, 1, "process.child_reported"
        mov     ax, [report]
        cmp     ax, 0
        check   ne, "process.child_psp"
        isw     [report + 2], 0, "process.child_ax_fcb_drives_valid"
        isw     [report + 4], 0FFFEh, "process.child_sp"
        isw     [report + 6], 7, "process.child_tail_length"
        isw     [report + 8], 0, "process.child_zero_on_the_stack"
        mov     ax, cs
        is      [report + 10], ax, "process.child_parent_psp"
        isw     [report + 12], 0102h, "process.child_fcb_drives"
        mov     ax, [report + 14]
        mov     bx, [2Ch]
        cmp     ax, bx
        check   ne, "process.child_environment_is_a_copy"
        mov     ax, cs
        is      [report + 18], ax, "process.child_int_22_is_ours"
        mov     ax, [18h]
        is      [report + 20], ax, "process.child_inherits_handles"
        isw     [report + 22], 0FFFFh, "process.child_free_handles"
        same    report + 24, {" p a:b ", 13}, "process.child_tail"
        same    report + 40, {2, "FCBONE  TXT"}, "process.child_fcb"
        same    report + 52, {1, 0, "A:\CHILD.COM", 0}, "process.child_path"
        ; an environment of our own
        mov     ax, environment_text
        shr     ax, 4
        mov     bx, cs
        add     ax, bx
        mov     [block], ax
        mov     dx, child
        mov     si, tail_report
        call    run
        mov     word [block], 0
        same    report + 52, {1, 0, "A:\CHILD.COM", 0}, "process.own_environment_gets_the_path"
        mov     byte [fcb1], 26
        mov     dx, child
        mov     si, tail_report
        call    run
        mov     byte [fcb1], 2
        isw     [report + 2], 00FFh, "process.child_ax_bad_fcb_drive"
        ; a file left open is not closed twice, and an inherited one works in the child
        mov     ax, 3D00h
        mov     dx, child
        int     21h
        mov     bx, ax
        push    bx
        mov     dx, child
        mov     si, tail_report
        call    run
        pop     bx
        mov     ax, [report + 22]
        cmp     al, 0FFh
        check   ne, "process.open_file_is_inherited"
        mov     cx, 2
        mov     dx, report
        dos     3Fh
        works   "process.parent_keeps_its_file"
        dos     3Eh
        mov     ax, 3D80h                       ; private
        mov     dx, child
        int     21h
        mov     bx, ax
        push    bx
        mov     dx, child
        mov     si, tail_report
        call    run
        pop     bx
        isb     [report + 22], 0FFh, "process.private_file_is_not_inherited"
        dos     3Eh
        ret

exe_child:
        mov     dx, exe
        mov     si, tail_none
        call    run
        works   "process.4b_exe"
        dos     4Dh
        is      ax, 0, "process.4b_exe_loaded_as_its_header_says"
        ret

refusals:
        mov     dx, no_file
        mov     si, tail_none
        call    run
        fails   2, "process.4b_missing"
        mov     dx, no_path
        mov     si, tail_none
        call    run
        fails   3, "process.4b_missing_path"
        mov     dx, root
        mov     si, tail_none
        call    run
        check   c, "process.4b_directory"
        mov     bx, block
        push    cs
        pop     es
        mov     dx, child
        mov     ax, 4B02h
        int     21h
        fails   1, "process.4b_bad_function"
        mov     bx, 0FFFFh
        dos     48h
        dos     48h                             ; nothing is left
        mov     es, ax
        push    es
        mov     dx, child
        mov     si, tail_none
        call    run
        fails   8, "process.4b_no_memory"
        pop     es
        dos     49h
        works   "process.4b_no_memory_keeps_the_chain"
        ret

; load_only - 4B01h gives CS:IP and SS:SP; the program is then started here
load_only:
        mov     word [block + 2], tail_4c
        mov     bx, block
        push    cs
        pop     es
        mov     dx, child
        mov     ax, 4B01h
        int     21h
        works   "process.4b01_load"
        push    cs
        pop     ds
        dos     62h
        mov     ax, cs
        cmp     bx, ax
        check   ne, "process.4b01_switches_the_psp"
        mov     ax, [block + 12h]
        is      ax, 100h, "process.4b01_ip"
        mov     ax, [block + 14h]
        is      ax, bx, "process.4b01_cs"
        mov     ax, [block + 0Eh]
        cmp     ax, 0FFFCh                      ; the word AX, then the zero of a .COM
        check   e, "process.4b01_sp"
        mov     ax, [block + 10h]
        is      ax, bx, "process.4b01_ss"
        mov     es, bx
        cmp     byte [es:100h], 0A3h
        check   e, "process.4b01_code_is_there"
        mov     word [es:0Ah], .back            ; end of the loaded program: come here
        mov     [es:0Ch], cs
        mov     [old_sp], sp
        mov     ax, [block + 12h]
        mov     [entry], ax
        mov     [entry + 2], es
        mov     cx, [block + 0Eh]
        mov     ax, es
        mov     ds, ax
        cli
        mov     ss, ax
        mov     sp, cx
        sti
        pop     ax
        jmp     far [cs:entry]
.back:  mov     ax, cs
        mov     ds, ax
        mov     es, ax
        cli
        mov     ss, ax
        mov     sp, [old_sp]
        sti
        cld
        dos     4Dh
        is      ax, 42h, "process.4b01_ends_like_a_child"
        dos     62h
        mov     ax, cs
        is      bx, ax, "process.4b01_psp_is_back"
        ret

overlay:
        mov     bx, 40h
        dos     48h
        mov     [over], ax
        mov     [over + 2], ax
        push    cs
        pop     es
        mov     bx, over
        mov     dx, ovl
        mov     ax, 4B03h
        int     21h
        works   "process.4b03_overlay"
        dos     62h
        mov     ax, cs
        is      bx, ax, "process.4b03_keeps_the_psp"
        mov     ax, [over]
        mov     [entry + 2], ax
        mov     word [entry], 0
        call    far [entry]
        is      bx, 600Dh, "process.4b03_runs"
        mov     cx, [over]
        add     cx, 5
        is      ax, cx, "process.4b03_relocates"
        mov     es, [over]
        dos     49h
        ret

prefixes:
        mov     bx, 20h
        dos     48h
        mov     [over], ax
        mov     dx, ax
        dos     26h
        mov     es, [over]
        mov     ax, [es:0]
        is      ax, 20CDh, "process.26_int_20"
        mov     dx, [over]
        mov     si, 1234h
        dos     55h
        mov     es, [over]
        mov     ax, [es:2]
        is      ax, 1234h, "process.55_end_of_memory"
        mov     ax, [es:16h]
        mov     cx, cs
        is      ax, cx, "process.55_parent"
        dos     62h
        mov     ax, [over]
        is      bx, ax, "process.55_makes_it_current"
        mov     bx, cs
        dos     50h
        dos     51h
        mov     ax, cs
        is      bx, ax, "process.50_sets_it_back"
        mov     es, [over]
        dos     49h
        push    cs
        pop     es
        ret

resident:
        mov     bx, 0FFFFh
        dos     48h
        mov     [free], bx
        mov     dx, child
        mov     si, tail_tsr
        call    run
        works   "process.31_returns"
        dos     4Dh
        is      ax, 0307h, "process.31_code"
        mov     bx, 0FFFFh
        dos     48h
        mov     ax, [free]
        sub     ax, bx
        sub     ax, 41h                         ; and the hole its environment left
        cmp     ax, 1Fh
        check   be, "process.31_keeps_its_paragraphs"
        mov     [free], bx
        mov     dx, child
        mov     si, tail_27
        call    run
        works   "process.27_returns"
        dos     4Dh
        is      ah, 3, "process.27_code"
        mov     bx, 0FFFFh
        dos     48h
        mov     ax, [free]
        sub     ax, bx
        cmp     ax, 41h
        check   ae, "process.27_keeps_its_bytes"
        ret

        section .data align=16
environment_text:
                db "ONE=1", 0, "TWO=2", 0, 0
                align 2
block:          dw 0, tail_none, 0, fcb1, 0, fcb2, 0, 0, 0, 0, 0, 0
fcb1:           db 2, "FCBONE  TXT", 0, 0, 0, 0
fcb2:           db 1, "FCBTWO  DAT", 0, 0, 0, 0
old_sp:         dw 0
entry:          dd 0
over:           dw 0, 0
free:           dw 0
version:        db 0
child:          db "A:\CHILD.COM", 0
relative:       db "child.com", 0
exe:            db "A:\CHILDEXE.EXE", 0
ovl:            db "A:\OVERLAY.OVL", 0
no_file:        db "A:\NOFILE.COM", 0
no_path:        db "A:\NODIR\X.COM", 0
root:           db "A:\", 0
tail_none:      db 0, 13
tail_4c:        db 2, " 4", 13
tail_20:        db 2, " 2", 13
tail_00:        db 2, " 0", 13
tail_ret:       db 2, " r", 13
tail_tsr:       db 2, " t", 13
tail_27:        db 2, " 7", 13
tail_report:    db 7, " p a:b ", 13
path:           times 64 db 0
report:         times 100 db 0
