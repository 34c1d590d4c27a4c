"""Adding drivers: by hash, by name with --as, by kind; and the command that does it."""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path

import pytest

from bootbuilder import nics
from bootbuilder.errors import BootbuilderError, CatalogueError, PackageError
from bootbuilder.nics import adding, holding
from bootbuilder.packages import Store
from tests.clirun import Cli
from tests.made_nics import MLID, NDIS, OEMSETUP, PACKET, archive, mine


def test_add_what_is_known_by_its_hash(own: nics.Catalogue, tmp_path: Path) -> None:
    """A file, a folder and a zip: what has a known hash is kept with origin and licence, under any name."""
    store = Store(tmp_path / "store")
    one = tmp_path / "renamed.bin"
    one.write_bytes(PACKET)
    zipped = archive(tmp_path, DRIVER_COM=PACKET, README_TXT=b"hello")
    folder = tmp_path / "folder"
    folder.mkdir()
    shutil.copy(one, folder / "X.COM")
    for path, origin in ((one, "renamed.bin"), (zipped, "disk.zip/NET/DRIVER.COM"), (folder, "folder/X.COM")):
        (added,) = adding.add(path, own, store)[0]
        assert (added.driver.id, added.pinned) == ("mine", False)
        record = store.read("nic", "mine")
        assert record is not None
        assert (record["origin"], record["license"], record["kind"]) == (origin, "MIT", "packet")
        assert record["redistributable"] is True
    assert holding.held(store, own.choose("mine", "x").driver) == hashlib.sha256(PACKET).hexdigest()
    assert [driver.id for driver in holding.all_held(store, own)] == ["mine", "ne2000"]


def test_a_name_is_only_a_guess(own: nics.Catalogue, tmp_path: Path) -> None:
    """A file of a known name but another hash is not added; the error says which kind it is and asks for --as."""
    for data, wanted, other in (
        (PACKET + b"2", "mine", "mine-odi"),
        (MLID, "mine-odi", "by name it may be mine ("),
    ):
        path = tmp_path / "MINE.COM"
        path.write_bytes(data)
        with pytest.raises(CatalogueError) as caught:
            adding.add(path, own, Store(tmp_path / "store"))
        assert f"by name it may be {wanted} (" in caught.value.message
        assert other not in caught.value.message
        assert f"--as {wanted}" in (caught.value.hint or "")
    assert not (tmp_path / "store").exists()


def test_an_unknown_version_is_pinned(own: nics.Catalogue, tmp_path: Path) -> None:
    """--as takes another version of the right kind and pins it; it then goes before the known one."""
    store = Store(tmp_path / "store")
    path = tmp_path / "MINE.COM"
    path.write_bytes(PACKET)
    adding.add(path, own, store)
    path.write_bytes(PACKET + b"newer")
    added = adding.add_as(path, own, store, "mine")
    assert added.pinned
    assert holding.held(store, added.driver) == hashlib.sha256(PACKET + b"newer").hexdigest()
    ndis = adding.add_as(archive(tmp_path, MINE_DOS=NDIS, OTHER_TXT=b"x"), own, store, "mine-ndis2")
    assert ndis.found.name == "MINE.DOS"


@pytest.mark.parametrize(
    ("data", "as_id", "message"),
    [
        (MLID, "mine", "this is an ODI driver, and mine is a packet driver"),
        (PACKET + b"2", "mine-odi", "this is a packet driver, and mine-odi is an ODI driver"),
        (b"MZ nothing", "mine", "lacks the signature PKT DRVR"),
        (b"some text", "mine-ndis2", "lacks PROTMAN$"),
        (PACKET, "mime", "'mime' is not a driver id"),
        (PACKET, "dosemu", "has no file"),
    ],
)
def test_the_wrong_kind_is_refused(
    own: nics.Catalogue, tmp_path: Path, data: bytes, as_id: str, message: str
) -> None:
    """--as does not take a driver of another kind, nor what is no driver."""
    path = tmp_path / "MINE.COM"
    path.write_bytes(data)
    with pytest.raises(CatalogueError) as caught:
        adding.add_as(path, own, Store(tmp_path / "store"), as_id)
    assert message in caught.value.message
    assert caught.value.hint
    assert not (tmp_path / "store").exists()


