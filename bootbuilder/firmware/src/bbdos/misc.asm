; SPDX-License-Identifier: MIT
; Small functions: vectors, version, InDOS, switch character, IOCTL of devices,
; list of lists, server and network calls, INT 25h/26h entries.

section dosdata
version_true    dw 5                    ; 3306h: BL major, BH minor

section doscode

; 25h set vector AL to DS:DX, 35h get vector AL in ES:BX
core_21_25:     mov si, [user_frame]
                movzx bx, byte [si+frame.ax]
                shl bx, 2
                xor ax, ax
                mov es, ax
                mov ax, [si+frame.dx]
                mov dx, [si+frame.ds]
                cli
                mov [es:bx], ax
                mov [es:bx+2], dx
                sti
                ret
core_21_35:     mov si, [user_frame]
                movzx bx, byte [si+frame.ax]
                shl bx, 2
                xor ax, ax
                mov es, ax
                mov eax, [es:bx]
                mov [si+frame.bx], ax
                shr eax, 16
                mov [si+frame.es], ax
                ret

; 30h version: AL major, AH minor, BH OEM number, BL:CX serial number
core_21_30:     mov si, [user_frame]
                mov es, [cur_psp]
                mov ax, [es:psp.version]
                test al, al
                jnz .version
                mov ax, [version_ret]
.version:       mov [si+frame.ax], ax
                mov bx, 0xFF00
                mov [si+frame.bx], bx
                mov word [si+frame.cx], 0
                ret

; 34h address of the InDOS flag
core_21_34:     mov si, [user_frame]
                mov word [si+frame.bx], in_dos
                mov word [si+frame.es], DOSDATA
                ret

; 37h switch character: 00 get, 01 set DL; 02, 03 devices need no \DEV
core_21_37:     mov si, [user_frame]
                mov al, [si+frame.ax]
                mov byte [si+frame.ax], 0
                cmp al, 1
                jb .get
                je .set
                cmp al, 3
                jbe .dev
                mov byte [si+frame.ax], 0xFF
                ret
.get:           mov al, [switch_char]
                mov [si+frame.dx], al
                ret
.set:           mov al, [si+frame.dx]
                mov [switch_char], al
                ret
.dev:           mov byte [si+frame.dx], 0xFF
                ret

; 52h list of lists
core_21_52:     mov si, [user_frame]
                mov word [si+frame.bx], lol
                mov word [si+frame.es], DOSDATA
                ret

; 53h DPB at ES:BP from the BPB at DS:SI
core_21_53:     mov bx, [user_frame]
                push ds
                mov es, [bx+frame.es]
                mov di, [bx+frame.bp]
                mov si, [bx+frame.si]
                mov ds, [bx+frame.ds]
                mov ax, [si]
                mov [es:di+dpb.secsize], ax
                mov al, [si+2]
                dec al
                mov [es:di+dpb.clmask], al
                inc al
                mov cl, 0
.shift:         shr al, 1
                jz .shifted
                inc cl
                jmp .shift
.shifted:       mov [es:di+dpb.clshift], cl
                mov ax, [si+3]
                mov [es:di+dpb.reserved], ax
                mov al, [si+5]
                mov [es:di+dpb.fats], al
                xor ah, ah
                mul word [si+0x0B]
                add ax, [si+3]
                mov [es:di+dpb.root], ax
                mov bx, ax
                mov ax, [si+6]
                mov [es:di+dpb.rootents], ax
                shl ax, 5
                xor dx, dx
                mov bp, [si]
                add ax, bp
                dec ax
                div bp
                add bx, ax
                mov [es:di+dpb.data], bx
                movzx eax, word [si+8]
                test ax, ax
                jnz .total
                mov eax, [si+0x15]
.total:         movzx ebx, bx
                sub eax, ebx
                shr eax, cl
                inc ax
                mov [es:di+dpb.maxclus], ax
                mov ax, [si+0x0B]
                mov [es:di+dpb.fatsize], ax
                mov al, [si+0x0A]
                mov [es:di+dpb.media], al
                mov byte [es:di+dpb.access], 0xFF
                mov word [es:di+dpb.search], 0
                mov word [es:di+dpb.free], 0xFFFF
                pop ds
                clc
                ret

; 44h IOCTL
core_21_44:     mov si, [user_frame]
                mov al, [si+frame.ax]
                cmp al, 0x11
                ja func_bad
                movzx bx, al
                bt word [cs:.block], bx
                jc fs_21_44
                cmp al, 0x0B
                je .retry
                push ax
                mov bx, [si+frame.bx]
                call sft_from_handle
                pop dx                  ; DL = subfunction
                jc .ret
                mov si, [user_frame]
                mov bx, [di+sft.flags]
                test bl, SFTF_DEVICE
                jz .nodev
                lfs bp, [di+sft.dev]    ; FS:BP device
