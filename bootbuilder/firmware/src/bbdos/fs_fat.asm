; SPDX-License-Identifier: MIT
; The file allocation table: reading and changing entries, allocating and
; freeing clusters.  Every walk is bounded by the number of clusters.

section doscode

; ---------------------------------------------------------------------------
; fat_valid - is this a cluster of the volume?
; In:  BP -> DPB, EAX = cluster
; Out: CF=1 no
; ---------------------------------------------------------------------------
fat_valid:      cmp eax,2
                jb .r
                cmp [bp+xdpb.max32],eax
.r:             ret

; ---------------------------------------------------------------------------
; clus_sector - first sector of a cluster
; In:  BP -> DPB, EAX = valid cluster
; Out: EAX = sector
; ---------------------------------------------------------------------------
clus_sector:    push cx
                sub eax,2
                mov cl,[bp+dpb.clshift]
                shl eax,cl
                add eax,[bp+xdpb.data32]
                pop cx
                ret

; ---------------------------------------------------------------------------
; fat_entry - bring the FAT sector with a byte offset into the cache
; In:  BP -> DPB, EAX = byte offset in the FAT
; Out: ES:SI -> buffer, DI = offset of the byte; CF=1: AX = DOS error
; Clobbers: EAX, CL, DL
; ---------------------------------------------------------------------------
fat_entry:      mov cl,[bp+xdpb.secshift]
                mov di,[bp+dpb.secsize]
                dec di
                and di,ax
                shr eax,cl
                movzx ecx,word [bp+dpb.reserved]
                add eax,ecx
                mov dl,BF_FAT
                call buf_get
                jc .r
                lea di,[di+BUF_DATA]
                add di,si
.r:             ret

; ---------------------------------------------------------------------------
; fat_get - FAT entry of a cluster
; In:  BP -> DPB, EAX = cluster
; Out: EAX = entry, FAT_EOC for every end mark; CF=1: AX = DOS error
; ---------------------------------------------------------------------------
fat_get:        push es
                pushad
                call fat_valid
                jc .bad
                cmp byte [bp+xdpb.fattype],16
                jb .fat12
                ja .fat32
                add eax,eax
                call fat_entry
                jc .r
                movzx eax,word [es:di]
                mov edx,0xFFF8
                jmp .end
.fat32:         shl eax,2
                call fat_entry
                jc .r
                mov eax,[es:di]
                and eax,0x0FFFFFFF
                mov edx,0x0FFFFFF8
                jmp .end
.fat12:         mov ebx,eax
                shr eax,1
                add eax,ebx
                push eax
                call fat_entry
                mov bh,[es:di]
                pop ecx
                jc .r
                xchg eax,ecx
                inc eax
                push bx
                call fat_entry
                pop bx
                jc .r
                mov al,bh
                mov ah,[es:di]
                test bl,1
                jz .even
                shr ax,4
.even:          and eax,0x0FFF
                mov edx,0x0FF8
.end:           cmp eax,edx
                jb .ok
                mov eax,FAT_EOC
.ok:            clc
.r:             mov [ret_eax],eax
                popad
                pop es
                mov eax,[ret_eax]
                ret
.bad:           mov ax,ERR_DATA
                jmp .r

; ---------------------------------------------------------------------------
; fat_next - next cluster of a chain
; In:  BP -> DPB, EAX = cluster
; Out: EAX = next, a valid one; CF=1: AX = 0 end of the chain, else DOS error
; ---------------------------------------------------------------------------
fat_next:       call fat_get
                jc .r
                cmp eax,FAT_EOC
                je .end
                call fat_valid
                jnc .r
                mov ax,ERR_DATA
                ret
.end:           xor ax,ax
                stc
.r:             ret

; ---------------------------------------------------------------------------
; fat_set - change the FAT entry of a cluster
; In:  BP -> DPB, EAX = valid cluster, EDX = value
; Out: CF=1: AX = DOS error
; ---------------------------------------------------------------------------
fat_set:        push es
                pushad
                mov word [dir_dpb],0
                cmp byte [bp+xdpb.fattype],16
                mov ebx,edx
                jb .fat12
                ja .fat32
                add eax,eax
                call fat_entry
                jc .r
                call fat_touch
                jc .r
                mov [es:di],bx
                jmp .ok
.fat32:         shl eax,2
                call fat_entry
                jc .r
                call fat_touch
                jc .r
                mov ecx,[es:di]
                and ecx,0xF0000000
                and ebx,0x0FFFFFFF
                or ebx,ecx
                mov [es:di],ebx
                jmp .ok
.fat12:         mov cx,0xF000           ; bits of the neighbour
                and bx,0x0FFF
                shr eax,1
                jnc .even
                shl bx,4
                mov cx,0x000F
