; SPDX-License-Identifier: MIT
; Memory blocks: functions 48h, 49h, 4Ah, 58h; owns the MCB chain and the
; allocation strategy.

section doscode

; mem_alloc - find and take a block
; In: BX = paragraphs, DS = dosdata
; Out: CF=0 AX = segment of the block (owner = current PSP)
;      CF=1 AX = 8 (BX = largest free block) or 7 (chain damaged)
; Clobbers: CX, DX, SI, DI, ES
mem_alloc:
                mov [mem_wanted], bx
                mov word [mem_largest], 0
                test byte [alloc_strategy], 0xC0
                jz .low
                cmp word [umb_first], 0xFFFF
                je .low
                test byte [umb_linked], 1
                jz .low
                mov ax, [umb_first]
                call mem_scan
                jc .bad
                cmp word [mem_first], 0
                jne .take
                test byte [alloc_strategy], 0x40
                jnz .none
.low:           mov ax, [first_mcb]
                call mem_scan
                jc .bad
                cmp word [mem_first], 0
                jne .take
.none:          mov bx, [mem_largest]
                mov ax, ERR_MEMORY
                stc
                ret
.bad:           mov ax, ERR_MCB
                stc
                ret
.take:          mov bx, [mem_wanted]
                mov al, [alloc_strategy]
                and al, 3
                cmp al, 1
                je .best
                ja .last
                mov ax, [mem_first]
                jmp .front
.best:          mov ax, [mem_best]
.front:         mov es, ax
                call mcb_split
.own:           mov cx, [cur_psp]
                mov [es:mcb.owner], cx
                xor cx, cx
                mov [es:mcb.name], cx
                mov ax, es
                inc ax
                clc
                ret
.last:          mov ax, [mem_last]
                mov es, ax
                mov cx, [es:mcb.size]
                sub cx, bx
                jz .own
                dec cx                  ; front part stays free, the block is at its end
                mov dl, [es:mcb.type]
                mov [es:mcb.size], cx
                mov byte [es:mcb.type], 'M'
                add ax, cx
                inc ax
                mov es, ax
                mov [es:mcb.type], dl
                mov [es:mcb.size], bx
                jmp .own

; mem_scan - walk the chain, join free neighbours, note first, best and last fit
; In: AX = MCB to start at; Out: CF=1 damaged; mem_first (0 none), mem_best,
; mem_last, mem_largest; Clobbers: AX, CX, DX, SI, DI, ES
mem_scan:
                mov word [mem_first], 0
.next:          mov es, ax
                call mcb_check
                jc .ret
                cmp word [es:mcb.owner], 0
                jne .step
                call mcb_join
                jc .ret
                mov cx, [es:mcb.size]
                cmp cx, [mem_largest]
                jbe .size
                mov [mem_largest], cx
.size:          cmp cx, [mem_wanted]
                jb .step
                mov [mem_last], es
                cmp word [mem_first], 0
                jne .better
                mov [mem_first], es
                mov [mem_best], es
                mov si, cx
.better:        cmp cx, si
                jae .step
                mov si, cx
                mov [mem_best], es
.step:          cmp byte [es:mcb.type], 'Z'
                je .done
                mov ax, es
                add ax, [es:mcb.size]
                inc ax
                jmp .next
.done:          clc
.ret:           ret

; mcb_check - Out: CF=1 when ES is no MCB
mcb_check:      cmp byte [es:mcb.type], 'M'
                je .ok
                cmp byte [es:mcb.type], 'Z'
                je .ok
                stc
                ret
.ok:            clc
                ret

; mcb_join - add the free blocks that follow to ES
; Out: CF=1 chain damaged; Clobbers: AX, CX, DX
mcb_join:
                cmp byte [es:mcb.type], 'Z'
                je .done
                mov ax, es
                add ax, [es:mcb.size]
                inc ax
                push ds
                mov ds, ax
                mov dl, [mcb.type]
                mov cx, [mcb.size]
                cmp dl, 'M'
                je .good
                cmp dl, 'Z'
                je .good
                pop ds
                stc
                ret
.good:          cmp word [mcb.owner], 0
                pop ds
                jne .done
                inc cx
                add [es:mcb.size], cx
                mov [es:mcb.type], dl
                jmp mcb_join
.done:          clc
                ret

; mcb_split - cut ES to BX paragraphs, the rest becomes a free block
; In: ES = MCB with size >= BX; Clobbers: AX, CX, DX
mcb_split:
                mov cx, [es:mcb.size]
                sub cx, bx
                jz .ret
                dec cx
                mov dl, [es:mcb.type]
                mov byte [es:mcb.type], 'M'
                mov [es:mcb.size], bx
                mov ax, es
                add ax, bx
                inc ax
                push ds
                mov ds, ax
                mov [mcb.type], dl
                mov word [mcb.owner], 0
                mov [mcb.size], cx
                mov dword [mcb.name], 0
                pop ds
