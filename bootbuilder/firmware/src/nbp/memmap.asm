; SPDX-License-Identifier: MIT
; The PC's memory map: where an image has room, and what is left for DOS when it is there.
;
; `map` holds entries as INT 15h E820h gives them: base and length, 64 bits each, and type, 32 bits.

MAP_ENTRY       equ 20
MOST_ENTRIES    equ 40
USABLE          equ 1
RESERVED        equ 2
PAGE            equ 1000h
SMAP            equ 534D4150h

; read_map - asks the BIOS for its map
; Out: [map], [map_count]; 0: it has no E820, and the map is what E801 or 88h make of it ([map_is_ours] = 1)
; Clobbers: all
read_map:
        mov     word [map_count], 0
        mov     byte [map_is_ours], 0
        mov     di, map
        xor     ebx, ebx
.next:
        mov     eax, 0E820h
        mov     ecx, MAP_ENTRY
        mov     edx, SMAP
        int     15h
        jc      .end
        cmp     eax, SMAP
        jne     .end
        cmp     dword [di + 8], 0       ; empty ones are of no use
        jne     .keep
        cmp     dword [di + 12], 0
        je      .skip
.keep:
        add     di, MAP_ENTRY
        inc     word [map_count]
        cmp     word [map_count], MOST_ENTRIES - 4      ; room for the parts that ours are cut into
        jae     .end
.skip:
        test    ebx, ebx
        jnz     .next
.end:
        cmp     word [map_count], 0
        jne     .done
        mov     byte [map_is_ours], 1
        mov     ax, 0E801h
        xor     cx, cx
        xor     dx, dx
        int     15h
        jc      .old
        test    cx, cx
        jz      .in_ax
        mov     ax, cx
        mov     bx, dx
.in_ax:
        movzx   edx, bx
        shl     edx, 16
        jz      .small
        mov     dword [map + MAP_ENTRY], 1000000h
        mov     [map + MAP_ENTRY + 8], edx
        mov     dword [map + MAP_ENTRY + 4], 0
        mov     dword [map + MAP_ENTRY + 12], 0
        mov     dword [map + MAP_ENTRY + 16], USABLE
        inc     word [map_count]
        jmp     .small
.old:
        mov     ah, 88h
        int     15h
        jc      .done
.small:
        movzx   eax, ax
        shl     eax, 10
        mov     dword [map], 100000h
        mov     [map + 8], eax
        mov     dword [map + 4], 0
        mov     dword [map + 12], 0
        mov     dword [map + 16], USABLE
        inc     word [map_count]
.done:
        ret

; find_room - a place for the image: the end of the highest memory below 4 GB that is large enough
; In:  [image]
; Out: [image_base], [image_end]; or fails
; Clobbers: all
find_room:
        call    read_map
        mov     bx, [image]
        mov     ebp, [bx + ENTRY_SECTORS]
        shl     ebp, 9
        mov     dword [image_base], 0
        mov     si, map
        mov     cx, [map_count]
        jcxz    .too_small
.entry:
        cmp     dword [si + 16], USABLE
        jne     .next
        mov     eax, [si]
        cmp     dword [si + 4], 0       ; above 4 GB
        jne     .next
        cmp     eax, 100000h
        jb      .next
        mov     edx, eax
        add     edx, [si + 8]
        jc      .to_the_end
        cmp     dword [si + 12], 0
        je      .has_end
.to_the_end:
        mov     edx, -PAGE
.has_end:
        and     edx, -PAGE
        sub     edx, ebp
        jb      .next
        and     edx, -PAGE
        cmp     edx, eax
        jb      .next
        cmp     edx, [image_base]
        jbe     .next
        mov     [image_base], edx
.next:
        add     si, MAP_ENTRY
        loop    .entry
        mov     eax, [image_base]
        test    eax, eax
        jz      .too_small
        add     eax, ebp
        add     eax, PAGE - 1
        and     eax, -PAGE
        mov     [image_end], eax
        ret
.too_small:
        mov     si, fail_memory
        jmp     fail

