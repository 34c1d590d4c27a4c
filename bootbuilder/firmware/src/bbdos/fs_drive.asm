; SPDX-License-Identifier: MIT
; Drives: from a letter to a ready DPB.  Media checks, DPB from BPB, the CDS
; array, units of loaded block drivers.  It owns dpbs and dpb_count.

section doscode

; ---------------------------------------------------------------------------
; cds_get - current directory structure of a drive
; In:  AL = drive (0 = A:)
; Out: BX -> CDS; CF=1: no such drive
; ---------------------------------------------------------------------------
cds_get:        cmp al,[lol_lastdrive]
                cmc
                jc .r
                movzx bx,al
                imul bx,bx,cds_size
                add bx,[cds_base]
                test word [bx+cds.flags],CDSF_NET|CDSF_PHYS
                jnz .r
                stc
.r:             ret

; ---------------------------------------------------------------------------
; drv_select - DPB of a local drive, medium checked
; drv_default - same for a drive byte 0 = current, 1 = A:
; In:  AL = drive
; Out: BP -> DPB; CF=1: AX = DOS error
; Clobbers: BX
; ---------------------------------------------------------------------------
drv_default:    call drv_number
drv_select:     call cds_get
                mov ax,ERR_DRIVE
                jc drv_bad
drv_cds:        mov ax,ERR_DRIVE        ; BX -> CDS already
                cmp word [bx+cds.dpb+2],DOSDATA
                jne drv_bad
                mov bp,[bx+cds.dpb]
                jmp drv_check
drv_bad:        stc
                ret

; ---------------------------------------------------------------------------
; drv_number - 0 = default, 1 = A: to 0 = A:
; In/Out: AL
; ---------------------------------------------------------------------------
drv_number:     dec al
                jns .r
                mov al,[cur_drive]
.r:             ret

; ---------------------------------------------------------------------------
; drv_check - is the medium still the one the DPB describes? If not, build it
; In:  BP -> DPB
; Out: CF=1: AX = DOS error
; Clobbers: AX only then
; ---------------------------------------------------------------------------
drv_check:      push es
                pushad
.again:         cmp byte [bp+dpb.access],0xFF
                je .build
                test byte [bp+xdpb.flags],XF_FIXED
                jnz .usable
                mov byte [fs_req+req.cmd],1
                call blk_call
                jc .failed
                mov dl,[fs_req+0x0E]
                cmp dl,1
                je .usable
                call drv_dirty
                jnc .clean
                test dl,dl
                jz .usable              ; open for writing: must be the same
                mov al,15               ; the user must put it back
                jmp .failed
.clean:         call buf_drop
                test dl,dl
                jz .build
                inc byte [bp+xdpb.gen]
                mov al,[bp+dpb.drive]   ; another disk: back to its root
                call cds_get
                jc .build
                mov si,[bx+cds.root]
                mov byte [bx+si+1],0
.build:         mov byte [bp+dpb.access],0xFF
                mov al,[bp+dpb.media]
                mov [bounce],al
                mov byte [fs_req+req.cmd],2
                mov word [fs_req+req.addr],bounce
                mov [fs_req+req.addr+2],ds
                call blk_call
                jc .failed
                les si,[fs_req+0x12]
                call dpb_build
                mov al,7                ; unknown medium
                jc .failed
                mov byte [bp+dpb.access],0
.usable:        popad
                pop es
                clc
                ret
.failed:        mov byte [io_area],0
                mov byte [io_cmd],4
                call ask_user
                cmp ah,1
                je .again
                push ax                 ; give the old medium up
                call drv_dirty
                jnc .lost
                inc byte [bp+xdpb.gen]
                mov byte [bp+dpb.access],0xFF
                call buf_drop
.lost:          pop ax
                mov ah,0
                add ax,ERR_PROTECT
                mov [ret_eax],ax
                popad
                pop es
                mov ax,[ret_eax]
                stc
                ret

; ---------------------------------------------------------------------------
; drv_dirty - does the drive have sectors waiting to be written?
; In:  BP -> DPB
; Out: CF=1 yes
; ---------------------------------------------------------------------------
drv_dirty:      push es
                push cx
                push ax
                push si
                mov es,[buf_seg]
                mov si,[buf_low]
                mov cx,[buf_count]
                mov al,[bp+dpb.drive]
.next:          cmp al,[es:si+buf.drive]
                jne .no
                test byte [es:si+buf.flags],BF_DIRTY
                stc
                jnz .r
