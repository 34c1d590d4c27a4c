"""The catalogue of files that clients may have: which names there are, and their bytes. No client's name is a path.

A folder is read once into a `BootTable`, a value; names of clients are looked up in it and never given to the
system. `Catalogue` holds the folder open, notices changes, and opens what the table names: regular files only,
and never through a symbolic link, also when somebody exchanges one while we look.
"""

from __future__ import annotations

import contextlib
import errno
import json
import os
import stat
from collections import Counter, OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

from bootbuilder.errors import ServeError

MANIFEST = "manifest.json"
NAME_MAX = 120
"""Bytes. The header's file field and TFTP_OPEN take 128 with the NUL; some ROMs append a few."""
FILES_MAX = 20_000
MANIFEST_MAX = 64 << 20
KEPT_FILE = 8 << 20
"""Files up to this many bytes are read whole and shared between transfers; longer ones are read piece by piece."""
KEPT_TOTAL = 64 << 20


@dataclass(frozen=True, slots=True)
class Entry:
    """A file of the catalogue: its name with `/` between folders, and its size in bytes."""

    name: str
    size: int

    @property
    def base(self) -> str:
        """The name without its folder."""
        return self.name.rpartition("/")[2]


@dataclass(frozen=True, slots=True)
class BootImage:
    """Something to boot: the files that belong together because they differ in their endings only.

    `id` is what a policy calls it: the name without the ending, with its folder only where another has the same.
    What a build's manifest says is there too: `nic` is the driver's id, `pci` the adapters that it drives
    ("8086:100e"), `mac` and `hostname` those of the machine that it was made for.
    """

    id: str
    nbp: Entry | None = None
    img: Entry | None = None
    iso: Entry | None = None
    usb: Entry | None = None
    efi: Entry | None = None
    recipe: str = ""
    nic: str = ""
    pci: frozenset[str] = frozenset()
    dos: str = ""
    mac: str = ""
    hostname: str = ""


KINDS = {
    ".usb.img": "usb",
    ".img": "img",
    ".ima": "img",
    ".flp": "img",
    ".vfd": "img",
    ".iso": "iso",
    ".efi": "efi",
    ".0": "nbp",
    ".pxe": "nbp",
    ".kpxe": "nbp",
    ".kkpxe": "nbp",
    ".n12": "nbp",
}
"""The ending of a file -> which field of a BootImage it fills."""


def normal_name(asked: str) -> str | None:
    """Return a client's name as the catalogue spells names, or None for one that cannot be in it.

    Clients write `\\Boot\\pxeboot.n12`, `/boot/x`, `boot//x` and `./x` for the same; `..` is in no name.
    """
    if len(asked) > 2 * NAME_MAX or any(ord(letter) < 32 or ord(letter) == 127 for letter in asked):
        return None
    parts = [part for part in asked.replace("\\", "/").split("/") if part not in ("", ".")]
    if not parts or ".." in parts:
        return None
    return "/".join(parts)


class BootTable:
    """Names and their entries, as a value. Lookups take what clients write, in any case."""

    def __init__(
        self, entries: Mapping[str, Entry], images: Sequence[BootImage] = (), notes: Sequence[str] = ()
    ) -> None:
        self.entries = MappingProxyType(dict(sorted(entries.items())))
        self.images = tuple(images)
        """What can be booted: of builds in the order of the manifest, else by name."""
        self.notes = tuple(notes)
        """Sentences about what was left out, for the log."""
        self._folded: dict[str, Entry] = {}
        bases: dict[str, list[Entry]] = {}
        for name, entry in self.entries.items():
            self._folded.setdefault(name.casefold(), entry)
            if kind_of(name):
                bases.setdefault(entry.base.casefold(), []).append(entry)
        self._bases = {base: found[0] for base, found in bases.items() if len(found) == 1}

    def find(self, asked: str) -> Entry | None:
        """Return the entry that a client's name means, or None.

        An exact name wins, then one that differs in case only; a bare name also finds the one boot file of that
        name in whichever folder, so that it can be named shortly.
        """
        name = normal_name(asked)
        if name is None:
            return None
        folded = name.casefold()
        return self.entries.get(name) or self._folded.get(folded) or self._bases.get(folded)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, BootTable) and (self.entries, self.images, self.notes) == (
            other.entries,
            other.images,
            other.notes,
        )

    __hash__ = None  # type: ignore[assignment]  # a value, but not one for keys

    def __len__(self) -> int:
        return len(self.entries)


