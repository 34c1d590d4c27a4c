; SPDX-License-Identifier: MIT
; The command line. Owns the options and the help text.

TAIL            equ 80h                 ; in the PSP: length, then the text, then CR
DEFAULT_SECONDS equ 10
PATH_ROOM       equ 80

        section .bss
list_only       resb 1                  ; /L
pci_only        resb 1                  ; /P
take_first      resb 1                  ; /A
seconds         resw 1                  ; /M
list_path       resb PATH_ROOM          ; /T
batch_path      resb PATH_ROOM          ; /O

        section .text
; read_options - read the command line into the variables above. Ends the program for /? and wrong usage.
; Clobbers: all.
read_options:
        mov     word [seconds], DEFAULT_SECONDS
        call    default_paths
        mov     si, TAIL + 1
.next:
        lodsb
        cmp     al, ' '
        je      .next
        cmp     al, TAB
        je      .next
        cmp     al, CR
        je      .done
        cmp     al, '/'
        jne     usage
        lodsb
        call    upper
        cmp     al, '?'
        je      help
        cmp     al, 'L'
        je      .list
        cmp     al, 'P'
        je      .pci
        cmp     al, 'A'
        je      .first
        mov     ah, al
        lodsb
        cmp     al, ':'
        jne     usage
        cmp     ah, 'M'
        je      .menu
        mov     di, list_path
        cmp     ah, 'T'
        je      .path
        mov     di, batch_path
        cmp     ah, 'O'
        jne     usage
.path:
        mov     cx, PATH_ROOM - 1
.copy:
        lodsb
        cmp     al, ' '
        jbe     .copied
        stosb
        loop    .copy
        jmp     usage
.copied:
        dec     si
        mov     byte [di], 0
        jmp     .next
.list:
        inc     byte [list_only]
        jmp     .next
.pci:
        inc     byte [pci_only]
        jmp     .next
.first:
        inc     byte [take_first]
        jmp     .next
.menu:
        xor     bx, bx
        cmp     byte [si], '0'
        jb      usage
.digit:
        mov     al, [si]
        sub     al, '0'
        jb      .number
        cmp     al, 9
        ja      usage
        inc     si
        xor     ah, ah
        xchg    ax, bx
        mov     cx, 10
        mul     cx
        add     bx, ax
        cmp     bx, 999
        ja      usage
        jmp     .digit
.number:
        mov     [seconds], bx
        jmp     .next
.done:
        ret

; usage - say how it is used and end with EXIT_USAGE; help - the same with 0.
usage:
        mov     byte [help_exit], EXIT_USAGE
help:
        mov     bx, 1
        mov     dx, help_text
        mov     cx, HELP_LENGTH
        mov     ah, 40h
        int     21h
        mov     al, [help_exit]
        mov     ah, 4Ch
        int     21h

help_exit       db 0
help_text:
        db      'Finds network adapters and writes NIC.BAT for the one to use.', CR, LF, CR, LF
        db      'NICSCAN [/L] [/A] [/M:seconds] [/P] [/T:list] [/O:batch]', CR, LF, CR, LF
        db      '  /L          only list the adapters: no menu, no NIC.BAT', CR, LF
        db      '  /A          no menu: take the first in the order of the list', CR, LF
        db      '  /M:seconds  how long the menu waits (10); /M:0 waits for ever', CR, LF
        db      '  /P          look for PCI adapters only, touch no ISA card', CR, LF
        db      '  /T:list     the list of adapters (NICSCAN.LST beside NICSCAN.COM)', CR, LF
        db      '  /O:batch    the file to write (NIC.BAT beside NICSCAN.COM)', CR, LF, CR, LF
        db      'ERRORLEVEL: 0 no adapter; 1-120 number of the driver in the list, and 128', CR, LF
        db      'more when NIC.BAT could not be written; 254 no list; 255 wrong usage.', CR, LF
HELP_LENGTH     equ $ - help_text

; default_paths - the files beside this program, whose path DOS 3 and later put behind the environment;
; in the current folder where that is not known. Clobbers: all.
default_paths:
        mov     ah, 30h
        int     21h
        mov     bx, program_path        ; empty
        cmp     al, 3
        jb      .folder
        push    ds
        mov     ds, [2Ch]
        xor     si, si
.variable:
        lodsb
        or      al, al
        jnz     .variable
        cmp     [si], al                ; an empty variable ends them
        jne     .variable
        add     si, 3                   ; that zero, and the word in front of the path
        mov     di, program_path
        mov     cx, PATH_ROOM - 13      ; room for our names
.copy:
        lodsb
        stosb
        cmp     al, ':'
        je      .behind
        cmp     al, '\'
        jne     .not_behind
.behind:
        mov     bx, di
.not_behind:
        or      al, al
        jz      .copied
        loop    .copy
        mov     bx, program_path
.copied:
        pop     ds
.folder:
        mov     byte [bx], 0
        mov     di, list_path
        mov     si, list_name
        call    .join
        mov     di, batch_path
        mov     si, batch_name
.join:
        push    si
        mov     si, program_path
        call    .append
        pop     si
        dec     di
.append:
        lodsb
        stosb
        or      al, al
        jnz     .append
        ret

list_name       db 'NICSCAN.LST', 0
batch_name      db 'NIC.BAT', 0
        section .bss
program_path    resb PATH_ROOM
        section .text

; upper - AL in upper case, a letter of ASCII.
upper:
        cmp     al, 'a'
        jb      .done
        cmp     al, 'z'
        ja      .done
        sub     al, 32
.done:
        ret
