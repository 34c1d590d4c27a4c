"""The 16-bit parts that ship inside the package: built binaries, their sources, and the proof.

    load(name)   the bytes of a shipped binary, compared with the manifest
    check()      what is wrong with the shipped binaries; an empty list is a full proof
    build()      assembles them again (needs NASM)

Users need no assembler: only `check` and `build` look for one.
"""

from __future__ import annotations

from collections.abc import Collection
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from bootbuilder.firmware import manifest

if TYPE_CHECKING:
    from bootbuilder.firmware.manifest import Entry
    from bootbuilder.firmware.proof import Finding

ROOT = Path(__file__).resolve().parent


@cache
def load(name: str) -> bytes:
    """Return the bytes of a shipped binary, for example `load("boot-freedos-fat12")` or `load("bbdos.sys")`.

    Raises FirmwareError when there is no such binary or it is not the one that the manifest names. A build of
    hundred images reads each binary once.
    """
    return manifest.load(ROOT, name)


def check(names: Collection[str] = (), *, require_tools: bool = False) -> list[Finding]:
    """Return what is wrong with the shipped binaries; see `proof.check`."""
    from bootbuilder.firmware import proof

    return proof.check(ROOT, names, require_tools=require_tools)


def build(names: Collection[str] = ()) -> list[Entry]:
    """Assemble the binaries again and record them in the manifest; see `proof.build`."""
    from bootbuilder.firmware import proof

    load.cache_clear()
    return proof.build(ROOT, names)
