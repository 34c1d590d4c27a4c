"""The linear story: recipes -> compositions -> artifacts -> files and a manifest.

    prepare(recipe, …)   everything that is read: DOS system, drivers, payload, templates, inventory -> Plan
    compose_all(plan)    every disk of the plan, in memory; nothing is written
    write(plan, …)       the files, whole or not at all, and the manifest last

Nothing here prints, reads the environment or the clock.
"""

from __future__ import annotations

import concurrent.futures
import contextlib
import datetime
import hashlib
import json
import logging
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, BinaryIO

from bootbuilder import (
    artifact,
    bootchoice,
    compose,
    dos,
    firmware,
    payload,
    placing,
    problems,
    render,
    resources,
    staging,
    startup,
    toml_files,
)
from bootbuilder.compose import Composition
from bootbuilder.errors import DosSystemError, ImageError, PackageError, RecipeError
from bootbuilder.media import fat
from bootbuilder.packages import Store
from bootbuilder.recipe import Recipe

if TYPE_CHECKING:
    from bootbuilder import inventory, nics
    from bootbuilder.stacks import Adapter, Choices
    from bootbuilder.stacks.choosing import Network

log = logging.getLogger("bootbuilder")

RELEASED = datetime.datetime(2026, 1, 1)
"""The time stamp of files on a disk unless SOURCE_DATE_EPOCH says otherwise."""


@dataclass(frozen=True, slots=True)
class Options:
    """What the command line says besides the recipe. Empty means: as the recipe says."""

    nics: tuple[str, ...] = ()
    media: tuple[str, ...] = ()
    variables: Mapping[str, str] = field(default_factory=dict)
    inventory: Path | None = None
    boot_sector: bootchoice.Choice = "auto"
    modified: datetime.datetime = RELEASED
    secret: Callable[[str, Path, str], str] | None = None
    """(reference, folder of the recipe, where) -> what env:NAME or file:PATH holds; None writes no secret."""


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything that the disks of one recipe are made of; nothing is read after this."""

    parts: compose.Parts
    media: tuple[str, ...]
    adapters: tuple[Adapter | Choices | None, ...]
    machines: tuple[inventory.Machine | None, ...]

    @property
    def count(self) -> int:
        """How many images will be made."""
        return len(self.media) * len(self.adapters) * len(self.machines)


@dataclass(frozen=True, slots=True)
class Written:
    """One image of a finished build: its manifest entry, where it is, and whether it was written now."""

    entry: Mapping[str, Any]
    path: Path
    changed: bool


@dataclass(frozen=True, slots=True)
class Result:
    """A finished build of one recipe: its folder, manifest and images; `stale` are files of earlier builds."""

    folder: Path
    manifest: Mapping[str, Any]
    images: tuple[Written, ...]
    stale: tuple[str, ...]


# --- 1. read ------------------------------------------------------------------------------------------------


def prepare(
    recipe: Recipe,
    store: Store,
    catalogue: Callable[[], nics.Catalogue],
    options: Options,
    download: payload.Download,
) -> Plan:
    """Read all that the recipe names; `catalogue` is asked only for a network.

    Raises BootbuilderError with the recipe's file, line and key.
    """
    media = _media(recipe, options)
    try:
        system = dos.load(_system_name(recipe), store)
        boot_sectors = {
            bits: bootchoice.boot_sector(system, bits, options.boot_sector)
            for bits in sorted({16 if medium == "usb" else 12 for medium in media})
        }
    except (DosSystemError, ImageError, PackageError) as error:
        raise type(error)(f"{recipe.where('dos', 'system')}: {error.message}", error.hint) from None
    doubt = startup.doubt_about(system, recipe.output.geometry)
    if doubt and media != ("usb",):
        log.warning("%s: %s", recipe.where("output", "geometry"), doubt)
    system_files, extras = placing.place_system(system)
    gathered = placing.place_payload(payload.gather(recipe, download))
    network = _network(recipe, store, catalogue, options)
    parts = compose.Parts(
        recipe=recipe,
        system=system,
        system_files=system_files,
        extras=extras,
        payload=gathered,
        templates=_templates(recipe, (*compose.TEMPLATES, *(network.templates if network else ()))),
        boot_sectors=boot_sectors,
        modified=dos_time(options.modified),
        variables=MappingProxyType({**recipe.vars, **options.variables}),
        tools=network.tools if network else (),
        may_lack=network.may_lack if network else frozenset(),
        secrets=_secrets(recipe, options),
    )
    machines: tuple[inventory.Machine | None, ...] = (None,)
    if options.inventory is not None:
        from bootbuilder import inventory

        machines = inventory.load(options.inventory)
    return Plan(parts, media, network.adapters if network else (None,), machines)


def _secrets(recipe: Recipe, options: Options) -> Mapping[str, str]:
    """Return the secrets of the recipe by key; none unless the user allows them on the image."""
    found: dict[str, str] = {}
    for index, drive in enumerate(recipe.network.drives):
        key = ("network", "drives", index, "password")
        if drive.password is not None and options.secret is not None:
            folder, where = recipe.folder_of(*key), recipe.where(*key)
            found[toml_files.dotted(key)] = options.secret(drive.password, folder, where)
    return MappingProxyType(found)


def _media(recipe: Recipe, options: Options) -> tuple[str, ...]:
    media = tuple(dict.fromkeys(options.media or recipe.output.media))
    where = "--media" if options.media else recipe.where("output", "media")
    for medium in media:
        if medium not in _WRITERS:
            known = ", ".join(_WRITERS)
            raise RecipeError(f"{where}: {medium!r} is no medium", f"choose from {known}")
    if "pxe" in media and "floppy" not in media:
        media = ("floppy", *media)  # what the boot program fetches
    return media


def _system_name(recipe: Recipe) -> str:
    """Return the id of the DOS system, or the path that it is, relative to the recipe's folder."""
    name = recipe.dos.system
    path = recipe.folder_of("dos", "system") / name
    return str(path) if "/" in name or "\\" in name or ("." in name and path.exists()) else name


