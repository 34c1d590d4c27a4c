; SPDX-License-Identifier: MIT
; Countries, upper-casing, code page: functions 38h, 63h, 65h, 66h. Their tables
; that programs get pointers to are in data.inc.

section dosbss
collate_tab     resb 258                ; filled in by init

section doscode

; upcase - In/Out: AL
upcase:         cmp al, 'a'
                jb .ret
                cmp al, 'z'
                jbe .ascii
                cmp al, 0x80
                jb .ret
                push bx
                movzx bx, al
                mov al, [upcase_hi+bx-0x80]
                pop bx
.ret:           ret
.ascii:         sub al, 32
                ret

; upcase_far - the case map routine programs get: AL 80h and up only
upcase_far:     cmp al, 0x80
                jb .ret
                push ds
                push DOSDATA
                pop ds
                call upcase
                pop ds
.ret:           retf

; country_check - BX = country: ours, or 0; Out: BX ours, CF=1 AX=2 another
country_check:  test bx, bx
                jz .ours
                cmp bx, 0xFFFF
                je .ours
                cmp bx, [country_code]
                je .ours
                mov ax, ERR_FILE
                stc
                ret
.ours:          mov bx, [country_code]
                clc
                ret

; 38h get (to DS:DX) or set (DX = FFFFh) country; only the current one is resident
core_21_38:     mov si, [user_frame]
                movzx bx, byte [si+frame.ax]
                cmp bl, 0xFF
                jne .code
                mov bx, [si+frame.bx]
.code:          call country_check
                jc .ret
                cmp word [si+frame.dx], 0xFFFF
                je .ok
                mov es, [si+frame.ds]
                mov di, [si+frame.dx]
                mov [si+frame.bx], bx
                mov [si+frame.ax], bx
                mov si, country_info
                mov cx, 17
                cld
                rep movsw
.ok:            clc
.ret:           ret

; 63h lead-byte table: empty
core_21_63:     mov si, [user_frame]
                mov word [si+frame.si], dbcs_tab+2
                mov word [si+frame.ds], DOSDATA
                mov byte [si+frame.ax], 0
                clc
                ret

; 65h extended country information, upper-casing
core_21_65:     mov si, [user_frame]
                mov al, [si+frame.ax]
                cmp al, 1
                je .info
                mov bx, upcase_tab
                cmp al, 2
                je .table
                cmp al, 4
                je .table
                mov bx, fchar_tab
                cmp al, 5
                je .table
                mov bx, collate_tab
                cmp al, 6
                je .table
                mov bx, dbcs_tab
                cmp al, 7
                je .table
                mov ah, al
                and al, 0x7F
                cmp al, 0x20
                je .char
                cmp al, 0x21
                je .string
                cmp al, 0x22
                je .asciz
                cmp al, 0x23
                je .yesno
                jmp func_bad
.table:         cmp word [si+frame.cx], 5
                jb func_bad
                mov es, [si+frame.es]
                mov di, [si+frame.di]
                cld
                stosb
                mov ax, bx
                stosw
                mov ax, DOSDATA
                stosw
                mov ax, 5
.size:          mov [si+frame.cx], ax
                mov ax, [code_page]
                mov [si+frame.ax], ax
                clc
                ret
.info:          mov cx, [si+frame.cx]
                cmp cx, 5
                jb func_bad
                mov bx, [si+frame.dx]   ; country
                call country_check
                jc .bad
                push si
                push cx
                push ds
                pop es
                mov di, name2           ; scratch
                mov al, 1
                cld
                stosb
                mov ax, 38
                stosw
                mov ax, bx
                stosw
                mov ax, [code_page]
                stosw
                mov si, country_info
                mov cx, 17
                rep movsw
                pop cx
                pop si
                cmp cx, 41
                jbe .fits
                mov cx, 41
.fits:          mov ax, cx
                sub ax, 3
                mov [name2+1], ax
                mov ax, cx
                mov es, [si+frame.es]
                mov di, [si+frame.di]
                push si
                mov si, name2
                rep movsb
                pop si
                jmp .size
.bad:           ret
.char:          mov al, [si+frame.dx]
                call upcase
                mov [si+frame.dx], al
                clc
                ret
.string:        mov cx, [si+frame.cx]
                mov es, [si+frame.ds]
                mov di, [si+frame.dx]
                jcxz .done
.next:          mov al, [es:di]
                call upcase
                stosb
                loop .next
.done:          clc
                ret
.asciz:         mov es, [si+frame.ds]
                mov di, [si+frame.dx]
.nextz:         mov al, [es:di]
                test al, al
                jz .done
                call upcase
                stosb
                jmp .nextz
.yesno:         mov al, [si+frame.dx]
                call upcase
                xor bx, bx
                cmp al, 'N'
                je .answer
                inc bx
                cmp al, 'Y'
                je .answer
                inc bx
.answer:        mov [si+frame.ax], bx
                clc
                ret

