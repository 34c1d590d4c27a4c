"""DHCP messages: real ones, hostile ones, and the round trip."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bootbuilder.net import dhcp
from bootbuilder.net.wire import Malformed, mac_text, parse_mac

MAC = bytes.fromhex("525400000000")

# A DISCOVER of an iPXE ROM on an Intel e1000, as seen on the wire.
ROM_DISCOVER = (
    bytes.fromhex("01010600 85ee2877 0004 0000".replace(" ", ""))
    + bytes(16)
    + MAC
    + bytes(10 + 64 + 128)
    + bytes.fromhex(
        "63825363 350101 390205c0 5d020000 5e03010201".replace(" ", "")
        + "3c20"
        + b"PXEClient:Arch:00000:UNDI:002001".hex()
        + "4d0469505845"
        + "3717010306070c0f111a2b3c42437780818283848586 87afcb".replace(" ", "")
        + "af30b105018086100eeb03010000170101220101130101110101270101190101290101100102210101150101180101120101"
        + "3d0701525400000000"
        + "6111"
        + "00" * 17
        + "ff"
    )
)


def test_a_rom_discover_is_read() -> None:
    """The fields that decide about a boot come out of a real packet."""
    packet = dhcp.parse(ROM_DISCOVER)
    assert (packet.op, packet.type, packet.xid, packet.secs) == (1, dhcp.DISCOVER, 0x85EE2877, 4)
    assert mac_text(packet.chaddr) == "52:54:00:00:00:00"
    assert packet.options[dhcp.VENDOR_CLASS] == b"PXEClient:Arch:00000:UNDI:002001"
    assert packet.options[dhcp.USER_CLASS] == b"iPXE"
    assert packet.options[dhcp.MACHINE_ID] == bytes(17)
    assert not packet.broadcast


def test_an_answer_has_bootp_length() -> None:
    """Relays and old ROMs drop what is shorter than 300 bytes."""
    answer = dhcp.Packet(2, 7, MAC, {dhcp.MESSAGE_TYPE: b"\x02"}, file=b"a.0")
    data = dhcp.encode(answer)
    assert len(data) == 300
    assert data[108:112] == b"a.0\0"
    assert dhcp.parse(data).file == b"a.0"


def test_a_split_option_is_joined() -> None:
    """RFC 3396: 300 bytes of one option travel in two parts."""
    value = bytes(range(256)) + b"x" * 44
    data = dhcp.encode(dhcp.Packet(2, 1, MAC, {dhcp.VENDOR: value}))
    assert dhcp.parse(data).options[dhcp.VENDOR] == value


def test_overloaded_fields_are_read() -> None:
    """RFC 2132 9.3: options go on in `file`, then in `sname`."""
    data = bytearray(dhcp.encode(dhcp.Packet(2, 1, MAC, {dhcp.OVERLOAD: b"\x03"})))
    data[108:115] = bytes((dhcp.BOOT_FILE, 3)) + b"n.0"[:3] + b"\xff\0"
    data[44:49] = bytes((dhcp.HOST_NAME, 2)) + b"pc\xff"
    packet = dhcp.parse(bytes(data))
    assert packet.options[dhcp.BOOT_FILE] == b"n.0"
    assert packet.options[dhcp.HOST_NAME] == b"pc"
    assert (packet.file, packet.sname) == (b"", b"")


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "0 bytes"),
        (ROM_DISCOVER[:239], "239 bytes"),
        (ROM_DISCOVER[:236] + b"\0\0\0\0" + ROM_DISCOVER[240:], "cookie"),
        (b"\x03" + ROM_DISCOVER[1:], "op 3"),
        (ROM_DISCOVER[:2] + b"\x11" + ROM_DISCOVER[3:], "address of 17"),
        (ROM_DISCOVER[:240] + b"\x3c\x20PXE", "longer than the message"),
        (ROM_DISCOVER[:240] + b"\x3c", "without a length"),
        (ROM_DISCOVER[:240] + b"\x34\x01\x09\xff", "option 52"),
        (ROM_DISCOVER[:240] + b"\x35\x02\x01\x01\xff", "option 53"),
        (ROM_DISCOVER[:240] + b"\x01\x00" * 129, "more than 128"),
        (ROM_DISCOVER + bytes(1500), "no DHCP message"),
    ],
)
def test_rubbish_is_told_apart(data: bytes, why: str) -> None:
    """Each kind of wrong message says what is wrong with it."""
    with pytest.raises(Malformed, match=why):
        dhcp.parse(data)


@given(st.binary(max_size=1600))
def test_any_bytes_are_a_message_or_malformed(data: bytes) -> None:
    """Nothing else than Malformed comes out of the parser."""
    try:
        packet = dhcp.parse(data)
    except Malformed:
        return
    assert packet.op in (1, 2)


@given(st.binary(max_size=700), st.integers(1, 2), st.integers(0, 255))
def test_any_options_are_a_message_or_malformed(tail: bytes, op: int, hlen: int) -> None:
    """The same behind a good header, where the options are."""
    try:
        packet = dhcp.parse(bytes((op, 1, hlen)) + ROM_DISCOVER[3:240] + tail)
    except Malformed:
        return
    again = dhcp.parse(dhcp.encode(packet)) if len(dhcp.encode(packet)) <= dhcp.LARGEST else packet
    assert dict(again.options) == dict(packet.options)


@given(
    st.integers(0, 2**32 - 1),
    st.binary(min_size=0, max_size=16),
    st.dictionaries(
        st.integers(1, 254).filter(lambda c: c not in (52, 53)), st.binary(max_size=100), max_size=9
    ),
)
def test_what_is_sent_is_what_is_read(xid: int, mac: bytes, options: dict[int, bytes]) -> None:
    """encode and parse are each other's reverse."""
    packet = dhcp.Packet(
        2, xid, mac, {dhcp.MESSAGE_TYPE: b"\x05", **options}, siaddr=b"\x0a\0\0\1", file=b"f"
    )
    read = dhcp.parse(dhcp.encode(packet))
    assert (read.xid, read.chaddr, dict(read.options)) == (xid, mac, dict(packet.options))
    assert (read.siaddr, read.file) == (b"\x0a\0\0\1", b"f")


