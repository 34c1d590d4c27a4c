"""The catalogue of NIC drivers: what its files may say, command lines, finding boards, adding files."""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import shutil
import textwrap
import zipfile
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bootbuilder import nics, resources
from bootbuilder.errors import BootbuilderError, CatalogueError, RecipeError
from bootbuilder.nics import adding, finding
from bootbuilder.nics.models import load_family
from bootbuilder.packages import Store
from tests.clirun import Cli

ADAPTERS = 180
PAIRINGS = 278  # of a board with a driver
PACKET = b"\xe9\x00\x00PKT DRVR\0" + bytes(300)  # a packet driver, as far as its content tells
MLID = b"\xe9\x00\x00LINKSUP$ Frame Ethernet_802.2" + bytes(400)
NDIS = b"\xff\xff\xff\xff\x00\x80PROTMAN$" + bytes(500)

MINE = """\
schema = 1
title = "A board of ours"

[[adapter]]
id = "our-board"
vendor = "Ours"
model = "Etherthing 3000"
bus = "PCI"
media = "10BASE"
pci = ["10ec:8029", "abcd:1234:0001:0002"]
pnp = ["OUR0001"]
emulated_by = { qemu = "etherthing" }
drivers = ["mine", { id = "mine-ndis2", evidence = "recall", note = "a guess" }]

[[driver]]
id = "mine"
kind = "packet"
file = "MINE.COM"
versions = [{ sha256 = "HASH", size = 311 }]
args = "[{options}] {vec} {irq} [{io}] [{cable}]"
publisher = "Us"
license = "MIT"
redistributable = true
evidence = "ran"
source = "we wrote it"
[driver.parameters]
options = {}
irq = 5
io = { default = 0x300, maximum = 0x3e0 }
cable = { type = "choice", choices = ["tp", "bnc"] }

[[driver]]
id = "mine-odi"
kind = "odi"
file = "MINE.COM"
versions = [{ size = 429 }]
publisher = "Us"
license = "unknown"
evidence = "list"
source = "a list"

[[driver]]
id = "mine-ndis2"
kind = "ndis2"
file = "MINE.DOS"
driver_name = "MINE$"
publisher = "Us"
license = "unknown"
evidence = "doc"
source = "a sample"
[driver.keys]
IRQ = { type = "int", default = 5, minimum = 2, maximum = 15 }
FAST = { type = "switch" }
"""


def mine(folder: Path, old: str = "", new: str = "", name: str = "mine.toml") -> Path:
    """Write the made-up family, with one change, and return its path."""
    text = MINE.replace("HASH", hashlib.sha256(PACKET).hexdigest())
    assert old in text
    path = folder / name
    path.write_text(text.replace(old, new, 1) if old else text, "utf-8")
    return path


@pytest.fixture(scope="module")
def shipped() -> nics.Catalogue:
    """The shipped catalogue, read once."""
    return nics.load()


@pytest.fixture
def own(tmp_path: Path) -> nics.Catalogue:
    """A catalogue with the made-up family over the shipped ones."""
    folder = tmp_path / "drivers"
    folder.mkdir()
    mine(folder)
    return nics.load([folder])


# --- the shipped files --------------------------------------------------------------------------------------


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


# --- what a file may say ------------------------------------------------------------------------------------


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


# --- choosing -----------------------------------------------------------------------------------------------


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


# --- command lines ------------------------------------------------------------------------------------------

