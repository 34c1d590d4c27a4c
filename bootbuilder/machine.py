"""A PC to boot an image on: what it has, and the QEMU command line for it. Starts nothing."""

from __future__ import annotations

import os
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from bootbuilder.errors import MachineError, ToolMissing

Media = Literal["floppy", "iso", "hdd", "usb", "pxe"]
Accel = Literal["auto", "kvm", "tcg"]

EXIT_PORT = 0xF4
"""I/O port of the exit device: a guest that writes `n` to it ends QEMU with exit status 2n + 1."""
DEBUG_PORT = 0xE9
"""I/O port of the debug console: bytes written there appear in `Vm.debugcon`."""

_QEMU_NAMES = ("qemu-system-i386", "qemu-system-x86_64")
_BOOT_ORDER: dict[Media, str] = {"floppy": "a", "iso": "d", "hdd": "c", "usb": "c", "pxe": "n"}
_NIC_ALIASES = {"ne2000": "ne2k_isa", "rtl8029": "ne2k_pci", "virtio": "virtio-net-pci"}
# The largest floppy that QEMU's controller knows has 2.88 MB; a hard disk below that is not made.
_LARGEST_FLOPPY = 2_949_120
_ISO_MAGIC = (0x8001, b"CD001")


@dataclass(frozen=True)
class Disk:
    """One medium. `image` is a file or the bytes themselves; None is an empty floppy drive.

    `media` None means: find it from the content. A medium that is not `writable` can be written to by the guest,
    too, but what it wrote is lost and the file is not changed. With `writable` the guest works on a private
    copy that `Vm.disk_bytes` returns; the file itself is never changed either.
    """

    image: Path | str | bytes | None
    media: Media | None = None
    writable: bool = False


@dataclass(frozen=True)
class Machine:
    """A PC: its boot medium, further disks, memory, network adapter and ports.

    image, media, writable   the boot medium, as in `Disk`; with media "pxe" the image is the boot program and
                             its folder is served by TFTP (needs `nic`, e1000 when none is given)
    disks                    further media, in drive order after the boot medium of their kind
    memory                   MB
    nic                      QEMU adapter model with its properties, such as "ne2k_isa,iobase=0x300,irq=9"
    netdev                   QEMU network backend without its id: "user", "tap,ifname=tap0,script=no", ...
    accel                    "auto" is TCG: it boots DOS in half a second everywhere, while KVM on several hosts
                             emulates real mode slowly or wrongly
    serial, debugcon         capture COM1, and port E9h
    exit_device              port F4h ends QEMU with a status of the guest's choice
    reboot                   let the guest reset itself; otherwise a reset ends the run and says so
    extra                    more QEMU arguments
    prefix                   a command before QEMU's name that replaces itself by it, such as `ip netns exec NAME`
    """

    image: Path | str | bytes | None
    media: Media | None = None
    writable: bool = False
    disks: tuple[Disk, ...] = ()
    memory: int = 32
    nic: str | None = None
    netdev: str = "user"
    accel: Accel = "auto"
    serial: bool = False
    debugcon: bool = False
    exit_device: bool = False
    reboot: bool = False
    extra: tuple[str, ...] = ()
    prefix: tuple[str, ...] = ()

    @property
    def all_disks(self) -> tuple[Disk, ...]:
        """The boot medium, then the further ones: the order of `Vm.disk_bytes`."""
        return (Disk(self.image, self.media, self.writable), *self.disks)

    @property
    def used_accel(self) -> Literal["kvm", "tcg"]:
        """The accelerator that will be used."""
        return "kvm" if self.accel == "kvm" else "tcg"


def find_qemu() -> str:
    """Return the path of QEMU for PCs. Raises ToolMissing."""
    folders = os.pathsep.join([os.environ.get("PATH", ""), r"C:\Program Files\qemu"] if sys.platform == "win32" else [
        os.environ.get("PATH", os.defpath)])  # fmt: skip
    for name in _QEMU_NAMES:
        found = shutil.which(name, path=folders)
        if found:
            return found
    raise ToolMissing(f"QEMU is not installed: no {_QEMU_NAMES[0]} on the PATH", install_hint())


def install_hint(platform: str = sys.platform) -> str:
    """Say how to install QEMU on that platform (a value of `sys.platform`)."""
    if platform == "win32":
        return "install it with: winget install SoftwareFreedomConservancy.QEMU (or from https://qemu.org)"
    if platform == "darwin":
        return "install it with: brew install qemu"
    return (
        "install it with: sudo apt install qemu-system-x86 (Debian, Ubuntu), "
        "sudo dnf install qemu-system-x86-core (Fedora), sudo pacman -S qemu-system-x86 (Arch)"
    )


