; SPDX-License-Identifier: MIT
; Directories: walking entries, looking names up, making new entries.
; It owns the dir_* variables.  An entry is named by ES:DI inside buffer ES:SI;
; dir_sect and dir_slot tell where that is on the disk.

section doscode

; ---------------------------------------------------------------------------
; dir_entry - bring entry [dir_idx] of directory [dir_start] into the cache
; In:  BP -> DPB
; Out: ES:SI -> buffer, ES:DI -> entry, [dir_sect], [dir_slot];
;      CF=1: AX = 0 behind the last entry, else DOS error
; Clobbers: EAX, ECX, EDX
; ---------------------------------------------------------------------------
dir_entry:      movzx eax,word [dir_idx]
                mov cl,[bp+xdpb.secshift]
                sub cl,5
                mov dx,1
                shl dx,cl
                dec dx
                and dl,al
                mov [dir_slot],dl
                shr eax,cl
                cmp dword [dir_start],0
                jne .chain
                mov dx,[dir_idx]
                cmp dx,[bp+dpb.rootents]
                jae dir_past
                movzx edx,word [bp+dpb.root]
                add eax,edx
                jmp .sector
.chain:         mov dl,al
                and dl,[bp+dpb.clmask]
                movzx edx,dl
                mov cl,[bp+dpb.clshift]
                shr eax,cl
                cmp ax,[dir_clno]
                jae .forward
                call dir_rewind
.forward:       cmp [bp+xdpb.max32],eax ; a chain longer than the disk is a circle
                jbe dir_past
                mov cx,ax
                mov eax,[dir_cl]
.next:          cmp cx,[dir_clno]
                je .there
                call fat_next
                jc dir_back
                cmp eax,[dir_start]     ; a circle: behind the last entry
                je dir_past
                mov [dir_cl],eax
                inc word [dir_clno]
                jmp .next
.there:         call clus_sector
                add eax,edx
.sector:        mov [dir_sect],eax
dir_reget:      mov dl,BF_DIR           ; again, by place
                mov eax,[dir_sect]
                call buf_get
                jc .r
                movzx di,byte [dir_slot]
                shl di,5
                lea di,[di+BUF_DATA]
                add di,si
                clc
.r:             ret
dir_past:       xor ax,ax
                stc
dir_back:       ret

; ---------------------------------------------------------------------------
; dir_rewind - back to the first cluster of [dir_start]
; In: BP -> DPB
; Clobbers: nothing
; ---------------------------------------------------------------------------
dir_rewind:     push dword [dir_start]
                pop dword [dir_cl]
                push dword [dir_start]
                pop dword [dir_for]
                mov [dir_dpb],bp
                mov word [dir_clno],0
                ret

; ---------------------------------------------------------------------------
; dir_first - look [dir_pat] up in [dir_start];  dir_search - from [dir_idx] on
; In:  BP -> DPB, dir_first: AL = attributes wanted (else [dir_attr])
; Out: ES:DI -> entry, [dir_idx]; CF=1: AX = ERR_NOFILES or another DOS error
;      [dir_free] = first free entry met since dir_first
; Clobbers: EAX, ECX, EDX, SI
; ---------------------------------------------------------------------------
dir_first:      mov [dir_attr],al
                mov word [dir_idx],0
dir_begin:      mov word [dir_free],-1
                mov eax,[dir_start]     ; 4Fh comes once for each entry: from the
                cmp eax,[dir_for]       ; start each time, a folder whose chain runs
                jne .rewind             ; in a circle would take hours
                cmp bp,[dir_dpb]
                je dir_search
.rewind:        call dir_rewind
dir_search:     call dir_entry
                jc .end
                mov al,[es:di]
                cmp al,0
                je .free
                cmp al,0xE5
                je .free
                mov al,[es:di+dirent.attr]
                mov ah,al
                and ah,0x3F
                cmp ah,0x0F             ; part of a long name
                je .next
                mov dl,[dir_attr]
                test al,ATTR_LABEL
                jz .file
                test dl,ATTR_LABEL
                jz .next
                jmp .name
.file:          and al,ATTR_HIDDEN|ATTR_SYSTEM|ATTR_DIR
                mov dh,dl
                and dh,0x1E
                cmp dh,ATTR_LABEL
                je .next
                not dl
                test al,dl
                jnz .next
.name:          push si
                push di
                mov si,dir_pat
                mov cx,11
                mov al,[es:di]
                cmp al,5
                jne .first
                mov al,0xE5
                jmp .first
