"""What stays away from a disk that is too small: as little as possible, the least wanted first. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from bootbuilder.stacks import Adapter, Choice, Choices, StackFile

Disk = TypeVar("Disk")


@dataclass(frozen=True, slots=True)
class Load:
    """What a network puts on a disk: an adapter, or several to choose from, and programs."""

    adapter: Adapter | Choices | None
    tools: tuple[StackFile, ...]


@dataclass(frozen=True, slots=True)
class Piece:
    """A program or a driver that may stay away; `name` is what the user calls it."""

    name: str
    what: StackFile | Choice
    files: tuple[StackFile, ...]
    is_driver: bool


@dataclass(frozen=True, slots=True)
class Room:
    """How full a disk is: whether all fits, bytes that are free, bytes of a cluster, and the paths of its files."""

    fits: bool
    free: int
    cluster: int
    there: frozenset[str]

    def could_take(self, piece: Piece) -> bool:
        """Return whether the files of a piece that are not there yet could be added."""
        sizes = [len(file.data) for file in piece.files if file.path not in self.there]
        return sum(-(-size // self.cluster) * self.cluster for size in sizes) <= self.free


def most(
    load: Load, may_lack: frozenset[str], make: Callable[[Load], Disk], room: Callable[[Disk], Room]
) -> tuple[Disk, tuple[Piece, ...]]:
    """Return the disk that `make` makes of as much of the load as fits, and what stays away, most wanted first.

    The last piece is given up first; then smaller ones come back where there is room, again the most wanted first. A
    load that is too large even so is made without any of its pieces.
    """
    disk = make(load)
    pieces = _pieces(load, may_lack)
    if room(disk).fits or not pieces:
        return disk, ()
    best = make(_without(load, pieces))
    if not room(best).fits:
        return best, pieces
    low, high = 0, len(pieces)  # that many fit; that many do not
    while high - low > 1:
        middle = (low + high) // 2
        disk = make(_without(load, pieces[middle:]))
        if room(disk).fits:
            low, best = middle, disk
        else:
            high = middle
    away = list(pieces[low:])
    for piece in pieces[low:]:
        if room(best).could_take(piece):
            fewer = [other for other in away if other is not piece]
            disk = make(_without(load, fewer))
            if room(disk).fits:
                away, best = fewer, disk
    return best, tuple(away)


def _pieces(load: Load, may_lack: frozenset[str]) -> tuple[Piece, ...]:
    """Return what may stay away, the most wanted first: a program before all, as a network without any is of no use,
    then drivers but the first, then the other programs."""
    programs = [Piece(_base(tool.path), tool, (tool,), False) for tool in load.tools if tool.path in may_lack]
    drivers = [
        Piece(choice.adapter.id, choice, choice.adapter.files, True) for choice in _choices(load.adapter)[1:]
    ]
    return (*programs[:1], *drivers, *programs[1:])


def _without(load: Load, away: Sequence[Piece]) -> Load:
    gone = {id(piece.what) for piece in away}
    tools = tuple(tool for tool in load.tools if id(tool) not in gone)
    adapter = load.adapter
    if choices := _choices(adapter):
        kept = tuple(choice for choice in choices if id(choice) not in gone)
        adapter = replace(adapter, choices=kept)  # type: ignore[type-var]  # it has some
    return Load(adapter, tools)


def _choices(adapter: Adapter | Choices | None) -> tuple[Choice, ...]:
    """Return the drivers that a disk chooses from when it boots; none when it has one, or no network."""
    if adapter is None:
        return ()
    from bootbuilder.stacks import Choices  # only here: a disk without a network does not need it

    return adapter.choices if isinstance(adapter, Choices) else ()


def _base(path: str) -> str:
    return path.rpartition("\\")[2]
