; SPDX-License-Identifier: MIT
; System file table entries and job file tables: finding, taking, copying to
; the work area w_sft and back.

section doscode

; ---------------------------------------------------------------------------
; sft_from_handle - SFT of a handle of the current process
; In:  BX = handle
; Out: DI -> SFT; CF=1: AX = ERR_HANDLE
; sft_by_index - same for a system file number
; In:  BX = number
; ---------------------------------------------------------------------------
sft_from_handle:
                push es
                push si
                call jft_entry_ptr
                jc .r
                push bx
                movzx bx,byte [es:si]
                call sft_by_index
                pop bx
.r:             pop si
                pop es
                ret

sft_by_index:   push bx
                mov ax,ERR_HANDLE
                cmp bl,0xFF
                je .bad
                mov di,[lol_sft]
.block:         cmp bx,[di+4]
                jb .found
                sub bx,[di+4]
                mov di,[di]
                cmp di,-1
                jne .block
.bad:           pop bx
                stc
                ret
.found:         imul bx,bx,sft_size
                lea di,[di+bx+6]
                cmp word [di+sft.refs],1
                pop bx
                ret

; ---------------------------------------------------------------------------
; jft_entry_ptr - byte of a handle in the job file table
; jft_find - the first free one
; In:  BX = handle (jft_entry_ptr)
; Out: ES:SI -> byte, BX = handle; CF=1: AX = DOS error
; ---------------------------------------------------------------------------
jft_entry_ptr:  mov es,[cur_psp]
                mov ax,ERR_HANDLE
                cmp bx,[es:psp.jftsize]
                cmc
                jc .r
                les si,[es:psp.jftptr]
                add si,bx
.r:             ret

jft_find:       xor bx,bx
.next:          call jft_entry_ptr
                mov ax,ERR_HANDLES
                jc .r
                cmp byte [es:si],0xFF
                je .r
                inc bx
                jmp .next
.r:             ret

; ---------------------------------------------------------------------------
; sft_each - call a routine for every SFT entry
; In:  AX = routine (gets DI -> entry, CX = index; CF=1 from it ends the walk)
; Out: DI, CX; CF=1: ended by the routine
; ---------------------------------------------------------------------------
sft_each:       push bx
                push si
                mov si,[lol_sft]
                xor cx,cx
.block:         mov bx,[si+4]
                lea di,[si+6]
.next:          dec bx
                js .end
                call ax
                jc .r
                add di,sft_size
                inc cx
                jmp .next
.end:           mov si,[si]
                cmp si,-1
                jne .block
                clc
.r:             pop si
                pop bx
                ret

; ---------------------------------------------------------------------------
; sft_alloc - a free SFT entry, marked as being opened
; Out: DI -> entry; CF=1: AX = ERR_HANDLES
; Clobbers: AX, CX
; ---------------------------------------------------------------------------
sft_alloc:      mov ax,.free
                call sft_each
                cmc
                mov ax,ERR_HANDLES
                jc .r
                push es
                push ds
                pop es
                push di
                mov cx,sft_size
                mov al,0
                rep stosb
                pop di
                pop es
                mov word [di+sft.refs],-1
                mov [this_sft],di
                mov [this_sft+2],ds
.r:             ret
.free:          push dx
                mov dx,[di+sft.refs]    ; 0 or left half open
                inc dx
                cmp dx,2
                pop dx
                ret

; sft_index - In: DI -> entry. Out: CL = its number. Clobbers AX
sft_index:      push di
                mov ax,.same
                call sft_each
                pop di
                ret
.same:          cmp di,[this_sft]
                clc
                jne .r
                stc
.r:             ret

; ---------------------------------------------------------------------------
; sft_load - work on an entry;  sft_store - put the copy back
; In:  DI -> SFT
; Out: BP -> DPB (files), w_*
; Clobbers: EAX, CX, SI, DI, ES
; ---------------------------------------------------------------------------
sft_load:       mov [this_sft],di
                mov [this_sft+2],ds
                push ds
                pop es
                mov si,di
                mov di,w_sft
                mov cx,(sft_size+3)/4   ; a spare byte behind w_sft
                rep movsd
                mov bp,[w_sft+sft.dev]
                mov ax,[w_sft+SFT_STARTHI]
                shl eax,16
                mov ax,[w_sft+sft.start]
                mov [w_start],eax
                mov ax,[w_sft+SFT_LASTHI]
                shl eax,16
                mov ax,[w_sft+sft.last]
                mov [w_last],eax
                mov ax,[w_sft+SFT_RELHI]
                shl eax,16
                mov ax,[w_sft+sft.rel]
                mov [w_rel],eax
                ret

sft_store:      mov eax,[w_start]
                mov [w_sft+sft.start],ax
                shr eax,16
                mov [w_sft+SFT_STARTHI],ax
                mov eax,[w_last]
                mov [w_sft+sft.last],ax
                shr eax,16
                mov [w_sft+SFT_LASTHI],ax
                mov eax,[w_rel]
                mov [w_sft+sft.rel],ax
                shr eax,16
                mov [w_sft+SFT_RELHI],ax
                push ds
                pop es
                mov si,w_sft
                mov di,[this_sft]
                mov cx,sft_size/4
                rep movsd
                movsw
                movsb
                ret

; ---------------------------------------------------------------------------
; sft_sync - tell other entries open on the same file about its new size
; In: w_sft stored
; ---------------------------------------------------------------------------
sft_sync:       mov ax,.one
                jmp sft_each
.one:           cmp di,[this_sft]
                je .no
                cmp word [di+sft.refs],0
                je .no
                test word [di+sft.flags],SFTF_DEVICE|SFTF_NET
                jnz .no
                push eax
                mov eax,[di+sft.dirsect]
                cmp eax,[w_sft+sft.dirsect]
                jne .other
                mov al,[di+sft.dirindex]
                cmp al,[w_sft+sft.dirindex]
                jne .other
                mov eax,[di+sft.dev]
                cmp eax,[w_sft+sft.dev]
                jne .other
                mov eax,[w_sft+sft.size]
                mov [di+sft.size],eax
                mov ax,[w_sft+sft.start]
                mov [di+sft.start],ax
                mov ax,[w_sft+SFT_STARTHI]
                mov [di+SFT_STARTHI],ax
                mov word [di+sft.last],0
                mov word [di+SFT_LASTHI],0
.other:         pop eax
.no:            clc
                ret

; ---------------------------------------------------------------------------
; sft_is_open - is the file of entry [dir_sect]/[dir_slot] open?
; In:  BP -> DPB
; Out: CF=1 yes
; Clobbers: AX, CX
; ---------------------------------------------------------------------------
sft_is_open:    push di
                mov ax,.one
                call sft_each
                pop di
                ret
.one:           push eax
                cmp word [di+sft.refs],0
                je .no
                test word [di+sft.flags],SFTF_DEVICE|SFTF_NET
                jnz .no
                mov eax,[dir_sect]
                cmp eax,[di+sft.dirsect]
                jne .no
                mov al,[dir_slot]
                cmp al,[di+sft.dirindex]
                jne .no
                cmp bp,[di+sft.dev]
                jne .no
                stc
                jmp .r
.no:            clc
.r:             pop eax
                ret
