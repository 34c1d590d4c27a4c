"""Command lines of drivers: defaults, brackets, types and ranges."""

from __future__ import annotations

import pytest

from bootbuilder import nics
from bootbuilder.errors import RecipeError

GOLDEN = [
    ("ne2000", {}, "NE2000.COM 0x60"),
    ("ne2000", {"irq": 9}, "NE2000.COM 0x60 9"),
    ("ne2000", {"io": 0x320, "irq": 5}, "NE2000.COM 0x60 5 0x320"),
    ("ne2000-crynwr", {}, "NE2000.COM 0x60 3 0x300"),
    ("ne2000", {"vector": 0x7E, "irq": 9, "io": 0x320}, "NE2000.COM 0x7e 9 0x320"),
    ("ne2000-crynwr", {"options": "-n -w"}, "NE2000.COM -n -w 0x60 3 0x300"),
    ("ne2000-xt", {"irq": 2}, "NE2000XT.COM 0x60 2 0x300"),
    ("ne2000-nwpd", {"irq": 5, "io": 0x300}, "NWPD.COM 0x60 5 0x300"),
    ("ne1000", {}, "NE1000.COM 0x60 3 0x300"),
    ("ne2100", {}, "NE2100.COM 0x60 3 0x300 5"),
    ("pcnet", {}, "PCNTPK.COM INT=0x60"),
    ("pcnet", {"io": 0x1000, "irq": 11}, "PCNTPK.COM INT=0x60 IRQ=11 IOADDR=0x1000"),
    ("rtl8029", {}, "PCIPKT.COM 0x60"),
    ("rtl8029", {"bus": 0, "device": 12}, "PCIPKT.COM 0x60 0 12"),
    ("rtl8139", {"options": "-i", "vector": 0x61}, "RTSPKT.COM -i 0x61"),
    ("rtl8019", {}, "PNPPD.COM 0x60"),
    ("e1000", {}, "E1000PKT.COM 0x60"),
    ("e1000", {"adapter": 0, "speed": 100, "duplex": "full"}, "E1000PKT.COM 0x60 0 100 full"),
    ("e100", {}, "E100BPKT.COM 0x60"),
    ("3c503", {"cable": 1}, "3C503.COM 0x60 2 0x300 1"),
    ("3c509", {}, "3C509.COM 0x60"),
    ("3c509", {"io": 0x310}, "3C509.COM 0x60 0x310"),
    ("3c523", {}, "3C523.COM 0x60 3 0x300 0xc000"),
    ("wd80x3", {"mem": 0xCC00}, "SMC_WD.COM 0x60 3 0x280 0xcc00"),
    ("wd80x3", {"old": "-o"}, "SMC_WD.COM 0x60 -o 3 0x280 0xd000"),
    ("arcnet-arcether", {}, "ARCETHER.COM 0x60 5 0x2e0 0xd800"),
    ("depca", {}, "DEPCA.COM 0x60 5 0x300 0xd000"),
    ("exp16", {"io": 0x270}, "EXP16.COM 0x60 0x270"),
    ("lan595", {"irq": 10, "io": 0x210}, "LAN595.COM 0x60 10 0x210"),
    ("isolan", {}, "ISOLAN.COM 0x60 2 0xb800"),
    ("ethiie", {"thin": 0}, "ETHIIE.COM 0x60 2 0x300 0"),
    ("starlan", {}, "AT&T.COM 0x60 2 0x360 0xd000"),
    ("ibmtoken", {"adapter": 1}, "IBMTOKEN.COM 0x60 1"),
    ("w89c940", {"mac": "00-11-22-AA-BB-CC"}, "940-PD.COM 0x60 00-11-22-AA-BB-CC"),
    ("plip", {}, "PLIP.COM 0x60 7 0x378"),
    ("slip", {}, "SLIP8250.COM 0x60"),
    ("slip", {"baud": 9600, "handshake": "-h"}, "SLIP8250.COM 0x60 -h SLIP 4 0x3f8 9600"),
    ("shim-odipkt", {"interrupt": 97}, "ODIPKT.COM 0 97"),
    ("undi", {}, "UNDIPD.COM"),
]


@pytest.mark.parametrize(("name", "options", "expected"), GOLDEN)
def test_command_lines(shipped: nics.Catalogue, name: str, options: dict[str, object], expected: str) -> None:
    """The line that loads a driver, with the defaults where a recipe is silent."""
    driver = shipped.driver(name)
    assert driver is not None
    assert nics.command(driver, options, "test") == expected


def test_every_packet_driver_has_a_command_line(shipped: nics.Catalogue) -> None:
    """Without a word in the recipe each packet driver can be written, or its error says what to set."""
    for driver in shipped.drivers():
        if driver.kind == "packet" and driver.file:
            line = nics.command(driver, {}, "test")
            assert line.startswith(driver.file) and not set(line) & set("{}[]"), line


@pytest.mark.parametrize(
    ("name", "options", "message", "hint"),
    [
        ("ne2000", {"irq": 99}, "test.irq: 99 is out of range", "use 2 to 15"),
        ("ne2000", {"irq": "3"}, "test.irq: must be a whole number, found '3'", "3 or 0x300"),
        ("ne2000", {"irq": True}, "must be a whole number", ""),
        ("ne2000-crynwr", {"io": 0x10000}, "0x10000 is out of range", "use 0x100 to 0xffe0"),
        ("ne2000", {"vector": 0x67}, "test.vector: 0x67 is not an interrupt for packet drivers", "0x68-0x6f"),
        ("ne2000", {"vector": 0x70}, "0x70 is not an interrupt", "0x78-0x7e"),
        ("ne2000", {"vector": "0x60"}, "must be a whole number", ""),
        ("ne2000", {"iobase": 0x300}, "the driver ne2000 has no such parameter", "did you mean 'io'?"),
        ("ne2000-crynwr", {"options": "-n -z"}, "'-z' is no option of this driver", "-d -i -n -p -w"),
        ("wd80x3", {"mem": 0x9000}, "0x9000 is out of range", "0xa000 to 0xefff"),
        ("ne2100", {"dma": 8}, "8 is out of range", "use 0 to 7"),
        ("3c503", {"cable": 2}, "2 is not possible", "use one of 0, 1"),
        ("e1000", {"speed": 1001}, "must be one of 10, 100, 1000", "choose"),
        ("w89c940", {"mac": "rubbish"}, "must match", "MAC address"),
        ("ne2000-nwpd", {"io": 0x300}, "NWPD.COM needs irq (interrupt (IRQ))", "irq = 2"),
        ("undi", {"vector": 0x61}, "has no such parameter", "it has none"),
    ],
)
def test_wrong_parameters(
    shipped: nics.Catalogue, name: str, options: dict[str, object], message: str, hint: str
) -> None:
    """A parameter of the wrong type or out of range is refused with the range."""
    driver = shipped.driver(name)
    assert driver is not None
    with pytest.raises(RecipeError) as caught:
        nics.command(driver, options, "test")
    assert message in caught.value.message
    assert hint in (caught.value.hint or "")
