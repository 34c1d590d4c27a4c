"""The commands on programs that users bring: package list, show, add."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from bootbuilder.cli import terminal
from bootbuilder.cli.terminal import AsJson, say, table


def package_list(as_json: AsJson = False) -> None:
    """List the packages of network programs: those that stacks and tools can use, and yours.

    Example:  bootbuilder package list
    """
    from bootbuilder import stacks
    from bootbuilder.stacks import software

    store = terminal.store()
    names = dict.fromkeys([*stacks.PACKAGES, *store.names(software.KIND)])
    packages = [software.of(name, stacks.PACKAGES) for name in names]
    held = {package.id: software.held(store, package) for package in packages}
    if as_json:
        listed = [
            {
                "id": p.id,
                "title": p.title,
                "source": p.source,
                "license": p.license,
                "files": sorted(held[p.id]),
            }
            for p in packages
        ]
        typer.echo(json.dumps(listed, indent=2, ensure_ascii=False))
        return
    rows = [("id", "here", "title", "usually comes from")]
    for p in packages:
        here = held[p.id]
        known = sum("*" not in name for name in p.files or here)
        rows.append((p.id, f"{len(here)} of {known}" if here else "no", p.title, p.source))
    table(rows)


def package_show(name: Annotated[str, typer.Argument(help="An id from `package list`.")]) -> None:
    """Show a package: its files, what each is for, and which are here.

    Example:  bootbuilder package show mtcp
    """
    from bootbuilder import stacks
    from bootbuilder.stacks import software

    package = software.of(name, stacks.PACKAGES)
    held = software.held(terminal.store(), package)
    say(f"{package.id}: {package.title}")
    say(f"comes from:   {package.source}")
    say(f"licence:      {package.license}, {package.publisher}")
    rows = [("file", "here", "size", "for")]
    for file in dict.fromkeys([*(package.files or ()), *held]):
        entry = held.get(file)
        about = (package.files or {}).get(file, "")
        rows.append((file, "yes" if entry else "no", f"{entry.size:,}" if entry else "-", about))
    table(rows, right=(2,))
    if not held:
        say(f"add it:       {software.command(package)}")


def package_add(
    name: Annotated[str, typer.Argument(help="The id that recipes will use.")],
    path: Annotated[
        list[Path], typer.Argument(help="Files, folders, zips or floppy images that have its files.")
    ],
) -> None:
    """Add a package: the files of PATH that belong to it; under a new name all of them.

    Examples:  bootbuilder package add mtcp mtcp.zip;  bootbuilder package add msclient disk1.img disk2.img
    """
    from bootbuilder import stacks
    from bootbuilder.stacks import software

    package = software.of(name, stacks.PACKAGES)
    for one in path:
        added = software.add(one, package, terminal.store())
        say(f"{one}: {', '.join(file.name for file in added.files)}")
    if added.absent:
        say(f"not here: {', '.join(added.absent)} (bootbuilder package show {name} tells what each is for)")
