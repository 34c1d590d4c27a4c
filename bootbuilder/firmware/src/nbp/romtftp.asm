; SPDX-License-Identifier: MIT
; The same stream by the ROM's own TFTP calls, for ROMs whose UDP calls do not work.

ROM_BLOCK       equ 1456                ; what PXE ROMs have used since the first

; rom_open - asks for the file
; Clobbers: all
rom_open:
        mov     eax, [stream_pos]
        mov     [skip], eax
        mov     byte [at_end], 0
        mov     cx, ROM_BLOCK
.open:
        mov     si, path
.length:
        lodsb
        test    al, al
        jnz     .length
        cmp     si, path + 128          ; the room that the ROM gives a name
        ja      .no_file
        call    pxe_clear
        mov     eax, [server_ip]
        mov     [pxe_block + 2], eax
        mov     eax, [gateway]
        mov     [pxe_block + 6], eax
        mov     di, pxe_block + 0Ah
        mov     si, path
        call    put_text
        mov     word [pxe_block + 8Ah], TFTP_PORT
        mov     [pxe_block + 8Ch], cx
        mov     bx, PXE_TFTP_OPEN
        call    pxe_call
        jc      .failed
        mov     ax, [pxe_block + 8Ch]
        mov     [block_size], ax
        ret
.failed:
        cmp     al, STATUS_NOT_FOUND
        je      .no_file
        cmp     al, STATUS_ACCESS
        je      .no_file
        cmp     cx, 512                 ; perhaps it cannot do larger blocks
        mov     cx, 512
        jne     .open
        mov     [rom_status], ax
        jmp     rom_failed
.no_file:
        mov     word [server_code], 1
        mov     dword [server_text], 'no f'
        mov     dword [server_text + 4], 'ile'
        mov     si, fail_server
        cmp     dword [stream_pos], 0
        jne     fail
        call    next_name
        jmp     rom_open

; rom_block - the next block
; Out: CF = 0: SI = bytes, CX = how many; CF = 1: the transfer was opened again
; Clobbers: all others
rom_block:
        call    idle
        call    pxe_clear
        mov     word [pxe_block + 4], RX_SIZE
        mov     word [pxe_block + 6], rx_buffer
        mov     [pxe_block + 8], ds
        mov     bx, PXE_TFTP_READ
        call    pxe_call
        mov     [rom_status], ax
        jc      .failed
        mov     cx, [pxe_block + 4]
        mov     si, rx_buffer
        cmp     cx, [block_size]
        jae     .done
        mov     byte [at_end], 1
        clc
.done:
        ret
.failed:
        call    rom_close
        inc     byte [tries]
        cmp     byte [tries], TRIES
        jae     rom_failed
        call    rom_open
        stc
        ret

; rom_failed - tells the ROM's status, then fails
rom_failed:
        call    new_line
        mov     si, text_status
        call    print
        movzx   eax, word [rom_status]
        call    print_number
        mov     si, fail_silent
        cmp     dword [stream_pos], 0
        je      fail
        mov     si, fail_rom
        jmp     fail

; rom_close - ends the ROM's transfer
; Clobbers: BX
rom_close:
        call    pxe_clear
        mov     bx, PXE_TFTP_CLOSE
        jmp     pxe_call

text_status:            db "PXE status ", 0
