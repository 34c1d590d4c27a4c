"""The shipped example with a network boots, and a program on it exchanges frames with QEMU's user network."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bootbuilder import inspecting, resources, vm
from tests.clirun import Cli
from tests.qemu.guestdisk import GUEST, assemble

pytestmark = pytest.mark.qemu

TIMEOUT = 120  # seconds; a run takes five, but the machine may be busy

COMMANDS = (
    r"PKTPING >A:\PING.TXT",
    r"A:\DOS\NE2000 0x61 >A:\TWICE.TXT",
    r"A:\DOS\NE2000 -u >A:\GONE.TXT",
    r"A:\DOS\NE2000 -u 0x60 >A:\AGAIN.TXT",
    r"A:\DOS\NE2000 0x61 3 0x360 >A:\NOCARD.TXT",
    r"A:\DOS\NE2000 0x62 >A:\ANEW.TXT",
    "ECHO it is over",
)


@pytest.fixture
def cli(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Cli:
    """The command line in an empty folder, with an empty store."""
    monkeypatch.chdir(tmp_path)
    return Cli(tmp_path)


@pytest.mark.parametrize(
    ("device", "place"),
    [
        ("ne2k_isa,iobase=0x300,irq=9", "ISA card at 0x300, IRQ 9"),
        ("ne2k_isa,iobase=0x340,irq=5", "ISA card at 0x340, IRQ 5"),
        ("ne2k_pci", "PCI card at 0x"),
    ],
)
def test_the_network_example(cli: Cli, device: str, place: str) -> None:
    """Out of the box: the driver finds the card, ARP and forty echoes of up to 1,440 bytes come back as they were sent;
    then a second copy is refused, the driver leaves memory and can be loaded anew."""
    (cli.folder / "PKTPING").write_bytes(assemble(GUEST / "pktping.asm"))
    path = resources.folder("recipes") / "network.toml"
    (cli.folder / "net.toml").write_text(
        f"""\
schema = 1
name = "net"
extends = [{json.dumps(str(path))}]
[[files]]
source = "PKTPING"
target = 'A:\\PKTPING.COM'
[boot]
commands = {json.dumps(COMMANDS)}
""",
        "utf-8",
    )
    cli.run("build", "net.toml")
    image = cli.folder / "out" / "net" / "net-ne2000.img"
    with vm.Vm(vm.Machine(image, writable=True, nic=device, netdev="user", accel="tcg")) as pc:
        screen = str(pc.wait_for(r"(?m)^it is over", TIMEOUT))
        pc.wait_for(vm.DEFAULT_PROMPT, TIMEOUT)
    assert place in screen, screen
    written = cli.folder / "written.img"
    written.write_bytes(pc.disk_bytes())

    def said(name: str) -> str:
        return inspecting.read_file(written, name).decode("ascii")

    assert said("PING.TXT") == "PKTPING: 40 echoes\r\n", screen
    assert "already loaded" in said("TWICE.TXT")
    assert said("GONE.TXT") == "NE2000: no longer at interrupt 0x60\r\n"
    assert "there is no packet driver" in said("AGAIN.TXT")
    assert said("NOCARD.TXT") == "NE2000: no card at 0x360\r\n"
    assert place in said("ANEW.TXT") and "at interrupt 0x62" in said("ANEW.TXT")
