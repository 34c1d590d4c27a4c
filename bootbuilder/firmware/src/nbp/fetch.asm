; SPDX-License-Identifier: MIT
; Fetches the chosen image: under which names it is asked for, raw or compressed, checked at the end. And the bar
; that shows how far it is.

BAR_WIDTH       equ 30                  ; characters
GZIP_MAGIC      equ 8B1Fh

; fetch - brings the image to extended memory
; In:  [image] = its entry
; Out: [image_base] = its linear address; fails when it is not all there as it was built
; Clobbers: all
fetch:
        call    find_room
        mov     byte [server_text], 0
        mov     byte [name_number], -1
        mov     byte [heard], 0
        call    next_name
        call    store_start
        call    ticks
        mov     [started_at], ax
        mov     byte [fetching], 1
        call    stream_open
        call    stream_next
        mov     [in_pointer], si
        mov     [in_left], cx
        cmp     cx, 2
        jb      .raw
        cmp     word [si], GZIP_MAGIC
        jne     .raw
        call    inflate
        jmp     .stored
.raw:
        mov     bx, [image]
        mov     eax, [file_size]        ; 0: the server has not told
        test    eax, eax
        jz      .copy
        mov     edx, [bx + ENTRY_SECTORS]
        shl     edx, 9
        cmp     eax, edx
        mov     si, fail_short
        jne     fail
.copy:
        mov     si, [in_pointer]
        mov     cx, [in_left]
        jcxz    .stored
        call    store
        jc      .stored
        call    stream_next
        mov     [in_pointer], si
        mov     [in_left], cx
        jmp     .copy
.stored:
        call    stream_close
        call    store_finish            ; fails unless it is the image that was built
        call    progress_now
        mov     byte [fetching], 0
        jmp     new_line

; next_name - makes the next file name to ask the server for, or fails with what it said to the last
; Out: [path]
; Clobbers: AX, BX, CX, DI, SI
;
; In order: beside our own file, compressed and plain, then the same without a folder.
next_name:
        inc     byte [name_number]
        mov     al, [name_number]
        mov     si, fail_server
        cmp     al, 4
        jae     fail
        mov     bx, [image]
        mov     di, path
        test    al, 2
        jnz     .no_folder
        mov     si, folder
        mov     cx, [folder_length]
        rep movsb
        jmp     .name
.no_folder:
        cmp     word [folder_length], 0
        je      next_name               ; the same names again
.name:
        test    al, 1
        jnz     .plain
        test    byte [bx + ENTRY_FLAGS], FLAG_GZIP
        jz      next_name
.plain:
        lea     si, [bx + ENTRY_NAME]
        call    put_text
        test    al, al                  ; put_text leaves 0
        test    byte [name_number], 1
        jnz     .done
        dec     di
        mov     si, text_gz
        call    put_text
.done:
        mov     dword [file_size], 0
        ret

; progress - draws the bar while an image is fetched
; Clobbers: EAX, BX, CX, EDX, SI
progress:
        cmp     byte [fetching], 0
        je      progress_now.done
; progress_now - draws the bar
progress_now:
        push    di
        mov     al, 13
        call    put_char
        lea     si, [path]
        mov     cx, 24
        call    print_limited
        mov     al, ' '
        call    put_char
        mov     al, '['
        call    put_char
        mov     bx, [image]
        mov     ecx, [bx + ENTRY_USED]
        mov     eax, [store_total]
        mov     edx, BAR_WIDTH
        mul     edx
        div     ecx
        mov     cx, BAR_WIDTH
        mov     bx, ax
.cell:
        mov     al, '#'
        test    bx, bx
        jz      .empty
        dec     bx
        jmp     .draw
.empty:
        mov     al, '-'
.draw:
        call    put_char
        loop    .cell
        mov     al, ']'
        call    put_char
        mov     al, ' '
        call    put_char
        mov     eax, [store_total]
        shr     eax, 10
        call    print_number
        mov     si, text_kb
        call    print
        call    ticks
        sub     ax, [started_at]
        movzx   ecx, ax
        jecxz   .no_rate
        mov     eax, [stream_pos]
        shr     eax, 10
        mov     edx, TICKS_PER_KB
        mul     edx
        div     ecx
        call    print_number
        mov     si, text_rate
        call    print
.no_rate:
        pop     di
.done:
        ret

text_gz:        db ".gz", 0
text_kb:        db " KB  ", 0
text_rate:      db " KB/s   ", 0
