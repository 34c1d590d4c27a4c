"""A CSV of machines -> `Machine`s: one image for each row, columns become variables."""

from __future__ import annotations

import csv
import ipaddress
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

from bootbuilder.errors import RecipeError

LARGEST = 8 << 20  # bytes
_COLUMN = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_HOSTNAME = re.compile(r"[A-Za-z0-9]([A-Za-z0-9-]{0,13}[A-Za-z0-9])?")  # 15: the longest NetBIOS name
_MAC = re.compile(r"([0-9A-Fa-f]{2})" + r"[:.-]?([0-9A-Fa-f]{2})" * 5)


@dataclass(frozen=True, slots=True)
class Machine:
    """One row. `name` is its part of the image's file name; `mac` as 52:54:00:12:34:56."""

    name: str
    where: str
    hostname: str = ""
    mac: str = ""
    ip: str = ""
    variables: Mapping[str, str] = field(default_factory=dict)


def load(path: Path) -> tuple[Machine, ...]:
    """Read an inventory: a header line, then one machine in each row; separated by comma, semicolon or tab.

    The columns `hostname`, `mac` and `ip` are checked. Raises RecipeError that names the row and the column.
    """
    text = _text(path)
    header = text.split("\n", 1)[0]
    separator = max(",;\t", key=header.count)
    rows = list(csv.reader(text.splitlines(), delimiter=separator, strict=False))
    columns = [name.strip() for name in rows[0]] if rows else []
    _check_columns(path, columns)
    machines = tuple(_machines(path, columns, rows))
    if not machines:
        raise RecipeError(f"{path}: no machines below the header", "add one row for each machine")
    _check_distinct(machines)
    return machines


def _text(path: Path) -> str:
    try:
        raw = path.read_bytes()
        text = raw.decode("utf-8-sig")
    except FileNotFoundError:
        raise RecipeError(f"{path}: there is no such inventory", "check the path") from None
    except OSError as error:
        raise RecipeError(
            f"{path}: cannot be read: {error.strerror}", "check the path and its rights"
        ) from None
    except UnicodeDecodeError as error:
        raise RecipeError(
            f"{path}: not UTF-8 at byte {error.start}", "export the table as CSV UTF-8"
        ) from None
    if len(raw) > LARGEST or "\0" in text:
        raise RecipeError(f"{path}: this is no table of machines", "export it as CSV")
    return text


def _check_columns(path: Path, columns: list[str]) -> None:
    if not columns:
        raise RecipeError(f"{path}: the inventory is empty", "begin with a header, e.g. hostname,mac,ip")
    for number, name in enumerate(columns, 1):
        if not _COLUMN.fullmatch(name):
            raise RecipeError(
                f"{path}: row 1, column {number}: {name!r} cannot be a variable",
                "name each column with letters, digits and _, e.g. hostname,mac,ip,location",
            )
        if columns.index(name) != number - 1:
            raise RecipeError(
                f"{path}: row 1, column {number}: a second column {name!r}", "give it another name"
            )


def _machines(path: Path, columns: list[str], rows: list[list[str]]) -> Iterator[Machine]:
    for number, cells in enumerate(rows[1:], 2):
        if not any(cell.strip() for cell in cells):
            continue
        if len(cells) != len(columns):
            raise RecipeError(
                f"{path}: row {number}: {len(cells)} cells under {len(columns)} columns",
                "add or remove cells; a cell with the separator in it needs quotes",
            )
        values = {name: cell.strip() for name, cell in zip(columns, cells, strict=True)}
        where = f"{path}: row {number}"
        hostname = _hostname(values.get("hostname", ""), where)
        mac = values["mac"] = _mac(values["mac"], where) if "mac" in values else ""
        if "mac" not in columns:
            del values["mac"]
        ip = _ip(values.get("ip", ""), where)
        name = hostname.lower() or mac.replace(":", "-") or f"row-{number}"
        yield Machine(name, where, hostname, mac, ip, MappingProxyType(values))


def _hostname(text: str, where: str) -> str:
    if text and not _HOSTNAME.fullmatch(text):
        raise RecipeError(
            f"{where}, column hostname: {text!r} cannot be a host name",
            "1 to 15 letters, digits and -, not at the ends",
        )
    return text


def _mac(text: str, where: str) -> str:
    if not text:
        return ""
    match = _MAC.fullmatch(text)
    if match is None:
        raise RecipeError(f"{where}, column mac: {text!r} is no MAC address", "write 52:54:00:12:34:56")
    if int(match[1], 16) & 1:
        raise RecipeError(
            f"{where}, column mac: {text!r} is a group address, no adapter has it", "copy the adapter's own"
        )
    return ":".join(part.lower() for part in match.groups())


def _ip(text: str, where: str) -> str:
    if not text:
        return ""
    try:
        return str(ipaddress.IPv4Address(text))
    except ValueError:
        raise RecipeError(
            f"{where}, column ip: {text!r} is no IPv4 address", "write for example 10.0.0.17"
        ) from None


def _check_distinct(machines: tuple[Machine, ...]) -> None:
    for column in ("hostname", "mac", "ip", "name"):
        seen: dict[str, Machine] = {}
        for machine in machines:
            value = getattr(machine, column).lower()
            if not value:
                continue
            other = seen.setdefault(value, machine)
            if other is not machine:
                raise RecipeError(
                    f"{machine.where}, column {column}: {value!r} is also in {other.where.rsplit(': ', 1)[1]}",
                    "remove or correct one of the rows",
                )
