"""DOS systems by name: embedded, imported, fetched, or read from a path on the fly.

The door to everything about them: what one is says system.py, telling families apart families.py, finding one in
what a user gives importing.py, downloading one fetch.py, keeping one records.py.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from bootbuilder.dos import records
from bootbuilder.dos.fetchlist import CATALOGUE
from bootbuilder.dos.records import KIND
from bootbuilder.dos.system import (
    BootProtocol,
    DosSystem,
    DosSystemSummary,
    Family,
    Identification,
    SystemFile,
)
from bootbuilder.errors import DosSystemError, PackageError
from bootbuilder.packages import Store, check_name, default_root, sha256

__all__ = [
    "BootProtocol",
    "DosSystem",
    "DosSystemSummary",
    "Family",
    "Identification",
    "Store",
    "SystemFile",
    "default_root",
    "identify",
    "import_system",
    "list_systems",
    "load",
    "remove_system",
]

EMBEDDED = "bbdos"


def identify(files: Mapping[str, bytes], boot_sector: bytes | None) -> Identification:
    """Return which DOS the files of one folder are, from their bytes; see `families.identify`."""
    from bootbuilder.dos import families

    return families.identify(files, boot_sector)


def load(name_or_path: str, store: Store) -> DosSystem:
    """Return the embedded system `bbdos`, an imported or fetched one by its id, or read one from a path.

    Raises DosSystemError when there is none of that name or it cannot be told what it is, ImageError when the
    path is unreadable, PackageError when the store is damaged.
    """
    if name_or_path == EMBEDDED:
        return _embedded()
    if name_or_path == name_or_path.lower() and "/" not in name_or_path and "\\" not in name_or_path:
        try:
            record = store.read(KIND, name_or_path)
        except PackageError:
            if name_or_path in store.names(KIND):
                raise
            record = None
        if record is not None:
            return records.restore(name_or_path, record, store)
    path = Path(name_or_path)
    if name_or_path and _is_there(path):
        from bootbuilder.dos.importing import read_system  # brings the readers of disks and archives

        return read_system(path.name, path)
    raise _no_such(name_or_path, store)


def _is_there(path: Path) -> bool:
    try:
        return path.exists() or any(parent.is_file() for parent in path.parents)
    except (OSError, ValueError):  # no name of a file: too long, a NUL in it
        return False


def _no_such(name: str, store: Store) -> DosSystemError:
    if name in CATALOGUE:
        return DosSystemError(
            f"{CATALOGUE[name].title} is not on this machine yet",
            f"download it: bootbuilder dos fetch {name}",
        )
    import difflib

    known = [EMBEDDED, *store.names(KIND), *CATALOGUE]
    near = difflib.get_close_matches(name, known, 1)
    meant = f"did you mean {near[0]!r}? " if near else ""
    return DosSystemError(
        f"there is no DOS system {name!r}, and no file or folder of that name",
        f"{meant}known are {', '.join(known)}; import yours with: bootbuilder dos import NAME PATH",
    )


def import_system(name: str, path: Path, store: Store, replace: bool = False) -> DosSystem:
    """Find the DOS in a disk image, archive, CD image or folder, store its files under `name` and return it.

    Raises ImageError for unreadable sources, DosSystemError when it cannot be told which DOS it is, PackageError
    when the name is taken (unless `replace`) or the store cannot be written.
    """
    check_name(name)
    if name == EMBEDDED:
        raise DosSystemError(
            "bbdos is the embedded DOS: its name cannot be given to another", "choose another name"
        )
    if not replace and name in store.names(KIND):
        raise PackageError(
            f"there already is a DOS system called {name!r}",
            "choose another name, or replace it with --replace",
        )
    from bootbuilder.dos.importing import read_system

    system = read_system(name, path)
    records.save(system, store, replace)
    return system


def remove_system(name: str, store: Store) -> None:
    """Forget an imported or fetched system. Raises DosSystemError when there is none."""
    check_name(name)
    if not store.remove(KIND, name):
        raise DosSystemError(f"there is no stored DOS system {name!r}", "see: bootbuilder dos list")


def list_systems(store: Store) -> list[DosSystemSummary]:
    """Return the embedded system, the stored ones by name, then those that can be fetched.

    A record that cannot be read is listed as broken, it does not hide the others.
    """
    listed = [DosSystemSummary(EMBEDDED, "embedded", "bbdos", Family.BBDOS, note="ships with bootbuilder")]
    stored = store.names(KIND)
    for name in stored:
        try:
            listed.append(records.summary(name, store.read(KIND, name) or {}))
        except PackageError as error:
            listed.append(DosSystemSummary(name, "broken", "", Family.UNKNOWN, note=error.message))
    for name, item in CATALOGUE.items():
        if name not in stored:
            note = f"bootbuilder dos fetch {name}"
            listed.append(DosSystemSummary(name, "fetchable", item.title, Family.FREEDOS, note=note))
    return listed


def _embedded() -> DosSystem:
    from bootbuilder import __version__, firmware

    def file(name: str) -> SystemFile:
        data = firmware.load(name.lower())
        return SystemFile(name, sha256(data), len(data), data, f"bootbuilder {__version__}", "MIT", True)

    kernel = file("BBDOS.SYS")
    return DosSystem(
        id=EMBEDDED,
        title="bbdos",
        family=Family.BBDOS,
        version=__version__,
        how=("ships with bootbuilder",),
        protocol=BootProtocol("freedos", (kernel.name,), 0x60),
        kernel=(kernel,),
        shell=file("COMMAND.COM"),
        extras=MappingProxyType({}),
        origin=f"bootbuilder {__version__}",
    )
