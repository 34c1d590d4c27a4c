"""The virtual machine without QEMU: keys, screens, pictures, command lines, the monitor, and failing starts."""

from __future__ import annotations

import json
import re
import socket
import struct
import sys
import tempfile
import threading
import zlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bootbuilder.errors import MachineError, ToolMissing
from bootbuilder.vm import DEFAULT_PROMPT, Disk, Machine, Screen, Vm, boot, find_qemu, install_hint, keys
from bootbuilder.vm.machine import Medium, command_line, media_of
from bootbuilder.vm.process import Emulator
from bootbuilder.vm.qmp import Listener, Qmp, QmpClosed, QmpError
from bootbuilder.vm.screen import BLANK, TextPage, decode, ppm_to_png, text_page

# --- keys -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "chords"),
    [
        ("aZ9", [("a",), ("shift", "z"), ("9",)]),
        ("A:\\>", [("shift", "a"), ("shift", "semicolon"), ("backslash",), ("shift", "dot")]),
        ("_\n", [("shift", "minus"), ("ret",)]),
        ("{F5}{esc}{Up}", [("f5",), ("esc",), ("up",)]),
        ("{CTRL-C}{ctrl-alt-del}{ALT-F1}", [("ctrl", "c"), ("ctrl", "alt", "delete"), ("alt", "f1")]),
        ("{{F5}", [("shift", "bracket_left"), ("shift", "f"), ("5",), ("shift", "bracket_right")]),
        ("{|}", [("shift", "bracket_left"), ("shift", "backslash"), ("shift", "bracket_right")]),
        ("{CTRL-[}", [("ctrl", "bracket_left")]),
        ("", []),
    ],
)
def test_text_becomes_key_presses(text: str, chords: list[tuple[str, ...]]) -> None:
    """Characters, named keys and braces become the key presses of a US keyboard."""
    assert keys(text) == chords


def test_each_printable_character_has_its_own_keys() -> None:
    """All printable ASCII can be typed, and no two characters by the same keys."""
    printable = [chr(code) for code in range(32, 127)]
    chords = [keys("{{" if character == "{" else character) for character in printable]
    assert all(len(chord) == 1 for chord in chords)
    assert len({chord[0] for chord in chords}) == 95


@pytest.mark.parametrize(("text", "found"), [("ü", "'ü'"), ("{F13}", "{F13}"), ("{CTRL-FOO}", "{CTRL-FOO}")])
def test_a_key_that_does_not_exist_is_named(text: str, found: str) -> None:
    """The error names the character or the key, and says what can be typed."""
    with pytest.raises(MachineError) as caught:
        keys(text)
    assert found in caught.value.message
    assert caught.value.hint


def test_a_misspelt_key_gets_the_nearest_name() -> None:
    """A misspelt key name is answered with the right one."""
    with pytest.raises(MachineError) as caught:
        keys("{ENTR}")
    assert "{ENTER}" in (caught.value.hint or "")


@given(st.text(st.characters(min_codepoint=0, max_codepoint=255)))
def test_any_text_gives_keys_or_an_explained_error(text: str) -> None:
    """No text, however odd, ends in anything but key presses or a MachineError."""
    try:
        assert all(chord for chord in keys(text))
    except MachineError as error:
        assert error.hint


# --- screen ---------------------------------------------------------------------------------------------------


def bios_data(mode: int = 3, columns: int = 80, rows: int = 25, offset: int = 0, page: int = 0) -> bytes:
    """A BIOS data area whose cursor is at row 7, column 5 of page `page`."""
    data = bytearray(0x100)
    data[0x49] = mode
    struct.pack_into("<HHH", data, 0x4A, columns, 4096, offset)
    data[0x50 + 2 * page], data[0x51 + 2 * page] = 5, 7
    data[0x62] = page
    data[0x84] = max(0, rows - 1)
    return bytes(data)


def cells(text: bytes) -> bytes:
    """Display memory of grey characters on black."""
    return b"".join(bytes([code, 7]) for code in text)


