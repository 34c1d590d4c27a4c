"""A file as ready DATA packets, shared by all who read it with the same block size. No sockets, no clock."""

from __future__ import annotations

import itertools
import struct
from collections import OrderedDict
from collections.abc import Hashable, Iterator
from typing import NamedTuple, Protocol

CHUNK = 1 << 20
"""Bytes of a file that are framed at a time; a larger file is never in memory as a whole."""
CHUNK_BLOCKS = 1024
CACHE = 64 << 20

_HEADER = struct.Struct("!HH")


class Content(Protocol):
    """An opened file. Equal keys mean equal bytes."""

    @property
    def key(self) -> Hashable: ...
    @property
    def size(self) -> int: ...
    def read(self, offset: int, length: int, /) -> bytes: ...
    def close(self) -> None: ...


class Text:
    """A small text file as netascii (RFC 764): lines end with CR LF, a bare CR becomes CR NUL."""

    def __init__(self, content: Content) -> None:
        data = content.read(0, content.size).replace(b"\r\n", b"\n")
        self._data = data.replace(b"\r", b"\r\0").replace(b"\n", b"\r\n")
        self.key = ("netascii", content.key)
        self.size = len(self._data)

    def read(self, offset: int, length: int) -> bytes:
        return self._data[offset : offset + length]

    def close(self) -> None:
        """Nothing is held open."""


class Burst(NamedTuple):
    """What is sent at once: DATA packets back to back, all of the same length but the file's last.

    `ack` is the packet that answers all of it, `last` the number of its last block (from 1, not rolled over).
    """

    packets: bytes | memoryview
    ack: bytes
    last: int


class BlockCache:
    """Ready packets of the files in use; the least recently used go when there are more than `limit` bytes."""

    def __init__(self, limit: int = CACHE) -> None:
        self._limit = limit
        self.held = 0  # bytes
        self._chunks: OrderedDict[Hashable, tuple[int, list[Burst] | memoryview]] = OrderedDict()

    def bursts(self, content: Content, blksize: int, windowsize: int, first: int = 1) -> Iterator[Burst]:
        """Return what is to be sent, window by window, to the file's end. A window of more than 1 may begin late.

        The iterator raises OSError when the file cannot be read.
        """
        blocks = (
            content.size // blksize + 1
        )  # a last block shorter than blksize, empty if need be, ends the transfer
        step = max(1, min(CHUNK_BLOCKS, CHUNK // blksize))
        if windowsize == 1:
            chunks = (
                self._singles(content, blksize, start, min(step, blocks - start))
                for start in range(0, blocks, step)
            )
            return itertools.chain.from_iterable(chunks)
        if first == 1:
            step = max(windowsize, step - step % windowsize)
            chunks = (
                self._whole_windows(content, blksize, windowsize, start, min(step, blocks - start))
                for start in range(0, blocks, step)
            )
            return itertools.chain.from_iterable(chunks)
        return self._windows(content, blksize, windowsize, first, blocks, step)

    def _windows(
        self, content: Content, blksize: int, windowsize: int, first: int, blocks: int, step: int
    ) -> Iterator[Burst]:
        """Yield windows of a file of `blocks` blocks, of which `step` are framed at a time."""
        frame = blksize + 4
        while first <= blocks:
            last = min(first + windowsize - 1, blocks)
            start = (first - 1) // step * step
            run = self._run(content, blksize, start, min(step, blocks - start))
            packets = run[(first - 1 - start) * frame : (last - start) * frame]
            if last > start + step:  # the window reaches into the next chunk
                start += step
                run = self._run(content, blksize, start, min(step, blocks - start))
                packets = memoryview(bytes(packets) + run[: (last - start) * frame])
            yield Burst(packets, _HEADER.pack(4, last & 0xFFFF), last)
            first = last + 1

    def _singles(self, content: Content, blksize: int, start: int, count: int) -> list[Burst]:
        """Return `count` blocks after block `start`, each a burst of its own."""
        key = (content.key, blksize, start, 1)
        found = self._find(key)
        if not isinstance(found, list):
            pack = _HEADER.pack
            data = content.read(start * blksize, count * blksize)
            found = [
                Burst(
                    pack(3, number & 0xFFFF) + data[offset : offset + blksize],
                    pack(4, number & 0xFFFF),
                    number,
                )
                for number, offset in zip(
                    range(start + 1, start + 1 + count), range(0, count * blksize, blksize), strict=True
                )
            ]
            self._keep(key, len(data) + 250 * count, found)
        return found

    def _whole_windows(
        self, content: Content, blksize: int, windowsize: int, start: int, count: int
    ) -> list[Burst]:
        """Return `count` blocks after block `start` as windows: what a reader without losses is sent."""
        key = (content.key, blksize, start, windowsize)
        found = self._find(key)
        if not isinstance(found, list):
            run, frame = self._run(content, blksize, start, count), blksize + 4
            found = []
            for first in range(0, count, windowsize):
                last = min(first + windowsize, count)
                packets = run[first * frame : last * frame]
                found.append(Burst(packets, _HEADER.pack(4, start + last & 0xFFFF), start + last))
            self._keep(key, 500 * len(found), found)
        return found

    def _run(self, content: Content, blksize: int, start: int, count: int) -> memoryview:
        """Return `count` packets after block `start`, back to back."""
        key = (content.key, blksize, start, -count)
        found = self._find(key)
        if not isinstance(found, memoryview):
            pack = _HEADER.pack
            data = content.read(start * blksize, count * blksize)
            parts = []
            for number in range(count):
                parts.append(pack(3, start + 1 + number & 0xFFFF))
                parts.append(data[number * blksize : (number + 1) * blksize])
            found = memoryview(b"".join(parts))
            self._keep(key, len(found), found)
        return found

    def _find(self, key: Hashable) -> list[Burst] | memoryview | None:
        found = self._chunks.get(key)
        if found is None:
            return None
        self._chunks.move_to_end(key)
        return found[1]

    def _keep(self, key: Hashable, size: int, chunk: list[Burst] | memoryview) -> None:
        self._chunks[key] = size, chunk
        self.held += size
        while self.held > self._limit and len(self._chunks) > 1:
            self.held -= self._chunks.popitem(last=False)[1][0]
