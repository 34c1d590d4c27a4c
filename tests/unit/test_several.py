"""One disk for several adapters: which drivers are on it, who serves which board, what stays away, what is refused."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from bootbuilder import budget, compose
from bootbuilder.dos import Family
from bootbuilder.errors import ImageFull, RecipeError
from bootbuilder.packages import Store
from bootbuilder.stacks.model import StackFile
from tests import stand_ins
from tests.makers import make_recipe, system
from tests.unit import nicscan_cards as cards
from tests.unit.nicscan_pc import BATCH, LIST, Pc


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "home")


def recipe(nics: str, more: str = "", stack: str = "packet", output: str = "") -> str:
    return f'[network]\nstack = "{stack}"\nmode = "multi"\nnics = [{nics}]\n{more}\n{output}\n'


def disk(text: str, store: Store, medium: str = "floppy", **dos: object) -> compose.Composition:
    """The one disk of a recipe."""
    on = system(**dos)  # type: ignore[arg-type]
    (made,) = stand_ins.compose_all(make_recipe(text), store, on, medium)
    return made


def refused(text: str, store: Store, medium: str = "floppy", **dos: object) -> str:
    with pytest.raises(RecipeError) as caught:
        disk(text, store, medium, **dos)
    assert caught.value.hint
    return caught.value.message


def numbers(made: compose.Composition) -> list[str]:
    """The drivers of NICSCAN.LST in order."""
    return [line.text[1:-1] for line in made.texts["DOS\\NICSCAN.LST"] if line.text.startswith("[")]


def batch(made: compose.Composition) -> list[str]:
    return [line.text for line in made.texts["AUTOEXEC.BAT"]]


# --- order and boards --------------------------------------------------------------------------------------


def test_the_order_of_the_recipe_is_the_load_order(store: Store) -> None:
    """In the list, and so in the numbers that AUTOEXEC.BAT goes on from; the image is called after none of them."""
    stand_ins.hold_drivers(store, ["rtl8139", "pcnet", "3c509"])
    for ids in (["rtl8139", "pcnet", "3c509"], ["3c509", "rtl8139", "pcnet"]):
        made = disk(recipe(", ".join(f'"{name}"' for name in ids)), store)
        assert numbers(made) == ids
        lines = batch(made)
        assert [lines[lines.index(f":NIC{n}") + 1].split("\\")[-1].split()[0] for n in (1, 2)] != []
        assert (made.name, made.nic) == ("test-multi", "multi")


def test_nicscan_reads_the_list_that_is_built(store: Store) -> None:
    """The program itself, on a PC with an RTL8139 and an NE2000, takes the first in load order."""
    stand_ins.hold_drivers(store, ["pcnet", "ne2000", "rtl8139"])
    made = disk(recipe('"pcnet", "rtl8139", "ne2000"'), store)
    (table,) = [file.data for file in made.files if file.path == "DOS\\NICSCAN.LST"]
    pic = cards.Interrupts()
    present = (cards.Ne2000(0x340, pic, 5), pic)
    result = Pc(present, {LIST: table}, pci={0x18: cards.function("10ec:8139", io=0xC000)}).run("/A")
    assert result.level == 2 and b"SET NIC=rtl8139\r\n" in result.files[BATCH]
    alone = Pc(present, {LIST: table}).run("/A")
    assert (alone.level, alone.batch["NICIO"], alone.batch["NICIRQ"]) == (3, "0x0340", "5")


def test_found_ports_go_to_drivers_unless_the_recipe_sets_them(store: Store) -> None:
    """I/O base and interrupt are those that NICSCAN found, else the driver's usual ones; the recipe's options win."""
    stand_ins.hold_drivers(store, ["ne2000-crynwr", "pcnet"])
    lines = batch(disk(recipe('"ne2000-crynwr", "pcnet"'), store))
    assert "A:\\DOS\\NE2000.COM 0x60 %NICIRQ% %NICIO%" in lines
    assert 'IF "%NICIRQ%"=="" SET NICIRQ=3' in lines and 'IF "%NICIO%"=="" SET NICIO=0x300' in lines
    lines = batch(
        disk(recipe('"ne2000-crynwr", "pcnet"', "[network.options.ne2000-crynwr]\nirq = 10"), store)
    )
    assert "A:\\DOS\\NE2000.COM 0x60 10 %NICIO%" in lines
    assert not any("NICIRQ=" in line for line in lines)


def test_the_earlier_of_two_drivers_gets_the_board(store: Store) -> None:
    """NE2000.COM can drive an RTL8029 as well; the recipe's order says who does."""
    stand_ins.hold_drivers(store, ["ne2000", "rtl8029"])
    made = disk(recipe('"rtl8029", "ne2000"'), store)
    text = "\n".join(line.text for line in made.texts["DOS\\NICSCAN.LST"])
    assert text.index("10ec:8029") < text.index("[ne2000]") and text.count("10ec:8029") == 1
    message = refused(recipe('"ne2000", "rtl8029"'), store)
    assert "rtl8029 would never be chosen" in message and "other drivers serve the same boards" in message


