"""The command line: the only place that prints, exits, reads the environment and configures logging.

Each command is: parse, call the library, print. Modules are imported by the command that needs them, because
`bootbuilder --help` should not wait for a virtual machine or an ISO writer.
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

import bootbuilder
from bootbuilder.errors import BootbuilderError

if TYPE_CHECKING:
    import datetime

    from bootbuilder import build as building
    from bootbuilder.compose import Composition
    from bootbuilder.dos import DosSystem
    from bootbuilder.packages import Store

_debug = False  # set once by the options that every command shares
_quiet = False


class _Commands(TyperGroup):
    """Turns an explained failure into `error: …`, `hint: …` and exit status 1, and Ctrl-C into 130."""

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:
            typer.echo("interrupted", err=True)
            sys.exit(130)
        except BootbuilderError as error:
            if _debug:
                raise
            typer.secho("error: ", fg="red", bold=True, nl=False, err=True)
            typer.echo(error.message, err=True)
            if error.hint:
                typer.secho("hint: ", fg="cyan", nl=False, err=True)
                typer.echo(error.hint, err=True)
            sys.exit(1)


def _app(help_text: str, **options: Any) -> typer.Typer:
    return typer.Typer(
        help=help_text, no_args_is_help=True, rich_markup_mode=None, pretty_exceptions_enable=False, **options
    )


app = _app(
    "Build DOS boot media from recipes.\n\n"
    "Start with:  bootbuilder recipe new my-disk > my-disk.toml;  bootbuilder build my-disk.toml",
    cls=_Commands,
    context_settings={"help_option_names": ["-h", "--help"]},
)
nic_app = _app("The NIC driver catalogue.")
dos_app = _app("DOS systems: embedded, imported and fetched.")
recipe_app = _app("The recipe format: schema, examples, skeleton.")
firmware_app = _app("The shipped 16-bit binaries and their proof.")
app.add_typer(nic_app, name="nic")
app.add_typer(dos_app, name="dos")
app.add_typer(recipe_app, name="recipe")
app.add_typer(firmware_app, name="firmware")


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"bootbuilder {bootbuilder.__version__}")
        raise typer.Exit


@app.callback()
def main_options(
    context: typer.Context,
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version.")
    ] = False,
    verbose: Annotated[int, typer.Option("-v", "--verbose", count=True, help="Say more.")] = 0,
    quiet: Annotated[bool, typer.Option("-q", "--quiet", help="Only errors.")] = False,
    debug: Annotated[bool, typer.Option("--debug", help="Show tracebacks.")] = False,
    no_color: Annotated[bool, typer.Option("--no-color", help="No colours.")] = False,
) -> None:
    """Options that every command shares."""
    global _debug, _quiet
    _debug, _quiet = debug, quiet
    level = logging.ERROR if quiet else (logging.WARNING, logging.INFO, logging.DEBUG)[min(verbose, 2)]
    logging.basicConfig(
        level=logging.DEBUG if debug else level, format="%(name)s: %(message)s", stream=sys.stderr
    )
    if no_color or os.environ.get("NO_COLOR"):
        context.color = False


# --- what the commands share --------------------------------------------------------------------------------

Recipes = Annotated[list[Path], typer.Argument(metavar="RECIPE...", help="Recipe files (TOML).")]
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
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]
Offline = Annotated[bool, typer.Option("--offline", help="Never use the network.")]


def _say(text: str = "") -> None:
    if not _quiet:
        typer.echo(text)


def _table(rows: Sequence[Sequence[str]], right: Iterable[int] = ()) -> None:
    """Print rows in aligned columns, the first row as a header; columns in `right` are set to the right."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    for row in rows:
        cells = [
            cell.rjust(width) if column in right else cell.ljust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        _say("  ".join(cells).rstrip())


def _store() -> Store:
    from bootbuilder import packages

    home = os.environ.get("BOOTBUILDER_HOME")
    return packages.Store(Path(home) if home else packages.default_root())


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


def _plans(recipes: Iterable[Path], options: building.Options, offline: bool) -> list[building.Plan]:
    """Read every recipe and all that it names; the first mistake ends it."""
    from bootbuilder import build as building
    from bootbuilder import fetch, nics, recipe

    store = _store()
    loaded = [recipe.load(path) for path in recipes]
    building.check_names(loaded)
    catalogue = nics.load()

    def download(url: str, sha256: str) -> bytes:
        return fetch.file(url, sha256, store, offline=offline)

    return [building.prepare(item, store, catalogue, options, download) for item in loaded]


# --- recipes to images --------------------------------------------------------------------------------------


@app.command()
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
    as_json: AsJson = False,
    offline: Offline = False,
) -> None:
    """Build the images of one or more recipes.

    Example:  bootbuilder build recipes/quickstart.toml -o out
    """
    from bootbuilder import build as building

    plans = _plans(recipes, _options(nics, media, sets, inventory, boot_sector), offline)
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
    if silent or _quiet or total < 4 or not sys.stderr.isatty():
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
    _table(rows, right=(3, 4))
    unchanged = sum(not image.changed for image in result.images)
    if unchanged == len(result.images):
        _say(f"{result.folder}: nothing to do, all {unchanged} unchanged (--force writes them again)")
    if result.stale:
        _say(f"from earlier builds, not in the manifest: {', '.join(result.stale)}")


