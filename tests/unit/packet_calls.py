"""Short ways to load a packet driver and to make its calls, and the numbers of the specification."""

from __future__ import annotations

import struct

from tests.unit.dp8390_card import Card
from tests.unit.packet_pc import PROGRAM, Pc, keeping

BAD_HANDLE, NO_CLASS, NO_TYPE, NO_NUMBER, BAD_TYPE, CANT_TERMINATE = 1, 2, 3, 4, 5, 7
BAD_MODE, NO_SPACE, TYPE_INUSE, BAD_COMMAND, CANT_SEND, CANT_SET = 8, 9, 10, 11, 12, 13
BAD_ADDRESS, CANT_RESET = 14, 15

OWN = bytes.fromhex("00001b123456")
BROADCAST = b"\xff" * 6
IP, ARP = b"\x08\x00", b"\x08\x06"
KINDS = {
    "ne2000": {},
    "8-bit slot": {"wide": False},
    "ne1000": {"wide": False, "memory_at": 0x2000, "memory_size": 0x2000},
}


def started(options: str = "", *, old_cpu: bool = False, **card: object) -> tuple[Pc, Card]:
    """A PC with one card and the driver resident at 60h."""
    one = Card(**card)  # type: ignore[arg-type]
    pc = Pc(one, old_cpu=old_cpu)
    loaded = pc.load(options)
    assert loaded.resident is not None, loaded.text
    return pc, one


def opened(pc: Pc, kind: bytes = b"", frames: list[bytes] | None = None, **more: int) -> int:
    """A handle for a type of frame; what it gets is put into `frames`."""
    pc.poke(PROGRAM, 0x100, kind)
    receiver = keeping(pc, [] if frames is None else frames)
    answer = pc.call(2, **{"ax": 1, "bx": 0xFFFF, "dx": 0, "si": 0x100, "cx": len(kind), **receiver, **more})
    assert not answer.failed, answer
    return answer.ax


def send(pc: Pc, data: bytes) -> bool:
    """Send a frame; True when the driver took it."""
    pc.poke(PROGRAM, 0x1000, data)
    answer = pc.call(4, si=0x1000, cx=len(data))
    assert not answer.failed or answer.error == CANT_SEND
    return not answer.failed


def statistics(pc: Pc, handle: int) -> tuple[int, ...]:
    """In, out, bytes in, bytes out, errors in, errors out, lost."""
    answer = pc.call(0x18, bx=handle)
    return struct.unpack("<7I", pc.peek(answer.ds, answer.si, 28))
