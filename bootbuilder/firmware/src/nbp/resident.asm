; SPDX-License-Identifier: MIT
; The resident part: a disk in extended memory behind INT 13h, and INT 15h that keeps its memory out of the map.
;
; Memory: one segment at the top of conventional memory, entered with CS = its segment. Offsets:
;   0000  the hook of INT 13h, with the chain that tools look for ("$INT13SF"), and the mBFT record
;   then  code and variables, the stack, and the memory map of INT 15h E820h
;
; It does not depend on the program that installed it.

RESIDENT_STACK  equ 640                 ; bytes: the BIOS copies on it, and interrupts come
ENTRY_BYTES     equ 20                  ; of the memory map

ST_OK           equ 00h                 ; status codes of INT 13h
ST_FUNCTION     equ 01h                 ; no such function or parameter
ST_ADDRESS      equ 02h                 ; no such head or sector
ST_PROTECTED    equ 03h
ST_NOT_FOUND    equ 04h                 ; no such cylinder, or over the end
ST_MEDIA        equ 0Ch                 ; no such format
ST_CONTROLLER   equ 20h                 ; copying failed
ST_BUSY         equ 0AAh                ; called from within itself

; The registers of the caller, as `ours` saves them on the resident stack.
struc frame
.es:    resw 1
.ds:    resw 1
.edi:   resd 1
.esi:   resd 1
.ebp:   resd 1
.esp:   resd 1
.ebx:   resd 1
.edx:   resd 1
.ecx:   resd 1
.eax:   resd 1
endstruc

section .resident follows=.text align=16 vstart=0

int13_entry:
        jmp     near int13
        db      "$INT13SF"
        db      "BOOTBLDR"
old_int13:      dd 0
                dd 0                    ; flags of the chain: none
mbft_address:   dd 0                    ; linear address of `mbft`

        align   4, db 0
mbft:                                   ; what tools find the disk by, in the form that memdisk gave it
        db      "mBFT"
        dd      mbft_end - mbft
        db      1                       ; revision
mbft_sum:       db 0                    ; makes the sum of all bytes 0
        db      "BOOTBR"
        db      "RAMDISK "
        dd      1
        dd      0, 0
mbft_hook:      dd 0                    ; linear address of int13_entry
disk_info:
        dw      disk_info_end - disk_info
        db      0, 1                    ; version 1.0
disk_base:      dd 0                    ; linear address of the disk
disk_sectors:   dd 0
                dd 0                    ; no command line
info_int13:     dd 0
old_int15:      dd 0
old_memory:     dw 0                    ; KB of conventional memory before
                db 0                    ; boot loader
                db 9                    ; a sector has 1 << 9 bytes
info_table:     dw parameters_table
disk_info_end:
mbft_end:

old_int19:      dd 0
old_int1e:      dd 0
old_equipment:  dw 0
copy_failed:    db 0
disk_drive:     db 0                    ; 00h or 80h
disk_type:      db 0                    ; as function 08h tells it
disk_flags:     db 0                    ; FLAG_...
disk_cylinders: dw 0
disk_heads:     dw 0
disk_track:     dw 0
real_drives:    db 0                    ; the BIOS's drives of this kind, which come after ours
busy:           db 0
failed:         db 0                    ; 1: CF for the caller
last_status:    db 0
caller_stack:   dd 0
e801_ax:        dw 0                    ; KB from 1 MB to 16 MB
e801_bx:        dw 0                    ; 64 KB pieces from 16 MB on
old_88:         dw 0                    ; KB from 1 MB on, as function 88h tells it
map_entries:    dw 0                    ; 0: the BIOS has no E820h
copy_table:    times 48 db 0           ; function 87h's table
flat_pointer:   dw 23
                dd 0
flat_table:     dq 0
                dq 00CF93000000FFFFh    ; data, 4 GB
                dq 000093000000FFFFh    ; data, 64 KB from 0: what real mode has

; The diskette parameter table (INT 1Eh); sectors per track and more are filled in.
parameters_table:
        db      0DFh, 02h, 25h, 2
table_track:    db 18
        db      1Bh, 0FFh, 54h, 0F6h, 0Fh, 08h