@pytest.mark.parametrize(
    ("data", "page"),
    [
        (bios_data(), TextPage(3, 0xB8000, 80, 25, (7, 5))),
        (bios_data(rows=50), TextPage(3, 0xB8000, 80, 50, (7, 5))),
        (bios_data(1, 40), TextPage(1, 0xB8000, 40, 25, (7, 5))),
        (bios_data(offset=0x2000, page=2), TextPage(3, 0xBA000, 80, 25, (7, 5))),
        (bios_data(7), TextPage(7, 0xB0000, 80, 25, (7, 5))),
        (bios_data(rows=0), TextPage(3, 0xB8000, 80, 25, (7, 5))),
    ],
)
def test_the_bios_data_area_tells_where_the_text_is(data: bytes, page: TextPage) -> None:
    """Mode, columns, rows, page and cursor are read from their places; an old BIOS gives no rows."""
    assert text_page(data) == page


def test_a_graphics_mode_says_so() -> None:
    """A screen in a graphics mode has no text, and tells its mode to people."""
    screen = text_page(bios_data(0x13, 40))
    assert isinstance(screen, Screen)
    assert screen.graphics
    assert screen.text == ""
    assert "graphics mode 13h" in str(screen)


def test_a_pc_before_its_bios_ran_shows_nothing() -> None:
    """Memory full of zeros is an empty screen, not text in mode 0."""
    assert text_page(bytes(0x100)) == BLANK
    assert "empty" in str(BLANK)


def test_text_is_decoded_with_code_page_437() -> None:
    """Letters, line drawing, the glyphs of control codes and umlauts come out as Unicode."""
    page = TextPage(3, 0xB8000, 8, 3, (1, 2))
    screen = decode(page, cells(b"A:\\>    " + b"\xc9\xcd\xbb\x81\x01\x00\xff\x7f" + b" " * 8))
    assert screen.rows == ("A:\\>    ", "╔═╗ü☺  ⌂", "        ")
    assert screen.text == "A:\\>\n╔═╗ü☺  ⌂"
    assert screen.last_line == "╔═╗ü☺  ⌂"
    assert screen.cursor == (1, 2)


@given(st.binary(min_size=0x100, max_size=0x100), st.binary(max_size=500))
def test_any_memory_gives_a_screen(data: bytes, memory: bytes) -> None:
    """Whatever a guest leaves in its memory, there is a screen of the announced size."""
    page = text_page(data)
    if isinstance(page, TextPage):
        screen = decode(page, memory)
        assert len(screen.rows) == page.rows
        assert all(len(row) == page.columns for row in screen.rows)
        assert 0xB0000 <= page.address < 0xC0000


@pytest.mark.parametrize("text", ["A:\\>", "x\nC:\\TOOLS\\NET>", "A>", "[lab] A:\\>", "Volume A:\nA:\\> "])
def test_the_default_pattern_knows_a_prompt(text: str) -> None:
    """Usual prompts at the end of the screen are DOS prompts."""
    assert Screen(tuple(text.split("\n"))).search(DEFAULT_PROMPT)


@pytest.mark.parametrize("text", ["", "A:\\>dir", "A:\\>\nLoading...", "BOOT A>", "A:\\X\n>"])
def test_the_default_pattern_knows_no_other_text(text: str) -> None:
    """Text after the prompt, or that only looks a little like one, is no DOS prompt."""
    assert not Screen(tuple(text.split("\n"))).search(DEFAULT_PROMPT)


def test_a_search_sees_each_row() -> None:
    """`^` and `$` match at rows; compiled patterns keep their own flags."""
    screen = Screen(("one   ", "two   "))
    assert screen.search("^two$")
    assert not screen.search(re.compile("^two"))
    assert "one" in screen
    assert screen.lines == ("one", "two")


# --- pictures -------------------------------------------------------------------------------------------------


def unpack_png(png: bytes) -> tuple[int, int, bytes]:
    """Width, height and unfiltered lines of an 8-bit RGB picture; checks each chunk on the way."""
    assert png[:8] == b"\x89PNG\r\n\x1a\n"
    at, chunks = 8, []
    while at < len(png):
        (size,) = struct.unpack_from(">I", png, at)
        kind, data = png[at + 4 : at + 8], png[at + 8 : at + 8 + size]
        assert struct.unpack_from(">I", png, at + 8 + size)[0] == zlib.crc32(kind + data)
        chunks.append((kind, data))
        at += 12 + size
    assert [kind for kind, _ in chunks] == [b"IHDR", b"IDAT", b"IEND"]
    width, height, *rest = struct.unpack(">IIBBBBB", chunks[0][1])
    assert rest == [8, 2, 0, 0, 0]
    return width, height, zlib.decompress(chunks[1][1])


