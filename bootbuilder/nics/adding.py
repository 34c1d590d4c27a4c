"""Recognises drivers in what a user brings and keeps them in the package store.

By SHA-256 first. A file of the right name and size is a guess that the user confirms with an id; then its content must
be that of the right kind of driver.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bootbuilder import packages, problems
from bootbuilder.errors import CatalogueError, ImageError, PackageError
from bootbuilder.nics.catalogue import KINDS, Catalogue
from bootbuilder.nics.models import Driver, Kind
from bootbuilder.packages import Store

_LARGEST = 1 << 20  # bytes; the largest driver known has 88,809
_DOS_BEGIN = (b"MZ", b"ZM", b"\xff\xff\xff\xff")


@dataclass(frozen=True, slots=True)
class Found:
    """A file that may be a driver: `name` in upper case, `origin` says where it lay without personal folders."""

    name: str
    data: bytes
    origin: str

    @property
    def digest(self) -> str:
        """SHA-256 in hex."""
        return packages.sha256(self.data)


@dataclass(frozen=True, slots=True)
class Added:
    """A driver that is in the store now; `pinned` when the catalogue did not know this file."""

    driver: Driver
    found: Found
    pinned: bool
    remark: str = ""


@dataclass(frozen=True, slots=True)
class Looked:
    """What was found in a file, image, archive or folder: drivers by hash, guesses by name, and how many files."""

    known: tuple[tuple[Driver, Found], ...]
    guesses: tuple[tuple[Driver, Found], ...]
    files: int


def kind_of(data: bytes) -> Kind | None:
    """Return what kind of driver a file is, by the texts that each kind must have in it; None when it cannot be told.

    A packet driver has the signature `PKT DRVR` at its interrupt, an NDIS2 driver opens the device PROTMAN$, an ODI
    driver looks for the link support layer by LINKSUP$.
    """
    if b"PKT DRVR" in data:
        return "packet"
    if b"PROTMAN$" in data.upper():
        return "ndis2"
    if b"LINKSUP$" in data:
        return "odi"
    return None


def packed(data: bytes) -> bool:
    """Return whether a program is compressed (UPX, PKLITE, LZEXE), so that its texts cannot be read."""
    head = data[:512]
    return b"UPX!" in head or b"PKLITE" in head.upper() or head[28:31] == b"LZ9"


def look(path: Path, catalogue: Catalogue) -> Looked:
    """Look for drivers in a file, floppy image, zip or folder. Raises CatalogueError and ImageError."""
    files = files_in(path)
    by_hash = {digest: driver for driver in catalogue.drivers() for digest in driver.hashes}
    by_name: dict[str, list[Driver]] = {}
    for driver in catalogue.drivers():
        for name in driver.names:
            by_name.setdefault(name, []).append(driver)
    known: dict[str, tuple[Driver, Found]] = {}
    guesses: list[tuple[Driver, Found]] = []
    for found in files:
        if found.digest in by_hash:
            known.setdefault(found.digest, (by_hash[found.digest], found))
        elif found.name in by_name:
            guesses += [(guess, found) for guess in _guess(found, by_name[found.name])]
    return Looked(tuple(known.values()), tuple(guesses), len(files))


def _guess(found: Found, drivers: Sequence[Driver]) -> list[Driver]:
    """Return which drivers of that name a file may be: those of its kind, the right size first."""
    kind = kind_of(found.data)
    fitting = [driver for driver in drivers if kind is None or driver.kind == kind]
    return sorted(fitting, key=lambda driver: not _same_size(driver, found))[:3]


def _same_size(driver: Driver, found: Found) -> bool:
    return any(version.size == len(found.data) for version in driver.versions)


def add(path: Path, catalogue: Catalogue, store: Store, as_id: str | None = None) -> list[Added]:
    """Put every known driver in `path` into the store, or, with `as_id`, the one file as that driver.

    Raises CatalogueError when nothing is known or the file is not of the right kind, PackageError from the store.
    """
    if as_id is not None:
        return [_add_as(path, catalogue, store, as_id)]
    looked = look(path, catalogue)
    if not looked.known:
        raise _nothing(path, looked)
    return [_keep(store, driver, found, pinned=False) for driver, found in looked.known]


def _add_as(path: Path, catalogue: Catalogue, store: Store, as_id: str) -> Added:
    driver = catalogue.driver(as_id)
    if driver is None:
        near = problems.nearest(as_id, (driver.id for driver in catalogue.drivers()))
        raise CatalogueError(f"--as: {as_id!r} is not a driver id", near + "bootbuilder nic list shows them")
    if driver.file is None:
        raise CatalogueError(f"--as: the driver {as_id} has no file: {driver.note}", "choose another id")
    files = files_in(path)
    if len(files) > 1:
        files = [found for found in files if found.name in driver.names]
    if len(files) != 1:
        raise CatalogueError(
            f"{path}: {len(files) or 'none'} of the files in it could be {driver.file}",
            "name the one file: bootbuilder nic add FILE --as " + as_id,
        )
    (found,) = files
    if found.digest in driver.hashes:
        return _keep(store, driver, found, pinned=False)
    return _keep(store, driver, found, pinned=True, remark=_check_kind(found, driver, path))


def _check_kind(found: Found, driver: Driver, path: Path) -> str:
    """Raise unless a file may be that kind of driver; return what could not be checked."""
    kind = kind_of(found.data)
    if kind not in (None, driver.kind):
        raise CatalogueError(
            f"{path}: this is {_a(KINDS[kind])}, and {driver.id} is {_a(KINDS[driver.kind])}"
            if kind
            else str(path),
            "drivers of different kinds share names; bootbuilder nic find shows the ids of this one's adapter",
        )
    if kind == driver.kind:
        return ""
    if packed(found.data):
        return "it is compressed, so its kind could not be checked"
    if driver.kind == "ndis2" and found.data.startswith(_DOS_BEGIN) and driver.over is None:
        return "it is a DOS driver, but nothing in it says NDIS2"
    mark = {"packet": "the signature PKT DRVR", "ndis2": "PROTMAN$", "odi": "LINKSUP$"}[driver.kind]
    raise CatalogueError(
        f"{path}: this is no {KINDS[driver.kind]}: it lacks {mark}",
        "check the file; a self-extracting archive or an installer must be unpacked first",
    )


def _keep(store: Store, driver: Driver, found: Found, *, pinned: bool, remark: str = "") -> Added:
    digest = store.put(found.data)
    record = {
        "schema": 1,
        "driver": driver.id,
        "kind": driver.kind,
        "file": driver.file or found.name,
        "sha256": digest,
        "size": len(found.data),
        "origin": found.origin,
        "publisher": driver.publisher,
        "license": driver.license,
        "pinned": pinned,
    }
    if driver.redistributable is not None:
        record["redistributable"] = driver.redistributable
    store.save("nic", driver.id, record, replace=True)
    return Added(driver, found, pinned, remark)


def held(store: Store, driver: Driver) -> str | None:
    """Return the SHA-256 of a driver's file that is in the store: the one added last, else any that is known."""
    record = store.read("nic", driver.id)
    if record is not None:
        digest = record.get("sha256")
        if not isinstance(digest, str):
            raise PackageError(
                f"the record of the driver {driver.id} is damaged", f"bootbuilder nic add {driver.file}"
            )
        if store.has(digest):
            return digest
    return next((digest for digest in driver.hashes if store.has(digest)), None)


