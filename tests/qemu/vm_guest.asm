; SPDX-License-Identifier: MIT
; A boot sector that does what a test of the virtual machine asks for, key by key. It owns the whole PC.
;
; Memory: 0000:0500 sector buffer (512 bytes), 0000:7C00 this code, stack below 7C00h.
;
; Any character is echoed. Function keys:
;   F1  write BUFFER_TEXT to the second sector of the boot disk     F2  send SERIAL_TEXT to COM1
;   F3  reset the PC by the keyboard controller                     F4  write 5 to the exit device
;   F5  graphics mode 13h                                           F6  switch the PC off by APM
;   F7  write DEBUG_TEXT to port E9h                                F8  receive a byte from COM1, send it back + 1
;   F9  show the first 16 characters of the disk's second sector    F10 text with 40 columns

        cpu 386
        org 0x7C00
        bits 16

BUFFER      equ 0x0500
EXIT_PORT   equ 0xF4
DEBUG_PORT  equ 0xE9

start:
        xor ax, ax
        mov ds, ax
        mov es, ax
        mov ss, ax
        mov sp, 0x7C00
        mov [drive], dl
        mov si, ready_text
        call print
next_key:
        xor ah, ah
        int 0x16
        test al, al
        jz .named
        mov ah, 0x0E
        int 0x10
        jmp next_key
.named:
        movzx bx, ah
        sub bl, 0x3B                    ; scan codes of F1 to F10 are 3Bh to 44h
        cmp bl, 10
        jae next_key
        add bx, bx
        call [actions + bx]
        jmp next_key

actions:
        dw write_sector, send_serial, reset, exit_qemu, graphics, power_off, debug, serial_echo, show_sector
        dw narrow

; print - shows a text that ends with a zero byte.  In: SI text.  Clobbers: AX, BX, SI
print:
        lodsb
        test al, al
        jz done
        mov ah, 0x0E
        mov bx, 7
        int 0x10
        jmp print
done:
        ret

write_sector:
        mov si, buffer_text
        mov di, BUFFER
        mov cx, 16
        rep movsb
        mov ax, 0x0301
        call sector
        mov si, written_text
        jmp print

show_sector:
        mov ax, 0x0201
        call sector
        mov byte [BUFFER + 16], 0
        mov si, BUFFER
        jmp print

; sector - one BIOS disk transfer, three tries, since a changed floppy fails the first.  In: AX function and count
sector:
        mov bp, 3
.try:
        push ax
        mov bx, BUFFER
        mov cx, 2
        mov dh, 0
        mov dl, [drive]
        int 0x13
        pop ax
        jnc done
        dec bp
        jnz .try
        mov si, failed_text
        jmp print

send_serial:
        mov si, serial_text
.next:
        lodsb
        test al, al
        jz done
        mov ah, 1
        xor dx, dx
        int 0x14
        jmp .next

serial_echo:
        mov ah, 2
        xor dx, dx
        int 0x14
        test ah, 0x80                   ; time-out: nothing came yet
        jnz serial_echo
        inc al
        mov ah, 1
        int 0x14
        ret

reset:
        mov al, 0xFE
        out 0x64, al
        hlt

exit_qemu:
        mov al, 5
        out EXIT_PORT, al
        ret

graphics:
        mov ax, 0x0013
        int 0x10
        ret

narrow:
        mov ax, 0x0001
        int 0x10
        mov si, ready_text
        jmp print

power_off:
        mov ax, 0x5301                  ; connect to the APM real-mode interface, then all devices off
        xor bx, bx
        int 0x15
        mov ax, 0x530E
        xor bx, bx
        mov cx, 0x0102
        int 0x15
        mov ax, 0x5307
        mov bx, 1
        mov cx, 3
        int 0x15
        ret

debug:
        mov si, debug_text
        mov cx, 5
        mov dx, DEBUG_PORT
        rep outsb
        ret

ready_text      db 1, " READY", 13, 10, 0
written_text    db "written", 13, 10, 0
failed_text     db "disk error", 13, 10, 0
serial_text     db "hello serial", 0
debug_text      db "debug"
buffer_text     db "bytes from guest"
drive           db 0

        times 510 - ($ - $$) db 0
        dw 0xAA55
