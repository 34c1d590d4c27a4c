; SPDX-License-Identifier: MIT
; Guest program: absolute disk read and write INT 25h/26h on B: and C:, drive data 1Bh, 1Ch, 1Fh, 32h, 36h.

%define LOG "ABSDISK.LOG"
%include "check.inc"

SPARE   equ     2800                            ; a sector of B: in no file

main:
        call    read
        call    write
        call    errors
        call    hard_disk
        call    drive_data
        jmp     check_exit

; absolute - INT 25h or 26h (AH'), which leaves the flags on the stack: macro, to look at SP
%macro absolute 1
        mov     [old_sp], sp
        int     %1
        mov     [new_sp], sp
        mov     sp, [old_sp]
        cld
%endmacro

read:
        mov     al, 1
        mov     cx, 1
        mov     dx, 0
        mov     bx, sector
        absolute 25h
        works   "absdisk.25_boot_sector"
        mov     ax, [old_sp]
        sub     ax, [new_sp]
        is      ax, 2, "absdisk.25_leaves_the_flags"
        isw     [sector + 510], 0AA55h, "absdisk.25_signature"
        cmp     dword [sector + 27h], 12345678h
        check   e, "absdisk.25_serial"
        mov     al, 1
        mov     cx, 3
        mov     dx, 1
        mov     bx, sector
        absolute 25h
        works   "absdisk.25_three_sectors"
        isb     [sector], 0F0h, "absdisk.25_fat_media"
        ret

write:
        mov     al, 1
        mov     cx, 2
        mov     dx, SPARE
        mov     bx, text
        absolute 26h
        works   "absdisk.26_write"
        mov     ax, [old_sp]
        sub     ax, [new_sp]
        is      ax, 2, "absdisk.26_leaves_the_flags"
        mov     al, 1
        mov     cx, 2
        mov     dx, SPARE
        mov     bx, sector
        absolute 25h
        same    sector, "absolute write", "absdisk.26_data"
        mov     ax, [text + 600]
        is      [sector + 600], ax, "absdisk.26_second_sector"
        ret

errors:
        mov     al, 25
        mov     cx, 1
        mov     dx, 0
        mov     bx, sector
        absolute 25h
        check   c, "absdisk.25_bad_drive"
        mov     al, 1
        mov     cx, 1
        mov     dx, 60000
        mov     bx, sector
        absolute 25h
        check   c, "absdisk.25_past_the_end"
        ret

hard_disk:
        mov     dword [packet], 0
        mov     word [packet + 4], 1
        mov     word [packet + 6], sector
        mov     [packet + 8], cs
        mov     al, 2
        mov     cx, 0FFFFh
        mov     bx, packet
        absolute 25h
        works   "absdisk.25_packet"
        isw     [sector + 510], 0AA55h, "absdisk.25_packet_signature"
        isw     [sector + 1Ch], 63, "absdisk.25_packet_hidden_sectors"
        mov     dword [packet], 130000
        mov     al, 2
        mov     cx, 0FFFFh
        mov     bx, packet
        absolute 25h
        works   "absdisk.25_packet_beyond_64k_sectors"
        ret

drive_data:
        dos     19h
        is      al, 0, "absdisk.19_current_drive"
        mov     dl, 0
        dos     0Eh
        cmp     al, 3
        check   ae, "absdisk.0e_drives"
        mov     dl, 1
        dos     0Eh
        dos     19h
        is      al, 1, "absdisk.0e_changes"
        push    ds
        dos     1Bh
        mov     dl, [bx]
        pop     ds
        is      al, 1, "absdisk.1b_sectors_per_cluster"
        is      cx, 512, "absdisk.1b_sector_size"
        is      dl, 0F0h, "absdisk.1b_media"
        mov     dl, 0
        dos     0Eh
        push    ds
        mov     dl, 3
        dos     1Ch
        mov     dh, [bx]
        pop     ds
        is      al, 4, "absdisk.1c_sectors_per_cluster"
        is      dh, 0F0h | 8, "absdisk.1c_media"
        push    ds
        mov     dl, 26
        dos     1Ch
        pop     ds
        is      al, 0FFh, "absdisk.1c_bad_drive"
        mov     dl, 2
        dos     36h
        is      ax, 1, "absdisk.36_sectors_per_cluster"
        is      cx, 512, "absdisk.36_sector_size"
        is      dx, 2847, "absdisk.36_clusters"
        cmp     bx, dx
        check   be, "absdisk.36_free"
        mov     [free], bx
        mov     dx, name
        xor     cx, cx
        dos     3Ch
        mov     bx, ax
        mov     cx, 1025
        mov     dx, sector
        dos     40h
        dos     3Eh
        mov     dl, 2
        dos     36h
        mov     ax, [free]
        sub     ax, bx
        is      ax, 3, "absdisk.36_counts_a_new_file"
        mov     dx, name
        dos     41h
        mov     dl, 2
        dos     36h
        mov     ax, [free]
        is      bx, ax, "absdisk.36_counts_a_deleted_file"
        mov     dl, 26
        dos     36h
        is      ax, 0FFFFh, "absdisk.36_bad_drive"
        push    ds
        mov     dl, 2
        dos     32h
        mov     cl, al
        mov     si, bx
        mov     di, dpb
        push    cs
        pop     es
        push    cx
        mov     cx, 33
        rep     movsb
        pop     cx
        pop     ds
        is      cl, 0, "absdisk.32_works"
        isb     [dpb], 1, "absdisk.32_drive"
        isw     [dpb + 2], 512, "absdisk.32_sector_size"
        isb     [dpb + 4], 0, "absdisk.32_cluster_mask"
        isb     [dpb + 5], 0, "absdisk.32_cluster_shift"
        isw     [dpb + 6], 1, "absdisk.32_reserved"
        isb     [dpb + 8], 2, "absdisk.32_fats"
        isw     [dpb + 9], 224, "absdisk.32_root_entries"
        isw     [dpb + 0Bh], 33, "absdisk.32_first_data_sector"
        isw     [dpb + 0Dh], 2848, "absdisk.32_last_cluster"
        isw     [dpb + 0Fh], 9, "absdisk.32_sectors_per_fat"
        isw     [dpb + 11h], 19, "absdisk.32_root_sector"
        isb     [dpb + 17h], 0F0h, "absdisk.32_media"
        les     bx, [dpb + 13h]
        mov     ax, [es:bx + 4]
        test    ax, 8000h
        check   z, "absdisk.32_block_device"
        push    cs
        pop     es
        push    ds
        mov     dl, 26
        dos     32h
        pop     ds
        is      al, 0FFh, "absdisk.32_bad_drive"
        push    ds
        dos     1Fh
        mov     cl, [bx]
        pop     ds
        is      al, 0, "absdisk.1f_works"
        is      cl, 0, "absdisk.1f_drive"
        dos     0Dh
        ret

        section .data
old_sp:         dw 0
new_sp:         dw 0
free:           dw 0
name:           db "B:\ABSDISK.TMP", 0
packet:         times 10 db 0
dpb:            times 34 db 0
text:           db "absolute write"
                times 1024 - ($ - text) db 'w'
        section .bss
sector:         resb 2048
