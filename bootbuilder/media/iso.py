"""A floppy image -> an El Torito ISO that a BIOS boots as drive A:. The only writer of ISOs.

The emulated floppy is read-only: programs that want to write need a RAM disk or another medium.
"""

from __future__ import annotations

import io
from collections.abc import Iterator

from bootbuilder.errors import ImageError

SECTOR = 2048  # bytes of an ISO 9660 logical sector
EMULATED = (1228800, 1474560, 2949120)
"""Sizes of the floppies that El Torito 1.0 (page 9, "boot media type") knows: 1.2M, 1.44M, 2.88M."""

_DATE = bytes((80, 1, 1, 0, 0, 0, 0))  # 1980-01-01 00:00 in a directory record (ECMA-119, 9.1.5)
_LONG_DATE = b"1980010100000000\0"  # the same in a volume descriptor (ECMA-119, 8.4.26.1)


def wrap(floppy: bytes, label: str) -> bytes:
    """Return the ISO for a floppy image. Raises ImageError for a size that El Torito cannot emulate."""
    if len(floppy) not in EMULATED:
        raise ImageError(
            f"a CD boots floppies of 1.2M, 1.44M and 2.88M, this one has {len(floppy):,} bytes",
            'set geometry = "1.44M" under [output]',
        )
    import pycdlib

    iso = pycdlib.PyCdlib()
    iso.new(vol_ident=_identifier(label), sys_ident="", app_ident_str="BOOTBUILDER")
    iso.add_fp(io.BytesIO(floppy), len(floppy), "/FLOPPY.IMG;1")
    iso.add_eltorito("/FLOPPY.IMG;1", bootcatfile="/BOOT.CAT;1", media_name="floppy")
    made = io.BytesIO()
    iso.write_fp(made)
    iso.close()
    return _with_fixed_dates(bytearray(made.getvalue()))


def _identifier(label: str) -> str:
    """Return the label in the characters that ISO 9660 gives volume names."""
    return "".join(c if c.isalnum() and c.isascii() else "_" for c in label.upper()) or "BOOT"


def _with_fixed_dates(image: bytearray) -> bytes:
    # pycdlib stamps the present moment; the same recipe must give the same bytes tomorrow.
    sector = 16  # the first volume descriptor (ECMA-119, 6.7.1)
    while image[sector * SECTOR] != 255:
        at = sector * SECTOR
        if image[at] in (1, 2):
            for field in (813, 830, 864):  # creation, modification, effective; expiration stays unset
                image[at + field : at + field + 17] = _LONG_DATE
            image[at + 156 + 18 : at + 156 + 25] = _DATE
            extent = int.from_bytes(image[at + 158 : at + 162], "little") * SECTOR
            size = int.from_bytes(image[at + 166 : at + 170], "little")
            for record in _records(image, extent, size):
                image[record + 18 : record + 25] = _DATE
        sector += 1
    return bytes(image)


def _records(image: bytearray, start: int, size: int) -> Iterator[int]:
    """Yield the offset of each directory record (ECMA-119, 9.1); a zero length fills up a sector."""
    at = start
    while at < start + size:
        if image[at]:
            yield at
            at += image[at]
        else:
            at += SECTOR - at % SECTOR
