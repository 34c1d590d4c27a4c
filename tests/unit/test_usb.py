"""Hard-disk images: table, BPB and file system agree, and other programs read them."""

from __future__ import annotations

import io
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from bootbuilder import firmware, inspecting
from bootbuilder.errors import ImageFull
from bootbuilder.media import fat, usb
from bootbuilder.reading.fat import FatVolume
from tests.makers import BOOT_SECTOR

FILES = (fat.VolumeFile("KERNEL.SYS", b"K" * 40_000), fat.VolumeFile("A\\B.TXT", b"hello"))


def disk(mebibytes: int = 32) -> tuple[bytes, fat.Geometry]:
    shape = usb.geometry(mebibytes)
    volume = fat.write(fat.Volume(shape, "STICK", BOOT_SECTOR, FILES))
    return usb.wrap(volume, shape, firmware.load("mbr")), shape


@pytest.mark.parametrize("size", usb.SIZES)
def test_every_size_is_fat16_with_consistent_chs(size: int) -> None:
    """Cluster counts are FAT16's, hidden sectors are the partition's start, CHS of the table is LBA."""
    shape = usb.geometry(size)
    assert fat.FAT12_CLUSTERS + 16 <= shape.clusters < fat.FAT16_CLUSTERS - 16
    assert shape.clusters + 2 <= shape.sectors_per_fat * 256
    assert (shape.hidden + shape.sectors) % (shape.heads * shape.sectors_per_track) == 0
    assert shape.cylinders <= 1024
    head, sector, cylinder = usb._chs(shape, shape.hidden)
    number = ((sector & 0xC0) << 2 | cylinder) * shape.heads * shape.sectors_per_track
    assert number + head * shape.sectors_per_track + (sector & 63) - 1 == shape.hidden == usb.START


def test_image_reads_back_and_is_what_inspect_says(tmp_path: Path) -> None:
    """The partition opens as FAT16, `inspect` finds it by itself."""
    image, shape = disk()
    assert len(image) == shape.cylinders * shape.heads * shape.sectors_per_track * 512
    assert image[510:512] == b"\x55\xaa"
    assert image[0x1BE] == 0x80
    volume = FatVolume(io.BytesIO(image), "x", usb.START * 512)
    assert {e.path: volume.read(e, 1 << 20) for e in volume.entries() if not e.is_folder} == {
        file.path: file.data for file in FILES
    }
    path = tmp_path / "x.usb.img"
    path.write_bytes(image)
    report = inspecting.inspect(path)
    assert (report.kind, report.label, report.fat_bits) == ("disk image", "STICK", 16)
    assert report.free_bytes == fat.usage(shape, FILES).free


def test_image_is_clean_for_sfdisk_and_fsck(tmp_path: Path, require_tool: Callable[[str], str]) -> None:
    """sfdisk verifies the table, fsck.fat has nothing to say of the volume."""
    image, _ = disk(64)
    path, volume = tmp_path / "x.usb.img", tmp_path / "x.fat"
    path.write_bytes(image)
    volume.write_bytes(image[usb.START * 512 :])
    verified = subprocess.run([require_tool("sfdisk"), "--verify", path], capture_output=True, text=True)
    assert verified.returncode == 0, verified.stdout + verified.stderr
    assert "No errors" in verified.stdout
    checked = subprocess.run([require_tool("fsck.fat"), "-n", volume], capture_output=True, text=True)
    assert checked.returncode == 0, checked.stdout
    assert len(checked.stdout.splitlines()) == 2, checked.stdout


def test_what_no_disk_holds_is_refused() -> None:
    """More than FAT16's two GiB says so."""

    class Huge(bytes):
        def __len__(self) -> int:
            return 3 << 30

    with pytest.raises(ImageFull, match="2 GiB"):
        usb.geometry_for([fat.VolumeFile("X", Huge())])
