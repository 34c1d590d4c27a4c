"""A PC to boot an image on: what it has, and the QEMU command line for it. Starts nothing."""

from __future__ import annotations

import os
import shutil
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from bootbuilder.errors import MachineError, ToolMissing

Media = Literal["floppy", "iso", "hdd", "usb", "pxe"]
Accel = Literal["auto", "kvm", "tcg"]

EXIT_PORT = 0xF4
"""I/O port of the exit device: a guest that writes the byte `n` to it ends QEMU with exit status 2n + 1."""
DEBUG_PORT = 0xE9
"""I/O port of the debug console: bytes written there appear in `Vm.debugcon`."""

_QEMU_NAMES = ("qemu-system-i386", "qemu-system-x86_64")
_BOOT_ORDER: dict[Media, str] = {"floppy": "a", "iso": "d", "hdd": "c", "usb": "c", "pxe": "n"}
_NIC_ALIASES = {"ne2000": "ne2k_isa", "rtl8029": "ne2k_pci", "virtio": "virtio-net-pci"}
_LARGEST_FLOPPY = 2_949_120  # bytes: 2.88 MB, the largest format that QEMU's controller knows
_ISO_MAGIC_AT = 0x8001  # the first volume descriptor of ISO 9660 is sector 16 of 2,048 bytes
HEAD_SIZE = 0x8100
"""Bytes from the start of a medium that `media_of` looks at."""


@dataclass(frozen=True)
class Disk:
    """One medium. `image` is a file or the bytes themselves; None is an empty floppy drive.

    `media` None means: find it from the content. The guest can write to any medium but a CD, yet no file is
    ever changed: with `writable` the guest works on a private copy that `Vm.disk_bytes` returns, and without
    it what the guest wrote is lost.
    """

    image: Path | str | bytes | None
    media: Media | None = None
    writable: bool = False


@dataclass(frozen=True)
class Machine:
    """A PC: its boot medium, further disks, memory, network adapter and ports.

    image, media, writable   the boot medium, as in `Disk`; with media "pxe" the image is the boot program,
                             its folder is served by TFTP, and the adapter is an e1000 unless `nic` is set
    disks                    further media, in drive order after the boot medium of their kind
    memory                   MB
    nic                      QEMU adapter model with its properties: "ne2k_isa,iobase=0x300,irq=9"
    netdev                   QEMU network backend without its id: "user", "tap,ifname=tap0,script=no", ...
    accel                    "auto" is TCG: it boots DOS in half a second everywhere, while KVM on several
                             hosts emulates real mode slowly or wrongly
    serial, debugcon         connect COM1 to `Vm.serial` and `Vm.send`, port E9h to `Vm.debugcon`
    exit_device              port F4h ends QEMU with a status of the guest's choice
    reboot                   let the guest reset the PC; otherwise a reset ends the run, and says so
    extra                    more QEMU arguments
    prefix                   a command before QEMU's that runs it in its place: ("ip", "netns", "exec", "lab")
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


@dataclass(frozen=True)
class Medium:
    """A disk that lies ready for QEMU: `file` None is an empty drive."""

    media: Media
    file: Path | None
    writable: bool


def find_qemu() -> str:
    """Return the path of QEMU for PCs. Raises ToolMissing."""
    path = os.environ.get("PATH", os.defpath)
    if sys.platform == "win32":  # its installer leaves the PATH alone
        path = os.pathsep.join([path, r"C:\Program Files\qemu"])
    for name in _QEMU_NAMES:
        found = shutil.which(name, path=path)
        if found:
            return found
    raise ToolMissing(f"QEMU is not installed: no {_QEMU_NAMES[0]} on the PATH", install_hint())


def install_hint(platform: str = sys.platform) -> str:
    """Say how to install QEMU on that platform, a value of `sys.platform`."""
    if platform == "win32":
        return (
            "install it with: winget install SoftwareFreedomConservancy.QEMU (or from https://www.qemu.org)"
        )
    if platform == "darwin":
        return "install it with: brew install qemu"
    return (
        "install it with: sudo apt install qemu-system-x86 (Debian, Ubuntu), "
        "sudo dnf install qemu-system-x86 (Fedora), sudo pacman -S qemu-system-x86 (Arch)"
    )


def media_of(head: bytes, size: int) -> Media:
    """Tell the kind of a medium from its first HEAD_SIZE bytes and its size in bytes."""
    if head[_ISO_MAGIC_AT : _ISO_MAGIC_AT + 5] == b"CD001":
        return "iso"
    return "floppy" if size <= _LARGEST_FLOPPY else "hdd"


def drive_id(index: int) -> str:
    """QEMU's name of the drive that holds `Machine.all_disks[index]`."""
    return f"disk{index}"


