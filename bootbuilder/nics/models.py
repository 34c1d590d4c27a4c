"""What a file of nic_drivers/ may say: the schema of the catalogue.

A file is a family: boards (`[[adapter]]`) and their DOS drivers (`[[driver]]`). The name of the file is the id of the
family; the ids of its drivers begin with it, so that one id is enough to know which file to read.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from bootbuilder import problems, toml_files
from bootbuilder.errors import CatalogueError, RecipeError
from bootbuilder.problems import Table, matching

Kind = Literal["packet", "ndis2", "odi"]
Evidence = Literal["ran", "source", "doc", "list", "recall"]

EVIDENCE = {
    "ran": "seen working",
    "source": "its source or usage text was read",
    "doc": "a vendor's document says so",
    "list": "only its name was seen in a list",
    "recall": "unverified",
}
"""How sure the catalogue is, and how that is shown to users; the surest first."""

ID = re.compile(r"[a-z0-9][a-z0-9-]{0,31}")
VECTORS = (*range(0x60, 0x67), *range(0x68, 0x70), *range(0x78, 0x7F))
"""Interrupts that a packet driver may take: 67h is EMS, 70h-77h the second interrupt controller's."""


Id = Annotated[str, matching(ID.pattern, "1 to 32 of a-z, 0-9 and -, not beginning with -")]
PciId = Annotated[
    str,
    matching(
        r"[0-9a-f]{4}:[0-9a-f]{4}(:[0-9a-f]{4}:[0-9a-f]{4})?",
        "vendor:device in lower-case hex, such as 8086:100e (a subsystem may follow: 8086:100e:1028:002e)",
    ),
]
PnpId = Annotated[
    str, matching(r"[A-Z@]{3}[0-9A-F]{4}", "three letters and four hex digits, such as PNP80D6")
]
NicscanMark = Literal[
    "3c503", "3c509", "depca", "exp16", "hppclan", "hppclanp", "lan595", "ne1000", "ne2000", "ne2100", "pcnet-isa",
    "rtl8019", "smc-ultra", "smc9000", "undi", "wd80x3",
]  # fmt: skip
"""What NICSCAN.COM calls adapters that have no id of their own (docs/nicscan.md)."""
Sha256 = Annotated[str, matching(r"[0-9a-f]{64}", "64 lower-case hexadecimal digits")]
DosFile = Annotated[
    str,
    matching(r"[A-Z0-9!#$%&'()@^_`{}~-]{1,8}(\.[A-Z0-9!#$%&'()@^_`{}~-]{1,3})?", "an 8.3 name in upper case"),
]
Texts = tuple[str, ...]


class Parameter(Table, frozen=True, kw_only=True):
    """An argument of a driver, or a key of its section of PROTOCOL.INI.

    `hex` is a number that is written as 0x300; `flags` is a text of words, each one of `choices`; `switch` is a key
    without a value, which is there or not (true or false).
    """

    type: Literal["int", "hex", "choice", "string", "flags", "switch"]
    default: bool | int | str | None = None
    minimum: int | None = None
    maximum: int | None = None
    choices: tuple[int | str, ...] = ()
    pattern: str | None = None
    help: str = ""
    unverified: bool = False

    def __post_init__(self) -> None:
        if self.type in ("choice", "flags") and not self.choices:
            raise ValueError(f"a parameter of type {self.type} needs choices")
        if self.default is not None and (wrong := self.mistake(self.default)):
            raise ValueError(f"its default: {wrong[0]}")

    def mistake(self, value: Any) -> tuple[str, str] | None:
        """Return (what is wrong with a value, what to do), or None."""
        if self.type in ("int", "hex"):
            return self._number_mistake(value)
        if self.type == "choice":
            if value in self.choices and not isinstance(value, bool):
                return None
            allowed = ", ".join(map(str, self.choices))
            return f"must be one of {allowed}, found {value!r}", f"choose one of {allowed}"
        if self.type == "switch":
            return (
                None if isinstance(value, bool) else (f"must be true or false, found {value!r}", "correct it")
            )
        if not isinstance(value, str):
            return f"must be a string, found {value!r}", "put it in quotes"
        if self.type == "flags":
            for word in value.split():
                if word not in self.choices:
                    allowed = " ".join(map(str, self.choices))
                    return f"{word!r} is no option of this driver", f"use some of {allowed}"
            return None
        if any(ord(character) < 32 for character in value):
            return "must be one line without control characters", "correct it"
        if self.pattern is not None and not re.fullmatch(self.pattern, value):
            return f"must match {self.pattern}, found {value!r}", self.help or "correct it"
        return None

    def _number_mistake(self, value: Any) -> tuple[str, str] | None:
        if not isinstance(value, int) or isinstance(value, bool):
            return f"must be a whole number, found {value!r}", "correct it, e.g. 3 or 0x300"
        if self.choices:
            if value in self.choices:
                return None
            allowed = ", ".join(self.text(choice) for choice in self.choices)
            return f"{self.text(value)} is not possible", f"use one of {allowed}"
        low, high = self.minimum, self.maximum
        if (low is not None and value < low) or (high is not None and value > high):
            ends = [self.text(end) for end in (low, high) if end is not None]
            return f"{self.text(value)} is out of range", "use " + (
                " to ".join(ends)
                if len(ends) == 2
                else f"{'at least' if low is not None else 'at most'} {ends[0]}"
            )
        return None

    def text(self, value: Any) -> str:
        """Return how a value is written for the driver."""
        return f"{value:#x}" if self.type == "hex" and isinstance(value, int) else str(value)