def kind_of(name: str) -> tuple[str, str] | None:
    """Return (name without its ending, field of BootImage), or None for a file that is no boot file."""
    for ending, kind in KINDS.items():
        if name.lower().endswith(ending):
            return name[: -len(ending)], kind
    return None


class Key(NamedTuple):
    """Which bytes: equal keys mean equal content, so that ready-framed blocks can be shared."""

    device: int
    inode: int
    modified: int
    size: int
    changed: int = 0
    """When the inode last changed: also where somebody set `modified` back, or took the right to read away."""

    @classmethod
    def of(cls, about: os.stat_result) -> Key:
        """Return the key of a file that the system told about."""
        return cls(about.st_dev, about.st_ino, about.st_mtime_ns, about.st_size, about.st_ctime_ns)


class Content:
    """The bytes of an opened file: `data` when they are kept whole, else read piece by piece. Close it after use."""

    def __init__(self, key: Key, data: bytes | None, descriptor: int | None = None) -> None:
        self.key = key
        self.size = key.size
        self.data = data
        self._descriptor = descriptor

    def read(self, offset: int, length: int) -> bytes:
        """Return up to `length` bytes from `offset`.

        Raises:
            OSError: the disk failed, or somebody shortened the file meanwhile.
        """
        length = max(0, min(length, self.size - offset))
        if self.data is not None:
            return self.data[offset : offset + length]
        assert self._descriptor is not None, "closed"
        if hasattr(os, "pread"):
            found = os.pread(self._descriptor, length, offset)
        else:
            os.lseek(self._descriptor, offset, os.SEEK_SET)
            found = os.read(self._descriptor, length)
        if len(found) != length:
            raise OSError(errno.EIO, "the file has become shorter")
        return found

    def close(self) -> None:
        """Let go of the file; `data` stays valid."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None


@dataclass
class _Folder:
    """One folder's names, as the last look found them."""

    stamp: tuple[int, int, int, int]
    folders: list[str] = field(default_factory=list)
    files: dict[str, int] = field(default_factory=dict)
    images: dict[str, dict[str, str]] | None = None  # of the manifest: file -> what it says
    notes: list[str] = field(default_factory=list)


