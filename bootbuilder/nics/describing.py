"""Describes drivers that no catalogue file has: from their bytes and the vendor's own files to a file of the user's.

What comes out is TOML as a person would write it, to be read and corrected: docs/nic-drivers.md explains its keys.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from bootbuilder.errors import CatalogueError
from bootbuilder.nics import adding, holding, looking, recognising
from bootbuilder.nics.adding import Added
from bootbuilder.nics.catalogue import KINDS, Catalogue
from bootbuilder.nics.looking import Found
from bootbuilder.nics.models import COMMON, ID, Family, Kind, Parameter, load_family
from bootbuilder.nics.vendor_files import Described
from bootbuilder.packages import Store

_MOST = 12  # drivers of one family; a vendor's disk has packet, NDIS2 and ODI drivers for one or two boards
_ORDER: tuple[Kind, ...] = ("packet", "ndis2", "odi")


def describe(
    path: Path, catalogue: Catalogue, store: Store, name: str
) -> tuple[Path, list[Added], tuple[str, ...]]:
    """Write the catalogue file `name`.toml for the unknown drivers in `path`, and keep their files.

    Returns the catalogue file, the drivers, and what could not be read. Raises CatalogueError when there is no driver
    to describe or the id is taken.
    """
    _check_id(name, catalogue)
    looked = looking.look(path, catalogue)
    strangers = list(looked.strangers) or [
        (kind, found) for _, found in looked.guesses if (kind := recognising.is_driver(found.data))
    ]
    strangers = list({found.digest: (kind, found) for kind, found in strangers}.values())
    if not strangers:
        raise CatalogueError(
            f"{path}: there is no driver in it that the catalogue lacks"
            + "".join(f"\n{problem}" for problem in looked.problems[:10]),
            "bootbuilder nic add takes those that it knows; docs/nic-drivers.md tells how to write a file by hand",
        )
    if len(strangers) > _MOST:
        raise CatalogueError(
            f"{path}: {len(strangers)} drivers in it are unknown, too many for one family",
            "name one of them: " + ", ".join(found.origin for _, found in strangers[:4]),
        )
    strangers.sort(key=lambda pair: _ORDER.index(pair[0]))
    described = looked.described or looking.described_with(path)
    text = family_text(name, strangers, described, {adapter.id for adapter in catalogue.adapters()})
    with tempfile.TemporaryDirectory() as folder:
        draft = Path(folder) / f"{name}.toml"
        draft.write_text(text, "utf-8")
        family: Family = load_family(draft)
    written = store.write_family(name, text)
    for driver, (_, found) in zip(family.driver, strangers, strict=True):
        holding.keep(store, driver, found)
    added = [Added(driver, found, False) for driver, (_, found) in zip(family.driver, strangers, strict=True)]
    return written, added, looked.problems


def _check_id(name: str, catalogue: Catalogue) -> None:
    if not ID.fullmatch(name):
        raise CatalogueError(
            f"--describe: {name!r} cannot be an id", "use 1 to 32 of a-z, 0-9 and -, not beginning with -"
        )
    if name in catalogue.files:
        raise CatalogueError(
            f"--describe: the catalogue has {name!r} already: {catalogue.files[name]}",
            f"choose another id, for example {name}-mine; a file of your own can be edited or deleted",
        )


# --- the text -----------------------------------------------------------------------------------------------


def family_text(
    name: str,
    drivers: Sequence[tuple[Kind, Found]],
    described: Sequence[Described],
    boards: set[str] | frozenset[str] = frozenset(),
) -> str:
    """Return the catalogue file of a family with these drivers; `boards` are ids of adapters that are taken."""
    ids = _ids(name, drivers)
    matches = [looking.match(kind, found, described) for kind, found in drivers]
    best = next((match for match in matches if match is not None and match.title), None)
    usages = [recognising.usage(found.data) if kind == "packet" else None for kind, found in drivers]
    board = next((usage.board for usage in usages if usage and usage.board), "")
    title = _line(best.title if best else board or drivers[0][1].name)
    vendor, _, model = title.partition(" ")
    lines = [
        f"# {title}. Written by bootbuilder nic add --describe from the files named below.",
        "# Correct what it could not know; docs/nic-drivers.md explains the keys.",
        "schema = 1",
        f"title = {_text(title)}",
        "",
        "[[adapter]]",
        f"id = {_text(name if name not in boards else f'{name[:26]}-board')}",
        f"vendor = {_text(vendor if model else 'unknown')}",
        f"model = {_text(model or vendor)}",
        f"bus = {_text('PCI' if best and best.pci else 'unknown')}",
        f"media = {_text(best.media if best and best.media else 'unknown')}",
        *([f"pci = {json.dumps(list(best.pci))}"] if best and best.pci else []),
        f"drivers = {json.dumps(ids)}",
    ]
    for driver_id, (kind, found), match, usage in zip(ids, drivers, matches, usages, strict=True):
        lines += ["", *_driver(driver_id, kind, found, match, usage)]
    return "\n".join(lines) + "\n"


def _ids(name: str, drivers: Sequence[tuple[Kind, Found]]) -> list[str]:
    """Return an id for each driver: the family's for the first, then with the kind, then with the file."""
    ids: list[str] = []
    for kind, found in drivers:
        stem = adding.suggested_id(found)
        choices = [name, f"{name}-{kind}", f"{name}-{stem}", *(f"{name}-{n}" for n in range(2, _MOST + 2))]
        ids.append(next(choice for choice in choices if choice not in ids and ID.fullmatch(choice)))
    return ids


