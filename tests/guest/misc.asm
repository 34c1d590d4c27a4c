; SPDX-License-Identifier: MIT
; Guest program: version 30h, 3305h, 3306h, switch character 37h, and calls that are absent or do little.

%define LOG "MISC.LOG"
%include "check.inc"

main:
        mov     ax, 3000h
        int     21h
        cmp     al, 5
        check   ae, "misc.30_major_version"
        mov     [major], al
        mov     ax, 3305h
        int     21h
        is      dl, 1, "misc.3305_boot_drive"
        mov     ax, 3306h
        int     21h
        is      bl, [major], "misc.3306_true_version"
        mov     ax, 3700h
        int     21h
        is      al, 0, "misc.3700_works"
        is      dl, '/', "misc.3700_slash"
        mov     dl, '-'
        mov     ax, 3701h
        int     21h
        mov     ax, 3700h
        int     21h
        cmp     dl, '-'                         ; DOS 5 and later may take no other
        je      .switch
        cmp     dl, '/'
.switch:
        check   e, "misc.3701_set_or_ignored"
        mov     dl, '/'
        mov     ax, 3701h
        int     21h
        mov     ax, 18FFh                       ; null functions: AL = 0
        int     21h
        is      al, 0, "misc.18_null"
        mov     ax, 1DFFh
        int     21h
        is      al, 0, "misc.1d_null"
        mov     ax, 1EFFh
        int     21h
        is      al, 0, "misc.1e_null"
        mov     ax, 20FFh
        int     21h
        is      al, 0, "misc.20_null"
        mov     ax, 6BFFh
        int     21h
        is      al, 0, "misc.6b_null"
        mov     ax, 0F012h
        int     21h
        is      al, 0, "misc.f0_unknown_gives_zero"
        mov     ax, 7160h                       ; long names are not there: CF and AX = 7100h
        stc
        mov     si, name
        mov     di, room
        xor     cx, cx
        int     21h
        check   c, "misc.71_absent_sets_cf"
        is      ax, 7100h, "misc.71_absent_code"
        mov     ax, 5C00h                       ; without SHARE: no such function
        mov     bx, 1
        xor     cx, cx
        xor     dx, dx
        xor     si, si
        mov     di, 1
        int     21h
        fails   1, "misc.5c_without_share"
        mov     ax, 5E00h
        mov     dx, room
        int     21h
        jc      .no_name                        ; no network: an error, or a name that is not set
        cmp     ch, 0
        check   e, "misc.5e00_no_machine_name"
        jmp     .named
.no_name:
        check   c, "misc.5e00_no_machine_name"
.named: mov     bx, 0
        mov     ax, 5F02h
        mov     si, room
        mov     di, room
        push    cs
        pop     es
        int     21h
        check   c, "misc.5f02_no_redirection"
        dos     19h
        mov     dx, 0
        mov     ax, 7302h                       ; FAT32 parameter block, or nothing
        mov     cx, 3Fh
        mov     di, room
        mov     dl, 0
        int     21h
        jnc     .fat32
        cmp     ah, 73h
        je      .fat32
        cmp     ax, 1
        je      .fat32
        cmp     ax, 18h
.fat32: check   be, "misc.7302_present_or_refused"
        mov     dl, 0                           ; registers that a call must keep
        mov     bx, 1111h
        mov     cx, 2222h
        mov     si, 3333h
        mov     di, 4444h
        mov     bp, 5555h
        dos     19h
        is      bx, 1111h, "misc.keeps_bx"
        is      cx, 2222h, "misc.keeps_cx"
        is      si, 3333h, "misc.keeps_si"
        is      di, 4444h, "misc.keeps_di"
        is      bp, 5555h, "misc.keeps_bp"
        mov     eax, 12345678h                  ; and the upper halves of 32-bit registers
        mov     ebx, 87654321h
        mov     esi, 0ABCD0000h
        mov     ecx, 0BEEF0000h
        mov     edi, 0CAFE0000h
        mov     ah, 0Dh
        int     21h
        shr     esi, 16
        is      si, 0ABCDh, "misc.keeps_upper_esi"
        shr     ebx, 16
        is      bx, 8765h, "misc.keeps_upper_ebx"
        shr     ecx, 16
        is      cx, 0BEEFh, "misc.keeps_upper_ecx"
        shr     edi, 16
        is      di, 0CAFEh, "misc.keeps_upper_edi"
        push    0A5A5h
        pop     fs
        push    05A5Ah
        pop     gs
        dos     19h
        mov     ax, fs
        is      ax, 0A5A5h, "misc.keeps_fs"
        mov     ax, gs
        is      ax, 05A5Ah, "misc.keeps_gs"
        std                                     ; the caller's direction flag neither matters nor changes
        dos     19h
        pushf
        cld
        pop     ax
        test    ax, 400h
        check   nz, "misc.keeps_the_direction_flag"
        cli
        dos     19h
        pushf
        sti
        pop     ax
        test    ax, 200h
        check   z, "misc.keeps_the_interrupt_flag"
        stc                                     ; a call on a stack of 64 bytes
        mov     [old_sp], sp
        mov     sp, small_end
        dos     30h
        mov     sp, [old_sp]
        is      word [small], 0AAAAh, "misc.needs_little_stack"
        jmp     check_exit

        section .data
major:          db 0
name:           db "A:\RUN.LST", 0
old_sp:         dw 0
small:          dw 0AAAAh
                times 40 dw 0
small_end:
        section .bss
room:           resb 200