table_last:     db 79, 0
table_type:     db 4

functions:                              ; INT 13h, from 00h on
        dw      done_ok, get_status, read, write, verify, format, bad, bad
        dw      get_parameters, done_ok, bad, bad, seek, done_ok, bad, bad
        dw      done_ok, done_ok, bad, bad, done_ok, get_type, get_change, set_type, set_media
functions_end:
extensions:                             ; from 41h on, hard disks only
        dw      ext_check, ext_read, ext_write, ext_verify, bad, bad, ext_seek, ext_parameters
extensions_end:

; int13 - the hook of INT 13h
int13:
        cmp     dl, [cs:disk_drive]
        je      ours
        push    ax
        mov     al, dl
        xor     al, [cs:disk_drive]
        test    al, 80h
        pop     ax
        jz      later_drive
        jmp     far [cs:old_int13]      ; the other kind of drive

; later_drive - calls the BIOS for one of its drives, whose numbers have moved up by one
later_drive:
        push    bp
        mov     bp, sp
        cmp     byte [cs:real_drives], 0
        je      .absent
        push    ax
        push    dx
        dec     dx
        pushf
        cli
        call    far [cs:old_int13]
        push    ax
        lahf
        mov     [bp + 6], ah            ; the caller's flags
        pop     ax
        cmp     byte [bp - 1], 08h      ; the function
        je      .count
        cmp     byte [bp - 1], 15h
        jne     .restore
        cmp     byte [cs:disk_drive], 80h
        je      .done                   ; for hard disks DX is a result
.restore:
        mov     dl, [bp - 4]
.done:
        leave
        iret
.count:
        test    byte [bp + 6], 1
        jnz     .restore
        inc     dx                      ; one drive more than the BIOS knows
        jmp     .done
.absent:
        or      byte [bp + 6], 1
        cmp     ah, 15h
        jne     .no_function
        and     byte [bp + 6], 0FEh     ; AH = 0: there is no such drive
        mov     ah, 0
        jmp     .done
.no_function:
        mov     ah, ST_FUNCTION
        jmp     .done

; ours - a function for our disk
ours:
        cli
        cmp     byte [cs:busy], 0
        je      .free
        push    bp                      ; an interrupt wants the disk while it copies
        mov     bp, sp
        or      byte [bp + 6], 1
        pop     bp
        mov     ah, ST_BUSY
        iret
.free:
        mov     byte [cs:busy], 1
        mov     [cs:caller_stack], sp
        mov     [cs:caller_stack + 2], ss
        push    cs
        pop     ss
        mov     sp, stack_end
        pushad
        push    ds
        push    es
        mov     bp, sp
        sti
        cld
        push    cs
        pop     ds
        mov     byte [failed], 0
        mov     bx, functions
        mov     al, ah
        cmp     al, (functions_end - functions) / 2
        jb      .call
        sub     al, 41h
        cmp     al, (extensions_end - extensions) / 2
        jae     bad
        cmp     byte [disk_drive], 80h
        jne     bad
        mov     bx, extensions
.call:
        cbw
        add     bx, ax
        add     bx, ax
        jmp     [bx]

; The ends of a function.
bad:
        mov     ah, ST_FUNCTION
fail_with:                              ; AH = status
        mov     byte [failed], 1
        jmp     finish
done_ok:
        mov     ah, ST_OK
finish:                                 ; AH = status
        mov     [last_status], ah
answer:                                 ; AH = what the caller finds there
        mov     [bp + frame.eax + 1], ah
        xor     ax, ax
        mov     ds, ax
        mov     al, [cs:last_status]
        mov     bx, BDA_FLOPPY
        cmp     byte [cs:disk_drive], 80h
        jne     .store
        mov     bx, BDA_HARD
.store:
        mov     [bx], al
        cli
        pop     es
        pop     ds
        popad
        lss     sp, [cs:caller_stack]
        push    bp
        mov     bp, sp
        push    ax
        mov     al, [bp + 6]            ; the flags that iret loads
        and     al, 0FEh
        or      al, [cs:failed]
        mov     [bp + 6], al
        pop     ax
        pop     bp
        mov     byte [cs:busy], 0
        iret

