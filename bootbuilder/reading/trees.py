"""Opens what users bring: disk images, compressed ones, CDs, archives and folders, as trees of DOS files.

Owns telling them apart (by content, never by the name) and distrusting them: nothing is extracted to disk,
what is read is bounded, and a name that leads out of an archive is refused with the member named. What the
files mean is not known here.
"""

from __future__ import annotations

import contextlib
import gzip
import io
import stat
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import BinaryIO

from bootbuilder.errors import ImageError
from bootbuilder.media.fat import ARCHIVE
from bootbuilder.reading import archives, iso, lhacab
from bootbuilder.reading.fat import FatVolume, guess_bpb, parse_bpb

MAX_IMAGE = 64 << 20  # bytes of a disk image inside an archive; a larger one must be unpacked by the user
MAX_IMAGES = 256 << 20  # bytes of all disk images of an archive
MAX_FILE = 2 << 20  # bytes of one DOS file; the largest system file known is below 512 KiB
MAX_FOLDER_FILES = 5_000
MAX_FOLDER_DEPTH = 6
TREE_DEPTH = 4  # folders of a disk image that are looked into

_ZIP = (b"PK\x03\x04", b"PK\x05\x06")
IMAGE_SUFFIXES = (".img", ".ima", ".dsk", ".flp", ".vfd", ".bin", ".image")
_FAT_PARTITIONS = {0x01: "FAT12", 0x04: "FAT16", 0x06: "FAT16", 0x0B: "FAT32", 0x0C: "FAT32", 0x0E: "FAT16"}

