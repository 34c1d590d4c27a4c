"""Which files clients may have: names as clients write them, folders as they change, and no way out of them."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bootbuilder.errors import ServeError
from bootbuilder.net import boottable
from bootbuilder.net.boottable import BootTable, Catalogue, Entry
from tests import traversal


def _manifest(folder: Path, *files: str, recipe: str = "plant", **more: object) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    images = [{"file": name, "media": "floppy", "nic": None, "geometry": "1.44M", **more} for name in files]
    (folder / "manifest.json").write_text(json.dumps({"recipe": recipe, "images": images}))
    for name in files:
        (folder / name).write_bytes(name.encode())


def _read(catalogue: Catalogue, asked: str) -> bytes | None:
    entry = catalogue.table.find(asked)
    if entry is None:
        return None
    content = catalogue.open(entry)
    try:
        return content.read(0, content.size)
    finally:
        content.close()


@pytest.mark.parametrize(
    "asked",
    [
        "Boot/X64/pxe.n12",
        "/Boot/X64/pxe.n12",
        "\\Boot\\X64\\PXE.N12",
        "boot//x64/./pxe.n12",
        "./boot\\x64/PXE.n12",
    ],
)
def test_clients_may_spell_a_name_their_way(tmp_path: Path, asked: str) -> None:
    """Backslashes, leading and doubled slashes, and other case mean the same file."""
    (tmp_path / "Boot/X64").mkdir(parents=True)
    (tmp_path / "Boot/X64/pxe.n12").write_bytes(b"nbp")
    assert _read(Catalogue(tmp_path), asked) == b"nbp"


def test_an_exact_name_wins_over_its_other_case() -> None:
    """Two files that differ in case only stay two files."""
    table = BootTable({name: Entry(name, 1) for name in ("A.IMG", "a.img")})
    assert [table.find(name).name for name in ("a.img", "A.IMG", "A.img")] == ["a.img", "A.IMG", "A.IMG"]  # type: ignore[union-attr]


def test_a_build_offers_what_its_manifest_lists(tmp_path: Path) -> None:
    """Images of earlier builds beside it, and the manifest itself, are not offered; whole images are."""
    _manifest(tmp_path / "plant", "plant-rtl8139.img", "plant-rtl8139.0")
    (tmp_path / "plant/plant-old.img").write_bytes(b"old")
    catalogue = Catalogue(tmp_path)
    assert list(catalogue.table.entries) == ["plant/plant-rtl8139.0", "plant/plant-rtl8139.img"]
    assert _read(catalogue, "plant/plant-rtl8139.img") == b"plant-rtl8139.img"
    (image,) = catalogue.table.images
    assert (image.id, image.recipe) == ("plant-rtl8139", "plant")
    assert image.img == catalogue.table.find("plant-rtl8139.img")
    assert image.nbp == catalogue.table.find("plant-rtl8139.0")


def test_a_bare_name_finds_the_one_image_of_that_name(tmp_path: Path) -> None:
    """A boot file can be named without its folder as long as that says which."""
    _manifest(tmp_path / "one", "disk.0", "same.0")
    _manifest(tmp_path / "two", "same.0")
    table = Catalogue(tmp_path).table
    assert table.find("DISK.0") == table.find("one/disk.0") is not None
    assert table.find("same.0") is None
    assert [image.id for image in table.images] == ["disk", "one/same", "two/same"]


def test_the_machine_of_an_image_is_known(tmp_path: Path) -> None:
    """Images made for one machine carry its MAC address in the spelling of the protocols."""
    _manifest(tmp_path, "saw.img", machine={"hostname": "SAW", "mac": "00-A0-C9-12-34-5F", "ip": None})
    (image,) = Catalogue(tmp_path).table.images
    assert (image.mac, image.hostname) == ("00:a0:c9:12:34:5f", "SAW")


def test_the_adapters_of_an_image_are_known(tmp_path: Path) -> None:
    """A driver's id in the manifest stands for the PCI ids that the caller knows."""
    _manifest(tmp_path, "x-rtl8139.img", "x-ne2000.img", nic="rtl8139")
    images = Catalogue(tmp_path, {"rtl8139": frozenset({"10ec:8139"})}).table.images
    assert [image.pci for image in images] == [frozenset({"10ec:8139"})] * 2
    assert [image.id for image in images] == ["x-rtl8139", "x-ne2000"]


