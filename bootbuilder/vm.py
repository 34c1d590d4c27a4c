"""A running PC in QEMU: reads its screen, types on its keyboard, and always ends it.

    with Vm(Machine("freedos.img")) as vm:
        vm.wait_for(DEFAULT_PROMPT, timeout=30)
        print(vm.run("ver").text)

`boot` does the whole of it for one image. `Machine` (machine.py) says what the PC has, `Screen` (screen.py)
what it shows.
"""

from __future__ import annotations

import atexit
import contextlib
import ctypes
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import weakref
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Literal

from bootbuilder.errors import MachineError
from bootbuilder.machine import Accel, Disk, Machine, Media, command_line, drive_id, find_qemu, media_of
from bootbuilder.qmp import Chord, Listener, Qmp, QmpClosed, QmpError, keys
from bootbuilder.screen import (
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

__all__ = ["DEFAULT_PROMPT", "BootResult", "Disk", "Ended", "Machine", "Screen", "Vm", "WaitFailed", "boot"]

_POLL = 0.025  # seconds between two looks at the screen: a look costs about 1 ms
_START_TIMEOUT = 30.0  # seconds until QEMU must have connected
_END_TIMEOUT = 10.0  # seconds for QEMU to write its images when told to quit
_KEYBOARD_ROOM = 12  # of the 15 key presses that the BIOS buffer holds
_NO_BOOT = re.compile(r"No bootable device|Boot failed: could not read the boot disk")

EndReason = Literal["guest-reset", "guest-shutdown", "guest-panic", "exit-device", "qemu-ended", "closed"]


@dataclass(frozen=True)
class Ended:
    """Why a PC runs no longer: `code` is the number the guest wrote to the exit device, or QEMU's exit status."""

    reason: EndReason
    code: int | None = None

    def __str__(self) -> str:
        texts: dict[EndReason, str] = {
            "guest-reset": "the guest reset the PC",
            "guest-shutdown": "the guest switched the PC off",
            "guest-panic": "the guest panicked",
            "exit-device": f"the guest ended the run with code {self.code}",
            "qemu-ended": f"QEMU ended with status {self.code}",
            "closed": "the PC was closed",
        }
        return texts[self.reason]


class WaitFailed(MachineError):
    """What was waited for did not appear. `screen` is the last one seen; `ended` is None on a time-out."""

    def __init__(self, message: str, screen: Screen, ended: Ended | None) -> None:
        super().__init__(f"{message}; the screen was:\n{screen}")
        self.reason = message
        self.screen = screen
        self.ended = ended


class Vm:
    """One QEMU and its private folder, from `with` to the end of the block.

    On Linux the kernel ends QEMU when the thread that started it dies, so start and use a Vm in one thread.
    """

    def __init__(self, machine: Machine, qemu: str | None = None) -> None:
        self.machine = machine
        self._qemu = qemu
        self._folder: Path | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._qmp: Qmp | None = None
        self._files: list[Path | None] = []
        self._kept: dict[int | str, bytes] = {}
        self._ended: Ended | None = None
        self.last_screen = BLANK
        self.started = 0.0

    # --- life -----------------------------------------------------------------------------------------------

    def __enter__(self) -> Vm:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.quit()

    def start(self) -> None:
        """Start QEMU. Raises ToolMissing without QEMU, MachineError when it does not start or an image is missing."""
        _running.add(self)
        try:
            self._start()
        except BaseException:
            self.quit()
            raise

    def _start(self) -> None:
        qemu = self._qemu or find_qemu()
        self._folder = folder = Path(tempfile.mkdtemp(prefix="bootbuilder-vm-"))
        media: list[Media] = []
        for index, disk in enumerate(self.machine.all_disks):
            kind, file = self._place(disk, f"disk{index}.img")
            media.append(kind)
            self._files.append(file)
        listener = Listener(folder, "qmp")
        try:
            line = command_line(qemu, self.machine, tuple(media), tuple(self._files), folder, listener.chardev)
            with open(folder / "stderr.log", "wb") as errors:
                self.started = time.monotonic()
                self._process = _spawn(line, folder, errors.fileno())
            deadline = self.started + _START_TIMEOUT
            connection = None
            while connection is None:
                connection = listener.accept(0.2)
                if connection is None and (self._process.poll() is not None or time.monotonic() > deadline):
                    raise self._no_start()
        finally:
            listener.close()
        try:
            self._qmp = Qmp(connection)
        except QmpClosed as error:
            self._process.wait(_END_TIMEOUT)
            raise self._no_start() from error

    def _place(self, disk: Disk, name: str) -> tuple[Media, Path | None]:
        """Return the kind of a medium and the file that QEMU opens: the user's, or a private copy."""
        assert self._folder is not None
        image, copy = disk.image, self._folder / name
        if image is None:
            return disk.media or "floppy", None
        if isinstance(image, bytes):
            if disk.media == "pxe":
                raise MachineError("a PXE boot needs a file, not bytes")
            copy.write_bytes(image)
            return disk.media or media_of(image[:0x8100], len(image)), copy
        path = Path(image).resolve()
        try:
            with path.open("rb") as file:
                head = file.read(0x8100)
            kind = disk.media or media_of(head, path.stat().st_size)
            if not disk.writable or kind == "pxe":
                return kind, path
            shutil.copyfile(path, copy)
        except OSError as error:
            raise MachineError(
                f"cannot read the image {path}: {error.strerror or error}", "give the path of a disk image"
            ) from error
        return kind, copy

    def _no_start(self) -> MachineError:
        text = self._stderr()
        hint = None
        if "kvm" in text.lower():
            hint = "use --accel tcg: it needs no rights and boots DOS quickly"
        elif "is not a valid device model name" in text:
            hint = "qemu-system-i386 -device help lists the network adapters of this QEMU"
        return MachineError(f"QEMU did not start: {text or 'it gave no reason'}", hint)

    def _stderr(self) -> str:
        """What QEMU complained of, without its own name before each line."""
        if self._folder is None:
            return ""
        text = (self._folder / "stderr.log").read_text(errors="replace").strip()
        return re.sub(r"^\S*qemu-system-\w+(\.exe)?: ", "", text, flags=re.MULTILINE)

    def quit(self) -> None:
        """End QEMU and remove the private folder; what was captured stays readable. Harmless when repeated."""
        try:
            self._end_process()
            self._keep()
        finally:
            if self._process is not None and self._process.poll() is None:
                self._process.kill()
                self._process.wait()
            if self._folder is not None:
                shutil.rmtree(self._folder, ignore_errors=True)
                self._folder = None
            _running.discard(self)

    def _end_process(self) -> None:
        process, qmp = self._process, self._qmp
        if process is None:
            return
        if process.poll() is None and qmp is not None and any(disk.writable for disk in self.machine.all_disks):
            # Only QEMU knows what it has not written yet.
            with contextlib.suppress(MachineError, subprocess.TimeoutExpired):
                qmp.execute("quit", timeout=_END_TIMEOUT)
                process.wait(_END_TIMEOUT)
        if process.poll() is None:
            process.kill()
        process.wait()
        if qmp is not None:
            qmp.close()
        if self._ended is None:
            self._ended = Ended("closed")

    def _keep(self) -> None:
        """Take what must outlive the private folder into memory."""
        if self._folder is None:
            return
        for index, disk in enumerate(self.machine.all_disks):
            file = self._files[index] if index < len(self._files) else None
            if disk.writable and file is not None:
                self._kept[index] = file.read_bytes()
        for name in ("serial", "debugcon"):
            self._kept[name] = self._captured(name)

    # --- what the guest did -----------------------------------------------------------------------------------

    @property
    def pid(self) -> int | None:
        """QEMU's process id; None before the start."""
        return self._process.pid if self._process else None

    @property
    def ended(self) -> Ended | None:
        """Why the PC runs no longer; None while it runs."""
        if self._ended is None and self._qmp is not None:
            try:
                self._qmp.wait_event(0.0005)
            except QmpClosed:
                self._note_exit()
            else:
                self._note_events()
        return self._ended

    @property
    def serial(self) -> bytes:
        """What the guest has sent to COM1 so far (needs `Machine.serial`)."""
        return self._captured("serial")

    @property
    def debugcon(self) -> bytes:
        """What the guest has written to port E9h so far (needs `Machine.debugcon`)."""
        return self._captured("debugcon")

    def _captured(self, name: str) -> bytes:
        if self._folder is None:
            return self._kept.get(name, b"")
        path = self._folder / f"{name}.log"
        return path.read_bytes() if path.exists() else b""

    def disk_bytes(self, index: int = 0) -> bytes:
        """The content of `machine.all_disks[index]`, which must be writable, after `quit` or the `with` block."""
        if index not in self._kept:
            raise MachineError(
                f"disk {index} is not there to read", "make it writable, and read it after quit()"
            )
        return self._kept[index]

    def wait_end(self, timeout: float = 30) -> Ended:
        """Wait until the guest resets, switches off or uses the exit device. Raises WaitFailed on time-out."""
        deadline = time.monotonic() + timeout
        while self.ended is None:
            if time.monotonic() > deadline:
                raise WaitFailed(f"the guest did not end within {timeout:g} s", self.screen(), None)
            time.sleep(_POLL / 2)
        assert self._ended is not None
        return self._ended

    def _note_events(self) -> None:
        assert self._qmp is not None
        while self._qmp.events:
            event = self._qmp.events.popleft()
            reason = event.get("data", {}).get("reason", "")
            if event["event"] == "SHUTDOWN" and reason in ("guest-reset", "guest-shutdown", "guest-panic"):
                with contextlib.suppress(MachineError):
                    self.last_screen = self._look()
                self._ended = Ended(reason)

    def _note_exit(self) -> None:
        assert self._process is not None
        try:
            status = self._process.wait(_END_TIMEOUT)
        except subprocess.TimeoutExpired:
            return
        if self._ended is None:
            if self.machine.exit_device and status > 0 and status % 2:
                self._ended = Ended("exit-device", status >> 1)
            else:
                self._ended = Ended("qemu-ended", status)

    def _execute(self, command: str, **arguments: Any) -> Any:
        if self._qmp is None or self._folder is None:
            raise MachineError("the virtual machine is not running")
        try:
            return self._qmp.execute(command, **arguments)
        except QmpClosed as error:
            self._note_exit()
            raise MachineError(f"the virtual machine is not running: {self._ended}", self._stderr() or None) from error

    # --- screen -----------------------------------------------------------------------------------------------

    def memory(self, address: int, size: int) -> bytes:
        """Read `size` bytes at a physical address."""
        assert self._folder is not None or self._ended is not None
        file = (self._folder or Path()) / "memory.bin"
        self._execute("pmemsave", val=address, size=size, filename=str(file))
        return file.read_bytes()

    def _look(self) -> Screen:
        page = text_page(self.memory(BDA_ADDRESS, BDA_SIZE))
        return decode(page, self.memory(page.address, page.size)) if isinstance(page, TextPage) else page

    def screen(self) -> Screen:
        """What the display shows now; after the end, what it showed last."""
        if self._ended is None:
            try:
                self.last_screen = self._look()
            except MachineError:
                if self._ended is None:
                    raise
        return self.last_screen

    def wait_for(
        self, pattern: str | re.Pattern[str], timeout: float = 30, fail: str | re.Pattern[str] | None = None
    ) -> Screen:
        """Wait until the screen's text has `pattern` (`^` and `$` match at each row) and return that screen.

        Raises WaitFailed with the last screen: after `timeout` seconds, as soon as the screen has `fail`, or
        when the guest or QEMU ended before.
        """
        return self._wait(lambda screen: bool(screen.search(pattern)), f"no {_name(pattern)}", timeout, fail)

    def _wait(
        self, done: Callable[[Screen], bool], missing: str, timeout: float, fail: str | re.Pattern[str] | None
    ) -> Screen:
        deadline = time.monotonic() + timeout
        while True:
            ended = self.ended
            screen = self.screen()
            if done(screen):
                return screen
            if ended is not None:
                raise WaitFailed(f"{missing}: {ended}", screen, ended)
            if fail is not None and screen.search(fail):
                raise WaitFailed(f"{missing}: the screen shows {_name(fail)}", screen, None)
            if time.monotonic() >= deadline:
                raise WaitFailed(f"{missing} within {timeout:g} s", screen, None)
            time.sleep(_POLL)

    def run(self, command: str, timeout: float = 30, prompt: str = DEFAULT_PROMPT) -> Screen:
        """Type a command and Enter at a prompt; return the screen when the next prompt is there.

        The screen has to differ from the one before: `cls` on a cleared screen cannot be seen to have run.
        """
        before = self.screen()
        self.type(command + "\n")
        return self._wait(
            lambda screen: (screen.text, screen.cursor) != (before.text, before.cursor) and bool(screen.search(prompt)),
            f"no prompt after {command!r}", timeout, None,
        )  # fmt: skip

    def screenshot(self, path: Path | str) -> None:
        """Write what the display shows, text or graphics, as a PNG file. Raises MachineError when it cannot be written."""
        assert self._folder is not None or self._ended is not None
        picture = (self._folder or Path()) / "screen.png"
        try:
            self._execute("screendump", filename=str(picture), format="png")
            data = picture.read_bytes()
        except QmpError:  # before QEMU 7.1, or built without libpng
            self._execute("screendump", filename=str(picture))
            data = ppm_to_png(picture.read_bytes())
        try:
            Path(path).write_bytes(data)
        except OSError as error:
            raise MachineError(f"cannot write the screenshot {path}: {error.strerror}") from error

    # --- keyboard and drives ------------------------------------------------------------------------------------

    def type(self, text: str) -> None:
        """Type text and named keys, as `qmp.keys` describes, no faster than the guest takes them."""
        for chord in keys(text):
            self._press(chord)

    def _press(self, chord: Chord) -> None:
        self._keyboard(lambda pending, _tail: pending < _KEYBOARD_ROOM, 5)
        _, tail = self._keyboard_state()
        downs = [_key_event(key, True) for key in chord]
        ups = [_key_event(key, False) for key in reversed(chord)]
        self._execute("input-send-event", events=downs + ups)
        # The key is through when the BIOS has put it into its buffer. Programs that take the keyboard
        # interrupt for themselves never let it: they get some time instead.
        self._keyboard(lambda _pending, now: now != tail, 0.05)

    def _keyboard(self, ready: Callable[[int, int], bool], timeout: float) -> None:
        deadline = time.monotonic() + timeout
        while not ready(*self._keyboard_state()) and time.monotonic() < deadline:
            time.sleep(0.001)

    def _keyboard_state(self) -> tuple[int, int]:
        """Key presses that wait in the BIOS buffer, and the buffer's tail (BDA 1Ah and 1Ch; 16 words)."""
        bda = self.memory(BDA_ADDRESS + 0x1A, 4)
        head, tail = int.from_bytes(bda[:2], "little"), int.from_bytes(bda[2:], "little")
        return (tail - head) // 2 % 16, tail

    def eject(self, index: int = 0) -> None:
        """Take the floppy (or CD) out of the drive of `machine.all_disks[index]`."""
        self._execute("eject", device=drive_id(index), force=True)

    def insert(self, index: int, image: Path | str | bytes) -> None:
        """Put another floppy (or CD) into that drive; the guest works on a private copy."""
        assert self._folder is not None
        disk = Disk(image, writable=True)
        _, file = self._place(disk, f"disk{index}-{time.monotonic_ns()}.img")
        self._execute("blockdev-change-medium", device=drive_id(index), filename=str(file), format="raw")
        self._files[index] = file


@dataclass(frozen=True)
class BootResult:
    """How a boot went: `screen` is the last text, `seconds` counts from power-on, `reason` says why it is not ok."""

    ok: bool
    screen: str
    seconds: float
    reason: str
    accel: Literal["kvm", "tcg"]


def boot(
    image: Path | str | bytes,
    expect: str | re.Pattern[str] = DEFAULT_PROMPT,
    type_text: str | None = None,
    timeout: float = 60,
    nic: str | None = None,
    accel: Accel = "auto",
    screenshot: Path | str | None = None,
) -> BootResult:
    """Boot an image until `expect` is on the screen, or `timeout` seconds are over.

    With `type_text`, it is typed at the first DOS prompt, and `expect` must appear after that; Enter is added
    unless the text ends with a named key or a newline. The screenshot is taken in either case, at the end.
    Raises ToolMissing without QEMU, MachineError when the image or the machine is wrong.
    """
    text = type_text
    if text is not None:
        keys(text)
        text = re.sub(r"(\\r)?\\n\Z", "\n", text)
        if not re.search(r"(\n|\})\Z", text):
            text += "\n"
    machine = Machine(image, nic=nic, accel=accel)
    with Vm(machine) as vm:
        reason = ""
        try:
            if text is None:
                screen = vm.wait_for(expect, timeout, fail=_NO_BOOT)
            else:
                before = vm.wait_for(DEFAULT_PROMPT, timeout, fail=_NO_BOOT)
                vm.type(text)
                screen = vm._wait(
                    lambda now: now.text != before.text and bool(now.search(expect)),
                    f"no {_name(expect)}", max(0.1, timeout - (time.monotonic() - vm.started)), None,
                )  # fmt: skip
        except WaitFailed as error:
            screen, reason = error.screen, error.reason
        seconds = time.monotonic() - vm.started
        if screenshot is not None and (vm.ended is None or vm.ended.reason.startswith("guest")):
            vm.screenshot(screenshot)
        return BootResult(not reason, str(screen), seconds, reason, machine.used_accel)


def _name(pattern: str | re.Pattern[str]) -> str:
    source = pattern if isinstance(pattern, str) else pattern.pattern
    return "DOS prompt" if source == DEFAULT_PROMPT else repr(source)


def _key_event(key: str, down: bool) -> dict[str, object]:
    return {"type": "key", "data": {"down": down, "key": {"type": "qcode", "data": key}}}


# --- processes ----------------------------------------------------------------------------------------------------

_running: weakref.WeakSet[Vm] = weakref.WeakSet()


@atexit.register
def _end_all() -> None:
    for vm in list(_running):
        vm.quit()


def _spawn(line: list[str], folder: Path, errors: int) -> subprocess.Popen[bytes]:
    """Start QEMU out of reach of the terminal's Ctrl-C, which is ours to handle; it must not outlive us."""
    # QEMU's own temporary files (snapshots) belong into the private folder, too.
    environment = {**os.environ, "TMPDIR": str(folder)}
    try:
        if sys.platform == "win32":
            return subprocess.Popen(
                line, env=environment, stdin=subprocess.DEVNULL, stdout=errors, stderr=errors,
                creationflags=subprocess.CREATE_NEW_PROCESS_GROUP,
            )  # fmt: skip
        return subprocess.Popen(
            line, env=environment, stdin=subprocess.DEVNULL, stdout=errors, stderr=errors,
            start_new_session=True, preexec_fn=_die_with_parent(),
        )  # fmt: skip
    except OSError as error:
        raise MachineError(f"cannot run {line[0]}: {error.strerror or error}", "check that it is installed") from error


def _die_with_parent() -> Callable[[], None] | None:
    """Return what makes the kernel kill the new process when its parent dies, where there is such a thing."""
    if sys.platform != "linux":
        return None
    try:
        prctl = ctypes.CDLL(None).prctl
    except (OSError, AttributeError):
        return None
    parent = os.getpid()

    def ask() -> None:
        prctl(1, signal.SIGKILL, 0, 0, 0)  # PR_SET_PDEATHSIG
        if os.getppid() != parent:
            os._exit(1)

    return ask
