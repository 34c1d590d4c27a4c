; SPDX-License-Identifier: MIT
; The last steps: the ROM's code leaves memory unless a DOS driver wants it, the resident part goes to the top of
; conventional memory, and the image's first sector is started.

LOWEST_BASE     equ 96                  ; KB: this program's own memory ends below

; boot - starts the image
; In:  [image], [image_base], [image_end]
; Out: does not return
boot:
        call    udp_close
        mov     bx, [image]
        test    byte [bx + ENTRY_FLAGS], FLAG_KEEP_UNDI
        jnz     .kept
        call    unload
.kept:
        call    read_map
        call    base_memory
        mov     [base_top], ax
        mov     eax, [image_base]
        mov     edx, [image_end]
        call    cut_out
        mov     ax, [map_count]
        add     ax, 2                   ; the next cut's
        imul    ax, ax, MAP_ENTRY
        add     ax, map_table + 1023
        shr     ax, 10
        mov     cx, [base_top]
        sub     cx, ax
        mov     si, fail_base
        jc      fail
        cmp     cx, LOWEST_BASE
        jb      fail
        mov     [new_base], cx
        movzx   eax, cx
        shl     eax, 10
        movzx   edx, word [base_top]
        shl     edx, 10
        call    cut_out
        call    tell_extended
        call    fill_in
        call    take_over
        mov     bx, [image]             ; the boot sector, by the drive's own way
        movzx   dx, byte [bx + ENTRY_DRIVE]
        push    word RING_SEGMENT
        pop     es
        xor     bx, bx
        mov     cx, 1
        mov     ax, 0201h
        int     13h
        mov     byte [retry_useless], 1
        mov     si, fail_sector
        jc      fail
        call    find_pnp                ; BP:BX
        cli
        xor     ax, ax
        mov     es, ax
        mov     ss, ax
        mov     sp, TAIL
        mov     si, tail
        mov     di, TAIL
        mov     cx, tail_end - tail
        rep movsb
        jmp     0:TAIL

; unload - takes the ROM's UNDI and PXE out of memory and gives that back
; Clobbers: all
unload:
        call    rom_end
        mov     si, unload_steps
.step:
        lodsb
        test    al, al
        jz      .done
        movzx   bx, al
        cmp     bl, PXE_STOP_UNDI
        jne     .call
        cmp     byte [pxe_is_old], 0
        je      .call
        mov     bl, PXE_UNDI_CLEANUP    ; what it was called in PXE 1
.call:
        call    pxe_clear
        call    pxe_call
        setc    [unload_failed]
        jmp     .step
.done:
        cmp     byte [unload_failed], 0 ; the last step's
        jne     .stays
        push    word 0
        pop     es
        mov     cx, [es:BDA_MEMORY]
        mov     dx, [rom_top]
        cmp     dx, cx
        jbe     .stays
        movzx   eax, word [es:1Ah * 4 + 2]      ; some ROMs stay behind INT 1Ah
        shl     eax, 4
        movzx   ebx, word [es:1Ah * 4]
        add     eax, ebx
        shr     eax, 10
        cmp     ax, cx
        jb      .free
        cmp     ax, dx
        jb      .stays
.free:
        mov     [es:BDA_MEMORY], dx
.stays:
        push    ds
        pop     es
        ret

; rom_end - how far the ROM's parts reach
; Out: [rom_top] = KB; 0: unknown
; Clobbers: EAX, CX, EDX, SI
rom_end:
        mov     word [rom_top], 0
        push    es
        les     si, [pxe_struct]
        cmp     byte [pxe_is_old], 0
        jne     .old
        movzx   cx, byte [es:si + 1Dh]
        cmp     cx, 7
        ja      .done
        jcxz    .done
        add     si, 20h
.segment:
        mov     eax, [es:si + 2]
        movzx   edx, word [es:si + 6]
        call    .reach
        add     si, 8
        loop    .segment
        jmp     .done
.old:
        mov     cx, 4
        add     si, 18h
.old_segment:
        movzx   eax, word [es:si]
        shl     eax, 4
        movzx   edx, word [es:si + 2]
        call    .reach
        add     si, 4
        loop    .old_segment
.done:
        pop     es
        ret
; In: EAX = linear address, EDX = bytes
.reach:
        add     eax, edx
        add     eax, 1023
        shr     eax, 10
        cmp     eax, 640
        ja      .no
        cmp     ax, [rom_top]
        jbe     .no
        mov     [rom_top], ax
.no:
        ret

; base_memory - where conventional memory ends: what the BIOS data area and the map agree on
; Out: AX = KB
; Clobbers: CX, EDX, SI
base_memory:
        push    word 0
        pop     es
        movzx   eax, word [es:BDA_MEMORY]
        push    ds
        pop     es
        cmp     byte [map_is_ours], 0
        jne     .done
        push    eax
        xor     eax, eax
        call    extended_end
        shr     eax, 10
        pop     edx
        jz      .keep                   ; a map that does not tell
        cmp     eax, edx
        jbe     .done
.keep:
        mov     eax, edx
.done:
        ret

; tell_extended - what INT 15h will say about extended memory
; Clobbers: all
tell_extended:
        mov     eax, 100000h
        call    extended_end
        mov     ebp, eax
        sub     eax, 100000h
        shr     eax, 10
        cmp     eax, 0FFFFh
        jbe     .kb
        mov     eax, 0FFFFh
