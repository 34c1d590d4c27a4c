"""`bootbuilder menu` and what `inspect` tells of boot programs."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from bootbuilder import firmware, inspecting, menus
from bootbuilder.errors import ImageError
from bootbuilder.media import fat, pxe, usb
from bootbuilder.media.fat import VolumeFile

SECTOR = b"\xeb\x3c\x90" + bytes(507) + b"\x55\xaa"


def floppy(name: str, content: bytes = b"hello") -> bytes:
    """A formatted floppy with one file."""
    shape = fat.GEOMETRIES[name]
    files = (VolumeFile("HELLO.TXT", content),)
    return fat.write(fat.Volume(shape, "TEST", SECTOR, files, (0x21, 0)))


def hard_disk() -> bytes:
    """A partitioned disk of 32 MiB with one file."""
    shape = usb.geometry(32)
    volume = fat.write(fat.Volume(shape, "TEST", SECTOR, (VolumeFile("HELLO.TXT", b"disk"),), (0x21, 0)))
    return usb.wrap(volume, shape, firmware.load("mbr"))


def test_a_menu_of_floppies_and_disks_knows_their_shapes(tmp_path: Path) -> None:
    """Images beside and below the program are entered with geometry and kind; compressed copies are the images."""
    (tmp_path / "sub").mkdir()
    contents = {"a.img": floppy("720K"), "sub/b.img": floppy("1.44M"), "c.usb.img": hard_disk()}
    for name, data in contents.items():
        (tmp_path / name).write_bytes(data)
    wishes = menus.Wishes(title="Lab", default=1, compressed=True)
    written = menus.make([tmp_path / name for name in contents], tmp_path / "menu.0", wishes)
    assert written[-1] == tmp_path / "menu.0" and len(written) == 4
    for name, data in contents.items():
        assert gzip.decompress((tmp_path / f"{name}.gz").read_bytes()) == data
    found = pxe.entries((tmp_path / "menu.0").read_bytes())
    assert [(entry.name, entry.hard_disk) for entry in found] == [
        ("sub/b.img", False),
        ("a.img", False),
        ("c.usb.img", True),
    ]
    assert all(entry.matches(contents[entry.name]) for entry in found)


def test_inspect_shows_the_image_that_a_program_boots(tmp_path: Path) -> None:
    """The report and the files are those of the image beside the program, which has to be the right one."""
    (tmp_path / "a.img").write_bytes(floppy("360K"))
    menus.make([tmp_path / "a.img"], tmp_path / "a.0", menus.Wishes())
    report = inspecting.inspect(tmp_path / "a.0")
    assert (report.kind, report.geometry) == ("PXE boot program for a.img", "360K")
    assert inspecting.read_file(tmp_path / "a.0", "HELLO.TXT") == b"hello"
    (tmp_path / "a.img").write_bytes(floppy("360K", b"other"))
    with pytest.raises(ImageError, match="not the image"):
        inspecting.inspect(tmp_path / "a.0")
    (tmp_path / "a.img").unlink()
    with pytest.raises(ImageError, match="cannot be read"):
        inspecting.inspect(tmp_path / "a.0")
    (tmp_path / "a.0").write_bytes((tmp_path / "a.0").read_bytes()[:2000])
    with pytest.raises(ImageError, match="damaged"):
        inspecting.inspect(tmp_path / "a.0")


def test_images_that_no_server_would_find_are_refused(tmp_path: Path) -> None:
    """An image elsewhere, one without a geometry and a missing one are explained; nothing is written."""
    (tmp_path / "out").mkdir()
    (tmp_path / "a.img").write_bytes(floppy("360K"))
    (tmp_path / "out" / "b.img").write_bytes(b"\x01" * 5120)
    for name, words in (("a.img", "folder of"), ("out/b.img", "geometry"), ("out/c.img", "cannot be read")):
        with pytest.raises(ImageError, match=words):
            menus.make([tmp_path / name], tmp_path / "out" / "m.0", menus.Wishes())
    assert not (tmp_path / "out" / "m.0").exists()