# Files that look like disk images to their owners, by how they begin.
_OTHER_FORMATS = (
    (b"IMD ", "an ImageDisk file (IMD)", "convert it to a raw image first, for example with dskconv or imdu"),
    (b"TD\x00", "a Teledisk file (TD0)", "convert it to a raw image first, for example with dskconv"),
    (b"td\x00", "a Teledisk file (TD0)", "convert it to a raw image first, for example with dskconv"),
    (b"CQ\x14", "a CopyQM file", "convert it to a raw image first, for example with dskconv"),
    (b"QFI\xfb", "a QEMU disk (qcow2)", "convert it: qemu-img convert -O raw FILE disk.img"),
    (b"KDMV", "a VMware disk (VMDK)", "convert it: qemu-img convert -O raw FILE disk.img"),
    (b"conectix", "a Virtual PC disk (VHD)", "convert it: qemu-img convert -O raw FILE disk.img"),
    (b"<<< ", "a VirtualBox disk (VDI)", "convert it: qemu-img convert -O raw FILE disk.img"),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive", "unpack it and give the image or folder inside"),
    (b"Rar!", "a RAR archive", "unpack it and give the image or folder inside"),
    (b"\xfd7zXZ", "an xz file", "unpack it with xz -d and give what comes out"),
    (b"BZh", "a bzip2 file", "unpack it with bzip2 -d and give what comes out"),
    (b"\x28\xb5\x2f\xfd", "a Zstandard file", "unpack it with zstd -d and give what comes out"),
    (b"SZDD", "a file compressed by Microsoft's COMPRESS", "unpack it with EXPAND"),
    (b"\x60\xea", "an ARJ archive", "unpack it (arj x, 7z x) and give the folder"),
    (b"MZ", "a DOS or Windows program", "give the folder that it lies in, or run it to get its disks"),
)


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file of a tree: `path` with `\\`, upper case; `size` in bytes; DOS `attributes`; `read` gives its bytes."""

    path: str
    size: int
    attributes: int
    read: Callable[[], bytes] = field(repr=False, compare=False)

    @property
    def base(self) -> str:
        """The name without folders."""
        return self.path.rpartition("\\")[2]


@dataclass(frozen=True, slots=True)
class Tree:
    """A set of DOS files. `origin` names the source without personal folders, `what` says what it is.

    `disk_size` is the volume's in bytes and `fat_bits` 12, 16 or 32; both 0 for folders and archives; `problems` are
    the images that were passed over.
    """

    origin: str
    what: str
    files: Mapping[str, SourceFile] = field(repr=False)
    boot_sector: bytes | None = field(default=None, repr=False)
    disk_size: int = 0
    fat_bits: int = 0
    problems: tuple[str, ...] = ()


@contextlib.contextmanager
def opened(path: Path) -> Iterator[list[Tree]]:
    """Open a disk image, archive, CD image or folder; the trees in it can be read while the context lasts.

    A member of an archive can be named as if the archive were a folder: `disks.zip/boot/disk1.img`. Archives are
    zip, LHA and cabinets, also as the programs that unpack themselves.
    Raises ImageError when it is none of those, is damaged, or tries to trick its reader.
    """
    try:
        file_path, member = _split(path)
        name = file_path.name or str(file_path)
        mode = file_path.stat().st_mode
        if stat.S_ISDIR(mode):
            yield [_folder(file_path, name or "folder")]
            return
        if not (stat.S_ISREG(mode) or stat.S_ISBLK(mode)):
            raise ImageError(f"{path} is neither a file nor a folder")
        with contextlib.ExitStack() as stack:
            yield _trees(stack.enter_context(file_path.open("rb")), name, member, stack)
    except OSError as error:
        raise ImageError(
            f"{path} cannot be read: {error.strerror or error}", "check the path and its rights"
        ) from error


@contextlib.contextmanager
def opened_bytes(data: bytes, name: str) -> Iterator[list[Tree]]:
    """Open a disk image or archive that is a file of another one. Raises ImageError."""
    with contextlib.ExitStack() as stack:
        yield _trees(io.BytesIO(data), name, "", stack)


def is_archive(data: bytes) -> bool:
    """Return whether these bytes are an archive, or a program with one behind it: opening it gives its files or says
    why it cannot be read."""
    if data[:4] in _ZIP or data[:2] == b"\x1f\x8b":
        return True
    if data.startswith(b"MZ") and zipfile.is_zipfile(io.BytesIO(data)):
        return True
    return lhacab.found_in(data) is not None or lhacab.is_arj(data)


def _split(path: Path) -> tuple[Path, str]:
    if not path.exists():
        for parent in path.parents:
            if parent.is_file():
                return parent, path.relative_to(parent).as_posix()
        raise ImageError(
            f"there is no {path}", "check the path; a folder, an archive or a disk image is needed"
        )
    return path, ""


def _trees(file: BinaryIO, name: str, member: str, stack: contextlib.ExitStack, depth: int = 0) -> list[Tree]:
    size = file.seek(0, io.SEEK_END)
    file.seek(0)
    head = file.read(1024)
    if depth < 2 and (head[:4] in _ZIP or (head[:2] == b"MZ" and zipfile.is_zipfile(file))):
        return _zip(file, name, member, stack, depth)
    if depth < 2 and (head[:2] == b"MZ" or lhacab.found_in(head)):
        trees = _packed(file, name, member, stack, depth, size)
        if trees:
            return trees
    if member:
        raise ImageError(f"{name} is no archive that can be read, so there is no {member} in it")
    if head[:2] == b"\x1f\x8b" and depth < 2:
        inner = name[:-3] if name.lower().endswith(".gz") else name
        return _trees(io.BytesIO(_gunzip(file, name)), inner, "", stack, depth + 1)
    if iso.is_iso(file):
        return _iso(file, name, size)
    bpb = parse_bpb(head)
    if bpb is None:
        if partitions(head, size):
            return _disk(file, name, 0, size)
        if guess_bpb(head, size) is None:
            _explain(head, name, size)
    return [_volume(file, name, "a disk image" if bpb and bpb.media == 0xF8 else "a floppy image")]


def _explain(head: bytes, name: str, size: int) -> None:
    """Raise for what is known not to be a raw disk image; return for what only is no FAT disk."""
    if not head:
        raise ImageError(f"{name} is empty", "copy or download it again")
    for magic, what, hint in _OTHER_FORMATS:
        if head.startswith(magic):
            raise ImageError(f"{name} is {what}, not a raw disk image", hint)
    if size % 512:
        raise ImageError(
            f"{name} is no disk image: its {size:,} bytes are not a multiple of 512",
            "give an image of the whole disk, or the folder that this file lies in",
        )
    if size < 4096:
        raise ImageError(
            f"{name} has {size:,} bytes: no disk is that small",
            "a boot sector alone is not enough; give an image of the whole disk, or a folder with the files",
        )


def _volume(file: BinaryIO, name: str, what: str, start: int = 0, size: int | None = None) -> Tree:
    volume = FatVolume(file, name, start, size)
    files: dict[str, SourceFile] = {}
    for entry in volume.entries(TREE_DEPTH):
        if not entry.is_folder:
            read = partial(volume.read, entry, MAX_FILE)
            files.setdefault(entry.path, SourceFile(entry.path, entry.size, entry.attributes, read))
    return Tree(name, what, files, volume.boot_sector, volume.bpb.size, volume.fat_bits)


def partitions(sector: bytes, size: int) -> list[tuple[bool, int, int]]:
    """Return (active, start, size in bytes) of the FAT partitions in a master boot record, the active first."""
    if sector[510:512] != b"\x55\xaa":
        return []
    found = []
    for at in range(446, 510, 16):
        entry = sector[at : at + 16]
        start, count = (int.from_bytes(entry[i : i + 4], "little") for i in (8, 12))
        if entry[4] in _FAT_PARTITIONS and entry[0] in (0, 0x80) and start and count and start * 512 < size:
            found.append((entry[0] == 0x80, start * 512, count * 512))
    return sorted(found, key=lambda partition: not partition[0])


def _disk(file: BinaryIO, name: str, start: int, size: int) -> list[Tree]:
    file.seek(start)
    trees, problems = [], []
    for active, offset, length in partitions(file.read(512), size):
        what = f"{'the active' if active else 'a'} partition of a hard-disk image"
        try:
            trees.append(_volume(file, name, what, start + offset, min(length, size - offset)))
        except ImageError as error:
            problems.append(error)
    if not trees:
        raise problems[0] if problems else ImageError(f"{name} has no FAT partition")
    return trees


def _iso(file: BinaryIO, name: str, size: int) -> list[Tree]:
    trees, problems, seen = [], [], set()
    for image in iso.boot_images(file, size):
        what = f"the El Torito boot image ({image.emulation} emulation) of a CD"
        file.seek(image.start)
        head = file.read(1024)
        seen.add(image.start)
        try:
            if image.emulation != "floppy" and parse_bpb(head) is None:
                trees += (
                    _disk(file, f"{name}/boot", image.start, image.size)
                    if partitions(head, image.size)
                    else []
                )
            else:
                trees.append(_volume(file, f"{name}/boot", what, image.start, image.size))
        except ImageError as error:
            problems.append(error)
    if not trees:  # a boot loader such as isolinux, which loads a floppy image that is a file on the CD
        for extent in iso.files(file, name):
            if extent.name.lower().endswith(IMAGE_SUFFIXES) and extent.start not in seen:
                with contextlib.suppress(ImageError):
                    inside = f"{name}/{extent.name}"
                    trees.append(_volume(file, inside, "a disk image on a CD", extent.start, extent.size))
    if not trees:
        raise (
            problems[0]
            if problems
            else ImageError(
                f"{name} is a CD image that boots no DOS: it has no boot floppy, and no floppy image among its files",
                "give a CD that boots DOS, or the floppy image that its boot loader loads",
            )
        )
    return trees


def _gunzip(file: BinaryIO, name: str) -> bytes:
    file.seek(0)
    try:
        with gzip.GzipFile(fileobj=file) as unpacked:
            data = unpacked.read(MAX_IMAGE + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise ImageError(
            f"{name}: the gzip data is damaged ({error})", "copy or download it again"
        ) from error
    if len(data) > MAX_IMAGE:
        raise ImageError(
            f"{name} unpacks to more than {MAX_IMAGE >> 20} MiB: refused, as it may be a bomb",
            "unpack it yourself and give the image",
        )
    return data


def _zip(file: BinaryIO, name: str, member: str, stack: contextlib.ExitStack, depth: int) -> list[Tree]:
    archive = archives.Archive(file, name)
    stack.callback(archive.close)
    if member:
        data = archive.read(archive.find(member), MAX_IMAGE)
        return _trees(io.BytesIO(data), f"{name}/{member}", "", stack, depth + 1)
    members = [(item.path, item.info.file_size, partial(archive.read, item.info)) for item in archive.members]
    return _archive(name, "a zip archive", members, stack, depth)


def _packed(
    file: BinaryIO, name: str, member: str, stack: contextlib.ExitStack, depth: int, size: int
) -> list[Tree]:
    """Return what an LHA archive or cabinet holds, also as a program; nothing when it is none."""
    file.seek(0)
    data = file.read(MAX_IMAGE + 1)
    found = lhacab.found_in(data) if size <= MAX_IMAGE else None
    if found is None:
        if lhacab.is_arj(data):
            raise ImageError(
                f"{name} unpacks itself from an ARJ archive, which is not read",
                "run it, or unpack it (arj x, 7z x), and give the folder",
            )
        return []
    form, start = found
    files = dict(lhacab.unpack(data[start:], name, form))
    if member:
        inner = next((path for path in files if path.casefold() == member.casefold()), None)
        if inner is None:
            raise ImageError(f"{name} has no member {member}", f"it has {', '.join(sorted(files)[:10])}")
        return _trees(io.BytesIO(files[inner]), f"{name}/{inner}", "", stack, depth + 1)
    members = [
        (path, len(content), partial(_limited, name, path, content)) for path, content in files.items()
    ]
    return _archive(name, "an LHA archive" if form == "lha" else "a cabinet", members, stack, depth)


def _limited(name: str, path: str, content: bytes, limit: int) -> bytes:
    if len(content) > limit:
        raise ImageError(f"{name}: {path} has {len(content):,} bytes, more than {limit:,}")
    return content


def _archive(
    name: str,
    what: str,
    members: Iterable[tuple[str, int, Callable[[int], bytes]]],
    stack: contextlib.ExitStack,
    depth: int,
) -> list[Tree]:
    """Return the tree of an archive's members (path, size in bytes, read with a limit) and those of its images."""
    files: dict[str, SourceFile] = {}
    trees, problems, total = [], [], 0
    for path, size, read in members:
        inside = path.replace("/", "\\").upper()
        files.setdefault(inside, SourceFile(inside, size, ARCHIVE, partial(read, MAX_FILE)))
        if path.lower().endswith((*IMAGE_SUFFIXES, ".gz", ".iso")):
            total += size
            if total > MAX_IMAGES:
                raise ImageError(
                    f"{name} holds more than {MAX_IMAGES >> 20} MiB of disk images",
                    f"name the one that you mean: {name}/{path}",
                )
            try:
                trees += _trees(io.BytesIO(read(MAX_IMAGE)), f"{name}/{path}", "", stack, depth + 1)
            except ImageError as error:
                problems.append(error.message)
    return [Tree(name, what, files, problems=tuple(problems)), *trees]


def _folder(root: Path, name: str) -> Tree:
    files: dict[str, SourceFile] = {}
    todo = [(root, "")]
    while todo:
        folder, prefix = todo.pop()
        for path in sorted(folder.iterdir()):
            inside = (prefix + path.name).upper()
            if path.is_dir():
                if not path.is_symlink() and inside.count("\\") < MAX_FOLDER_DEPTH:
                    todo.append((path, inside + "\\"))
            elif path.is_file():
                if inside in files:
                    raise ImageError(
                        f"{name} has two files that DOS would call {inside}", "remove one of them"
                    )
                if len(files) >= MAX_FOLDER_FILES:
                    raise ImageError(
                        f"{name} has more than {MAX_FOLDER_FILES:,} files",
                        "give the folder with the DOS files alone",
                    )
                files[inside] = SourceFile(inside, path.stat().st_size, ARCHIVE, partial(_read, path))
    return Tree(name, "a folder", files)


def _read(path: Path) -> bytes:
    with path.open("rb") as file:
        data = file.read(MAX_FILE + 1)
    if len(data) > MAX_FILE:
        raise ImageError(f"{path.name} has more than {MAX_FILE:,} bytes, too many for a file of DOS")
    return data
