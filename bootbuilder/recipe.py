"""What a user may write in a recipe, and nothing else.

`load(path)` gives a frozen `Recipe` with every default filled in, or one RecipeError that names the file,
the line, the key, what was found, what is allowed, and the nearest valid spelling.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from bootbuilder import problems, resources, toml_files
from bootbuilder.errors import BadDosName, RecipeError
from bootbuilder.media import names
from bootbuilder.problems import Table, matching

Geometry = Literal["160K", "180K", "320K", "360K", "720K", "1.2M", "1.44M", "1.68M", "2.88M"]
Medium = Literal["floppy", "iso", "usb", "pxe"]
Scalar = str | int | float | bool
# Code pages that Python's codecs and DOS both know (DOS 6 COUNTRY.SYS and the FreeDOS CPI packages).
CodePage = Literal[
    437, 720, 737, 775, 850, 852, 855, 857, 858, 860, 861, 862, 863, 864, 865, 866, 869, 874, 932
]  # fmt: skip

_FILLED_IN = r"[^\n]*\{\{[^\n]*"  # from vars, when the image is made, and checked then
_OCTET = r"(25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])"

Name = Annotated[
    str,
    matching(
        "[a-z0-9][a-z0-9-]{0,39}",
        "1 to 40 of a-z 0-9 and -, not beginning with -, because file names are made of it",
    ),
]
Line = Annotated[str, matching(r"[^\x00-\x08\x0a-\x1f]*", "one line without control characters")]
VariableName = Annotated[
    str,
    matching("[A-Za-z_][A-Za-z0-9_]*", "made of letters, digits and _, and not begin with a digit"),
]
Text = Annotated[str, Meta(min_length=1)]
Letter = Annotated[str, matching("[A-Z]", "one letter, A to Z")]
DottedQuad = Annotated[
    str, matching(rf"({_OCTET}\.){{3}}{_OCTET}|{_FILLED_IN}", "an IPv4 address such as 10.0.0.5")
]
HostName = Annotated[str, matching(r"[A-Za-z0-9_-]{1,15}", "1 to 15 letters, digits, - and _")]
Label = Annotated[str, matching(f"{names.LABEL}|{_FILLED_IN}", names.LABEL_MEANING)]
# A secret itself is never repeated in a message, nor does it belong in a recipe.
Secret = Annotated[
    str,
    matching(
        r"(env|file):[^\n]*",
        "a reference, env:NAME or file:PATH; secrets do not belong in a recipe",
    ),
]


class Dos(Table, frozen=True):
    """Which DOS boots, and what CONFIG.SYS and AUTOEXEC.BAT say of it."""

    system: Annotated[Text, Meta(description="an id from `bootbuilder dos list`, or a path")] = "bbdos"
    label: Annotated[Label, Meta(description="volume label; default from the name")] = ""
    memory: Literal["none", "xms", "xms-umb"] = "none"
    files: Annotated[int, Meta(ge=8, le=255)] = 30
    buffers: Annotated[int, Meta(ge=1, le=99)] = 20
    lastdrive: Letter = "Z"
    environment: Annotated[int, Meta(ge=160, le=32768, description="bytes")] = 512
    keyboard: Annotated[str, matching("[a-z]{2}[0-9]{0,3}", "a layout code such as us, de, fr or gr453")] = (
        "us"
    )
    codepage: CodePage = 437
    prompt: Line = "$P$G"
    set: dict[VariableName, Line] = msgspec.field(default_factory=dict)


class Address(Table, frozen=True):
    """A static IPv4 address."""

    ip: DottedQuad
    netmask: DottedQuad
    gateway: DottedQuad | None = None
    dns: Annotated[tuple[DottedQuad, ...], Meta(description="name servers, the first one first")] = ()


class Drive(Table, frozen=True):
    """A network drive that AUTOEXEC.BAT maps (stack `msclient`)."""

    letter: Letter
    unc: Annotated[
        str,
        matching(rf"\\\\[^\\\s]+\\[^\\\s]+|{_FILLED_IN}", r"a share such as '\\server\share'"),
    ]
    user: Line | None = None
    password: Secret | None = None


class Network(Table, frozen=True):
    """The network stack, its adapters and its address."""

    stack: Literal["none", "packet", "msclient", "ipx"] = "none"
    nics: Annotated[tuple[str, ...], Meta(description='driver ids, "all", or "pci:8086:100e"')] = ()
    mode: Literal["per-nic", "multi"] = "per-nic"
    address: Literal["dhcp"] | Address = "dhcp"
    hostname: Line = ""
    tools: tuple[str, ...] = ()
    options: dict[str, dict[str, Scalar]] = msgspec.field(default_factory=dict)
    drives: tuple[Drive, ...] = ()
    hosts: Annotated[
        dict[HostName, DottedQuad], Meta(description="addresses of servers: LMHOSTS of the Microsoft client")
    ] = msgspec.field(default_factory=dict)


class File(Table, frozen=True, kw_only=True):
    """A file, a folder or a download that goes onto the disk."""

    source: Annotated[Text, Meta(description="file or folder, relative to the recipe")] | None = None
    url: (
        Annotated[str, matching(r"https?://[^\n]*", "an address that begins with http:// or https://")] | None
    ) = None
    sha256: Annotated[str, matching("[0-9a-fA-F]{64}", "64 hexadecimal digits")] | None = None
    target: Annotated[Text, Meta(description=r"8.3 path on the disk, e.g. A:\TOOLS\FLASH.EXE")]
    text: bool = False


class Boot(Table, frozen=True):
    """Lines of the user's own."""

    config: Annotated[tuple[Line, ...], Meta(description="appended to CONFIG.SYS")] = ()
    commands: Annotated[tuple[Line, ...], Meta(description="appended to AUTOEXEC.BAT")] = ()


