"""Finds the DOS in what a user gives: which folder, disk or partition has a kernel, and which files go with it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from bootbuilder import reading
from bootbuilder.dos.families import KERNEL_NAMES, SHELLS, identify
from bootbuilder.dos.files import EXTRAS
from bootbuilder.dos.provenance import licence_of
from bootbuilder.dos.system import DosSystem, Family, Identification, SystemFile
from bootbuilder.errors import DosSystemError
from bootbuilder.packages import sha256
from bootbuilder.reading import SourceFile, Tree


@dataclass(frozen=True, slots=True)
class _Place:
    """A folder (`""` or ending in a backslash) of a tree that has a kernel, and what that is."""

    tree: Tree
    folder: str
    identity: Identification
    digest: str


def read_system(system_id: str, path: Path) -> DosSystem:
    """Return the DOS in a disk image, archive, CD image or folder.

    Raises ImageError for unreadable sources, DosSystemError when it cannot be told which DOS it is.
    """
    with reading.opened(path) as trees:
        places = [place for tree in trees for place in _places(tree)]
        good = [place for place in places if place.identity.family is not Family.UNKNOWN]
        if not good:
            raise _not_identified(path, trees, places)
        return _system(system_id, _choose(path, good))


def _places(tree: Tree) -> list[_Place]:
    folders: dict[str, dict[str, SourceFile]] = {}
    for file in tree.files.values():
        folders.setdefault(file.path[: -len(file.base)], {})[file.base] = file
    holding = sorted(
        (f for f, files in folders.items() if KERNEL_NAMES & files.keys()), key=lambda f: (f.count("\\"), f)
    )
    places = []
    for folder in holding:
        files = {base: file.read() for base, file in folders[folder].items() if base in _LOOKED_AT}
        names = {base: files.get(base, b"") for base in folders[folder]}
        identity = identify(names, tree.boot_sector if not folder else None)
        digest = sha256(b"".join(files.get(name, b"") for name in identity.sources))
        places.append(_Place(tree, folder, identity, digest))
        if identity.family is not Family.UNKNOWN:
            break  # the kernel nearest to the root is what this disk is
    return places


_LOOKED_AT = KERNEL_NAMES | set(SHELLS)


def _choose(path: Path, good: Sequence[_Place]) -> _Place:
    per_disk: dict[str, _Place] = {}
    for place in good:
        per_disk.setdefault(
            place.tree.origin, place
        )  # of the partitions of one disk the first: the active one
    places = list(per_disk.values())
    if len({place.digest for place in places}) > 1:
        found = "; ".join(f"{place.identity.title} in {place.tree.origin}" for place in places[:6])
        raise DosSystemError(
            f"{path.name} holds more than one DOS: {found}",
            f"name the one that you mean, for example {path}/{_inside(path, places[0])}",
        )
    return max(places, key=lambda place: (place.tree.disk_size == 1474560, place.tree.disk_size))


def _inside(path: Path, place: _Place) -> str:
    return place.tree.origin.removeprefix(path.name).lstrip("/") or place.folder.replace("\\", "/")


def _not_identified(path: Path, trees: Sequence[Tree], places: Sequence[_Place]) -> DosSystemError:
    reasons = [f"{place.tree.origin}: {reason}" for place in places for reason in place.identity.how]
    reasons += [problem for tree in trees for problem in tree.problems]
    if not reasons:
        names = sorted(name for tree in trees for name in tree.files)
        listed = ", ".join(names[:10]) + (f" and {len(names) - 10:,} more" if len(names) > 10 else "")
        reasons = [f"it has {listed}" if names else "it has no files"]
    packed = any(name.endswith(("_", ".EX_", ".SY_", ".CO_")) for tree in trees for name in tree.files)
    hint = (
        "this looks like a setup disk with compressed files: make a boot disk with FORMAT /S or SYS and import that"
        if packed
        else "give a bootable disk (made by FORMAT /S or SYS) or a folder with the kernel files and COMMAND.COM"
    )
    return DosSystemError(f"{path.name}: no DOS that I know: {'; '.join(reasons[:5])}", hint)


def _system(system_id: str, place: _Place) -> DosSystem:
    tree, identity = place.tree, place.identity
    protocol = identity.protocol
    if protocol is None:
        raise DosSystemError(f"{tree.origin}: {identity.title} has no boot protocol")
    kernel = tuple(
        _file(tree, tree.files[place.folder + source], name)
        for source, name in zip(identity.sources, protocol.kernel, strict=True)
    )
    shell = _shell(place)
    how = (f"found in {tree.what}", *identity.how)
    if shell.path != place.folder + shell.base:
        how += (f"the shell is {shell.path}",)
    sector = tree.boot_sector if not place.folder else None
    if sector is not None and not _loads(sector, protocol.kernel[0]):
        sector = None
    return DosSystem(
        id=system_id,
        title=identity.title,
        family=identity.family,
        version=identity.version,
        how=how,
        protocol=protocol,
        kernel=kernel,
        shell=_file(tree, shell, shell.base),
        extras=_extras(place, {place.folder + source for source in identity.sources} | {shell.path}),
        boot_sector=sector,
        boot_sector_fat=tree.fat_bits if sector else None,
        origin=tree.origin,
    )


def _loads(sector: bytes, kernel: str) -> bool:
    base, _, extension = kernel.partition(".")
    return f"{base:<8}{extension:<3}".encode("ascii") in sector.upper()  # PC-DOS 1 has it in lower case


def _shell(place: _Place) -> SourceFile:
    if place.identity.shell:
        return place.tree.files[place.folder + place.identity.shell]
    for name in SHELLS:
        found = [file for file in place.tree.files.values() if file.base == name and file.size]
        if found:
            return min(found, key=lambda file: (file.path.count("\\"), file.path))
    raise DosSystemError(
        f"{place.tree.origin} has the kernel of {place.identity.title} but no command interpreter",
        "put its COMMAND.COM beside the kernel",
    )


def _extras(place: _Place, taken: set[str]) -> Mapping[str, SystemFile]:
    found: dict[str, SourceFile] = {}
    for file in sorted(place.tree.files.values(), key=lambda file: (file.path.count("\\"), file.path)):
        if file.base in EXTRAS and file.path not in taken and 0 < file.size <= reading.MAX_FILE:
            found.setdefault(file.base, file)
    return MappingProxyType(
        {base: _file(place.tree, found[base], found[base].path) for base in sorted(found)}
    )


def _file(tree: Tree, source: SourceFile, name: str) -> SystemFile:
    data = source.read()
    digest = sha256(data)
    licence = licence_of(data, digest)
    origin = f"{tree.origin}/{source.path.replace(chr(92), '/')}"
    return SystemFile(
        name, digest, len(data), data, origin, licence.name, licence.redistributable, source.attributes
    )
