"""The DOS functions, checked by programs that run in the guest; the same programs judge FreeDOS where it is at hand.

Each program of PROGRAMS covers one group of functions and writes one verdict per check. The names of the checks are
read from the sources, so a check that never ran is a failure like one that said FAIL.
"""

from __future__ import annotations

import functools
import re
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import guestdisk
import pytest

pytestmark = pytest.mark.qemu

PROGRAMS = (
    "console", "ansi", "file", "names", "dirfind", "fcb", "memory", "process", "vectors", "country", "ioctl", "exterr",
    "devices", "criterr", "ctrlc", "absdisk", "lists", "int2f", "misc", "cpm",
)  # fmt: skip
HELPERS = ("child", "childexe", "overlay", "childcri", "childbrk")
RESIDENT = {"process"}  # leaves memory behind on purpose

_INFORMATION = "FreeDOS 2040 fills class, action and locus only for critical errors"
_NO_ANSI = "the console built into FreeDOS has no ANSI sequences, they need NANSI.SYS"
_NO_12 = "FreeDOS 2040 prints 'unimplemented internal dos function' for it"
_DRIVER_FILES = "FreeDOS 2040 takes these internal calls only from its own redirector state"
_CPM = "FreeDOS enters through linear 0C0h with the address wrap of an 8086: it crashes when A20 is on"
DIFFERENCES: dict[str, dict[str, str]] = {
    "bbdos": {},
    "freedos": {
        "fcb.29_skips_separators": "FreeDOS 2040 skips blanks only",
        "fcb.29_leaves_absent_name": "FreeDOS 2040 blanks the name although the option says to keep it",
        "fcb.17_target_exists": "FreeDOS 2040 reports success although it renames nothing",
        "process.4b_missing_path": "FreeDOS 2040 says 2 where MS-DOS says 3",
        "process.4b_bad_function": "FreeDOS 2040 looks at the file before the subfunction",
        "country.38_case_map_leaves_ascii": "FreeDOS maps all characters, MS-DOS those above 127",
        "ioctl.4407_file_ready": "FreeDOS 2040 says not ready at the end of a file; MS-DOS always says ready",
        **dict.fromkeys(
            (
                "exterr.59_class_not_found", "exterr.59_locus_block_device", "exterr.59_action_user",
                "exterr.59_class_of_path", "exterr.59_class_out_of_resource", "exterr.59_locus_memory",
            ),
            _INFORMATION,
        ),
        "devices.nul_reads_nothing": "FreeDOS 2040 reports the count that was asked for",
        "criterr.abort_ends_the_child": "FreeDOS 2040 reports a normal end after Abort",
        **dict.fromkeys(
            (
                "int2f.1204_slash", "int2f.1204_other", "int2f.1214_other_pointer", "int2f.121e_other_name",
                "int2f.121a_drive_of_a_path", "int2f.121a_no_drive", "int2f.121a_bad_drive", "int2f.121c_sum",
            ),
            _NO_12,
        ),
        **dict.fromkeys(
            (
                "int2f.1221_truename", "int2f.1221_text", "int2f.1226_open", "int2f.1229_read", "int2f.1229_count",
                "int2f.1227_close",
            ),
            _DRIVER_FILES,
        ),
    },
}  # fmt: skip
WHOLE_PROGRAMS = {("freedos", "ansi"): _NO_ANSI, ("freedos", "cpm"): _CPM}

_NAME = re.compile(r'"([a-z0-9]+\.[a-z0-9_]+)"')


def checks(program: str) -> list[str]:
    """The names of a program's checks, in the order of its source."""
    found = _NAME.findall((guestdisk.GUEST / f"{program}.asm").read_text())
    return list(dict.fromkeys(name for name in found if name.startswith(f"{program}.")))


def cases() -> Iterator[tuple[str, str, str]]:
    """System, program and check for everything that is to be judged."""
    for system in guestdisk.SYSTEMS:
        for program in PROGRAMS:
            for name in checks(program):
                yield system, program, name


@functools.cache
def results(system: str) -> guestdisk.Run:
    """All programs, run once on that system."""
    programs = [program for program in PROGRAMS if (system, program) not in WHOLE_PROGRAMS]
    return guestdisk.run(system, programs, HELPERS)


@pytest.fixture(scope="module", autouse=True)
def _nasm(require_tool: Callable[[str], str]) -> None:
    """The guests are assembled here."""
    require_tool("nasm")


@pytest.mark.parametrize(("system", "program", "name"), list(cases()), ids=lambda value: str(value))
def test_check(system: str, program: str, name: str) -> None:
    """One check of a guest program: its verdict is in the file that the guest wrote."""
    reason = WHOLE_PROGRAMS.get((system, program))
    if reason:
        guestdisk.system_files(system)
        pytest.skip(reason)
    run = results(system)
    log = run.logs.get(program, "")
    verdicts = [line for line in log.splitlines() if f"{line} ".split()[1:2] == [name]]
    passed = bool(verdicts) and all(line.startswith("ok ") for line in verdicts)
    difference = DIFFERENCES[system].get(name)
    if difference:
        assert not passed, f"{name} passes on {system}: take it out of DIFFERENCES"
        pytest.xfail(difference)
    last = run.serial.partition(f"RUN {program.upper()}.")[2].partition("RUN ")[0].splitlines()[-1:]
    assert verdicts, f"{name} left no verdict; the last word of {program}: {last}; the screen:\n{run.screen}"
    assert passed, "\n".join(verdicts)


@pytest.mark.parametrize("program", PROGRAMS)
@pytest.mark.parametrize("system", guestdisk.SYSTEMS)
def test_program_ends_and_gives_its_memory_back(system: str, program: str) -> None:
    """Each program counts its checks, ends, and leaves the chain of memory blocks sound and the memory free."""
    if (system, program) in WHOLE_PROGRAMS:
        guestdisk.system_files(system)
        pytest.skip(WHOLE_PROGRAMS[system, program])
    run = results(system)
    assert program in run.logs, f"{program} wrote no log; serial: {run.serial[-300:]}\nscreen:\n{run.screen}"
    *lines, last = run.logs[program].splitlines()
    assert last == f"DONE {len(lines)}"
    _, bad_block, free = run.exits[program]
    assert not bad_block, f"the memory chain is broken at segment {bad_block:04X}"
    order = list(run.exits)
    before = run.exits[order[order.index(program) - 1]][2] if program != order[0] else free
    assert free == before or program in RESIDENT


@pytest.mark.parametrize("system", guestdisk.SYSTEMS)
def test_disks_are_sound_afterwards(system: str, require_tool: Callable[[str], str], tmp_path: Path) -> None:
    """After all programs the floppies hold no lost clusters, cross-links or wrong sizes."""
    fsck = require_tool("fsck.fat")
    for number, image in enumerate(results(system).floppies):
        path = tmp_path / f"{number}.img"
        path.write_bytes(image)
        output = subprocess.run([fsck, "-n", path], capture_output=True, text=True, check=False).stdout
        problems = [
            line for line in output.splitlines()
            if line and "label" not in line.lower() and not re.search(r"fsck.fat|Leaving|files, ", line)
        ]  # fmt: skip
        assert not problems
