; SPDX-License-Identifier: MIT
; SAY - prints the text that -DTEXT gave it: programs that differ by name only.
        org     100h
        mov     dx, text
        mov     ah, 9
        int     21h
        ret
%defstr TEXT_STRING TEXT
text    db      TEXT_STRING, 13, 10, '$'
