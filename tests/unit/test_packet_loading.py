"""Loading NE2000.COM and taking it out again, on a PC of values: every kind of card, every mistake."""

from __future__ import annotations

import struct

import pytest

from tests.unit.dp8390_card import Card
from tests.unit.packet_calls import BROADCAST, IP, KINDS, OWN, opened, send, started
from tests.unit.packet_pc import Pc, frame, keeping, pci_card


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
