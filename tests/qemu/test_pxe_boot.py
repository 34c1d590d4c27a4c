"""Boot programs on the PXE ROMs of QEMU: the disk in RAM works, is saved, and what goes wrong is told."""

from __future__ import annotations

import random
import shutil
import struct
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from bootbuilder import firmware, inspecting, menus
from bootbuilder.build import Options, prepare, write
from bootbuilder.errors import ImageError
from bootbuilder.media import fat, pxe, usb
from bootbuilder.packages import Store
from bootbuilder.recipe import load
from bootbuilder.vm import Disk, Machine, Vm
from tests.qemu.guestdisk import GUEST, assemble

pytestmark = pytest.mark.qemu

RECIPE = """
schema = 1
name = "lab"
title = "PXE lab"
[[files]]
source = "data.bin"
target = 'A:\\DATA.BIN'
[[files]]
source = "savedisk.com"
target = 'A:\\SAVEDISK.COM'
[boot]
commands = ['COPY /B DATA.BIN ONE.BIN', 'COPY /B ONE.BIN+DATA.BIN TWO.BIN', 'DEL ONE.BIN', 'ECHO all done']
[output]
media = ["pxe"]
"""
DONE = r"all done\s+A:\\>\s*$"
EMPTY = bytes(510) + fat.BOOT_SIGNATURE
DATA = random.Random(9).randbytes(200_001)


