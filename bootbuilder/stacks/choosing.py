"""Which driver, layer and files the adapter of a recipe gets: from the catalogue and the package store."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bootbuilder import nics, packages, startup
from bootbuilder.errors import PackageError, RecipeError
from bootbuilder.nics import KINDS, Catalogue, Chosen, Driver, holding
from bootbuilder.packages import Store
from bootbuilder.recipe import Recipe
from bootbuilder.stacks import PACKAGES, STACKS, conflicts, several, software
from bootbuilder.stacks.model import FOLDER, Adapter, Choices, Layer, Stack, StackFile

Options = Mapping[str, Mapping[str, Any]]
"""network.options of a recipe."""


@dataclass(frozen=True, slots=True)
class Network:
    """What a recipe's network needs, at hand: its adapters, its tools and which of these may be left out for want of
    room (their paths), and the names of the templates."""

    adapters: tuple[Adapter | Choices, ...]
    tools: tuple[StackFile, ...]
    may_lack: frozenset[str]
    templates: tuple[str, ...]


def network(recipe: Recipe, wanted: Sequence[str], where: str, catalogue: Catalogue, store: Store) -> Network:
    """Return the network of a recipe for the adapters `wanted`. Raises RecipeError and PackageError."""
    stack, options = STACKS[recipe.network.stack], recipe.network.options
    tools, may_lack = _tools(recipe, stack, store)
    for name in options:
        if (
            name not in STACKS
            and name not in (*recipe.network.tools, several.PROGRAM)
            and catalogue.family_of(name) is None
        ):
            catalogue.choose(name, recipe.where("network", "options", name))  # tells the nearest id
    if "all" in wanted:
        adapters = every(stack, options, catalogue, store, where)
        if not adapters:
            raise RecipeError(
                f'{where}: "all" finds no driver whose file is here', "add one: bootbuilder nic add FILE"
            )
    else:
        adapters = [adapter(stack, name, options, catalogue, store, where) for name in wanted]
    conflicts.check_commands(recipe, adapters, catalogue)
    distinct = tuple({one.id: one for one in adapters}.values())
    used = [layer for layer in stack.layers if layer is stack.top or layer.id in {a.layer for a in adapters}]
    names = tuple(name for layer in used for name in templates(layer))
    if recipe.network.mode == "multi":
        choices = several.choices(distinct, catalogue, where, ordered="all" not in wanted)
        return Network((choices,), tools, may_lack, (*names, *several.TEMPLATES))
    return Network(distinct, tools, may_lack, names)


def templates(layer: Layer) -> list[str]:
    """Return the names of a layer's templates: its stanzas, then its files."""
    stanzas = {"CONFIG.SYS": layer.config, "AUTOEXEC.BAT": layer.batch}
    return [
        *(f"{layer.id}/{name}" for name, there in stanzas.items() if there),
        *(text.template for text in layer.texts),
    ]


def _tools(recipe: Recipe, stack: Stack, store: Store) -> tuple[tuple[StackFile, ...], frozenset[str]]:
    """Return the network programs of a recipe, the most useful first, and which of them may be left out."""
    found: dict[str, StackFile] = {}
    may_lack: set[str] = set()
    for index, name in enumerate(recipe.network.tools):
        where = recipe.where("network", "tools", index)
        if stack.id != "packet":
            raise RecipeError(
                f"{where}: {name} needs the stack packet, and this is {stack.id}", 'set stack = "packet"'
            )
        try:
            packages.check_name(name)
        except PackageError as error:
            raise RecipeError(f"{where}: {error.message}", error.hint) from None
        package = software.of(name, PACKAGES)
        there = software.held(store, package)
        if not there:
            raise RecipeError(
                f"{where}: the package {name} is not here",
                f"get it ({package.source}) and add it: {software.command(package)}",
            )
        chosen = recipe.network.options.get(name, {})
        names, needed = software.selection(package, there, chosen, recipe.where("network", "options", name))
        for program in names:
            file = software.placed(store, package, there[program], FOLDER)
            found.setdefault(file.path, file)
            if not needed:
                may_lack.add(file.path)
    return tuple(found.values()), frozenset(may_lack)


