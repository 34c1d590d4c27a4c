"""Software of others that developers may have: found through the environment; a test that misses it is skipped."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

FREEDOS = "BOOTBUILDER_TEST_FREEDOS"
"""Names a floppy image of FreeDOS."""

DRIVERS = "BOOTBUILDER_TEST_DRIVERS"
"""Names a folder with packet drivers and programs of mTCP."""

SYSTEMS = ("bbdos", "freedos")


def dos(system: str) -> str:
    """Return what a recipe's `dos.system` is for one of SYSTEMS; skips the test without a FreeDOS."""
    if system != "freedos":
        return system
    image = os.environ.get(FREEDOS)
    if not image:
        pytest.skip(f"{FREEDOS} names no floppy image of FreeDOS")
    return image


def drivers(*files: str) -> Path:
    """Return the folder of drivers; skips the test where there is none, or one of `files` is not in it."""
    folder = os.environ.get(DRIVERS)
    if not folder:
        pytest.skip(f"{DRIVERS} names no folder with packet drivers and mTCP")
    there = {path.name.upper() for path in Path(folder).iterdir()}
    if missing := sorted(set(files) - there):
        pytest.skip(f"{', '.join(missing)} is not in {folder}")
    return Path(folder)
