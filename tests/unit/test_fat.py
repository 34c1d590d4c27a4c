"""FAT volumes: other programs read what was written, and what cannot be written is refused before."""

from __future__ import annotations

import random
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bootbuilder.errors import BadDosName, ImageError, ImageFull
from bootbuilder.media import fat, names
from bootbuilder.reading.fat import FatVolume
from tests.makers import BOOT_SECTOR

MODIFIED = (0x5C21, 0x6000)


def volume(geometry: str = "1.44M", *files: fat.VolumeFile, label: str = "TEST") -> fat.Volume:
    return fat.Volume(fat.GEOMETRIES[geometry], label, BOOT_SECTOR, files, MODIFIED)


def some_files(room: int) -> tuple[fat.VolumeFile, ...]:
    chance = random.Random(1)
    size = room // 12
    return (
        fat.VolumeFile("KERNEL.SYS", chance.randbytes(size), fat.READ_ONLY | fat.HIDDEN | fat.SYSTEM),
        fat.VolumeFile("EMPTY.TXT", b""),
        fat.VolumeFile("TOOLS\\DEEP\\X.EXE", chance.randbytes(size + 1)),
        fat.VolumeFile("TOOLS\\Y.DAT", chance.randbytes(511)),
        fat.VolumeFile("NOTHING", b"", fat.DIRECTORY),
        *(fat.VolumeFile(f"MANY\\F{number}.TXT", b"%d" % number) for number in range(20)),
    )


@pytest.mark.parametrize("name", fat.GEOMETRIES)
def test_every_geometry_reads_back_through_pyfatfs(name: str, tmp_path: Path) -> None:
    """An independent reader sees each file's bytes, attributes and time, the label, and the same free bytes."""
    geometry = fat.GEOMETRIES[name]
    files = some_files(geometry.clusters * geometry.cluster_size)
    image = fat.write(volume(name, *files))
    assert len(image) == geometry.size
    path = tmp_path / "x.img"
    path.write_bytes(image)
    with path.open("rb") as stream:
        read = FatVolume(stream, "x.img")
        assert read.label == "TEST"
        found = {entry.path: entry for entry in read.entries()}
        for file in files:
            entry = found[file.path]
            assert read.read(entry, 1 << 22) == file.data if not entry.is_folder else not file.data
            assert entry.attributes == file.attributes
            assert (entry.date, entry.time) == MODIFIED
        assert read.free_bytes == fat.usage(geometry, files).free


@pytest.mark.parametrize("name", fat.GEOMETRIES)
def test_every_geometry_is_clean_for_fsck_and_mtools(
    name: str, tmp_path: Path, require_tool: Callable[[str], str]
) -> None:
    """fsck.fat has nothing to say, and mtools copies the same bytes out and counts the same free bytes."""
    geometry = fat.GEOMETRIES[name]
    files = some_files(geometry.clusters * geometry.cluster_size)
    path = tmp_path / "x.img"
    path.write_bytes(fat.write(volume(name, *files)))
    checked = subprocess.run([require_tool("fsck.fat"), "-n", path], capture_output=True, text=True)
    assert checked.returncode == 0, checked.stdout
    assert len(checked.stdout.splitlines()) == 2, checked.stdout  # its version, and the count of files
    subprocess.run([require_tool("mcopy"), "-s", "-i", path, "::*", tmp_path], check=True)
    for file in files:
        if not file.attributes & fat.DIRECTORY:
            assert (tmp_path / file.path.replace("\\", "/")).read_bytes() == file.data
    listing = subprocess.run([require_tool("mdir"), "-i", path, "::"], capture_output=True, text=True).stdout
    free = "".join(c for c in listing.splitlines()[-2] if c.isdigit())
    assert int(free) == fat.usage(geometry, files).free


def test_first_file_is_first_in_the_root_and_at_cluster_2() -> None:
    """A kernel that leads the volume lies where IO.SYS-style loaders look for it, and is contiguous."""
    image = fat.write(volume("1.44M", *some_files(100_000)))
    geometry = fat.GEOMETRIES["1.44M"]
    entry = image[geometry.root_sector * 512 :][:32]
    assert entry[:11] == b"KERNEL  SYS"
    assert int.from_bytes(entry[26:28], "little") == 2
    start = geometry.data_sector * 512
    assert image[start : start + 8333] == some_files(100_000)[0].data


def test_bpb_of_the_common_floppy_byte_by_byte() -> None:
    """The BPB of a 1.44M floppy is the one that DOS's FORMAT writes."""
    image = fat.write(volume())
    assert image[0x0B:0x24].hex(" ", 1) == (
        "00 02 01 01 00 02 e0 00 40 0b f0 09 00 12 00 02 00 00 00 00 00 00 00 00 00"
    )
    assert image[0x24:0x27] == b"\x00\x00\x29"
    assert image[0x2B:0x3E] == b"TEST       FAT12   "
    assert image[512:515] == b"\xf0\xff\xff"


def test_serial_follows_from_the_content() -> None:
    """Two equal volumes have one serial number, a changed byte gives another."""
    one, same, other = (
        fat.write(volume("160K", fat.VolumeFile("A.TXT", data))) for data in (b"1", b"1", b"2")
    )
    assert one == same
    assert one[0x27:0x2B] != other[0x27:0x2B]


def test_volume_without_label_says_no_name() -> None:
    """No label: DOS's words in the BPB, no entry in the root directory."""
    image = fat.write(volume("160K", label=""))
    assert image[0x2B:0x36] == b"NO NAME    "
    assert image[fat.GEOMETRIES["160K"].root_sector * 512] == 0


