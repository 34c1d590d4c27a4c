; SPDX-License-Identifier: MIT
; DATE and TIME, and how dates and times are written.

        section .tbss
field_values    resw    4               ; numbers of a date or time that was typed
field_count     resw    1

        section .trans
; ----------------------------------------------------------------------------------------------------
; put_weekday_date - weekday AL (0 = Sunday), year CX, month DH, day DL as DOS returns them
; put_date - the same without the weekday; put_short_date - with a year of two digits
; All in the country's order. Keep nothing but SI and DI.
put_weekday_date:
        cbw
        imul    bx, ax, 3
        mov     al, [.days + bx]
        call    put_char
        mov     al, [.days + bx + 1]
        call    put_char
        mov     al, [.days + bx + 2]
        call    put_char
        call    put_space
put_date:
        mov     bp, 1
        jmp     put_short_date.order
put_weekday_date.days db 'SunMonTueWedThuFriSat'
put_short_date:
        xor     bp, bp
.order:
        mov     bx, [country]
        cmp     bx, 2
        jne     .no_year_first
        call    .year
        call    .separator
.no_year_first:
        mov     ax, dx                  ; AH = month, AL = day
        cmp     bl, 1
        jne     .month_first
        xchg    al, ah
.month_first:
        push    ax
        mov     al, ah
        call    put_two
        call    .separator
        pop     ax
        call    put_two
        cmp     bx, 2
        je      .done
        call    .separator
.year:
        mov     ax, cx
        push    dx
        xor     dx, dx
        push    bx
        mov     bx, 100
        div     bx
        pop     bx
        or      bp, bp
        jz      .two
        call    put_two
.two:
        mov     al, dl
        call    put_two
        pop     dx
.done:
        ret
.separator:
        mov     al, [country + 0Bh]
        jmp     put_char

; ----------------------------------------------------------------------------------------------------
; put_full_time - hour CH, minute CL, second DH, hundredth DL; put_short_time - hour CH, minute CL with
; a or p where the country counts to 12. Keep SI, DI, BP.
put_full_time:
        movzx   eax, ch
        cmp     al, 10
        jae     .hour
        call    put_space
.hour:
        call    put_number
        call    time_separator
        mov     al, cl
        call    put_two
        call    time_separator
        mov     al, dh
        call    put_two
        mov     al, [country + 9]
        call    put_char
        mov     al, dl
        jmp     put_two
put_short_time:
        movzx   eax, ch
        mov     bl, 0
        test    byte [country + 11h], 1
        jnz     .hour
        mov     bl, 'a'
        cmp     al, 12
        jb      .morning
        mov     bl, 'p'
        sub     al, 12
.morning:
        or      al, al
        jnz     .hour
        mov     al, 12
.hour:
        call    put_space
        cmp     al, 10
        jae     .number
        call    put_space
.number:
        call    put_number
        call    time_separator
        mov     al, cl
        call    put_two
        mov     al, bl
        or      al, al
        jnz     put_char
        ret
time_separator:
        mov     al, [country + 0Dh]
        jmp     put_char

; ----------------------------------------------------------------------------------------------------
; cmd_date - DATE [date]
cmd_date:
        call    load_country
        call    skip_delimiters
        or      al, al
        jnz     .given
        print   'Current date is '
        dos     2Ah
        call    put_weekday_date
        call    crlf
.ask:
        print   'Enter new date ('
        mov     bx, [country]
        cmp     bx, 2
        jbe     .known
        xor     bx, bx
.known:
        imul    bx, 9
        lea     dx, [.orders + bx]
        call    put_string
        print   '): '
        call    read_answer
        jc      main_loop
        mov     si, raw
        call    skip_delimiters
        or      al, al
        jz      .done
.given:
        call    read_fields
        jc      .bad
        cmp     word [field_count], 3
        jne     .bad
        mov     bx, [country]
        mov     ax, [field_values]      ; month-day-year
        mov     dx, [field_values + 2]
        mov     cx, [field_values + 4]
        cmp     bl, 1
        jb      .set
        xchg    ax, dx                  ; day-month-year
        je      .set
        mov     cx, [field_values]      ; year-month-day
        mov     ax, [field_values + 2]
        mov     dx, [field_values + 4]
.set:
        or      ah, dh
        jnz     .bad
        mov     dh, al
        cmp     cx, 80
        jb      .century
        cmp     cx, 100
        jae     .year
        add     cx, 1900
        jmp     .year
.century:
        add     cx, 2000
.year:
        dos     2Bh
        or      al, al
        jz      .done
.bad:
        call    to_errors
        print   'Invalid date', CR, LF
        call    flush
        mov     word [out_handle], 1
        jmp     retry_answer.date
.done:
        ret
.orders         db      'mm-dd-yy', 0, 'dd-mm-yy', 0, 'yy-mm-dd', 0

; retry_answer - ask again at the console; a batch job or a file gets no second chance
retry_answer:
.date:
        call    .again
        jmp     cmd_date.ask
.time:
        call    .again
        jmp     cmd_time.ask
.again:
        cmp     word [fs:r_context], 0
        jne     main_loop
        cmp     byte [fs:r_saved_in], NONE
        jne     main_loop
        ret

; ----------------------------------------------------------------------------------------------------
; cmd_time - TIME [time]
cmd_time:
        call    load_country
        call    skip_delimiters
        or      al, al
        jnz     .given
        print   'Current time is '
        dos     2Ch
        call    put_full_time
        call    crlf
.ask:
        print   'Enter new time: '
        call    read_answer
        jc      main_loop
        mov     si, raw
        call    skip_delimiters
        or      al, al
        jz      .done
.given:
        call    read_fields
        jc      .bad
        mov     ax, [field_values]
        mov     cx, [field_values + 2]
        mov     dx, [field_values + 4]
        or      ah, ch
        or      ah, dh
        or      ah, [field_values + 7]
        jnz     .bad
        mov     ch, al
        mov     dh, dl
        mov     dl, [field_values + 6]
        call    skip_blanks             ; 3:15p, 3:15 am
        call    upper
        cmp     al, 'A'
        je      .morning
        cmp     al, 'P'
        jne     .set
        cmp     ch, 12
        jae     .set
        add     ch, 12
        jmp     .set
.morning:
        cmp     ch, 12
        jne     .set
        mov     ch, 0
.set:
        dos     2Dh
        or      al, al
        jz      .done
.bad:
        call    to_errors
        print   'Invalid time', CR, LF
        call    flush
        mov     word [out_handle], 1
        jmp     retry_answer.time
.done:
        ret

; ----------------------------------------------------------------------------------------------------
; read_fields - up to four numbers at SI, with any of - / . : , between them
; Out: field_values (zeros where none), field_count, SI behind them; CF set if there is none or a sign
; stands without a number behind it. Clobbers: AX, BX, CX, DX, DI.
read_fields:
        mov     di, field_values
        xor     ax, ax
        mov     [field_count], ax
        mov     cx, 4
        rep     stosw
        mov     di, field_values
.next:
        call    get_number
        jc      .done
        stosw
        inc     word [field_count]
        cmp     word [field_count], 4
        jae     .end
        mov     al, [si]
        inc     si
        cmp     al, '-'
        je      .next
        cmp     al, '/'
        je      .next
        cmp     al, '.'
        je      .next
        cmp     al, ':'
        je      .next
        cmp     al, ','
        je      .next
        dec     si
.end:
        clc
.done:
        ret
