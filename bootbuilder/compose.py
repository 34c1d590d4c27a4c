"""(Recipe, DosSystem, NIC driver, machine) -> Composition: what goes on one disk, where, and why.

The middle of the house. Pure: what was read before comes in as values, a `fat.Volume` and the story of each
of its files and lines go out.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from bootbuilder import render, startup
from bootbuilder.dos import DosSystem, SystemFile
from bootbuilder.errors import BadDosName, ImageFull, RecipeError
from bootbuilder.media import fat, names, usb
from bootbuilder.payload import PayloadFile, target_path
from bootbuilder.recipe import Recipe
from bootbuilder.render import RenderedLine, Traced

if TYPE_CHECKING:
    from bootbuilder.inventory import Machine
    from bootbuilder.nics import Driver

DRIVES = {"floppy": "A:", "iso": "A:", "usb": "C:"}
"""The drive that DOS gives the medium that it was started from."""

TEMPLATES = ("CONFIG.SYS", "AUTOEXEC.BAT", "MTCP.CFG")


@dataclass(frozen=True)
class PlacedFile:
    """One file on the disk and its story: `origin` says where it came from, `license` under what terms.

    `where` is the recipe's key for messages, empty for what no key asked for by name.
    """

    path: str
    data: bytes = field(repr=False)
    attributes: int
    origin: str
    license: str
    redistributable: bool | None
    where: str = ""
    digest: str = ""  # SHA-256 where it is known already

    @property
    def is_folder(self) -> bool:
        """True for an empty folder that a copied tree had."""
        return bool(self.attributes & fat.DIRECTORY)

    @cached_property
    def sha256(self) -> str:
        """SHA-256 of the bytes, in hex."""
        return self.digest or hashlib.sha256(self.data).hexdigest()


@dataclass(frozen=True, slots=True)
class Adapter:
    """A NIC driver with its binary at hand; `id` is what the recipe calls it."""

    id: str
    driver: Driver
    data: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Parts:
    """What all images of one recipe share: read once, before the first is composed.

    `templates` maps CONFIG.SYS, AUTOEXEC.BAT, … to (name for messages, text); `boot_sectors` maps the bits of a FAT
    (12, 16) to 512 bytes.
    """

    recipe: Recipe
    system: DosSystem
    system_files: tuple[PlacedFile, ...]
    extras: Mapping[str, PlacedFile]
    payload: tuple[PayloadFile, ...]
    templates: Mapping[str, tuple[str, str]]
    boot_sectors: Mapping[int, bytes]
    modified: tuple[int, int]
    variables: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Composition:
    """One disk, ready to be written to `medium`: `texts` are the lines of the generated files by name."""

    name: str
    medium: str
    nic: str | None
    machine: Machine | None
    volume: fat.Volume
    files: tuple[PlacedFile, ...]
    texts: Mapping[str, tuple[RenderedLine, ...]]
    usage: fat.Usage


def place_system(system: DosSystem) -> tuple[tuple[PlacedFile, ...], Mapping[str, PlacedFile]]:
    """Return the kernel and shell in the order that the boot protocol demands, and the extras by name."""
    kernel = tuple(
        _system_file(file, file.name, fat.READ_ONLY | fat.HIDDEN | fat.SYSTEM) for file in system.kernel
    )
    shell = _system_file(system.shell, _name(system.shell), fat.ARCHIVE)
    extras = {
        _name(file): _system_file(file, f"{startup.FOLDER}\\{_name(file)}", fat.ARCHIVE)
        for file in system.extras.values()
    }
    return (*kernel, shell), MappingProxyType(extras)


def _name(file: SystemFile) -> str:
    return file.name.rpartition("\\")[2]


def _system_file(file: SystemFile, path: str, attributes: int) -> PlacedFile:
    return PlacedFile(path, file.data, attributes, file.origin, file.license, file.redistributable)


def compose(parts: Parts, medium: str, adapter: Adapter | None, machine: Machine | None) -> Composition:
    """Return the disk for a medium, one adapter (None for stack `none`) and one machine of the inventory (or None).

    Raises RecipeError, TemplateError, BadDosName or ImageFull; each names the recipe's key.
    """
    recipe = parts.recipe
    variables = {**parts.variables, **(machine.variables if machine else {})}
    drive = DRIVES[medium]
    context: dict[str, Any] = {"vars": variables, "name": recipe.name, "drive": drive}
    user_files = tuple(_user_files(parts, context))
    theirs = {_base(file.path): file for file in user_files}
    available = {name: f"{drive}\\{file.path}" for name, file in {**parts.extras, **theirs}.items()}
    memory = startup.memory(parts.system, recipe.dos.memory, available, recipe.where("dos", "memory"))
    keyboard = startup.keyboard(
        parts.system, recipe.dos.keyboard, recipe.dos.codepage, available, recipe.where("dos", "keyboard")
    )
    network = _network(recipe, adapter, machine, context)
    context.update(_values(parts, context, memory, keyboard, network))

    named = {*memory.files, *keyboard.files}
    used = tuple(parts.extras[name] for name in sorted(named - theirs.keys()))
    texts, text_files = _texts(parts, context, adapter)
    adapter_files = () if adapter is None else (_adapter_file(adapter),)
    files = _distinct((*parts.system_files, *text_files, *used, *adapter_files, *user_files))
    label = _label(recipe, context)
    name = "-".join(part for part in (recipe.name, machine and machine.name, adapter and adapter.id) if part)
    laid_out = tuple(fat.VolumeFile(file.path, file.data, file.attributes) for file in files)
    geometry, usage = _geometry(recipe, medium, laid_out, bool(label), name)
    sector = parts.boot_sectors[geometry.fat_bits]
    volume = fat.Volume(geometry, label, sector, laid_out, parts.modified)
    nic = adapter.id if adapter else None
    return Composition(name, medium, nic, machine, volume, files, MappingProxyType(texts), usage)


def _geometry(
    recipe: Recipe, medium: str, files: tuple[fat.VolumeFile, ...], label: bool, name: str
) -> tuple[fat.Geometry, fat.Usage]:
    """Return the floppy that the recipe asks for, or the smallest disk that holds the files, and what they take.

    Raises ImageFull.
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
    usage = fat.usage(geometry, files, label)
    if not usage.fits:
        message, hint = fat.full_message(geometry, files, label)
        raise ImageFull(f"{recipe.where('output', 'geometry')}: {name}: {message}", hint)
    return geometry, usage


