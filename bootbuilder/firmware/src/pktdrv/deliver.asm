; SPDX-License-Identifier: MIT
; The way of a received frame to the program that wants it. A part of core.asm: stays in memory.

; deliver - give a received frame to the program that wants it.
; In: CX = length, [head] = its first bytes; adapter_fetch gets it. Clobbers: all but DS, SS, SP.
deliver:
        count   frames_in
        count   bytes_in, cx
        call    check_multicast
        jc      .done
        call    find_handle
        or      bx, bx
        jz      .done
        mov     ax, [bx + handle.receiver]
        mov     [receiver], ax
        mov     dx, [bx + handle.receiver + 2]
        mov     [receiver + 2], dx
        or      ax, dx
        jz      .lost
        push    bx
        push    cx
        xor     ax, ax                  ; where shall it go?
        call    far [receiver]
        push    cs
        pop     ds
        cld
        pop     cx
        pop     bx
        mov     ax, es
        or      ax, di
        jz      .lost
        push    bx
        push    cx
        push    di
        push    es
        call    adapter_fetch
        pop     ds
        pop     si
        pop     cx
        pop     bx
        mov     ax, 1                   ; there it is
        call    far [cs:receiver]
        push    cs
        pop     ds
        cld
.done:
        ret
.lost:
        count   lost
        ret

; check_multicast - in mode 4 only listed groups are wanted; cards filter by a hash that lets others through.
; Out: CF set when it is not wanted. Clobbers: AX, BX, SI, DI, ES.
check_multicast:
        cmp     byte [mode], MODE_LIST
        jne     .wanted
        test    byte [head], 1
        jz      .wanted
        mov     ax, [head]
        and     ax, [head + 2]
        and     ax, [head + 4]
        inc     ax
        jz      .wanted                 ; broadcast
        push    cs
        pop     es
        push    cx
        mov     bx, multicast
.next:
        mov     ax, bx
        sub     ax, multicast
        cmp     ax, [multicast_length]
        jae     .unwanted
        mov     si, head
        mov     di, bx
        mov     cx, ADDRESS_LENGTH / 2
        add     bx, ADDRESS_LENGTH
        repe    cmpsw
        jne     .next
        pop     cx
.wanted:
        clc
        ret
.unwanted:
        pop     cx
        stc
        ret

; find_handle - BX = the handle whose type is the longest that matches [head], 0: none. Clobbers: AX, DX, SI, DI, ES.
find_handle:
        push    cx
        push    cs
        pop     es
        xor     bx, bx                  ; the best
        mov     ah, -1                  ; its score
        mov     dx, [head + 12]
        xchg    dl, dh
        mov     di, handles
.next:
        mov     al, [di + handle.class]
        mov     si, head + HEADER_LENGTH - 2
        cmp     al, CLASS_ETHERNET
        je      .compare
        jb      .passed
        cmp     dx, LONGEST_LLC
        ja      .passed
        mov     si, head + HEADER_LENGTH
.compare:
        mov     cl, [di + handle.length]
        xor     ch, ch
        shr     al, 1                   ; of two with the same length, that for 802.3 has the better score
        cmp     al, 1
        cmc
        mov     al, cl
        adc     al, al
        push    di
        add     di, handle.type
        cmp     al, al
        repe    cmpsb
        pop     di
        jne     .passed
        cmp     al, ah
        jle     .passed
        mov     ah, al
        mov     bx, di
.passed:
        add     di, handle_size
        cmp     di, handles_end
        jb      .next
        pop     cx
        ret
