"""The FAT12/FAT16 volume writer: a `Volume` in, the bytes of a disk out.

Owns the geometry table, the BPB, the FATs and the directories. It knows nothing of recipes or of DOS
systems, and reads neither clock nor file: the same volume always gives the same bytes.

What the disk looks like, in sectors of 512 bytes:

    reserved (boot sector) | FAT | FAT copy | root directory | cluster 2, 3, 4, ...

Files are laid out in the order of `Volume.files`, each contiguous, so a kernel that is first in the
tuple is first in the root directory and starts at cluster 2 (what IO.SYS-style loaders demand).
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from types import MappingProxyType

from bootbuilder.errors import ImageError, ImageFull
from bootbuilder.media import names

SECTOR = 512  # bytes; every medium here has 512-byte sectors
ENTRY = 32  # bytes of a directory entry (Microsoft FAT specification 1.03, section 6)

READ_ONLY, HIDDEN, SYSTEM, LABEL, DIRECTORY, ARCHIVE = 0x01, 0x02, 0x04, 0x08, 0x10, 0x20

BPB_OFFSET = 0x0B
BPB_LAYOUT = struct.Struct("<HBHBHHBHHHIIBBBI11s8s")  # bytes 0Bh-3Dh: DOS 3.31 BPB and the extended fields
BOOT_SIGNATURE = b"\x55\xaa"

FAT12_CLUSTERS = 4085  # a volume with fewer clusters is FAT12, with fewer than FAT16_CLUSTERS FAT16
FAT16_CLUSTERS = 65525


@dataclass(frozen=True, slots=True)
class Geometry:
    """The shape of a disk. Counts are in sectors of 512 bytes, `media` is the media descriptor byte."""

    name: str
    cylinders: int
    heads: int
    sectors_per_track: int
    sectors_per_cluster: int
    root_entries: int
    sectors_per_fat: int
    media: int
    reserved: int = 1
    hidden: int = 0
    drive: int = 0x00
    partial: int = 0

    @property
    def sectors(self) -> int:
        """Sectors on the whole volume: the cylinders less `partial`, what a partition leaves out of them."""
        return self.cylinders * self.heads * self.sectors_per_track - self.partial

    @property
    def size(self) -> int:
        """Bytes on the whole volume."""
        return self.sectors * SECTOR

    @property
    def cluster_size(self) -> int:
        """Bytes of a cluster."""
        return self.sectors_per_cluster * SECTOR

    @property
    def root_sector(self) -> int:
        """The first sector of the root directory."""
        return self.reserved + 2 * self.sectors_per_fat

    @property
    def data_sector(self) -> int:
        """The first sector of cluster 2."""
        return self.root_sector + self.root_entries * ENTRY // SECTOR

    @property
    def clusters(self) -> int:
        """Clusters in the data area."""
        return (self.sectors - self.data_sector) // self.sectors_per_cluster

    @property
    def fat_bits(self) -> int:
        """12 or 16: what DOS will take the FAT for, from the cluster count alone."""
        return 12 if self.clusters < FAT12_CLUSTERS else 16


def _floppies() -> Mapping[str, Geometry]:
    # name, C, H, S, sectors/cluster, root entries, sectors/FAT, media descriptor: the values that DOS's own
    # FORMAT writes; 1.68M is Microsoft's distribution format (DMF), hence its 16 root entries.
    rows = (
        ("160K", 40, 1, 8, 1, 64, 1, 0xFE),
        ("180K", 40, 1, 9, 1, 64, 2, 0xFC),
        ("320K", 40, 2, 8, 2, 112, 1, 0xFF),
        ("360K", 40, 2, 9, 2, 112, 2, 0xFD),
        ("720K", 80, 2, 9, 2, 112, 3, 0xF9),
        ("1.2M", 80, 2, 15, 1, 224, 7, 0xF9),
        ("1.44M", 80, 2, 18, 1, 224, 9, 0xF0),
        ("1.68M", 80, 2, 21, 4, 16, 3, 0xF0),
        ("2.88M", 80, 2, 36, 2, 240, 9, 0xF0),
    )
    return MappingProxyType({row[0]: Geometry(*row) for row in rows})


GEOMETRIES: Mapping[str, Geometry] = _floppies()
"""Floppy geometries by name, smallest first."""


@dataclass(frozen=True, slots=True)
class VolumeFile:
    """One file of a volume: `path` as `DOS\\HIMEM.SYS` (see `names.dos_path`), `attributes` as the FAT stores them.

    With the DIRECTORY attribute it is an empty folder and `data` must be empty.
    """

    path: str
    data: bytes = field(repr=False)
    attributes: int = ARCHIVE


@dataclass(frozen=True, slots=True)
class Volume:
    """Everything that decides the bytes of a disk.

    `label` is at most 11 characters (see `names.check_label`); `boot_sector` is 512 bytes whose BPB (0Bh-3Dh) is
    replaced by that of `geometry`; `modified` is the DOS (date word, time word) of every entry; `serial`
    is 32 bits, made from the content when None.
    """

    geometry: Geometry
    label: str
    boot_sector: bytes
    files: tuple[VolumeFile, ...]
    modified: tuple[int, int] = (0x21, 0)  # 1980-01-01 00:00, the first moment that DOS knows
    serial: int | None = None


@dataclass(frozen=True, slots=True)
class Usage:
    """What a set of files takes on a geometry, in bytes and in root directory entries."""

    needed: int
    capacity: int
    root_needed: int
    root_capacity: int

    @property
    def free(self) -> int:
        """Free bytes as DOS's DIR shows them; negative when the files do not fit."""
        return self.capacity - self.needed

    @property
    def fits(self) -> bool:
        """True when both the data area and the root directory hold the files."""
        return self.free >= 0 and self.root_needed <= self.root_capacity


