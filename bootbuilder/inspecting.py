"""What is on an image: floppy, ISO (its boot floppy), disk image (its active partition), or what a PXE boot program
fetches. Reads, never writes."""

from __future__ import annotations

import contextlib
import hashlib
import io
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, BinaryIO

from bootbuilder import reading
from bootbuilder.errors import ImageError
from bootbuilder.media import fat, pxe
from bootbuilder.reading import iso
from bootbuilder.reading.fat import FatEntry, FatVolume, parse_bpb

LARGEST_FILE = 512 << 20  # bytes of a file that `inspect IMAGE PATH` prints

_ATTRIBUTES = ((fat.READ_ONLY, "R"), (fat.HIDDEN, "H"), (fat.SYSTEM, "S"), (fat.ARCHIVE, "A"))


@dataclass(frozen=True, slots=True)
class Entry:
    """A file or folder: `size` in bytes, `attributes` as letters RHSA and D, `modified` as ISO 8601."""

    path: str
    size: int
    attributes: str
    modified: str

    @property
    def shown_size(self) -> str:
        """The size for people; folders have none."""
        return "<DIR>" if "D" in self.attributes else f"{self.size:,}"

    @property
    def shown_attributes(self) -> str:
        """The letters, - for none."""
        return self.attributes or "-"


@dataclass(frozen=True, slots=True)
class Report:
    """What `inspect` tells. `geometry` is a name of the floppy table or None, `free_bytes` as DOS counts them."""

    image: str
    kind: str
    size: int
    geometry: str | None
    cylinders: int
    heads: int
    sectors_per_track: int
    fat_bits: int
    cluster_size: int
    label: str
    serial: str | None
    oem: str
    boot_sector_sha256: str
    bootable: bool
    free_bytes: int
    files: tuple[Entry, ...]

    def to_json(self) -> dict[str, Any]:
        """Return the report as JSON values."""
        return asdict(self)

    def facts(self) -> list[tuple[str, str]]:
        """Return (name, value) lines for people."""
        shape = f"{self.cylinders} cylinders, {self.heads} heads, {self.sectors_per_track} sectors"
        return [
            ("image", f"{self.image}: {self.kind}, {self.size:,} bytes"),
            ("geometry", f"{self.geometry or 'other'} ({shape})"),
            ("file system", f"FAT{self.fat_bits}, clusters of {self.cluster_size:,} bytes"),
            ("label", f"{self.label or '(none)'}, serial {self.serial or '(none)'}"),
            (
                "boot sector",
                f"{'bootable' if self.bootable else 'not bootable'}, OEM name {self.oem!r}, "
                f"SHA-256 {self.boot_sector_sha256[:12]}",
            ),
            ("free", f"{self.free_bytes:,} bytes"),
        ]


def inspect(path: Path) -> Report:
    """Return what is on an image. Raises ImageError for what is no image or is damaged."""
    with opened(path) as (kind, volume, size):
        entries = tuple(_entry(entry) for entry in volume.entries())
        bpb, sector = volume.bpb, volume.boot_sector
        known = next(
            (g for g in fat.GEOMETRIES.values() if g.size == bpb.size and kind != "disk image"), None
        )
        per_cylinder = max(bpb.heads * bpb.track_sectors, 1)
        clusters = bpb.clusters
        return Report(
            image=str(path),
            kind=kind,
            size=size,
            geometry=known.name if known else None,
            cylinders=bpb.sectors // per_cylinder,
            heads=bpb.heads,
            sectors_per_track=bpb.track_sectors,
            fat_bits=32 if bpb.fat32 else 12 if clusters < fat.FAT12_CLUSTERS else 16,
            cluster_size=bpb.cluster_sectors * bpb.sector_size,
            label=volume.label,
            serial=None
            if volume.serial is None
            else f"{volume.serial >> 16:04X}-{volume.serial & 0xFFFF:04X}",
            oem=sector[3:11].decode("cp437").rstrip(" \0"),
            boot_sector_sha256=hashlib.sha256(sector).hexdigest(),
            bootable=sector[510:512] == fat.BOOT_SIGNATURE and sector[0] in (0xEB, 0xE9),
            free_bytes=volume.free_bytes,
            files=entries,
        )


def read_file(path: Path, name: str) -> bytes:
    """Return the bytes of one file of an image; the name in any case, with `/` or `\\`. Raises ImageError."""
    wanted = name.replace("/", "\\").upper().removeprefix("A:").strip("\\")
    with opened(path) as (_, volume, _size):
        entries = {entry.path: entry for entry in volume.entries()}
        entry = entries.get(wanted)
        if entry is None:
            raise ImageError(f"{path} has no file {name}", f"bootbuilder inspect {path} lists what is there")
        if entry.is_folder:
            raise ImageError(f"{name} is a folder of {path}", "name a file in it")
        return volume.read(entry, LARGEST_FILE)


def _entry(entry: FatEntry) -> Entry:
    letters = "".join(letter for bit, letter in _ATTRIBUTES if entry.attributes & bit)
    year, month, day = 1980 + (entry.date >> 9), entry.date >> 5 & 15, entry.date & 31
    hour, minute, second = entry.time >> 11, entry.time >> 5 & 63, (entry.time & 31) * 2
    modified = f"{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}"
    return Entry(entry.path, entry.size, letters + ("D" if entry.is_folder else ""), modified)


@contextlib.contextmanager
def opened(path: Path) -> Iterator[tuple[str, FatVolume, int]]:
    """Open an image and give (what it is, its volume, bytes of the whole file). Raises ImageError."""
    try:
        with path.open("rb") as file:
            size = file.seek(0, io.SEEK_END)
            file.seek(0)
            if pxe.is_program(file.read(64)):
                yield *_fetched(path), size
            else:
                yield *_volume(file, path, size), size
    except FileNotFoundError:
        raise ImageError(f"there is no {path}", "check the path") from None
    except OSError as error:
        raise ImageError(f"{path} cannot be read: {error.strerror or error}", "check the path") from error


def _fetched(path: Path) -> tuple[str, FatVolume]:
    """The image that a boot program starts by itself, which has to lie beside it."""
    program = path.read_bytes()
    first, *others = pxe.entries(program)
    image = path.parent / first.name
    try:
        data = image.read_bytes()
    except OSError as error:
        raise ImageError(
            f"{path} boots {image}, which cannot be read: {error.strerror or error}",
            "put the image beside it",
        ) from error
    if not first.matches(data):
        raise ImageError(
            f"{image} is not the image that {path} was made for; a PC would refuse to boot it",
            "build both again, and keep them together",
        )
    menu = f" and {len(others)} more" if others else ""
    _, volume = _volume(io.BytesIO(data), image, len(data))
    return f"PXE boot program for {first.name}{menu}", volume


def _volume(file: BinaryIO, path: Path, size: int) -> tuple[str, FatVolume]:
    file.seek(0)
    head = file.read(512)
    if iso.is_iso(file):
        for image in iso.boot_images(file, size):
            return "ISO with a boot floppy", FatVolume(file, path.name, image.start, image.size)
        raise ImageError(f"{path} is an ISO without a boot image", "name an ISO that boots DOS")
    if parse_bpb(head) is None:
        for _active, start, length in reading.partitions(head, size):
            return "disk image", FatVolume(file, path.name, start, min(length, size - start))
    return "floppy image", FatVolume(file, path.name)