; get_status - function 01h
get_status:
        mov     ah, [last_status]
        cmp     ah, 1
        cmc
        adc     byte [failed], 0
        jmp     answer

; read, write, verify - functions 02h, 03h, 04h: AL sectors at CX, DH; ES:BX
write:
        test    byte [disk_flags], FLAG_READ_ONLY
        mov     ah, ST_PROTECTED
        jnz     fail_with
        call    locate
        jc      fail_with
        call    caller_buffer
        xchg    eax, edx
        jmp     transfer
read:
        call    locate
        jc      fail_with
        call    caller_buffer
transfer:                               ; EAX = from, EDX = to, ECX = bytes
        call    copy
        jnc     done_ok
        mov     ah, ST_CONTROLLER
        jmp     fail_with
verify:
        call    locate
        jc      fail_with
        jmp     done_ok

; seek - function 0Ch
seek:
        call    locate_track
        jc      fail_with
        jmp     done_ok

; format - function 05h: a track; there is nothing to prepare
format:
        test    byte [disk_flags], FLAG_READ_ONLY
        mov     ah, ST_PROTECTED
        jnz     fail_with
        call    locate_track
        jc      fail_with
        jmp     done_ok

; get_parameters - function 08h
get_parameters:
        xor     ax, ax
        mov     [bp + frame.eax], al
        mov     bx, [disk_cylinders]
        dec     bx
        mov     ch, bl
        mov     cl, bh
        shl     cl, 6
        or      cl, [disk_track]
        mov     [bp + frame.ecx], cx
        mov     dh, [disk_heads]
        dec     dh
        mov     dl, [real_drives]
        inc     dx
        mov     [bp + frame.edx], dx
        cmp     word [bp + frame.eax + 2], 454Dh        ; the question for a disk in RAM
        je      .asked
        cmp     byte [disk_drive], 80h
        je      done_ok
        mov     [bp + frame.ebx + 1], al
        mov     al, [disk_type]
        mov     [bp + frame.ebx], al
        mov     word [bp + frame.edi], parameters_table
        mov     [bp + frame.es], cs
        jmp     done_ok
.asked:
        mov     word [bp + frame.eax + 2], 4D21h
        mov     word [bp + frame.ecx + 2], 4D45h
        mov     word [bp + frame.edx + 2], 4944h
        mov     word [bp + frame.ebx + 2], 4B53h
        mov     word [bp + frame.edi], disk_info
        mov     [bp + frame.es], cs
        jmp     done_ok

; get_type - function 15h
get_type:
        mov     byte [last_status], ST_OK
        mov     ah, 2                   ; a floppy drive with a change line
        cmp     byte [disk_drive], 80h
        jne     answer
        mov     ecx, [disk_sectors]
        mov     [bp + frame.edx], cx
        shr     ecx, 16
        mov     [bp + frame.ecx], cx
        mov     ah, 3
        jmp     answer

; get_change - function 16h: never changed
get_change:
        cmp     byte [disk_drive], 80h
        je      bad
        jmp     done_ok

; set_type - function 17h: any type will do
set_type:
        cmp     byte [disk_drive], 80h
        je      bad
        jmp     done_ok

; set_media - function 18h: CH, CL as in function 08h
set_media:
        cmp     byte [disk_drive], 80h
        je      bad
        mov     cx, [bp + frame.ecx]
        mov     al, cl
        and     al, 3Fh
        cmp     al, [disk_track]
        mov     ah, ST_MEDIA
        jne     fail_with
        shr     cl, 6
        xchg    cl, ch
        inc     cx
        cmp     cx, [disk_cylinders]
        jne     fail_with
        mov     word [bp + frame.edi], parameters_table
        mov     [bp + frame.es], cs
        jmp     done_ok

; locate - where the sectors of a function lie
; In:  the caller's AL, CX, DH
; Out: CF = 0: EAX = linear address, ECX = bytes; CF = 1: AH = status
; Clobbers: EBX, EDX
locate:
        cmp     byte [bp + frame.eax], 0
        mov     ah, ST_FUNCTION
        je      outside
        mov     cl, [bp + frame.ecx]
        and     cl, 3Fh
        movzx   ebx, cl
        dec     bx
        mov     ah, ST_ADDRESS
        js      outside                 ; sectors count from 1
        cmp     bx, [disk_track]
        jae     outside
        call    locate_track
        jc      .done
        add     eax, ebx
        movzx   ecx, byte [bp + frame.eax]
        jmp     in_disk
