; SPDX-License-Identifier: MIT
; Guest program: IOCTL 44h for characters, files and drives. A: and B: are floppies, C: a hard disk.

%define LOG "IOCTL.LOG"
%include "check.inc"

main:
        call    handles
        call    characters
        call    drives
        call    parameters
        jmp     check_exit

handles:
        mov     bx, 0
        mov     ax, 4400h
        int     21h
        works   "ioctl.4400_console"
        and     dl, 0C1h
        is      dl, 0C1h, "ioctl.4400_console_input_bits"
        mov     bx, 1
        mov     ax, 4400h
        int     21h
        and     dl, 82h
        is      dl, 82h, "ioctl.4400_console_output_bits"
        mov     dx, nul
        mov     ax, 3D02h
        int     21h
        mov     bx, ax
        mov     ax, 4400h
        int     21h
        and     dl, 84h
        is      dl, 84h, "ioctl.4400_nul_bits"
        dos     3Eh
        mov     dx, file
        xor     cx, cx
        dos     3Ch
        mov     bx, ax
        mov     ax, 4400h
        int     21h
        is      dx, 40h, "ioctl.4400_fresh_file_on_a"
        mov     cx, 1
        mov     dx, file
        dos     40h
        mov     ax, 4400h
        int     21h
        is      dl, 0, "ioctl.4400_written_file_on_a"
        mov     ax, 4406h
        int     21h
        is      al, 0, "ioctl.4406_at_the_end"
        xor     cx, cx
        xor     dx, dx
        mov     ax, 4200h
        int     21h
        mov     ax, 4406h
        int     21h
        works   "ioctl.4406_works"
        is      al, 0FFh, "ioctl.4406_more_to_read"
        mov     ax, 4407h
        int     21h
        is      al, 0FFh, "ioctl.4407_file_ready"
        mov     ax, 440Ah
        int     21h
        works   "ioctl.440a_works"
        test    dh, 80h
        check   z, "ioctl.440a_file_is_local"
        mov     ax, 4401h
        mov     dx, 0
        int     21h
        check   c, "ioctl.4401_file_refused"
        dos     3Eh
        mov     dx, file
        dos     41h
        mov     bx, 88
        mov     ax, 4400h
        int     21h
        fails   6, "ioctl.4400_bad_handle"
        mov     ax, 44FFh
        int     21h
        fails   1, "ioctl.44_bad_function"
        ret

characters:
        mov     bx, 0
        mov     ax, 4400h
        int     21h
        mov     [info], dx
        mov     dh, 0
        or      dl, 20h                         ; raw
        mov     ax, 4401h
        int     21h
        works   "ioctl.4401_raw"
        mov     ax, 4400h
        int     21h
        test    dl, 20h
        check   nz, "ioctl.4400_raw"
        call    drop_keys
        key     1Eh, 'a'
        key     2Eh, 3                          ; in raw mode Ctrl-C is a character
        mov     cx, 2
        mov     dx, room
        dos     3Fh
        is      ax, 2, "ioctl.raw_read_count"
        same    room, {"a", 3}, "ioctl.raw_read_text"
        mov     dx, [info]
        mov     dh, 0
        mov     ax, 4401h
        int     21h
        mov     dx, 0100h
        mov     ax, 4401h
        int     21h
        check   c, "ioctl.4401_high_byte_refused"
        call    drop_keys
        mov     ax, 4406h
        int     21h
        is      al, 0, "ioctl.4406_no_key"
        key     1Eh, 'a'
        mov     ax, 4406h
        int     21h
        is      al, 0FFh, "ioctl.4406_key_waiting"
        call    drop_keys
        mov     bx, 1
        mov     ax, 4407h
        int     21h
        is      al, 0FFh, "ioctl.4407_console_ready"
        mov     bx, 0
        mov     cx, 4
        mov     dx, room
        mov     ax, 4402h
        int     21h
        check   c, "ioctl.4402_not_supported_by_con"
        ret

