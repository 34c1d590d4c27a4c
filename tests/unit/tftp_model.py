"""A TFTP server and the wire to it, as models with a clock from outside: what a boot program is tested against."""

from __future__ import annotations

import heapq
import itertools
import random
import struct
from collections.abc import Callable
from dataclasses import dataclass, field

LOCK_STEP = frozenset[str]()
ALL_OPTIONS = frozenset({"blksize", "tsize", "windowsize"})


@dataclass
class Transfer:
    """One file on its way to one port: blocks from `acked` on, `window` at a time."""

    data: bytes
    client: int
    block_size: int = 512
    window: int = 1
    acked: int = 0
    sent_at: float = 0.0
    oack: bytes = b""
    done: bool = False

    @property
    def last(self) -> int:
        """Number of the last block, the one that is not full."""
        return len(self.data) // self.block_size + 1

    def packets(self) -> list[bytes]:
        """What to send now."""
        if self.oack and not self.acked:
            return [self.oack]
        first = self.acked + 1
        return [
            struct.pack("!HH", 3, number & 0xFFFF)
            + self.data[(number - 1) * self.block_size : number * self.block_size]
            for number in range(first, min(first + self.window, self.last + 1))
        ]


@dataclass
class Server:
    """Answers read requests for `files` with the options that it knows; repeats after `timeout` seconds.

    `dies_after` packets sent it is gone, and comes back `back_after` seconds later; `refuses` is an ERROR for each
    request with options; `largest_block` is the size of datagrams that come through the wire.
    """

    files: dict[str, bytes]
    options: frozenset[str] = ALL_OPTIONS
    timeout: float = 1.0
    dies_after: int | None = None
    back_after: float | None = None
    refuses: bool = False
    requests: list[list[bytes]] = field(default_factory=list)
    errors: list[tuple[int, str]] = field(default_factory=list)
    sent: int = 0

    def __post_init__(self) -> None:
        self.transfers: dict[int, Transfer] = {}
        self._ports = itertools.count(40000)
        self._dead_since: float | None = None

    def alive(self, now: float) -> bool:
        """Whether it answers."""
        if self._dead_since is None:
            if self.dies_after is not None and self.sent >= self.dies_after:
                self._dead_since = now
                self.transfers.clear()
                return False
            return True
        if self.back_after is not None and now >= self._dead_since + self.back_after:
            self._dead_since = self.dies_after = None
            return True
        return False

    def receive(self, now: float, client: int, port: int, data: bytes) -> list[tuple[int, bytes]]:
        """Return (own port, packet) for each answer."""
        (op,) = struct.unpack_from("!H", data)
        if port == 69:
            return self._request(now, client, data)
        transfer = self.transfers.get(port)
        if transfer is None or transfer.client != client:
            return []
        if op == 5:
            self.errors.append((struct.unpack_from("!H", data, 2)[0], data[4:-1].decode()))
            del self.transfers[port]
            return []
        return self._acknowledged(now, port, transfer, struct.unpack_from("!H", data, 2)[0])

    def _request(self, now: float, client: int, data: bytes) -> list[tuple[int, bytes]]:
        name, mode, *options = data[2:].split(b"\0")[:-1]
        assert mode == b"octet"
        self.requests.append([name, *options])
        port = next(self._ports)
        if self.refuses and options:
            return [(port, struct.pack("!HH", 5, 8) + b"no options here\0")]
        content = self.files.get(name.decode())
        if content is None:
            return [(port, struct.pack("!HH", 5, 1) + b"File " + name + b" not found\0")]
        transfer = Transfer(content, client, sent_at=now)
        oack = b""
        for option, value in zip(options[::2], options[1::2], strict=True):
            text = option.decode()
            if text not in self.options:
                continue
            if text == "blksize":
                transfer.block_size = int(value)
            elif text == "windowsize":
                transfer.window = int(value)
            elif text == "tsize":
                value = b"%d" % len(content)
            oack += option.upper() + b"\0" + value + b"\0"
        if oack:
            transfer.oack = struct.pack("!H", 6) + oack
        self.transfers[port] = transfer
        return [(port, packet) for packet in transfer.packets()]

    def _acknowledged(
        self, now: float, port: int, transfer: Transfer, number: int
    ) -> list[tuple[int, bytes]]:
        ahead = (number - transfer.acked) & 0xFFFF
        if transfer.oack and not number:
            transfer.oack = b""
        elif (ahead == 0 and transfer.window == 1) or ahead > transfer.window:
            return []  # the sorcerer's apprentice: a second acknowledgement sends nothing
        else:
            transfer.acked += ahead
        transfer.sent_at = now
        if transfer.acked >= transfer.last:
            del self.transfers[port]
            return []
        return [(port, packet) for packet in transfer.packets()]

    def tick(self, now: float) -> list[tuple[int, int, bytes]]:
        """Return (client's port, own port, packet) for what has to be sent again."""
        again = []
        for port, transfer in self.transfers.items():
            if now >= transfer.sent_at + self.timeout:
                transfer.sent_at = now
                again += [(transfer.client, port, packet) for packet in transfer.packets()]
        return again


@dataclass
class Wire:
    """Carries packets both ways: `loss` and `duplication` are shares, `delay` and `jitter` seconds one way.

    `largest` is the greatest UDP payload that arrives. `filters` may change or drop (None) what the server sends.
    """

    server: Server
    loss: float = 0.0
    duplication: float = 0.0
    delay: float = 0.0001
    jitter: float = 0.0
    largest: int = 1472
    seed: int = 1
    filters: Callable[[int, bytes], bytes | None] = lambda number, data: data

    def __post_init__(self) -> None:
        self._random = random.Random(self.seed)
        self._order = itertools.count()
        self._down: list[tuple[float, int, int, int, bytes]] = []
        self._up: list[tuple[float, int, int, int, bytes]] = []
        self._number = 0

    def _times(self, now: float) -> list[float]:
        copies = 0 if self._random.random() < self.loss else 1 + (self._random.random() < self.duplication)
        return [now + self.delay + self._random.random() * self.jitter for _ in range(copies)]

    def to_server(self, now: float, client: int, port: int, data: bytes) -> None:
        """Send a datagram of the client."""
        for moment in self._times(now):
            heapq.heappush(self._up, (moment, next(self._order), client, port, data))

    def to_client(self, now: float) -> tuple[int, int, bytes] | None:
        """Return (client's port, server's port, datagram) that has arrived, or None."""
        while self._up and self._up[0][0] <= now:
            moment, _, client, port, data = heapq.heappop(self._up)
            if self.server.alive(moment):
                for own, packet in self.server.receive(moment, client, port, data):
                    self._send(moment, client, own, packet)
        if self.server.alive(now):
            for client, own, packet in self.server.tick(now):
                self._send(now, client, own, packet)
        if self._down and self._down[0][0] <= now:
            _, _, client, own, data = heapq.heappop(self._down)
            return client, own, data
        return None

    def _send(self, now: float, client: int, own: int, packet: bytes) -> None:
        self.server.sent += 1
        self._number += 1
        changed = self.filters(self._number, packet)
        if changed is None or len(changed) > self.largest:
            return
        for moment in self._times(now):
            heapq.heappush(self._down, (moment, next(self._order), client, own, changed))