class Catalogue:
    """A folder that is served. `table` is what it holds now; `refresh` looks again. Not for several threads.

    In a folder with a `manifest.json` only the files that it lists are served, elsewhere every regular file.
    Hidden names (`.git`, half-written files) and symbolic links never are.
    """

    def __init__(self, folder: Path, pci: Mapping[str, frozenset[str]] | None = None) -> None:
        """Open and read `folder`; `pci` says which adapters a driver id of a manifest stands for.

        Raises:
            ServeError: it is missing, not a folder, or unreadable.
        """
        self._pci = pci or {}
        try:
            self._beneath: _Beneath = _Beneath(folder)
        except NotADirectoryError as error:
            raise ServeError(
                f"{folder} is not a folder", "name a build output or a folder of files"
            ) from error
        except FileNotFoundError as error:
            raise ServeError(
                f"there is no folder {folder}", "build something first, or name a folder of boot files"
            ) from error
        except OSError as error:
            raise ServeError(f"{folder} cannot be opened: {error.strerror}") from error
        self._folders: dict[str, _Folder] = {}
        self._generated: dict[str, tuple[Key, bytes]] = {}
        self._kept: OrderedDict[Key, bytes] = OrderedDict()
        self._generation = 0
        self._left_out = 0
        self.table = BootTable({})
        self.refresh()

    def close(self) -> None:
        """Let go of the folder."""
        self._beneath.close()

    def offer(self, files: Mapping[str, bytes]) -> None:
        """Add generated files (scripts, configurations) in place of those offered before; they hide real ones."""
        self._generation += 1
        self._generated = {
            _checked(name): (Key(-1, number, self._generation, len(data)), data)
            for number, (name, data) in enumerate(files.items())
        }
        self._rebuild()

    def refresh(self) -> bool:
        """Look whether names have changed on disk, and return whether the table has. Costs one stat a folder."""
        before = self._folders
        folders: dict[str, _Folder] = {}
        todo, count = [""], 0
        while todo and count <= FILES_MAX:
            name = todo.pop()
            try:
                folders[name] = found = self._look(name, before.get(name))
            except OSError as error:
                folders[name] = found = _Folder((0, 0, 0, 0), notes=[f"{name or '.'}: {error.strerror}"])
            count += len(found.files)
            todo += [f"{name}/{child}" if name else child for child in found.folders]
        self._left_out = len(todo)
        if folders == before:
            return False
        self._folders = folders
        table = self.table
        self._rebuild()
        return self.table != table

    def open(self, entry: Entry) -> Content:
        """Open a file of the table as it is now. One that is kept and has not changed is looked at only.

        Raises:
            OSError: it is gone, may not be read (PermissionError), or is no longer a regular file.
        """
        if entry.name in self._generated:
            return Content(*self._generated[entry.name])
        about = self._beneath.about(entry.name)
        if about is not None and (data := self._kept.get(key := Key.of(about))) is not None:
            self._kept.move_to_end(key)
            return Content(key, data)
        descriptor = self._beneath.open(entry.name)
        key = Key.of(os.fstat(descriptor))
        if key.size > KEPT_FILE:
            return Content(key, None, descriptor)
        try:
            return Content(key, self._whole(key, descriptor))
        finally:
            os.close(descriptor)

    def _whole(self, key: Key, descriptor: int) -> bytes:
        data = self._kept.get(key)
        if data is None:
            data = b""
            while len(data) < key.size and (more := os.read(descriptor, key.size - len(data))):
                data += more
            if len(data) != key.size:
                raise OSError(errno.EIO, "the file has become shorter")
            self._kept[key] = data
            while sum(kept.size for kept in self._kept) > KEPT_TOTAL:
                self._kept.popitem(last=False)
        self._kept.move_to_end(key)
        return data

    def _look(self, name: str, before: _Folder | None) -> _Folder:
        """Read one folder, or return `before` when nothing in it has changed."""
        stamp = self._beneath.stamp(name)
        if before is not None and before.stamp == stamp:
            return before
        found = _Folder(stamp)
        for child, mode, size in self._beneath.children(name):
            whole = f"{name}/{child}" if name else child
            if child.startswith("."):
                continue
            if stat.S_ISDIR(mode):
                found.folders.append(child)
            elif stat.S_ISREG(mode) and child != MANIFEST:
                if len(whole.encode("utf-8", "surrogateescape")) > NAME_MAX or normal_name(whole) != whole:
                    found.notes.append(f"{whole!r} is not served: clients cannot ask for such a name")
                else:
                    found.files[child] = size
            elif stat.S_ISLNK(mode):
                found.notes.append(f"{whole} is not served: it is a symbolic link")
            elif child == MANIFEST:
                found.images = self._manifest(whole, found.notes)
        return found

    def _manifest(self, name: str, notes: list[str]) -> dict[str, dict[str, str]] | None:
        """Return what a build's manifest says of its files, or None (with a note) if it is something else."""
        try:
            descriptor = self._beneath.open(name)
            with os.fdopen(descriptor, "rb") as stream:
                raw = stream.read(MANIFEST_MAX)
            return images_of(json.loads(raw))
        except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            notes.append(
                f"{name} is not a manifest that can be read ({type(error).__name__}); all files are served"
            )
            return None

    def _rebuild(self) -> None:
        entries: dict[str, Entry] = {}
        notes: list[str] = []
        told: dict[str, dict[str, str]] = {}
        for folder, found in sorted(self._folders.items()):
            notes += found.notes
            names = found.files if found.images is None else [n for n in found.images if n in found.files]
            for child in names:
                name = f"{folder}/{child}" if folder else child
                entries[name] = Entry(name, found.files[child])
                told[name] = (found.images or {}).get(child, {})
        if self._left_out:
            notes.append(f"more than {FILES_MAX} files: {self._left_out} folders are left out")
        images = self._images(entries, told)
        entries |= {name: Entry(name, key.size) for name, (key, _) in self._generated.items()}
        self.table = BootTable(entries, images, notes)

    def _images(self, entries: Mapping[str, Entry], told: Mapping[str, dict[str, str]]) -> list[BootImage]:
        groups: dict[str, dict[str, Entry]] = {}
        for name, entry in entries.items():
            if known := kind_of(name):
                groups.setdefault(known[0], {}).setdefault(known[1], entry)
        bases = Counter(stem.rpartition("/")[2] for stem in groups)
        images = []
        for stem, files in groups.items():
            base = stem.rpartition("/")[2]
            about = next((told[entry.name] for entry in files.values() if told[entry.name]), {})
            pci = self._pci.get(about.get("nic", ""), frozenset())
            images.append(
                BootImage(base if bases[base] == 1 else stem, **files, **about, pci=pci)  # type: ignore[arg-type]
            )
        return images


