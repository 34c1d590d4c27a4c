; SPDX-License-Identifier: MIT
; SHA-256 (FIPS 180-4) over the bytes that pass through the ring. All pieces but the last are whole blocks.

SHA_BLOCK       equ 64

%macro swap_eax 0                       ; turns the bytes round: a 386 has no instruction for it
        xchg    al, ah
        rol     eax, 16
        xchg    al, ah
%endmacro

; sha_start - the initial hash
; Clobbers: CX, SI, DI
sha_start:
        mov     si, sha_initial
        mov     di, sha_state
        mov     cx, 16
        rep movsw
        ret

; sha_add - In: SI = offset in the ring, CX = bytes, a multiple of 64
; Clobbers: all
sha_add:
.block:
        cmp     cx, SHA_BLOCK
        jb      .done
        push    cx
        push    si
        mov     di, sha_words
        mov     cx, 16
        push    ds
        push    word RING_SEGMENT
        pop     ds
.word:
        lodsd
        swap_eax
        stosd
        loop    .word
        pop     ds
        call    sha_block
        pop     si
        add     si, SHA_BLOCK
        pop     cx
        sub     cx, SHA_BLOCK
        jmp     .block
.done:
        ret

; sha_end - the last block; the image is a whole number of blocks long
; Out: sha_state = the hash, as bytes
; Clobbers: all
sha_end:
        mov     di, sha_words
        mov     cx, 32
        xor     ax, ax
        rep stosw
        mov     byte [sha_words + 3], 80h
        mov     bx, [image]
        mov     eax, [bx + ENTRY_USED]
        mov     edx, eax
        shl     eax, 3
        shr     edx, 29
        mov     [sha_words + 56], edx
        mov     [sha_words + 60], eax
        call    sha_block
        mov     si, sha_state
        mov     di, si
        mov     cx, 8
.word:
        lodsd
        swap_eax
        stosd
        loop    .word
        ret

%define A(i)    sha_work + ((0 - (i)) & 7) * 4
%define B(i)    sha_work + ((1 - (i)) & 7) * 4
%define C(i)    sha_work + ((2 - (i)) & 7) * 4
%define D(i)    sha_work + ((3 - (i)) & 7) * 4
%define E(i)    sha_work + ((4 - (i)) & 7) * 4
%define F(i)    sha_work + ((5 - (i)) & 7) * 4
%define G(i)    sha_work + ((6 - (i)) & 7) * 4
%define H(i)    sha_work + ((7 - (i)) & 7) * 4

; sha_block - In: sha_words = 16 words. Out: sha_state
; Clobbers: all
sha_block:
        mov     di, sha_words + 64      ; the other 48 words
        mov     cx, 48
.schedule:
        mov     eax, [di - 15 * 4]
        mov     edx, eax
        mov     ebx, eax
        ror     eax, 7
        ror     edx, 18
        shr     ebx, 3
        xor     eax, edx
        xor     eax, ebx
        mov     edx, [di - 2 * 4]
        add     eax, [di - 16 * 4]
        mov     ebx, edx
        add     eax, [di - 7 * 4]
        mov     ebp, edx
        ror     edx, 17
        ror     ebx, 19
        shr     ebp, 10
        xor     edx, ebx
        xor     edx, ebp
        add     eax, edx
        stosd
        dec     cx
        jnz     .schedule
        mov     si, sha_state
        mov     di, sha_work
        mov     cx, 16
        rep movsw
        mov     si, sha_words
        mov     di, sha_constants
.rounds:
%assign i 0
%rep 8
        mov     ecx, [E(i)]
        mov     eax, ecx
        mov     edx, ecx
        ror     eax, 6
        ror     edx, 11
        xor     eax, edx
        ror     edx, 14
        xor     eax, edx
        mov     edx, [F(i)]
        xor     edx, [G(i)]
        and     edx, ecx
        xor     edx, [G(i)]
        add     eax, edx
        add     eax, [H(i)]
        add     eax, [si + i * 4]
        add     eax, [di + i * 4]
        add     [D(i)], eax
        mov     ecx, [A(i)]
        mov     edx, ecx
        mov     ebx, ecx
        ror     edx, 2
        ror     ecx, 13
        xor     edx, ecx
        ror     ecx, 9
        xor     edx, ecx
        add     eax, edx
        mov     ecx, ebx
        or      ecx, [B(i)]
        and     ebx, [B(i)]
        and     ecx, [C(i)]
        or      ecx, ebx
        add     eax, ecx
        mov     [H(i)], eax
%assign i i + 1
%endrep
        add     si, 32
        add     di, 32
        cmp     di, sha_constants + 256
        jb      .rounds
        mov     si, sha_work
        mov     di, sha_state
        mov     cx, 8
.add:
        lodsd
        add     [di], eax
        add     di, 4
        loop    .add
        ret

        align   4, db 0
sha_initial:
        dd      06A09E667h, 0BB67AE85h, 03C6EF372h, 0A54FF53Ah, 0510E527Fh, 09B05688Ch, 01F83D9ABh, 05BE0CD19h
sha_constants:
        dd      0428A2F98h, 071374491h, 0B5C0FBCFh, 0E9B5DBA5h, 03956C25Bh, 059F111F1h, 0923F82A4h, 0AB1C5ED5h
        dd      0D807AA98h, 012835B01h, 0243185BEh, 0550C7DC3h, 072BE5D74h, 080DEB1FEh, 09BDC06A7h, 0C19BF174h
        dd      0E49B69C1h, 0EFBE4786h, 00FC19DC6h, 0240CA1CCh, 02DE92C6Fh, 04A7484AAh, 05CB0A9DCh, 076F988DAh
        dd      0983E5152h, 0A831C66Dh, 0B00327C8h, 0BF597FC7h, 0C6E00BF3h, 0D5A79147h, 006CA6351h, 014292967h
        dd      027B70A85h, 02E1B2138h, 04D2C6DFCh, 053380D13h, 0650A7354h, 0766A0ABBh, 081C2C92Eh, 092722C85h
        dd      0A2BFE8A1h, 0A81A664Bh, 0C24B8B70h, 0C76C51A3h, 0D192E819h, 0D6990624h, 0F40E3585h, 0106AA070h
        dd      019A4C116h, 01E376C08h, 02748774Ch, 034B0BCB5h, 0391C0CB3h, 04ED8AA4Ah, 05B9CCA4Fh, 0682E6FF3h
        dd      0748F82EEh, 078A5636Fh, 084C87814h, 08CC70208h, 090BEFFFAh, 0A4506CEBh, 0BEF9A3F7h, 0C67178F2h
