; SPDX-License-Identifier: MIT
; CD, MD, RD.

        section .trans
; ----------------------------------------------------------------------------------------------------
; cmd_cd - CD [path]; without a path, or with a drive alone, the directory is shown
cmd_cd:
        mov     di, file_name
        call    get_word
        jc      .current
        mov     al, [file_name]
        cmp     word [file_name + 1], ':'
        je      .drive
        mov     dx, file_name
        dos     3Bh
        jc      .failed
        ret
.failed:
        cmp     ax, 2
        je      .invalid
        cmp     ax, 3
        jne     dos_failed
.invalid:
        fail    'Invalid directory'
.current:
        xor     dl, dl
        jmp     .show
.drive:
        call    upper
        sub     al, 'A' - 1
        mov     dl, al
.show:
        call    get_directory
        jc      dos_failed
        mov     dx, directory_text
        call    put_string
        jmp     crlf

; cmd_md - MD path
cmd_md:
        xor     edx, edx
        call    one_argument
        mov     dx, si
        dos     39h
        jnc     .done
        cmp     ax, 5
        jne     dos_failed
        fail    'Unable to create directory'
.done:
        ret

; cmd_rd - RD path
cmd_rd:
        xor     edx, edx
        call    one_argument
        mov     dx, si
        dos     3Ah
        jnc     .done
        cmp     ax, 16
        je      dos_failed
        cmp     ax, 19
        jae     dos_failed
        fail    'Invalid path, not directory, or directory not empty'
.done:
        ret
