; SPDX-License-Identifier: MIT
; What went wrong, on the screen: a code of two letters and a sentence, what the server said, and what to do next.
; docs/troubleshooting.md explains each code.

%macro failure 2                        ; failure LABEL, "CC sentence"
%1:     db      %2, 0
%endmacro

; fail - tells what went wrong; then a key tries again, Esc or time gives the PC to the next boot device
; In:  SI = text that starts with the code
; Out: does not return
fail:
        mov     ax, cs
        mov     ds, ax
        mov     es, ax
        mov     ss, ax
        mov     sp, STACK_TOP
        cld
        sti
        push    si
        call    new_line
        mov     si, text_error
        call    print
        pop     si
        lodsb
        call    put_char
        lodsb
        call    put_char
        mov     al, ':'
        call    put_char
        call    print
        call    new_line
        cmp     byte [server_text], 0
        je      .no_text
        mov     si, text_server_says
        call    print
        movzx   eax, word [server_code]
        call    print_number
        mov     si, text_quote
        call    print
        mov     si, server_text
        mov     cx, SERVER_TEXT_SIZE
        call    print_limited
        call    new_line
.no_text:
        call    udp_close
        cmp     byte [retry_useless], 0
        jne     .leave
        mov     si, text_try_again
        call    print
        mov     al, [PARAM_ERROR_WAIT]
        mov     si, text_count
        call    count_down
        jc      leave
        cmp     al, 27
        je      leave
        mov     byte [server_text], 0
        jmp     again
.leave:
        mov     al, [PARAM_ERROR_WAIT]
        mov     si, text_next_device
        call    count_down
        jmp     leave

text_error:             db "Error ", 0
text_server_says:       db "The server says (", 0
text_quote:             db "): ", 0
text_try_again:         db "Any key tries again, Esc goes on to the next boot device.", 13, 10, 0
text_count:             db 13, "Next boot device in ", 0
text_next_device:       db 13, "A key goes on to the next boot device; that happens anyway in ", 0

failure fail_no_pxe,    "NP the PXE ROM cannot be found."
failure fail_no_server, "NS the boot ROM knows no server: the DHCP answer names none."
failure fail_params,    "PB this boot program was not filled in; build it again."
failure fail_memory,    "ME not enough extended memory for the image."
failure fail_base,      "BM not enough conventional memory for the drive in RAM."
failure fail_copy,      "CP copying to extended memory failed (INT 15h function 87h)."
failure fail_silent,    "NA no answer from the server."
failure fail_lost,      "LC the connection was lost; the server was there and answers no more."
failure fail_server,    "TE the server refuses the file."
failure fail_rom,       "RT the ROM's own TFTP failed."
failure fail_short,     "SZ the file on the server has another size than the image that was built."
failure fail_hash,      "HS the image is not the one that was built: its hash is wrong."
failure fail_gzip,      "GZ the compressed image is damaged."
failure fail_escape,    "ES stopped by the Esc key."
failure fail_sector,    "BS the drive in RAM cannot be read."
