"""Floppies beside mtools, in one run: `make bench` prints figures and ratios. Never fails on a time.

    1  one 1.44 MB floppy, 15 files, 400 KB, volume to bytes in a warm process   | mformat + mcopy
    2  100 images that differ in three small files, one command, -j 1 and -j 2   | a copied base + mcopy for each
                                                                                 | mformat + mcopy for each
    3  the command line as a process: one floppy, --help                         | python -c pass

The rounds of all candidates alternate, so a busy machine slows them alike; medians are printed, with the fastest
round behind them. `--rounds N` (5), `--images N` (100).
"""

from __future__ import annotations

import argparse
import compileall
import os
import platform
import random
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from timing import report

from bootbuilder import firmware
from bootbuilder.media import fat

ROOT = Path(__file__).resolve().parents[2]
SIZES = (
    45_000,
    66_000,
    90_000,
    60_000,
    40_000,
    30_000,
    24_000,
    16_000,
    12_000,
    8_000,
    6_000,
    2_000,
    500,
    300,
    87,
)
BOOT_SECTOR = b"\xeb\x3c\x90BENCHING" + bytes(499) + b"\x55\xaa"


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="Compare bootbuilder with mtools.")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--images", type=int, default=100)
    options = parser.parse_args()
    missing = [tool for tool in ("mformat", "mcopy") if shutil.which(tool) is None]
    if missing:
        print(f"no comparison with mtools: {', '.join(missing)} missing (apt install mtools)")
    load = f", load {os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else ""
    print(
        f"{platform.system()} {platform.release()}, {os.cpu_count()} CPUs, Python {platform.python_version()}{load}"
    )
    compileall.compile_dir(ROOT / "bootbuilder", quiet=1)  # as pip leaves an installed package
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        _prepare(folder, options.images)
        _warm(folder, options.rounds * 8, not missing)
        _many(folder, options.rounds, options.images, not missing)
        _processes(folder, options.rounds * 2)


def _prepare(folder: Path, images: int) -> None:
    """Write 15 files of 400 KB, the files of the embedded DOS for mtools, a recipe and an inventory."""
    chance = random.Random(15)
    (folder / "payload").mkdir()
    for number, size in enumerate(SIZES):
        (folder / "payload" / f"FILE{number:02}.BIN").write_bytes(chance.randbytes(size))
    (folder / "dos").mkdir()
    for name in ("bbdos.sys", "command.com"):
        (folder / "dos" / name.upper()).write_bytes(firmware.load(name))
    (folder / "site.txt").write_text("{{ vars.hostname }} at {{ vars.site }}\n")
    (folder / "bench.toml").write_text(
        'schema = 1\nname = "bench"\n[vars]\nhostname = "PC"\nsite = "x"\n'
        '[boot]\ncommands = ["ECHO {{ vars.hostname }}"]\nconfig = ["REM {{ vars.site }}"]\n'
        "[[files]]\nsource = 'payload'\ntarget = 'PAYLOAD'\n"
        "[[files]]\nsource = 'site.txt'\ntarget = 'SITE.TXT'\ntext = true\n"
    )
    rows = "".join(f"PC{number},Hall {number}\n" for number in range(images))
    (folder / "machines.csv").write_text("hostname,site\n" + rows)


# --- 1. one floppy in a warm process ------------------------------------------------------------------------


def _warm(folder: Path, rounds: int, mtools: bool) -> None:
    files = tuple(
        fat.VolumeFile(path.name, path.read_bytes()) for path in sorted((folder / "payload").iterdir())
    )
    volume = fat.Volume(fat.GEOMETRIES["1.44M"], "BENCH", BOOT_SECTOR, files)
    image = folder / "warm.img"
    sources = [str(path) for path in sorted((folder / "payload").iterdir())]

    def pipeline() -> None:
        _mtools_image(image, sources)

    def written() -> None:
        image.write_bytes(fat.write(volume))

    candidates: dict[str, Callable[[], object]] = {
        "bootbuilder, volume to bytes": lambda: fat.write(volume),
        "bootbuilder, and written to a file": written,
    }
    if mtools:
        candidates["mformat + mcopy"] = pipeline
    report("One 1.44 MB floppy, 15 files, 400 KB", candidates, rounds, "mformat + mcopy")