; 66h code page: 01 get, 02 set
core_21_66:     mov si, [user_frame]
                mov al, [si+frame.ax]
                cmp al, 1
                je .get
                cmp al, 2
                jne func_bad
                mov ax, [si+frame.bx]
                cmp ax, [code_page]
                mov ax, ERR_FILE
                je .ok
                stc
                ret
.get:           mov ax, [code_page]
                mov [si+frame.bx], ax
                mov [si+frame.dx], ax
.ok:            clc
                ret

; ------------------------------------------------- COUNTRY= at start-up
section init
; code w, date format, currency[4], thousands, decimal, date, time separator,
; currency format, digits, clock, list separator
COUNTRY_SIZE    equ 15
countries:
%macro COUNTRY 11
                dw %1
                db %2
%%c:            db %3
                times 4-($-%%c) db 0
                db %4, %5, %6, %7, %8, %9, %10, %11
%endmacro
                COUNTRY 1, 0, '$', ',', '.', '-', ':', 0, 2, 0, ','
                COUNTRY 2, 2, '$', ' ', ',', '-', ':', 3, 2, 1, ';'
                COUNTRY 3, 1, '$', ',', '.', '/', ':', 0, 2, 0, ','
                COUNTRY 7, 1, 'R', ' ', ',', '.', ':', 3, 2, 1, ';'
                COUNTRY 27, 2, 'R', ' ', '.', '/', ':', 0, 2, 1, ';'
                COUNTRY 30, 1, 'EUR', '.', ',', '/', ':', 3, 2, 1, ';'
                COUNTRY 31, 1, 'EUR', '.', ',', '-', ':', 2, 2, 1, ';'
                COUNTRY 32, 1, 'EUR', '.', ',', '/', ':', 3, 2, 1, ';'
                COUNTRY 33, 1, 'EUR', ' ', ',', '/', ':', 3, 2, 1, ';'
                COUNTRY 34, 1, 'EUR', '.', ',', '/', ':', 3, 2, 1, ';'
                COUNTRY 36, 2, 'Ft', ' ', ',', '.', ':', 3, 2, 1, ';'
                COUNTRY 39, 1, 'EUR', '.', ',', '/', '.', 3, 2, 1, ';'
                COUNTRY 41, 1, 'Fr.', "'", '.', '.', ':', 2, 2, 1, ';'
                COUNTRY 43, 1, 'EUR', '.', ',', '.', ':', 3, 2, 1, ';'
                COUNTRY 44, 1, 0x9C, ',', '.', '/', ':', 0, 2, 1, ','
                COUNTRY 45, 1, 'kr', '.', ',', '-', '.', 2, 2, 1, ';'
                COUNTRY 46, 2, 'kr', ' ', ',', '-', ':', 3, 2, 1, ';'
                COUNTRY 47, 1, 'kr', '.', ',', '.', ':', 2, 2, 1, ';'
                COUNTRY 48, 2, 'Z', ' ', ',', '-', ':', 3, 2, 1, ';'
                COUNTRY 49, 1, 'EUR', '.', ',', '.', ':', 3, 2, 1, ';'
                COUNTRY 55, 1, 'R$', '.', ',', '/', ':', 2, 2, 1, ';'
                COUNTRY 61, 1, '$', ',', '.', '/', ':', 0, 2, 0, ','
                COUNTRY 81, 2, 0x9D, ',', '.', '-', ':', 0, 0, 1, ','
                COUNTRY 351, 1, 'EUR', '.', ',', '/', ':', 3, 2, 1, ';'
                COUNTRY 358, 1, 'EUR', ' ', ',', '.', '.', 3, 2, 1, ';'
                COUNTRY 420, 1, 'K', ' ', ',', '.', ':', 3, 2, 1, ';'
                COUNTRY 421, 1, 'EUR', ' ', ',', '.', ':', 3, 2, 1, ';'
                dw 0

; country_find - In: BX code; Out: SI -> row (through CS), CF=1 unknown; Clobbers: AX
country_find:   mov si, countries
.next:          mov ax, [cs:si]
                test ax, ax
                stc
                jz .ret
                cmp ax, bx
                je .ret
                add si, COUNTRY_SIZE
                jmp .next
.ret:           ret

; country_fill - row SI into the 34-byte block ES:DI; Clobbers: AX, CX, DI, SI
country_fill:   add si, 2
                cld
                cs lodsb
                xor ah, ah
                stosw
                mov cx, 2
.cur:           cs lodsw
                stosw
                loop .cur
                xor al, al
                stosb
                mov cx, 4
.sep:           cs lodsb
                xor ah, ah
                stosw
                loop .sep
                mov cx, 3
.fmt:           cs lodsb
                stosb
                loop .fmt
                mov ax, upcase_stub
                stosw
                mov ax, DOSDATA
                stosw
                cs lodsb
                xor ah, ah
                stosw
                xor ax, ax
                mov cx, 5
                rep stosw
                ret

; country_set - make BX the current country; Out: CF=1 unknown
country_set:    call country_find
                jc .ret
                mov [country_code], bx
                push ds
                pop es
                mov di, country_info
                call country_fill
                clc
.ret:           ret
