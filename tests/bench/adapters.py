"""A floppy for every adapter whose driver is here, beside mtools: `make bench` prints images per second.

The drivers are those of the folder that BOOTBUILDER_TEST_DRIVERS names; without it, made-up files of 9 KB stand in for
every packet driver of the catalogue, each pinned as that driver. What an image holds is the same for both sides: the
embedded DOS, CONFIG.SYS, AUTOEXEC.BAT, MTCP.CFG, a driver, and two programs of 60 KB. Never fails on a time.

    bootbuilder build, -j 1 and -j 2     one command, each image hashed, fsynced and in the manifest
    mtools: mformat + mcopy each         two processes for each image
    mtools: base + cp + mcopy            a copied base, and one mcopy for what differs

`--rounds N` (5).
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from timing import report

from bootbuilder import firmware, nics
from bootbuilder.errors import BootbuilderError
from bootbuilder.nics import adding, holding, looking
from bootbuilder.packages import Store

ROOT = Path(__file__).resolve().parents[2]
DRIVERS = "BOOTBUILDER_TEST_DRIVERS"


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="Build a floppy for every adapter, beside mtools.")
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        _measure(folder, _prepare(folder), options.rounds)


def _prepare(folder: Path) -> list[nics.Driver]:
    """Fill the store, write the recipe; return the drivers that `nics = ["all"]` means."""
    store, catalogue = Store(folder / "home"), nics.load()
    given = os.environ.get(DRIVERS)
    if given:
        adding.add(Path(given), catalogue, store)
    else:
        _pretend(store, catalogue)
    chance = random.Random(4)
    (folder / "tools").mkdir()
    for program in ("DHCP.EXE", "HTGET.EXE"):
        (folder / "tools" / program).write_bytes(chance.randbytes(60_000))
    drivers = holding.all_held(store, catalogue)
    settings = "".join(_settings(driver) for driver in drivers)
    (folder / "all.toml").write_text(
        'schema = 1\nname = "all"\n[network]\nstack = "packet"\nnics = ["all"]\n'
        f"{settings}[[files]]\nsource = 'tools'\ntarget = 'TOOLS'\n"
    )
    return drivers


def _pretend(store: Store, catalogue: nics.Catalogue) -> None:
    for driver in catalogue.drivers():
        if driver.kind == "packet" and driver.file and driver.over is None:
            data = b"\xe9\0\0PKT DRVR\0" + random.Random(driver.id).randbytes(9_000)
            holding.keep(store, driver, looking.Found(driver.file, data, driver.file), pinned=True)


def _settings(driver: nics.Driver) -> str:
    """Return what the recipe must say so that a driver's command line can be written."""
    given = {}
    for name, parameter in driver.parameters.items():
        if parameter.default is None and f"[{{{name}}}]" not in driver.args:
            given[name] = parameter.choices[0] if parameter.choices else parameter.minimum or 0
    try:
        nics.command(driver, {}, "")
    except BootbuilderError:
        lines = "".join(f"{name} = {value}\n" for name, value in given.items() if isinstance(value, int))
        return f"[network.options.{driver.id}]\n{lines}"
    return ""


def _measure(folder: Path, drivers: list[nics.Driver], rounds: int) -> None:
    what = "made-up files" if DRIVERS not in os.environ else f"files of {os.environ[DRIVERS]}"

    def ours(jobs: int) -> Callable[[], object]:
        words = ("build", "all.toml", "--force", "-j", str(jobs), "-o", f"out{jobs}")
        return lambda: _bootbuilder(folder, *words)

    candidates = {"bootbuilder build -j 1": ours(1), "bootbuilder build -j 2": ours(2)}
    candidates["bootbuilder build -j 1"]()
    made = sorted((folder / "out1" / "all").glob("*.img"))
    if len(made) != len(drivers):
        raise SystemExit(f"{len(made)} images for {len(drivers)} drivers")
    if shutil.which("mformat") and shutil.which("mcopy"):
        candidates |= _mtools(folder, made)
    else:
        print("no comparison with mtools: apt install mtools")
    title = f"A floppy for each of {len(drivers)} adapters ({what})"
    report(title, candidates, rounds, "mtools: mformat + mcopy each", len(made))


def _mtools(folder: Path, images: list[Path]) -> dict[str, Callable[[], object]]:
    """Take the files out of our images, and put the same ones into images with mtools."""
    own: list[list[str]] = []
    for image in images:
        place = folder / "files" / image.stem
        place.mkdir(parents=True)
        subprocess.run(["mcopy", "-s", "-n", "-i", image, "::", place], check=True, capture_output=True)
        for name in ("BBDOS.SYS", "COMMAND.COM"):
            (place / name).unlink(missing_ok=True)
        shutil.rmtree(place / "TOOLS", ignore_errors=True)
        own.append([str(path) for path in sorted(place.iterdir())])
    common = folder / "common"
    common.mkdir()
    for name in ("bbdos.sys", "command.com"):
        (common / name.upper()).write_bytes(firmware.load(name))
    shared = [str(path) for path in (common / "BBDOS.SYS", common / "COMMAND.COM", folder / "tools")]
    out = folder / "mtools"
    out.mkdir()

    def fresh(image: Path, files: list[str]) -> None:
        image.unlink(missing_ok=True)
        subprocess.run(["mformat", "-C", "-f", "1440", "-v", "ALL", "-i", image, "::"], check=True)
        subprocess.run(["mcopy", "-s", "-i", image, *files, "::"], check=True)

    def each() -> None:
        for number, files in enumerate(own):
            fresh(out / f"{number}.img", [*shared, *files])

    def from_base() -> None:
        base = out / "base.img"
        fresh(base, shared)
        for number, files in enumerate(own):
            image = out / f"{number}.img"
            shutil.copyfile(base, image)
            subprocess.run(["mcopy", "-s", "-i", image, *files, "::"], check=True)

    return {"mtools: mformat + mcopy each": each, "mtools: base + cp + mcopy": from_base}


def _bootbuilder(folder: Path, *words: str) -> None:
    subprocess.run(
        [sys.executable, "-m", "bootbuilder", *words],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT), "BOOTBUILDER_HOME": str(folder / "home")},
        stdout=subprocess.DEVNULL,
        check=True,
    )


if __name__ == "__main__":
    main()