def test_a_picture_becomes_png_with_the_same_pixels() -> None:
    """Size and colours of a PPM picture survive, red staying red."""
    ppm = b"P6\n2 2\n255\n" + bytes([255, 0, 0, 0, 255, 0, 0, 0, 255, 9, 9, 9])
    lines = b"\0" + bytes([255, 0, 0, 0, 255, 0]) + b"\0" + bytes([0, 0, 255, 9, 9, 9])
    assert unpack_png(ppm_to_png(ppm)) == (2, 2, lines)


@pytest.mark.parametrize(
    "ppm", [b"", b"P5\n1 1\n255\n\0", b"P6\n2 2\n255\nshort", b"P6\n1 1\n65535\n" + b"\0" * 6]
)
def test_what_is_no_picture_is_refused(ppm: bytes) -> None:
    """Other formats and cut-off pictures are refused."""
    with pytest.raises(ValueError, match="PPM"):
        ppm_to_png(ppm)


# --- command line ---------------------------------------------------------------------------------------------


def line_of(machine: Machine, *media: Medium) -> str:
    """The command line of a machine, with spaces between its arguments."""
    return " ".join(command_line("qemu", machine, media, Path("dir"), "socket,path=q", None))


def test_a_floppy_is_booted_on_tcg_and_never_changed() -> None:
    """The plain case: TCG, nothing but what was asked for, writes thrown away, a reset ends the run."""
    line = line_of(Machine("a.img"), Medium("floppy", Path("a.img"), False))
    assert "-accel tcg" in line
    assert "-boot order=a" in line
    assert "if=floppy,index=0,id=disk0,format=raw,file=a.img,snapshot=on" in line
    assert "-nodefaults" in line
    assert "-no-reboot" in line
    assert "-netdev" not in line


def test_media_go_to_the_drives_of_their_kind() -> None:
    """Floppies, hard disks, CDs and USB sticks are numbered each for itself, in order."""
    line = line_of(
        Machine("a.img", reboot=True),
        Medium("hdd", Path("c.img"), True),
        Medium("floppy", Path("a.img"), False),
        Medium("floppy", None, False),
        Medium("iso", Path("d.iso"), False),
        Medium("usb", Path("u.img"), False),
    )
    assert "-boot order=c" in line
    assert "if=ide,index=0,media=disk,id=disk0,format=raw,file=c.img -" in line
    assert "if=floppy,index=0,id=disk1,format=raw,file=a.img,snapshot=on" in line
    assert "-drive if=floppy,index=1,id=disk2 -" in line
    assert "if=ide,index=3,media=cdrom,id=disk3,format=raw,file=d.iso,readonly=on" in line
    assert "usb-storage,bus=ehci.0,drive=disk4" in line
    assert "-no-reboot" not in line


def test_a_usb_stick_is_booted_first() -> None:
    """A USB stick as the boot medium gets the first place in the BIOS's order."""
    line = line_of(Machine("u.img"), Medium("usb", Path("u.img"), False))
    assert "usb-storage,bus=ehci.0,drive=disk0,bootindex=0" in line


@pytest.mark.parametrize(
    ("nic", "device"),
    [
        ("e1000", "e1000,netdev=net0"),
        ("ne2000", "ne2k_isa,netdev=net0"),
        ("ne2k_isa,iobase=0x320,irq=5", "ne2k_isa,iobase=0x320,irq=5,netdev=net0"),
    ],
)
def test_an_adapter_gets_the_user_network(nic: str, device: str) -> None:
    """Adapters go by QEMU's names and properties, and by the names people use."""
    line = line_of(Machine("a.img", nic=nic), Medium("floppy", Path("a.img"), False))
    assert f"-netdev user,id=net0 -device {device}" in line


def test_a_pxe_boot_serves_the_folder_of_its_program() -> None:
    """The boot program is offered by TFTP, with commas in names kept whole."""
    line = line_of(Machine("x.0", "pxe"), Medium("pxe", Path("a,b") / "x.0", False))
    assert "-boot order=n" in line
    assert "-netdev user,tftp=a,,b,bootfile=x.0,id=net0 -device e1000,netdev=net0" in line
    assert "-drive" not in line