def test_fat16_volume_reads_back(tmp_path: Path) -> None:
    """A volume with more clusters than FAT12 has is written as FAT16."""
    geometry = fat.Geometry("32M", 512, 8, 16, 4, 512, 64, 0xF8, hidden=63, drive=0x80)
    data = random.Random(2).randbytes(300_000)
    image = fat.write(fat.Volume(geometry, "BIG", BOOT_SECTOR, (fat.VolumeFile("A\\B.BIN", data),)))
    path = tmp_path / "x.img"
    path.write_bytes(image)
    with path.open("rb") as stream:
        read = FatVolume(stream, "x.img")
        assert read.fat_bits == 16
        assert read.read(read.entries()[1], 1 << 20) == data


def test_too_many_bytes_names_what_is_missing_and_what_would_help() -> None:
    """A full disk says by how much, names the largest files and the geometries that hold them."""
    with pytest.raises(ImageFull) as caught:
        fat.write(volume("720K", fat.VolumeFile("BIG.BIN", bytes(1_000_000)), fat.VolumeFile("S.TXT", b"x")))
    assert "271,360 bytes too many" in caught.value.message
    assert "BIG.BIN (1,000,000)" in (caught.value.hint or "")
    assert "1.2M, 1.44M" in (caught.value.hint or "")


def test_too_many_root_entries_advises_a_folder() -> None:
    """A full root directory is refused although bytes are free, and one entry always stays empty."""
    files = tuple(fat.VolumeFile(f"F{number}.TXT", b"") for number in range(15))
    fat.write(volume("1.68M", *files[:14]))
    with pytest.raises(ImageFull) as caught:
        fat.write(volume("1.68M", *files))
    assert "root directory" in caught.value.message
    assert "folder" in (caught.value.hint or "")


@pytest.mark.parametrize(
    "files",
    [("A.TXT", "A.TXT"), ("A\\B.TXT", "A"), ("A", "A\\B.TXT")],
    ids=["twice", "file over folder", "folder over file"],
)
def test_two_things_with_one_path_are_refused(files: tuple[str, ...]) -> None:
    """Two files, or a file and a folder, cannot share a path."""
    with pytest.raises(ImageError, match="A"):
        fat.write(volume("160K", *(fat.VolumeFile(path, b"x") for path in files)))


def test_boot_sector_must_be_one() -> None:
    """512 bytes that end in 55 AA, or nothing."""
    with pytest.raises(ImageError, match="55 AA"):
        fat.write(fat.Volume(fat.GEOMETRIES["160K"], "X", bytes(512), ()))


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("A:\\TOOLS\\FLASH.EXE", "TOOLS\\FLASH.EXE"),
        ("tools/flash.exe", "TOOLS\\FLASH.EXE"),
        ("\\x", "X"),
        ("a:readme.1st", "README.1ST"),
    ],
)
def test_paths_are_taken_as_people_write_them(text: str, path: str) -> None:
    """Drive, slashes and case do not matter."""
    assert names.dos_path(text) == path


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("LONGFILENAME.TXT", "8.3"),
        ("A.TEXT", "8.3"),
        ("CON.TXT", "device"),
        ("A\\nul", "device"),
        ("COM1", "device"),
        ("..\\X", "'..'"),
        ("", "empty"),
        ("A\\\\B", "empty"),
        ("B:\\X", "drive B:"),
        ("ÄRGER.TXT", "8.3"),
        ("A B.TXT", "8.3"),
        ("A.B.C", "8.3"),
        ("\\".join(["LONGNAME"] * 8) + "\\X", "deep"),
    ],
)
def test_names_that_dos_cannot_store_are_explained(text: str, says: str) -> None:
    """Each bad name is refused with the reason and a hint."""
    with pytest.raises(BadDosName) as caught:
        names.dos_path(text)
    assert says in caught.value.message
    assert caught.value.hint


@given(st.text(max_size=30))
def test_any_text_is_a_path_or_explained_property(text: str) -> None:
    """Whatever is typed: a path that fits the rules, or BadDosName; and the hint's short name is valid itself."""
    try:
        path = names.dos_path(text)
    except BadDosName:
        name = names.short_name(text.rsplit("\\")[-1])
        assert len(names.packed_name(name)) == 11
    else:
        assert names.dos_path(path) == path


parts = st.from_regex(r"[A-Z]{1,3}(\.[A-Z]{1,3})?", fullmatch=True)
paths = st.lists(parts, min_size=1, max_size=3).map("\\".join)


@settings(max_examples=60, deadline=None)
@given(st.dictionaries(paths, st.binary(max_size=3000), max_size=12), st.sampled_from(sorted(fat.GEOMETRIES)))
def test_any_fitting_files_read_back_property(
    tmp_path_factory: pytest.TempPathFactory, content: dict[str, bytes], name: str
) -> None:
    """Any set of files either reads back equal or is refused with ImageError."""
    try:
        files = tuple(fat.VolumeFile(names.dos_path(path), data) for path, data in content.items())
        image = fat.write(volume(name, *files))
    except ImageError:
        return
    path = tmp_path_factory.mktemp("fat") / "x.img"
    path.write_bytes(image)
    with path.open("rb") as stream:
        read = FatVolume(stream, "x.img")
        found = {e.path: read.read(e, 1 << 20) for e in read.entries() if not e.is_folder}
    assert found == content
