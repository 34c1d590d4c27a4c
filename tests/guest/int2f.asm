; SPDX-License-Identifier: MIT
; Guest program: the pieces of INT 2Fh that programs call: 12xx, 1680, 4300, 4A01, AE00, B700, and INT 28h.

%define LOG "INT2F.LOG"
%include "check.inc"

; service AX - INT 2Fh with DS, ES and flags safe
%macro service 1
        mov     ax, %1
        int     2Fh
        cld
%endmacro

main:
        service 1200h
        is      al, 0FFh, "int2f.1200_installed"
        push    ds
        service 1203h
        mov     bx, ds
        pop     ds
        mov     [dos_segment], bx
        dos     52h
        mov     ax, es
        mov     bx, [dos_segment]
        is      ax, bx, "int2f.1203_dos_segment"
        push    cs
        pop     es
        push    word '/'
        service 1204h
        add     sp, 2
        is      al, '\', "int2f.1204_slash"
        push    word 'x'
        service 1204h
        add     sp, 2
        is      al, 'x', "int2f.1204_other"
        mov     si, path
        mov     di, room
        service 1211h
        same    room, {"A:\DIR\NAME.TXT", 0}, "int2f.1211_upper_case_and_backslashes"
        mov     di, path
        service 1212h
        is      cx, 16, "int2f.1212_length_with_zero"
        mov     si, path
        service 1225h
        is      cx, 16, "int2f.1225_length_with_zero"
        push    word 'q'
        service 1213h
        add     sp, 2
        is      al, 'Q', "int2f.1213_upper_case"
        push    ds
        push    cs
        pop     es
        mov     si, path
        mov     di, path
        service 1214h
        pop     ds
        check   z, "int2f.1214_same_pointer"
        mov     di, path + 1
        mov     si, path
        service 1214h
        check   nz, "int2f.1214_other_pointer"
        mov     si, upper_name
        mov     di, lower_name
        service 121Eh
        check   z, "int2f.121e_same_name"
        mov     si, upper_name
        mov     di, path
        service 121Eh
        check   nz, "int2f.121e_other_name"

        ; handle 1 -> entry of the handle table -> SFT
        mov     bx, 1
        service 1220h
        works   "int2f.1220_handle_entry"
        mov     bl, [es:di]
        mov     bh, 0
        cmp     bl, 20
        check   b, "int2f.1220_is_an_index"
        service 1216h
        works   "int2f.1216_sft"
        mov     ax, [es:di + 5]
        test    al, 80h
        check   nz, "int2f.1216_is_the_console"
        mov     bx, 250
        service 1220h
        check   c, "int2f.1220_bad_handle"
        push    cs
        pop     es
        mov     bx, 0FFFFh
        service 1216h
        check   c, "int2f.1216_bad_index"
        push    cs
        pop     es

        ; directory structures
        push    ds
        push    word 0
        service 1217h
        mov     bx, sp
        pop     cx
        mov     dl, [si]
        mov     ax, ds
        pop     ds
        works   "int2f.1217_cds"
        is      dl, 'A', "int2f.1217_drive_letter"
        push    ds
        push    word 60
        service 1217h
        pop     cx
        pop     ds
        check   c, "int2f.1217_bad_drive"
        mov     si, drive_path
        service 121Ah
        is      al, 2, "int2f.121a_drive_of_a_path"
        mov     si, bare_name
        service 121Ah
        is      al, 0, "int2f.121a_no_drive"
        mov     si, bad_path
        service 121Ah
        is      al, 0FFh, "int2f.121a_bad_drive"
        mov     cx, 2024
        service 121Bh
        is      al, 29, "int2f.121b_leap_year"
        mov     cx, 2023
        service 121Bh
        is      al, 28, "int2f.121b_common_year"
        mov     si, name_11
        mov     cx, 3
        xor     dx, dx
        service 121Ch
        is      dx, 'N' + 'U' + 'L', "int2f.121c_sum"
        push    cs
        pop     es
        mov     si, root_file
        mov     di, room
        service 1221h
        works   "int2f.1221_truename"
        same    room, {"A:\NEW.TXT", 0}, "int2f.1221_text"
        mov     ax, 1226h                       ; open, read and close for a driver
        mov     cl, 0
        mov     dx, list_file
        int     2Fh
        works   "int2f.1226_open"
        jc      .closed
        mov     bx, ax
        mov     cx, 4
        mov     dx, room
        service 1229h
        works   "int2f.1229_read"
        is      ax, 4, "int2f.1229_count"
        service 1227h
        works   "int2f.1227_close"
