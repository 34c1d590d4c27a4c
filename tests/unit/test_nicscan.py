"""NICSCAN.COM on a PC of values: each probe finds its card, and no probe touches what is not its own."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit import nicscan_cards as cards
from tests.unit.nicscan_cards import function
from tests.unit.nicscan_pc import BATCH, LIST, Card, Pc, Result

TABLE = b"""\
; the order of the recipe\r
[pcnet]\r
1022:2000 1022:2625 PNP828D = AMD PCnet-PCI\r
[e100]\r
8086:1229:1028:00a4 = Dell's own\r
8086:1229 = Intel 82557\r
[ne2000]\r
ne2000 rtl8019 PNP80D6 10ec:8029 = Novell NE2000\r
[3c509]\r
3c509 TCM5090 TCM5092 = 3Com EtherLink III\r
[others]\r
ne1000 ne2100 wd80x3 smc-ultra hppclan hppclanp smc9000 lan595 exp16 depca 3c503 = some ISA card\r
[undi]\r
undi = any adapter with a boot ROM\r
"""


def scan(*present: Card, options: str = "/A", table: bytes = TABLE, **more: object) -> Result:
    """Run NICSCAN on a PC with these cards."""
    return Pc(present, {LIST: table}, **more).run(options)  # type: ignore[arg-type]


def test_an_empty_pc_has_none() -> None:
    """No PCI, nothing on the ISA bus: level 0, no NIC.BAT, and nothing is left open."""
    result = scan(resident="none")
    assert result.level == 0
    assert "none found" in result.text
    assert BATCH not in result.files


# --- PCI ---------------------------------------------------------------------------------------------------

SPACE = {
    0x0000: function("8086:1237", kind=0x0600),
    0x0008: function("8086:7000", kind=0x0601, header=0x80),
    0x000B: function("8086:7020", kind=0x0C03, io=0xC040, irq=11),
    0x0018: function("1022:2000", io=0xC000, irq=11),
    0x0020: cards.bridge(1),
    0x0108: function("8086:1229", io=0xD000, irq=9, subsystem="1028:00a4"),
    0x0110: function("1af4:1000", io=0xD020, irq=10, subsystem="1af4:0001"),
}
FOUND = [
    "PCI 00:03.0 1022:2000 c000 11 pcnet AMD PCnet-PCI",
    "PCI 01:01.0 8086:1229 1028:00a4 d000 9 e100 Dell's own",
    "PCI 01:02.0 1af4:1000 1af4:0001 d020 10 none: no driver here",
]


def test_pci_through_the_bios() -> None:
    """Functions of class network, on the bus behind a bridge that the BIOS does not count, too; none else."""
    result = scan(pci=SPACE)
    assert result.table() == FOUND
    assert "PCI BIOS 2.10" in result.text
    assert result.level == 1
    assert result.batch == {
        "NIC": "pcnet", "NICNO": "1", "NICIO": "0xc000", "NICIRQ": "11", "NICBUS": "0", "NICDEV": "3",
    }  # fmt: skip


@pytest.mark.parametrize("mechanism", [cards.Mechanism1, cards.Mechanism2])
def test_pci_through_the_ports(mechanism: type[cards.Mechanism1 | cards.Mechanism2]) -> None:
    """Without a PCI BIOS both mechanisms find the same, write nothing to a card, and are closed afterwards."""
    card = mechanism(SPACE)
    result = scan(card)
    assert result.table() == FOUND
    assert card.address == 0 if isinstance(card, cards.Mechanism1) else card.key == 0
    assert not any(port == 0xCF9 for port, _ in result.writes)


def test_old_class_only_when_the_list_knows_it() -> None:
    """A device from before classes counts when its id is listed."""
    old = {0: function("10ec:8029", kind=0), 8: function("10b7:5900", kind=0)}
    assert scan(pci=old).table() == ["PCI 00:00.0 10ec:8029 ne2000 Novell NE2000"]


def test_pci_only_touches_no_isa_port() -> None:
    """/P reads and writes nothing below 400h but the PCI ports."""
    result = scan(cards.Ne2000(0x300, cards.Interrupts()), options="/P /A", pci=SPACE)
    assert result.table() == FOUND
    assert result.writes == []


# --- ISA cards by their registers --------------------------------------------------------------------------

WD = dict(enumerate(bytes.fromhex("0000c01122330345"), 8))
WD[15] = (0xFF - sum(list(WD.values())[:7])) & 0xFF


def _isa_cards() -> list[tuple[str, Card, str]]:
    pic = cards.Interrupts()
    return [
        ("hppclanp", cards.Fixed(0x300, {0: 0x50, 1: 0x48, 2: 0, 3: 0x53}), ""),
        ("hppclan", cards.Fixed(0x320, {0: 8, 1: 0, 2: 9, 7: 0}), ""),
        ("ne2100", cards.Lance(0x360), ""),
        ("smc9000", cards.Smc9000(0x340), ""),
        ("lan595", cards.Counting(0x280, 2, bytes([0x24, 0x64, 0xA4, 0xE4])), ""),
        ("wd80x3", cards.Fixed(0x280, {**WD, 0x10: 0x21, 0: 0}), ""),
        ("smc-ultra", cards.Fixed(0x280, {**WD, 0x10: 0x21, 7: 0x23}), ""),
        ("3c503", cards.Fixed(0x280, {0: 0x21, 7: 0x80, 0x403: 0x04}, 0x410), ""),
        ("exp16", cards.Counting(0x300, 0x0F, bytes([0xA0, 0xB1, 0xA2, 0xB3])), ""),
        ("depca", cards.Counting(0x300, 0x0C, bytes.fromhex("08002b11 ff0055aaff0055aa 0000")), ""),
        ("ne1000", cards.Ne2000(0x300, pic, wide=False), "3 "),
    ]


@pytest.mark.parametrize("case", _isa_cards(), ids=lambda case: case[0])
def test_isa_card_is_found(case: tuple[str, Card, str]) -> None:
    """Each kind is told by its name and I/O base."""
    name, card, irq = case
    pic = card.interrupts if isinstance(card, cards.Ne2000) else cards.Interrupts()
    result = scan(card, pic)
    base = min(card.ports)
    assert result.table() == [f"ISA {name} {base:04x} {irq}others some ISA card"]
    assert result.level == 5
    assert result.batch["NICIO"] == f"0x{base:04x}"


def test_pcnet_isa_is_told_from_a_lance() -> None:
    """The chip id is read; the list may name either."""
    card = cards.Lance(0x300, 0x0003)
    result = scan(card, table=b"[at1500]\npcnet-isa=PCnet\n[ne2100]\nne2100=LANCE\n")
    assert result.table() == ["ISA pcnet-isa 0300 at1500 PCnet"]
    assert card.selected == 0


@pytest.mark.parametrize("irq", [3, 5, 9, 10, 15])
@pytest.mark.parametrize("command", [0x21, 0x61, 0x22, 0x00])
def test_ne2000_and_its_interrupt(irq: int, command: int) -> None:
    """An NE2000 at rest, as a boot ROM left it, or as QEMU starts it; masks are as before, the card is stopped."""
    pic = cards.Interrupts(requests=0x01)
    card = cards.Ne2000(0x320, pic, irq, command=command)
    result = scan(card, pic)
    assert result.table() == [f"ISA ne2000 0320 {irq} ne2000 Novell NE2000"]
    assert (result.batch["NICIRQ"], result.batch["NICBUS"]) == (str(irq), "")
    assert pic.masks == [0xB8, 0x8E]
    assert card.command == 0x21 and card.mask == 0
    assert scan(card, pic).table() == result.table()  # it can be found again


def test_rtl8019_is_told() -> None:
    """An RTL8019 is both; the first in the list counts."""
    pic = cards.Interrupts()
    result = scan(cards.Ne2000(0x300, pic, realtek=True), pic, table=b"[a]\nrtl8019=R\n[b]\nne2000=N\n")
    assert result.table() == ["ISA rtl8019 0300 3 a R"]


@pytest.mark.parametrize("resident", ["packet", "ndis", "odi"])
def test_a_card_at_work_is_left_alone(resident: str) -> None:
    """With a network driver loaded and the chip running, nothing is written."""
    pic = cards.Interrupts()
    card = cards.Ne2000(0x300, pic, command=0x22, status=0)
    result = scan(card, pic, resident=resident)
    assert "ne2000 Novell NE2000 (in use)" in result.table()[0]
    assert not card.was_written


def test_three_at_once_in_the_order_of_the_list() -> None:
    """The table is in the order of finding; the choice in that of the list."""
    pic = cards.Interrupts()
    result = scan(cards.Ne2000(0x300, pic, 9), cards.Fixed(0x320, {0: 8, 1: 0, 2: 9}), pic, pci=SPACE)
    assert [row.split()[1] for row in result.table()[3:]] == ["ne2000", "hppclan"]
    assert result.batch["NIC"] == "pcnet"


# --- cards that say who they are ---------------------------------------------------------------------------


def _etherlink(unit: int, io: int, irq: int) -> cards.Etherlink3:
    return cards.Etherlink3(
        {0: 0x0020, 1: 0xAF00, 2: unit, 3: 0x9050, 7: 0x6D50, 8: io - 0x200 >> 4, 9: irq << 12}
    )


def test_every_3c509_is_found_through_the_id_port() -> None:
    """Two cards on one port are told apart, and are as before afterwards: waiting, without a tag."""
    pair = (_etherlink(0x1111, 0x300, 10), _etherlink(0x2222, 0x210, 5))
    result = scan(cards.IdPort(pair))
    assert sorted(result.table()) == [
        "ISA 3c509 0210 5 3c509 3Com EtherLink III",
        "ISA 3c509 0300 10 3c509 3Com EtherLink III",
    ]
    assert [(card.tag, card.listens) for card in pair] == [(0, False)] * 2


def _pnp_card(ident: str, serial: int, compatible: str, io: int, irq: int, active: int = 1) -> cards.PnpCard:
    """A card whose second logical device is the adapter, after a string as real cards have."""
    name = b"Some card"
    resources = (
        b"\x0a\x10\x01" + bytes([0x82, len(name), 0]) + name
        + b"\x15" + cards.compressed("XYZ0001") + b"\0"
        + b"\x16" + cards.compressed("XYZ0002") + b"\0\0"
        + b"\x1c" + cards.compressed(compatible) + b"\x22\x08\x02\x79\x00"
    )  # fmt: skip
    registers = {0x30: active, 0x60: io >> 8, 0x61: io & 0xFF, 0x70: irq}
    return cards.PnpCard(cards.compressed(ident) + serial.to_bytes(4, "little"), resources, ({}, registers))


def test_isa_pnp_cards() -> None:
    """Two network adapters and a sound card: the adapters are told with I/O base and interrupt of the right device."""
    present = (
        _pnp_card("RTL8019", 1, "PNP80D6", 0x340, 10),
        _pnp_card("CTL0028", 2, "PNPB006", 0x220, 5),
        _pnp_card("TCM5090", 3, "PNP80F7", 0x210, 11, active=0),
    )
    result = scan(cards.Pnp(present))
    numbers = {card.ident[:4]: card.number for card in present}
    assert sorted(result.table()) == sorted(
        [
            f"ISA PnP {numbers[cards.compressed('RTL8019')]} RTL8019 0340 10 ne2000 Novell NE2000",
            f"ISA PnP {numbers[cards.compressed('TCM5090')]} TCM5090 3c509 3Com EtherLink III",
        ]
    )
    assert all(card.state == "wait" for card in present)


def test_isa_pnp_takes_another_read_port() -> None:
    """Where something else answers on the first port, the next is tried, and the card is found only once."""
    pic = cards.Interrupts()
    card = _pnp_card("RTL8019", 1, "PNP80D6", 0x300, 9)
    result = scan(
        cards.Fixed(0x208, {3: 0x55}, 8), cards.Pnp((card,), (0x263,)), cards.Ne2000(0x300, pic), pic
    )
    assert result.table() == ["ISA PnP 1 RTL8019 0300 9 ne2000 Novell NE2000"]


def test_eisa_cards_of_the_list() -> None:
    """Slots are read on an EISA PC only."""
    board = cards.Fixed(0x5C80, dict(enumerate(cards.compressed("TCM5092"))), 4)
    assert scan(board, eisa=True).table() == ["EISA slot 5 TCM5092 5000 3c509 3Com EtherLink III"]
    assert "none found" in scan(board).text


def test_boot_rom() -> None:
    """The network stack of a boot ROM counts where the list has a driver for it."""
    assert scan(pxe=True).table() == ["Boot ROM undi undi any adapter with a boot ROM"]
    assert "none found" in scan(pxe=True, table=b"[x]\n1:1=x\n").text


def test_a_boot_rom_is_no_second_adapter() -> None:
    """It belongs to one of the adapters: no menu asks between the two, and the order of the list decides."""
    one = {0x18: function("1022:2000", io=0xC000)}
    for table, level in (
        (b"[pcnet]\n1022:2000=x\n[undi]\nundi=u\n", 1),
        (b"[undi]\nundi=u\n[p]\n1022:2000=x\n", 1),
    ):
        result = scan(pxe=True, pci=one, options="/M:0", table=table)
        assert result.level == level and "Which one" not in result.text
    assert result.batch["NIC"] == "undi"


# --- harm --------------------------------------------------------------------------------------------------

PNP_PORTS = {0x279, 0xA79}
OTHERS = PNP_PORTS | {0x110} | set(range(0xCF8, 0xD00))


@settings(max_examples=40, deadline=None)
@given(st.lists(st.binary(min_size=33, max_size=33), min_size=9, max_size=9))
def test_unknown_cards_are_not_written_to(contents: list[bytes]) -> None:
    """Whatever other cards have in their registers: nothing is written to them that did not look like an adapter."""
    bases = (0x300, 0x320, 0x340, 0x360, 0x280, 0x2A0, 0x2C0, 0x240, 0x260)
    present = [cards.Fixed(base, dict(enumerate(data))) for base, data in zip(bases, contents, strict=True)]
    result = scan(*present, options="/L")
    allowed = {
        base
        for base, data in zip(bases, contents, strict=True)
        if data[0] & 0x3F in (0x21, 0x22)
        or (data[0], data[7]) == (0, 0x80)
        or data[15] == 0x33
        or data[14:16] == b"WW"
    }
    written = {port for port, _ in result.writes} - OTHERS
    assert {port & ~0x1F for port in written} <= allowed


def test_nothing_is_read_that_takes_something_away() -> None:
    """The ports of serial, printer, game, sound and disk controllers are not even read."""

    class Fragile(cards.Fixed):
        def read(self, port: int, size: int) -> int:
            raise AssertionError(f"{port:x}h was read")

    ranges = ((0x1F0, 8), (0x200, 8), (0x220, 16), (0x278, 3), (0x2E8, 8), (0x2F8, 8), (0x330, 2), (0x378, 3),
              (0x3B0, 0x30), (0x3F0, 16))  # fmt: skip
    scan(*(Fragile(base, {}, length) for base, length in ranges))


def test_a_look_alike_gets_its_register_back() -> None:
    """A card that reads as an 8390 but does not keep the page bits is given what was there, and is no adapter."""
    card = cards.Fixed(0x300, {0: 0x22, 7: 0x80})
    result = scan(card)
    assert "none found" in result.text
    assert [value for port, value in result.writes if port == 0x300] == [0x61, 0x22]


# --- list, options, menu, NIC.BAT --------------------------------------------------------------------------


def test_missing_and_long_lists() -> None:
    """Level 254, and the name of the file."""
    for files in ({}, {LIST: b"x" * 40001}):
        result = Pc((), files).run("/A")
        assert result.level == 254
        assert LIST in result.text


@pytest.mark.parametrize(
    "table",
    [
        b"[a]\n1022:2000",
        b"1022:2000 = too early\r\n[a]\r\n\t1022:2001 1022:2000\t=  x\r\n",
        b"; [no]\n[a] \n1022:2000=x\x1a[b]\n",
        b"[a]\n1022:20001 022:2000 1022:200 1022:2000\n",
        b"[a]\n  ; 1022:9999\n\n1022:2000 =",
    ],
)
def test_spellings_of_the_list(table: bytes) -> None:
    """Blanks, tabs, comments, missing names and line ends, and ^Z."""
    assert scan(pci=SPACE, table=table).level == 1


def test_only_the_first_120_drivers_count() -> None:
    """What ERRORLEVEL cannot tell is not matched."""
    many = b"".join(b"[d%d]\n1022:%04x=x\n" % (i, 0x1F88 + i) for i in range(1, 130))
    assert scan(pci=SPACE, table=many).level == 120  # 1f88h + 120 = 2000h
    assert scan(pci=SPACE, table=b"[z]\nz=z\n" + many).level == 0


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=400))
def test_any_list_is_survived(table: bytes) -> None:
    """Bytes that are no list end in a level, not in a hang."""
    assert scan(pci=SPACE, table=table).level <= 120


def test_list_only_writes_no_batch() -> None:
    """/L tells the number without a menu."""
    result = scan(options="/l", pci=SPACE)
    assert result.level == 1
    assert BATCH not in result.files


def test_other_files() -> None:
    """/T and /O name them."""
    result = Pc((), {"C:\\L.TXT": TABLE}, pci=SPACE).run("/A /T:C:\\L.TXT /O:C:\\OUT.BAT")
    assert result.level == 1
    assert result.files["C:\\OUT.BAT"].startswith(b"SET NIC=pcnet\r\n")


@pytest.mark.parametrize("options", ["/X", "x", "/M", "/M:", "/M:1000", "/M:x", "/T", "/T:" + "x" * 90])
def test_wrong_usage(options: str) -> None:
    """Level 255 and the help; nothing is looked for."""
    result = scan(options=options, pci=SPACE)
    assert result.level == 255
    assert "NICSCAN [/L]" in result.text and "PCI" not in result.text.split("/P")[0]


def test_help() -> None:
    """/? is not an error."""
    assert scan(options="/?").level == 0


def test_write_protected_disk() -> None:
    """The number comes back with 128 more, and no file is half written."""
    result = scan(pci=SPACE, writable=False)
    assert result.level == 129
    assert "cannot write A:\\DOS\\NIC.BAT" in result.text


@pytest.mark.parametrize(
    ("keys", "level"), [(b"\r", 1), (b"2", 2), (b"x92", 2), (b"\x1b", 0), (b"", 1), (b"3\x1b", 0)]
)
def test_menu(keys: bytes, level: int) -> None:
    """Two adapters have a driver: Enter and the end of the time take the first, Esc none; other keys are ignored."""
    result = scan(options="/M:3", pci=SPACE, keys=keys)
    assert result.level == level
    assert "2  PCI 01:01.0" in result.text and "the first in 3 s" in result.text
    assert (BATCH in result.files) == (level > 0)


def test_a_single_match_needs_no_menu() -> None:
    """No key is waited for."""
    space = {place: data for place, data in SPACE.items() if place != 0x0108}
    result = scan(options="/M:0", pci=space)
    assert result.level == 1 and "Which one" not in result.text
