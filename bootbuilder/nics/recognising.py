"""What a file is, by its bytes: packet driver, NDIS2 driver or ODI driver, its device's name, its usage text.

Pure. The marks were checked on the drivers of the Crynwr collection: each has a jump before the signature, while the
programs that only look for a packet driver have the signature alone.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from bootbuilder.nics.models import Kind

# Packet Driver Specification 1.09: the signature stands 3 bytes behind the entry, which begins with a jump.
_PACKET = re.compile(rb"(?:\xeb.\x90|\xe9..)PKT DRVR\0", re.DOTALL)
_USAGE = re.compile(
    rb"usage:?\s+([\w&$-]+)[ \t]+((?:[^$\0]|\r\n[ \t])*?)(?:\r\n?(?![ \t])|[$\0])", re.IGNORECASE
)
_WORD = re.compile(r"\[[^\]]*\]|<[^>]*>|[^\s\[<]+")
_TITLE = re.compile(rb"packet\s+driver\s+for\s+(?:an?\s+|the\s+)?([\x20-\x7e]{3,60})", re.IGNORECASE)

_MEANINGS = {
    "packet_int_no": "vec", "packet_int_number": "vec", "int_level": "irq", "hardware_irq": "irq", "int_no": "irq",
    "io_addr": "io", "io_adr": "io", "io_port": "io", "base_addr": "mem", "mem_base": "mem", "mem_addr": "mem",
    "dma_no": "dma",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Usage:
    """What a packet driver's usage text says: `args` as in the catalogue, the parameters in it, and the board's name.

    `words` are the parameters without a common name; `text` is the line that was read.
    """

    args: str
    words: tuple[str, ...]
    common: tuple[str, ...]
    board: str
    text: str


def kind_of(data: bytes) -> Kind | None:
    """Return what kind of driver a file is, None when it cannot be told.

    A packet driver has its signature behind a jump. An NDIS2 driver opens the device PROTMAN$ and is a device itself.
    An ODI driver has the configuration table of an MLID, or looks for the link support layer by LINKSUP$.
    """
    if _PACKET.search(data):
        return "packet"
    if b"PROTMAN$" in data.upper() and (device_name(data) or "").upper() != "PROTMAN$":
        return "ndis2"
    if b"HardwareDriverMLID" in data or b"LINKSUP$" in data:
        return "odi"
    return None


def is_driver(data: bytes) -> Kind | None:
    """Return the kind where a file is surely a driver of a board: programs that use one have some of the same texts."""
    kind = kind_of(data)
    if kind == "ndis2":
        return kind if device_name(data) else None
    if kind == "odi":
        return kind if b"HardwareDriverMLID" in data else None
    return kind


def device_name(data: bytes) -> str | None:
    """Return the name in a DOS device driver's header, such as EL90X$; None where the file is no device driver.

    The header: no next device (FFFF:FFFF), an attribute word with bit 15, two entries, a name of 8 characters.
    """
    start = 0
    if data[:2] in (b"MZ", b"ZM"):
        start = int.from_bytes(data[8:10], "little") * 16
    header = data[start : start + 18]
    if len(header) < 18 or header[:4] not in (b"\xff\xff\xff\xff", bytes(4)) or not header[5] & 0x80:
        return None
    name = header[10:18].rstrip(b" \0")
    return name.decode("ascii") if re.fullmatch(rb"[!-~]{2,8}", name) else None


def packed(data: bytes) -> bool:
    """Return whether a program is compressed (UPX, PKLITE, LZEXE), so that its texts cannot be read."""
    head = data[:512]
    return b"UPX!" in head or b"PKLITE" in head.upper() or head[28:31] == b"LZ9"


def usage(data: bytes) -> Usage | None:
    """Return what the usage text of a packet driver says; None without one, or where a word of it has no meaning."""
    found = _USAGE.search(data)
    if found is None:
        return None
    args: list[str] = []
    words: list[str] = []
    common: list[str] = []
    line = " ".join(found[2].decode("cp437").split())
    for word in _WORD.findall(line):
        optional, name = word.startswith("["), word.strip("[]<> ").lower()
        if name == "options":
            args.append("[{options}]")
            common.append("options")
            continue
        if not re.fullmatch(r"[a-z]\w{1,23}", name):
            if optional:
                continue  # a switch of its own, or words that belong together: a user adds it to the file
            return None
        meaning = _MEANINGS.get(name, name)
        if meaning != "vec":
            (common if name in _MEANINGS else words).append(meaning)
        args.append(f"[{{{meaning}}}]" if optional else f"{{{meaning}}}")
    if "{vec}" not in args or len({*args}) < len(args):
        return None
    title = _TITLE.search(data)
    board = re.split(rb",? version|[$,]", title[1], flags=re.IGNORECASE)[0].decode("ascii") if title else ""
    return Usage(
        " ".join(args), tuple(words), tuple(common), board.strip(" ."), f"{found[1].decode('cp437')} {line}"
    )
