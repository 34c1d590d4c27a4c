"""What differs between two images: how they were built, shape, boot sector, files, and the lines of texts."""

from __future__ import annotations

import difflib
import hashlib
import json
import re
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from bootbuilder import inspecting
from bootbuilder.reading.fat import FatEntry, FatVolume

MANIFEST_MAX = 64 << 20  # bytes of a manifest that is read
TEXT_MAX = 64 << 10  # bytes of a file whose lines are compared; COMMAND.COM itself cannot read longer lines

# Code page 437 text: no control characters but TAB, LF, FF, CR and the end mark of CP/M.
_TEXT = re.compile(rb"[\t\n\f\r\x1a\x20-\xff]*")

# Fields of a boot sector in front of its code: name, offset, bytes (Microsoft FAT specification, section 3).
_FIELDS = (
    ("OEM name", 3, 8),
    ("bytes per sector", 11, 2),
    ("sectors per cluster", 13, 1),
    ("reserved sectors", 14, 2),
    ("FATs", 16, 1),
    ("root entries", 17, 2),
    ("sectors", 19, 2),
    ("media descriptor", 21, 1),
    ("sectors per FAT", 22, 2),
    ("sectors per track", 24, 2),
    ("heads", 26, 2),
    ("hidden sectors", 28, 4),
    ("large sectors", 32, 4),
)
_CODE = 62  # the first byte behind the BPB of FAT12 and FAT16


@dataclass(frozen=True, slots=True)
class Fact:
    """A value that differs, as text for people; "" where one side has none."""

    name: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Change:
    """A file or folder that differs: `kind` is added, removed or changed; sizes in bytes, None where it is not there.

    `what` says which of kind, content, attributes and date differ; `lines` is a unified diff of two texts without
    its header.
    """

    path: str
    kind: str
    before: int | None
    after: int | None
    what: tuple[str, ...] = ()
    lines: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Differences:
    """All that differs. `identical` is true for equal bytes; `built` is empty unless both sides have a manifest."""

    identical: bool
    built: tuple[Fact, ...]
    shape: tuple[Fact, ...]
    boot_sector: tuple[Fact, ...]
    files: tuple[Change, ...]

    def to_json(self) -> dict[str, Any]:
        """Return the differences as JSON values."""
        return asdict(self)


def compare(before: Path, after: Path) -> Differences:
    """Return what differs between two images. Raises ImageError for what is no image, or is damaged."""
    with inspecting.opened(before) as (_, old, _), inspecting.opened(after) as (_, new, _):
        boot_sector = _boot_sector(old.boot_sector, new.boot_sector)
        files = tuple(_changes(old, new))
    built = _built(before), _built(after)
    return Differences(
        _sha256(before) == _sha256(after),
        _facts(*built) if all(built) else (),
        _facts(_shape(before), _shape(after)),
        boot_sector,
        files,
    )


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _facts(before: dict[str, str], after: dict[str, str]) -> tuple[Fact, ...]:
    return tuple(
        Fact(name, before.get(name, ""), after.get(name, ""))
        for name in dict.fromkeys([*before, *after])
        if before.get(name, "") != after.get(name, "")
    )


def _shape(path: Path) -> dict[str, str]:
    facts = dict(inspecting.inspect(path).facts())
    kind_and_size = facts.pop("image").removeprefix(f"{path}: ")
    del facts["boot sector"]  # told field by field
    return {"image": kind_and_size, **facts}


def _built(path: Path) -> dict[str, str]:
    """Return what the manifest beside an image says of it; nothing where there is none, or it is of other bytes."""
    try:
        with (path.parent / "manifest.json").open("rb") as file:
            manifest = json.loads(file.read(MANIFEST_MAX))
        entry = next(image for image in manifest["images"] if image["file"] == path.name)
        if entry["sha256"] != _sha256(path):
            return {}
        told = {
            "recipe": manifest["recipe"],
            "SHA-256 of the recipe": manifest["recipe_sha256"],
            "program": "{name} {version}".format(**manifest["tool"]),
            "DOS": entry["dos"],
            "adapter": entry["nic"],
        }
    except (OSError, ValueError, KeyError, TypeError, AttributeError, StopIteration, RecursionError):
        return {}
    return {name: str(value or "") for name, value in told.items()}


def _boot_sector(old: bytes, new: bytes) -> tuple[Fact, ...]:
    facts = []
    for name, offset, size in _FIELDS:
        before, after = old[offset : offset + size], new[offset : offset + size]
        if before != after:
            facts.append(Fact(name, _value(before), _value(after)))
    code = sum(a != b for a, b in zip(old[_CODE:], new[_CODE:], strict=True))
    if code:
        digests = (hashlib.sha256(sector[_CODE:]).hexdigest()[:12] for sector in (old, new))
        facts.append(Fact(f"code ({code} bytes)", *digests))
    return tuple(facts)


def _value(field: bytes) -> str:
    return repr(field.decode("cp437")) if len(field) == 8 else f"{int.from_bytes(field, 'little'):,}"


def _changes(old: FatVolume, new: FatVolume) -> Iterator[Change]:
    olds, news = ({entry.path: entry for entry in volume.entries()} for volume in (old, new))
    for path in sorted({*olds, *news}):
        if path not in news:
            yield Change(path, "removed", olds[path].size, None)
        elif path not in olds:
            yield Change(path, "added", None, news[path].size)
        elif what := _what(old, olds[path], new, news[path]):
            lines = _lines(old, olds[path], new, news[path]) if "content" in what else ()
            yield Change(path, "changed", olds[path].size, news[path].size, what, lines)


def _what(old: FatVolume, before: FatEntry, new: FatVolume, after: FatEntry) -> tuple[str, ...]:
    what = []
    if before.is_folder != after.is_folder:
        what.append("kind")
    elif not before.is_folder and _digest(old, before) != _digest(new, after):
        what.append("content")
    if before.attributes != after.attributes:
        what.append("attributes")
    if (before.date, before.time) != (after.date, after.time):
        what.append("date")
    return tuple(what)


def _digest(volume: FatVolume, entry: FatEntry) -> bytes:
    return hashlib.sha256(volume.read(entry, inspecting.LARGEST_FILE)).digest()


def _lines(old: FatVolume, before: FatEntry, new: FatVolume, after: FatEntry) -> tuple[str, ...]:
    """Return the unified diff of two texts, nothing where one is no text or is large."""
    if max(before.size, after.size) > TEXT_MAX:
        return ()
    texts = [volume.read(entry, TEXT_MAX) for volume, entry in ((old, before), (new, after))]
    if not all(_TEXT.fullmatch(text) for text in texts):
        return ()
    lines = [text.rstrip(b"\x1a").decode("cp437").replace("\r\n", "\n").removesuffix("\n") for text in texts]
    old_lines, new_lines = (text.split("\n") for text in lines)
    return tuple(difflib.unified_diff(old_lines, new_lines, lineterm="", n=1))[
        2:
    ]  # without the names of the files
