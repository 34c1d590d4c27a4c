; SPDX-License-Identifier: MIT
; gzip (RFC 1952) and DEFLATE (RFC 1951): inflates the stream into the ring while it comes.
;
; A Huffman table: TABLE_COUNT codes of each length, TABLE_SYMBOLS in the order of their codes, and TABLE_FAST, which
; has for the next FAST_BITS bits of the stream symbol * 16 + length, or 0 where the code is longer.

FAST_BITS       equ 9
TABLE_COUNT     equ 0                   ; 16 words
TABLE_SYMBOLS   equ 32                  ; 288 words
TABLE_FAST      equ TABLE_SYMBOLS + 288 * 2
TABLE_SIZE      equ TABLE_FAST + (2 << FAST_BITS)
LONGEST_CODE    equ 15

; inflate - stores what the gzip file holds, until the image is complete or the file is over
; In:  [in_pointer], [in_left] = its first bytes
; Clobbers: all
inflate:
        mov     dword [bit_buffer], 0
        mov     byte [bit_count], 0
        mov     byte [past_end], 0
        mov     cx, 10                  ; magic, method, flags, time, extra flags, system
        mov     di, gzip_header
.header:
        call    next_byte
        stosb
        loop    .header
        cmp     byte [gzip_header + 2], 8
        jne     bad_gzip
        mov     bl, [gzip_header + 3]
        test    bl, 4                   ; extra field
        jz      .no_extra
        call    next_byte
        mov     cl, al
        call    next_byte
        mov     ch, al
        jcxz    .no_extra
.extra:
        call    next_byte
        loop    .extra
.no_extra:
        test    bl, 8                   ; file name
        jz      .no_name
        call    .skip_text
.no_name:
        test    bl, 16                  ; comment
        jz      .no_comment
        call    .skip_text
.no_comment:
        test    bl, 2                   ; checksum of the header
        jz      .body
        call    next_byte
        call    next_byte
.body:
        push    word RING_SEGMENT
        pop     es
        mov     di, [store_total]
.block:
        mov     cl, 3
        call    get_bits
        push    ax
        shr     al, 1
        jz      .stored
        cmp     al, 2
        ja      bad_gzip
        je      .dynamic
        call    fixed_codes
        jmp     .codes
.dynamic:
        call    dynamic_codes
.codes:
        call    inflate_block
        jc      .complete
        jmp     .next
.stored:
        call    stored_block
        jc      .complete
.next:
        pop     ax
        test    al, 1
        jz      .block
        push    ax
.complete:
        pop     ax
        call    sync
        push    ds
        pop     es
        ret

.skip_text:
        call    next_byte
        test    al, al
        jnz     .skip_text
        ret

bad_gzip:
        mov     si, fail_gzip
        jmp     fail

; sync - makes [store_total] what DI says
; Clobbers: EAX
sync:
        mov     ax, di
        sub     ax, [store_moved]
        movzx   eax, ax
        add     eax, [store_moved]
        mov     [store_total], eax
        ret

; pass_on - passes on a full half of the ring
; Out: CF = 1: the image is complete
; Clobbers: AX
pass_on:
        mov     ax, di
        sub     ax, [store_moved]
        js      .full                   ; 32 KB or more
        clc
        ret
.full:
        call    sync
        push    es
        pushad
        push    ds
        pop     es
        call    store_pass
        popad
        pop     es
        ret

; next_byte - the next byte of the file; past its end come some zeros, which the last code may look ahead to
; Out: AL
next_byte:
        cmp     word [in_left], 0
        je      .more
.have:
        push    si
        mov     si, [in_pointer]
        lodsb
        mov     [in_pointer], si
        pop     si
        dec     word [in_left]
        ret
.more:
        pushad
        push    es
        mov     ax, es
        cmp     ax, RING_SEGMENT
        jne     .no_sync
        call    sync
.no_sync:
        push    ds
        pop     es
        call    stream_next
        mov     [in_pointer], si
        mov     [in_left], cx
        pop     es
        popad
        cmp     word [in_left], 0
        jne     .have
        inc     byte [past_end]
        cmp     byte [past_end], 8
        mov     al, 0
        jbe     .done
        mov     si, fail_short
        jmp     fail
.done:
        ret

; get_bits - the next bits of the stream
; In:  CL = how many, at most 16
; Out: AX
; Clobbers: EAX, EDX
get_bits:
        cmp     [bit_count], cl
        jae     .have
        call    more_bits
        jmp     get_bits
.have:
        mov     eax, [bit_buffer]
        mov     edx, 1
        shl     edx, cl
        dec     dx
        and     dx, ax
        shr     eax, cl
        mov     [bit_buffer], eax
        sub     [bit_count], cl
        mov     ax, dx
        ret

