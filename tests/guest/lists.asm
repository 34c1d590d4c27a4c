; SPDX-License-Identifier: MIT
; Guest program: the tables in DOS that memory and disk tools walk: List of Lists, open files, current directories,
; drive parameters, devices, buffers of drives; the swappable area 5D06h and InDOS 34h.

%define LOG "LISTS.LOG"
%include "check.inc"

main:
        dos     52h
        mov     [lol], bx
        mov     [lol + 2], es
        mov     ax, [es:bx + 10h]
        is      ax, 512, "lists.lol_largest_sector"
        mov     al, [es:bx + 20h]
        is      al, 3, "lists.lol_block_devices"
        mov     al, [es:bx + 21h]
        is      al, 8, "lists.lol_lastdrive"
        mov     al, [es:bx + 43h]
        is      al, 1, "lists.lol_boot_drive"
        mov     ax, [es:bx + 3Fh]
        and     ax, 7FFFh
        cmp     ax, 1
        check   ae, "lists.lol_buffers"
        call    devices
        call    open_files
        call    current_directories
        call    drive_parameters
        call    memory_names
        call    swap_area
        jmp     check_exit

; devices - the NUL header in the list begins the chain; it holds the standard names and ends with FFFF
devices:
        les     bx, [lol]
        mov     eax, [es:bx + 22h + 10]
        is      eax, "NUL ", "lists.nul_header_name"
        mov     ax, [es:bx + 22h + 4]
        and     ax, 8004h
        is      ax, 8004h, "lists.nul_header_attributes"
        lea     si, [bx + 22h]
        xor     cx, cx
        mov     word [found], 0
.next:  mov     ax, [es:si + 4]
        test    ax, 8000h
        jz      .block
        mov     eax, [es:si + 10]
        cmp     eax, "CON "
        jne     .not_con
        or      byte [found], 1
.not_con:
        cmp     eax, "AUX "
        jne     .not_aux
        or      byte [found], 2
.not_aux:
        cmp     eax, "PRN "
        jne     .not_prn
        or      byte [found], 4
.not_prn:
        cmp     eax, "CLOC"
        jne     .step
        or      byte [found], 8
        jmp     .step
.block: or      byte [found], 10h
        mov     al, [es:si + 10]                ; drives of this driver
        add     [found + 1], al
.step:  inc     cx
        les     si, [es:si]
        cmp     si, 0FFFFh
        je      .end
        cmp     cx, 60
        jb      .next
.end:   cmp     cx, 60
        check   b, "lists.device_chain_ends"
        isb     [found], 1Fh, "lists.device_chain_has_the_standard_names"
        isb     [found + 1], 3, "lists.device_chain_drives"
        les     bx, [lol]
        les     si, [es:bx + 0Ch]
        mov     eax, [es:si + 10]
        is      eax, "CON ", "lists.lol_con"
        les     bx, [lol]
        les     si, [es:bx + 8]
        mov     eax, [es:si + 10]
        is      eax, "CLOC", "lists.lol_clock"
        ret

; open_files - the chain of file tables has FILES entries; an open file is found in it
open_files:
        mov     dx, name
        mov     ax, 3D00h
        int     21h
        mov     [handle], ax
        mov     bx, ax
        movzx   cx, byte [18h + bx]             ; its number in our handle table
        les     bx, [lol]
        les     si, [es:bx + 4]
        xor     dx, dx
        mov     word [found], 0
.table: mov     ax, [es:si + 4]
        cmp     cx, ax                          ; is the entry in this table?
        jae     .later
        push    si
        mov     ax, 59
        push    dx
        mul     cx
        pop     dx
        add     si, ax
        add     si, 6
        mov     [entry], si
        mov     [entry + 2], es
        pop     si
        mov     cx, 0FFFFh
        inc     word [found]
        jmp     .count
.later: cmp     cx, 0FFFFh
        je      .count
        sub     cx, ax
.count: add     dx, [es:si + 4]
        les     si, [es:si]
        cmp     si, 0FFFFh
        jne     .table
        is      dx, 30, "lists.sft_entries_are_files"
        isw     [found], 1, "lists.sft_open_file_is_in_the_chain"
        les     si, [entry]
        mov     ax, [es:si]
        is      ax, 1, "lists.sft_references"
        mov     ax, [es:si + 2]
        and     ax, 7
        is      ax, 0, "lists.sft_mode"
        mov     al, [es:si + 5]
        and     al, 0BFh
        is      al, 0, "lists.sft_drive_a"
        mov     eax, [es:si + 20h]
        is      eax, "RUN ", "lists.sft_name"
        mov     al, [es:si + 28h]
        is      al, 'L', "lists.sft_extension"
        mov     ax, [es:si + 31h]
        mov     cx, cs
        is      ax, cx, "lists.sft_owner"
        mov     eax, [es:si + 15h]
        is      eax, 0, "lists.sft_position"
        mov     ax, [es:si + 11h]
        mov     [size], ax
        push    cs
        pop     es
        mov     bx, [handle]
        mov     cx, 3
        mov     dx, room
        dos     3Fh
        les     si, [entry]
        mov     eax, [es:si + 15h]
        is      eax, 3, "lists.sft_position_moves"
        mov     ax, 4202h
        xor     cx, cx
        xor     dx, dx
        int     21h
        is      ax, [size], "lists.sft_size"
        les     di, [es:si + 7]                 ; the drive's parameter block
        mov     al, [es:di]
        is      al, 0, "lists.sft_dpb"
        dos     3Eh
        les     si, [entry]
        mov     ax, [es:si]
        is      ax, 0, "lists.sft_freed"
        push    cs
        pop     es
        ret

