"""The commands from recipes to images: build, check, show."""

from __future__ import annotations

import contextlib
import functools
import json
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bootbuilder.cli import secrets, terminal
from bootbuilder.cli.terminal import AsJson, NicDrivers, Offline, say, table
from bootbuilder.errors import BootbuilderError

if TYPE_CHECKING:
    import datetime

    from bootbuilder import build as building
    from bootbuilder import nics
    from bootbuilder.compose import Composition

Recipes = Annotated[list[Path], typer.Argument(metavar="RECIPE", help="Recipe files (TOML).")]
Nics = Annotated[list[str] | None, typer.Option("--nic", metavar="ID", help="Only this adapter; repeatable.")]
Sets = Annotated[
    list[str] | None, typer.Option("--set", metavar="K=V", help="Set a variable of [vars]; repeatable.")
]
Inventory = Annotated[
    Path | None, typer.Option("--inventory", metavar="FILE.csv", help="One image for each row.")
]
BootSector = Annotated[
    str,
    typer.Option("--boot-sector", metavar="own|original", help="Ours, or the one that the DOS came with."),
]


def build(
    recipes: Recipes,
    out: Annotated[Path, typer.Option("-o", "--out", help="Folder for the images.")] = Path("out"),
    nics: Nics = None,
    media: Annotated[
        list[str] | None, typer.Option("--media", metavar="M", help="Only this medium; repeatable.")
    ] = None,
    sets: Sets = None,
    inventory: Inventory = None,
    jobs: Annotated[int, typer.Option("-j", "--jobs", min=1, max=64, help="Images made at once.")] = 2,
    boot_sector: BootSector = "auto",
    force: Annotated[bool, typer.Option("--force", help="Write images again that have not changed.")] = False,
    allow_secrets: Annotated[
        bool,
        typer.Option("--allow-secrets", help="Write passwords that the recipe refers to into the images."),
    ] = False,
    as_json: AsJson = False,
    offline: Offline = False,
    drivers: NicDrivers = None,
) -> None:
    """Build the images of one or more recipes.

    Example:  bootbuilder build recipes/quickstart.toml -o out
    """
    from bootbuilder import build as building

    options = _options(nics, media, sets, inventory, boot_sector, allow_secrets)
    plans = _plans(recipes, options, offline, drivers)
    with _progress(sum(plan.count for plan in plans), as_json) as step:
        results = [building.write(plan, out, jobs=jobs, force=force, progress=step) for plan in plans]
    if as_json:
        manifests = [{**result.manifest, "folder": str(result.folder)} for result in results]
        typer.echo(json.dumps({"recipes": manifests}, indent=2, ensure_ascii=False))
        return
    for result in results:
        _print_result(result)


@contextlib.contextmanager
def _progress(total: int, silent: bool) -> Iterator[Callable[[str], None]]:
    """Give a function to call after each image; a bar on a terminal, nothing elsewhere."""
    if silent or terminal.quiet or total < 4 or not sys.stderr.isatty():
        yield lambda name: None
        return
    with typer.progressbar(length=total, label="building", file=sys.stderr) as bar:
        yield lambda name: bar.update(1)


def _print_result(result: building.Result) -> None:
    rows = [("image", "media", "nic", "size", "free", "sha256", "")]
    for image in result.images:
        entry = image.entry
        rows.append(
            (
                str(image.path),
                entry["media"],
                entry["nic"] or "-",
                f"{entry['size']:,}",
                f"{entry['free_bytes']:,}",
                entry["sha256"][:12],
                "written" if image.changed else "unchanged",
            )
        )
    table(rows, right=(3, 4))
    for note, files in _noted((image.entry["file"], image.entry.get("notes", ())) for image in result.images):
        say(f"note: {files}: {note}")
    unchanged = sum(not image.changed for image in result.images)
    if unchanged == len(result.images):
        say(f"{result.folder}: nothing to do, all {unchanged} unchanged (--force writes them again)")
    if result.stale:
        more = f" and {len(result.stale) - 5} more" if len(result.stale) > 5 else ""
        say(f"from earlier builds, not in the manifest: {', '.join(result.stale[:5])}{more}")


def check(
    recipes: Recipes,
    nics: Nics = None,
    sets: Sets = None,
    inventory: Inventory = None,
    boot_sector: BootSector = "auto",
    offline: Offline = False,
    drivers: NicDrivers = None,
) -> None:
    """Read and compose everything that recipes name; write nothing."""
    from bootbuilder import build as building

    for plan in _plans(recipes, _options(nics, None, sets, inventory, boot_sector), offline, drivers):
        disks = list(building.compose_all(plan))
        free = min(disk.usage.free for disk in disks)
        many = "image" if plan.count == 1 else "images"
        say(f"{plan.parts.recipe.merged.path}: ok, {plan.count} {many}, at least {free:,} bytes free")
        for note, names in _noted((disk.name, disk.notes) for disk in disks):
            say(f"note: {names}: {note}")


def _noted(images: Iterable[tuple[str, Iterable[str]]]) -> Iterator[tuple[str, str]]:
    """Yield each note once, with the images that have it."""
    found: dict[str, dict[str, None]] = {}
    for name, notes in images:
        for note in notes:
            found.setdefault(note, {})[name] = None
    for note, names in found.items():
        more = f" and {len(names) - 3} more" if len(names) > 3 else ""
        yield note, ", ".join(list(names)[:3]) + more


