"""Archives and compressed files of our own making: stored, not packed, as far as the format allows."""

from __future__ import annotations

import struct
import zlib

STUB = b"MZ\x90\x00" + bytes(508) + b"This program unpacks itself.\r\n$"


def lha(files: dict[str, bytes], method: bytes = b"-lh0-") -> bytes:
    """Return an LHA archive with headers of level 0."""
    made = b""
    for name, data in files.items():
        path = name.encode("cp437")
        head = method + struct.pack("<IIIBBB", len(data), len(data), 0x2921, 0x20, 0, len(path)) + path
        head += struct.pack("<H", _crc16(data))
        made += bytes((len(head), sum(head) & 0xFF)) + head + data
    return made + b"\0"


def _crc16(data: bytes) -> int:
    """CRC-16/ARC, which LHA uses."""
    crc = 0
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0xA001 if crc & 1 else 0)
    return crc


def cabinet(files: dict[str, bytes]) -> bytes:
    """Return a cabinet with one folder that is stored."""
    body = b"".join(files.values())
    entries, offset = b"", 0
    for name, data in files.items():
        entries += (
            struct.pack("<IIHHHH", len(data), offset, 0, 0x2921, 0, 0x20) + name.encode("cp437") + b"\0"
        )
        offset += len(data)
    blocks = b""
    for start in range(0, len(body), 32768):
        block = body[start : start + 32768]
        blocks += struct.pack("<IHH", 0, len(block), len(block)) + block
    first_file, first_block = 36 + 8, 36 + 8 + len(entries)
    folder = struct.pack("<IHH", first_block, -(-len(body) // 32768), 0)
    total = first_block + len(blocks)
    head = struct.pack("<4sIIIIIBBHHHHH", b"MSCF", 0, total, 0, first_file, 0, 3, 1, 1, len(files), 0, 1, 0)
    return head + folder + entries + blocks


def szdd(data: bytes, last: bytes = b"\0", size: int | None = None) -> bytes:
    """Return what COMPRESS makes of a file, as literals alone; `last` is the character that `_` replaces."""
    head = b"SZDD\x88\xf0\x27\x33A" + last + struct.pack("<I", len(data) if size is None else size)
    return head + _literals(data)


def _literals(data: bytes) -> bytes:
    return b"".join(b"\xff" + data[start : start + 8] for start in range(0, len(data), 8))


def kwaj(data: bytes, method: int, name: str = "") -> bytes:
    """Return a KWAJ file of method 0 (stored), 1 (inverted), 2 (literals) or 4 (deflated)."""
    if method == 4:
        packed = b""
        for start in range(0, len(data), 32768):
            squeeze = zlib.compressobj(9, zlib.DEFLATED, -15, zdict=data[:start][-32768:])
            block = b"CK" + squeeze.compress(data[start : start + 32768]) + squeeze.flush()
            packed += struct.pack("<H", len(block)) + block
    else:
        packed = {0: data, 1: bytes(byte ^ 0xFF for byte in data), 2: _literals(data)}.get(method, b"?")
    stem, _, extension = name.partition(".")
    extra = struct.pack("<I", len(data))
    if name:
        extra += stem.encode() + b"\0" + extension.encode() + b"\0"
    flags = 1 | (24 if name else 0)
    return b"KWAJ\x88\xf0\x27\xd1" + struct.pack("<HHH", method, 14 + len(extra), flags) + extra + packed
