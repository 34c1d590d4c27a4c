"""Disks with our guest programs on them, for the tests that run DOS programs in QEMU.

Owns the assembling of tests/guest, the layout of the three disks (A: boot floppy with runner.asm as the shell,
B: scratch floppy, C: hard disk), and the reading of what the guests left: their logs and the serial line.
The systems under test are `bbdos`, the embedded DOS, and `freedos`, a floppy image that the developer has.
"""

from __future__ import annotations

import functools
import io
import re
import struct
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from bootbuilder import firmware
from bootbuilder.firmware import bootsector
from bootbuilder.media import fat
from bootbuilder.reading.fat import FatVolume
from bootbuilder.vm import Disk, Machine, Vm, WaitFailed
from tests.qemu import others

GUEST = Path(__file__).parent.parent / "guest"
SYSTEMS = ("bbdos", "freedos")
CONFIG = ("FILES=30", "BUFFERS=20", "LASTDRIVE=H", "SWITCHES=/F", r"SHELL=A:\RUNNER.COM")
FLOPPY = fat.GEOMETRIES["1.44M"]

HARD_DISK = (130, 16, 63)  # cylinders, heads, sectors per track; one FAT16 partition from the second track on
PARTITION = fat.Geometry("C", 129, 16, 63, 4, 512, 127, 0xF8, hidden=63, drive=0x80)
_FILE_TYPE = re.compile(r"^; FILE (\w+)$", re.MULTILINE)


@dataclass(frozen=True)
class Run:
    """What one boot, or several after each other, left: `logs` are the guests' files, `exits` the runner's words."""

    serial: str
    screen: str
    finished: bool
    logs: Mapping[str, str] = field(default_factory=dict)
    exits: Mapping[str, tuple[int, int, int]] = field(default_factory=dict)
    floppies: tuple[bytes, ...] = ()


def crlf(*lines: str) -> bytes:
    """The lines as a DOS text file in code page 437."""
    return "".join(line + "\r\n" for line in lines).encode("cp437")


@functools.cache
def assemble(source: Path, *flags: str) -> bytes:
    """The flat binary of a NASM source; `flags` are more arguments of nasm."""
    with tempfile.TemporaryDirectory() as folder:
        binary = Path(folder) / "binary"
        command = ["nasm", "-f", "bin", "-I", f"{GUEST}/", *flags, "-o", str(binary), str(source)]
        subprocess.run(command, check=True)
        return binary.read_bytes()


def guest(name: str) -> fat.VolumeFile:
    """The program of tests/guest with that name (without .asm), as the file that the guest disk holds."""
    source = GUEST / f"{name}.asm"
    found = _FILE_TYPE.search(source.read_text())
    return fat.VolumeFile(f"{name.upper()}.{found[1] if found else 'COM'}", assemble(source))


@functools.cache
def system_files(system: str) -> tuple[bytes, tuple[fat.VolumeFile, ...]]:
    """Boot sector (512 bytes) and kernel file of a system; skips the test when FreeDOS is not at hand."""
    if system == "bbdos":
        kernel = fat.VolumeFile("BBDOS.SYS", firmware.load("bbdos.sys"))
        sector = bootsector.compose("freedos", 12, fat.bpb(FLOPPY), kernel="BBDOS.SYS")
        return sector, (kernel,)
    path = others.dos(system)
    image = Path(path).read_bytes()
    assert len(image) == FLOPPY.size, f"{path} is no floppy image of 1.44 MB"
    return image[:512], (fat.VolumeFile("KERNEL.SYS", read_files(image)["KERNEL.SYS"]),)


def boot_floppy(system: str, files: Sequence[fat.VolumeFile], config: Sequence[str] = CONFIG) -> bytes:
    """A bootable 1.44 MB floppy with that system, CONFIG.SYS and `files`."""
    sector, kernel = system_files(system)
    names = {file.path for file in files}
    settings = () if "CONFIG.SYS" in names else (fat.VolumeFile("CONFIG.SYS", crlf(*config)),)
    return fat.write(fat.Volume(FLOPPY, "GUEST", sector, (*kernel, *settings, *files)))


def scratch_floppy() -> bytes:
    """B: an empty floppy with a label and a serial number that the guests know."""
    return fat.write(fat.Volume(FLOPPY, "SCRATCH", bytes(510) + b"\x55\xaa", (), serial=0x12345678))


