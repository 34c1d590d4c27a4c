; SPDX-License-Identifier: MIT
; NICSCAN.LST: the drivers of the disk in the order in which they are to be tried, and the adapters of each.
;
;   ; a comment
;   [pcnet]                                             a driver: its id; the first is number 1
;   1022:2000 1022:2625 PNP828D = AMD PCnet-PCI         words that mark an adapter, and its name
;
; Owns the list in memory and how an adapter is looked up in it.

        section .bss
list            resb LIST_ROOM + 2
section_at      resw 1                  ; the id behind the last [

        section .text
; load_list - read the file at list_path. Ends the program when there is none. Clobbers: all.
load_list:
        mov     dx, list_path
        mov     ax, 3D00h
        int     21h
        jc      .missing
        mov     bx, ax
        mov     dx, list
        mov     cx, LIST_ROOM + 1
        mov     ah, 3Fh
        int     21h
        jc      .missing
        cmp     ax, LIST_ROOM
        ja      .too_long
        mov     si, ax
        mov     byte [list + si], 0
        mov     ah, 3Eh
        int     21h
        ret
.too_long:
        put     'NICSCAN: longer than 40,000 bytes: '
        jmp     .end
.missing:
        put     'NICSCAN: cannot be read: '
.end:
        mov     si, list_path
        call    put_text
        call    end_line
        mov     ax, 4C00h + EXIT_LIST
        int     21h

; look_up - find the first line of the list with a word that marks the adapter in `new`.
; Out: CF clear and .number, .driver and .title of `new` set, or CF set. Clobbers: AX, CX, DX, SI, DI.
look_up:
        xor     cx, cx                  ; sections begun
        mov     si, list
.line:
        lodsb
        cmp     al, ' '
        je      .line
        cmp     al, TAB
        je      .line
        cmp     al, CR
        je      .line
        cmp     al, LF
        je      .line
        or      al, al
        jz      .none
        cmp     al, END_OF_TEXT
        je      .none
        cmp     al, '['
        je      .section
        dec     si
        cmp     al, ';'
        je      .skip_line
        jcxz    .skip_line              ; adapters of no driver
.word:
        call    is_mark
        jnc     .found
        call    skip_word
        ja      .word                   ; another word of this line
.skip_line:
        lodsb
        or      al, al
        jz      .none
        cmp     al, LF
        jne     .skip_line
        jmp     .line
.section:
        inc     cx
        cmp     cx, MOST_DRIVERS
        ja      .none
        mov     [section_at], si
        jmp     .skip_line
.none:
        stc
        ret
.found:
        mov     [new + adapter.number], cl
        mov     ax, [section_at]
        mov     [new + adapter.driver], ax
.title:
        call    skip_word
        ja      .title
        jb      .set_title              ; the line ends without a name: an empty one
        inc     si                      ; the =
.blank:
        cmp     byte [si], ' '
        jne     .set_title
        inc     si
        jmp     .blank
.set_title:
        mov     [new + adapter.title], si
        clc
        ret

; skip_word - go over the rest of a word and the blanks behind it.
; In/out: SI. Out: flags as of comparing the character there with '=': above for another word, equal for the =,
; below for the end of the line. Clobbers: AL.
skip_word:
        mov     al, [si]
        call    ends_word
        je      .blanks
        inc     si
        jmp     skip_word
.blanks:
        mov     al, [si]
        cmp     al, ' '
        je      .blank
        cmp     al, TAB
        je      .blank
        cmp     al, '='
        je      .done
        cmp     al, ' '
        jb      .done
        cmp     al, 0                   ; a digit is below '=': it only has to be above
.done:
        ret
.blank:
        inc     si
        jmp     .blanks

; ends_word - ZF set when the character AL ends a word. Keeps all registers.
ends_word:
        cmp     al, '='
        je      .done
        cmp     al, ' '
        ja      .done                   ; ZF clear
        cmp     al, al
.done:
        ret

; is_mark - is the word at SI one of the marks of `new`? Out: CF clear if so. Clobbers: AX, DI, DX.
is_mark:
        mov     di, new + adapter.marks
.mark:
        cmp     byte [di], 0
        je      .no
        mov     dx, si
.character:
        mov     al, [si]
        call    ends_word
        je      .word_ends
        call    upper
        mov     ah, al
        mov     al, [di]
        call    upper
        cmp     al, ah
        jne     .differs
        inc     si
        inc     di
        jmp     .character
.word_ends:
        cmp     byte [di], 0
        je      .yes
.differs:
        mov     si, dx
.next_mark:
        inc     di
        cmp     byte [di - 1], 0
        jne     .next_mark
        jmp     .mark
.no:
        stc
        ret
.yes:
        mov     si, dx
        clc
        ret
