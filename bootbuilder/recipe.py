"""What a user may write in a recipe, and nothing else.

`load(path)` gives a frozen `Recipe` with every default filled in, or one RecipeError that names the file,
the line, the key, what was found, what is allowed, and the nearest valid spelling.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, PrivateAttr, ValidationError

from bootbuilder import problems, resources, toml_files
from bootbuilder.errors import BadDosName, RecipeError
from bootbuilder.media import names

Geometry = Literal["160K", "180K", "320K", "360K", "720K", "1.2M", "1.44M", "1.68M", "2.88M"]
Medium = Literal["floppy", "iso", "usb", "pxe"]
Name = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,39}$")]
Scalar = str | int | float | bool
DottedQuad = Annotated[str, AfterValidator(lambda text: _dotted_quad(text))]

# Code pages that Python's codecs and DOS both know (DOS 6 COUNTRY.SYS and the FreeDOS CPI packages).
CODE_PAGES = (437, 720, 737, 775, 850, 852, 855, 857, 858, 860, 861, 862, 863, 864, 865, 866, 869, 874, 932)


def _dotted_quad(text: str) -> str:
    if "{{" in text:  # filled in from vars when the image is made, and checked then
        return text
    parts = text.split(".")
    if len(parts) != 4 or not all(part.isdecimal() and int(part) < 256 for part in parts):
        raise ValueError("must be an IPv4 address such as 10.0.0.5")
    return ".".join(str(int(part)) for part in parts)


def _label(text: str) -> str:
    if "{{" not in text:
        try:
            names.check_label(text)
        except BadDosName as error:
            raise ValueError(f"must be {error.hint}") from None
    return text


def _one_line(text: str) -> str:
    if any(ord(character) < 32 and character != "\t" for character in text):
        raise ValueError("must be one line without control characters")
    return text


def _secret(text: str) -> str:
    if not text.startswith(("env:", "file:")):
        # The text itself is never repeated: it may be the secret.
        raise ValueError("must be a reference, env:NAME or file:PATH; secrets do not belong in a recipe")
    return text


def _code_page(number: int) -> int:
    if number not in CODE_PAGES:
        raise ValueError("must be one of " + ", ".join(map(str, CODE_PAGES)))
    return number


def _variable(text: str) -> str:
    if not text.replace("_", "a").isalnum() or not text.isascii() or text[0].isdigit():
        raise ValueError("must be made of letters, digits and _, and not begin with a digit")
    return text


Line = Annotated[str, AfterValidator(_one_line)]
VariableName = Annotated[str, AfterValidator(_variable)]


class _Table(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Dos(_Table):
    """Which DOS boots, and what CONFIG.SYS and AUTOEXEC.BAT say of it."""

    system: str = Field(
        default="bbdos", min_length=1, description="an id from `bootbuilder dos list`, or a path"
    )
    label: Annotated[str, AfterValidator(_label)] = Field(
        default="", description="volume label; default from the name"
    )
    memory: Literal["none", "xms", "xms-umb"] = "none"
    files: int = Field(default=30, ge=8, le=255)
    buffers: int = Field(default=20, ge=1, le=99)
    lastdrive: str = Field(default="Z", pattern=r"^[A-Z]$")
    environment: int = Field(default=512, ge=160, le=32768, description="bytes")
    keyboard: str = Field(default="us", pattern=r"^[a-z]{2}[0-9]{0,3}$")
    codepage: Annotated[int, AfterValidator(_code_page)] = 437
    prompt: Line = "$P$G"
    set: dict[VariableName, Line] = Field(default_factory=dict)


class Address(_Table):
    """A static IPv4 address."""

    ip: DottedQuad
    netmask: DottedQuad
    gateway: DottedQuad | None = None
    dns: DottedQuad | None = None


class Drive(_Table):
    """A network drive that AUTOEXEC.BAT maps (stack `msclient`)."""

    letter: str = Field(pattern=r"^[A-Z]$")
    unc: str = Field(pattern=r"^(\\\\[^\\\s]+\\[^\\\s]+|.*\{\{.*)$")
    user: Line | None = None
    password: Annotated[str, AfterValidator(_secret)] | None = None


class Network(_Table):
    """The network stack, its adapters and its address."""

    stack: Literal["none", "packet", "msclient", "ipx"] = "none"
    nics: tuple[str, ...] = Field(
        default=(), strict=False, description='driver ids, "all", or "pci:8086:100e"'
    )
    mode: Literal["per-nic", "multi"] = "per-nic"
    address: Literal["dhcp"] | Address = "dhcp"
    hostname: Line = ""
    tools: tuple[str, ...] = Field(default=(), strict=False)
    options: dict[str, dict[str, Scalar]] = Field(default_factory=dict)
    drives: tuple[Drive, ...] = Field(default=(), strict=False)


class File(_Table):
    """A file, a folder or a download that goes onto the disk."""

    source: str | None = Field(
        default=None, min_length=1, description="file or folder, relative to the recipe"
    )
    url: str | None = Field(default=None, pattern=r"^https?://")
    sha256: str | None = Field(default=None, pattern=r"^[0-9a-fA-F]{64}$")
    target: str = Field(min_length=1, description=r"8.3 path on the disk, e.g. A:\TOOLS\FLASH.EXE")
    text: bool = False


class Boot(_Table):
    """Lines of the user's own."""

    config: tuple[Line, ...] = Field(default=(), strict=False, description="appended to CONFIG.SYS")
    commands: tuple[Line, ...] = Field(default=(), strict=False, description="appended to AUTOEXEC.BAT")


