"""What all protocols share: rubbish from the network, and hardware addresses as text."""

from __future__ import annotations

import re


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
