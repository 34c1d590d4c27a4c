"""Drivers that no catalogue file knows: found in nested archives, described from the vendor's files, then used."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from bootbuilder import nics
from bootbuilder.errors import CatalogueError
from bootbuilder.media import fat
from bootbuilder.nics import adding, holding, looking
from bootbuilder.nics.models import load_family
from bootbuilder.packages import Store
from tests import made_archives, made_dos
from tests.clirun import Cli
from tests.made_nics import MLID, NDIS, OEMSETUP, PACKET, USAGE, mine

FILES = {
    "NDIS/WIDGET.DO_": made_archives.szdd(NDIS, b"S"),
    "NDIS/OEMSETUP.INF": OEMSETUP.encode(),
    "ODI/WIDGET.COM": MLID,
    "ODI/NET.CFG": b"Link driver WIDGET\r\n\tINT 5\r\n\tFrame Ethernet_802.2\r\n",
    "PKT/WIDPD.COM": PACKET + USAGE,
    "README.TXT": b"hello",
}


def zipped(files: dict[str, bytes]) -> bytes:
    """Return a zip archive of those files."""
    return made_dos.zipped(files.items())


@pytest.fixture
def disk(cli: Cli) -> Path:
    """A vendor's disk: a zip on a floppy image in a program that unpacks itself, as they came."""
    files = (fat.VolumeFile("DRIVERS.ZIP", zipped(FILES)),)
    sector = b"\xeb\x3c\x90" + bytes(507) + b"\x55\xaa"
    image = fat.write(fat.Volume(fat.GEOMETRIES["360K"], "D", sector, files))
    path = cli.folder / "widget.exe"
    path.write_bytes(made_archives.STUB + zipped({"DISK1.IMG": image}))
    return path


def test_what_is_in_a_disk(own: nics.Catalogue, disk: Path) -> None:
    """Every driver is found by content, expanded, with the way to it; texts and images are none."""
    looked = looking.look(disk, own)
    assert [(kind, found.name) for kind, found in looked.strangers] == [
        ("ndis2", "WIDGET.DOS"),
        ("odi", "WIDGET.COM"),
        ("packet", "WIDPD.COM"),
    ]
    assert looked.strangers[0][1].data == NDIS
    assert looked.strangers[0][1].origin == "widget.exe/DISK1.IMG/DRIVERS.ZIP/NDIS/WIDGET.DO_"
    assert [about.driver_name for about in looked.described] == ["WIDGET$", None]
    assert (looked.known, looked.guesses, looked.problems) == ((), (), ())


def test_unknown_drivers_are_offered(cli: Cli, disk: Path) -> None:
    """nic add adds nothing, says what it saw, and names the command that describes it."""
    refused = cli.refuse("nic", "add", disk.name)
    assert "WIDGET.DOS: an NDIS2 driver with the device WIDGET$" in refused
    assert "WIDPD.COM: a packet driver" in refused
    assert "bootbuilder nic add widget.exe --describe widget" in refused


def test_describe_and_build(cli: Cli, disk: Path) -> None:
    """The file that --describe writes is valid, has what the vendor says, and a recipe can use it at once."""
    out = cli.run("nic", "add", disk.name, "--describe", "widget").out
    path = cli.folder / "home" / "nic_drivers" / "widget.toml"
    assert str(path) in out
    family = load_family(path)
    packet, ndis, odi = family.driver
    assert (packet.id, packet.file, packet.args) == ("widget", "WIDPD.COM", "[{options}] {vec} {irq} {io}")
    assert (ndis.id, ndis.driver_name, ndis.evidence) == ("widget-ndis2", "WIDGET$", "doc")
    assert "OEMSETUP.INF" in ndis.source
    assert (ndis.keys["IOBASE"].default, ndis.keys["REQUESTS"].maximum) == (0x300, 10)
    assert (odi.netcfg[1], odi.parameters["irq"].default) == ("INT {irq}", 5)
    assert (family.adapter[0].title, family.adapter[0].pci) == (
        "Ours Widget, ISA",
        ("abcd:1229", "abcd:1030"),
    )
    assert 'nics = ["widget"]' in cli.run("nic", "find", "abcd:1030").out
    recipe = cli.recipe(
        '[network]\nstack = "packet"\nnics = ["widget"]\n[network.options.widget]\nirq = 5\nio = 0x320\n'
    )
    assert "WIDPD.COM 0x60 5 0x320" in cli.run("show", recipe, "AUTOEXEC.BAT").out
    assert "is known" not in (again := cli.run("nic", "add", disk.name).out) and again.count("widget") >= 3
    assert "has 'widget' already" in cli.refuse("nic", "add", disk.name, "--describe", "widget")


