"""Images -> a PXE network bootstrap program that fetches and boots them.

`program` fills in the parameter block of the shipped program (bootbuilder/firmware/src/nbp) and puts an entry for each
image behind it. The images stay files of their own on the server, beside the program.
"""

from __future__ import annotations

import gzip
import hashlib
import struct
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from bootbuilder.errors import ImageError
from bootbuilder.media import fat
from bootbuilder.media.fat import SECTOR

PARAMS: Mapping[str, int] = MappingProxyType(
    {
        "PARAM_MAGIC": 8,
        "PARAM_COUNT": 12,
        "PARAM_DEFAULT": 13,
        "PARAM_TIMEOUT": 14,
        "PARAM_ERROR_WAIT": 15,
        "PARAM_ENTRIES": 16,
        "PARAM_TITLE": 18,
        "TITLE_SIZE": 54,
        "MAGIC": 0x504E4242,
        "MOST_IMAGES": 16,
        "ENTRY_NAME": 0,
        "ENTRY_TITLE": 80,
        "ENTRY_HOTKEY": 120,
        "ENTRY_FLAGS": 121,
        "ENTRY_DRIVE": 122,
        "ENTRY_TYPE": 123,
        "ENTRY_CYLINDERS": 124,
        "ENTRY_HEADS": 126,
        "ENTRY_TRACK": 128,
        "ENTRY_SECTORS": 132,
        "ENTRY_USED": 136,
        "ENTRY_CRC": 140,
        "ENTRY_SHA": 144,
        "ENTRY_SIZE": 176,
        "FLAG_KEEP_UNDI": 0x01,
        "FLAG_READ_ONLY": 0x02,
        "FLAG_RAW": 0x04,
        "FLAG_SHA": 0x08,
        "FLAG_GZIP": 0x10,
    }
)
"""Offsets, sizes and flags of the parameter block, under their names in src/nbp/params.inc."""

FOR_EVER = 255
"""A waiting time without an end."""

LARGEST = 1 << 30  # bytes of an image; the program's arithmetic reaches to 4 GB, memory below 4 GB does not
_SHA_LIMIT = (
    2 << 20
)  # bytes that are hashed by SHA-256 as well: more would be noticed at the start of a slow PC
_HOTKEYS = "123456789ABCDEFG"
_DRIVE_TYPES = {(40, 9): 1, (40, 8): 1, (80, 15): 2, (80, 9): 3, (80, 36): 5}
"""(cylinders, sectors per track) -> drive type of INT 13h function 08h; the rest reads as 1.44 MB, 4."""


@dataclass(frozen=True, slots=True)
class Entry:
    """What a boot program knows of an image: file name, menu line, and which bytes it takes for the right ones."""

    name: str
    title: str
    hard_disk: bool
    size: int
    used: int
    crc32: int

    def matches(self, data: bytes) -> bool:
        """Return whether the program would boot this image."""
        return len(data) == self.size and zlib.crc32(memoryview(data)[: self.used]) == self.crc32


@dataclass(frozen=True, slots=True)
class Image:
    """One image that a program can boot.

    name          its file name on the server, beside the program; at most 79 characters of ASCII
    data          its bytes, whole sectors
    cylinders, heads, sectors_per_track      the geometry that INT 13h tells
    hard_disk     drive 80h with a partition table, not drive 00h
    title         the menu's line, at most 39 characters
    keep_undi     leave the ROM's UNDI in memory for a DOS driver that uses it
    read_only     the disk in RAM is write-protected
    raw_copy      reach memory by switching the processor's mode, for systems that forbid INT 15h function 87h
    compressed    `name` + ".gz" is beside it too, and is asked for first
    """

    name: str
    data: bytes
    cylinders: int
    heads: int
    sectors_per_track: int
    hard_disk: bool = False
    title: str = ""
    keep_undi: bool = False
    read_only: bool = False
    raw_copy: bool = False
    compressed: bool = False


def compress(data: bytes) -> bytes:
    """Return the image as a gzip file without name and date: the same bytes for the same image."""
    return gzip.compress(data, 9, mtime=0)