def command_line(
    qemu: str, machine: Machine, media: Sequence[Medium], folder: Path, qmp: str, serial: str | None
) -> list[str]:
    """Return QEMU's command line.

    `media` belongs to `machine.all_disks`, item by item; `folder` gets `debugcon.log`; `qmp` and `serial` are
    the chardevs of the monitor and of COM1.
    """
    line = [
        *machine.prefix, qemu, "-no-user-config", "-nodefaults", "-accel", machine.used_accel,
        "-m", str(machine.memory), "-display", "none", "-vga", "std", "-rtc", "base=localtime",
        "-chardev", f"{qmp},id=qmp", "-mon", "chardev=qmp,mode=control",
        "-boot", f"order={_BOOT_ORDER[media[0].media]}",
    ]  # fmt: skip
    if not machine.reboot:
        # Paused instead of gone: what the guest showed last can still be read.
        line += ["-no-reboot", "-no-shutdown"]
    units: Counter[Media] = Counter()
    for index, medium in enumerate(media):
        line += _drive(index, units[medium.media], medium)
        units[medium.media] += 1
    line += _network(machine, media[0])
    if serial is not None:
        line += ["-chardev", f"{serial},id=serial", "-serial", "chardev:serial"]
    if machine.debugcon:
        line += ["-chardev", f"file,id=debugcon,path={_escape(folder / 'debugcon.log')}"]
        line += ["-device", f"isa-debugcon,iobase={DEBUG_PORT:#x},chardev=debugcon"]
    if machine.exit_device:
        line += ["-device", f"isa-debug-exit,iobase={EXIT_PORT:#x},iosize=0x04"]
    return [*line, *machine.extra]


def _drive(index: int, unit: int, medium: Medium) -> list[str]:
    """The arguments for one medium, the `unit`th of its kind."""
    name = drive_id(index)
    source = f"id={name}"
    if medium.file is not None:
        source += f",format=raw,file={_escape(medium.file)}"
        if medium.media == "iso":
            source += ",readonly=on"
        elif not medium.writable:
            source += ",snapshot=on"
    match medium.media:
        case "floppy":
            return ["-drive", f"if=floppy,index={unit},{source}"]
        case "hdd":
            return ["-drive", f"if=ide,index={unit},media=disk,{source}"]
        case "iso":  # from the last of four IDE units downwards, out of the way of the hard disks
            return ["-drive", f"if=ide,index={3 - unit},media=cdrom,{source}"]
        case "usb":
            controller = ["-device", "usb-ehci,id=ehci"] if unit == 0 else []
            device = f"usb-storage,bus=ehci.0,drive={name}" + (",bootindex=0" if index == 0 else "")
            return [*controller, "-drive", f"if=none,{source}", "-device", device]
        case "pxe":
            return []


def _network(machine: Machine, medium: Medium) -> list[str]:
    nic, netdev = machine.nic, machine.netdev
    if medium.media == "pxe" and medium.file is not None:
        if netdev.split(",")[0] != "user":
            raise MachineError(
                f"a PXE boot from a file needs the user network, not {netdev.split(',')[0]}",
                "leave the image out (None) when another server answers the boot request",
            )
        netdev += f",tftp={_escape(medium.file.parent)},bootfile={_escape(medium.file.name)}"
    if medium.media == "pxe" and nic is None:
        nic = "e1000"
    if nic is None:
        return []
    model, _, properties = nic.partition(",")
    device = ",".join(part for part in (_NIC_ALIASES.get(model, model), properties, "netdev=net0") if part)
    return ["-netdev", f"{netdev},id=net0", "-device", device]


def _escape(value: Path | str) -> str:
    """A value inside a QEMU option, where a comma is written twice."""
    return str(value).replace(",", ",,")
