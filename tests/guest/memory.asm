; SPDX-License-Identifier: MIT
; Guest program: memory blocks: 48h, 49h, 4Ah, 58h, the chain of blocks and the program's own block.

%define LOG "MEMORY.LOG"
%include "check.inc"

main:
        call    own_block
        call    allocate
        call    resize
        call    strategies
        call    chain
        jmp     check_exit

own_block:
        mov     ax, cs
        dec     ax
        mov     es, ax
        mov     al, [es:0]
        cmp     al, 'M'
        check   e, "memory.own_block_is_m"
        mov     ax, [es:1]
        mov     bx, cs
        is      ax, bx, "memory.own_block_owner"
        mov     ax, [es:3]
        is      ax, 1000h, "memory.own_block_size"
        mov     eax, [es:8]
        is      eax, "MEMO", "memory.own_block_name"
        mov     es, [cs:2Ch]
        mov     ax, es
        dec     ax
        mov     es, ax
        mov     ax, [es:1]
        is      ax, bx, "memory.environment_owner"
        push    cs
        pop     es
        ret

allocate:
        mov     bx, 0FFFFh
        dos     48h
        fails   8, "memory.48_too_much"
        mov     [largest], bx
        cmp     bx, 4000h
        check   a, "memory.48_largest_is_plausible"
        dos     48h                             ; BX = the largest: must work
        works   "memory.48_largest"
        mov     es, ax
        mov     bx, 1
        dos     48h
        mov     [one], ax
        mov     [one_cf], bx
        dos     49h
        works   "memory.49_free"
        mov     bx, 100h
        dos     48h
        works   "memory.48_a"
        mov     [a], ax
        mov     bx, 20h
        dos     48h
        works   "memory.48_b"
        mov     [b], ax
        mov     cx, ax
        sub     cx, [a]
        is      cx, 101h, "memory.48_first_fit_is_next"
        mov     bx, 10h
        dos     48h
        mov     [c], ax
        mov     es, [a]
        mov     ax, es
        dec     ax
        mov     es, ax
        mov     ax, [es:1]
        mov     bx, cs
        is      ax, bx, "memory.48_owner"
        mov     ax, [es:3]
        is      ax, 100h, "memory.48_size"
        mov     es, [b]
        dos     49h
        works   "memory.49_b"
        mov     bx, 20h
        dos     48h
        mov     cx, [b]
        is      ax, cx, "memory.48_reuses_the_hole"
        mov     es, [b]
        dos     49h
        mov     es, [a]
        dos     49h
        mov     bx, 121h                        ; a, its neighbour and the block header between them
        dos     48h
        mov     cx, [a]
        is      ax, cx, "memory.48_joins_free_neighbours"
        mov     es, ax
        dos     49h
        mov     es, [c]
        dos     49h
        mov     ax, cs
        add     ax, 10h
        mov     es, ax
        dos     49h
        fails   9, "memory.49_no_block"
        mov     bx, 0FFFFh
        dos     48h
        mov     ax, [largest]
        is      bx, ax, "memory.48_nothing_lost"
        mov     bx, 0
        dos     48h
        works   "memory.48_zero"
        mov     es, ax
        dos     49h
        ret

resize:
        mov     bx, 40h
        dos     48h
        mov     [a], ax
        mov     es, ax
        mov     bx, 80h
        dos     4Ah
        works   "memory.4a_grows"
        mov     bx, 10h
        dos     48h
        mov     [b], ax
        mov     cx, ax
        sub     cx, [a]
        is      cx, 81h, "memory.4a_new_size"
        mov     es, [a]
        mov     bx, 0F000h
        dos     4Ah
        fails   8, "memory.4a_too_much"
        is      bx, 80h, "memory.4a_tells_the_largest"
        mov     es, [a]
        mov     bx, 8
        dos     4Ah
        works   "memory.4a_shrinks"
        mov     bx, 8
        dos     48h
        mov     cx, ax
        sub     cx, [a]
        is      cx, 9, "memory.4a_frees_the_rest"
        mov     es, ax
        dos     49h
        mov     es, [b]
        dos     49h
        mov     es, [a]
        dos     49h
        mov     ax, cs
        add     ax, 8
        mov     es, ax
        mov     bx, 10h
        dos     4Ah
        check   c, "memory.4a_no_block"
        ret

strategies:
        mov     ax, 5800h
        int     21h
        works   "memory.5800_get"
        is      ax, 0, "memory.5800_first_fit"
        mov     bx, 2
        mov     ax, 5801h
        int     21h
        works   "memory.5801_last_fit"
        mov     ax, 5800h
        int     21h
        is      ax, 2, "memory.5800_last_fit"
        mov     bx, 10h
        dos     48h
        mov     es, ax
        mov     [a], ax
        cmp     ax, 9000h
        check   a, "memory.48_last_fit_is_high"
        dos     49h
        mov     bx, 1
        mov     ax, 5801h
        int     21h
        works   "memory.5801_best_fit"
        mov     bx, 30h                         ; holes of 30h and 20h: best fit takes the second for 18h
        dos     48h
        mov     [a], ax
        mov     bx, 1
        dos     48h
        mov     [b], ax
        mov     bx, 20h
        dos     48h
        mov     [c], ax
        mov     bx, 1
        dos     48h
        mov     [one], ax
        mov     es, [a]
        dos     49h
        mov     es, [c]
        dos     49h
        mov     bx, 18h
        dos     48h
        mov     cx, [c]
        is      ax, cx, "memory.48_best_fit"
        mov     es, ax
        dos     49h
        mov     es, [b]
        dos     49h
        mov     es, [one]
        dos     49h
        xor     bx, bx
        mov     ax, 5801h
        int     21h
        works   "memory.5801_first_fit"
        mov     bx, 7
        mov     ax, 5801h
        int     21h
        fails   1, "memory.5801_bad_strategy"
        mov     ax, 5802h
        int     21h
        works   "memory.5802_link_state"
        is      al, 0, "memory.5802_not_linked"
        mov     bx, 0
        mov     ax, 5803h
        int     21h
        jnc     .unlinked                       ; without upper memory: an error, or nothing to do
        is      ax, 1, "memory.5803_unlink_error"
        jmp     .bad
.unlinked:
        check   nc, "memory.5803_unlink_error"
.bad:   mov     ax, 5809h
        int     21h
        fails   1, "memory.58_bad_function"
        ret

; chain - the List of Lists leads to the first block; every block begins with M, the last with Z, and ends at the
; size the BIOS gives
chain:
        mov     ah, 52h
        int     21h
        mov     ax, [es:bx - 2]
        xor     cx, cx
        mov     si, 0
.block: mov     es, ax
        inc     cx
        cmp     cx, 300
        ja      .end
        mov     bx, [es:1]
        mov     dx, cs
        cmp     bx, dx
        jne     .other
        inc     si
.other: mov     bl, [es:0]
        cmp     bl, 'Z'
        je      .last
        cmp     bl, 'M'
        jne     .end
        inc     ax
        add     ax, [es:3]
        jmp     .block
.last:  inc     ax
        add     ax, [es:3]
.end:   cmp     bl, 'Z'
        check   e, "memory.chain_ends_with_z"
        is      si, 2, "memory.chain_has_program_and_environment"
        mov     bx, ax
        int     12h
        shl     ax, 6
        sub     ax, bx                          ; some leave a last paragraph for the link to upper memory
        cmp     ax, 1
        check   be, "memory.chain_covers_conventional_memory"
        ret

        section .data
largest:        dw 0
one:            dw 0
one_cf:         dw 0
a:              dw 0
b:              dw 0
c:              dw 0
