; SPDX-License-Identifier: MIT
; The resident part: owns the shell's lasting state, runs programs, brings the transient part back.
; DS = CS here unless a box says otherwise.

        section .res
res_start:
        jmp     init                    ; the file's entry; later these bytes are unused

; --- state that outlives a program -----------------------------------------------------------------
r_env           dw      0               ; segment of the master environment
r_env_paras     dw      0
r_tseg          dw      0               ; block of the transient part, 0 while given back
r_tsum          dw      0               ; its checksum
r_init_seg      dw      0               ; block of the start-up code, freed at the first start
r_context       dw      0               ; segment of the top context, 0 = none
r_depth         db      0               ; contexts on the stack
r_flags         db      0               ; F_*
r_echo          db      1
r_break         db      0               ; Ctrl-C ended the last command
r_abort         db      0               ; Abort was answered inside one of our own commands
r_saved_in      db      NONE            ; handle table entries that a redirection replaced
r_saved_out     db      NONE
r_errorlevel    dw      0               ; low byte: code, high byte: kind of ending (4Dh)
r_exec_error    dw      0               ; DOS error of the last EXEC, reported by the transient part
r_high          db      0               ; LOADHIGH: put strategy and link back after the program
r_strategy      dw      0
r_link          dw      0
r_parent        dw      0               ; what our PSP said before we made ourselves our parent
r_terminate     dd      0
r_stack_base    dw      r_stack_top     ; where SP starts; lower while INT 2Eh is served
r_history_end   dw      0               ; bytes in r_history

r_parameters:                           ; EXEC block
r_exec_env      dw      0
                dw      PSP_TAIL
r_exec_seg1     dw      0
                dw      PSP_FCB1
r_exec_seg2     dw      0
                dw      PSP_FCB2
r_exec_seg3     dw      0

; ----------------------------------------------------------------------------------------------------
; res_exec - run the program in r_path with the tail and FCBs in our PSP
; In: far jump from the transient part. Out: never returns; ends in res_load.
res_exec:
        call    own_stack
        call    free_transient
        mov     dx, r_path
        mov     bx, r_parameters
        mov     ax, 4B00h
        int     21h
        mov     bx, cs                  ; DOS 2 keeps no register but CS:IP
        mov     ds, bx
        mov     [r_exec_error], ax
        jc      .ended
        mov     word [r_exec_error], 0
        call    own_stack
        dos     4Dh
        mov     [r_errorlevel], ax
        cmp     ah, 1
        jne     .ended
        mov     [r_break], ah           ; ended by Ctrl-C: the batch job is questioned
.ended:
        call    own_stack
        cmp     byte [r_high], 0
        je      res_load
        mov     byte [r_high], 0
        mov     bx, [r_link]
        mov     ax, 5803h
        int     21h
        mov     bx, [r_strategy]
        mov     ax, 5801h
        int     21h

; ----------------------------------------------------------------------------------------------------
; res_load - make the transient part present and start it
; In: own stack, DS = CS. Out: jumps to offset 0 of the transient part with AX = our segment.
res_load:
        mov     ax, [r_tseg]
        or      ax, ax
        jnz     .have_block
        mov     ax, 5800h
        int     21h
        push    ax
        mov     bx, 2                   ; last fit: out of the way of everything
        mov     ax, 5801h
        int     21h
        mov     bx, TRANS_PARAS
        dos     48h
        sbb     cx, cx
        pop     bx
        push    ax
        mov     ax, 5801h
        int     21h
        pop     ax
        jcxz    .got_block
        jmp     no_memory
.got_block:
        mov     [r_tseg], ax
.have_block:
        call    checksum
        je      .start
.read:
        call    read_transient
        call    checksum
        je      .start
        mov     dx, r_insert_text
        dos     9
        mov     ax, 0C07h
        int     21h
        jmp     .read
.start:
        mov     ax, cs
        push    word [r_tseg]
        push    word 0
        retf

; ----------------------------------------------------------------------------------------------------
; res_first - leave the start-up code: give its block back, then as res_load
res_first:
        call    own_stack
        mov     es, [r_init_seg]
        dos     49h
        jmp     res_load

; ----------------------------------------------------------------------------------------------------
; own_stack - switch to the resident stack, DS = ES = CS
; In: near return address on the old stack. Clobbers: BX, flags (direction clear).
own_stack:
        pop     bx
        mov     ss, [cs:r_own]
        mov     sp, [cs:r_stack_base]
        cld
        sti
        push    bx
        mov     bx, cs
        mov     ds, bx
        mov     es, bx
        ret
r_own           dw      0               ; our segment, for loads that spare the registers

; ----------------------------------------------------------------------------------------------------
; free_transient - give the block of the transient part back
; Out: ES = CS. Clobbers: AX, BX.
free_transient:
        xor     bx, bx
        xchg    bx, [r_tseg]
        or      bx, bx
        jz      .done
        mov     es, bx
        dos     49h
        push    cs
        pop     es
.done:
        ret

; ----------------------------------------------------------------------------------------------------
; checksum - compare the transient part in memory with the sum taken at start-up
; Out: ZF set if it is intact. Clobbers: AX, BX, CX, SI.
checksum:
        push    ds
        mov     ds, [r_tseg]
        xor     si, si
        mov     bx, si
        mov     cx, TRANS_LENGTH / 2
.next:
        lodsw
        rol     bx, 1
        add     bx, ax
        loop    .next
        pop     ds
        cmp     bx, [r_tsum]
        ret

; ----------------------------------------------------------------------------------------------------
; read_transient - read the transient part from r_comspec; errors show in the checksum
; Clobbers: AX, BX, CX, DX.
read_transient:
        mov     dx, r_comspec
        mov     ax, 3D00h
        int     21h
        jc      .done
        xchg    bx, ax
        xor     cx, cx
        mov     dx, TRANS_OFFSET
        mov     ax, 4200h
        int     21h
        mov     cx, TRANS_LENGTH
        xor     dx, dx
        push    ds
        mov     ds, [r_tseg]
        dos     3Fh
        pop     ds
        dos     3Eh
.done:
        ret

; ----------------------------------------------------------------------------------------------------
; no_memory - not even the transient part fits: end if somebody can take over, else stop
no_memory:
        mov     dx, r_memory_text
        dos     9
        cmp     byte [r_served], 0
        jne     serve_end
        test    byte [r_flags], F_PERMANENT
        jnz     .stop
        call    be_child_again
        mov     ax, 4CFFh
        int     21h
.stop:
        hlt
        jmp     .stop

; ----------------------------------------------------------------------------------------------------
; be_child_again - undo what made us our own parent, so that ending returns to the caller
; In: DS = our segment. Clobbers: EAX.
be_child_again:
        mov     ax, [r_parent]
        mov     [PSP_PARENT], ax
        mov     eax, [r_terminate]
        mov     [PSP_TERMINATE], eax
        ret

r_insert_text   db      CR, LF, 'Insert the disk with COMMAND.COM, then press a key', CR, LF, '$'
r_memory_text   db      CR, LF, 'Not enough memory for COMMAND.COM', CR, LF, '$'
r_comspec       times PATH_MAX db 0     ; the file the transient part is read from

        section .rbss
rbss_start:
r_path          resb    PATH_MAX        ; program to run
r_history       resb    HISTORY_SIZE    ; ASCIZ lines, oldest first
