; SPDX-License-Identifier: MIT
; Open files: moving data, growing and cutting, bringing the directory entry
; up to date.
;
; Work is done on a copy of the entry, w_sft (sft_load, sft_store).

section doscode

; ---------------------------------------------------------------------------
; f_check - medium of an open file still there?
; In:  w_sft, BP -> DPB
; Out: CF=1: AX = DOS error
; ---------------------------------------------------------------------------
f_check:        call drv_check
                jc .r
                mov al,[bp+xdpb.gen]
                cmp al,[w_sft+SFT_GEN]
                je .r
                mov ax,34               ; invalid disk change
                stc
.r:             ret

; ---------------------------------------------------------------------------
; f_locate - cluster number N of the file
; In:  EAX = N, BP -> DPB, w_*
; Out: EAX = cluster, also in [w_last] with [w_rel] = N;
;      CF=1: AX = 0 the chain is shorter ([w_last], [w_rel] = its end), or error
; Clobbers: EBX, ECX, EDX
; ---------------------------------------------------------------------------
f_locate:       mov ecx,eax
                mov ebx,[w_rel]
                mov eax,[w_last]
                test eax,eax
                jz .start
                cmp ebx,ecx
                jbe .next
.start:         mov eax,[w_start]
                xor ebx,ebx
                test eax,eax
                jz .none
                call fat_valid
                jc .bad
.next:          cmp ebx,ecx
                je .there
                cmp ebx,[bp+xdpb.max32] ; longer than the volume: a loop
                ja .bad
                mov edx,eax
                call fat_next
                jc .end
                inc ebx
                jmp .next
.there:         mov [w_last],eax
                mov [w_rel],ebx
                clc
                ret
.end:           mov [w_last],edx
                mov [w_rel],ebx
                stc
                ret
.none:          mov [w_last],eax
                mov [w_rel],eax
                stc
                ret
.bad:           mov ax,ERR_DATA
                stc
                ret

; ---------------------------------------------------------------------------
; f_grow - make sure that cluster number N of the file exists
; In:  EAX = N
; Out: EAX = cluster; CF=1: AX = DOS error (ERR_FULL: the chain now ends at
;      [w_rel], or is empty when [w_start] = 0)
; Clobbers: EBX, ECX, EDX
; ---------------------------------------------------------------------------
f_grow:         push eax
                call f_locate
                jnc .ok
                test ax,ax
                jnz .error
                mov eax,[w_last]
                call fat_alloc
                jc .error
                cmp dword [w_start],0
                jne .linked
                mov [w_start],eax
                dec dword [w_rel]
.linked:        mov [w_last],eax
                inc dword [w_rel]
                pop eax
                jmp f_grow
.error:         add sp,4
                stc
                ret
.ok:            add sp,4
                clc
                ret

; ---------------------------------------------------------------------------
; f_index - cluster index of a file position
; In: EAX = position. Out: EAX. Clobbers CL
; ---------------------------------------------------------------------------
f_index:        mov cl,[bp+xdpb.secshift]
                add cl,[bp+dpb.clshift]
                shr eax,cl
                ret

; ---------------------------------------------------------------------------
; f_xfer - move data between the file at its position and user memory
; In:  w_sft (chain long enough), [x_ptr], [x_left], [x_cmd] = 4 read, 8 write
; Out: [x_done] bytes moved, position advanced; CF=1: AX = DOS error
; Whole sectors of neighbouring clusters go straight to the user in one request.
; Clobbers: all general registers, ES
; ---------------------------------------------------------------------------
f_xfer:         mov dword [x_done],0
.loop:          cmp dword [x_left],0
                je .end
                mov eax,[w_sft+sft.pos]
                call f_index
                call f_locate
                jnc .located
                test ax,ax
                jnz .error
                mov ax,ERR_DATA         ; chain shorter than the size says
.error:         stc
                ret