COMMON: Mapping[str, Mapping[str, Any]] = {
    "irq": {"type": "int", "minimum": 2, "maximum": 15, "help": "interrupt (IRQ)"},
    "io": {"type": "hex", "minimum": 0x100, "maximum": 0xFFE0, "help": "I/O base address"},
    "mem": {"type": "hex", "minimum": 0xA000, "maximum": 0xEFFF, "help": "segment of the shared memory"},
    "dma": {"type": "int", "minimum": 0, "maximum": 7, "help": "DMA channel"},
    "options": {
        "type": "flags",
        "choices": ["-d", "-i", "-n", "-p", "-w"],
        "help": "-d delayed start, -i as IEEE 802.3, -n NetWare conversion, -p no promiscuous mode, -w Windows",
    },
}
"""Type and range of the parameters that many drivers have; a catalogue file then gives only the default."""


class Version(Table, frozen=True, kw_only=True):
    """One file that is known to be this driver: by hash where a copy was read, else by its size in bytes."""

    sha256: Sha256 | None = None
    size: Annotated[int, Meta(ge=1, le=1 << 20)]
    source: str = ""


class Download(Table, frozen=True, kw_only=True):
    """Where a driver can be downloaded, alone or in an archive, and the SHA-256 of what is there."""

    url: Annotated[str, matching(r"https?://\S+/[^\s/]+", "the URL of a file (http or https)")]
    sha256: Sha256 | None = None


class Driver(Table, frozen=True, kw_only=True):
    """A DOS driver. `args` is its command line: {vec} and parameters in braces, optional parts in brackets.

    `firmware` names the binary of `bootbuilder.firmware` that it is; the files of all others users bring.
    """

    id: Id
    kind: Kind
    file: DosFile | None = None
    also_named: tuple[DosFile, ...] = ()
    versions: tuple[Version, ...] = ()
    args: str = ""
    parameters: dict[str, Parameter] = msgspec.field(default_factory=dict)
    driver_name: str | None = None
    driver_name_unverified: bool = False
    keys: dict[str, Parameter] = msgspec.field(default_factory=dict)
    netcfg: Texts = ()
    over: Literal["ndis2", "odi", "undi", "packet"] | None = None
    publisher: str
    license: str
    redistributable: bool | None = None
    firmware: str | None = None
    freedos_package: Annotated[str, matching(r"[a-z0-9_-]{1,16}", "the name of a package")] | None = None
    download: Download | None = None
    evidence: Evidence
    source: str
    note: str = ""

    def __post_init__(self) -> None:
        named = set(re.findall(r"\{(\w+)\}", self.args)) - {"vec"}
        for name in sorted(named - set(self.parameters)):
            raise ValueError(f"args names {{{name}}}, which is not under parameters")
        inline = {name for line in self.netcfg for name in re.findall(r"\{(\w+)\}", line)}
        for name in sorted(set(self.parameters) - named - inline):
            raise ValueError(f"the parameter {name} stands neither in args nor in netcfg")

    @property
    def hashes(self) -> Texts:
        """The SHA-256 of every file that is known to be this driver."""
        return tuple(version.sha256 for version in self.versions if version.sha256)

    @property
    def names(self) -> Texts:
        """The file names that this driver goes by, the one that it gets on the disk first."""
        return (self.file, *self.also_named) if self.file else ()


class Use(Table, frozen=True):
    """That a driver serves a board: where that is less sure than the driver itself, or has a note of its own."""

    id: Id
    evidence: Evidence | None = None
    note: str = ""
    source: str = ""


