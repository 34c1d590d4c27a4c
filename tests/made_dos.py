"""Disks, archives and fake kernels for tests: only the texts that tell families apart are real."""

from __future__ import annotations

import io
import struct
import zipfile
from collections.abc import Iterable, Mapping

from bootbuilder.media import fat

FREECOM = b"MZ" + bytes(62) + b"FREECOM FreeDOS STRINGS v3"
MS_SHELL = b"\xe9\x00\x00 Microsoft(R) MS-DOS(R) Version 6.22 (C)Copyright Microsoft Corp 1981-1994."
IBM_SHELL = b"\xe9\x00\x00 The IBM Personal Computer DOS Version 1.10 (C)Copyright IBM Corp 1981, 1982"


def freedos_kernel(revision: int | None = 43) -> bytes:
    """A kernel with the CONFIG block, of version 2000 + revision; None: one from before the block had it."""
    version = bytes(6) if revision is None else struct.pack("<BBHH", 0xFD, 2, revision, 0)
    size = 6 if revision is None else 15
    head = b"\xeb\x1bCONFIG" + struct.pack("<H", size) + bytes([0, 1, 2, 0, 1, 0]) + version
    return head.ljust(0x20, b"\0") + b"code" * 500


def edr_kernel() -> bytes:
    return (
        b"\xe9\x00\x10\x00\x00\x03COMPAQCompatible"
        + bytes(64)
        + b"Enhanced DR-DOS kernel 20240914 (rev 1a2b)"
    )


def ms_bios(
    size: int = 33_000, text: bytes = b"MS DOS Version 6 (C)Copyright 1981-1994 Microsoft Corp"
) -> bytes:
    return (b"\xe9\x00\x02" + bytes(600) + text).ljust(size, b"\x90")


def windows_kernel(text: bytes = b"Starting Windows 98...") -> bytes:
    return b"MZ".ljust(0x200, b"\0") + b"BJ" + bytes(3000) + text


def boot_sector(*names: str, code: int = 0x3E) -> bytes:
    """A boot sector whose code begins at `code` and that names kernels as directories do."""
    head = bytes([0xEB, code - 2, 0x90]) + b"MADE 1.0"
    texts = b"".join(f"{n.partition('.')[0]:<8}{n.partition('.')[2]:<3}".encode() for n in names)
    return head.ljust(300, b"\0") + texts.ljust(210, b"\0") + b"\x55\xaa"


def disk(
    files: Mapping[str, bytes],
    geometry: fat.Geometry | str = "1.44M",
    sector: bytes | None = None,
    label: str = "MADE",
) -> bytes:
    shape = fat.GEOMETRIES[geometry] if isinstance(geometry, str) else geometry
    contents = tuple(fat.VolumeFile(name, data) for name, data in files.items())
    return fat.write(fat.Volume(shape, label, sector or boot_sector(next(iter(files), "NONE.SYS")), contents))


def freedos_disk(geometry: str = "1.44M", revision: int | None = 43, **more: bytes) -> bytes:
    files = {"KERNEL.SYS": freedos_kernel(revision), "COMMAND.COM": FREECOM}
    return disk({**files, **more}, geometry)


HARD_DISK = fat.Geometry("hard disk", 20, 16, 63, 4, 512, 20, 0xF8, hidden=63, drive=0x80)


def hard_disk(*volumes: bytes, active: int = 0) -> bytes:
    """A disk image with one primary FAT16 partition for each volume, in a row from sector 63."""
    table, body, at = b"", b"", 63
    for number, volume in enumerate(volumes):
        flag = 0x80 if number == active else 0
        table += struct.pack("<B3sB3sII", flag, b"\1\1\0", 6, b"\xfe\xff\xff", at, len(volume) // 512)
        body += volume
        at += len(volume) // 512
    return bytes(446) + table.ljust(64, b"\0") + b"\x55\xaa" + bytes(62 * 512) + body


def zipped(members: Iterable[tuple[str | zipfile.ZipInfo, bytes]]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members:
            archive.writestr(name, data)
    return out.getvalue()


def iso(image: bytes, media: str, files: Mapping[str, bytes] | None = None) -> bytes:
    """A CD with an El Torito boot image; `media` is pycdlib's: floppy, noemul or hdemul."""
    import pycdlib

    cd = pycdlib.PyCdlib()
    cd.new()
    cd.add_fp(io.BytesIO(image), len(image), "/BOOT.;1")
    for name, data in (files or {}).items():
        cd.add_fp(io.BytesIO(data), len(data), f"/{name};1")
    cd.add_eltorito("/BOOT.;1", media_name=media)
    out = io.BytesIO()
    cd.write_fp(out)
    cd.close()
    return out.getvalue()
