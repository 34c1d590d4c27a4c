"""The wheel and the sdist: what is in them, and that an installed bootbuilder works from any folder."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
import tarfile
import venv
import zipfile
from pathlib import Path
from typing import Any

import pytest

from tests.clirun import HEAD, fake_dos

pytestmark = pytest.mark.package

ROOT = Path(__file__).resolve().parents[2]


def _run(*words: object, cwd: Path, **environ: str) -> str:
    """Run a program and return its output; its words are shown when it fails."""
    environment = {
        name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "PYTHONHOME")
    }
    ran = subprocess.run(
        [str(word) for word in words], cwd=cwd, env={**environment, **environ}, capture_output=True, text=True
    )
    assert ran.returncode == 0, f"{words}\n{ran.stdout}\n{ran.stderr}"
    return ran.stdout


def _build(source: Path, out: Path, target: str) -> Path:
    _run(sys.executable, "-m", "hatchling", "build", "-t", target, "-d", out, cwd=source)
    (made,) = out.iterdir()
    return made


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of this checkout."""
    return _build(ROOT, tmp_path_factory.mktemp("wheel"), "wheel")


@pytest.fixture(scope="module")
def sdist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sdist of this checkout."""
    return _build(ROOT, tmp_path_factory.mktemp("sdist"), "sdist")


@pytest.fixture(scope="module")
def program(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The `bootbuilder` of a fresh environment that has the wheel, and the libraries of this one."""
    place = tmp_path_factory.mktemp("env")
    venv.create(place, with_pip=False)
    scripts = place / ("Scripts" if os.name == "nt" else "bin")
    python = scripts / ("python.exe" if os.name == "nt" else "python")
    _run(
        sys.executable,
        "-m",
        "pip",
        "--python",
        python,
        "install",
        "--no-deps",
        "--no-index",
        "-q",
        wheel,
        cwd=place,
    )
    site = _run(python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))", cwd=place).strip()
    # The libraries come after the environment's own folder, so the wheel wins over an editable install.
    (Path(site) / "libraries.pth").write_text(sysconfig.get_path("purelib") + "\n")
    where = _run(python, "-c", "import bootbuilder; print(bootbuilder.__file__)", cwd=place)
    assert str(place) in where
    return scripts / ("bootbuilder.exe" if os.name == "nt" else "bootbuilder")


_AS_DATA: dict[str, Any] = {"filter": "data"} if hasattr(tarfile, "data_filter") else {}  # since 3.11.4


def _content(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_wheel_has_all_that_is_shipped(wheel: Path) -> None:
    """Drivers, templates, recipes, binaries and their manifest are inside; nothing of the tests is."""
    names = _content(wheel).keys()
    for folder in ("nic_drivers", "templates", "recipes"):
        for path in (ROOT / folder).rglob("*"):
            if path.is_file():
                assert f"bootbuilder/data/{path.relative_to(ROOT).as_posix()}" in names
    for path in (ROOT / "bootbuilder" / "firmware" / "bin").iterdir():
        assert f"bootbuilder/firmware/bin/{path.name}" in names
    assert "bootbuilder/firmware/manifest.toml" in names
    tops = {name.partition("/")[0] for name in names}
    assert tops - {"bootbuilder"} == {name for name in tops if name.endswith(".dist-info")}
    assert not [name for name in names if "__pycache__" in name or name.endswith((".pyc", ".img"))]


def test_wheel_names_licence_and_entry_point(wheel: Path) -> None:
    """Installers find the command, the Python that is needed, and the licence."""
    content = _content(wheel)
    info = next(name.partition("/")[0] for name in content if ".dist-info/" in name)
    metadata = content[f"{info}/METADATA"].decode()
    assert "Requires-Python: >=3.11" in metadata
    assert "License-Expression: MIT" in metadata
    assert f"{info}/licenses/LICENSE" in content
    assert b"bootbuilder = bootbuilder.__main__:main" in content[f"{info}/entry_points.txt"]
    assert "py3-none-any" in wheel.name


def test_sdist_builds_the_same_wheel(sdist: Path, wheel: Path, tmp_path: Path) -> None:
    """Who builds from the sdist gets the same files."""
    with tarfile.open(sdist) as archive:
        names = archive.getnames()
        archive.extractall(tmp_path, **_AS_DATA)
    (top,) = tmp_path.iterdir()
    for name in ("README.md", "LICENSE", "pyproject.toml", "tests/conftest.py", "bootbuilder/firmware/src"):
        assert any(entry.startswith(f"{top.name}/{name}") for entry in names), name
    again = _build(top, tmp_path / "again", "wheel")
    assert again.name == wheel.name
    assert _content(again) == _content(wheel)


def test_installed_program_works_from_another_folder(program: Path, tmp_path: Path) -> None:
    """recipe list, check and build find what the wheel brought, far from the checkout."""
    fake_dos(tmp_path)
    (tmp_path / "r.toml").write_text(HEAD, "utf-8")
    home = {"BOOTBUILDER_HOME": str(tmp_path / "home")}
    listed = _run(program, "recipe", "list", cwd=tmp_path, **home)
    assert "quickstart" in listed
    assert str(ROOT) not in listed
    assert "r.toml: ok" in _run(program, "check", "r.toml", cwd=tmp_path, **home)
    assert "written" in _run(program, "build", "r.toml", cwd=tmp_path, **home)
    assert (tmp_path / "out" / "r" / "r.img").stat().st_size == 1_474_560
    assert "ne2000" in _run(program, "nic", "list", cwd=tmp_path, **home)
    assert "match" in _run(program, "firmware", "check", cwd=tmp_path, **home)


def test_installed_program_has_its_own_dos(program: Path, tmp_path: Path) -> None:
    """A shipped recipe builds with the embedded DOS of the wheel."""
    home = {"BOOTBUILDER_HOME": str(tmp_path / "home")}
    listed = _run(program, "recipe", "list", cwd=tmp_path, **home)
    quickstart = next(line.split()[0] for line in listed.splitlines() if "quickstart.toml" in line)
    assert "written" in _run(program, "build", quickstart, cwd=tmp_path, **home)
    shown = _run(program, "inspect", "out/quickstart/quickstart.img", cwd=tmp_path, **home)
    assert "BBDOS.SYS" in shown
