"""The file system of bbdos under thousands of random operations, full and failing disks, and damaged FATs.

The guest (tests/guest/fsstress.asm) reports each operation; `Model` replays them on the host. Afterwards fsck.fat
must have nothing to say and every file must be equal to the model's.
"""

from __future__ import annotations

import io
import shutil
import struct
import subprocess
import tempfile
import textwrap
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import guestdisk
import pytest

from bootbuilder.media import fat
from bootbuilder.reading.fat import FatVolume
from bootbuilder.vm import Disk, Machine, Vm, WaitFailed

pytestmark = [
    pytest.mark.qemu,
    pytest.mark.skipif(
        not (shutil.which("fsck.fat") and shutil.which("mkfs.fat")), reason="needs dosfstools"
    ),
]

START = 63  # first sector of the partition on the hard disks
FULL = 40  # clusters: with fewer than these left the model accepts answers of a full disk
NO_ANSWER = 0x10000


@dataclass
class Model:
    """What the guest's disk must hold: folders and files by path; None in a file is a byte nobody wrote."""

    clusters: int
    cluster_size: int
    folders: set[str] = field(default_factory=lambda: {""})
    files: dict[str, list[int | None]] = field(default_factory=dict)
    lost: set[str] = field(default_factory=set)  # files of which only fsck can say anything
    short: int = 0

    def full(self) -> bool:
        """Whether the volume is so full that a write or a new entry may fail."""
        used = sum(-(-len(data) // self.cluster_size) for data in self.files.values())
        return bool(self.lost) or self.clusters - used - 4 * len(self.folders) < FULL

    def apply(self, step: int, line: str) -> None:
        """Replay one line of the guest; raises AssertionError when DOS answered wrongly."""
        op, path, second, position, length, result = line.split(" ")
        assert "!" not in result, f"close failed: {line}"
        error = int(result[1:], 16) if result.startswith("E") else 0
        value = NO_ANSWER if error else int(result, 16)
        expected = self._expected(op, path[3:], second[3:])
        if error == 0xFFFF or (error and error != expected and self.full() and error in (5, 39)):
            if op in "WC":
                self.lost |= {path[3:], second[3:]} if op == "W" else set()
            return
        assert error == expected, f"operation {step}: expected error {expected:02X}: {line}"
        if not error:
            self._change(op, path[3:], second[3:], int(position, 16), int(length, 16), value, step)

    def _expected(self, op: str, path: str, second: str) -> int:
        folder, exists = path.rpartition("\\")[0], path in self.files
        if folder not in self.folders:
            return 3
        if op in "MK":
            if op == "M":
                return 5 if path in self.folders else 0
            if path not in self.folders:
                return 3
            return 5 if any(p.startswith(path + "\\") for p in (*self.files, *self.folders)) else 0
        if op != "C" and not exists:
            return 2
        if op in "RW" and second.rpartition("\\")[0] not in self.folders:
            return 3
        if op == "R":
            return 5 if second in self.files else 0
        return 2 if op == "W" and second not in self.files else 0

    def _change(
        self, op: str, path: str, second: str, position: int, length: int, value: int, step: int
    ) -> None:
        if op == "C":
            self.files[path] = []
            self.lost.discard(path)
        if op in "CAO":
            if value < length:
                assert self.full(), f"operation {step}: short write of {value} on a disk with room"
                self.short += 1
            data = self.files[path]
            if path not in self.lost:
                assert position <= len(data)
                data[position : position + value] = pattern(step, value)
        elif op == "W":
            for _ in range(4):
                for name in {path, second}:
                    self.files[name] += pattern(step, length)
        elif op == "T":
            del self.files[path][position:]
        elif op == "X":
            self.files[path] += [None] * (position - len(self.files[path]))
        elif op == "R":
            self.files[second] = self.files.pop(path)
            if path in self.lost:
                self.lost.discard(path)
                self.lost.add(second)
        elif op == "D":
            del self.files[path]
            self.lost.discard(path)
        elif op == "M":
            self.folders.add(path)
        elif op == "K":
            self.folders.discard(path)
        elif op == "V" and path not in self.lost:
            data = self.files[path]
            assert length == len(data) & 0xFFFF, f"operation {step}: size of {path}"
            if None not in data:
                assert position == checksum(data), f"operation {step}: content of {path}"


def pattern(step: int, count: int) -> list[int | None]:
    """The bytes that operation `step` writes."""
    return [(step * 31 + i * 7 + (i >> 8)) & 0xFF for i in range(count)]


def checksum(data: Sequence[int | None]) -> int:
    """The sum with rotation that the guest makes of a file."""
    total = 0
    for byte in data:
        total = ((total << 1 | total >> 31) & 0xFFFFFFFF) + (byte or 0) & 0xFFFFFFFF
    return total


def formatted(size: int, *options: str, start: int = 0) -> bytes:
    """A volume of `size` bytes made by mkfs.fat, behind `start` sectors with a partition table."""
    kind = 0x0C if "32" in options else 6
    path = Path(tempfile.mkdtemp()) / "volume"
    path.write_bytes(bytes(size))
    tracks = "16/63" if start else f"2/{size // 81920 if size > 400000 else 9}"
    subprocess.run(
        ["mkfs.fat", "-h", str(start), "-g", tracks, *options, str(path)], check=True, capture_output=True
    )
    volume = path.read_bytes()
    shutil.rmtree(path.parent)
    if not start:
        return volume
    entry = bytes((0x80, 1, 1, 0, kind, 15, 63, 63)) + struct.pack("<II", start, size // 512)
    return (bytes(446) + entry + bytes(48) + b"\x55\xaa").ljust(start * 512, b"\0") + volume


def boot(
    commands: Sequence[str], disks: Sequence[Disk], timeout: float, files: Sequence[str] = ()
) -> tuple[str, Vm]:
    """Run the runner's `commands` with programs from tests/guest; the serial text and the PC, ended."""
    programs = [guestdisk.guest(name) for name in ("fsstress", *files)]
    runner = fat.VolumeFile("RUNNER.COM", guestdisk.assemble(guestdisk.GUEST / "runner.asm"))
    listing = fat.VolumeFile("RUN.LST", guestdisk.crlf(*commands))
    image = guestdisk.boot_floppy("bbdos", [runner, listing, *programs])
    machine = Machine(image, writable=True, disks=tuple(disks), serial=True, exit_device=True)
    with Vm(machine) as vm:
        try:
            vm.wait_end(timeout)
        except WaitFailed as failure:
            pytest.fail(f"the guest did not end: {failure.screen.text}\n{vm.serial[-400:]!r}")
    return vm.serial.decode("latin-1").replace("\r", ""), vm


def fsck(volume: bytes, tmp_path: Path) -> str:
    """What fsck.fat finds wrong with a volume; empty when nothing."""
    path = tmp_path / "volume.img"
    path.write_bytes(volume)
    run = subprocess.run(["fsck.fat", "-n", str(path)], capture_output=True, text=True)
    return "" if run.returncode == 0 else run.stdout + run.stderr


def check_volume(volume: bytes, model: Model, tmp_path: Path) -> None:
    """fsck.fat is silent and every file is the model's."""
    assert fsck(volume, tmp_path) == ""
    reader = FatVolume(io.BytesIO(volume), "the guest's disk")
    found = {entry.path.replace("/", "\\"): entry for entry in reader.entries()}
    assert {path for path, entry in found.items() if not entry.is_folder} == set(model.files)
    assert {path for path, entry in found.items() if entry.is_folder} == model.folders - {""}
    for path in set(model.files) - model.lost:
        data, wanted = reader.read(found[path], 1 << 26), model.files[path]
        assert len(data) == len(wanted), path
        assert all(w is None or b == w for b, w in zip(data, wanted, strict=True)), path


DISKS = {
    "fat12-floppy": ("B", 0, 1474560, ("-F", "12", "-s", "1"), 2847, 512),
    "fat12-full": ("B", 0, 368640, ("-F", "12", "-s", "2"), 354, 1024),
    "fat12-disk": ("C", START, 6 << 20, ("-F", "12", "-s", "4"), 3000, 2048),
    "fat16-disk": ("C", START, 32 << 20, ("-F", "16", "-s", "4"), 16000, 2048),
    "fat32-disk": ("C", START, 64 << 20, ("-F", "32", "-s", "1"), 129000, 512),
}


@pytest.mark.parametrize("seed", [1, 20])
@pytest.mark.parametrize("name", DISKS)
def test_random_operations(name: str, seed: int, tmp_path: Path) -> None:
    """After thousands of random operations the disk is sound and holds what the model holds."""
    letter, start, size, options, clusters, cluster_size = DISKS[name]
    image = formatted(size, *options, start=start)
    serial, vm = boot([f"FSSTRESS.COM {letter} {seed} 2000"], [Disk(image, writable=True)], 120)
    lines = [line for line in serial.splitlines() if line[1:4] == f" {letter}:"]
    model = Model(clusters, cluster_size)
    for step, line in enumerate(lines[:-1], 1):
        model.apply(step, line)
    assert lines[-1].startswith("Z") and len(lines) == 2001
    check_volume(vm.disk_bytes(1)[start * 512 :], model, tmp_path)


@dataclass(frozen=True)
class Answer:
    """What fsfaults.asm said about one operation: DOS error (0: none), value, calls of INT 24h."""

    error: int
    value: int
    criticals: int


def answers(serial: str) -> dict[str, Answer]:
    """Operation and path -> answer, from the serial text."""
    found = {}
    for line in serial.splitlines():
        parts = line.split(" ")
        if len(parts) == 4 and len(parts[0]) == 1:
            failed = parts[2].startswith("E")
            number = int(parts[2][failed:], 16)
            found[f"{parts[0]}{parts[1]}"] = Answer(
                *((number, 0) if failed else (0, number)), int(parts[3], 16)
            )
    return found


def faults(operations: str, *images: bytes, timeout: float = 40) -> tuple[dict[str, Answer], Vm]:
    """Run fsfaults.asm on these disks (B:, C: ...), as often as its command line asks for."""
    disks = [Disk(image, writable=True) for image in images]
    commands = [f"FSFAULTS.COM {line}" for line in textwrap.wrap(operations, 110)]
    serial, vm = boot(commands, disks, timeout, ("fsfaults",))
    return answers(serial), vm


def floppy_with(*files: tuple[str, int]) -> bytes:
    """A FAT12 floppy of 1.44 MB with files of so many bytes."""
    items = tuple(fat.VolumeFile(path, bytes(i % 251 for i in range(size))) for path, size in files)
    return fat.write(fat.Volume(guestdisk.FLOPPY, "FAULTY", bytes(510) + b"\x55\xaa", items))


def test_full_root_directory(tmp_path: Path) -> None:
    """A full root directory takes no more names, says Access denied, and stays sound."""
    found, vm = faults(r"NB:\F MB:\DIR CB:\F000", floppy_with(("OLD.TXT", 9)))
    assert found[r"NB:\F222"] == Answer(5, 0, 222)  # 224 entries: the label and one file are there
    assert found[r"MB:\DIR"].error == 5
    assert found[r"CB:\F000"] == Answer(0, 600, 0)
    assert fsck(vm.disk_bytes(1), tmp_path) == ""


def test_full_disk(tmp_path: Path) -> None:
    """On a full disk a write is short, a folder is refused, and what was there stays."""
    found, vm = faults(r"CB:\NEW AB:\NEW MB:\DIR VB:\BIG.DAT GB:", floppy_with(("BIG.DAT", 2846 * 512)))
    assert found[r"CB:\NEW"] == Answer(0, 512, 0)
    assert found[r"AB:\NEW"] == Answer(0, 0, 0)
    assert found[r"MB:\DIR"].error == 5
    assert found[r"VB:\BIG.DAT"].value == 2846 * 512 & 0xFFFF
    assert found["GB:"].value == 0
    assert fsck(vm.disk_bytes(1), tmp_path) == ""


def with_medium_change(operations: str, change: str, image: bytes, tmp_path: Path) -> dict[str, Answer]:
    """Like `faults`, but B: is ejected, swapped or write-protected when the guest waits (operation W)."""
    programs = [guestdisk.guest("fsfaults")]
    runner = fat.VolumeFile("RUNNER.COM", guestdisk.assemble(guestdisk.GUEST / "runner.asm"))
    listing = fat.VolumeFile("RUN.LST", guestdisk.crlf(f"FSFAULTS.COM {operations}"))
    boot_image = guestdisk.boot_floppy("bbdos", [runner, listing, *programs])
    path = tmp_path / "protected.img"
    path.write_bytes(image)
    disks = (Disk(image, writable=True),)
    with Vm(Machine(boot_image, writable=True, disks=disks, serial=True, exit_device=True)) as vm:
        vm.wait_until(lambda _screen, _quiet: b"READY" in vm.serial, "no READY", 30)
        if change == "eject":
            vm.eject(1)
        elif change == "swap":
            vm.insert(1, floppy_with(("SECOND.TXT", 300), ("OLD.TXT", 9)))
            time.sleep(3)  # nobody is faster: DOS does not look again within two seconds
        else:
            drive = [block["qdev"] for block in vm.execute("query-block") if block.get("qdev")][1]
            options = {"filename": str(path), "format": "raw", "read-only-mode": "read-only"}
            vm.execute("blockdev-change-medium", id=drive, **options)
        vm.send(b"x")
        vm.wait_end(60)
    assert path.read_bytes() == image
    return answers(vm.serial.decode("latin-1").replace("\r", ""))


def test_write_protected(tmp_path: Path) -> None:
    """A write-protected disk can be read; each change is asked about once through INT 24h and fails with 19."""
    image = floppy_with(("OLD.TXT", 700))
    operations = r"W- VB:\OLD.TXT CB:\NEW AB:\OLD.TXT DB:\OLD.TXT MB:\DIR IB:\OLD.TXT LB:\*.*"
    found = with_medium_change(operations, "protect", image, tmp_path)
    assert found[r"VB:\OLD.TXT"] == Answer(0, 700, 0)
    for operation in (r"CB:\NEW", r"AB:\OLD.TXT", r"DB:\OLD.TXT", r"MB:\DIR", r"IB:\OLD.TXT"):
        assert found[operation].error == 19, operation
        assert found[operation].criticals == 1, operation
    assert found[r"LB:\*.*"] == Answer(0, 1, 0)


def test_ejected_medium(tmp_path: Path) -> None:
    """An empty drive gives INT 24h and error 21 on every operation."""
    operations = r"VB:\OLD.TXT W- VB:\OLD.TXT CB:\NEW DB:\OLD.TXT LB:\*.*"
    found = with_medium_change(operations, "eject", floppy_with(("OLD.TXT", 700)), tmp_path)
    for operation in (r"VB:\OLD.TXT", r"CB:\NEW", r"DB:\OLD.TXT", r"LB:\*.*"):
        assert found[operation].error == 21, operation
        assert found[operation].criticals >= 1, operation


def test_swapped_medium(tmp_path: Path) -> None:
    """Another disk in the drive is noticed: its files are seen, not the old disk's."""
    operations = r"VB:\OLD.TXT LB:\*.* W- LB:\*.TXT VB:\OLD.TXT VB:\SECOND.TXT CB:\NEW VB:\NEW"
    found = with_medium_change(operations, "swap", floppy_with(("OLD.TXT", 700)), tmp_path)
    assert found[r"LB:\*.*"].value == 1
    assert found[r"LB:\*.TXT"].value == 2
    assert found[r"VB:\OLD.TXT"].value == 9
    assert found[r"VB:\SECOND.TXT"].value == 300
    assert found[r"VB:\NEW"] == Answer(0, 600, 0)


def set_fat12(image: bytearray, cluster: int, value: int) -> None:
    """Change an entry in both FATs of a 1.44 MB floppy."""
    for start in (512, 512 * 10):
        at = start + cluster * 3 // 2
        old = image[at] | image[at + 1] << 8
        new = (old & 0x000F | value << 4) if cluster & 1 else (old & 0xF000 | value)
        image[at : at + 2] = new.to_bytes(2, "little")


def test_damaged_fat() -> None:
    """Loops, cross-links, free and impossible clusters in chains: an answer each time, never a hang."""
    sizes = (("LOOP.DAT", 20 * 512), ("WILD.DAT", 20 * 512), ("FREE.DAT", 20 * 512), ("CROSS.DAT", 20 * 512))
    image = bytearray(floppy_with(*sizes, (r"SUB\A.TXT", 9), ("GOOD.TXT", 5000)))
    starts = {
        bytes(image[at : at + 11]).decode().replace(" ", ""): int.from_bytes(
            image[at + 26 : at + 28], "little"
        )
        for at in range(512 * 19, 512 * 33, 32)
        if image[at]
    }
    first = {name: starts[name.replace(".", "")] for name, _ in sizes}
    set_fat12(image, first["LOOP.DAT"] + 5, first["LOOP.DAT"] + 2)
    set_fat12(image, first["WILD.DAT"] + 5, 0xF00)
    set_fat12(image, first["FREE.DAT"] + 5, 0)
    set_fat12(image, first["CROSS.DAT"] + 5, starts["GOODTXT"])
    set_fat12(image, starts["SUB"], starts["SUB"])
    operations = " ".join(
        rf"VB:\{name} AB:\{name} DB:\{name}" for name in ("LOOP.DAT", "WILD.DAT", "FREE.DAT", "CROSS.DAT")
    )
    found, _ = faults(
        rf"{operations} LB:\SUB\*.* CB:\SUB\NEW MB:\SUB\NEWDIR KB:\SUB GB: LB:\*.*", bytes(image)
    )
    assert found[r"VB:\WILD.DAT"].error == 13
    assert found[r"VB:\FREE.DAT"].error == 13
    assert found[r"VB:\LOOP.DAT"].value == 20 * 512
    for name in first:
        assert found[rf"DB:\{name}"].error == 0, name
    assert found[r"LB:\*.*"].value == 2


def test_rubbish_in_directories() -> None:
    """Random bytes instead of directories and FATs never stop the guest."""
    image = bytearray(floppy_with(("GOOD.TXT", 5000), (r"SUB\A.TXT", 9)))
    for at in range(512, 512 * 60):
        image[at] = (at * 2654435761 >> 7) & 0xFF
    operations = r"LB:\*.* GB: CB:\NEW MB:\DIR VB:\GOOD.TXT LB:\SUB\*.* DB:\NEW KB:\DIR CA:\FINE VA:\FINE"
    found, _ = faults(operations, bytes(image))
    assert found[r"VA:\FINE"].value == 600


def partitioned() -> bytes:
    """A hard disk: primary FAT16, primary FAT32 (active), extended with FAT12 and FAT16 logical volumes.

    Each holds ID.TXT, whose size is 101, 102, 103, 104 bytes in this order.
    """
    kinds = (
        (("-F", "16", "-s", "2"), 16),
        (("-F", "32", "-s", "1"), 40),
        (("-F", "12"), 4),
        (("-F", "16"), 16),
    )
    places, at = [], 63
    for number, (_, megabytes) in enumerate(kinds):
        at += 63 * (number >= 2)  # a table of its own before each logical volume
        places.append((at, megabytes << 11))
        at += megabytes << 11
    disk = bytearray(at * 512)

    def entry(kind: int, start: int, size: int, active: bool = False) -> bytes:
        return bytes((0x80 * active, 1, 1, 0, kind, 15, 63, 63)) + struct.pack("<II", start, size)

    def table(sector: int, *entries: bytes) -> None:
        disk[sector * 512 + 446 : sector * 512 + 512] = b"".join(entries).ljust(64, b"\0") + b"\x55\xaa"

    extended = places[2][0] - 63
    second = places[3][0] - 63
    table(0, entry(6, *places[0]), entry(0x0C, *places[1], True), entry(5, extended, at - extended))
    table(extended, entry(1, 63, places[2][1]), entry(5, second - extended, at - second))
    table(second, entry(6, 63, places[3][1]))
    with tempfile.TemporaryDirectory() as folder:
        volume, content = Path(folder) / "volume", Path(folder) / "content"
        for number, ((options, _), (start, size)) in enumerate(zip(kinds, places, strict=True)):
            volume.write_bytes(formatted(size * 512, *options, start=start)[start * 512 :])
            content.write_bytes(bytes(101 + number))
            subprocess.run(["mcopy", "-i", str(volume), str(content), "::ID.TXT"], check=True)
            disk[start * 512 : (start + size) * 512] = volume.read_bytes()
    return bytes(disk)


@pytest.mark.skipif(not shutil.which("mcopy"), reason="needs mtools")
def test_partitions() -> None:
    """Drive letters: the active primary volume, logical volumes, then other primary ones; all are usable."""
    operations = r"VC:\ID.TXT VD:\ID.TXT VE:\ID.TXT VF:\ID.TXT VG:\ID.TXT CE:\NEW VE:\NEW"
    found, _ = faults(operations, floppy_with(), partitioned())
    assert [found[rf"V{letter}:\ID.TXT"].value for letter in "CDEF"] == [102, 103, 104, 101]
    assert found[r"VG:\ID.TXT"].error == 3
    assert found[r"VE:\NEW"].value == 600


@pytest.mark.parametrize("name", ["fat12-floppy", "fat16-disk", "fat32-disk"])
def test_power_cut(name: str, tmp_path: Path) -> None:
    """A PC switched off in the middle of its work leaves lost or long chains at most, never cross-links."""
    letter, start, size, options, _, _ = DISKS[name]
    image = formatted(size, *options, start=start)
    runner = fat.VolumeFile("RUNNER.COM", guestdisk.assemble(guestdisk.GUEST / "runner.asm"))
    listing = fat.VolumeFile("RUN.LST", guestdisk.crlf(f"FSSTRESS.COM {letter} 9 60000"))
    boot_image = guestdisk.boot_floppy("bbdos", [runner, listing, guestdisk.guest("fsstress")])
    disks = (Disk(image, writable=True),)
    with Vm(Machine(boot_image, writable=True, disks=disks, serial=True, exit_device=True)) as vm:
        vm.wait_until(lambda _screen, _quiet: vm.serial.count(b"\n") > 400, "no 400 operations", 60)
    findings = fsck(vm.disk_bytes(1)[start * 512 :], tmp_path)
    for damage in ("share", "Bad", "bad", "beyond", "loop", "Contains"):
        assert damage not in findings, findings