def _templates(recipe: Recipe, used: Iterable[str]) -> Mapping[str, tuple[str, str]]:
    """Return (name for messages, text) of the templates that are `used`: the recipe's own where it names one.

    A name without a folder, such as MTCP.CFG, stands for the file in whichever stack writes it.
    """
    shipped = resources.folder("templates")
    names = {path.relative_to(shipped).with_suffix("").as_posix() for path in shipped.rglob("*.j2")}
    files = {name.rpartition("/")[2] for name in names}
    for name in recipe.templates:
        if name not in names and name not in files:
            raise RecipeError(
                f"{recipe.where('templates', name)}: there is no template {name!r} to replace",
                problems.nearest(name, names) + f"there is: {', '.join(sorted(names | files))}",
            )
    texts = {}
    for name in used:
        mine = _override(recipe, name)
        if mine is not None:
            path = recipe.folder_of("templates", mine) / recipe.templates[mine]
            texts[name] = (
                recipe.templates[mine],
                render.read_template(path, recipe.where("templates", mine)),
            )
        else:
            path = shipped / f"{name}.j2"
            texts[name] = (f"{name}.j2", render.read_template(path, str(shipped)))
    return MappingProxyType(texts)


def _override(recipe: Recipe, name: str) -> str | None:
    """Return under which name the recipe replaces a template, None when it does not."""
    base = name.rpartition("/")[2]
    mine = name if name in recipe.templates or base in compose.TEMPLATES else base
    return mine if mine in recipe.templates else None


def bringers(recipe: Recipe, templates: Mapping[str, tuple[str, str]]) -> dict[str, str]:
    """Return for each template, by its name in messages, the recipe key that brings its lines; a template of every
    disk has none."""
    found = {}
    for name, (label, _) in templates.items():
        mine = _override(recipe, name)
        if mine is not None:
            found[label] = recipe.where("templates", mine)
        elif "/" in name:
            found[label] = recipe.origin("network", "mode" if name.startswith("multi/") else "stack")
    return found


