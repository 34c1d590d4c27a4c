; SPDX-License-Identifier: MIT
; CLOCK$ driver and date/time functions 2Ah-2Dh. Owns the day count.

section dosdata
clock_days      dw 0                    ; days since 1-1-1980
month_days      db 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31

section doscode

; clock_driver - AX command, ES:DI buffer; record: days w, minutes, hours,
; hundredths, seconds
clock_driver:
                cmp al, 4
                je .read
                cmp al, 8
                je .write
                cmp al, 9
                je .write
                cmp al, 3
                je dev_unknown
                cmp al, 12
                je dev_unknown
                jmp dev_done
.read:          call clock_ticks        ; EAX ticks since midnight
                push eax
                mov ax, [clock_days]
                stosw
                pop eax
                mov ecx, 65536*5        ; ticks * 65536 * 5 / 59659 hundredths... (1193180 Hz)
                mul ecx
                mov ecx, 59659
                div ecx                 ; EAX = hundredths of a second
                cmp eax, 8640000-1
                jbe .inside
                mov eax, 8640000-1
.inside:        xor edx, edx
                mov ecx, 6000
                div ecx                 ; EAX minutes, EDX rest
                mov bx, dx
                mov cl, 60
                div cl                  ; AL hours, AH minutes
                xchg al, ah
                stosw
                mov ax, bx
                mov cl, 100
                div cl                  ; AL seconds, AH hundredths
                xchg al, ah
                stosw
                jmp dev_done
.write:         mov ax, [es:di]
                mov [clock_days], ax
                movzx eax, byte [es:di+3]
                imul eax, 60
                movzx ecx, byte [es:di+2]
                add eax, ecx
                imul eax, 60
                movzx ecx, byte [es:di+5]
                add eax, ecx
                imul eax, 100
                movzx ecx, byte [es:di+4]
                add eax, ecx
                mov ecx, 59659
                mul ecx
                mov ecx, 65536*5
                div ecx
                test edx, edx
                jz .exact
                inc eax                 ; the tick in which this time has been reached
.exact:         mov dx, ax
                shr eax, 16
                mov cx, ax
                mov ah, 1
                int 0x1A
                call rtc_write
                jmp dev_done

; clock_ticks - Out: EAX ticks since midnight, day count moved on; Clobbers: ECX, EDX
clock_ticks:
                mov ah, 0
                int 0x1A
                test al, al
                jz .same
                movzx ax, al
                add [clock_days], ax
.same:          movzx eax, cx
                shl eax, 16
                mov ax, dx
                ret

; rtc_write - set the CMOS clock from the record ES:DI; Clobbers: AX, BX, CX, DX
rtc_write:
                push es
                push di
                mov al, [es:di+3]
                call .bcd
                mov ch, al
                mov al, [es:di+2]
                call .bcd
                mov cl, al
                mov al, [es:di+5]
                call .bcd
                mov dh, al
                mov dl, 0
                mov ah, 3
                int 0x1A
                mov ax, [es:di]
                call days_to_date       ; CX year, DH month, DL day
                mov ax, cx
                push dx
                xor dx, dx
                mov bx, 100
                div bx
                mov bl, dl
                call .bcd
                mov ch, al
                mov al, bl
                call .bcd
                mov cl, al
                pop dx
                mov al, dh
                call .bcd
                mov dh, al
                mov al, dl
                call .bcd
                mov dl, al
                mov ah, 5
                int 0x1A
                pop di
                pop es
                ret
.bcd:           aam
                shl ah, 4
                or al, ah
                ret

; days_to_date - In: AX days since 1980; Out: CX year, DH month, DL day, AL weekday
; Clobbers: BX
days_to_date:
                push ax
                mov cx, 1980
.year:          mov bx, 365
                test cl, 3
                jnz .len
                cmp cx, 2100
                je .len
                inc bx
.len:           cmp ax, bx
                jb .found
                sub ax, bx
                inc cx
                jmp .year
.found:         xor bx, bx
.month:         call month_len          ; DL
                xor dh, dh
                cmp ax, dx
                jb .day
                sub ax, dx
                inc bx
                jmp .month
