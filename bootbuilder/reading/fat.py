"""Reads the FAT volumes that users bring: floppies, partitions, with or without a BPB.

Owns pyfatfs (nothing else imports it) and the distrust that foreign images deserve: every chain is followed
with a limit and checked for circles, every number of the boot sector is checked before it is used. Whatever
the bytes are, opening gives a `FatVolume` or an ImageError, and reads no more than the boot sector, one FAT
and the directories that are asked for.
"""

from __future__ import annotations

import io
import struct
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO

from pyfatfs._exceptions import PyFATException
from pyfatfs.PyFat import PyFat

from bootbuilder.errors import ImageError
from bootbuilder.media.fat import DIRECTORY, LABEL

MAX_FAT = 4 << 20  # bytes of one FAT: a 32 GiB volume with 32 KiB clusters; DOS boots from nothing larger
MAX_FOLDER = 2 << 20  # bytes of one directory: 65,536 entries, the limit of DOS itself
MAX_ENTRIES = 50_000  # entries of one listing
MAX_DEPTH = 32  # folders in folders: a DOS path is at most 66 characters

_MEDIA = frozenset((0xF0, *range(0xF8, 0x100)))
_FOREIGN = (
    PyFATException,
    AssertionError,
    ArithmeticError,
    AttributeError,
    LookupError,
    OSError,
    TypeError,
    ValueError,
    struct.error,
)

# Disks without a usable BPB: (bytes, media descriptor) -> sectors per track, heads, sectors per cluster,
# root entries, sectors per FAT. The formats of DOS 1.x and 2.x, then those that its successors added.
_BY_MEDIA = {
    (163840, 0xFE): (8, 1, 1, 64, 1),
    (184320, 0xFC): (9, 1, 1, 64, 2),
    (327680, 0xFF): (8, 2, 2, 112, 1),
    (368640, 0xFD): (9, 2, 2, 112, 2),
    (655360, 0xFB): (8, 2, 2, 112, 2),
    (737280, 0xF9): (9, 2, 2, 112, 3),
    (1228800, 0xF9): (15, 2, 1, 224, 7),
    (1474560, 0xF0): (18, 2, 1, 224, 9),
    (2949120, 0xF0): (36, 2, 2, 240, 9),
}


