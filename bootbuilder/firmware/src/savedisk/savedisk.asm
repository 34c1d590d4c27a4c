; SPDX-License-Identifier: MIT
; SAVEDISK.COM - copies the disk in RAM that a PC was booted from to a file or to a real floppy.
;
;   SAVEDISK FILE [/Y]     writes its image, for example to C:\SAVED.IMG
;   SAVEDISK B: [/Y]       writes it to the floppy in B:, which must have the same format
;
; Without /Y it asks before it overwrites anything. Exit codes: 0 done, 1 failed, 2 wrong usage.
;
; Memory: the program and its stack in the PSP's segment; behind it, where no 64 KB boundary of the DMA controller lies
; inside, a buffer of one track.

        cpu     386
        org     100h

PSP_MEMORY      equ 2                   ; word: segment behind the program's memory
PSP_TAIL        equ 80h                 ; length and text of the command line
PROGRAM_PARAS   equ 200h                ; paragraphs of this program with its stack
BUFFER_PARAS    equ 800h                ; a track has at most 63 sectors
TRIES           equ 3
SECTOR          equ 512

start:
        cld
        mov     sp, PROGRAM_PARAS * 16
        call    parse
        call    find_disk
        call    take_buffer
        mov     ah, 0Dh                 ; DOS writes what it has not written yet
        int     21h
        cmp     byte [to_drive], 0
        jne     save_to_drive

; save_to_file - the whole disk to [target]
save_to_file:
        call    check_not_itself
        mov     dx, target
        mov     ax, 3D00h               ; is it there already?
        int     21h
        jc      .create
        mov     bx, ax
        mov     ah, 3Eh
        int     21h
        mov     dx, text_exists
        call    ask
.create:
        mov     dx, target
        mov     ah, 3Ch
        xor     cx, cx
        int     21h
        mov     dx, text_no_file
        jc      fail
        mov     [handle], ax
.track:
        call    read_track
        mov     cx, [track_bytes]
        push    ds
        mov     ds, [buffer]
        xor     dx, dx
        mov     bx, [cs:handle]
        mov     ah, 40h
        int     21h
        pop     ds
        jc      .full
        cmp     ax, [track_bytes]
        jne     .full
        call    next_track
        jnc     .track
        mov     bx, [handle]
        mov     ah, 3Eh
        int     21h
        mov     dx, text_full
        jnc     done
        jmp     fail
.full:
        mov     bx, [handle]
        mov     ah, 3Eh
        int     21h
        mov     dx, target              ; half an image is of no use
        mov     ah, 41h
        int     21h
        mov     dx, text_full
        jmp     fail

; save_to_drive - the whole disk to the floppy in [to_drive] - 1
save_to_drive:
        dec     byte [to_drive]
        mov     al, [to_drive]
        mov     dx, text_itself
        cmp     al, [disk]
        je      fail
        mov     dx, text_floppies
        cmp     byte [disk], 80h
        je      fail
        cmp     al, 2
        jae     fail
        mov     dx, text_overwrite
        call    ask
        mov     al, [to_drive]          ; its format, when the BIOS can set it
        mov     dl, al
        mov     cx, [geometry_cx]
        mov     ah, 18h
        push    es
        int     13h
        pop     es
.track:
        call    read_track
        mov     byte [tries], TRIES
.try:
        mov     dl, [to_drive]
        mov     ah, 3
        call    track_call
        jnc     .written
        mov     dl, [to_drive]
        xor     ah, ah
        int     13h
        dec     byte [tries]
        jnz     .try
        mov     dx, text_write
        jmp     fail
.written:
        call    next_track
        jnc     .track
        mov     ah, 0Dh
        int     21h
        jmp     done

; next_track - goes on to the next track, with a dot for each cylinder
; Out: CF = 1: that was the last
next_track:
        inc     word [head]
        mov     ax, [head]
        cmp     ax, [heads]
        jb      .more
        mov     word [head], 0
        mov     dl, '.'
        mov     ah, 2
        int     21h
        inc     word [cylinder]
        mov     ax, [cylinder]
        cmp     ax, [cylinders]
        cmc
        ret
.more:
        clc
        ret

; read_track - reads the track at [cylinder], [head] of the disk in RAM
read_track:
        mov     dl, [disk]
        mov     ah, 2
        call    track_call
        jnc     .done
        mov     dx, text_read
        jmp     fail
.done:
        ret

; track_call - INT 13h for the whole track
; In:  AH = function, DL = drive
; Out: as INT 13h
; Clobbers: AX, BX, CX, DX
track_call:
        push    es
        mov     es, [buffer]
        xor     bx, bx
        mov     al, [track]
        mov     cx, [cylinder]
        xchg    cl, ch
        shl     cl, 6
        or      cl, 1
        mov     dh, [head]
        int     13h
        pop     es
        ret

; find_disk - finds the disk in RAM, or fails
; Out: [disk], [cylinders], [heads], [track], [track_bytes]
; Clobbers: all
find_disk:
        mov     byte [disk], 0
        call    .ask
        je      .found
        mov     byte [disk], 80h
        call    .ask
        je      .found
        mov     dx, text_none
        jmp     fail
