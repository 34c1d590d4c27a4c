; SPDX-License-Identifier: MIT
; A kernel that is no kernel: it judges how a boot sector handed over to it, says so on the screen and halts.
; Built once for each family, with STYLE = FREEDOS, EDR, DRDOS, IOSYS, DOS2 or MSDOS7 and LENGTH = bytes of the file.
; It prints "probe: ok", or "probe: bad" and a letter for each check that failed (see the macro calls).
;
; Memory: it runs where it was loaded, CS:0; the file behind the code is a sequence of words, each its own
; offset / 2, so that a sector that is missing or in the wrong place shows. The stack is the boot sector's.

        cpu     8086
        org     0

FREEDOS equ 0
EDR     equ 1
DRDOS   equ 2
IOSYS   equ 3
DOS2    equ 4
MSDOS7  equ 5

%if STYLE = FREEDOS
LOAD_SEGMENT    equ 60h
%else
LOAD_SEGMENT    equ 70h
%endif
%if STYLE = FREEDOS || STYLE = EDR
SECTOR_SEGMENT  equ 1FE0h
%else
SECTOR_SEGMENT  equ 0
%endif
%if STYLE = IOSYS || STYLE = DOS2 || STYLE = MSDOS7
LOADED          equ 4 * 512             ; bytes of the file that the boot sector loads
%else
LOADED          equ LENGTH
%endif

SECTOR          equ 7C00h
MEDIA           equ SECTOR + 15h
HIDDEN          equ SECTOR + 1Ch
DRIVE           equ SECTOR + 24h
INT_1E          equ 78h
DPT_SECTOR_SIZE equ 3                   ; a table's byte that is 2 for 512-byte sectors

; want CONDITION, LETTER - a check: the letter is printed unless the condition (as in jcc) holds
%macro want 2
        j%1     %%good
        mov     al, %2
        call    bad
%%good:
%endmacro

%if STYLE = MSDOS7
        db      "MZ"
        times 200h - ($ - $$) db 0
%endif

entry:
        mov     [cs:was_ax], ax
        mov     [cs:was_bx], bx
        mov     [cs:was_cx], cx
        mov     [cs:was_dx], dx
        mov     [cs:was_si], si
        mov     [cs:was_di], di
        mov     [cs:was_bp], bp
        mov     [cs:was_sp], sp
        mov     [cs:was_ds], ds
        mov     [cs:was_es], es
        mov     ax, cs
        mov     ds, ax
        cmp     ax, LOAD_SEGMENT
        want    e, "A"                  ; loaded and entered at its segment
        mov     ax, ss
        cmp     ax, SECTOR_SEGMENT
        want    e, "B"                  ; SS is the sector's segment
        mov     ax, SECTOR_SEGMENT
        mov     es, ax                  ; ES stays there
        cmp     bp, SECTOR
        want    e, "C"                  ; BP points at the sector
        cmp     word [es:SECTOR], 3CEBh
        want    e, "D"                  ; which is still there
        cmp     word [es:SECTOR + 1FEh], 0AA55h
        want    e, "E"
        cmp     [es:DRIVE], dl
        want    e, "F"                  ; DL = drive, also in the BPB

        cld                             ; all that should be loaded is
        mov     si, filler
        mov     bx, filler
        shr     bx, 1
        mov     cx, LOADED / 2
        sub     cx, bx
.filler:
        lodsw
        cmp     ax, bx
        jne     .wrong
        inc     bx
        test    si, si
        jnz     .same_segment           ; a kernel may be larger than 64 KB
        mov     ax, ds
        add     ax, 1000h
        mov     ds, ax
.same_segment:
        loop    .filler
.wrong:
        push    cs
        pop     ds
        test    cx, cx
        want    z, "G"

%if STYLE = FREEDOS || STYLE = EDR || STYLE = DRDOS
        mov     al, [was_dx]
        cmp     [was_bx], al
        want    e, "H"                  ; BL = DL
        mov     ax, [was_ds]
        cmp     ax, SECTOR_SEGMENT
        want    e, "I"                  ; DS = SS
