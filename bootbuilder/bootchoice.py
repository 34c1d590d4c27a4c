"""Which boot sector a disk gets: the one that its DOS came with, or ours for that family of kernels."""

from __future__ import annotations

from typing import Literal

from bootbuilder.dos import DosSystem, Family
from bootbuilder.errors import ImageError
from bootbuilder.firmware import bootsector
from bootbuilder.media import fat, usb

Choice = Literal["auto", "own", "original"]


def boot_sector(system: DosSystem, fat_bits: int, choice: Choice) -> bytes:
    """Return the 512 bytes of the boot sector for `system` on a volume with a FAT of 12 or 16 bits; the BPB is a
    stand-in until the volume is written.

    `original` demands the source's own sector, `own` ours; `auto` prefers the source's where it would work.
    Raises ImageError when the wanted one cannot be had.
    """
    bpb = fat.bpb(fat.GEOMETRIES["1.44M"] if fat_bits == 12 else usb.geometry(usb.SIZES[0]))
    original = system.boot_sector
    if choice == "original":
        if original is None:
            raise ImageError(
                f"{system.id} came without a boot sector",
                "use --boot-sector own, or import a bootable disk image",
            )
        return bootsector.transplant(original, bpb)
    fitting = system.boot_sector_for(fat_bits)
    if choice == "auto" and fitting is not None:
        try:
            return bootsector.transplant(fitting, bpb)
        except ImageError:
            pass  # no BPB of ours would do in it: our own starts the same kernel
    return _own(system, fat_bits, bpb)


def _own(system: DosSystem, fat_bits: int, bpb: bytes) -> bytes:
    protocol, names = system.protocol, system.protocol.kernel
    sizes = [file.size for file in system.kernel]
    major = (system.version or "").partition(".")[0]
    if system.family is Family.DRDOS:
        return bootsector.compose("drdos", fat_bits, bpb, kernel=names[0])
    if protocol.style == "freedos":
        kind: bootsector.Kind = "edr" if protocol.load_segment == 0x70 else "freedos"
        return bootsector.compose(kind, fat_bits, bpb, kernel=names[0])
    if protocol.style == "msdos7":
        return bootsector.compose("msdos7", fat_bits, bpb, kernel=names[0])
    if major in ("1", "2"):
        # DOS 1 and 2 find both of their files in memory; they are read in one piece.
        return bootsector.compose(
            "dos1" if major == "1" else "dos2",
            fat_bits,
            bpb,
            kernel=names[0],
            second=names[1],
            sectors=min(bootsector.sectors_of(*sizes), bootsector.MOST_CONTIGUOUS),
        )
    sectors = bootsector.sectors_of(sizes[0]) if protocol.whole_file else protocol.load_sectors
    return bootsector.compose("iosys", fat_bits, bpb, kernel=names[0], second=names[1], sectors=sectors)