def test_a_plain_folder_has_what_can_be_booted(tmp_path: Path) -> None:
    """Files that differ in their endings only are one thing to boot; other files are only files."""
    for name in ("pxelinux.0", "a.img", "a.0", "a.usb.img", "a.iso", "ldlinux.c32", "boot.efi"):
        (tmp_path / name).write_bytes(b"x")
    images = Catalogue(tmp_path).table.images
    assert [image.id for image in images] == ["a", "boot", "pxelinux"]
    assert all((images[0].nbp, images[0].img, images[0].usb, images[0].iso, images[1].efi, images[2].nbp))


@pytest.mark.parametrize("text", ["[]", "{", '{"images": 3}', '{"images": [{}]}', "\xff"])
def test_a_manifest_of_something_else_hides_nothing(tmp_path: Path, text: str) -> None:
    """A folder of boot files may have a manifest.json of its own making; the log says so."""
    (tmp_path / "manifest.json").write_bytes(text.encode("latin-1"))
    (tmp_path / "x.0").write_bytes(b"x")
    table = Catalogue(tmp_path).table
    assert table.find("x.0") is not None
    assert "manifest.json" in table.notes[0]


def test_links_pipes_and_hidden_files_are_not_offered(tmp_path: Path) -> None:
    """Nothing outside the folder can be reached by a link in it, and a pipe cannot stop the service."""
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "secret").write_bytes(b"secret")
    root = tmp_path / "root"
    root.mkdir()
    (root / "file").symlink_to(outside / "secret")
    (root / "folder").symlink_to(outside)
    (root / ".hidden").write_bytes(b"secret")
    (root / "good").write_bytes(b"good")
    os.mkfifo(root / "pipe")
    catalogue = Catalogue(root)
    assert list(catalogue.table.entries) == ["good"]
    assert any("symbolic link" in note for note in catalogue.table.notes)


@pytest.mark.parametrize("kept", [False, True])
@pytest.mark.parametrize("what", ["file", "folder", "moved folder", "moved file", "pipe", "nothing"])
def test_an_exchange_behind_our_back_gives_nothing_away(tmp_path: Path, what: str, kept: bool) -> None:
    """Between look and opening, or two openings, a file or its folder becomes a link to the outside, or a pipe."""
    outside, root = tmp_path / "outside", tmp_path / "root"
    for folder in (outside, root / "sub"):
        folder.mkdir(parents=True)
        (folder / "file").write_bytes(folder.name.encode())
    catalogue = Catalogue(root)
    if kept:
        assert _read(catalogue, "sub/file") == b"sub"
    if what == "folder":
        (root / "sub").rename(root / "gone")
        (root / "sub").symlink_to(outside)
    elif what.startswith("moved"):  # the same bytes, but out of the folder
        moved = root / ("sub" if what == "moved folder" else "sub/file")
        moved.rename(tmp_path / "moved")
        moved.symlink_to(tmp_path / "moved")
    else:
        (root / "sub/file").unlink()
        if what == "pipe":
            os.mkfifo(root / "sub/file")
        elif what == "file":
            (root / "sub/file").symlink_to(outside / "file")
    with pytest.raises(OSError):
        _read(catalogue, "sub/file")


def test_changes_on_disk_are_noticed(tmp_path: Path) -> None:
    """New, renamed and removed files, new folders and a new manifest; nothing is reported when nothing changed."""
    (tmp_path / "a").write_bytes(b"1")
    catalogue = Catalogue(tmp_path)
    assert not catalogue.refresh()
    _manifest(tmp_path / "plant", "x.img", "y.img")
    assert catalogue.refresh()
    assert catalogue.table.find("x.img") is not None
    _manifest(tmp_path / "plant", "y.img")
    os.utime(tmp_path / "plant/manifest.json", ns=(1, 1))
    assert catalogue.refresh()
    assert catalogue.table.find("x.img") is None
    (tmp_path / "a").unlink()
    assert catalogue.refresh()
    assert catalogue.table.find("a") is None
    assert not catalogue.refresh()


def test_a_replaced_file_is_read_anew_and_an_open_one_stays(tmp_path: Path) -> None:
    """A build that replaces an image does not disturb the machine that is loading the old one."""
    path = tmp_path / "disk.img"
    path.write_bytes(b"old" * 1000)
    catalogue = Catalogue(tmp_path)
    entry = catalogue.table.find("disk.img")
    assert entry is not None
    old = catalogue.open(entry)
    (tmp_path / "new").write_bytes(b"new")
    (tmp_path / "new").replace(path)
    new = catalogue.open(entry)
    assert (old.read(0, old.size), new.read(0, new.size)) == (b"old" * 1000, b"new")
    assert old.key != new.key


