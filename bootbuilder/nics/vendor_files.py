"""Reads what vendors wrote about their drivers: OEMSETUP.INF, *.NIF, samples of PROTOCOL.INI and NET.CFG.

Owns these four formats; what they say comes out as `Described`, a driver in the words of the catalogue.

    OEMSETUP.INF   Microsoft LAN Manager and Network Client 3.0 (example: Microsoft KB Q128800)
    *.NIF          IBM LAN Adapter and Protocol Support
    PROTOCOL.INI   Microsoft/3Com NDIS 2.0.1
    NET.CFG        Novell's DOS clients
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from bootbuilder.errors import CatalogueError
from bootbuilder.nics.models import Kind, Parameter

LARGEST = 256 << 10  # bytes; the largest seen has some 40 KB
_MOST_KEYS = 64
_KEY = re.compile(r"[A-Za-z_][\w.-]{0,31}")
_DEVICE = re.compile(r"[!-~]{1,7}\$[!-~]?")
_NUMBER = re.compile(r"(?:0[xX]([0-9a-fA-F]{1,8})|([0-9a-fA-F]{1,8})[hH]|([0-9]{1,9}))")


@dataclass(frozen=True, slots=True)
class Described:
    """What a vendor's file says about one driver. `origin` is the file; `file` the driver's name where it is told.

    `keys` go into PROTOCOL.INI; `netcfg` are lines of NET.CFG with `parameters` in braces; `pci` are vendor:device.
    """

    origin: str
    kind: Kind
    file: str | None
    driver_name: str | None
    title: str = ""
    keys: Mapping[str, Parameter] = field(default_factory=dict)
    netcfg: tuple[str, ...] = ()
    parameters: Mapping[str, int] = field(default_factory=dict)
    pci: tuple[str, ...] = ()
    media: str = ""


@dataclass(frozen=True, slots=True)
class _Section:
    name: str
    pairs: tuple[tuple[str, str], ...]

    def get(self, key: str) -> str:
        return next((value for name, value in self.pairs if name == key), "")


def is_description(name: str) -> bool:
    """Return whether a file of that name may describe a driver."""
    return name.endswith((".INF", ".NIF")) or name in ("PROTOCOL.INI", "NET.CFG")


def read(name: str, data: bytes, origin: str) -> list[Described]:
    """Return what a file says; empty when it is about something else.

    Raises CatalogueError, which begins with `origin`, when it is of that format but a section is missing.
    """
    if len(data) > LARGEST or b"\0" in data:
        return []
    text = data.decode("cp437")
    if name == "NET.CFG":
        return _net_cfg(text, origin)
    sections = _sections(text, comments=name == "PROTOCOL.INI")
    if name == "PROTOCOL.INI":
        return _protocol_ini(sections, origin)
    return _nif(sections, origin) if name.endswith(".NIF") else _inf(sections, text, origin)


def _sections(text: str, *, comments: bool = False) -> list[_Section]:
    """Read `[name]` and `key = value` lines; keys in lower case, values without quotes around them.

    With `comments`, a commented line of a key and one word counts, with `;` before its value: a sample's way to say
    what can be set. A line without `=` is a key with an empty value.
    """
    found: list[tuple[str, list[tuple[str, str]]]] = []
    for raw in text.replace("\x1a", "").splitlines():
        line = raw.strip()
        if comments and (hidden := re.fullmatch(r";\s*([A-Z][A-Z0-9_]{1,20})\s*=\s*(\S+)", line)) and found:
            found[-1][1].append((hidden[1], f";{hidden[2]}"))
            continue
        line = _uncommented(line)
        if head := re.fullmatch(r"\[([^\]]+)\]", line):
            found.append((head[1].strip().lower(), []))
        elif line and found:
            key, _, value = line.partition("=")
            found[-1][1].append((key.strip() if comments else key.strip().lower(), value.strip()))
    return [_Section(name, tuple(pairs)) for name, pairs in found]


def _uncommented(line: str) -> str:
    quoted = False
    for at, character in enumerate(line):
        quoted ^= character == '"'
        if character == ";" and not quoted:
            return line[:at].strip()
    return line


def _fields(value: str) -> list[str]:
    """Split at commas outside quotes; each field without blanks and quotes."""
    return [part.strip() for part in next(csv.reader([value], skipinitialspace=True), [])]


# --- OEMSETUP.INF -------------------------------------------------------------------------------------------


def _inf(sections: Sequence[_Section], text: str, origin: str) -> list[Described]:
    """[netcard] names for each board a section with the driver's file and one with its name and parameters."""
    by_name = {section.name: section for section in reversed(sections)}
    cards = by_name.get("netcard")
    if cards is None:
        if any(section.get("drivername") for section in sections):
            raise CatalogueError(
                f"{origin}: the section [netcard] is missing, which names the boards",
                "get a whole copy of it",
            )
        return []  # that of a printer, of Windows NT, …
    described: dict[tuple[str, str], Described] = {}
    pci = _pci(text)
    for key, value in cards.pairs:
        fields = _fields(value)
        if len(fields) < 7:
            raise CatalogueError(
                f"{origin}: {key} in [netcard] has {len(fields)} fields; seven belong there",
                "get a whole copy of it",
            )
        title, driver, nif = fields[0], fields[5].lower(), fields[6].lower()
        if (driver, nif) in described:
            continue
        for name in (driver, nif):
            if name not in by_name:
                raise CatalogueError(
                    f"{origin}: the section [{name}] is missing, which {key} in [netcard] names",
                    "get a whole copy of it, or describe the driver by hand: docs/nic-drivers.md",
                )
        about = by_name[driver]
        place = about.get("ndis2") or about.get("device") or about.get("devdir")
        parts = [part.strip() for part in re.split(r"[,:\\]", place.upper())]
        file = next((part for part in parts if "." in part), None)
        keys: dict[str, Parameter] = {}
        for name, said in by_name[nif].pairs:
            if name == "param" and len(keys) < _MOST_KEYS:
                keys |= _inf_parameter(_fields(said))
        device = _device(by_name[nif].get("drivername"))
        described[driver, nif] = Described(
            origin, "ndis2", file, device, title, keys, pci=pci, media=fields[3]
        )
    return list(described.values())