GOLDEN = [
    ("ne2000", {}, "NE2000.COM 0x60 3 0x300"),
    ("ne2000", {"vector": 0x7E, "irq": 9, "io": 0x320}, "NE2000.COM 0x7e 9 0x320"),
    ("ne2000", {"options": "-n -w"}, "NE2000.COM -n -w 0x60 3 0x300"),
    ("ne2000-xt", {"irq": 2}, "NE2000XT.COM 0x60 2 0x300"),
    ("ne2000-nwpd", {"irq": 5, "io": 0x300}, "NWPD.COM 0x60 5 0x300"),
    ("ne1000", {}, "NE1000.COM 0x60 3 0x300"),
    ("ne2100", {}, "NE2100.COM 0x60 3 0x300 5"),
    ("pcnet", {}, "PCNTPK.COM INT=0x60"),
    ("pcnet", {"io": 0x1000, "irq": 11}, "PCNTPK.COM INT=0x60 IRQ=11 IOADDR=0x1000"),
    ("rtl8029", {}, "PCIPKT.COM 0x60"),
    ("rtl8029", {"bus": 0, "device": 12}, "PCIPKT.COM 0x60 0 12"),
    ("rtl8139", {"options": "-i", "vector": 0x61}, "RTSPKT.COM -i 0x61"),
    ("rtl8019", {}, "PNPPD.COM 0x60"),
    ("e1000", {}, "E1000PKT.COM 0x60"),
    ("e1000", {"adapter": 0, "speed": 100, "duplex": "full"}, "E1000PKT.COM 0x60 0 100 full"),
    ("e100", {}, "E100BPKT.COM 0x60"),
    ("3c503", {"cable": 1}, "3C503.COM 0x60 2 0x300 1"),
    ("3c509", {}, "3C509.COM 0x60"),
    ("3c509", {"io": 0x310}, "3C509.COM 0x60 0x310"),
    ("3c523", {}, "3C523.COM 0x60 3 0x300 0xc000"),
    ("wd80x3", {"mem": 0xCC00}, "SMC_WD.COM 0x60 3 0x280 0xcc00"),
    ("wd80x3", {"old": "-o"}, "SMC_WD.COM 0x60 -o 3 0x280 0xd000"),
    ("arcnet-arcether", {}, "ARCETHER.COM 0x60 5 0x2e0 0xd800"),
    ("depca", {}, "DEPCA.COM 0x60 5 0x300 0xd000"),
    ("exp16", {"io": 0x270}, "EXP16.COM 0x60 0x270"),
    ("lan595", {"irq": 10, "io": 0x210}, "LAN595.COM 0x60 10 0x210"),
    ("isolan", {}, "ISOLAN.COM 0x60 2 0xb800"),
    ("ethiie", {"thin": 0}, "ETHIIE.COM 0x60 2 0x300 0"),
    ("starlan", {}, "AT&T.COM 0x60 2 0x360 0xd000"),
    ("ibmtoken", {"adapter": 1}, "IBMTOKEN.COM 0x60 1"),
    ("w89c940", {"mac": "00-11-22-AA-BB-CC"}, "940-PD.COM 0x60 00-11-22-AA-BB-CC"),
    ("plip", {}, "PLIP.COM 0x60 7 0x378"),
    ("slip", {}, "SLIP8250.COM 0x60"),
    ("slip", {"baud": 9600, "handshake": "-h"}, "SLIP8250.COM 0x60 -h SLIP 4 0x3f8 9600"),
    ("shim-odipkt", {"interrupt": 97}, "ODIPKT.COM 0 97"),
    ("undi", {}, "UNDIPD.COM"),
]


@pytest.mark.parametrize(("name", "options", "expected"), GOLDEN)
def test_command_lines(shipped: nics.Catalogue, name: str, options: dict[str, object], expected: str) -> None:
    """The line that loads a driver, with the defaults where a recipe is silent."""
    driver = shipped.driver(name)
    assert driver is not None
    assert nics.command(driver, options, "test") == expected


def test_every_packet_driver_has_a_command_line(shipped: nics.Catalogue) -> None:
    """Without a word in the recipe each packet driver can be written, or its error says what to set."""
    for driver in shipped.drivers():
        if driver.kind == "packet" and driver.file:
            line = nics.command(driver, {}, "test")
            assert line.startswith(driver.file) and not set(line) & set("{}[]"), line


