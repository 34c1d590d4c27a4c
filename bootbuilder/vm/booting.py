"""Boots one image and says how it went: the story behind `bootbuilder boot`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from bootbuilder.vm.guest import Pattern, Vm, WaitFailed
from bootbuilder.vm.keyboard import keys
from bootbuilder.vm.machine import Accel, Machine
from bootbuilder.vm.screen import DEFAULT_PROMPT, Screen

_STEADY = 0.1  # seconds that a prompt must stand before it is typed at
_IDLE = 3.0  # seconds without change after which a screen counts as one that waits for a key
_NOT_BOOTABLE = "No bootable device"  # the BIOS has tried everything


@dataclass(frozen=True)
class BootResult:
    """How a boot went. `seconds` count from power-on, `screen` is the last text, `reason` is empty when ok."""

    ok: bool
    screen: str
    seconds: float
    reason: str
    accel: Literal["kvm", "tcg"]


def boot(
    image: Path | str | bytes,
    expect: Pattern = DEFAULT_PROMPT,
    type_text: str | None = None,
    timeout: float = 60,
    nic: str | None = None,
    accel: Accel = "auto",
    screenshot: Path | str | None = None,
) -> BootResult:
    """Boot an image until `expect` is on the screen, at most `timeout` seconds; a file `*.0` boots by PXE.

    `type_text` is typed at the first DOS prompt, or when the screen has not changed for 3 seconds, and
    `expect` must be on a screen after that. Enter is added to it unless it ends with a named key or a newline
    (or with `\\n`, as shells pass it). The screenshot is taken at the end in any case. Raises ToolMissing
    without QEMU, MachineError when the image or the machine is wrong.
    """
    typed = None if type_text is None else _with_enter(type_text)
    media: Literal["pxe"] | None = (
        "pxe" if isinstance(image, (str, Path)) and Path(image).suffix == ".0" else None
    )
    machine = Machine(image, media, nic=nic, accel=accel)
    reason = ""
    with Vm(machine) as vm:
        try:
            if typed is None:
                screen = vm.wait_for(expect, timeout, _NOT_BOOTABLE)
            else:
                screen = _boot_and_type(vm, typed, expect, timeout)
        except WaitFailed as error:
            screen, reason = error.screen, error.reason
            if machine.used_accel == "kvm" and error.ended is None:
                reason += "; KVM runs real mode slowly on some hosts, so try the accelerator tcg"
        seconds = vm.seconds
        if screenshot is not None and (vm.ended is None or vm.ended.reason.startswith("guest")):
            vm.screenshot(screenshot)
    return BootResult(not reason, str(screen), seconds, reason, machine.used_accel)


def _boot_and_type(vm: Vm, text: str, expect: Pattern, timeout: float) -> Screen:
    """Type `text` once the guest seems to wait for it; return the first later screen that has `expect`."""
    before = vm.wait_until(
        lambda now, since: since >= (_STEADY if now.search(DEFAULT_PROMPT) else _IDLE) and bool(now.text),
        "no place to type on the screen",
        timeout,
        _NOT_BOOTABLE,
    )
    vm.type(text)
    return vm.wait_for(expect, max(0.0, timeout - vm.seconds), unlike=before)


def _with_enter(text: str) -> str:
    """What to type for the text of a command line; raises MachineError when a key does not exist."""
    text = re.sub(r"\\n\Z", "\n", text)
    if not text.endswith("\n") and not re.search(r"(?<!\{)\{[^{}]+\}\Z", text):
        text += "\n"
    keys(text)
    return text