.ret:           ret

; 48h allocate: BX paragraphs
core_21_48:     mov si, [user_frame]
                mov bx, [si+frame.bx]
                call mem_alloc
                mov si, [user_frame]
                jc .fail
                mov [si+frame.ax], ax
                ret
.fail:          mov [si+frame.bx], bx
                stc
                ret

; 49h free: ES = block
core_21_49:     mov si, [user_frame]
                mov ax, [si+frame.es]
; mem_free - In: AX = block segment; Out: CF/AX
mem_free:       dec ax
                mov es, ax
                call mcb_check
                jc bad_block
                mov word [es:mcb.owner], 0
                clc
                ret
bad_block:      mov ax, ERR_BLOCK
                stc
                ret

; 4Ah resize: ES = block, BX = new size; on failure the block gets all there is
core_21_4a:     mov si, [user_frame]
                mov ax, [si+frame.es]
                mov bx, [si+frame.bx]
                call mem_resize
                jnc .ret
                mov si, [user_frame]
                mov [si+frame.bx], bx
                stc
.ret:           ret
; mem_resize - In: AX block, BX size; Out: CF/AX, BX = largest possible
mem_resize:
                dec ax
                mov es, ax
                call mcb_check
                jc bad_block
                cmp bx, [es:mcb.size]
                jbe .shrink
                call mcb_join
                jc .bad
                cmp bx, [es:mcb.size]
                jbe .shrink
                mov bx, [es:mcb.size]
                mov ax, ERR_MEMORY
                stc
                ret
.shrink:        call mcb_split
                cmp byte [es:mcb.type], 'Z'
                je .done
                mov ax, es
                add ax, [es:mcb.size]
                inc ax
                mov es, ax
                cmp word [es:mcb.owner], 0
                jne .done
                call mcb_join
.done:          clc
                ret
.bad:           mov ax, ERR_MCB
                stc
                ret

; 58h strategy: 00 get, 01 set, 02 get UMB link, 03 set UMB link
core_21_58:     mov si, [user_frame]
                mov al, [si+frame.ax]
                mov bx, [si+frame.bx]
                cmp al, 1
                jb .get
                je .set
                cmp al, 3
                jb .getlink
                je .setlink
.bad:           mov ax, ERR_FUNCTION
                stc
                ret
.get:           mov ax, [alloc_strategy]
                mov [si+frame.ax], ax
                clc
                ret
.set:           mov al, bl
                and al, 0x3F
                cmp al, 2
                ja .bad
                mov al, bl
                and al, 0xC0
                cmp al, 0xC0
                je .bad
                xor bh, bh
                mov [alloc_strategy], bx
                clc
                ret
.getlink:       mov al, [umb_linked]
                and al, 1
                mov [si+frame.ax], al
                clc
                ret
.setlink:       cmp bx, 1
                ja .bad
                cmp word [umb_first], 0xFFFF
                je .bad
; umb_link - In: BL = 1 join the upper blocks to the chain, 0 part them
; Out: CF=1 AX=7 chain damaged
umb_link:       cmp word [umb_first], 0xFFFF
                je .done
                mov ax, [first_mcb]
.walk:          mov es, ax
                call mcb_check
                jc .broken
                add ax, [es:mcb.size]
                inc ax
                cmp ax, [umb_first]
                je .found
                cmp byte [es:mcb.type], 'Z'
                je .broken
                jmp .walk
.found:         mov byte [es:mcb.type], 'M'
                test bl, 1
                jnz .store
                mov byte [es:mcb.type], 'Z'
.store:         mov [umb_linked], bl
.done:          clc
                ret
.broken:        mov ax, ERR_MCB
                stc
                ret

; mem_free_owner - free every block of one process
; In: AX = PSP; walks conventional and upper memory; Clobbers: AX, BX, CX, DX, ES
mem_free_owner:
                mov bx, ax
                mov ax, [first_mcb]
                call .chain
                mov ax, [umb_first]
                cmp ax, 0xFFFF
                je .ret
                test byte [umb_linked], 1
                jnz .ret
.chain:         mov es, ax
                call mcb_check
                jc .ret
                cmp [es:mcb.owner], bx
                jne .step
                mov word [es:mcb.owner], 0
.step:          cmp byte [es:mcb.type], 'Z'
                je .ret
                add ax, [es:mcb.size]
                inc ax
                jmp .chain
.ret:           ret
