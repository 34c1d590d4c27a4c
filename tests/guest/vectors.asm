; SPDX-License-Identifier: MIT
; Guest program: interrupt vectors 25h/35h, date and time 2A-2D, verify 2E/54.

%define LOG "VECTORS.LOG"
%include "check.inc"

main:
        call    vectors
        call    date
        call    time
        call    verify
        jmp     check_exit

vectors:
        mov     ax, 3560h
        int     21h
        mov     [old], bx
        mov     [old + 2], es
        push    cs
        pop     es
        mov     dx, handler
        mov     ax, 2560h
        int     21h
        mov     ax, 3560h
        int     21h
        is      bx, handler, "vectors.35_offset"
        mov     ax, es
        mov     cx, cs
        is      ax, cx, "vectors.35_segment"
        int     60h
        isb     [called], 1, "vectors.25_installs"
        xor     ax, ax
        mov     es, ax
        cmp     word [es:60h * 4], handler
        check   e, "vectors.25_writes_the_table"
        push    ds
        lds     dx, [old]
        mov     ax, 2560h
        int     21h
        pop     ds
        push    cs
        pop     es
        mov     ax, 3521h
        int     21h
        mov     ax, es
        cmp     ax, 0
        check   ne, "vectors.int_21_is_set"
        ret
handler:
        mov     byte [cs:called], 1
        iret

date:
        dos     2Ah
        mov     [d_year], cx
        mov     [d_day], dx
        mov     [d_week], al
        cmp     cx, 1980
        check   ae, "vectors.2a_year"
        mov     cx, 2024
        mov     dx, 021Dh
        dos     2Bh
        is      al, 0, "vectors.2b_leap_day"
        dos     2Ah
        is      cx, 2024, "vectors.2a_reads_the_year"
        is      dx, 021Dh, "vectors.2a_reads_month_and_day"
        is      al, 4, "vectors.2a_day_of_week"
        mov     cx, 2023
        mov     dx, 021Dh
        dos     2Bh
        is      al, 0FFh, "vectors.2b_no_leap_day"
        mov     cx, 2024
        mov     dx, 0D01h
        dos     2Bh
        is      al, 0FFh, "vectors.2b_month_13"
        mov     cx, 1979
        mov     dx, 0101h
        dos     2Bh
        is      al, 0FFh, "vectors.2b_1979"
        mov     cx, 2024
        mov     dx, 041Fh
        dos     2Bh
        is      al, 0FFh, "vectors.2b_31_april"
        dos     2Ah
        is      dx, 021Dh, "vectors.2b_refused_changes_nothing"
        mov     cx, 1980
        mov     dx, 0101h
        dos     2Bh
        dos     2Ah
        is      al, 2, "vectors.2a_first_day_is_a_tuesday"
        mov     cx, 2099
        mov     dx, 0C1Fh
        dos     2Bh
        is      al, 0, "vectors.2b_last_day"
        dos     2Ah
        is      al, 4, "vectors.2a_last_day_is_a_thursday"
        mov     ah, 4                           ; the clock chip follows
        int     1Ah
        mov     ax, cx
        is      dx, 1231h, "vectors.2b_sets_the_clock_chip"
        mov     cx, [d_year]
        mov     dx, [d_day]
        dos     2Bh
        dos     2Ah
        is      al, [d_week], "vectors.2b_back"
        ret

time:
        dos     2Ch
        mov     [t_hour], cx
        mov     [t_second], dx
        mov     cx, 0D26h                       ; 13:38:07.50
        mov     dx, 0732h
        dos     2Dh
        is      al, 0, "vectors.2d_set"
        dos     2Ch
        is      cx, 0D26h, "vectors.2c_hour_and_minute"
        cmp     dh, 7
        check   e, "vectors.2c_second"
        mov     cx, 1800h
        mov     dx, 0
        dos     2Dh
        is      al, 0FFh, "vectors.2d_hour_24"
        mov     cx, 003Ch
        dos     2Dh
        is      al, 0FFh, "vectors.2d_minute_60"
        mov     cx, 0
        mov     dx, 3C00h
        dos     2Dh
        is      al, 0FFh, "vectors.2d_second_60"
        mov     dx, 0064h
        dos     2Dh
        is      al, 0FFh, "vectors.2d_hundredth_100"
        ; midnight: the BIOS counter wraps and DOS moves the date on
        mov     cx, 2024
        mov     dx, 0C1Fh
        dos     2Bh
        mov     cx, 173Bh
        mov     dx, 3B46h                       ; 23:59:59.70
        dos     2Dh
        xor     ax, ax
        mov     es, ax
        mov     bp, 300
.wait:  mov     ax, [es:46Ch]
.tick:  cmp     ax, [es:46Ch]
        je      .tick
        dos     2Ch
        cmp     ch, 0
        je      .over
        dec     bp
        jnz     .wait
.over:  push    cs
        pop     es
        is      cx, 0, "vectors.2c_midnight"
        dos     2Ah
        is      cx, 2025, "vectors.2a_next_year"
        is      dx, 0101h, "vectors.2a_next_day"
        dos     2Ah
        is      dx, 0101h, "vectors.2a_counts_midnight_once"
        mov     cx, [t_hour]
        mov     dx, [t_second]
        dos     2Dh
        mov     cx, [d_year]
        mov     dx, [d_day]
        dos     2Bh
        ret

verify:
        dos     54h
        is      al, 0, "vectors.54_off"
        mov     dl, 0
        mov     ax, 2E01h
        int     21h
        dos     54h
        is      al, 1, "vectors.2e_on"
        mov     dl, 0
        mov     ax, 2E00h
        int     21h
        dos     54h
        is      al, 0, "vectors.2e_off"
        ret

        section .data
old:            dd 0
called:         db 0
d_year:         dw 0
d_day:          dw 0
d_week:         db 0
t_hour:         dw 0
t_second:       dw 0
