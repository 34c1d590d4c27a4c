; SPDX-License-Identifier: MIT
; DEVICE, DEVICEHIGH, INSTALL, INSTALLHIGH; taking the HMA and upper memory from
; an XMS driver. DS = CS = init's segment.

section initbss
drv_path        resb 80
drv_cmd         resb 264
drv_block       resw 1                  ; memory block of the driver
drv_size        resw 1
drv_hdr         resw 2                  ; header being initialised
drv_next        resw 1
drv_end         resw 1                  ; first free paragraph behind it
drv_params      resb 14
drv_high        resb 1
umb_list        resw 16                 ; segment, paragraphs

section init
umb_count       db 0

v_devicehigh:   mov byte [drv_high], 1
.option:        call skip_sep           ; SIZE=hex and /switches of other DOSes
                cmp byte [si], '/'
                je .skip
                mov di, w_size
                call match
                jne load_device
                cmp byte [si], '='
                jne load_device
.skip:          inc si
                cmp byte [si], ' '
                ja .skip
                jmp .option
w_size          db 'SIZE', 0
v_device:       mov byte [drv_high], 0

; load_device - SI: path and arguments
load_device:
                call split_path
                push DOSDATA
                pop fs
                cmp byte [drv_high], 0
                je .low
                cmp word [fs:umb_first], 0xFFFF
                je .low
                mov dx, drv_path        ; does it fit up there?
                mov ax, 0x3D00
                int 0x21
                jc .nofile
                mov bx, ax
                mov ax, 0x4202
                xor cx, cx
                xor dx, dx
                int 0x21
                push ax
                push dx
                mov ah, 0x3E
                int 0x21
                pop dx
                pop ax
                add ax, 15+64
                adc dx, 0
                shrd ax, dx, 4
                mov cx, ax
                mov bx, 1
                call umb_link_cs
                mov bx, 0x41
                call set_strategy
                mov bx, 0xFFFF
                mov ah, 0x48
                int 0x21
                cmp bx, cx
                jb .lower
                mov ah, 0x48
                int 0x21
                jnc .have
.lower:         call unlink
.low:           mov bx, 0
                call set_strategy
                mov bx, 0xFFFF
                mov ah, 0x48
                int 0x21
                mov ah, 0x48
                int 0x21
                jc .nomem
.have:          mov [drv_block], ax
                mov [drv_size], bx
                mov es, ax
                dec ax
                mov gs, ax
                mov word [gs:mcb.owner], 8
                mov dword [gs:mcb.name], 'SD'
                mov dword [gs:mcb.name+4], 0
                xor di, di              ; inner header: D, owner, size, file name
                mov al, 'D'
                cld
                stosb
                mov ax, es
                inc ax
                stosw
                mov [drv_params], ax
                mov [drv_params+2], ax
                mov [drv_hdr+2], ax
                add di, 5
                call base_name
                push ds
                pop es
                mov bx, drv_params
                mov dx, drv_path
                mov ax, 0x4B03
                int 0x21
                jc .badfile
                push DOSDATA
                pop fs
                mov es, [drv_params]    ; both entries must be inside what was loaded
                mov ax, ERR_FORMAT
                mov ecx, [fs:ex_image]
                movzx edx, word [es:devhdr.strat]
                cmp edx, ecx
                jae .badfile
                mov dx, [es:devhdr.intr]
                cmp edx, ecx
                jae .badfile
                mov word [drv_hdr], 0
                mov ax, [drv_block]
                mov [drv_end], ax
.header:        call init_driver
                mov ax, [drv_next]
                mov [drv_hdr], ax
                cmp ax, 0xFFFF
                jne .header
                mov ax, [drv_end]
                mov bx, ax
                sub bx, [drv_block]
                cmp bx, 1
                jbe .free               ; it wants to go
                cmp bx, [drv_size]
                ja .keep                ; it says it is larger than its block: give it all
                mov es, [drv_block]
                mov ah, 0x4A
                int 0x21
                mov es, [drv_block]
                dec bx
                mov [es:mcb.size], bx
                jmp .keep
.free:          mov es, [drv_block]
                mov ah, 0x49
                int 0x21
.keep:          call unlink
                call take_hma
                jmp take_umb
.nofile:        mov si, msg_nodev
                jmp .report
.badfile:       push ax
                mov es, [drv_block]
                mov ah, 0x49
                int 0x21
                pop ax
                mov si, msg_baddev
                cmp ax, ERR_PATH
                ja .report
                mov si, msg_nodev
                jmp .report
.nomem:         mov si, msg_nomem
.report:        call unlink
                call cfg_report
                mov si, drv_path
                call kputs
                mov si, msg_crlf
                jmp kputs
msg_nodev       db ': no such file: ', 0
msg_baddev      db ': cannot be loaded: ', 0
msg_nomem       db ': not enough memory for ', 0

; split_path - SI -> drv_path, the whole text in upper case in drv_cmd with CR LF
; Out: SI = arguments
split_path:
                push ds
                pop es
                push si
                mov di, drv_cmd
