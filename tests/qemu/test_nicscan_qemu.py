"""NICSCAN.COM tells the adapters of QEMU, alone and together, on each DOS that is here."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bootbuilder import firmware, vm
from tests.clirun import Cli
from tests.qemu import others

pytestmark = pytest.mark.qemu

TIMEOUT = 90  # seconds

ADAPTERS = {
    "e1000": "8086:100e",
    "e1000-82544gc": "8086:100c",
    "e1000-82545em": "8086:100f",
    "e1000e": "8086:10d3",
    "i82550": "8086:1209",
    "i82551": "8086:1209",
    "i82557a": "8086:1229",
    "i82557b": "8086:1229",
    "i82557c": "8086:1229",
    "i82558a": "8086:1229",
    "i82558b": "8086:1229",
    "i82559a": "8086:1229",
    "i82559b": "8086:1229",
    "i82559c": "8086:1229:8086:0040",
    "i82559er": "8086:1209",
    "i82562": "8086:1209",
    "i82801": "8086:2449",
    "ne2k_isa": "ne2000",
    "ne2k_pci": "10ec:8029",
    "pcnet": "1022:2000",
    "rtl8139": "10ec:8139",
    "tulip": "1011:0019",
    "virtio-net-pci": "1af4:1000",
    "vmxnet3": "15ad:07b0",
}
"""Models of QEMU -> the mark that each is known by."""
MARKS = sorted(
    set(ADAPTERS.values()), key=lambda mark: (-len(mark), mark)
)  # with a subsystem before those without

ALONE = (
    "ne2k_isa",
    "ne2k_pci",
    "pcnet",
    "rtl8139",
    "e1000",
    "e1000e",
    "i82559c",
    "virtio-net-pci",
    "vmxnet3",
    "tulip",
)


@pytest.fixture
def cli(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Cli:
    """The command line in an empty folder."""
    monkeypatch.chdir(tmp_path)
    return Cli(tmp_path)


def _disk(cli: Cli, *, options: str = "/A", system: str = "bbdos", media: str = "floppy") -> Path:
    """Build a disk that runs NICSCAN with a list of every mark; the id of a driver is x and its number."""
    table = "".join(f"[x{i}]\n{mark} = mark {mark}\n" for i, mark in enumerate(MARKS, 1))
    (cli.folder / "LIST").write_text(table)
    (cli.folder / "NICSCAN").write_bytes(firmware.load("nicscan.com"))
    commands = [
        f"A:\\DOS\\NICSCAN.COM {options}",
        "IF ERRORLEVEL 128 ECHO unwritten",
        "IF NOT ERRORLEVEL 1 ECHO no adapter",
        "IF EXIST A:\\DOS\\NIC.BAT CALL A:\\DOS\\NIC.BAT",
        "ECHO it is %NIC% %NICIO% %NICIRQ%.",
    ]
    text = f"""\
schema = 1
name = "disk"
[dos]
system = {json.dumps(others.dos(system))}
[[files]]
source = "NICSCAN"
target = 'A:\\DOS\\NICSCAN.COM'
[[files]]
source = "LIST"
target = 'A:\\DOS\\NICSCAN.LST'
[boot]
commands = {json.dumps(commands)}
[output]
media = ["{media}"]
"""
    (cli.folder / "disk.toml").write_text(text)
    cli.run("build", "disk.toml")
    return cli.folder / "out" / "disk" / f"disk{'.iso' if media == 'iso' else '.img'}"


def _devices(*models: str) -> tuple[str, ...]:
    """The adapters without boot ROMs, for which there would not be room, on networks of their own."""
    extra = []
    for number, model in enumerate(models):
        rom = "" if model.startswith("ne2k_isa") else ",romfile="
        extra += ["-netdev", f"user,id=n{number}", "-device", f"{model},netdev=n{number}{rom}"]
    return tuple(extra)


def _boot(image: Path, *models: str, more: tuple[str, ...] = ()) -> str:
    """Boot to the line behind NICSCAN; return the screen."""
    machine = vm.Machine(
        image, writable=image.suffix == ".img", accel="tcg", extra=(*_devices(*models), *more)
    )
    with vm.Vm(machine) as pc:
        return str(pc.wait_for(r"it is \S* ?\S* ?\S*\.", TIMEOUT))


def _marks(screen: str) -> list[str]:
    return sorted(line.split(" mark ")[1].strip() for line in screen.splitlines() if " mark " in line)


@pytest.mark.parametrize("model", ALONE)
def test_each_alone(cli: Cli, model: str) -> None:
    """The table has this adapter and no other."""
    screen = _boot(_disk(cli), model)
    assert _marks(screen) == [ADAPTERS[model]]
    assert "none:" not in screen
    if model == "ne2k_isa":
        assert "0x0300 9." in screen  # QEMU's interrupt, which no register tells


@pytest.mark.parametrize("system", others.SYSTEMS)
def test_three_at_once(cli: Cli, system: str) -> None:
    """ISA and PCI together; NIC.BAT is for the first of the list."""
    screen = _boot(_disk(cli, system=system), "rtl8139", "ne2k_isa,iobase=0x340,irq=5", "e1000")
    assert _marks(screen) == sorted(ADAPTERS[model] for model in ("rtl8139", "ne2k_isa", "e1000"))
    assert f"it is x{MARKS.index('10ec:8139') + 1} 0x" in screen


def test_all_models(cli: Cli) -> None:
    """All of them in two boots: as many at once as the screen has lines for."""
    models = list(ADAPTERS)
    image = _disk(cli)
    for some in (models[:13], models[13:]):
        assert _marks(_boot(image, *some)) == sorted(ADAPTERS[model] for model in some)


def test_no_adapter_but_on_usb(cli: Cli) -> None:
    """A network adapter on USB is not one that DOS can use."""
    usb = ("-device", "piix3-usb-uhci", "-netdev", "user,id=u", "-device", "usb-net,netdev=u")
    screen = _boot(_disk(cli), more=usb)
    assert "none found" in screen and "no adapter" in screen


def test_menu_takes_a_key(cli: Cli) -> None:
    """Two match: the menu shows both and takes the second."""
    image = _disk(cli, options="/M:0")
    with vm.Vm(vm.Machine(image, writable=True, accel="tcg", extra=_devices("pcnet", "ne2k_isa"))) as pc:
        screen = str(pc.wait_for("Esc none", TIMEOUT))
        assert "1  PCI" in screen and "2  ISA" in screen
        pc.type("2")
        screen = str(pc.wait_for(r"it is \S+ \S+ \S+\.", TIMEOUT))
    assert "0x0300 9." in screen


def test_read_only_disk(cli: Cli) -> None:
    """On a CD, whose A: is write-protected, ERRORLEVEL says so, and DOS asks nothing."""
    screen = _boot(_disk(cli, media="iso"), "pcnet")
    assert "unwritten" in screen and "cannot write A:\\DOS\\NIC.BAT" in screen
