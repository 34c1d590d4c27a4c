; SPDX-License-Identifier: MIT
; The PXE ROM: finding it, calling it, and what it was told by DHCP.

; find_pxe - finds the ROM's interface, in the order in which ROMs are trusted, or fails
; Out: [pxe_entry], [pxe_struct]
; Clobbers: all but the segment registers
find_pxe:
        les     di, [rom_pxe]           ; 1: on the stack
        call    check_pxe
        jnc     .found
        les     di, [rom_pxenv]         ; 2: in ES:BX
        call    check_pxenv
        jnc     .found
        mov     ax, 5650h               ; 3: asked by interrupt
        int     1Ah
        jc      .scan
        cmp     ax, 564Eh
        jne     .scan
        mov     di, bx
        call    check_pxenv
        jnc     .found
.scan:
        push    word 0                  ; 4: searched for in what the BIOS calls used memory
        pop     es
        mov     ax, [es:BDA_MEMORY]
        shl     ax, 6
        mov     bx, check_pxe
        call    .search
        jnc     .found
        mov     ax, 1000h               ; 5: the older structure, from the first 64 KB on
        mov     bx, check_pxenv
        call    .search
        jnc     .found
        mov     byte [cs:retry_useless], 1
        mov     si, fail_no_pxe
        jmp     fail
.found:
        push    ds
        pop     es
        ret

; In: AX = first segment, BX = what checks one
.search:
        cmp     ax, 0A000h
        jae     .none
        mov     es, ax
        xor     di, di
        push    ax
        call    bx
        pop     ax
        inc     ax
        jc      .search
        ret
.none:
        stc
        ret

; check_pxe - takes the structure "!PXE" if it is one
; In:  ES:DI
; Out: CF = 0: taken
; Clobbers: EAX, CX, SI
check_pxe:
        cmp     di, -60h                ; a structure across the segment's end would stop the processor
        ja      not_one
        cmp     dword [es:di], '!PXE'
        jne     not_one
        mov     cl, [es:di + 4]
        call    check_sum
        jnz     not_one
        mov     eax, [es:di + 10h]
        jmp     take_entry

; check_pxenv - takes the structure "PXENV+" if it is one, or the "!PXE" that it leads to
; In:  ES:DI
; Out: CF = 0: taken
; Clobbers: EAX, CX, SI
check_pxenv:
        cmp     di, -60h
        ja      not_one
        cmp     dword [es:di], 'PXEN'
        jne     not_one
        cmp     word [es:di + 4], 'V+'
        jne     not_one
        mov     cl, [es:di + 8]
        call    check_sum
        jnz     not_one
        cmp     word [es:di + 6], 0201h
        jb      .old
        push    es
        push    di
        les     di, [es:di + 28h]
        call    check_pxe
        pop     di
        pop     es
        jnc     taken
.old:
        mov     eax, [es:di + 0Ah]
        mov     byte [pxe_is_old], 1
take_entry:
        test    eax, eax
        jz      not_one
        mov     [pxe_entry], eax
        mov     [pxe_struct], di
        mov     [pxe_struct + 2], es
taken:
        clc
        ret
not_one:
        stc
        ret

; check_sum - adds up the bytes of a structure
; In:  ES:DI, CL = its length
; Out: ZF = 1: the sum is 0
; Clobbers: AL, CX, SI
check_sum:
        xor     ch, ch
        mov     si, di
        xor     al, al
.byte:
        add     al, [es:si]
        inc     si
        loop    .byte
        test    al, al
        ret

; pxe_clear - empties the parameter block
; Clobbers: nothing
pxe_clear:
        pusha
        mov     di, pxe_block
        mov     cx, PXE_BLOCK_SIZE / 2
        xor     ax, ax
        rep stosw
        popa
        ret

; pxe_call - calls the ROM with the parameters in `pxe_block`, in both ways that ROMs take them
; In:  BX = function
; Out: CF = 1: it failed; AX = its status word
; Clobbers: nothing else
pxe_call:
        pushad
        push    ds
        push    es
        push    fs
        push    gs
        mov     di, pxe_block           ; PXENV+: ES:DI and BX; !PXE: on the stack
        push    ds
        push    di
        push    bx
        call    far [pxe_entry]
        add     sp, 6
        pop     gs
        pop     fs
        pop     es
        pop     ds
        cld
        sti
        mov     [pxe_result], ax
        popad
        mov     ax, [pxe_block]
        cmp     word [pxe_result], 0
        jne     not_one
        ret                             ; the comparison has cleared CF

; read_cached_packets - learns addresses and the boot file's folder from the DHCP packets that the ROM has kept
; Out: [server_ip], [my_ip], [gateway], [folder]; fails when there is no server
; Clobbers: all
read_cached_packets:
        mov     ax, 3                   ; the boot server's answer goes first,
        call    .read
        mov     ax, 2                   ; then what the DHCP server has said besides
        call    .read
        mov     eax, [server_ip]
        test    eax, eax
        jnz     .server
        mov     eax, [server_option]
        mov     [server_ip], eax
