"""Real packet drivers on QEMU's adapters: a built floppy gets a lease and fetches a file whose hash is right.

No driver may be shipped, so BOOTBUILDER_TEST_DRIVERS names a folder that has them, and the programs DHCP.EXE and
HTGET.EXE of mTCP. The folder is added with `nic add`; what it lacks is skipped. The systems are `bbdos`, and `freedos`,
a floppy image that BOOTBUILDER_TEST_FREEDOS names.
"""

from __future__ import annotations

import hashlib
import json
import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from bootbuilder import reading, vm
from tests.clirun import Cli
from tests.qemu import others
from tests.webserver import Server, running

pytestmark = pytest.mark.qemu

TIMEOUT = 240  # seconds; a run takes ten, but the machine may be busy
HOST = "10.0.2.2"  # where QEMU's user network has this machine
PAYLOAD = random.Random(2000).randbytes(100_000)

# QEMU's device -> the driver's id and its options. What does not work is not here: E1000PKT cannot initialise on the
# e1000 models, E100BPKT loads on the i8255x ones and receives nothing.
MATRIX = {
    "ne2k_isa,iobase=0x300,irq=9": ("ne2000-crynwr", {"irq": 9}),
    "ne2k_isa,iobase=0x340,irq=10": ("ne2000", {}),
    "ne2k_pci,addr=7": ("ne2000", {}),
    "ne2k_isa,iobase=0x320,irq=5": ("ne2000-xt", {"irq": 5, "io": 0x320}),
    "ne2k_pci": ("rtl8029", {}),
    "rtl8139": ("rtl8139", {}),
    "pcnet": ("pcnet", {}),
    "tulip": ("dc21x4-dc", {}),
}


@pytest.fixture
def port() -> Iterator[int]:
    """The port of a web server on this machine that answers every request with PAYLOAD."""
    with running(Server(PAYLOAD)) as server:
        yield server.server_address[1]


@pytest.fixture
def cli(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Cli:
    """The command line in an empty folder, with what is known of the drivers' folder in its store."""
    folder = others.drivers("DHCP.EXE", "HTGET.EXE")
    monkeypatch.chdir(tmp_path)
    made = Cli(tmp_path)
    made.run("nic", "add", folder)
    return made


def _program(name: str) -> Path:
    return next(path for path in others.drivers(name).iterdir() if path.name.upper() == name)


@pytest.mark.parametrize("system", others.SYSTEMS)
@pytest.mark.parametrize("device", MATRIX)
def test_driver_fetches_a_file(cli: Cli, port: int, device: str, system: str) -> None:
    """The floppy boots, the driver finds its board, DHCP gets a lease, and a file arrives whole."""
    driver, options = MATRIX[device]
    held = {row["id"] for row in json.loads(cli.run("nic", "list", "--here", "--json").out)}
    if driver not in held:
        pytest.skip(f"no file of the driver {driver} is in {others.drivers()}")
    settings = "".join(f"{key} = {value}\n" for key, value in options.items())
    (cli.folder / "net.toml").write_text(
        f"""\
schema = 1
name = "net"
[dos]
system = {json.dumps(others.dos(system))}
[network]
stack = "packet"
nics = ["{driver}"]
[network.options.{driver}]
{settings}
[[files]]
source = {json.dumps(str(_program("DHCP.EXE")))}
target = 'A:\\DHCP.EXE'
[[files]]
source = {json.dumps(str(_program("HTGET.EXE")))}
target = 'A:\\HTGET.EXE'
[boot]
commands = [
    'DHCP',
    'HTGET -o A:\\GOT.BIN http://{HOST}:{port}/file',
    'ECHO it is over',
]
""",
        "utf-8",
    )
    cli.run("build", "net.toml")
    image = cli.folder / "out" / "net" / f"net-{driver}.img"
    pc = vm.Machine(image, writable=True, nic=device, netdev="user", accel="tcg")
    with vm.Vm(pc) as machine:
        screen = str(machine.wait_for(r"(?m)^it is over", TIMEOUT))
        machine.wait_for(vm.DEFAULT_PROMPT, TIMEOUT)
    written = cli.folder / "written.img"
    written.write_bytes(machine.disk_bytes())
    with reading.opened(written) as (disk,):
        files = {name: file.read() for name, file in disk.files.items()}
    assert b"IPADDR 10.0.2.15" in files["MTCP.CFG"], screen
    assert hashlib.sha256(files.get("GOT.BIN", b"")).hexdigest() == hashlib.sha256(PAYLOAD).hexdigest(), (
        screen
    )
