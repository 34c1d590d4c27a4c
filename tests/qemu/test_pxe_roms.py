"""Real boot ROMs (QEMU's iPXE) find their file: beside another DHCP server, from us alone, behind a router."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.protocol.namespaces import missing
from tests.qemu.pxe_lab import machine

pytestmark = [
    pytest.mark.qemu,
    pytest.mark.skipif(bool(missing()), reason=missing() or "namespaces are there"),
]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with two programs that do nothing."""
    boot = tmp_path / "boot"
    boot.mkdir()
    for name in ("first.0", "second.0"):
        (boot / name).write_bytes(b"\xeb\xfe" * 2000)
    return boot


@pytest.mark.parametrize(("mode", "model"), [("proxy", "e1000"), ("relay", "virtio-net-pci")])
def test_a_rom_fetches_its_file(
    mode: str, model: str, folder: Path, tmp_path: Path, require_tool: Callable[[str], str]
) -> None:
    """The whole way from power-on to the last block of the boot file."""
    require_tool("dnsmasq")
    (folder / "second.0").unlink()
    with machine(mode, model, folder, tmp_path) as (service, _):
        done = service.wait("transfer-done", service="tftp")
        assert (done["file"], done["sent"]) == ("first.0", 4000)


def test_a_rom_takes_the_menus_first_line(folder: Path, tmp_path: Path) -> None:
    """It shows our menu, asks the boot server for the default when the time is over, and fetches that."""
    policy = tmp_path / "policy.toml"
    policy.write_text(
        'schema = 1\nunknown = "menu"\n[menu]\ntimeout = 1\nentries = ["second", "first", "local"]\n'
    )
    with machine("server", "e1000", folder, tmp_path, policy=policy) as (service, _):
        assert service.wait("dhcp-answered", port=67)["menu"] == ["second", "first", "Local disk"]
        assert service.wait("dhcp-answered", port=4011)["boot_file"] == "second.0"
        assert service.wait("transfer-done", service="tftp")["file"] == "second.0"
