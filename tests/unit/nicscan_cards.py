"""Models of buses and cards for the PC of nicscan_pc.py: what each port reads, and what may be written to it."""

from __future__ import annotations

import struct
from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass
class Fixed:
    """Registers that always read the same: `values` by offset from `base`, FFh elsewhere."""

    base: int
    values: Mapping[int, int]
    length: int = 32

    def __post_init__(self) -> None:
        self.ports = frozenset(range(self.base, self.base + self.length))

    def read(self, port: int, size: int) -> int:
        """Byte for byte."""
        got = [self.values.get(port - self.base + i, 0xFF) for i in range(size)]
        return int.from_bytes(bytes(got), "little")

    def write(self, port: int, size: int, value: int) -> None:
        """Nothing."""


@dataclass
class Interrupts:
    """Both interrupt controllers; cards raise a line in `requests`."""

    requests: int = 0
    masks: list[int] = field(default_factory=lambda: [0xB8, 0x8E])
    ports: frozenset[int] = frozenset({0x20, 0x21, 0xA0, 0xA1})

    def read(self, port: int, size: int) -> int:
        """The mask, or the requests, as both are only ever read after OCW3."""
        second = port >= 0xA0
        if port & 1:
            return self.masks[second]
        return self.requests >> (8 if second else 0) & 0xFF

    def write(self, port: int, size: int, value: int) -> None:
        """The mask; or OCW3, which must ask for the requests."""
        if port & 1:
            self.masks[port >= 0xA0] = value
        else:
            assert value == 0x0A


@dataclass
class Ne2000:
    """A DP8390 with remote DMA: an NE2000 (16 bits), or an NE1000; `realtek` makes it an RTL8019."""

    base: int
    interrupts: Interrupts
    irq: int = 3
    wide: bool = True
    realtek: bool = False
    command: int = 0x21
    status: int = 0x80
    address: bytes = bytes.fromhex("00001b123456")

    def __post_init__(self) -> None:
        self.ports = frozenset(range(self.base, self.base + 32))
        words = self.address + bytes(8) + b"\x57\x57"
        self.memory = b"".join(bytes([b, b]) for b in words) if self.wide else words + bytes(16)
        self.at = self.count = self.mask = 0
        self.was_written = False

    def read(self, port: int, size: int) -> int:
        """A register of page 0, or the data port."""
        offset = port - self.base
        assert offset < 0x11, "only the reset port is left, and nobody may read that"
        if offset == 0x10:
            assert self.command == 0x0A and self.count
            self.count -= 1
            self.at += 1
            return self.memory[self.at - 1]
        special = {0: self.command, 7: self.status}
        if self.realtek:
            special |= {0x0A: 0x50, 0x0B: 0x70}
        return special.get(offset, 0)

    def write(self, port: int, size: int, value: int) -> None:
        """A register of the page that the command selects."""
        self.was_written = True
        offset = port - self.base
        if offset == 0:
            self.command = value
            if value == 0x0A and self.count == 0 and self.mask & 0x40:
                self.interrupts.requests |= 1 << self.irq
        elif offset == 7:
            self.status &= ~value & 0x7F
        elif offset in (8, 9):
            self.at = 0
        elif offset == 0x0A:
            self.count = value
        elif offset == 0x0F:
            self.mask = value
            if not value:
                self.interrupts.requests &= ~(1 << self.irq)


@dataclass
class Lance:
    """An NE2100: address ROM with WW, RDP, RAP; `chip` is what CSR88 reads."""

    base: int
    chip: int | None = None

    def __post_init__(self) -> None:
        self.ports = frozenset(range(self.base, self.base + 0x18))
        self.rom = bytes.fromhex("000075112233") + bytes(8) + b"WW"
        self.selected = 0

    def read(self, port: int, size: int) -> int:
        """ROM, or the register that RAP selects."""
        offset = port - self.base
        if offset < 16:
            return self.rom[offset]
        assert (offset, size) == (0x10, 2)
        return self.chip if self.chip is not None and self.selected == 88 else 0x0004

    def write(self, port: int, size: int, value: int) -> None:
        """RAP only."""
        assert (port - self.base, size) == (0x12, 2)
        self.selected = value


@dataclass
class Smc9000:
    """An SMC 91C9x: bank select, and its base in bank 1."""

    base: int
    bank: int = 0

    def __post_init__(self) -> None:
        self.ports = frozenset(range(self.base, self.base + 16))

    def read(self, port: int, size: int) -> int:
        """The bank register, and the base register in bank 1."""
        offset = port - self.base
        registers = bytearray(16)
        registers[14:16] = bytes([self.bank, 0x33])
        if self.bank == 1:
            struct.pack_into("<H", registers, 2, (self.base & 0xE000) | (self.base & 0x3E0) << 3 | 1)
        return int.from_bytes(registers[offset : offset + size], "little")

    def write(self, port: int, size: int, value: int) -> None:
        """The bank."""
        assert port - self.base == 14
        self.bank = value & 7


