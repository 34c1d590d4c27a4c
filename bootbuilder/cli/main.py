"""The list of commands, the options before them, and what becomes of an error."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Callable
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

import bootbuilder
from bootbuilder.cli import adapters, disks, firmware, images, recipes, systems, terminal
from bootbuilder.errors import BootbuilderError

_debug = False  # set once, by the options before the command


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

    def main(self, *args: Any, **kwargs: Any) -> Any:
        try:
            return super().main(*args, **kwargs)  # ends quietly when `| head` has seen enough
        except OSError as error:
            # The library explains its own; what is left is the terminal or the file that stdout goes to.
            if _debug:
                raise
            typer.echo(f"error: the output cannot be written: {error.strerror}", err=True)
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
    global _debug
    _debug, terminal.quiet = debug, quiet
    level = logging.ERROR if quiet else (logging.WARNING, logging.INFO, logging.DEBUG)[min(verbose, 2)]
    logging.basicConfig(
        level=logging.DEBUG if debug else level, format="%(name)s: %(message)s", stream=sys.stderr
    )
    if no_color or os.environ.get("NO_COLOR"):
        context.color = False


app.command()(images.build)
app.command()(images.check)
app.command()(images.show)
app.command()(disks.inspect)
app.command()(disks.boot)

_GROUPS: dict[str, tuple[str, dict[str, Callable[..., None]]]] = {
    "dos": (
        "DOS systems: embedded, imported and fetched.",
        {
            "list": systems.dos_list,
            "show": systems.dos_show,
            "import": systems.dos_import,
            "fetch": systems.dos_fetch,
        },
    ),
    "nic": (
        "The NIC driver catalogue.",
        {
            "list": adapters.nic_list,
            "show": adapters.nic_show,
            "find": adapters.nic_find,
            "add": adapters.nic_add,
        },
    ),
    "recipe": (
        "The recipe format: schema, examples, skeleton.",
        {"schema": recipes.recipe_schema, "list": recipes.recipe_list, "new": recipes.recipe_new},
    ),
    "firmware": (
        "The shipped 16-bit binaries and their proof.",
        {"check": firmware.firmware_check, "build": firmware.firmware_build},
    ),
}
for _name, (_about, _commands) in _GROUPS.items():
    _group = _app(_about)
    for _command, _function in _commands.items():
        _group.command(_command)(_function)
    app.add_typer(_group, name=_name)
