"""A loop that waits for datagrams: which sockets are readable, which timers are due. One thread, no locks.

asyncio spends some ten microseconds on each datagram of a client that waits for every block; a whole TFTP block
costs two here. So DHCP and TFTP share this loop, and whatever wants asyncio (HTTP) lives in another thread.
"""

from __future__ import annotations

import heapq
import itertools
import select
import selectors
import socket
import time
from collections import deque
from collections.abc import Callable
from typing import Protocol

READABLE = 1
"""EPOLLIN, which is also `selectors.EVENT_READ`."""
ROUND_MAX = 256
"""Sockets told about in one round; the rest come in the next one."""


class _Poller(Protocol):
    """What `select.epoll` offers, as far as it is used here."""

    def register(self, fd: int, eventmask: int) -> None: ...
    def unregister(self, fd: int) -> None: ...
    def poll(self, timeout: float | None, maxevents: int) -> list[tuple[int, int]]: ...
    def close(self) -> None: ...


class _Selector:
    """The same interface where there is no epoll: kqueue on macOS, select on Windows."""

    def __init__(self) -> None:
        self._selector = selectors.DefaultSelector()

    def register(self, fd: int, eventmask: int) -> None:
        self._selector.register(fd, eventmask)

    def unregister(self, fd: int) -> None:
        self._selector.unregister(fd)

    def poll(self, timeout: float | None, maxevents: int) -> list[tuple[int, int]]:
        return [(key.fd, events) for key, events in self._selector.select(timeout)[:maxevents]]

    def close(self) -> None:
        self._selector.close()


class Loop:
    """Calls back when sockets are readable and when times have come. Only `call_from_thread` and `stop` are for others.

    A callback that raises ends `run`: there is no error here that could be passed over.
    """

    def __init__(self) -> None:
        self._poller: _Poller = select.epoll() if hasattr(select, "epoll") else _Selector()
        self._ready: dict[int, Callable[[], None]] = {}
        self._timers: list[tuple[float, int, Callable[[], None]]] = []
        self._cancelled: set[int] = set()
        self._numbers = itertools.count()
        self._posted: deque[Callable[[], None]] = deque()
        self._stopped = False
        self._wake_in, self._wake_out = socket.socketpair()
        for end in (self._wake_in, self._wake_out):
            end.setblocking(False)
        self.watch(self._wake_in, self._run_posted)
        self.now = time.monotonic()
        """Seconds of a clock that only runs forward, read once in each round."""

    def watch(self, sock: socket.socket, ready: Callable[[], None]) -> None:
        """Call `ready` whenever `sock` has something to read; now and then also when it has nothing (any more)."""
        self._poller.register(sock.fileno(), READABLE)
        self._ready[sock.fileno()] = ready

    def unwatch(self, sock: socket.socket) -> None:
        """Stop that. To be done before the socket is closed."""
        self._poller.unregister(sock.fileno())
        del self._ready[sock.fileno()]

    def call_later(self, seconds: float, call: Callable[[], None]) -> Callable[[], None]:
        """Call `call` once in `seconds`; returns a function that cancels it."""
        number = next(self._numbers)
        heapq.heappush(self._timers, (time.monotonic() + seconds, number, call))
        return lambda: self._cancelled.add(number)

    def call_from_thread(self, call: Callable[[], None]) -> None:
        """Call `call` in the loop's thread, soon. For other threads and for signal handlers."""
        self._posted.append(call)
        try:
            self._wake_out.send(b"\0")
        except BlockingIOError:
            pass  # so many wake-ups are waiting already
        except OSError:
            self._posted.clear()  # closed: nobody will run it

    def stop(self) -> None:
        """Let `run` return soon. For other threads and signal handlers too."""
        self.call_from_thread(self._stop)

    def run(self) -> None:
        """Serve until `stop`."""
        poll, ready, timers, clock = self._poller.poll, self._ready, self._timers, time.monotonic
        self._stopped = False
        while not self._stopped:
            self.now = clock()
            events = poll(max(0.0, timers[0][0] - self.now) if timers else None, ROUND_MAX)
            self.now = clock()
            for descriptor, _ in events:
                call = ready.get(descriptor)
                if call is not None:  # an earlier callback of this round may have closed it
                    call()
            while timers and timers[0][0] <= self.now:
                self._run_timer()

    def close(self) -> None:
        """Free the loop's own descriptors. The sockets it watched belong to others."""
        self._poller.close()
        self._wake_in.close()
        self._wake_out.close()

    def _run_timer(self) -> None:
        _, number, call = heapq.heappop(self._timers)
        if number in self._cancelled:
            self._cancelled.discard(number)
        else:
            call()

    def _run_posted(self) -> None:
        try:
            self._wake_in.recv(4096)
        except BlockingIOError:
            return
        while self._posted:
            self._posted.popleft()()

    def _stop(self) -> None:
        self._stopped = True
