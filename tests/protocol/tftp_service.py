"""A TFTP server in a thread, over files in memory, for the tests with real sockets."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from bootbuilder.net import events
from bootbuilder.net.loop import Loop
from bootbuilder.net.tftp import Limits
from bootbuilder.net.tftpd import TftpServer

MANY = Limits(transfers=2000, transfers_per_client=2000, requests_per_second=1e6, request_burst=1_000_000)


class Memory:
    """A file in memory."""

    def __init__(self, name: str, data: bytes) -> None:
        self.key, self.size, self._data = name, len(data), data

    def read(self, offset: int, length: int) -> bytes:
        return self._data[offset : offset + length]

    def close(self) -> None: ...


@dataclass
class Service:
    """A running server: its address, and what it has told."""

    address: tuple[str, int]
    loop: Loop
    server: TftpServer
    told: list[events.Event] = field(default_factory=list)

    def of(self, *kinds: type[Any]) -> list[Any]:
        """Return the events of some kinds."""
        return [event for event in self.told if isinstance(event, kinds)]

    def wait(self, kind: type[Any], count: int = 1, seconds: float = 20.0) -> list[Any]:
        """Return the events of a kind as soon as there are `count`."""
        pause = threading.Event()
        for _ in range(int(seconds / 0.02)):
            if len(found := self.of(kind)) >= count:
                return found
            pause.wait(0.02)
        raise AssertionError(f"{len(self.of(kind))} of {count} {kind.__name__}; {self.told[-5:]}")

    def ask(self, question: Any) -> Any:
        """Call a function in the server's thread and return what it says."""
        answers: list[Any] = []
        done = threading.Event()

        def call() -> None:
            answers.append(question())
            done.set()

        self.loop.call_from_thread(call)
        assert done.wait(20)
        return answers[0]

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Let the server find all at once what is sent to it meanwhile."""
        resume = threading.Event()
        self.ask(lambda: self.loop.call_from_thread(resume.wait))
        try:
            yield
        finally:
            resume.set()


@contextmanager
def serving(files: Mapping[str, bytes], limits: Limits = MANY, **options: Any) -> Iterator[Service]:
    """Serve `files` on a free port of the loopback."""
    loop = Loop()
    told: list[events.Event] = []
    server = TftpServer(
        loop,
        lambda name, client: Memory(name, files[name]) if name in files else None,
        told.append,
        limits,
        **options,
    )
    service = Service(server.bind("127.0.0.1", 0), loop, server, told)
    failure: list[BaseException] = []

    def run() -> None:
        try:
            loop.run()
        except BaseException as problem:
            failure.append(problem)
            raise

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    try:
        yield service
    finally:
        if thread.is_alive():
            loop.call_from_thread(server.stop)
        loop.stop()
        thread.join(20)
        assert not failure and not thread.is_alive()
        loop.close()
