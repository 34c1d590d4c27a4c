"""Every call of the Packet Driver Specification 1.09, made of NE2000.COM on a PC of values."""

from __future__ import annotations

import struct

import pytest

from tests.unit.packet_calls import (
    ARP,
    BAD_ADDRESS,
    BAD_COMMAND,
    BAD_HANDLE,
    BAD_MODE,
    BAD_TYPE,
    BROADCAST,
    CANT_RESET,
    CANT_SEND,
    CANT_SET,
    IP,
    NO_CLASS,
    NO_NUMBER,
    NO_SPACE,
    NO_TYPE,
    OWN,
    TYPE_INUSE,
    opened,
    send,
    started,
    statistics,
)
from tests.unit.packet_pc import PROGRAM, frame, keeping


def test_driver_info() -> None:
    """Class 1, type 54 (NE2000), number 0, basic and extended, its name."""
    pc, _ = started()
    answer = pc.call(1, ax=0xFF)
    assert not answer.failed
    assert (answer.cx, answer.dx, answer.ax & 0xFF) == (0x0100, 54, 2)
    assert pc.peek(answer.ds, answer.si, 7) == b"NE2000\0"
    segment, offset = pc.vector(0x60)
    assert pc.peek(segment, offset + 3, 9) == b"PKT DRVR\0"


@pytest.mark.parametrize("function", [0, 8, 9, 10, 11, 12, 13, 19, 26, 0x80, 0xFF])
def test_calls_that_it_has_not(function: int) -> None:
    """Those of high performance and unknown ones: BAD_COMMAND."""
    pc, _ = started()
    assert pc.call(function).error == BAD_COMMAND


def test_access_type_refuses() -> None:
    """Class, type, number and length that cannot be, a type that is in use, more handles than there are."""
    pc, _ = started()
    good = {"ax": 1, "bx": 0xFFFF, "dx": 0, "si": 0x100, "cx": 2, **keeping(pc, [])}
    pc.poke(PROGRAM, 0x100, IP)
    assert pc.call(2, **{**good, "ax": 3}).error == NO_CLASS
    assert pc.call(2, **{**good, "bx": 53}).error == NO_TYPE
    assert pc.call(2, **{**good, "dx": 1}).error == NO_NUMBER
    assert pc.call(2, **{**good, "cx": 9}).error == BAD_TYPE
    assert not pc.call(2, **{**good, "bx": 54}).failed
    assert pc.call(2, **good).error == TYPE_INUSE
    assert not pc.call(2, **{**good, "ax": 11}).failed
    assert not pc.call(2, **{**good, "cx": 0}).failed
    assert pc.call(2, **{**good, "cx": 0}).error == TYPE_INUSE
    for number in range(7):
        opened(pc, bytes([9, number]))
    pc.poke(PROGRAM, 0x100, b"\x09\x99")
    assert pc.call(2, **good).error == NO_SPACE


@pytest.mark.parametrize("function", [3, 5, 6, 7, 0x14, 0x15, 0x18])
def test_wrong_handles(function: int) -> None:
    """Handles that were never given, or were released."""
    pc, _ = started()
    handle = opened(pc, IP)
    opened(pc, ARP)
    assert not pc.call(3, bx=handle).failed
    for wrong in (handle, 0, 0xFFFF, handle + 1):
        assert pc.call(function, bx=wrong, cx=6, di=0x200).error == BAD_HANDLE


def test_frames_go_to_the_longest_type() -> None:
    """By type, by the beginning of the LLC header of 802.3, and the rest to a type of no bytes; each once."""
    pc, card = started()
    got: dict[str, list[bytes]] = {name: [] for name in ("ip", "all", "llc", "802.3", "snap")}
    opened(pc, IP, got["ip"])
    opened(pc, b"", got["all"])
    opened(pc, b"\xe0\xe0\x03", got["llc"], ax=11)
    opened(pc, b"", got["802.3"], ax=11)
    opened(pc, bytes.fromhex("aaaa030000008137"), got["snap"], ax=11)
    length = struct.pack(">H", 46)
    ipx = frame(OWN, length + b"\xe0\xe0\x03")
    snap = frame(OWN, length + bytes.fromhex("aaaa030000008137"))
    other = frame(OWN, length + b"\xf0\xf0\x03")
    for data in (frame(OWN, IP), frame(OWN, ARP), ipx, snap, other, frame(BROADCAST, b"\xe0\xe0\x03")):
        assert card.receive(data)
    pc.service()
    assert got == {
        "ip": [frame(OWN, IP)],
        "all": [frame(OWN, ARP), frame(BROADCAST, b"\xe0\xe0\x03")],
        "llc": [ipx],
        "802.3": [other],
        "snap": [snap],
    }


