; SPDX-License-Identifier: MIT
; BBDOS.SYS: the kernel, one assembly unit. This file orders the parts and owns
; the end marks of the sections.
;
; Memory map while running
;   0060:0000            dosdata: fixed tables, SDA and stacks, stubs, variables
;   behind dosbss        drive tables, doscode (unless in the HMA), SFTs, CDSs,
;                        buffers (unless in the HMA), then the first memory block
;   FFFF:0010            doscode and buffers with DOS=HIGH
;   top of memory        doscode + init during start-up only

                cpu 386
                sectalign off
                bits 16
                sectalign off           ; ALIGNB must not touch the sections' own alignment

; CODE_JMP label - body of a low stub: makes sure A20 is on when the code lives
; in the HMA, then jumps into doscode. The segment word is patched by set_code_seg.
%assign code_jmps 0
%macro CODE_JMP 1
                call a20_ensure
                db 0xEA
                dw %1
%assign code_jmps code_jmps+1
code_patch_%[code_jmps]:
                dw 0
%endmacro

%include "bbdos/data.inc"
%include "bbdos/stubs.asm"
%include "bbdos/dispatch.asm"
%include "bbdos/memory.asm"
%include "bbdos/process.asm"
%include "bbdos/exec.asm"
%include "bbdos/chardev.asm"
%include "bbdos/con.asm"
%include "bbdos/conio.asm"
%include "bbdos/clock.asm"
%include "bbdos/nls.asm"
%include "bbdos/error.asm"
%include "bbdos/misc.asm"
%include "bbdos/int2f.asm"
%include "bbdos/fs_all.inc"
%include "bbdos/init.asm"
%include "bbdos/shell.asm"
%include "bbdos/config.asm"
%include "bbdos/verbs.asm"
%include "bbdos/menu.asm"
%include "bbdos/devload.asm"

section doscode
                align 16, db 0x90
doscode_end:
section init
init_end:
section initbss
                resb INIT_STACK
                alignb 16
init_bss_end:
section dosbss
                alignb 16
dosbss_end:
dpbs            equ dosbss_end          ; the pool ends where its spare drives end (init.asm)
section dosdata
code_patches:   ; words to patch when doscode moves
%assign i 1
%rep code_jmps
                dw code_patch_%[i]
%assign i i+1
%endrep
code_patches_end:
                align 16, db 0
dosdata_end:
boot_code_seg   equ DOSDATA + (dosdata_end-dosdata_start)/16 - CODE_BASE/16
