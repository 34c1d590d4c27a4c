"""What a DOS system is, once it is known: its family, its files, how it boots, what it offers to recipes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Literal

from bootbuilder.dos.files import KEYBOARD_FILES, MEMORY_MANAGERS


class Family(StrEnum):
    """Who made the kernel; decides boot protocol and dialect."""

    FREEDOS = "freedos"
    MSDOS = "msdos"  # 1 to 6, also as sold by other makers
    PCDOS = "pcdos"
    MSDOS7 = "msdos7"  # 7 and 8: Windows 95, 98 and Me
    DRDOS = "drdos"  # DR-DOS 3 to 8, Novell DOS, OpenDOS
    EDRDOS = "edrdos"  # Enhanced DR-DOS from 7.01.07
    BBDOS = "bbdos"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class BootProtocol:
    """How a boot sector must hand over to a kernel.

    style           which of the boot sectors: `freedos` (BL = DL = drive, BPB at SS:BP in a copy of the sector at
                    1FE0:7C00), `iosys` (DL = drive, CH = media, BX = first data sector, sector at 0:7C00, root
                    directory at 0:500), `msdos7` (like `iosys`, DI = first cluster)
    kernel          the kernel's files in the order that the root directory must have
    load_segment    where the first of them is loaded
    first_in_root   whether they must be the first entries of the root directory
    contiguous      whether they must lie in one piece
    whole_file      whether the first file is loaded whole; else only `load_sectors` sectors of 512 bytes
    entry_offset    the offset in `load_segment` that is jumped to
    """

    style: Literal["freedos", "iosys", "msdos7"]
    kernel: tuple[str, ...]
    load_segment: int
    first_in_root: bool = False
    contiguous: bool = False
    whole_file: bool = True
    load_sectors: int = 0
    entry_offset: int = 0


@dataclass(frozen=True, slots=True)
class Identification:
    """What was found. `how` gives the reasons; for UNKNOWN it says what was there and why it was not enough.

    `sources` are the names under which the kernel's files (`protocol.kernel`) were found.
    """

    family: Family
    title: str
    version: str | None
    how: tuple[str, ...]
    protocol: BootProtocol | None = None
    sources: tuple[str, ...] = ()
    shell: str | None = None


@dataclass(frozen=True, slots=True)
class SystemFile:
    """A file of a DOS: `name` as on its disk (`KERNEL.SYS`, `DOS\\HIMEM.SYS`), where it came from, its licence.

    `origin` is the source's file name and the path inside; `license` an SPDX expression, `proprietary` or
    `unknown`; `redistributable` None where it is not known; `attributes` the DOS bits it had.
    """

    name: str
    sha256: str
    size: int
    data: bytes = field(repr=False, compare=False)
    origin: str
    license: str
    redistributable: bool | None
    attributes: int = 0x20

    @property
    def base(self) -> str:
        """The name without folders."""
        return self.name.rpartition("\\")[2]


@dataclass(frozen=True, slots=True)
class DosSystem:
    """A DOS that can be put on a disk. `extras` maps base names to files that recipes may use.

    `boot_sector` is the source's own, only where it loads this kernel; `boot_sector_fat` is the FAT (12, 16, 32)
    whose code is in it.
    """

    id: str
    title: str
    family: Family
    version: str | None
    how: tuple[str, ...]
    protocol: BootProtocol
    kernel: tuple[SystemFile, ...]
    shell: SystemFile
    extras: Mapping[str, SystemFile]
    boot_sector: bytes | None = field(default=None, repr=False)
    boot_sector_fat: int | None = None
    origin: str = ""

    @property
    def config_name(self) -> str:
        """The configuration file that this family reads first, and that we write."""
        if self.family is Family.FREEDOS:
            return "FDCONFIG.SYS"
        major = (self.version or "").partition(".")[0]
        if self.family is Family.EDRDOS or (
            self.family is Family.DRDOS and major.isdecimal() and int(major) >= 7
        ):
            return "DCONFIG.SYS"
        return "CONFIG.SYS"

    @property
    def dialect(self) -> Literal["freedos", "msdos", "drdos", "bbdos"]:
        """Whose words its configuration file is written in."""
        match self.family:
            case Family.FREEDOS:
                return "freedos"
            case Family.DRDOS | Family.EDRDOS:
                return "drdos"
            case Family.BBDOS:
                return "bbdos"
            case _:
                return "msdos"

    def boot_sector_for(self, fat_bits: int) -> bytes | None:
        """Return the source's boot sector where it would work on a volume with a FAT of 12 or 16 bits.

        It does not when its code is for another FAT, or begins before 3Eh, where the BPB of today ends (DOS 1 to 3).
        """
        sector = self.boot_sector
        if sector is None or self.boot_sector_fat != fat_bits:
            return None
        code = 2 + sector[1] if sector[0] == 0xEB else 3 + int.from_bytes(sector[1:3], "little")
        return sector if sector[0] in (0xE9, 0xEB) and 0x3E <= code < 510 else None

    @property
    def files(self) -> tuple[SystemFile, ...]:
        """Kernel, shell and extras."""
        return (*self.kernel, self.shell, *self.extras.values())

    @property
    def abilities(self) -> tuple[str, ...]:
        """What it has for recipes, in plain words."""
        managers = ", ".join(name for name in self.extras if name in MEMORY_MANAGERS)
        keyboards = ", ".join(name for name in self.extras if name in KEYBOARD_FILES)
        own = self.boot_sector_for(12) is not None
        return (
            f"reads {self.config_name}",
            f"has the memory managers {managers}"
            if managers
            else "has no memory manager: memory = 'none' only",
            f"has national keyboards: {keyboards}"
            if keyboards
            else "has no keyboard driver: keyboard = 'us' only",
            "brings its own boot sector" if own else "is started by bootbuilder's boot sector",
        )


@dataclass(frozen=True, slots=True)
class DosSystemSummary:
    """A line of `dos list`. `status`: embedded, stored (imported or fetched), fetchable, or broken with `note`."""

    id: str
    status: Literal["embedded", "stored", "fetchable", "broken"]
    title: str
    family: Family
    version: str | None = None
    origin: str = ""
    files: int = 0
    size: int = 0
    note: str = ""

    def to_json(self) -> dict[str, str | int | None]:
        """Return the fields for `dos list --json`."""
        return {**asdict(self), "family": self.family.value}