def images_of(manifest: Mapping[str, Any]) -> dict[str, dict[str, str]]:
    """Return file -> recipe, nic, dos, mac and hostname ("" where it has none) of a parsed manifest.

    Raises:
        KeyError, TypeError, AttributeError: it is not one.
    """
    found = {}
    for image in manifest["images"]:
        machine = image.get("machine") or {}
        found[str(image["file"])] = {
            "recipe": str(manifest["recipe"]),
            "nic": str(image.get("nic") or ""),
            "dos": str(image.get("dos") or ""),
            "mac": str(machine.get("mac") or "").lower().replace("-", ":"),
            "hostname": str(machine.get("hostname") or ""),
        }
    return found


def _checked(name: str) -> str:
    if normal_name(name) != name or len(name.encode()) > NAME_MAX:
        raise ServeError(f"{name!r} cannot be the name of a generated file")
    return name


class _Beneath:
    """File access that cannot leave a folder: each step of a name is opened without following links.

    Where the system has no `openat` (Windows), each step is looked at before, and the opened file compared after.
    """

    _AT = os.open in os.supports_dir_fd and os.scandir in os.supports_fd

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        if self._AT:
            self._root = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        else:
            os.scandir(folder).close()

    def close(self) -> None:
        if self._AT:
            os.close(self._root)

    def stamp(self, name: str) -> tuple[int, int, int, int]:
        """Return what changes when a folder's names, or its manifest, do."""
        with self._directory(name) as place:
            about = os.fstat(place) if isinstance(place, int) else place.lstat()
            manifest = 0
            with contextlib.suppress(OSError):
                if isinstance(place, int):
                    manifest = os.stat(MANIFEST, dir_fd=place, follow_symlinks=False).st_mtime_ns
                else:
                    manifest = (place / MANIFEST).lstat().st_mtime_ns
            return about.st_dev, about.st_ino, about.st_mtime_ns, manifest

    def children(self, name: str) -> list[tuple[str, int, int]]:
        """Return (name, mode, size) of what is in a folder; links are not followed."""
        found = []
        with self._directory(name) as place, os.scandir(place) as items:
            for item in items:
                with contextlib.suppress(OSError):
                    about = item.stat(follow_symlinks=False)
                    found.append((item.name, about.st_mode, about.st_size))
        return sorted(found)

    def about(self, name: str) -> os.stat_result | None:
        """Return what the system tells of a regular file, or None when it, or a folder before it, is something else.

        Raises:
            OSError: it is gone.
        """
        slash = name.find("/")
        while slash > 0:
            if not stat.S_ISDIR(self._lstat(name[:slash]).st_mode):
                return None
            slash = name.find("/", slash + 1)
        about = self._lstat(name)
        return about if stat.S_ISREG(about.st_mode) else None

    def _lstat(self, name: str) -> os.stat_result:
        if self._AT:
            return os.stat(name, dir_fd=self._root, follow_symlinks=False)
        return (self._folder / name).lstat()

    def open(self, name: str) -> int:
        """Return a descriptor of a regular file.

        Raises:
            OSError: it is gone, a link, or no regular file.
        """
        folder, _, base = name.rpartition("/")
        # O_NONBLOCK: opening a FIFO that somebody put there must not stop the service.
        flags = (
            os.O_RDONLY
            | getattr(os, "O_CLOEXEC", 0)
            | getattr(os, "O_NONBLOCK", 0)
            | getattr(os, "O_BINARY", 0)
        )
        with self._directory(folder) as place:
            if isinstance(place, int):
                descriptor = os.open(base, flags | os.O_NOFOLLOW, dir_fd=place)
                regular = stat.S_ISREG(os.fstat(descriptor).st_mode)
            else:
                before = (place / base).lstat()
                descriptor = os.open(place / base, flags)
                regular = stat.S_ISREG(before.st_mode) and os.path.samestat(before, os.fstat(descriptor))
        if not regular:
            os.close(descriptor)
            raise OSError(errno.EINVAL, "not a regular file")
        return descriptor

    @contextlib.contextmanager
    def _directory(self, name: str) -> Iterator[int | Path]:
        """Give a descriptor of a folder beneath the root, or its path where descriptors cannot be walked."""
        parts = name.split("/") if name else []
        if not self._AT:
            path = self._folder
            for part in parts:
                path /= part
                if not stat.S_ISDIR(path.lstat().st_mode):
                    raise NotADirectoryError(errno.ENOTDIR, "not a folder")
            yield path
            return
        place = os.dup(self._root)
        try:
            for part in parts:
                flags = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
                place, above = os.open(part, flags, dir_fd=place), place
                os.close(above)
            yield place
        finally:
            os.close(place)