# --- laying out ------------------------------------------------------------------------------------------


class _Folder:
    """A directory while the volume is laid out: its entries in order, and where it starts."""

    __slots__ = ("cluster", "entries", "parent", "slots")

    def __init__(self, parent: _Folder | None) -> None:
        self.parent = parent
        self.entries: list[tuple[str, int, VolumeFile | _Folder]] = []  # name, attributes, what
        self.slots = 0 if parent is None else 2  # "." and ".."
        self.cluster = 0

    def add(self, name: str, attributes: int, what: VolumeFile | _Folder) -> None:
        self.entries.append((name, attributes, what))
        self.slots += 1


def _tree(files: Iterable[VolumeFile]) -> tuple[_Folder, list[VolumeFile | _Folder]]:
    """Return the root folder, and files and folders in the order in which they get their clusters."""
    root = _Folder(None)
    folders: dict[str, _Folder] = {"": root}
    taken: set[str] = set()
    order: list[VolumeFile | _Folder] = []

    def folder(path: str) -> _Folder:
        found = folders.get(path)
        if found is None:
            if path in taken:
                raise ImageError(f"{path} is a file and a folder at once", "rename one of them")
            above, _, name = path.rpartition("\\")
            parent = folder(above)
            found = folders[path] = _Folder(parent)
            parent.add(name, DIRECTORY, found)
            order.append(found)
        return found

    for file in files:
        if file.attributes & DIRECTORY:
            folder(file.path)
            continue
        above, _, name = file.path.rpartition("\\")
        if file.path in taken or file.path in folders:
            raise ImageError(f"two files have the path {file.path}", "rename or leave out one of them")
        folder(above).add(name, file.attributes, file)
        taken.add(file.path)
        order.append(file)
    return root, order


def usage(geometry: Geometry, files: Iterable[VolumeFile], label: bool = True) -> Usage:
    """Return what `files` take on `geometry`, folders included. One root entry always stays free, because
    some boot sectors search the root directory until an empty entry."""
    root, order = _tree(files)
    clusters = sum(_clusters(geometry, item) for item in order)
    return Usage(
        needed=clusters * geometry.cluster_size,
        capacity=geometry.clusters * geometry.cluster_size,
        root_needed=len(root.entries) + label,
        root_capacity=geometry.root_entries - 1,
    )


