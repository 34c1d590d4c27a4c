"""Finding a board: by text, by lists of a machine, and the command that does it."""

from __future__ import annotations

import contextlib
import json

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bootbuilder import nics
from bootbuilder.errors import CatalogueError
from bootbuilder.nics import finding
from tests.clirun import Cli


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


def test_find_says_what_is_missing(cli: Cli) -> None:
    """Each driver of an answer: here, to be added, unverified; a board without one: UNDI."""
    out = cli.run("nic", "find", "10ec:8139").out
    assert 'nics = ["rtl8139"]' in out
    assert "get it: bootbuilder nic add RTSODI.COM" in out
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