def test_describe_one_of_a_folder(cli: Cli) -> None:
    """A single file takes what the vendor's files beside it say; so does a member of an archive."""
    folder = cli.folder / "disk"
    folder.mkdir()
    (folder / "WIDGET.DOS").write_bytes(NDIS)
    (folder / "oemsetup.inf").write_bytes(OEMSETUP.encode())
    (folder / "OTHER.COM").write_bytes(PACKET + b"other")
    cli.run("nic", "add", "disk/WIDGET.DOS", "--describe", "one")
    other = {**FILES, "NDIS/WIDGET.DO_": made_archives.szdd(NDIS + b"2")}
    (cli.folder / "disk.zip").write_bytes(zipped(other))
    cli.run("nic", "add", "disk.zip/NDIS/WIDGET.DO_", "--describe", "two")
    for name in ("one", "two"):
        family = load_family(cli.folder / "home" / "nic_drivers" / f"{name}.toml")
        (driver,) = family.driver
        assert (driver.driver_name, "IOBASE" in driver.keys) == ("WIDGET$", True)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("ne2000", "has 'ne2000' already"),
        ("My Card", "cannot be an id"),
        ("../up", "cannot be an id"),
    ],
)
def test_ids_that_cannot_be(cli: Cli, disk: Path, name: str, message: str) -> None:
    """An id that is taken or no id is refused, and nothing is written."""
    assert message in cli.refuse("nic", "add", disk.name, "--describe", name)
    assert "exclude each other" in cli.refuse("nic", "add", disk.name, "--describe", "x", "--as", "ne2000")


def test_nothing_to_describe(cli: Cli) -> None:
    """No driver, or too many at once: refused with what to do."""
    (cli.folder / "x.zip").write_bytes(zipped({"README.TXT": b"x"}))
    assert "no driver in it that the catalogue lacks" in cli.refuse("nic", "add", "x.zip", "--describe", "x")
    many = {f"D{number}.COM": PACKET + bytes((number,)) for number in range(13)}
    (cli.folder / "many.zip").write_bytes(zipped(many))
    assert "13 drivers in it are unknown" in cli.refuse("nic", "add", "many.zip", "--describe", "x")
    assert "and 1 more" in cli.run("nic", "add", _with_known(cli, many)).out


def _with_known(cli: Cli, files: dict[str, bytes]) -> str:
    """Write a zip with files and one driver that a file of the user's knows, and return its name."""
    (cli.folder / "home" / "nic_drivers").mkdir(parents=True, exist_ok=True)
    mine(cli.folder / "home" / "nic_drivers")
    (cli.folder / "known.zip").write_bytes(zipped({**files, "MINE.COM": PACKET}))
    return "known.zip"


# --- bad input ----------------------------------------------------------------------------------------------


def test_an_inf_with_a_missing_section(cli: Cli) -> None:
    """The driver is described from its own bytes, and what could not be read is told."""
    inf = OEMSETUP.replace("[wid_nif]", "[other]").encode()
    (cli.folder / "disk.zip").write_bytes(zipped({"WIDGET.DOS": NDIS, "OEMSETUP.INF": inf}))
    assert "the section [wid_nif] is missing" in cli.refuse("nic", "add", "disk.zip")
    out = cli.run("nic", "add", "disk.zip", "--describe", "widget").out
    assert "not read: disk.zip/OEMSETUP.INF: the section [wid_nif] is missing" in out
    (driver,) = load_family(cli.folder / "home" / "nic_drivers" / "widget.toml").driver
    assert (driver.driver_name, driver.evidence, driver.keys) == ("WIDGET$", "source", {})


def test_a_corrupt_archive_among_good_files(cli: Cli) -> None:
    """What is whole is added; what is damaged is named."""
    bad = zipped({"A.COM": PACKET})[:-30]
    bomb = made_archives.szdd(b"x", size=1 << 30)
    name = _with_known(cli, {"BAD.ZIP": bad, "BOMB.DO_": bomb, "UP.ZIP": zipped({"../UP.COM": PACKET})})
    out = cli.run("nic", "add", name).out
    assert "MINE.COM: the packet driver of mine" in out
    assert "not read: known.zip/BAD.ZIP: the zip archive is damaged" in out
    assert "not read: known.zip/BOMB.DO_ would expand to 1,073,741,824 bytes" in out
    assert "not read: known.zip/UP.ZIP: the member '../UP.COM' is a path that leads out" in out


def test_two_versions_of_one_driver(own: nics.Catalogue, tmp_path: Path) -> None:
    """Two files with one id: the catalogue's first is used whatever their order, the other is kept and named."""
    folder = tmp_path / "drivers"
    second = nics.load([folder]).choose("mine", "x").driver.versions[0]
    newer = PACKET + b"newer"
    more = f'{{ sha256 = "{hashlib.sha256(newer).hexdigest()}", size = 1 }}, {{ sha256 = "{second.sha256}"'
    mine(folder, f'{{ sha256 = "{second.sha256}"', more)
    catalogue, store = nics.load([folder]), Store(tmp_path / "store")
    for names in (("A.COM", "B.COM"), ("B.COM", "A.COM")):
        path = tmp_path / "two.zip"
        path.write_bytes(zipped(dict(zip(names, (PACKET, newer), strict=True))))
        (added,), looked = adding.add(path, catalogue, store)
        assert added.found.data == newer
        assert [found.data for _, found in looked.spare] == [PACKET]
        assert holding.held(store, added.driver) == added.found.digest


def test_archives_in_archives_end(own: nics.Catalogue, tmp_path: Path) -> None:
    """Archives are opened two deep, not for ever; a zip that holds itself many times is no trap."""
    data = PACKET
    for _ in range(6):
        data = zipped({"A.ZIP": data} if data is not PACKET else {"MINE.COM": data})
    path = tmp_path / "deep.zip"
    path.write_bytes(data)
    with pytest.raises(CatalogueError, match="whose SHA-256 the catalogue knows"):
        adding.add(path, own, Store(tmp_path / "store"))