def _clusters(geometry: Geometry, item: VolumeFile | _Folder) -> int:
    size = len(item.data) if isinstance(item, VolumeFile) else item.slots * ENTRY
    return -(-size // geometry.cluster_size)


def write(volume: Volume) -> bytes:
    """Return the disk: exactly `volume.geometry.size` bytes.

    Raises ImageFull when the files do not fit, ImageError for two files with one path, a wrong label or
    boot sector.
    """
    geometry = volume.geometry
    _check(volume)
    root, order = _tree(volume.files)
    start = {}  # id of file or folder -> its first cluster
    chains: list[tuple[int, int]] = []  # first cluster, count
    free = 2
    for item in order:
        count = _clusters(geometry, item)
        start[id(item)] = free if count else 0
        if count:
            chains.append((free, count))
            free += count
        if isinstance(item, _Folder):
            item.cluster = free - count
    if free - 2 > geometry.clusters or len(root.entries) + bool(volume.label) > geometry.root_entries - 1:
        raise ImageFull(*full_message(geometry, volume.files, bool(volume.label)))

    entries = _directory(root, start, volume.modified)
    if volume.label:
        entries += _entry(_packed_label(volume.label), LABEL, 0, 0, volume.modified)
    table = _fat(geometry, tuple(chains)).ljust(geometry.sectors_per_fat * SECTOR, b"\0")
    # One join makes the image: filling a buffer and copying it out would touch each page twice.
    parts: list[bytes | bytearray] = [
        bytes((geometry.reserved - 1) * SECTOR),
        table,
        table,
        entries.ljust(geometry.root_entries * ENTRY, b"\0"),
    ]
    for item in order:
        data = item.data if isinstance(item, VolumeFile) else _directory(item, start, volume.modified)
        parts += (data, bytes(-len(data) % geometry.cluster_size))
    serial = volume.serial
    if serial is None:
        serial = zlib.crc32(_boot_sector(volume, 0))
        for part in parts:
            serial = zlib.crc32(part, serial)
    parts.append(_zeros(geometry.size - SECTOR - sum(map(len, parts))))
    return b"".join((_boot_sector(volume, serial), *parts))


def full_message(geometry: Geometry, files: Iterable[VolumeFile], label: bool) -> tuple[str, str]:
    """Return message and hint for files that do not fit: what is missing, and the largest files."""
    files = tuple(files)
    used = usage(geometry, files, label)
    if used.free < 0:
        what = (
            f"the files need {used.needed:,} bytes on a {geometry.name} disk that holds "
            f"{used.capacity:,}: {-used.free:,} bytes too many"
        )
    else:
        what = (
            f"the root directory of a {geometry.name} disk holds {used.root_capacity} entries, "
            f"the image has {used.root_needed}"
        )
    largest = sorted(files, key=lambda file: (-len(file.data), file.path))[:3]
    hint = "largest: " + ", ".join(f"{file.path} ({len(file.data):,})" for file in largest)
    holding = [g.name for g in GEOMETRIES.values() if usage(g, files, label).fits]
    if used.free >= 0:
        hint += "; move files into a folder"
    hint += (
        "; geometries that would hold it: " + ", ".join(holding)
        if holding
        else "; no floppy geometry holds it: leave files out, or use a larger medium (usb)"
    )
    return what, hint


def _check(volume: Volume) -> None:
    if len(volume.boot_sector) != SECTOR or volume.boot_sector[-2:] != BOOT_SIGNATURE:
        raise ImageError("the boot sector is not 512 bytes that end in 55 AA", "choose another boot sector")
    names.check_label(volume.label)
    if volume.geometry.clusters >= FAT16_CLUSTERS:
        raise ImageError(
            f"{volume.geometry.name}: {volume.geometry.clusters} clusters are too many for FAT16",
            "use larger clusters",
        )


def _packed_label(label: str) -> bytes:
    return (label or "NO NAME").ljust(11).encode("ascii")


def _boot_sector(volume: Volume, serial: int) -> bytes:
    sector = volume.boot_sector
    return sector[:BPB_OFFSET] + bpb(volume.geometry, volume.label, serial) + sector[BPB_OFFSET + 51 :]


def bpb(geometry: Geometry, label: str = "", serial: int = 0) -> bytes:
    """Return bytes 0Bh-3Dh of the boot sector (51 bytes): the BPB and its extended part."""
    small = geometry.sectors < 0x10000
    return BPB_LAYOUT.pack(
        SECTOR,
        geometry.sectors_per_cluster,
        geometry.reserved,
        2,
        geometry.root_entries,
        geometry.sectors if small else 0,
        geometry.media,
        geometry.sectors_per_fat,
        geometry.sectors_per_track,
        geometry.heads,
        geometry.hidden,
        0 if small else geometry.sectors,
        geometry.drive,
        0,
        0x29,  # the three fields that follow are valid
        serial,
        _packed_label(label),
        b"FAT12   " if geometry.fat_bits == 12 else b"FAT16   ",
    )


def _directory(folder: _Folder, start: Mapping[int, int], modified: tuple[int, int]) -> bytearray:
    entries = bytearray()
    if folder.parent is not None:
        entries += _entry(b".          ", DIRECTORY, folder.cluster, 0, modified)
        entries += _entry(b"..         ", DIRECTORY, folder.parent.cluster, 0, modified)
    for name, attributes, item in folder.entries:
        size = len(item.data) if isinstance(item, VolumeFile) else 0
        entries += _entry(names.packed_name(name), attributes, start[id(item)], size, modified)
    return entries


def _entry(name: bytes, attributes: int, cluster: int, size: int, modified: tuple[int, int]) -> bytes:
    date, time = modified
    return struct.pack("<11sB10xHHHI", name, attributes, time, date, cluster, size)


@lru_cache(maxsize=2)  # a megabyte for each image would have to be cleared each time
def _zeros(count: int) -> bytes:
    return bytes(count)


@lru_cache(maxsize=8)  # images of one recipe mostly differ in what is in their files, not in their lengths
def _fat(geometry: Geometry, chains: tuple[tuple[int, int], ...]) -> bytes:
    end = 0xFFF if geometry.fat_bits == 12 else 0xFFFF
    entries = [end & ~0xFF | geometry.media, end]
    for first, count in chains:
        entries.extend(range(first + 1, first + count))
        entries.append(end)
    if geometry.fat_bits == 16:
        return struct.pack(f"<{len(entries)}H", *entries)
    if len(entries) % 2:
        entries.append(0)
    pairs = zip(entries[::2], entries[1::2], strict=True)
    return b"".join([(even | odd << 12).to_bytes(3, "little") for even, odd in pairs])
