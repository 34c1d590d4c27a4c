"""The file system of bbdos under thousands of random operations, full and failing disks, and damaged FATs.

The guest (tests/guest/fsstress.asm) reports each operation; `Model` replays them on the host. Afterwards fsck.fat
must have nothing to say and every file must be equal to the model's.
"""

from __future__ import annotations

import io
import shutil
import struct
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import guestdisk
import pytest

from bootbuilder.fatread import FatVolume
from bootbuilder.media import fat
from bootbuilder.vm import Disk, Machine, Vm, WaitFailed

pytestmark = [
    pytest.mark.qemu,
    pytest.mark.skipif(not (shutil.which("fsck.fat") and shutil.which("mkfs.fat")), reason="needs dosfstools"),
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

    def _change(self, op: str, path: str, second: str, position: int, length: int, value: int, step: int) -> None:
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
    path = Path(guestdisk.tempfile.mkdtemp()) / "volume"
    path.write_bytes(bytes(size))
    subprocess.run(["mkfs.fat", "-h", str(start), "-g", "16/63", *options, str(path)], check=True, capture_output=True)
    volume = path.read_bytes()
    shutil.rmtree(path.parent)
    if not start:
        return volume
    entry = bytes((0x80, 1, 1, 0, kind, 15, 63, 63)) + struct.pack("<II", start, size // 512)
    return (bytes(446) + entry + bytes(48) + b"\x55\xaa").ljust(start * 512, b"\0") + volume


def boot(commands: Sequence[str], disks: Sequence[Disk], timeout: float, files: Sequence[str] = ()) -> tuple[str, Vm]:
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