.char:          mov al,[es:di]
.first:         cmp al,[si]
                je .same
                cmp byte [si],'?'
                jne .differs
.same:          inc si
                inc di
                loop .char
                cmp al,al               ; all equal
.differs:       pop di
                pop si
                clc
                je .r
.next:          inc word [dir_idx]
                jnz dir_search
                jmp .none
.free:          cmp word [dir_free],-1
                jne .known
                mov cx,[dir_idx]
                mov [dir_free],cx
.known:         cmp al,0
                jne .next
                jmp .none
.end:           test ax,ax
                stc
                jnz .r
.none:          mov ax,ERR_NOFILES
                stc
.r:             ret

; ---------------------------------------------------------------------------
; dir_new - make room for an entry in the directory dir_first just searched in
; vain, and fill it: [dir_pat], [new_attr], [new_start], now, size 0
; In:  BP -> DPB
; Out: ES:DI -> entry (buffer ES:SI, dirty); CF=1: AX = DOS error
; Clobbers: EAX, ECX, EDX
; ---------------------------------------------------------------------------
dir_new:        mov ax,[dir_free]
                cmp ax,-1
                jne .have
                mov ax,[dir_idx]
                cmp dword [dir_start],0
                je .full
                cmp ax,0xFFF0
                jae .full
                push ax
                xor eax,eax             ; one more cluster: cleared on the disk
                call fat_alloc          ; before it is linked
                pop cx
                jc .alloc
                mov [dir_idx],cx
                push eax
                call clus_clear
                pop edx
                jc .r
                mov eax,[dir_cl]
                call fat_set
                jc .r
                mov ax,[dir_idx]
.have:          mov [dir_idx],ax
                call dir_entry
                jc .r
                push si
                push di
                mov si,dir_pat
                mov cx,11
                rep movsb
                mov al,[new_attr]
                stosb
                xor ax,ax
                mov cx,4
                rep stosw
                pop di
                pop si
                cmp byte [es:di],0xE5
                jne .kanji
                mov byte [es:di],5
.kanji:         mov eax,[new_start]
                call ent_setclus
                mov dword [es:di+dirent.size],0
                call ent_stamp
                call buf_mark
                clc
.r:             ret
.alloc:         cmp ax,ERR_FULL
                stc
                jne .r
.full:          mov ax,ERR_ACCESS
                stc
                ret

; ---------------------------------------------------------------------------
; clus_clear - zero a cluster on the disk
; In:  BP -> DPB, EAX = cluster
; Out: CF=1: AX = DOS error
; Clobbers: EAX, ECX, DL, ES, SI
; ---------------------------------------------------------------------------
clus_clear:     call clus_sector
                movzx cx,byte [bp+dpb.clmask]
                inc cx
                mov dl,BF_DIR
.next:          push eax
                call buf_new
                jc .bad
                push cx
                push di
                lea di,[si+BUF_DATA]
                mov cx,128
                xor eax,eax
                rep stosd
                pop di
                pop cx
                call buf_mark
                pop eax
                inc eax
                loop .next
                jmp buf_flush
.bad:           add sp,4
                stc
                ret

; ---------------------------------------------------------------------------
; ent_clus, ent_setclus - first cluster of a directory entry
; In:  BP -> DPB, ES:DI -> entry; ent_setclus: EAX
; Out: ent_clus: EAX
; ---------------------------------------------------------------------------
ent_clus:       mov ax,[es:di+dirent.starthi]
                cmp byte [bp+xdpb.fattype],32
                je .wide
                xor ax,ax
.wide:          shl eax,16
                mov ax,[es:di+dirent.start]
                ret

ent_setclus:    mov [es:di+dirent.start],ax
                cmp byte [bp+xdpb.fattype],32
                jne .r
                push eax
                shr eax,16
                mov [es:di+dirent.starthi],ax
                pop eax
.r:             ret

; ---------------------------------------------------------------------------
; stamp - time and date for directory entries
; Out: AX = time, DX = date; all else kept
; ---------------------------------------------------------------------------
stamp:          pushad
                push es
                push fs
                call get_time_stamp
                mov [ret_eax],ax
                mov [ret_eax+2],dx
                pop fs
                pop es
                popad
                mov ax,[ret_eax]
                mov dx,[ret_eax+2]
                ret

; ---------------------------------------------------------------------------
; ent_stamp - stamp an entry with now
; In: ES:DI -> entry
; Clobbers: AX, DX
; ---------------------------------------------------------------------------
ent_stamp:      call stamp
                mov [es:di+dirent.time],ax
                mov [es:di+dirent.date],dx
                ret