def test_receiver_gets_its_handle_and_may_refuse() -> None:
    """BX is the handle both times; a receiver that gives no buffer loses the frame, which is counted."""
    pc, card = started()
    handles: list[int] = []
    calls: list[tuple[int, int, int]] = []

    def refuse() -> None:
        calls.append((pc.get("AX"), pc.get("BX"), pc.get("CX")))
        pc.set(es=0, di=0)

    pc.poke(PROGRAM, 0x100, IP)
    kept = pc.call(2, ax=1, bx=0xFFFF, dx=0, si=0x100, cx=2, **keeping(pc, [], handles)).ax
    refused = pc.call(2, ax=1, bx=0xFFFF, dx=0, cx=0, **pc.receiver(refuse)).ax
    card.receive(frame(OWN, IP))
    card.receive(frame(OWN, ARP, 77))
    pc.service()
    assert handles == [kept]
    assert calls == [(0, refused, 77)]
    assert statistics(pc, kept) == (2, 0, 137, 0, 0, 0, 1)


def test_nothing_is_received_without_a_handle() -> None:
    """The receiver is off before the first handle and behind the last one."""
    pc, card = started()
    assert not card.receive(frame(BROADCAST))
    handle = opened(pc)
    assert card.receive(frame(BROADCAST))
    pc.service()
    pc.call(3, bx=handle)
    assert not card.receive(frame(BROADCAST))


def test_send() -> None:
    """Short frames are filled up with zeros, whatever was in the card; impossible lengths are refused and counted."""
    pc, card = started()
    handle = opened(pc)
    for length in (14, 15, 42, 59):
        data = frame(BROADCAST, ARP, length, 0x80)
        assert send(pc, data)
        assert card.sent.pop() == data.ljust(60, b"\0")
    for wrong in (0, 13, 1515, 0xFFFF):
        assert pc.call(4, si=0x1000, cx=wrong).error == CANT_SEND
    assert statistics(pc, handle) == (0, 4, 0, 14 + 15 + 42 + 59, 0, 4, 0)


def test_send_does_not_wait_for_ever() -> None:
    """A card that never ends a transmission: CANT_SEND, and after a restart it goes on."""
    pc, card = started()
    frames: list[bytes] = []
    opened(pc, frames=frames)
    card.stuck = True
    assert send(pc, frame(BROADCAST))
    assert not send(pc, frame(BROADCAST))
    card.stuck = False
    assert send(pc, frame(BROADCAST, fill=9))
    assert card.sent == [frame(BROADCAST, fill=9)]
    assert card.receive(frame(OWN))
    pc.service()
    assert frames == [frame(OWN)]


def test_get_address() -> None:
    """Six bytes; NO_SPACE for a smaller buffer."""
    pc, _ = started()
    handle = opened(pc)
    answer = pc.call(6, bx=handle, di=0x200, cx=10)
    assert not answer.failed and answer.cx == 6
    assert pc.peek(PROGRAM, 0x200, 6) == OWN
    assert pc.call(6, bx=handle, di=0x200, cx=5).error == NO_SPACE


