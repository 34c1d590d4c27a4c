"""The card's interrupt on a PC of values: a full, a small and a broken ring, calls within calls."""

from __future__ import annotations

import random
import struct

import pytest

from tests.unit.dp8390_card import OVERRUN
from tests.unit.packet_calls import BROADCAST, CANT_SEND, KINDS, OWN, opened, send, started, statistics
from tests.unit.packet_pc import BACK, PROGRAM, frame, keeping


def test_many_frames_through_a_small_ring() -> None:
    """Hundreds of frames of all lengths, several at a time, wrap around the ring; each arrives once and in order."""
    dice = random.Random(8390)
    pc, card = started(**KINDS["ne1000"])
    frames: list[bytes] = []
    opened(pc, frames=frames)
    sent = []
    for number in range(300):
        data = frame(OWN, length=dice.randint(60, 1514), fill=number)
        if card.receive(data):
            sent.append(data)
        if dice.random() < 0.5:
            pc.service()
    pc.service()
    assert len(sent) > 200
    assert frames == sent


def test_overrun() -> None:
    """A full ring: every frame in it arrives, in the order of the data sheet the chip is stopped and started, nothing
    of the ring breaks, and what comes afterwards arrives, too."""
    pc, card = started()
    frames: list[bytes] = []
    opened(pc, frames=frames)
    data = [frame(OWN, length=1514, fill=number) for number in range(12)]
    kept = [one for one in data if card.receive(one)]
    assert card.status & OVERRUN and card.lost
    card.steps.clear()
    pc.service()
    assert frames == kept
    assert card.steps == ["stop", "transmit 02", "start", "transmit 00"]
    assert not card.status & OVERRUN
    assert card.receive(frame(OWN, fill=99))
    pc.service()
    assert frames[-1] == frame(OWN, fill=99)


def test_overrun_while_sending() -> None:
    """The stop cut off a transmission: the frame is sent again, once."""
    pc, card = started()
    opened(pc, frames=[])
    card.stuck = True
    assert send(pc, frame(BROADCAST, fill=5))
    for number in range(12):
        card.receive(frame(OWN, length=1514, fill=number))
    card.stuck = False
    pc.service()
    assert card.sent == [frame(BROADCAST, fill=5)]


@pytest.mark.parametrize("header", ["01ff0040", "01000040", "01300040", "01500004", "014dffff", "014d0000"])
def test_broken_ring(header: str) -> None:
    """A header that cannot be: the card is started anew, the error counted, and frames arrive again."""
    pc, card = started()
    frames: list[bytes] = []
    handle = opened(pc, frames=frames)
    at = card.page1[7] * 256 - card.memory_at
    assert card.receive(frame(OWN))
    card.memory[at : at + 4] = bytes.fromhex(header)
    pc.service()
    assert frames == []
    assert statistics(pc, handle)[4] == 1
    assert card.receive(frame(OWN, fill=7))
    pc.service()
    assert frames == [frame(OWN, fill=7)]


def test_interrupt_of_nobody() -> None:
    """A line that rose without a reason is ended, and nothing else happens."""
    pc, _ = started()
    pc.hardware(3)
    assert pc.in_service == []


def test_a_card_that_was_pulled_out() -> None:
    """All registers read FFh: no interrupt and no call hangs."""
    pc, card = started()
    handle = opened(pc)
    for port in card.ports:
        del pc.by_port[port]
    pc.by_port.update({port: Gone() for port in card.ports})  # type: ignore[misc]
    pc.hardware(3)
    assert not send(pc, frame(BROADCAST)) or not send(pc, frame(BROADCAST))
    assert not pc.call(3, bx=handle).failed


class Gone:
    """Where a card was."""

    base = 0x300

    def read(self, port: int, size: int) -> int:
        """Nobody drives the bus."""
        return (1 << 8 * size) - 1

    def write(self, port: int, size: int, value: int) -> None:
        """Nobody listens."""


def test_program_sends_from_its_receiver() -> None:
    """An answer that is sent at once, from the first up-call, goes out whole, and the frame arrives whole."""
    pc, card = started()
    frames: list[bytes] = []
    keep = keeping(pc, frames)
    answer = frame(BROADCAST, length=300, fill=40)
    pc.poke(PROGRAM, 0x1000, answer)
    segment, offset = pc.vector(0x60)
    # save DS, AX, CX, SI; send_pkt through a far call of the driver; restore; a far jump to the receiver that keeps
    code = bytes.fromhex("1e505156") + b"\xb8" + struct.pack("<H", PROGRAM) + b"\x8e\xd8"
    code += b"\xbe\x00\x10" + b"\xb9" + struct.pack("<H", 300) + b"\xb4\x04"
    code += b"\x9c\x9a" + struct.pack("<HH", offset, segment) + bytes.fromhex("5e59581f")
    code += b"\xea" + struct.pack("<HH", keep["di"], keep["es"])
    pc.poke(PROGRAM, 0x6000, code)
    pc.call(2, ax=1, bx=0xFFFF, dx=0, cx=0, es=PROGRAM, di=0x6000)
    data = frame(OWN, length=1000)
    card.receive(data)
    pc.service()
    assert frames == [data]
    assert card.sent == [answer, answer]


def test_call_in_the_middle_of_a_call() -> None:
    """A timer program that sends while another frame is being copied gets CANT_SEND; that frame goes out whole."""
    pc, card = started()
    opened(pc)
    seen: list[int] = []
    written = 0

    def intrude(port: int, _value: int) -> None:
        nonlocal written
        written += port == 0x10
        if written != 20 or port != 0x10:
            return
        pc.at_port = None
        context = pc.cpu.context_save()
        pc.poke(PROGRAM, 0xE000, struct.pack("<HHH", 0, BACK, 0x202))
        segment, offset = pc.vector(0x60)
        pc.set(ax=0x0400, cx=60, si=0x3000, ds=PROGRAM, ss=PROGRAM, sp=0xE000, cs=segment, eflags=2)
        pc.cpu.emu_start(segment * 16 + offset, BACK * 16, count=100_000)
        seen.append(pc.get("EFLAGS") & 1 and pc.get("DX") >> 8)
        pc.cpu.context_restore(context)

    pc.at_port = intrude
    data = frame(BROADCAST, length=200, fill=3)
    assert send(pc, data)
    assert seen == [CANT_SEND]
    assert card.sent == [data]
