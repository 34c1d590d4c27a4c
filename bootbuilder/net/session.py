"""One transfer and its way to the client: a connected socket of its own, or the listener's port."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Callable
from typing import Protocol

from bootbuilder.net import sockets
from bootbuilder.net.loop import Loop
from bootbuilder.net.reading import Reading
from bootbuilder.net.sockets import Address
from bootbuilder.net.writing import Writing

ACK_MAX = 128
"""Bytes taken of what a reading client sends: an ACK has 4, an ERROR's text may be cut off."""


class Source(Protocol):
    """What has to be let go of at the end: an opened file, or an upload."""

    def close(self) -> None: ...


class Session:
    """Joins a transfer and a socket. `end` is called with the session when the transfer is over."""

    __slots__ = (
        "_each",
        "_frame",
        "_loop",
        "_receive",
        "_room",
        "_send",
        "end",
        "name",
        "number",
        "peer",
        "ready",
        "request",
        "size",
        "sock",
        "source",
        "transfer",
    )

    def __init__(
        self,
        loop: Loop,
        transfer: Reading | Writing,
        source: Source,
        peer: Address,
        sock: socket.socket | None,
        send: Callable[[bytes | memoryview], object],
        end: Callable[[Session], None],
        *,
        segments: bool,
    ) -> None:
        """`sock` is None where somebody else receives; `send` sends one datagram to the client.

        With `segments` the system cuts a window into its datagrams.
        """
        self._loop, self.transfer, self.source, self.peer, self.sock, self.end = (
            loop,
            transfer,
            source,
            peer,
            sock,
            end,
        )
        self._receive = transfer.receive
        self._frame = transfer.terms.blksize + 4
        self._room = ACK_MAX if isinstance(transfer, Reading) else self._frame + 1
        if sock is not None:
            self.ready = self._way(sock.recv, self._room)
        self._each = send
        self._send = send
        if transfer.terms.windowsize > 1 and isinstance(transfer, Reading):
            self._send = self._one_by_one
            if segments and sock is not None and self._frame >= sockets.SEGMENT_MIN:
                with contextlib.suppress(OSError):
                    sockets.segment(sock, self._frame)
                    self._send = send
        self.number = self.size = 0
        self.name = ""
        self.request = b""

    def _way(self, recv: Callable[[int], bytes], room: int) -> Callable[[], None]:
        """Return the way of every block: receive, ask the transfer, send. Local names, because they are fast."""
        receive, loop = self._receive, self._loop

        def ready() -> None:
            try:
                packets = receive(recv(room), loop.now)
                if packets is not None:
                    self._send(packets)
                    return
            except OSError as problem:
                self._trouble(problem)
            if self.transfer.outcome is not None:
                self.end(self)

        return ready

    def close(self) -> None:
        """Let go of file and socket, and of what refers back to the session: it must not wait for a collector."""
        self.source.close()
        if self.sock is not None:
            self.sock.close()
            del self.ready
        self._send = self._each

    def take(self, datagram: bytes) -> None:
        """Do the same with a datagram that somebody else has received."""
        packets = self._receive(datagram, self._loop.now)
        if packets is not None:
            self.send(packets)
        if self.transfer.outcome is not None:
            self.end(self)

    def hear(self) -> bool:
        """Take what waits at the session's own socket, if anything; return whether the transfer goes on."""
        if self.sock is not None:
            self.ready()
        return self.transfer.outcome is None

    def tick(self) -> None:
        """Let the transfer repeat itself or give up, if it is time and the client has indeed been silent."""
        now = self._loop.now
        if now < self.transfer.due or not self.hear():
            return
        packets = self.transfer.tick(now)
        if packets is not None:
            self.send(packets)
        if self.transfer.outcome is not None:
            self.end(self)

    def send(self, packets: bytes | memoryview) -> None:
        """Send packets; what gets lost is repeated by time."""
        try:
            self._send(packets)
        except OSError as problem:
            self._trouble(problem)

    def _one_by_one(self, packets: bytes | memoryview) -> None:
        if isinstance(packets, bytes):  # not blocks, but one OACK or ERROR
            self._each(packets)
            return
        for start in range(0, len(packets), self._frame):
            self._each(packets[start : start + self._frame])

    def _trouble(self, problem: OSError) -> None:
        """Nothing was there, or nothing could be sent. A device that cannot cut gets its datagrams one by one."""
        if isinstance(problem, ConnectionRefusedError):
            self._last_words()
        elif problem.errno in sockets.SEGMENT_ERRORS and self._send is self._each and self.sock is not None:
            with contextlib.suppress(OSError):
                sockets.segment(self.sock, 0)
            self._send = self._one_by_one
            self.send(self.transfer.packets)

    def _last_words(self) -> None:
        """The client has closed its port. What it said before that is still unread: the system tells this first."""
        transfer = self.transfer
        with contextlib.suppress(OSError):
            while transfer.outcome is None and self.sock is not None:
                self._receive(self.sock.recv(self._room), self._loop.now)
        if transfer.outcome is None:
            transfer.left("the client has closed its port")