def test_set_address_and_reset() -> None:
    """Another address is used until the interface is reset; groups, wrong lengths and a second handle are refused."""
    pc, card = started()
    handle = opened(pc)
    mine = bytes.fromhex("aa0004000104")
    pc.poke(PROGRAM, 0x200, mine + b"\x01\0\x5e\0\0\1")
    assert pc.call(0x19, di=0x200, cx=5).error == BAD_ADDRESS
    assert pc.call(0x19, di=0x206, cx=6).error == BAD_ADDRESS
    answer = pc.call(0x19, di=0x200, cx=6)
    assert not answer.failed and answer.cx == 6
    assert card.wants(frame(mine)) and not card.wants(frame(OWN))
    other = opened(pc, ARP)
    assert pc.call(0x19, di=0x200, cx=6).error == CANT_SET
    assert pc.call(7, bx=handle).error == CANT_RESET
    pc.call(3, bx=other)
    assert not pc.call(7, bx=handle).failed
    assert card.wants(frame(OWN)) and card.wants(frame(BROADCAST)) and not card.wants(frame(mine))


GROUP, OTHER_GROUP = bytes.fromhex("01005e000001"), bytes.fromhex("01005e7f0102")
STRANGER = bytes.fromhex("00a0c9000001")


@pytest.mark.parametrize(
    ("mode", "wanted"),
    [
        (1, ()),
        (2, (OWN,)),
        (3, (OWN, BROADCAST)),
        (4, (OWN, BROADCAST, GROUP)),
        (5, (OWN, BROADCAST, GROUP, OTHER_GROUP)),
        (6, (OWN, BROADCAST, GROUP, OTHER_GROUP, STRANGER)),
    ],
)
def test_receive_modes(mode: int, wanted: tuple[bytes, ...]) -> None:
    """Each mode receives what the specification says, and get_rcv_mode tells it."""
    pc, card = started()
    frames: list[bytes] = []
    handle = opened(pc, frames=frames)
    pc.poke(PROGRAM, 0x200, GROUP)
    assert not pc.call(0x16, di=0x200, cx=6).failed
    assert not pc.call(0x14, bx=handle, cx=mode).failed
    assert pc.call(0x15, bx=handle).ax == mode
    for target in (OWN, BROADCAST, GROUP, OTHER_GROUP, STRANGER):
        card.receive(frame(target))
    pc.service()
    assert [data[:6] for data in frames] == list(wanted)
    for wrong in (0, 7, 0x103):
        assert pc.call(0x14, bx=handle, cx=wrong).error == BAD_MODE


def test_groups_of_the_same_hash() -> None:
    """The card's filter lets a group through that only has the same hash; the program does not get it."""
    pc, card = started()
    frames: list[bytes] = []
    handle = opened(pc, frames=frames)
    pc.poke(PROGRAM, 0x200, GROUP)
    pc.call(0x16, di=0x200, cx=6)
    pc.call(0x14, bx=handle, cx=4)
    twins = [b"\x01\x00\x5e\x00" + struct.pack(">H", n) for n in range(2, 2000)]
    through = [twin for twin in twins if card.receive(frame(twin))]
    assert through
    pc.service()
    assert frames == []


def test_multicast_list() -> None:
    """What was set is told; a list that is too long, of broken length, or with a station in it leaves it as it is."""
    pc, _ = started()
    opened(pc)
    groups = b"".join(bytes.fromhex("01005e0000") + bytes([n]) for n in range(8))
    pc.poke(PROGRAM, 0x200, groups)
    assert not pc.call(0x16, di=0x200, cx=48).failed
    assert pc.call(0x16, di=0x200, cx=54).error == NO_SPACE
    assert pc.call(0x16, di=0x200, cx=7).error == BAD_ADDRESS
    pc.poke(PROGRAM, 0x206, OWN)
    assert pc.call(0x16, di=0x200, cx=12).error == BAD_ADDRESS
    answer = pc.call(0x17)
    assert pc.peek(answer.es, answer.di, answer.cx) == groups
    assert not pc.call(0x16, cx=0).failed
    assert pc.call(0x17).cx == 0


def test_statistics_count_what_the_chip_counts() -> None:
    """Wrong frames and frames that had no room, which only the chip has seen."""
    pc, card = started()
    handle = opened(pc)
    card.counters = [3, 4, 5]
    assert statistics(pc, handle) == (0, 0, 0, 0, 7, 0, 5)
    assert statistics(pc, handle) == (0, 0, 0, 0, 7, 0, 5)