# --- the user's files --------------------------------------------------------------------------------------


def _user_files(parts: Parts, context: Mapping[str, Any]) -> Iterable[PlacedFile]:
    for file in parts.payload:
        path = target_path(file, render.expand(file.target, context, file.where))
        attributes = fat.DIRECTORY if file.folder else fat.ARCHIVE
        data, digest = file.data, "" if file.text else file.sha256
        if file.text:
            data = _rendered(file, context, parts.recipe.dos.codepage)
        yield PlacedFile(path, data, attributes, file.origin, "unknown", None, file.where, digest)


def _rendered(file: PayloadFile, context: Mapping[str, Any], code_page: int) -> bytes:
    try:
        text = file.data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise RecipeError(
            f"{file.where}: {file.origin} is not UTF-8 at byte {error.start}",
            "save it as UTF-8, or leave text = true out: then it is copied as it is",
        ) from None
    return render.encode(file.origin, render.lines(file.origin, text, context), code_page, None)


def _distinct(files: tuple[PlacedFile, ...]) -> tuple[PlacedFile, ...]:
    """Refuse two files with one path, and a file where others need a folder; folders may be named twice."""
    seen: dict[str, PlacedFile] = {}
    for file in files:
        other = seen.setdefault(file.path, file)
        if other is not file and not other.attributes & file.attributes & fat.DIRECTORY:
            hint = "give one of them another target"
            if file.path in ("CONFIG.SYS", "AUTOEXEC.BAT") or other.origin.startswith("template "):
                hint = "to write this file yourself, name your template under [templates]"
            where = f"{file.where}: " if file.where else ""
            raise RecipeError(
                f"{where}two files have the target A:\\{file.path}: {other.origin} and {file.origin}", hint
            )
    for file in seen.values():
        above = file.path
        while above := above.rpartition("\\")[0]:
            other = seen.get(above, file)
            if not other.attributes & fat.DIRECTORY and other is not file:
                where = other.where or file.where
                raise RecipeError(
                    f"{f'{where}: ' if where else ''}A:\\{above} is a file ({other.origin}) and the folder of "
                    f"A:\\{file.path} ({file.origin}) at once",
                    "give one of them another target",
                )
    return tuple(seen.values())


def _base(path: str) -> str:
    return path.rpartition("\\")[2]


# --- what the templates see --------------------------------------------------------------------------------