.even:          lea edx,[eax*2]
                add eax,edx
                test cl,1
                jz .first
                inc eax
.first:         push eax
                push cx
                call fat_entry
                pop cx
                jc .fail
                call fat_touch
                jc .fail
                and [es:di],cl
                or [es:di],bl
                pop eax
                inc eax
                push cx
                call fat_entry
                pop cx
                jc .r
                call fat_touch
                jc .r
                and [es:di],ch
                or [es:di],bh
.ok:            clc
.r:             mov [ret_eax],eax
                popad
                pop es
                jnc .ret
                mov ax,[ret_eax]
.ret:           ret
.fail:          pop ecx
                stc
                jmp .r

; ---------------------------------------------------------------------------
; fat_touch - make the buffer just got the only dirty FAT buffer
; In:  ES:SI -> buffer
; Out: CF=1: AX = DOS error
; ---------------------------------------------------------------------------
fat_touch:      cmp si,[fat_dirty]
                je .mine
                push si
                mov si,[fat_dirty]
                test si,si
                jz .none
                call buf_clean
.none:          pop si
                jc .r
                mov [fat_dirty],si
.mine:          or byte [es:si+buf.flags],BF_DIRTY
                clc
.r:             ret

; ---------------------------------------------------------------------------
; fat_alloc - take a free cluster, mark it as end and link it behind another
; In:  BP -> DPB, EAX = cluster to link it to, 0 = none
; Out: EAX = cluster; CF=1: AX = DOS error (ERR_FULL)
; ---------------------------------------------------------------------------
fat_alloc:      push ebx
                push ecx
                push edx
                push eax
                mov eax,[bp+xdpb.hint32]
                call fat_valid
                jnc .hint
                mov eax,2
.hint:          mov ebx,eax
                mov ecx,[bp+xdpb.max32]
                dec ecx
.next:          mov eax,ebx
                call fat_get
                jc .error
                test eax,eax
                jz .found
                inc ebx
                cmp ebx,[bp+xdpb.max32]
                jbe .more
                mov ebx,2
.more:          dec ecx
                jnz .next
                mov ax,ERR_FULL
.error:         pop edx
                stc
                jmp .r
.found:         mov eax,ebx
                mov edx,FAT_EOC
                call fat_set
                jc .error
                mov edx,-1
                call fat_count
                pop eax
                mov edx,ebx
                test eax,eax
                jz .alone
                call fat_set
                jc .r
.alone:         lea eax,[ebx+1]
                mov [bp+xdpb.hint32],eax
                mov [bp+dpb.search],ax
                mov eax,ebx
                clc
.r:             pop edx
                pop ecx
                pop ebx
                ret

; ---------------------------------------------------------------------------
; fat_count - correct the number of free clusters
; In: BP -> DPB, EDX = difference
; ---------------------------------------------------------------------------
fat_count:      cmp dword [bp+dpb.free],-1
                je .r
                add [bp+dpb.free],edx
                cmp word [bp+xdpb.fsinfo],-1
                je .r
                or byte [bp+xdpb.flags],XF_FSINFO
.r:             ret

; ---------------------------------------------------------------------------
; fat_free - give the clusters of a chain back
; In:  BP -> DPB, EAX = first cluster (anything invalid ends the chain)
; Out: CF=1: AX = DOS error
; ---------------------------------------------------------------------------
fat_free:       inc word [fat_frees]
                push edx
                push ebx
.next:          call fat_valid
                cmc
                jnc .r                  ; freed entries are 0: loops end here
                mov ebx,eax
                call fat_get
                jc .r
                test eax,eax
                jz .r
                push eax
                mov eax,ebx
                xor edx,edx
                call fat_set
                pop edx
                jc .r
                push edx
                mov edx,1
                call fat_count
                cmp ebx,[bp+xdpb.hint32]
                jae .hint
                mov [bp+xdpb.hint32],ebx
.hint:          pop eax
                jmp .next
.r:             pop ebx
                pop edx
                ret

; ---------------------------------------------------------------------------
; fat_space - free clusters of a drive, counted when not known
; In:  BP -> DPB
; Out: EAX = free clusters; CF=1: AX = DOS error
; ---------------------------------------------------------------------------
fat_space:      mov eax,[bp+dpb.free]
                cmp eax,-1
                clc
                jne .r
                push ebx
                push ecx
                mov ecx,2
                xor ebx,ebx
.next:          mov eax,ecx
                call fat_get
                jc .out
                cmp eax,1
                adc ebx,0
                inc ecx
                cmp [bp+xdpb.max32],ecx
                jae .next
                mov eax,ebx
                mov [bp+dpb.free],eax
                clc
.out:           pop ecx
                pop ebx
.r:             ret
