"""NE2000.COM on a PC of values: loading, every call of the Packet Driver Specification 1.09, the card's interrupt."""

from __future__ import annotations

import random
import struct

import pytest

from tests.unit.dp8390_card import OVERRUN, Card
from tests.unit.packet_pc import BACK, PROGRAM, Pc, frame, keeping, pci_card

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


# --- loading ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("old_cpu", [False, True], ids=["at", "xt"])
@pytest.mark.parametrize("kind", KINDS)
def test_finds_each_kind_of_card(kind: str, old_cpu: bool) -> None:
    """Place, IRQ, width and memory are found; frames of every length go out and come in whole."""
    pc, card = started(base=0x340, irq=5, old_cpu=old_cpu, **KINDS[kind])
    assert "ISA card at 0x340, IRQ 5, address 00:00:1b:12:34:56" in pc.text.decode()
    assert not pc.masks[0] & 0x20
    pages = card.memory_size // 256
    assert (card.start, card.stop) == (card.memory_at // 256 + 12, card.memory_at // 256 + pages)
    frames: list[bytes] = []
    opened(pc, frames=frames)
    for length in (60, 61, 62, 255, 256, 1513, 1514):
        data = frame(OWN, length=length, fill=length)
        assert card.receive(data)
        pc.service()
        assert frames.pop() == data
        assert send(pc, data)
        assert card.sent.pop() == data


def test_it_is_small() -> None:
    """It says how much memory it keeps: under 6 KB."""
    loaded = Pc(Card()).load()
    assert loaded.resident is not None and loaded.resident * 16 < 6 * 1024
    assert f"packet driver at interrupt 0x60, {loaded.resident * 16} bytes" in loaded.text


def test_second_interrupt_controller() -> None:
    """An IRQ above 7 is opened in, and ended at, both controllers."""
    pc, card = started("0x62 10 0x300", irq=10)
    assert not pc.masks[1] & 4
    assert pc.vector(0x72)[0] == pc.vector(0x62)[0]
    pc.call(2, vector=0x62, ax=1, bx=0xFFFF, dx=0, cx=0, **keeping(pc, []))
    card.receive(frame(BROADCAST))
    assert pc.service() == 1 and pc.in_service == []


def test_irq_2_is_9() -> None:
    """On a PC with two controllers the line 2 of the bus is IRQ 9."""
    assert "IRQ 9" in Pc(Card(irq=9)).load("0x60 2 0x300").text


def test_pci_card() -> None:
    """Found by its id behind others, its I/O switched on; an interrupt of another device on its line goes on."""
    card = Card(base=0xC020, irq=11)
    pc = Pc(card, pci={0x10: pci_card("1022:2000", 0xC000, 10), 0x18: pci_card("10ec:8029", 0xC020, 11)})
    pc.masks[1] &= ~8  # somebody listens already
    loaded = pc.load()
    assert "PCI card at 0xc020, IRQ 11" in loaded.text
    assert pc.pci[0x18][4] == 1
    assert not pc.pci[0x10][4]
    frames: list[bytes] = []
    opened(pc, frames=frames)
    pc.poke(0xF000, 0x2B0, bytes.fromhex("50 b063 e6a0 b062 e620 58 cf"))  # the other device ends it itself
    pc.hardware(11)
    assert pc.in_service == []
    card.receive(frame(OWN))
    assert pc.service() == 1 and len(frames) == 1


def test_two_cards_have_two_drivers() -> None:
    """The second copy takes the next card and the next interrupt; a third finds all cards in use."""
    first, second = Card(base=0x300, irq=3), Card(base=0x320, irq=5, address=bytes.fromhex("00001b000002"))
    pc = Pc(first, second)
    pc.load()
    loaded = pc.load()
    assert "interrupt 0x60 is taken, using 0x61" in loaded.text
    assert "card at 0x320, IRQ 5" in loaded.text
    third = pc.load()
    assert (third.resident, third.level) == (None, 1) and "already loaded for every card" in third.text
    assert pc.load("-u 0x61").level == 0
    assert pc.freed[-1] == loaded.segment
    assert pc.load("0x60 5 0x320").resident is not None


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ("0x50", "the interrupt must be 0x60-0x66"),
        ("0x67", "the interrupt must be"),
        ("0x7f", "the interrupt must be"),
        ("0x60 16", "the IRQ must be 2 to 15"),
        ("0x60 1", "the IRQ must be"),
        ("0x60 3 0x301", "the I/O base must be a multiple of 0x20"),
        ("0x60 3 0x100", "the I/O base must be"),
        ("0x60 3 0x320", "no card at 0x320"),
        ("0x60 5 0x300", "the card uses IRQ 3, not 5"),
        ("0x60 3 0x300 1", "load it:"),
        ("0xfffff", "load it:"),
        ("0x", "load it:"),
        ("6g", "load it:"),
        ("-x", "load it:"),
        ("-u", "it is not loaded"),
        ("-u 0x61", "no packet driver at that interrupt"),
    ],
)
def test_wrong_command_lines(options: str, message: str) -> None:
    """Each is refused with its reason and ERRORLEVEL 1; nothing stays in memory, no interrupt is taken."""
    pc = Pc(Card())
    before = pc.peek(0, 0, 1024)
    loaded = pc.load(options)
    assert (loaded.resident, loaded.level) == (None, 1)
    assert message in loaded.text
    assert pc.peek(0, 0, 1024) == before and pc.masks == [0xB8, 0x8F]


