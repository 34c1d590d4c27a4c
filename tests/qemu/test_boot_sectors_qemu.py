"""Our boot sectors on a real BIOS: each family's probe kernel, and DOSes that this machine happens to have, boot."""

from __future__ import annotations

import os
import struct
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from bootbuilder import firmware
from bootbuilder.firmware import bootsector
from bootbuilder.media import fat
from bootbuilder.vm import DEFAULT_PROMPT, Machine, Vm
from tests.unit.boot_pc import HARD_DISK, Disk

pytestmark = pytest.mark.qemu

GUEST = Path(__file__).resolve().parent.parent / "guest"
FLOPPY = fat.GEOMETRIES["1.44M"]
PARTITION = replace(HARD_DISK, hidden=63)
STYLES: dict[bootsector.Kind, tuple[str, ...]] = {
    "freedos": ("KERNEL.SYS",),
    "edr": ("DRBIO.SYS",),
    "drdos": ("IBMBIO.COM",),
    "iosys": ("IO.SYS", "MSDOS.SYS"),
    "dos2": ("IO.SYS", "MSDOS.SYS"),
    "msdos7": ("IO.SYS",),
}
DOS_FOLDER = "BOOTBUILDER_TEST_DOS"
"""Environment variable: a folder with one folder for each DOS to try (see docs/firmware.md)."""

Assemble = Callable[..., bytes]


@pytest.fixture(scope="session")
def assemble(require_tool: Callable[[str], str], tmp_path_factory: pytest.TempPathFactory) -> Assemble:
    """Return a function that assembles a program of tests/guest with defines."""
    nasm = require_tool("nasm")

    def run(name: str, **defines: str) -> bytes:
        binary = tmp_path_factory.mktemp("guest") / "program.bin"
        options = [f"-D{key}={value}" for key, value in defines.items()]
        subprocess.run([nasm, "-f", "bin", *options, "-o", binary, GUEST / name], check=True)
        return binary.read_bytes()

    return run


def probe_disk(assemble: Assemble, kind: bootsector.Kind, geometry: fat.Geometry, size: int = 25_000) -> Disk:
    """A disk with the probe kernel of that kind."""
    sector = bootsector.compose(kind, geometry.fat_bits, fat.bpb(geometry), sectors=4)
    kernel = assemble("bootprobe.asm", STYLE=kind.upper(), LENGTH=str(size))
    first, *others = STYLES[kind]
    files = [fat.VolumeFile(first, kernel), *(fat.VolumeFile(name, b"second file") for name in others)]
    return Disk(geometry, sector, tuple(files))


def partitioned(geometry: fat.Geometry) -> bytes:
    """Our master boot record with one active FAT16 partition, from head 1 of cylinder 0 on."""
    sector = bytearray(firmware.load("mbr"))
    entry = bytes(
        (0x80, 1, 1, 0, 0x04, geometry.heads - 1, geometry.sectors_per_track, geometry.cylinders - 1)
    )
    sector[0x1BE:0x1CE] = entry + struct.pack("<II", geometry.hidden, geometry.sectors)
    return bytes(sector)


def verdict(disk: Disk) -> str:
    """Boot the disk and return what the probe, or the boot sector, says."""
    image = disk.bytes
    if disk.geometry.hidden:
        image = bytearray(partitioned(disk.geometry).ljust(disk.geometry.hidden * 512, b"\0")) + image
    with Vm(Machine(bytes(image), media="hdd" if disk.geometry.hidden else "floppy")) as vm:
        screen = vm.wait_for(r"probe: .*; done|press a key", timeout=30)
    return screen.text.strip().splitlines()[-1].strip()


@pytest.mark.parametrize("kind", STYLES)
@pytest.mark.parametrize("geometry", [fat.GEOMETRIES["360K"], FLOPPY, PARTITION], ids=lambda g: g.name)
def test_the_hand_off_satisfies_the_probe(
    kind: bootsector.Kind, geometry: fat.Geometry, assemble: Assemble
) -> None:
    """The probe kernel finds itself whole and all registers as its family wants them, on floppy and hard disk."""
    if kind == "dos2" and geometry is PARTITION:
        geometry = fat.GEOMETRIES["720K"]  # DOS 2 knows neither FAT16 nor our BPB on a hard disk
    disk = probe_disk(assemble, kind, geometry)
    assert verdict(disk) == "probe: ok; done"