drives:
        mov     bl, 1
        mov     ax, 4408h
        int     21h
        works   "ioctl.4408_floppy"
        is      ax, 0, "ioctl.4408_floppy_is_removable"
        mov     bl, 3
        mov     ax, 4408h
        int     21h
        is      ax, 1, "ioctl.4408_hard_disk_is_fixed"
        mov     bl, 26
        mov     ax, 4408h
        int     21h
        fails   0Fh, "ioctl.4408_bad_drive"
        mov     bl, 1
        mov     ax, 4409h
        int     21h
        works   "ioctl.4409_works"
        test    dh, 10h
        check   z, "ioctl.4409_is_local"
        mov     bl, 26
        mov     ax, 4409h
        int     21h
        fails   0Fh, "ioctl.4409_bad_drive"
        mov     bl, 1
        mov     ax, 440Eh
        int     21h
        works   "ioctl.440e_works"
        cmp     al, 1
        check   be, "ioctl.440e_one_letter"
        mov     bl, 26
        mov     ax, 440Eh
        int     21h
        fails   0Fh, "ioctl.440e_bad_drive"
        mov     ax, 440Bh
        mov     cx, 1
        mov     dx, 3
        int     21h
        works   "ioctl.440b_sharing_retry"
        ret

parameters:
        mov     byte [room], 1                  ; of the medium now
        mov     bl, 1
        mov     cx, 0860h
        mov     dx, room
        mov     ax, 440Dh
        int     21h
        works   "ioctl.440d_0860_floppy"
        isb     [room + 1], 7, "ioctl.440d_0860_floppy_type"
        test    byte [room + 2], 1
        check   z, "ioctl.440d_0860_floppy_is_removable"
        isw     [room + 4], 80, "ioctl.440d_0860_cylinders"
        isw     [room + 7], 512, "ioctl.440d_0860_sector_size"
        isw     [room + 7 + 8], 2880, "ioctl.440d_0860_sectors"
        isb     [room + 7 + 10], 0F0h, "ioctl.440d_0860_media"
        isw     [room + 7 + 13], 18, "ioctl.440d_0860_sectors_per_track"
        isw     [room + 7 + 15], 2, "ioctl.440d_0860_heads"
        mov     byte [room], 1
        mov     bl, 3
        mov     cx, 0860h
        mov     dx, room
        mov     ax, 440Dh
        int     21h
        works   "ioctl.440d_0860_hard_disk"
        isb     [room + 1], 5, "ioctl.440d_0860_hard_disk_type"
        test    byte [room + 2], 1
        check   nz, "ioctl.440d_0860_hard_disk_is_fixed"
        isw     [room + 7 + 17], 63, "ioctl.440d_0860_hidden_sectors"
        mov     bl, 2
        mov     cx, 0866h
        mov     dx, room
        mov     word [room], 0
        mov     ax, 440Dh
        int     21h
        works   "ioctl.440d_0866_serial"
        cmp     dword [room + 2], 12345678h
        check   e, "ioctl.440d_0866_serial_number"
        same    room + 17, "FAT12   ", "ioctl.440d_0866_file_system"
        mov     bl, 2
        mov     dx, room
        mov     word [room], 0
        mov     ax, 6900h
        int     21h
        works   "ioctl.69_works"
        cmp     dword [room + 2], 12345678h
        check   e, "ioctl.69_serial_number"
        mov     byte [room], 0                  ; read one track's first sector: the boot sector of B:
        mov     word [room + 1], 0
        mov     word [room + 3], 0
        mov     word [room + 5], 0
        mov     word [room + 7], 1
        mov     word [room + 9], sector
        mov     [room + 11], cs
        mov     bl, 2
        mov     cx, 0861h
        mov     dx, room
        mov     ax, 440Dh
        int     21h
        works   "ioctl.440d_0861_read_track"
        isw     [sector + 510], 0AA55h, "ioctl.440d_0861_boot_sector"
        mov     bl, 1
        mov     cx, 0899h
        mov     dx, room
        mov     ax, 440Dh
        int     21h
        check   c, "ioctl.440d_unknown_function"
        ret

        section .data
nul:            db "NUL", 0
file:           db "A:\IOCTL.TMP", 0
info:           dw 0
room:           times 80 db 0
        section .bss
sector:         resb 512
