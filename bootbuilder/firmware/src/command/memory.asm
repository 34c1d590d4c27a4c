; SPDX-License-Identifier: MIT
; MEM: a summary of conventional, upper, high and extended memory.

        section .tbss
mem_free        resd    1               ; paragraphs below A000h
mem_largest     resd    1
mem_upper       resd    1               ; upper memory: all, free, largest
mem_upper_free  resd    1
mem_upper_largest resd  1
mem_run         resd    1               ; free blocks that touch count as one
xms_entry       resd    1

        section .trans
; ----------------------------------------------------------------------------------------------------
; cmd_mem - MEM
cmd_mem:
        call    load_country
        call    walk_memory
        int     12h
        movzx   eax, ax
        shl     eax, 10
        call    .line
        print   ' bytes conventional memory', CR, LF
        mov     eax, [mem_free]
        call    .paragraphs
        print   ' bytes free', CR, LF
        mov     eax, [mem_largest]
        call    .paragraphs
        print   ' bytes largest program', CR, LF
        mov     eax, [mem_upper]
        or      eax, eax
        jz      .no_upper
        call    .paragraphs
        print   ' bytes upper memory', CR, LF
        mov     eax, [mem_upper_free]
        call    .paragraphs
        print   ' bytes upper memory free', CR, LF
        mov     eax, [mem_upper_largest]
        call    .paragraphs
        print   ' bytes largest upper block', CR, LF
.no_upper:
        mov     ax, 4300h
        int     2Fh
        cmp     al, 80h
        jne     .no_xms
        mov     ax, 4310h
        int     2Fh
        mov     [xms_entry], bx
        mov     [xms_entry + 2], es
        push    ds
        pop     es
        mov     ah, 0
        call    far [xms_entry]
        cmp     ah, 3
        mov     ah, 88h
        jae     .query
        mov     ah, 8
        call    far [xms_entry]
        movzx   eax, ax
        movzx   edx, dx
        jmp     .queried
.query:
        call    far [xms_entry]
.queried:
        push    eax
        mov     eax, edx
        shl     eax, 10
        call    .line
        print   ' bytes extended memory (XMS) free', CR, LF
        pop     eax
        shl     eax, 10
        call    .line
        print   ' bytes largest XMS block', CR, LF
        mov     ax, 3306h
        xor     dx, dx
        int     21h
        test    dh, 10h
        jnz     .dos_high
        mov     ah, 1
        mov     dx, -1
        call    far [xms_entry]
        or      ax, ax
        jz      .hma_used
        mov     ah, 2
        call    far [xms_entry]
        print   'High memory area is free', CR, LF
        ret
.hma_used:
        print   'High memory area is in use', CR, LF
        ret
.dos_high:
        print   'DOS is in the high memory area', CR, LF
        ret
.no_xms:
        print   'No XMS driver', CR, LF
        ret
.paragraphs:
        shl     eax, 4
.line:
        mov     cx, 14
        jmp     put_wide

; ----------------------------------------------------------------------------------------------------
; walk_memory - add up the memory blocks, upper ones linked in meanwhile. Our transient part counts as
; free: it is given back before a program runs. Clobbers: all.
walk_memory:
        xor     eax, eax
        mov     di, mem_free
        mov     cx, 6
        rep     stosd
        mov     ax, 5802h
        int     21h
        jnc     .link
        xor     ax, ax
.link:
        xor     ah, ah
        push    ax
        mov     bx, 1
        mov     ax, 5803h
        int     21h
        dos     52h
        mov     bx, [es:bx - 2]
.next:
        mov     es, bx
        mov     al, [es:0]
        cmp     al, 'M'
        je      .block
        cmp     al, 'Z'
        jne     .end
.block:
        movzx   eax, word [es:3]
        mov     cx, [es:1]
        jcxz    .free
        mov     dx, bx
        inc     dx
        cmp     dx, [fs:r_tseg]
        je      .free
        mov     dword [mem_run], 0
        cmp     bx, 9FFFh
        jb      .advance
        cmp     cx, 8
        je      .advance
        add     [mem_upper], eax
        jmp     .advance
.free:
        cmp     dword [mem_run], 0
        je      .first
        inc     dword [mem_run]         ; the header between two free blocks
.first:
        add     [mem_run], eax
        mov     edx, [mem_run]
        mov     di, mem_free
        cmp     bx, 9FFFh
        jb      .count
        add     [mem_upper], eax
        mov     di, mem_upper_free
.count:
        add     [di], eax
        cmp     edx, [di + 4]
        jbe     .advance
        mov     [di + 4], edx
.advance:
        cmp     byte [es:0], 'Z'
        je      .end
        add     bx, ax
        inc     bx
        cmp     word [es:3], 0FFFFh
        jne     .next
.end:
        push    ds
        pop     es
        pop     bx
        mov     ax, 5803h
        int     21h
        ret