@pytest.mark.parametrize(
    ("name", "options", "message", "hint"),
    [
        ("ne2000", {"irq": 99}, "test.irq: 99 is out of range", "use 2 to 15"),
        ("ne2000", {"irq": "3"}, "test.irq: must be a whole number, found '3'", "3 or 0x300"),
        ("ne2000", {"irq": True}, "must be a whole number", ""),
        ("ne2000", {"io": 0x10000}, "0x10000 is out of range", "use 0x100 to 0xffe0"),
        ("ne2000", {"vector": 0x67}, "test.vector: 0x67 is not an interrupt for packet drivers", "0x68-0x6f"),
        ("ne2000", {"vector": 0x70}, "0x70 is not an interrupt", "0x78-0x7e"),
        ("ne2000", {"vector": "0x60"}, "must be a whole number", ""),
        ("ne2000", {"iobase": 0x300}, "the driver ne2000 has no such parameter", "did you mean 'io'?"),
        ("ne2000", {"options": "-n -z"}, "'-z' is no option of this driver", "-d -i -n -p -w"),
        ("wd80x3", {"mem": 0x9000}, "0x9000 is out of range", "0xa000 to 0xefff"),
        ("ne2100", {"dma": 8}, "8 is out of range", "use 0 to 7"),
        ("3c503", {"cable": 2}, "2 is not possible", "use one of 0, 1"),
        ("e1000", {"speed": 1001}, "must be one of 10, 100, 1000", "choose"),
        ("w89c940", {"mac": "rubbish"}, "must match", "MAC address"),
        ("ne2000-nwpd", {"io": 0x300}, "NWPD.COM needs irq (interrupt (IRQ))", "irq = 2"),
        ("undi", {"vector": 0x61}, "has no such parameter", "it has none"),
    ],
)
def test_wrong_parameters(
    shipped: nics.Catalogue, name: str, options: dict[str, object], message: str, hint: str
) -> None:
    """A parameter of the wrong type or out of range is refused with the range."""
    driver = shipped.driver(name)
    assert driver is not None
    with pytest.raises(RecipeError) as caught:
        nics.command(driver, options, "test")
    assert message in caught.value.message
    assert hint in (caught.value.hint or "")


# --- finding ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("8086:100e", "e1000-8254x"),
        ("PCI:10EC:8139", "rtl8139"),
        ("1022:2000", "amd-pcnet-pci"),
        ("PNP80D6", "ne2000-isa"),
        ("*tcm5094", "3c509"),
        ("e1000e", "e1000e-8257x"),
        ("e1000", "e1000-8254x"),
        ("ne2k_pci", "ne2000-pci-rtl8029"),
        ("ne2k_isa", "ne2000-isa"),
        ("vlance", "amd-pcnet-pci"),
        ("vmxnet3", "vmxnet3"),
        ("virtio-net-pci", "virtio-net"),
        ("tulip", "dec-21142-21143"),
        ("i82559er", "i8255x"),
        ("3C905", "3c90x"),
        ("etherexpress 16", "exp16"),
        ("RTSPKT.COM", "rtl8139"),
        ("fa311", "dp83815"),
        ("wavelan", "ncr-wavelan"),
    ],
)
def test_find_by_text(shipped: nics.Catalogue, text: str, first: str) -> None:
    """Ids, models of hypervisors, file names and parts of names give the right board first."""
    assert finding.by_text(shipped, text)[0].adapter.id == first


@pytest.mark.parametrize("text", ["nosuch", "", "   ", "dead:beef", "PNP0303", "\x1b[2J"])
def test_find_nothing(shipped: nics.Catalogue, text: str) -> None:
    """What is in no file is not found."""
    assert finding.by_text(shipped, text) == []


LSPCI_NN = """\
00:00.0 Host bridge [0600]: Intel Corporation 440FX - 82441FX PMC [Natoma] [8086:1237] (rev 02)
	Subsystem: Red Hat, Inc. Qemu virtual machine [1af4:1100]
00:03.0 Ethernet controller [0200]: Intel Corporation 82540EM Gigabit Ethernet Controller [8086:100e] (rev 03)
	Subsystem: Red Hat, Inc. QEMU Virtual Machine [1af4:1100]
	Kernel driver in use: e1000
0000:00:04.0 Ethernet controller [0200]: Realtek Semiconductor Co., Ltd. RTL-8029(AS) [10ec:8029]
00:05.0 Token ring network controller [0201]: IBM Auto LANStreamer [1014:0018]
"""
LSPCI_N = (
    "00:02.0 0300: 1234:1111\n00:03.0 0200: 1022:2000 (rev 10)\n00:04.0 Class 0200: 10ec:8139 (rev 20)\n"
)
LSPCI_VMMN = """\
Slot:\t00:02.0
Class:\t0300
Vendor:\t1234
Device:\t1111

Slot:\t00:03.0
Class:\t0200
Vendor:\t8086
Device:\t1229
SVendor:\t8086
SDevice:\t0009
Rev:\t08
"""


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (LSPCI_NN, [("8086:100e", "1af4:1100"), ("10ec:8029", ""), ("1014:0018", "")]),
        (LSPCI_N, [("1022:2000", ""), ("10ec:8139", "")]),
        (LSPCI_VMMN, [("8086:1229", "8086:0009")]),
        ('00:03.0 "0200" "8086" "100e" -r03 "1af4" "1100"\n', [("8086:100e", "1af4:1100")]),
        (
            '00:03.0 "Ethernet controller [0200]" "Realtek [10ec]" "8139 [8139]" -r20 "" ""',
            [("10ec:8139", "")],
        ),
        (
            '00:02.0 "0300" "1234" "1111" -r02 "1af4" "1100"\n00:03.0 "0200" "1022" "2000"',
            [("1022:2000", "")],
        ),
        (LSPCI_NN.splitlines()[0], []),
    ],
)
def test_lspci(shipped: nics.Catalogue, text: str, expected: list[tuple[str, str]]) -> None:
    """Every network device of lspci's three forms is read, with its subsystem, and looked up."""
    devices = finding.read_lspci(text)
    assert [(device.pci, device.subsystem) for device in devices] == expected
    assert all(finding.by_device(shipped, device) for device in devices)