@pytest.mark.parametrize("option", ["/?", "-?", "-h", "0x60 /H"])
def test_help(option: str) -> None:
    """Help is no error, and touches nothing."""
    loaded = Pc(Card()).load(option)
    assert (loaded.resident, loaded.level) == (None, 0)
    assert "NE2000 -u [interrupt]" in loaded.text


def test_no_card() -> None:
    """A PC without one: nothing is written to any port where a card may be, and the message says how to go on."""
    pc = Pc()
    loaded = pc.load()
    assert loaded.level == 1 and "no card found; give its place" in loaded.text
    assert pc.stray == []


def test_card_that_gives_no_interrupt() -> None:
    """Its IRQ must be given, and then there is a warning."""
    assert "the card gives no interrupt" in Pc(Card(irq=1)).load().text
    loaded = Pc(Card(irq=1)).load("0x60 3")
    assert loaded.resident is not None and "warning" in loaded.text


def test_broken_cards() -> None:
    """No address, or no memory that works: refused."""
    assert "no address or no memory" in Pc(Card(address=bytes(6))).load("0x60 3 0x300").text
    assert "no address or no memory" in Pc(Card(memory_at=0x8000)).load("0x60 3 0x300").text


def test_loaded_twice() -> None:
    """A second copy for the same card says where the first is."""
    pc, _ = started()
    loaded = pc.load("0x60 3 0x300")
    assert loaded.level == 1 and "already loaded for this card, at interrupt 0x60" in loaded.text


def test_taken_interrupt() -> None:
    """When another program has the given interrupt, the next free one is taken; without any, nothing is."""
    pc = Pc(Card())
    pc.poke(0, 0x60 * 4, b"\x03\x00\x00\x90")
    assert "interrupt 0x60 is taken, using 0x61" in pc.load("0x60").text
    full = Pc(Card())
    for number in range(0x60, 0x80):
        full.poke(0, number * 4, b"\x03\x00\x00\x90")
    assert "no interrupt from 0x60 to 0x7e is free" in full.load().text


def test_unload() -> None:
    """-u gives back memory, both interrupts and the mask, and stops the card; afterwards it can be loaded again."""
    card = Card()
    pc = Pc(card)
    before = pc.peek(0, 0, 1024)
    loaded = pc.load()
    assert pc.load("-u").text == "NE2000: no longer at interrupt 0x60\n"
    assert pc.freed == [0x0900, loaded.segment]
    assert pc.peek(0, 0, 1024) == before and pc.masks == [0xB8, 0x8F]
    assert card.command & 3 == 1 and card.mask == 0
    assert pc.load().resident is not None


def test_unload_is_refused_while_in_use() -> None:
    """Not with an open handle, and not when another program sits on an interrupt; all goes on then."""
    pc, card = started()
    frames: list[bytes] = []
    handle = opened(pc, IP, frames)
    assert "a program still uses it" in pc.load("-u").text
    pc.call(3, bx=handle)
    segment, offset = pc.vector(0x0B)
    pc.poke(0, 0x0B * 4, b"\x00\x00\x00\x95")
    assert "a program still uses it" in pc.load("-u").text
    pc.poke(0, 0x0B * 4, struct.pack("<HH", offset, segment))
    opened(pc, IP, frames)
    card.receive(frame(OWN))
    pc.service()
    assert len(frames) == 1


# --- calls ------------------------------------------------------------------------------------------------------


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


# --- the interrupt ------------------------------------------------------------------------------------------------


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
