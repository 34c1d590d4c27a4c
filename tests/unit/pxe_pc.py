"""A PC with a PXE ROM, simulated: a CPU (unicorn), memory above 1 MB, the BIOS, PXE's calls, and a clock of its own.

Interrupts go through the vector table, so what a program hooks is what runs. Each stub of the BIOS is one IRET (or
RETF); Python does its work when the CPU arrives there. Time passes only where the program waits: in a UDP read that
finds nothing, and when it looks for a key.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import unicorn
from unicorn import x86_const as reg

from tests.unit.tftp_model import Wire

BIOS = 0xF0000
STUBS = 0x400  # offset of the stub of interrupt 0; 4 bytes each
PXE_STUB, RETURN_STUB, CALL_STUB = 0x900, 0x910, 0x920
PXE_STRUCT, PXENV_STRUCT = 0x9C000, 0x9C080  # where the ROM's structures lie, below what it occupies
ROM_BASE_KB, WHOLE_BASE_KB = 622, 639
SERVER, CLIENT, GATEWAY = bytes((10, 0, 2, 2)), bytes((10, 0, 2, 15)), bytes((10, 0, 2, 1))
CARRY = 1
IDLE = 0.01  # seconds that a look for a packet or a key takes
TICK = 1 / 18.2065
_MOST_INSTRUCTIONS = 40_000_000


@dataclass
class Rom:
    """How the ROM behaves: what it passes on entry, which calls work, and what DHCP told it."""

    on_stack: bool = True
    in_registers: bool = True
    by_interrupt: bool = True
    structures: str = "both"  # or "pxenv" (PXE 0.99), "none"
    udp: bool = True
    unloads: bool = True
    mtu: int = 1500
    file: bytes = b"boot/plant.0"
    option_67: bytes = b""
    server: bytes = SERVER
    server_option: bytes = b""
    client: bytes = CLIENT
    proxy: bool = False  # the boot data come in packet 3 alone, and addresses in packet 2
    calls: list[int] = field(default_factory=list)


class PxePc:
    """One PC. `memory` in MB; `floppies` and `disks` are the BIOS's own drives; `keys` are typed while it waits."""

    def __init__(
        self,
        wire: Wire,
        *,
        rom: Rom | None = None,
        memory: int = 8,
        floppies: int = 0,
        disks: int = 0,
        e820: bool = True,
        e801: bool = True,
        copies: bool = True,
        keeps_a20: bool = True,
        keys: str = "",
    ) -> None:
        self.wire, self.rom = wire, rom or Rom()
        self.memory, self.floppies, self.disks = memory << 20, floppies, disks
        self.e820, self.e801, self.copies, self.keeps_a20 = e820, e801, copies, keeps_a20
        self.keys = keys
        self.now = 0.0
        self.end = ""
        self.started = False
        self.screen: list[bytearray] = []
        self.row = self.column = 0
        self.bios_calls: list[tuple[int, int, int]] = []  # interrupt, AX, DX
        self.copied = 0  # calls of function 87h
        self.port_92: list[int] = []
        self.rom_stream: bytes | None = None
        self.rom_block = 0
        untyped: Any = unicorn
        self.cpu = untyped.Uc(unicorn.UC_ARCH_X86, unicorn.UC_MODE_16)
        self.cpu.mem_map(0, max(self.memory, 2 << 20))
        self._clear_screen()
        self._set_up()

    # --- what the tests use -------------------------------------------------------------------------------

    def boot(self, program: bytes, *, segment: int = 0) -> str:
        """Run a boot program as a ROM would. Return how it ended: "disk", "rom" (it gave up), "reboot", "hang"."""
        self.write(0x7C00, program)
        stack = 0x7000
        self.write(stack, struct.pack("<HH", RETURN_STUB, 0xF000))
        self.write(stack + 4, struct.pack("<HH", PXE_STRUCT & 15, PXE_STRUCT >> 4))
        if not self.rom.on_stack:
            self.write(stack + 4, b"\xff\xff\x12\x34")
        self.set("SS", 0)
        self.set("SP", stack)
        self.set("ES", PXENV_STRUCT >> 4 if self.rom.in_registers else 0x1234)
        self.set("BX", PXENV_STRUCT & 15)
        self.set("DS", 0x4321)
        self.run(segment, 0x7C00 - segment * 16)
        return self.end or "hang"

    def run(self, segment: int, offset: int) -> None:
        """Run from there until something ends it."""
        self.end = ""
        self.set("CS", segment)
        self.cpu.emu_start(segment * 16 + offset, 0xFFFFFFFF, count=_MOST_INSTRUCTIONS)

    def interrupt(self, number: int, **registers: int) -> dict[str, int]:
        """Call an interrupt as a DOS program does; return registers and CF afterwards."""
        self.write(BIOS + CALL_STUB, bytes((0xCD, number, 0xF4)))
        self.set("SS", 0x5000)
        self.set("SP", 0x1000)
        self.cpu.reg_write(reg.UC_X86_REG_EFLAGS, 0x0602)  # direction flag set
        for name, value in registers.items():
            self.set(name, value)
        self.run(0xF000, CALL_STUB)
        assert self.end == "called", self.end
        names = ("EAX", "EBX", "ECX", "EDX", "ESI", "EDI", "BP", "SP", "DS", "ES", "SS")
        result = {name: self.get(name) for name in names}
        result |= {"AH": self.get("AH"), "AL": self.get("AL"), "CF": self.flags & CARRY}
        assert (result["SS"], result["SP"]) == (0x5000, 0x1000)
        return result

    @property
    def text(self) -> str:
        """What is on the screen."""
        return "\n".join(line.decode("ascii").rstrip() for line in self.screen).strip()

    @property
    def flags(self) -> int:
        """The flags register."""
        return int(self.cpu.reg_read(reg.UC_X86_REG_EFLAGS))

    def get(self, name: str) -> int:
        """The value of a register, by its name as in the manuals."""
        return int(self.cpu.reg_read(getattr(reg, f"UC_X86_REG_{name}")))

    def set(self, name: str, value: int) -> None:
        """Give a register a value."""
        self.cpu.reg_write(getattr(reg, f"UC_X86_REG_{name}"), value)

    def read(self, address: int, size: int) -> bytes:
        """Memory at a linear address."""
        return bytes(self.cpu.mem_read(address, size))

    def write(self, address: int, data: bytes) -> None:
        """Change memory at a linear address."""
        self.cpu.mem_write(address, data)

    def word(self, address: int) -> int:
        """The 16-bit number at a linear address."""
        return int(struct.unpack("<H", self.read(address, 2))[0])

    def dword(self, address: int) -> int:
        """The 32-bit number at a linear address."""
        return int(struct.unpack("<I", self.read(address, 4))[0])

    def vector(self, number: int) -> int:
        """The linear address that an interrupt leads to."""
        return self.word(number * 4 + 2) * 16 + self.word(number * 4)

    # --- the machine --------------------------------------------------------------------------------------

    def _set_up(self) -> None:
        self.write(0x500, bytes([0xCC]) * (0xA0000 - 0x500))
        for number in range(0x80):
            self.write(number * 4, struct.pack("<HH", STUBS + number * 4, 0xF000))
            self.write(BIOS + STUBS + number * 4, b"\xcf")  # IRET
        self.write(BIOS + PXE_STUB, b"\xcb")  # RETF
        self.write(BIOS + RETURN_STUB, b"\xf4")
        self.write(0x1E * 4, struct.pack("<HH", 0xEFC7, 0xF000))
        equipment = 0x20 | (1 | (self.floppies - 1) << 6 if self.floppies else 0)
        self.write(0x410, struct.pack("<H", equipment))
        self.write(0x413, struct.pack("<H", ROM_BASE_KB))
        self.write(0x475, bytes((self.disks,)))
        entry = struct.pack("<HH", PXE_STUB, 0xF000)
        segments = b"".join(
            struct.pack("<HIH", 0x9C00 + index * 16, 0x9C000 + index * 256, 256) for index in range(6)
        )
        rom_end = WHOLE_BASE_KB * 1024
        segments += struct.pack("<HIH", 0x9D00, 0x9D000, rom_end - 0x9D000)
        pxe = bytearray(
            b"!PXE" + bytes((0x58, 0, 0, 0)) + bytes(8) + entry + bytes(9) + b"\x07" + bytes(2) + segments
        )
        pxe[5] = -sum(pxe) & 255
        version = 0x0201 if self.rom.structures == "both" else 0x0099
        old_segments = struct.pack(
            "<HHHHHHHH", 0x9C00, 256, 0x9C10, 256, 0x9C20, 256, 0x9D00, rom_end - 0x9D000
        )
        pxenv = bytearray(
            b"PXENV+" + struct.pack("<HBB", version, 0x2C, 0) + entry + bytes(10) + old_segments
        )
        pxenv += struct.pack("<HH", PXE_STRUCT & 15, PXE_STRUCT >> 4)
        pxenv[9] = -sum(pxenv) & 255
        if self.rom.structures == "both":
            self.write(PXE_STRUCT, bytes(pxe))
        if self.rom.structures != "none":
            self.write(PXENV_STRUCT, bytes(pxenv))
        cpu = self.cpu
        cpu.hook_add(unicorn.UC_HOOK_INTR, self._interrupt)
        cpu.hook_add(unicorn.UC_HOOK_CODE, self._stub, begin=BIOS + STUBS, end=BIOS + CALL_STUB + 2)
        cpu.hook_add(unicorn.UC_HOOK_CODE, self._at_7c00, begin=0x7C00, end=0x7C00)
        cpu.hook_add(unicorn.UC_HOOK_INSN, self._port_out, None, 1, 0, reg.UC_X86_INS_OUT)

    def _port_out(self, _cpu: object, port: int, _size: int, value: int, _data: object) -> None:
        if port == 0x92:
            self.port_92.append(value)

    def _at_7c00(self, *_: object) -> None:
        if self.started:
            self._stop("disk")
        self.started = True

    def _stop(self, how: str) -> None:
        self.end = how
        self.cpu.emu_stop()

    def _interrupt(self, _cpu: object, number: int, _data: object) -> None:
        """Do what the CPU does for INT: unicorn leaves it to us, with IP behind the instruction."""
        sp = (self.get("SP") - 6) & 0xFFFF
        flags = self.flags
        self.write(
            self.get("SS") * 16 + sp, struct.pack("<HHH", self.get("IP"), self.get("CS"), flags & 0xFFFF)
        )
        self.set("SP", sp)
        self.cpu.reg_write(reg.UC_X86_REG_EFLAGS, flags & ~0x300)
        self.set("CS", self.word(number * 4 + 2))
        self.set("IP", self.word(number * 4))

    def _stub(self, _cpu: object, address: int, _size: int, _data: object) -> None:
        offset = address - BIOS
        if offset == RETURN_STUB:
            self._stop("rom")
        elif offset == CALL_STUB + 2:
            self._stop("called")
        elif offset == PXE_STUB:
            self._pxe()
        elif offset < PXE_STUB:
            number = (offset - STUBS) // 4
            self.bios_calls.append((number, self.get("AX"), self.get("DX")))
            handler: Callable[[], bool] | None = getattr(self, f"_int_{number:02x}", None)
            assert handler is not None, f"INT {number:02X}h is not expected"
            self._set_carry(not handler())

    def _set_carry(self, carry: bool) -> None:
        place = self.get("SS") * 16 + self.get("SP") + 4
        self.write(place, struct.pack("<H", self.word(place) & ~CARRY | carry))

    def _set_zero(self, zero: bool) -> None:
        place = self.get("SS") * 16 + self.get("SP") + 4
        self.write(place, struct.pack("<H", self.word(place) & ~0x40 | zero << 6))

    def _pass_time(self) -> None:
        self.now += IDLE
        self.write(0x46C, struct.pack("<I", int(self.now / TICK)))

    # --- the BIOS: each returns whether it went well ------------------------------------------------------

    def _clear_screen(self) -> None:
        self.screen = [bytearray(b" " * 80) for _ in range(25)]
        self.row = self.column = 0

    def _int_10(self) -> bool:
        function = self.get("AH")
        if function == 0x00:
            self._clear_screen()
        elif function == 0x02:
            self.row, self.column = self.get("DH"), self.get("DL")
        elif function == 0x03:
            self.set("DX", self.row << 8 | self.column)
        elif function == 0x09:
            for index in range(self.get("CX")):
                self.screen[self.row][self.column + index] = self.get("AL")
        elif function == 0x0E:
            self._teletype(self.get("AL"))
        return True

    def _teletype(self, character: int) -> None:
        if character == 13:
            self.column = 0
        elif character == 10:
            self.row += 1
        else:
            self.screen[self.row][self.column] = character
            self.column += 1
        if self.column == 80:
            self.row, self.column = self.row + 1, 0
        if self.row == 25:
            self.row = 24
            self.screen = [*self.screen[1:], bytearray(b" " * 80)]

    def _int_13(self) -> bool:
        drive, function = self.get("DL"), self.get("AH")
        present = drive < self.floppies or 0x80 <= drive < 0x80 + self.disks
        if not present:
            self.set("AH", 1)
            return False
        if function == 0x08:
            self.set("DL", self.disks if drive >= 0x80 else self.floppies)
            self.set("CX", 0x4F12)
        elif function == 0x15 and drive >= 0x80:
            self.set("CX", 0x0012)
            self.set("DX", 0x3456)
            self.set("AH", 3)
            return True
        self.set("AH", 0)
        return True

    def _int_15(self) -> bool:
        function = self.get("AX")
        if function >> 8 == 0x87:
            return self._copy()
        if function in (0x2400, 0x2401):
            self.write(0x100000, bytes([function & 1]) * 64)
            return True
        if function >> 8 == 0x88:
            self.set("AX", min((self.memory >> 10) - 1024, 0xFC00))
            return True
        if function == 0xE801 and self.e801:
            below = min(self.memory, 16 << 20) - (1 << 20)
            above = max(self.memory - (16 << 20), 0)
            for name, value in (("AX", below >> 10), ("BX", above >> 16)):
                self.set(name, value)
            self.set("CX", below >> 10)
            self.set("DX", above >> 16)
            return True
        if function == 0xE820 and self.e820:
            return self._e820()
        self.set("AH", 0x86)
        return False

    def _copy(self) -> bool:
        if not self.copies:
            self.set("AH", 2)
            return False
        self.copied += 1
        table = self.read(self.get("ES") * 16 + self.get("SI"), 48)
        size = self.get("CX") * 2
        assert 0 < size <= 0x10000
        source, target = (
            int.from_bytes(table[at + 2 : at + 5] + table[at + 7 : at + 8], "little") for at in (0x10, 0x18)
        )
        assert table[0x15] == table[0x1D] == 0x93
        self.write(target, self.read(source, size))
        if not self.keeps_a20:
            self.write(0x100000, self.read(0, 64))  # with A20 off, the first megabyte shows itself there
        self.set("AH", 0)
        return True

    def e820_entries(self) -> list[tuple[int, int, int]]:
        """The BIOS's own map: (start, length, type)."""
        base = self.word(0x413) * 1024 if self.word(0x413) > ROM_BASE_KB else WHOLE_BASE_KB * 1024
        return [
            (0, base, 1),
            (base, 0xA0000 - base, 2),
            (0xF0000, 0x10000, 2),
            (0x100000, self.memory - 0x100000 - 0x10000, 1),
            (self.memory - 0x10000, 0x10000, 3),
            (0xFFFC0000, 0x40000, 2),
        ]

    def _e820(self) -> bool:
        entries = [entry for entry in self.e820_entries() if entry[1] > 0]
        index = self.get("EBX")
        self.write(self.get("ES") * 16 + self.get("DI"), struct.pack("<QQI", *entries[index]))
        self.set("EAX", 0x534D4150)
        self.set("ECX", 20)
        self.set("EBX", (index + 1) % len(entries))
        return True

    def _int_16(self) -> bool:
        self._pass_time()
        if self.get("AH") == 1:
            self._set_zero(not self.keys)
        if self.keys:
            key = self.keys[0]
            self.set("AX", {"^": 0x4800, "v": 0x5000}.get(key, 0x0100 | ord(key)))
            if self.get("AH") == 0 or self._taking:
                self.keys = self.keys[1:]
        return True

    @property
    def _taking(self) -> bool:
        return self.bios_calls[-1][1] >> 8 == 0

    def _int_18(self) -> bool:
        self._stop("no boot")
        return True

    def _int_19(self) -> bool:
        self._stop("reboot")
        return True

    def _int_1a(self) -> bool:
        if self.get("AX") == 0x5650 and self.rom.by_interrupt:
            self.set("AX", 0x564E)
            self.set("ES", PXENV_STRUCT >> 4)
            self.set("BX", PXENV_STRUCT & 15)
            return True
        return False

    # --- PXE ----------------------------------------------------------------------------------------------

    def _pxe(self) -> None:
        stack = self.get("SS") * 16 + self.get("SP")
        function, offset, segment = struct.unpack("<HHH", self.read(stack + 4, 6))
        assert (function, offset, segment) == (self.get("BX"), self.get("DI"), self.get("ES"))
        self.rom.calls.append(function)
        block = segment * 16 + offset
        handler: Callable[[int], int] | None = getattr(self, f"_pxe_{function:02x}", None)
        status = handler(block) if handler else 0
        self.write(block, struct.pack("<H", status))
        self.set("AX", 1 if status else 0)
        for name in ("BX", "CX", "DX", "SI", "DI", "BP"):  # what ROMs leave behind
            self.set(name, 0xDEAD)
        self.set("ES", 0xDEAD)
        self.set("DS", 0xDEAD)

    def _pxe_71(self, block: int) -> int:
        kind, size, offset, segment = struct.unpack("<HHHH", self.read(block + 2, 8))
        packet = self._bootp(kind)
        if not packet:
            return 1
        packet = packet[:size]
        self.write(segment * 16 + offset, packet)
        self.write(block + 4, struct.pack("<H", len(packet)))
        return 0

    def _bootp(self, kind: int) -> bytes:
        rom = self.rom
        with_boot = kind == (3 if rom.proxy else 2) or (kind == 3 and not rom.proxy)
        with_address = kind == 2 or not rom.proxy
        head = struct.pack(
            "!BBBBIHH4s4s4s4s16s64s128s",
            2, 1, 6, 0, 1, 0, 0, bytes(4),
            rom.client if with_address else bytes(4),
            rom.server if with_boot else bytes(4),
            bytes(4), b"", b"", rom.file if with_boot else b"",
        )  # fmt: skip
        options = b"\x63\x82\x53\x63\x35\x01\x05\0"
        if with_address:
            options += b"\x01\x04\xff\xff\xff\x00\x03\x04" + GATEWAY
        if with_boot and rom.server_option:
            options += b"\x36\x04" + rom.server_option
        if with_boot and rom.option_67:
            options += bytes((67, len(rom.option_67))) + rom.option_67
        return head + options + b"\x3c\x09PXEClient\xff"

    def _pxe_0c(self, block: int) -> int:
        self.write(block + 6, struct.pack("<H", self.rom.mtu))
        return 0

    def _pxe_15(self, block: int) -> int:
        return 0 if self.rom.unloads else 1

    _pxe_02 = _pxe_15

    def _pxe_30(self, block: int) -> int:
        return 0 if self.rom.udp else 1

    def _pxe_33(self, block: int) -> int:
        address, gateway, source, target, size, offset, segment = struct.unpack(
            "<4s4sHHHHH", self.read(block + 2, 18)
        )
        assert (address, gateway == bytes(4)) == (SERVER, SERVER[:3] == self.rom.client[:3])
        data = self.read(segment * 16 + offset, size)
        self.wire.to_server(self.now, _swapped(source), _swapped(target), data)
        return 0

    def _pxe_32(self, block: int) -> int:
        packet = self.wire.to_client(self.now)
        if packet is None:
            self._pass_time()
            return 1
        port, source, data = packet
        wanted, size, offset, segment = struct.unpack("<HHHH", self.read(block + 0x0C, 8))
        if port != _swapped(wanted) or len(data) > size:
            return 1
        self.write(segment * 16 + offset, data)
        self.write(block + 2, SERVER)
        self.write(block + 0x0A, struct.pack("<H", _swapped(source)))
        self.write(block + 0x0E, struct.pack("<H", len(data)))
        return 0

    def _pxe_20(self, block: int) -> int:
        name = self.read(block + 0x0A, 128).partition(b"\0")[0].decode()
        data = self.wire.server.files.get(name)
        if data is None:
            return 0x3B
        asked = self.word(block + 0x8C)
        self.rom_block = 1024 if asked > 1024 else asked
        self.rom_stream = data
        self.write(block + 0x8C, struct.pack("<H", self.rom_block))
        return 0

    def _pxe_22(self, block: int) -> int:
        assert self.rom_stream is not None
        offset, segment = struct.unpack("<HH", self.read(block + 6, 4))
        piece, self.rom_stream = self.rom_stream[: self.rom_block], self.rom_stream[self.rom_block :]
        self.write(segment * 16 + offset, piece)
        self.write(block + 4, struct.pack("<H", len(piece)))
        return 0


def _swapped(port: int) -> int:
    return port >> 8 | (port & 255) << 8
