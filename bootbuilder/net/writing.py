"""One client that writes a file: what to acknowledge, and what to store. No sockets, no clock.

`transfer.packets` is the opening (OACK or ACK 0); `receive` and `tick` are as in `reading`. The file is complete in
the sink before the last block is acknowledged; then the transfer stays for a while, should that ACK get lost
(RFC 1350 section 6, "dallying").
"""

from __future__ import annotations

import struct
from typing import Protocol

from bootbuilder.net.reading import IDLE_TIMEOUTS, WAIT_MAX, Outcome
from bootbuilder.net.tftp import Code, Limits, Opcode, Terms, error, parse_error

DALLY = 3.0
"""Seconds."""


class Sink(Protocol):
    """Takes the file. Its methods may raise OSError."""

    def write(self, data: bytes, /) -> object: ...
    def commit(self) -> None: ...


class Writing:
    """A write request at work. Public: `packets` (the last answer), `terms`, `outcome`, `resent`, `sent` (bytes)."""

    def __init__(self, sink: Sink, room: int, terms: Terms, limits: Limits, now: float) -> None:
        """`room` is the most bytes that are taken."""
        self.terms = terms
        self.outcome: Outcome | None = None
        self.resent = 0
        self.sent = 0
        self.opening = True
        self.packets = terms.oack() or _ack(0)
        self._sink, self._room, self._limits = sink, room, limits
        self._block = 0  # the last block that came in order, not rolled over
        self._acknowledged = 0
        self._complete = False
        self._gap = False  # one acknowledgement tells of a gap; the blocks behind it are on their way already
        self._wait = float(terms.timeout or limits.timeout)
        self.heard = self._stamp = now
        self._silent = 0

    def receive(self, datagram: bytes, now: float) -> bytes | None:
        """Take what the client sent from its port; return what to send, if anything."""
        opcode = int.from_bytes(datagram[:2], "big") if len(datagram) >= 4 else 0
        if opcode == Opcode.ERROR and not self._complete:
            code, text = parse_error(datagram)
            self.outcome = Outcome(False, text or f"error {code}", code)
        elif opcode == Opcode.DATA and len(datagram) <= self.terms.blksize + 4:
            return self._data(int.from_bytes(datagram[2:4], "big"), datagram[4:], now)
        return None

    @property
    def due(self) -> float:
        """When `tick` wants to be called."""
        return self._stamp + (DALLY if self._complete else self._wait)

    def tick(self, now: float) -> bytes | None:
        """Repeat the last answer if it is time, or end the transfer of a client that is gone or served."""
        if now < self.due or self.outcome is not None:
            return None
        if self._complete:
            self.outcome = Outcome(True)
            return None
        idle = max(self._limits.idle, self.terms.timeout * IDLE_TIMEOUTS)
        if now - self.heard >= idle or (self.opening and self._silent >= self._limits.tries):
            self.outcome = Outcome(False, "the client has gone silent")
            return None
        self._silent += 1
        self.resent += 1
        self._stamp = now
        self._wait = min(2 * self._wait, max(WAIT_MAX, self.terms.timeout))
        return self._acknowledge()

    def left(self, reason: str) -> None:
        """The client has closed its port, or asks for something else from it."""
        self.outcome = Outcome(self._complete, reason)

    def _data(self, number: int, data: bytes, now: float) -> bytes | None:
        ahead = (number - self._block) & 0xFFFF
        if ahead == 1 and not self._complete:
            return self._next(data, now)
        if ahead == 0 and self._block and (self._complete or now - self._stamp >= self._limits.timeout_min):
            # Our acknowledgement was lost. A copy that comes at once is a doubling line's: if each were answered, the
            # client would send each further block twice, to the end of the file.
            if not self._complete:
                self._stamp = now
            return self._acknowledge()
        if 1 < ahead < 0x8000 and self.terms.windowsize > 1 and not self._gap:
            self._gap = True
            return self._acknowledge()
        return None

    def _next(self, data: bytes, now: float) -> bytes | None:
        self.sent += len(data)
        if self.sent > self._room:
            self._end(f"more than {self._room} bytes are not taken")
            return None
        complete = len(data) < self.terms.blksize
        try:
            self._sink.write(data)
            if complete:
                self._sink.commit()
        except OSError as problem:
            self._end(problem.strerror or "the file cannot be written")
            return None
        self._block += 1
        self.heard = self._stamp = now
        self._wait = float(self.terms.timeout or self._limits.timeout)
        self._silent = 0
        self.opening = self._gap = False
        self._complete = complete
        if complete or self._block - self._acknowledged >= self.terms.windowsize:
            return self._acknowledge()
        return None

    def _acknowledge(self) -> bytes:
        if not self.opening:
            self._acknowledged = self._block
            self.packets = _ack(self._block)
        return self.packets

    def _end(self, text: str) -> None:
        self.outcome = Outcome(False, text, Code.DISK_FULL, farewell=error(Code.DISK_FULL, text))


def _ack(block: int) -> bytes:
    return struct.pack("!HH", Opcode.ACK, block & 0xFFFF)
