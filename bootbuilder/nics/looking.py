"""Looks through what a user brings for drivers: a file, folder, floppy image, archive, or an archive in one of those.

By SHA-256 first, whatever the name; then by name and kind, which is a guess; then by content alone. What vendors wrote
about their drivers is read as well. Nothing is stored here.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from bootbuilder import packages
from bootbuilder.errors import BootbuilderError, CatalogueError, ImageError
from bootbuilder.nics import recognising, vendor_files
from bootbuilder.nics.catalogue import Catalogue
from bootbuilder.nics.models import Driver, Kind
from bootbuilder.nics.vendor_files import Described

if TYPE_CHECKING:
    from bootbuilder.reading import Tree

LARGEST = 1 << 20  # bytes; the largest driver known has 88,809
_LARGEST_FILE = 2 << 20  # bytes; programs that are kept in packages are larger than drivers
_MOST = 20_000  # files, of all archives together
_MOST_BYTES = 128 << 20  # of all of them
_DEPTH = 2  # archives in archives


@dataclass(frozen=True, slots=True)
class Found:
    """A file that may be a driver: `name` in upper case, `origin` says where it lay without personal folders."""

    name: str
    data: bytes = field(repr=False)
    origin: str

    @property
    def digest(self) -> str:
        """SHA-256 in hex."""
        return packages.sha256(self.data)


@dataclass(frozen=True, slots=True)
class Looked:
    """What is in a file, image, archive or folder.

    known      drivers by hash, each with the file that the catalogue prefers
    spare      further versions of those drivers
    guesses    drivers by name and kind
    strangers  drivers by content, which no file of the catalogue names, with their kind
    described  what vendors' files say
    problems   what could not be read
    """

    known: tuple[tuple[Driver, Found], ...]
    spare: tuple[tuple[Driver, Found], ...]
    guesses: tuple[tuple[Driver, Found], ...]
    strangers: tuple[tuple[Kind, Found], ...]
    described: tuple[Described, ...]
    problems: tuple[str, ...]
    files: int


def look(path: Path, catalogue: Catalogue) -> Looked:
    """Look for drivers in a file, floppy image, archive or folder. Raises CatalogueError."""
    files, problems = files_in(path)
    drivers = [driver for driver in catalogue.drivers() if driver.firmware is None]
    by_hash = {digest: driver for driver in drivers for digest in driver.hashes}
    by_name: dict[str, list[Driver]] = {}
    for driver in drivers:
        for name in driver.names:
            by_name.setdefault(name, []).append(driver)
    known: dict[str, tuple[Driver, Found]] = {}
    guesses: list[tuple[Driver, Found]] = []
    strangers: dict[str, tuple[Kind, Found]] = {}
    described: list[Described] = []
    for found in files:
        digest = found.digest
        if digest in by_hash:
            known.setdefault(digest, (by_hash[digest], found))
            continue
        if vendor_files.is_description(found.name):
            try:
                described += vendor_files.read(found.name, found.data, found.origin)
            except CatalogueError as error:
                problems.append(error.message)
        guessed = _guess(found, by_name.get(found.name, []))
        guesses += [(guess, found) for guess in guessed]
        kind = recognising.is_driver(found.data)
        if kind is not None and not guessed:
            strangers.setdefault(digest, (kind, found))
    preferred, spare = _preferred(list(known.values()))
    return Looked(
        preferred,
        spare,
        tuple(guesses),
        tuple(strangers.values()),
        tuple(described),
        tuple(problems),
        len(files),
    )


def _preferred(
    known: Sequence[tuple[Driver, Found]],
) -> tuple[tuple[tuple[Driver, Found], ...], tuple[tuple[Driver, Found], ...]]:
    """Split into one file for each driver, that which the catalogue names first, and the others."""
    chosen: dict[str, tuple[Driver, Found]] = {}
    spare = []
    for driver, found in sorted(known, key=lambda pair: pair[0].hashes.index(pair[1].digest)):
        if chosen.setdefault(driver.id, (driver, found))[1] is not found:
            spare.append((driver, found))
    return tuple(pair for pair in known if chosen[pair[0].id][1] is pair[1]), tuple(spare)


def _guess(found: Found, drivers: Sequence[Driver]) -> list[Driver]:
    """Return which drivers of that name a file may be: those of its kind, the right size first."""
    kind = recognising.kind_of(found.data)
    fitting = [driver for driver in drivers if kind is None or driver.kind == kind]
    return sorted(fitting, key=lambda driver: not same_size(driver, found))[:3]


def same_size(driver: Driver, found: Found) -> bool:
    """Return whether a version of the driver has the size of that file."""
    return any(version.size == len(found.data) for version in driver.versions)


# --- the files ----------------------------------------------------------------------------------------------


def files_in(path: Path) -> tuple[list[Found], list[str]]:
    """Return the files in `path`, those in archives inside it too, and what could not be read.

    A file of an archive or folder can be named behind it: `disk.zip/NET/NE2000.COM`. Raises CatalogueError.
    """
    from bootbuilder import reading  # only here: a build asks what is held, and opens nothing

    problems: list[str] = []
    if path.is_file() and not _container(path):
        return [_expanded(path.name, _read(path), path.name)], problems
    outer = next((parent for parent in path.parents if parent.is_file()), None)
    if outer is not None and not path.exists():
        inside = path.relative_to(outer).as_posix().upper()
        every, problems = files_in(outer)
        return [found for found in every if f"/{found.origin.upper()}".endswith(f"/{inside}")], problems
    try:
        with reading.opened(path) as trees:
            problems += [problem for tree in trees for problem in tree.problems]
            files = _bounded(_of_trees(trees, problems, 0), str(path))
    except ImageError as error:
        raise CatalogueError(error.message, error.hint) from None
    return files, problems


def files_of(name: str, data: bytes) -> tuple[list[Found], list[str]]:
    """Return the files in an archive that is at hand as bytes, or the one file; and what could not be read.

    Raises CatalogueError and ImageError.
    """
    from bootbuilder import reading

    if not reading.is_archive(data):
        return [_expanded(name, data, name)], []
    problems: list[str] = []
    with reading.opened_bytes(data, name) as trees:
        return _bounded(_of_trees(trees, problems, 0), name), problems


def _bounded(files: Iterator[Found], name: str) -> list[Found]:
    found: list[Found] = []
    room = _MOST_BYTES
    for file in files:
        found.append(file)
        room -= len(file.data)
        if len(found) > _MOST or room < 0:
            raise CatalogueError(
                f"{name} holds more than {_MOST:,} files or {_MOST_BYTES >> 20} MiB",
                "give the folder, disk or archive that has the drivers",
            )
    return found


def _of_trees(trees: Iterable[Tree], problems: list[str], depth: int) -> Iterator[Found]:
    from bootbuilder import reading

    for tree in trees:
        for file in tree.files.values():
            origin = f"{tree.origin}/{file.path}".replace("\\", "/")
            if not 0 < file.size <= reading.MAX_FILE:
                continue
            try:
                data = file.read()
                if depth < _DEPTH and reading.is_archive(data):
                    with reading.opened_bytes(data, origin) as inner:
                        yield from _of_trees(inner, problems, depth + 1)
                elif file.size <= _LARGEST_FILE and not _is_disk(data[:1], len(data)):
                    yield _expanded(file.base, data, origin)
            except BootbuilderError as error:
                problems.append(error.message)


def _expanded(name: str, data: bytes, origin: str) -> Found:
    """Return a file, expanded when COMPRESS made it. Raises CatalogueError."""
    from bootbuilder.reading import compressed

    if not compressed.is_compressed(data[:16]):
        return Found(name.upper(), data, origin)
    try:
        inside = compressed.expand(origin, data, _LARGEST_FILE)
    except ImageError as error:
        raise CatalogueError(error.message, error.hint) from None
    base = inside.name.replace("\\", "/").rpartition("/")[2]
    return Found(base, inside.data, origin)


def _container(path: Path) -> bool:
    """Return whether a file is an archive or a disk image rather than a driver."""
    from bootbuilder import reading

    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            head = file.read(512)
    except OSError as error:
        raise CatalogueError(f"{path}: cannot be read: {error.strerror}", "check its rights") from None
    return size > LARGEST or _is_disk(head[:1], size) or reading.is_archive(_read(path))


def _is_disk(first: bytes, size: int) -> bool:
    return size >= 160 << 10 and size % 512 == 0 and first in (b"\xeb", b"\xe9", b"\0")


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise CatalogueError(f"{path}: cannot be read: {error.strerror}", "check the path") from None


def described_with(path: Path) -> list[Described]:
    """Return what vendors' files say that lie in `path`, or beside it in its folder or archive."""
    outer = next((parent for parent in path.parents if parent.is_file()), None)
    if outer is not None or path.is_dir() or _container(path):
        candidates = files_in(outer or path)[0]
    else:
        candidates = [
            Found(other.name.upper(), _read(other), other.name)
            for other in sorted(path.parent.iterdir())
            if vendor_files.is_description(other.name.upper())
            and other.is_file()
            and other.stat().st_size <= vendor_files.LARGEST
        ]
    described: list[Described] = []
    for found in candidates:
        if vendor_files.is_description(found.name):
            with contextlib.suppress(CatalogueError):
                described += vendor_files.read(found.name, found.data, found.origin)
    return described


def match(kind: Kind, found: Found, described: Sequence[Described]) -> Described | None:
    """Return what the vendor's files say of a driver, joined; the first that says something counts."""
    device = (recognising.device_name(found.data) or "").upper()

    def fits(about: Described) -> bool:
        same = about.driver_name is not None and about.driver_name.upper() == device
        return about.kind == kind and (about.file == found.name or (about.file is None and same))

    fitting = [about for about in described if fits(about)]
    if not fitting:
        return None
    first = fitting[0]
    for other in fitting[1:]:
        first = replace(
            first,
            origin=first.origin if other.origin == first.origin else f"{first.origin}, {other.origin}",
            driver_name=first.driver_name or other.driver_name,
            title=first.title or other.title,
            keys={**other.keys, **first.keys},
            pci=first.pci or other.pci,
        )
    return first