.cmd:           lodsb
                call upcase_cs
                stosb
                test al, al
                jnz .cmd
                dec di
                mov ax, 0x0A0D
                stosw
                xor al, al
                stosb
                pop si
                mov di, drv_path
                mov cx, 79
.path:          lodsb
                cmp al, ' '
                jbe .end
                cmp al, '/'
                je .end
                stosb
                loop .path
.end:           mov byte [di], 0
                dec si
                ret

; base_name - eight characters of drv_path's file name to ES:DI, zero padded
base_name:      mov si, drv_path
                mov bx, si
.scan:          lodsb
                cmp al, '\'
                je .part
                cmp al, ':'
                je .part
                test al, al
                jnz .scan
                mov si, bx
                mov cx, 8
.copy:          lodsb
                cmp al, '.'
                je .pad
                test al, al
                jz .pad
                call upcase_cs
                stosb
                loop .copy
                ret
.pad:           xor al, al
                rep stosb
                ret
.part:          mov bx, si
                jmp .scan

set_strategy:   push ax
                mov ax, 0x5801
                int 0x21
                pop ax
                ret
unlink:         mov bx, 0
                call umb_link_cs
                mov bx, 0
                jmp set_strategy
umb_link_cs:    push ax
                mov ax, 0x5803
                int 0x21
                pop ax
                ret

; init_driver - run INIT of the header drv_hdr and put it into the chain
; Out: drv_next = next header in the same file (FFFFh none), drv_end moved up
init_driver:
                push DOSDATA
                pop es
                mov bx, req_core
                mov di, bx
                mov cx, 15
                xor ax, ax
                cld
                rep stosw
                mov byte [es:bx+req.len], 0x1A
                mov word [es:bx+0x0E], 0
                mov ax, [drv_block]
                add ax, [drv_size]
                mov [es:bx+0x10], ax
                mov word [es:bx+0x12], drv_cmd
                mov [es:bx+0x14], cs
                mov al, [es:lol_blockdevs]
                mov [es:bx+0x16], al
                push fs
                lfs si, [drv_hdr]
                mov ax, [fs:si+devhdr.strat]
                mov [es:far_target], ax
                mov [es:far_target+2], fs
                push si
                push fs
                pop ds
                call far [es:far_target]
                push cs
                pop ds
                pop si
                lfs si, [drv_hdr]
                push DOSDATA
                pop es
                mov ax, [fs:si+devhdr.intr]
                mov [es:far_target], ax
                mov bx, req_core
                push fs
                pop ds
                call far [es:far_target]
                sti
                cld
                push cs
                pop ds
                lfs si, [drv_hdr]
                mov ax, [fs:si+devhdr.next]     ; (INIT may have written it)
                mov [drv_next], ax
                pop fs
                push DOSDATA
                pop es
                mov bx, req_core
                mov ax, [es:bx+0x0E]    ; end address
                add ax, 15
                rcr ax, 1
                shr ax, 3
                add ax, [es:bx+0x10]
                test byte [es:bx+req.status+1], DEV_ERROR>>8
                jnz .ret
                cmp ax, [drv_hdr+2]
                jbe .ret                ; nothing stays
                cmp ax, [drv_end]
                jbe .chain
                mov [drv_end], ax
.chain:         mov al, [es:bx+0x0D]
                lfs si, [drv_hdr]
                test byte [fs:si+devhdr.attr+1], DEVA_CHAR>>8
                jnz .char
                test al, al
                jz .ret
                mov [fs:si+devhdr.name], al
                call .link
                les di, [es:bx+0x12]
                push ds
                push DOSDATA
                pop ds
                mov bx, fs_add_block
                call on_dos_stack
                pop ds
                ret
.char:          mov dx, [drv_hdr+2]
                mov ax, [fs:si+devhdr.attr]
                test al, DEVA_STDIN|DEVA_STDOUT
                jz .noconsole
                mov [es:lol_con], si
                mov [es:lol_con+2], dx
.noconsole:     test al, DEVA_CLOCK
                jz .link
                mov [es:lol_clock], si
                mov [es:lol_clock+2], dx
.link:          mov ecx, [es:nul_hdr]
                mov [fs:si+devhdr.next], ecx
                mov cx, [drv_hdr]
                mov [es:nul_hdr], cx
                mov cx, [drv_hdr+2]
                mov [es:nul_hdr+2], cx
.ret:           ret

; drv_alloc - memory for FS while drivers load: CX bytes -> ES:DI zeroed, CF=1 none
; Clobbers: nothing else
drv_alloc:
                push ax
                push bx
                push cx
                push dx
                mov bx, cx
                add bx, 15
                shr bx, 4
                push cx
                call sys_block
                pop cx
                jc .ret
                mov es, ax
                xor di, di
                xor al, al
                cld
                rep stosb
                xor di, di
                clc
.ret:           pop dx
                pop cx
                pop bx
                pop ax
                ret

; v_install - run a program before the shell
v_installhigh:  mov bx, 1
                call umb_link_cs
                mov bx, 0x80
                call set_strategy
v_install:      call split_path
                push ds
                pop es
                mov di, drv_cmd+1
                xor cx, cx
.tail:          lodsb
                test al, al
                jz .end
                stosb
                inc cx
                cmp cl, 126
                jb .tail
