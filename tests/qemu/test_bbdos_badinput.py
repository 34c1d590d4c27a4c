"""Rubbish that users and damaged disks feed to a DOS: no hang, no crash, a DOS error or a message.

The runner (tests/guest/runner.asm) is the shell: as long as it goes on to the next program and reports a sound
chain of memory blocks, the kernel survived.
"""

from __future__ import annotations

import functools
import random
import struct
from collections.abc import Callable

import guestdisk
import pytest

from bootbuilder import firmware
from bootbuilder.media import fat, names
from bootbuilder.vm import Machine, Vm

pytestmark = pytest.mark.qemu

LEAVE = b"\xb8\x00\x4c\xcd\x21"  # mov ax, 4C00h / int 21h
BODY = b"\x90" * 1000 + LEAVE  # any entry point inside is good
BAD_FORMAT, NO_MEMORY = 0xFF0B, 0xFF08  # the runner's words for EXEC errors 0Bh and 8
RAN = 0x0000


@pytest.fixture(scope="module", autouse=True)
def _nasm(require_tool: Callable[[str], str]) -> None:
    """The guests are assembled here."""
    require_tool("nasm")


def exe(signature: bytes = b"MZ", body: bytes = BODY, relocations: bytes = b"", **changed: int) -> bytes:
    """An EXE file of one segment that ends with code 0; `changed` are header words by name."""
    header = 32 + -(-len(relocations) // 16) * 16
    size = header + len(body)
    words = {
        "last": size % 512, "pages": -(-size // 512), "count": len(relocations) // 4, "header": header // 16,
        "minimum": 64, "maximum": 64, "ss": (len(body) + 15) // 16, "sp": 512, "check": 0, "ip": 0, "cs": 0,
        "table": 28, "overlay": 0,
    }  # fmt: skip
    words.update(changed)
    return (signature + struct.pack("<13H", *words.values()) + relocations).ljust(header, b"\0") + body


PROGRAMS: dict[str, tuple[bytes, tuple[int, ...]]] = {
    "GOOD.EXE": (exe(), (RAN,)),
    "ZM.EXE": (exe(b"ZM"), (RAN,)),
    "EMPTY.EXE": (b"", (BAD_FORMAT,)),
    "EMPTY.COM": (b"", (BAD_FORMAT,)),
    "HALFSIG.EXE": (exe()[:2], (BAD_FORMAT,)),
    "HALFHEAD.EXE": (exe()[:20], (BAD_FORMAT,)),
    "NOBODY.EXE": (exe(body=b""), (BAD_FORMAT,)),
    "NOPAGES.EXE": (exe(pages=0), (BAD_FORMAT,)),
    "ALLPAGES.EXE": (exe(pages=0xFFFF), (BAD_FORMAT, NO_MEMORY)),
    "MOREPAGE.EXE": (exe(pages=40), (BAD_FORMAT, RAN)),
    "LASTPAGE.EXE": (exe(last=0xFFFF), (BAD_FORMAT, RAN)),
    "BIGHEAD.EXE": (exe(header=0xFFFF), (BAD_FORMAT,)),
    "HEADSIZE.EXE": (exe(header=100), (BAD_FORMAT,)),
    "MINALLOC.EXE": (exe(minimum=0xFFFF, maximum=0xFFFF), (NO_MEMORY,)),
    "MAXBELOW.EXE": (exe(minimum=64, maximum=1), (RAN, NO_MEMORY)),
    "RELCOUNT.EXE": (exe(count=0xFFFF), (BAD_FORMAT,)),
    "RELTABLE.EXE": (exe(count=4, table=0xFFF0), (BAD_FORMAT,)),
    "RELOUT.EXE": (exe(relocations=struct.pack("<HH", 0xFFFF, 0xFFFF)), (BAD_FORMAT,)),
    "RELPAST.EXE": (exe(relocations=struct.pack("<HH", 0, 0x1000)), (BAD_FORMAT,)),
    "BIGCOM.COM": (LEAVE + bytes(70_000), (BAD_FORMAT, NO_MEMORY)),
    "HUGECOM.COM": (LEAVE + bytes(400_000), (BAD_FORMAT, NO_MEMORY)),
    "FULLCOM.COM": (LEAVE + bytes(65_275), (RAN, BAD_FORMAT, NO_MEMORY)),
    "NEARCOM.COM": (LEAVE + bytes(64_000), (RAN,)),
    "LAST.EXE": (exe(), (RAN,)),
}


def random_headers(count: int) -> list[fat.VolumeFile]:
    """EXE files whose 13 header words are random but for entry and stack, which stay inside the program."""
    words = ("last", "pages", "count", "header", "minimum", "maximum", "check", "table", "overlay")
    found = []
    for seed in range(count):
        chance = random.Random(seed)
        changed = {name: chance.choice((chance.randrange(0x10000), chance.randrange(64))) for name in words}
        kept = {name: value for name, value in changed.items() if chance.random() < 0.4}
        found.append(fat.VolumeFile(f"RND{seed}.EXE", exe(b"MZ", BODY, b"", **kept)))
    return found


@functools.cache
def run_programs() -> guestdisk.Run:
    """All of PROGRAMS and the random ones in one boot."""
    files = [fat.VolumeFile(name, data) for name, (data, _) in PROGRAMS.items() if name != "LAST.EXE"]
    files += random_headers(40)
    files.append(fat.VolumeFile("LAST.EXE", PROGRAMS["LAST.EXE"][0]))
    commands = guestdisk.crlf(*(file.path for file in files))
    return guestdisk.boot("bbdos", [*files, fat.VolumeFile("RUN.LST", commands)])


@pytest.mark.parametrize("name", PROGRAMS)
def test_damaged_program(name: str) -> None:
    """A damaged or oversized program is refused with a DOS error, or runs where its damage does not matter."""
    run = run_programs()
    stem = name.partition(".")[0].lower()
    if name == "EMPTY.COM":
        found = run.serial.partition("RUN EMPTY.COM\n")[2][:50]
        assert found.startswith("EXIT FF0B 0000"), found
        return
    assert stem in run.exits, f"{name} did not come back: {run.serial[-200:]}\n{run.screen}"
    code, bad_block, _ = run.exits[stem]
    assert not bad_block
    assert code in PROGRAMS[name][1], f"{code:04X}"


def test_random_headers_do_no_harm() -> None:
    """Forty EXE files with random header words end or are refused, and no memory is lost."""
    run = run_programs()
    assert run.finished, f"{run.serial[-200:]}\n{run.screen}"
    assert not any(bad for _, bad, _ in run.exits.values())
    assert len({free for _, _, free in run.exits.values()}) == 1


# --- CONFIG.SYS --------------------------------------------------------------------------------------------

SHELL = r"SHELL=A:\RUNNER.COM"
TAIL = ["FILES=30", "LASTDRIVE=H", SHELL]
CONFIGS: dict[str, bytes] = {
    "60 KB of remarks": guestdisk.crlf(*(f"REM line {n} of a long, long file" for n in range(1700)), *TAIL),
    "line of 300": guestdisk.crlf("SET A=" + "x" * 300, *TAIL),
    "line of 20000": guestdisk.crlf("REM " + "y" * 20_000, "DEVICE=" + "Z" * 5000, *TAIL),
    "unknown verbs": guestdisk.crlf("FILES=30", "FROBNICATE=1", "=", "====", "[", "]", "??", "123?", "DEVICE", *TAIL),
    "numbers out of range": guestdisk.crlf(
        "FILES=99999", "BUFFERS=-3", "BUFFERS=70000", "FCBS=0", "STACKS=1,1", "LASTDRIVE=1", "FILES=", *TAIL
    ),
    "missing drivers": guestdisk.crlf(r"DEVICE=A:\NO.SYS", r"DEVICEHIGH=Q:\X\Y.SYS", r"INSTALL=A:\NO.COM", *TAIL),
    "a driver that is rubbish": guestdisk.crlf(r"DEVICE=A:\JUNK.SYS", *TAIL),
    "an empty driver": guestdisk.crlf(r"DEVICE=A:\EMPTY.SYS", *TAIL),
    "LF only": "\n".join(TAIL).encode() + b"\n",
    "no end of line": "\r\n".join(TAIL).encode(),
    "control characters": bytes(range(32)) + b"\r\n" + guestdisk.crlf(*TAIL),
    "end of file mark in the middle": guestdisk.crlf(*TAIL) + b"\x1a" + b"\xff" * 3000,
}  # fmt: skip


@functools.cache
def boot_config(name: str) -> guestdisk.Run:
    """One boot with that CONFIG.SYS; RUNNER.COM is COMMAND.COM, too."""
    runner = guestdisk.assemble(guestdisk.GUEST / "runner.asm")
    # a driver whose header says: no further one, character device, entry points that are not there
    junk = struct.pack("<IHHH8s", 0xFFFFFFFF, 0x8000, 0xFFF0, 0xFFF0, b"JUNK    ")
    files = [
        fat.VolumeFile("COMMAND.COM", runner),
        fat.VolumeFile("CONFIG.SYS", CONFIGS[name]),
        fat.VolumeFile("RUN.LST", guestdisk.crlf("OK.COM")),
        fat.VolumeFile("OK.COM", LEAVE),
        fat.VolumeFile("JUNK.SYS", junk),
        fat.VolumeFile("EMPTY.SYS", b""),
    ]
    return guestdisk.boot("bbdos", files)


@pytest.mark.parametrize("name", CONFIGS)
def test_odd_config_sys(name: str) -> None:
    """A CONFIG.SYS with such content does not keep the machine from its shell."""
    run = boot_config(name)
    assert run.finished, f"{run.serial[-200:]}\n{run.screen}"
    assert run.exits["ok"][:2] == (RAN, 0)


def test_unknown_verb_is_reported_with_its_line() -> None:
    """An unknown verb is reported on the screen with its line number, and the lines after it count."""
    config = guestdisk.crlf("FILES=30", "BUFFERS=10", "FROBNICATE=1", r"SHELL=A:\NOSUCH.COM")
    image = guestdisk.boot_floppy("bbdos", [fat.VolumeFile("CONFIG.SYS", config)])
    with Vm(Machine(image)) as vm:
        screen = vm.wait_for("(?i)line 3.*unknown")
    assert "line 1" not in screen.text
    assert "line 2" not in screen.text


def test_missing_shell_is_reported() -> None:
    """Without a shell the kernel says so and asks for the path of one, which it then starts."""
    files = [
        fat.VolumeFile("CONFIG.SYS", guestdisk.crlf(r"SHELL=A:\NOSUCH.COM")),
        fat.VolumeFile("RUNNER.COM", guestdisk.assemble(guestdisk.GUEST / "runner.asm")),
        fat.VolumeFile("RUN.LST", b""),
    ]
    machine = Machine(guestdisk.boot_floppy("bbdos", files), serial=True, exit_device=True)
    with Vm(machine) as vm:
        vm.wait_for("(?i)shell.*:")
        vm.type(r"A:\NOWHERE.COM{enter}")
        vm.wait_for("(?is)shell.*NOWHERE.*shell.*:")
        vm.type(r"A:\RUNNER.COM{enter}")
        vm.wait_end()
    assert b"END" in vm.serial


# --- batch files -------------------------------------------------------------------------------------------


def test_circular_calls_end() -> None:
    """Batch files that CALL each other for ever end with a message, and the prompt comes back."""
    files = [
        fat.VolumeFile("COMMAND.COM", firmware.load("command.com")),
        fat.VolumeFile("CONFIG.SYS", guestdisk.crlf(r"SHELL=A:\COMMAND.COM /P")),
        fat.VolumeFile("AUTOEXEC.BAT", guestdisk.crlf("@ECHO OFF", "PROMPT $P$G")),
        fat.VolumeFile("ONE.BAT", guestdisk.crlf("@CALL TWO")),
        fat.VolumeFile("TWO.BAT", guestdisk.crlf("@CALL ONE")),
        fat.VolumeFile("AFTER.BAT", guestdisk.crlf("@ECHO still alive")),
    ]
    with Vm(Machine(guestdisk.boot_floppy("bbdos", files))) as vm:
        vm.wait_for("A:.>")
        circle = vm.run("one", timeout=60)
        after = vm.run("after")
    assert len([line for line in circle.text.splitlines() if line.strip()]) > 1, "no message"
    assert "still alive" in after.text


# --- file systems ------------------------------------------------------------------------------------------


def damaged_floppy() -> bytes:
    """The floppy that badfat.asm expects: see its head."""
    sizes = {"LOOP": 5000, "ZERO": 3000, "BEYOND": 3000, "START": 2000, "CROSS1": 2048, "CROSS2": 2048}
    files = [
        fat.VolumeFile(f"{name}.BIN", bytes([65 + number]) * size)
        for number, (name, size) in enumerate(sizes.items())
    ]
    files.append(fat.VolumeFile("GOOD.TXT", b"good!"))
    files += [fat.VolumeFile(f"RING\\F{number}.TXT", b"") for number in range(14)]
    files.append(fat.VolumeFile("ENDLESS\\SUB", b"", fat.DIRECTORY))
    image = bytearray(
        fat.write(fat.Volume(guestdisk.FLOPPY, "DAMAGED", bytes(510) + b"\x55\xaa", tuple(files)))
    )
    geometry = guestdisk.FLOPPY
    root = geometry.root_sector * 512

    def entry(name: str) -> int:
        for at in range(root, root + geometry.root_entries * 32, 32):
            if image[at : at + 11] == names.packed_name(name):
                return at
        raise AssertionError(name)

    def start(name: str) -> int:
        return int.from_bytes(image[entry(name) + 26 : entry(name) + 28], "little")

    def link(cluster: int, value: int) -> None:
        for copy in range(2):
            at = (geometry.reserved + copy * geometry.sectors_per_fat) * 512 + cluster * 3 // 2
            word = int.from_bytes(image[at : at + 2], "little")
            word = word & 0x000F | value << 4 if cluster & 1 else word & 0xF000 | value
            image[at : at + 2] = word.to_bytes(2, "little")

    link(start("LOOP.BIN") + 3, start("LOOP.BIN"))
    link(start("ZERO.BIN") + 1, 0)
    link(start("BEYOND.BIN") + 1, 0xF00)
    image[entry("START.BIN") + 26 : entry("START.BIN") + 28] = b"\x01\0"
    link(start("CROSS2.BIN"), start("CROSS1.BIN") + 1)
    link(start("RING"), start("RING"))
    # ENDLESS\SUB leads to ENDLESS itself
    folder = (geometry.data_sector + start("ENDLESS") - 2) * 512
    image[folder + 2 * 32 + 26 : folder + 2 * 32 + 28] = start("ENDLESS").to_bytes(2, "little")
    return bytes(image)


@functools.cache
def run_damaged() -> guestdisk.Run:
    """badfat.asm on the damaged floppy."""
    return guestdisk.run("bbdos", ["badfat"], scratch=damaged_floppy())


BADFAT_CHECKS = [
    line.split('"')[1]
    for line in (guestdisk.GUEST / "badfat.asm").read_text().splitlines()
    if '"badfat.' in line
]


@pytest.mark.parametrize("name", [name for name in BADFAT_CHECKS if name.startswith("badfat.")])
def test_damaged_file_system(name: str) -> None:
    """Circles, cross-links and wild clusters in the FAT: every call comes back, and good files stay good."""
    run = run_damaged()
    verdict = [line for line in run.serial.splitlines() if f" {name}" in f"{line} ".replace(" got", " got")]
    assert verdict, f"never came back: {run.serial[-200:]}\n{run.screen}"
    assert verdict[0].startswith("ok "), verdict