.done:
        ret

; locate_track - In: the caller's CX, DH. Out: CF = 0: EAX = its first sector; CF = 1: AH = status
; Clobbers: ECX, EDX
locate_track:
        movzx   edx, byte [bp + frame.edx + 1]
        mov     ah, ST_ADDRESS
        cmp     dx, [disk_heads]
        jae     outside
        mov     cx, [bp + frame.ecx]
        shr     cl, 6
        xchg    cl, ch
        mov     ah, ST_NOT_FOUND
        cmp     cx, [disk_cylinders]
        jae     outside
        movzx   eax, cx
        movzx   ecx, word [disk_heads]
        imul    eax, ecx
        add     eax, edx
        movzx   ecx, word [disk_track]
        imul    eax, ecx
        clc
        ret
outside:
        stc
        ret

; in_disk - In: EAX = sector, ECX = sectors. Out: CF = 0: EAX = linear address, ECX = bytes; CF = 1: AH = status
; Clobbers: EDX
in_disk:
        mov     edx, eax
        add     edx, ecx
        jc      .outside
        cmp     edx, [disk_sectors]
        ja      .outside
        shl     eax, 9
        add     eax, [disk_base]
        shl     ecx, 9
        clc
        ret
.outside:
        mov     ah, ST_NOT_FOUND
        stc
        ret

; caller_buffer - Out: EDX = linear address of the caller's ES:BX
caller_buffer:
        movzx   edx, word [bp + frame.es]
        shl     edx, 4
        push    eax
        movzx   eax, word [bp + frame.ebx]
        add     edx, eax
        pop     eax
        ret

; packet - reads a disk address packet at the caller's DS:SI
; Out: CF = 0: EAX = linear address of the sectors, EDX = of the buffer, ECX = bytes; CF = 1: AH = status
; Clobbers: EBX, ES, SI
packet:
        les     si, [bp + frame.esi]
        mov     es, [bp + frame.ds]
        mov     ah, ST_FUNCTION
        cmp     byte [es:si], 16
        jb      outside
        movzx   ecx, word [es:si + 2]
        cmp     cx, 127
        ja      outside
        mov     ah, ST_NOT_FOUND
        cmp     dword [es:si + 12], 0
        jne     outside
        mov     eax, [es:si + 8]
        call    in_disk
        jc      .done
        movzx   edx, word [es:si + 6]
        shl     edx, 4
        movzx   ebx, word [es:si + 4]
        add     edx, ebx
.done:
        ret

; ext_check - function 41h: functions 42h to 48h are there
ext_check:
        cmp     word [bp + frame.ebx], 55AAh
        jne     bad
        mov     word [bp + frame.ebx], 0AA55h
        mov     word [bp + frame.ecx], 1
        mov     byte [last_status], ST_OK
        mov     ah, 21h                 ; EDD 1.1
        jmp     answer

; ext_read, ext_write, ext_verify, ext_seek - functions 42h, 43h, 44h, 47h
ext_write:
        test    byte [disk_flags], FLAG_READ_ONLY
        mov     ah, ST_PROTECTED
        jnz     fail_with
        call    packet
        jc      fail_with
        xchg    eax, edx
        jmp     transfer
ext_read:
        call    packet
        jc      fail_with
        jmp     transfer
ext_verify:
ext_seek:
        call    packet
        jc      fail_with
        jmp     done_ok

; ext_parameters - function 48h: 26 bytes at the caller's DS:SI
ext_parameters:
        mov     si, [bp + frame.esi]
        mov     es, [bp + frame.ds]
        cmp     word [es:si], 26
        jb      bad
        mov     di, si
        mov     ax, 26
        stosw
        mov     ax, 2                   ; the geometry is valid
        stosw
        movzx   eax, word [disk_cylinders]
        stosd
        mov     ax, [disk_heads]
        stosd
        mov     ax, [disk_track]
        stosd
        mov     eax, [disk_sectors]
        stosd
        xor     eax, eax
        stosd
        mov     ax, 512
        stosw
        jmp     done_ok