; cut_out - makes part of the map reserved
; In:  EAX = start, EDX = end (linear, below 4 GB)
; Out: [map], [map_count]: one entry more for each cut
; Clobbers: EAX, EBX, ECX, SI, DI
cut_out:
        mov     si, map
        mov     cx, [map_count]
        jcxz    .none
.entry:
        cmp     dword [si + 16], USABLE
        jne     .next
        cmp     dword [si + 4], 0
        jne     .next
        cmp     [si], eax
        ja      .next
        mov     ebx, [si]
        add     ebx, [si + 8]
        jc      .inside                 ; up to or over 4 GB
        cmp     dword [si + 12], 0
        jne     .inside
        cmp     ebx, eax
        jbe     .next
        cmp     ebx, edx                ; an end inside is the end of the cut
        jae     .inside
        mov     edx, ebx
.inside:
        jmp     .cut
.next:
        add     si, MAP_ENTRY
        loop    .entry
.none:
        ret
.cut:
        cmp     word [map_count], MOST_ENTRIES - 2
        ja      .none
        push    si                      ; make room for two more behind this one
        mov     di, [map_count]
        imul    di, di, MAP_ENTRY
        add     di, map
        mov     cx, di
        sub     cx, si
        mov     si, di
        sub     si, 4
        add     di, 2 * MAP_ENTRY - 4
        shr     cx, 2
        std
        rep movsd
        cld
        pop     si
        add     word [map_count], 2
        ; before (as it was, shorter), the cut, behind
        push    eax
        mov     ebx, [si]
        add     ebx, [si + 8]
        mov     ecx, [si + 12]          ; length's high half
        adc     ecx, 0                  ; end, high half
        sub     eax, [si]
        mov     [si + 8], eax
        mov     dword [si + 12], 0
        pop     eax
        mov     [si + MAP_ENTRY], eax
        mov     dword [si + MAP_ENTRY + 4], 0
        mov     edi, edx
        sub     edi, eax
        mov     [si + MAP_ENTRY + 8], edi
        mov     dword [si + MAP_ENTRY + 12], 0
        mov     dword [si + MAP_ENTRY + 16], RESERVED
        mov     [si + 2 * MAP_ENTRY], edx
        mov     dword [si + 2 * MAP_ENTRY + 4], 0
        sub     ebx, edx
        sbb     ecx, 0
        mov     [si + 2 * MAP_ENTRY + 8], ebx
        mov     [si + 2 * MAP_ENTRY + 12], ecx
        mov     dword [si + 2 * MAP_ENTRY + 16], USABLE
        ; falls through

; drop_empty - takes entries without length out of the map
; Clobbers: CX, SI, DI
drop_empty:
        mov     si, map
.entry:
        mov     di, [map_count]
        imul    di, di, MAP_ENTRY
        add     di, map
        cmp     si, di
        jae     .done
        cmp     dword [si + 8], 0
        jne     .next
        cmp     dword [si + 12], 0
        jne     .next
        mov     cx, di
        sub     cx, si
        shr     cx, 1
        mov     di, si
        push    si
        add     si, MAP_ENTRY
        rep movsw
        pop     si
        dec     word [map_count]
        jmp     .entry
.next:
        add     si, MAP_ENTRY
        jmp     .entry
.done:
        ret

; extended_end - where the memory from a linear address on ends
; In:  EAX = address
; Out: EAX = end; the address itself when there is none; FFFFFFFFh for 4 GB and more
; Clobbers: CX, EDX, SI
extended_end:
        mov     si, map
        mov     cx, [map_count]
        jcxz    .done
.entry:
        cmp     dword [si + 16], USABLE
        jne     .next
        cmp     dword [si + 4], 0
        jne     .next
        cmp     [si], eax
        ja      .next
        mov     edx, [si]
        add     edx, [si + 8]
        jc      .huge
        cmp     dword [si + 12], 0
        jne     .huge
        cmp     edx, eax
        jbe     .next
        mov     eax, edx                ; perhaps another entry goes on there
        jmp     extended_end
.next:
        add     si, MAP_ENTRY
        loop    .entry
.done:
        ret
.huge:
        or      eax, -1
        ret
