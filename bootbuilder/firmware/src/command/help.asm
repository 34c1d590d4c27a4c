; SPDX-License-Identifier: MIT
; HELP and /?: one line for each command.

        section .trans
; ----------------------------------------------------------------------------------------------------
; cmd_help - HELP [command]
cmd_help:
        call    skip_delimiters
        or      al, al
        jz      help_wanted.all
        mov     [command_word], si
; help_wanted - show the line of the command at command_word
help_wanted:
        mov     bp, [command_word]
        mov     si, help_lines
.next:
        cmp     byte [si], 0
        je      .all
        mov     di, si                  ; the names stand first, several with | between
.names:
        mov     bx, bp
.compare:
        mov     al, [di]
        inc     di
        cmp     al, '|'
        je      .end_of_name
        cmp     al, ' '
        je      .end_of_name
        or      al, al
        jz      .end_of_name
        mov     ah, al
        mov     al, [bx]
        inc     bx
        call    upper
        cmp     al, ah
        je      .compare
.other:                                 ; to the next name of this line
        mov     al, [di - 1]
        inc     di
        cmp     al, '|'
        je      .back
        cmp     al, ' '
        ja      .other
.skip:
        lodsb
        or      al, al
        jnz     .skip
        jmp     .next
.back:
        dec     di
        jmp     .names
.end_of_name:
        mov     al, [bx]
        cmp     al, 'A' - 1
        ja      .differs
        mov     dx, si
        call    put_string
        jmp     crlf
.differs:
        jmp     .other
.all:
        mov     si, help_lines
.line:
        cmp     byte [si], 0
        je      .done
        mov     dx, si
        call    put_string
        call    crlf
.end:
        lodsb
        or      al, al
        jnz     .end
        jmp     .line
.done:
        ret

help_lines:
        db      'ATTRIB [+R|-R] [+A|-A] [+S|-S] [+H|-H] [file ...]', 0
        db      'BREAK [ON|OFF]', 0
        db      'CALL batch-file [parameters]', 0
        db      'CD|CHDIR [drive:][path]', 0
        db      'CHCP [code page]', 0
        db      'CHOICE [/C:keys] [/N] [/S] [/T:key,seconds] [text]', 0
        db      'CLS', 0
        db      'COPY [/A|/B] [/Y] source[+source ...] [target]', 0
        db      'CTTY device', 0
        db      'DATE [date]', 0
        db      'DEL|ERASE [/P] [/Y] file ...', 0
        db      'DIR [path] [/P] [/W] [/B] [/S] [/L] [/A[[-]DRHSA]] [/O[[-]NESDG]]', 0
        db      'ECHO [ON|OFF|text]', 0
        db      'EXIT [errorlevel]', 0
        db      'FOR %x IN (set) DO command', 0
        db      'GOTO label', 0
        db      'IF [NOT] ERRORLEVEL n|EXIST file|a==b command', 0
        db      'LABEL [drive:][label]', 0
        db      'LH|LOADHIGH program [parameters]', 0
        db      'MD|MKDIR path', 0
        db      'MEM', 0
        db      'MOVE [/Y] source target', 0
        db      'PATH [list|;]', 0
        db      'PAUSE [text]', 0
        db      'PROMPT [text with $P $G $N $D $T $V $_ $$ $E $L $B $Q $H]', 0
        db      'RD|RMDIR path', 0
        db      'REM text', 0
        db      'REN|RENAME file name', 0
        db      'SET [/P] [name=[value]]', 0
        db      'SHIFT', 0
        db      'TIME [time]', 0
        db      'TRUENAME [path]', 0
        db      'TYPE file ...', 0
        db      'VER', 0
        db      'VERIFY [ON|OFF]', 0
        db      'VOL [drive:]', 0
        db      0