.server:
        test    eax, eax
        jz      .no_server
        xor     eax, [my_ip]            ; a server in our own network needs no gateway
        and     eax, [netmask]
        jnz     .routed
        mov     [gateway], eax
.routed:
        mov     si, text_server
        call    print
        mov     si, server_ip
        call    print_address
        mov     si, text_my_address
        call    print
        mov     si, my_ip
        call    print_address
        jmp     new_line
.no_server:
        mov     byte [retry_useless], 1
        mov     si, fail_no_server
        jmp     fail

; In: AX = packet type. Fields that are known already stay.
.read:
        call    pxe_clear
        mov     [pxe_block + 2], ax
        mov     word [pxe_block + 4], RX_SIZE
        mov     word [pxe_block + 6], rx_buffer
        mov     [pxe_block + 8], ds
        mov     di, rx_buffer
        mov     cx, RX_SIZE / 2
        xor     ax, ax
        rep stosw
        mov     bx, PXE_CACHED_INFO
        call    pxe_call
        jc      .done
        mov     eax, [rx_buffer + BOOTP_YIADDR]
        mov     di, my_ip
        call    keep
        mov     eax, [rx_buffer + BOOTP_SIADDR]
        mov     di, server_ip
        call    keep
        mov     byte [file_is_options], 0
        mov     word [file_option], 0
        cmp     dword [rx_buffer + BOOTP_COOKIE], 63538263h
        jne     .file
        mov     si, rx_buffer + BOOTP_OPTIONS
        call    read_options
.file:
        mov     eax, [rx_buffer + BOOTP_GIADDR]
        mov     di, gateway
        call    keep
        mov     si, [file_option]
        test    si, si
        jnz     read_folder
        cmp     byte [file_is_options], 0
        jne     .done
        mov     byte [rx_buffer + BOOTP_FILE + 127], 0
        mov     si, rx_buffer + BOOTP_FILE
        jmp     read_folder
.done:
        ret

; keep - stores an address where none is known yet
; In:  EAX = address, DI = where
keep:
        cmp     dword [di], 0
        jne     .known
        mov     [di], eax
.known:
        ret

; read_options - takes what we use of the DHCP options (RFC 2132)
; In:  SI = first option
; Clobbers: EAX, BX, CX, DI, SI
read_options:
.option:
        cmp     si, rx_buffer + RX_SIZE - 4
        jae     .done
        lodsb
        test    al, al
        jz      .option
        cmp     al, 255
        je      .done
        mov     bl, al
        lodsb
        movzx   cx, al
        mov     ax, si
        add     ax, cx
        cmp     ax, rx_buffer + RX_SIZE - 1
        ja      .done
        cmp     bl, 67
        je      .file
        cmp     bl, 52
        je      .overload
        cmp     cl, 4
        jb      .next
        mov     eax, [si]
        mov     di, netmask
        cmp     bl, 1
        je      .keep
        mov     di, gateway
        cmp     bl, 3
        je      .keep
        mov     di, server_option
        cmp     bl, 54
        jne     .next
.keep:
        call    keep
.next:
        add     si, cx
        jmp     .option
.overload:
        mov     al, [si]
        and     al, 1                   ; the file field holds options
        mov     [file_is_options], al
        jmp     .next
.file:
        pusha                           ; kept apart: a name in an option does not end with 0
        mov     di, file_name
        mov     [file_option], di
        cmp     cx, FOLDER_SIZE - 1
        jbe     .fits
        mov     cx, FOLDER_SIZE - 1
.fits:
        rep movsb
        mov     byte [di], 0
        popa
        jmp     .next
.done:
        ret

; read_folder - keeps the folder that our own file came from; the images are beside it
; In:  SI = name of the boot file, perhaps with a URL's "tftp://host/" before it
; Out: [folder], unless it is known
; Clobbers: AX, CX, DI, SI
read_folder:
        cmp     byte [folder_known], 0
        jne     .done
        cmp     byte [si], 0
        je      .done
        mov     byte [folder_known], 1
        call    skip_host
        mov     di, folder
        mov     cx, FOLDER_SIZE - 1
        mov     word [folder_length], 0
.char:
        lodsb
        test    al, al
        jz      .end
        stosb
        cmp     al, '/'
        je      .slash
        cmp     al, '\'
        jne     .plain
.slash:
        mov     ax, di
        sub     ax, folder
        mov     [folder_length], ax
.plain:
        loop    .char
.end:
        mov     di, [folder_length]
        mov     byte [folder + di], 0
.done:
        ret

; skip_host - steps over "scheme://host/"
; In:  SI = name
; Out: SI = what follows the host, or as it was
; Clobbers: AX, CX, DI
skip_host:
        mov     di, si
.scheme:
        mov     al, [di]
        inc     di
        test    al, al
        jz      .none
        cmp     al, ':'
        jne     .scheme
        cmp     word [di], '//'
        jne     .none
        add     di, 2
.host:
        mov     al, [di]
        test    al, al
        jz      .none
        inc     di
        cmp     al, '/'
        jne     .host
        mov     si, di
.none:
        ret

text_server:            db "Server ", 0
text_my_address:        db ", this PC ", 0
