"""One QEMU process: its private folder, its media, its monitor - and its end, whatever happens to us."""

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
import warnings
from collections.abc import Callable
from pathlib import Path

from bootbuilder.errors import MachineError
from bootbuilder.vm.machine import HEAD_SIZE, Disk, Machine, Medium, command_line, find_qemu, media_of
from bootbuilder.vm.qmp import Listener, Qmp, QmpClosed, SerialLine

_START_TIMEOUT = 30.0  # seconds until QEMU must have connected to its monitor
_END_TIMEOUT = 10.0  # seconds for QEMU to write its images when told to quit


class Emulator:
    """QEMU, from the start until `close`.

    On Linux the kernel kills QEMU when the thread that started it ends, so that it dies with us even when we
    are killed. On other systems it ends with us unless we are killed.
    """

    folder: Path
    media: list[Medium]
    qmp: Qmp
    serial: SerialLine | None = None
    _process: subprocess.Popen[bytes] | None = None
    _connection: Qmp | None = None
    _folder: Path | None = None

    def __init__(self, machine: Machine, program: str | None = None) -> None:
        """Start it. Raises ToolMissing without QEMU, MachineError when an image or QEMU's start fails."""
        program = program or find_qemu()
        self.owner = os.getpid()
        _open.add(self)
        try:
            self._folder = self.folder = Path(tempfile.mkdtemp(prefix="bootbuilder-vm-")).resolve()
            self.media = [
                self.place(disk, f"disk{index}.img") for index, disk in enumerate(machine.all_disks)
            ]
            self.started = time.monotonic()
            self._connect(machine, program)
        except OSError as error:
            self.close()
            raise MachineError(
                f"cannot prepare a virtual machine: {error}",
                f"there must be room in the folder for temporary files, {tempfile.gettempdir()}",
            ) from error
        except BaseException:
            self.close()
            raise

    def _connect(self, machine: Machine, program: str) -> None:
        """Run QEMU and take the connections it makes to us."""
        with contextlib.ExitStack() as listeners:
            monitor = listeners.enter_context(contextlib.closing(Listener(self.folder, "qmp")))
            serial = Listener(self.folder, "serial") if machine.serial else None
            if serial is not None:
                listeners.enter_context(contextlib.closing(serial))
            line = command_line(
                program, machine, self.media, self.folder, monitor.chardev, serial.chardev if serial else None
            )
            self._process = process = _spawn(line, self.folder)
            deadline = self.started + _START_TIMEOUT
            connection = monitor.accept(0.5)
            while connection is None:
                if process.poll() is not None or time.monotonic() > deadline:
                    raise self._no_start()
                connection = monitor.accept(0.1)
            self._connection = self.qmp = Qmp(connection)
            if serial is not None and (connection := serial.accept(_START_TIMEOUT)) is not None:
                self.serial = SerialLine(connection)
        try:
            self.qmp.greet(_START_TIMEOUT)
        except QmpClosed as error:
            self.status(_END_TIMEOUT)
            raise self._no_start() from error

    def place(self, disk: Disk, name: str) -> Medium:
        """Make a medium ready: the user's own file, or a private copy `name` for bytes and writable ones."""
        image, copy = disk.image, self.folder / name
        if image is None:
            return Medium(disk.media or "floppy", None, disk.writable)
        if isinstance(image, bytes):
            if disk.media == "pxe":
                raise MachineError("a PXE boot needs the boot program as a file", "give a path, not bytes")
            if not image:
                raise MachineError("the image has no bytes", "build it again")
            copy.write_bytes(image)
            return Medium(disk.media or media_of(image[:HEAD_SIZE], len(image)), copy, disk.writable)
        path = Path(image).resolve()
        try:
            with path.open("rb") as file:
                head = file.read(HEAD_SIZE)
            if not head:
                raise MachineError(f"the image {path} is empty", "build or copy it again")
            kind = disk.media or media_of(head, path.stat().st_size)
            if not disk.writable or kind == "pxe":
                return Medium(kind, path, False)
            shutil.copyfile(path, copy)
        except OSError as error:
            raise MachineError(
                f"cannot read the image {path}: {error.strerror or error}",
                "give the path of a disk image that you may read",
            ) from error
        return Medium(kind, copy, True)

    @property
    def pid(self) -> int | None:
        """QEMU's process id."""
        return self._process.pid if self._process else None

    def status(self, timeout: float) -> int | None:
        """QEMU's exit status (negative: the signal that ended it); None if it runs after `timeout` s."""
        if self._process is None:
            return None
        try:
            return self._process.wait(timeout)
        except subprocess.TimeoutExpired:
            return None

    def complaint(self) -> str:
        """What QEMU wrote about errors, without its own name before each line."""
        path = self.folder / "stderr.log"
        text = path.read_text(errors="replace").strip() if path.exists() else ""
        return re.sub(r"^\S*qemu-system-\w+(\.exe)?: ", "", text, flags=re.MULTILINE)

    def _no_start(self) -> MachineError:
        text = self.complaint()
        hint = None
        if "kvm" in text.lower():
            hint = "use the accelerator tcg: it needs no rights and boots DOS quickly"
        elif "is not a valid device model name" in text:
            hint = "qemu-system-i386 -device help lists the network adapters of this QEMU"
        return MachineError(f"QEMU did not start: {text or 'it gave no reason'}", hint)

    def end(self, write_back: bool) -> None:
        """End the process; with `write_back` after QEMU has written all it knows to its images."""
        process, qmp = self._process, self._connection
        try:
            if process is not None and process.poll() is None and qmp is not None and write_back:
                with contextlib.suppress(MachineError):
                    qmp.execute("quit", timeout=_END_TIMEOUT)
                    self.status(_END_TIMEOUT)
        finally:
            if process is not None:
                process.kill()  # does nothing to a process that has ended
                process.wait()
            if qmp is not None:
                qmp.close()
            if self.serial is not None:
                self.serial.close()

    def close(self) -> None:
        """End the process and remove the folder. Harmless when repeated."""
        try:
            self.end(write_back=False)
        finally:
            if self._folder is not None:
                shutil.rmtree(self._folder, ignore_errors=True)
            _open.discard(self)