.end:           mov byte [di], 13
                mov [drv_cmd], cl
                mov ax, cs
                mov bx, init_env
                shr bx, 4
                add ax, bx
                mov bx, drv_params
                mov [bx], ax
                mov word [bx+2], drv_cmd
                mov [bx+4], cs
                mov dword [bx+6], 0xFFFFFFFF
                mov dword [bx+10], 0xFFFFFFFF
                mov dx, drv_path
                mov ax, 0x4B00
                int 0x21
                cld
                push cs
                pop ds
                jnc unlink
                mov si, msg_baddev
                cmp ax, ERR_PATH
                ja .report
                mov si, msg_nodev
.report:        jmp load_device.report

; find_xms - Out: CF=1 none; xms_entry set; FS = dosdata
find_xms:
                push DOSDATA
                pop fs
                cmp dword [fs:xms_entry], 0
                jne .ok
                mov ax, 0x4300
                int 0x2F
                cmp al, 0x80
                jne .none
                mov ax, 0x4310
                int 0x2F
                push DOSDATA
                pop fs
                mov [fs:xms_entry], bx
                mov [fs:xms_entry+2], es
                mov bx, es              ; an interrupt vector of 0:0 would be no driver
                or bx, [fs:xms_entry]
                jz .none
.ok:            clc
                ret
.none:          stc
                ret

; take_hma - DOS=HIGH: move doscode up as soon as an XMS driver gives the HMA
take_hma:
                push DOSDATA
                pop fs
                cmp byte [want_high], 0
                je .ret
                cmp byte [fs:code_high], 0
                jne .ret
                call find_xms
                jc .ret
                mov ah, 1
                mov dx, 0xFFFF
                call far [fs:xms_entry]
                cmp ax, 1
                jne .ret
                mov ah, 3
                call far [fs:xms_entry]
                cmp ax, 1
                jne .ret
                push DOSDATA
                pop ds
                mov ax, 0xFFFF
                call move_code
                mov byte [code_high], 1
                mov byte [a20_ensure], 0x9C     ; RET becomes PUSHF
                mov ax, doscode_end
                add ax, 15
                and al, 0xF0
                neg ax
                mov [hma_free], ax
                push cs
                pop ds
.ret:           ret

; take_umb - DOS=UMB: collect all upper memory blocks and chain them
take_umb:
                push DOSDATA
                pop fs
                cmp byte [want_umb], 0
                je .ret
                cmp word [fs:umb_first], 0xFFFF
                jne .ret
                call find_xms
                jc .ret
                mov di, umb_list
.more:          cmp byte [umb_count], 8
                jae .got
                mov dx, 0xFFFF
                mov ah, 0x10
                call far [fs:xms_entry]
                cmp bl, 0xB0
                jne .got
                cmp dx, 4
                jb .got
                mov ah, 0x10
                call far [fs:xms_entry]
                cmp ax, 1
                jne .got
                mov [di], bx
                mov [di+2], dx
                add di, 4
                inc byte [umb_count]
                jmp .more
.got:           movzx cx, byte [umb_count]
                jcxz .ret
                call sort_umb
                mov ax, [top_para]      ; head: covers the hole up to the first block
                mov [fs:umb_first], ax
                mov si, umb_list
.block:         mov es, ax
                mov byte [es:mcb.type], 'M'
                mov word [es:mcb.owner], 8
                mov dword [es:mcb.name], 'SC'
                mov dword [es:mcb.name+4], 0
                mov bx, [si]
                sub bx, ax
                dec bx
                mov [es:mcb.size], bx
                mov es, [si]            ; the free block itself
                mov word [es:mcb.owner], 0
                mov bx, [si+2]
                dec bx
                cmp cx, 1
                je .last
                dec bx                  ; its last paragraph heads the next hole
                mov byte [es:mcb.type], 'M'
                mov [es:mcb.size], bx
                mov ax, es
                add ax, bx
                inc ax
                add si, 4
                loop .block
.last:          mov byte [es:mcb.type], 'Z'
                mov [es:mcb.size], bx
.ret:           ret
; sort_umb - order umb_list by segment, join neighbours; In/Out: CX = count
sort_umb:
                mov bx, cx
.pass:          dec bx
                jz .join
                mov si, umb_list
                mov dx, bx
.pair:          mov eax, [si]
                cmp ax, [si+4]
                jb .order
                xchg eax, [si+4]
                mov [si], eax
.order:         add si, 4
                dec dx
                jnz .pair
                jmp .pass
.join:          mov si, umb_list
                mov bx, cx
.next:          dec bx
                jz .ret
                mov ax, [si]
                add ax, [si+2]
                cmp ax, [si+4]
                jne .step
                mov ax, [si+6]          ; adjacent: one block, close the list
                add [si+2], ax
                push si
                push bx
                mov dx, bx
.close:         dec dx
                jz .closed
                add si, 4
                mov eax, [si+4]
                mov [si], eax
                jmp .close
.closed:        pop bx
                pop si
                dec cx
                jmp .next
.step:          add si, 4
                jmp .next
.ret:           ret