# SeaBIOS refuses sectors beyond the 18th on the 1.44 MB drive that a 1.68 MB disk would be read in.
@pytest.mark.parametrize("name", [name for name in fat.GEOMETRIES if name != "1.68M"])
def test_every_geometry_boots_a_scattered_kernel(name: str, assemble: Assemble) -> None:
    """A kernel of over 64 KB, backwards at the end of the disk, is read whole on each floppy geometry."""
    geometry = fat.GEOMETRIES[name]
    disk = probe_disk(assemble, "freedos", geometry, 70_000)
    count = len(disk.chain(b"KERNEL  SYS"))
    disk.move(b"KERNEL  SYS", [geometry.clusters + 1 - index for index in range(count)])
    assert verdict(disk) == "probe: ok; done"


@pytest.mark.parametrize("kind", STYLES)
def test_a_missing_kernel_is_told_on_the_screen(kind: bootsector.Kind, assemble: Assemble) -> None:
    """Without its kernel the disk names the file that it wants and asks for a key."""
    disk = probe_disk(assemble, kind, FLOPPY)
    name = bootsector.packed_name(STYLES[kind][0])
    disk.bytes[disk.entry(name)] = 0xE5
    named = "IO.SYS" if kind == "msdos7" else name.decode()
    assert verdict(disk) == f"No {named}, press a key"


def test_a_key_boots_again(assemble: Assemble) -> None:
    """After a message, a key starts the PC's boot anew: a disk put in meanwhile boots."""
    bad = probe_disk(assemble, "iosys", FLOPPY)
    bad.bytes[bad.entry(b"IO      SYS")] = 0xE5
    good = bytes(probe_disk(assemble, "iosys", FLOPPY).bytes)
    with Vm(Machine(bytes(bad.bytes), media="floppy")) as vm:
        vm.wait_for("press a key", timeout=30)
        vm.eject()
        vm.insert(0, good)
        vm.type(" ")
        assert "probe: ok" in vm.wait_for("probe: .*; done", timeout=30)


# --- DOSes of this machine -----------------------------------------------------------------------------------


def system_files(folder: str, *names: str) -> tuple[fat.VolumeFile, ...]:
    """The files of a third-party DOS, or a skip that says where they would be looked for."""
    root = os.environ.get(DOS_FOLDER)
    if not root:
        pytest.skip(f"{DOS_FOLDER} names no folder with third-party DOSes")
    found = {path.name.upper(): path for path in (Path(root) / folder).glob("*")}
    missing = [name for name in names if name not in found]
    if missing:
        pytest.skip(f"{Path(root) / folder} lacks {', '.join(missing)}")
    return tuple(fat.VolumeFile(name, found[name].read_bytes()) for name in names)


@pytest.mark.parametrize(
    ("folder", "kind", "names", "text"),
    [
        ("freedos", "freedos", ("KERNEL.SYS", "COMMAND.COM"), "FreeCom"),
        ("edrdos", "freedos", ("KERNEL.SYS", "COMMAND.COM"), ""),
        ("edrdos2", "edr", ("DRBIO.SYS", "DRDOS.SYS", "COMMAND.COM"), ""),
        ("drdos", "drdos", ("IBMBIO.COM", "IBMDOS.COM", "COMMAND.COM"), ""),
        ("pcdos1", "dos1", ("IBMBIO.COM", "IBMDOS.COM", "COMMAND.COM"), "A>ver"),
        ("msdos5", "iosys", ("IO.SYS", "MSDOS.SYS", "COMMAND.COM"), "MS-DOS Version 5"),
        ("msdos6", "iosys", ("IO.SYS", "MSDOS.SYS", "COMMAND.COM"), "MS-DOS Version 6"),
        ("win98", "msdos7", ("IO.SYS", "MSDOS.SYS", "COMMAND.COM"), "Windows"),
        ("winme", "msdos7", ("IO.SYS", "MSDOS.SYS", "COMMAND.COM"), "Windows Millennium"),
    ],
)
def test_a_real_dos_boots(folder: str, kind: bootsector.Kind, names: tuple[str, ...], text: str) -> None:
    """With our boot sector a DOS of that family comes to its prompt and tells its version."""
    files = system_files(folder, *names)
    geometry = fat.GEOMETRIES["160K" if kind == "dos1" else "1.44M"]
    sectors = bootsector.sectors_of(*(len(file.data) for file in files[:2])) if kind == "dos1" else 0
    sector = bootsector.compose(kind, 12, fat.bpb(geometry), sectors=sectors)
    files += (fat.VolumeFile("AUTOEXEC.BAT", b"@echo off\r\nver\r\n"),)
    image = fat.write(fat.Volume(geometry, "", sector, files))
    with Vm(Machine(image, media="floppy")) as vm:
        screen = vm.wait_for(text if kind == "dos1" else DEFAULT_PROMPT, timeout=60)
    assert text in screen