def _driver(
    driver_id: str, kind: Kind, found: Found, match: Described | None, usage: recognising.Usage | None
) -> list[str]:
    lines = [
        "[[driver]]",
        f"id = {_text(driver_id)}",
        f"kind = {_text(kind)}",
        f"file = {_text(_dos_name(found))}",
        f"versions = [{{ sha256 = {_text(found.digest)}, size = {len(found.data)}, source = {_text(found.origin)} }}]",
    ]
    parameters: dict[str, str] = {}
    note, source, evidence = "", "", "list"
    if kind == "packet":
        lines.append(f"args = {_text(usage.args if usage else '{vec}')}")
        if usage:
            parameters = dict.fromkeys(usage.common, "{}")
            parameters |= dict.fromkeys(usage.words, '{ type = "string", pattern = "[!-~]+" }')
            source, evidence = f"its usage text: {usage.text}", "source"
        else:
            note = "its arguments are not known; that the first is the vector is the custom"
    elif kind == "ndis2":
        device = recognising.device_name(found.data) or (match.driver_name if match else None)
        if device:
            lines.append(f"driver_name = {_text(device)}")
            source, evidence = f"the device header of {found.name}", "source"
    elif match:
        lines.append(f"netcfg = {json.dumps(list(match.netcfg), ensure_ascii=False)}")
        parameters = {name: _number(COMMON[name]["type"], value) for name, value in match.parameters.items()}
    if match:
        source, evidence = match.origin, "doc"
    lines += [
        'publisher = "unknown"',
        'license = "unknown"',
        f"evidence = {_text(evidence)}",
        f"source = {_text(source or f'its content: {KINDS[kind]}')}",
        *([f"note = {_text(note)}"] if note else []),
    ]
    if parameters:
        lines += ["[driver.parameters]", *(f"{name} = {value}" for name, value in parameters.items())]
    if match and match.keys:
        lines += ["[driver.keys]", *_keys(match.keys)]
    return lines


def _keys(keys: Mapping[str, Parameter]) -> list[str]:
    return [
        f"{_text(name) if '.' in name else name} = {_table(parameter)}" for name, parameter in keys.items()
    ]


def _table(parameter: Parameter) -> str:
    parts = [f"type = {_text(parameter.type)}"]
    for name in ("default", "minimum", "maximum"):
        value = getattr(parameter, name)
        if value is not None:
            parts.append(f"{name} = {_number(parameter.type, value)}")
    if parameter.choices:
        parts.append(f"choices = [{', '.join(_number(parameter.type, item) for item in parameter.choices)}]")
    if parameter.pattern:
        parts.append(f"pattern = {_text(parameter.pattern)}")
    if parameter.help:
        parts.append(f"help = {_text(parameter.help)}")
    return f"{{ {', '.join(parts)} }}"


def _number(kind: str, value: bool | int | str) -> str:
    """Return a value in TOML; numbers of type hex as 0x300."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int):
        return f"{value:#x}" if kind == "hex" else str(value)
    return _text(value)


def _dos_name(found: Found) -> str:
    """Return the 8.3 name that the driver gets on disks: a longer one is cut, as DOS would."""
    stem, _, extension = found.name.rpartition(".") if "." in found.name else (found.name, "", "")
    return f"{stem.replace('.', '')[:8]}.{extension[:3]}" if extension else stem[:8]


def _text(text: str) -> str:
    """Return a TOML string."""
    return json.dumps(_line(text), ensure_ascii=False)


def _line(text: str) -> str:
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())