@app.command()
def check(
    recipes: Recipes,
    nics: Nics = None,
    sets: Sets = None,
    inventory: Inventory = None,
    boot_sector: BootSector = "auto",
    offline: Offline = False,
) -> None:
    """Read and compose everything that recipes name; write nothing."""
    from bootbuilder import build as building

    for plan in _plans(recipes, _options(nics, None, sets, inventory, boot_sector), offline):
        disks = list(building.compose_all(plan))
        free = min(disk.usage.free for disk in disks)
        many = "image" if plan.count == 1 else "images"
        _say(f"{plan.parts.recipe.merged.path}: ok, {plan.count} {many}, at least {free:,} bytes free")


@app.command()
def show(
    recipe: Annotated[Path, typer.Argument(help="Recipe file (TOML).")],
    file: Annotated[str | None, typer.Argument(help="Only this generated file, as it is written.")] = None,
    nics: Nics = None,
    sets: Sets = None,
    inventory: Inventory = None,
    offline: Offline = False,
) -> None:
    """Print the generated CONFIG.SYS, AUTOEXEC.BAT, … with what made each line, and the byte budget.

    Example:  bootbuilder show recipes/quickstart.toml AUTOEXEC.BAT
    """
    from bootbuilder import build as building

    (plan,) = _plans([recipe], _options(nics, None, sets, inventory, "auto"), offline)
    disks = list(building.compose_all(plan))
    for disk in disks:
        if len(disks) > 1:
            _say(f"=== {disk.name}")
        if file is not None:
            _print_text(disk, file)
        else:
            _print_composition(disk)


def _print_text(disk: Composition, name: str) -> None:
    made = disk.texts.get(name.upper())
    if made is None:
        raise BootbuilderError(
            f"{name} is not generated for {disk.name}", f"these are: {', '.join(disk.texts)}"
        )
    for line in made:
        typer.echo(line.text)


