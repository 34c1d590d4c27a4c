"""Expands single files that Microsoft's COMPRESS made: `EL90X.DO_` -> the bytes of `EL90X.DOS`.

Setup disks of DOS, Windows and their drivers are full of them. The formats are those of the libmspack documentation,
"SZDD and KWAJ file formats"; no library that is kept up reads them.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass

from bootbuilder.errors import ImageError

_SZDD = b"SZDD\x88\xf0\x27\x33"
_QBASIC = b"SZ \x88\xf0\x27\x33\xd1"
_KWAJ = b"KWAJ\x88\xf0\x27\xd1"
_WINDOW = 4096
_LAST = {"DO": "S", "CO": "M", "EX": "E", "SY": "S", "IN": "F", "NI": "F", "CF": "G", "TX": "T", "BA": "T"}


@dataclass(frozen=True, slots=True)
class Expanded:
    """What was in a compressed file: its name as DOS would write it, and its bytes."""

    name: str
    data: bytes


def is_compressed(head: bytes) -> bool:
    """Return whether a file begins like one that COMPRESS made."""
    return head.startswith((_SZDD, _QBASIC, _KWAJ))


def expand(name: str, data: bytes, limit: int) -> Expanded:
    """Return the file inside; `limit` bounds its size in bytes.

    Raises ImageError, which begins with `name`, when it is damaged, larger, or of the one method (KWAJ 3) that is
    not read.
    """
    try:
        if data.startswith(_SZDD):
            if data[8:9] != b"A":
                raise ImageError(f"{name} is compressed in an unknown way (SZDD mode {data[8:9]!r})", _EXPAND)
            size = _size(name, data[10:14], limit)
            out = _lzss(data[14:], size, _WINDOW - 16)
            return Expanded(_full_name(name, data[9:10]), _whole(name, out, size))
        if data.startswith(_QBASIC):
            size = _size(name, data[8:12], limit)
            return Expanded(_full_name(name, b""), _whole(name, _lzss(data[12:], size, _WINDOW - 18), size))
        return _kwaj(name, data, limit)
    except (IndexError, zlib.error) as error:
        raise ImageError(f"{name}: the compressed file is damaged ({error})", "copy it again") from None


def _kwaj(name: str, data: bytes, limit: int) -> Expanded:
    method, start, flags = (int.from_bytes(data[at : at + 2], "little") for at in (8, 10, 12))
    at, size, stem, extension = 14, limit, b"", b""
    if flags & 1:
        size = _size(name, data[at : at + 4], limit)
        at += 4
    at += 2 if flags & 2 else 0
    if flags & 4:
        at += 2 + int.from_bytes(data[at : at + 2], "little")
    if flags & 8:
        stem = data[at : at + 9].split(b"\0")[0]
        at += len(stem) + 1
    if flags & 16:
        extension = data[at : at + 4].split(b"\0")[0]
    packed = data[start:]
    if method in (0, 1):
        out = packed[: size + 1] if method == 0 else bytes(byte ^ 0xFF for byte in packed[: size + 1])
    elif method == 2:
        out = _lzss(packed, size + (not flags & 1), _WINDOW - 18)
    elif method == 4:
        out = _mszip(packed, size)
    else:
        raise ImageError(f"{name} is compressed by a method that is not read (KWAJ {method})", _EXPAND)
    if not flags & 1:
        if len(out) > limit:
            raise ImageError(f"{name} expands to more than {limit:,} bytes", "do not trust this file")
        size = len(out)
    inner = (stem + b"." + extension if extension else stem).decode("cp437", "replace").upper()
    return Expanded(inner if stem else _full_name(name, b""), _whole(name, out[:size], size))


def _size(name: str, field: bytes, limit: int) -> int:
    size = int.from_bytes(field, "little")
    if size > limit:
        raise ImageError(
            f"{name} would expand to {size:,} bytes, more than {limit:,}", "do not trust this file"
        )
    return size


def _whole(name: str, out: bytes, size: int) -> bytes:
    if len(out) != size:
        raise ImageError(
            f"{name}: the compressed file is damaged: it should hold {size:,} bytes, there are {len(out):,}",
            "copy it again",
        )
    return out


def _lzss(packed: bytes, size: int, at: int) -> bytes:
    """Expand at most `size` bytes: LZSS with a window of 4,096 spaces that is written from `at` on."""
    window, out, source = bytearray(b" " * _WINDOW), bytearray(), iter(packed)
    for control in source:
        for bit in range(8):
            if len(out) >= size:
                return bytes(out[:size])
            first = next(source, None)
            if first is None:
                return bytes(out)
            if control >> bit & 1:
                place, count = -1, 1
            else:
                second = next(source, None)
                if second is None:
                    return bytes(out)
                place, count = first | (second & 0xF0) << 4, (second & 0x0F) + 3
            for step in range(count):
                byte = first if place < 0 else window[(place + step) % _WINDOW]
                window[at] = byte
                at = (at + 1) % _WINDOW
                out.append(byte)
    return bytes(out[:size])


def _mszip(packed: bytes, size: int) -> bytes:
    """Expand blocks of MSZIP: their length, `CK`, and deflated data that refers back to the block before."""
    out, at = bytearray(), 0
    while at + 4 <= len(packed) and len(out) <= size:
        length = int.from_bytes(packed[at : at + 2], "little")
        if not length or packed[at + 2 : at + 4] != b"CK":
            break
        block = zlib.decompressobj(-zlib.MAX_WBITS, zdict=bytes(out[-32768:]))
        out += block.decompress(packed[at + 4 : at + 2 + length], 32768)
        at += 2 + length
    return bytes(out)


def _full_name(name: str, last: bytes) -> str:
    """Return the name before compression: its last character stands in the file, else it follows from the others."""
    upper = name.upper()
    if not upper.endswith("_"):
        return upper
    known = last.decode("cp437", "replace").upper() if last > b" " else ""
    return upper[:-1] + (known or _LAST.get(upper[:-1].rpartition(".")[2], ""))


_EXPAND = "expand it on DOS or Windows with EXPAND.EXE and give what comes out"
