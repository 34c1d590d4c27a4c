"""DHCP messages: bytes <-> Packet. RFC 951 and 2131 (header), 2132 and 3396 (options), 3046 (relay agents).

Knows the format and nothing of who gets what. Addresses are 4 bytes in network order.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from dataclasses import field

from bootbuilder.net.records import record
from bootbuilder.net.wire import Malformed

NO_ADDRESS = bytes(4)
COOKIE = b"\x63\x82\x53\x63"  # RFC 2131 section 3
BROADCAST_FLAG = 0x8000  # RFC 2131 section 2

# Message types, option 53: RFC 2132 section 9.6
DISCOVER, OFFER, REQUEST, DECLINE, ACK, NAK, RELEASE, INFORM = range(1, 9)
NAMES = ("", "DISCOVER", "OFFER", "REQUEST", "DECLINE", "ACK", "NAK", "RELEASE", "INFORM")

# Option codes: RFC 2132, 3004 (77), 3046 (82), 4578 (93, 94, 97), iPXE (175)
SUBNET_MASK, ROUTER, DNS, HOST_NAME, BROADCAST_ADDRESS = 1, 3, 6, 12, 28
VENDOR, REQUESTED_ADDRESS, LEASE_TIME, OVERLOAD, MESSAGE_TYPE, SERVER_ID = 43, 50, 51, 52, 53, 54
PARAMETER_LIST, MESSAGE, MAX_SIZE, RENEWAL_TIME, REBINDING_TIME = 55, 56, 57, 58, 59
VENDOR_CLASS, CLIENT_ID, TFTP_NAME, BOOT_FILE, USER_CLASS = 60, 61, 66, 67, 77
RELAY_AGENT, ARCHITECTURE, NETWORK_INTERFACE, MACHINE_ID, IPXE = 82, 93, 94, 97, 175
PAD, END = 0, 255

SMALLEST = 240  # header and cookie
LARGEST = 1500  # bytes; what one Ethernet frame carries is above any real message
MOST_OPTIONS = 128
SMALLEST_REPLY = 300  # BOOTP's length (RFC 951: 236 + 64); some relays and ROMs drop shorter ones

_HEADER = struct.Struct("!BBBBIHH4s4s4s4s16s64s128s4s")


@record(frozen=True, slots=True)
class Packet:
    """One message; `options` maps a code to its bytes, in the order in which they are sent.

    `chaddr` has the length that the sender gave (6 for Ethernet); `sname` and `file` end before the first NUL.
    """

    op: int  # 1 from a client, 2 from a server
    xid: int
    chaddr: bytes
    options: Mapping[int, bytes]
    htype: int = 1
    hops: int = 0
    secs: int = 0
    flags: int = 0
    ciaddr: bytes = NO_ADDRESS
    yiaddr: bytes = NO_ADDRESS
    siaddr: bytes = NO_ADDRESS
    giaddr: bytes = NO_ADDRESS
    sname: bytes = b""
    file: bytes = field(default=b"")

    @property
    def type(self) -> int:
        """The message type (option 53); 0 for BOOTP without one."""
        value = self.options.get(MESSAGE_TYPE)
        return value[0] if value else 0

    @property
    def broadcast(self) -> bool:
        """Whether the client asks for broadcast answers."""
        return bool(self.flags & BROADCAST_FLAG)


def parse(data: bytes) -> Packet:
    """Return the message in a datagram. Raises Malformed for anything that RFC 2131 does not allow."""
    if not SMALLEST <= len(data) <= LARGEST:
        raise Malformed(f"{len(data)} bytes are no DHCP message")
    (op, htype, hlen, hops, xid, secs, flags, ci, yi, si, gi, chaddr, sname, file, cookie) = (
        _HEADER.unpack_from(data)
    )
    if cookie != COOKIE:
        raise Malformed("no DHCP cookie")
    if op not in (1, 2):
        raise Malformed(f"op {op} is neither request nor reply")
    if hlen > 16:
        raise Malformed(f"hardware address of {hlen} bytes")
    options = _options(data, SMALLEST, {})
    if overload := options.pop(OVERLOAD, b""):
        if len(overload) != 1 or overload[0] not in (1, 2, 3):
            raise Malformed("option 52 is neither 1, 2 nor 3")
        # RFC 2132 section 9.3: file holds options for 1 and 3, sname for 2 and 3; file is read first.
        if overload[0] & 1:
            _options(file, 0, options)
            file = b""
        if overload[0] & 2:
            _options(sname, 0, options)
            sname = b""
        options.pop(OVERLOAD, None)
    if MESSAGE_TYPE in options and len(options[MESSAGE_TYPE]) != 1:
        raise Malformed("option 53 is not one byte")
    return Packet(
        op, xid, chaddr[:hlen], options, htype, hops, secs, flags, ci, yi, si, gi,
        sname.partition(b"\0")[0], file.partition(b"\0")[0],
    )  # fmt: skip


def _options(data: bytes, at: int, found: dict[int, bytes]) -> dict[int, bytes]:
    """Add the options from `at` on to `found`; the parts of a split option are joined (RFC 3396 section 5)."""
    end, count = len(data), 0
    while at < end:
        code = data[at]
        at += 1
        if code == PAD:
            continue
        if code == END:
            break
        if at == end:
            raise Malformed(f"option {code} without a length")
        after = at + 1 + data[at]
        if after > end:
            raise Malformed(f"option {code} is longer than the message")
        count += 1
        if count > MOST_OPTIONS:
            raise Malformed(f"more than {MOST_OPTIONS} options")
        value = data[at + 1 : after]
        found[code] = found[code] + value if code in found else value
        at = after
    return found


def encode(packet: Packet) -> bytes:
    """Return the bytes of a message, padded to BOOTP's 300 bytes. Never overloads, splits what is over 255 bytes.

    Raises ValueError where `sname` or `file` do not fit with a NUL behind them: old ROMs read on without one.
    """
    if len(packet.sname) > 63 or len(packet.file) > 127:
        raise ValueError(f"server name or boot file too long: {packet.sname!r}, {packet.file!r}")
    parts = [
        _HEADER.pack(
            packet.op, packet.htype, len(packet.chaddr), packet.hops, packet.xid, packet.secs, packet.flags,
            packet.ciaddr, packet.yiaddr, packet.siaddr, packet.giaddr, packet.chaddr, packet.sname, packet.file,
            COOKIE,
        )
    ]  # fmt: skip
    for code, value in packet.options.items():
        while len(value) > 255:
            parts.append(bytes((code, 255)) + value[:255])
            value = value[255:]
        parts.append(b"%c%c%b" % (code, len(value), value))
    parts.append(b"\xff")
    return b"".join(parts).ljust(SMALLEST_REPLY, b"\0")


def request(
    mac: bytes,
    xid: int,
    options: Mapping[int, bytes],
    *,
    message: int = DISCOVER,
    secs: int = 0,
    flags: int = BROADCAST_FLAG,
    ciaddr: bytes = NO_ADDRESS,
    giaddr: bytes = NO_ADDRESS,
) -> Packet:
    """Return a client's message: what probes and tests send. `options` follow the message type."""
    return Packet(
        1,
        xid,
        mac,
        {MESSAGE_TYPE: bytes((message,)), **options},
        secs=secs,
        flags=flags,
        ciaddr=ciaddr,
        giaddr=giaddr,
    )


def pxe_options(architecture: int = 0, uuid: bytes | None = None, http: bool = False) -> dict[int, bytes]:
    """Return the options with which a boot ROM of an architecture (RFC 4578 section 2.1) introduces itself."""
    name = "HTTPClient" if http else "PXEClient"
    options = {
        MAX_SIZE: struct.pack("!H", 1472),
        ARCHITECTURE: struct.pack("!H", architecture),
        NETWORK_INTERFACE: bytes((1, 2, 1)),
        VENDOR_CLASS: f"{name}:Arch:{architecture:05}:UNDI:002001".encode(),
        PARAMETER_LIST: bytes((1, 3, 43, 60, 66, 67, 128, 129, 130, 131, 132, 133, 134, 135)),
    }
    if uuid is not None:
        options[MACHINE_ID] = b"\0" + uuid
    return options