def test_lspci_without_ids() -> None:
    """Output without numbers says how to write it."""
    for text in ("00:03.0 Ethernet controller: Intel Corporation 82540EM\n", "hello\n", ""):
        with pytest.raises(CatalogueError) as caught:
            finding.read_lspci(text)
        assert "lspci -nn" in (caught.value.hint or "")


@given(
    st.text(
        alphabet=st.sampled_from('0123456789abcdef:.[]"& \n\tSlotClassVendorDevicePCIVEN_EV*PNP\0'),
        max_size=200,
    )
)
@example("00:03.0 [0200]: [8086:100e]")
@example("Slot:\t\nClass:\t0200\nVendor:\t8086\nDevice:\t100e")
def test_any_text_is_a_list_or_an_explained_error(text: str) -> None:
    """Whatever a file holds, reading it gives devices or a CatalogueError."""
    for read in (finding.read_lspci, finding.read_pnp):
        with contextlib.suppress(CatalogueError):
            for device in read(text):
                assert device.pci or device.pnp


PNP_WINDOWS = r"""
DeviceID
ACPI\PNP0303\4&1506BB2E&0
PCI\VEN_10EC&DEV_8029&SUBSYS_802910EC&REV_00\3&61AAA01&0&78
ROOT\*PNP80D6\0000
USB\VID_046D&PID_C077\6&1
"""
PNP_DUMP = """\
Card 1 'TCM5094:3Com 3C509B EtherLink III' PnP version 1.0
  Logical device 0 'TCM5094:3Com 3C509B EtherLink III'
    Compatible device PNP80f7
"""


def test_pnp_lists(shipped: nics.Catalogue) -> None:
    """Windows device ids and isapnp dumps give their network boards; other devices are in no file."""
    found = [
        match.adapter.id
        for device in finding.read_pnp(PNP_WINDOWS)
        for match in finding.by_device(shipped, device)
    ]
    assert found == ["ne2000-pci-rtl8029", "ne2000-isa"]
    boards = {
        match.adapter.id
        for device in finding.read_pnp(PNP_DUMP)
        for match in finding.by_device(shipped, device)
    }
    assert boards == {"3c509"}
    with pytest.raises(CatalogueError, match="no PnP or PCI id"):
        finding.read_pnp("nothing here\n")


# --- adding -------------------------------------------------------------------------------------------------