def test_names_that_leave_no_nul_are_refused() -> None:
    """A ROM that finds no NUL reads what is behind."""
    with pytest.raises(ValueError, match="too long"):
        dhcp.encode(dhcp.Packet(2, 1, MAC, {}, file=b"x" * 128))


def test_a_rom_of_our_own_introduces_itself() -> None:
    """What probes send is what ROMs send."""
    sent = dhcp.request(MAC, 9, dhcp.pxe_options(7, bytes(16)))
    packet = dhcp.parse(dhcp.encode(sent))
    assert packet.type == dhcp.DISCOVER
    assert packet.broadcast
    assert struct.unpack("!H", packet.options[dhcp.ARCHITECTURE]) == (7,)
    assert packet.options[dhcp.VENDOR_CLASS].startswith(b"PXEClient:Arch:00007")


@pytest.mark.parametrize(
    "text", ["52:54:00:12:34:56", "52-54-00-12-34-56", "5254.0012.3456", " 525400123456 "]
)
def test_hardware_addresses_in_all_spellings(text: str) -> None:
    """Cisco's, Windows' and everybody else's."""
    assert mac_text(parse_mac(text)) == "52:54:00:12:34:56"


@pytest.mark.parametrize("text", ["", "52:54", "zz:54:00:12:34:56", "52:54:00:12:34:56:78"])
def test_no_hardware_address(text: str) -> None:
    """Anything else is refused with the right spelling."""
    with pytest.raises(ValueError, match="52:54:00:12:34:56"):
        parse_mac(text)