class Output(Table, frozen=True):
    """The media to make."""

    media: Annotated[tuple[Medium, ...], Meta(min_length=1)] = ("floppy",)
    geometry: Geometry = "1.44M"


class Keys(Table, frozen=True):
    """A disk, or one disk for each adapter and medium: all that a recipe may say."""

    schema: Literal[1]
    name: Name
    title: Line = ""
    vars: dict[VariableName, Scalar] = msgspec.field(default_factory=dict)
    dos: Dos = Dos()
    network: Network = Network()
    files: tuple[File, ...] = ()
    boot: Boot = Boot()
    templates: dict[str, str] = msgspec.field(default_factory=dict)
    output: Output = Output()


class Recipe(Keys, frozen=True, kw_only=True):
    """A recipe, and the TOML behind it: which file and line set which key."""

    merged: toml_files.Merged
    _places: dict[toml_files.Key, tuple[str, str]]  # what was found: it is asked again for every image

    @property
    def sha256(self) -> str:
        """SHA-256 of what the recipe says after merging: not of its spelling, comments or place."""
        canonical = json.dumps(self.merged.data, sort_keys=True, ensure_ascii=False, default=str)
        return hashlib.sha256(canonical.encode()).hexdigest()

    def folder_of(self, *key: str | int) -> Path:
        """Return the folder that a relative path under `key` is relative to: that of the file that set it."""
        return self.merged.source_of(key).path.parent

    def where(self, *key: str | int) -> str:
        """Return `file:line: key` for messages about a value of this recipe."""
        return self._place(key)[0]

    def origin(self, *key: str | int) -> str:
        """Return where a value came from: `file:line: key`, or `key (default)`."""
        return self._place(key)[1]

    def _place(self, key: toml_files.Key) -> tuple[str, str]:
        place = self._places.get(key)
        if place is None:
            where = self.merged.where(key)
            origin = where if self.merged.sets(key) else f"{toml_files.dotted(key)} (default)"
            place = self._places[key] = (where, origin)
        return place


