"""Boot sectors: ours with the host's fields filled in, and a DOS's own with the BPB of our volume.

Owns the parameter block (offsets as in src/inc/params.inc) and what each family of kernels wants of its boot
sector. Pure functions on bytes; the only file read is the shipped binary.

The families, by `kind`:

    freedos  one file, loaded whole to 0060:0000: FreeDOS, bbdos, EDR-DOS KERNEL.SYS
    edr      one file, loaded whole to 0070:0000: EDR-DOS DRBIO.SYS
    drdos    one file, loaded whole to 0070:0000, sector at 0000:7C00: DR-DOS 5-8 and OpenDOS IBMBIO.COM
    iosys    the first sectors of IO.SYS or IBMBIO.COM to 0070:0000: MS-DOS and PC-DOS 3-6
    dos2     the same with the registers of MS-DOS and PC-DOS 2
    dos1     the same at 0060:0000, for PC-DOS 1
    msdos7   four sectors of IO.SYS, entered at 0070:0200: Windows 95, 98 and Me
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal, get_args

from bootbuilder import firmware
from bootbuilder.errors import ImageError

Kind = Literal["freedos", "edr", "drdos", "iosys", "dos2", "dos1", "msdos7"]
KINDS: tuple[str, ...] = get_args(Kind)

SECTOR = 512  # bytes
BPB_START, BPB_END = 0x0B, 0x3E  # the host's bytes of a FAT12/FAT16 sector; the code starts at BPB_END
SIGNATURE = b"\x55\xaa"

PARAMS: Mapping[str, int] = MappingProxyType(
    {
        "PARAM_EXTRA": 0x1D4,
        "PARAM_FLAGS": 0x1D6,
        "PARAM_SECTORS": 0x1D7,
        "PARAM_SECOND_NAME": 0x1DB,
        "PARAM_MAX_SECTORS": 0x1E3,
        "PARAM_HANDOFF": 0x1E5,
        "PARAM_MAGIC": 0x1E7,
        "PARAM_ENTRY": 0x1E8,
        "PARAM_SEGMENT": 0x1EA,
        "PARAM_NAME": 0x1F1,
        "PARAM_DRIVE": 0x1FD,
    }
)
"""Offsets of the parameter block, under their names in src/inc/params.inc."""

MAGIC = 0xBB
FLAG_DOS2 = 0x01
FLAG_DOS1 = 0x02

_OEM_NAME = 0x03  # 8 bytes
_BYTES_PER_SECTOR, _SECTORS_PER_FAT, _TYPE_SIGNATURE, _TYPE = 0x0B, 0x16, 0x26, 0x36
_COPY_SEGMENT = 0x1FE0  # where the FreeDOS-style sector runs
_OWN = "use our own boot sector: --boot-sector own"


@dataclass(frozen=True, slots=True)
class Family:
    """What one kind of kernel wants.

    `binary` is the firmware's name without its FAT width; `segment`:`entry` is where the kernel is entered;
    `handoff` is the segment of the boot sector's copy then; `largest` is the kernel's greatest size in
    sectors; `sectors` is how many of them are loaded (0: all).
    """

    binary: str
    kernel: str
    segment: int
    entry: int = 0
    handoff: int = _COPY_SEGMENT
    largest: int = 0
    second: str = ""
    sectors: int = 0
    flags: int = 0
    oem: bytes = b"MSDOS5.0"  # IO.SYS of several versions trusts a BPB only behind a name it knows


# 268: up to linear 22000h, where the FAT is read to. 124: a sector across linear 10000h, which the floppy
# controller's DMA cannot write, comes next. 57: up to the stack of a sector at 0000:7C00.
FAMILIES: Mapping[str, Family] = MappingProxyType(
    {
        "freedos": Family("boot-freedos", "KERNEL.SYS", 0x60, largest=269, oem=b"BOOTBLDR"),
        "edr": Family("boot-freedos", "DRBIO.SYS", 0x70, largest=124, oem=b"BOOTBLDR"),
        "drdos": Family("boot-freedos", "IBMBIO.COM", 0x70, handoff=0, largest=57),
        "iosys": Family("boot-iosys", "IO.SYS", 0x70, second="MSDOS.SYS", sectors=4),
        "dos2": Family("boot-iosys", "IO.SYS", 0x70, second="MSDOS.SYS", flags=FLAG_DOS2),
        "dos1": Family("boot-iosys", "IBMBIO.COM", 0x60, second="IBMDOS.COM", flags=FLAG_DOS2 | FLAG_DOS1),
        "msdos7": Family("boot-msdos7", "IO.SYS", 0x70, entry=0x200, sectors=4),
    }
)
MOST_CONTIGUOUS = 58  # sectors that fit between the load address and the stack of the IO.SYS-style sector


def compose(
    kind: Kind,
    fat_bits: int,
    bpb: bytes,
    *,
    kernel: str = "",
    second: str = "",
    sectors: int = 0,
    ax: int = 0,
) -> bytes:
    """Return our boot sector for a kernel family: 512 bytes.

    `fat_bits` is 12 or 16; `bpb` is the volume's bytes 0Bh-3Dh (51 bytes), or its first 62. `kernel` and
    `second` are 8.3 names where they differ from the family's. For `iosys`, `dos2` and `dos1`: `sectors` is
    how many sectors to load from the start of the data area (see `sectors_of`; `iosys` does with the 4
    of MS-DOS 4-6), and `ax` is added to AX (MS-DOS 3.10 wants the paragraphs before MSDOS.SYS).

    Raises ImageError for values that the sector cannot hold, FirmwareError when the binary is not as shipped.
    """
    family = FAMILIES[kind]
    contiguous = family.binary == "boot-iosys"
    sectors = sectors or family.sectors
    if contiguous and not 1 <= sectors <= MOST_CONTIGUOUS:
        raise ImageError(
            f"{kernel or family.kernel}: {sectors} sectors to load; the boot sector loads 1 to {MOST_CONTIGUOUS}",
            "give `sectors` from the sizes of the system files, and check that they belong together",
        )
    suffix = "" if contiguous else f"-fat{fat_bits}"
    sector = bytearray(firmware.load(family.binary + suffix))
    if sector[PARAMS["PARAM_MAGIC"]] != MAGIC:
        raise ImageError(f"{family.binary}{suffix} has no parameter block", "bootbuilder firmware check")
    sector[_OEM_NAME:BPB_START] = family.oem
    sector[BPB_START:BPB_END] = _bpb(bpb)

    def put(name: str, layout: str, value: int | bytes) -> None:
        struct.pack_into(layout, sector, PARAMS[name], value)

    put("PARAM_NAME", "11s", packed_name(kernel or family.kernel))
    put("PARAM_ENTRY", "<H", family.entry)
    put("PARAM_SEGMENT", "<H", family.segment)
    if family.binary == "boot-freedos":
        put("PARAM_HANDOFF", "<H", family.handoff)
        put("PARAM_MAX_SECTORS", "<H", family.largest - 1)
    if contiguous:
        put("PARAM_SECOND_NAME", "11s", packed_name(second or family.second))
        put("PARAM_SECTORS", "B", sectors)
        put("PARAM_FLAGS", "B", family.flags)
        put("PARAM_EXTRA", "<H", ax & 0xFFFF)
    return bytes(sector)


def sectors_of(*sizes: int) -> int:
    """Return the sectors that files of these sizes (bytes) take one after the other, each from a new one."""
    return sum(-(-size // SECTOR) for size in sizes)


def transplant(original: bytes, bpb: bytes) -> bytes:
    """Return a DOS's own boot sector with the BPB of our volume: its jump, OEM name and code stay.

    Raises ImageError, saying why, for a sector whose code would not survive: no signature, no BPB, code that
    starts inside the BPB (DOS 2 and 3), a FAT32 sector, or one made for the other FAT width.
    """
    if len(original) != SECTOR:
        raise ImageError(
            f"the system's boot sector has {len(original)} bytes, a boot sector has {SECTOR}", _OWN
        )
    if original[-2:] != SIGNATURE:
        raise ImageError("the system's boot sector lacks the signature 55AA: it cannot boot", _OWN)
    start = _code_start(original)
    if start is None:
        raise ImageError("the system's boot sector does not start with a jump over its BPB", _OWN)
    if struct.unpack_from("<H", original, _BYTES_PER_SECTOR)[0] != SECTOR:
        raise ImageError(
            "the system's boot sector has no BPB for sectors of 512 bytes (DOS 1 has none)", _OWN
        )
    if start < BPB_END:
        raise ImageError(
            f"the code of the system's boot sector starts at {start:02X}h, inside the BPB of our volume, which "
            f"ends at {BPB_END - 1:02X}h (DOS 2 and 3 have a shorter one)",
            _OWN,
        )
    if struct.unpack_from("<H", original, _SECTORS_PER_FAT)[0] == 0:
        raise ImageError("the system's boot sector is for FAT32, our volume is not", _OWN)
    ours = _bpb(bpb)
    theirs = original[_TYPE : _TYPE + 5]
    volume = ours[_TYPE - BPB_START : _TYPE - BPB_START + 5]
    if original[_TYPE_SIGNATURE] == 0x29 and theirs in (b"FAT12", b"FAT16") and theirs != volume:
        raise ImageError(
            f"the system's boot sector is for {theirs.decode()}, our volume is {volume.decode('ascii', 'replace')}",
            _OWN,
        )
    return original[:BPB_START] + ours + original[BPB_END:]


def packed_name(name: str) -> bytes:
    """Return an 8.3 name as a directory entry has it: 11 bytes, upper case, padded. Raises ImageError."""
    stem, _, extension = name.upper().partition(".")
    if not 1 <= len(stem) <= 8 or len(extension) > 3 or "." in extension or not name.isascii():
        raise ImageError(f'"{name}" is not an 8.3 name for a kernel', "for example KERNEL.SYS")
    return stem.ljust(8).encode() + extension.ljust(3).encode()


def _bpb(bpb: bytes) -> bytes:
    if len(bpb) == BPB_END:
        bpb = bpb[BPB_START:]
    if len(bpb) != BPB_END - BPB_START:
        raise ImageError(f"a BPB of {len(bpb)} bytes, {BPB_END - BPB_START} are needed (0Bh-3Dh)")
    return bytes(bpb)


def _code_start(sector: bytes) -> int | None:
    if sector[0] == 0xEB and sector[1] < 0x80:
        return 2 + sector[1]
    if sector[0] == 0xE9:
        start: int = 3 + struct.unpack_from("<H", sector, 1)[0]
        return start if start < SECTOR else None
    return None