.no:            add si,BUF_SIZE
                loop .next
                clc
.r:             pop si
                pop ax
                pop cx
                pop es
                ret

; ---------------------------------------------------------------------------
; dpb_build - fill a DPB from a BPB
; In:  BP -> DPB (drive, unit, dev set), ES:SI -> BPB (sector size word first)
; Out: CF=1: not a file system we can use (fattype = 0)
; Clobbers: EAX, EBX, ECX, EDX
; ---------------------------------------------------------------------------
dpb_build:      mov byte [bp+xdpb.fattype],0
                mov ax,[es:si]          ; bytes per sector
                cmp ax,512
                ja .bad
                cmp ax,128
                jb .bad
                lea cx,[eax-1]
                test ax,cx
                jnz .bad
                mov [bp+dpb.secsize],ax
                bsf cx,ax
                mov [bp+xdpb.secshift],cl
                movzx ax,byte [es:si+2] ; sectors per cluster
                lea cx,[eax-1]
                test ax,cx
                jnz .bad
                mov [bp+dpb.clmask],cl
                bsf cx,ax
                jz .bad
                mov [bp+dpb.clshift],cl
                movzx eax,word [es:si+3]
                mov [bp+dpb.reserved],ax
                test ax,ax
                jz .bad
                movzx ecx,byte [es:si+5]
                mov [bp+dpb.fats],cl
                test cx,cx
                jz .bad
                movzx ebx,word [es:si+0x0B]
                mov [bp+dpb.fatsize],bx
                test bx,bx
                jnz .fat16
                mov ebx,[es:si+0x19]
                test ebx,ebx
                jz .bad
.fat16:         mov [bp+xdpb.fatsize32],ebx
                imul ecx,ebx
                add eax,ecx             ; first sector of the root directory
                mov [bp+dpb.root],ax
                movzx edx,word [es:si+6]
                mov [bp+dpb.rootents],dx
                shl edx,5
                movzx ecx,word [bp+dpb.secsize]
                lea edx,[edx+ecx-1]
                mov cl,[bp+xdpb.secshift]
                shr edx,cl
                add eax,edx
                mov [bp+xdpb.data32],eax
                mov [bp+dpb.data],ax
                movzx edx,word [es:si+8]
                test dx,dx
                jnz .total
                mov edx,[es:si+0x15]
.total:         mov [bp+xdpb.total],edx
                sub edx,eax
                jbe .bad
                mov cl,[bp+dpb.clshift]
                shr edx,cl
                jz .bad
                mov al,[es:si+0x0A]
                mov [bp+dpb.media],al
                mov dword [bp+xdpb.rootcl],0
                mov word [bp+xdpb.fsinfo],-1
                mov cl,[bp+xdpb.secshift]
                mov eax,ebx             ; FAT bytes
                shl eax,cl
                mov bl,32
                cmp word [bp+dpb.fatsize],0
                jne .small
                mov ecx,[es:si+0x21]
                mov [bp+xdpb.rootcl],ecx
                mov cx,[es:si+0x25]
                mov [bp+xdpb.fsinfo],cx
                shr eax,2
                jmp .type
.small:         cmp word [bp+dpb.rootents],0
                je .bad
                mov bl,12
                cmp edx,4085
                jae .is16
                shl eax,1               ; entries = bytes * 2 / 3
                push edx
                xor edx,edx
                mov ecx,3
                div ecx
                pop edx
                jmp .type
.is16:          shr eax,1
                mov bl,16
                mov ecx,65524
                cmp edx,ecx
                jbe .type
                mov edx,ecx
.type:          dec eax                 ; highest cluster the FAT has room for
                inc edx
                cmp edx,eax
                jbe .fits
                mov edx,eax
.fits:          cmp edx,2
                jb .bad
                mov [bp+xdpb.max32],edx
                mov [bp+dpb.maxclus],dx
                mov dword [bp+xdpb.hint32],2
                mov word [bp+dpb.search],2
                or dword [bp+dpb.free],-1
                and byte [bp+xdpb.flags],~XF_FSINFO
                mov [bp+xdpb.fattype],bl
                cmp bl,32
                clc
                jne .r
                call fsi_load
                clc
.r:             ret
.bad:           stc
                ret

