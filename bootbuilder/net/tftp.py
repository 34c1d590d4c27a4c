"""TFTP packets: bytes <-> values, and what is agreed with a client about a transfer. No sockets, no clock.

RFC 1350 (the protocol), 2347 (options), 2348 (blksize), 2349 (timeout, tsize), 7440 (windowsize).
"""

from __future__ import annotations

import functools
import struct
from dataclasses import dataclass
from enum import IntEnum

from bootbuilder.net.wire import Malformed

REQUEST_MAX = 1024
"""Bytes. RFC 2347 allows 512; some clients pad."""
OPTIONS_MAX = 16
BLKSIZE = 512  # RFC 1350 section 2
BLKSIZE_MIN, BLKSIZE_MAX = 8, 65464  # RFC 2348
TIMEOUT_MAX = 60
"""Seconds. RFC 2349 allows 255; a longer wait than this is not promised, and the option left out of the answer."""
BURST_MAX = 65507
"""Bytes. The most that one UDP send can carry, so the most that is in flight at a time."""
IP_UDP_TFTP = 32
"""Bytes of headers in front of a block: 20 IPv4, 8 UDP, 4 TFTP."""


class Opcode(IntEnum):
    """RFC 1350 section 5, RFC 2347 for OACK."""

    RRQ = 1
    WRQ = 2
    DATA = 3
    ACK = 4
    ERROR = 5
    OACK = 6


class Code(IntEnum):
    """Error codes: RFC 1350 section 5, RFC 2347 for 8."""

    OTHER = 0
    NOT_FOUND = 1
    ACCESS = 2
    DISK_FULL = 3
    ILLEGAL = 4
    UNKNOWN_TID = 5
    EXISTS = 6
    OPTION = 8


ENOUGH = "enough: the rest is empty"
"""What our own boot program ends a transfer with once it has all that an image holds. No failure: it got everything."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What one client may have, and all together. Times are seconds, sizes bytes.

    `timeout` is the first wait for an answer; it doubles with each silence. Once a client has answered, waits follow
    its own pace but are never below `timeout_min`; a client that names a timeout gets that one. Before the
    first answer at most `tries` datagrams are repeated; later, `idle` seconds of silence end a transfer.
    """

    blksize: int = BLKSIZE_MAX
    windowsize: int = 32
    timeout: float = 1.0
    timeout_min: float = 0.1
    tries: int = 5
    idle: float = 30.0
    transfers: int = 64
    transfers_per_client: int = 4
    waiting: int = 1024
    requests_per_second: float = 20.0
    request_burst: int = 40
    clients: int = 4096
    name: int = 120
    netascii: int = 4 << 20
    upload: int = 64 << 20


@dataclass(frozen=True, slots=True)
class Request:
    """A read or write request. `mode` is lower-case; `options` are (name as written, value) in the order asked."""

    writing: bool
    name: str
    mode: str
    options: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Terms:
    """What a transfer keeps to. `timeout` is 0 unless the client named one; `answer` are the options for the OACK."""

    blksize: int = BLKSIZE
    windowsize: int = 1
    timeout: int = 0
    sized: bool = False
    answer: tuple[tuple[str, int], ...] = ()

    def oack(self) -> bytes | None:
        """Return the OACK packet, or None when nothing is to be acknowledged."""
        if not self.answer:
            return None
        words = "".join(f"{name}\0{value}\0" for name, value in self.answer)
        return b"\0\6" + words.encode("latin-1")


@functools.lru_cache(256)  # a room full of the same machines asks with the same bytes
def parse_request(datagram: bytes) -> Request:
    """Read an RRQ or WRQ.

    Names are UTF-8 or else Latin-1. Padding after the last option is tolerated, and an option without a value is
    left out.

    Raises:
        Malformed: it is something else.
    """
    if len(datagram) > REQUEST_MAX:
        raise Malformed(f"a request of {len(datagram)} bytes")
    opcode, body = datagram[:2], datagram[2:]
    if opcode not in (b"\0\1", b"\0\2"):
        raise Malformed(f"no request: it begins with {opcode.hex() or 'nothing'}")
    if not body.endswith(b"\0"):
        raise Malformed("a request that does not end with a NUL")
    name, *words = body[:-1].split(b"\0")
    if not name or not words or not words[0]:
        raise Malformed("a request without a name or a mode")
    try:
        text = name.decode()
    except UnicodeDecodeError:
        text = name.decode("latin-1")
    options = []
    for option, value in zip(words[1 : 2 * OPTIONS_MAX + 1 : 2], words[2::2], strict=False):
        if not option:
            break
        options.append((option.decode("latin-1"), value.decode("latin-1")))
    return Request(opcode == b"\0\2", text, words[0].decode("latin-1").lower(), tuple(options))


def negotiate(request: Request, size: int, limits: Limits, mtu: int) -> Terms:
    """Return what is agreed: of each option at most what the client asks, in its order and its spelling.

    `size` is the file's, or for a write the largest that is taken; `mtu` is that of the way to the client: ROMs
    cannot put IP fragments together. An option with a value that makes no sense is as if it were not there.
    """
    asked: dict[str, int] = {}
    spelled: dict[str, str] = {}
    for name, text in request.options:
        folded = name.lower()
        if folded not in asked and _is_number(text):
            asked[folded], spelled[folded] = int(text), name
    blksize, windowsize, timeout, sized = BLKSIZE, 1, 0, False
    if asked.get("blksize", 0) >= BLKSIZE_MIN:
        blksize = max(BLKSIZE_MIN, min(asked["blksize"], limits.blksize, mtu - IP_UDP_TFTP, BLKSIZE_MAX))
    else:
        asked.pop("blksize", None)
    answer: list[tuple[str, int]] = []
    for folded, value in asked.items():
        if folded == "blksize":
            answer.append((spelled[folded], blksize))
        elif folded == "tsize" and request.mode == "octet":
            sized = True
            answer.append((spelled[folded], value if request.writing else size))
        elif folded == "timeout" and 1 <= value <= TIMEOUT_MAX:
            timeout = value
            answer.append((spelled[folded], value))
        elif folded == "windowsize" and value:
            windowsize = max(1, min(value, limits.windowsize, BURST_MAX // (blksize + 4)))
            answer.append((spelled[folded], windowsize))
    return Terms(blksize, windowsize, timeout, sized, tuple(answer))


def asked_size(request: Request) -> int | None:
    """Return the size that a write request announces, if it does."""
    for name, value in request.options:
        if name.lower() == "tsize" and _is_number(value):
            return int(value)
    return None


def _is_number(text: str) -> bool:
    return 1 <= len(text) <= 10 and text.isascii() and text.isdigit()


def error(code: int, text: str) -> bytes:
    """Return an ERROR packet."""
    return struct.pack("!HH", Opcode.ERROR, code) + text.encode("ascii", "replace")[:100] + b"\0"


def parse_error(datagram: bytes) -> tuple[int, str]:
    """Return code and printable text of an ERROR packet, however short it is."""
    code = int.from_bytes(datagram[2:4], "big")
    text = datagram[4:].split(b"\0")[0].decode("latin-1")
    return code, "".join(letter if letter.isprintable() else "?" for letter in text)