.found:
        mov     [geometry_cx], cx
        mov     al, cl
        and     ax, 3Fh
        mov     [track], ax
        shl     ax, 9
        mov     [track_bytes], ax
        mov     al, dh
        xor     ah, ah
        inc     ax
        mov     [heads], ax
        shr     cl, 6
        xchg    cl, ch
        inc     cx
        mov     [cylinders], cx
        ret

; The question that disks in RAM answer (as memdisk's do). Out: ZF = 1: one is there; CX, DX = geometry
.ask:
        push    es
        mov     eax, 454D0800h
        mov     ebx, 3F4B0000h
        mov     ecx, 444D0000h
        mov     edx, 53490000h
        mov     dl, [disk]
        int     13h
        pop     es
        shr     eax, 16
        cmp     ax, 4D21h
        ret

; take_buffer - finds a place for a track
; Out: [buffer] = segment
take_buffer:
        mov     ax, cs
        add     ax, PROGRAM_PARAS
        mov     bx, ax
        and     bx, 0FFFh
        cmp     bx, 1000h - BUFFER_PARAS
        jbe     .fits
        or      ax, 0FFFh
        inc     ax
.fits:
        mov     [buffer], ax
        add     ax, BUFFER_PARAS
        cmp     ax, [PSP_MEMORY]
        mov     dx, text_memory
        ja      fail
        ret

; check_not_itself - fails when the file would lie on the disk that is saved
check_not_itself:
        mov     ah, 19h                 ; the current drive
        int     21h
        cmp     byte [target + 1], ':'
        jne     .compare
        mov     al, [target]
        and     al, 0DFh
        sub     al, 'A'
.compare:
        mov     bl, [disk]
        shr     bl, 6                   ; A: or C:
        cmp     al, bl
        mov     dx, text_itself
        je      fail
        ret

; parse - reads the command line
; Out: [target], or [to_drive] = drive + 1; [no_questions]
; Clobbers: AX, CX, DI, SI
parse:
        mov     si, PSP_TAIL + 1
        mov     di, target
.word:
        lodsb
        cmp     al, 13
        je      .end
        cmp     al, ' '
        jbe     .word
        cmp     al, '/'
        je      .switch
        cmp     di, target
        jne     usage                   ; a second word
.char:
        stosb
        lodsb
        cmp     al, ' '
        jbe     .word_end
        cmp     al, '/'
        jne     .char
.word_end:
        mov     byte [di], 0
        dec     si
        jmp     .word
.switch:
        lodsb
        and     al, 0DFh
        cmp     al, 'Y'
        jne     usage
        mov     byte [no_questions], 1
        jmp     .word
.end:
        cmp     di, target
        je      usage
        cmp     word [target + 1], ':'  ; a letter, a colon and nothing more
        jne     .file
        mov     al, [target]
        and     al, 0DFh
        sub     al, 'A' - 1
        mov     [to_drive], al
.file:
        ret

; ask - asks whether to go on; ends the program when not
; In:  DX = question
ask:
        cmp     byte [no_questions], 0
        jne     .yes
        call    print
        mov     ah, 1
        int     21h
        and     al, 0DFh
        push    ax
        mov     dx, text_line
        call    print
        pop     ax
        cmp     al, 'Y'
        jne     quit
.yes:
        ret

; print - In: DX = text, ended by $
print:
        mov     ah, 9
        int     21h
        ret

usage:
        mov     dx, text_usage
        call    print
        mov     ax, 4C02h
        int     21h
fail:
        push    dx
        mov     dx, text_line
        call    print
        pop     dx
        call    print
quit:
        mov     ax, 4C01h
        int     21h
done:
        mov     dx, text_done
        call    print
        mov     ax, 4C00h
        int     21h

text_usage:     db "Saves the disk in RAM that this PC was booted from.", 13, 10, 10
                db "SAVEDISK FILE [/Y]  to an image file on another drive", 13, 10
                db "SAVEDISK B: [/Y]    to the floppy in B:, of the same format", 13, 10, 10
                db "/Y overwrites without a question.", 13, 10, "$"
text_none:      db "No disk in RAM was found.", 13, 10, "$"
text_memory:    db "Not enough memory.", 13, 10, "$"
text_itself:    db "That is the disk in RAM itself; name another drive.", 13, 10, "$"
text_floppies:  db "Only a floppy in RAM goes to a floppy, in A: or B:.", 13, 10, "$"
text_no_file:   db "The file cannot be created.", 13, 10, "$"
text_full:      db "Writing failed; there may be no room. The file was removed.", 13, 10, "$"
text_read:      db "The disk in RAM cannot be read.", 13, 10, "$"
text_write:     db "Writing failed: no floppy, write-protected, bad, or of another format.", 13, 10, "$"
text_exists:    db "The file exists. Overwrite it (Y/N)? $"
text_overwrite: db "All that is on the floppy will be lost. Go on (Y/N)? $"
text_done:      db 13, 10, "Saved."
text_line:      db 13, 10, "$"

to_drive:       db 0
no_questions:   db 0
disk:           db 0
tries:          db 0
handle:         dw 0
buffer:         dw 0
geometry_cx:    dw 0
cylinders:      dw 0
heads:          dw 0
track:          dw 0
track_bytes:    dw 0
cylinder:       dw 0
head:           dw 0
target:         times 130 db 0
