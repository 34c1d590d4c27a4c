"""What all tests share: programs of this machine that a test needs, and QEMU for the tests marked `qemu`."""

from __future__ import annotations

import ctypes.util
import os
import shutil
from collections.abc import Callable

import pytest

from bootbuilder.errors import ToolMissing
from bootbuilder.vm import find_qemu


def _missing(reason: str) -> None:
    """Skip the test on a user's machine, fail it in CI, where all tools have to be there."""
    if os.environ.get("CI", "").lower() == "true":
        pytest.fail(f"{reason} (required in CI)", pytrace=False)
    pytest.skip(reason)


def _require(program: str) -> str:
    if program.startswith("qemu-system-"):
        try:
            return find_qemu()
        except ToolMissing as error:
            _missing(f"{error.message}; {error.hint}")
    found = shutil.which(program)
    if found is None:
        _missing(f"{program} is not installed")
    assert found is not None
    return found


@pytest.fixture(scope="session")
def require_tool() -> Callable[[str], str]:
    """Return a function that gives the path of a program, or ends the test because it is missing."""
    return _require


@pytest.fixture(scope="session")
def libarchive() -> None:
    """Tests that open LHA archives and cabinets need this library."""
    if ctypes.util.find_library("archive") is None:
        _missing("libarchive is not installed")


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Tests marked `qemu` need QEMU."""
    if item.get_closest_marker("qemu"):
        _require("qemu-system-i386")