def _network(
    recipe: Recipe, store: Store, catalogue: Callable[[], nics.Catalogue], options: Options
) -> Network | None:
    """Return what the recipe's network needs, read from the catalogue and the store; None without one."""
    network = recipe.network
    if network.stack == "none":
        if options.nics:
            raise RecipeError(
                f"--nic: {recipe.name} has no network", f'set stack = "packet" in {recipe.merged.path}'
            )
        return None
    from bootbuilder.stacks import choosing

    where = "--nic" if options.nics else recipe.where("network", "nics")
    return choosing.network(recipe, options.nics or network.nics, where, catalogue(), store)


def dos_time(moment: datetime.datetime) -> tuple[int, int]:
    """Return the (date word, time word) of a directory entry; clamped to 1980-2107, what the format holds."""
    if moment.year < 1980:
        return 0x21, 0
    if moment.year > 2107:
        return 0xFF9F, 0xBF7D
    date = (moment.year - 1980) << 9 | moment.month << 5 | moment.day
    return date, moment.hour << 11 | moment.minute << 5 | moment.second // 2


# --- 2. compose ---------------------------------------------------------------------------------------------


def compose_all(plan: Plan) -> Iterator[Composition]:
    """Compose every disk of the plan; the first that cannot be made ends it with its error."""
    for machine in plan.machines:
        for adapter in plan.adapters:
            for medium in plan.media:
                yield compose.compose(plan.parts, medium, adapter, machine)


def _floppy(disk: Composition) -> bytes:
    return fat.write(disk.volume)


def _iso(disk: Composition) -> bytes:
    from bootbuilder.media import iso

    return iso.wrap(fat.write(disk.volume), disk.volume.label)


def _usb(disk: Composition) -> bytes:
    from bootbuilder.media import usb

    return usb.wrap(fat.write(disk.volume), disk.volume.geometry, firmware.load("mbr"))


def _pxe(disk: Composition) -> bytes:
    from bootbuilder.media import pxe

    floppy = fat.write(disk.volume)
    image = pxe.from_floppy(f"{disk.name}.img", floppy, disk.volume.geometry, keep_undi=disk.uses_undi)
    return pxe.program(firmware.load("nbp"), [image], title=disk.title)


_WRITERS: Mapping[str, tuple[str, Callable[[Composition], bytes]]] = {
    "floppy": (".img", _floppy),
    "iso": (".iso", _iso),
    "usb": (".usb.img", _usb),
    "pxe": (".0", _pxe),
}
"""Medium -> the end of its file names, and what makes its bytes."""


# --- 3. write -----------------------------------------------------------------------------------------------

_WAITING = 6
"""Images that wait for the disk at once: file systems bring several files there in the time of one."""


