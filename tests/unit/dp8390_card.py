"""An NE2000 or NE1000 as its data sheets describe it: a DP8390, packet memory, remote DMA through one port.

Whatever a careful driver would not do is an AssertionError: the data port without a DMA, beyond its count or with the
wrong width, a send of bytes that were not written, a start of the receiver with a broken ring.
"""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass, field

RECEIVED, SENT, SEND_ERROR, OVERRUN, COUNTERS, DMA_DONE, RESET = 1, 2, 8, 0x10, 0x20, 0x40, 0x80


@dataclass
class Card:
    """A card at `base`; `wide` has a 16-bit bus, `memory_at` and `memory_size` tell where its packet memory is."""

    base: int = 0x300
    irq: int = 3
    wide: bool = True
    memory_at: int = 0x4000
    memory_size: int = 0x4000
    address: bytes = bytes.fromhex("00001b123456")
    command: int = 0x21
    status: int = RESET
    sent: list[bytes] = field(default_factory=list)
    counters: list[int] = field(default_factory=lambda: [0, 0, 0])
    stuck: bool = False
    lost: int = 0
    receives: int = 0x20

    def __post_init__(self) -> None:
        self.ports = frozenset(range(self.base, self.base + 32))
        rom = self.address + bytes(8) + (b"WW" if self.wide else b"BB")
        self.rom = b"".join(bytes([b, b]) for b in rom) if self.wide else rom + bytes(16)
        self.memory = bytearray(b"\xee" * self.memory_size)
        self.page0 = bytearray(16)
        self.page1 = bytearray(16)
        self.transmit = self.mask = self.config = 0
        self.start = self.stop = self.boundary = 0
        self.dma_at = self.dma_left = 0
        self.was_cut = False
        self.steps: list[str] = []

    # --- ports --------------------------------------------------------------------------------------------

    def read(self, port: int, size: int) -> int:
        """A register, or the next of the remote DMA."""
        offset = port - self.base
        if offset == 0x10:
            assert self.command & 0x38 == 0x08, "read without a remote read"
            return int.from_bytes(self._dma(size, None), "little")
        assert size == 1
        if offset == 0x1F:
            self.command, self.status, self.receives = 0x21, RESET, 0x20
            return 0
        if offset == 0:
            return self.command
        assert offset < 16
        if self.command >> 6 == 1:
            return self.page1[offset]
        if offset == 7:
            return self.status
        if offset == 3:
            return self.boundary
        if offset in (0x0D, 0x0E, 0x0F):
            value, self.counters[offset - 0x0D] = self.counters[offset - 0x0D], 0
            return value
        return 0xFF

    def write(self, port: int, size: int, value: int) -> None:
        """A register, or the next of the remote DMA."""
        offset = port - self.base
        if offset == 0x10:
            assert self.command & 0x38 == 0x10, "written without a remote write"
            self._dma(size, value.to_bytes(size, "little"))
            return
        assert size == 1
        if offset == 0:
            self._command(value)
        elif offset == 0x1F:
            pass
        elif self.command >> 6 == 1:
            self.page1[offset] = value
        elif offset == 7:
            self.status &= ~value | (RESET if self.command & 1 else 0)
        else:
            self.page0[offset] = value
            self._set(offset, value)

    def _set(self, offset: int, value: int) -> None:
        if offset == 1:
            self.start = value
        elif offset == 2:
            self.stop = value
        elif offset == 3:
            self.boundary = value
        elif offset == 0x0C:
            self.receives = value
            self.steps.append(f"receive {value:02x}")
        elif offset == 0x0D:
            self.transmit = value
            self.steps.append(f"transmit {value:02x}")
        elif offset == 0x0E:
            self.config = value
        elif offset == 0x0F:
            self.mask = value

    def _command(self, value: int) -> None:
        sending = self.command & 4
        if value & 1:
            self.was_cut = bool(sending)
            self.status |= RESET
            self.steps.append("stop")
        elif value & 2 and self.command & 1:
            self.status &= ~RESET
            self.steps.append("start")
        self.command = value & ~4 | (sending if not value & 1 else 0)
        dma = value & 0x38
        if dma in (0x08, 0x10):
            self.dma_at, self.dma_left = struct.unpack_from("<HH", self.page0, 8)
            if not self.dma_left:
                self.status |= DMA_DONE
        if value & 4:
            assert value & 2 and not sending, "a send while another is under way"
            self.command |= 4
            if not self.stuck:
                self.finish_send()

    def finish_send(self) -> None:
        """The frame is on the wire."""
        at, length = self.page0[4] * 256, struct.unpack_from("<H", self.page0, 5)[0]
        assert 60 <= length <= 1514
        self.command &= ~4
        self.status |= SENT
        if self.transmit == 0:
            offset = at - self.memory_at
            self.sent.append(bytes(self.memory[offset : offset + length]))

    def _dma(self, size: int, data: bytes | None) -> bytes:
        assert size == (2 if self.config & 1 else 1), "not the width of the data configuration"
        assert self.dma_left >= size, "beyond the count of the remote DMA"
        out = bytearray()
        for index in range(size):
            if self.config & 1 and not self.wide:
                out.append(0xFF)  # a word that an 8-bit bus does not carry
            elif data is not None:
                if 0 <= self.dma_at - self.memory_at < self.memory_size:
                    self.memory[self.dma_at - self.memory_at] = data[index]
            elif self.dma_at < 32:
                out.append(self.rom[self.dma_at])
            elif 0 <= self.dma_at - self.memory_at < self.memory_size:
                out.append(self.memory[self.dma_at - self.memory_at])
            else:
                out.append(0xFF)
            self.dma_at += 1
        self.dma_left -= size
        if not self.dma_left:
            self.status |= DMA_DONE
        return bytes(out)

    # --- the wire ---------------------------------------------------------------------------------------------

    @property
    def asks(self) -> bool:
        """The interrupt line."""
        return bool(self.status & self.mask & 0x7F)

    def wants(self, frame: bytes) -> bool:
        """The chip's address filter."""
        if self.command & 1 or self.receives & 0x20 or self.transmit & 6:
            return False
        target = frame[:6]
        if target == b"\xff" * 6:
            return bool(self.receives & 4)
        if target[0] & 1:
            crc = int(f"{zlib.crc32(target) ^ 0xFFFFFFFF:032b}"[::-1], 2) >> 26
            return bool(self.receives & 8) and bool(self.page1[8 + crc // 8] >> crc % 8 & 1)
        return bool(self.receives & 0x10) or target == bytes(self.page1[1:7])

    def receive(self, frame: bytes) -> bool:
        """A frame comes in; True when it is in the ring."""
        if not self.wants(frame):
            return False
        assert self.start <= self.page1[7] < self.stop and self.start <= self.boundary < self.stop
        data = bytes(4) + frame + b"CRC!"
        pages = -(-len(data) // 256)
        at = self.page1[7]
        room = (self.boundary - at) % (self.stop - self.start)
        if pages >= (room or self.stop - self.start):
            self.status |= OVERRUN
            self.lost += 1
            return False
        following = self.start + (at - self.start + pages) % (self.stop - self.start)
        data = struct.pack("<BBH", 1, following, len(frame) + 4) + data[4:]
        for index in range(0, len(data), 256):
            piece = data[index : index + 256]
            page = self.start + (at - self.start + index // 256) % (self.stop - self.start)
            offset = page * 256 - self.memory_at
            self.memory[offset : offset + len(piece)] = piece
        self.page1[7] = following
        self.status |= RECEIVED
        return True
