"""Builds the 16-bit binaries and proves that the shipped ones match their sources.

Owns running NASM and writing `bin/` and `manifest.toml`. The hashes are compared without any tool.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Collection
from dataclasses import dataclass, replace
from pathlib import Path

from bootbuilder.errors import FirmwareError, ToolMissing
from bootbuilder.firmware import manifest
from bootbuilder.firmware.manifest import Entry

_INCLUDE = re.compile(rb"""^\s*(?:%include|(?:[\w.$]+:)?\s*incbin)\s+["'`]([^"'`]+)["'`]""", re.I | re.M)
_INSTALL = "install NASM 2.15 or later (Debian: apt install nasm)"
_TIMEOUT = 120  # seconds for one assembly; the largest needs less than one


@dataclass(frozen=True)
class Finding:
    """One thing that the proof has to say about a binary: `failed` is False for a mere remark."""

    name: str
    message: str
    hint: str
    failed: bool = True


def sources_of(root: Path, source: str) -> dict[str, str]:
    """Return path below `src/` -> SHA-256 for a source and all that it includes.

    Conditional includes count too: what might be read is part of the proof. Raises FirmwareError for a
    file that is missing.
    """
    found: dict[str, str] = {}
    todo = [source]
    while todo:
        path = todo.pop()
        if path in found:
            continue
        try:
            data = (root / manifest.SOURCES / path).read_bytes()
        except OSError as error:
            raise FirmwareError(f"{root / manifest.SOURCES / path}: {error.strerror}") from error
        found[path] = manifest.digest(data)
        todo += [match.decode("utf-8", "replace") for match in _INCLUDE.findall(data)]
    return dict(sorted(found.items()))


def assemble(root: Path, entry: Entry, folder: Path) -> bytes:
    """Return what NASM makes of an entry's source; `folder` takes the temporary output.

    Raises ToolMissing without NASM, FirmwareError with the assembler's own words, or when the result is
    larger than the entry allows.
    """
    nasm = shutil.which("nasm")
    if nasm is None:
        raise ToolMissing("nasm is not on the PATH, so firmware cannot be assembled", _INSTALL)
    output = folder / manifest.file_name(entry.name)
    source = f"{manifest.SOURCES}/{entry.source}"
    command = [
        nasm,
        "-f",
        "bin",
        "-O9",
        "-I",
        f"{manifest.SOURCES}/",
        *entry.flags,
        "-o",
        str(output),
        source,
    ]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, timeout=_TIMEOUT, check=False)
    if done.returncode != 0:
        raise FirmwareError(f"{entry.name}: nasm refuses {source}:\n{done.stderr.strip()}")
    data = output.read_bytes()
    if len(data) > entry.max_size:
        raise FirmwareError(f"{entry.name}: {len(data)} bytes, and {entry.max_size} are allowed")
    return data


def check(root: Path, names: Collection[str] = (), *, require_tools: bool = False) -> list[Finding]:
    """Return what is wrong with the named binaries (all, when none is named); an empty list is a full proof.

    Hashes of sources and binaries are always compared. With NASM at hand each source is assembled into a
    temporary folder and compared byte for byte; without it that is one remark, or, with `require_tools`,
    a failure. A binary whose source does not exist yet and which was never built is left out.
    """
    entries = manifest.read(root)
    chosen = [manifest.find(entries, name) for name in names] or list(entries.values())
    chosen = [entry for entry in chosen if _exists(root, entry)]
    findings = [finding for entry in chosen for finding in _check_hashes(root, entry)]
    if shutil.which("nasm") is None:
        remark = "nasm is not on the PATH: hashes compared, nothing reassembled"
        return [*findings, Finding("nasm", remark, _INSTALL, failed=require_tools)]
    with tempfile.TemporaryDirectory() as folder:
        for entry in chosen:
            findings += _check_rebuild(root, entry, Path(folder))
    return findings


def _exists(root: Path, entry: Entry) -> bool:
    return entry.sha256 is not None or (root / manifest.SOURCES / entry.source).exists()


def _check_hashes(root: Path, entry: Entry) -> list[Finding]:
    hint = f"bootbuilder firmware build {entry.name}"
    if entry.sha256 is None:
        return [Finding(entry.name, "never built", hint)]
    findings: list[Finding] = []
    try:
        sources = sources_of(root, entry.source)
    except FirmwareError as error:
        return [Finding(entry.name, error.message, "restore the source from version control")]
    for path in sorted(sources.keys() | entry.sources.keys()):
        if sources.get(path) != entry.sources.get(path):
            findings.append(Finding(entry.name, f"src/{path} has changed since the binary was built", hint))
    try:
        data = manifest.load(root, entry.name)
    except FirmwareError as error:
        return [*findings, Finding(entry.name, error.message, hint)]
    if len(data) != entry.size or len(data) > entry.max_size:
        findings.append(Finding(entry.name, f"{len(data)} bytes is not the size in the manifest", hint))
    return findings


def _check_rebuild(root: Path, entry: Entry, folder: Path) -> list[Finding]:
    hint = f"bootbuilder firmware build {entry.name}"
    try:
        data = assemble(root, entry, folder)
    except FirmwareError as error:
        message = error.message.removeprefix(f"{entry.name}: ")
        return [Finding(entry.name, message, "correct the source")]
    if entry.sha256 is not None and manifest.digest(data) != entry.sha256:
        return [Finding(entry.name, "nasm makes other bytes of the sources than the shipped binary", hint)]
    return []


def build(root: Path, names: Collection[str] = ()) -> list[Entry]:
    """Assemble the named binaries (all whose source exists, when none is named) and record them.

    Everything is assembled before anything is written; each file appears whole or not at all. Returns the
    new entries. Raises ToolMissing or FirmwareError; then nothing has changed.
    """
    entries = manifest.read(root)
    chosen = [manifest.find(entries, name) for name in names] or [
        entry for entry in entries.values() if (root / manifest.SOURCES / entry.source).exists()
    ]
    built: dict[str, Entry] = {}
    binaries: dict[str, bytes] = {}
    with tempfile.TemporaryDirectory() as folder:
        for entry in chosen:
            data = assemble(root, entry, Path(folder))
            binaries[entry.name] = data
            sources = sources_of(root, entry.source)
            built[entry.name] = replace(entry, size=len(data), sha256=manifest.digest(data), sources=sources)
    (root / manifest.BINARIES).mkdir(exist_ok=True)
    for name, data in binaries.items():
        _write(root / manifest.BINARIES / manifest.file_name(name), data)
    current = manifest.read(root)  # read again: another build may have recorded other binaries meanwhile
    _write(root / manifest.MANIFEST, manifest.render({**current, **built}).encode())
    return list(built.values())


def _write(path: Path, data: bytes) -> None:
    if path.exists() and path.read_bytes() == data:
        return
    temporary = path.with_name(f"{path.name}.{os.getpid()}.tmp")
    try:
        temporary.write_bytes(data)
        temporary.chmod(0o644)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
