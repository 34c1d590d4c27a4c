"""Runs the command line inside the test process, in a folder with a DOS that only looks like one."""

from __future__ import annotations

import json
import os
import textwrap
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import typer.main
import typer.testing

from bootbuilder.cli import app
from tests import made_dos

# Turning the functions into commands takes longer than most commands run, so it is done once.
_COMMAND = typer.main.get_command(app)
typer.testing._get_command = lambda _: _COMMAND  # type: ignore[attr-defined, assignment]

HEAD = """\
schema = 1
name = "r"
[dos]
system = "./dos"
"""
"""The first four lines of most recipes here; what follows begins in line 5."""


@dataclass(frozen=True)
class Ran:
    """What a command left: exit status, standard output, standard error."""

    status: int
    out: str
    err: str
    raw: bytes


@dataclass(frozen=True)
class Cli:
    """The command line with `folder` as its current directory; tests change there before they use it."""

    folder: Path

    def run(self, *words: object, status: int = 0, env: Mapping[str, str] | None = None) -> Ran:
        """Run a command; the exit status must be as said and nothing may leak but SystemExit."""
        home = {"BOOTBUILDER_HOME": str(self.folder / "home"), **(env or {})}
        result = invoke(*map(str, words), env=home)
        said = f"{words}: {result.exit_code}\n{result.stdout}\n{result.stderr}"
        leaked = result.exception
        assert leaked is None or isinstance(leaked, SystemExit), f"{said}\n{leaked!r}"
        assert "Traceback" not in result.output, said
        assert result.exit_code == status, said
        return Ran(result.exit_code, result.stdout, result.stderr, result.stdout_bytes)

    def refuse(self, *words: object) -> str:
        """Run a command that must fail as promised: status 1, an error with a hint, no file written or changed.

        Returns standard error.
        """
        before = self.snapshot()
        ran = self.run(*words, status=1)
        assert ran.err.startswith("error: "), ran.err
        assert "\nhint: " in ran.err, ran.err
        assert ran.out == "", ran.out
        assert self.snapshot() == before
        return ran.err

    def recipe(self, text: str = "", name: str = "r.toml", head: str = HEAD) -> Path:
        """Write a recipe on the made-up DOS and return its path, relative to the folder."""
        (self.folder / name).write_text(head + textwrap.dedent(text), encoding="utf-8")
        return Path(name)

    def manifest(self, name: str = "r", out: str = "out") -> dict[str, Any]:
        """Return the manifest of a finished build."""
        loaded: dict[str, Any] = json.loads((self.folder / out / name / "manifest.json").read_text("utf-8"))
        return loaded

    def snapshot(self) -> dict[str, tuple[int, bytes]]:
        """Return every file and folder below the folder: its inode and its bytes."""
        return {
            str(path.relative_to(self.folder)): (
                path.stat().st_ino,
                path.read_bytes() if path.is_file() else b"",
            )
            for path in sorted(self.folder.rglob("*"))
            if os.access(path, os.R_OK)
        }


def invoke(*words: str, env: Mapping[str, str] | None = None) -> Any:
    """Run the command line and return typer's result: exit_code, exception, stdout, stderr."""
    return typer.testing.CliRunner().invoke(app, list(words), env=env, prog_name="bootbuilder")


def fake_dos(folder: Path) -> Path:
    """Put a folder `dos` there that is recognised as FreeDOS, and return it."""
    dos = folder / "dos"
    dos.mkdir()
    (dos / "KERNEL.SYS").write_bytes(made_dos.freedos_kernel())
    (dos / "COMMAND.COM").write_bytes(made_dos.FREECOM)
    return dos
