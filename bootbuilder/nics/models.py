"""What a file of nic_drivers/ may say: the schema of the catalogue.

A file is a family: boards (`[[adapter]]`) and their DOS drivers (`[[driver]]`). The name of the file is the id of the
family; the ids of its drivers begin with it, so that one id is enough to know which file to read.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PrivateAttr,
    ValidationError,
    model_validator,
)

from bootbuilder import problems, toml_files
from bootbuilder.errors import CatalogueError, RecipeError

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


def _matching(pattern: str, meaning: str) -> AfterValidator:
    def check(text: str) -> str:
        if not re.fullmatch(pattern, text):
            raise ValueError(f"must be {meaning}")
        return text

    return AfterValidator(check)


Id = Annotated[str, _matching(ID.pattern, "1 to 32 of a-z, 0-9 and -, not beginning with -")]
PciId = Annotated[
    str,
    _matching(
        r"[0-9a-f]{4}:[0-9a-f]{4}(:[0-9a-f]{4}:[0-9a-f]{4})?",
        "vendor:device in lower-case hex, such as 8086:100e (a subsystem may follow: 8086:100e:1028:002e)",
    ),
]
PnpId = Annotated[
    str, _matching(r"[A-Z@]{3}[0-9A-F]{4}", "three letters and four hex digits, such as PNP80D6")
]
Sha256 = Annotated[str, _matching(r"[0-9a-f]{64}", "64 lower-case hexadecimal digits")]
DosFile = Annotated[
    str,
    _matching(
        r"[A-Z0-9!#$%&'()@^_`{}~-]{1,8}(\.[A-Z0-9!#$%&'()@^_`{}~-]{1,3})?", "an 8.3 name in upper case"
    ),
]
Texts = tuple[str, ...]


class Table(BaseModel):
    """A table of a catalogue file; an unknown key is a mistake."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Parameter(Table):
    """An argument of a driver, or a key of its section of PROTOCOL.INI.

    `hex` is a number that is written as 0x300; `flags` is a text of words, each one of `choices`; `switch` is a key
    without a value, which is there or not (true or false).
    """

    type: Literal["int", "hex", "choice", "string", "flags", "switch"]
    default: bool | int | str | None = None
    minimum: int | None = None
    maximum: int | None = None
    choices: tuple[int | str, ...] = Field(default=(), strict=False)
    pattern: str | None = None
    help: str = ""
    unverified: bool = False

    @model_validator(mode="after")
    def _fits(self) -> Parameter:
        if self.type in ("choice", "flags") and not self.choices:
            raise ValueError(f"a parameter of type {self.type} needs choices")
        if self.default is not None and (wrong := self.mistake(self.default)):
            raise ValueError(f"its default: {wrong[0]}")
        return self

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


COMMON = {
    "irq": Parameter(type="int", minimum=2, maximum=15, help="interrupt (IRQ)"),
    "io": Parameter(type="hex", minimum=0x100, maximum=0xFFE0, help="I/O base address"),
    "mem": Parameter(type="hex", minimum=0xA000, maximum=0xEFFF, help="segment of the shared memory"),
    "dma": Parameter(type="int", minimum=0, maximum=7, help="DMA channel"),
    "options": Parameter(
        type="flags",
        choices=("-d", "-i", "-n", "-p", "-w"),
        help="-d delayed start, -i as IEEE 802.3, -n NetWare conversion, -p no promiscuous mode, -w Windows",
    ),
}
"""Type and range of the parameters that many drivers have; a catalogue file then gives only the default."""


def _parameter(name: str, value: Any) -> Any:
    """Fill a parameter with a common name from COMMON; `irq = 3` is short for `irq = { default = 3 }`."""
    common = COMMON.get(name)
    if common is None:
        return value
    table = value if isinstance(value, dict) else {"default": value}
    return {**common.model_dump(exclude_defaults=True), **table}


def _parameters(value: Any) -> Any:
    return {k: _parameter(k, v) for k, v in value.items()} if isinstance(value, dict) else value


class Version(Table):
    """One file that is known to be this driver: by hash where a copy was read, else by its size in bytes."""

    sha256: Sha256 | None = None
    size: int = Field(ge=1, le=1 << 20)
    source: str = ""


