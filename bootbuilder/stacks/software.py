"""Programs that users bring, such as mTCP or the Microsoft client: kept in the package store, found there again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bootbuilder import nics, packages, problems
from bootbuilder.errors import CatalogueError, PackageError, RecipeError
from bootbuilder.nics import Parameter
from bootbuilder.packages import Store
from bootbuilder.stacks.model import Package, StackFile

if TYPE_CHECKING:
    from bootbuilder.nics.looking import Found

KIND = "package"

Lack = tuple[str, str, str]
"""(file, where it usually comes from, the command that brings it)"""


@dataclass(frozen=True, slots=True)
class Held:
    """A file of a package in the store."""

    name: str
    sha256: str
    size: int
    origin: str


@dataclass(frozen=True, slots=True)
class Added:
    """What `add` put into the store: the files, and those of the package that are still not there."""

    package: Package
    files: tuple[Held, ...]
    absent: tuple[str, ...]


def of(name: str, known: Mapping[str, Package]) -> Package:
    """Return the package of that id: a known one, or one of the user's own, all of whose files are kept."""
    packages.check_name(name)
    if name in known:
        return known[name]
    return Package(name, "a package of your own", "you", "unknown", "unknown", None, None)


def held(store: Store, package: Package) -> dict[str, Held]:
    """Return the files of a package that are in the store, by name. Raises PackageError for a damaged record."""
    record = store.read(KIND, package.id) or {}
    try:
        found = [
            Held(file["name"], file["sha256"], file["size"], file["origin"])
            for file in record.get("files", [])
        ]
    except (TypeError, KeyError):
        raise PackageError(
            f"the record of the package {package.id} is damaged", f"bootbuilder package add {package.id} PATH"
        ) from None
    return {file.name: file for file in found}


def command(package: Package) -> str:
    """Return the command that brings a package."""
    return f"bootbuilder package add {package.id} PATH"


def files(
    store: Store, package: Package, names: Iterable[str], extras: Sequence[str], folder: str
) -> tuple[list[StackFile], list[Lack]]:
    """Return the files of those names, `extras` where they are there, and what is missing."""
    there = held(store, package)
    found: list[StackFile] = []
    lacks: list[Lack] = []
    for name in names:
        if name in there:
            found.append(placed(store, package, there[name], folder))
        else:
            lacks.append((name, package.source, command(package)))
    more = sorted(name for name in there if any(_is(name, pattern) for pattern in extras))
    wanted = {file.path for file in found}
    found += [
        placed(store, package, there[name], folder) for name in more if f"{folder}\\{name}" not in wanted
    ]
    return found, lacks


def selection(
    package: Package, there: Mapping[str, Held], options: Mapping[str, Any], where: str
) -> tuple[list[str], bool]:
    """Return the programs of a package that go onto a disk, the most useful first, and whether all of them must.

    A recipe chooses with `programs = "ping htget"` under network.options.<package>; else those are taken for which
    there is room. Of a package of the user's own everything is taken. Raises RecipeError, which begins with `where`.
    """
    known = {"programs": Parameter(type="string", help="names of programs, separated by spaces")}
    wanted = nics.check(f"the package {package.id}", known, options, where)["programs"]
    if wanted is None:
        order = [name for name in package.files or () if name in there] if package.files else sorted(there)
        return order, package.files is None
    names = []
    for word in wanted.upper().split():
        name = next((name for name in (word, f"{word}.EXE", f"{word}.COM") if name in there), None)
        if name is None:
            near = problems.nearest(word, [n.partition(".")[0] for n in there])
            raise RecipeError(
                f"{where}.programs: the package {package.id} has no program {word} here",
                f"{near}it has: {', '.join(sorted(there))}",
            )
        names.append(name)
    return names, True


def placed(store: Store, package: Package, entry: Held, folder: str) -> StackFile:
    """Return a file of a package for the disk."""
    return StackFile(
        f"{folder}\\{entry.name}",
        store.get(entry.sha256),
        f"package {package.id}: {entry.origin}",
        package.license,
        package.redistributable,
    )


def add(path: Path, package: Package, store: Store) -> Added:
    """Put the files of a package that are in `path` (a file, folder, zip or disk image) into the store.

    What was there before stays, so that a package may come from several disks. Raises PackageError.
    """
    from bootbuilder.nics import looking  # a build opens nothing

    try:
        found, unread = looking.files_in(path)
    except CatalogueError as error:
        raise PackageError(error.message, error.hint) from None
    mine = [
        file for file in found if package.files is None or any(_is(file.name, name) for name in package.files)
    ]
    if not mine:
        if compressed := _compressed(found, package):
            raise PackageError(
                f"{path}: the files of {package.title} are compressed there ({', '.join(compressed[:5])})",
                "unpack them first, with the EXPAND.EXE beside them or by running its SETUP",
            )
        names = ", ".join(list(package.files or {})[:4])
        raise PackageError(
            f"{path}: none of its files belongs to {package.title}"
            + "".join(f"\n{line}" for line in unread[:10]),
            f"it has {names}, …; it usually comes from {package.source}",
        )
    entries = held(store, package)
    for file in reversed(mine):  # of two with one name the first is kept
        entries[file.name] = Held(file.name, store.put(file.data), len(file.data), file.origin)
    record = {
        "schema": 1,
        "title": package.title,
        "publisher": package.publisher,
        "license": package.license,
        "files": [
            {"name": entry.name, "sha256": entry.sha256, "size": entry.size, "origin": entry.origin}
            for _, entry in sorted(entries.items())
        ],
    }
    store.save(KIND, package.id, record, replace=True)
    absent = tuple(name for name in package.files or () if "*" not in name and name not in entries)
    return Added(package, tuple(entries[name] for name in sorted({file.name for file in mine})), absent)


def _is(name: str, pattern: str) -> bool:
    return name.endswith(pattern[1:]) if pattern.startswith("*") else name == pattern


def _compressed(found: Iterable[Found], package: Package) -> list[str]:
    """Return the names that are those of the package with the last letter replaced by _ or $."""
    wanted = {name[:-1] for name in package.files or ()}
    return sorted({file.name for file in found if file.name[-1] in "_$" and file.name[:-1] in wanted})
