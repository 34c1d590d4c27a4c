; SPDX-License-Identifier: MIT
; Start-up: CPU check, move to the top of memory, vectors, tables, memory chain,
; hand-over to the shell. Everything in section init is gone afterwards.
;
; Memory while init runs (paragraphs)
;   first_mcb ..         free memory, drivers load at its bottom
;   conf_seg             text of CONFIG.SYS
;   init_seg             doscode + init + init's variables (stack at the end)
;   top_para             one paragraph kept back for the head of the UMB chain

INIT_ENV_SIZE   equ 2048
INIT_STACK      equ 1536
SPARE_DRIVES    equ 3

section init

section initbss
init_buffers    resb 6*600
section init
; Variables (DS = CS = init_seg in config.asm; cs: elsewhere)
boot_drive      db 0
init_seg        dw 0
conf_seg        dw 0                    ; text of CONFIG.SYS
conf_len        dw 0
top_para        dw 0
mem_end         dw 0                    ; first paragraph behind conventional memory
heap_ptr        dw 0                    ; next free offset in dosdata
saved_sp        dw 0
saved_ss        dw 0
want_high       db 0
want_umb        db 0
n_files         dw 16
n_fcbs          dw 4
n_buffers       dw 15
n_lastdrive     db 5
low_code        db 0                    ; doscode has its low place already

                cpu 8086
init_start:
                cli
                mov cl, dl
                pushf                   ; 8086: bits 12-15 stuck at 1; 286: bits 12-14 at 0
                pop ax
                mov bx, ax
                and ax, 0x0FFF
                push ax
                popf
                pushf
                pop ax
                and ax, 0xF000
                cmp ax, 0xF000
                je init_old_cpu
                or bx, 0x7000
                push bx
                popf
                pushf
                pop ax
                and ax, 0x7000
                jnz init_new_cpu
init_old_cpu:   push cs
                pop ds
                mov si, msg_cpu
init_say:       lodsb
                test al, al
                jz init_halt
                mov ah, 0x0E
                mov bx, 7
                int 0x10
                jmp init_say
init_halt:      sti
                hlt
                jmp init_halt
msg_cpu         db 'bbdos needs a 386 or better processor.', 13, 10, 0
                cpu 386
init_new_cpu:   cld
                mov [cs:boot_drive], cl
                int 0x12                ; KB of conventional memory
                shl ax, 6
                mov [cs:mem_end], ax
                dec ax
                mov [cs:top_para], ax
                mov dx, init_bss_end+15
                shr dx, 4
                sub ax, dx
                mov [cs:init_seg], ax   ; doscode will run at init_seg:CODE_BASE
                mov es, ax
                push cs
                pop ds
                mov si, CODE_BASE
                mov di, si
                mov cx, init_end-CODE_BASE+3
                shr cx, 2
                rep movsd
                push ax
                push word init_moved
                retf
init_moved:     mov ss, ax
                mov sp, init_bss_end
                mov bx, DOSDATA
                mov ds, bx
                mov es, bx
                mov di, dosdata_end
                mov cx, dosbss_end+MAX_DRIVES*xdpb_size+1
                sub cx, di
                shr cx, 1
                xor ax, ax
                rep stosw
                mov word [cs:heap_ptr], dosbss_end+MAX_DRIVES*xdpb_size
                mov word [dpb_limit], MAX_DRIVES
                mov ax, cs
                call set_code_seg
                call set_vectors
                sti
                mov ah, 0x88            ; extended memory for the list of lists
                int 0x15
                jc .noext
                mov [lol_extmem], ax
.noext:         mov byte [con_key_fn], 0x10
                push 0x40
                pop es
                test byte [es:0x96], 0x10       ; enhanced keyboard?
                jnz .kbd
                mov byte [con_key_fn], 0
.kbd:           push DOSDATA
                pop es
                call make_collate
                call set_clock
                mov word [cds_base], TEMP_CDS
                mov byte [lol_lastdrive], 26
                mov di, TEMP_CDS
                mov cx, 26*cds_size/2
                xor ax, ax
                rep stosw
                mov dl, [cs:boot_drive]
                mov bx, fs_init
                call on_dos_stack
                mov ax, [dpb_count]     ; keep room for some drives of loaded drivers
                add ax, SPARE_DRIVES
                cmp ax, MAX_DRIVES
                jbe .spare
                mov ax, MAX_DRIVES
.spare:         mov [dpb_limit], ax
                mov ah, xdpb_size
                mul ah
                add ax, dosbss_end
                mov [cs:heap_ptr], ax
                mov ax, 6
                push cs
                pop es
                mov di, init_buffers
                mov bx, fs_buffers_init
                call on_dos_stack
                mov al, [lol_blockdevs]
                cmp al, [cs:n_lastdrive]
                jbe .last
                mov [cs:n_lastdrive], al