class Output(_Table):
    """The media to make."""

    media: tuple[Medium, ...] = Field(default=("floppy",), strict=False, min_length=1)
    geometry: Geometry = "1.44M"


class Recipe(_Table):
    """A whole recipe. `Recipe.merged` tells where each key came from."""

    schema_: Literal[1] = Field(alias="schema")
    name: Name
    title: Line = ""
    vars: dict[VariableName, Scalar] = Field(default_factory=dict)
    dos: Dos = Dos()
    network: Network = Network()
    files: tuple[File, ...] = Field(default=(), strict=False)
    boot: Boot = Boot()
    templates: dict[str, str] = Field(default_factory=dict)
    output: Output = Output()

    _merged: toml_files.Merged = PrivateAttr()
    _places: dict[toml_files.Key, str] = PrivateAttr(default_factory=dict)  # asked again for every image

    @property
    def merged(self) -> toml_files.Merged:
        """The TOML behind this recipe: which file and line set which key."""
        return self._merged

    @property
    def sha256(self) -> str:
        """SHA-256 of what the recipe says after merging: not of its spelling, comments or place."""
        canonical = json.dumps(self._merged.data, sort_keys=True, ensure_ascii=False, default=str)
        return hashlib.sha256(canonical.encode()).hexdigest()

    def folder_of(self, *key: str | int) -> Path:
        """Return the folder that a relative path under `key` is relative to: that of the file that set it."""
        return self._merged.source_of(key).path.parent

    def where(self, *key: str | int) -> str:
        """Return `file:line: key` for messages about a value of this recipe."""
        place = self._places.get(key)
        if place is None:
            place = self._places[key] = self._merged.where(key)
        return place

    def origin(self, *key: str | int) -> str:
        """Return where a value came from: `file:line: key`, or `key (default)`."""
        return self.where(*key) if self._merged.sets(key) else f"{toml_files.dotted(key)} (default)"


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
        recipe = Recipe.model_validate(merged.data)
    except ValidationError as error:
        raise _all_problems(merged, error.errors(include_url=False)) from None
    recipe._merged = merged
    _check_whole(recipe)
    return recipe


def json_schema() -> dict[str, Any]:
    """Return the JSON Schema of a recipe, for editors."""
    schema = Recipe.model_json_schema(by_alias=True)
    properties = schema["properties"]
    properties["extends"] = {
        "description": "recipes that this one extends; relative to this file",
        "type": "array",
        "items": {"type": "string"},
    }
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    schema["title"] = "bootbuilder recipe"
    return schema


def skeleton(name: str) -> str:
    """Return a commented recipe called `name`. Raises RecipeError when that cannot be a name."""
    path = resources.folder("recipes") / "skeleton.toml"
    text = path.read_text("utf-8").replace('name = "my-disk"', f"name = {json.dumps(name)}")
    validate(toml_files.parse(text, Path(f"{name}.toml")))
    return text


# --- what pydantic cannot say by itself -------------------------------------------------------------------


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


def _all_problems(merged: toml_files.Merged, errors: Sequence[Mapping[str, Any]]) -> RecipeError:
    """Return one error for all mistakes, in the order of the file."""
    wrong_address = {error["loc"][:2] for error in errors if "Address" in error["loc"]}
    # An address that is a table was not meant to be the word dhcp, and a list is only too short because
    # its elements were wrong.
    errors = [
        error
        for error in errors
        if not (error["type"] == "literal_error" and error["loc"][:2] in wrong_address)
        and not (error["type"] == "too_short" and error["input"])
    ]
    message, hint = problems.explain(merged, errors, _WORDING)
    return RecipeError(message, hint or "correct these, then run bootbuilder check")


_PATTERNS = {
    "name": "must be 1 to 40 of a-z 0-9 and -, not beginning with -, because file names are made of it",
    "lastdrive": "must be one letter, A to Z",
    "letter": "must be one letter, A to Z",
    "keyboard": "must be a layout code such as us, de, fr or gr453",
    "unc": r"must be a share such as '\\server\share'",
    "url": "must begin with http:// or https://",
    "sha256": "must be 64 hexadecimal digits",
}

_EXAMPLES = {
    "schema": "add schema = 1 as the first line",
    "name": 'for example name = "plant-floor"',
    "target": r"for example target = 'A:\TOOLS\FLASH.EXE'",
    "label": 'for example label = "PLANT"',
    "password": 'for example password = "env:PLANT_PW" or password = "file:secret.txt"',
}

_WORDING = problems.Wording(
    root=Recipe,
    more_keys=("extends",),
    patterns=_PATTERNS,
    examples=_EXAMPLES,
    otherwise="correct it; `bootbuilder recipe new` shows every key with an example",
    hidden=frozenset({"password"}),
    variants=frozenset({"Address", "literal['dhcp']"}),
)