def _mtools_image(image: Path, sources: Sequence[str], folder: str = "::") -> None:
    image.unlink(missing_ok=True)
    subprocess.run(["mformat", "-C", "-f", "1440", "-v", "BENCH", "-i", image, "::"], check=True)
    subprocess.run(["mcopy", "-i", image, *sources, folder], check=True)


# --- 2. a hundred images ------------------------------------------------------------------------------------


def _many(folder: Path, rounds: int, images: int, mtools: bool) -> None:
    common = [str(path) for path in sorted((folder / "payload").iterdir())]
    common += [str(folder / "dos" / name) for name in ("BBDOS.SYS", "COMMAND.COM")]
    own = []
    for number in range(images):
        place = folder / "own" / str(number)
        place.mkdir(parents=True)
        for name, text in (
            ("AUTOEXEC.BAT", f"@ECHO OFF\r\nECHO PC{number}\r\n"),
            ("CONFIG.SYS", f"FILES=30\r\nREM Hall {number}\r\n"),
            ("SITE.TXT", f"PC{number} at Hall {number}\r\n"),
        ):
            (place / name).write_text(text)
        own.append([str(path) for path in sorted(place.iterdir())])
    out = folder / "mtools"
    out.mkdir()

    def from_base() -> None:
        base = out / "base.img"
        _mtools_image(base, common)
        for number, files in enumerate(own):
            image = out / f"{number}.img"
            subprocess.run(["cp", base, image], check=True)
            subprocess.run(["mcopy", "-i", image, *files, "::"], check=True)

    def each() -> None:
        for number, files in enumerate(own):
            _mtools_image(out / f"{number}.img", [*common, *files])

    def command(jobs: int) -> Callable[[], object]:
        words = ("build", "bench.toml", "--inventory", "machines.csv", "--force", "-j", str(jobs))
        return lambda: _bootbuilder(folder, *words, "-o", f"out{jobs}")

    candidates: dict[str, Callable[[], object]] = {
        "bootbuilder build -j 1": command(1),
        "bootbuilder build -j 2": command(2),
    }
    if mtools:
        candidates["mtools: base + cp + mcopy"] = from_base
        candidates["mtools: mformat + mcopy each"] = each
    title = f"{images} images that differ in three small files (ours hashed, fsynced, with a manifest)"
    report(title, candidates, rounds, "mtools: mformat + mcopy each")
    print(f"    peak memory of the command: {_peak(folder):.0f} MB")


def _bootbuilder(folder: Path, *words: str) -> None:
    subprocess.run(
        [sys.executable, "-m", "bootbuilder", *words],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT), "BOOTBUILDER_HOME": str(folder / "home")},
        stdout=subprocess.DEVNULL,
        check=True,
    )


def _peak(folder: Path) -> float:
    """Return the largest resident set of a build of all images, in MB, as a process of its own tells it."""
    code = (
        "import resource, runpy, sys; sys.argv[0] = 'bootbuilder'\n"
        "try: runpy.run_module('bootbuilder', run_name='__main__')\n"
        "finally: print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, file=sys.stderr)"
    )
    words = ["build", "bench.toml", "--inventory", "machines.csv", "--force", "-j", "2", "-o", "out2"]
    ran = subprocess.run(
        [sys.executable, "-c", code, *words],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT), "BOOTBUILDER_HOME": str(folder / "home")},
        capture_output=True,
        text=True,
        check=True,
    )
    return int(ran.stderr.split()[-1]) / (1 << 20 if sys.platform == "darwin" else 1 << 10)


# --- 3. processes -------------------------------------------------------------------------------------------


def _processes(folder: Path, rounds: int) -> None:
    candidates: dict[str, Callable[[], object]] = {
        "python -c pass": lambda: subprocess.run([sys.executable, "-c", "pass"], check=True),
        "python -c 'import typer'": lambda: subprocess.run(
            [sys.executable, "-c", "import typer"], check=True
        ),
        "bootbuilder --help": lambda: _bootbuilder(folder, "--help"),
        "bootbuilder build, one floppy": lambda: _bootbuilder(folder, "build", "bench.toml", "--force"),
        "bootbuilder build, unchanged": lambda: _bootbuilder(folder, "build", "bench.toml"),
    }
    report("The command line as a process", candidates, rounds, "python -c pass")


if __name__ == "__main__":
    main()
