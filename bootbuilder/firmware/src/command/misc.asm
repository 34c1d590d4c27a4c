; SPDX-License-Identifier: MIT
; Small commands: ECHO, CLS, VER, VOL, LABEL, BREAK, VERIFY, CHCP, CTTY.

        section .tbss
label_fcb       resb    64              ; extended FCB of LABEL
label_dta       resb    80

        section .trans
; ----------------------------------------------------------------------------------------------------
; cmd_echo - ECHO [ON|OFF|text]
cmd_echo:
        mov     al, [si]
        or      al, al
        jz      .state
        inc     si                      ; one character separates: blank . : and the like
        call    is_delimiter
        jne     .text
        push    si
        call    skip_delimiters
        mov     di, si
        pop     si
        or      al, al
        jz      .state
        mov     bx, r_echo
        push    si
        mov     si, di
        call    on_or_off
        pop     si
        jnc     .done
.text:
        mov     dx, si
        call    put_string
        jmp     crlf
.state:
        print   'ECHO is '
        mov     bx, r_echo
        mov     al, [fs:bx]
        jmp     put_on_off
.done:
        ret

; on_or_off - set the resident flag FS:BX if the text at SI is just ON or OFF; CF set if it is neither
; Clobbers: AX, DI, SI.
on_or_off:
        mov     di, bx
        mov     bx, word_on
        mov     ah, 1
        push    ax
        call    match_word
        pop     ax
        je      .rest
        mov     bx, word_off
        mov     ah, 0
        push    ax
        call    match_word
        pop     ax
        stc
        jne     .done
.rest:
        push    ax
        call    skip_delimiters
        cmp     al, 1                   ; CF clear if more text follows
        cmc
        pop     ax
        jc      .done
        mov     [fs:di], ah
.done:
        ret
word_on         db      'ON', 0
word_off        db      'OFF', 0

; put_on_off - "on" or "off" for AL and a new line
put_on_off:
        or      al, al
        jz      .off
        print   'on', CR, LF
        ret
.off:
        print   'off', CR, LF
        ret

        section .res
r_switch        db      0               ; scratch of BREAK and VERIFY
        section .trans
; ----------------------------------------------------------------------------------------------------
; cmd_break - BREAK [ON|OFF]; cmd_verify - VERIFY [ON|OFF]
cmd_break:
        call    skip_delimiters
        or      al, al
        jz      .show
        call    want_on_off
        mov     ax, 3301h
        int     21h
        ret
.show:
        print   'BREAK is '
        mov     ax, 3300h
        int     21h
        mov     al, dl
        jmp     put_on_off
cmd_verify:
        call    skip_delimiters
        or      al, al
        jz      .show
        call    want_on_off
        mov     al, dl
        mov     dl, 0
        dos     2Eh
        ret
.show:
        print   'VERIFY is '
        dos     54h
        jmp     put_on_off
; want_on_off - DL = 1 for ON, 0 for OFF at SI; anything else ends the command
want_on_off:
        mov     bx, r_switch
        call    on_or_off
        mov     dl, [fs:r_switch]
        jc      .bad
        ret
.bad:
        fail    'Must specify ON or OFF'

; ----------------------------------------------------------------------------------------------------
; cmd_chcp - CHCP [nnn]
cmd_chcp:
        call    skip_delimiters
        or      al, al
        jz      .show
        call    get_number
        jc      syntax_error
        xchg    bx, ax
        mov     ax, 6602h
        int     21h
        jc      .bad
        ret
.bad:
        fail    'Code page not available'
.show:
        mov     ax, 6601h
        int     21h
        jc      .bad
        print   'Active code page: '
        movzx   eax, bx
        call    put_number
        jmp     crlf

; ----------------------------------------------------------------------------------------------------
; cmd_cls - CLS: the BIOS clears the PC's screen, anything else gets the ANSI sequence
cmd_cls:
        call    flush
        mov     bx, 1
        mov     ax, 4400h
        int     21h
        and     dl, 92h
        cmp     dl, 92h
        jne     .ansi
        mov     ah, 0Fh
        int     10h                     ; BH = page, AH = columns
        mov     dl, ah
        dec     dl
        push    ds
        mov     ax, 40h
        mov     ds, ax
        mov     dh, [84h]
        pop     ds
        cmp     dh, 10
        jae     .rows
        mov     dh, 24
.rows:
        push    bx
        mov     ah, 8                   ; keep the colours in use
        int     10h
        mov     bh, ah
        and     bh, 7Fh
        xor     cx, cx
        mov     ax, 600h
        int     10h
        pop     bx
        xor     dx, dx
        mov     ah, 2
        int     10h
        ret
.ansi:
        print   ESCAPE, '[2J', ESCAPE, '[H'
        ret

; ----------------------------------------------------------------------------------------------------
; cmd_ver - VER
cmd_ver:
        print   CR, LF, VERSION_TEXT, ', DOS '
        call    put_version_number
        call    crlf
        jmp     crlf
; put_version - for the prompt
put_version:
        print   'DOS '
; put_version_number - the version DOS says it is. Clobbers: all.
put_version_number:
        mov     ax, 3306h               ; the true one, where there is one
        int     21h
        cmp     al, 0FFh
        je      .old
        mov     ax, bx
        cmp     al, 5
        jae     .known
.old:
        mov     ax, 3000h
        int     21h
