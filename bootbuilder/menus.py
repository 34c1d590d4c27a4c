"""A PXE boot program for images that are there already: one image, or a menu of several.

`make` reads the images and writes the program, and compressed copies where they are wanted.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bootbuilder import firmware, reading, staging
from bootbuilder.errors import ImageError
from bootbuilder.media import fat, pxe
from bootbuilder.reading.fat import parse_bpb

_LARGEST_FLOPPY = 4 << 20  # bytes; larger ones are hard disks


@dataclass(frozen=True, slots=True)
class Wishes:
    """What the user may choose. `timeout` in seconds, `default` counted from 0; the flags are those of pxe.Image."""

    title: str = ""
    timeout: int = 10
    default: int = 0
    keep_undi: bool = False
    read_only: bool = False
    raw_copy: bool = False
    compressed: bool = False


def make(images: Sequence[Path], out: Path, wishes: Wishes) -> tuple[Path, ...]:
    """Write the boot program `out` for images beside or below it; return the files that were written.

    Raises ImageError for an image that cannot be read, lies elsewhere or has no geometry, and when writing fails.
    """
    folder = out.resolve().parent
    made: dict[str, bytes] = {}
    entries = []
    for path in images:
        data = _read(path)
        image = _image(path, data, out, wishes)
        entries.append(image)
        if wishes.compressed:
            made[f"{image.name}.gz"] = pxe.compress(data)
    program = pxe.program(
        firmware.load("nbp"),
        entries,
        title=wishes.title or out.stem,
        default=wishes.default,
        timeout=wishes.timeout,
    )
    made[out.name] = program
    with staging.opened(folder, lambda: None) as new:
        for name, content in made.items():
            (new / name).parent.mkdir(parents=True, exist_ok=True)
            staging.sync(staging.write(new / name, content))
        staging.publish(new, folder, tuple(made))
    return tuple(out.parent / name for name in made)


def _read(path: Path) -> bytes:
    try:
        if path.stat().st_size > pxe.LARGEST:
            raise ImageError(f"{path} is larger than 1 GiB", "name an image that fits into a PC's memory")
        return path.read_bytes()
    except OSError as error:
        raise ImageError(f"{path} cannot be read: {error.strerror or error}", "check the path") from error


def _image(path: Path, data: bytes, out: Path, wishes: Wishes) -> pxe.Image:
    try:
        name = path.resolve().relative_to(out.resolve().parent).as_posix()
    except ValueError:
        raise ImageError(
            f"{path} is not in the folder of {out} or below it, so no server would give it to the boot program",
            "put the image there, or write the boot program to a folder above it",
        ) from None
    cylinders, heads, track, hard_disk = _geometry(path, data)
    return pxe.Image(
        name,
        data,
        cylinders,
        heads,
        track,
        hard_disk,
        path.stem,
        wishes.keep_undi,
        wishes.read_only,
        wishes.raw_copy,
        wishes.compressed,
    )


def _geometry(path: Path, data: bytes) -> tuple[int, int, int, bool]:
    """Return (cylinders, heads, sectors per track, whether it is a hard disk) of an image."""
    known = next((shape for shape in fat.GEOMETRIES.values() if shape.size == len(data)), None)
    if known is not None:
        return known.cylinders, known.heads, known.sectors_per_track, False
    bpb = parse_bpb(data[: fat.SECTOR])
    hard_disk = len(data) > _LARGEST_FLOPPY
    if bpb is None:
        starts = [start for _, start, _ in reading.partitions(data[: fat.SECTOR], len(data))]
        bpb = parse_bpb(data[starts[0] : starts[0] + fat.SECTOR]) if starts else None
        hard_disk = True
    if bpb is None or not bpb.heads or not bpb.track_sectors:
        raise ImageError(
            f"{path}: no disk of a known format, and no boot sector in it tells its geometry",
            "name a floppy image, or a disk image with a FAT partition",
        )
    cylinders = len(data) // fat.SECTOR // (bpb.heads * bpb.track_sectors)
    return min(cylinders, 1024), bpb.heads, bpb.track_sectors, hard_disk
