; SPDX-License-Identifier: MIT
; Built-in block device driver: floppies A: and B: and hard-disk volumes
; through INT 13h.  It owns the units table and speaks the standard driver
; protocol (blk_hdr), so that the kernel treats it like any loaded driver.
;
; Inside the driver DS = dosdata, FS:BX -> request, DI -> unit.  SS may be a
; stranger's stack when a program calls the header itself.

FLOPPY_TICKS    equ 36                  ; 2 s: nobody swaps a disk faster

section dosdata
; blk_strat, blk_intr - entry points of the driver header
blk_strat:      mov [cs:blk_req],bx
                mov [cs:blk_req+2],es
                retf
blk_intr:       pushf
                pushad
                push ds
                push es
                push fs
                push gs
                cld
                mov bx,DOSDATA
                mov ds,bx
                lfs bx,[blk_req]
                push cs
                call .enter
          pop gs
                pop fs
                pop es
                pop ds
                popad
                popf
                retf
.enter:         CODE_JMP blk_far

section dosbss
rd_sector       resd 1                  ; transfer under way: sector on the disk,
rd_ptr          resd 1                  ; memory offset and segment,
rd_left         resw 1                  ; sectors left,
rd_done         resw 1                  ; sectors done
rd_op           resb 1                  ; 2 read, 3 write, 4 verify
rd_tries        resb 1
rd_again        resb 1

section doscode
blk_far:        call blk_main
                retf

; ---------------------------------------------------------------------------
; blk_main - carry out one driver request
; In:  FS:BX -> request, DS = dosdata
; Out: status in the request, AX = status
; Clobbers: ECX, EDX, SI, DI, ES
; ---------------------------------------------------------------------------
blk_main:       mov ax,DEV_ERROR|1      ; unknown unit
                movzx di,byte [fs:bx+req.unit]
                movzx si,byte [fs:bx+req.cmd]
                mov dl,[blk_units]
                xor dh,dh
                cmp di,dx
                jae .done
                imul di,di,unit_size
                add di,units
                cmp si,25
                ja .bad
                add si,si
                call [cs:si+.table]
                jmp .done
.bad:           mov ax,DEV_ERROR|3
.done:          or ax,DEV_DONE
                mov [fs:bx+req.status],ax
                ret
.table:         dw .unknown, blk_check, blk_bpb, .unknown, blk_read, .unknown
                dw .nothing, .nothing, blk_write, blk_write_verify, .unknown, .unknown
                dw .unknown, .nothing, .nothing, blk_removable, .unknown, .unknown
                dw .unknown, blk_ioctl, .unknown, .unknown, .unknown
                dw blk_getmap, blk_setmap, blk_query
.unknown:       mov ax,DEV_ERROR|3
                ret
.nothing:       xor ax,ax
                ret

; ---------------------------------------------------------------------------
; blk_removable - command 0Fh: busy bit set = not removable
; ---------------------------------------------------------------------------
blk_removable:  xor ax,ax
                test byte [di+unit.flags],UF_FIXED
                jz .r
                mov ah,DEV_BUSY>>8
.r:             ret

; ---------------------------------------------------------------------------
; blk_getmap, blk_setmap - commands 17h/18h: which letter a shared drive plays
; ---------------------------------------------------------------------------
blk_setmap:     test byte [di+unit.flags],UF_ALIAS
                jz blk_getmap
                mov al,[fs:bx+req.unit]
                call set_swapped
blk_getmap:     xor ax,ax
                test byte [di+unit.flags],UF_ALIAS
                jz .set
                mov al,[drive_swapped]
                inc al
.set:           mov [fs:bx+req.unit],al
                xor ax,ax
                ret

; ---------------------------------------------------------------------------
; set_swapped - tell the BIOS data area and ourselves which letter is in use
; In: AL = 0 or 1
; ---------------------------------------------------------------------------
set_swapped:    mov [drive_swapped],al
                push es
                push word 0x50
                pop es
                mov [es:4],al
                pop es
                ret

; ---------------------------------------------------------------------------
; blk_alias - ask for the other disk when A: and B: share one drive
; ---------------------------------------------------------------------------
blk_alias:      test byte [di+unit.flags],UF_ALIAS
                jz .r
                mov al,[fs:bx+req.unit]
                cmp al,[drive_swapped]
                je .r
                call set_swapped
                and byte [di+unit.flags],~UF_KNOWN
                pushad
                push es
                push fs
                add al,'A'
                call swap_prompt
                pop fs
                pop es
                popad