.day:           inc ax
                mov dl, al
                mov dh, bl
                inc dh
                pop ax
                push dx
                xor dx, dx
                add ax, 2               ; 1-1-1980 was a Tuesday
                adc dx, 0
                mov bx, 7
                div bx
                mov al, dl
                pop dx
                ret
; month_len - In: BX month 0.., CX year; Out: DL days
month_len:      mov dl, [month_days+bx]
                cmp bx, 1
                jne .ret
                test cl, 3
                jnz .ret
                cmp cx, 2100
                je .ret
                inc dl
.ret:           ret

; date_to_days - In: CX year, DH month, DL day; Out: AX days since 1980, CF=1 invalid
; Clobbers: BX
date_to_days:
                cmp cx, 1980
                jb .bad
                cmp cx, 2099
                ja .bad
                push dx
                movzx bx, dh
                dec bx
                cmp bx, 11
                ja .badpop
                mov al, dl
                call month_len
                test al, al
                jz .badpop
                cmp al, dl
                ja .badpop
                movzx ax, al
                dec ax
                push si
                mov si, bx
                xor bx, bx
.months:        cmp bx, si
                jae .years
                call month_len
                xor dh, dh
                add ax, dx
                inc bx
                jmp .months
.years:         pop si
                mov bx, 1980
.year:          cmp bx, cx
                jae .ok
                add ax, 365
                test bl, 3
                jnz .nextyear
                inc ax
.nextyear:      inc bx
                jmp .year
.ok:            pop dx
                clc
                ret
.badpop:        pop dx
.bad:           stc
                ret

; clock_read, clock_store - the clock driver's record to / from clock_rec
; Clobbers: all general registers, ES, FS
clock_read:     mov al, 4
                jmp clock_call
clock_store:    mov al, 8
clock_call:     push ds
                pop es
                mov di, clock_rec
                mov cx, 6
                lfs si, [lol_clock]
                call char_req
                jmp dev_call

; get_time_stamp - Out: AX = directory time, DX = date; all else kept
get_time_stamp:
                pushad
                push es
                push fs
                call clock_read
                movzx ax, byte [clock_rec+3]
                shl ax, 6
                or al, [clock_rec+2]
                shl ax, 5
                mov bl, [clock_rec+5]
                shr bl, 1
                or al, bl
                push ax
                mov ax, [clock_rec]
                call days_to_date
                sub cx, 1980
                shl cx, 4
                or cl, dh
                shl cx, 5
                or cl, dl
                pop ax
                pop fs
                pop es
                mov bx, sp
                mov [bx+28], ax
                mov [bx+20], cx
                popad
                ret

; 2Ah date: CX year, DH month, DL day, AL weekday
core_21_2a:     call clock_read
                mov ax, [clock_rec]
                call days_to_date
                mov bx, [user_frame]
                mov [bx+frame.ax], al
                mov [bx+frame.cx], cx
                mov [bx+frame.dx], dx
                ret
; 2Bh set date CX, DH, DL
core_21_2b:     mov bx, [user_frame]
                mov cx, [bx+frame.cx]
                mov dx, [bx+frame.dx]
                call date_to_days
                mov si, [user_frame]
                mov byte [si+frame.ax], 0xFF
                jc .ret
                push ax
                call clock_read
                pop word [clock_rec]
                call clock_store
                mov si, [user_frame]
                mov byte [si+frame.ax], 0
.ret:           clc
                ret
; 2Ch time: CH hour, CL minute, DH second, DL hundredth
core_21_2c:     call clock_read
                mov bx, [user_frame]
                mov ax, [clock_rec+2]
                mov [bx+frame.cx], ax
                mov ax, [clock_rec+4]
                mov [bx+frame.dx], ax
                ret
; 2Dh set time
core_21_2d:     mov bx, [user_frame]
                mov byte [bx+frame.ax], 0xFF
                mov cx, [bx+frame.cx]
                mov dx, [bx+frame.dx]
                cmp ch, 24
                jae .ret
                cmp cl, 60
                jae .ret
                cmp dh, 60
                jae .ret
                cmp dl, 100
                jae .ret
                mov byte [bx+frame.ax], 0
                push cx
                push dx
                call clock_read         ; for the day
                pop dx
                pop cx
                mov [clock_rec+2], cx
                mov [clock_rec+4], dx
                call clock_store
.ret:           clc
                ret