def _inf_parameter(fields: Sequence[str]) -> dict[str, Parameter]:
    """param=KEYWORD,"text",type,range,default,flags; the type is int, text, chars, keyonly or static."""
    name, text, kind, allowed, default = [*fields, "", "", "", "", ""][:5]
    if not _KEY.fullmatch(name):
        return {}
    kind, values = kind.lower(), [value.strip() for value in allowed.split(",") if value.strip()]
    table: dict[str, Any] = {"type": "string"}
    if kind == "keyonly":
        table = {"type": "switch"}
        default = ""
    elif kind == "int":
        table = _range(values, default)
    elif kind == "text" and values:
        table = _choices(values)
    elif kind == "chars" and (width := _number(allowed)):
        table["pattern"] = f".{{0,{width}}}"
    return _parameter(name.upper(), table, default, text)


def _pci(text: str) -> tuple[str, ...]:
    """Read the section [PCI] that some vendors add: VENDOR_ID and DEVICE_ID, lists with semicolons."""
    section = re.search(r"(?ims)^\s*\[pci\]\s*$(.*?)(?=^\s*\[|\Z)", text)
    if section is None:
        return ()
    ids = {
        key: re.findall(r"(?<![0-9A-Fa-f])[0-9A-Fa-f]{4}(?![0-9A-Fa-f])", value)
        for key, value in re.findall(r"(?im)^\s*(vendor_id|device_id)\s*=(.*)$", section[1].lower())
    }
    vendors = ids.get("vendor_id", [])
    return tuple(dict.fromkeys(f"{vendors[0]}:{device}" for device in ids.get("device_id", []) if vendors))


# --- NIF ----------------------------------------------------------------------------------------------------


def _nif(sections: Sequence[_Section], origin: str) -> list[Described]:
    """A section with DriverName, [File] with the file's name, and a section for each parameter."""
    device = next((section for section in sections if section.get("drivername")), None)
    if device is None:
        if any(section.name == "file" for section in sections):
            raise CatalogueError(
                f"{origin}: no section has a DriverName",
                "get a whole copy of it, or describe the driver by hand",
            )
        return []
    if device.get("type").upper() not in ("", "NDIS"):
        return []  # a protocol's
    file = next((section.get("name") for section in sections if section.name == "file"), "")
    keys: dict[str, Parameter] = {}
    for section in sections:
        kind = section.get("type").lower()
        if section is device or section.name == "file" or not kind or len(keys) >= _MOST_KEYS:
            continue
        name = section.get("tag") or section.name
        if _KEY.fullmatch(name):
            keys |= _nif_parameter(name.upper(), kind, section)
    return [
        Described(
            origin,
            "ndis2",
            _base(file) or None,
            _device(device.get("drivername")),
            device.get("title").strip('"'),
            keys,
        )
    ]


def _nif_parameter(name: str, kind: str, section: _Section) -> dict[str, Parameter]:
    allowed, default = section.get("range").strip('"'), section.get("default").strip('"')
    help_text = section.get("display").strip('"')
    span = re.fullmatch(r"\s*(\w+)\s*-\s*(\w+)\s*", allowed)
    values = [value for value in re.split(r"[,\s|]+", allowed) if value]
    if kind in ("none", "keyonly"):
        return _parameter(name, {"type": "switch"}, "", help_text)
    if kind.startswith("hex"):
        values, default = [_as_hex(value) for value in values], _as_hex(default)
        span = span and re.fullmatch(r"(\w+)-(\w+)", f"{_as_hex(span[1])}-{_as_hex(span[2])}")
    if kind.startswith(("hex", "dec", "int")):
        table = _range([span[1], span[2]], default) if span else _choices(values) if values else None
        return _parameter(name, table or {"type": "hex" if kind[0] == "h" else "int"}, default, help_text)
    return _parameter(name, _choices(values) if values else {"type": "string"}, default, help_text)


