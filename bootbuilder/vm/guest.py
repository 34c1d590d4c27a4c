"""A running PC: reads its screen, types on its keyboard, changes its floppies, and always ends it.

`Machine` (machine.py) says what the PC has, `Screen` (screen.py) what it shows, and `Emulator` (process.py)
owns the process.
"""

from __future__ import annotations

import math
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Literal

from bootbuilder.errors import MachineError
from bootbuilder.vm.keyboard import Chord, keys
from bootbuilder.vm.machine import Disk, Machine, drive_id
from bootbuilder.vm.process import Emulator
from bootbuilder.vm.qmp import QmpClosed
from bootbuilder.vm.screen import (
    BDA_ADDRESS,
    BDA_SIZE,
    BLANK,
    DEFAULT_PROMPT,
    Screen,
    TextPage,
    decode,
    ppm_to_png,
    text_page,
)

_POLL = 0.025  # seconds between two looks at the screen; a look costs about 1 ms
_STEADY = 0.06  # seconds that a prompt must stand: with ECHO ON, each line of a batch file begins with one
_EXIT_TIMEOUT = 10.0  # seconds from the end of QEMU's monitor to the end of its process
_KEY_TIMEOUT = 1.0  # seconds for the BIOS to take a key press
_KEY_PAUSE = 0.05  # seconds between key presses that the BIOS does not take
_BUFFER_TIMEOUT = 5.0  # seconds for the guest to read from a full keyboard buffer
_BUFFER_ROOM = 12  # key presses; the BIOS buffer holds 15

Pattern = str | re.Pattern[str]
EndReason = Literal["guest-reset", "guest-shutdown", "guest-panic", "exit-device", "qemu-ended", "closed"]


@dataclass(frozen=True)
class Ended:
    """Why a PC runs no longer.

    `code` is the number (0 to 127) that the guest wrote to the exit device, or QEMU's exit status (negative:
    the signal that killed it); `detail` is what QEMU complained of.
    """

    reason: EndReason
    code: int | None = None
    detail: str = ""

    def __str__(self) -> str:
        texts: dict[EndReason, str] = {
            "guest-reset": "the guest reset the PC",
            "guest-shutdown": "the guest switched the PC off",
            "guest-panic": "the guest panicked",
            "exit-device": f"the guest ended the run with code {self.code}",
            "qemu-ended": f"QEMU ended with status {self.code}",
            "closed": "the virtual machine was closed",
        }
        return texts[self.reason] + (f": {self.detail}" if self.detail else "")


class WaitFailed(MachineError):
    """What was waited for did not come. `screen` is the last one; `ended` is None when the PC still runs."""

    def __init__(self, reason: str, screen: Screen, ended: Ended | None = None) -> None:
        super().__init__(f"{reason}; the screen was:\n{screen}")
        self.reason = reason
        self.screen = screen
        self.ended = ended