.located:       mov ebx,eax             ; EBX = cluster
                call clus_sector
                mov edx,[w_sft+sft.pos]
                mov cl,[bp+xdpb.secshift]
                shr edx,cl
                and dl,[bp+dpb.clmask]
                movzx edx,dl            ; EDX = sector within the cluster
                add eax,edx
                mov di,[bp+dpb.secsize]
                dec di
                and di,[w_sft+sft.pos]
                jnz .part
                mov esi,[x_left]
                shr esi,cl
                jz .part
                ; --- whole sectors
                cmp si,MAX_RUN
                jbe .count
                mov si,MAX_RUN
.count:         push eax
                movzx cx,byte [bp+dpb.clmask]
                inc cx
                sub cx,dx               ; sectors to the end of this cluster
.run:           cmp cx,si
                jae .enough
                mov eax,ebx
                call fat_next
                jc .run_end
                inc ebx
                cmp eax,ebx
                jne .run_end
                mov [w_last],eax
                inc dword [w_rel]
                add cl,[bp+dpb.clmask]
                adc ch,0
                inc cx
                jmp .run
.run_end:       mov si,cx
.enough:        mov cx,si
                pop eax
                call x_normal           ; ES:DI -> user memory
                mov dl,[x_cmd]
                call buf_range
                jc .r
                mov byte [io_area],6
                call blk_io
                jc .r
                movzx eax,cx
                mov cl,[bp+xdpb.secshift]
                shl eax,cl
.moved:         add [w_sft+sft.pos],eax
                add [x_done],eax
                sub [x_left],eax
                mov edx,[x_ptr]         ; advance offset, then carry into the segment
                add dx,ax
                jnc .noc
                add edx,0x10000000
.noc:           mov [x_ptr],edx
                jmp .loop
.end:           clc
.r:             ret
                ; --- part of a sector, through the cache
.part:          movzx ecx,word [bp+dpb.secsize]
                sub cx,di
                cmp ecx,[x_left]
                jbe .size
                mov cx,[x_left]
.size:          mov dl,BF_DATA
                cmp byte [x_cmd],4
                je .get
                test di,di
                jnz .get
                push ecx
                add ecx,[w_sft+sft.pos]
                cmp ecx,[w_sft+sft.size]
                pop ecx
                jb .get
                call buf_new            ; nothing of the old contents stays
                jmp .got
.get:           call buf_get
.got:           jc .r
                push cx
                call x_normal_si        ; normalise [x_ptr]; DI, SI kept
                cmp byte [x_cmd],4
                je .read
                call buf_mark
                lea di,[di+BUF_DATA]
                add di,si
                push ds
                lds si,[x_ptr]
                jmp .copy
.read:          lea si,[si+BUF_DATA]
                add si,di
                push ds
                push es
                les di,[x_ptr]
                pop ds
.copy:          mov ax,cx
                shr cx,2
                rep movsd
                mov cl,al
                and cl,3
                rep movsb
                pop ds
                pop cx
                movzx eax,cx
                jmp .moved

; ---------------------------------------------------------------------------
; x_normal - make [x_ptr] have a small offset (unless it is in the HMA)
; Out: ES:DI = [x_ptr]
; ---------------------------------------------------------------------------
x_normal:       call x_normal_si
                les di,[x_ptr]
                ret
x_normal_si:    push ax
                mov ax,[x_ptr]
                shr ax,4
                add ax,[x_ptr+2]
                jc .r
                mov [x_ptr+2],ax
                and word [x_ptr],15
.r:             pop ax
                ret

; ---------------------------------------------------------------------------
; fs_read_sft - read from an open file or device
; In:  DI -> SFT, ES:DX -> buffer, CX = bytes
; Out: AX = bytes read; CF=1: AX = DOS error
; Clobbers: all but DS
; ---------------------------------------------------------------------------
fs_read_sft:    test word [di+sft.flags],SFTF_NET
                jnz net_read
                mov bp,char_read
                call io_begin
                jbe .r
                mov eax,[w_sft+sft.size]
                sub eax,[w_sft+sft.pos]
                jbe .nothing
                cmp eax,[x_left]
                jae .inside
                mov [x_left],eax
.inside:        mov byte [x_cmd],4
                call f_xfer
                pushf
                push ax
                call sft_store
                pop ax
                popf
                jc .r
                mov ax,[x_done]
.r:             ret
.nothing:       xor ax,ax
                ret

