"""Files of vendors: OEMSETUP.INF, NIF, PROTOCOL.INI, NET.CFG; and what drivers say of themselves."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bootbuilder.errors import CatalogueError
from bootbuilder.nics import Parameter, recognising, vendor_files
from tests.made_nics import MLID, NDIS, OEMSETUP, PACKET, USAGE

NIF = """\
[WIDGET]
 Type = NDIS
 Title = "Widget adapter"
 Version = 1.1
 DriverName = WIDGET$
[FILE]
 Name = C:\\IBMCOM\\WIDGET.DOS
[RAM]
 tag = RAMADDRESS
 display = "Shared memory"
 type = hexstring
 default = D800
 range = C000-DE00
[TRANSMITS]
 type = decimal
 default = 6
 range = 6-50
[SPEED]
 type = decimal
 default = 7
 range = 4,16
[CABLE]
 type = string
 default = AUTO
 range = AUTO,TP,BNC
[EARLY]
 type = none
"""

PROTOCOL = """\
[PROTMAN]
DriverName = PROTMAN$
[WIDGET]
   DriverName = WIDGET$   ; as its header says
   IOBASE = 0x300
   ; INTERRUPT = 5
   ; this line is prose = not a key
   CABLE = "TP"
[NETBEUI]
DriverName = NETBEUI$
Bindings = WIDGET
"""

NETCFG = """\
Link Support
    Buffers 8 1500
Link driver WIDGET ; the board
    INT 5
\tPORT 300
    MEM D0000
    Frame Ethernet_802.2
    PROTOCOL IPX 0 Ethernet_802.2
NetWare DOS Requester
    FIRST NETWORK DRIVE = F
"""


def test_oemsetup_inf() -> None:
    """Each type of parameter, boards that share their sections, ids of PCI."""
    (widget,) = vendor_files.read("OEMSETUP.INF", OEMSETUP.encode(), "disk/OEMSETUP.INF")
    assert (widget.file, widget.driver_name, widget.title) == ("WIDGET.DOS", "WIDGET$", "Ours Widget, ISA")
    assert (widget.media, widget.pci) == ("ethernet", ("abcd:1229", "abcd:1030"))
    assert dict(widget.keys) == {
        "EARLY": Parameter(type="switch", help="Early release; on"),
        "REQUESTS": Parameter(type="int", minimum=3, maximum=10, default=3, help="Requests"),
        "IOBASE": Parameter(type="hex", choices=(0x300, 0x320), default=0x300, help="I/O base"),
        "CABLE": Parameter(type="choice", choices=("TP", "BNC"), default="TP", help="Cable"),
        "NODE": Parameter(type="string", pattern=".{0,12}", help="Address"),
        "BUFFERS": Parameter(type="int", minimum=1, maximum=8, help="Its default is out of range"),
    }


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("[netcard]", "[netcards]", r"the section \[netcard\] is missing"),
        ("[wid]", "[wind]", r"the section \[wid\] is missing, which widget in \[netcard\] names"),
        ("[wid_nif]", "", r"the section \[wid_nif\] is missing"),
        (",wid,wid_nif", "", "widget in .netcard. has 5 fields; seven belong there"),
    ],
)
def test_an_inf_with_a_part_missing(old: str, new: str, message: str) -> None:
    """What is missing is named, with the file and what to do."""
    with pytest.raises(CatalogueError, match=message) as caught:
        vendor_files.read("OEMSETUP.INF", OEMSETUP.replace(old, new, 1).encode(), "disk/OEMSETUP.INF")
    assert caught.value.message.startswith("disk/OEMSETUP.INF: ") and caught.value.hint


def test_other_inf_files() -> None:
    """A printer's or a display's INF says nothing of network drivers."""
    for text in (
        "[disks]\n1 = x\n[display]\nv7 = 1:v7.drv\n",
        "",
        "rubbish",
        "[Version]\nSignature=$CHICAGO$\n",
    ):
        assert vendor_files.read("OEMSETUP.INF", text.encode(), "x") == []


def test_nif() -> None:
    """File, name, and parameters by section or tag; a default outside the range is left out."""
    (widget,) = vendor_files.read("WIDGET.NIF", NIF.encode(), "WIDGET.NIF")
    assert (widget.file, widget.driver_name, widget.title) == ("WIDGET.DOS", "WIDGET$", "Widget adapter")
    assert dict(widget.keys) == {
        "RAMADDRESS": Parameter(
            type="hex", minimum=0xC000, maximum=0xDE00, default=0xD800, help="Shared memory"
        ),
        "TRANSMITS": Parameter(type="int", minimum=6, maximum=50, default=6),
        "SPEED": Parameter(type="int", choices=(4, 16)),
        "CABLE": Parameter(type="choice", choices=("AUTO", "TP", "BNC"), default="AUTO"),
        "EARLY": Parameter(type="switch"),
    }
    with pytest.raises(CatalogueError, match="no section has a DriverName"):
        vendor_files.read("WIDGET.NIF", NIF.replace("DriverName", "Driver").encode(), "WIDGET.NIF")
    assert vendor_files.read("P.NIF", NIF.replace("= NDIS", "= PROTOCOL").encode(), "P.NIF") == []


def test_protocol_ini() -> None:
    """The board's section: a default for what is set, a key without one for what is commented out; no protocols."""
    (widget,) = vendor_files.read("PROTOCOL.INI", PROTOCOL.encode(), "PROTOCOL.INI")
    assert widget.driver_name == "WIDGET$"
    assert dict(widget.keys) == {
        "IOBASE": Parameter(type="hex", default=0x300),
        "INTERRUPT": Parameter(type="int"),
        "CABLE": Parameter(type="string", default="TP"),
    }


