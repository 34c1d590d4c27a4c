"""The shipped catalogue, what its files may say, and choosing a driver by an id."""

from __future__ import annotations

import textwrap
from collections import Counter
from pathlib import Path

import pytest

from bootbuilder import nics, resources
from bootbuilder.errors import CatalogueError, RecipeError
from bootbuilder.nics import finding
from bootbuilder.nics.models import load_family
from tests.made_nics import mine

ADAPTERS = 180
PAIRINGS = 292  # of a board with a driver


def test_every_shipped_file_loads_and_nothing_is_lost(shipped: nics.Catalogue) -> None:
    """All adapters and their drivers are there; every driver serves a board and every board finds its drivers."""
    adapters = shipped.adapters()
    assert len(adapters) == len({adapter.id for adapter in adapters}) == ADAPTERS
    assert sum(len(adapter.drivers) for adapter in adapters) == PAIRINGS
    used = {driver.id for adapter in adapters for driver in shipped.drivers_of(adapter)}
    assert used == {driver.id for driver in shipped.drivers()}
    for adapter in adapters:
        assert adapter.drivers or "UNDI" in adapter.note, adapter.id


def test_ids_that_recipes_use(shipped: nics.Catalogue) -> None:
    """The ids of recipes in the field keep their meaning."""
    files = {"ne2000": "NE2000.COM", "pcnet": "PCNTPK.COM", "rtl8029": "PCIPKT.COM", "undi": "UNDIPD.COM"}
    assert {name: shipped.choose(name, "x").driver.file for name in files} == files


def test_one_board_answers_for_each_id(shipped: nics.Catalogue) -> None:
    """A PCI or PnP id has one preferred board; a shared id is one that some other board answers for."""
    pci = Counter(pci for adapter in shipped.adapters() for pci in adapter.pci)
    pnp = Counter(pnp for adapter in shipped.adapters() for pnp in adapter.pnp)
    assert [i for i, count in (pci + pnp).items() if count > 1] == []
    assert [i for adapter in shipped.adapters() for i in adapter.pci_shared if i not in pci] == []
    assert [a.id for a in shipped.by_pci("1186:1300")] == ["rtl8139", "rtl8139-dlink-dfe530tx-plus"]


def test_one_hash_is_one_driver(shipped: nics.Catalogue) -> None:
    """No SHA-256 stands at two drivers, so a file is recognised without doubt."""
    counts = Counter(digest for driver in shipped.drivers() for digest in driver.hashes)
    assert [digest for digest, count in counts.items() if count > 1] == []


def test_the_files_speak_of_public_places_only() -> None:
    """No path of one machine stands in the catalogue, and what is recalled says so."""
    for path in resources.folder("nic_drivers").glob("*.toml"):
        text = path.read_text("utf-8")
        assert "(recall)" not in text
        assert "/home/" not in text and "/work" not in text, path
        assert text.startswith("# "), path


def test_a_build_reads_one_file(tmp_path: Path) -> None:
    """A mistake in one file of the user's does not stop a recipe that names another driver."""
    (tmp_path / "broken.toml").write_text("schema = ", "utf-8")
    catalogue = nics.load([tmp_path])
    assert catalogue.choose("ne2000", "x").driver.file == "NE2000.COM"
    assert catalogue.choose("ne2000-xt", "x").driver.file == "NE2000XT.COM"
    assert catalogue.choose("pci:1022:2000", "x").id == "pcnet"
    with pytest.raises(CatalogueError, match=r"broken\.toml: not TOML"):
        catalogue.drivers()


@pytest.mark.parametrize(
    ("old", "new", "expected", "hint"),
    [
        ("publisher", "publishr", "driver[0].publishr: unknown key", "did you mean 'publisher'?"),
        ('kind = "packet"', 'kind = "paket"', "must be one of packet, ndis2, odi", "'packet'"),
        ('evidence = "ran"', 'evidence = "rann"', "must be one of ran, source, doc, list, recall", "'ran'"),
        ('license = "MIT"\n', "", "driver[0].license: this key is required", "for example license"),
        ("size = 311", "size = 0", "driver[0].versions[0].size", "docs/nic-drivers.md"),
        ('sha256 = "', 'sha256 = "Z', "64 lower-case hexadecimal digits", "docs"),
        ('"10ec:8029"', '"10EC:8029"', "vendor:device in lower-case hex", "docs"),
        ('"OUR0001"', '"our0001"', "three letters and four hex digits", "docs"),
        ('"MINE.COM"', '"mine-driver.com"', "an 8.3 name in upper case", "NE2000.COM"),
        ("irq = 5", 'irq = "five"', "its default: must be a whole number, found 'five'", "docs"),
        ("irq = 5", "irq = 99", "its default: 99 is out of range", "docs"),
        ("{irq}", "{irk}", "args names {irk}, which is not under parameters", "docs"),
        ("[{cable}]", "", "the parameter cable stands neither in args nor in netcfg", "docs"),
        ('type = "choice", choices = ["tp", "bnc"]', 'type = "choice"', "needs choices", "docs"),
        ('id = "mine-odi"', 'id = "other-odi"', "must be 'mine' or begin with 'mine-'", "mine-odi"),
        ('id = "mine-odi"', 'id = "mine"', "the id 'mine' is there twice", "another"),
        ("schema = 1", "schema = 2", "must be one of 1, found 2", "choose one of 1"),
        ("schema = 1", "schema 1", "not TOML", "toml.io"),
    ],
)
def test_mistakes_name_file_line_and_key(
    tmp_path: Path, old: str, new: str, expected: str, hint: str
) -> None:
    """Each mistake in a catalogue file is one error with its place, what is allowed, and what to do."""
    path = mine(tmp_path, old, new)
    with pytest.raises(CatalogueError) as caught:
        load_family(path)
    assert caught.value.message.startswith(f"{path}:")
    assert expected in caught.value.message
    assert hint in f"{caught.value.message} {caught.value.hint}"