.r:             ret

; ---------------------------------------------------------------------------
; now_ticks - low word of the BIOS timer
; Out: AX
; ---------------------------------------------------------------------------
now_ticks:      push es
                push word 0x40
                pop es
                mov ax,[es:0x6C]
                pop es
                ret

; ---------------------------------------------------------------------------
; blk_check - command 01h, media check: 1 same, 0 cannot tell, FFh changed
; ---------------------------------------------------------------------------
blk_check:      mov dl,1
                test byte [di+unit.flags],UF_FIXED
                jnz .store
                call blk_alias
                test byte [di+unit.flags],UF_CHANGED
                jnz .sum
                test byte [di+unit.flags],UF_KNOWN
                jz .sum
                call now_ticks
                sub ax,[di+unit.ticks]
                cmp ax,FLOPPY_TICKS
                jb .store
.sum:           call blk_same
                js .r
                mov dl,al
.store:         mov [fs:bx+0x0E],dl
                mov word [fs:bx+0x0F],.no_label
                mov word [fs:bx+0x11],DOSDATA
                xor ax,ax
.r:             ret
section dosdata
.no_label:      db 'NO NAME    ', 0
section doscode

; ---------------------------------------------------------------------------
; blk_same - is the disk in the drive the one whose BPB was built last?
; Out: AL = 0 probably, FFh no (SF=0); SF=1: AX = status
; ---------------------------------------------------------------------------
blk_same:       push dword [di+unit.check]
                push word [di+unit.flags]
                call blk_sum
                pop cx
                pop edx
                jc .r
                mov [di+unit.check],edx
                mov [di+unit.flags],cl
                test cl,UF_KNOWN
                jz .same                ; never seen before
                cmp eax,edx
                mov ax,0x00FF
                jne .changed
.same:          and byte [di+unit.flags],~UF_CHANGED
                xor ax,ax
.changed:       test ax,ax
.r:             ret

; ---------------------------------------------------------------------------
; blk_sum - read the boot sector into bounce and remember its checksum
; Out: EAX = checksum; CF=1 (and SF=1): AX = status
; ---------------------------------------------------------------------------
blk_sum:        push ecx
                push edx
                push si
                mov eax,[di+unit.start]
                mov [rd_sector],eax
                call rd_to_bounce
                mov word [rd_left],1
                mov byte [rd_op],2
                or byte [di+unit.flags],UF_SUMMING
                call rd_run
                pushf
                and byte [di+unit.flags],~UF_SUMMING
                popf
                jc .r
                call now_ticks
                mov [di+unit.ticks],ax
                mov si,bounce
                mov cx,0x3E/2           ; jump, name, BPB, serial number, label
                xor eax,eax
.sum:           movzx edx,word [si]
                rol eax,3
                add eax,edx
                inc si
                inc si
                loop .sum
                mov [di+unit.check],eax
                or byte [di+unit.flags],UF_KNOWN
                clc
.r:             pop si
                pop edx
                pop ecx
                jnc .done
                test ax,ax
                stc
.done:          ret

; ---------------------------------------------------------------------------
; rd_to_bounce - let the next transfer go to the bounce sector
; ---------------------------------------------------------------------------
rd_to_bounce:   mov word [rd_ptr],bounce
                mov [rd_ptr+2],ds
                ret

; ---------------------------------------------------------------------------
; blk_bpb - command 02h, build BPB: pointer to the BPB of the disk that is in
; Media without a BPB (DOS 1) are told by the first byte of the FAT.
; ---------------------------------------------------------------------------
blk_bpb:        call blk_alias
                and byte [di+unit.flags],~UF_CHANGED
                call blk_sum
                jc .r
                mov si,bounce
                cmp word [si+0x0B],512  ; sector size, FAT count, sectors per cluster
                jne .old
                mov al,[si+0x10]
                dec al
                cmp al,2
                ja .old
                mov al,[si+0x0D]
                lea dx,[si+0x0B]
                test al,al
                jz .old
                lea cx,[eax-1]
                test al,cl
                jnz .old
                test byte [di+unit.flags],UF_FIXED
                jnz .have
                mov ax,[si+0x18]        ; floppies: believe the geometry on the disk
                lea cx,[eax-1]
                cmp cx,62
                ja .have
                mov cx,[si+0x1A]
                jcxz .have
                cmp cx,2
                ja .have
                mov [di+unit.spt],ax
                mov [di+unit.heads],cx
                jmp .have