def all_held(store: Store, catalogue: Catalogue, kind: Kind = "packet") -> list[Driver]:
    """Return every driver of a kind whose file is here and that can be loaded by itself, by id."""
    found = {driver.id: driver for driver in catalogue.with_hashes(store.has)}
    for name in store.names("nic"):
        driver = catalogue.driver(name)
        if driver is not None and held(store, driver) is not None:
            found[name] = driver
    alone = [d for d in found.values() if d.kind == kind and d.file and d.over in (None, "undi")]
    return sorted(alone, key=lambda driver: driver.id)


# --- reading -----------------------------------------------------------------------------------------------


def files_in(path: Path) -> list[Found]:
    """Return the files in `path`: those of a folder, archive or image, else itself."""
    from bootbuilder import reading  # only here: a build asks what is held, and opens nothing

    if path.is_file() and not _container(path):
        return [Found(path.name.upper(), _read(path), path.name)]
    inner = next((parent for parent in path.parents if parent.is_file()), None)
    try:
        if inner is not None and not path.exists():  # disk.zip/NET/NE2000.COM
            return [
                found
                for found in files_in(inner)
                if found.origin.upper().endswith(path.relative_to(inner).as_posix().upper())
            ]
        with reading.opened(path) as trees:
            return [
                Found(file.base, file.read(), f"{tree.origin}/{file.path}".replace("\\", "/"))
                for tree in trees
                for file in tree.files.values()
                if 0 < file.size <= _LARGEST
            ]
    except ImageError as error:
        raise CatalogueError(error.message, error.hint) from None


def _container(path: Path) -> bool:
    """Return whether a file is an archive or a disk image rather than a driver."""
    try:
        with path.open("rb") as file:
            head = file.read(512)
            size = path.stat().st_size
    except OSError as error:
        raise CatalogueError(f"{path}: cannot be read: {error.strerror}", "check its rights") from None
    return head[:4] == b"PK\x03\x04" or head[:2] == b"\x1f\x8b" or size > _LARGEST or _is_disk(head, size)


def _is_disk(head: bytes, size: int) -> bool:
    return size >= 160 << 10 and size % 512 == 0 and head[:1] in (b"\xeb", b"\xe9", b"\0")


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise CatalogueError(f"{path}: cannot be read: {error.strerror}", "check the path") from None


def _nothing(path: Path, looked: Looked) -> CatalogueError:
    if looked.guesses:
        lines, seen = [], set()
        for driver, found in looked.guesses:
            size = "the size that is known" if _same_size(driver, found) else "another size than is known"
            lines.append(f"{found.name}: by name it may be {driver.id} ({KINDS[driver.kind]}), {size}")
            seen.add(driver.id)
        shown = "\n".join(lines[:10])
        return CatalogueError(
            f"{path}: of another version or kind: no file has the SHA-256 of a driver in the catalogue\n{shown}",
            f"where you are sure: bootbuilder nic add FILE --as {looked.guesses[0][0].id}",
        )
    what = "this file is" if looked.files == 1 else f"none of its {looked.files} files is"
    return CatalogueError(
        f"{path}: {what} a driver that the catalogue knows, by SHA-256 or by name",
        "take an unknown version with --as ID (bootbuilder nic list), or describe it: docs/nic-drivers.md",
    )


def _a(noun: str) -> str:
    return f"{'an' if noun[0] in 'NO' else 'a'} {noun}"
