; SPDX-License-Identifier: MIT
; Low entry points of the kernel: everything that interrupts, drivers and
; programs may call. They stay in dosdata while doscode can be in the HMA.

section dosdata

; a20_ensure - switch A20 on when doscode is in the HMA and A20 is off
; In: code_high; the first byte is RET until doscode moves up (set_code_seg)
; Clobbers: nothing, flags kept
a20_ensure:
                ret                     ; becomes PUSHF
                push ax
                push cx
                push si
                push di
                push ds
                push es
                cld
                xor ax, ax
                mov ds, ax
                dec ax
                mov es, ax
                mov si, 0x80            ; 0000:0080 and FFFF:0090 are one place without A20
                mov di, 0x90
                mov cx, 4
                repe cmpsd
                jne .on
                push bx
                mov ah, 5
                call far [cs:xms_entry]
                pop bx
.on:            pop es
                pop ds
                pop di
                pop si
                pop cx
                pop ax
                popf
                ret

int00_stub:     CODE_JMP int00_entry
int20_stub:     CODE_JMP int20_entry
int21_stub:     CODE_JMP int21_entry
int25_stub:     CODE_JMP int25_entry
int26_stub:     CODE_JMP int26_entry
int27_stub:     CODE_JMP int27_entry
int29_stub:     CODE_JMP int29_entry
int2f_stub:     CODE_JMP int2f_entry
cpm_stub:       CODE_JMP cpm_entry
exit22_stub:    CODE_JMP exit22_entry
upcase_stub:    CODE_JMP upcase_far     ; far routine handed out by function 38h

int23_default:                          ; the shell replaces it; RETF with CF set = abort
                stc
                retf
int24_default:  mov al, 3
                iret
int1b_entry:    mov byte [cs:break_hit], 3
iret_stub:      iret

; int19_entry - reboot: give INT 13h and the timer back as found at start-up
int19_entry:    cli
                push cs
                pop ds
                xor ax, ax
                mov es, ax
                mov si, boot_vectors
.next:          lodsw
                cmp ax, 0xFFFF
                je .done
                shl ax, 2
                mov di, ax
                movsw
                movsw
                jmp .next
.done:          int 0x19

; user_int23, user_int24, user_int28 - run a handler of the program and come back
user_int23:     int 0x23
                CODE_JMP ctrlc_return
user_int24:     int 0x24
                CODE_JMP crit_return
user_int28:     int 0x28
                call a20_ensure
                retf

; int13_thunk - INT 13h for doscode: A20 is on again afterwards (far call)
int13_thunk:    int 0x13
                call a20_ensure
                retf

; dev_thunk - call the driver entry in dev_entry (far call from doscode)
dev_thunk:      call far [cs:dev_entry]
                call a20_ensure
                retf

; far_thunk - call [far_target] for doscode
far_thunk:      call far [cs:far_target]
                call a20_ensure
                retf

; Strategy and interrupt entries of the built-in character devices
dev_strat:
nul_strat:      mov [cs:dev_req], bx
                mov [cs:dev_req+2], es
                retf
%macro DEV_INTR 2
%1:             push ax
                mov al, %2
                jmp short dev_intr_common
%endmacro
DEV_INTR nul_intr, 0
DEV_INTR con_intr, 1
DEV_INTR clock_intr, 2
DEV_INTR aux_intr, 3                    ; 3..6 COM1..COM4
DEV_INTR com2_intr, 4
DEV_INTR com3_intr, 5
DEV_INTR com4_intr, 6
DEV_INTR prn_intr, 7                    ; 7..9 LPT1..LPT3
DEV_INTR lpt2_intr, 8
DEV_INTR lpt3_intr, 9
dev_intr_common:
                CODE_JMP dev_intr

%macro DEV_HDR 5                        ; label, next, attributes, interrupt, name
%1:             dw %2, DOSDATA, %3, dev_strat, %4
                db %5
%endmacro
DEV_HDR con_hdr, aux_hdr, DEVA_CHAR|DEVA_FAST|DEVA_STDIN|DEVA_STDOUT, con_intr, 'CON     '
DEV_HDR aux_hdr, prn_hdr, DEVA_CHAR, aux_intr, 'AUX     '
DEV_HDR prn_hdr, clock_hdr, DEVA_CHAR|DEVA_BUSYOUT, prn_intr, 'PRN     '
DEV_HDR clock_hdr, com1_hdr, DEVA_CHAR|DEVA_CLOCK, clock_intr, 'CLOCK$  '
DEV_HDR com1_hdr, com2_hdr, DEVA_CHAR, aux_intr, 'COM1    '
DEV_HDR com2_hdr, com3_hdr, DEVA_CHAR, com2_intr, 'COM2    '
DEV_HDR com3_hdr, com4_hdr, DEVA_CHAR, com3_intr, 'COM3    '
DEV_HDR com4_hdr, lpt1_hdr, DEVA_CHAR, com4_intr, 'COM4    '
DEV_HDR lpt1_hdr, lpt2_hdr, DEVA_CHAR|DEVA_BUSYOUT, prn_intr, 'LPT1    '
DEV_HDR lpt2_hdr, lpt3_hdr, DEVA_CHAR|DEVA_BUSYOUT, lpt2_intr, 'LPT2    '
DEV_HDR lpt3_hdr, 0xFFFF, DEVA_CHAR|DEVA_BUSYOUT, lpt3_intr, 'LPT3    '
