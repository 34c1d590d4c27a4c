"""Files -> a hard-disk image with one active FAT16 partition, for USB sticks, CF cards and disks.

    sector 0          master boot record: our code, disk signature, partition table
    1 - 2047          empty, so that the partition is aligned to 1 MiB as flash memory likes it
    2048 - the end    the FAT16 volume, up to the last whole cylinder

The geometry is the one that BIOSes give such a disk: 63 sectors, and 16 heads below 504 MiB, where every BIOS agrees;
above, 255 heads, as BIOSes translate larger disks. CHS and LBA in the table and in the BPB say the same.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterable

from bootbuilder.errors import ImageFull
from bootbuilder.media import fat
from bootbuilder.media.fat import SECTOR, Geometry, VolumeFile

START = 2048  # sectors before the partition
_SECTORS_PER_TRACK = 63
_SMALL = 504  # MiB: 1024 cylinders of 16 heads and 63 sectors
_TYPE_FAT16 = 0x06

SIZES = (32, 64, 128, 256, 512, 1024, 2047)
"""Sizes of images in MiB: each a power of two, the last what FAT16 with 32 KiB clusters holds."""


def geometry(mebibytes: int) -> Geometry:
    """Return the geometry of the partition on a disk of that size; its clusters are as DOS's FORMAT chooses."""
    heads = 16 if mebibytes <= _SMALL else 255
    cylinders = mebibytes * 2048 // (heads * _SECTORS_PER_TRACK)
    per_cluster = next(
        n for limit, n in ((128, 4), (256, 8), (512, 16), (1024, 32), (2048, 64)) if mebibytes <= limit
    )
    sectors = cylinders * heads * _SECTORS_PER_TRACK - START
    return Geometry(
        name=f"{mebibytes}M",
        cylinders=cylinders,
        heads=heads,
        sectors_per_track=_SECTORS_PER_TRACK,
        sectors_per_cluster=per_cluster,
        root_entries=512,
        # 256 entries in a sector of the FAT; the first two stand for no cluster.
        sectors_per_fat=-(-(sectors // per_cluster + 2) // 256),
        media=0xF8,
        hidden=START,
        drive=0x80,
        partial=START,
    )


def geometry_for(files: Iterable[VolumeFile]) -> Geometry:
    """Return the smallest geometry that holds the files. Raises ImageFull when none does."""
    files = tuple(files)
    for size in SIZES:
        shape = geometry(size)
        if fat.usage(shape, files).fits:
            return shape
    needed = fat.usage(geometry(SIZES[-1]), files).needed
    raise ImageFull(
        f"the files need {needed:,} bytes, more than a FAT16 disk holds (2 GiB)", "leave files out"
    )


def wrap(volume: bytes, shape: Geometry, boot_record: bytes) -> bytes:
    """Return the whole disk: `boot_record` (512 bytes of code) with the partition table, and the volume.

    The size is that of whole cylinders. The disk signature follows from the content.
    """
    total = START + shape.sectors
    record = bytearray(boot_record)
    record[0x1B8:0x1BC] = zlib.crc32(volume[:SECTOR]).to_bytes(4, "little")
    record[0x1BE:0x1FE] = struct.pack(
        "<B3sB3sII", 0x80, _chs(shape, START), _TYPE_FAT16, _chs(shape, total - 1), START, shape.sectors
    ) + bytes(48)
    return b"".join((bytes(record), bytes((START - 1) * SECTOR), volume))


def _chs(shape: Geometry, sector: int) -> bytes:
    """Return the three CHS bytes of a partition table for a sector number; the last cylinder DOS knows is 1023."""
    track, number = divmod(sector, shape.sectors_per_track)
    cylinder, head = divmod(track, shape.heads)
    if cylinder > 1023:
        cylinder, head, number = 1023, shape.heads - 1, shape.sectors_per_track - 1
    return bytes((head, (number + 1) | cylinder >> 2 & 0xC0, cylinder & 0xFF))