.nodev:         cmp dl, 1
                jb .info
                je .setinfo
                cmp dl, 3
                jbe .transfer
                cmp dl, 6
                je .input
                cmp dl, 7
                je .output
                cmp dl, 0x0A
                je .remote
                cmp dl, 0x0C
                je .generic
                cmp dl, 0x10
                je .query
                jmp func_bad
.block:         dw 1<<4 | 1<<5 | 1<<8 | 1<<9 | 1<<0x0D | 1<<0x0E | 1<<0x0F
.retry:         clc
.ret:           ret
.info:          mov ax, bx
                test bl, SFTF_DEVICE
                jz .infoout
                test bh, SFTF_NET>>8
                jnz .infoout
                mov ah, [fs:bp+devhdr.attr+1]
.infoout:       mov [si+frame.dx], ax
                mov [si+frame.ax], ax
                clc
                ret
.setinfo:       mov ax, [si+frame.dx]
                test ah, ah
                jz .low
                mov ax, ERR_DATA
                stc
                ret
.low:           test bl, SFTF_DEVICE
                jz func_bad
                or al, SFTF_DEVICE
                mov [di+sft.flags], al
                clc
                ret
.transfer:      test bl, SFTF_DEVICE    ; 02 read, 03 write control data
                jz func_bad
                test byte [fs:bp+devhdr.attr+1], DEVA_IOCTL>>8
                jz func_bad
                mov al, 3
                cmp dl, 2
                je .cmd
                mov al, 12
.cmd:           mov cx, [si+frame.cx]
                mov es, [si+frame.ds]
                mov di, [si+frame.dx]
                mov si, bp
                call char_req
                call dev_call
                jc .deverr
                mov ax, [bx+req.count]
                mov si, [user_frame]
                mov [si+frame.ax], ax
                ret
.deverr:        movzx ax, al
                add ax, ERR_PROTECT
                stc
                ret
.input:         test bl, SFTF_DEVICE
                jnz .indev
                mov eax, [di+sft.pos]
                cmp eax, [di+sft.size]
                jb .ready
.notready:      mov byte [si+frame.ax], 0
                clc
                ret
.ready:         mov byte [si+frame.ax], 0xFF
                clc
                ret
.indev:         test bl, SFTF_EOF
                jz .notready
                mov si, bp
                mov al, 5
                call dev_status
                mov si, [user_frame]
                jz .notready
                jmp .ready
.output:        test bl, SFTF_DEVICE
                jz .ready
                mov si, bp
                mov al, 10
                call dev_status
                mov si, [user_frame]
                jz .notready
                jmp .ready
.remote:        mov [si+frame.dx], bx
                clc
                ret
.query:         test bl, SFTF_DEVICE
                jz func_bad
                test byte [fs:bp+devhdr.attr], DEVA_QUERY
                jz func_bad
                mov dl, 0x19
                jmp .gen
.generic:       test bl, SFTF_DEVICE
                jz func_bad
                test byte [fs:bp+devhdr.attr], DEVA_GENIOCTL
                jz func_bad
                mov dl, 0x13
.gen:           mov bx, req_core
                mov byte [bx+req.len], 23
                mov byte [bx+req.unit], 0
                mov [bx+req.cmd], dl
                call req_generic
                mov si, bp
                call dev_call
                jc .deverr
                ret

; req_generic - what a generic IOCTL request (13h, 19h) takes from the caller
; In:  BX -> request, SI -> user frame
; Out: category, function, SI, DI and the address of the data are in the request
; Clobbers: CX
req_generic:
                mov cx, [si+frame.cx]
                xchg cl, ch
                mov [bx+0x0D], cx       ; category, function
                mov cx, [si+frame.si]
                mov [bx+0x0F], cx
                mov cx, [si+frame.di]
                mov [bx+0x11], cx
                mov cx, [si+frame.dx]
                mov [bx+0x13], cx
                mov cx, [si+frame.ds]
                mov [bx+0x15], cx
                ret

; 5Dh server calls
core_21_5d:     mov si, [user_frame]
                mov al, [si+frame.ax]
                test al, al
                jz .call
                cmp al, 6
                je .sda
                cmp al, 0x0A
                je .seterr
                cmp al, 7
                jb func_bad
                cmp al, 9
                ja func_bad
                mov bp, 0x1125          ; printer mode: the redirector's
                jmp net_pass