def media_of(head: bytes, size: int) -> Media:
    """Tell the kind of a medium from its first 33 KB and its size in bytes."""
    at, magic = _ISO_MAGIC
    if head[at : at + len(magic)] == magic:
        return "iso"
    return "floppy" if size <= _LARGEST_FLOPPY else "hdd"


def drive_id(index: int) -> str:
    """QEMU's name of the drive that holds `Machine.all_disks[index]`."""
    return f"disk{index}"


def command_line(
    qemu: str, machine: Machine, media: tuple[Media, ...], files: tuple[Path | None, ...], folder: Path, qmp: str
) -> list[str]:
    """Return QEMU's command line.

    `media` and `files` belong to `machine.all_disks`, item by item, with no "pxe" but at index 0; `folder` gets
    the captured output (`serial.log`, `debugcon.log`); `qmp` is the chardev of the monitor connection.
    """
    line = [
        *machine.prefix, qemu, "-accel", machine.used_accel, "-m", str(machine.memory), "-nodefaults",
        "-display", "none", "-vga", "std", "-rtc", "base=localtime", "-no-user-config",
        "-chardev", f"{qmp},id=qmp", "-mon", "chardev=qmp,mode=control",
        "-boot", f"order={_BOOT_ORDER[media[0]]}",
    ]  # fmt: skip
    if not machine.reboot:
        # Paused instead of gone: what the guest said last can still be read.
        line += ["-no-reboot", "-no-shutdown"]
    counts: dict[str, int] = {}
    for index, (kind, file, disk) in enumerate(zip(media, files, machine.all_disks, strict=True)):
        line += _drive(index, kind, file, disk, counts)
    line += _network(machine, media[0], files[0])
    if machine.serial:
        line += ["-chardev", _capture(folder, "serial"), "-serial", "chardev:serial"]
    if machine.debugcon:
        line += ["-chardev", _capture(folder, "debugcon"), "-device", f"isa-debugcon,iobase={DEBUG_PORT:#x},chardev=debugcon"]
    if machine.exit_device:
        line += ["-device", f"isa-debug-exit,iobase={EXIT_PORT:#x},iosize=0x04"]
    return [*line, *machine.extra]


def _drive(index: int, kind: Media, file: Path | None, disk: Disk, counts: dict[str, int]) -> list[str]:
    if kind == "pxe":
        return []
    unit = counts[kind] = counts.get(kind, -1) + 1
    if kind in ("hdd", "iso"):
        # Four IDE units: hard disks from the first, CD-ROMs from the last.
        option = f"if=ide,index={unit if kind == 'hdd' else 3 - unit},media={'disk' if kind == 'hdd' else 'cdrom'}"
    else:
        option = f"if=floppy,index={unit}" if kind == "floppy" else "if=none"
    option += f",id={drive_id(index)}"
    if file is not None:
        option += f",format=raw,file={str(file).replace(',', ',,')}"
        option += ",readonly=on" if kind == "iso" else "" if disk.writable else ",snapshot=on"
    if kind != "usb":
        return ["-drive", option]
    controller = ["-device", "usb-ehci,id=ehci"] if unit == 0 else []
    first = ",bootindex=0" if index == 0 else ""
    return [*controller, "-drive", option, "-device", f"usb-storage,bus=ehci.0,drive={drive_id(index)}{first}"]


def _network(machine: Machine, media: Media, boot_program: Path | None) -> list[str]:
    nic, netdev = machine.nic, machine.netdev
    if media == "pxe" and boot_program is not None:
        if netdev != "user" and not netdev.startswith("user,"):
            raise MachineError(f"a PXE boot from files needs the user network, not {netdev.split(',')[0]}")
        folder = str(boot_program.parent).replace(",", ",,")
        netdev += f",tftp={folder},bootfile={boot_program.name.replace(',', ',,')}"
    if media == "pxe" and nic is None:
        nic = "e1000"
    if nic is None:
        return []
    model, _, properties = nic.partition(",")
    device = ",".join(part for part in (_NIC_ALIASES.get(model, model), properties, "netdev=net0") if part)
    return ["-netdev", f"{netdev},id=net0", "-device", device]


def _capture(folder: Path, name: str) -> str:
    path = str(folder / f"{name}.log").replace(",", ",,")
    return f"file,id={name},path={path}"