def load(path: Path) -> Recipe:
    """Read a recipe and all that it extends. Raises RecipeError."""
    return validate(toml_files.load(path))


def validate(merged: toml_files.Merged) -> Recipe:
    """Return the recipe that the merged TOML says. Raises RecipeError with every mistake that was found."""
    if not merged.data:
        raise RecipeError(
            f"{merged.path}: the recipe is empty",
            "start from a commented skeleton: bootbuilder recipe new NAME",
        )
    try:
        keys = msgspec.convert(merged.data, Keys)
    except msgspec.ValidationError:
        message, hint = problems.explain(merged, merged.data, _WORDING)
        raise RecipeError(message, hint or "correct these, then run bootbuilder check") from None
    recipe = Recipe(**msgspec.structs.asdict(keys), merged=merged, _places={})
    _check_whole(recipe)
    return recipe


def json_schema() -> dict[str, Any]:
    """Return the JSON Schema of a recipe, for editors."""
    schema = msgspec.json.schema(Keys)
    tables = schema["$defs"]
    root = tables.pop(Keys.__name__)
    root["title"] = "bootbuilder recipe"
    root["properties"]["extends"] = {
        "description": "recipes that this one extends; relative to this file",
        "type": "array",
        "items": {"type": "string"},
    }
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **root, "$defs": tables}


def skeleton(name: str) -> str:
    """Return a commented recipe called `name`. Raises RecipeError when that cannot be a name."""
    path = resources.folder("recipes") / "skeleton.toml"
    text = path.read_text("utf-8").replace('name = "my-disk"', f"name = {json.dumps(name)}")
    validate(toml_files.parse(text, Path(f"{name}.toml")))
    return text


# --- what concerns more than one key -------------------------------------------------------------------


def _check_whole(recipe: Recipe) -> None:
    for index, file in enumerate(recipe.files):
        where = recipe.where("files", index)
        if (file.source is None) == (file.url is None):
            raise RecipeError(f"{where}: needs either source or url, and not both", "name one place")
        if file.url and not file.sha256:
            raise RecipeError(
                f"{where}: a url needs its sha256",
                f'download it once and add sha256 = "…": sha256sum {file.url.rsplit("/", 1)[-1] or "FILE"}',
            )
        if "{{" not in file.target:
            _check_target(recipe, index, file)
    letters: dict[str, int] = {}
    for index, drive in enumerate(recipe.network.drives):
        if drive.letter in letters:
            raise RecipeError(
                f"{recipe.where('network', 'drives', index, 'letter')}: {drive.letter}: is mapped twice",
                "choose another letter",
            )
        letters[drive.letter] = index
    if recipe.network.stack != "none" and not recipe.network.nics:
        raise RecipeError(
            f"{recipe.where('network', 'stack')}: the stack {recipe.network.stack} needs an adapter",
            'add nics = ["…"] under [network]; bootbuilder nic list shows the driver ids',
        )


def _check_target(recipe: Recipe, index: int, file: File) -> None:
    try:
        names.dos_path(file.target)
    except BadDosName as error:
        raise RecipeError(f"{recipe.where('files', index, 'target')}: {error.message}", error.hint) from None


_EXAMPLES = {
    "schema": "add schema = 1 as the first line",
    "name": 'for example name = "plant-floor"',
    "target": r"for example target = 'A:\TOOLS\FLASH.EXE'",
    "dns": 'for example dns = ["10.0.0.2"]',
    "label": 'for example label = "PLANT"',
    "password": 'for example password = "env:PLANT_PW" or password = "file:secret.txt"',
}

_WORDING = problems.Wording(
    root=Keys,
    more_keys=("extends",),
    examples=_EXAMPLES,
    otherwise="correct it; `bootbuilder recipe new` shows every key with an example",
    hidden=frozenset({"password"}),
)
