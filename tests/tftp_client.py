"""TFTP clients that read files and compare every block: for the protocol tests and for the bench.

`Reader` is one client with a socket of its own: the simplest ROM, one with a window, one that probes the size first
and goes away with an ERROR, one that doubles its acknowledgements. `Wire` stands between it and the network
and loses, doubles and swaps datagrams by a seeded random source. `run` keeps many readers busy at once.
It knows nothing of the server's code.
"""

from __future__ import annotations

import random
import select
import socket
import struct
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

RRQ, DATA, ACK, ERROR, OACK = 1, 3, 4, 5, 6
Address = tuple[str, int]


@dataclass(frozen=True)
class Job:
    """One file to read: its name, what it must contain, the options in the order in which they are asked for."""

    name: str
    content: bytes
    options: tuple[tuple[str, int], ...] = ()
    probe: bool = False  # first ask for tsize alone, end that with ERROR 8, then read from a new port
    double: bool = False  # acknowledge everything twice
    retry: float = 1.0  # seconds of silence before the client repeats itself
    tries: int = 8


@dataclass
class Outcome:
    """What became of a job; seconds from its first request to its last block."""

    ok: bool = False
    seconds: float = 0.0
    packets: int = 0  # DATA packets that arrived
    retries: int = 0
    error: str = ""
    options: dict[str, str] = field(default_factory=dict)


class Wire:
    """A bad line: `loss`, `double` and `swap` are probabilities for each datagram and direction."""

    def __init__(self, seed: int, loss: float = 0.0, double: float = 0.0, swap: float = 0.0) -> None:
        self._chance = random.Random(seed)
        self._loss, self._double, self._swap = loss, double, swap

    def carry(self, packet: bytes, held: list[bytes]) -> list[bytes]:
        """Return what comes out now; `held` keeps a datagram that the next one overtakes."""
        roll = self._chance.random
        out = [] if roll() < self._loss else [packet]
        if out and roll() < self._double:
            out.append(packet)
        if held:
            out += held
            held.clear()
        elif out and roll() < self._swap:
            held.append(out.pop(0))
        return out


_frames: dict[tuple[int, int], tuple[bytes, list[bytes], list[bytes]]] = {}


def frames(content: bytes, blksize: int) -> tuple[list[bytes], list[bytes]]:
    """Return all DATA packets of a content, and the ACKs that answer them (kept for the next caller)."""
    key = (id(content), blksize)
    if key not in _frames:
        count = len(content) // blksize + 1
        data = [
            struct.pack("!HH", DATA, n + 1 & 0xFFFF) + content[n * blksize : (n + 1) * blksize]
            for n in range(count)
        ]
        acks = [struct.pack("!HH", ACK, n + 1 & 0xFFFF) for n in range(count)]
        _frames[key] = (content, data, acks)
    return _frames[key][1:]


def request(job: Job, options: Iterable[tuple[str, int]]) -> bytes:
    """Return a read request for octets."""
    words = [job.name, "octet", *(str(word) for option in options for word in option)]
    return struct.pack("!H", RRQ) + b"".join(word.encode() + b"\0" for word in words)


