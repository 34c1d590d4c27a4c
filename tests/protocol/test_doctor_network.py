"""The doctor on a real network: a wrong set-up, its mistakes by name; and a right one, with our own service in it."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from tests.protocol.namespaces import Namespace, missing
from tests.protocol.serving import Service

pytestmark = pytest.mark.skipif(bool(missing()), reason=missing() or "namespaces are there")


@pytest.fixture
def wire() -> Iterator[tuple[Namespace, Namespace]]:
    """Two namespaces and a cable: a server's (10.77.0.1), and one where the doctor runs (10.77.0.50)."""
    server, here = Namespace(), Namespace()
    server.link("eth0", here, "eth0")
    server.address("eth0", "10.77.0.1/24")
    here.address("eth0", "10.77.0.50/24")
    yield server, here
    here.close()
    server.close()


def _dnsmasq(stack: ExitStack, namespace: Namespace, state: Path, *words: str) -> None:
    common = [
        "dnsmasq",
        "-d",
        "--conf-file=/dev/null",
        "--port=0",
        "--bind-interfaces",
        "--no-ping",
        "--interface=eth0",
    ]
    process = namespace.start(
        [
            *common,
            f"--dhcp-leasefile={state}/leases",
            "--user=root",
            "--dhcp-range=10.77.0.100,10.77.0.150",
            *words,
        ],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    stack.callback(process.wait, 10)
    stack.callback(process.terminate)


def _doctor(namespace: Namespace, status: int) -> dict[str, dict[str, Any]]:
    """Run the doctor, which must end with this status, and return its findings about the network by name."""
    command = [sys.executable, "-m", "bootbuilder", "doctor", "--interface", "eth0", "--probe", "--json"]
    done = subprocess.run([*namespace.enter, *command], capture_output=True, text=True, timeout=60)
    assert "Traceback" not in done.stderr, done.stderr
    assert done.returncode == status, done
    found = json.loads(done.stdout)["findings"]
    return {one["id"]: one for one in found if one["area"] == "network"}


def test_a_wrong_set_up_is_explained(
    wire: tuple[Namespace, Namespace], tmp_path: Path, require_tool: Callable[[str], str]
) -> None:
    """Option 60 left over for everybody, nobody on port 4011, an option 43 of other devices."""
    require_tool("dnsmasq")
    server, here = wire
    with ExitStack() as stack:
        left_over = ("--dhcp-option-force=60,PXEClient", "--dhcp-option-force=43,f1:40:01")
        _dnsmasq(stack, server, tmp_path, *left_over)
        found = _doctor(here, status=1)
    wrong = {name: one["level"] for name, one in found.items() if one["level"] != "ok"}
    assert wrong == {"option-60-to-all": "warning", "port-4011-dead": "problem", "option-43": "problem"}
    assert all("10.77.0.1" in found[name]["text"] and found[name]["fix"] for name in wrong)


def test_a_right_set_up_is_praised(
    wire: tuple[Namespace, Namespace], tmp_path: Path, require_tool: Callable[[str], str]
) -> None:
    """A DHCP server, our proxy beside it on the same host, and its boot file by TFTP."""
    require_tool("dnsmasq")
    server, here = wire
    boot = tmp_path / "boot"
    boot.mkdir()
    (boot / "lab.0").write_bytes(b"\xeb\xfe" * 2000)
    with ExitStack() as stack:
        middle = Namespace()
        stack.callback(middle.close)
        server.link("eth1", middle, "eth0")
        server.run("ip", "address", "flush", "dev", "eth0")
        server.bridge("br0", "eth0", "eth1")
        server.address("br0", "10.77.0.1/24")
        middle.address("eth0", "10.77.0.2/24")
        _dnsmasq(stack, middle, tmp_path)
        stack.enter_context(Service(server, boot, interfaces=["br0"]))
        found = _doctor(here, status=0)
    assert {one["level"] for one in found.values()} == {"ok"}
    assert {"dhcp", "proxy", "boot-file-found"} <= found.keys()
    assert "4,000 bytes" in found["boot-file-found"]["text"]
