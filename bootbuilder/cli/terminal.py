"""What all commands share: printing, tables, the store, and options with the same meaning everywhere."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from bootbuilder.nics import Catalogue
    from bootbuilder.packages import Store

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]
NicDrivers = Annotated[
    list[Path] | None,
    typer.Option("--nic-drivers", metavar="DIR", help="More catalogue files of NIC drivers; repeatable."),
]
Offline = Annotated[bool, typer.Option("--offline", help="Never use the network.")]

quiet = False  # set once, by the options before the command
verbose = False


def say(text: str = "") -> None:
    """Print a line, unless --quiet."""
    if not quiet:
        typer.echo(text)


def table(rows: Sequence[Sequence[str]], right: Iterable[int] = ()) -> None:
    """Print rows in aligned columns, the first row as a header; columns in `right` are set to the right."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = []
    for row in rows:
        cells = [
            cell.rjust(width) if column in right else cell.ljust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        lines.append("  ".join(cells).rstrip())
    say("\n".join(lines))


@contextlib.contextmanager
def download_bar(label: str) -> Iterator[Callable[[int, int | None], None]]:
    """Give a function for (bytes so far, bytes in all); a bar on a terminal, nothing elsewhere."""
    if quiet or not sys.stderr.isatty():
        yield lambda done, total: None
        return
    with typer.progressbar(length=1, label=label, file=sys.stderr) as bar:

        def show_progress(done: int, total: int | None) -> None:
            bar.length = total or done or 1
            bar.update(done - bar.pos)

        yield show_progress


def store() -> Store:
    """Return the package store: below BOOTBUILDER_HOME, else in the user's data folder."""
    from bootbuilder import packages

    home = os.environ.get("BOOTBUILDER_HOME")
    return packages.Store(Path(home) if home else packages.default_root())


def catalogue(folders: Iterable[Path] | None = None) -> Catalogue:
    """Return the NIC catalogue: the shipped files, over them those of the user's data folder, then `folders`."""
    from bootbuilder import nics

    mine = store().root / "nic_drivers"
    return nics.load([*([mine] if mine.is_dir() else []), *(folders or ())])