def _print_composition(disk: Composition) -> None:
    for name, made in disk.texts.items():
        _say(f"--- {name}")
        width = min(max((len(line.text) for line in made), default=0), 60)
        for line in made:
            _say(f"{line.text:<{width}}  | {line.origin}")
    _say(f"--- {disk.volume.geometry.name} disk {disk.volume.label}")
    cluster = disk.volume.geometry.cluster_size
    rows = [("file", "bytes", "on disk", "origin", "licence")]
    for file in disk.files:
        on_disk = -(-len(file.data) // cluster) * cluster
        rows.append((file.path, f"{len(file.data):,}", f"{on_disk:,}", file.origin, file.license))
    _table(rows, right=(1, 2))
    usage = disk.usage
    _say(f"{usage.needed:,} of {usage.capacity:,} bytes used, {usage.free:,} free")


# --- images -------------------------------------------------------------------------------------------------


@app.command()
def inspect(
    image: Annotated[Path, typer.Argument(help="Floppy image, ISO or disk image.")],
    path: Annotated[str | None, typer.Argument(help="A file inside: its bytes go to stdout.")] = None,
    as_json: AsJson = False,
) -> None:
    """Show what is on an image: geometry, boot sector, tree, free bytes; or print one file of it.

    Example:  bootbuilder inspect out/quickstart/quickstart.img AUTOEXEC.BAT
    """
    from bootbuilder import inspecting

    if path is not None:
        sys.stdout.buffer.write(inspecting.read_file(image, path))
        return
    report = inspecting.inspect(image)
    if as_json:
        typer.echo(json.dumps(report.to_json(), indent=2, ensure_ascii=False))
        return
    for name, value in report.facts():
        _say(f"{name + ':':<14}{value}")
    rows = [("path", "size", "attributes", "modified")]
    rows += [(entry.path, entry.shown_size, entry.shown_attributes, entry.modified) for entry in report.files]
    _table(rows, right=(1,))


@app.command()
def boot(
    image: Annotated[Path, typer.Argument(help="Floppy image, ISO or disk image.")],
    expect: Annotated[
        str | None, typer.Option("--expect", metavar="REGEX", help="What must appear; default: a DOS prompt.")
    ] = None,
    type_text: Annotated[
        str | None, typer.Option("--type", metavar="TEXT", help="Typed at the prompt; Enter is added.")
    ] = None,
    nic: Annotated[
        str | None, typer.Option("--nic", metavar="MODEL", help="QEMU adapter, e.g. ne2k_isa.")
    ] = None,
    timeout: Annotated[float, typer.Option("--timeout", min=0.1, help="Seconds.")] = 60,
    screenshot: Annotated[
        Path | None, typer.Option("--screenshot", metavar="F.png", help="Save the screen as PNG.")
    ] = None,
    accel: Annotated[str, typer.Option("--accel", metavar="auto|kvm|tcg", help="QEMU accelerator.")] = "auto",
    as_json: AsJson = False,
) -> None:
    """Boot an image in QEMU and print its text screen; 0 only when what is expected appeared.

    Example:  bootbuilder boot out/quickstart/quickstart.img --type VER
    """
    from bootbuilder import vm

    if accel not in ("auto", "kvm", "tcg"):
        raise typer.BadParameter(f"{accel!r} is not auto, kvm or tcg", param_hint="--accel")
    result = vm.boot(
        image,
        expect=_pattern(expect) if expect is not None else vm.DEFAULT_PROMPT,
        type_text=type_text,
        timeout=timeout,
        nic=nic,
        accel=accel,  # type: ignore[arg-type]  # checked above
        screenshot=screenshot,
    )
    if as_json:
        report = {
            "ok": result.ok,
            "seconds": round(result.seconds, 3),
            "reason": result.reason,
            "accel": result.accel,
            "screen": result.screen,
        }
        typer.echo(json.dumps(report, indent=2, ensure_ascii=False))
    else:
        _say(result.screen)
        verdict = f"ok after {result.seconds:.2f} s" if result.ok else f"failed: {result.reason}"
        typer.echo(verdict, err=True)
    if not result.ok:
        raise typer.Exit(1)


def _pattern(text: str) -> str:
    import re

    try:
        re.compile(text)
    except re.error as error:
        raise typer.BadParameter(
            f"{text!r} is no regular expression: {error}", param_hint="--expect"
        ) from None
    return text


# --- DOS systems --------------------------------------------------------------------------------------------


@dos_app.command("list")
def dos_list(as_json: AsJson = False) -> None:
    """List the DOS systems that recipes can name."""
    from bootbuilder import dos

    systems = dos.list_systems(_store())
    if as_json:
        typer.echo(json.dumps([system.to_json() for system in systems], indent=2, ensure_ascii=False))
        return
    rows = [("id", "family", "version", "status", "title", "")]
    rows += [(s.id, s.family.value, s.version or "-", s.status, s.title or "-", s.note) for s in systems]
    _table(rows)


@dos_app.command("show")
def dos_show(name: Annotated[str, typer.Argument(help="An id from `dos list`, or a path.")]) -> None:
    """Show a DOS system: how it was recognised, its files, and what it can do."""
    from bootbuilder import dos

    _print_system(dos.load(name, _store()))


@dos_app.command("import")
def dos_import(
    name: Annotated[str, typer.Argument(help="The id that recipes will use.")],
    path: Annotated[Path, typer.Argument(help="Floppy image, ISO, disk image, zip or folder.")],
    replace: Annotated[bool, typer.Option("--replace", help="Replace a system of that name.")] = False,
) -> None:
    """Import a DOS of your own; it stays on this machine.

    Example:  bootbuilder dos import mydos disk1.img
    """
    from bootbuilder import dos

    _print_system(dos.import_system(name, path, _store(), replace=replace))


@dos_app.command("fetch")
def dos_fetch(
    name: Annotated[str, typer.Argument(help="freedos-1.4 or freedos-1.3.")],
    mirror: Annotated[
        str | None,
        typer.Option("--mirror", metavar="URL", help="Another place for the archive; a folder works."),
    ] = None,
    replace: Annotated[bool, typer.Option("--replace", help="Fetch it again.")] = False,
    offline: Offline = False,
) -> None:
    """Download a DOS by its pinned hash.

    Example:  bootbuilder dos fetch freedos-1.4
    """
    from bootbuilder import fetch

    with _download_bar(name) as progress:
        system = fetch.fetch_system(
            name, _store(), mirror=mirror, progress=progress, offline=offline, replace=replace
        )
    _print_system(system)


@contextlib.contextmanager
def _download_bar(label: str) -> Iterator[Callable[[int, int | None], None]]:
    """Give a function for (bytes so far, bytes in all); a bar on a terminal, nothing elsewhere."""
    if _quiet or not sys.stderr.isatty():
        yield lambda done, total: None
        return
    with typer.progressbar(length=1, label=label, file=sys.stderr) as bar:

        def show_progress(done: int, total: int | None) -> None:
            bar.length = total or done or 1
            bar.update(done - bar.pos)

        yield show_progress


def _print_system(system: DosSystem) -> None:
    _say(f"{system.id}: {system.title}")
    _say(f"family:       {system.family.value}, version {system.version or 'unknown'}")
    for index, reason in enumerate(system.how):
        _say(f"{'known by:' if not index else '':<14}{reason}")
    for index, ability in enumerate(system.abilities):
        _say(f"{'it can:' if not index else '':<14}{ability}")
    rows = [("file", "size", "sha256", "licence", "origin")]
    for file in system.files:
        rows.append((file.name, f"{file.size:,}", file.sha256[:12], file.license, file.origin))
    _table(rows, right=(1,))


# --- NIC drivers --------------------------------------------------------------------------------------------


@nic_app.command("list")
def nic_list(as_json: AsJson = False) -> None:
    """List the NIC drivers, and which have their file here."""
    from bootbuilder import nics

    store = _store()
    drivers = nics.load().drivers.values()
    here = {nic.id for nic in drivers if any(store.has(d) for f in nic.driver for d in f.sha256)}
    if as_json:
        rows_json = [{**nic.model_dump(by_alias=True), "present": nic.id in here} for nic in drivers]
        typer.echo(json.dumps(rows_json, indent=2, ensure_ascii=False))
        return
    rows = [("id", "bus", "file", "here", "adapter")]
    rows += [(n.id, n.bus, n.packet().file, "yes" if n.id in here else "no", n.title) for n in drivers]
    _table(rows)


@nic_app.command("show")
def nic_show(name: Annotated[str, typer.Argument(help="A driver id, or pci:VENDOR:DEVICE.")]) -> None:
    """Show a driver: its files, parameters and evidence."""
    from bootbuilder import nics

    typer.echo(json.dumps(nics.load().choose(name, "nic show").model_dump(by_alias=True), indent=2))


@nic_app.command("find")
def nic_find(
    what: Annotated[str, typer.Argument(help="A PCI id such as 8086:100e, or part of a name.")],
) -> None:
    """Find the driver for an adapter."""
    from bootbuilder import nics

    found = nics.load().search(what)
    if not found:
        raise BootbuilderError(f"no driver is known for {what!r}", "bootbuilder nic list shows all of them")
    _table(
        [("id", "bus", "pci", "adapter"), *((n.id, n.bus, " ".join(n.pci) or "-", n.title) for n in found)]
    )


@nic_app.command("add")
def nic_add(path: Annotated[Path, typer.Argument(help="A driver's file, e.g. NE2000.COM.")]) -> None:
    """Add a driver's file to the store; it is recognised by its SHA-256."""
    from bootbuilder import nics

    nic, driver = nics.add(path, nics.load(), _store())
    _say(f"{driver.file}: the {driver.kind} driver of {nic.id} ({nic.title})")


# --- recipes ------------------------------------------------------------------------------------------------


@recipe_app.command("schema")
def recipe_schema() -> None:
    """Print the JSON Schema of a recipe; editors complete keys with it."""
    from bootbuilder import recipe

    typer.echo(json.dumps(recipe.json_schema(), indent=2, ensure_ascii=False))


@recipe_app.command("list")
def recipe_list() -> None:
    """List the examples that ship with bootbuilder."""
    from bootbuilder import recipe, resources

    rows = [("recipe", "title")]
    for path in sorted(resources.folder("recipes").glob("*.toml")):
        rows.append((str(path), recipe.load(path).title))
    _table(rows)


@recipe_app.command("new")
def recipe_new(
    name: Annotated[str, typer.Argument(help="1 to 40 of a-z 0-9 and -.")] = "my-disk",
    out: Annotated[
        Path | None, typer.Option("-o", "--out", help="Write it there; default: print it.")
    ] = None,
) -> None:
    """Print a commented recipe to start from.

    Example:  bootbuilder recipe new plant-floor -o plant-floor.toml
    """
    from bootbuilder import recipe

    text = recipe.skeleton(name)
    if out is None:
        typer.echo(text, nl=False)
        return
    try:
        with out.open("x", encoding="utf-8", newline="\n") as file:
            file.write(text)
    except FileExistsError:
        raise BootbuilderError(f"{out} is there already", "choose another name, or remove it") from None
    except OSError as error:
        raise BootbuilderError(
            f"{out}: cannot be written: {error.strerror}", "choose another place"
        ) from None
    _say(f"wrote {out}; now: bootbuilder build {out}")


# --- firmware -----------------------------------------------------------------------------------------------


@firmware_app.command("check")
def firmware_check() -> None:
    """Prove that the shipped 16-bit binaries match their sources."""
    from bootbuilder import firmware

    findings = firmware.check()
    for finding in findings:
        typer.echo(str(finding), err=True)
    if findings:
        raise BootbuilderError(
            "the shipped binaries do not match their sources", "bootbuilder firmware build"
        )
    _say("all binaries match their sources")


@firmware_app.command("build")
def firmware_build() -> None:
    """Assemble the 16-bit binaries again (needs NASM and a checkout)."""
    from bootbuilder import firmware

    for entry in firmware.build():
        _say(f"{entry.name}: {(entry.sha256 or '')[:12]}")