@functools.cache
def hard_disk() -> bytes:
    """C: a disk of 64 MB with one primary FAT16 partition."""
    cylinders, heads, sectors = HARD_DISK
    volume = fat.write(fat.Volume(PARTITION, "HARD", bytes(510) + b"\x55\xaa", ()))
    total = cylinders * heads * sectors
    entry = bytes((0x80, 1, 1, 0, 6, heads - 1, sectors, cylinders - 1)) + struct.pack("<II", 63, total - 63)
    table = bytes(446) + entry + bytes(48) + b"\x55\xaa"
    return (table.ljust(63 * 512, b"\0") + volume).ljust(total * 512, b"\0")


def read_files(image: bytes) -> dict[str, bytes]:
    """The files of a floppy image by path."""
    volume = FatVolume(io.BytesIO(image), "the guest's disk")
    return {entry.path: volume.read(entry, 1 << 21) for entry in volume.entries() if not entry.is_folder}


def run(
    system: str,
    programs: Sequence[str],
    helpers: Sequence[str] = (),
    timeout: float = 45,
    scratch: bytes | None = None,
) -> Run:
    """Run the guest programs (`NAME` or `NAME arguments`) one after the other, with `helpers` beside them.

    `scratch` is the floppy in B:. A program that hangs or brings the machine down does not hide the ones after it:
    they get a boot of their own.
    """
    files = [guest(name.split()[0]) for name in programs] + [guest(name) for name in helpers]
    types = {file.path.partition(".")[0].lower(): file.path for file in files}
    left, all_runs = list(programs), Run("", "", True)
    while left:
        commands = [f"{types[name.split()[0]]} {' '.join(name.split()[1:])}".strip() for name in left]
        one = boot(system, [*files, fat.VolumeFile("RUN.LST", crlf(*commands))], timeout, scratch=scratch)
        all_runs = Run(
            all_runs.serial + one.serial,
            one.screen,
            all_runs.finished and one.finished,
            {**all_runs.logs, **one.logs},
            {**all_runs.exits, **one.exits},
            one.floppies,
        )
        started = one.serial.count("RUN ")
        if one.finished or not started:
            break
        left = left[started:]
    return all_runs


def boot(
    system: str,
    files: Sequence[fat.VolumeFile],
    timeout: float = 45,
    config: Sequence[str] = CONFIG,
    scratch: bytes | None = None,
) -> Run:
    """One boot with runner.asm as the shell and `files` (RUN.LST among them) on A:, until it ends or time is up.

    Some hosts lose a completed disk read of QEMU; the BIOS then waits half a minute before it tries again. A boot that
    has not come to its first program after 15 s is therefore started once more.
    """
    runner = assemble(GUEST / "runner.asm")
    image = boot_floppy(system, [fat.VolumeFile("RUNNER.COM", runner), *files], config)
    disks = (Disk(scratch or scratch_floppy(), writable=True), Disk(hard_disk(), writable=True))
    parallel = ("-parallel", "null")
    machine = Machine(image, writable=True, disks=disks, serial=True, exit_device=True, extra=parallel)
    for first_wait in (15.0, 15.0, timeout):
        with Vm(machine) as vm:
            screen = _wait(vm, min(first_wait, timeout), timeout)
        if vm.serial:
            break
    serial = vm.serial.decode("latin-1").replace("\r", "")
    floppies = (vm.disk_bytes(0), vm.disk_bytes(1))
    logs = {
        path.removesuffix(".LOG").lower(): data.decode("cp437").replace("\r", "")
        for path, data in read_files(floppies[0]).items()
        if path.endswith(".LOG")
    }
    return Run(serial, screen, "\nEND\n" in serial, logs, _exits(serial), floppies)


def _wait(vm: Vm, first: float, timeout: float) -> str:
    """Wait for the end of the PC, at most `first` seconds without a sign of life; the screen's text."""
    for seconds in (first, timeout - first):
        try:
            vm.wait_end(seconds)
        except WaitFailed as failure:
            screen = failure.screen.text
            if not vm.serial:
                break
        else:
            return vm.screen().text
    return screen


def _exits(serial: str) -> dict[str, tuple[int, int, int]]:
    """Program -> exit code with its kind, first bad block of the chain (0: none), largest free block."""
    found: dict[str, tuple[int, int, int]] = {}
    for part in serial.split("RUN ")[1:]:
        name = part.split(maxsplit=1)[0].partition(".")[0].lower()
        match = re.search(r"^EXIT (\w{4}) (\w{4}) (\w{4})$", part, re.MULTILINE)
        if match:
            code, bad, free = (int(word, 16) for word in match.groups())
            found[name] = (code, bad, free)
    return found
