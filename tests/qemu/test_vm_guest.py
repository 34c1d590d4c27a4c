"""The virtual machine for real: a boot sector of our own is booted, watched, typed at, and ended in all ways."""

from __future__ import annotations

import os
import signal
import string
import struct
import subprocess
import sys
import tempfile
import time
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest

from bootbuilder.errors import MachineError
from bootbuilder.vm import Disk, Ended, Machine, Media, Vm, WaitFailed, boot

pytestmark = pytest.mark.qemu

FLOPPY = 1_474_560


@pytest.fixture(scope="module")
def sector(require_tool: Callable[[str], str], tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The test guest: a boot sector whose function keys are described in vm_guest.asm."""
    binary = tmp_path_factory.mktemp("guest") / "guest.bin"
    source = Path(__file__).with_name("vm_guest.asm")
    subprocess.run([require_tool("nasm"), "-f", "bin", "-o", binary, source], check=True)
    return binary.read_bytes()


@pytest.fixture(scope="module")
def floppy(sector: bytes) -> bytes:
    """A 1.44 MB floppy with the test guest."""
    return sector.ljust(FLOPPY, b"\0")


@pytest.fixture
def private_temp(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder that temporary folders are made in during this test."""
    folder = tmp_path / "t"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


def alive(pid: int) -> bool:
    """True while that process runs (a dead one that nobody has waited for does not count)."""
    stat = Path(f"/proc/{pid}/stat")
    if stat.parent.parent.joinpath("self").exists():
        return stat.exists() and stat.read_text().rpartition(")")[2].split()[0] not in "ZX"
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def gone(pid: int, timeout: float = 20) -> bool:
    """True once that process has ended, within `timeout` seconds."""
    deadline = time.monotonic() + timeout
    while alive(pid) and time.monotonic() < deadline:
        time.sleep(0.02)
    return not alive(pid)


# --- screen and keyboard --------------------------------------------------------------------------------------


def test_what_is_typed_is_on_the_screen(floppy: bytes) -> None:
    """All printable characters arrive, in order, and so does code page 437."""
    text = string.printable[:95]
    with Vm(Machine(floppy)) as vm:
        assert vm.wait_for("READY").last_line == "☺ READY"
        vm.type(text.replace("{", "{{"))
        screen = vm.wait_for("~ ?$")
        assert "".join(screen.rows[screen.cursor[0] - 1 :]).startswith(text)


def test_a_narrow_screen_has_its_own_shape(floppy: bytes) -> None:
    """A guest that chooses 40 columns is read with 40 columns."""
    with Vm(Machine(floppy)) as vm:
        vm.wait_for("READY")
        vm.type("{F10}")
        # Not "unlike the screen before": the cursor may still have been moving when READY was seen.
        screen = vm.wait_until(
            lambda now, _still: now.mode == 1 and now.search("READY") is not None, "no 40 columns"
        )
        assert {len(row) for row in screen.rows} == {40}


def test_a_text_screen_and_a_graphics_screen_are_photographed(floppy: bytes, tmp_path: Path) -> None:
    """Both kinds of screen give a PNG of their size; the graphics one has no text and says so."""
    with Vm(Machine(floppy)) as vm:
        vm.wait_for("READY")
        vm.screenshot(tmp_path / "text.png")
        vm.type("{F5}")
        screen = vm.wait_until(lambda now, _still: now.graphics, "no graphics")
        vm.screenshot(tmp_path / "graphics.png")
    assert screen.text == ""
    assert "graphics mode 13h" in str(screen)
    sizes = []
    for name in ("text.png", "graphics.png"):
        png = (tmp_path / name).read_bytes()
        assert png.startswith(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR")
        width, height = struct.unpack_from(">II", png, 16)
        (size,) = struct.unpack_from(">I", png, 33)
        pixels = zlib.decompress(png[41 : 41 + size])
        assert len(pixels) == height * (1 + 3 * width)
        sizes.append((width, height, any(pixels)))
    assert sizes[0] == (720, 400, True)  # 80 x 25 characters of 9 x 16 pixels, not all black
    assert sizes[1][:2] in ((320, 200), (640, 400))


def test_what_does_not_come_is_reported_with_the_screen(floppy: bytes) -> None:
    """A time-out tells what was missing and what the screen showed; the PC goes on."""
    with Vm(Machine(floppy)) as vm:
        vm.wait_for("READY")
        with pytest.raises(WaitFailed, match="no match for 'NEVER'") as caught:
            vm.wait_for("NEVER", timeout=0.1)
        assert "READY" in caught.value.screen
        assert "READY" in caught.value.message
        assert caught.value.ended is None
        with pytest.raises(WaitFailed, match="did not end"):
            vm.wait_end(0.1)
        vm.type("x")
        vm.wait_for("^x$")


def test_a_text_that_means_failure_ends_the_wait(floppy: bytes) -> None:
    """A `fail` pattern on the screen ends the wait at once and is quoted."""
    with Vm(Machine(floppy)) as vm, pytest.raises(WaitFailed, match="it says 'READY'"):
        vm.wait_for("NEVER", timeout=30, fail="READ.")


# --- disks ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("media", "size"), [("floppy", 163_840), ("floppy", FLOPPY), ("hdd", 8 << 20), ("usb", 8 << 20)]
)
def test_what_the_guest_writes_can_be_read_back(
    sector: bytes, tmp_path: Path, media: Media, size: int
) -> None:
    """From each kind of medium the guest boots and writes; we see it, and the user's file stays as it was."""
    image = tmp_path / "disk, with comma.img"
    image.write_bytes(sector.ljust(size, b"\0"))
    with Vm(Machine(image, media, writable=True)) as vm:
        vm.wait_for("READY")
        vm.type("{F1}")
        vm.wait_for("written")
    assert vm.disk_bytes()[512:528] == b"bytes from guest"
    assert vm.disk_bytes()[:512] == sector
    assert len(vm.disk_bytes()) == size
    assert image.read_bytes()[512:528] == bytes(16)


def test_a_disk_that_is_not_writable_keeps_nothing(floppy: bytes, tmp_path: Path) -> None:
    """Without `writable` the guest can write, two PCs can share the file, and nothing of it stays."""
    image = tmp_path / "disk.img"
    image.write_bytes(floppy)
    with Vm(Machine(image)) as one, Vm(Machine(image)) as two:
        for vm in (one, two):
            vm.wait_for("READY")
            vm.type("{F1}")
            vm.wait_for("written")
        two.type("{F9}")
        two.wait_for("bytes from guest")
    assert image.read_bytes() == floppy
    with pytest.raises(MachineError, match="cannot be read back"):
        one.disk_bytes()


def test_floppies_are_changed(floppy: bytes, tmp_path: Path) -> None:
    """A floppy put in is what the guest reads next and what it writes to; an empty drive is an error to it."""
    other = bytearray(floppy)
    other[512:528] = b"another floppy.."
    image = tmp_path / "other.img"
    image.write_bytes(other)
    with Vm(Machine(floppy, disks=(Disk(None),))) as vm:
        vm.wait_for("READY")
        vm.insert(0, image)
        vm.type("{F9}")
        vm.wait_for("another floppy..")
        vm.type("{F1}")
        vm.wait_for("written")
        vm.insert(1, bytes(floppy))
        vm.eject(0)
        vm.type("{F9}")
        vm.wait_for("disk error")
        vm.insert(0, image)
    assert vm.disk_bytes(0) == bytes(other)
    assert vm.disk_bytes(1) == floppy
    assert image.read_bytes() == other


# --- ports and ends -------------------------------------------------------------------------------------------


def test_serial_port_and_debug_console_are_heard(floppy: bytes) -> None:
    """Bytes travel both ways over COM1 and out of port E9h, and are there after the end."""
    with Vm(Machine(floppy, serial=True, debugcon=True)) as vm:
        vm.wait_for("READY")
        vm.type("{F2}{F8}")
        vm.send(b"A")
        vm.wait_until(lambda _now, _still: vm.serial.endswith(b"B"), "no answer on the serial port")
        vm.type("{F7}")
        vm.wait_until(lambda _now, _still: vm.debugcon == b"debug", "nothing on the debug console")
    assert vm.serial == b"hello serialB"
    assert vm.debugcon == b"debug"


def test_the_exit_device_gives_its_code(floppy: bytes) -> None:
    """A guest can end the run with a number."""
    with Vm(Machine(floppy, exit_device=True)) as vm:
        vm.wait_for("READY")
        vm.type("{F4}")
        assert vm.wait_end() == Ended("exit-device", 5)
        with pytest.raises(WaitFailed, match="with code 5"):
            vm.wait_for("NEVER")


@pytest.mark.parametrize(("key", "end"), [("{F3}", Ended("guest-reset")), ("{F6}", Ended("guest-shutdown"))])
def test_a_reset_or_power_off_ends_the_run(floppy: bytes, key: str, end: Ended, tmp_path: Path) -> None:
    """The wait ends early, with the reason, and the last screen and a picture of it can still be had."""
    with Vm(Machine(floppy)) as vm:
        vm.wait_for("READY")
        vm.type("last words")
        vm.type(key)
        with pytest.raises(WaitFailed, match=r"the guest (reset|switched)") as caught:
            vm.wait_for("NEVER", timeout=60)
        assert caught.value.ended == end
        assert "last words" in caught.value.screen
        vm.screenshot(tmp_path / "end.png")
    assert (tmp_path / "end.png").stat().st_size > 0


def test_a_guest_may_reset_the_pc_when_told_so(floppy: bytes) -> None:
    """With `reboot` the PC starts again."""
    with Vm(Machine(floppy, reboot=True)) as vm:
        vm.wait_for("READY")
        vm.type("before")
        vm.wait_for("before")
        vm.type("{F3}")
        screen = vm.wait_until(lambda now, _still: "READY" in now and "before" not in now, "no restart")
        assert "SeaBIOS" in screen


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals")
def test_a_qemu_that_dies_is_noticed(floppy: bytes) -> None:
    """When somebody kills QEMU the wait ends at once and says so."""
    with Vm(Machine(floppy)) as vm:
        vm.wait_for("READY")
        assert vm.pid is not None
        os.kill(vm.pid, signal.SIGKILL)
        with pytest.raises(WaitFailed, match="QEMU ended with status -9") as caught:
            vm.wait_for("NEVER", timeout=60)
        assert "READY" in caught.value.screen
        with pytest.raises(MachineError, match="not running"):
            vm.memory(0, 1)
    assert vm.ended == Ended("qemu-ended", -9)


# --- nothing is left behind -------------------------------------------------------------------------------------


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX processes")
@pytest.mark.parametrize("error", [None, ValueError, KeyboardInterrupt])
def test_nothing_is_left_behind(floppy: bytes, private_temp: Path, error: type[BaseException] | None) -> None:
    """After success, an exception and Ctrl-C there is neither the process nor its folder."""
    pids = []

    def use() -> None:
        with Vm(Machine(floppy, writable=True, serial=True)) as vm:
            assert vm.pid is not None
            pids.append(vm.pid)
            vm.wait_for("READY")
            assert len(list(private_temp.iterdir())) == 1
            if error is not None:
                raise error

    if error is None:
        use()
    else:
        with pytest.raises(error):
            use()
    assert not alive(pids[0])
    assert list(private_temp.iterdir()) == []


OTHER_PROCESS = """
import sys
from bootbuilder.vm import Machine, Vm
vm = Vm(Machine(open(sys.argv[1], "rb").read()))
vm.start()
vm.wait_for("READY")
print(vm.pid, flush=True)
if sys.argv[2] == "wait":
    with vm:
        vm.wait_for("NEVER", timeout=120)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals")
@pytest.mark.parametrize("how", ["forgotten", "interrupted", "killed"])
def test_qemu_ends_with_the_process_that_started_it(floppy: bytes, private_temp: Path, how: str) -> None:
    """A PC that was not closed, a real Ctrl-C and a sudden death of our process all end QEMU."""
    if how == "killed" and sys.platform != "linux":
        pytest.skip("only Linux ends the children of a killed process")
    image = private_temp.parent / "disk.img"
    image.write_bytes(floppy)
    command = [sys.executable, "-c", OTHER_PROCESS, str(image), "leave" if how == "forgotten" else "wait"]
    environment = {**os.environ, "TMPDIR": str(private_temp)}
    with subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        pid = int(process.stdout.readline())
        if how != "forgotten":
            process.send_signal(signal.SIGINT if how == "interrupted" else signal.SIGKILL)
        process.communicate(timeout=60)
    assert gone(pid)
    if how != "killed":
        assert list(private_temp.iterdir()) == []


# --- boot -----------------------------------------------------------------------------------------------------


def test_boot_reports_success(floppy: bytes, tmp_path: Path) -> None:
    """The result of a boot that went well has the screen, and its picture is there."""
    result = boot(floppy, "READY", screenshot=tmp_path / "boot.png")
    assert result.ok
    assert result.screen.endswith("READY")
    assert result.reason == ""
    assert result.seconds > 0
    assert result.accel == "tcg"
    assert (tmp_path / "boot.png").read_bytes().startswith(b"\x89PNG")


def test_boot_reports_what_is_missing(floppy: bytes, tmp_path: Path) -> None:
    """A boot that shows something else is not ok, has the screen and a reason, and is photographed, too."""
    result = boot(floppy, "NEVER", timeout=3, screenshot=tmp_path / "boot.png")
    assert not result.ok
    assert result.screen.endswith("READY")
    assert "NEVER" in result.reason
    assert (tmp_path / "boot.png").exists()


def test_boot_types_when_the_guest_waits(floppy: bytes) -> None:
    """Text is typed though there is no DOS prompt, and only what comes then counts."""
    result = boot(floppy, "READY", type_text="hello{F10}")
    assert result.ok
    assert "SeaBIOS" not in result.screen


def test_boot_gives_up_when_the_bios_does() -> None:
    """An image that cannot be booted is reported as soon as the BIOS says so."""
    result = boot(bytes(FLOPPY), timeout=120)
    assert not result.ok
    assert "No bootable device" in result.reason


def test_boot_loads_a_boot_program_by_pxe(sector: bytes, tmp_path: Path) -> None:
    """A file named *.0 is booted over the network by the adapter's own ROM."""
    program = tmp_path / "guest.0"
    program.write_bytes(sector)
    result = boot(program, "READY|Nothing to boot")
    assert result.ok
    assert result.screen.endswith("READY")


def test_boot_explains_a_wrong_adapter(floppy: bytes) -> None:
    """QEMU's complaint about an adapter it does not have is passed on with the way to list them."""
    with pytest.raises(MachineError, match="no-such-nic") as caught:
        boot(floppy, nic="no-such-nic")
    assert "-device help" in (caught.value.hint or "")


def test_boot_reaches_a_cd(sector: bytes, tmp_path: Path) -> None:
    """An El Torito ISO with an emulated floppy is known by its content and booted."""
    image = tmp_path / "guest.img"
    image.write_bytes(sector.ljust(FLOPPY, b"\0"))
    pycdlib = pytest.importorskip("pycdlib")
    iso = pycdlib.PyCdlib()
    iso.new()
    iso.add_file(str(image), "/GUEST.IMG;1")
    iso.add_eltorito("/GUEST.IMG;1", bootcatfile="/BOOT.CAT;1", media_name="floppy")
    iso.write(str(tmp_path / "guest.iso"))
    iso.close()
    assert boot(tmp_path / "guest.iso", "READY").ok