class Reader:
    """One client at work; `done` is called with it at the end."""

    def __init__(
        self, job: Job, server: Address, done: Callable[[Reader], None], wire: Wire | None = None
    ) -> None:
        self.job, self.outcome = job, Outcome()
        self._server, self._done, self._wire = server, done, wire
        self._started = time.monotonic()
        self._probing = job.probe
        self._over = False
        self._ask()

    def fileno(self) -> int:
        return self.sock.fileno()

    def _ask(self) -> None:
        """Open a new port and send the request."""
        self.sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.sock.setblocking(False)
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
        self.sock.bind(("127.0.0.1", 0))
        self._peer: Address | None = None
        self._inbound: list[bytes] = []  # held by the wire
        self._outbound: list[bytes] = []
        options = (("tsize", 0),) if self._probing else self.job.options
        self._window, self._blocks, self._acks = 1, *frames(self.job.content, 512)
        self._block = 0  # blocks received in order
        self._answered = 0  # the block of the last ACK
        self._gap = False  # one ACK is enough for what follows a lost block
        self._last = request(self.job, options)
        self.tried = 0
        self._send(self._last)

    def _send(self, packet: bytes) -> None:
        self.deadline = time.monotonic() + self.job.retry
        packets = [packet] if self._wire is None else self._wire.carry(packet, self._outbound)
        for one in packets:
            try:
                if self._peer is None:
                    self.sock.sendto(one, self._server)
                else:
                    self.sock.send(one)
            except (
                ConnectionRefusedError
            ):  # the server has closed the transfer's port: silence tells the rest
                continue

    def ready(self) -> None:
        """Take what has arrived."""
        sock = self.sock
        try:
            packet, peer = (
                self.sock.recvfrom(65536) if self._peer is None else (self.sock.recv(65536), self._peer)
            )
        except (BlockingIOError, ConnectionRefusedError):
            return
        for one in [packet] if self._wire is None else self._wire.carry(packet, self._inbound):
            if self._over or self.sock is not sock:  # done, or on a new port already
                return
            if self._peer is None:
                self._peer = peer
                self.sock.connect(peer)
            self.receive(one)

    def receive(self, packet: bytes) -> None:
        """Take one datagram."""
        block = self._block
        if packet == self._blocks[block]:
            self.outcome.packets += 1
            self._block = block = block + 1
            self._gap = False
            if block == len(self._blocks):
                self._acknowledge(block)
                self._finish(True)
            elif block - self._answered >= self._window:
                self._acknowledge(block)
            return
        kind = packet[1] if len(packet) >= 4 else 0
        if kind == DATA:
            self.outcome.packets += 1
            got = struct.unpack_from("!H", packet, 2)[0]
            ahead = (got - block & 0xFFFF) - 1
            if ahead == 0:
                self._finish(False, f"block {got} differs")
            elif ahead < 0 and self._window == 1 and block:
                self._send(self._last)  # as ROMs do: the server seems to have missed it
            elif ahead < 0x8000 and self._window > 1 and not self._gap and block:
                self._gap = True
                self._acknowledge(block)
        elif kind == OACK:
            self._options(packet)
        elif kind == ERROR:
            self._finish(False, packet[4:].split(b"\0")[0].decode("latin-1"))

    def _acknowledge(self, block: int) -> None:
        self._answered = block
        self._last = self._acks[block - 1] if block else b"\0\4\0\0"
        self.tried = 0
        self._send(self._last)
        if self.job.double:
            self._send(self._last)

    def _options(self, packet: bytes) -> None:
        if self._block:
            return
        words = [word.decode() for word in packet[2:].split(b"\0")[:-1]]
        self.outcome.options = found = dict(zip(words[::2], words[1::2], strict=True))
        if "tsize" in found and int(found["tsize"]) != len(self.job.content):
            self._finish(False, f"tsize {found['tsize']}")
        elif self._probing:
            self._probing = False
            self._send(b"\0\5\0\x08User aborted the transfer\0")
            old = self.sock
            self._ask()
            self.moved(old)
        else:
            self._window = int(found.get("windowsize", 1))
            self._blocks, self._acks = frames(self.job.content, int(found.get("blksize", 512)))
            self._acknowledge(0)

    moved: Callable[[socket.socket], None] = lambda old: None

    def late(self) -> None:
        """Nothing came for a while: repeat the last datagram, or give up."""
        self.tried += 1
        self.outcome.retries += 1
        if self.tried > self.job.tries:
            self._finish(False, f"no answer to block {self._block}")
        elif self._window > 1 and self._block > self._answered:
            tried = self.tried
            self._acknowledge(self._block)
            self.tried = tried
        else:
            self._send(self._last)

    def _finish(self, ok: bool, error: str = "") -> None:
        self.outcome.ok, self.outcome.error = ok, error
        self.outcome.seconds = time.monotonic() - self._started
        self._over = True
        self._done(self)


def run(
    jobs: Iterator[Job], server: Address, at_once: int, wire: Wire | None = None, seconds: float = 120.0
) -> list[Outcome]:
    """Work through the jobs, `at_once` at a time, and return what became of each.

    After `seconds` the rest is given up.
    """
    poller = select.epoll()
    readers: dict[int, Reader] = {}
    outcomes: list[Outcome] = []
    finished: list[Reader] = []

    def start() -> bool:
        job = next(jobs, None)
        if job is None:
            return False
        reader = Reader(job, server, finished.append, wire)

        def moved(old: socket.socket) -> None:
            del readers[old.fileno()]
            poller.unregister(old)
            old.close()
            readers[reader.fileno()] = reader
            poller.register(reader.fileno(), select.EPOLLIN)

        reader.moved = moved  # type: ignore[method-assign]
        readers[reader.fileno()] = reader
        poller.register(reader.fileno(), select.EPOLLIN)
        return True

    end = time.monotonic() + seconds
    sweep = 0.0
    while len(readers) < at_once and start():
        pass
    while readers and sweep < end:
        for descriptor, _ in poller.poll(0.02, 256):
            reader = readers.get(descriptor)
            if reader is not None:
                reader.ready()
        now = time.monotonic()
        if now >= sweep + 0.02:
            sweep = now
            for reader in list(readers.values()):
                if reader.deadline < now:
                    reader.late()
        while finished:
            reader = finished.pop()
            if readers.pop(reader.fileno(), None) is None:
                continue
            poller.unregister(reader.fileno())
            reader.sock.close()
            outcomes.append(reader.outcome)
            start()
    for reader in readers.values():
        reader.outcome.error = "too slow"
        reader.sock.close()
        outcomes.append(reader.outcome)
    poller.close()
    return outcomes