_open: set[Emulator] = set()


@atexit.register
def _close_all() -> None:
    for emulator in list(_open):
        if emulator.owner == os.getpid():  # not in a fork of the process that started it
            emulator.close()


def _spawn(line: list[str], folder: Path) -> subprocess.Popen[bytes]:
    """Start QEMU out of reach of the terminal's Ctrl-C, which is ours to handle."""
    # The folder takes QEMU's temporary files, too: its snapshots.
    environment = {**os.environ, "TMPDIR": str(folder), "TEMP": str(folder), "TMP": str(folder)}
    try:
        with (folder / "stderr.log").open("wb") as errors:
            if sys.platform == "win32":
                return subprocess.Popen(
                    line, env=environment, stdin=subprocess.DEVNULL, stdout=errors, stderr=errors,
                    creationflags=subprocess.CREATE_NEW_PROCESS_GROUP,
                )  # fmt: skip
            with warnings.catch_warnings():
                # Python 3.12 warns of forks beside threads; the child calls nothing but prctl and getppid.
                warnings.simplefilter("ignore", DeprecationWarning)
                return subprocess.Popen(
                    line, env=environment, stdin=subprocess.DEVNULL, stdout=errors, stderr=errors,
                    start_new_session=True, preexec_fn=_die_with_parent(),
                )  # fmt: skip
    except OSError as error:
        raise MachineError(
            f"cannot run {line[0]}: {error.strerror or error}", "check that it is installed and may be run"
        ) from error


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
        prctl(1, signal.SIGKILL, 0, 0, 0)  # 1 is PR_SET_PDEATHSIG
        if os.getppid() != parent:  # it died before we asked
            os._exit(1)

    return ask