def adapter(
    stack: Stack, wanted: str, options: Options, catalogue: Catalogue, store: Store, where: str
) -> Adapter:
    """Return the adapter that a recipe calls `wanted` (a driver's id, or `pci:8086:100e`), ready for a disk.

    The first route of the stack whose files are all here is taken; the id of one driver asks for the route of its kind.
    Raises RecipeError, which begins with `where`: the nearest id, or each file that is missing, where it usually
    comes from, and the command that brings it.
    """
    refused: list[RecipeError] = []
    missing: list[RecipeError] = []
    for kind in _kinds(stack, wanted, catalogue):
        try:
            chosen = catalogue.choose(wanted, where, kind)
        except RecipeError as error:
            refused.append(error)
            continue
        try:
            return _equipped(stack, stack.routes[kind], chosen, options, catalogue, store, where)
        except RecipeError as error:
            missing.append(error)
    raise (missing or refused)[0]


def every(stack: Stack, options: Options, catalogue: Catalogue, store: Store, where: str) -> list[Adapter]:
    """Return an adapter for every driver whose file is here, of the kind that the stack uses best."""
    kind, layer = next(iter(stack.routes.items()))
    return [
        _equipped(stack, layer, Chosen(driver.id, driver), options, catalogue, store, where)
        for driver in holding.all_held(store, catalogue, kind)
    ]


def _kinds(stack: Stack, wanted: str, catalogue: Catalogue) -> list[nics.Kind]:
    """Return the kinds of driver to try: all that the stack can use, or that of the one driver which is named."""
    driver = None if wanted.lower().startswith("pci:") else catalogue.driver(wanted)
    if driver is None or wanted in catalogue.files or driver.kind not in stack.routes:
        return list(stack.routes)
    return [driver.kind]


def _equipped(
    stack: Stack,
    layer: Layer,
    chosen: Chosen,
    options: Options,
    catalogue: Catalogue,
    store: Store,
    where: str,
) -> Adapter:
    driver = chosen.driver
    lacks = []
    files: list[StackFile] = []
    folder = startup.FOLDER if layer.package is None else FOLDER
    shim = catalogue.driver(layer.shim) if layer.shim else None
    for needed in (driver, *((shim,) if shim else ())):
        data = holding.content(store, needed)
        if data is None:
            lacks.append(_lack(needed))
        else:
            files.append(_driver_file(folder, needed, data))
    if layer.package is not None:
        names = layer.files(options.get(stack.id, {}))
        found, absent = software.files(store, layer.package, names, layer.extras, FOLDER)
        files += found
        lacks += absent
    if lacks:
        raise _missing(stack, chosen, lacks, where)
    remark = ""
    if driver.kind != next(iter(stack.routes)):
        over = f" through {shim.file}" if shim else ""
        remark = f"{chosen.id}: {driver.file} is {_a(KINDS[driver.kind])}; the stack {stack.id} uses it{over}"
    return Adapter(chosen.id, holding.completed(store, driver), layer.id, tuple(files), remark)


def _lack(driver: Driver) -> tuple[str, str, str]:
    """Return (file, where it usually comes from, the command that brings it)."""
    from bootbuilder.nics import fetching  # only here: a build that has its files downloads nothing

    place = f"FreeDOS package {driver.freedos_package}" if driver.freedos_package else driver.publisher
    doubt = "; that it serves the adapter is unverified" if driver.evidence == "recall" else ""
    return driver.file or "", f"{place}{doubt}", fetching.command(driver)


def _missing(stack: Stack, chosen: Chosen, lacks: list[tuple[str, str, str]], where: str) -> RecipeError:
    driver = chosen.driver
    if len(lacks) == 1:
        ((file, place, command),) = lacks
        return RecipeError(
            f"{where}: the driver {chosen.id} needs {file}, which is not here",
            f"it is from {place}: {command}",
        )
    by_command: dict[str, list[str]] = {}
    for file, place, command in lacks:
        by_command.setdefault(f"{place}: {command}", []).append(file)
    listed = "".join(f"\n  {', '.join(files)}  ({place})" for place, files in by_command.items())
    return RecipeError(
        f"{where}: the stack {stack.id} needs these files for {chosen.id}, {_a(KINDS[driver.kind])}; "
        f"they are not here:{listed}",
        "get them where the line says, and add them with the command behind it",
    )


def _driver_file(folder: str, driver: Driver, data: bytes) -> StackFile:
    name = driver.file or ""
    origin = f"NIC driver {driver.id}: {driver.publisher}"
    return StackFile(f"{folder}\\{name}", data, origin, driver.license, driver.redistributable)


def _a(noun: str) -> str:
    return f"{'an' if noun[0] in 'NO' else 'a'} {noun}"
