"""RAMDISK.SYS: DOS takes it for a disk, finds it by its file, and what is written there comes back."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest

from bootbuilder import firmware, reading, vm
from tests.clirun import Cli
from tests.qemu import others

pytestmark = pytest.mark.qemu

TIMEOUT = 90  # seconds; a boot takes one or two, but the machine may be busy
DATA = random.Random(8).randbytes(13 * 512)  # all of its clusters


@pytest.mark.parametrize("system", others.SYSTEMS)
def test_what_is_written_comes_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, system: str) -> None:
    """Every sector of it, and one byte more is refused by DOS without harm to what is there."""
    monkeypatch.chdir(tmp_path)
    cli = Cli(tmp_path)
    (tmp_path / "ramdisk.sys").write_bytes(firmware.load("ramdisk.sys"))
    (tmp_path / "data").write_bytes(DATA)
    (tmp_path / "r.toml").write_text(
        f"""\
schema = 1
name = "r"
[dos]
system = {json.dumps(others.dos(system))}
[[files]]
source = "ramdisk.sys"
target = 'A:\\RAMDISK.SYS'
[[files]]
source = "data"
target = 'A:\\DATA'
[boot]
config = ['DEVICE=A:\\RAMDISK.SYS']
commands = [
    'FOR %%D IN (C: D: E: F:) DO IF EXIST %%D\\BBRAM SET RAMDISK=%%D',
    'COPY A:\\DATA %RAMDISK%\\DATA',
    'ECHO x>%RAMDISK%\\MORE',
    'COPY /B %RAMDISK%\\DATA A:\\BACK',
    'ECHO it is over',
]
""",
        "utf-8",
    )
    cli.run("build", "r.toml")
    pc = vm.Machine(tmp_path / "out" / "r" / "r.img", writable=True, accel="tcg")
    with vm.Vm(pc) as machine:
        screen = str(machine.wait_for(r"(?m)^it is over", TIMEOUT))
        machine.wait_for(vm.DEFAULT_PROMPT, TIMEOUT)
    written = tmp_path / "written.img"
    written.write_bytes(machine.disk_bytes())
    with reading.opened(written) as (disk,):
        assert disk.files["BACK"].read() == DATA, screen
