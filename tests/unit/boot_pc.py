"""A PC just large enough for a boot sector: an 8086-mode CPU (unicorn), 1 MB, and the BIOS calls that one needs.

Also disks for it: volumes whose files are moved, scattered or damaged after they were written.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import unicorn
from unicorn import x86_const as reg

from bootbuilder.media import fat

SECTOR = 512
DPT_ADDRESS = 0xF000 * 16 + 0xEFC7  # where a PC's BIOS has its diskette parameter table
DPT = bytes.fromhex("df0225020f1bff54f60f08")
CARRY = 1
FORMAT = 0xCC  # what memory holds that nobody has written
_MOST_INSTRUCTIONS = 5_000_000  # a boot needs under one million; more is a hang

HARD_DISK = fat.Geometry("disk", 9, 16, 63, 2, 512, 18, 0xF8, reserved=3, hidden=0x80000 - 78, drive=0x80)
"""A FAT16 volume, hardly large enough to be one, on cylinders 520 to 529 of its disk; 1 KB a cluster. The number
of the second sector of cluster 5 is the first with another high word."""


@dataclass(frozen=True)
class Outcome:
    """How a boot ended: `end` is "handoff", "reboot" (INT 19h) or "hang"; the rest is what was seen on the way."""

    end: str
    text: str
    registers: dict[str, int]
    memory: bytes = field(repr=False)
    keys: int
    resets: int
    calls: tuple[int, ...]  # INT 13h functions, in order

    def word(self, address: int) -> int:
        """The 16-bit number at a linear address."""
        return int(struct.unpack_from("<H", self.memory, address)[0])

    def dword(self, address: int) -> int:
        """The 32-bit number at a linear address."""
        return int(struct.unpack_from("<I", self.memory, address)[0])


class Pc:
    """A PC with one drive, which has the volume `disk`; what a hard disk has around it reads as filler.

    `fails(sector, attempt)` says whether a read of that sector goes wrong, counted from the start of the drive.
    `extensions` and `cylinders` say whether INT 13h knows functions 42h and 02h.
    """

    def __init__(
        self,
        disk: bytes,
        geometry: fat.Geometry,
        *,
        drive: int | None = None,
        extensions: bool = False,
        cylinders: bool = True,
        fails: Callable[[int, int], bool] = lambda sector, attempt: False,
        equipment: int = 0x0041,
    ) -> None:
        self.disk = disk
        self.geometry = geometry
        self.drive = geometry.drive if drive is None else drive
        self.extensions = extensions
        self.cylinders = cylinders
        self.fails = fails
        self.equipment = equipment
        self.attempts: dict[int, int] = {}
        self.text = bytearray()
        self.keys = self.resets = 0
        self.calls: list[int] = []
        self.end = "hang"
        untyped: Any = unicorn
        self.cpu = untyped.Uc(unicorn.UC_ARCH_X86, unicorn.UC_MODE_16)

    def boot(self, entry: int, *, segment: int = 0) -> Outcome:
        """Run the boot sector, as segment:(7C00h - 16 * segment), until it jumps to the linear address `entry`."""
        cpu = self.cpu
        cpu.mem_map(0, 1 << 20)
        cpu.mem_write(0, bytes([FORMAT]) * (1 << 20))
        cpu.mem_write(0x1E * 4, struct.pack("<HH", 0xEFC7, 0xF000))
        cpu.mem_write(DPT_ADDRESS, DPT)
        cpu.mem_write(0x7C00, self.disk[:SECTOR])
        for name, value in {"AX": 0xAA55, "BX": 0x1234, "CX": 0x5678, "DX": self.drive, "BP": 0x4321}.items():
            self.set(name, value)
        self.set("SP", 0x0400)
        self.set("SS", 0x0030)
        self.set("DS", 0x0040)
        self.set("CS", segment)
        cpu.reg_write(reg.UC_X86_REG_EFLAGS, 0x0602)  # direction flag set: the sector must clear it
        cpu.hook_add(unicorn.UC_HOOK_INTR, self._interrupt)
        cpu.hook_add(unicorn.UC_HOOK_CODE, self._arrive, begin=entry, end=entry)
        cpu.emu_start(0x7C00, 0xFFFFF, count=_MOST_INSTRUCTIONS)
        names = ("AX", "BX", "CX", "DX", "SI", "DI", "BP", "SP", "CS", "IP", "DS", "ES", "SS")
        return Outcome(
            self.end,
            self.text.decode("ascii"),
            {name: self.get(name) for name in names},
            bytes(cpu.mem_read(0, 1 << 20)),
            self.keys,
            self.resets,
            tuple(self.calls),
        )

    def get(self, name: str) -> int:
        """The value of a register, by its name as in the manuals."""
        return int(self.cpu.reg_read(getattr(reg, f"UC_X86_REG_{name}")))

    def set(self, name: str, value: int) -> None:
        """Give a register a value."""
        self.cpu.reg_write(getattr(reg, f"UC_X86_REG_{name}"), value)

    def _arrive(self, *_: object) -> None:
        self.end = "handoff"
        self.cpu.emu_stop()

    def _interrupt(self, _cpu: object, number: int, _data: object) -> None:
        if number == 0x10:
            assert self.get("AH") == 0x0E and self.get("BH") == 0, (
                "only teletype output to page 0 is expected"
            )
            self.text.append(self.get("AL"))
            self.set("BP", 0xDEAD)  # BIOSes of the 1980s lose BP when the screen scrolls
        elif number == 0x11:
            self.set("AX", self.equipment)
        elif number == 0x13:
            self.calls.append(self.get("AH"))
            status = self._disk()
            flags = self.cpu.reg_read(reg.UC_X86_REG_EFLAGS) & ~CARRY
            self.cpu.reg_write(reg.UC_X86_REG_EFLAGS, flags | (CARRY if status else 0))
            self.set("AH", status)
        elif number == 0x16:
            assert self.get("AH") == 0
            self.keys += 1
            self.set("AX", 0x1C0D)
        elif number == 0x19:
            self.end = "reboot"
            self.cpu.emu_stop()
        else:
            raise AssertionError(f"INT {number:02X}h is not expected of a boot sector")

    def _disk(self) -> int:
        """Serve INT 13h; return the status for AH."""
        function, drive = self.get("AH"), self.get("DL")
        assert drive == self.drive, f"drive {drive:02X}h is not the one that was booted"
        if function == 0x00:
            self.resets += 1
            return 0
        if function == 0x42 and self.extensions:
            size, count, offset, segment, sector = struct.unpack(
                "<HHHHQ", self.cpu.mem_read(self.get("DS") * 16 + self.get("SI"), 16)
            )
            assert size == 16
            return self._read(sector, count, segment * 16 + offset)
        if function == 0x02 and self.cylinders:
            cylinder = self.get("CH") | (self.get("CL") & 0xC0) << 2
            head, first = self.get("DH"), self.get("CL") & 0x3F
            if not 1 <= first <= self.geometry.sectors_per_track or head >= self.geometry.heads:
                return 0x04
            sector = (cylinder * self.geometry.heads + head) * self.geometry.sectors_per_track + first - 1
            return self._read(sector, self.get("AL"), self.get("ES") * 16 + self.get("BX"))
        return 0x01

    def _read(self, sector: int, count: int, address: int) -> int:
        self.attempts[sector] = self.attempts.get(sector, 0) + 1
        cylinders = 1024 if self.geometry.hidden else self.geometry.cylinders
        if sector + count > cylinders * self.geometry.heads * self.geometry.sectors_per_track:
            return 0x04
        if address >> 16 != (address + count * SECTOR - 1) >> 16:
            return 0x09  # the DMA controller cannot cross 64 KB
        if self.fails(sector, self.attempts[sector]):
            return 0x10
        at = (sector - self.geometry.hidden) * SECTOR
        data = self.disk[at : at + count * SECTOR] if at >= 0 else b""
        self.cpu.mem_write(address, data.ljust(count * SECTOR, b"\xf6"))
        return 0


class Disk:
    """A volume whose FAT and root directory can be changed."""

    def __init__(
        self,
        geometry: fat.Geometry,
        boot_sector: bytes,
        files: tuple[fat.VolumeFile, ...],
        label: str = "BOOT",
    ) -> None:
        self.geometry = geometry
        self.bytes = bytearray(fat.write(fat.Volume(geometry, label, boot_sector, files)))

    def _fat(self, cluster: int) -> tuple[int, int]:
        start = self.geometry.reserved * SECTOR
        return start + cluster * self.geometry.fat_bits // 8, cluster & 1

    def next(self, cluster: int) -> int:
        """What the FAT says of a cluster."""
        at, odd = self._fat(cluster)
        value = int(struct.unpack_from("<H", self.bytes, at)[0])
        return value if self.geometry.fat_bits == 16 else value >> 4 if odd else value & 0xFFF

    def link(self, cluster: int, value: int) -> None:
        """Write a FAT entry (both copies)."""
        at, odd = self._fat(cluster)
        for copy in range(2):
            here = at + copy * self.geometry.sectors_per_fat * SECTOR
            if self.geometry.fat_bits == 12:
                old = int(struct.unpack_from("<H", self.bytes, here)[0])
                new = (old & 0x000F | value << 4) if odd else (old & 0xF000 | value)
            else:
                new = value
            struct.pack_into("<H", self.bytes, here, new & 0xFFFF)

    @property
    def end_mark(self) -> int:
        """The FAT entry of a last cluster."""
        return (1 << self.geometry.fat_bits) - 1

    def root(self) -> int:
        """The offset of the root directory."""
        return self.geometry.root_sector * SECTOR

    def entry(self, name: bytes) -> int:
        """The offset of the directory entry with that 11-byte name."""
        for at in range(self.root(), self.root() + self.geometry.root_entries * 32, 32):
            if self.bytes[at : at + 11] == name:
                return at
        raise LookupError(name)

    def chain(self, name: bytes) -> list[int]:
        """The clusters of a file."""
        chain = [int(struct.unpack_from("<H", self.bytes, self.entry(name) + 26)[0])]
        while (following := self.next(chain[-1])) < self.end_mark - 7:
            chain.append(following)
        return chain

    def move(self, name: bytes, clusters: list[int]) -> None:
        """Move a file to these clusters; they must be free or its own, as many as it has."""
        size = self.geometry.cluster_size
        base = self.geometry.data_sector * SECTOR - 2 * size
        old = self.chain(name)
        assert len(old) == len(clusters)
        contents = [bytes(self.bytes[base + c * size : base + (c + 1) * size]) for c in old]
        for cluster in old:
            self.link(cluster, 0)
            self.bytes[base + cluster * size : base + (cluster + 1) * size] = bytes([0xF6]) * size
        for cluster, content, following in zip(
            clusters, contents, [*clusters[1:], self.end_mark], strict=True
        ):
            self.bytes[base + cluster * size : base + (cluster + 1) * size] = content
            self.link(cluster, following)
        struct.pack_into("<H", self.bytes, self.entry(name) + 26, clusters[0])

    def place_entry(self, name: bytes, index: int, *, fill: bool) -> None:
        """Move a directory entry to a slot of the root directory; `fill` makes all slots before it used."""
        entry = bytes(self.bytes[(at := self.entry(name)) : at + 32])
        self.bytes[at] = 0xE5
        for slot in range(self.geometry.root_entries if fill else 0):
            here = self.root() + slot * 32
            if self.bytes[here] in (0x00, 0xE5):
                self.bytes[here : here + 32] = b"FILL%04d   " % slot + bytes(21)
        here = self.root() + index * 32
        self.bytes[here : here + 32] = entry
