"""bbdos beside FreeDOS, in one run: boot time, free memory, file rates and sizes. Never fails on a time.

FreeDOS takes part when BOOTBUILDER_TEST_FREEDOS names one of its floppy images. Boots alternate, medians are printed.
`--rounds N` (5).
"""

from __future__ import annotations

import argparse
import os
import re
import statistics
import tempfile
from collections.abc import Mapping
from pathlib import Path

from bootbuilder import build, compose, firmware, nics, recipe, toml_files
from bootbuilder.media import fat, usb
from bootbuilder.packages import Store
from bootbuilder.vm import Disk, Machine, Vm
from tests.qemu import guestdisk, others

RATES = ("A:\\BIG.DAT 32768", "C:\\BIG.DAT 32768", "C:\\BIG.DAT 4096", "C:\\BIG.DAT 512")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="Compare bbdos with FreeDOS.")
    parser.add_argument("--rounds", type=int, default=5)
    rounds = parser.parse_args().rounds
    for name, limit in (("bbdos.sys", 40 << 10), ("command.com", 28 << 10)):
        print(f"{name:<14}{len(firmware.load(name)):>8,} bytes (limit {limit:,})")
    systems = {"bbdos": "bbdos"}
    if freedos := os.environ.get(others.FREEDOS):
        systems["freedos"] = freedos
    else:
        print(f"no comparison: {others.FREEDOS} names no FreeDOS floppy")
    with tempfile.TemporaryDirectory() as folder:
        images = {name: _image(system, Path(folder)) for name, system in systems.items()}
    times: dict[str, list[float]] = {name: [] for name in systems}
    for _ in range(rounds):
        for name, image in images.items():
            with Vm(Machine(image)) as vm:
                vm.wait_for(r"READY\s")
                times[name].append(vm.seconds)
    _row("power-on to AUTOEXEC.BAT, s", {name: statistics.median(t) for name, t in times.items()}, "{:.3f}")
    free = {name: _free_memory(image) for name, image in images.items()}
    _row("free conventional memory, bytes", free, "{:,.0f}")
    rates = {name: _rates(name) for name in systems}
    for what in RATES:
        _row(f"read {what}, KB/s", {name: rates[name][what] for name in systems}, "{:,.0f}")


def _row(what: str, figures: Mapping[str, float], form: str) -> None:
    shown = "  ".join(f"{name} {form.format(figure)}" for name, figure in figures.items())
    ratio = f"  ratio {figures['bbdos'] / figures['freedos']:.2f}" if "freedos" in figures else ""
    print(f"{what:<34}{shown}{ratio}")


def _image(system: str, folder: Path) -> bytes:
    """Return a floppy with the same startup files and payload for each system."""
    memory = folder / "free.com"
    memory.write_bytes(guestdisk.assemble(guestdisk.GUEST / "free.asm"))
    text = (
        f'schema = 1\nname = "bench"\n[dos]\nsystem = "{Path(system).as_posix()}"\n'
        f'[[files]]\nsource = "free.com"\ntarget = "FREE.COM"\n'
        # FreeDOS would wait two seconds for F5 and F8.
        f'[boot]\nconfig = ["SWITCHES=/F"]\ncommands = ["FREE", "ECHO READY"]\n'
    )
    made = recipe.validate(toml_files.parse(text, folder / "bench.toml"))
    plan = build.prepare(made, Store(folder / "store"), nics.load, build.Options(), _no_download)
    return fat.write(compose.compose(plan.parts, "floppy", None, None).volume)


def _no_download(url: str, sha256: str) -> bytes:
    raise AssertionError(url)


def _free_memory(image: bytes) -> int:
    """Return the largest block that a program gets at the prompt, in bytes."""
    with Vm(Machine(image)) as vm:
        screen = vm.wait_for(r"READY\s")
    found = re.search(r"FREE (\d+)", screen.text)
    return int(found[1]) if found else 0


def _rates(system: str) -> dict[str, float]:
    """Return KB per second for each of RATES: 1 MB from a floppy and from a hard disk, in pieces of each size."""
    big = fat.VolumeFile("BIG.DAT", bytes(1 << 20))
    script = guestdisk.crlf(*(f"FSRATE.COM {what}" for what in RATES))
    runner = fat.VolumeFile("RUNNER.COM", guestdisk.assemble(guestdisk.GUEST / "runner.asm"))
    floppy = guestdisk.boot_floppy(
        system, [runner, guestdisk.guest("fsrate"), fat.VolumeFile("RUN.LST", script), big]
    )
    shape = usb.geometry(usb.SIZES[0])
    volume = fat.Volume(shape, "BENCH", bytes(510) + fat.BOOT_SIGNATURE, (big,))
    disk = usb.wrap(fat.write(volume), shape, firmware.load("mbr"))
    with Vm(Machine(floppy, serial=True, disks=(Disk(disk, "hdd"),))) as vm:
        vm.wait_until(lambda screen, still: vm.serial.count(b"RATE ") >= len(RATES), "no rates", 120)
        vm.wait_until(lambda screen, still: vm.serial.endswith(b"\n"), "no end of line", 10)
        lines = vm.serial.decode("ascii", "replace")
    found = re.findall(r"RATE (\S+) (\d+) (\d+)", lines)
    return {f"{path} {size}": float(rate) for path, size, rate in found}


if __name__ == "__main__":
    main()