; ---------------------------------------------------------------------------
; io_begin - how reading and writing an open file or device begin
; In:  DI -> SFT, ES:DX -> buffer, CX = bytes, BP = char_read or char_write
; Out: CF=1: AX = DOS error; ZF=1: it was a device and AX = bytes, all is done;
;      neither: [w_sft] = the file, [x_ptr] and [x_left] = what to move
; Clobbers: all but DS
; ---------------------------------------------------------------------------
io_begin:       test byte [di+sft.flags],SFTF_DEVICE
                jz .file
                mov bx,di
                lfs si,[di+sft.dev]
                mov di,dx
                call bp
                jc .r
                mov ax,cx
                cmp ax,ax               ; ZF=1, CF=0
.r:             ret
.file:          mov [x_ptr],dx
                mov [x_ptr+2],es
                movzx edx,cx
                mov [x_left],edx
                call sft_load
                call f_check
                jc .r
                or sp,sp                ; ZF=0, CF=0
                ret

; ---------------------------------------------------------------------------
; fs_write_sft - write to an open file or device; CX = 0 cuts or lengthens
; In:  DI -> SFT, ES:DX -> buffer, CX = bytes
; Out: AX = bytes written (fewer when the disk is full); CF=1: AX = DOS error
; Clobbers: all but DS
; ---------------------------------------------------------------------------
fs_write_sft:   test word [di+sft.flags],SFTF_NET
                jnz net_write
                mov bp,char_write
                call io_begin
                jbe .r
                mov byte [x_cmd],8
                mov dword [x_done],0
                and byte [w_sft+sft.flags],~SFTF_EOF
                mov eax,[w_sft+sft.pos]
                mov ecx,[x_left]
                test ecx,ecx
                jz .resize
                mov edx,eax             ; not beyond 4 GB
                add edx,ecx
                jnc .size_ok
                not eax
                mov [x_left],eax
                mov eax,[w_sft+sft.pos]
.size_ok:       call f_index
                call f_grow
                jc .short
                push dword [w_last]
                push dword [w_rel]
                mov eax,[w_sft+sft.pos]
                add eax,[x_left]
                dec eax
                call f_index
                call f_grow
                pop ebx
                pop edx
                jnc .room
                cmp ax,ERR_FULL
                jne .failed
                mov eax,[w_rel]         ; only so much room
                inc eax
                mov cl,[bp+xdpb.secshift]
                add cl,[bp+dpb.clshift]
                shl eax,cl
                sub eax,[w_sft+sft.pos]
                mov [x_left],eax
.room:          mov [w_rel],ebx
                mov [w_last],edx
                call f_xfer
                pushf
                push ax
                mov eax,[w_sft+sft.pos]
                cmp eax,[w_sft+sft.size]
                jbe .inside
                mov [w_sft+sft.size],eax
.inside:        pop ax
                popf
                jc .failed
.done:          call sft_store
                call sft_sync
                mov ax,[x_done]
                clc
.r:             ret
.short:         cmp ax,ERR_FULL
                jne .failed
                call f_cut              ; no room at all
                jmp .done
.failed:        push ax
                call f_cut
                call sft_store
                call sft_sync
                pop ax
                stc
                ret
.resize:        cmp eax,[w_sft+sft.size]
                jbe .shrink
                dec eax
                call f_index
                call f_grow
                jc .failed
                mov eax,[w_sft+sft.pos]
                mov [w_sft+sft.size],eax
                jmp .done
.shrink:        mov [w_sft+sft.size],eax
                mov edx,[w_start]
                test eax,eax
                jnz .cut
                mov [w_start],eax
                mov [w_last],eax
                mov [w_rel],eax
.cut:           push edx
                call f_update           ; the entry first, then the clusters
                call buf_flush
                pop eax
                jc .failed_store
                cmp dword [w_start],0
                je .all
                call f_cut
                jmp .cut_done
.all:           call fat_free
.cut_done:      jnc .done
.failed_store:  push ax
                call sft_store
                call sft_sync
                pop ax
                stc
                ret