.closed:
        push    cs
        pop     es
        push    cs
        pop     ds
        push    ds
        service 122Ch
        push    ax
        push    bx
        pop     ds
        pop     si
        mov     cx, 50                          ; the chain of devices holds CON
.next:  cmp     dword [si + 10], "CON "
        je      .found
        lds     si, [si]
        cmp     si, 0FFFFh
        loopne  .next
        or      sp, sp
.found: pop     ds
        check   z, "int2f.122c_device_chain_has_con"
        mov     ax, 122Fh
        xor     dx, dx
        int     2Fh
        mov     ax, 0                           ; DX = 0: nothing changes
        dos     30h
        cmp     al, 5
        check   ae, "int2f.122f_version_stays"
        mov     ax, 1680h
        int     2Fh
        cmp     al, 80h
        je      .idle
        cmp     al, 0
.idle:  check   e, "int2f.1680_idle"
        service 4300h
        cmp     al, 80h
        check   ne, "int2f.4300_no_xms_without_a_driver"
        mov     dx, 0FFFFh
        mov     ax, 0AE00h
        mov     bx, 0
        int     2Fh
        is      al, 0, "int2f.ae00_no_installed_command"
        mov     bx, 0FFFFh
        mov     di, 0
        service 4A01h
        is      bx, 0, "int2f.4a01_no_room_without_hma"
        service 0B700h
        is      al, 0, "int2f.b700_no_append"
        service 1000h
        cmp     al, 0FFh
        check   ne, "int2f.1000_no_share"
        service 0D444h
        is      ax, 0D444h, "int2f.unknown_is_left_alone"
        push    cs
        pop     ds
        push    cs
        pop     es
        mov     ax, 3528h
        int     21h
        mov     [old_28], bx
        mov     [old_28 + 2], es
        mov     ax, es
        cmp     ax, 0
        check   ne, "int2f.int_28_is_set"
        push    cs
        pop     es
        int     28h
        check   nc, "int2f.int_28_returns"
        mov     dx, tick                        ; DOS calls INT 28h while it waits for a key
        mov     ax, 2528h
        int     21h
        mov     ax, 351Ch
        int     21h
        mov     [old_1c], bx
        mov     [old_1c + 2], es
        mov     dx, timer
        mov     ax, 251Ch
        int     21h
        call    drop_keys
        dos     8
        is      al, 'i', "int2f.key_after_idle"
        push    ds
        lds     dx, [old_1c]
        mov     ax, 251Ch
        int     21h
        lds     dx, [cs:old_28]
        mov     ax, 2528h
        int     21h
        pop     ds
        cmp     word [idles], 0
        check   ne, "int2f.int_28_while_waiting"
        jmp     check_exit

tick:   inc     word [cs:idles]
        iret

; timer - after three ticks a key is typed
timer:
        dec     byte [cs:left]
        jnz     .done
        push    cx
        mov     cx, 1700h + 'i'
        call    put_key
        pop     cx
.done:  jmp     far [cs:old_1c]

        section .data
dos_segment:    dw 0
old_1c:         dd 0
old_28:         dd 0
idles:          dw 0
left:           db 3
path:           db "a:/dir/name.txt", 0
drive_path:     db "b:file", 0
bad_path:       db "z:file", 0
root_file:      db "\new.txt", 0
list_file:      db "A:\RUN.LST", 0
upper_name:     db "A:\ONE", 0
lower_name:     db "a:\one", 0
bare_name:      db "one", 0
name_11:        db "NUL        "
room:           times 140 db 0
