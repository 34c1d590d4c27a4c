; SPDX-License-Identifier: MIT
; Guest program: a damaged file system on B:. Each check is passed when the call came back in time with an error or with
; a plausible answer; what the host expects beyond that (files beside the damage) is checked by the same program.
; B: holds LOOP.BIN (its chain runs in a circle), ZERO.BIN (runs into a free cluster), BEYOND.BIN (into a cluster
; that does not exist), START.BIN (starts at cluster 1), CROSS1.BIN and CROSS2.BIN (share a tail), the folder RING
; (its chain runs in a circle, all entries are in use), ENDLESS (contains itself as SUB), and GOOD.TXT.

%define LOG "BADFAT.LOG"
%include "check.inc"

main:
        mov     dx, loop_bin
        call    read_all
        check   ne, "badfat.circle_read_ends"
        mov     dx, zero_bin
        call    read_all
        check   ne, "badfat.chain_into_free_cluster_read_ends"
        mov     dx, beyond_bin
        call    read_all
        check   ne, "badfat.chain_beyond_the_disk_read_ends"
        mov     dx, start_bin
        call    read_all
        check   ne, "badfat.start_at_cluster_one_read_ends"
        mov     dx, cross1
        call    read_all
        is      ax, 2048, "badfat.cross_link_first_size"
        mov     dx, cross2
        call    read_all
        is      ax, 2048, "badfat.cross_link_second_size"
        mov     dx, ring
        call    count
        check   b, "badfat.circular_folder_listing_ends"
        mov     dx, ring_new
        xor     cx, cx
        dos     3Ch
        jc      .no_room
        mov     bx, ax
        dos     3Eh
        clc
.no_room:
        sbb     ax, ax                          ; either answer will do
        inc     ax
        cmp     ax, 1
        check   be, "badfat.create_in_circular_folder_ends"
        mov     dx, ring_missing
        mov     ax, 3D00h
        int     21h
        check   c, "badfat.open_in_circular_folder_ends"
        mov     dx, deep
        call    count
        cmp     ax, 0FFFFh
        check   b, "badfat.folder_in_itself_is_a_path"
        mov     dx, zero_bin                    ; append where the chain is broken
        mov     ax, 3D02h
        int     21h
        jc      .no_append
        mov     bx, ax
        mov     ax, 4202h
        xor     cx, cx
        xor     dx, dx
        int     21h
        mov     cx, 2000
        mov     dx, room
        dos     40h
        dos     3Eh
.no_append:
        cmp     ax, ax
        check   e, "badfat.append_to_broken_chain_ends"
        mov     dx, loop_bin
        dos     41h
        cmp     ax, ax
        check   e, "badfat.delete_of_circle_ends"
        mov     dx, beyond_bin
        dos     41h
        cmp     ax, ax
        check   e, "badfat.delete_of_chain_beyond_ends"
        mov     dx, start_bin
        dos     41h
        cmp     ax, ax
        check   e, "badfat.delete_of_start_one_ends"
        mov     dx, cross1
        dos     41h
        mov     dx, cross2
        dos     41h
        cmp     ax, ax
        check   e, "badfat.delete_of_cross_links_ends"
        mov     dl, 2
        dos     36h
        cmp     bx, dx
        check   be, "badfat.free_space_is_plausible"
        mov     dx, good
        call    read_all
        is      ax, 5, "badfat.good_file_has_its_size"
        same    room, "good!", "badfat.good_file_has_its_text"
        mov     ax, 3524h
        int     21h
        jmp     check_exit

; read_all - reads the file DS:DX in pieces of 512; Out: AX = bytes (FFFFh and ZF = 1 when there was no end to them)
read_all:
        mov     ax, 3D00h
        int     21h
        mov     si, 0
        jc      .done
        mov     bx, ax
        mov     bp, 120
.more:  mov     cx, 512
        mov     dx, room
        dos     3Fh
        jc      .close
        add     si, ax
        cmp     ax, 512
        jne     .close
        dec     bp
        jnz     .more
        mov     si, 0FFFFh
.close: dos     3Eh
.done:  mov     ax, si
        cmp     ax, 0FFFFh
        ret

; count - AX = entries that match DS:DX, FFFFh when there is no end to them; flags of a comparison with FFFFh
count:
        xor     si, si
        mov     cx, 37h
        dos     4Eh
        jc      .done
.more:  inc     si
        cmp     si, 0FFFFh
        je      .done
        dos     4Fh
        jnc     .more
.done:  mov     ax, si
        cmp     ax, 0FFFFh
        ret

        section .data
loop_bin:       db "B:\LOOP.BIN", 0
zero_bin:       db "B:\ZERO.BIN", 0
beyond_bin:     db "B:\BEYOND.BIN", 0
start_bin:      db "B:\START.BIN", 0
cross1:         db "B:\CROSS1.BIN", 0
cross2:         db "B:\CROSS2.BIN", 0
good:           db "B:\GOOD.TXT", 0
ring:           db "B:\RING\*.*", 0
ring_new:       db "B:\RING\NEW.TXT", 0
ring_missing:   db "B:\RING\MISSING.TXT", 0
deep:           db "B:\ENDLESS\SUB\SUB\SUB\SUB\SUB\*.*", 0
        section .bss
room:           resb 2048
