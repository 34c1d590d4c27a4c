; SPDX-License-Identifier: MIT
; Who has the card, and its interrupt. A part of core.asm: stays in memory.

; take_card - keep the card for ourselves, without its interrupts. Out: CF set when it is busy. Clobbers: AX, DX.
take_card:
        pushf
        cli
        cmp     byte [card_busy], 0
        jne     .busy
        inc     byte [card_busy]
        call    adapter_mask
        popf
        clc
        ret
.busy:
        popf
        stc
        ret

; release_card - let others have it. Keeps flags. Clobbers: AX, DX.
release_card:
        pushf
        cli
        dec     byte [card_busy]
        cmp     byte [in_irq], 0
        jne     .done                   ; the end of the interrupt does it
        call    adapter_unmask
.done:
        popf
        ret

; apply_mode - tell the card mode, addresses and multicast list. Out: CF set when it is busy.
; Clobbers: AX, CX, DX, SI, DI, ES.
apply_mode:
        call    take_card
        jc      .busy
        push    bx
        call    used_mode
        call    adapter_filter
        pop     bx
        call    release_card
        clc
.busy:
        ret

; restart_card - start it anew; what it holds is lost. The card is taken. Clobbers: AX, BX, CX, DX, SI, DI, ES.
restart_card:
        call    adapter_start
        call    used_mode
        jmp     adapter_filter

; used_mode - AL = the mode that the card is to have: off while no handle is open. Clobbers: BX.
used_mode:
        call    count_handles
        or      al, al
        mov     al, MODE_OFF
        jz      .done
        mov     al, [mode]
.done:
        ret

; irq_entry - the interrupt of the card. Programs are called on our own stack with interrupts on; the card's stay off.
irq_entry:
        push    ax
        push    dx
        push    ds
        push    cs
        pop     ds
        mov     al, [in_irq]
        or      al, [card_busy]
        jnz     .not_ours               ; the card's own are off
        call    adapter_asks
        jz      .not_ours
        inc     byte [in_irq]
        call    adapter_mask
        call    end_of_interrupt
        mov     [saved_sp], sp
        mov     [saved_ss], ss
        mov     dx, cs
        mov     ss, dx
        mov     sp, irq_stack_end
        sti
        cld
        push    bx
        push    cx
        push    si
        push    di
        push    bp
        push    es
        call    adapter_service
        pop     es
        pop     bp
        pop     di
        pop     si
        pop     cx
        pop     bx
        cli
        mov     ss, [saved_ss]
        mov     sp, [saved_sp]
        dec     byte [in_irq]
        call    adapter_unmask
        jmp     .done
.not_ours:
        cmp     byte [chained], 0
        jne     .chain
        call    end_of_interrupt
.done:
        pop     ds
        pop     dx
        pop     ax
        iret
.chain:
        pop     ds
        pop     dx
        pop     ax
        jmp     far [cs:old_irq]

; end_of_interrupt - specific, so that it ends no other. Clobbers: AL.
end_of_interrupt:
        mov     al, [eoi_second]
        or      al, al
        jz      .first
        out     0A0h, al
.first:
        mov     al, [eoi]
        out     20h, al
        ret
