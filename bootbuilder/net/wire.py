"""What all protocols share: rubbish from the network, and addresses as text."""

from __future__ import annotations

import re
from functools import lru_cache


class Malformed(Exception):
    """Bytes from the network that are no message of the protocol; the text says why. Dropped and counted."""


def mac_text(address: bytes) -> str:
    """Return a hardware address as people write it: `52:54:00:12:34:56`."""
    return address.hex(":")


def parse_mac(text: str) -> bytes:
    """Return the 6 bytes of `52:54:00:12:34:56`, `52-54-00-12-34-56`, `5254.0012.3456` or `525400123456`.

    Raises ValueError for anything else.
    """
    digits = re.sub(r"[:.\-]", "", text.strip())
    if not re.fullmatch(r"[0-9A-Fa-f]{12}", digits):
        raise ValueError(f"{text!r} is no hardware address (write it as 52:54:00:12:34:56)")
    return bytes.fromhex(digits)


@lru_cache(maxsize=256)  # our own and the broadcast address again and again
def ip_text(address: bytes) -> str:
    """Return an IPv4 address of 4 bytes as people write it."""
    return ".".join(map(str, address))


def parse_ip(text: str) -> bytes:
    """Return the 4 bytes of a dotted IPv4 address that the system gave. Raises ValueError."""
    address = bytes(map(int, text.split(".")))
    if len(address) != 4:
        raise ValueError(f"{text!r} is no IPv4 address")
    return address
