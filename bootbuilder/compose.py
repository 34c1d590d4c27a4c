"""(Recipe, DosSystem, NIC driver, machine) -> Composition: what goes on one disk, where, and why.

The middle of the house. Pure: what was read before comes in as values, a `fat.Volume` and the story of each
of its files and lines go out.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from bootbuilder import budget, equipment, placing, render, startup
from bootbuilder.budget import Load
from bootbuilder.dos import DosSystem
from bootbuilder.equipment import Equipment
from bootbuilder.errors import BadDosName, ImageFull, RecipeError
from bootbuilder.media import fat, names, usb
from bootbuilder.payload import PayloadFile
from bootbuilder.placing import PlacedFile
from bootbuilder.recipe import Recipe
from bootbuilder.render import RenderedLine, Traced

if TYPE_CHECKING:
    from bootbuilder.inventory import Machine
    from bootbuilder.stacks import Adapter, Choices, StackFile, Text

DRIVES = {"floppy": "A:", "iso": "A:", "usb": "C:", "pxe": "A:"}
"""The drive that DOS gives the medium that it was started from."""

TEMPLATES = ("CONFIG.SYS", "AUTOEXEC.BAT")
"""The templates of every disk; a network brings those of its layers."""


@dataclass(frozen=True, slots=True)
class Parts:
    """What all images of one recipe share: read once, before the first is composed.

    `templates` maps CONFIG.SYS, AUTOEXEC.BAT, packet/AUTOEXEC.BAT, … to (name for messages, text); `boot_sectors` maps
    the bits of a FAT (12, 16) to 512 bytes; `payload` is placed where it is the same on every disk. Of the network
    programs in `tools` those that are in `may_lack` stay away when there is no room for them, the last first.
    `secrets` are those that may be written, by recipe key.
    """

    recipe: Recipe
    system: DosSystem
    system_files: tuple[PlacedFile, ...]
    extras: Mapping[str, PlacedFile]
    payload: tuple[PlacedFile | PayloadFile, ...]
    templates: Mapping[str, tuple[str, str]]
    boot_sectors: Mapping[int, bytes]
    modified: tuple[int, int]
    variables: Mapping[str, Any]
    tools: tuple[StackFile, ...] = ()
    may_lack: frozenset[str] = frozenset()
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class Composition:
    """One disk, ready to be written to `medium`: `texts` are the lines of the generated files by name, `notes` what
    its user should know; `uses_undi` says that a driver on it needs the PXE ROM's UNDI in memory."""

    name: str
    medium: str
    nic: str | None
    machine: Machine | None
    volume: fat.Volume
    files: tuple[PlacedFile, ...]
    texts: Mapping[str, tuple[RenderedLine, ...]]
    usage: fat.Usage
    notes: tuple[str, ...] = ()
    title: str = ""
    uses_undi: bool = False

    @property
    def secrets(self) -> tuple[str, ...]:
        """The recipe keys of the secrets that stand in its files, without the recipe's path."""
        lines = (line for made in self.texts.values() for line in made)
        return tuple(dict.fromkeys(key.rpartition(": ")[2] for line in lines for key in line.secrets))


def compose(
    parts: Parts, medium: str, adapter: Adapter | Choices | None, machine: Machine | None
) -> Composition:
    """Return the disk for a medium, one adapter (None for stack `none`) or several to choose from when it boots, and
    one machine of the inventory (or None).

    What may lack and has no room stays away (budget.py). Raises RecipeError, TemplateError, BadDosName or ImageFull;
    each names the recipe's key.
    """
    recipe = parts.recipe
    name = "-".join(part for part in (recipe.name, machine and machine.name, adapter and adapter.id) if part)
    load = Load(adapter, parts.tools)

    def make(load: Load) -> Composition:
        return _disk(parts, medium, load.adapter, machine, load.tools, name)

    def room(disk: Composition) -> budget.Room:
        there = frozenset(file.path for file in disk.files)
        return budget.Room(disk.usage.fits, disk.usage.free, disk.volume.geometry.cluster_size, there)

    disk, away = budget.most(load, parts.may_lack, make, room)
    if not disk.usage.fits:
        message, hint = fat.full_message(disk.volume.geometry, disk.volume.files, bool(disk.volume.label))
        raise ImageFull(f"{recipe.where('output', 'geometry')}: {name}: {message}", hint)
    if not away:
        return disk
    note = f"no room for {', '.join(piece.name for piece in away)}"
    if any(piece.is_driver for piece in away):
        note += f"; {_larger(make(load), medium)} would hold all"
    return replace(disk, notes=(note, *disk.notes))