class Vm:
    """One PC, from the beginning of a `with` block to its end. Use each in one thread only.

    After the block, `screen()`, `serial`, `debugcon`, `disk_bytes` and `ended` still tell how it was left.
    """

    def __init__(self, machine: Machine, qemu: str | None = None) -> None:
        """Describe it; `qemu` is the path of another QEMU than the one on the PATH."""
        self.machine = machine
        self._program = qemu
        self._emulator: Emulator | None = None
        self._ended: Ended | None = None
        self._disks: dict[int, bytes] = {}
        self._serial = self._debugcon = b""
        self._screen = BLANK
        self._bios_keys = True

    # --- from start to end --------------------------------------------------------------------------------

    def __enter__(self) -> Vm:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.quit()

    def start(self) -> None:
        """Switch the PC on. Raises ToolMissing without QEMU, MachineError when an image or QEMU fails."""
        self._emulator = Emulator(self.machine, self._program)

    def quit(self) -> None:
        """End QEMU and remove its folder. Harmless when repeated."""
        emulator, self._emulator = self._emulator, None
        if emulator is None:
            return
        try:
            emulator.end(write_back=any(medium.writable for medium in emulator.media))
            for index, medium in enumerate(emulator.media):
                if medium.writable and medium.file is not None:
                    self._disks[index] = medium.file.read_bytes()
            self._serial, self._debugcon = _serial_of(emulator), _debugcon_of(emulator)
        finally:
            emulator.close()
            self._ended = self._ended or Ended("closed")

    @property
    def pid(self) -> int | None:
        """QEMU's process id; None before the start and after `quit`."""
        return self._emulator.pid if self._emulator else None

    @property
    def seconds(self) -> float:
        """Seconds since QEMU was started; 0 when it is not running."""
        return time.monotonic() - self._emulator.started if self._emulator else 0.0

    @property
    def ended(self) -> Ended | None:
        """Why the PC runs no longer; None while it runs."""
        emulator = self._emulator
        if self._ended is None and emulator is not None:
            try:
                emulator.qmp.wait_event(0.0005)
            except QmpClosed:
                self._ended = self._exit_of(emulator)
            else:
                self._note_events(emulator)
        return self._ended

    def wait_end(self, timeout: float = 30) -> Ended:
        """Wait until the guest resets or switches off the PC, or uses the exit device, or QEMU dies.

        Raises WaitFailed after `timeout` seconds.
        """
        deadline = time.monotonic() + timeout
        while (ended := self.ended) is None:
            if time.monotonic() >= deadline:
                raise WaitFailed(f"the guest did not end within {timeout:g} s", self.screen())
            time.sleep(_POLL)
        return ended

    def _note_events(self, emulator: Emulator) -> None:
        while emulator.qmp.events:
            event = emulator.qmp.events.popleft()
            reason = event.get("data", {}).get("reason")
            if event["event"] == "SHUTDOWN" and reason in ("guest-reset", "guest-shutdown", "guest-panic"):
                self.screen()
                self._ended = self._ended or Ended(reason)

    def _exit_of(self, emulator: Emulator) -> Ended:
        status = emulator.status(_EXIT_TIMEOUT)
        if self.machine.exit_device and status is not None and status > 0 and status % 2:
            return Ended("exit-device", status // 2)
        return Ended("qemu-ended", status, emulator.complaint())

    def execute(self, command: str, **arguments: Any) -> Any:
        """Run a QMP command, `_` in argument names standing for `-`, and return its result.

        Raises MachineError when QEMU refuses it or runs no longer.
        """
        if self._emulator is None:
            raise MachineError(f"the virtual machine is not running: {self._ended or 'it was not started'}")
        try:
            return self._emulator.qmp.execute(command, **arguments)
        except QmpClosed as error:
            self._ended = self._ended or self._exit_of(self._emulator)
            raise MachineError(f"the virtual machine is not running: {self._ended}") from error

    # --- screen -------------------------------------------------------------------------------------------

    def memory(self, address: int, size: int) -> bytes:
        """Read `size` bytes of physical memory."""
        return self._execute_to_file("pmemsave", val=address, size=size)

    def screen(self) -> Screen:
        """What the display shows now; after the end, what it showed last."""
        if self._ended is None and self._emulator is not None:
            try:
                page = text_page(self.memory(BDA_ADDRESS, BDA_SIZE))
                if isinstance(page, TextPage):
                    self._screen = decode(page, self.memory(page.address, page.size))
                else:
                    self._screen = page
            except MachineError:
                if self._ended is None:
                    raise
        return self._screen

    def wait_for(
        self, pattern: Pattern, timeout: float = 30, fail: Pattern | None = None, unlike: Screen | None = None
    ) -> Screen:
        """Wait until the text of the screen has `pattern`, and return that screen.

        `^` and `$` match at each row (a compiled pattern keeps its own flags). A screen that equals `unlike`
        does not count. Raises WaitFailed after `timeout` seconds, as soon as the screen has `fail`, or when
        the PC ends.
        """
        prompt = pattern == DEFAULT_PROMPT
        still = _STEADY if prompt else 0.0
        source = pattern if isinstance(pattern, str) else pattern.pattern
        return self.wait_until(
            lambda screen, since: since >= still and screen != unlike and screen.search(pattern) is not None,
            f"no {'DOS prompt' if prompt else f'match for {source!r}'} on the screen",
            timeout,
            fail,
        )

    def wait_until(
        self,
        done: Callable[[Screen, float], bool],
        missing: str,
        timeout: float = 30,
        fail: Pattern | None = None,
    ) -> Screen:
        """Wait for a screen for which `done(screen, seconds since it last changed)` is true, and return it.

        Raises WaitFailed as `wait_for` does; its text begins with `missing`, such as "no menu".
        """
        deadline = time.monotonic() + timeout
        previous, since = self._screen, time.monotonic()
        while True:
            ended, screen, now = self.ended, self.screen(), time.monotonic()
            if screen != previous:
                previous, since = screen, now
            if done(screen, math.inf if ended else now - since):
                return screen
            if ended is not None:
                raise WaitFailed(f"{missing}: {ended}", screen, ended)
            if fail is not None and (match := screen.search(fail)):
                raise WaitFailed(f"{missing}: it says {match[0]!r}", screen)
            if now >= deadline:
                raise WaitFailed(f"{missing} within {timeout:g} s", screen)
            time.sleep(_POLL)

    def run(self, command: str, timeout: float = 30, prompt: Pattern = DEFAULT_PROMPT) -> Screen:
        """Type a command and Enter at a prompt; return the screen once the next prompt is there.

        The screen has to change: a second `cls` in a row cannot be seen to have run. Raises WaitFailed.
        """
        before = self.screen()
        self.type(command + "\n")
        return self.wait_for(prompt, timeout, unlike=before)

    def screenshot(self, path: Path | str) -> None:
        """Write a picture of the display, text or graphics, as a PNG file. Raises MachineError."""
        # Not QEMU's own PNG: version 7.1 crashes on it, and 7.2 swaps red and blue.
        picture = ppm_to_png(self._execute_to_file("screendump"))
        try:
            Path(path).write_bytes(picture)
        except OSError as error:
            raise MachineError(
                f"cannot write the screenshot {path}: {error.strerror or error}",
                "name a file in a folder of yours",
            ) from error

    def _execute_to_file(self, command: str, **arguments: Any) -> bytes:
        """Run a command that writes a file, and return what it wrote."""
        name = "dump.bin"
        path = self._emulator.folder / name if self._emulator else Path(name)
        self.execute(command, filename=str(path), **arguments)
        return path.read_bytes()

    # --- keyboard, ports and drives -----------------------------------------------------------------------

    def type(self, text: str) -> None:
        """Type text and named keys, as `keyboard.keys` describes, no faster than the guest takes them.

        A key may end the PC, and then the rest is not typed; `ended` and `wait_for` tell. Raises MachineError.
        """
        try:
            for chord in keys(text):
                self._press(chord)
        except MachineError:
            if self._ended is None or self._emulator is None:
                raise

    def _press(self, chord: Chord) -> None:
        self._wait_keyboard(lambda pending, _tail: pending < _BUFFER_ROOM, _BUFFER_TIMEOUT)
        _, before = self._keyboard()
        events = [_key_event(key, True) for key in chord] + [
            _key_event(key, False) for key in reversed(chord)
        ]
        self.execute("input-send-event", events=events)
        # A program that took the keyboard interrupt for itself lets no key through to the BIOS.
        timeout = _KEY_TIMEOUT if self._bios_keys else _KEY_PAUSE
        self._bios_keys = self._wait_keyboard(lambda _pending, tail: tail != before, timeout)

    def _wait_keyboard(self, ready: Callable[[int, int], bool], timeout: float) -> bool:
        deadline = time.monotonic() + timeout
        while not ready(*self._keyboard()):
            if time.monotonic() >= deadline:
                return False
            time.sleep(0.001)
        return True

    def _keyboard(self) -> tuple[int, int]:
        """Key presses in the BIOS buffer, a ring of 16 words, and its tail (BDA 1Ah: head, 1Ch: tail)."""
        pointers = self.memory(BDA_ADDRESS + 0x1A, 4)
        head, tail = int.from_bytes(pointers[:2], "little"), int.from_bytes(pointers[2:], "little")
        return (tail - head) // 2 % 16, tail

    @property
    def serial(self) -> bytes:
        """What the guest has sent to COM1 so far; needs `Machine.serial`."""
        return _serial_of(self._emulator) if self._emulator else self._serial

    def send(self, data: bytes) -> None:
        """Send bytes to the guest's COM1; needs `Machine.serial`. Raises MachineError."""
        if self._emulator is None or self._emulator.serial is None:
            raise MachineError("this virtual machine has no serial port now", "give its Machine serial=True")
        self._emulator.serial.send(data)

    @property
    def debugcon(self) -> bytes:
        """What the guest has written to port E9h so far; needs `Machine.debugcon`."""
        return _debugcon_of(self._emulator) if self._emulator else self._debugcon

    def disk_bytes(self, index: int = 0) -> bytes:
        """The content of the writable `machine.all_disks[index]` after `quit` or the `with` block."""
        if index not in self._disks:
            raise MachineError(
                f"disk {index} cannot be read back", "make it writable, and read it after quit()"
            )
        return self._disks[index]

    def eject(self, index: int = 0) -> None:
        """Take the medium out of the floppy or CD drive of `machine.all_disks[index]`."""
        self.execute("eject", id=self._drive_address(index), force=True)

    def insert(self, index: int, image: Path | str | bytes) -> None:
        """Put another medium into that drive: a private copy, which `disk_bytes` returns."""
        if self._emulator is None:
            raise MachineError("the virtual machine is not running")
        name = f"disk{index}-{time.monotonic_ns()}.img"
        medium = self._emulator.place(Disk(image, self._emulator.media[index].media, writable=True), name)
        drive = self._drive_address(index)
        self.execute("blockdev-change-medium", id=drive, filename=str(medium.file), format="raw")
        self._emulator.media[index] = medium

    def _drive_address(self, index: int) -> str:
        """QEMU's name of the drive itself, not of the medium in it."""
        for block in self.execute("query-block"):
            if block["device"] == drive_id(index):
                return str(block["qdev"])
        raise MachineError(f"there is no drive {index}", "drives count from 0, the boot medium's, in order")


def _key_event(key: str, down: bool) -> dict[str, object]:
    return {"type": "key", "data": {"down": down, "key": {"type": "qcode", "data": key}}}


def _serial_of(emulator: Emulator) -> bytes:
    return emulator.serial.received if emulator.serial else b""


def _debugcon_of(emulator: Emulator) -> bytes:
    path = emulator.folder / "debugcon.log"
    return path.read_bytes() if path.exists() else b""