; ---------------------------------------------------------------------------
; f_cut - free the clusters behind the size of the file
; In:  w_sft, w_*
; Out: CF=1: AX = DOS error
; Clobbers: EAX, EBX, ECX, EDX
; ---------------------------------------------------------------------------
f_cut:          cmp dword [w_start],0
                je .ok
                mov eax,[w_sft+sft.size]
                test eax,eax
                jz .all
                dec eax
                call f_index
                call f_locate
                jc .short
                call fat_next
                jc .short
                push eax
                mov eax,[w_last]
                mov edx,FAT_EOC
                call fat_set
                pop edx
                jc .r
                mov eax,edx
                jmp fat_free
.all:           xchg eax,[w_start]
                mov dword [w_last],0
                mov dword [w_rel],0
                jmp fat_free
.short:         test ax,ax              ; ends there anyway
                stc
                jnz .r
.ok:            clc
.r:             ret

; ---------------------------------------------------------------------------
; f_update - bring the directory entry of a written file up to date (cached)
; In:  w_sft, w_start, BP -> DPB
; Out: CF=1: AX = DOS error
; Clobbers: EAX, CX, DX, SI, DI, ES
; ---------------------------------------------------------------------------
f_update:       mov eax,[w_sft+sft.dirsect]
                mov [dir_sect],eax
                mov al,[w_sft+sft.dirindex]
                mov [dir_slot],al
                call dir_reget
                jc .r
                push si
                push di
                mov si,w_sft+sft.name
                mov cx,11
                repe cmpsb
                pop di
                pop si
                jne .ok                 ; not our entry any more: leave it alone
                test word [w_sft+sft.flags],SFTF_NODATE
                jnz .dated
                call stamp
                mov [w_sft+sft.time],ax
                mov [w_sft+sft.date],dx
.dated:         mov eax,[w_start]
                call ent_setclus
                mov eax,[w_sft+sft.size]
                mov [es:di+dirent.size],eax
                mov eax,[w_sft+sft.time]
                mov [es:di+dirent.time],eax
                or byte [es:di+dirent.attr],ATTR_ARCH
                call buf_mark
.ok:            clc
.r:             ret

; ---------------------------------------------------------------------------
; sft_commit - directory entry and buffers of a file to the disk
; In:  DI -> SFT
; Out: CF=1: AX = DOS error
; ---------------------------------------------------------------------------
sft_commit:     test word [di+sft.flags],SFTF_NET
                jnz net_commit
                test byte [di+sft.flags],SFTF_DEVICE|SFTF_EOF
                jnz .ok                 ; nothing written
                call sft_load
                call f_check
                jc .r
                call f_update
                jc .r
                or byte [w_sft+sft.flags],SFTF_EOF
                call sft_store
                call sft_sync
                jmp buf_flush
.ok:            clc
.r:             ret

; ---------------------------------------------------------------------------
; fs_close_sft - drop one reference of an SFT
; In:  DI -> SFT
; Out: CF=1: AX = DOS error (the entry is given up all the same)
; ---------------------------------------------------------------------------
fs_close_sft:   test word [di+sft.flags],SFTF_NET
                jnz net_close
                push di
                test byte [di+sft.flags],SFTF_DEVICE
                jnz .device
                call sft_commit
.drop:          pop di
                dec word [di+sft.refs]
                jns .r
                mov word [di+sft.refs],0
.r:             ret
.device:        mov al,0x0E
                call dev_openclose
                clc
                jmp .drop

; ---------------------------------------------------------------------------
; dev_openclose - tell a device that wants to know
; In:  DI -> SFT, AL = command 0Dh or 0Eh
; ---------------------------------------------------------------------------
dev_openclose:  lfs si,[di+sft.dev]
                test word [fs:si+devhdr.attr],DEVA_OPEN
                jz .r
                mov byte [fs_req+req.len],13
                mov [fs_req+req.cmd],al
                mov byte [fs_req+req.unit],0
                mov bx,fs_req
                push di
                call dev_call
                pop di
.r:             ret

; ---------------------------------------------------------------------------
; fs_seek_sft - set the position of a file
; In:  DI -> SFT, DX:AX = position
; ---------------------------------------------------------------------------
fs_seek_sft:    mov [di+sft.pos],ax
                mov [di+sft.pos+2],dx
                ret