def built(folder: Path, recipe: str) -> Path:
    """The folder of the images of a recipe that needs no network to be built."""
    file = folder / "recipe.toml"
    file.write_text(recipe)
    store = Store(folder / "home")
    plan = prepare(load(file), store, pytest.fail, Options(), pytest.fail)
    return write(plan, folder).folder


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a built recipe whose disk copies files when it boots."""
    folder = tmp_path_factory.mktemp("pxe")
    (folder / "data.bin").write_bytes(DATA)
    (folder / "savedisk.com").write_bytes(firmware.load("savedisk.com"))
    return built(folder, RECIPE)


def copy_of(lab: Path, folder: Path) -> Path:
    """A boot program and its image in another folder."""
    for name in ("lab.img", "lab.0"):
        (folder / name).write_bytes((lab / name).read_bytes())
    return folder / "lab.0"


def image_of(data: bytes, path: Path) -> Callable[[str], bytes]:
    """Check a floppy with fsck.fat; return what reads its files."""
    path.write_bytes(data)
    checked = subprocess.run(["fsck.fat", "-n", str(path)], capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stdout
    return lambda name: inspecting.read_file(path, name)


def test_the_disk_in_ram_is_written_and_saved(
    lab: Path, tmp_path: Path, require_tool: Callable[[str], str]
) -> None:
    """What DOS writes to the disk in RAM is on the floppy, and in the file, that SAVEDISK.COM makes of it."""
    require_tool("fsck.fat")
    blank = fat.write(fat.Volume(fat.GEOMETRIES["1.44M"], "BLANK", EMPTY, (), (0x21, 0)))
    shape = usb.geometry(32)
    hard_disk = usb.wrap(
        fat.write(fat.Volume(shape, "DISK", EMPTY, (), (0x21, 0))), shape, firmware.load("mbr")
    )
    disks = (Disk(blank, "floppy", writable=True), Disk(hard_disk, "hdd", writable=True))
    with Vm(Machine(lab / "lab.0", "pxe", disks=disks)) as vm:
        vm.wait_for(DONE, 90)
        vm.type("savedisk a:\\x.img\n")
        vm.wait_for("disk in RAM itself", 30)
        vm.type("savedisk b: /y\n")
        vm.wait_for("Saved", 60)
        vm.type("cls\nsavedisk c:\\saved.img\n")
        vm.wait_for(r"C:.SAVED.IMG[\s\S]*Saved|saved.img[\s\S]*Saved", 60)
    floppy = vm.disk_bytes(1)
    read = image_of(floppy, tmp_path / "saved.img")
    assert read("DATA.BIN") == DATA
    assert read("TWO.BIN") == DATA * 2
    with pytest.raises(ImageError, match=r"ONE\.BIN"):
        read("ONE.BIN")
    (tmp_path / "disk.img").write_bytes(vm.disk_bytes(2))
    assert inspecting.read_file(tmp_path / "disk.img", "SAVED.IMG") == floppy


def after_ramrandom(disk: bytes) -> tuple[bytes, int]:
    """What tests/guest/ramrandom.asm makes of a disk, and the sum that it shows."""
    seed, total, data = 1, 0, bytearray(disk)

    def choose() -> int:
        nonlocal seed
        seed = (seed * 1103515245 + 12345) & 0xFFFFFFFF
        return seed >> 16 & 0x7FFF

    for _ in range(200):
        start, size = (1500 + choose() % 1300) * 512, (choose() % 9 + 1) * 512
        data[start : start + size] = b"".join(struct.pack("<H", choose()) for _ in range(size // 2))
        start, size = (1500 + choose() % 1300) * 512, (choose() % 9 + 1) * 512
        for (word,) in struct.iter_unpack("<H", data[start : start + size]):
            total = ((total << 1 | total >> 31) + word) & 0xFFFFFFFF
    return bytes(data), total


def test_random_sectors_are_what_a_model_has(lab: Path, tmp_path: Path) -> None:
    """200 writes and reads by INT 13h under DOS leave the disk, and read the bytes, that a model says."""
    (tmp_path / "data.bin").write_bytes(b"data")
    (tmp_path / "savedisk.com").write_bytes(firmware.load("savedisk.com"))
    (tmp_path / "random.com").write_bytes(assemble(GUEST / "ramrandom.asm"))
    more = "[[files]]\nsource = 'random.com'\ntarget = 'A:\\RANDOM.COM'\n[boot]"
    folder = built(tmp_path, RECIPE.replace("[boot]", more))
    blank = Disk(bytes(1474560), "floppy", writable=True)
    with Vm(Machine(folder / "lab.0", "pxe", nic="virtio-net-pci", disks=(blank,))) as vm:
        vm.wait_for(DONE, 90)
        vm.type("random\n")
        shown = vm.wait_for(r"sum [0-9A-F]{8}\s", 60).search(r"sum ([0-9A-F]{8})")
        vm.type("savedisk b: /y\n")
        vm.wait_for("Saved", 60)
    saved = vm.disk_bytes(1)
    expected, total = after_ramrandom(saved[: 1500 * 512] + bytes(1380 * 512))
    assert shown is not None and int(shown[1], 16) == total
    assert saved == expected
    image_of(saved, tmp_path / "saved.img")


def test_a_menu_starts_a_compressed_hard_disk_image(lab: Path, tmp_path: Path) -> None:
    """A hot key chooses a hard disk in RAM, which DOS calls C:, and which comes compressed."""
    recipe = RECIPE.replace("pxe", "usb").replace("lab", "disk")
    for name in ("data.bin", "savedisk.com"):
        (tmp_path / name).write_bytes((lab.parent / name).read_bytes())
    disk = built(tmp_path, recipe) / "disk.usb.img"
    copy_of(lab, disk.parent)
    program = disk.with_name("menu.0")
    wishes = menus.Wishes(timeout=255, compressed=True)
    menus.make([disk.with_name("lab.img"), disk], program, wishes)
    disk.unlink()
    with Vm(Machine(program, "pxe", nic="virtio-net-pci", memory=64)) as vm:
        vm.wait_for(r"2\s+disk\.usb", 60)
        vm.type("2")
        vm.wait_for(r"all done\s+C:\\>\s*$", 60)


def test_ipxe_chains_to_a_boot_program(lab: Path, tmp_path: Path) -> None:
    """A script of iPXE starts it; INT 19h, as reboot programs call it, and Ctrl-Alt-Del boot from the network again."""
    (tmp_path / "data.bin").write_bytes(b"data")
    (tmp_path / "savedisk.com").write_bytes(b"\xcd\x19")  # INT 19h
    folder = built(tmp_path, RECIPE.replace("SAVEDISK", "REBOOT"))
    script = folder / "chain.ipxe"
    script.write_text("#!ipxe\nchain lab.0\n")
    with Vm(Machine(script, "pxe", nic="virtio-net-pci", reboot=True)) as vm:
        vm.wait_for(DONE, 90)
        vm.type("cls\nreboot\n")
        vm.wait_for(DONE, 90)
        vm.type("cls\n{ctrl-alt-delete}")
        vm.wait_for("iPXE|SeaBIOS", 60)
        vm.wait_for(DONE, 90)


@pytest.mark.parametrize("kernel", ["KERNEL lab.0", "KERNEL memdisk\nINITRD lab.img\nAPPEND floppy"])
def test_pxelinux_starts_program_and_image(lab: Path, tmp_path: Path, kernel: str) -> None:
    """`KERNEL NAME.0`, and memdisk with our image, end at the prompt."""
    needed = [
        "/usr/lib/PXELINUX/pxelinux.0",
        "/usr/lib/syslinux/modules/bios/ldlinux.c32",
        "/usr/lib/syslinux/memdisk",
    ]
    if not all(Path(name).exists() for name in needed):
        pytest.skip("pxelinux and memdisk are not installed")
    copy_of(lab, tmp_path)
    for name in needed:
        shutil.copy(name, tmp_path)
    (tmp_path / "pxelinux.cfg").mkdir()
    (tmp_path / "pxelinux.cfg" / "default").write_text(f"DEFAULT lab\nPROMPT 0\nLABEL lab\n{kernel}\n")
    with Vm(Machine(tmp_path / "pxelinux.0", "pxe", nic="virtio-net-pci")) as vm:
        vm.wait_for(DONE, 90)


def test_a_changed_image_is_not_booted(lab: Path, tmp_path: Path) -> None:
    """The hash is told to be wrong, and after a key the BIOS tries its next device."""
    program = copy_of(lab, tmp_path)
    data = bytearray((lab / "lab.img").read_bytes())
    data[5000] ^= 1
    (tmp_path / "lab.img").write_bytes(data)
    with Vm(Machine(program, "pxe", nic="rtl8139")) as vm:
        vm.wait_for("Error HS: ", 60)
        vm.type("{esc}")
        vm.wait_for("No bootable device", 60)


def test_undi_stays_for_a_driver_and_leaves_otherwise(lab: Path, tmp_path: Path) -> None:
    """A disk for an UNDI driver has the ROM's code in memory; any other has all but 3 KB of conventional memory."""
    image = pxe.from_floppy(
        "lab.img", (lab / "lab.img").read_bytes(), fat.GEOMETRIES["1.44M"], keep_undi=True
    )
    copy_of(lab, tmp_path).write_bytes(pxe.program(firmware.load("nbp"), [image]))
    free = {}
    for name, program in (("kept", tmp_path / "lab.0"), ("unloaded", lab / "lab.0")):
        with Vm(Machine(program, "pxe", nic="pcnet")) as vm:
            vm.wait_for(DONE, 90)
            free[name] = int.from_bytes(vm.memory(0x413, 2), "little")
    assert free["unloaded"] >= 636
    assert 600 <= free["kept"] < free["unloaded"]