def test_a_compressed_driver_says_that_it_was_not_checked(own: nics.Catalogue, tmp_path: Path) -> None:
    """Texts of a compressed program cannot be read: it is taken, and the answer says so."""
    path = tmp_path / "MINE.COM"
    path.write_bytes(b"\x81\xfc\xc3\x23UPX!" + bytes(200))
    added = adding.add_as(path, own, Store(tmp_path / "store"), "mine")
    assert added.pinned and "compressed" in added.remark


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04rubbish", b"\x1f\x8brubbish", bytes(163840), b"text"])
def test_rubbish_is_refused(own: nics.Catalogue, tmp_path: Path, data: bytes) -> None:
    """Nothing in it is a driver: an explained error, and the store stays as it was."""
    path = tmp_path / "rubbish"
    path.write_bytes(data)
    with pytest.raises(BootbuilderError) as caught:
        adding.add(path, own, Store(tmp_path / "store"))
    assert caught.value.hint
    assert not (tmp_path / "store").exists()


def test_add_says_what_it_did(cli: Cli) -> None:
    """nic add names the driver, its licence and origin, and what it pinned."""
    folder = cli.folder / "over"
    folder.mkdir()
    mine(folder)
    (cli.folder / "MINE.COM").write_bytes(PACKET)
    out = cli.run("nic", "add", "MINE.COM", "--nic-drivers", folder).out
    assert out == "MINE.COM: the packet driver of mine, MIT, from MINE.COM\n"
    (cli.folder / "MINE.COM").write_bytes(PACKET + b"2")
    assert "another size" in cli.refuse("nic", "add", "MINE.COM", "--nic-drivers", folder)
    out = cli.run("nic", "add", "MINE.COM", "--as", "mine", "--nic-drivers", folder).out
    assert f"pinned as SHA-256 {hashlib.sha256(PACKET + b'2').hexdigest()}" in out


def test_the_vendors_file_completes_a_driver(own: nics.Catalogue, tmp_path: Path) -> None:
    """--as takes name and keys of an NDIS2 driver from its header and the OEMSETUP.INF beside it, ranges and all."""
    store = Store(tmp_path / "store")
    inf = OEMSETUP.replace("WIDGET.DOS", "MINE.DOS").replace('"3,10,1",3', '"0,10,1",0').encode()
    added = adding.add_as(archive(tmp_path, MINE_DOS=NDIS, OEMSETUP_INF=inf), own, store, "mine-ndis2")
    assert "its device is called WIDGET$, and the catalogue says MINE$" in added.remark
    assert "6 keys of PROTOCOL.INI are taken from disk.zip/NET/OEMSETUP.INF" in added.remark
    driver = holding.completed(store, added.driver)
    assert (driver.driver_name, driver.keys["IRQ"].default) == ("WIDGET$", 5)
    requests, port = driver.keys["REQUESTS"], driver.keys["IOBASE"]
    assert (requests.minimum, requests.maximum, requests.default) == (0, 10, 0)
    assert (port.type, port.choices, port.default) == ("hex", (0x300, 0x320), 0x300)
    packet = own.choose("mine", "x").driver
    assert holding.completed(store, packet) is packet


def test_a_damaged_record_is_explained(own: nics.Catalogue, tmp_path: Path) -> None:
    """Keys in a record that make no sense are an error with the command that mends it."""
    store = Store(tmp_path / "store")
    driver = own.choose("mine-ndis2", "x", "ndis2").driver
    for keys in ({"IRQ": {"type": "number"}}, {"IRQ": 5}, "IRQ"):
        store.save("nic", driver.id, {"schema": 1, "keys": keys}, replace=True)
        with pytest.raises(PackageError, match="record of the driver mine-ndis2 is damaged"):
            holding.completed(store, driver)