def _as_hex(value: str) -> str:
    return f"0x{value}" if re.fullmatch(r"[0-9A-Fa-f]+", value) else value


# --- PROTOCOL.INI -------------------------------------------------------------------------------------------


def _protocol_ini(sections: Sequence[_Section], origin: str) -> list[Described]:
    """Sections with a DriverName and no Bindings are those of boards."""
    found = []
    for section in sections:
        low = {key.lower(): value for key, value in section.pairs}
        name = _device(low.get("drivername", ""))
        if name is None or "bindings" in low or name in ("PROTMAN$", "NDISHLP$"):
            continue
        keys: dict[str, Parameter] = {}
        for key, value in section.pairs:
            if key.lower() != "drivername" and _KEY.fullmatch(key) and len(keys) < _MOST_KEYS:
                keys |= _sample_key(key.upper(), value)
        found.append(Described(origin, "ndis2", None, name, "", keys))
    return found


def _sample_key(name: str, value: str) -> dict[str, Parameter]:
    """A sample tells a type and, unless it is commented out, a default; no range."""
    words = value.strip('";')
    default = "" if value.startswith(";") else words
    if _number(words) is not None:
        return _parameter(name, {"type": "hex" if _is_hex(words) else "int"}, default, "")
    return _parameter(name, {"type": "string"}, default, "")


# --- NET.CFG ------------------------------------------------------------------------------------------------

_NET_CFG = {"INT": ("irq", 10), "IRQ": ("irq", 10), "PORT": ("io", 16), "DMA": ("dma", 10)}
"""Keyword -> (the catalogue's parameter, the base of its number); others stay as the sample has them."""


def _net_cfg(text: str, origin: str) -> list[Described]:
    """`Link Driver NAME` and the indented lines behind it."""
    found: list[Described] = []
    lines: list[str] = []
    parameters: dict[str, int] = {}

    def finish() -> None:
        if lines:
            name = lines[0].split()[2].upper()
            found.append(
                Described(
                    origin, "odi", f"{name}.COM", None, "", netcfg=tuple(lines), parameters=dict(parameters)
                )
            )
        lines.clear()
        parameters.clear()

    for raw in text.replace("\x1a", "").splitlines():
        line = raw.split(";")[0].rstrip()
        words = line.split()
        if not words:
            continue
        if not line[0].isspace():
            finish()
            if [word.upper() for word in words[:2]] == ["LINK", "DRIVER"] and len(words) > 2:
                lines.append(f"Link Driver {words[2]}")
        elif lines and len(lines) < _MOST_KEYS:
            lines.append(_net_cfg_line(words, parameters))
    finish()
    return found


def _net_cfg_line(words: list[str], parameters: dict[str, int]) -> str:
    name, base = _NET_CFG.get(words[0].upper(), ("", 0))
    if name and len(words) == 2 and name not in parameters:
        try:
            parameters[name] = int(words[1], base)
        except ValueError:
            return " ".join(words)
        return f"{words[0]} {{{name}}}"
    return " ".join(words).replace("{", "(").replace("}", ")")


# --- values -------------------------------------------------------------------------------------------------


def _device(value: str) -> str | None:
    name = value.split(",")[0].strip().strip('"')
    return name.upper() if _DEVICE.fullmatch(name) else None


def _base(path: str) -> str:
    return re.split(r"[\\/:]", path.strip().strip('"').upper())[-1]


def _number(text: str) -> int | None:
    found = _NUMBER.fullmatch(text.strip())
    if found is None:
        return None
    return int(found[1] or found[2], 16) if found[1] or found[2] else int(found[3])


def _is_hex(text: str) -> bool:
    return text.strip()[:2].lower() == "0x" or text.strip()[-1:].lower() == "h"


def _range(values: Sequence[str], default: str) -> dict[str, Any]:
    """A number between the first two values; a third is the step, which is not checked."""
    numbers = [_number(value) for value in values[:2]]
    table: dict[str, Any] = {"type": "hex" if any(map(_is_hex, [*values[:2], default])) else "int"}
    for key, number in zip(("minimum", "maximum"), numbers, strict=False):
        if number is not None:
            table[key] = number
    return table


def _choices(values: Iterable[str]) -> dict[str, Any]:
    """One of the values: numbers where all are numbers, and hexadecimal where one is."""
    words = list(dict.fromkeys(values))
    numbers = [_number(word) for word in words]
    if all(number is not None for number in numbers):
        return {"type": "hex" if any(map(_is_hex, words)) else "int", "choices": tuple(numbers)}
    return {"type": "choice", "choices": tuple(words)}


def _parameter(name: str, table: dict[str, Any], default: str, text: str) -> dict[str, Parameter]:
    """Return the parameter; a default that does not fit its own range is left out."""
    parameter = Parameter(**table, help=" ".join(text.split())[:60])
    value: Any = _number(default) if table["type"] in ("int", "hex") else default or None
    if value is None or parameter.mistake(value):
        return {name: parameter}
    return {name: Parameter(**table, help=parameter.help, default=value)}