current_directories:
        les     bx, [lol]
        les     si, [es:bx + 16h]
        mov     eax, [es:si]
        and     eax, 0FFFFFFh
        is      eax, "A:\", "lists.cds_a_path"
        mov     ax, [es:si + 43h]
        is      ax, 4000h, "lists.cds_a_flags"
        mov     ax, [es:si + 4Fh]
        is      ax, 2, "lists.cds_a_backslash"
        les     di, [es:si + 45h]
        mov     al, [es:di]
        is      al, 0, "lists.cds_a_dpb"
        les     bx, [lol]
        les     si, [es:bx + 16h]
        mov     ax, [es:si + 88 * 2 + 43h]
        is      ax, 4000h, "lists.cds_c_flags"
        mov     ax, [es:si + 88 * 3 + 43h]
        is      ax, 0, "lists.cds_d_has_no_drive"
        mov     dx, dir
        dos     39h
        mov     dx, dir
        dos     3Bh
        mov     eax, [es:si + 3]
        is      eax, "LIST", "lists.cds_follows_the_directory"
        mov     dx, root
        dos     3Bh
        mov     dx, dir
        dos     3Ah
        push    cs
        pop     es
        ret

drive_parameters:
        mov     dl, 2                           ; each drive once used: FreeDOS builds its block then
        dos     36h
        mov     dl, 3
        dos     36h
        les     bx, [lol]
        les     si, [es:bx]
        xor     cx, cx
.next:  mov     al, [es:si]
        cmp     al, cl
        jne     .end
        inc     cx
        cmp     cl, 3
        jne     .step
        mov     ax, [es:si + 2]
        mov     [room], ax
        mov     al, [es:si + 17h]
        mov     [room + 2], al
        mov     al, [es:si + 4]
        mov     [room + 3], al
.step:  les     si, [es:si + 19h]
        cmp     si, 0FFFFh
        jne     .next
.end:   is      cx, 3, "lists.dpb_chain_has_three_drives"
        isw     [room], 512, "lists.dpb_c_sector_size"
        isb     [room + 2], 0F8h, "lists.dpb_c_media"
        isb     [room + 3], 3, "lists.dpb_c_cluster_mask"
        push    cs
        pop     es
        ret

; memory_names - the chain as MEM shows it: each owner is free, DOS or a program's prefix
memory_names:
        les     bx, [lol]
        mov     ax, [es:bx - 2]
        xor     cx, cx
.block: mov     es, ax
        mov     dx, [es:1]
        cmp     dx, 0
        je      .next
        cmp     dx, 8
        je      .next
        mov     bx, dx                          ; a prefix owns its own block: INT 20h is at its start
        push    es
        mov     es, bx
        cmp     word [es:0], 20CDh
        pop     es
        jne     .next
        inc     cx
.next:  cmp     byte [es:0], 'Z'
        je      .end
        mov     ax, es
        inc     ax
        add     ax, [es:3]
        jmp     .block
.end:   cmp     cx, 3                           ; the runner, our environment, our program
        check   ae, "lists.mcb_owners_are_programs"
        les     bx, [lol]
        mov     es, [es:bx - 2]
        mov     ax, [es:1]
        is      ax, 8, "lists.mcb_first_block_belongs_to_dos"
        push    cs
        pop     es
        ret

swap_area:
        dos     34h
        works   "lists.34_works"
        mov     [indos], bx
        mov     [indos + 2], es
        mov     al, [es:bx]
        is      al, 0, "lists.34_not_in_dos"
        push    ds
        mov     ax, 5D06h
        int     21h
        mov     [cs:room], si
        mov     [cs:room + 2], ds
        pop     ds
        works   "lists.5d06_works"
        mov     ax, [room + 2]
        is      ax, [indos + 2], "lists.5d06_segment"
        mov     ax, [room]
        inc     ax
        is      ax, [indos], "lists.5d06_indos_is_the_second_byte"
        cmp     cx, 80h
        check   a, "lists.5d06_size"
        cmp     dx, 18h
        check   ae, "lists.5d06_size_outside_dos"
        les     bx, [room]
        mov     ax, [es:bx + 10h]
        mov     cx, cs
        is      ax, cx, "lists.sda_current_psp"
        mov     ax, [es:bx + 0Ch]
        is      ax, 80h, "lists.sda_dta_offset"
        mov     al, [es:bx + 16h]
        is      al, 0, "lists.sda_current_drive"
        ; InDOS counts while a call runs: seen from INT 28h in a wait for a key
        mov     ax, 3528h
        int     21h
        mov     [old_28], bx
        mov     [old_28 + 2], es
        push    cs
        pop     es
        mov     dx, idle
        mov     ax, 2528h
        int     21h
        call    drop_keys
        dos     8
        push    ds
        lds     dx, [old_28]
        mov     ax, 2528h
        int     21h
        pop     ds
        isb     [seen], 1, "lists.34_in_dos_while_waiting"
        ret

; idle - INT 28h: looks at the flag, then types the key that ends the wait
idle:
        push    ax
        push    bx
        push    es
        push    cx
        les     bx, [cs:indos]
        mov     al, [es:bx]
        mov     [cs:seen], al
        mov     cx, 1E00h + 'a'
        call    put_key
        pop     cx
        pop     es
        pop     bx
        pop     ax
        iret

        section .data
lol:            dd 0
indos:          dd 0
old_28:         dd 0
entry:          dd 0
found:          dw 0
handle:         dw 0
size:           dw 0
seen:           db 0
name:           db "A:\RUN.LST", 0
dir:            db "A:\LISTDIR", 0
root:           db "A:\", 0
room:           times 16 db 0