def test_a_pxe_boot_from_a_file_needs_the_user_network() -> None:
    """A tap device cannot serve files, and the error says what can."""
    with pytest.raises(MachineError, match="user network, not tap"):
        line_of(Machine("x.0", "pxe", netdev="tap,ifname=t0"), Medium("pxe", Path("x.0"), False))


def test_ports_and_extra_arguments_are_added() -> None:
    """Serial port, debug console, exit device, prefix and extra arguments appear where they belong."""
    machine = Machine(
        "a.img",
        serial=True,
        debugcon=True,
        exit_device=True,
        memory=16,
        extra=("-cpu", "486"),
        prefix=("nice",),
    )
    line = command_line(
        "qemu", machine, [Medium("floppy", None, False)], Path("dir"), "socket,path=q", "socket,path=s"
    )
    text = " ".join(line)
    assert line[:2] == ["nice", "qemu"]
    assert line[-2:] == ["-cpu", "486"]
    assert "-m 16" in text
    assert "-chardev socket,path=s,id=serial -serial chardev:serial" in text
    assert "isa-debugcon,iobase=0xe9" in text
    assert "isa-debug-exit,iobase=0xf4" in text


@pytest.mark.parametrize(
    ("head", "size", "media"),
    [
        (b"\xeb", 163_840, "floppy"),
        (b"\xeb", 2_949_120, "floppy"),
        (b"\xeb", 8_388_608, "hdd"),
        (bytes(0x8001) + b"CD001", 2_000_000, "iso"),
    ],
)
def test_the_content_tells_the_kind_of_medium(head: bytes, size: int, media: str) -> None:
    """ISO images are known by their volume descriptor, floppies by their size."""
    assert media_of(head, size) == media


# --- monitor --------------------------------------------------------------------------------------------------


@pytest.fixture
def monitor() -> Iterator[tuple[Qmp, socket.socket]]:
    """A QMP session and the other end of its socket."""
    ours, theirs = socket.socketpair()
    yield Qmp(ours), theirs
    ours.close()
    theirs.close()


def answer(theirs: socket.socket, *messages: dict[str, object]) -> threading.Thread:
    """Send messages once a command has come, with its id where they have none."""

    def run() -> None:
        number = json.loads(theirs.recv(4096))["id"]
        for message in messages:
            extra = {} if "event" in message or "id" in message else {"id": number}
            theirs.sendall(json.dumps({**message, **extra}).encode() + b"\n")

    thread = threading.Thread(target=run)
    thread.start()
    return thread


def test_a_reply_is_found_among_events_and_late_replies(monitor: tuple[Qmp, socket.socket]) -> None:
    """Events are kept, the reply to an older command is passed over, the right one is returned."""
    qmp, theirs = monitor
    thread = answer(theirs, {"event": "RESET"}, {"return": "old", "id": 0}, {"return": "new"})
    assert qmp.execute("query", some_name=1) == "new"
    assert [event["event"] for event in qmp.events] == ["RESET"]
    thread.join()


def test_a_refused_command_gives_the_reason(monitor: tuple[Qmp, socket.socket]) -> None:
    """QEMU's reason is part of the error."""
    qmp, theirs = monitor
    thread = answer(theirs, {"error": {"class": "GenericError", "desc": "no such drive"}})
    with pytest.raises(QmpError, match="no such drive"):
        qmp.execute("eject")
    thread.join()


def test_a_closed_monitor_means_the_end(monitor: tuple[Qmp, socket.socket]) -> None:
    """QEMU's end is told apart from a refusal, when reading and when writing."""
    qmp, theirs = monitor
    theirs.close()
    with pytest.raises(QmpClosed):
        qmp.wait_event(5)
    with pytest.raises(QmpClosed):
        qmp.execute("stop")


def test_a_silent_monitor_is_not_waited_for_for_ever(monitor: tuple[Qmp, socket.socket]) -> None:
    """A command without an answer ends in an error that names it."""
    with pytest.raises(MachineError, match="did not answer the command stop"):
        monitor[0].execute("stop", timeout=0.01)


def test_a_long_folder_name_makes_the_monitor_use_tcp(tmp_path: Path) -> None:
    """Where a Unix socket's path would not fit, QEMU is given a loopback port."""
    folder = tmp_path / ("x" * 100)
    folder.mkdir()
    listener = Listener(folder, "qmp")
    try:
        assert re.fullmatch(r"socket,host=127\.0\.0\.1,port=\d+", listener.chardev)
        assert listener.accept(0.01) is None
    finally:
        listener.close()


