; SPDX-License-Identifier: MIT
; Guest program: critical errors (INT 24h). The program stands between DOS and the BIOS disk service and makes it
; fail for floppy drive 1 (B:) with the status it wants; sectors that DOS may have kept are avoided by disk resets.

%define LOG "CRITERR.LOG"
%include "check.inc"

main:
        mov     ax, 3513h
        int     21h
        mov     [old_13], bx
        mov     [old_13 + 2], es
        push    cs
        pop     es
        mov     dx, disk
        mov     ax, 2513h
        int     21h
        mov     dx, on_error
        mov     ax, 2524h
        int     21h
        mov     dx, start_failing
        mov     ax, 2560h
        int     21h

        ; a file of 120 KB on B:; later each read that has to meet the disk takes another part of it
        mov     dx, name
        xor     cx, cx
        dos     3Ch
        works   "criterr.prepared"
        mov     bx, ax
        mov     bp, 4
.fill:  xor     dx, dx
        mov     cx, 30000
        dos     40h
        dec     bp
        jnz     .fill
        dos     3Eh
        dos     0Dh

        ; a write to a protected medium, failed by the handler
        mov     byte [status], 3
        mov     byte [writes_only], 1
        mov     byte [answer], 3
        mov     dx, name2
        xor     cx, cx
        dos     3Ch
        jc      .refused
        mov     bx, ax                          ; DOS may write the entry only when the file is closed
        mov     cx, 10
        mov     dx, name
        dos     40h
        jc      .refused
        dos     3Eh
        jc      .refused
        dos     0Dh
        stc
.refused:
        mov     byte [status], 0
        check   c, "criterr.write_protect_fails"
        cmp     byte [calls], 0
        check   ne, "criterr.write_protect_calls_int_24"
        mov     ax, [seen_di]
        is      al, 0, "criterr.write_protect_code"
        isb     [seen_ax], 1, "criterr.write_protect_drive"
        mov     al, [seen_ax + 1]
        and     al, 81h
        is      al, 1, "criterr.write_protect_is_a_disk_write"
        mov     al, [seen_ax + 1]
        test    al, 8
        check   nz, "criterr.write_protect_fail_allowed"
        mov     ax, cs
        is      [seen_psp], ax, "criterr.handler_sees_our_psp"
        is      [seen_frame + 2], ax, "criterr.frame_has_our_code_segment"
        mov     es, [seen_bp]
        mov     si, [seen_si]
        mov     ax, [es:si + 4]
        test    ax, 8000h
        check   z, "criterr.bp_si_is_a_block_device"
        push    cs
        pop     es
        mov     ah, 59h
        xor     bx, bx
        push    ds
        push    es
        int     21h
        pop     es
        pop     ds
        cmp     ax, 53h                         ; "fail on INT 24h"; some leave the cause, 13h
        je      .said
        cmp     ax, 13h
.said:  check   e, "criterr.59_after_fail"

        ; not ready: the handler asks for a retry, then the drive works
        dos     0Dh
        mov     byte [writes_only], 0
        mov     byte [answer], 1
        mov     byte [calls], 0
        mov     byte [heal_after], 2
        mov     al, 80h
        call    touch
        mov     ax, [touched]
        is      ax, 512, "criterr.retry_works"
        isb     [calls], 2, "criterr.retry_calls"
        mov     ax, [seen_di]
        is      al, 2, "criterr.not_ready_code"
        mov     al, [seen_ax + 1]
        and     al, 1
        is      al, 0, "criterr.not_ready_is_a_read"
        mov     byte [heal_after], 0

        ; other statuses of the BIOS
        mov     byte [answer], 3
        mov     al, 10h
        call    touch
        is      al, 4, "criterr.bad_crc_code"
        mov     al, 4
        call    touch
        is      al, 8, "criterr.sector_not_found_code"
        mov     al, 40h
        call    touch
        is      al, 6, "criterr.seek_code"
        mov     al, 20h
        call    touch
        is      al, 0Ch, "criterr.general_failure_code"
        mov     al, 0
        call    touch
        mov     ax, [touched]
        is      ax, 512, "criterr.works_again"

        dos     0Dh
        ; an abort ends the program that asked: a child, run with our handler as its own
        mov     ax, cs
        mov     [block + 4], ax
        mov     [block + 8], ax
        mov     [block + 12], ax
        mov     byte [answer], 2
        mov     byte [fail_next], 80h           ; from the child's seek on
        mov     dx, child
        mov     bx, block
        mov     ax, 4B00h
        mov     [old_sp], sp
        int     21h
        mov     ax, cs
        mov     ds, ax
        mov     es, ax
        mov     ss, ax
        mov     sp, [old_sp]
        cld
        mov     byte [status], 0
        dos     4Dh
        is      ah, 2, "criterr.abort_ends_the_child"
        mov     dx, name
        dos     41h
        mov     dx, name2
        dos     41h
        push    ds
        lds     dx, [old_13]
        mov     ax, 2513h
        int     21h
        pop     ds
        jmp     check_exit