@dataclass
class Counting:
    """A card of which one port reads as the next of `values` each time, for ever."""

    base: int
    port: int
    values: bytes
    others: int = 0x11
    at: int = 0

    def __post_init__(self) -> None:
        self.ports = frozenset(range(self.base, self.base + 16))

    def read(self, port: int, size: int) -> int:
        """The next value, or the constant of all other ports."""
        if port - self.base != self.port:
            return self.others
        self.at += 1
        return self.values[(self.at - 1) % len(self.values)]

    def write(self, port: int, size: int, value: int) -> None:
        """No probe may write to such a card."""
        raise AssertionError(f"a write to {port:x}h")


@dataclass
class Etherlink3:
    """A 3C509 behind its id port."""

    words: Mapping[int, int]

    def __post_init__(self) -> None:
        self.heard: list[int] = []
        self.tag = 7
        self.listens = self.silent = False
        self.bits: list[int] = []

    def command(self, value: int) -> None:
        """A byte to the id port."""
        if not self.listens:
            self.heard = [*self.heard, value][-257:]
            self.listens = self.heard == [0, 0, *_id_sequence()]
            self.silent = False
        elif value == 0:
            self.listens = False
            self.heard = [0]
        elif 0xD0 <= value < 0xD8:
            if not self.silent:
                self.tag = value & 7
        elif 0xD8 <= value < 0xE0:
            self.silent = self.tag != value & 7
        else:
            assert 0x80 <= value < 0xC0, f"{value:02x}h would change the card"
            word = self.words.get(value & 0x3F, 0)
            self.bits = [word >> i & 1 for i in range(15, -1, -1)]


@dataclass
class IdPort:
    """Port 110h with every 3C509: a zero wins over ones, and the loser falls silent."""

    cards: tuple[Etherlink3, ...]
    ports: frozenset[int] = frozenset({0x110})

    def read(self, port: int, size: int) -> int:
        """One bit of all cards together."""
        talking = [card for card in self.cards if card.listens and not card.silent and card.bits]
        bits = [card.bits.pop(0) for card in talking]
        wired = min(bits, default=1)
        for card, bit in zip(talking, bits, strict=True):
            card.silent = bit != wired
        return 0xFE | wired

    def write(self, port: int, size: int, value: int) -> None:
        """To every card."""
        for card in self.cards:
            card.command(value)


def _id_sequence() -> list[int]:
    values, value = [], 0xFF
    for _ in range(255):
        values.append(value)
        value = (value << 1) ^ (0xCF if value & 0x80 else 0) & 0xFF
        value &= 0xFF
    return values


@dataclass
class PnpCard:
    """An ISA PnP card: nine bytes of id, resource data, and the registers of its logical devices."""

    ident: bytes
    resources: bytes
    devices: tuple[Mapping[int, int], ...]

    def __post_init__(self) -> None:
        self.ident += bytes([_checksum(self.ident)])
        self.number = 1  # as the BIOS left it
        self.state = "wait"
        self.bit = self.at = self.device = 0
        self.alive = True