def test_a_file_changed_in_place_is_read_anew(tmp_path: Path) -> None:
    """Same size, same time of modification, other bytes: the kept ones are not served."""
    path = tmp_path / "disk.img"
    path.write_bytes(b"old")
    os.utime(path, ns=(1, 1))
    catalogue = Catalogue(tmp_path)
    assert _read(catalogue, "disk.img") == b"old"
    before = path.stat().st_ctime_ns
    while path.stat().st_ctime_ns == before:  # the clock of the file system ticks every few milliseconds
        path.write_bytes(b"new")
        os.utime(path, ns=(1, 1))
    assert _read(catalogue, "disk.img") == b"new"


def test_a_long_file_is_read_in_pieces(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A disk image of a USB stick is not held in memory; one that shrinks meanwhile is an error, not a crash."""
    monkeypatch.setattr(boottable, "KEPT_FILE", 10)
    path = tmp_path / "disk.img"
    path.write_bytes(bytes(range(100)))
    catalogue = Catalogue(tmp_path)
    content = catalogue.open(catalogue.table.entries["disk.img"])
    assert content.data is None
    assert content.read(90, 50) == bytes(range(90, 100))
    assert content.read(200, 5) == b""
    path.write_bytes(b"short")
    with pytest.raises(OSError):
        content.read(90, 10)
    content.close()


def test_kept_files_do_not_grow_without_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The files kept in memory have a total size; the least used goes first."""
    monkeypatch.setattr(boottable, "KEPT_TOTAL", 250)
    for number in range(9):
        (tmp_path / f"{number}").write_bytes(bytes(100))
    catalogue = Catalogue(tmp_path)
    for name in catalogue.table.entries:
        assert _read(catalogue, name) == bytes(100)
    assert len(catalogue._kept) == 2


def test_generated_files_are_offered_and_replaced(tmp_path: Path) -> None:
    """Scripts made by the service are files like others; a new set takes the old one's place."""
    catalogue = Catalogue(tmp_path)
    catalogue.offer({"menu.ipxe": b"#!ipxe\n", "pxelinux.cfg/default": b"x"})
    assert _read(catalogue, "/PXELINUX.CFG/default") == b"x"
    first = catalogue.open(catalogue.table.entries["menu.ipxe"]).key
    catalogue.offer({"menu.ipxe": b"#!ipxf\n"})
    assert catalogue.table.find("pxelinux.cfg/default") is None
    assert catalogue.open(catalogue.table.entries["menu.ipxe"]).key != first
    with pytest.raises(ServeError):
        catalogue.offer({"../x": b""})


def test_names_that_no_client_can_ask_for_are_told(tmp_path: Path) -> None:
    """A name that does not fit a boot ROM's field is left out, with the reason."""
    (tmp_path / ("x" * 121)).write_bytes(b"")
    (tmp_path / "tab\there").write_bytes(b"")
    table = Catalogue(tmp_path).table
    assert len(table) == 0
    assert len(table.notes) == 2


def test_a_folder_that_cannot_be_served_is_explained(tmp_path: Path) -> None:
    """A missing folder, or a file in its place."""
    (tmp_path / "file").write_bytes(b"")
    for name, words in (("none", "no folder"), ("file", "not a folder")):
        with pytest.raises(ServeError, match=words):
            Catalogue(tmp_path / name)


def test_no_spelling_leads_out_of_the_folder(tmp_path: Path) -> None:
    """Thousands of names with which clients have tried it find nothing at all."""
    root = tmp_path / "root"
    (root / "sub").mkdir(parents=True)
    (root / "sub/file").write_bytes(b"in sub")
    (tmp_path / traversal.SECRET).write_text("do not show")
    (root / "link").symlink_to(tmp_path / traversal.SECRET)
    (root / "linked").symlink_to(tmp_path)
    table = Catalogue(root).table
    names = set(traversal.spellings(str(tmp_path / traversal.SECRET)))
    assert len(names) > 3000
    assert [name for name in names if table.find(name)] == []


@given(st.text(max_size=300))
def test_any_name_is_found_or_not(asked: str) -> None:
    """Whatever a client sends, the answer is an entry of the table or nothing."""
    table = BootTable({name: Entry(name, 1) for name in ("a", "b/c")})
    found = table.find(asked)
    assert found is None or found.name in table.entries
    name = boottable.normal_name(asked)
    assert name is None or (not name.startswith("/") and ".." not in name.split("/") and "\\" not in name)