; ---------------------------------------------------------------------------
; fsi_load - take free count and hint from the FSInfo sector of a FAT32 volume
; fsi_store - put them back when they changed
; In: BP -> DPB
; Clobbers: fsi_load: EAX, DL, SI, ES
; ---------------------------------------------------------------------------
fsi_get:        movzx eax,word [bp+xdpb.fsinfo]
                dec ax
                cmp ax,0xFFFD
                cmc
                jc .r
                inc ax
                mov dl,BF_DATA
                mov byte [io_quiet],1
                call buf_get
                mov byte [io_quiet],0
                jc .r
                cmp dword [es:si+BUF_DATA+484],'rrAa'
                je .r
                stc
.r:             ret

fsi_load:       call fsi_get
                jc .r
                mov eax,[es:si+BUF_DATA+488]
                cmp eax,[bp+xdpb.max32]
                jae .r
                mov [bp+dpb.free],eax
                mov eax,[es:si+BUF_DATA+492]
                call fat_valid
                jc .r
                mov [bp+xdpb.hint32],eax
.r:             ret

fsi_store:      test byte [bp+xdpb.flags],XF_FSINFO
                jz .r
                and byte [bp+xdpb.flags],~XF_FSINFO
                pushad
                push es
                call fsi_get
                jc .out
                mov eax,[bp+dpb.free]
                mov [es:si+BUF_DATA+488],eax
                mov eax,[bp+xdpb.hint32]
                mov [es:si+BUF_DATA+492],eax
                call buf_mark
.out:           pop es
                popad
.r:             ret

; ---------------------------------------------------------------------------
; dpb_new - take a DPB from the pool and put it at the end of the chain
; In:  FS:SI -> device header, DL = unit
; Out: BP -> DPB; CF=1: pool empty
; Clobbers: AX, BX
; ---------------------------------------------------------------------------
dpb_new:        mov ax,[dpb_count]
                cmp ax,[dpb_limit]
                cmc
                jc .r
                imul bp,ax,xdpb_size
                add bp,dpbs
                mov [bp+dpb.drive],al
                mov [bp+dpb.unit],dl
                mov [bp+dpb.dev],si
                mov [bp+dpb.dev+2],fs
                mov byte [bp+dpb.access],0xFF
                mov dword [bp+dpb.next],0xFFFF | (DOSDATA<<16)
                mov bx,lol_dpb
                test ax,ax
                jz .link
                lea bx,[bp-xdpb_size+dpb.next]
.link:          mov [bx],bp
                mov word [bx+2],DOSDATA
                inc word [dpb_count]
                inc byte [lol_blockdevs]
                clc
.r:             ret

; ---------------------------------------------------------------------------
; fs_add_block - give drive letters to the units of a loaded block driver
; In:  FS:SI -> device header, AL = units, ES:DI -> offsets (in ES) of BPBs
; Out: CF=1: no letter left for some unit
; ---------------------------------------------------------------------------
fs_add_block:   xor dx,dx
                mov dh,al
.unit:          cmp dl,dh
                je .ok
                call dpb_new
                jc .r
                pushad
                mov si,[es:di]
                call dpb_build
                jc .later
                mov byte [bp+dpb.access],0
.later:         popad
                inc di
                inc di
                inc dx
                jmp .unit
.ok:            call fs_cds_init
                clc
.r:             ret

; ---------------------------------------------------------------------------
; fs_cds_init - fill the whole CDS array from the DPBs
; Out: all registers kept
; ---------------------------------------------------------------------------
fs_cds_init:    pushad
                push es
                push ds
                pop es
                mov bx,[cds_base]
                mov dl,0
                mov bp,dpbs
.next:          cmp dl,[lol_lastdrive]
                jae .r
                test word [bx+cds.flags],CDSF_NET
                jnz .skip               ; a driver has taken this letter
                mov di,bx
                mov cx,cds_size/4
                xor eax,eax
                rep stosd
                mov al,dl
                add al,'A'
                mov [bx],al
                mov word [bx+1],':\'
                mov word [bx+cds.root],2
                mov word [bx+cds.start],-1
                cmp dl,[dpb_count]
                jae .skip
                mov word [bx+cds.flags],CDSF_PHYS
                mov [bx+cds.dpb],bp
                mov word [bx+cds.dpb+2],DOSDATA
.skip:          add bp,xdpb_size
                add bx,cds_size
                inc dx
                jmp .next
.r:             pop es
                popad
                ret

; ---------------------------------------------------------------------------
; fs_drive_valid - is there such a drive?
; In:  AL = 0 default, 1 = A: ...
; Out: AL = 00 yes, FFh no
; ---------------------------------------------------------------------------
fs_drive_valid: push bx
                call drv_number
                call cds_get
                pop bx
                sbb al,al
                ret