def show(
    recipe: Annotated[Path, typer.Argument(help="Recipe file (TOML).")],
    file: Annotated[str | None, typer.Argument(help="Only this generated file, as it is written.")] = None,
    explain: Annotated[
        bool, typer.Option("--explain", help="Name the recipe key and the template line behind each line.")
    ] = False,
    nics: Nics = None,
    sets: Sets = None,
    inventory: Inventory = None,
    offline: Offline = False,
    drivers: NicDrivers = None,
) -> None:
    """Print the generated CONFIG.SYS, AUTOEXEC.BAT, … with what made each line, and the byte budget.

    Example:  bootbuilder show recipes/quickstart.toml AUTOEXEC.BAT
    """
    from bootbuilder import build as building

    (plan,) = _plans([recipe], _options(nics, None, sets, inventory, "auto"), offline, drivers)
    disks = list(building.compose_all(plan))
    for disk in disks:
        if len(disks) > 1:
            say(f"=== {disk.name}")
        if explain:
            _explain(disk, file, building.bringers(plan.parts.recipe, plan.parts.templates))
        elif file is not None:
            _print_text(disk, file)
        else:
            _print_composition(disk)


def _print_text(disk: Composition, name: str) -> None:
    for line in disk.texts[_file(disk, name)]:
        typer.echo(line.shown)


def _file(disk: Composition, name: str) -> str:
    """Return the path of a generated file by its name, with or without its folder. Raises BootbuilderError."""
    for path in disk.texts:
        if name.upper().replace("/", "\\") in (path, path.rpartition("\\")[2]):
            return path
    raise BootbuilderError(f"{name} is not generated for {disk.name}", f"these are: {', '.join(disk.texts)}")


def _explain(disk: Composition, file: str | None, bringers: Mapping[str, str]) -> None:
    """Print each line with the recipe keys whose values it holds, else the key that brings its template."""
    for note in disk.notes:
        say(f"note: {note}")
    for name in disk.texts if file is None else [_file(disk, file)]:
        say(f"--- {name}")
        rows = [("line", "recipe key", "template")]
        for line in disk.texts[name]:
            brought = bringers.get(line.template.rpartition(":")[0], "-")
            rows.append((line.shown, ", ".join(line.keys) or brought, line.template))
        table(rows)


def _print_composition(disk: Composition) -> None:
    for note in disk.notes:
        say(f"note: {note}")
    for name, made in disk.texts.items():
        say(f"--- {name}")
        width = min(max((len(line.shown) for line in made), default=0), 60)
        for line in made:
            say(f"{line.shown:<{width}}  | {line.origin}")
    say(f"--- {disk.volume.geometry.name} disk {disk.volume.label}")
    cluster = disk.volume.geometry.cluster_size
    rows = [("file", "bytes", "on disk", "origin", "licence")]
    for file in disk.files:
        on_disk = -(-len(file.data) // cluster) * cluster
        rows.append((file.path, f"{len(file.data):,}", f"{on_disk:,}", file.origin, file.license))
    table(rows, right=(1, 2))
    usage = disk.usage
    say(f"{usage.needed:,} of {usage.capacity:,} bytes used, {usage.free:,} free")


# --- reading what the options say ---------------------------------------------------------------------------


def _variables(assignments: Iterable[str]) -> dict[str, str]:
    variables = {}
    for text in assignments:
        name, equals, value = text.partition("=")
        if not equals or not name.isidentifier():
            raise typer.BadParameter(f"{text!r} is not NAME=VALUE", param_hint="--set")
        variables[name] = value
    return variables


def _options(
    nics: list[str] | None,
    media: list[str] | None,
    sets: list[str] | None,
    inventory: Path | None,
    boot_sector: str,
    allow_secrets: bool = False,
) -> building.Options:
    from bootbuilder import build as building

    if boot_sector not in ("auto", "own", "original"):
        raise typer.BadParameter(f"{boot_sector!r} is not own or original", param_hint="--boot-sector")
    return building.Options(
        nics=tuple(nics or ()),
        media=tuple(media or ()),
        variables=_variables(sets or ()),
        inventory=inventory,
        boot_sector=boot_sector,  # type: ignore[arg-type]  # checked above
        modified=_source_date(building.RELEASED),
        secret=secrets.resolve if allow_secrets else None,
    )


def _source_date(default: datetime.datetime) -> datetime.datetime:
    """Return the moment that SOURCE_DATE_EPOCH names (reproducible-builds.org), in UTC."""
    import datetime

    text = os.environ.get("SOURCE_DATE_EPOCH")
    if not text:
        return default
    try:
        return datetime.datetime.fromtimestamp(int(text), datetime.UTC)
    except (ValueError, OverflowError, OSError):
        raise BootbuilderError(
            f"SOURCE_DATE_EPOCH is {text!r}, which is no moment", "set it to seconds since 1970, or unset it"
        ) from None


def _plans(
    recipes: Iterable[Path], options: building.Options, offline: bool, drivers: list[Path] | None
) -> list[building.Plan]:
    """Read every recipe and all that it names; the first mistake ends it."""
    from bootbuilder import build as building
    from bootbuilder import recipe

    store = terminal.store()
    loaded = [recipe.load(path) for path in recipes]
    building.check_names(loaded)

    @functools.cache
    def catalogue() -> nics.Catalogue:
        return terminal.catalogue(drivers)

    def get(url: str, sha256: str) -> bytes:
        from bootbuilder import download

        return download.fetch(url, sha256, store, offline=offline)

    return [building.prepare(item, store, catalogue, options, get) for item in loaded]
