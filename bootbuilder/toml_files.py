"""TOML files that extend one another: read, merged, and every key traced to its file and line.

Owns `extends` and the wording of "where" in error messages. Knows nothing of what the keys mean.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from bootbuilder.errors import RecipeError

Key = tuple[str | int, ...]  # ("files", 0, "target")

LARGEST = 1 << 20  # bytes; a recipe is a page or two, anything above is some other file


@dataclass(frozen=True, slots=True)
class Source:
    """One file as it was read: `path`, its `text`, and its own keys in `data`."""

    path: Path
    text: str = field(repr=False)
    data: Mapping[str, Any] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Merged:
    """The merged keys of a file and of all that it extends; `sources` with the strongest last."""

    path: Path
    data: dict[str, Any]
    sources: tuple[Source, ...] = field(repr=False)

    def source_of(self, key: Key) -> Source:
        """Return the file that set `key`, or the nearest table above it; the file itself when none did."""
        for length in range(len(key), 0, -1):
            for source in reversed(self.sources):
                if _has(source.data, key[:length]):
                    return source
        return self.sources[-1]

    def sets(self, key: Key) -> bool:
        """Return whether one of the files sets `key` itself."""
        return any(_has(source.data, key) for source in self.sources)

    def where(self, key: Key) -> str:
        """Return `file:line: a.b[0].c` for messages; without the line where the key is not in the text."""
        source = self.source_of(key)
        line = line_of(source.text, key)
        return f"{source.path}{f':{line}' if line else ''}: {dotted(key)}"


def load(path: Path) -> Merged:
    """Read `path` and all that it `extends`, relative to each file; tables merge, else the later wins.

    Raises RecipeError for a file that is missing, no UTF-8, no TOML, or extends itself in a circle.
    """
    sources = _read(path, ())
    data: dict[str, Any] = {}
    for source in sources:
        data = merge(data, source.data)
    data.pop("extends", None)
    return Merged(path, data, sources)


def parse(text: str, path: Path) -> Merged:
    """Return a text that was never a file (a recipe just written); it may not extend another."""
    source = Source(path, text, _parse(text, path))
    return Merged(path, dict(source.data), (source,))


def merge(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    """Return both tables in one: tables merge, arrays and scalars of `above` win."""
    merged = dict(below)
    for key, value in above.items():
        old = merged.get(key)
        merged[key] = merge(old, value) if isinstance(old, dict) and isinstance(value, dict) else value
    return merged


def dotted(key: Key) -> str:
    """Return `("files", 0, "target")` as `files[0].target`, quoting what TOML would quote."""
    text = ""
    for part in key:
        if isinstance(part, int):
            text += f"[{part}]"
        else:
            bare = part if re.fullmatch(r"[A-Za-z0-9_-]+", part) else f'"{part}"'
            text += f".{bare}" if text else bare
    return text or "the file"


def line_of(text: str, key: Key) -> int | None:
    """Return the 1-based line that sets `key`, or the nearest table above it; None when it is not there.

    A plain scan of headers and `key =` lines: enough to point an editor at the place. tomllib has
    already proven that the text is TOML.
    """
    lines = _lines(text)
    return next((lines[key[:n]] for n in range(len(key), 0, -1) if key[:n] in lines), None)


@lru_cache(maxsize=16)
def _lines(text: str) -> dict[Key, int]:
    """Return the first line of every key and table header of a TOML text."""
    found: dict[Key, int] = {}
    table: Key = ()
    counts: dict[Key, int] = {}
    for number, line in enumerate(text.splitlines(), 1):
        if header := re.match(r"\s*(\[\[?)\s*([^\]]+?)\s*\]", line):
            table = _split(header[2])
            if header[1] == "[[":
                counts[table] = counts.get(table, -1) + 1
                table = (*table, counts[table])
            else:
                table = _with_index(table, counts)
            at = table
        elif assignment := re.match(r'\s*((?:[A-Za-z0-9_-]+|"[^"]*"|\'[^\']*\'|\s*\.\s*)+?)\s*=', line):
            at = (*table, *_split(assignment[1]))
        else:
            continue
        found.setdefault(at, number)
    return found


def _with_index(table: Key, counts: Mapping[Key, int]) -> Key:
    """Put the running index behind the arrays of tables that `table` lies in."""
    for length in range(len(table), 0, -1):
        if table[:length] in counts:
            return (*table[:length], counts[table[:length]], *table[length:])
    return table


def _split(text: str) -> Key:
    parts = re.findall(r'"([^"]*)"|\'([^\']*)\'|([A-Za-z0-9_-]+)', text)
    return tuple(double or single or bare for double, single, bare in parts)


def _has(data: Any, key: Key) -> bool:
    for part in key:
        if isinstance(data, list):
            if not isinstance(part, int) or part >= len(data):
                return False
        elif not isinstance(data, Mapping) or part not in data:
            return False
        data = data[part]
    return True


def _read(path: Path, above: tuple[Path, ...], line: int | None = None) -> tuple[Source, ...]:
    real = path.resolve()
    if real in above:
        circle = " -> ".join(str(p.name) for p in (*above[above.index(real) :], real))
        raise RecipeError(
            f"{above[-1]}:{line}: extends goes in a circle: {circle}", "remove one of the extends"
        )
    try:
        with path.open("rb") as stream:
            raw = stream.read(LARGEST + 1)
        text = raw.decode("utf-8-sig")
    except FileNotFoundError:
        which = f", which {above[-1]} extends in line {line}" if above else ""
        raise RecipeError(f"{path}: there is no such file{which}", "check the path") from None
    except UnicodeDecodeError as error:
        raise RecipeError(f"{path}: not UTF-8 at byte {error.start}", "save the file as UTF-8") from None
    except OSError as error:
        raise RecipeError(
            f"{path}: cannot be read: {error.strerror}", "check the path and its rights"
        ) from None
    if len(raw) > LARGEST:
        raise RecipeError(f"{path}: over {LARGEST:,} bytes, this is no recipe", "name a recipe (.toml)")
    data = _parse(text, path)
    extends = data.get("extends", [])
    if not isinstance(extends, list) or not all(isinstance(item, str) for item in extends):
        line = line_of(text, ("extends",))
        raise RecipeError(f"{path}:{line}: extends must be a list of files", 'write extends = ["base.toml"]')
    at = line_of(text, ("extends",)) if extends else None
    below = [source for item in extends for source in _read(path.parent / item, (*above, real), at)]
    return (*below, Source(path, text, data))


def _parse(text: str, path: Path) -> dict[str, Any]:
    try:
        data = tomllib.loads(text)
    except RecursionError:
        raise RecipeError(f"{path}: nested too deeply to be a recipe", "name a recipe (.toml)") from None
    except tomllib.TOMLDecodeError as error:
        # The message of tomllib ends in "(at line 3, column 5)" or "(at end of document)".
        message = str(error)
        place = re.search(r"\(at line (\d+), column (\d+)\)", message)
        where = f"{path}:{place[1]}:{place[2]}" if place else str(path)
        what = re.sub(r"\s*\(at .*\)$", "", message)
        raise RecipeError(
            f"{where}: not TOML: {what}", "strings need quotes, tables [brackets]; see toml.io"
        ) from None
    for key in _with_nul(data, ()):
        line = line_of(text, key)
        raise RecipeError(
            f"{path}{f':{line}' if line else ''}: {dotted(key)!r}: a text with a NUL character (\\u0000)",
            "take it out: neither file names nor DOS texts can have it",
        )
    return data


def _with_nul(value: Any, key: Key) -> Iterator[Key]:
    """Yield the key of each text with a NUL character, which no path may have."""
    if isinstance(value, str):
        if "\0" in value:
            yield key
    elif isinstance(value, dict):
        for name, item in value.items():
            if "\0" in name:
                yield (*key, name)
            yield from _with_nul(item, (*key, name))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _with_nul(item, (*key, index))
