"""What stacks write, for adapters, stacks and systems together: compared with tests/golden/ and with published samples.

After a change that is meant: BOOTBUILDER_UPDATE_GOLDEN=1 pytest tests/unit/test_stack_files.py, then read the diff.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path

import pytest

from bootbuilder import compose, nics
from bootbuilder.dos import DosSystem, Family
from bootbuilder.packages import Store
from tests import stand_ins
from tests.makers import make_recipe, system

GOLDEN = Path(__file__).parents[1] / "golden"

MSDOS_FILES, PCDOS_FILES = ("IO.SYS", "MSDOS.SYS"), ("IBMBIO.COM", "IBMDOS.COM")
SYSTEMS = {
    "freedos": system(extras=("HIMEMX.EXE", "JEMM386.EXE")),
    "bbdos": system(Family.BBDOS, "0.1", ("BBDOS.SYS",)),
    "msdos33": system(Family.MSDOS, "3.30", MSDOS_FILES),
    "msdos5": system(Family.MSDOS, "5.00", MSDOS_FILES, ("HIMEM.SYS", "EMM386.EXE")),
    "msdos6": system(Family.MSDOS, "6.22", MSDOS_FILES, ("HIMEM.SYS", "EMM386.EXE")),
    "win98": system(Family.MSDOS7, "7.10", ("IO.SYS",), ("HIMEM.SYS", "EMM386.EXE")),
    "pcdos7": system(Family.PCDOS, "7.0", PCDOS_FILES, ("HIMEM.SYS", "EMM386.EXE")),
    "edrdos": system(Family.EDRDOS, "7.01"),
    "drdos": system(Family.DRDOS, "7.03", PCDOS_FILES),
}

STATIC = (
    'address = { ip = "192.168.0.2", netmask = "255.255.255.0", gateway = "192.168.0.1", '
    'dns = ["192.168.0.5", "192.168.0.6"] }\n'
)
SERVER = r"""
hosts = { SRV = "10.0.0.9" }
[[network.drives]]
letter = "F"
unc = '\\SRV\IMAGES'
user = "install"
password = "env:PLANT_PW"
[[network.drives]]
letter = "G"
unc = '\\SRV\TOOLS'
"""


@dataclass(frozen=True)
class Case:
    """One disk: `network` follows [network] in the recipe, `held` are drivers whose files are here. Several adapters,
    with spaces between them, are one disk that finds out which is there."""

    system: str
    stack: str
    nic: str
    network: str = ""
    held: tuple[str, ...] = ()
    memory: str = "none"
    medium: str = "floppy"

    @property
    def name(self) -> str:
        """Its file in tests/golden/."""
        parts = [self.stack, self.nic.replace(":", "").replace(" ", "+"), self.system]
        parts += [word for word in (self.memory, self.medium) if word not in ("none", "floppy")]
        return "-".join(parts)


def options(nic: str, text: str) -> str:
    return f"[network.options.{nic}]\n{text}\n"


TOOLS = 'tools = ["mtcp"]\nhostname = "SAW-1"\n'

CASES = [
    # packet driver; command lines as in FDNET.BAT of FreeDOS 1.3 and on the boot floppies of MicroWeb
    Case("freedos", "packet", "ne2000-crynwr", 'hostname = "SAW-1"\n' + options("ne2000-crynwr", "irq = 5")),
    Case("bbdos", "packet", "ne2000", TOOLS + options("ne2000", "irq = 9")),
    Case("msdos6", "packet", "ne2000", STATIC + options("ne2000", "irq = 3\nio = 0x340\nvector = 0x62")),
    Case("msdos33", "packet", "ne2000-xt"),
    Case("bbdos", "packet", "rtl8029", TOOLS),
    Case("freedos", "packet", "rtl8139"),
    Case("freedos", "packet", "pci:1022:2000", TOOLS),
    Case("pcdos7", "packet", "3c509"),
    Case(
        "freedos",
        "packet",
        "wd80x3",
        options("wd80x3", "irq = 3\nio = 0x280\nmem = 0xD000"),
        memory="xms-umb",
    ),
    Case(
        "msdos5", "packet", "depca", options("depca", "irq = 5\nio = 0x300\nmem = 0xD000"), memory="xms-umb"
    ),
    Case("edrdos", "packet", "hppclan", options("hppclan", "irq = 5\nio = 0x300")),
    Case("freedos", "packet", "undi", memory="xms-umb"),
    Case(
        "freedos", "packet", "ne2100", TOOLS + options("ne2100", "irq = 3\nio = 0x300\ndma = 5"), medium="usb"
    ),
    Case("freedos", "packet", "ne2000", TOOLS, medium="iso"),
    # packet programs on an NDIS2 driver, and on an ODI driver
    Case("freedos", "packet", "3c509-ndis2", TOOLS, ("shim-dis-pkt9",)),
    Case(
        "msdos6",
        "packet",
        "exp16-ndis2",
        options("exp16-ndis2", 'io = 0x360\nirq = 11\nIOCHRDY = "Late"\nTRANSCEIVER = "Thin Net (BNC/COAX)"'),
        ("shim-dis-pkt9",),
    ),
    Case("pcdos7", "packet", "cpqtok", options("cpqtok", "vector = 0x65"), ("shim-dis-pkt9",)),
    Case("freedos", "packet", "3c509-odi", options("3c509-odi", "irq = 10"), ("shim-odipkt",)),
    Case("edrdos", "packet", "e100-odi", options("e100-odi", "vector = 0x7E"), ("shim-odipkt",)),
    # the Microsoft client
    Case("msdos6", "msclient", "ne2000", 'hostname = "SAW-1"\n' + options("ne2000", "irq = 5\nio = 0x320")),
    Case("msdos5", "msclient", "3c509", STATIC + SERVER + options("msclient", 'workgroup = "PLANT"')),
    Case("msdos6", "msclient", "e1000", SERVER + options("msclient", 'transport = "netbeui"')),
    Case("freedos", "msclient", "smc8000", options("smc8000", "irq = 5\nmem = 0xD800"), memory="xms-umb"),
    Case(
        "win98",
        "msclient",
        "3c503",
        options("msclient", 'domain = "ACME"\nwins = "10.0.0.4"\nredirector = "basic"'),
    ),
    Case("pcdos7", "msclient", "b57", options("b57", "BUSNUM = 2\nDEVNUM = 5\nFIXCHECKSUMOFF = true")),
    Case("freedos", "msclient", "wd80x3-macwd", options("wd80x3-macwd", "irq = 3"), memory="xms-umb"),
    # NetWare
    Case("msdos6", "ipx", "ne2000", options("ne2000", "irq = 5\nio = 0x320\nmem = 0xD000")),
    Case("msdos5", "ipx", "ne2000", options("ipx", 'requester = "netx"\nserver = "FS1"')),
    Case(
        "drdos",
        "ipx",
        "3c509",
        options(
            "ipx", 'frame = "Ethernet_802.3"\ntree = "ACME"\ncontext = "OU=SALES.O=ACME"\nfirst_drive = "G"'
        ),
    ),
    Case("freedos", "ipx", "pcnet", options("pcnet", "slot = 2"), memory="xms"),
    # one disk for several adapters
    Case("bbdos", "packet", "rtl8029 ne2000 wd80x3", TOOLS + options("wd80x3", "irq = 3\nmem = 0xD000")),
    Case(
        "freedos",
        "packet",
        "pcnet pci:10ec:8139",
        STATIC + options("nicscan", "menu = false\nisa = false"),
        memory="xms-umb",
        medium="iso",
    ),
    Case("msdos6", "packet", "rtl8029 pcnet", TOOLS, medium="iso"),
    Case("freedos", "packet", "ne2000 3c509-odi", options("3c509-odi", "irq = 10"), ("shim-odipkt",)),
    Case("msdos6", "msclient", "e1000 3c509", SERVER + options("nicscan", "seconds = 0")),
    Case("msdos5", "ipx", "ne2000 pcnet", options("ne2000", "irq = 5")),
]


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    """A store with every package and every driver that a case names, and no other."""
    store = Store(tmp_path_factory.mktemp("store"))
    for package in ("mtcp", "msclient", "netware"):
        stand_ins.hold_package(store, package)
    catalogue = stand_ins.catalogue()
    kinds: dict[str, nics.Kind] = {"packet": "packet", "msclient": "ndis2", "ipx": "odi"}
    for case in CASES:
        for nic in case.nic.split():
            driver = None if ":" in nic else catalogue.driver(nic)
            if driver is None or case.stack != "packet":
                driver = catalogue.choose(nic, case.name, kinds[case.stack]).driver
            stand_ins.hold(store, driver)
        stand_ins.hold_drivers(store, case.held)
    return store


def disk(case: Case, store: Store, on: DosSystem | None = None) -> compose.Composition:
    ids = case.nic.split()
    made = make_recipe(
        f'[dos]\nmemory = "{case.memory}"\n[network]\nstack = "{case.stack}"\nnics = {json.dumps(ids)}\n'
        f'mode = "{"multi" if len(ids) > 1 else "per-nic"}"\n{case.network}'
    )
    (made_disk,) = stand_ins.compose_all(made, store, on or SYSTEMS[case.system], case.medium)
    return made_disk


def written(made: compose.Composition) -> str:
    """Return what a disk has, as text: notes, generated files, and where all others lie."""
    lines = [f"note: {note}" for note in made.notes]
    for name, text in made.texts.items():
        lines += [f"=== {name}", *(line.text for line in text)]
    lines += ["=== files", *(file.path for file in made.files if file.path not in made.texts)]
    return "\n".join(lines) + "\n"


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_files_of_a_combination(case: Case, store: Store) -> None:
    """CONFIG.SYS, AUTOEXEC.BAT and the stack's own files are what was read and approved."""
    path, made = GOLDEN / f"{case.name}.txt", written(disk(case, store))
    if os.environ.get("BOOTBUILDER_UPDATE_GOLDEN"):
        path.parent.mkdir(exist_ok=True)
        path.write_text(made, "utf-8")
    assert made == path.read_text("utf-8")