.last:          mov bx, fs_cds_init
                call on_dos_stack
                call root_process
                call banner
                jmp config_main

TEMP_CDS        equ 0xE000              ; provisional tables, high in dosdata's 64 KB

; on_dos_stack - call a resident routine as the dispatcher would
; In: BX = routine, other registers for it; Out: what it returns
; Clobbers: BX (routine's needs beyond that are its own)
on_dos_stack:
                mov [cs:saved_ss], ss
                mov [cs:saved_sp], sp
                push DOSDATA
                pop ss
                mov sp, disk_stack_top
                call bx
                mov ss, [cs:saved_ss]
                mov sp, [cs:saved_sp]
                ret

; set_code_seg - point all low stubs at doscode in segment AX; Clobbers: AX, BX, SI
; In: DS = dosdata
set_code_seg:
                cli
                mov [code_seg], ax
                mov si, code_patches
.next:          mov bx, [si]
                mov [bx], ax
                add si, 2
                cmp si, code_patches_end
                jb .next
                sti
                ret

; set_vectors - take over the DOS interrupts; Clobbers: AX, BX, SI, DI, ES
set_vectors:
                xor ax, ax
                mov es, ax
                mov si, boot_vectors
.save:          lodsw                   ; remember what the BIOS had
                cmp ax, 0xFFFF
                je .own
                mov di, ax
                shl di, 2
                mov eax, [es:di]
                mov [si], eax
                add si, 4
                jmp .save
.own:           mov di, 0x20*4
                mov cx, 0x20
                mov ax, iret_stub
.fill:          stosw
                mov word [es:di], DOSDATA
                scasw
                loop .fill
                mov si, vectors
.vec:           cs lodsw
                test ax, ax
                jz .cpm
                mov di, ax
                cs lodsw
                stosw
                mov word [es:di], DOSDATA
                jmp .vec
.cpm:           mov byte [es:0xC0], 0xEA
                mov word [es:0xC1], cpm_stub
                mov word [es:0xC3], DOSDATA
                push 0xFFFF             ; the same place with A20 on
                pop es
                mov byte [es:0xD0], 0xEA
                mov word [es:0xD1], cpm_stub
                mov word [es:0xD3], DOSDATA
                push DOSDATA
                pop es
                ret
vectors:        dw 4, iret_stub, 12, iret_stub, 16, iret_stub
                dw 0x1B*4, int1b_entry, 0x19*4, int19_entry
                dw 0x21*4, int21_stub, 0x22*4, exit22_stub, 0x23*4, int23_default
                dw 0x24*4, int24_default, 0x25*4, int25_stub, 0x26*4, int26_stub
                dw 0x27*4, int27_stub, 0x29*4, int29_stub, 0x2F*4, int2f_stub
                dw 0x20*4, int20_stub
                dw 0

; make_collate - sort weights for code page 437; Clobbers: AX, BX, CX, SI, DI
make_collate:
                mov di, collate_tab
                mov ax, 256
                stosw
                xor ax, ax
.low:           push ax
                cmp al, 'a'
                jb .put
                cmp al, 'z'
                ja .put
                sub al, 32
.put:           stosb
                pop ax
                inc al
                cmp al, 0x80
                jb .low
                mov si, collate_hi
                mov cx, collate_end-collate_hi
.high:          cs lodsb
                stosb
                loop .high
                mov ax, 0x80+collate_end-collate_hi
.rest:          stosb
                inc al
                jnz .rest
                mov byte [collate_tab+2+0xE1], 'S'
                ret
collate_hi:     db 'CUEAAAACEEEIIIAAEAAOOOUUYOU$$$$$AIOUNN', 0xA6, 0xA7, '?', 0xA9, 0xAA, 0xAB, 0xAC, '!""'
collate_end:

; set_clock - day count and BIOS ticks from the CMOS clock; Clobbers: general registers
set_clock:
                mov ah, 4
                int 0x1A
                jc .ret
                mov al, ch
                call .bin
                mov bl, 100
                mul bl
                mov bx, ax
                mov al, cl
                call .bin
                xor ah, ah
                add bx, ax
                mov al, dh
                call .bin
                mov dh, al
                mov al, dl
                call .bin
                mov dl, al
                mov cx, bx
                call date_to_days
                jc .ret
                mov [clock_days], ax
.ret:           ret
.bin:           push cx
                mov ah, al
                shr ah, 4
                and al, 15
                aad
                pop cx
                ret

; heap_alloc - In: CX bytes; Out: DI = zeroed memory in dosdata; Clobbers: nothing
heap_alloc:
                push ax
                push cx
                push es
                push DOSDATA
                pop es
                mov di, [cs:heap_ptr]
                push di
                add cx, 1
                and cl, 0xFE
                add [cs:heap_ptr], cx
                xor al, al
                cld
                rep stosb
                pop di
                pop es
                pop cx
                pop ax
                ret

; root_process - a PSP for start-up and as the parent of the shell
root_process:
                mov ax, DOSDATA
                mov bx, root_psp
                shr bx, 4
                add ax, bx
                mov es, ax
                push ax
                mov word [cur_psp], 0
                mov ax, [cs:mem_end]
                mov bx, psp_build
                call on_dos_stack
                pop ax
                mov es, ax
                mov [es:psp.parent], ax
                mov [cur_psp], ax
                mov word [dta], 0x80
                mov [dta+2], ax
; open_std - open the five standard handles anew; Clobbers: AX, BX, CX, DX
open_std:
                mov cx, 5
                xor bx, bx
.close:         mov ah, 0x3E
                int 0x21
                inc bx
                loop .close
                push ds
                push cs
                pop ds
                mov dx, name_con
                mov ax, 0x3D02
                int 0x21
                mov bx, ax
                mov ah, 0x45
                int 0x21
                mov ah, 0x45
                int 0x21
                mov dx, name_aux
                mov ax, 0x3D02
                int 0x21
                mov dx, name_prn
                mov ax, 0x3D01
                int 0x21
                pop ds
                ret
name_con        db 'CON', 0
name_aux        db 'AUX', 0
name_prn        db 'PRN', 0

banner:         mov si, msg_banner
                jmp kputs
msg_banner      db 13, 10, 'bbdos 1.0 - reports DOS 5.00', 13, 10, 0

; make_tables - FILES, FCBS, LASTDRIVE, low doscode and buffers, then the memory
; chain, once CONFIG.SYS has said how big all of it is
; In: DS = ES = dosdata
make_tables:
                mov cx, [cs:n_files]
                sub cx, 5
                jbe .fcbs
                mov ax, cx
                mov dx, sft_size
                mul dx
                mov dx, cx
                mov cx, ax
                add cx, 6
                call heap_alloc
                mov word [di], 0xFFFF
                mov word [di+2], 0xFFFF
                mov [di+4], dx
                mov [first_sft], di
                mov word [first_sft+2], DOSDATA
.fcbs:          mov cx, [cs:n_fcbs]
                mov ax, cx
                mov dx, sft_size
                mul dx
                mov dx, cx
                mov cx, ax
                add cx, 6
                call heap_alloc
                mov word [di], 0xFFFF
                mov word [di+2], 0xFFFF
                mov [di+4], dx
                mov [fcb_tables], di
                mov [lol_fcb], di
                mov word [lol_fcb+2], DOSDATA
                mov al, [cs:n_lastdrive]
                cmp al, [lol_blockdevs]
                jae .last
                mov al, [lol_blockdevs]
.last:          mov [lol_lastdrive], al
                mov ah, cds_size
                mul ah
                mov cx, ax
                call heap_alloc
                mov [cds_base], di
                mov [lol_cds], di
                mov word [lol_cds+2], DOSDATA
                mov bx, fs_cds_init
                call on_dos_stack
                cmp byte [cs:want_high], 0
                jne .chain
                call heap_para          ; doscode's place behind the cold tables
                mov ax, [cs:heap_ptr]
                shr ax, 4
                add ax, DOSDATA - CODE_BASE/16
                call move_code
                add word [cs:heap_ptr], doscode_end-doscode_start
                mov byte [cs:low_code], 1
                call heap_para
                mov ax, [cs:heap_ptr]
                shr ax, 4
                add ax, DOSDATA
                mov es, ax
                call place_buffers      ; AX = paragraphs
                mov bx, es
                add ax, bx
                jmp .mcb
.chain:         call heap_para
                mov ax, [cs:heap_ptr]
                shr ax, 4
                add ax, DOSDATA
.mcb:           mov [first_mcb], ax
                mov es, ax              ; the first block is DOS's, and tiny
                mov byte [es:mcb.type], 'M'
                mov word [es:mcb.owner], 8
                mov word [es:mcb.size], 0
                mov dword [es:mcb.name], 'SC'
                inc ax
                mov es, ax
                mov byte [es:mcb.type], 'M'
                mov word [es:mcb.owner], 0
                mov bx, [cs:conf_seg]
                dec bx
                mov cx, bx
                sub cx, ax
                dec cx
                mov [es:mcb.size], cx
                mov es, bx
                mov byte [es:mcb.type], 'Z'
                mov word [es:mcb.owner], 8
                mov cx, [cs:top_para]
                sub cx, bx
                dec cx
                mov [es:mcb.size], cx
                mov word [es:mcb.name], 'SC'
                push DOSDATA
                pop es
                ret
heap_para:      add word [cs:heap_ptr], 15
                and byte [cs:heap_ptr], 0xF0
                ret

; place_buffers - build the real buffers at ES:0; Out: AX = paragraphs
place_buffers:
                push es
                mov ax, [cs:n_buffers]
                mov [lol_buffers], ax
                xor di, di
                mov bx, fs_buffers_init
                call on_dos_stack
                add ax, 15
                shr ax, 4
                pop es
                ret

; move_code - copy doscode to segment AX (its offsets unchanged) and use it there
; In: DS = dosdata; Clobbers: AX, BX, CX, SI, DI
move_code:
                push es
                push ds
                mov es, ax
                push cs
                pop ds
                mov si, CODE_BASE
                mov di, si
                mov cx, (doscode_end-doscode_start+3)/4
                cld
                rep movsd
                pop ds
                pop es
                jmp set_code_seg

; init_finish - last step: everything to its final place, memory given free, shell
init_finish:
                push DOSDATA
                pop ds
                push DOSDATA
                pop es
                cmp byte [cs:low_code], 0
                jne .placed
                cmp byte [code_high], 0
                jne .high
                mov si, msg_nohma
                call kputs
                mov bx, (doscode_end-doscode_start+15)/16
                call sys_block
                jc .placed
                sub ax, CODE_BASE/16
                call move_code
                call low_buffers
                jmp .placed
.high:          mov ax, [hma_free]      ; buffers behind doscode if they fit
                xor dx, dx
                mov bx, BUF_SIZE
                div bx
                cmp ax, [cs:n_buffers]
                jae .inhma
                cmp ax, 8
                jae .some
                call low_buffers
                jmp .placed
.some:          mov [cs:n_buffers], ax
.inhma:         mov ax, [cs:n_buffers]
                mov [lol_buffers], ax
                mov byte [buf_where], 1
                mov di, [hma_free]
                neg di
                push 0xFFFF
                pop es
                mov bx, fs_buffers_init
                call on_dos_stack
                add ax, 15
                and al, 0xF0
                sub [hma_free], ax
.placed:        push DOSDATA
                pop ds
                push DOSDATA
                pop es
                call open_std
                mov ax, [cs:conf_seg]   ; give init's memory back
                dec ax
                mov es, ax
                mov word [es:mcb.owner], 0
                mov cx, [cs:top_para]   ; a memory manager may have changed its size
                cmp word [umb_first], 0xFFFF
                jne .umb
                mov cx, [cs:mem_end]    ; the spare paragraph too
.umb:           sub cx, [cs:conf_seg]
                mov [es:mcb.size], cx
                mov bx, 0xFFFF          ; joins the free blocks
                mov ah, 0x48
                int 0x21
                mov ax, [cur_psp]
                mov es, ax
                mov word [es:psp.env], 0
                mov ax, cs              ; the boot environment is read once more, by EXEC
                mov bx, init_env
                shr bx, 4
                add ax, bx
                mov [shell_env], ax
                push cs
                pop ds
                push DOSDATA
                pop es
                mov si, shell_path
                mov di, shell_name
                mov cx, 80
                rep movsb
                mov si, shell_tail
                mov di, shell_args
                mov cx, 128
                rep movsb
                push DOSDATA
                pop ds
                cli
                mov ax, DOSDATA
                mov ss, ax
                mov sp, root_stack_top
                sti
                jmp DOSDATA:shell_stub

; sys_block - allocate BX paragraphs for DOS, first fit in conventional memory
; Out: AX segment, CF=1 no memory; Clobbers: BX, CX, DX, ES
sys_block:
                mov ah, 0x48
                int 0x21
                jc .ret
                push ax
                dec ax
                mov es, ax
                mov word [es:mcb.owner], 8
                mov dword [es:mcb.name], 'SC'
                pop ax
                clc
.ret:           ret

low_buffers:    mov ax, [cs:n_buffers]
                mov bx, BUF_SIZE
                mul bx
                add ax, 31
                shr ax, 4
                mov bx, ax
                call sys_block
                jc .ret
                mov es, ax
                call place_buffers
.ret:           ret
msg_nohma       db 'DOS=HIGH: no high memory area, staying low', 13, 10, 0
