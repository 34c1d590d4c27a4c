"""Journals written in a thread of their own: the loop serves on while the disk takes its milliseconds.

Whatever waits for a line is done in the loop's thread once the line is on the disk. All that gathers while the disk
is busy goes there together.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from itertools import groupby
from queue import SimpleQueue
from threading import Thread

from bootbuilder.net.events import Notice, Sink
from bootbuilder.net.journal import Journal

WAITING_MAX = 1024  # jobs; a disk that hangs does not fill the memory: who waited asks again


@dataclass(frozen=True, slots=True)
class _Job:
    """Lines to append, or with `anew` all lines that the file shall have; `written` is done afterwards."""

    lines: list[str]
    written: Callable[[], None]
    anew: bool = False


class Committer:
    """One for each journal, which is its own from now on. All methods are for the loop's thread."""

    def __init__(
        self,
        journal: Journal,
        call_in_loop: Callable[[Callable[[], None]], None],
        sink: Sink,
        all_lines: Callable[[], list[str]],
    ) -> None:
        """`call_in_loop` is the loop's `call_from_thread`; `all_lines` is what still means something."""
        self._journal = journal
        self._call_in_loop = call_in_loop
        self._sink = sink
        self._all_lines = all_lines
        self._live = 0  # lines that meant something when they were last counted
        self._shortening = False
        self._jobs: SimpleQueue[_Job | None] = SimpleQueue()
        # A daemon: the process may end at any moment without leaving the file or a client's lease in doubt.
        self._thread = Thread(target=self._work, name=f"journal {journal.path.name}", daemon=True)
        self._thread.start()

    def commit(self, lines: list[str], written: Callable[[], None] = lambda: None) -> None:
        """Bring lines to the disk, then call `written`; where that fails it is told, and `written` never called."""
        if self._jobs.qsize() >= WAITING_MAX:
            return
        self._jobs.put(_Job(lines, written))
        # What is about to be written is in these lines too, and what comes later is written behind them.
        if not self._shortening and self._journal.outgrown(self._live):
            live = self._all_lines()
            self._live = len(live)
            if self._journal.outgrown(self._live):
                self._shortening = True
                self._jobs.put(_Job(live, self._shortened, anew=True))

    def close(self) -> None:
        """Write what is waiting and let go of the file."""
        self._jobs.put(None)
        self._thread.join()
        self._journal.close()

    def _shortened(self) -> None:
        self._shortening = False

    # --- In the thread ----------------------------------------------------------------------------------------

    def _work(self) -> None:
        open_ = True
        while open_:
            found = [self._jobs.get()]
            while not self._jobs.empty():
                found.append(self._jobs.get())
            open_ = None not in found  # it is the last one
            for anew, jobs in groupby((job for job in found if job is not None), lambda job: job.anew):
                self._write(list(jobs), anew)

    def _write(self, jobs: list[_Job], anew: bool) -> None:
        journal = self._journal
        try:
            if anew:
                journal.replace(jobs[-1].lines)
            else:
                journal.append(line for job in jobs for line in job.lines)
        except OSError as problem:
            what = "shortened" if anew else "written"
            notice = Notice(f"{journal.path}: cannot be {what}: {problem.strerror}", warning=True)
            self._call_in_loop(partial(self._sink, notice))
            if not anew:
                return
        self._call_in_loop(partial(_tell, jobs))


def _tell(jobs: list[_Job]) -> None:
    for job in jobs:
        job.written()