def _values(
    parts: Parts,
    context: Mapping[str, Any],
    memory: startup.Setup,
    keyboard: startup.Setup,
    network: Mapping[str, Any],
) -> dict[str, Any]:
    """Return the names that templates may use; each value remembers the recipe key that it came from."""
    recipe, dos = parts.recipe, parts.recipe.dos

    def filled(text: str, *key: str | int) -> Traced:
        return Traced(render.expand(text, context, recipe.where(*key)), recipe.origin(*key))

    def plain(key: str) -> Traced:
        return Traced(getattr(dos, key), recipe.origin("dos", key))

    def traced(lines: Iterable[str], *key: str | int) -> list[Traced]:
        return [Traced(line, recipe.origin(*key)) for line in lines]

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
        "memory": traced(memory.config, "dos", "memory"),
        "keyboard": traced(keyboard.batch, "dos", "keyboard"),
        "network": network,
        "boot": {
            "config": [filled(line, "boot", "config", i) for i, line in enumerate(recipe.boot.config)],
            "commands": [filled(line, "boot", "commands", i) for i, line in enumerate(recipe.boot.commands)],
        },
    }


def _network(
    recipe: Recipe, adapter: Adapter | None, machine: Machine | None, context: Mapping[str, Any]
) -> dict[str, Any]:
    """Return the values of the network for templates; `config` and `batch` are empty without a stack."""
    if adapter is None:
        return {"config": [], "batch": []}
    from bootbuilder import nics  # only here: its models take as long to make as a disk

    network = recipe.network
    where = recipe.where("network", "options", adapter.id)
    options = recipe.origin("network", "options", adapter.id, "vector")
    command = nics.command(adapter.driver, network.options.get(adapter.id, {}), where)
    vector = nics.vector(adapter.driver, network.options.get(adapter.id, {}))

    def value(text: str | None, *key: str) -> Traced | None:
        if text is None:
            return None
        return Traced(render.expand(text, context, recipe.where(*key)), recipe.origin(*key))

    hostname = machine.hostname if machine and machine.hostname else network.hostname
    key = recipe.where("network", "nics")
    values: dict[str, Any] = {
        "config": [],
        "batch": [
            Traced(f"{context['drive']}\\{startup.FOLDER}\\{command}", key),
            Traced(f"SET MTCPCFG={context['drive']}\\MTCP.CFG", recipe.where("network", "stack")),
        ],
        "vector": Traced(f"0x{int(vector):x}", options),
        "hostname": value(hostname, "network", "hostname"),
        "static": False,
    }
    static = network.address
    if machine and machine.ip and static == "dhcp":
        raise RecipeError(
            f"{machine.where}: column ip needs a netmask, and network.address is dhcp",
            'set address = { ip = "{{ vars.ip }}", netmask = "…" } under [network], or drop the column',
        )
    if static != "dhcp":
        ip = machine.ip if machine and machine.ip else static.ip
        values.update(
            static=True,
            ip=value(ip, "network", "address", "ip"),
            netmask=value(static.netmask, "network", "address", "netmask"),
            gateway=value(static.gateway, "network", "address", "gateway"),
            dns=value(static.dns, "network", "address", "dns"),
        )
    return values


def _adapter_file(adapter: Adapter) -> PlacedFile:
    driver = adapter.driver
    origin = f"NIC driver {adapter.id}: {driver.publisher}"
    return PlacedFile(
        f"{startup.FOLDER}\\{driver.file}",
        adapter.data,
        fat.ARCHIVE,
        origin,
        driver.license,
        driver.redistributable,
    )


# --- the generated files -----------------------------------------------------------------------------------


def _texts(
    parts: Parts, context: Mapping[str, Any], adapter: Adapter | None
) -> tuple[dict[str, tuple[RenderedLine, ...]], tuple[PlacedFile, ...]]:
    can = startup.dialect(parts.system)
    wanted = [
        ("CONFIG.SYS", parts.system.config_name, can.config),
        ("AUTOEXEC.BAT", "AUTOEXEC.BAT", can.batch),
    ]
    if adapter is not None:
        wanted.append(("MTCP.CFG", "MTCP.CFG", render.Limits(158, "mTCP")))  # mTCP: 160 with the line end
    texts: dict[str, tuple[RenderedLine, ...]] = {}
    files: list[PlacedFile] = []
    for template, name, limits in wanted:
        label, text = parts.templates[template]
        made = render.lines(label, text, context)
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