; more_bits - 8 bits more into the buffer, which has at most 24
; Clobbers: EAX
more_bits:
        push    cx
        xor     eax, eax
        call    next_byte
        mov     cl, [bit_count]
        shl     eax, cl
        or      [bit_buffer], eax
        add     byte [bit_count], 8
        pop     cx
        ret

; get_symbol - the next symbol
; In:  BX = table
; Out: AX
; Clobbers: EAX, CX, DX, SI
get_symbol:
        cmp     byte [bit_count], LONGEST_CODE
        jb      .more
        mov     si, [bit_buffer]
        and     si, (1 << FAST_BITS) - 1
        add     si, si
        mov     ax, [bx + si + TABLE_FAST]
        mov     cl, al
        and     cl, 15
        jz      .long
        shr     dword [bit_buffer], cl
        sub     [bit_count], cl
        shr     ax, 4
        ret
.more:
        call    more_bits
        jmp     get_symbol
.long:
        push    bp
        push    di
        xor     dx, dx                  ; the code so far
        xor     bp, bp                  ; the first code of this length
        xor     si, si                  ; how many shorter ones there are
        mov     di, 2
.length:
        dec     byte [bit_count]
        shr     dword [bit_buffer], 1
        adc     dx, 0
        mov     cx, [bx + di + TABLE_COUNT]
        mov     ax, dx
        sub     ax, bp
        cmp     ax, cx
        jb      .found
        add     si, cx
        add     bp, cx
        add     bp, bp
        add     dx, dx
        add     di, 2
        cmp     di, LONGEST_CODE * 2
        jbe     .length
        jmp     bad_gzip
.found:
        add     si, ax
        add     si, si
        mov     ax, [bx + si + TABLE_SYMBOLS]
        pop     di
        pop     bp
        ret

; build_table - makes a Huffman table of code lengths
; In:  SI = length of each symbol's code, a byte each; CX = symbols; BX = table
; Clobbers: AX, CX, DX, BP, SI; keeps DI
build_table:
        push    es
        push    di
        push    ds
        pop     es
        mov     [build_lengths], si
        mov     [build_symbols], cx
        lea     di, [bx + TABLE_COUNT]
        xor     ax, ax
        push    cx
        mov     cx, TABLE_SIZE / 2
        rep stosw
        pop     cx
.count:
        lodsb
        movzx   di, al
        add     di, di
        inc     word [bx + di + TABLE_COUNT]
        loop    .count
        mov     word [bx + TABLE_COUNT], 0
        xor     ax, ax                  ; the first code of each length, and where its symbols begin
        xor     dx, dx
        mov     di, 2
.first:
        mov     cx, [bx + di - 2 + TABLE_COUNT]
        add     ax, cx
        add     ax, ax
        add     dx, cx
        mov     [first_code + di], ax
        mov     [first_symbol + di], dx
        mov     bp, ax                  ; more codes of this length than fit are an error
        add     bp, [bx + di + TABLE_COUNT]
        push    dx
        push    cx
        mov     cx, di
        shr     cx, 1
        mov     dx, 1
        shl     dx, cl
        cmp     bp, dx
        pop     cx
        pop     dx
        ja      bad_gzip
        add     di, 2
        cmp     di, LONGEST_CODE * 2
        jbe     .first
        xor     dx, dx                  ; the symbol
.symbol:
        mov     si, [build_lengths]
        add     si, dx
        movzx   di, byte [si]
        test    di, di
        jz      .next
        mov     cx, di
        add     di, di
        mov     si, [first_symbol + di]
        inc     word [first_symbol + di]
        add     si, si
        mov     [bx + si + TABLE_SYMBOLS], dx
        mov     ax, [first_code + di]
        inc     word [first_code + di]
        cmp     cx, FAST_BITS
        ja      .next
        xor     si, si                  ; the code's bits come highest first
        mov     bp, cx
.reverse:
        shr     ax, 1
        rcl     si, 1
        dec     bp
        jnz     .reverse
        mov     ax, dx
        shl     ax, 4
        or      ax, cx
        mov     bp, 2
        shl     bp, cl
        add     si, si
.fast:
        mov     [bx + si + TABLE_FAST], ax
        add     si, bp
        cmp     si, 2 << FAST_BITS
        jb      .fast
.next:
        inc     dx
        cmp     dx, [build_symbols]
        jb      .symbol
        pop     di
        pop     es
        ret

; fixed_codes - the tables of blocks that bring none
; Clobbers: AX, BX, CX, DX, BP, SI
fixed_codes:
        push    es
        push    di
        push    ds
        pop     es
        mov     di, code_lengths
        mov     al, 8
        mov     cx, 144
        rep stosb
        inc     ax
        mov     cx, 112
        rep stosb
        mov     al, 7
        mov     cx, 24
        rep stosb
        inc     ax
        mov     cx, 8
        rep stosb
        mov     al, 5
        mov     cx, 30
        rep stosb
        pop     di
        pop     es
        mov     word [literals], 288
        mov     word [distances], 30
        jmp     two_tables

