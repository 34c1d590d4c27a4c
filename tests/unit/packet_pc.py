"""A PC for packet drivers: a CPU (unicorn), memory, what loading needs of DOS and BIOS, interrupt controllers, a card.

`Pc.load` runs the program with a command line; `call` makes a call through its interrupt, as a program does; `service`
lets the card's interrupt through. Receivers of programs are Python functions.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import unicorn
from unicorn import x86_const as reg

from bootbuilder import firmware
from tests.unit.dp8390_card import Card

SEGMENT = 0x1000  # of the driver; each further copy comes 1000h later
PROGRAM = 0x6000  # of the program that uses it: frames, stack
RECEIVERS = 0x7000  # far addresses that stand for Python functions
BACK = 0x8000  # where a call returns to
BIOS = 0xF000
CARRY, INTERRUPTS = 1, 0x200
_MOST_INSTRUCTIONS = 20_000_000


@dataclass(frozen=True)
class Answer:
    """The registers after a call."""

    failed: bool
    ax: int
    bx: int
    cx: int
    dx: int
    si: int
    di: int
    ds: int
    es: int

    @property
    def error(self) -> int:
        """DH after a call that failed."""
        assert self.failed, self
        return self.dx >> 8


@dataclass(frozen=True)
class Loaded:
    """How loading ended: resident or not, ERRORLEVEL, the text, the segment."""

    resident: int | None
    level: int
    text: str
    segment: int


class Pc:
    """A PC with these cards; `pci` gives the configuration space of functions by bus * 256 + device * 8 + function."""

    def __init__(self, *cards: Card, pci: Mapping[int, bytes] | None = None, old_cpu: bool = False) -> None:
        self.cards = cards
        self.pci = {place: bytearray(space) for place, space in (pci or {}).items()}
        self.old_cpu = old_cpu
        self.by_port = {port: card for card in cards for port in card.ports}
        self.masks = [0xB8, 0x8F]
        self.in_service: list[int] = []
        self.freed: list[int] = []
        self.stray: list[int] = []  # ports that were written to, where no card is
        self.text = bytearray()
        self.ending: tuple[int | None, int] | None = None
        self.next_segment = SEGMENT
        self.receivers: list[Callable[[], None]] = []
        self.at_port: Callable[[int, int], None] | None = None
        untyped: Any = unicorn
        cpu = self.cpu = untyped.Uc(unicorn.UC_ARCH_X86, unicorn.UC_MODE_16)
        cpu.mem_map(0, 1 << 20)
        for number in range(256):
            free = 0x60 <= number <= 0x66
            self.poke(0, number * 4, struct.pack("<HH", 0 if free else 0x100, 0 if free else BIOS))
        self.poke(BIOS, 0x100, b"\xcf")
        for number in range(16):  # what the BIOS has for interrupts that nobody expects
            vector = number + (8 if number < 8 else 0x68)
            self.poke(0, vector * 4, struct.pack("<HH", 0x200 + number * 16, BIOS))
            self.poke(BIOS, 0x200 + number * 16, b"\xcf")
        self.poke(RECEIVERS, 0, b"\xcb" * 256)
        self.poke(BACK, 0, b"\xf4" * 16)
        cpu.hook_add(unicorn.UC_HOOK_INTR, self._interrupt)
        cpu.hook_add(unicorn.UC_HOOK_INSN, self._in, None, 1, 0, reg.UC_X86_INS_IN)
        cpu.hook_add(unicorn.UC_HOOK_INSN, self._out, None, 1, 0, reg.UC_X86_INS_OUT)
        cpu.hook_add(unicorn.UC_HOOK_CODE, self._receiver, None, RECEIVERS * 16, RECEIVERS * 16 + 255)

    # --- memory and registers ---------------------------------------------------------------------------------

    def poke(self, segment: int, offset: int, data: bytes) -> None:
        """Write memory."""
        self.cpu.mem_write(segment * 16 + offset, data)

    def peek(self, segment: int, offset: int, length: int) -> bytes:
        """Read memory."""
        return bytes(self.cpu.mem_read(segment * 16 + offset, length))

    def vector(self, number: int) -> tuple[int, int]:
        """Segment and offset of an interrupt."""
        offset, segment = struct.unpack("<HH", self.peek(0, number * 4, 4))
        return segment, offset

    def get(self, name: str) -> int:
        """A register."""
        return int(self.cpu.reg_read(getattr(reg, f"UC_X86_REG_{name}")))

    def set(self, **values: int) -> None:
        """Set registers, such as `ax=1`."""
        for name, value in values.items():
            self.cpu.reg_write(getattr(reg, f"UC_X86_REG_{name.upper()}"), value)

    # --- running ------------------------------------------------------------------------------------------------

    def load(self, options: str = "", name: str = "ne2000.com") -> Loaded:
        """Run the program with a command line until it ends."""
        program = bytearray(firmware.load(name))
        if self.old_cpu:
            (at,) = [i for i in range(len(program)) if program[i : i + 4] == b"\x3d\x00\xf0\x74"]
            program[at + 3] = 0xEB  # as if the upper flags were ones
        segment, self.next_segment = self.next_segment, self.next_segment + 0x1000
        tail = f" {options}".encode("ascii")
        psp = bytearray(256)
        struct.pack_into("<H", psp, 0x2C, 0x0900)
        psp[0x80 : 0x82 + len(tail)] = bytes([len(tail)]) + tail + b"\r"
        self.poke(segment, 0, bytes(psp) + bytes(program))
        self.poke(segment, 256 + len(program), b"\xcc" * (0xFF00 - len(program)))
        self.text.clear()
        self.ending = None
        self.set(cs=segment, ds=segment, es=segment, ss=segment, sp=0xFFFE, eflags=INTERRUPTS | 2)
        self.cpu.emu_start(segment * 16 + 0x100, 0xFFFFF, count=_MOST_INSTRUCTIONS)
        assert self.ending is not None, f"it hangs after: {self.text.decode('ascii')}"
        return Loaded(*self.ending, self.text.decode("ascii").replace("\r\n", "\n"), segment)

    def interrupt(self, number: int, **registers: int) -> Answer:
        """Go through an interrupt until it returns; all registers that are not given have odd values."""
        values = {"ax": 0xA1A2, "bx": 0xB1B2, "cx": 0xC1C2, "dx": 0xD1D2, "si": 0x5152, "di": 0xD3D4}
        values |= {"bp": 0xB9B9, "ds": PROGRAM, "es": PROGRAM, "ss": PROGRAM, "sp": 0xFFF0} | registers
        segment, offset = self.vector(number)
        self.poke(PROGRAM, 0xFFEA, struct.pack("<HHH", 0, BACK, INTERRUPTS | CARRY | 0x400 | 2))
        values["sp"] = 0xFFEA
        self.set(**values, cs=segment, eflags=2)
        self.cpu.emu_start(segment * 16 + offset, BACK * 16, count=_MOST_INSTRUCTIONS)
        assert (self.get("CS"), self.get("SP"), self.get("SS")) == (BACK, 0xFFF0, PROGRAM), "it hangs"
        assert self.get("BP") == 0xB9B9
        flags = self.get("EFLAGS")
        assert flags & INTERRUPTS and flags & 0x400
        words = {name: self.get(name.upper()) for name in ("ax", "bx", "cx", "dx", "si", "di", "ds", "es")}
        return Answer(bool(flags & CARRY), **words)

    def call(self, ah: int, vector: int = 0x60, **registers: int) -> Answer:
        """A call of the driver."""
        registers["ax"] = registers.get("ax", 0) & 0xFF | ah << 8
        return self.interrupt(vector, **registers)

    def service(self) -> int:
        """Let interrupts of the cards through until none asks; the number of interrupts."""
        for count in range(200):
            asking = [card for card in self.cards if card.asks and not self._is_masked(card.irq)]
            if not asking:
                return count
            self.hardware(asking[0].irq)
        raise AssertionError("the interrupt never ends")

    def hardware(self, irq: int) -> None:
        """One hardware interrupt: every register is as before, and the interrupt was ended."""
        self.in_service = [irq, *([2] if irq >= 8 else [])]
        before = {"ax": 0x1111, "bx": 0x2222, "cx": 0x3333, "dx": 0x4444, "si": 0x5555, "di": 0x6666}
        answer = self.interrupt(irq + (8 if irq < 8 else 0x68), **before)
        assert {name: getattr(answer, name) for name in before} == before
        assert (answer.ds, answer.es) == (PROGRAM, PROGRAM)

    def _is_masked(self, irq: int) -> bool:
        return bool(self.masks[irq // 8] >> irq % 8 & 1)

    # --- receivers ----------------------------------------------------------------------------------------------

    def receiver(self, act: Callable[[], None]) -> dict[str, int]:
        """ES:DI of a receiver that runs `act`, which may use `get` and `set`."""
        self.receivers.append(act)
        return {"es": RECEIVERS, "di": len(self.receivers) - 1}

    def _receiver(self, _cpu: object, at: int, _size: int, _data: object) -> None:
        self.receivers[at - RECEIVERS * 16]()

    # --- what the driver meets ------------------------------------------------------------------------------------

    def _in(self, _cpu: object, port: int, size: int, _data: object) -> int:
        if port in (0x21, 0xA1):
            return self.masks[port >> 7]
        if port in (0x20, 0xA0):
            lines = sum({1 << card.irq for card in self.cards if card.asks})
            return lines >> (8 if port == 0xA0 else 0) & 0xFF
        if port == 0x61:
            return 0
        card = self.by_port.get(port)
        return card.read(port, size) if card else (1 << 8 * size) - 1

    def _out(self, _cpu: object, port: int, size: int, value: int, _data: object) -> None:
        if port in (0x21, 0xA1):
            self.masks[port >> 7] = value
        elif port in (0x20, 0xA0):
            if value != 0x0A:
                assert value & 0xF8 == 0x60, "not a specific end of interrupt"
                self.in_service.remove(value & 7 | (8 if port == 0xA0 else 0))
        elif card := self.by_port.get(port):
            card.write(port, size, value)
            if self.at_port:
                self.at_port(port - card.base, value)
        else:
            self.stray.append(port)

    def _interrupt(self, _cpu: object, number: int, _data: object) -> None:
        if number == 0x21:
            self._dos(self.get("AH"))
        elif number == 0x1A:
            self._pci(self.get("AX"))
        else:
            raise AssertionError(f"INT {number:02x}h is not expected")

    def _dos(self, function: int) -> None:
        if function == 2:
            self.text.append(self.get("DL"))
        elif function == 0x25:
            self.poke(0, self.get("AL") * 4, struct.pack("<HH", self.get("DX"), self.get("DS")))
        elif function == 0x35:
            segment, offset = self.vector(self.get("AL"))
            self.set(es=segment, bx=offset)
        elif function == 0x49:
            self.freed.append(self.get("ES"))
        elif function in (0x31, 0x4C):
            self.ending = (self.get("DX") if function == 0x31 else None, self.get("AL"))
            self.cpu.emu_stop()
        else:
            raise AssertionError(f"INT 21h AH={function:02x}h is not expected")

    def _pci(self, function: int) -> None:
        failed = not self.pci
        if function == 0xB101 and self.pci:
            self.set(edx=int.from_bytes(b"PCI ", "little"), ax=1, bx=0x210, cl=0)
        elif function == 0xB102:
            wanted = struct.pack("<HH", self.get("DX"), self.get("CX"))
            places = [place for place, space in sorted(self.pci.items()) if space[:4] == wanted]
            failed = self.get("SI") >= len(places)
            if not failed:
                self.set(bx=places[self.get("SI")])
        elif function == 0xB109:
            space = self.pci[self.get("BX")]
            self.set(cx=struct.unpack_from("<H", space, self.get("DI"))[0])
        elif function == 0xB10C:
            struct.pack_into("<H", self.pci[self.get("BX")], self.get("DI"), self.get("CX"))
        flags = self.get("EFLAGS") & ~CARRY
        self.set(eflags=flags | failed)


def pci_card(ids: str, io: int, irq: int) -> bytes:
    """The configuration space of a card, its I/O switched off."""
    vendor, device = (int(part, 16) for part in ids.split(":"))
    space = bytearray(256)
    struct.pack_into("<HH", space, 0, vendor, device)
    struct.pack_into("<I", space, 0x10, io | 1)
    space[0x3C] = irq
    return bytes(space)


def keeping(pc: Pc, frames: list[bytes], handles: list[int] | None = None) -> dict[str, int]:
    """ES:DI of a receiver that keeps every frame."""

    def act() -> None:
        if pc.get("AX") == 0:
            pc.poke(PROGRAM, 0x4000, b"\xdd" * 0x800)
            pc.set(es=PROGRAM, di=0x4000)
        else:
            assert (pc.get("AX"), pc.get("DS"), pc.get("SI")) == (1, PROGRAM, 0x4000)
            length = pc.get("CX")
            assert pc.peek(PROGRAM, 0x4000 + length, 2) == b"\xdd\xdd", "written beyond the buffer"
            frames.append(pc.peek(PROGRAM, 0x4000, length))
            if handles is not None:
                handles.append(pc.get("BX"))

    return pc.receiver(act)


def frame(target: str | bytes, kind: bytes = b"\x08\x00", length: int = 60, fill: int = 0) -> bytes:
    """A frame to an address (hex), of a type."""
    to = bytes.fromhex(target) if isinstance(target, str) else target
    head = to + bytes.fromhex("525400000099") + kind
    return head + bytes((fill + i) & 0xFF for i in range(length - len(head)))
