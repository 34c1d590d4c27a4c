"""The commands on DOS systems: dos list, show, import, fetch."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bootbuilder.cli import terminal
from bootbuilder.cli.terminal import AsJson, Offline, say, store, table

if TYPE_CHECKING:
    from bootbuilder.dos import DosSystem


def dos_list(as_json: AsJson = False) -> None:
    """List the DOS systems that recipes can name."""
    from bootbuilder import dos

    systems = dos.list_systems(store())
    if as_json:
        typer.echo(json.dumps([system.to_json() for system in systems], indent=2, ensure_ascii=False))
        return
    rows = [("id", "family", "version", "status", "title", "")]
    rows += [(s.id, s.family.value, s.version or "-", s.status, s.title or "-", s.note) for s in systems]
    table(rows)


def dos_show(name: Annotated[str, typer.Argument(help="An id from `dos list`, or a path.")]) -> None:
    """Show a DOS system: how it was recognised, its files, and what it can do."""
    from bootbuilder import dos

    _print_system(dos.load(name, store()))


def dos_import(
    name: Annotated[str, typer.Argument(help="The id that recipes will use.")],
    path: Annotated[Path, typer.Argument(help="Floppy image, ISO, disk image, zip or folder.")],
    replace: Annotated[bool, typer.Option("--replace", help="Replace a system of that name.")] = False,
) -> None:
    """Import a DOS of your own; it stays on this machine.

    Example:  bootbuilder dos import mydos disk1.img
    """
    from bootbuilder import dos

    _print_system(dos.import_system(name, path, store(), replace=replace))


def dos_fetch(
    name: Annotated[str, typer.Argument(help="freedos-1.4 or freedos-1.3.")],
    mirror: Annotated[
        str | None,
        typer.Option("--mirror", metavar="URL", help="Another place for the archive; a folder works."),
    ] = None,
    replace: Annotated[bool, typer.Option("--replace", help="Fetch it again.")] = False,
    offline: Offline = False,
) -> None:
    """Download a DOS by its pinned hash.

    Example:  bootbuilder dos fetch freedos-1.4
    """
    from bootbuilder.dos import fetch

    with terminal.download_bar(name) as progress:
        system = fetch.fetch_system(
            name, store(), mirror=mirror, progress=progress, offline=offline, replace=replace
        )
    _print_system(system)


def _print_system(system: DosSystem) -> None:
    say(f"{system.id}: {system.title}")
    say(f"family:       {system.family.value}, version {system.version or 'unknown'}")
    for index, reason in enumerate(system.how):
        say(f"{'known by:' if not index else '':<14}{reason}")
    for index, ability in enumerate(system.abilities):
        say(f"{'it can:' if not index else '':<14}{ability}")
    rows = [("file", "size", "sha256", "licence", "origin")]
    for file in system.files:
        rows.append((file.name, f"{file.size:,}", file.sha256[:12], file.license, file.origin))
    table(rows, right=(1,))
