"""What a PC shows: the text screen decoded from memory, and screen pictures as PNG. Pure functions.

The BIOS keeps its view of the display in the BIOS data area (BDA), segment 0x40. Offsets used here, all from
the IBM PC/AT BIOS data area definition:

    49h  byte   video mode: 0-3 and 7 are text, 7 is monochrome with its memory at B0000h instead of B8000h
    4Ah  word   columns
    4Eh  word   offset of the active page in display memory, in bytes
    50h  words  cursor of each of eight pages: low byte column, high byte row
    62h  byte   active page
    84h  byte   rows minus one (EGA and later; 0 on older BIOSes means 25 rows)
"""

from __future__ import annotations

import re
import struct
import zlib
from dataclasses import dataclass

DEFAULT_PROMPT = r"(?:[A-Z]:\\[^<>|\n]*|^[A-Z])>\s*\Z"
"""A DOS prompt such as `A:\\>`, `C:\\TOOLS>` or `A>` that ends the last line with text on it."""

BDA_ADDRESS = 0x400
BDA_SIZE = 0x100

_TEXT_MODES = (0, 1, 2, 3, 7)
_LOW_GLYPHS = " ☺☻♥♦♣♠•◘○◙♂♀♪♫☼►◄↕‼¶§▬↨↑↓→←∟↔▲▼"
_HIGH_GLYPHS = bytes(range(32, 127)).decode("ascii") + "⌂" + bytes(range(128, 255)).decode("cp437") + " "
_GLYPHS = _LOW_GLYPHS + _HIGH_GLYPHS


@dataclass(frozen=True)
class TextPage:
    """Where the visible text lies in physical memory, as the BIOS data area tells it."""

    mode: int
    address: int
    columns: int
    rows: int
    cursor: tuple[int, int]

    @property
    def size(self) -> int:
        """Bytes of display memory: one character and one attribute for each cell."""
        return self.columns * self.rows * 2


@dataclass(frozen=True)
class Screen:
    """One look at the display. `rows` have the full width and are empty in a graphics mode.

    `mode` is the BIOS video mode; `cursor` is (row, column), both from 0. `str(screen)` is for people: it
    says so when the display is in a graphics mode or not yet set up.
    """

    rows: tuple[str, ...]
    cursor: tuple[int, int] = (0, 0)
    mode: int = 3
    graphics: bool = False

    @property
    def text(self) -> str:
        """The rows without trailing blanks, joined by newlines, without the empty rows at the end."""
        return "\n".join(row.rstrip() for row in self.rows).rstrip("\n")

    @property
    def lines(self) -> tuple[str, ...]:
        """The rows that have something on them, without trailing blanks."""
        return tuple(row.rstrip() for row in self.rows if row.strip())

    @property
    def last_line(self) -> str:
        """The last row that has something on it, without trailing blanks; empty when there is none."""
        return self.lines[-1] if self.lines else ""

    def search(self, pattern: str | re.Pattern[str]) -> re.Match[str] | None:
        """Search `text` for a regular expression; `^` and `$` match at each row."""
        if isinstance(pattern, str):
            return re.search(pattern, self.text, re.MULTILINE)
        return pattern.search(self.text)

    def __contains__(self, text: str) -> bool:
        return text in self.text

    def __str__(self) -> str:
        if self.graphics:
            return f"(graphics mode {self.mode:02X}h: there is no text to read; take a screenshot)"
        return self.text or "(the screen is empty)"


BLANK = Screen(())


def text_page(bda: bytes) -> TextPage | Screen:
    """Return where the visible text lies, or the `Screen` itself when there is no text to read.

    `bda` holds at least 0x85 bytes from physical address 0x400.
    """
    mode = bda[0x49]
    columns, page_offset = struct.unpack_from("<H2xH", bda, 0x4A)
    if columns == 0:
        return BLANK
    if mode not in _TEXT_MODES:
        return Screen((), (0, 0), mode, graphics=True)
    column, row = struct.unpack_from("<BB", bda, 0x50 + 2 * (bda[0x62] & 7))
    address = (0xB0000 if mode == 7 else 0xB8000) + page_offset % 0x8000
    rows = bda[0x84] % 64 + 1 if bda[0x84] else 25
    return TextPage(mode, address, min(columns, 160), rows, (row, column))


def decode(page: TextPage, memory: bytes) -> Screen:
    """Decode display memory (character, attribute, character, ...) through code page 437."""
    cells = memory[: page.size : 2].ljust(page.columns * page.rows, b" ")
    glyphs = "".join(_GLYPHS[code] for code in cells)
    rows = tuple(glyphs[start : start + page.columns] for start in range(0, len(glyphs), page.columns))
    return Screen(rows, page.cursor, page.mode)


def ppm_to_png(ppm: bytes) -> bytes:
    """Convert a binary PPM picture (P6, 8 bits) to PNG; ValueError when it is no such picture."""
    header = re.match(rb"P6\s+(\d+)\s+(\d+)\s+255\s", ppm)
    if header is None:
        raise ValueError("not a binary PPM picture with 8 bits per colour")
    width, height = int(header[1]), int(header[2])
    pixels, stride = ppm[header.end() :], width * 3
    if len(pixels) < stride * height:
        raise ValueError(f"the PPM picture ends early: {len(pixels)} of {stride * height} bytes")
    lines = b"".join(b"\0" + pixels[at : at + stride] for at in range(0, stride * height, stride))
    return (
        b"\x89PNG\r\n\x1a\n"
        + _chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
        + _chunk(b"IDAT", zlib.compress(lines, 6))
        + _chunk(b"IEND", b"")
    )


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