def used(data: bytes) -> int:
    """Return the bytes of an image up to its last sector that is not all zero; at least one sector."""
    return max(-(-len(data.rstrip(b"\0")) // SECTOR), 1) * SECTOR


def program(
    boot_program: bytes,
    images: Sequence[Image],
    *,
    title: str = "",
    default: int = 0,
    timeout: int = 10,
    error_wait: int = 30,
) -> bytes:
    """Return the boot program for these images; with more than one it shows a menu.

    `boot_program` is the firmware `nbp`; `title` heads the screen (at most 53 characters); `default` is the image
    that starts after `timeout` seconds (FOR_EVER: only by a key); after an error a PC waits `error_wait` seconds
    for a key and then goes on to its next boot device. Raises ImageError for what the program cannot hold.
    """
    most = PARAMS["MOST_IMAGES"]
    if not 1 <= len(images) <= most:
        raise ImageError(
            f"a boot program holds 1 to {most} images, not {len(images)}", "make more than one program"
        )
    if struct.unpack_from("<I", boot_program, PARAMS["PARAM_MAGIC"])[0] != PARAMS["MAGIC"]:
        raise ImageError("the boot program has no parameter block", "bootbuilder firmware check")
    made = bytearray(boot_program)
    made[PARAMS["PARAM_COUNT"]] = len(images)
    if not 0 <= default < len(images):
        raise ImageError(f"there is no image {default + 1} to start by itself", f"choose 1 to {len(images)}")
    made[PARAMS["PARAM_DEFAULT"]] = default
    made[PARAMS["PARAM_TIMEOUT"]] = timeout
    made[PARAMS["PARAM_ERROR_WAIT"]] = error_wait
    room = PARAMS["TITLE_SIZE"]
    struct.pack_into(f"{room}s", made, PARAMS["PARAM_TITLE"], _ascii(title)[: room - 1])
    (entries,) = struct.unpack_from("<H", made, PARAMS["PARAM_ENTRIES"])
    made += bytes(entries - len(made))
    for image, hotkey in zip(images, _HOTKEYS, strict=False):
        made += _entry(image, hotkey)
    return bytes(made)


def is_program(head: bytes) -> bool:
    """Return whether a file that starts with these bytes is a boot program of ours."""
    start = PARAMS["PARAM_MAGIC"]
    return head[start : start + 4] == PARAMS["MAGIC"].to_bytes(4, "little")


def entries(data: bytes) -> tuple[Entry, ...]:
    """Return the images of a boot program, the one that it starts by itself first. Raises ImageError for damage."""
    try:
        (start,) = struct.unpack_from("<H", data, PARAMS["PARAM_ENTRIES"])
        count, default = data[PARAMS["PARAM_COUNT"]], data[PARAMS["PARAM_DEFAULT"]]
        found = [_read_entry(data, start + index * PARAMS["ENTRY_SIZE"]) for index in range(count)]
        return (found.pop(default), *found)
    except (struct.error, IndexError, UnicodeDecodeError) as error:
        raise ImageError("the boot program is damaged or was not filled in", "build it again") from error


def _read_entry(data: bytes, at: int) -> Entry:
    name, title, drive, sectors, length, crc = struct.unpack_from("<80s40s2xB9xIII32x", data, at)
    texts = [field.partition(b"\0")[0].decode("ascii") for field in (name, title)]
    return Entry(texts[0], texts[1], drive == 0x80, sectors * SECTOR, length, crc)


def _entry(image: Image, hotkey: str) -> bytes:
    name = _ascii(image.name)
    room = PARAMS["ENTRY_TITLE"]
    if not 1 <= len(name) < room or not image.name.isascii():
        raise ImageError(
            f"{image.name}: a boot program asks for names of 1 to {room - 1} plain characters",
            "choose a shorter name",
        )
    if len(image.data) % SECTOR or not SECTOR <= len(image.data) <= LARGEST:
        raise ImageError(
            f"{image.name}: {len(image.data):,} bytes are no disk that can be kept in memory",
            "name an image of whole sectors, at most 1 GiB",
        )
    most_heads = 255 if image.hard_disk else 2
    if not (
        1 <= image.cylinders <= 1024
        and 1 <= image.heads <= most_heads
        and 1 <= image.sectors_per_track <= 63
        and (image.hard_disk or image.cylinders <= 256)
    ):
        raise ImageError(
            f"{image.name}: {image.cylinders} cylinders, {image.heads} heads and {image.sectors_per_track} sectors "
            "per track are no geometry that a PC's BIOS can tell",
            "name another image",
        )
    length = used(image.data)
    content = memoryview(image.data)[:length]
    with_sha = length <= _SHA_LIMIT
    flags = sum(
        PARAMS[flag]
        for flag, wanted in (
            ("FLAG_KEEP_UNDI", image.keep_undi),
            ("FLAG_READ_ONLY", image.read_only),
            ("FLAG_RAW", image.raw_copy),
            ("FLAG_SHA", with_sha),
            ("FLAG_GZIP", image.compressed),
        )
        if wanted
    )
    shape = (image.cylinders, image.sectors_per_track)
    return struct.pack(
        "<80s40s1sBBBHHH2xIII32s",
        name,
        _ascii(image.title or image.name)[:39],
        hotkey.encode(),
        flags,
        0x80 if image.hard_disk else 0,
        0 if image.hard_disk else _DRIVE_TYPES.get(shape, 4),
        image.cylinders,
        image.heads,
        image.sectors_per_track,
        len(image.data) // SECTOR,
        length,
        zlib.crc32(content),
        hashlib.sha256(content).digest() if with_sha else bytes(32),
    )


def from_floppy(name: str, data: bytes, shape: fat.Geometry, **options: Any) -> Image:
    """Return the Image of a floppy of a known geometry; `options` are flags of Image."""
    return Image(name, data, shape.cylinders, shape.heads, shape.sectors_per_track, **options)


def _ascii(text: str) -> bytes:
    """Return the text in the characters that every BIOS shows; others become question marks."""
    return text.encode("ascii", "replace")
