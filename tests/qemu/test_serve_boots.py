"""The whole way: `bootbuilder build`, `bootbuilder serve`, a boot ROM on a network of its own, DOS on its screen."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from bootbuilder import vm
from tests.clirun import Cli
from tests.protocol.namespaces import Namespace, missing
from tests.qemu.pxe_lab import advertising

pytestmark = [
    pytest.mark.qemu,
    pytest.mark.skipif(bool(missing()), reason=missing() or "namespaces are there"),
]

TIMEOUT = 90
RECIPE = """\
schema = 1
name = "lab"
[dos]
system = "bbdos"
[boot]
commands = ["ECHO started over the network"]
[output]
media = ["pxe"]
"""


@pytest.fixture
def lab() -> Iterator[Namespace]:
    """A namespace with a switch (10.77.0.1) and a tap for one PC."""
    made = Namespace()
    made.run("ip", "tuntap", "add", "t0", "mode", "tap")
    made.bridge("br0", "t0")
    made.run("ip", "link", "set", "t0", "up")
    made.address("br0", "10.77.0.1/24")
    yield made
    made.close()


@contextlib.contextmanager
def _serving(lab: Namespace, folder: Path, log: Path) -> Iterator[None]:
    """Run the command as the only server of the network."""
    words = ["--interface", "br0", "--dhcp", "server", "--pool", "10.77.0.100-10.77.0.150", "--json-log"]
    command = [sys.executable, "-m", "bootbuilder", "serve", folder, *words, "--state", log.parent / "state"]
    with log.open("wb") as out:
        process = lab.start(command, stdout=out, stderr=subprocess.STDOUT)
    try:
        deadline = time.monotonic() + TIMEOUT
        while "serving " not in log.read_text("utf-8"):
            assert process.poll() is None and time.monotonic() < deadline, log.read_text("utf-8")
            time.sleep(0.05)
        yield
    finally:
        process.terminate()
        assert process.wait(timeout=20) == 0, log.read_text("utf-8")


def test_from_the_recipe_to_the_prompt(
    lab: Namespace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was built is served, fetched by the ROM and by our boot program, and its commands run."""
    monkeypatch.chdir(tmp_path)
    tmp_path.chmod(0o755)
    (tmp_path / "lab.toml").write_text(RECIPE)
    Cli(tmp_path).run("build", "lab.toml")
    log = tmp_path / "log"
    pc = vm.Machine(
        None,
        media="pxe",
        nic="e1000,mac=52:54:00:00:00:01",
        netdev="tap,ifname=t0,script=no,downscript=no,vnet_hdr=off",
        accel="tcg",
        prefix=tuple(lab.enter),
    )
    with _serving(lab, tmp_path / "out", log), advertising(lab, "br0"), vm.Vm(pc) as machine:
        screen = str(machine.wait_for("started over the network", TIMEOUT))
    assert "started over the network" in screen
    steps = [json.loads(line) for line in log.read_text("utf-8").splitlines() if line.startswith("{")]
    mine = [step for step in steps if step["client"] == "52:54:00:00:00:01"]
    asked = [step["message"] for step in mine if step["event"] == "dhcp-seen"]
    assert {"DISCOVER", "REQUEST"} <= set(asked)
    fetched = {Path(step["file"]).name: step for step in mine if step["event"] == "transfer-done"}
    built = {path.name: path.stat().st_size for path in (tmp_path / "out/lab").iterdir()}
    assert fetched.keys() <= built.keys()
    assert fetched["lab.0"]["sent"] == built["lab.0"]
    assert {step["interface"] for step in mine if "interface" in step} == {"br0"}
