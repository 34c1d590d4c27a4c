; SPDX-License-Identifier: MIT
; Guest program: extended errors 59h and 5D0Ah, and what else reports them.

%define LOG "EXTERR.LOG"
%include "check.inc"

main:
        mov     dx, missing
        mov     ax, 3D00h
        int     21h
        call    get
        is      ax, 2, "exterr.59_file_not_found"
        is      bh, 8, "exterr.59_class_not_found"
        is      ch, 2, "exterr.59_locus_block_device"
        cmp     bl, 3
        check   e, "exterr.59_action_user"
        call    get
        is      ax, 2, "exterr.59_stays"
        mov     dx, no_path
        mov     ax, 3D00h
        int     21h
        call    get
        is      ax, 3, "exterr.59_path_not_found"
        is      bh, 8, "exterr.59_class_of_path"
        mov     bx, 70
        dos     3Eh
        call    get
        is      ax, 6, "exterr.59_bad_handle"
        mov     bx, 0FFFFh
        dos     48h
        call    get
        is      ax, 8, "exterr.59_no_memory"
        is      bh, 1, "exterr.59_class_out_of_resource"
        is      ch, 5, "exterr.59_locus_memory"
        mov     dx, no_match                    ; FCB calls report here, too
        dos     0Fh
        is      al, 0FFh, "exterr.fcb_fails"
        call    get
        is      ax, 2, "exterr.59_after_fcb"
        mov     dx, table                       ; 5D0Ah sets all
        mov     ax, 5D0Ah
        int     21h
        call    get
        is      ax, 55h, "exterr.5d0a_code"
        is      bx, 0203h, "exterr.5d0a_class_and_action"
        is      ch, 4, "exterr.5d0a_locus"
        jmp     check_exit

; get - 59h into AX, BX, CX; the other registers are kept here, DOS may change them
get:
        push    dx
        push    si
        push    di
        push    ds
        push    es
        push    bp
        xor     bx, bx
        mov     ah, 59h
        int     21h
        pop     bp
        pop     es
        pop     ds
        pop     di
        pop     si
        pop     dx
        cld
        ret

        section .data
missing:        db "A:\MISSING.TXT", 0
no_path:        db "A:\NODIR\MISSING.TXT", 0
no_match:       db 0, "NOMATCH TXT", 0, 0, 0, 0
                times 24 db 0
table:          dw 55h, 0203h, 0400h, 0, 0, 0, 0, 0, 0, 0, 0
