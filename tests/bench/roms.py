"""Seconds from power-on to the first block of the boot file, for each of QEMU's boot ROMs in each mode.

`--models e1000,pcnet` (all), `--modes proxy,server,relay` (all). TCG; two seconds are the ROM's own banner.
"""

from __future__ import annotations

import argparse
import shutil
import tempfile
import time
from pathlib import Path

from tests.protocol.namespaces import missing
from tests.qemu.pxe_lab import MODELS, MODES, machine


def main() -> None:
    """Boot and print."""
    parser = argparse.ArgumentParser(description="Time QEMU's boot ROMs against bootbuilder.")
    parser.add_argument("--models", default=",".join(MODELS))
    parser.add_argument("--modes", default=",".join(MODES))
    options = parser.parse_args()
    lacking = [tool for tool in ("dnsmasq", "qemu-system-i386") if shutil.which(tool) is None]
    if reason := missing() or ", ".join(lacking):
        print(f"no boot ROM table: {reason}")
        return
    modes = options.modes.split(",")
    print("\nSeconds from power-on to the first block of the boot file (QEMU's iPXE ROMs, TCG)")
    print(f"    {'':16}" + "".join(f"{mode:>9}" for mode in modes))
    for model in options.models.split(","):
        print(f"    {model:16}" + "".join(f"{_seconds(mode, model):>9}" for mode in modes), flush=True)


def _seconds(mode: str, model: str) -> str:
    with tempfile.TemporaryDirectory() as name:
        boot = Path(name) / "boot"
        boot.mkdir()
        (boot / "lab.0").write_bytes(b"\xeb\xfe" * 2000)
        with machine(mode, model, boot, Path(name)) as (service, begin):
            try:
                service.wait("transfer-started", service="tftp")
            except AssertionError:
                return "never"
            return f"{time.monotonic() - begin:.2f}"


if __name__ == "__main__":
    main()