; touch - reads 512 bytes of the file, where nothing was read yet, while the disk fails with AL
; Out: AX = DI of the handler, [touched] = bytes read
touch:
        mov     [sick], al
        mov     word [seen_di], 0FFFFh
        mov     word [touched], 0
        mov     dx, name
        mov     ax, 3D00h
        int     21h
        jc      .done
        mov     bx, ax
        xor     cx, cx
        add     word [place], 15000
        mov     dx, [place]
        mov     ax, 4200h
        int     21h
        mov     al, [sick]
        mov     [status], al
        mov     cx, 512
        mov     dx, sector
        dos     3Fh
        mov     byte [status], 0
        jc      .close
        mov     [touched], ax
.close: dos     3Eh
.done:  mov     ax, [seen_di]
        ret

; on_error - INT 24h: keeps what it got, answers as told
on_error:
        sti
        push    ds
        push    bx
        push    cs
        pop     ds
        mov     [seen_ax], ax
        mov     [seen_di], di
        mov     [seen_bp], bp
        mov     [seen_si], si
        inc     byte [calls]
        mov     bx, sp                          ; BX, DS, our IRET frame, nine registers, the caller's IP and CS
        mov     ax, [ss:bx + 4 + 6 + 18 + 2]
        mov     [seen_frame + 2], ax
        push    dx
        mov     ah, 51h
        int     21h
        mov     [seen_psp], bx
        pop     dx
        mov     al, [calls]
        cmp     al, [heal_after]
        jne     .sick
        mov     byte [status], 0
.sick:  mov     ax, [seen_ax]
        mov     al, [answer]
        pop     bx
        pop     ds
        iret

; disk - INT 13h: drive 1 fails with [status] for reads and verifies (not with [writes_only]) and writes. The child
; asks for the failure by INT 60h.
disk:
        cmp     dl, 1
        jne     .pass
        cmp     byte [cs:status], 0
        je      .pass
        cmp     ah, 3
        je      .fail
        cmp     byte [cs:writes_only], 0
        jne     .pass
        cmp     ah, 2
        je      .fail
        cmp     ah, 4
        je      .fail
.pass:  jmp     far [cs:old_13]
.fail:  mov     ah, [cs:status]
        mov     al, 0
        stc
        retf    2
start_failing:
        push    ax
        mov     al, [cs:fail_next]
        mov     [cs:status], al
        pop     ax
        iret

        section .data
old_13:         dd 0
status:         db 0
writes_only:    db 0
fail_next:      db 0
sick:           db 0
place:          dw 0
touched:        dw 0
answer:         db 3
calls:          db 0
heal_after:     db 0
seen_ax:        dw 0
seen_di:        dw 0
seen_bp:        dw 0
seen_si:        dw 0
seen_psp:       dw 0
seen_frame:     dd 0
old_sp:         dw 0
name:           db "B:\CRIT.TMP", 0
name2:          db "B:\CRIT2.TMP", 0
child:          db "A:\CHILDCRI.COM", 0
block:          dw 0, tail, 0, 5Ch, 0, 6Ch, 0
tail:           db 0, 13
        section .bss
sector:         resb 512