.kb:
        mov     [fs:old_88], ax
        mov     ah, 88h                 ; not more than the BIOS tells: it may have a reason
        int     15h
        jc      .no_limit
        cmp     ax, [fs:old_88]
        jae     .no_limit
        mov     [fs:old_88], ax
.no_limit:
        mov     eax, ebp
        cmp     eax, 1000000h
        jbe     .below
        mov     eax, 1000000h
.below:
        sub     eax, 100000h
        shr     eax, 10
        mov     [fs:e801_ax], ax
        mov     eax, 1000000h
        call    extended_end
        sub     eax, 1000000h
        shr     eax, 16
        mov     [fs:e801_bx], ax
        ret

; fill_in - the resident part's variables
; Clobbers: all
fill_in:
        mov     bx, [image]
        mov     al, [bx + ENTRY_DRIVE]
        mov     [fs:disk_drive], al
        mov     al, [bx + ENTRY_TYPE]
        mov     [fs:disk_type], al
        mov     [fs:table_type], al
        mov     al, [bx + ENTRY_FLAGS]
        mov     [fs:disk_flags], al
        mov     ax, [bx + ENTRY_CYLINDERS]
        mov     [fs:disk_cylinders], ax
        dec     ax
        mov     [fs:table_last], al
        mov     ax, [bx + ENTRY_HEADS]
        mov     [fs:disk_heads], ax
        mov     ax, [bx + ENTRY_TRACK]
        mov     [fs:disk_track], ax
        mov     [fs:table_track], al
        mov     eax, [bx + ENTRY_SECTORS]
        mov     [fs:disk_sectors], eax
        mov     eax, [image_base]
        mov     [fs:disk_base], eax
        push    word 0
        pop     es
        mov     eax, [es:13h * 4]
        mov     [fs:old_int13], eax
        mov     [fs:info_int13], eax
        mov     eax, [es:15h * 4]
        mov     [fs:old_int15], eax
        mov     eax, [es:19h * 4]
        mov     [fs:old_int19], eax
        mov     eax, [es:1Eh * 4]
        mov     [fs:old_int1e], eax
        mov     ax, [es:BDA_EQUIPMENT]
        mov     [fs:old_equipment], ax
        mov     cl, [es:BDA_HARD_DISKS]
        cmp     byte [bx + ENTRY_DRIVE], 80h
        je      .drives
        mov     cl, 0
        test    al, 1
        jz      .drives
        shr     al, 6
        and     al, 3
        inc     ax
        mov     cl, al
.drives:
        mov     [fs:real_drives], cl
        mov     ax, [base_top]
        mov     [fs:old_memory], ax
        push    ds
        pop     es
        mov     ax, [map_count]
        cmp     byte [map_is_ours], 0
        je      .map
        xor     ax, ax
.map:
        mov     [fs:map_entries], ax
        movzx   eax, word [new_base]
        shl     eax, 10
        mov     [fs:mbft_hook], eax
        add     eax, mbft
        mov     [fs:mbft_address], eax
        mov     byte [fs:mbft_sum], 0
        mov     di, RESIDENT
        add     di, mbft
        mov     cl, mbft_end - mbft
        call    check_sum
        neg     al
        mov     [fs:mbft_sum], al
        ret

; take_over - moves the resident part and hooks the interrupts
; Clobbers: all
take_over:
        cli
        mov     ax, [new_base]
        shl     ax, 6
        mov     es, ax
        mov     si, RESIDENT
        xor     di, di
        mov     cx, map_table
        rep movsb
        mov     si, map
        mov     cx, [map_count]
        imul    cx, cx, MAP_ENTRY
        rep movsb
        shl     eax, 16                 ; the segment's
        push    word 0
        pop     es
        mov     ax, int13_entry
        mov     [es:13h * 4], eax
        mov     ax, int15
        mov     [es:15h * 4], eax
        mov     ax, int19
        mov     [es:19h * 4], eax
        mov     cx, [new_base]
        mov     [es:BDA_MEMORY], cx
        mov     bx, [image]
        cmp     byte [bx + ENTRY_DRIVE], 80h
        je      .hard
        mov     cl, [fs:real_drives]
        test    cl, cl
        jz      .table
        cmp     dword [es:1Eh * 4], 0
        jne     .count
.table:
        mov     ax, parameters_table
        mov     [es:1Eh * 4], eax
.count:
        cmp     cl, 3
        jbe     .fits
        mov     cl, 3
.fits:
        shl     cl, 6
        or      cl, 1
        mov     al, [es:BDA_EQUIPMENT]
        and     al, 3Eh
        or      al, cl
        mov     [es:BDA_EQUIPMENT], al
        jmp     .done
.hard:
        inc     byte [es:BDA_HARD_DISKS]
.done:
        sti
        push    ds
        pop     es
        ret

; find_pnp - the BIOS's Plug and Play structure, which boot sectors are told of
; Out: BP:BX; 0:0 when there is none
; Clobbers: AX, CX, SI, DI, ES
find_pnp:
        mov     bp, 0F000h
        mov     es, bp
        xor     di, di
.look:
        cmp     dword [es:di], '$PnP'
        jne     .next
        mov     cl, [es:di + 5]
        test    cl, cl
        jz      .next
        call    check_sum
        jz      .found
.next:
        add     di, 16
        jnz     .look
        xor     bp, bp
.found:
        mov     bx, di
        ret

unload_steps:   db PXE_UNDI_CLOSE, PXE_UNDI_SHUTDOWN, PXE_UNLOAD_STACK, PXE_STOP_UNDI, 0
