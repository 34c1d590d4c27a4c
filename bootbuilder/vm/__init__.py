"""QEMU as a library: boots an image, reads its text screen, types keys, and always ends what it started.

    with Vm(Machine("freedos.img")) as vm:
        vm.wait_for(DEFAULT_PROMPT)
        print(vm.run("ver").text)

`boot` does the whole of it for one image. The files: booting.py (one boot), guest.py (a running PC), process.py
(the QEMU process), machine.py (what a PC has, QEMU's command line), qmp.py (QEMU's monitor), screen.py and
keyboard.py (text and keys; pure).
"""

from bootbuilder.vm.booting import BootResult, boot
from bootbuilder.vm.guest import Ended, Vm, WaitFailed
from bootbuilder.vm.keyboard import keys
from bootbuilder.vm.machine import DEBUG_PORT, EXIT_PORT, Accel, Disk, Machine, Media, find_qemu, install_hint
from bootbuilder.vm.screen import DEFAULT_PROMPT, Screen

__all__ = [
    "DEBUG_PORT", "DEFAULT_PROMPT", "EXIT_PORT", "Accel", "BootResult", "Disk", "Ended", "Machine", "Media", "Screen",
    "Vm", "WaitFailed", "boot", "find_qemu", "install_hint", "keys",
]  # fmt: skip