.sda:           mov word [si+frame.si], sda
                mov word [si+frame.ds], DOSDATA
                mov word [si+frame.cx], sda_end-sda
                mov word [si+frame.dx], 0x1A
                clc
                ret
.seterr:        mov es, [si+frame.ds]
                mov di, [si+frame.dx]
                mov ax, [es:di]
                mov [err_code], ax
                mov ax, [es:di+2]
                mov [err_action], al
                mov [err_class], ah
                mov ax, [es:di+4]
                mov [err_locus], ah
                mov ax, [es:di+0x0A]
                mov [err_ptr], ax
                mov ax, [es:di+0x0E]
                mov [err_ptr+2], ax
                clc
                ret
.call:          mov es, [si+frame.ds]   ; run the call described at DS:DX
                mov di, [si+frame.dx]
                mov ax, [es:di]
                cmp ah, 0x0C
                jbe func_bad
                cmp ah, 0x5D
                je func_bad
                mov [si+frame.ax], ax
                mov [user_ax], ax
                mov ax, [es:di+2]
                mov [si+frame.bx], ax
                mov ax, [es:di+4]
                mov [si+frame.cx], ax
                mov ax, [es:di+6]
                mov [si+frame.dx], ax
                mov ax, [es:di+8]
                mov [si+frame.si], ax
                mov ax, [es:di+10]
                mov [si+frame.di], ax
                mov ax, [es:di+12]
                mov [si+frame.ds], ax
                mov ax, [es:di+14]
                mov [si+frame.es], ax
                movzx bx, byte [user_ax+1]
                cmp bl, 0x6C
                ja func_bad
                add bx, bx
                jmp [cs:func_table+bx]

; 5Eh network names, 5Fh redirections: the redirector's business
core_21_5e:     mov si, [user_frame]
                cmp byte [si+frame.ax], 0
                jne core_21_5f
                mov es, [si+frame.ds]   ; machine name: none
                mov di, [si+frame.dx]
                mov cx, 15
                mov al, ' '
                cld
                rep stosb
                xor al, al
                stosb
                mov word [si+frame.cx], 0
                clc
                ret
core_21_5f:     mov si, [user_frame]
                mov al, [si+frame.ax]
                cmp al, 7
                je .enable
                cmp al, 8
                je .disable
                mov bp, 0x111E
                jmp net_pass
.enable:        call drive_cds
                jc .bad
                cmp word [bx+cds.dpb+2], 0
                je .bad
                or byte [bx+cds.flags+1], CDSF_PHYS>>8
                clc
                ret
.disable:       call drive_cds
                jc .bad
                mov word [bx+cds.flags], 0
                clc
                ret
.bad:           mov ax, ERR_DRIVE
                stc
                ret

; net_pass - hand the call to INT 2Fh/BP with the caller's AX on the stack
net_pass:       mov si, [user_frame]
                push word [si+frame.ax]
                mov ax, bp
                mov bx, [si+frame.bx]
                mov cx, [si+frame.cx]
                mov dx, [si+frame.dx]
                mov di, [si+frame.di]
                mov es, [si+frame.es]
                mov bp, [si+frame.si]
                mov ds, [si+frame.ds]
                xchg si, bp
                stc
                int 0x2F
                pop bp
                push DOSDATA
                pop ds
                ret
; drive_cds - In: [frame.dx] low byte drive (0 = A); Out: BX CDS near, CF=1 none
drive_cds:      mov si, [user_frame]
                mov al, [si+frame.dx]
; cds_by_drive - In: AL drive (0 = A); Out: BX CDS near, CF=1 none; Clobbers: AX
cds_by_drive:   cmp al, [lol_lastdrive]
                jae .bad
                mov ah, cds_size
                mul ah
                mov bx, [cds_base]
                add bx, ax
                clc
                ret
.bad:           stc
                ret

; int25_entry, int26_entry - absolute disk read and write; the flags stay on the
; caller's stack as DOS has it
int25_entry:    mov ah, 0
                jmp int2526
int26_entry:    mov ah, 1
int2526:        PUSH_FRAME
                mov bp, sp
                mov cx, ss
                mov bx, DOSDATA
                mov ds, bx
                mov di, disk_stack_top
                ENTER_DOS
                sti
                mov si, sp
                mov ax, [si+frame.ax]
                call fs_abs_disk
                mov bx, [user_frame]
                mov [bx+frame.ax], ax
                setc al
                and byte [bx+frame.flags], 0xFE
                or [bx+frame.flags], al
                cli
                call leave_dos
                POP_FRAME
                push bp
                mov bp, sp
                bt word [bp+6], 0
                pop bp
                sti
                retf