class Adapter(Table, frozen=True, kw_only=True):
    """A board or chip: its marks, and the ids of its drivers, best first.

    `pci` are the ids that this board answers for; `pci_shared` are those that it has as well, but another board
    answers for (boards of several vendors with one chip). `nicscan` are words for boards without an id.
    """

    id: Id
    vendor: str
    model: str
    bus: str
    media: str
    pci: tuple[PciId, ...] = ()
    pci_shared: tuple[PciId, ...] = ()
    pnp: tuple[PnpId, ...] = ()
    nicscan: tuple[NicscanMark, ...] = ()
    emulated_by: dict[str, str] = msgspec.field(default_factory=dict)
    drivers: tuple[Use, ...] = ()
    source: str = ""
    note: str = ""

    @property
    def title(self) -> str:
        """Vendor and model in one line."""
        return f"{self.vendor} {self.model}"

    @property
    def marks(self) -> Texts:
        """All words by which a program on the PC can tell the board, the most particular first."""
        pci = sorted((*self.pci, *self.pci_shared), key=lambda mark: -len(mark))
        return (*pci, *self.pnp, *self.nicscan)


class Keys(Table, frozen=True):
    """All that a file of the catalogue may say."""

    schema: Literal[1]
    title: str
    adapter: tuple[Adapter, ...] = ()
    driver: tuple[Driver, ...] = ()


class Family(Keys, frozen=True, kw_only=True):
    """One file of the catalogue, and its path."""

    path: Path

    @property
    def id(self) -> str:
        """The name of the file, without .toml."""
        return self.path.stem

    def best(self, kind: Kind) -> Driver | None:
        """Return the first driver of that kind that can be loaded by itself."""
        found = [d for d in self.driver if d.kind == kind and d.file]
        alone = [d for d in found if d.over in (None, "undi")]
        return next(iter(alone or found), None)


_WORDING = problems.Wording(
    root=Keys,
    examples={
        "schema": "add schema = 1 as the first line",
        "evidence": "ran, source, doc, list or recall: see docs/nic-drivers.md",
        "kind": "packet, ndis2 or odi",
        "license": 'for example license = "GPL-1.0-only" or license = "proprietary"',
        "file": 'the name of the driver on the disk, such as file = "NE2000.COM"',
    },
    otherwise="compare with the shipped files of nic_drivers/; docs/nic-drivers.md lists the keys",
)


def load_family(path: Path) -> Family:
    """Read a catalogue file. Raises CatalogueError with file, line, key and the nearest valid spelling."""
    try:
        merged = toml_files.load(path)
    except RecipeError as error:
        raise CatalogueError(error.message, error.hint) from None
    data = _written_out(merged.data)
    try:
        keys = msgspec.convert(data, Keys)
    except msgspec.ValidationError:
        message, hint = problems.explain(merged, data, _WORDING)
        raise CatalogueError(message, hint or "correct these; docs/nic-drivers.md lists the keys") from None
    family = Family(**msgspec.structs.asdict(keys), path=path)
    _check_ids(family, merged)
    return family


# --- short forms --------------------------------------------------------------------------------------------


def _written_out(data: Mapping[str, Any]) -> dict[str, Any]:
    """Return the keys of a file with its short forms written out; what is no table or list stays as it is."""
    full = dict(data)
    for key, write_out in (("adapter", _adapter), ("driver", _driver)):
        if isinstance(full.get(key), list):
            full[key] = [write_out(table) if isinstance(table, dict) else table for table in full[key]]
    return full


def _adapter(table: dict[str, Any]) -> dict[str, Any]:
    """Write out a driver of a board: `"ne2000"` is short for `{ id = "ne2000" }`."""
    uses = table.get("drivers")
    if not isinstance(uses, list):
        return table
    return {**table, "drivers": [{"id": use} if isinstance(use, str) else use for use in uses]}


def _driver(table: dict[str, Any]) -> dict[str, Any]:
    """Write out the parameters that have a common name; `irq = 3` is short for `irq = { default = 3 }`."""
    parameters = table.get("parameters")
    if not isinstance(parameters, dict):
        return table
    full = {}
    for name, value in parameters.items():
        own = value if isinstance(value, dict) or name not in COMMON else {"default": value}
        full[name] = {**COMMON[name], **own} if name in COMMON else own
    return {**table, "parameters": full}


def _check_ids(family: Family, merged: toml_files.Merged) -> None:
    stem = family.path.stem
    if not ID.fullmatch(stem):
        raise CatalogueError(
            f"{family.path}: the file's name is the id of the family, and {stem!r} cannot be one",
            "use 1 to 32 of a-z, 0-9 and - before .toml",
        )
    for table in ("driver", "adapter"):
        seen: set[str] = set()
        for index, item in enumerate(getattr(family, table)):
            alien = table == "driver" and item.id != stem and not item.id.startswith(f"{stem}-")
            if item.id in seen or alien:
                where = merged.where((table, index, "id"))  # reads the text again: only for a mistake
                if alien:
                    raise CatalogueError(
                        f"{where}: {item.id!r} must be {stem!r} or begin with '{stem}-', as the file is {stem}.toml",
                        f'for example id = "{stem}-{item.kind}"',
                    )
                raise CatalogueError(f"{where}: the id {item.id!r} is there twice", "give one another id")
            seen.add(item.id)