def archive(folder: Path, **files: bytes) -> Path:
    """Return a zip with files in a folder NET; `_` in a name is a dot."""
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as made:
        for name, content in files.items():
            made.writestr(f"NET/{name.replace('_', '.')}", content)
    path = folder / "disk.zip"
    path.write_bytes(data.getvalue())
    return path


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
        (added,) = adding.add(path, own, store)
        assert (added.driver.id, added.pinned) == ("mine", False)
        record = store.read("nic", "mine")
        assert record is not None
        assert (record["origin"], record["license"], record["kind"]) == (origin, "MIT", "packet")
        assert record["redistributable"] is True
    assert adding.held(store, own.choose("mine", "x").driver) == hashlib.sha256(PACKET).hexdigest()
    assert [driver.id for driver in adding.all_held(store, own)] == ["mine"]


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
    (added,) = adding.add(path, own, store, "mine")
    assert added.pinned
    assert adding.held(store, added.driver) == hashlib.sha256(PACKET + b"newer").hexdigest()
    (ndis,) = adding.add(archive(tmp_path, MINE_DOS=NDIS, OTHER_TXT=b"x"), own, store, "mine-ndis2")
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
        adding.add(path, own, Store(tmp_path / "store"), as_id)
    assert message in caught.value.message
    assert caught.value.hint
    assert not (tmp_path / "store").exists()


def test_a_compressed_driver_says_that_it_was_not_checked(own: nics.Catalogue, tmp_path: Path) -> None:
    """Texts of a compressed program cannot be read: it is taken, and the answer says so."""
    path = tmp_path / "MINE.COM"
    path.write_bytes(b"\x81\xfc\xc3\x23UPX!" + bytes(200))
    (added,) = adding.add(path, own, Store(tmp_path / "store"), "mine")
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


# --- the commands -------------------------------------------------------------------------------------------


def test_overlays(cli: Cli) -> None:
    """A user's file adds a family or replaces a shipped one of the same name; nic list says where each is from."""
    folder = cli.folder / "over"
    folder.mkdir()
    mine(folder)
    home = cli.folder / "home" / "nic_drivers"
    home.mkdir(parents=True)
    text = (resources.folder("nic_drivers") / "rtl8029.toml").read_text("utf-8")
    (home / "rtl8029.toml").write_text(text.replace("PCIPKT.COM", "OTHER.COM"), "utf-8")
    rows = json.loads(cli.run("nic", "list", "--nic-drivers", folder, "--json").out)
    origin = {row["id"]: (row["from"], row.get("file")) for row in rows}
    assert origin["mine"] == (str(folder / "mine.toml"), "MINE.COM")
    assert origin["rtl8029"] == (str(home / "rtl8029.toml"), "OTHER.COM")
    assert origin["pcnet"][0] == "shipped"
    shown = cli.run("nic", "list", "--nic-drivers", folder).out
    assert any(line.split()[0] == "mine" and "yours" in line for line in shown.splitlines())
    assert "mine" not in {row["id"] for row in json.loads(cli.run("nic", "list", "--json").out)}
    assert "no such folder" in cli.refuse("nic", "list", "--nic-drivers", "gone")


def test_build_with_a_driver_of_the_user(cli: Cli) -> None:
    """A recipe uses a driver that only the user's folder describes."""
    folder = cli.folder / "over"
    folder.mkdir()
    mine(folder)
    (cli.folder / "MINE.COM").write_bytes(PACKET)
    recipe = cli.recipe(
        """
        [network]
        stack = "packet"
        nics = ["mine"]
        [network.options.mine]
        irq = 7
        vector = 0x62
        """
    )
    assert "'mine' is not a driver id" in cli.refuse("check", recipe)
    cli.run("nic", "add", "MINE.COM", "--nic-drivers", folder)
    shown = cli.run("show", recipe, "AUTOEXEC.BAT", "--nic-drivers", folder).out
    assert "A:\\DOS\\MINE.COM 0x62 7" in shown
    cli.run("build", recipe, "--nic-drivers", folder)
    (image,) = cli.manifest()["images"]
    entry = next(file for file in image["files"] if file["path"].endswith("MINE.COM"))
    assert (image["nic"], entry["license"], entry["redistributable"]) == ("mine", "MIT", True)


def test_options_of_an_unknown_driver(cli: Cli) -> None:
    """Options under a name that is no driver are a typing mistake; those of another driver are not."""
    folder = cli.folder / "over"
    folder.mkdir()
    mine(folder)
    (cli.folder / "MINE.COM").write_bytes(PACKET)
    cli.run("nic", "add", "MINE.COM", "--nic-drivers", folder)
    text = '[network]\nstack = "packet"\nnics = ["mine"]\n[network.options.{}]\nirq = 7\n'
    recipe = cli.recipe(text.format("ne2000"))
    assert "ok, 1 image" in cli.run("check", recipe, "--nic-drivers", folder).out
    refused = cli.refuse("check", cli.recipe(text.format("mien")), "--nic-drivers", folder)
    assert "network.options.mien" in refused and "did you mean 'mine'?" in refused


