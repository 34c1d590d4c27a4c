"""COMMAND.COM at work: batch scripts whose output the host reads back from the disk, and typed keys.

Each script of tests/guest/shell runs in a shell of its own with standard output and error in one file; what
it must say stands beside it in a file of the same name. The scripts run on our kernel, and on FreeDOS where
the developer has it, since the shell has to be the same on both.
"""

from __future__ import annotations

import re
import struct
import time
from pathlib import Path

import pytest
from guestdisk import GUEST, SYSTEMS, assemble, boot_floppy, crlf, read_files

from bootbuilder import firmware
from bootbuilder.media import fat
from bootbuilder.vm import Disk, Machine, Vm

pytestmark = pytest.mark.qemu

SCRIPTS = GUEST / "shell"
TOPICS = sorted(path.stem[2:] for path in SCRIPTS.glob("t_*.bat"))
ONLY_OURS = {"bad": "the FreeDOS kernel runs a corrupt program and crashes"}
CONFIG = ("FILES=30", "BUFFERS=20", "LASTDRIVE=H", "SWITCHES=/F")
CORRUPT = struct.pack("<2s13H", b"MZ", 0, 4, 0, 0xFFFF, 0, 0xFFFF, 0, 0x100, 0, 0, 0, 0x1C, 0).ljust(2048)
"""A program whose header says that it is 1 MB long, in a file of 2 KB."""
PROMPT = r"^A:\\>$"
MISSING_WORDS = "the script left no file: the shell or the machine stopped before its end"


def text_file(path: Path) -> bytes:
    """A text file of the repository as DOS wants it."""
    return path.read_bytes().replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")


def disk_files() -> list[fat.VolumeFile]:
    """The shell, the guest programs and the batch files."""
    programs = {path.stem: assemble(path) for path in SCRIPTS.glob("*.asm") if path.stem != "say"}
    programs |= {
        f"say{n}": assemble(SCRIPTS / "say.asm", f"-DTEXT={text}") for n, text in enumerate(("com", "exe"), 1)
    }
    texts = [*SCRIPTS.glob("*.bat"), *SCRIPTS.glob("*.txt")]
    return [
        fat.VolumeFile("COMMAND.COM", firmware.load("command.com")),
        fat.VolumeFile("BAD.EXE", CORRUPT),
        *(fat.VolumeFile(f"{name.upper()}.COM", content) for name, content in sorted(programs.items())),
        *(fat.VolumeFile(path.name.upper(), text_file(path)) for path in sorted(texts)),
    ]


def floppy(system: str, *autoexec: str, config: tuple[str, ...] = CONFIG) -> bytes:
    """A boot floppy with the shell, everything the scripts need, and AUTOEXEC.BAT unless it has no lines."""
    files = disk_files()
    if autoexec:
        files.append(fat.VolumeFile("AUTOEXEC.BAT", crlf(*autoexec)))
    return boot_floppy(system, files, config)


def plain(text: str) -> str:
    """The text without what differs from disk to disk."""
    text = text.replace("\r\n", "\n")
    text = re.sub(r" *[\d,]+ bytes free", " N bytes free", text)
    return re.sub(r"\w{4}-\w{4}", "SERIAL", text)


@pytest.fixture(scope="module", params=SYSTEMS)
def results(request: pytest.FixtureRequest) -> dict[str, str]:
    """What the scripts said, by topic, all from one boot; the key `system` is the kernel's name."""
    system: str = request.param
    topics = [topic for topic in TOPICS if system == "bbdos" or topic not in ONLY_OURS]
    lines = [f"both t_{topic} > out\\{topic}.out" for topic in topics]
    image = floppy(system, "@echo off", "set TEMP=A:\\", "md out", *lines, "int2e > out\\int2e.out", "finish")
    with Vm(Machine(image, writable=True, exit_device=True)) as vm:
        vm.wait_end(60)
    files = read_files(vm.disk_bytes(0))
    said = {
        path[4:-4].lower(): plain(content.decode("cp437"))
        for path, content in files.items()
        if path.startswith("OUT")
    }
    return {"system": system, "left": " ".join(sorted(path for path in files if "." not in path)), **said}


@pytest.mark.parametrize("topic", [*TOPICS, "int2e"])
def test_script_says_what_a_user_expects(results: dict[str, str], topic: str) -> None:
    """Each batch script prints exactly what is written beside it."""
    if results["system"] != "bbdos" and topic in ONLY_OURS:
        pytest.skip(ONLY_OURS[topic])
    assert topic in results, MISSING_WORDS
    name = "int2e" if topic == "int2e" else f"t_{topic}"
    assert results[topic] == plain((SCRIPTS / f"{name}.out").read_text())


def test_pipes_leave_no_temporary_files(results: dict[str, str]) -> None:
    """After all scripts with pipes there is no file without an extension in the root."""
    assert results["left"] == ""


@pytest.fixture(params=SYSTEMS)
def typed(request: pytest.FixtureRequest) -> Machine:
    """A PC with a prompt and an empty second floppy drive."""
    extra = fat.VolumeFile(
        "WAIT.BAT", crlf("@echo off", "echo start", "pause", "echo more", "pause", "echo end")
    )
    files = [*disk_files(), extra]
    return Machine(boot_floppy(request.param, files, CONFIG), disks=(Disk(None),), serial=True)


def test_prompt_without_autoexec_asks_nothing(typed: Machine) -> None:
    """Without AUTOEXEC.BAT the version line and the prompt appear, and no question for date or time."""
    with Vm(typed) as vm:
        text = vm.wait_for(PROMPT, fail="new (date|time)").text
    assert "bbdos command shell" in text


