"""The firmware manifest: which binary is made of which sources, with which flags, and their hashes.

Owns reading and rendering of `manifest.toml`. Runs no program and writes no file.
"""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from bootbuilder.errors import FirmwareError

MANIFEST = "manifest.toml"
SOURCES = "src"
BINARIES = "bin"

_REBUILD = "rebuild it from a checkout: bootbuilder firmware build"

_HEADER = """\
# The 16-bit binaries that ship with bootbuilder, and the proof that they come from the sources beside them.
# People edit `source`, `flags` and `max_size`; `bootbuilder firmware build` writes the rest.
# Each binary is bin/<name>; each source is a file under src/, found through %include and incbin.
# The tool is always run as: nasm -f bin -O9 -I src/ <flags> -o bin/<name> src/<source>
"""


@dataclass(frozen=True)
class Entry:
    """One binary of the manifest.

    `source` and the keys of `sources` are paths below `src/` with forward slashes; `flags` are passed to
    the assembler; `max_size` is in bytes; `sha256` is None until the binary has been built once.
    """

    name: str
    source: str
    flags: tuple[str, ...]
    max_size: int
    size: int | None
    sha256: str | None
    sources: Mapping[str, str]


def digest(data: bytes) -> str:
    """Return the SHA-256 of `data` as 64 hexadecimal digits."""
    return hashlib.sha256(data).hexdigest()


def read(root: Path) -> dict[str, Entry]:
    """Return the entries of `root/manifest.toml` by name; FirmwareError when it is missing or damaged."""
    path = root / MANIFEST
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise FirmwareError(f"{path}: cannot read the firmware manifest ({error.strerror})") from error
    return dict(_parsed(text, str(path)))


@lru_cache(maxsize=2)  # kernel, shell and boot sector of one disk ask one after the other
def _parsed(text: str, where: str) -> Mapping[str, Entry]:
    return parse(text, where)


def parse(text: str, where: str = MANIFEST) -> dict[str, Entry]:
    """Return the entries of a manifest's text; `where` names it in the FirmwareError."""
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise FirmwareError(f"{where}: not a valid manifest ({error})") from error
    tables = document.get("binary")
    if document.get("schema") != 1 or not isinstance(tables, dict):
        raise FirmwareError(f"{where}: not a firmware manifest of schema 1")
    return {name: _entry(name, table, where) for name, table in tables.items()}


def _entry(name: str, table: Any, where: str) -> Entry:
    try:
        return Entry(
            name=name,
            source=str(table["source"]),
            flags=tuple(str(flag) for flag in table.get("flags", [])),
            max_size=int(table["max_size"]),
            size=int(table["size"]) if "size" in table else None,
            sha256=str(table["sha256"]) if "sha256" in table else None,
            sources={str(path): str(value) for path, value in table.get("sources", {}).items()},
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise FirmwareError(f'{where}: the entry "{name}" is damaged ({error!r})') from error


def render(entries: Mapping[str, Entry]) -> str:
    """Return the manifest's text: entries sorted by name, the same entries always the same text."""
    blocks = [_HEADER + "schema = 1\n"]
    for name in sorted(entries):
        entry = entries[name]
        lines = [f"[binary.{_quoted(name)}]", f"source = {_quoted(entry.source)}"]
        if entry.flags:
            lines.append(f"flags = [{', '.join(_quoted(flag) for flag in entry.flags)}]")
        lines.append(f"max_size = {entry.max_size}")
        if entry.sha256 is not None:
            lines += [f"size = {entry.size}", f"sha256 = {_quoted(entry.sha256)}"]
            lines.append(f"[binary.{_quoted(name)}.sources]")
            lines += [f"{_quoted(path)} = {_quoted(entry.sources[path])}" for path in sorted(entry.sources)]
        blocks.append("\n".join(lines) + "\n")
    return "\n".join(blocks)


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def find(entries: Mapping[str, Entry], name: str) -> Entry:
    """Return the entry of that name; FirmwareError, naming what there is, when there is none."""
    if name in entries:
        return entries[name]
    known = ", ".join(sorted(entries)) or "nothing"
    raise FirmwareError(f'firmware "{name}" is not in the manifest', f"the manifest has: {known}")


def load(root: Path, name: str) -> bytes:
    """Return the bytes of a shipped binary after comparing them with the manifest.

    Raises FirmwareError when the name is unknown, the binary was never built, is missing, or is not the
    one that the manifest names.
    """
    entry = find(read(root), name)
    path = root / BINARIES / file_name(name)
    if entry.sha256 is None:
        raise FirmwareError(f'firmware "{name}" has not been built', _REBUILD)
    try:
        data = path.read_bytes()
    except OSError as error:
        raise FirmwareError(f"{path}: cannot read the firmware ({error.strerror})", _REBUILD) from error
    if digest(data) != entry.sha256:
        raise FirmwareError(f"{path}: not the binary that the manifest names", _REBUILD)
    return data


def file_name(name: str) -> str:
    """Return the file below `bin/` that holds a binary: boot sectors get `.bin`, programs keep their name."""
    return name if "." in name else f"{name}.bin"