def test_a_driver_whose_boards_cannot_be_found_is_refused(store: Store) -> None:
    """By name; with "all" it is left out, and the better driver of a board gets it whatever its name begins with."""
    stand_ins.hold_drivers(store, ["plip", "pcnet", "rtl8029"])
    assert "NICSCAN cannot find such boards" in refused(recipe('"ne2000", "plip"'), store)
    made = disk(recipe('"all"'), store)
    assert numbers(made) == ["ne2000", "pcnet"]
    assert "left out, as NICSCAN cannot find such boards: plip" in made.notes
    store = Store(store.root.parent / "other")
    assert numbers(disk(recipe('"all"'), store)) == ["ne2000"]


def test_two_files_of_one_name(store: Store) -> None:
    """Drivers that share a name get names of their own, on the disk and in their lines."""
    stand_ins.hold_drivers(store, ["3c509"])
    stand_ins.hold(store, stand_ins.known("3c509-nestor"), b"another")
    from bootbuilder.stacks import several

    network = stand_ins.choosing.network(
        make_recipe(recipe('"3c509"').replace("multi", "per-nic")), ["3c509", "3c509-nestor"], "x",
        stand_ins.catalogue(), store,
    )  # fmt: skip
    paths: dict[str, bytes] = {}
    named = [several._named_apart(adapter, paths) for adapter in network.adapters]  # type: ignore[arg-type]
    assert [(one.driver.file, one.files[0].path) for one in named] == [
        ("3C509.COM", "DOS\\3C509.COM"),
        ("3C509_2.COM", "DOS\\3C509_2.COM"),
    ]


# --- what cannot be ----------------------------------------------------------------------------------------


def test_two_vectors(store: Store) -> None:
    """Programs are told one interrupt."""
    stand_ins.hold_drivers(store, ["ne2000", "pcnet"])
    message = refused(recipe('"ne2000", "pcnet"', "[network.options.pcnet]\nvector = 0x61"), store)
    assert "0x61" in message and "0x60" in message and "network.options.pcnet" in message


def test_a_driver_of_config_sys(store: Store) -> None:
    """NDIS2 drivers under DIS_PKT load before anybody knows the adapter."""
    stand_ins.hold_package(store, "msclient")
    stand_ins.hold_drivers(store, ["ne2000", "3c509-ndis2", "shim-dis-pkt9"])
    for ids in ('"ne2000", "3c509-ndis2"', '"3c509-ndis2"'):
        assert "3c509-ndis2 needs lines in CONFIG.SYS" in refused(recipe(ids), store)


def test_settings_on_a_cd(store: Store) -> None:
    """The Microsoft client's files are put into place at boot, which a CD does not allow."""
    stand_ins.hold_package(store, "msclient")
    stand_ins.hold_drivers(store, ["ne2000-ndis2", "3c509-ndis2"])
    text = recipe('"ne2000", "3c509"', "[network.options.ne2000]\nirq = 5", stack="msclient")
    assert "a CD is read-only" in refused(text, store, "iso")
    assert disk(text, store, "usb").name == "test-multi"