@dataclass
class Pnp:
    """The three ports of ISA PnP with every card; `read_ports` are those that no other device answers on."""

    cards: tuple[PnpCard, ...]
    read_ports: tuple[int, ...] = (0x20B, 0x263, 0x273, 0x393)

    def __post_init__(self) -> None:
        self.ports = frozenset({0x279, 0xA79, *self.read_ports})
        self.heard: list[int] = []
        self.register = self.read_port = 0
        self.second = False

    def _awake(self) -> list[PnpCard]:
        return [card for card in self.cards if card.state != "wait"]

    def write(self, port: int, size: int, value: int) -> None:
        """Key, address or data."""
        if port == 0x279:
            self.heard = [*self.heard, value][-34:]
            if self.heard == [0, 0, *_pnp_key()]:
                for card in self.cards:
                    if card.state == "wait":
                        card.state = "sleep"
            self.register = value
            return
        assert port == 0xA79, f"a write to {port:x}h"
        for card in self._awake():
            self._set(card, value)

    def _set(self, card: PnpCard, value: int) -> None:
        register = self.register
        if register == 2:
            assert value in (2, 4), "configuration must not be reset"
            if value & 4:
                card.number = 0
            if value & 2:
                card.state = "wait"
        elif register == 3:
            card.at = card.bit = 0
            card.alive = True
            if value == card.number:
                card.state = "config" if value else "isolation"
            else:
                card.state = "sleep"
        elif register == 0 and card.state == "isolation":
            self.read_port = value << 2 | 3
        elif register == 6 and card.state == "isolation" and card.alive:
            card.number, card.state, card.at = value, "config", 9
        elif register == 7 and card.state == "config":
            card.device = value
        else:
            assert register not in range(0x30, 0x100) or card.state != "config", (
                "the card's set-up is changed"
            )

    def read(self, port: int, size: int) -> int:
        """A bit of isolation, resource data, or a register."""
        if port != self.read_port:
            return 0xFF
        if self.register == 1:
            return self._isolation()
        config = [card for card in self.cards if card.state == "config"]
        if not config:
            return 0xFF
        (card,) = config
        if self.register == 5:
            return 1
        if self.register == 4:
            data = card.ident + card.resources
            card.at += 1
            return data[card.at - 1] if card.at <= len(data) else 0xFF
        return card.devices[card.device].get(self.register, 0)

    def _isolation(self) -> int:
        cards = [card for card in self.cards if card.state == "isolation" and card.alive]
        bits = [card.ident[card.bit // 8] >> card.bit % 8 & 1 for card in cards]
        one = any(bits)
        if self.second:
            for card, bit in zip(cards, bits, strict=True):
                card.alive = bool(bit) or not one
                card.bit += 1
        value = (0xAA if self.second else 0x55) if one else 0xFF
        self.second = not self.second
        return value


def _pnp_key() -> list[int]:
    values, value = [], 0x6A
    for _ in range(32):
        values.append(value)
        value = value >> 1 | ((value ^ value >> 1) & 1) << 7
    return values


def _checksum(ident: bytes) -> int:
    value = 0x6A
    for i in range(64):
        bit = ident[i // 8] >> i % 8 & 1
        value = value >> 1 | ((value ^ value >> 1 ^ bit) & 1) << 7
    return value


def compressed(ident: str) -> bytes:
    """The four bytes of an EISA or PnP id such as RTL8019."""
    a, b, c = (ord(letter) - 64 for letter in ident[:3])
    return struct.pack(">H", a << 10 | b << 5 | c) + bytes.fromhex(ident[3:])


@dataclass
class Mechanism1:
    """CF8h and CFCh in front of a configuration space: bus * 256 + device * 8 + function -> 64 bytes."""

    space: Mapping[int, bytes]
    address: int = 0
    ports: frozenset[int] = frozenset(range(0xCF8, 0xD00))

    def read(self, port: int, size: int) -> int:
        """The address, or what it names."""
        assert size == 4
        if port == 0xCF8:
            return self.address
        assert port == 0xCFC and self.address >> 31
        registers = self.space.get(self.address >> 8 & 0xFFFF)
        return struct.unpack_from("<I", registers, self.address & 0xFC)[0] if registers else 0xFFFFFFFF

    def write(self, port: int, size: int, value: int) -> None:
        """The address; configuration itself is never written."""
        assert (port, size) == (0xCF8, 4)
        self.address = value


@dataclass
class Mechanism2:
    """The first PCI chips: a key at CF8h opens C000h-CFFFh."""

    space: Mapping[int, bytes]
    ports: frozenset[int] = frozenset({0xCF8, 0xCFA, 0xCFB, *range(0xC000, 0xD000)})

    def __post_init__(self) -> None:
        self.key = self.bus = 0

    def read(self, port: int, size: int) -> int:
        """Configuration through the window, or key and bus. An access of 32 bits to CF8h finds nothing."""
        if port >= 0xC000:
            assert self.key & 0xF0 and size == 4
            registers = self.space.get(self.bus << 8 | (port >> 8 & 15) << 3 | self.key >> 1 & 7)
            return struct.unpack_from("<I", registers, port & 0xFC)[0] if registers else 0xFFFFFFFF
        if size == 4:
            return 0xFFFFFFFF
        return {0xCF8: self.key, 0xCFA: self.bus}.get(port, 0xFF)

    def write(self, port: int, size: int, value: int) -> None:
        """Key or bus."""
        if size == 4:
            return
        if port == 0xCF8:
            self.key = value
        elif port == 0xCFA:
            self.bus = value
        else:
            assert port == 0xCFB, f"a write to {port:x}h"


def function(
    ids: str, *, kind: int = 0x0200, io: int = 0, irq: int = 0, subsystem: str = "0000:0000", header: int = 0
) -> bytes:
    """The configuration space of a PCI function; `kind` is class and subclass."""
    vendor, device = (int(part, 16) for part in ids.split(":"))
    subvendor, subdevice = (int(part, 16) for part in subsystem.split(":"))
    space = bytearray(64)
    struct.pack_into("<HH", space, 0, vendor, device)
    struct.pack_into("<H", space, 10, kind)
    space[14] = header
    struct.pack_into("<II", space, 0x10, 0xFEB00008, io | 1 if io else 0)
    struct.pack_into("<HH", space, 0x2C, subvendor, subdevice)
    space[0x3C] = irq
    return bytes(space)


def bridge(bus: int) -> bytes:
    """A PCI bridge to one more bus."""
    space = bytearray(function("8086:244e", kind=0x0604, header=1))
    space[0x18:0x1B] = bytes([0, bus, bus])
    return bytes(space)