def test_the_line_of_a_mistake(tmp_path: Path) -> None:
    """The line is that of the key in the second of several tables."""
    path = mine(tmp_path, 'license = "unknown"', 'licence = "unknown"')
    line = path.read_text("utf-8").splitlines().index('licence = "unknown"') + 1
    with pytest.raises(CatalogueError) as caught:
        load_family(path)
    assert f"{path}:{line}: driver[1].licence" in caught.value.message


def test_the_name_of_a_file_is_an_id(tmp_path: Path) -> None:
    """A file whose name cannot be an id is refused."""
    with pytest.raises(CatalogueError, match="cannot be one"):
        load_family(mine(tmp_path, name="My Board.toml"))


def test_an_unknown_driver_of_a_board(tmp_path: Path) -> None:
    """A board that names a driver in no file says which, with the nearest id."""
    mine(tmp_path, 'drivers = ["mine",', 'drivers = ["mime",')
    catalogue = nics.load([tmp_path])
    (match,) = finding.by_pnp(catalogue, ["OUR0001"])
    with pytest.raises(CatalogueError, match="our-board names the driver 'mime'") as caught:
        catalogue.drivers_of(match.adapter)
    assert "did you mean 'mine'?" in (caught.value.hint or "")


def test_a_family_gives_the_driver_of_the_kind(own: nics.Catalogue) -> None:
    """One id serves every stack; the id of a single driver means that one."""
    chosen = {kind: own.choose("mine", "x", kind) for kind in nics.KINDS}
    assert {kind: (c.id, c.driver.id) for kind, c in chosen.items()} == {
        "packet": ("mine", "mine"),
        "ndis2": ("mine", "mine-ndis2"),
        "odi": ("mine", "mine-odi"),
    }
    assert own.choose("mine-ndis2", "x", "ndis2").driver.file == "MINE.DOS"


@pytest.mark.parametrize(
    ("wanted", "message", "hint"),
    [
        ("ne200", "'ne200' is not a driver id", "did you mean 'ne2000'?"),
        ("smc1211tx", "is an adapter; a recipe names a driver", '"rtl8139"'),
        ("vmxnet3", "is an adapter", "UNDI"),
        ("netflx", "is no packet driver; known for it: NDIS2 driver", "UNDI"),
        ("ne2000-odi", "is no packet driver", "another driver"),
        ("dosemu", "dosemu has no file to load", "another driver"),
        ("shim-odipkt", "needs the ODI driver of the adapter below it", "nic find"),
        ("pci:8086:1539", "no packet driver is known for the PCI id 8086:1539 (Intel I210/I211)", "nic find"),
        ("pci:dead:beef", "no driver is known for the PCI id dead:beef", "pci:8086:100e"),
    ],
)
def test_what_a_recipe_cannot_mean(shipped: nics.Catalogue, wanted: str, message: str, hint: str) -> None:
    """A name that is no driver for the stack is refused with what to write instead."""
    with pytest.raises(RecipeError) as caught:
        shipped.choose(wanted, "r.toml:5: network.nics")
    assert caught.value.message.startswith("r.toml:5: network.nics: ")
    assert message in caught.value.message
    assert hint in (caught.value.hint or "")


def test_a_board_of_the_user_is_preferred(own: nics.Catalogue) -> None:
    """A PCI id that a file of the user's claims is answered by it first; a subsystem is more exact than an id."""
    assert [adapter.id for adapter in own.by_pci("10ec:8029")] == ["our-board", "ne2000-pci-rtl8029"]
    assert own.choose("pci:10EC:8029", "x").driver.file == "MINE.COM"
    assert own.choose("pci:abcd:1234:0001:0002", "x").id == "mine"
    assert own.by_pci("abcd:1234") == []


def test_the_documented_example_is_valid(tmp_path: Path) -> None:
    """The file that docs/nic-drivers.md shows can be used as it stands."""
    text = (Path(__file__).parents[2] / "docs" / "nic-drivers.md").read_text("utf-8")
    example = text.split("```toml\n")[1].split("```")[0]
    path = tmp_path / "acme.toml"
    path.write_text(textwrap.dedent(example), "utf-8")
    family = load_family(path)
    assert nics.command(family.driver[0], {"irq": 5}, "x") == "ACMEPD.COM 0x60 5 0x300"