def test_list_filters_and_sums_up(cli: Cli) -> None:
    """--kind and --here narrow the list; the last line counts by evidence."""
    out = cli.run("nic", "list", "--kind", "odi").out.splitlines()
    assert {line.split()[1] for line in out[1:-1]} == {"odi"}
    assert "unverified" in out[-1]
    assert json.loads(cli.run("nic", "list", "--here", "--json").out) == []
    assert "'paket'" in cli.refuse("nic", "list", "--kind", "paket")


def test_show_is_text_with_ranges_and_evidence(cli: Cli) -> None:
    """nic show tells files, parameters, licence and how sure the catalogue is."""
    shown = cli.run("nic", "show", "ne2000").out
    for part in (
        "NE2000.COM",
        "2 to 15",
        "default 0x300",
        "0x60-0x66",
        "GPL-1.0-only",
        "seen working",
        "8,693",
    ):
        assert part in shown
    assert "evidence     unverified (recall)" in cli.run("nic", "show", "rhine").out
    assert "adapter vmxnet3" in cli.run("nic", "show", "vmxnet3").out
    assert "RTSPKT.COM" in cli.run("nic", "show", "pci:10ec:8139").out
    one = cli.run("nic", "show", "smc1211tx").out
    assert "RTSPKT.COM" in one and "D-Link" not in one
    assert "8088" in (single := cli.run("nic", "show", "ne2000-xt").out) and "NE2000.DOS" not in single
    assert "did you mean 'ne2000'?" in cli.refuse("nic", "show", "ne200")


def test_find_says_what_is_missing(cli: Cli) -> None:
    """Each driver of an answer: here, to be added, unverified; a board without one: UNDI."""
    out = cli.run("nic", "find", "10ec:8139").out
    assert 'nics = ["rtl8139"]' in out
    assert "add it: bootbuilder nic add RTSPKT.COM" in out
    assert "RTSODI.COM, unverified" in out
    assert 'nics = ["undi"]' in cli.run("nic", "find", "vmxnet3").out
    answers = json.loads(cli.run("nic", "find", "pcnet", "--json").out)
    assert (answers[0]["adapter"], answers[0]["drivers"][0]["nic"]) == ("amd-pcnet-pci", "pcnet")
    assert answers[0]["drivers"][0]["present"] is False
    assert "'nosuch'" in cli.refuse("nic", "find", "nosuch")
    assert "give one of" in cli.refuse("nic", "find")


def test_find_in_the_lists_of_a_machine(cli: Cli) -> None:
    """--lspci and --pnp read files, also in UTF-16; a list without an adapter is an error."""
    (cli.folder / "pc.txt").write_text(
        LSPCI_NN + "00:06.0 Ethernet controller [0200]: New [dead:beef]\n", "utf-8"
    )
    out = cli.run("nic", "find", "--lspci", "pc.txt").out
    assert 'nics = ["e1000"]' in out and 'nics = ["rtl8029"]' in out
    assert "in no catalogue file" in out.split("dead:beef")[1]
    (cli.folder / "win.txt").write_text(PNP_WINDOWS, "utf-16")
    assert 'nics = ["ne2000"]' in cli.run("nic", "find", "--pnp", "win.txt").out
    (cli.folder / "none.txt").write_text(LSPCI_NN.splitlines()[0], "utf-8")
    assert "no network adapter" in cli.refuse("nic", "find", "--lspci", "none.txt")
    assert "gone.txt" in cli.refuse("nic", "find", "--pnp", "gone.txt")


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


def test_the_documented_example_is_valid(tmp_path: Path) -> None:
    """The file that docs/nic-drivers.md shows can be used as it stands."""
    text = (Path(__file__).parents[2] / "docs" / "nic-drivers.md").read_text("utf-8")
    example = text.split("```toml\n")[1].split("```")[0]
    path = tmp_path / "acme.toml"
    path.write_text(textwrap.dedent(example), "utf-8")
    family = load_family(path)
    assert nics.command(family.driver[0], {"irq": 5}, "x") == "ACMEPD.COM 0x60 5 0x300"