; copy - copies memory of any kind
; In:  EAX = from, EDX = to (linear), ECX = bytes
; Out: CF = 1: it failed
; Clobbers: EAX, EBX, ECX, EDX, SI, DI, ES
copy:
        test    ecx, ecx
        jz      .nothing
        smsw    bx
        test    bl, 1                   ; behind a memory manager only that can switch modes
        jnz     .pieces
        test    byte [disk_flags], FLAG_RAW
        jnz     .raw
.pieces:
        mov     ebx, ecx
        cmp     ebx, 8000h
        jbe     .piece
        mov     ebx, 8000h
.piece:
        pushad
        mov     ecx, ebx
        mov     di, copy_table
        call    fill_table
        call    a20_is_on
        pushf
        push    cs
        pop     es
        mov     si, copy_table
        shr     cx, 1
        mov     ah, 87h
        smsw    bx
        test    bl, 1
        jnz     .current
        pushf
        cli
        call    far [cs:old_int15]
        jmp     .copied
.current:
        int     15h
.copied:
        push    cs
        pop     ds
        setc    [copy_failed]
        popf
        je      .a20_was_off
        call    a20_is_on
        jne     .a20_was_off
        call    a20_on                  ; some BIOSes leave it off, and DOS may live above it
.a20_was_off:
        popad
        cmp     byte [copy_failed], 1
        cmc
        jc      .done
        add     eax, ebx
        add     edx, ebx
        sub     ecx, ebx
        jnz     .pieces
.nothing:
        clc
.done:
        ret
.raw:
        mov     esi, eax
        mov     edi, edx
        ; falls through

; copy_raw - copies memory by switching to protected mode for the time
; In:  ESI = from, EDI = to, ECX = bytes; PE must be 0
; Out: CF = 0
; Clobbers: EAX, ECX, ESI, EDI
copy_raw:
        push    ds
        push    es
        pushf
        push    cs
        pop     ds
        call    a20_is_on
        pushf
        jne     .a20
        call    a20_on
.a20:
        cli
        xor     eax, eax
        mov     ax, cs
        shl     eax, 4
        add     eax, flat_table
        mov     [flat_pointer + 2], eax
        lgdt    [flat_pointer]
        mov     eax, cr0
        or      al, 1
        mov     cr0, eax
        jmp     short .protected        ; a 386 has to forget what it has fetched
.protected:
        mov     ax, 8
        mov     ds, ax
        mov     es, ax
        mov     eax, ecx
        shr     ecx, 2
        a32 rep movsd
        mov     ecx, eax
        and     ecx, 3
        a32 rep movsb
        mov     ax, 16
        mov     ds, ax
        mov     es, ax
        mov     eax, cr0
        and     al, 0FEh
        mov     cr0, eax
        jmp     short .real
.real:
        popf
        jne     .keep_a20
        call    a20_off
.keep_a20:
        popf
        pop     es
        pop     ds
        clc
        ret

; copy_far - `copy` for the program that installs us, before it does
copy_far:
        push    ds
        push    es
        push    cs
        pop     ds
        call    copy
        pop     es
        pop     ds
        retf

; fill_table - writes the descriptors of function 87h
; In:  EAX = from, EDX = to, DS:DI = table
; Clobbers: EAX, EDX
fill_table:
        mov     word [di + 10h], 0FFFFh
        mov     word [di + 18h], 0FFFFh
        mov     [di + 12h], ax
        mov     [di + 1Ah], dx
        shr     eax, 16
        shr     edx, 16
        mov     [di + 14h], al
        mov     [di + 1Ch], dl
        mov     byte [di + 15h], 93h    ; data, writable
        mov     byte [di + 1Dh], 93h
        mov     byte [di + 16h], 0
        mov     byte [di + 1Eh], 0
        mov     [di + 17h], ah          ; the base's highest byte, which 286s ignored
        mov     [di + 1Fh], dh
        ret

