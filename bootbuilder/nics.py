"""The catalogue of NIC drivers: `nic_drivers/*.toml` -> `Catalogue`.

One file for each driver; users read and edit them. A driver's binary is never shipped: it is in the package
store once the user has added it, recognised by SHA-256.
"""

from __future__ import annotations

import difflib
import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from bootbuilder import resources, toml_files
from bootbuilder.errors import CatalogueError, RecipeError
from bootbuilder.packages import Store


def _pci_id(text: str) -> str:
    if not re.fullmatch(r"[0-9a-f]{4}:[0-9a-f]{4}", text):
        raise ValueError("must be vendor:device in lower-case hex, such as 8086:100e")
    return text


class _Table(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Parameter(_Table):
    """An argument of a driver: its default, its range, and how it is written on the command line."""

    default: int | str
    minimum: int | None = None
    maximum: int | None = None
    hexadecimal: bool = False


class DriverFile(_Table):
    """A driver's binary: `args` is its command line with `{vec}` and the parameters in braces."""

    kind: Literal["packet"]
    file: str
    sha256: tuple[str, ...] = Field(default=(), strict=False)
    args: str
    publisher: str
    license: str
    redistributable: bool | None = None
    evidence: Literal["ran", "source", "doc", "list", "recall"]
    source: str
    note: str = ""


class NicDriver(_Table):
    """One catalogue file: an adapter family and its drivers."""

    schema_: Literal[1] = Field(alias="schema")
    id: str = Field(pattern=r"^[a-z0-9][a-z0-9-]{0,23}$")
    title: str
    vendor: str
    bus: str
    pci: tuple[Annotated[str, AfterValidator(_pci_id)], ...] = Field(default=(), strict=False)
    emulated_by: dict[str, str] = Field(default_factory=dict)
    note: str = ""
    parameters: dict[str, Parameter] = Field(default_factory=dict)
    driver: tuple[DriverFile, ...] = Field(strict=False, min_length=1)

    def packet(self) -> DriverFile:
        """Return the packet driver. Raises CatalogueError when there is none."""
        for driver in self.driver:
            if driver.kind == "packet":
                return driver
        raise CatalogueError(f"the driver {self.id} has no packet driver", "choose another driver or stack")


VECTORS = (*range(0x60, 0x67), *range(0x68, 0x70), *range(0x78, 0x7F))
"""Interrupts that a packet driver may take: 67h is EMS, 70h-77h the second interrupt controller's."""


@dataclass(frozen=True, slots=True)
class Catalogue:
    """All known drivers by id, and the file that each came from."""

    drivers: Mapping[str, NicDriver]
    files: Mapping[str, Path]

    def choose(self, wanted: str, where: str) -> NicDriver:
        """Return the driver that a recipe means by an id or `pci:8086:100e`. Raises RecipeError."""
        if wanted.startswith("pci:"):
            found = self.by_pci(wanted[4:].lower())
            if found is not None:
                return found
            raise RecipeError(
                f"{where}: no driver is known for the PCI id {wanted[4:]}",
                "bootbuilder nic list shows the drivers and their ids",
            )
        if wanted in self.drivers:
            return self.drivers[wanted]
        near = difflib.get_close_matches(wanted, self.drivers, 1, 0.4)
        hint = f"did you mean {near[0]!r}? " if near else ""
        raise RecipeError(
            f"{where}: {wanted!r} is not a driver id",
            hint + f"known drivers: {', '.join(sorted(self.drivers))}",
        )

    def by_pci(self, pci: str) -> NicDriver | None:
        """Return the driver for `vendor:device`, None when there is none."""
        return next((driver for driver in self.drivers.values() if pci in driver.pci), None)

    def search(self, text: str) -> list[NicDriver]:
        """Return the drivers whose PCI ids, id, title, vendor or emulators hold `text`, in any case."""
        wanted = text.lower().removeprefix("pci:")
        return [
            driver
            for driver in self.drivers.values()
            if wanted in driver.pci
            or any(
                wanted in field.lower()
                for field in (driver.id, driver.title, driver.vendor, *driver.emulated_by.values())
            )
        ]

    def by_hash(self, digest: str) -> tuple[NicDriver, DriverFile] | None:
        """Return which driver a binary with that SHA-256 is."""
        for nic in self.drivers.values():
            for driver in nic.driver:
                if digest in driver.sha256:
                    return nic, driver
        return None


def load(folders: Sequence[Path] = ()) -> Catalogue:
    """Read the shipped catalogue and then `folders`, whose files replace drivers of the same id."""
    drivers: dict[str, NicDriver] = {}
    files: dict[str, Path] = {}
    for folder in (resources.folder("nic_drivers"), *folders):
        for path in sorted(folder.glob("*.toml")):
            driver = _load_file(path)
            if files.get(driver.id, path).parent == path.parent and driver.id in files:
                raise CatalogueError(
                    f"{path}: the id {driver.id!r} is also that of {files[driver.id].name}",
                    "give one of them another id",
                )
            drivers[driver.id], files[driver.id] = driver, path
    return Catalogue(drivers, files)


def _load_file(path: Path) -> NicDriver:
    try:
        merged = toml_files.load(path)
        return NicDriver.model_validate(merged.data)
    except RecipeError as error:
        raise CatalogueError(error.message, error.hint) from None
    except ValidationError as error:
        item = error.errors(include_url=False)[0]
        raise CatalogueError(
            f"{merged.where(item['loc'])}: {item['msg'].removeprefix('Value error, ')}",
            "compare with the shipped files of nic_drivers/",
        ) from None


def command(nic: NicDriver, driver: DriverFile, options: Mapping[str, Any], where: str) -> str:
    """Return the driver's command line, without a folder: `NE2000.COM 0x60 3 0x300`.

    `options` are the recipe's; `vector` (default 0x60) is common to all. Raises RecipeError, which begins with
    `where`, for an unknown parameter, a wrong type and a value out of range.
    """
    known = {"vector": Parameter(default=0x60, hexadecimal=True), **nic.parameters}
    for name in options:
        if name not in known:
            near = difflib.get_close_matches(name, known, 1, 0.4)
            hint = f"did you mean {near[0]!r}? " if near else ""
            raise RecipeError(
                f"{where}.{name}: the driver {nic.id} has no such parameter",
                hint + f"it has: {', '.join(known)}",
            )
    values = {
        name: _value(parameter, options.get(name, parameter.default), f"{where}.{name}")
        for name, parameter in known.items()
    }
    if int(values["vector"], 0) not in VECTORS:
        raise RecipeError(
            f"{where}.vector: {values['vector']} is not an interrupt for packet drivers",
            "use 0x60-0x66, 0x68-0x6f or 0x78-0x7e",
        )
    values["vec"] = values["vector"]
    # What is in brackets is for those who set it: left out while one of its parameters is at its default.
    arguments = re.sub(r"\[([^\]]*)\]", lambda match: _optional(match[1], options), driver.args)
    return f"{driver.file} {arguments.format(**values)}".strip()


def _optional(text: str, options: Mapping[str, Any]) -> str:
    names = re.findall(r"\{(\w+)\}", text)
    return text if names and all(name in options for name in names) else ""


def _value(parameter: Parameter, value: Any, where: str) -> str:
    if isinstance(parameter.default, str):
        if not isinstance(value, str):
            raise RecipeError(f"{where}: must be a string, found {value!r}", "correct it")
        return value
    if not isinstance(value, int) or isinstance(value, bool):
        raise RecipeError(f"{where}: must be a whole number, found {value!r}", "correct it, e.g. 3 or 0x300")
    low, high = parameter.minimum, parameter.maximum
    if (low is not None and value < low) or (high is not None and value > high):
        shown = "{:#x} to {:#x}" if parameter.hexadecimal else "{} to {}"
        raise RecipeError(
            f"{where}: {value:#x} is out of range"
            if parameter.hexadecimal
            else f"{where}: {value} is out of range",
            f"use {shown.format(low or 0, high or 0)}",
        )
    return f"{value:#x}" if parameter.hexadecimal else str(value)


def add(path: Path, catalogue: Catalogue, store: Store) -> tuple[NicDriver, DriverFile]:
    """Put a driver's binary into the store. Raises CatalogueError when its hash is in no catalogue file."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise CatalogueError(f"{path}: cannot be read: {error.strerror}", "check the path") from None
    digest = hashlib.sha256(data).hexdigest()
    found = catalogue.by_hash(digest)
    if found is None:
        same = [
            nic.id for nic in catalogue.drivers.values() for d in nic.driver if d.file == path.name.upper()
        ]
        hint = f"{path.name.upper()} of another version or kind; known for: {', '.join(same)}" if same else ""
        raise CatalogueError(
            f"{path}: no catalogue file names its SHA-256 {digest}",
            hint or "describe it in a file under nic_drivers/, with this hash",
        )
    store.put(data)
    return found
