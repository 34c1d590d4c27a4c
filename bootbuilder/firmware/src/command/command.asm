; SPDX-License-Identifier: MIT
; COMMAND.COM, the shell: owns the layout of the file and of memory.
;
; File                          Memory at the prompt
;   .res    resident part         PSP, .res, .rbss (history, stack)     about 3 KB, stays
;   .init   start-up              environment, contexts of running batch files (blocks of their own)
;   .trans  transient part        free memory
;                                 .trans, .tbss: a block at the top, given back before a program runs
;
; After a program has ended the resident part takes a block at the top again. If it still holds the
; transient part (checksum), that is used; else it is read again from the file. Nothing in .trans is ever
; written to; what has to outlive a program lies in .res or .rbss, or in a context block.
;
; Segments in the transient part: CS = DS = ES = SS; FS = the resident part (our PSP); GS = free use.
; Routines keep ES = DS and the direction flag clear, unless their box says otherwise.

        cpu     386
        bits    16

%include "command/defs.inc"

        section .res    start=0 vstart=100h
        section .init   follows=.res vfollows=.res align=16
        section .trans  follows=.init vstart=0 align=16
        section .rbss   nobits vfollows=.res valign=16
        section .tbss   nobits vfollows=.trans valign=16

%include "command/resident.asm"
%include "command/handlers.asm"
%include "command/init.asm"
%include "command/main.asm"
%include "command/output.asm"
%include "command/args.asm"
%include "command/edit.asm"
%include "command/expand.asm"
%include "command/redirect.asm"
%include "command/batch.asm"
%include "command/flow.asm"
%include "command/launch.asm"
%include "command/env.asm"
%include "command/names.asm"
%include "command/files.asm"
%include "command/copy.asm"
%include "command/dir.asm"
%include "command/dirsort.asm"
%include "command/dirs.asm"
%include "command/clock.asm"
%include "command/misc.asm"
%include "command/memory.asm"
%include "command/choice.asm"
%include "command/help.asm"

; --- ends of the sections ---------------------------------------------------------------------------
        section .res
        align   16, db 0
res_end:
        section .rbss
r_stack         resb 640
r_stack_top:
                resb 0
rbss_end:
        section .init
        align   16, db 0
init_end:
        section .trans
        align   16, db 0
trans_end:
        section .tbss
                resw 1
t_stack         resb 2560
t_stack_top:
tbss_end:

RESIDENT_PARAS  equ ((res_end - res_start) + (rbss_end - rbss_start) + 100h + 15) / 16
TRANS_LENGTH    equ trans_end - trans_start
TRANS_PARAS     equ (TRANS_LENGTH + (tbss_end - tbss_start) + 15) / 16 + 1
TRANS_OFFSET    equ (res_end - res_start) + (init_end - init_start)    ; in the file
