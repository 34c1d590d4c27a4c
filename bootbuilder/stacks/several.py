"""One disk for several adapters: which drivers it may choose from when it boots, and by which marks of the boards.

NICSCAN.COM looks for adapters and tells them by NICSCAN.LST; AUTOEXEC.BAT goes on from its ERRORLEVEL.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

import msgspec

from bootbuilder import __version__, firmware, startup
from bootbuilder.errors import RecipeError
from bootbuilder.nics import Adapter as KnownBoard
from bootbuilder.nics import Catalogue, Parameter
from bootbuilder.render import Limits
from bootbuilder.stacks.model import Adapter, Board, Choice, Choices, StackFile, Text

PROGRAM = "nicscan"
MOST = 120  # drivers that NICSCAN's ERRORLEVEL can tell, with 128 added and below 254
LIST_LINE = Limits(2000, "NICSCAN")

STANZA = "multi/AUTOEXEC.BAT"
LIST = Text("multi/NICSCAN.LST", f"{startup.FOLDER}\\NICSCAN.LST", LIST_LINE)
TEMPLATES = (STANZA, LIST.template)

OPTIONS: Mapping[str, Parameter] = {
    "seconds": Parameter(
        type="int", default=10, minimum=0, maximum=999, help="how long the menu waits; 0: for ever"
    ),
    "menu": Parameter(type="switch", default=True, help="false: the first in load order, without a menu"),
    "isa": Parameter(type="switch", default=True, help="false: look for PCI adapters only"),
}
"""What a recipe may set under network.options.nicscan."""


def choices(adapters: Sequence[Adapter], catalogue: Catalogue, where: str, *, ordered: bool) -> Choices:
    """Return the drivers that can be told apart, in load order.

    Of two drivers for one board the earlier gets it when the recipe `ordered` them, else the one that the catalogue
    calls the better. A driver that is left with no board raises RecipeError, which begins with `where`; one that the
    recipe did not name is left out with a note.
    """
    ids = {adapter.driver.id for adapter in adapters}
    boards = catalogue.boards_of(ids)
    found: list[Choice] = []
    lost: dict[str, list[str]] = {}  # why -> drivers
    taken: set[str] = set()
    paths: dict[str, bytes] = {}
    for adapter in adapters:
        known = boards[adapter.driver.id]
        mine = known if ordered else [board for board in known if _best(board, ids) == adapter.driver.id]
        if left := tuple(_left(mine, taken)):
            taken.update(mark for board in left for mark in board.marks)
            found.append(Choice(_named_apart(adapter, paths), left))
            continue
        marked = any(board.marks for board in known)
        why = "other drivers serve the same boards" if marked else "NICSCAN cannot find such boards"
        if ordered:
            raise RecipeError(
                f"{where}: {adapter.id} would never be chosen on a disk for several adapters: {why}",
                "leave it out, or name it before them"
                if marked
                else "leave it out, or make it a disk of its own",
            )
        lost.setdefault(why, []).append(adapter.id)
    if len(found) > MOST:
        lost[f"a disk tells at most {MOST} drivers apart"] = [choice.adapter.id for choice in found[MOST:]]
    notes = tuple(f"left out, as {why}: {', '.join(names)}" for why, names in lost.items())
    if not found:
        raise RecipeError(
            f'{where}: no driver is left for mode = "multi": {"; ".join(notes)}', 'set mode = "per-nic"'
        )
    return Choices(tuple(found[:MOST]), tuple(_programs()), notes)


def _programs() -> Iterator[StackFile]:
    """Yield NICSCAN, and a first NIC.BAT: what NICSCAN writes then has room on a full disk."""
    for name, data in (
        ("NICSCAN.COM", firmware.load("nicscan.com")),
        ("NIC.BAT", b"REM NICSCAN.COM writes this file anew\r\n"),
    ):
        yield StackFile(f"{startup.FOLDER}\\{name}", data, f"bootbuilder {__version__}", "MIT", True)


def _best(board: KnownBoard, ids: Collection[str]) -> str | None:
    """Return the first driver of a board that is among `ids`."""
    return next((use.id for use in board.drivers if use.id in ids), None)


def _left(boards: Iterable[KnownBoard], taken: Collection[str]) -> Iterator[Board]:
    """Yield the boards with the marks that no driver has yet, the most particular first."""
    seen = set(taken)
    for board in sorted(boards, key=lambda board: -max(map(len, board.marks), default=0)):
        if marks := tuple(mark for mark in board.marks if mark not in seen):
            seen.update(marks)
            yield Board(marks, board.title)


def _named_apart(adapter: Adapter, paths: dict[str, bytes]) -> Adapter:
    """Return the adapter with a name for its driver's file that no other file has; `paths` are those in use."""
    files = []
    for index, file in enumerate(adapter.files):
        path, number = file.path, 1
        while paths.setdefault(path, file.data) != file.data:
            number += 1
            folder, _, name = file.path.rpartition("\\")
            stem, _, ending = name.partition(".")
            path = f"{folder}\\{stem[: 7 - len(str(number))]}_{number}.{ending}"
        if index == 0 and path != file.path:
            driver = msgspec.structs.replace(adapter.driver, file=path.rpartition("\\")[2])
            adapter = Adapter(adapter.id, driver, adapter.layer, adapter.files, adapter.remark)
        files.append(StackFile(path, file.data, file.origin, file.license, file.redistributable))
    return Adapter(adapter.id, adapter.driver, adapter.layer, tuple(files), adapter.remark)
