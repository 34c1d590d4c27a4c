"""The packet stack as recipes make it: AUTOEXEC.BAT loads the driver, gets an address, and a program uses it.

As in test_drivers_online.py, BOOTBUILDER_TEST_DRIVERS names a folder with NE2000.COM and with DHCP.EXE and PING.EXE of
mTCP, and BOOTBUILDER_TEST_FREEDOS a floppy image of FreeDOS. The other stacks need files that are not to be had.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bootbuilder import reading, vm
from tests.clirun import Cli
from tests.qemu import others

pytestmark = pytest.mark.qemu

TIMEOUT = 240  # seconds; a run takes ten, but the machine may be busy


@pytest.fixture
def cli(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Cli:
    """The command line in an empty folder, with the driver and mTCP in its store."""
    folder = others.drivers("NE2000.COM", "DHCP.EXE", "PING.EXE")
    monkeypatch.chdir(tmp_path)
    made = Cli(tmp_path)
    made.run("nic", "add", folder)
    made.run("package", "add", "mtcp", folder)
    return made


@pytest.mark.parametrize("address", ["dhcp", "static"])
@pytest.mark.parametrize("system", others.SYSTEMS)
def test_a_disk_with_mtcp_is_online(cli: Cli, system: str, address: str) -> None:
    """By DHCP, whose answer is kept on the disk, and with a static address, the other end answers a ping."""
    static = '{ ip = "10.0.2.77", netmask = "255.255.255.0", gateway = "10.0.2.2", dns = ["10.0.2.3"] }'
    (cli.folder / "net.toml").write_text(
        f"""\
schema = 1
name = "net"
[dos]
system = {json.dumps(others.dos(system))}
[network]
stack = "packet"
nics = ["ne2000"]
tools = ["mtcp"]
hostname = "SAW-3"
address = {'"dhcp"' if address == "dhcp" else static}
[network.options.ne2000]
irq = 9
vector = 0x62
[boot]
commands = ['PING -count 2 10.0.2.2', 'ECHO it is over']
""",
        "utf-8",
    )
    cli.run("build", "net.toml")
    image = cli.folder / "out" / "net" / "net-ne2000.img"
    pc = vm.Machine(image, writable=True, nic="ne2k_isa,iobase=0x300,irq=9", netdev="user", accel="tcg")
    with vm.Vm(pc) as machine:
        screen = str(machine.wait_for(r"(?m)^it is over", TIMEOUT))
    assert "Replies received: 2" in screen
    written = cli.folder / "written.img"
    written.write_bytes(machine.disk_bytes())
    with reading.opened(written) as (disk,):
        config = disk.files["MTCP.CFG"].read().decode().splitlines()
    assert {"PACKETINT 0x62", "HOSTNAME SAW-3"} <= set(config)
    assert ("IPADDR 10.0.2.15" if address == "dhcp" else "IPADDR 10.0.2.77") in config
    assert any(line.startswith("LEASE_TIME") for line in config) == (address == "dhcp")


@pytest.mark.parametrize("system", others.SYSTEMS)
def test_a_cd_with_mtcp_is_online(cli: Cli, system: str) -> None:
    """The lease goes to the RAM disk, because a CD cannot be written to."""
    (cli.folder / "net.toml").write_text(
        f"""\
schema = 1
name = "net"
[dos]
system = {json.dumps(others.dos(system))}
[network]
stack = "packet"
nics = ["ne2000"]
tools = ["mtcp"]
[network.options.ne2000]
irq = 9
[boot]
commands = ['CLS', 'PING -count 2 10.0.2.2', 'TYPE %MTCPCFG%', 'ECHO it is over']
[output]
media = ["iso"]
""",
        "utf-8",
    )
    cli.run("build", "net.toml")
    image = cli.folder / "out" / "net" / "net-ne2000.iso"
    pc = vm.Machine(image, nic="ne2k_isa,iobase=0x300,irq=9", netdev="user", accel="tcg")
    with vm.Vm(pc) as machine:
        screen = str(machine.wait_for(r"(?m)^it is over", TIMEOUT))
    assert "Replies received: 2" in screen
    assert "IPADDR 10.0.2.15" in screen