def _larger(disk: Composition, medium: str) -> str:
    """Return the smallest medium that holds a disk which is too large for its own."""
    from bootbuilder.media import iso  # only here: few disks need it

    label = bool(disk.volume.label)
    floppies = sorted(fat.GEOMETRIES.values(), key=lambda geometry: geometry.size)
    fitting = ((one.size, one.name) for one in floppies if fat.usage(one, disk.volume.files, label).fits)
    name = next((name for size, name in fitting if medium != "iso" or size in iso.EMULATED), None)
    return f'geometry = "{name}"' if name else 'media = ["usb"]'


def _disk(
    parts: Parts,
    medium: str,
    adapter: Adapter | Choices | None,
    machine: Machine | None,
    tools: tuple[StackFile, ...],
    name: str,
) -> Composition:
    """Return the disk with those network programs; whether it is too full stands in its `usage`."""
    recipe = parts.recipe
    variables = {**parts.variables, **(machine.variables if machine else {})}
    drive = DRIVES[medium]
    context: dict[str, Any] = {"vars": variables, "name": recipe.name, "drive": drive}
    user_files = tuple(placing.user_files(parts.payload, context, recipe.dos.codepage))
    theirs = {_base(file.path): file for file in user_files}
    available = {name: f"{drive}\\{file.path}" for name, file in {**parts.extras, **theirs}.items()}
    context.update(_values(parts, context))
    network = Equipment()
    if adapter is not None:
        order = equipment.Order(
            recipe,
            machine,
            drive,
            medium,
            dict(context),
            parts.templates,
            tools,
            available,
            parts.secrets,
        )
        network = _equipped(order, adapter)
    where = recipe.where("dos", "memory"), recipe.where("dos", "keyboard")
    memory = startup.memory(parts.system, recipe.dos.memory, available, where[0], network.excluded)
    keyboard = startup.keyboard(parts.system, recipe.dos.keyboard, recipe.dos.codepage, available, where[1])
    _fill_in(context, recipe, network, memory, keyboard)

    named_files = {*memory.files, *keyboard.files}
    used = tuple(parts.extras[name] for name in sorted(named_files - theirs.keys()))
    texts, text_files = _texts(parts, context, network.texts)
    placed = (placing.place_network(file) for file in network.files)
    files = placing.distinct((*parts.system_files, *text_files, *used, *placed, *user_files))
    label = _label(recipe, context)
    geometry, usage = _geometry(recipe, medium, files, bool(label), name)
    sector = parts.boot_sectors[geometry.fat_bits]
    volume = fat.Volume(geometry, label, sector, files, parts.modified)
    notes = (*network.notes, *_notes(parts, texts))
    nic = adapter.id if adapter else None
    return Composition(
        name,
        medium,
        nic,
        machine,
        volume,
        files,
        MappingProxyType(texts),
        usage,
        notes,
        str(context["title"]) or recipe.name,
        adapter is not None and _uses_undi(adapter),
    )


def _uses_undi(adapter: Adapter | Choices) -> bool:
    from bootbuilder import stacks

    adapters = (
        [choice.adapter for choice in adapter.choices] if isinstance(adapter, stacks.Choices) else [adapter]
    )
    return any(one.driver.over == "undi" for one in adapters)


def _equipped(order: equipment.Order, adapter: Adapter | Choices) -> Equipment:
    from bootbuilder import multi, stacks  # only here: a disk without a network does not need them

    if isinstance(adapter, stacks.Choices):
        return multi.equip(order, adapter)
    return equipment.equip(order, adapter)


def _notes(parts: Parts, texts: Mapping[str, tuple[RenderedLine, ...]]) -> Iterable[str]:
    """Yield what the user of a disk should know: which secrets are on it or are not."""
    for name, lines in texts.items():
        for line in lines:
            for key in line.secrets:
                yield f"{name} holds {key.rpartition(': ')[2]} in clear text"
    network = parts.recipe.network
    if network.drives and network.stack != "msclient":
        yield f"network.drives are mapped by the stack msclient, and this is {network.stack}"
        return
    for index, drive in enumerate(network.drives):
        key = f"network.drives[{index}].password"
        if drive.password is not None and key not in parts.secrets:
            yield f"{key} is not on the disk: the client asks for it (--allow-secrets writes it)"


