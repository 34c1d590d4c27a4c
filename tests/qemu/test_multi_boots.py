"""One disk for several adapters: on each of QEMU's it loads the right driver, and goes on behind it.

The driver is a stand-in (tests/guest/standin.asm), so no file of others is needed; with BOOTBUILDER_TEST_DRIVERS, a
folder with real drivers and DHCP.EXE of mTCP, the same floppy gets a lease on each adapter.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bootbuilder import vm
from bootbuilder.packages import Store
from tests import stand_ins
from tests.clirun import Cli
from tests.qemu import others
from tests.qemu.guestdisk import guest

pytestmark = pytest.mark.qemu

TIMEOUT = 90  # seconds

LOADED = {
    "ne2k_isa,iobase=0x320,irq=10": ("ne2000-crynwr", "0x60 10 0x0320"),
    "ne2k_pci": ("rtl8029", "0x60"),
    "pcnet": ("pcnet", "INT=0x60"),
}
"""QEMU's device -> the driver, and the command line that it must get."""


@pytest.fixture
def cli(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Cli:
    """The command line in an empty folder, with stand-ins for three drivers in its store."""
    monkeypatch.chdir(tmp_path)
    made = Cli(tmp_path)
    data = guest("standin").data
    for name in ("ne2000-crynwr", "rtl8029", "pcnet"):
        path = tmp_path / f"{name}.com"
        path.write_bytes(data + name.encode())
        made.run("nic", "add", path, "--as", name)
    (tmp_path / "standin.com").write_bytes(data)
    return made


def _image(cli: Cli, system: str = "bbdos", media: str = "floppy") -> Path:
    """Build the disk for the three adapters; its own commands ask whether a driver has the interrupt."""
    (cli.folder / "net.toml").write_text(
        f"""\
schema = 1
name = "net"
[dos]
system = {json.dumps(others.dos(system))}
[network]
stack = "packet"
mode = "multi"
nics = ["rtl8029", "pcnet", "ne2000-crynwr"]
address = {{ ip = "10.0.2.15", netmask = "255.255.255.0" }}
[[files]]
source = "standin.com"
target = 'A:\\STANDIN.COM'
[boot]
commands = ['STANDIN ?', 'ECHO it is %NIC%.']
[output]
media = ["{media}"]
"""
    )
    cli.run("build", "net.toml")
    return cli.folder / "out" / "net" / ("net-multi.iso" if media == "iso" else "net-multi.img")


def _boot(image: Path, *devices: str, keys: str = "") -> str:
    """Boot up to the last command; return the screen."""
    extra = []
    for number, device in enumerate(devices):
        rom = "" if device.startswith("ne2k_isa") else ",romfile="
        extra += ["-netdev", f"user,id=n{number}", "-device", f"{device},netdev=n{number}{rom}"]
    with vm.Vm(vm.Machine(image, writable=image.suffix == ".img", accel="tcg", extra=tuple(extra))) as pc:
        if keys:
            pc.wait_for("Esc none", TIMEOUT)
            pc.type(keys)
        return str(pc.wait_for(r"it is \S*\.", TIMEOUT))


@pytest.mark.parametrize("device", LOADED)
@pytest.mark.parametrize("system", others.SYSTEMS)
def test_each_adapter_gets_its_driver(cli: Cli, device: str, system: str) -> None:
    """One floppy, three PCs: the driver, with the I/O base and interrupt that were found, has the interrupt."""
    name, arguments = LOADED[device]
    screen = _boot(_image(cli, system), device)
    assert f"stand-in driver loaded: {arguments}." in screen
    assert "a packet driver has the vector" in screen
    assert f"it is {name}." in screen


def test_the_user_chooses_among_three(cli: Cli) -> None:
    """All three at once: the menu has them in load order, and the third loads."""
    screen = _boot(_image(cli), *LOADED, keys="3")
    assert "it is ne2000-crynwr." in screen and "loaded: 0x60 10 0x0320." in screen


def test_none_of_them(cli: Cli) -> None:
    """Another adapter: the disk says so and goes on without a network."""
    screen = _boot(_image(cli), "virtio-net-pci")
    assert "No network: this disk has no driver" in screen
    assert "the vector is free" in screen


def test_read_only_disk(cli: Cli) -> None:
    """From a CD the right driver loads as well, with its usual I/O base and interrupt."""
    screen = _boot(_image(cli, media="iso"), "ne2k_isa")
    assert "loaded: 0x60 3 0x300." in screen and "a packet driver has the vector" in screen


@pytest.mark.parametrize(("device", "name"), [("pcnet", "PCNTNW"), ("ne2k_isa", "NE2000")])
def test_the_settings_of_the_adapter_are_put_into_place(cli: Cli, device: str, name: str) -> None:
    """NetWare's driver reads NET.CFG, which differs from adapter to adapter."""
    store, program = Store(cli.folder / "home"), guest("standin").data
    stand_ins.hold_drivers(store, ["ne2000-odi", "pcnet-odi"], program)
    stand_ins.hold_package(store, "netware", program=program)
    (cli.folder / "ipx.toml").write_text(
        """\
schema = 1
name = "ipx"
[network]
stack = "ipx"
mode = "multi"
nics = ["pcnet", "ne2000"]
[boot]
commands = ['TYPE A:\\NET\\NET.CFG', 'ECHO it is %NIC%.']
"""
    )
    cli.run("build", "ipx.toml")
    screen = _boot(cli.folder / "out" / "ipx" / "ipx-multi.img", device)
    assert f"Link Driver {name}" in screen and "stand-in driver loaded" in screen


def test_real_drivers_get_a_lease(cli: Cli) -> None:
    """The same with real drivers."""
    folder = others.drivers("DHCP.EXE")
    cli = Cli(cli.folder / "real")
    cli.folder.mkdir()
    cli.run("nic", "add", folder)
    cli.run("package", "add", "mtcp", folder)
    held = {row["id"] for row in json.loads(cli.run("nic", "list", "--here", "--json").out)}
    if missing := {name for name, _ in LOADED.values()} - held:
        pytest.skip(f"no file of {', '.join(sorted(missing))} is in {folder}")
    recipe = cli.folder / "real.toml"
    recipe.write_text(
        """\
schema = 1
name = "real"
[network]
stack = "packet"
mode = "multi"
nics = ["rtl8029", "pcnet", "ne2000-crynwr"]
tools = ["mtcp"]
[boot]
commands = ['ECHO it is %NIC%.']
"""
    )
    cli.run("build", recipe, "-o", cli.folder / "out")
    for device, (name, _) in LOADED.items():
        screen = _boot(cli.folder / "out" / "real" / "real-multi.img", device)
        assert f"it is {name}." in screen and "IPADDR 10.0.2.15" in screen