def test_each_golden_file_has_its_case() -> None:
    """None is left over, and no two cases share one."""
    names = [case.name for case in CASES]
    assert sorted(f"{name}.txt" for name in names) == sorted(path.name for path in GOLDEN.iterdir())
    assert len(CASES) >= 25


def test_every_file_ends_with_a_line_end(store: Store) -> None:
    """Programs that read their last line only up to its end would lose it otherwise; mTCP appends to MTCP.CFG."""
    for case in CASES:
        for file in disk(case, store).files:
            if file.origin.startswith("template "):
                assert file.data.endswith(b"\r\n") and b"\x1a" not in file.data, f"{case.name}: {file.path}"
                assert b" \r\n" not in file.data, f"{case.name}: {file.path}"


SAMPLES = [
    # FDNET.BAT of FreeDOS 1.3
    ("packet-pci10222000-freedos", "AUTOEXEC.BAT", ["PCNTPK.COM INT=0x60"]),
    ("packet-ne2000-crynwr-freedos", "AUTOEXEC.BAT", ["NE2000.COM 0x60 5 0x300"]),
    # boot floppies of MicroWeb, AUTOEXEC.BAT
    ("packet-ne2000-xt-msdos33", "AUTOEXEC.BAT", ["NE2000XT.COM 0x60 3 0x300"]),
    # PROTOCOL.INI of PC/TCP with an EtherExpress 16, and usendis.txt of TSDOS
    (
        "packet-exp16-ndis2-msdos6",
        "PROTOCOL.INI",
        [
            "DriverName=EXP16$",
            "IOADDRESS=0x360",
            "IRQ=11",
            "IOCHRDY=Late",
            "TRANSCEIVER=Thin Net (BNC/COAX)",
            "[PKTDRV]",
            "DriverName=PKTDRV$",
            "INTVEC=0x60",
        ],
    ),
    # the network sample of CiukiOS: LSL, E100BODI, ODIPKT 0 0x7E, Frame ETHERNET_II
    ("packet-e100-odi-edrdos", "AUTOEXEC.BAT", ["LSL.COM", "E100BODI.COM", "ODIPKT.COM 0 126"]),
    ("packet-e100-odi-edrdos", "NET.CFG", ["Link Driver E100BODI", "Frame Ethernet_II"]),
    # Microsoft Knowledge Base: SYSTEM.INI, PROTOCOL.INI and start order of a client on one floppy
    (
        "msclient-3c509-msdos5",
        "SYSTEM.INI",
        ["netcard=ELNK3.DOS", "transport=tcpdrv.dos,nemm.dos", "devdir=A:\\NET", "LoadRMDrivers=yes"],
    ),
    (
        "msclient-3c509-msdos5",
        "PROTOCOL.INI",
        [
            "[network.setup]",
            "version=0x3110",
            "transport=tcpip,TCPIP",
            "DriverName=PROTMAN$",
            "PRIORITY=MS$NDISHLP",
            "DriverName=ELNK3$",
            "MAXTRANSMITS=6",
            "DriverName=TCPIP$",
            "LANABASE=0",
            "IPAddress0=192 168 0 2",
            "SubNetMask0=255 255 255 0",
        ],
    ),
    (
        "msclient-3c509-msdos5",
        "AUTOEXEC.BAT",
        [
            "NET.EXE INITIALIZE",
            "NETBIND.COM",
            "UMB.COM",
            "TCPTSR.EXE",
            "TINYRFC.EXE",
            "NMTSR.EXE",
            "EMSBFR.EXE",
            "NET.EXE START full",
            "NET.EXE LOGON install",
            "NET.EXE USE F: \\\\SRV\\IMAGES",
        ],
    ),
    # Microsoft Knowledge Base: NET.CFG of an NE2000
    (
        "ipx-ne2000-msdos6",
        "NET.CFG",
        [
            "Link Driver NE2000",
            "INT 5",
            "PORT 320",
            "MEM D0000",
            "Frame Ethernet_802.2",
            "FIRST NETWORK DRIVE = F",
        ],
    ),
    ("ipx-ne2000-msdos5", "AUTOEXEC.BAT", ["LSL.COM", "NE2000.COM", "IPXODI.COM", "NETX.EXE"]),
]


@pytest.mark.parametrize(("name", "file", "lines"), SAMPLES)
def test_published_samples(name: str, file: str, lines: list[str], store: Store) -> None:
    """The lines of a published sample are there; those of start-up files and sections in their order."""
    made = disk(next(case for case in CASES if case.name == name), store)
    (text,) = [text for path, text in made.texts.items() if path.rpartition("\\")[2] == file]
    got = [line.text.strip().removeprefix("A:\\DOS\\").removeprefix("A:\\NET\\") for line in text]
    places = [next((i for i, line in enumerate(got) if line.startswith(wanted)), -1) for wanted in lines]
    assert -1 not in places, dict(zip(lines, places, strict=True))
    if file == "AUTOEXEC.BAT":
        assert places == sorted(places)