def _geometry(
    recipe: Recipe, medium: str, files: tuple[fat.VolumeFile, ...], label: bool, name: str
) -> tuple[fat.Geometry, fat.Usage]:
    """Return the floppy that the recipe asks for, or the smallest disk that holds the files, and what they take.

    Raises ImageFull when no disk holds them.
    """
    if medium == "usb":
        try:
            geometry = usb.geometry_for(files)
        except ImageFull as error:
            raise ImageFull(
                f"{recipe.where('output', 'media')}: {name}: {error.message}", error.hint
            ) from None
        return geometry, fat.usage(geometry, files, label)
    geometry = fat.GEOMETRIES[recipe.output.geometry]
    return geometry, fat.usage(geometry, files, label)


def _base(path: str) -> str:
    return path.rpartition("\\")[2]


# --- what the templates see --------------------------------------------------------------------------------


def _values(parts: Parts, context: Mapping[str, Any]) -> dict[str, Any]:
    """Return the names that templates may use; each value remembers the recipe key that it came from."""
    recipe, dos = parts.recipe, parts.recipe.dos

    def filled(text: str, *key: str | int) -> Traced:
        return Traced(render.expand(text, context, recipe.where(*key)), recipe.origin(*key))

    def plain(key: str) -> Traced:
        return Traced(getattr(dos, key), recipe.origin("dos", key))

    title = "".join(c for c in render.expand(recipe.title, context, recipe.where("title")) if c not in "<>|%")
    return {
        "can": startup.dialect(parts.system),
        "shell": _base(parts.system_files[-1].path),
        "path": f"{context['drive']}\\;{context['drive']}\\{startup.FOLDER}",
        "title": Traced(title, recipe.origin("title")) if title else "",
        "dos": {
            **{key: plain(key) for key in ("files", "buffers", "lastdrive", "environment")},
            "prompt": filled(dos.prompt, "dos", "prompt"),
            "set": {name: filled(text, "dos", "set", name) for name, text in dos.set.items()},
        },
        "boot": {
            "config": [filled(line, "boot", "config", i) for i, line in enumerate(recipe.boot.config)],
            "commands": [filled(line, "boot", "commands", i) for i, line in enumerate(recipe.boot.commands)],
        },
    }


def _fill_in(
    context: dict[str, Any],
    recipe: Recipe,
    network: Equipment,
    memory: startup.Setup,
    keyboard: startup.Setup,
) -> None:
    """Add to the values of templates what follows from the network, the memory managers and the keyboard."""
    asked = recipe.origin("dos", "memory")
    context["memory"] = [
        Traced(
            line, ", ".join([asked, *(window.key for window in network.excluded if f"X={window}" in line)])
        )
        for line in memory.config
    ]
    context["keyboard"] = [Traced(line, recipe.origin("dos", "keyboard")) for line in keyboard.batch]
    context["network"] = network.values
    context["path"] = ";".join([context["path"], *network.path])
    if network.lastdrive:
        context["dos"]["lastdrive"] = network.lastdrive


# --- the generated files -----------------------------------------------------------------------------------


def _texts(
    parts: Parts, context: Mapping[str, Any], more: tuple[Text, ...]
) -> tuple[dict[str, tuple[RenderedLine, ...]], tuple[PlacedFile, ...]]:
    can = startup.dialect(parts.system)
    wanted: list[tuple[str, str, render.Limits, Mapping[str, Any] | None]] = [
        ("CONFIG.SYS", parts.system.config_name, can.config, None),
        ("AUTOEXEC.BAT", "AUTOEXEC.BAT", can.batch, None),
    ]
    wanted += [(text.template, text.path, text.limits, text.values) for text in more]
    texts: dict[str, tuple[RenderedLine, ...]] = {}
    files: list[PlacedFile] = []
    for template, name, limits, values in wanted:
        label, text = parts.templates[template]
        made = render.lines(label, text, context if values is None else {**context, "network": values})
        if "/" in template and not made:
            continue  # a file that this recipe has no use for
        for line in made:
            if line.text.upper().startswith("SHELL=") and len(line.text) - 6 > startup.SHELL_LINE:
                raise RecipeError(
                    f"{name} ({line.origin}): the SHELL line has {len(line.text) - 6} characters after SHELL=, "
                    f"DOS keeps {startup.SHELL_LINE}",
                    "use a shorter path",
                )
        data = render.encode(name, made, parts.recipe.dos.codepage, limits)
        texts[name] = made
        files.append(PlacedFile(name, data, fat.ARCHIVE, f"template {label}", "MIT", True))
    return texts, tuple(files)


def _label(recipe: Recipe, context: Mapping[str, Any]) -> str:
    where = recipe.where("dos", "label")
    label = render.expand(recipe.dos.label, context, where) or recipe.name.upper()[:11].rstrip("-")
    try:
        names.check_label(label)
    except BadDosName as error:
        raise RecipeError(f"{where}: {error.message}", error.hint) from None
    return label
