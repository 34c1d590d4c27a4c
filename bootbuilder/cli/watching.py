"""What the service tells while it runs: log lines (plain or JSON), the live table, /status and /metrics."""

from __future__ import annotations

import contextlib
import dataclasses
import datetime
import functools
import json
import sys
import threading
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from typing import TYPE_CHECKING, Any, Protocol

import bootbuilder
from bootbuilder.net import metrics, narrative, timelines
from bootbuilder.net.events import Event, Progress, as_dict
from bootbuilder.net.pxe import ARCHITECTURES
from bootbuilder.net.timelines import Client, Timelines

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

WAITING_MAX = 4000
"""Events that wait to be printed; where the terminal is slower than a boot storm, some lines are left out."""
PAUSE = 0.1
TABLE_ROWS = 12
CLIENTS_SHOWN = 256


Line = tuple[str, bool]
"""A line, and whether it is a warning."""


class Service(Protocol):
    """The part of the server that is watched."""

    def progress(self) -> list[Progress]: ...
    def status(self) -> dict[str, Any]: ...
    def stop(self) -> None: ...
    def submit(self, function: Callable[[], Any], /) -> Future[Any]: ...


class Watch:
    """A sink that keeps each client's story, and a thread that prints it: no client ever waits for a terminal."""

    def __init__(
        self,
        mac_of: Callable[[str], str],
        line: Callable[[float, str, Event], str | None] | None,
        out: Callable[[list[Line]], None],
    ) -> None:
        """`line(when, client, event)` puts a step into words, or leaves it out; `out` prints many lines at once.

        One by one they would be slow: after each the thread would have to wait for its turn again. Without `line`
        nothing is printed.
        """
        self.lines = Timelines(mac_of)
        self.problem: OSError | None = None
        """Why nothing can be printed any more."""
        self._line = line
        self._out = out
        self._waiting: deque[tuple[float, str, Event]] = deque()
        self._left_out = 0
        self._started = time.time()
        self._ended = threading.Event()
        self._service: Service | None = None
        self._thread = threading.Thread(target=self._print, name="log", daemon=True)

    def __call__(self, event: Event, /) -> None:
        """Take an event; called in the service's thread."""
        now = time.time()
        client = self.lines.add(now, event)
        if self._line is None:
            return
        if len(self._waiting) < WAITING_MAX:
            self._waiting.append((now, client, event))
        else:
            self._left_out += 1

    def start(self, service: Service, show: Callable[[list[Client]], None] | None = None) -> None:
        """Begin to print; `show(clients)` draws the live table, some times a second."""
        self._service = service
        self._show = show
        self._print_waiting()  # now, before rights are dropped: whatever printing has to import is there then
        self._thread.start()

    def end(self) -> None:
        """Print what is left."""
        self._ended.set()
        self._thread.join(timeout=5)

    def _print(self) -> None:
        try:
            while not self._ended.wait(PAUSE):
                self._print_waiting()
                if self._show is not None:
                    self._show(self._recent())
            self._print_waiting()
        except OSError as problem:
            self.problem = problem
            assert self._service is not None
            self._service.stop()

    def _print_waiting(self) -> None:
        lines: list[Line] = []
        while self._waiting and self._line is not None:
            when, client, event = self._waiting.popleft()
            text = self._line(when, client, event)
            if text is not None:
                lines.append((text, narrative.is_warning(event)))
        if lines:
            self._out(lines)
        if self._left_out:
            print(f"{self._left_out} lines left out: the output is too slow", file=sys.stderr)
            self._left_out = 0

    def _recent(self) -> list[Client]:
        """Return copies of the clients heard last, made in the service's thread."""
        assert self._service is not None
        with contextlib.suppress(TimeoutError):
            found: list[Client] = self._service.submit(lambda: self._copies(TABLE_ROWS)).result(timeout=1)
            return found
        return []

    def _copies(self, most: int) -> list[Client]:
        assert self._service is not None
        self.lines.progressed(time.time(), self._service.progress())
        recent = list(self.lines.clients.values())[: -most - 1 : -1]
        return [dataclasses.replace(client, steps=client.steps.copy()) for client in recent]

    def status(self) -> dict[str, Any]:
        """Return `/status`; called in the service's thread, so the long part is left for later."""
        assert self._service is not None
        now = time.time()
        return {
            "tool": {"name": "bootbuilder", "version": bootbuilder.__version__},
            "started": round(self._started, 3),
            "uptime": round(now - self._started, 3),
            **self._service.status(),
            "clients": [
                functools.partial(timelines.as_json, client) for client in self._copies(CLIENTS_SHOWN)
            ],
            "other_servers": [
                {"time": round(when, 3), **as_dict(event)}
                for when, event in self.lines.other_servers.values()
            ],
        }

    def metrics(self) -> str:
        """Return `/metrics`; called in the service's thread."""
        assert self._service is not None
        gauges = [
            ("start_time_seconds", "When the service was started, seconds since 1970.", self._started),
            ("clients", "Machines heard of lately.", float(len(self.lines.clients))),
            ("transfers_active", "Transfers that run now.", float(len(self._service.progress()))),
        ]
        return metrics.exposition(self.lines.counts, gauges)


def json_line(when: float, client: str, event: Event) -> str:
    """Return a step as one line of JSON."""
    moment = datetime.datetime.fromtimestamp(when, datetime.UTC).isoformat(timespec="milliseconds")
    level = "warning" if narrative.is_warning(event) else "info"
    told = {"time": moment, "level": level, "client": client, **as_dict(event)}
    return json.dumps({**told, "text": narrative.sentence(event)})


def plain_line(when: float, client: str, event: Event) -> str:
    """Return a step as a line of plain words."""
    clock = datetime.datetime.fromtimestamp(when).strftime("%H:%M:%S")
    return f"{clock} {client or '-':<17} {narrative.sentence(event)}"


def short_line(when: float, client: str, event: Event) -> str | None:
    """Return a step as a line of plain words, or None for a trifle."""
    return None if isinstance(event, narrative.QUIET) else plain_line(when, client, event)


def print_lines(lines: list[Line]) -> None:
    """Print them to the standard output."""
    print("\n".join(text for text, _ in lines), flush=True)


def table_of(clients: list[Client]) -> Table:
    """Return the live table: a row for each client, the last heard first."""
    from rich.table import Table

    table = Table(expand=True, pad_edge=False)
    for title in ("client", "address", "adapter", "step", "file"):
        table.add_column(title, no_wrap=True, overflow="ellipsis")
    for title in ("progress", "rate", "result"):
        table.add_column(title, no_wrap=True, justify="right")
    for client in clients:
        table.add_row(
            *row_of(client), style={timelines.FAILED: "red", timelines.DONE: "green"}.get(client.result)
        )
    return table


def row_of(client: Client) -> tuple[str, ...]:
    """Return a client's cells."""
    arch = ARCHITECTURES.get(client.arch, "") if client.arch is not None else ""
    part = f"{100 * client.sent // client.size} %" if client.size and client.result else ""
    rate = f"{client.rate / 1e6:.1f} MB/s" if client.rate else ""
    who = f"{client.adapter} {arch}".strip()
    return (
        client.name,
        client.address,
        who,
        client.step,
        narrative.shown(client.file),
        part,
        rate,
        client.result,
    )


@contextlib.contextmanager
def live_table(console: Console) -> Any:
    """Give a function that draws the clients at the bottom of the terminal; lines printed go above it."""
    from rich.live import Live

    with Live(table_of([]), console=console, auto_refresh=False, transient=True) as live:
        yield lambda clients: live.update(table_of(clients), refresh=True)
