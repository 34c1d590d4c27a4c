"""Finds boot images and files inside ISO 9660 images that users bring.

Owns the few structures that this needs: the volume descriptors, the El Torito boot catalogue and the
directory records (ECMA-119; El Torito 1.0, section 2). Only positions are returned, nothing is extracted.
Every read is bounded: a malformed image gives an empty answer or an ImageError, never a long wait.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO, Literal

from bootbuilder.errors import ImageError

SECTOR = 2048
MAX_RECORDS = 20_000
MAX_DEPTH = 8  # ECMA-119, 6.8.2.1
_MAX_FOLDER = 4 << 20
_FLOPPY_SIZES = {1: 1228800, 2: 1474560, 3: 2949120}  # El Torito media types: 1.2M, 1.44M, 2.88M

Emulation = Literal["none", "floppy", "hard disk"]


@dataclass(frozen=True, slots=True)
class Extent:
    """`size` bytes that begin `start` bytes into the ISO image, and what they are called."""

    name: str
    start: int
    size: int


@dataclass(frozen=True, slots=True)
class BootImage:
    """An entry of the El Torito boot catalogue for PCs; `size` counts to the end of the ISO where unknown."""

    emulation: Emulation
    start: int
    size: int


def is_iso(file: BinaryIO) -> bool:
    """Return whether there is a volume descriptor where ISO 9660 has it."""
    file.seek(16 * SECTOR)
    return file.read(6)[1:] == b"CD001"


def boot_images(file: BinaryIO, length: int) -> list[BootImage]:
    """Return the bootable entries for PCs of an ISO image of `length` bytes, the default entry first."""
    catalogue = _catalogue(file)
    found: list[BootImage] = []
    platform = catalogue[1] if catalogue[:1] == b"\x01" else 0
    for at in range(0x20, len(catalogue) - 0x1F, 0x20):
        entry = catalogue[at : at + 0x20]
        if entry[0] in (0x90, 0x91):  # the header of a section: for which platform its entries are
            platform = entry[1]
        elif entry[0] == 0x88 and platform == 0:
            media, start = entry[1] & 0x0F, int.from_bytes(entry[8:12], "little") * SECTOR
            rest = length - start
            if rest > 0 and media <= 4:
                emulation: Emulation = "none" if media == 0 else "hard disk" if media == 4 else "floppy"
                found.append(BootImage(emulation, start, min(rest, _FLOPPY_SIZES.get(media, rest))))
    return found


def _catalogue(file: BinaryIO) -> bytes:
    for number in range(17, 17 + 16):  # El Torito says 17; look a little further
        descriptor = _sector(file, number)
        if len(descriptor) < SECTOR or descriptor[1:6] != b"CD001" or descriptor[0] == 0xFF:
            break
        if descriptor[0] == 0 and descriptor[7:30] == b"EL TORITO SPECIFICATION":
            return _sector(file, int.from_bytes(descriptor[0x47:0x4B], "little"))
    return b""


def _sector(file: BinaryIO, number: int) -> bytes:
    file.seek(number * SECTOR)
    return file.read(SECTOR)


def files(file: BinaryIO, name: str) -> Iterator[Extent]:
    """Yield the files of the primary volume, paths with `/`, versions (`;1`) cut off.

    Raises ImageError for a tree that runs in a circle or has no end.
    """
    primary = _sector(file, 16)
    if len(primary) < SECTOR or primary[0] != 1:
        return
    folders = [(_extent(primary[156:190]), "", 0)]
    seen: set[int] = set()
    count = 0
    while folders:
        (start, size), path, depth = folders.pop()
        if start in seen or depth > MAX_DEPTH:
            raise ImageError(
                f"{name}: the folder /{path} of this CD image runs in a circle", "make or download it again"
            )
        seen.add(start)
        for record in _records(file, start, min(size, _MAX_FOLDER)):
            count += 1
            if count > MAX_RECORDS:
                raise ImageError(f"{name} has more than {MAX_RECORDS:,} files", "give the boot image itself")
            base = record[33 : 33 + record[32]].decode("latin-1").partition(";")[0].rstrip(".")
            extent = _extent(record)
            if record[25] & 2:
                if record[32] > 1 or record[33] > 1:  # not . and ..
                    folders.append((extent, f"{path}{base}/", depth + 1))
            elif base:
                yield Extent(path + base, *extent)


def _extent(record: bytes) -> tuple[int, int]:
    return int.from_bytes(record[2:6], "little") * SECTOR, int.from_bytes(record[10:14], "little")


def _records(file: BinaryIO, start: int, size: int) -> Iterator[bytes]:
    for offset in range(0, size, SECTOR):
        file.seek(start + offset)
        sector = file.read(SECTOR)
        at = 0
        while at < len(sector) and sector[at] >= 34:  # the rest of a sector is zeros
            record = sector[at : at + sector[at]]
            if len(record) < 34 or 33 + record[32] > len(record):
                break
            yield record
            at += len(record)
        if len(sector) < SECTOR:
            break
