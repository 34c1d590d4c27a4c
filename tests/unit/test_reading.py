"""Reading users' images and archives: right where they are good, explained and bounded where they are not."""

from __future__ import annotations

import gzip
import io
import random
import stat
import struct
import tempfile
import zipfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bootbuilder import reading
from bootbuilder.errors import BootbuilderError, ImageError
from bootbuilder.media import fat
from bootbuilder.reading import iso
from bootbuilder.reading.fat import FatVolume, guess_bpb, parse_bpb
from tests import made_dos

FILES = {"KERNEL.SYS": bytes(range(256)) * 30, "DOS\\A.TXT": b"a", "DOS\\MORE\\B.TXT": b"", "ZERO": b""}


def volume(data: bytes, name: str = "disk.img", start: int = 0) -> FatVolume:
    return FatVolume(io.BytesIO(data), name, start)


def contents(data: bytes) -> dict[str, bytes]:
    opened = volume(data)
    return {e.path: opened.read(e, 1 << 20) for e in opened.entries() if not e.is_folder}


EDGE12 = fat.Geometry("4084 clusters", 1, 1, 1 + 2 * 12 + 32 + 4084, 1, 512, 12, 0xF8)
EDGE16 = fat.Geometry("4085 clusters", 1, 1, 1 + 2 * 16 + 32 + 4085, 1, 512, 16, 0xF8)


@pytest.mark.parametrize(
    "geometry", [*fat.GEOMETRIES.values(), made_dos.HARD_DISK, EDGE12, EDGE16], ids=lambda g: g.name
)
def test_every_geometry_is_read_back(geometry: fat.Geometry) -> None:
    """Files, folders, label, serial and free bytes of each geometry are those that were written."""
    files = tuple(fat.VolumeFile(path, data) for path, data in FILES.items())
    made = fat.Volume(geometry, "MY DISK", made_dos.boot_sector("KERNEL.SYS"), files, serial=0x1234ABCD)
    opened = volume(fat.write(made))
    assert {e.path: opened.read(e, 1 << 20) for e in opened.entries() if not e.is_folder} == FILES
    assert [e.path for e in opened.entries() if e.is_folder] == ["DOS", "DOS\\MORE"]
    assert (opened.label, opened.serial, opened.fat_bits) == ("MY DISK", 0x1234ABCD, geometry.fat_bits)
    assert opened.free_bytes == fat.usage(geometry, files).free
    assert not opened.guessed


@pytest.mark.parametrize("name", ["160K", "180K", "320K", "360K", "720K", "1.2M", "1.44M", "2.88M"])
def test_disks_without_a_bpb_are_read_by_their_media_byte(name: str) -> None:
    """DOS 1 wrote no BPB, no 55AA and any first bytes: the size and the FAT's first byte say the format."""
    data = bytearray(made_dos.disk(FILES, name))
    data[0:512] = b"\xfa" * 512
    opened = volume(bytes(data))
    assert opened.guessed
    assert (opened.serial, opened.bpb.media) == (None, fat.GEOMETRIES[name].media)
    assert contents(bytes(data)) == FILES


def test_a_boot_sector_without_jump_and_signature_is_enough() -> None:
    """Disks of DOS 2 and 3 have a BPB, but neither a modern jump nor 55AA."""
    data = bytearray(made_dos.disk(FILES, "360K"))
    data[0:3], data[0x1E:512] = b"\xe9\x2b\x00", b"\xfa" * (512 - 0x1E)
    assert contents(bytes(data)) == FILES