@dataclass(frozen=True, slots=True)
class Bpb:
    """The numbers of a boot sector, in sectors of `sector_size` bytes where not said otherwise."""

    sector_size: int
    cluster_sectors: int
    reserved: int
    fats: int
    root_entries: int
    sectors: int
    media: int
    fat_sectors: int
    track_sectors: int
    heads: int
    hidden: int
    fat32: bool = False

    @property
    def data_sector(self) -> int:
        """The first sector of cluster 2."""
        root = -(-self.root_entries * 32 // self.sector_size)
        return self.reserved + self.fats * self.fat_sectors + root

    @property
    def clusters(self) -> int:
        """Clusters in the data area."""
        return (self.sectors - self.data_sector) // self.cluster_sectors

    @property
    def fat_bits(self) -> int:
        """12, 16 or 32: what DOS takes the FAT for, from the cluster count (Microsoft FAT specification, 3.5)."""
        return 32 if self.fat32 else 12 if self.clusters < 4085 else 16

    @property
    def size(self) -> int:
        """Bytes of the volume."""
        return self.sectors * self.sector_size


@dataclass(frozen=True, slots=True)
class FatEntry:
    """A file or folder: `path` as `DOS\\HIMEM.SYS`, `size` in bytes, DOS attributes, date and time words."""

    path: str
    size: int
    attributes: int
    cluster: int
    date: int
    time: int

    @property
    def is_folder(self) -> bool:
        """Whether this is a folder."""
        return bool(self.attributes & DIRECTORY)


def parse_bpb(sector: bytes) -> Bpb | None:
    """Return the numbers of a boot sector's BPB, or None where it has none that could be true."""
    if len(sector) < 512:
        return None
    values = struct.unpack_from("<HBHBHHBHHH", sector, 0x0B)
    size, per_cluster, reserved, fats, root, small, media, spf, track, heads = values
    hidden, large = struct.unpack_from("<II", sector, 0x1C)
    if small and not (hidden < 0x10000 and sector[0x26] == 0x29):
        hidden &= 0xFFFF  # before DOS 3.31 the field has two bytes, and code follows
    fat32 = spf == 0
    if fat32:
        spf = int.from_bytes(sector[0x24:0x28], "little")
    plausible = (
        size in (512, 1024, 2048, 4096)
        and per_cluster in (1, 2, 4, 8, 16, 32, 64, 128)
        and reserved > 0
        and fats in (1, 2)
        and media in _MEDIA
        and spf
        and (root == 0) == fat32
        and root * 32 % size == 0
        and (small or large)
    )
    if not plausible:
        return None
    sectors = small or large
    return Bpb(size, per_cluster, reserved, fats, root, sectors, media, spf, track, heads, hidden, fat32)


def guess_bpb(first_kilobyte: bytes, size: int) -> Bpb | None:
    """Return the BPB of a floppy that has none, from its size in bytes and the media byte of its FAT."""
    fat = first_kilobyte[512:515]
    if len(fat) < 3 or fat[1:] != b"\xff\xff":
        return None
    row = _BY_MEDIA.get((size, fat[0]))
    if row is None:
        return None
    track, heads, per_cluster, root, spf = row
    return Bpb(512, per_cluster, 1, 2, root, size // 512, fat[0], spf, track, heads, 0)


def _clean_sector(bpb: Bpb, original: bytes) -> bytes:
    # What pyfatfs insists on (a jump, 55AA) is missing on real disks of DOS 1 and 2, and their bytes behind
    # the BPB are code: it gets a boot sector that holds the checked numbers and nothing else.
    sector = bytearray(512)
    sector[0:11] = b"\xeb\x3c\x90        "
    small = bpb.sectors if bpb.sectors < 0x10000 and not bpb.fat32 else 0
    struct.pack_into(
        "<HBHBHHBHHHII", sector, 0x0B,
        bpb.sector_size, bpb.cluster_sectors, bpb.reserved, bpb.fats, bpb.root_entries, small, bpb.media,
        0 if bpb.fat32 else bpb.fat_sectors, bpb.track_sectors, bpb.heads, bpb.hidden,
        0 if small else bpb.sectors,
    )  # fmt: skip
    if bpb.fat32:
        sector[0x24:0x34] = original[0x24:0x34]
    sector[510:512] = b"\x55\xaa"
    return bytes(sector)


class _Window:
    """A read-only file object: `size` bytes from `start` of another file, with its own first sector."""

    def __init__(self, file: BinaryIO, start: int, size: int, sector: bytes) -> None:
        self._file, self._start, self._size, self._sector, self._at = file, start, size, sector, 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def writable(self) -> bool:
        return False

    def close(self) -> None:
        """Leave the file open: it is the caller's."""

    def seek(self, position: int) -> int:
        self._at = max(0, position)
        return self._at

    def read(self, count: int) -> bytes:
        count = max(0, min(count, self._size - self._at))
        self._file.seek(self._start + self._at)
        data = self._file.read(count)
        if self._at < len(self._sector):
            head = self._sector[self._at : self._at + count]
            data = head + data[len(head) :]
        self._at += len(data)
        return data


class _PyFat(PyFat):  # type: ignore[misc]
    """pyfatfs without what gives trouble: long names, dirty bits, the eager root directory."""

    def __init__(self, bpb: Bpb) -> None:
        super().__init__(encoding="cp437")
        self.checked_bpb = bpb

    def parse_lfn_entry(self, *_: object, **__: object) -> None:
        """Ignore long names: DOS does, and orphans of them are common on old disks."""

    def parse_root_dir(self) -> None:
        """Wait until somebody asks."""

    def _is_dirty(self) -> bool:
        return False

    def __determine_fat_type(self) -> int:
        # This class mangles the name as its base does, so it replaces the base's method, which counts the
        # root directory as data and takes a FAT12 of nearly 4085 clusters for a FAT16.
        return self.checked_bpb.fat_bits


class FatVolume:
    """A FAT12, FAT16 or FAT32 volume inside `file`, `start` bytes from its beginning."""

    def __init__(self, file: BinaryIO, name: str, start: int = 0, size: int | None = None) -> None:
        """Open the volume; `name` is what messages call it, `size` the bytes that belong to it.

        Raises ImageError for anything that is no readable FAT volume.
        """
        self.name = name
        file.seek(0, io.SEEK_END)
        rest = max(0, file.tell() - start)
        size = rest if size is None else min(size, rest)
        file.seek(start)
        head = file.read(min(1024, size))
        self.boot_sector = head[:512]
        """The first 512 bytes as they are on the disk."""
        bpb = parse_bpb(head)
        self.guessed = bpb is None
        """True where the disk has no BPB and its format follows from size and media descriptor."""
        bpb = bpb or guess_bpb(head, size)
        if bpb is None:
            raise ImageError(
                f"{name} is no FAT disk: its first sector describes none, and {size:,} bytes with this"
                " content are no floppy of DOS 1 or 2",
                "give a raw image of a floppy or hard disk (.img, .ima), as dd or an imaging tool writes it",
            )
        self.bpb = bpb
        self._check_sizes(size)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                self._fat = _PyFat(bpb)
                self._fat.set_fp(_Window(file, start, size, _clean_sector(bpb, head)))
            except _FOREIGN as error:
                raise self._broken(f"the FAT cannot be read ({error})") from error
        self.fat_bits = bpb.fat_bits

    def _broken(self, what: str) -> ImageError:
        hint = "make the image again from the disk, or repair a copy of it with fsck.fat or CHKDSK"
        return ImageError(f"{self.name}: {what}", hint)

    def _check_sizes(self, size: int) -> None:
        bpb = self.bpb
        if bpb.size > size:
            raise ImageError(
                f"{self.name} is truncated: its boot sector promises {bpb.size:,} bytes, there are {size:,}",
                "copy or download the image again; the file must be as large as the disk",
            )
        if bpb.clusters < 1:
            raise self._broken("its boot sector leaves no room for files")
        if bpb.fat_sectors * bpb.sector_size > MAX_FAT:
            raise ImageError(f"{self.name} is too large for DOS to boot from", "give a smaller image")

    @property
    def label(self) -> str:
        """The volume label: the root directory's, else the boot sector's, else an empty text."""
        for entry in self._listing(0, "")[1]:
            return entry
        sector, offset = self.boot_sector, 0x42 if self.bpb.fat32 else 0x26
        if not self.guessed and sector[offset] == 0x29:
            text = sector[offset + 5 : offset + 16].decode("cp437").rstrip(" \0")
            return "" if text == "NO NAME" else text
        return ""

    @property
    def serial(self) -> int | None:
        """The volume serial number, where the boot sector has one (DOS 4 and later)."""
        offset = 0x42 if self.bpb.fat32 else 0x26
        if self.guessed or self.boot_sector[offset] != 0x29:
            return None
        return int.from_bytes(self.boot_sector[offset + 1 : offset + 5], "little")

    @property
    def cluster_size(self) -> int:
        """Bytes of a cluster."""
        return self.bpb.cluster_sectors * self.bpb.sector_size

    @property
    def free_bytes(self) -> int:
        """Bytes in free clusters, as DIR counts them."""
        free: int = self._fat.fat[2 : self.bpb.clusters + 2].count(0)
        return free * self.cluster_size

    def entries(self, depth: int = MAX_DEPTH) -> list[FatEntry]:
        """Return files and folders in directory order, each folder before its content, `depth` levels deep.

        Raises ImageError for a folder that is inside itself, a chain that runs in a circle, and the like.
        """
        found: list[FatEntry] = []
        seen: set[int] = set()
        self._walk(0, "", depth, seen, found)
        return found

    def _walk(self, cluster: int, path: str, depth: int, seen: set[int], found: list[FatEntry]) -> None:
        for entry in self._listing(cluster, path)[0]:
            found.append(entry)
            if len(found) > MAX_ENTRIES:
                raise self._broken(f"has more than {MAX_ENTRIES:,} files")
            if entry.is_folder and depth > 1:
                if entry.cluster in seen:
                    raise self._broken(
                        f"the folder \\{entry.path} is also another one: folders run in a circle"
                    )
                seen.add(entry.cluster)
                self._walk(entry.cluster, entry.path + "\\", depth - 1, seen, found)

    def _listing(self, cluster: int, path: str) -> tuple[list[FatEntry], list[str]]:
        """Return the entries of the folder that begins at `cluster` (0: the root), and its volume labels."""
        raw: list[Any] = []
        try:
            for address, size in self._extents(cluster, path):
                raw += self._fat.parse_dir_entries_in_address(address, address + size)[0]
        except _FOREIGN as error:
            raise self._broken(f"the folder \\{path} cannot be read ({error})") from error
        entries, labels = [], []
        for item in raw:
            name = bytes(item.name.name)
            if item.attr & LABEL:
                labels.append(_text(name).rstrip())
            elif not name.startswith(b"."):
                first = item.get_cluster() if self.bpb.fat32 else item.fstcluslo
                size, attributes = item.filesize, item.attr & 0x3F
                full = path + _dos_name(name)
                entries.append(FatEntry(full, size, attributes, first, item.wrtdate, item.wrttime))
        return entries, labels

    def _extents(self, cluster: int, path: str) -> Iterator[tuple[int, int]]:
        bpb = self.bpb
        if cluster == 0 and path:
            raise self._broken(f"the folder \\{path} begins nowhere")
        if cluster == 0 and not bpb.fat32:
            yield (bpb.reserved + bpb.fats * bpb.fat_sectors) * bpb.sector_size, bpb.root_entries * 32
            return
        first = cluster or int.from_bytes(self.boot_sector[0x2C:0x30], "little")
        for number in self._chain(first, -(-MAX_FOLDER // self.cluster_size), f"the folder \\{path}"):
            yield self._fat.get_data_cluster_address(number), self.cluster_size

    def _chain(self, first: int, most: int, what: str) -> Iterator[int]:
        fat, last = self._fat.fat, self.bpb.clusters + 1
        seen: set[int] = set()
        number, end = first, {12: 0xFF8, 16: 0xFFF8, 32: 0x0FFFFFF8}[self.fat_bits]
        while number < end and len(seen) < most:
            if not 2 <= number <= last or number >= len(fat):
                raise self._broken(f"{what} leads to cluster {number}, which does not exist")
            if number in seen:
                raise self._broken(f"{what} runs in a circle in the FAT")
            seen.add(number)
            yield number
            number = fat[number]

    def read(self, entry: FatEntry, limit: int) -> bytes:
        """Return the content of a file of at most `limit` bytes.

        Raises ImageError when it is larger, or when its chain is shorter than its size says.
        """
        if entry.size > limit:
            raise ImageError(f"{self.name}: {entry.path} has {entry.size:,} bytes, more than {limit:,}")
        if not entry.size:
            return b""
        need = -(-entry.size // self.cluster_size)
        try:
            chain = self._chain(entry.cluster, need, entry.path)
            parts = [self._fat.read_cluster_contents(number) for number in chain]
        except _FOREIGN as error:
            raise self._broken(f"{entry.path} cannot be read ({error})") from error
        data = b"".join(parts)[: entry.size]
        if len(data) < entry.size:
            raise self._broken(
                f"{entry.path} should have {entry.size:,} bytes, its chain ends after {len(data):,}"
            )
        return data


def _text(raw: bytes) -> str:
    text = (b"\xe5" + raw[1:] if raw[:1] == b"\x05" else raw).decode("cp437")
    return "".join(c if c >= " " else "?" for c in text)


def _dos_name(raw: bytes) -> str:
    base, extension = _text(raw[:8]).rstrip(), _text(raw[8:11]).rstrip() if raw[8:11].strip() else ""
    return (f"{base}.{extension}" if extension else base).upper()