%else
        call    data_area
  %if STYLE = MSDOS7
        cmp     [es:SECTOR - 4], ax
        want    e, "J"                  ; first sector of the data area
        cmp     [es:SECTOR - 2], dx
        want    e, "K"
        cmp     word [was_si], 0
        want    e, "L"                  ; SI:DI = first cluster
        cmp     word [was_di], 2
        want    ae, "M"
        mov     bx, [was_sp]
        cmp     word [es:bx], INT_1E
        want    e, "N"                  ; the address of the vector on the stack
        les     bx, [es:bx + 4]
        cmp     byte [es:bx + DPT_SECTOR_SIZE], 2
        want    e, "O"                  ; and the table it pointed to
        mov     ax, SECTOR_SEGMENT
        mov     es, ax
        cmp     word [es:INT_1E], 522h
        want    e, "P"
  %else
        cmp     [was_bx], ax
        want    e, "J"
        mov     es, [was_ds]
        mov     bx, [was_si]
        cmp     byte [es:bx + DPT_SECTOR_SIZE], 2
        want    e, "O"                  ; DS:SI = the BIOS's diskette parameter table
        mov     ax, SECTOR_SEGMENT
        mov     es, ax
        cmp     word [es:INT_1E], SECTOR + 3Eh
        want    e, "P"                  ; INT 1Eh = our copy
        cmp     word [es:500h], "IO"
        want    e, "Q"                  ; the root directory at 0:500
        cmp     word [was_sp], SECTOR
        want    e, "R"
    %if STYLE = DOS2
        int     11h
        mov     cl, 6
        shr     ax, cl
        and     ax, 3
        inc     ax
        cmp     [was_cx], ax
        want    e, "S"                  ; CX = floppy drives
        cmp     word [was_ax], 0
        want    e, "T"
    %else
        cmp     [was_ax], dx
        want    e, "K"
        mov     al, [es:MEDIA]
        cmp     [was_cx + 1], al
        want    e, "U"                  ; CH = media descriptor
    %endif
  %endif
%endif

        mov     si, text_ok
        cmp     byte [letters], 0
        je      .say
        mov     si, text_bad
.say:
        call    print
        mov     si, letters
        call    print
        mov     si, text_end
        call    print
.halt:
        hlt
        jmp     short .halt

; bad - notes the letter of a failed check
; In:  AL = letter, DS = CS
; Clobbers: DI
bad:
        mov     di, [next_letter]
        mov     [di], al
        inc     word [next_letter]
        ret

; data_area - works out the first sector of the data area from the BPB
; In:  ES = 0
; Out: DX:AX
; Clobbers: BX, CX
data_area:
        mov     al, [es:SECTOR + 10h]
        mov     ah, 0
        mul     word [es:SECTOR + 16h]
        mov     bx, [es:SECTOR + 11h]
        mov     cl, 4
        shr     bx, cl
        add     ax, bx
        adc     dx, 0
        add     ax, [es:SECTOR + 0Eh]
        adc     dx, 0
        add     ax, [es:HIDDEN]
        adc     dx, [es:HIDDEN + 2]
        ret

; print - prints a text
; In:  DS:SI = text, ended by 0
; Clobbers: AX, BX, SI
print:
        lodsb
        test    al, al
        jz      .done
        mov     ah, 0Eh
        mov     bx, 7
        int     10h
        jmp     short print
.done:
        ret

was_ax:         dw 0
was_bx:         dw 0
was_cx:         dw 0
was_dx:         dw 0
was_si:         dw 0
was_di:         dw 0
was_bp:         dw 0
was_sp:         dw 0
was_ds:         dw 0
was_es:         dw 0
next_letter:    dw letters
letters:        times 24 db 0
text_ok:        db "probe: ok", 0
text_bad:       db "probe: bad ", 0
text_end:       db "; done", 0

        align   2, db 0
filler:
%assign WORD ($ - $$) / 2
%rep (LENGTH + 1) / 2 - WORD
        dw      WORD & 0FFFFh
  %assign WORD WORD + 1
%endrep