def test_fat32_is_read() -> None:
    """A FAT32 volume, its root directory a chain of clusters."""
    sector = bytearray(512)
    struct.pack_into("<HBHBHHBHHHII", sector, 11, 512, 1, 32, 2, 0, 0, 0xF8, 0, 63, 16, 0, 200)
    struct.pack_into("<IHHIHH", sector, 0x24, 2, 0, 0, 2, 1, 6)
    table = struct.pack("<6I", 0x0FFFFFF8, 0x0FFFFFFF, 3, 0x0FFFFFFF, 5, 0x0FFFFFFF).ljust(1024, b"\0")

    def entry(name: bytes, cluster: int, size: int) -> bytes:
        return struct.pack("<11sB8xHHHHI", name, 0x20, cluster >> 16, 0, 0, cluster & 0xFFFF, size)

    root = b"".join(entry(b"F%07dTXT" % n, 0, 0) for n in range(16)) + entry(b"BIG     BIN", 4, 700)
    data = bytes(sector).ljust(32 * 512, b"\0") + table * 2 + root.ljust(1024, b"\0") + b"x" * 700
    opened = volume(data.ljust(200 * 512, b"\0"))
    assert opened.fat_bits == 32
    assert len(opened.entries()) == 17
    assert opened.read(opened.entries()[-1], 1000) == b"x" * 700


def test_long_names_even_orphaned_ones_are_passed_over() -> None:
    """DOS leaves pieces of long names behind; only the short names count."""
    data = bytearray(made_dos.disk({"A.TXT": b"a", "B.TXT": b"b"}, "160K", label=""))
    root = 3 * 512
    orphan = struct.pack("<B10sBBB12sH4s", 0x41, b"x" * 10, 0x0F, 0, 0, b"y" * 12, 0, b"z" * 4)
    data[root + 64 : root + 64 + 32 * 3] = orphan * 3
    data[root + 160 : root + 192] = data[root + 32 : root + 64]
    data[root + 32 : root + 64] = orphan
    assert contents(bytes(data)) == {"A.TXT": b"a", "B.TXT": b"b"}


# --- malformed disks ------------------------------------------------------------------------------------


def fat12(data: bytearray, cluster: int, value: int) -> None:
    """Set an entry in both FATs of a 160K disk."""
    for start in (512, 1024):
        at = start + cluster * 3 // 2
        old = int.from_bytes(data[at : at + 2], "little")
        new = old & 0x000F | value << 4 if cluster % 2 else old & 0xF000 | value
        data[at : at + 2] = new.to_bytes(2, "little")


def broken(change: str) -> bytes:
    data = bytearray(made_dos.disk({"BIG.BIN": bytes(3000), "DIR\\A.TXT": b"a"}, "160K", label=""))
    root, big, folder = 3 * 512, 2, 8
    match change:
        case "file loop":
            fat12(data, big + 1, big)
        case "folder loop":
            fat12(data, folder, folder)
        case "off the disk":
            fat12(data, big, 0x9F0)
        case "free cluster":
            fat12(data, big, 0)
        case "ends early":
            fat12(data, big, 0xFFF)
        case "folder in itself":
            at = 7 * 512 + (folder - 2) * 512
            data[at + 64 : at + 96] = struct.pack("<11sB14xHI", b"SELF       ", 0x10, folder, 0)
        case "folder at 0":
            data[root + 32 + 26 : root + 32 + 28] = b"\0\0"
        case "size too large":
            data[root + 28 : root + 32] = b"\xff\xff\xff\x7f"
        case "truncated":
            del data[100_000:]
        case "no clusters":
            data[0x13:0x15] = (7).to_bytes(2, "little")
        case "huge FAT":
            data[0x16:0x18] = b"\xff\xff"
        case _:
            raise AssertionError(change)
    return bytes(data)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("file loop", "circle"),
        ("folder loop", "circle"),
        ("off the disk", "cluster 2544"),
        ("free cluster", "cluster 0"),
        ("ends early", "chain ends after 512"),
        ("folder in itself", "folders run in a circle"),
        ("folder at 0", "begins nowhere"),
        ("size too large", "more than"),
        ("truncated", "truncated"),
        ("no clusters", "no room"),
        ("huge FAT", "no room|too large|truncated"),
    ],
)
def test_malformed_disks_end_as_an_explained_error(change: str, said: str) -> None:
    """Circles, chains that leave the disk and sizes that lie are named with the disk."""
    with pytest.raises(ImageError, match=said) as caught:
        contents(broken(change))
    assert "disk.img" in caught.value.message