def write(
    plan: Plan,
    out: Path,
    *,
    jobs: int = 1,
    force: bool = False,
    progress: Callable[[str], None] = lambda name: None,
) -> Result:
    """Make all images below `out/<recipe name>` with `jobs` threads; call `progress` after each.

    Images whose inputs are those of the last build, and whose file is still what the manifest says, are left
    as they are unless `force`. New files are staged beside their place and moved in when all are there, so an
    error, a full disk or Ctrl-C changes nothing; two builds into one folder go one after the other. Raises
    BootbuilderError.
    """
    recipe = plan.parts.recipe
    disks = list(compose_all(plan))  # the cheap half, and the one that finds the mistakes
    _check_distinct(disks)
    folder = out / recipe.name
    making = threading.Semaphore(jobs)  # while some images wait for the disk, others are made

    def waiting() -> None:
        log.warning("%s: another build is writing there; waiting until it is done", folder)

    with staging.opened(folder, waiting) as new, _pool(jobs + _WAITING) as pool:
        old = {} if force else _old_images(folder)

        def one(disk: Composition) -> tuple[dict[str, Any], bool]:
            with making:
                entry, file = _make(disk, plan.parts.system.id, folder, new, old)
            if file is not None:
                staging.sync(file)
            progress(entry["file"])
            return entry, file is not None

        made = list(pool.map(one, disks))
        manifest = artifact.manifest(recipe.name, recipe.sha256, (entry for entry, _ in made))
        described = artifact.to_bytes(manifest)
        names = [entry["file"] for entry, changed in made if changed]
        if names or _read(folder / artifact.MANIFEST) != described:
            staging.sync(staging.write(new / artifact.MANIFEST, described))
            # On a thread, so that Ctrl-C cannot come between the images and the manifest that describes them.
            pool.submit(staging.publish, new, folder, (*names, artifact.MANIFEST)).result()
    written = tuple(Written(entry, folder / entry["file"], changed) for entry, changed in made)
    listed = {entry["file"] for entry, _ in made}
    stale = tuple(name for name in _old_images(folder, listed=False) if name not in listed)
    return Result(folder, manifest, written, stale)


def _check_distinct(disks: Sequence[Composition]) -> None:
    """Refuse two images with one name: a machine `a` with an adapter `b-c`, and a machine `a-b` with `c`."""
    seen: dict[tuple[str, str], Composition] = {}
    for disk in disks:
        other = seen.setdefault((disk.name, disk.medium), disk)
        if other is not disk:
            machines = " and ".join(d.machine.where if d.machine else "the recipe" for d in (other, disk))
            raise RecipeError(f"{machines} would both make {disk.name}", "choose another host name")


def _make(
    disk: Composition, system: str, folder: Path, new: Path, old: Mapping[str, Mapping[str, Any]]
) -> tuple[dict[str, Any], BinaryIO | None]:
    """Return the manifest entry of one image, and its file in `new` (None: the one in `folder` is the same)."""
    suffix, make = _WRITERS[disk.medium]
    name = disk.name + suffix
    before = old.get(name)
    if before is not None and before["inputs"] == artifact.inputs_key(disk):
        with contextlib.suppress(OSError):
            data = (folder / name).read_bytes()
            digest = hashlib.sha256(data).hexdigest()
            if digest == before["sha256"]:
                return artifact.image_entry(name, len(data), digest, disk, system), None
    data = make(disk)
    entry = artifact.image_entry(name, len(data), hashlib.sha256(data).hexdigest(), disk, system)
    return entry, staging.write(new / name, data)


def _old_images(folder: Path, listed: bool = True) -> dict[str, Mapping[str, Any]]:
    """Return the images of the last build by name: those of its manifest, or (not `listed`) those on disk."""
    if not listed:
        found = sorted(path.name for path in folder.iterdir() if path.suffix in (".img", ".iso", ".0"))
        return {name: {} for name in found}
    try:
        manifest = json.loads((folder / artifact.MANIFEST).read_text("utf-8"))
        return {image["file"]: image for image in manifest["images"] if "inputs" in image}
    except (OSError, ValueError, LookupError, TypeError):
        return {}  # none yet, or one that somebody else wrote: everything is made again


@contextlib.contextmanager
def _pool(jobs: int) -> Iterator[concurrent.futures.ThreadPoolExecutor]:
    """Give a pool of threads; on an error or Ctrl-C what has not begun is dropped."""
    pool = concurrent.futures.ThreadPoolExecutor(max_workers=jobs)
    try:
        yield pool
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _read(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None


def check_names(recipes: Sequence[Recipe]) -> None:
    """Raise RecipeError when two recipes of one command would write to the same folder."""
    seen: dict[str, Recipe] = {}
    for recipe in recipes:
        other = seen.setdefault(recipe.name, recipe)
        if other is not recipe:
            raise RecipeError(
                f"{recipe.merged.path} and {other.merged.path} are both called {recipe.name!r}",
                "give one of them another name, or build them with different -o",
            )
