"""A PC for NICSCAN.COM: a CPU (unicorn) with DOS and BIOS calls as values, and models of buses and cards.

A card is anything with `ports` (the ports that it decodes) and `read(port, size)`, `write(port, size, value)`. Every
write that no card takes is remembered, too, so that tests can say what a probe may touch.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

import unicorn
from unicorn import x86_const as reg

from bootbuilder import firmware

SEGMENT = 0x1000
ENVIRONMENT = 0x0800
CARRY = 1
ZERO = 0x40
LIST = "A:\\DOS\\NICSCAN.LST"
BATCH = "A:\\DOS\\NIC.BAT"
_MOST_INSTRUCTIONS = 60_000_000
_DELAY_PORT = 0x61  # the port that delays are counted with


class Card(Protocol):
    """Something on a bus."""

    ports: frozenset[int]

    def read(self, port: int, size: int) -> int:
        """The value of an IN of `size` bytes."""

    def write(self, port: int, size: int, value: int) -> None:
        """An OUT of `size` bytes."""


@dataclass
class Result:
    """How a run ended: ERRORLEVEL, what was printed, the files, and (port, value) of every OUT in order."""

    level: int
    text: str
    files: dict[str, bytes]
    writes: list[tuple[int, int]] = field(repr=False)

    @property
    def batch(self) -> dict[str, str]:
        """The variables that NIC.BAT sets."""
        lines = self.files[BATCH].decode("ascii").split("\r\n")
        assert lines[-1] == "" and all(line.startswith("SET ") for line in lines[:-1]), lines
        return dict(line[4:].split("=", 1) for line in lines[:-1])

    def table(self) -> list[str]:
        """The lines of the printed table, without its head."""
        lines = self.text.split("\r\n")
        head = next(i for i, line in enumerate(lines) if line.startswith("  Where"))
        rows = lines[head + 1 :]
        return [" ".join(row.split()) for row in rows[: next(i for i, r in enumerate(rows) if r[:2] != "  ")]]


@dataclass
class Pc:
    """A PC: its cards, files and keys. `pci` is None without a PCI BIOS, else the configuration space behind it;
    `resident` is the network driver in memory: packet, ndis or odi; with `none` not even INT 2Fh leads anywhere."""

    cards: Iterable[Card] = ()
    files: Mapping[str, bytes] = field(default_factory=dict)
    keys: bytes = b""
    pci: Mapping[int, bytes] | None = None
    last_bus: int = 0
    writable: bool = True
    resident: str = ""
    pxe: bool = False
    eisa: bool = False

    def run(self, options: str = "") -> Result:
        """Run NICSCAN with a command line until it ends."""
        return _Run(self, options).result()


class _Run:
    def __init__(self, pc: Pc, options: str) -> None:
        self.pc = pc
        self.by_port = {port: card for card in pc.cards for port in card.ports}
        self.files = dict(pc.files)
        self.keys = list(pc.keys)
        self.open: dict[int, tuple[str, int]] = {}
        self.text = bytearray()
        self.writes: list[tuple[int, int]] = []
        self.level: int | None = None
        self.ticks = 0
        untyped: Any = unicorn
        cpu = self.cpu = untyped.Uc(unicorn.UC_ARCH_X86, unicorn.UC_MODE_16)
        cpu.mem_map(0, 1 << 20)
        program = firmware.load("nicscan.com")
        psp = bytearray(256)
        psp[:2] = b"\xcd\x20"
        struct.pack_into("<H", psp, 0x2C, ENVIRONMENT)
        tail = f" {options}".encode("ascii")
        psp[0x80 : 0x82 + len(tail)] = bytes([len(tail)]) + tail + b"\r"
        cpu.mem_write(SEGMENT * 16, bytes(psp) + program)
        cpu.mem_write(SEGMENT * 16 + 256 + len(program), b"\xcc" * (0xFF00 - len(program)))
        cpu.mem_write(ENVIRONMENT * 16, b"PATH=A:\\\0X=\0\0\1\0A:\\DOS\\NICSCAN.COM\0")
        cpu.mem_write(0x93000, b"LINKSUP$")
        if pc.resident == "packet":
            cpu.mem_write(0x60 * 4, struct.pack("<HH", 0, 0x9000))
            cpu.mem_write(0x90000, b"\xeb\x09\x90PKT DRVR\0")
        if pc.pxe:
            cpu.mem_write(0x94000, b"PXENV+")
        if pc.eisa:
            cpu.mem_write(0xFFFD9, b"EISA")
        for name in ("CS", "DS", "ES", "SS"):
            self.set(name, SEGMENT)
        self.set("SP", 0xFFFE)
        cpu.hook_add(unicorn.UC_HOOK_INTR, self._interrupt)
        cpu.hook_add(unicorn.UC_HOOK_INSN, self._in, None, 1, 0, reg.UC_X86_INS_IN)
        cpu.hook_add(unicorn.UC_HOOK_INSN, self._out, None, 1, 0, reg.UC_X86_INS_OUT)

    def result(self) -> Result:
        self.cpu.emu_start(SEGMENT * 16 + 0x100, 0xFFFFF, count=_MOST_INSTRUCTIONS)
        assert self.level is not None, f"it hangs after: {self.text.decode('ascii')}"
        return Result(self.level, self.text.decode("ascii"), self.files, self.writes)

    def get(self, name: str) -> int:
        return int(self.cpu.reg_read(getattr(reg, f"UC_X86_REG_{name}")))

    def set(self, name: str, value: int) -> None:
        self.cpu.reg_write(getattr(reg, f"UC_X86_REG_{name}"), value)

    def _in(self, _cpu: object, port: int, size: int, _data: object) -> int:
        card = self.by_port.get(port)
        if card is not None:
            return card.read(port, size)
        return 0 if port == _DELAY_PORT else (1 << 8 * size) - 1

    def _out(self, _cpu: object, port: int, size: int, value: int, _data: object) -> None:
        self.writes.append((port, value))
        card = self.by_port.get(port)
        if card is not None:
            card.write(port, size, value)

    def _flag(self, flag: int, on: bool) -> None:
        flags = self.get("EFLAGS") & ~flag
        self.set("EFLAGS", flags | (flag if on else 0))

    def _string(self, address: int) -> str:
        data = bytes(self.cpu.mem_read(SEGMENT * 16 + address, 128))
        return data.split(b"\0")[0].decode("ascii")

    def _interrupt(self, _cpu: object, number: int, _data: object) -> None:
        if number == 0x21:
            self._dos()
        elif number == 0x16:
            self._keyboard()
        elif number == 0x1A:
            self._bios_1a()
        elif number == 0x2F:
            assert self.pc.resident != "none"
            if self.pc.resident == "odi" and self.get("AX") == 0xD300:
                self.set("AL", 0xFF)
                self.set("ES", 0x9300)
                self.set("SI", 0)
        elif number == 0x28:
            self.ticks += 9  # half a second
            self.cpu.mem_write(0x46C, struct.pack("<H", self.ticks & 0xFFFF))
        else:
            raise AssertionError(f"INT {number:02x}h is not expected")

    def _keyboard(self) -> None:
        if self.get("AH") == 1:
            self._flag(ZERO, not self.keys)
        else:
            self.set("AX", self.keys.pop(0))

    def _bios_1a(self) -> None:
        function = self.get("AX")
        if function == 0x5650 and self.pc.pxe:
            self.set("AX", 0x564E)
            self.set("ES", 0x9400)
            self.set("BX", 0)
        elif function == 0xB101 and self.pc.pci is not None:
            self.set("EDX", int.from_bytes(b"PCI ", "little"))
            self.set("AX", 0x0001)
            self.set("BX", 0x0210)
            self.set("CL", self.pc.last_bus)
            self._flag(CARRY, False)
        elif function == 0xB10A and self.pc.pci is not None:
            space = self.pc.pci.get(self.get("BX"))
            value = 0xFFFFFFFF if space is None else struct.unpack_from("<I", space, self.get("DI"))[0]
            self.set("ECX", value)
            self.set("EDI", 0xDEADBEEF)  # BIOSes lose registers
            self._flag(CARRY, False)
        else:
            self._flag(CARRY, True)

    def _dos(self) -> None:
        function = self.get("AH")
        failed = False
        if function == 0x25:
            assert self.get("AL") == 0x24
        elif function == 0x35:
            assert self.get("AL") == 0x2F
            self.set("ES", 0 if self.pc.resident == "none" else 0x0070)
            self.set("BX", 0)
        elif function == 0x30:
            self.set("AX", 5)
        elif function == 0x3D:
            name = self._string(self.get("DX"))
            failed = name not in self.files and not (name == "PROTMAN$" and self.pc.resident == "ndis")
            self.open[5] = (name, 0)
            self.set("AX", 2 if failed else 5)
        elif function == 0x3C:
            failed = not self.pc.writable
            name = self._string(self.get("DX"))
            if not failed:
                self.files[name] = b""
            self.open[6] = (name, 0)
            self.set("AX", 19 if failed else 6)
        elif function == 0x3F:
            data = self.files[self.open[self.get("BX")][0]][: self.get("CX")]
            self.cpu.mem_write(SEGMENT * 16 + self.get("DX"), data)
            self.set("AX", len(data))
        elif function == 0x40:
            data = bytes(self.cpu.mem_read(SEGMENT * 16 + self.get("DX"), self.get("CX")))
            if self.get("BX") == 1:
                self.text += data
            else:
                self.files[self.open[self.get("BX")][0]] += data
            self.set("AX", len(data))
        elif function == 0x4C:
            self.level = self.get("AL")
            self.cpu.emu_stop()
        else:
            assert function == 0x3E, f"INT 21h AH={function:02x}h is not expected"
        self._flag(CARRY, failed)