def read_everything(data: bytes) -> None:
    """Open bytes as a user's file and read every DOS file in it."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "some.img"
        path.write_bytes(data)
        with reading.opened(path) as trees:
            for tree in trees:
                for file in tree.files.values():
                    file.read()


BASES = {
    "floppy": made_dos.disk({"BIG.BIN": bytes(3000), "DIR\\A.TXT": b"a"}, "160K"),
    "no BPB": bytes(512) + made_dos.disk({"BIG.BIN": bytes(3000), "DIR\\A.TXT": b"a"}, "160K")[512:],
    "zip": made_dos.zipped([("a.img", made_dos.disk({"A": b"a"}, "160K")), ("DOS/B.TXT", b"b")]),
    "gzip": gzip.compress(made_dos.disk({"A": b"a"}, "160K")),
}


@pytest.mark.parametrize("base", BASES.values(), ids=BASES.keys())
def test_any_damage_gives_files_or_an_explained_error(base: bytes) -> None:
    """Damaged anywhere, an image or archive is read or refused; nothing else escapes."""

    @settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
    @given(
        st.lists(
            st.tuples(st.integers(0, min(len(base), 6000) - 1), st.integers(0, 255)), min_size=1, max_size=12
        ),
        st.integers(0, 4),
    )
    def check(changes: list[tuple[int, int]], cut: int) -> None:
        data = bytearray(base)
        for at, value in changes:
            data[at] = value
        if cut:
            del data[len(data) * cut // 5 :]
        try:
            read_everything(bytes(data))
        except BootbuilderError as error:
            assert error.message

    check()


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=3000))
def test_any_bytes_give_files_or_an_explained_error(data: bytes) -> None:
    """Random bytes are refused with an explanation."""
    with pytest.raises(BootbuilderError):
        read_everything(data)


@settings(max_examples=200, deadline=None)
@given(st.binary(min_size=512, max_size=1100), st.integers(0, 4 << 20))
def test_any_sector_has_a_sane_bpb_or_none(sector: bytes, size: int) -> None:
    """What is taken for a BPB can be computed with."""
    for bpb in (parse_bpb(sector), guess_bpb(sector, size)):
        if bpb is not None:
            assert bpb.sectors > 0
            assert bpb.cluster_sectors > 0
            assert bpb.clusters == (bpb.sectors - bpb.data_sector) // bpb.cluster_sectors


# --- archives and folders -------------------------------------------------------------------------------


def member(name: str, mode: int = 0, flags: int = 0) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name)
    info.external_attr = mode << 16
    info.flag_bits = flags
    return info


def encrypted() -> bytes:
    data = bytearray(made_dos.zipped([("SECRET.SYS", b"secret")]))
    data[6] |= 1
    data[data.index(b"PK\x01\x02") + 8] |= 1
    return bytes(data)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (made_dos.zipped([("ok.txt", b""), ("a/../../evil.sys", b"x")]), r"'a/\.\./\.\./evil.sys' is a path"),
        (made_dos.zipped([("..\\evil.sys", b"x")]), "leads out"),
        (made_dos.zipped([("/etc/passwd", b"x")]), "absolute"),
        (made_dos.zipped([("\\evil.sys", b"x")]), "absolute"),
        (made_dos.zipped([("C:/evil.sys", b"x")]), "drive letter"),
        (made_dos.zipped([(member("link", stat.S_IFLNK | 0o777), b"/etc/passwd")]), "symbolic link"),
        (made_dos.zipped([("x.sys", b"x")]).replace(b"x.sys", b"\0.sys"), "control characters"),
        (made_dos.zipped([("./.", b"x")]), "without a letter"),
        (made_dos.zipped([("../folder/", b"")]), "leads out"),
        (encrypted(), "'SECRET.SYS' is an encrypted"),
        (made_dos.zipped([("big.img", bytes(100 << 20))]), "bomb"),
        (made_dos.zipped([(f"{n}.txt", b"") for n in range(10_001)]), "10,001 members"),
    ],
    ids=[
        "dotdot",
        "backslash dotdot",
        "absolute",
        "backslash",
        "drive",
        "link",
        "control",
        "dots",
        "folder",
        "encrypted",
        "bomb",
        "members",
    ],
)
def test_hostile_archives_are_refused_by_name(tmp_path: Path, data: bytes, said: str) -> None:
    """Nothing of an archive with such a member is read; the message names what it is."""
    path = tmp_path / "evil.zip"
    path.write_bytes(data)
    with pytest.raises(ImageError, match=said) as caught, reading.opened(path):
        pass
    assert "evil.zip" in caught.value.message
    assert sorted(tmp_path.iterdir()) == [path]


def test_a_gzip_bomb_is_refused(tmp_path: Path) -> None:
    """A gzip file that unpacks without end is stopped at the limit."""
    path = tmp_path / "bomb.img.gz"
    path.write_bytes(gzip.compress(bytes(reading.MAX_IMAGE + 1)))
    with pytest.raises(ImageError, match="bomb"), reading.opened(path):
        pass


def test_archives_in_archives_end_at_two_levels(tmp_path: Path) -> None:
    """An image in a gzip in a zip is read; deeper nesting is not followed."""
    data = gzip.compress(gzip.compress(gzip.compress(made_dos.freedos_disk("160K"))))
    path = tmp_path / "deep.gz"
    path.write_bytes(data)
    with pytest.raises(ImageError), reading.opened(path):
        pass


def test_folders_are_read_without_following_links_out(tmp_path: Path) -> None:
    """Names become upper case; a linked folder is not entered; two names that DOS cannot tell apart are refused."""
    folder = tmp_path / "files"
    (folder / "sub").mkdir(parents=True)
    (folder / "sub" / "readme.txt").write_bytes(b"hi")
    (folder / "loop").symlink_to(folder)
    with reading.opened(folder) as trees:
        assert {name: file.read() for name, file in trees[0].files.items()} == {"SUB\\README.TXT": b"hi"}
    (folder / "sub" / "README.TXT").write_bytes(b"two")
    with pytest.raises(ImageError, match=r"SUB\\README\.TXT"), reading.opened(folder):
        pass


# --- CD images ------------------------------------------------------------------------------------------


def test_boot_images_and_files_of_a_cd_are_found() -> None:
    """Position, emulation and size come from the boot catalogue, files from the directory."""
    image = made_dos.freedos_disk()
    data = made_dos.iso(image, "floppy", {"README.TXT": b"hello"})
    file = io.BytesIO(data)
    (found,) = iso.boot_images(file, len(data))
    assert (found.emulation, data[found.start : found.start + found.size]) == ("floppy", image)
    extents = {extent.name: extent for extent in iso.files(file, "cd.iso")}
    readme = extents["README.TXT"]
    assert data[readme.start : readme.start + readme.size] == b"hello"


def test_a_cd_whose_folders_run_in_a_circle_is_refused() -> None:
    """A folder that contains itself ends as an error, not as a long wait."""
    data = bytearray(made_dos.iso(b"\xeb\xfe".ljust(2048, b"\0"), "noemul", {"LOOP.TXT": b"x"}))
    at = data.index(b"LOOP.TXT;1") - 33
    root = int.from_bytes(data[16 * 2048 + 158 : 16 * 2048 + 162], "little")
    data[at + 2 : at + 6] = root.to_bytes(4, "little")
    data[at + 25] = 2
    with pytest.raises(ImageError, match="circle"):
        list(iso.files(io.BytesIO(bytes(data)), "cd.iso"))


def test_damaged_cds_are_read_or_refused() -> None:
    """Changed bytes in the descriptors, the catalogue and the directories never escape as another error."""
    base = made_dos.iso(made_dos.freedos_disk("160K").ljust(1474560, b"\0"), "floppy", {"A.IMG": bytes(5000)})
    chance = random.Random(1)
    for _ in range(60):
        data = bytearray(base[: 40 * 2048])
        for _ in range(8):
            data[chance.randrange(16 * 2048, len(data))] = chance.randrange(256)
        try:
            read_everything(bytes(data))
        except BootbuilderError as error:
            assert error.message
