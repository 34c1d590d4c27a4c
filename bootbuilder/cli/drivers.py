"""The commands that get driver files: nic add, nic fetch."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bootbuilder.cli import terminal
from bootbuilder.cli.terminal import NicDrivers, Offline, say
from bootbuilder.errors import BootbuilderError

if TYPE_CHECKING:
    from bootbuilder.nics.adding import Added
    from bootbuilder.nics.looking import Looked

SHOWN = 12
"""Lines about drivers that were not added."""


def nic_add(
    path: Annotated[
        Path, typer.Argument(help="A driver's file, or a folder, archive or floppy image with drivers.")
    ],
    as_id: Annotated[
        str | None, typer.Option("--as", metavar="ID", help="Take an unknown version as this driver.")
    ] = None,
    describe: Annotated[
        str | None,
        typer.Option(
            "--describe", metavar="ID", help="Write a catalogue file for the unknown drivers in it."
        ),
    ] = None,
    drivers: NicDrivers = None,
) -> None:
    """Add drivers to the store: every one in PATH that is known by its SHA-256.

    PATH may be a zip, LHA archive or cabinet, a program that unpacks itself, or a file of EXPAND (EL90X.DO_), also
    inside another. With --describe, what the catalogue lacks is described from OEMSETUP.INF, *.NIF, PROTOCOL.INI,
    NET.CFG and the driver itself.

    Examples:  bootbuilder nic add disk1.img;  bootbuilder nic add NE2000.COM --as ne2000;
    bootbuilder nic add etherdsk.exe --describe acme
    """
    from bootbuilder.nics import adding, describing

    if as_id is not None and describe is not None:
        raise BootbuilderError(
            "nic add: --as and --describe exclude each other",
            "--as takes an id of nic list, --describe a new one",
        )
    catalogue, store = terminal.catalogue(drivers), terminal.store()
    if as_id is not None:
        _say_added(adding.add_as(path, catalogue, store, as_id))
        return
    if describe is not None:
        written, added, problems = describing.describe(path, catalogue, store, describe)
        for item in added:
            _say_added(item)
        for problem in problems:
            say(f"not read: {problem}")
        say(f"described in {written}: read it, and correct what it could not know")
        say(f"then: bootbuilder nic show {describe}")
        return
    added, looked = adding.add(path, catalogue, store)
    for item in added:
        _say_added(item)
    _say_left(path, looked)


def _say_added(item: Added) -> None:
    from bootbuilder.nics import KINDS

    driver, found = item.driver, item.found
    say(f"{found.name}: the {KINDS[driver.kind]} of {driver.id}, {driver.license}, from {found.origin}")
    if item.pinned:
        say(f"  not in the catalogue: pinned as SHA-256 {found.digest} ({len(found.data):,} bytes)")
    if item.remark:
        say(f"  {item.remark}")


def _say_left(path: Path, looked: Looked) -> None:
    """Say what else is there: other versions, drivers that may be taken with --as or described, what was not read."""
    from bootbuilder.nics import adding

    for driver, found in looked.spare:
        say(f"{found.name}: another version of {driver.id}, kept as well; {found.origin}")
    lines = [
        f"{found.name}: by name it may be {driver.id}, of an unknown version: --as {driver.id}"
        for driver, found in looked.guesses
    ]
    lines += [adding.stranger(kind, found) for kind, found in looked.strangers]
    lines += [f"not read: {problem}" for problem in looked.problems]
    for line in lines[:SHOWN]:
        say(line)
    if len(lines) > SHOWN:
        say(f"and {len(lines) - SHOWN} more")
    if looked.strangers:
        say(f"to describe those: bootbuilder nic add {path} --describe ID")


def nic_fetch(
    ids: Annotated[
        list[str], typer.Argument(metavar="ID...", help="Drivers or families, as nic list shows.")
    ],
    mirror: Annotated[
        str | None,
        typer.Option(
            "--mirror", metavar="URL", help="A URL or folder that has the files, in place of theirs."
        ),
    ] = None,
    accept_unpinned: Annotated[
        bool, typer.Option("--accept-unpinned", help="Take a file of unknown SHA-256, and pin it.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask before downloading.")] = False,
    offline: Offline = False,
    drivers: NicDrivers = None,
) -> None:
    """Download drivers from the FreeDOS package repository, or from where the catalogue says.

    What comes is checked against a pinned SHA-256 and kept with origin and licence. An interrupted download goes on
    where it stopped; HTTPS_PROXY is honoured.

    Examples:  bootbuilder nic fetch ne2000;  bootbuilder nic fetch e100 --accept-unpinned;
    bootbuilder nic fetch pcnet --mirror https://mirror.example/net
    """
    from bootbuilder.nics import fetching

    catalogue, store = terminal.catalogue(drivers), terminal.store()
    orders = [fetching.order(name, catalogue, store, mirror) for name in ids]
    for ordered in orders:
        driver, source = ordered.driver, ordered.source
        if not yes and sys.stdin.isatty():
            pinned = f"SHA-256 {source.sha256[:16]}…" if source.sha256 else "not pinned"
            text = f"{driver.file} ({driver.license}) from {source.url} ({pinned}): download it?"
            if not typer.confirm(text, default=True):
                raise BootbuilderError(f"{driver.id} was not downloaded", "the answer was no")
        with terminal.download_bar(source.name) as progress:
            added = fetching.fetch(
                ordered, store, accept_unpinned=accept_unpinned, offline=offline, progress=progress
            )
        _say_added(added)