; dynamic_codes - reads the tables of a block
; Clobbers: EAX, BX, CX, EDX, BP, SI
dynamic_codes:
        mov     cl, 5
        call    get_bits
        add     ax, 257
        mov     [literals], ax
        cmp     ax, 286
        ja      bad_gzip
        call    get_bits
        inc     ax
        mov     [distances], ax
        cmp     ax, 30
        ja      bad_gzip
        mov     cl, 4
        call    get_bits
        add     ax, 4
        mov     bp, ax
        mov     si, code_lengths
        mov     cx, 19
.clear:
        mov     byte [si], 0
        inc     si
        loop    .clear
        xor     si, si
        mov     cl, 3
.length:
        call    get_bits
        movzx   bx, byte [length_order + si]
        mov     [code_lengths + bx], al
        inc     si
        cmp     si, bp
        jb      .length
        mov     si, code_lengths
        mov     cx, 19
        mov     bx, literal_table
        call    build_table
        mov     bp, [literals]
        add     bp, [distances]
        add     bp, code_lengths        ; end of the lengths to read
        push    di
        mov     di, code_lengths
.symbol:
        mov     bx, literal_table
        call    get_symbol
        cmp     ax, 16
        jae     .repeat
        mov     [di], al
        inc     di
        jmp     .more
.repeat:
        mov     bl, 0                   ; what is repeated
        mov     bh, 3                   ; the least times
        mov     cl, 3
        je      .last
        cmp     ax, 17
        je      .times
        mov     bh, 11
        mov     cl, 7
        jmp     .times
.last:
        mov     cl, 2
        cmp     di, code_lengths
        je      bad_gzip
        mov     bl, [di - 1]
.times:
        call    get_bits
        add     al, bh
        movzx   cx, al
.fill:
        cmp     di, bp
        jae     bad_gzip
        mov     [di], bl
        inc     di
        loop    .fill
.more:
        cmp     di, bp
        jb      .symbol
        pop     di
        ; falls through

; two_tables - builds both tables from `code_lengths`
two_tables:
        mov     si, code_lengths
        add     si, [literals]
        mov     cx, [distances]
        mov     bx, distance_table
        call    build_table
        mov     si, code_lengths
        mov     cx, [literals]
        mov     bx, literal_table
        jmp     build_table

; inflate_block - a block of symbols
; In:  ES:DI = place in the ring
; Out: DI; CF = 1: the image is complete
; Clobbers: all others
inflate_block:
.symbol:
        mov     bx, literal_table
        call    get_symbol
        cmp     ax, 256
        jae     .no_literal
        stosb
.passed:
        mov     ax, di
        sub     ax, [store_moved]
        jns     .symbol
        call    pass_on
        jnc     .symbol
        ret
.no_literal:
        je      .end
        sub     ax, 257
        cmp     ax, 29
        jae     bad_gzip
        mov     si, ax
        add     si, si
        mov     bp, [length_base + si]
        shr     si, 1
        mov     cl, [length_extra + si]
        call    get_bits
        add     bp, ax
        mov     bx, distance_table
        call    get_symbol
        cmp     ax, 30
        jae     bad_gzip
        mov     si, ax
        mov     cx, ax                  ; extra bits: half the symbol less one
        shr     cx, 1
        jz      .near
        dec     cx
        and     si, 1
        or      si, 2
        shl     si, cl
        call    get_bits
        add     si, ax
.near:
        inc     si                      ; the distance
        movzx   eax, si
        mov     dx, di
        sub     dx, [store_moved]
        movzx   edx, dx
        add     edx, [store_moved]
        cmp     eax, edx
        ja      bad_gzip                ; before the start
        neg     si
        add     si, di
        mov     cx, bp
.copy:
        mov     al, [es:si]
        inc     si
        stosb
        loop    .copy
        jmp     .passed
.end:
        clc
        ret

; stored_block - a block that is not compressed
; In, out: as inflate_block
stored_block:
        mov     cl, [bit_count]
        and     cl, 7
        call    get_bits
        mov     cl, 16
        call    get_bits
        mov     bp, ax
        call    get_bits
        not     ax
        cmp     ax, bp
        jne     bad_gzip
        test    bp, bp
        jz      .done
.byte:
        mov     cl, 8
        call    get_bits
        stosb
        call    pass_on
        jc      .done
        dec     bp
        jnz     .byte
        clc
.done:
        ret

length_order:   db 16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15
        align   2, db 0
length_base:    dw 3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163
                dw 195, 227, 258
length_extra:   db 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0