; a20_is_on - compares the first bytes of memory with those 1 MB above
; Out: ZF = 1: the same, so A20 is off
; Clobbers: nothing
a20_is_on:
        push    ds
        push    es
        push    ax
        push    cx
        push    si
        push    di
        xor     ax, ax
        mov     ds, ax
        dec     ax
        mov     es, ax
        xor     si, si
        mov     di, 10h
        mov     cx, 32
        repe cmpsw
        pop     di
        pop     si
        pop     cx
        pop     ax
        pop     es
        pop     ds
        ret

; a20_on, a20_off - by the BIOS, else by port 92h
; Clobbers: EAX
a20_off:
        mov     ax, 2400h
        jmp     a20_switch
a20_on:
        mov     ax, 2401h
a20_switch:
        push    ax
        pushf
        cli
        call    far [cs:old_int15]
        pop     ax
        jnc     .done
        mov     ah, al
        shl     ah, 1
        in      al, 92h
        and     al, 0FCh                ; bit 0 would reset the PC
        or      al, ah
        out     92h, al
.done:
        ret

; int15 - the hook of INT 15h: tells the memory without the disk
int15:
        cmp     ah, 88h
        je      .kb
        cmp     ah, 8Ah
        je      .unsupported
        cmp     ax, 0E801h
        je      .e801
        cmp     ax, 0E881h
        je      .e801
        cmp     ax, 0E820h
        jne     .pass
        cmp     edx, 534D4150h          ; "SMAP"
        jne     .pass
        cmp     word [cs:map_entries], 0
        jne     .e820
.pass:
        jmp     far [cs:old_int15]
.kb:
        mov     ax, [cs:old_88]
        jmp     .good
.e801:
        cmp     al, 81h
        je      .e881
        mov     ax, [cs:e801_ax]
        mov     bx, [cs:e801_bx]
        mov     cx, ax
        mov     dx, bx
        jmp     .good
.e881:
        movzx   eax, word [cs:e801_ax]
        movzx   ebx, word [cs:e801_bx]
        mov     ecx, eax
        mov     edx, ebx
.good:
        push    bp
        mov     bp, sp
        and     byte [bp + 6], 0FEh
        pop     bp
        iret
.unsupported:
        mov     ah, 86h
.bad:
        push    bp
        mov     bp, sp
        or      byte [bp + 6], 1
        pop     bp
        iret
.e820:
        cmp     ecx, ENTRY_BYTES
        jb      .unsupported
        cmp     bx, [cs:map_entries]
        jae     .unsupported
        push    si
        push    di
        push    ds
        push    cs
        pop     ds
        imul    si, bx, ENTRY_BYTES
        add     si, map_table
        push    cx
        mov     cx, ENTRY_BYTES / 2
        cld
        rep movsw
        pop     cx
        inc     bx
        cmp     bx, [map_entries]
        jb      .more
        xor     bx, bx
.more:
        movzx   ebx, bx
        cmp     ecx, 24
        mov     ecx, ENTRY_BYTES
        jb      .short
        mov     dword [es:di], 1        ; ACPI's word: the entry counts
        mov     cl, 24
.short:
        mov     eax, edx
        pop     ds
        pop     di
        pop     si
        jmp     .good

; int19 - the PC's boot again: as if we had not been here
int19:
        cli
        xor     ax, ax
        mov     ds, ax
        mov     ss, ax
        mov     sp, 7C00h
        mov     eax, [cs:old_int13]
        mov     [13h * 4], eax
        mov     eax, [cs:old_int15]
        mov     [15h * 4], eax
        mov     eax, [cs:old_int1e]
        mov     [1Eh * 4], eax
        mov     eax, [cs:old_int19]
        mov     [19h * 4], eax
        mov     ax, [cs:old_memory]
        mov     [BDA_MEMORY], ax
        mov     ax, [cs:old_equipment]
        mov     [BDA_EQUIPMENT], ax
        cmp     byte [cs:disk_drive], 80h
        jne     .boot
        dec     byte [BDA_HARD_DISKS]
.boot:
        sti
        jmp     far [cs:old_int19]

        align   2, db 0
stack_start:
        times RESIDENT_STACK db 0
stack_end:
map_table:                              ; map_entries of ENTRY_BYTES each

section .text