# --- starts that fail -----------------------------------------------------------------------------------------


@pytest.fixture
def private_temp(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder that temporary folders are made in during this test."""
    folder = tmp_path / "t"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


def test_without_qemu_the_error_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No QEMU on the PATH: the error names it, with the command that installs it."""
    monkeypatch.setenv("PATH", str(tmp_path))
    if sys.platform == "win32":
        pytest.skip("QEMU may be in its usual folder")
    with pytest.raises(ToolMissing, match="qemu-system-i386") as caught:
        find_qemu()
    assert "install" in (caught.value.hint or "")
    with pytest.raises(ToolMissing):
        boot(b"image")


@pytest.mark.parametrize(
    ("platform", "word"),
    [("linux", "apt install"), ("linux", "dnf"), ("darwin", "brew"), ("win32", "winget")],
)
def test_each_platform_has_its_install_command(platform: str, word: str) -> None:
    """Debian, Fedora, macOS and Windows users get their own command."""
    assert word in install_hint(platform)


def test_a_qemu_that_does_not_start_is_explained(private_temp: Path) -> None:
    """What the program complained of is in the error, and nothing is left behind."""
    with pytest.raises(MachineError, match=r"QEMU did not start: .*option"):
        Vm(Machine(b"image"), qemu=sys.executable).start()
    assert list(private_temp.iterdir()) == []


def test_a_program_that_cannot_be_run_is_named(private_temp: Path) -> None:
    """A wrong path to QEMU is an explained error."""
    with pytest.raises(MachineError, match="no-such-qemu"):
        Vm(Machine(b"image"), qemu=str(private_temp / "no-such-qemu")).start()
    assert list(private_temp.iterdir()) == []


def test_an_image_that_is_not_there_is_named(private_temp: Path) -> None:
    """A missing, an empty and a second missing image are named; nothing is left behind."""
    empty = private_temp.parent / "empty.img"
    empty.touch()
    for machine, word in (
        (Machine("no-such.img"), "no-such.img"),
        (Machine(empty), "empty.img is empty"),
        (Machine(b""), "no bytes"),
        (Machine(b"image", disks=(Disk(private_temp),)), str(private_temp)),
        (Machine(b"image", "pxe"), "needs the boot program as a file"),
    ):
        with pytest.raises(MachineError) as caught:
            Emulator(machine, sys.executable)
        assert word in caught.value.message
    assert list(private_temp.iterdir()) == []


def test_a_vm_that_was_not_started_says_so() -> None:
    """Using a PC before its start, or asking for a disk too early, is an explained error."""
    vm = Vm(Machine(b"image"))
    for use in (
        vm.eject,
        vm.disk_bytes,
        lambda: vm.type("x"),
        lambda: vm.send(b"x"),
        lambda: vm.insert(0, b"x"),
    ):
        with pytest.raises(MachineError):
            use()
    assert vm.screen() == BLANK
    assert vm.ended is None
    vm.quit()


# --- waiting --------------------------------------------------------------------------------------------------


class Played(Vm):
    """A PC that shows one screen after the other, one at each look, and the last one for ever."""

    def __init__(self, *texts: str) -> None:
        super().__init__(Machine(None))
        self._texts = list(texts)

    def screen(self) -> Screen:
        """The next screen."""
        text = self._texts.pop(0) if len(self._texts) > 1 else self._texts[0]
        return Screen(tuple(text.split("\n")))


def test_the_prompt_before_each_line_of_a_batch_file_is_no_prompt() -> None:
    """A prompt has to stand: what is seen for one look only is a line that is being written."""
    end = "A:\\>echo hi\nhi\nA:\\>"
    assert Played("", "A:\\>", "A:\\>echo hi\nhi", end).wait_for(DEFAULT_PROMPT).text == end


def test_an_old_screen_does_not_count() -> None:
    """With `unlike`, what was there before is not what is waited for."""
    old, new = "1 file copied\nA:\\>", "1 file copied\nA:\\>\n1 file copied"
    assert Played(old, old, new).wait_for("copied", unlike=Screen(tuple(old.split("\n")))).text == new