.old:           test byte [di+unit.flags],UF_FIXED
                jnz .unknown
                mov eax,[di+unit.start]
                inc eax
                mov [rd_sector],eax
                call rd_to_bounce
                mov word [rd_left],1
                call rd_run
                jc .r
                mov si,bounce
                lodsb
                mov si,old_bpbs
.find:          cmp al,[cs:si+10]
                je .oldfound
                add si,old_bpb_size
                cmp si,old_bpbs_end
                jb .find
.unknown:       mov ax,DEV_ERROR|7      ; unknown media
                ret
.oldfound:      push es                 ; copy the constant where a program can see it
                push ds
                pop es
                mov di,bounce
                mov dx,di
                mov cx,old_bpb_size
                rep cs movsb
                xor ax,ax
                mov cl,10
                rep stosw
                pop es
                movzx di,byte [fs:bx+req.unit]
                imul di,di,unit_size
                mov si,dx
                mov ax,[si+13]
                mov [di+units+unit.spt],ax
                mov ax,[si+15]
                mov [di+units+unit.heads],ax
.have:          mov [fs:bx+0x12],dx
                mov word [fs:bx+0x14],DOSDATA
                mov si,dx
                mov al,[si+10]
                mov [fs:bx+req.media],al
                movzx di,byte [fs:bx+req.unit]
                imul di,di,unit_size
                mov [di+units+unit.media],al
                xor ax,ax
.r:             ret

%macro old_bpb 6                        ; sectors per cluster, root, total, media, FAT size, heads
                dw 512
                db %1
                dw 1
                db 2
                dw %2, %3
                db %4
                dw %5, ((%3)/40/(%6)), %6
%endmacro
old_bpbs:       old_bpb 1,64,320,0xFE,1,1
old_bpb_size    equ $-old_bpbs
                old_bpb 1,64,360,0xFC,2,1
                old_bpb 2,112,640,0xFF,1,2
                old_bpb 2,112,720,0xFD,2,2
old_bpbs_end:

; ---------------------------------------------------------------------------
; blk_read, blk_write, blk_write_verify - commands 04h, 08h, 09h
; ---------------------------------------------------------------------------
blk_write_verify:
                call blk_write
                test ax,ax
                js .r
                mov ax,0x0403           ; verify what was written
                jmp blk_rw.again
.r:             ret
blk_write:      mov al,3
                jmp blk_rw
blk_read:       mov al,2
blk_rw:         mov [rd_op],al
                mov byte [rd_again],3
                call blk_alias
                test byte [di+unit.flags],UF_CHANGED
                jz .setup
.recheck:       push word [rd_op]       ; the BIOS saw the drive opened
                call blk_same
                pop cx
                mov [rd_op],cl
                js .none
                jnz .changed
.setup:         mov eax,[fs:bx+req.addr]
                mov [rd_ptr],eax
                mov cx,[fs:bx+req.count]
                mov [rd_left],cx
                movzx ecx,cx
                movzx eax,word [fs:bx+req.sector]
                cmp ax,-1
                jne .small
                mov eax,[fs:bx+req.bigsect]
.small:         mov edx,[di+unit.size]
                sub edx,eax
                jbe .range
                cmp ecx,edx
                ja .range
                add eax,[di+unit.start]
                mov [rd_sector],eax
                call rd_run
                mov cx,[rd_done]
                jc .failed
                mov [fs:bx+req.count],cx
                call now_ticks
                mov [di+unit.ticks],ax
                xor ax,ax
.r:             ret
.failed:        cmp al,15
                jne .error
                dec byte [rd_again]
                jnz .recheck
.error:         mov [fs:bx+req.count],cx
                ret
.range:         mov ax,DEV_ERROR|8      ; sector not found
.none:          mov word [fs:bx+req.count],0
                ret
.changed:       mov ax,DEV_ERROR|15
                jmp .none
.again:         mov byte [rd_op],4
                jmp .setup