def test_editing_and_history(typed: Machine) -> None:
    """Arrows, Home, End, Ins, Del, Backspace, Esc, Up, Down, F3 and Tab edit the line as users know it."""
    with Vm(typed) as vm:
        vm.wait_for(PROMPT)
        vm.type("ecko one{LEFT}{LEFT}{LEFT}{LEFT}{LEFT}{LEFT}{DEL}h{END} two{HOME}{INS}E\n")
        vm.wait_for(r"^one two$")
        vm.type("{UP}{BS}{BS}{BS}three\n")
        vm.wait_for(r"^one three$")
        vm.type("rubbish{ESC}{UP}{UP}{DOWN} four\n")
        vm.wait_for(r"^one three four$")
        vm.type("{F3}!\n")
        vm.wait_for(r"^one three four!$")
        vm.type("echo rc{TAB}\n")
        vm.wait_for(r"^RC\.COM$")
        vm.type("echo {CTRL-C}")
        vm.wait_for(r"^A:\\>echo \^C$")
        long = "echo " + "123456789 " * 9
        vm.type(long + "{LEFT}" * 30 + "X\n")
        vm.wait_for(r"123456789 X123456789")


def test_ctrl_c_questions_the_batch_job(typed: Machine) -> None:
    """Ctrl-C in a batch file asks; N goes on with the next line, Y ends the file."""
    with Vm(typed) as vm:
        vm.wait_for(PROMPT)
        vm.type("wait\n")
        vm.wait_for("^start$")
        vm.type("{CTRL-C}")
        vm.wait_for(r"Terminate batch job \(Y/N\)\?")
        vm.type("n")
        vm.wait_for("^more$")
        vm.type("{CTRL-C}")
        vm.wait_for(r"(?s)Terminate batch job.*Terminate batch job")
        vm.type("y")
        screen = vm.run("echo alive")
    assert re.search("(?m)^alive$", screen.text)
    assert not re.search("(?m)^end$", screen.text)


def test_critical_error_offers_abort_retry_ignore_fail(typed: Machine) -> None:
    """An empty drive is reported; Retry asks again, Fail fails the call, Abort ends the command."""
    with Vm(typed) as vm:
        vm.wait_for(PROMPT)
        vm.type("type b:x\n")
        vm.wait_for(r"reading drive B\n+Abort, Retry, Ignore, Fail\?")
        vm.type("r")
        vm.wait_for(r"(?s)Fail\? R.*Abort, Retry, Ignore, Fail\?")
        vm.type("f")
        vm.wait_for(PROMPT)
        vm.type("cls\ndir b:\n")
        vm.wait_for(r"Abort, Retry, Ignore, Fail\?")
        vm.type("a")
        text = vm.run("echo alive").text
    assert re.search("(?m)^alive$", text)


def test_batch_file_on_a_removed_floppy_is_asked_for(typed: Machine) -> None:
    """When the disk of a running batch file is changed, the shell asks for it and goes on when it is back."""
    image = typed.image
    assert isinstance(image, bytes)
    other = fat.write(fat.Volume(fat.GEOMETRIES["1.44M"], "OTHER", image[:512], (), serial=1))
    with Vm(typed) as vm:
        vm.wait_for(PROMPT)
        vm.type("wait\n")
        vm.wait_for("^start$")
        vm.insert(0, other)
        time.sleep(3)  # for the 2 s after an access DOS takes it that nobody changed the disk
        vm.type(" ")
        vm.wait_for("Insert disk with batch file")
        vm.insert(0, image)
        time.sleep(3)
        vm.type(" ")
        vm.wait_for("^more$")


def test_serial_console_works_with_ctty(typed: Machine) -> None:
    """After CTTY COM1 commands are typed and answered on the serial line, and CTTY CON returns."""
    with Vm(typed) as vm:
        vm.wait_for(PROMPT)
        vm.type("ctty com1\n")
        vm.wait_until(lambda _screen, _still: b"A:\\>" in vm.serial, "no prompt on the wire", 10)
        vm.send(b"echo by wire\r")
        vm.wait_until(lambda _screen, _still: b"\r\nby wire\r\n" in vm.serial, "no answer on the wire", 10)
        vm.send(b"ctty con\r")
        assert "here again" in vm.run("echo here again").text


@pytest.mark.parametrize("system", SYSTEMS)
def test_permanent_shell_stays_and_passes_what_config_sets(system: str) -> None:
    """EXIT does not end the first shell, /P:file runs another start-up file, and /K stays after its command."""
    config = (*CONFIG, "SET COLOUR=blue", r"SHELL=A:\COMMAND.COM A:\ /E:1024 /P:START.BAT")
    files = [
        *disk_files(),
        fat.VolumeFile("START.BAT", crlf("@echo off", "echo started in %colour%", "echo on")),
    ]
    with Vm(Machine(boot_floppy(system, files, config))) as vm:
        vm.wait_for("^started in blue$")
        vm.run("exit")
        vm.run("command /k set inner=1")
        assert re.search("(?m)^INNER=1$", vm.run("set").text)
        vm.run("exit")
        vm.run("cls")
        text = vm.run("set").text
    assert "INNER" not in text
    assert re.search(r"(?m)^COMSPEC=A:\\COMMAND\.COM$", text)


def test_resident_part_is_small() -> None:
    """The file keeps to the 28 KB that a boot floppy can spare."""
    assert len(firmware.load("command.com")) <= 28 * 1024
