; SPDX-License-Identifier: MIT
; Where the image's bytes go: a ring of 64 KB, and from there, checked and 32 KB at a time, to extended memory.

HALF            equ 8000h               ; bytes of the ring that are moved at once

; store_start - before the first byte
; Clobbers: all
store_start:
        xor     eax, eax
        mov     [store_total], eax
        mov     [store_moved], eax
        dec     eax
        mov     [crc], eax
        call    sha_start
        ; falls through

; make_crc_table - the table of CRC-32 (RFC 1952, section 8)
; Clobbers: EAX, BX, CX, DI
make_crc_table:
        mov     di, crc_table
        xor     bx, bx
.byte:
        movzx   eax, bx
        mov     cx, 8
.bit:
        shr     eax, 1
        jnc     .next
        xor     eax, 0EDB88320h
.next:
        loop    .bit
        stosd
        inc     bl
        jnz     .byte
        ret

; store - keeps bytes of the image
; In:  SI = bytes, CX = how many (less than 32 KB)
; Out: CF = 1: the image is complete
; Clobbers: all others
store:
        push    es
        push    word RING_SEGMENT
        pop     es
        mov     di, [store_total]       ; its low word is the place in the ring
        movzx   eax, cx
        mov     dx, di
        neg     dx                      ; room up to the ring's end; 0: all of it
        jz      .one_piece
        cmp     dx, cx
        jae     .one_piece
        sub     cx, dx
        xchg    cx, dx
        rep movsb
        mov     cx, dx
.one_piece:
        rep movsb
        pop     es
        add     [store_total], eax
        ; falls through

; store_pass - passes on what has filled up a half of the ring
; Out: CF = 1: the image is complete
; Clobbers: all
store_pass:
        mov     eax, [store_total]
        sub     eax, [store_moved]
        cmp     eax, HALF
        jb      .not_yet
        mov     bx, [image]
        mov     ecx, [bx + ENTRY_USED]
        sub     ecx, [store_moved]
        cmp     ecx, HALF
        jbe     .last
        mov     ecx, HALF
        call    store_piece
        jmp     store_pass
.last:
        stc
        ret
.not_yet:
        mov     eax, [store_total]
        mov     bx, [image]
        cmp     eax, [bx + ENTRY_USED]
        cmc                             ; CF = 1: enough
        ret

; store_piece - checks and moves the next piece
; In:  ECX = bytes, at most HALF
; Clobbers: all
store_piece:
        push    ecx
        mov     si, [store_moved]
        call    add_crc
        mov     bx, [image]
        test    byte [bx + ENTRY_FLAGS], FLAG_SHA
        jz      .no_sha
        call    sha_add
.no_sha:
        pop     ecx
        movzx   eax, word [store_moved]
        add     eax, RING_SEGMENT * 16
        mov     edx, [image_base]
        add     edx, [store_moved]
        add     [store_moved], ecx
        jmp     to_extended

; add_crc - In: SI = offset in the ring, CX = bytes. Out: [crc]. Keeps SI, CX
; Clobbers: EAX, EBX, DX
add_crc:
        push    si
        push    cx
        push    ds
        mov     eax, [crc]
        push    word RING_SEGMENT
        pop     ds
.byte:
        movzx   bx, al
        xor     bl, [si]
        shl     bx, 2
        shr     eax, 8
        xor     eax, [cs:crc_table + bx]
        inc     si
        dec     cx
        jnz     .byte
        pop     ds
        mov     [crc], eax
        pop     cx
        pop     si
        ret

; to_extended - copies a piece of the ring to the image, or fails
; In:  EAX = from, EDX = to (linear), ECX = bytes
; Clobbers: EAX, EBX, ECX, EDX, SI, DI
;
; The resident part does it, where it lies now.
to_extended:
        mov     bx, [image]
        mov     bl, [bx + ENTRY_FLAGS]
        mov     [fs:disk_flags], bl
        push    word 0
        pop     es
        mov     ebx, [es:15h * 4]
        mov     [fs:old_int15], ebx
        push    ds
        pop     es
        push    cs
        push    word .back
        push    fs
        push    word copy_far
        retf
.back:
        mov     si, fail_copy
        jc      fail
        ret

; store_finish - moves the last piece, fills up with zeros, and fails unless size and hashes are right
; Clobbers: all
store_finish:
        mov     bx, [image]
        mov     ecx, [bx + ENTRY_USED]
        mov     si, fail_short
        cmp     [store_total], ecx
        jb      fail
        sub     ecx, [store_moved]
        jz      .moved
        call    store_piece
.moved:
        mov     bx, [image]
        mov     eax, [crc]
        not     eax
        mov     si, fail_hash
        cmp     eax, [bx + ENTRY_CRC]
        jne     fail
        test    byte [bx + ENTRY_FLAGS], FLAG_SHA
        jz      .right
        call    sha_end
        mov     bx, [image]
        lea     di, [bx + ENTRY_SHA]
        mov     cx, 32
        mov     si, sha_state
        repe cmpsb
        mov     si, fail_hash
        jne     fail
.right:
        mov     eax, [bx + ENTRY_USED]
        mov     [store_total], eax
        push    es
        push    word RING_SEGMENT
        pop     es
        xor     di, di
        mov     cx, HALF / 2
        xor     ax, ax
        rep stosw
        pop     es
.zeros:
        mov     bx, [image]
        mov     ecx, [bx + ENTRY_SECTORS]
        shl     ecx, 9
        sub     ecx, [store_moved]
        jz      .done
        cmp     ecx, HALF
        jbe     .move
        mov     ecx, HALF
.move:
        mov     eax, RING_SEGMENT * 16
        mov     edx, [image_base]
        add     edx, [store_moved]
        add     [store_moved], ecx
        call    to_extended
        jmp     .zeros
.done:
        ret