def test_an_old_dos(store: Store) -> None:
    """CALL came with DOS 3.3."""
    stand_ins.hold_drivers(store, ["ne2000"])
    files = ("IO.SYS", "MSDOS.SYS")
    assert "DOS 3.3" in refused(recipe('"ne2000"'), store, family=Family.MSDOS, version="3.20", kernel=files)


@pytest.mark.parametrize(
    ("option", "says"),
    [("seconds = 1000", "1000"), ('menu = "no"', "true or false"), ("wait = 3", "no such parameter")],
)
def test_wrong_options(option: str, says: str, store: Store) -> None:
    """Of NICSCAN itself."""
    stand_ins.hold_drivers(store, ["ne2000"])
    message = refused(recipe('"ne2000"', f"[network.options.nicscan]\n{option}"), store)
    assert says in message and "network.options.nicscan" in message


# --- room --------------------------------------------------------------------------------------------------


def test_every_driver_on_one_floppy(store: Store) -> None:
    """As many as fit are there, in load order; the rest is named, with the disk that holds all."""
    ids = [d.id for d in stand_ins.catalogue().drivers() if d.kind == "packet" and d.file and d.over is None]
    for name in ids:
        stand_ins.hold(store, stand_ins.known(name), name.encode().ljust(30_000, b"."))
    made = disk(recipe('"all"'), store)
    there = numbers(made)
    (note,) = [note for note in made.notes if note.startswith("no room for ")]
    away = note.removeprefix("no room for ").partition(";")[0].split(", ")
    left_out = [
        name for note in made.notes if note.startswith("left out") for name in note.split(": ")[1].split(", ")
    ]
    assert sorted([*there, *away, *left_out]) == sorted(ids)
    assert made.usage.fits and made.usage.free < 30_000 < 3 * 30_000 < made.usage.capacity
    assert 'geometry = "1.68M" would hold all' in note
    assert there == sorted(there) and max(there) < min(away)
    assert len({file.path for file in made.files if file.path.endswith(".COM")}) == len(there) + 2


@dataclass(frozen=True)
class _Made:
    tools: tuple[StackFile, ...]


def _most(sizes: dict[str, int], capacity: int, may_lack: set[str]) -> tuple[list[str], list[str]]:
    tools = tuple(StackFile(f"NET\\{name}", bytes(size), "", "", None) for name, size in sizes.items())

    def room(made: _Made) -> budget.Room:
        used = sum(len(tool.data) for tool in made.tools)
        return budget.Room(used <= capacity, capacity - used, 1, frozenset(tool.path for tool in made.tools))

    lack = frozenset(f"NET\\{name}" for name in may_lack)
    made, away = budget.most(budget.Load(None, tools), lack, lambda load: _Made(load.tools), room)
    return [tool.path[4:] for tool in made.tools], [piece.name for piece in away]


@pytest.mark.parametrize(
    ("capacity", "kept", "away"),
    [
        (100, "ABCDE", ""),
        (99, "ABCD", "E"),
        (40, "ABCD", "E"),
        (39, "ABC", "DE"),
        (20, "ABD", "CE"),
        (15, "ABD", "CE"),
        (10, "AB", "CDE"),
        (2, "A", "BCDE"),
        (0, "A", "BCDE"),
    ],
)
def test_the_last_goes_first_and_smaller_ones_come_back(capacity: int, kept: str, away: str) -> None:
    """A must be there; of B to E, of 9, 25, 5 and 60 bytes, what fits is kept in that order of preference."""
    sizes = {"A": 1, "B": 9, "C": 25, "D": 5, "E": 60}
    assert _most(sizes, capacity, set("BCDE")) == (list(kept), list(away))


def test_a_floppy_too_small_for_one_driver(store: Store) -> None:
    """Then it is an error, as for any other disk."""
    stand_ins.hold(store, stand_ins.known("pcnet"), bytes(300_000))
    stand_ins.hold_drivers(store, ["ne2000"])
    with pytest.raises(ImageFull):
        disk(recipe('"pcnet", "ne2000"', output='[output]\ngeometry = "320K"'), store)