class Driver(Table):
    """A DOS driver. `args` is its command line: {vec} and parameters in braces, optional parts in brackets."""

    id: Id
    kind: Kind
    file: DosFile | None = None
    also_named: tuple[DosFile, ...] = Field(default=(), strict=False)
    versions: tuple[Version, ...] = Field(default=(), strict=False)
    args: str = ""
    parameters: Annotated[dict[str, Parameter], BeforeValidator(_parameters)] = Field(default_factory=dict)
    driver_name: str | None = None
    driver_name_unverified: bool = False
    keys: dict[str, Parameter] = Field(default_factory=dict)
    netcfg: Texts = Field(default=(), strict=False)
    over: Literal["ndis2", "odi", "undi", "packet"] | None = None
    publisher: str
    license: str
    redistributable: bool | None = None
    freedos_package: str | None = None
    evidence: Evidence
    source: str
    note: str = ""

    @model_validator(mode="after")
    def _whole(self) -> Driver:
        named = set(re.findall(r"\{(\w+)\}", self.args)) - {"vec"}
        for name in sorted(named - set(self.parameters)):
            raise ValueError(f"args names {{{name}}}, which is not under parameters")
        inline = {name for line in self.netcfg for name in re.findall(r"\{(\w+)\}", line)}
        for name in sorted(set(self.parameters) - named - inline):
            raise ValueError(f"the parameter {name} stands neither in args nor in netcfg")
        return self

    @property
    def hashes(self) -> Texts:
        """The SHA-256 of every file that is known to be this driver."""
        return tuple(version.sha256 for version in self.versions if version.sha256)

    @property
    def names(self) -> Texts:
        """The file names that this driver goes by, the one that it gets on the disk first."""
        return (self.file, *self.also_named) if self.file else ()


class Use(Table):
    """That a driver serves a board: where that is less sure than the driver itself, or has a note of its own."""

    id: Id
    evidence: Evidence | None = None
    note: str = ""
    source: str = ""


def _use(value: Any) -> Any:
    return {"id": value} if isinstance(value, str) else value


class Adapter(Table):
    """A board or chip: its marks, and the ids of its drivers, best first.

    `pci` are the ids that this board answers for; `pci_shared` are those that it has as well, but another board
    answers for (boards of several vendors with one chip).
    """

    id: Id
    vendor: str
    model: str
    bus: str
    media: str
    pci: tuple[PciId, ...] = Field(default=(), strict=False)
    pci_shared: tuple[PciId, ...] = Field(default=(), strict=False)
    pnp: tuple[PnpId, ...] = Field(default=(), strict=False)
    emulated_by: dict[str, str] = Field(default_factory=dict)
    drivers: tuple[Annotated[Use, BeforeValidator(_use)], ...] = Field(default=(), strict=False)
    source: str = ""
    note: str = ""

    @property
    def title(self) -> str:
        """Vendor and model in one line."""
        return f"{self.vendor} {self.model}"


class Family(Table):
    """One file of the catalogue."""

    schema_: Literal[1] = Field(alias="schema")
    title: str
    adapter: tuple[Adapter, ...] = Field(default=(), strict=False)
    driver: tuple[Driver, ...] = Field(default=(), strict=False)

    _path: Path = PrivateAttr()

    @property
    def path(self) -> Path:
        """The file."""
        return self._path

    @property
    def id(self) -> str:
        """The name of the file, without .toml."""
        return self._path.stem

    def best(self, kind: Kind) -> Driver | None:
        """Return the first driver of that kind that can be loaded by itself."""
        found = [d for d in self.driver if d.kind == kind and d.file]
        alone = [d for d in found if d.over in (None, "undi")]
        return next(iter(alone or found), None)


_WORDING = problems.Wording(
    root=Family,
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
    try:
        family = Family.model_validate(merged.data)
    except ValidationError as error:
        message, hint = problems.explain(merged, error.errors(include_url=False), _WORDING)
        raise CatalogueError(message, hint or "correct these; docs/nic-drivers.md lists the keys") from None
    family._path = path
    _check_ids(family, merged)
    return family


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
            where = merged.where((table, index, "id"))
            if item.id in seen:
                raise CatalogueError(f"{where}: the id {item.id!r} is there twice", "give one another id")
            seen.add(item.id)
            if table == "driver" and item.id != stem and not item.id.startswith(f"{stem}-"):
                raise CatalogueError(
                    f"{where}: {item.id!r} must be {stem!r} or begin with '{stem}-', as the file is {stem}.toml",
                    f'for example id = "{stem}-{item.kind}"',
                )
