"""Adds drivers that a user brings to the package store.

What is known by SHA-256 is kept at once. A file of the right name is a guess that the user confirms with an id; then
its content must be that of the right kind of driver.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from bootbuilder import problems
from bootbuilder.errors import CatalogueError
from bootbuilder.nics import holding, looking, recognising
from bootbuilder.nics.catalogue import KINDS, Catalogue
from bootbuilder.nics.looking import Found, Looked
from bootbuilder.nics.models import Driver, Kind
from bootbuilder.nics.vendor_files import Described
from bootbuilder.packages import Store

_DOS_BEGIN = (b"MZ", b"ZM", b"\xff\xff\xff\xff")


@dataclass(frozen=True, slots=True)
class Added:
    """A driver that is in the store now; `pinned` when the catalogue did not know this file."""

    driver: Driver
    found: Found
    pinned: bool
    remark: str = ""


def add(path: Path, catalogue: Catalogue, store: Store) -> tuple[list[Added], Looked]:
    """Put every known driver in `path` into the store; return them, and all that was found.

    Raises CatalogueError when nothing is known, PackageError from the store.
    """
    looked = looking.look(path, catalogue)
    if not looked.known:
        raise _nothing(path, looked)
    for _, found in looked.spare:
        store.put(found.data)
    return [_added(store, driver, found) for driver, found in looked.known], looked


def _added(store: Store, driver: Driver, found: Found) -> Added:
    before = holding.held(store, driver)
    holding.keep(store, driver, found)
    replaced = before is not None and before != found.digest
    return Added(driver, found, False, f"takes the place of {before[:12]}" if replaced and before else "")


def add_as(path: Path, catalogue: Catalogue, store: Store, as_id: str) -> Added:
    """Put the one file of `path` that can be the driver `as_id` into the store, whatever its version.

    Raises CatalogueError when the id is unknown, or the file is not of the right kind.
    """
    driver = catalogue.driver(as_id)
    if driver is None:
        near = problems.nearest(as_id, (driver.id for driver in catalogue.drivers()))
        raise CatalogueError(f"--as: {as_id!r} is not a driver id", near + "bootbuilder nic list shows them")
    if driver.firmware is not None:
        raise CatalogueError(f"--as: the file of the driver {as_id} is shipped", "choose another id")
    if driver.file is None:
        raise CatalogueError(f"--as: the driver {as_id} has no file: {driver.note}", "choose another id")
    files, unread = looking.files_in(path)
    if len(files) > 1:
        files = [found for found in files if found.name in driver.names]
    # The same file may lie there twice, as it is and in an archive.
    files = list({found.digest: found for found in files}.values())
    if len(files) != 1:
        also = "".join(f"\n{problem}" for problem in unread)
        raise CatalogueError(
            f"{path}: {len(files) or 'none'} of the files in it could be {driver.file}{also}",
            "name the one file: bootbuilder nic add FILE --as " + as_id,
        )
    (found,) = files
    if found.digest in driver.hashes:
        holding.keep(store, driver, found)
        return Added(driver, found, False)
    remark = check_kind(found, driver, str(path))
    about = (
        looking.match(driver.kind, found, looking.described_with(path)) if driver.kind == "ndis2" else None
    )
    holding.keep(store, driver, found, pinned=True, more=_said(found, about))
    if about is not None and about.keys:
        told = f"{len(about.keys)} keys of PROTOCOL.INI are taken from {about.origin}"
        remark = f"{remark}; {told}" if remark else told
    return Added(driver, found, True, remark)


def _said(found: Found, about: Described | None) -> dict[str, Any]:
    """Return what an NDIS2 driver's header and its vendor's files say, for its record."""
    name = recognising.device_name(found.data) or (about.driver_name if about else None)
    keys = {}
    for key, parameter in (about.keys if about else {}).items():
        table = msgspec.to_builtins(parameter)
        keys[key] = {part: value for part, value in table.items() if value not in (None, "", [])}
    return {**({"driver_name": name} if name else {}), **({"keys": keys} if keys else {})}


def check_kind(found: Found, driver: Driver, where: str) -> str:
    """Raise CatalogueError unless a file may be that kind of driver; return what could not be checked."""
    kind = recognising.kind_of(found.data)
    if kind is not None and kind != driver.kind:
        raise CatalogueError(
            f"{where}: this is {_a(KINDS[kind])}, and {driver.id} is {_a(KINDS[driver.kind])}",
            "drivers of different kinds share names; bootbuilder nic find shows the ids of this one's adapter",
        )
    if kind == driver.kind:
        device = recognising.device_name(found.data)
        if kind == "ndis2" and device and driver.driver_name and device.upper() != driver.driver_name.upper():
            return f"its device is called {device}, and the catalogue says {driver.driver_name}"
        return ""
    if recognising.packed(found.data):
        return "it is compressed, so its kind could not be checked"
    if driver.kind == "ndis2" and found.data.startswith(_DOS_BEGIN) and driver.over is None:
        return "it is a DOS driver, but nothing in it says NDIS2"
    mark = {"packet": "the signature PKT DRVR", "ndis2": "PROTMAN$", "odi": "LINKSUP$"}[driver.kind]
    raise CatalogueError(
        f"{where}: this is no {KINDS[driver.kind]}: it lacks {mark}",
        "check the file; an installer must be unpacked first, and a program that uses a driver is none",
    )


def _nothing(path: Path, looked: Looked) -> CatalogueError:
    lines = []
    for driver, found in looked.guesses[:10]:
        size = "the size that is known" if looking.same_size(driver, found) else "another size than is known"
        lines.append(f"{found.name}: by name it may be {driver.id} ({KINDS[driver.kind]}), {size}")
    lines += [stranger(kind, found) for kind, found in looked.strangers[:10]]
    lines += looked.problems[:10]
    what = "this file is not" if looked.files == 1 else f"none of its {looked.files} files is"
    hints = []
    if looked.guesses:
        hints.append(f"where you are sure: bootbuilder nic add FILE --as {looked.guesses[0][0].id}")
    if looked.strangers:
        new = suggested_id(looked.strangers[0][1])
        hints.append(f"to describe what is unknown: bootbuilder nic add {path} --describe {new}")
    return CatalogueError(
        "\n".join([f"{path}: {what} a driver whose SHA-256 the catalogue knows", *lines]),
        "; ".join(hints)
        or "take an unknown version with --as ID (bootbuilder nic list), or describe it: docs/nic-drivers.md",
    )


def stranger(kind: Kind, found: Found) -> str:
    """Return a line about a driver that is in no file of the catalogue."""
    device = recognising.device_name(found.data)
    name = f" with the device {device}" if kind == "ndis2" and device else ""
    return f"{found.name}: {_a(KINDS[kind])}{name}, which no file of the catalogue describes"


def suggested_id(found: Found) -> str:
    """Return an id for a family that is named after a driver's file."""
    stem = "".join(c if c.isascii() and c.isalnum() else "-" for c in found.name.partition(".")[0].lower())
    return stem.strip("-") or "mine"


def _a(noun: str) -> str:
    return f"{'an' if noun[0] in 'NO' else 'a'} {noun}"
