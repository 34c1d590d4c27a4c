"""Journals that a thread writes: when what waits for them is done, and what becomes of a disk that fails."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from pathlib import Path
from threading import Event as Flag

import pytest

from bootbuilder.net.committing import WAITING_MAX, Committer
from bootbuilder.net.events import Event, Notice
from bootbuilder.net.journal import SPARE_LINES, Journal


class Rim:
    """A loop that runs what the thread asks for when it is told to, and a log."""

    def __init__(self) -> None:
        self.posted: deque[Callable[[], object]] = deque()
        self.told: list[Event] = []
        self.live: list[str] = []

    def committer(self, journal: Journal) -> Committer:
        return Committer(journal, self.posted.append, self.told.append, lambda: list(self.live))

    def run(self) -> None:
        while self.posted:
            self.posted.popleft()()


def lines(path: Path) -> list[str]:
    """Return what a journal has after a restart."""
    journal = Journal(path)
    journal.close()
    return journal.lines


def test_what_waits_is_done_when_the_line_is_on_the_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As long as the disk is busy nobody is told of a lease; then all are, in order."""
    rim, done, disk, busy = Rim(), [], Flag(), Flag()
    append = Journal.append

    def slow(journal: Journal, new: list[str]) -> None:
        busy.set()
        disk.wait(10)
        append(journal, new)

    monkeypatch.setattr(Journal, "append", slow)
    committer = rim.committer(Journal(tmp_path / "leases"))
    for number in range(5):
        committer.commit([f"lease {number}"], lambda number=number: done.append(number))  # type: ignore[misc]
    assert busy.wait(10)
    rim.run()
    assert done == []
    disk.set()
    committer.close()
    rim.run()
    assert done == list(range(5))
    assert lines(tmp_path / "leases") == [f"lease {number}" for number in range(5)]


def test_a_disk_that_fails_is_told_and_nobody_gets_an_answer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A full disk: a warning with the file's name, no answer."""
    rim, done = Rim(), []

    def full(journal: Journal, new: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Journal, "append", full)
    committer = rim.committer(Journal(tmp_path / "leases"))
    committer.commit(["lease"], lambda: done.append(1))
    committer.close()
    rim.run()
    assert not done
    assert [one.text for one in rim.told if isinstance(one, Notice)] == [
        f"{tmp_path / 'leases'}: cannot be written: No space left on device"
    ]


def test_a_long_journal_is_shortened_and_nothing_is_lost(tmp_path: Path) -> None:
    """Outdated lines go; what is written in the meantime stays."""
    rim, done = Rim(), Flag()
    path = tmp_path / "leases"
    committer = rim.committer(Journal(path))
    committer.commit(["a old"] * (SPARE_LINES + 100), done.set)
    for _ in range(1000):
        rim.run()
        if done.wait(0.01):
            break
    rim.live = ["a new", "b"]
    committer.commit(["a new"])
    committer.commit(["c"])
    committer.close()
    assert lines(path) == ["a new", "b", "c"]


def test_a_disk_that_hangs_does_not_fill_the_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Questions beyond what may wait are dropped, as their clients ask again."""
    rim, done, disk, busy = Rim(), [], Flag(), Flag()
    append = Journal.append

    def hung(journal: Journal, new: list[str]) -> None:
        busy.set()
        disk.wait(10)
        append(journal, new)

    monkeypatch.setattr(Journal, "append", hung)
    committer = rim.committer(Journal(tmp_path / "leases"))
    committer.commit(["lease"], lambda: done.append(1))
    assert busy.wait(10)
    for _ in range(2 * WAITING_MAX):
        committer.commit(["lease"], lambda: done.append(1))
    disk.set()
    committer.close()
    rim.run()
    assert len(done) == WAITING_MAX + 1
