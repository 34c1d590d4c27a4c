"""Fixtures of the unit tests."""

from __future__ import annotations

from pathlib import Path

import pytest

from bootbuilder import nics
from tests.clirun import Cli, fake_dos
from tests.made_nics import mine


@pytest.fixture
def cli(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Cli:
    """The command line in an empty folder of its own that has a made-up DOS in `dos/`."""
    fake_dos(tmp_path)
    monkeypatch.chdir(tmp_path)
    for name in ("SOURCE_DATE_EPOCH", "NO_COLOR", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)
    return Cli(tmp_path)


@pytest.fixture(scope="session")
def shipped() -> nics.Catalogue:
    """The shipped catalogue, read once."""
    return nics.load()


@pytest.fixture
def own(tmp_path: Path) -> nics.Catalogue:
    """A catalogue with the made-up family over the shipped ones."""
    folder = tmp_path / "drivers"
    folder.mkdir()
    mine(folder)
    return nics.load([folder])