.known:
        mov     bl, ah
        movzx   eax, al
        call    put_number
        mov     al, '.'
        call    put_char
        mov     al, bl
        jmp     put_two

; ----------------------------------------------------------------------------------------------------
; cmd_vol - VOL [drive:]
cmd_vol:
        call    skip_delimiters
        or      al, al
        jz      .current
        cmp     byte [si + 1], ':'
        jne     bad_drive
        call    upper
        jmp     put_volume
.current:
        dos     19h
        add     al, 'A'
; put_volume - label and serial number of the drive with the letter AL. Clobbers: all.
put_volume:
        mov     [.root], al
        mov     word [.root + 1], ':\'
        mov     dword [.root + 3], '*.*'
        mov     dx, dta
        dos     1Ah
        mov     dx, .root
        mov     cx, ATTR_LABEL
        dos     4Eh
        jnc     .title
        cmp     ax, 15                  ; invalid drive
        je      dos_failed
        cmp     ax, 19                  ; critical errors that were answered with Fail
        jae     dos_failed
        mov     byte [dta + found.attr], 0
.title:
        print   CR, LF, ' Volume in drive '
        mov     al, [.root]
        call    put_char
        test    byte [dta + found.attr], ATTR_LABEL
        jz      .none
        print   ' is '
        mov     si, dta + found.name    ; "LABELXYZ.ABC" is one word of 11
        mov     cx, 8
.char:
        lodsb
        or      al, al
        jz      .serial
        cmp     al, '.'
        je      .dot
        call    put_char
        dec     cx
        jmp     .char
.dot:
        call    put_spaces              ; a short first part was padded
        jmp     .char
.none:
        print   ' has no label'
.serial:
        mov     bl, [.root]
        sub     bl, 'A' - 1
        xor     bh, bh
        mov     dx, serial_info
        mov     ax, 6900h
        int     21h
        jc      .end
        print   CR, LF, ' Volume Serial Number is '
        mov     ax, [serial_info + 4]
        call    put_hex
        mov     al, '-'
        call    put_char
        mov     ax, [serial_info + 2]
        call    put_hex
.end:
        jmp     crlf

        section .tbss
put_volume.root resb    8
        section .trans

; put_hex - AX in four hexadecimal digits. Clobbers: AX, CX, DX.
put_hex:
        mov     dx, ax
        mov     cx, 4
.next:
        rol     dx, 4
        mov     al, dl
        and     al, 15
        cmp     al, 10
        sbb     al, 69h
        das
        call    put_char
        loop    .next
        ret

; ----------------------------------------------------------------------------------------------------
; cmd_label - LABEL [drive:][text]
cmd_label:
        call    skip_delimiters
        mov     dl, al
        or      al, al
        jz      .current
        cmp     byte [si + 1], ':'
        je      .drive
.current:
        dos     19h
        add     al, 'A'
        mov     dl, al
        jmp     .text
.drive:
        mov     al, dl
        call    upper
        mov     dl, al
        inc     si
        inc     si
.text:
        mov     [label_fcb + 7], dl
        call    skip_blanks
        or      al, al
        jnz     .given
        mov     al, dl
        push    ax
        call    put_volume
        print   'Volume label (11 characters, ENTER for none)? '
        call    read_answer
        jc      main_loop
        mov     si, raw
        pop     ax
        cmp     byte [si], 0
        jne     .given
        print   'Delete the current label (Y/N)?'
        call    yes_or_no
        jc      .done
.given:
        push    si
        sub     byte [label_fcb + 7], 'A' - 1
        mov     byte [label_fcb], NONE
        mov     byte [label_fcb + 6], ATTR_LABEL
        mov     di, label_fcb + 8
        mov     cx, 11
        mov     al, '?'
        rep     stosb
        mov     dx, label_dta
        dos     1Ah
        mov     dx, label_fcb
        dos     13h                     ; delete what is there, if anything
        pop     si
        cmp     byte [si], 0
        je      .done
        mov     di, label_fcb + 8
        mov     cx, 11
.char:
        lodsb
        or      al, al
        jz      .fill
        call    upper
        cmp     al, ' '
        jb      .bad
        push    di
        push    cx
        mov     di, .forbidden
        mov     cx, .forbidden_end - .forbidden
        repne   scasb
        pop     cx
        pop     di
        je      .bad
        stosb
        loop    .char
.fill:
        mov     al, ' '
        rep     stosb
        mov     dx, label_fcb
        dos     16h
        or      al, al
        jnz     .failed
        mov     dx, label_fcb
        dos     10h
.done:
        ret
.bad:
        fail    'Invalid characters in volume label'
.failed:
        fail    'Cannot make the volume label'
.forbidden      db      '*?/\|.,;:+=[]()&^<>"'
.forbidden_end:

; ----------------------------------------------------------------------------------------------------
; cmd_ctty - CTTY device
cmd_ctty:
        mov     di, file_name
        call    get_word
        jc      need_argument
        mov     dx, file_name
        mov     ax, 3D02h
        int     21h
        jc      .bad
        xchg    bx, ax
        mov     ax, 4400h
        int     21h
        test    dl, 80h
        jz      .file
        call    flush
        push    bx
        call    restore_handles
        pop     bx
        xor     cx, cx
.handle:
        dos     46h
        inc     cx
        cmp     cx, 3
        jb      .handle
        dos     3Eh
        ret
.file:
        dos     3Eh
.bad:
        fail    'Invalid device'
