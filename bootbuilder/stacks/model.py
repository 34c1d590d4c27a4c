"""The values that network stacks are described in: what a layer is, what it is asked, and what it answers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from bootbuilder import nics, render
from bootbuilder.inventory import Machine
from bootbuilder.nics import Driver, Kind, Parameter
from bootbuilder.recipe import Recipe
from bootbuilder.render import Limits, Traced

FOLDER = "NET"  # where network programs and their files lie on the image


@dataclass(frozen=True, slots=True)
class Text:
    """A file that a layer writes: its template (below templates/, without .j2) and its path on the disk.

    `values` are what its template calls `network`, where that is not what the whole disk has.
    """

    template: str
    path: str
    limits: Limits
    values: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class StackFile:
    """A file of a driver, shim or program for the disk, with its story."""

    path: str
    data: bytes = field(repr=False)
    origin: str
    license: str
    redistributable: bool | None


@dataclass(frozen=True, slots=True)
class Package:
    """Software that a user brings: `bootbuilder package add ID PATH` puts its files into the store.

    `source` says where it usually comes from. `files` are all that are kept, the most useful first, each with what it
    is for; a name that ends in `*` stands for all with that ending. None keeps everything.
    """

    id: str
    title: str
    source: str
    publisher: str
    license: str
    redistributable: bool | None
    files: Mapping[str, str] | None


@dataclass(frozen=True, slots=True)
class Adapter:
    """A NIC driver and all that its layer loads, at hand; `id` is what the recipe calls it.

    `layer` is the id of the layer that carries the driver, `remark` why it is not the usual one.
    """

    id: str
    driver: Driver
    layer: str
    files: tuple[StackFile, ...]
    remark: str = ""


@dataclass(frozen=True, slots=True)
class Board:
    """An adapter as NICSCAN.LST names it: the words that mark it, and its name."""

    marks: tuple[str, ...]
    title: str


@dataclass(frozen=True, slots=True)
class Choice:
    """A driver that a disk may find to be the right one when it boots, and the boards for which it is."""

    adapter: Adapter
    boards: tuple[Board, ...]


@dataclass(frozen=True, slots=True)
class Choices:
    """The drivers of one disk for several adapters, in load order. `files` find out which one is there; `notes` say
    what was left out."""

    choices: tuple[Choice, ...]
    files: tuple[StackFile, ...]
    notes: tuple[str, ...] = ()
    id: str = "multi"


@dataclass(frozen=True)
class Job:
    """One disk that a stack is asked to equip. `context` is what expressions of the recipe may name; `tools` are the
    network programs that will be on the disk, name -> full path; `secrets` holds those that may be written, by key;
    `found` are texts for parameters of the driver that are known only when the disk boots.
    """

    recipe: Recipe
    adapter: Adapter
    machine: Machine | None
    drive: str
    medium: str
    context: Mapping[str, Any]
    tools: Mapping[str, str] = field(default_factory=dict)
    available: Mapping[str, str] = field(default_factory=dict)
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)
    found: Mapping[str, str] = field(default_factory=dict)

    def text(self, text: str, *key: str | int) -> Traced:
        """Return a text of the recipe, `{{ … }}` filled in, that remembers its key. Raises TemplateError."""
        filled = render.expand(text, self.context, self.recipe.where(*key))
        return Traced(filled, self.recipe.origin(*key))

    def maybe(self, text: str | None, *key: str | int) -> Traced | None:
        """Return as `text`, None for None."""
        return None if text is None else self.text(text, *key)

    @property
    def options(self) -> Mapping[str, Any]:
        """What the recipe sets for the adapter's driver."""
        return self.recipe.network.options.get(self.adapter.id, {})

    @property
    def where(self) -> str:
        """The place of those options, for messages."""
        return self.recipe.where("network", "options", self.adapter.id)

    def origin(self, *names: str) -> str:
        """Return the key of the first option that the recipe sets, of those names; else of the last one's default."""
        name = next((name for name in names if name in self.options), names[-1])
        return self.recipe.origin("network", "options", self.adapter.id, name)

    def traced(self, value: object, *names: str) -> Traced:
        """Return a value that follows from an option of the driver."""
        return Traced(value, self.origin(*names))

    def settings(self, known: Mapping[str, Parameter]) -> dict[str, Traced | None]:
        """Return what the recipe sets for its stack (network.options.<stack>), else the defaults, each with its key.

        Texts are filled in. Raises RecipeError for an unknown name and a value that cannot be.
        """
        stack = self.recipe.network.stack
        key = ("network", "options", stack)
        options = {
            name: self.text(value, *key, name) if isinstance(value, str) else value
            for name, value in self.recipe.network.options.get(stack, {}).items()
        }
        values = nics.check(f"the stack {stack}", known, options, self.recipe.where(*key))
        return {
            name: None if value is None else Traced(value, self.recipe.origin(*key, name))
            for name, value in values.items()
        }


@dataclass(frozen=True, slots=True)
class Layer:
    """What is loaded together. Its templates lie in templates/<id>/: the stanzas CONFIG.SYS and AUTOEXEC.BAT where
    `config` and `batch` say so, and the files of `texts`.

    `files` of `package` go with it, `extras` of them when they are there. `values` gives what its templates may name.
    `shim` is the id of a driver of the catalogue that it loads over the adapter's own. `brings` gives files that come
    with bootbuilder itself.
    """

    id: str
    values: Callable[[Job], dict[str, Any]]
    config: bool = False
    batch: bool = True
    texts: tuple[Text, ...] = ()
    package: Package | None = None
    files: Callable[[Mapping[str, Any]], tuple[str, ...]] = lambda options: ()
    extras: tuple[str, ...] = ()
    shim: str | None = None
    brings: Callable[[Job], tuple[StackFile, ...]] = lambda job: ()


@dataclass(frozen=True, slots=True)
class Stack:
    """A network stack of recipes: the layer for each kind of driver that it can use, best first, and over it, for all
    of them, `top`."""

    id: str
    routes: Mapping[Kind, Layer]
    top: Layer | None = None

    @property
    def layers(self) -> tuple[Layer, ...]:
        """All layers of all routes."""
        return (*self.routes.values(), *((self.top,) if self.top else ()))