def test_net_cfg() -> None:
    """The lines of a link driver, with what is set per board as parameters; PORT is hexadecimal there."""
    (widget,) = vendor_files.read("NET.CFG", NETCFG.encode(), "NET.CFG")
    assert (widget.kind, widget.file) == ("odi", "WIDGET.COM")
    assert widget.netcfg == (
        "Link Driver WIDGET",
        "INT {irq}",
        "PORT {io}",
        "MEM D0000",
        "Frame Ethernet_802.2",
        "PROTOCOL IPX 0 Ethernet_802.2",
    )
    assert dict(widget.parameters) == {"irq": 5, "io": 0x300}


@given(
    st.sampled_from(["OEMSETUP.INF", "X.NIF", "PROTOCOL.INI", "NET.CFG"]),
    st.lists(
        st.sampled_from(
            [
                *OEMSETUP.splitlines(),
                *NIF.splitlines(),
                *PROTOCOL.splitlines(),
                *NETCFG.splitlines(),
                "[",
                "=",
                '"',
                "param=",
                "param=X,,int,,,",
            ]
        )
    ),
    st.binary(max_size=30),
)
def test_any_lines_are_read_or_explained(name: str, lines: list[str], more: bytes) -> None:
    """Whatever such a file holds, there is an answer or a CatalogueError."""
    with contextlib.suppress(CatalogueError):
        vendor_files.read(name, "\n".join(lines).encode() + more, "x")


# --- what drivers say of themselves -------------------------------------------------------------------------


def test_kinds_by_content() -> None:
    """Drivers have marks that programs which use drivers lack."""
    assert [recognising.is_driver(data) for data in (PACKET, NDIS, MLID)] == ["packet", "ndis2", "odi"]
    client = b"MZ" + bytes(40) + b"u\x0a\0PKT DRVR\0" + bytes(300)  # it looks for the text, as DHCP.EXE does
    netbind = b"MZ" + bytes(40) + b"PROTMAN$" + bytes(300)
    protman = b"\xff\xff\xff\xff\0\x80" + bytes(4) + b"PROTMAN$" + bytes(300)
    shell = b"\xe9\0\0LINKSUP$" + bytes(300)
    for data in (client, netbind, protman, shell, b""):
        assert recognising.is_driver(data) is None
    assert recognising.kind_of(client) is None


def test_device_names() -> None:
    """The header stands at the beginning, or behind that of an EXE; other programs have none."""
    header = b"\xff\xff\xff\xff\0\x80\x10\0\x20\0EL90X$  "
    exe = b"MZ" + bytes(6) + (4).to_bytes(2, "little") + bytes(54) + header
    assert recognising.device_name(header) == recognising.device_name(exe) == "EL90X$"
    for data in (
        PACKET,
        b"",
        b"MZ",
        b"MZ" + b"\xff" * 8,
        b"\xff" * 30,
        header[:12],
        header.replace(b"\0\x80", b"\0\0"),
    ):
        assert recognising.device_name(data) is None


@pytest.mark.parametrize(
    ("text", "args", "words"),
    [
        (USAGE, "[{options}] {vec} {irq} {io}", ()),
        (b"usage: X [options] <packet_int_no> [io_addr]\r\n$", "[{options}] {vec} [{io}]", ()),
        (
            b"Usage:  X <packet_int_no> <dma_no> <mem_base> <cable_type>$",
            "{vec} {dma} {mem} {cable_type}",
            ("cable_type",),
        ),
        (
            b"usage: X [options] <packet_int_no> [-m media_type] [bus_no device_no]\r\n",
            "[{options}] {vec}",
            (),
        ),
        (b"usage: X [options] <packet_int_no> <ip.ad.dr.ess>\r\n$", None, ()),
        (b"usage: X <int_level>\r\n$", None, ()),
        (b"usage: ", None, ()),
    ],
)
def test_usage_texts(text: bytes, args: str | None, words: tuple[str, ...]) -> None:
    """The command line of the catalogue follows from the usage text that packet drivers print."""
    usage = recognising.usage(PACKET + text)
    assert (usage and usage.args) == args
    assert usage is None or usage.words == words
