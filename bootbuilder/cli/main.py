"""The list of commands, the options before them, and what becomes of an error."""

from __future__ import annotations

import contextlib
import inspect
import os
import sys
import textwrap
from collections.abc import Callable
from typing import Annotated, Any

import typer
import typer.main
from typer.core import TyperGroup

import bootbuilder
from bootbuilder.cli import (
    adapters,
    disks,
    doctor,
    drivers,
    firmware,
    images,
    programs,
    recipes,
    serve,
    software,
    systems,
    terminal,
)
from bootbuilder.errors import BootbuilderError

_debug = False  # set once, by the options before the command


_COMMANDS: dict[str, Callable[..., None]] = {
    "build": images.build,
    "check": images.check,
    "show": images.show,
    "inspect": disks.inspect,
    "diff": disks.diff,
    "boot": disks.boot,
    "menu": programs.menu,
    "serve": serve.serve,
    "doctor": doctor.doctor,
}
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
            "add": drivers.nic_add,
            "fetch": drivers.nic_fetch,
        },
    ),
    "package": (
        "Network programs of your own: clients and tools.",
        {"list": software.package_list, "show": software.package_show, "add": software.package_add},
    ),
    "recipe": (
        "The recipe format: schema, examples, skeleton.",
        {"schema": recipes.recipe_schema, "list": recipes.recipe_list, "new": recipes.recipe_new},
    ),
    "firmware": (
        "The shipped 16-bit binaries and their proof.",
        {
            "check": firmware.firmware_check,
            "build": firmware.firmware_build,
            "copy": programs.firmware_copy,
        },
    ),
}


class _Commands(TyperGroup):
    """Turns an explained failure into `error: …`, `hint: …` and exit status 1, and Ctrl-C into 130.

    A function of the tables above becomes a command when it is run: typer takes as long for all of them as a
    build takes.
    """

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self._made: dict[str, Any] = {}
        self.commands = dict.fromkeys([*_COMMANDS, *_GROUPS])  # type: ignore[assignment]  # names for suggestions

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        if cmd_name not in self._made and cmd_name in self.commands:
            self._made[cmd_name] = _made(cmd_name)
        return self._made.get(cmd_name)

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        about = {name: inspect.getdoc(function) or "" for name, function in _COMMANDS.items()}
        about |= {name: text for name, (text, _) in _GROUPS.items()}
        room = formatter.width - 6 - max(map(len, about))
        with formatter.section("Commands"):
            rows = [
                (name, textwrap.shorten(text.split("\n\n")[0], room, placeholder="..."))
                for name, text in about.items()
            ]
            formatter.write_dl(rows)

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:
            typer.echo("interrupted", err=True)
            sys.exit(130)
        except ValueError as error:
            # The framework asks the system about each path, and some systems take no NUL in one.
            if "null" not in str(error):
                raise
            raise typer.BadParameter("a path cannot hold a NUL character") from None
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
            try:
                return super().main(*args, **kwargs)
            finally:
                sys.stdout.flush()
        except BrokenPipeError:  # `| head` has seen enough
            _let_stdout_go()
            sys.exit(1)
        except OSError as error:
            # The library explains its own; what is left is the terminal or the file that stdout goes to.
            if _debug:
                raise
            typer.echo(f"error: the output cannot be written: {error.strerror}", err=True)
            _let_stdout_go()
            sys.exit(1)


def _let_stdout_go() -> None:
    """Drop what stdout still holds: Python would try to write it at the end, and exit with 120."""
    with contextlib.suppress(OSError, ValueError):  # no file at all, as under a test
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _app(help_text: str, **options: Any) -> typer.Typer:
    return typer.Typer(
        help=help_text, no_args_is_help=True, rich_markup_mode=None, pretty_exceptions_enable=False, **options
    )


def _made(name: str) -> Any:
    """Return the command or the group of commands of that name, as typer makes it."""
    if name in _COMMANDS:
        one = _app("", add_completion=False)
        one.command(name)(_COMMANDS[name])
        return typer.main.get_command(one)
    about, commands = _GROUPS[name]
    group = _app(about, add_completion=False)
    for command, function in commands.items():
        group.command(command)(function)
    return typer.main.get_command(group)


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
    _debug, terminal.quiet, terminal.verbose = debug, quiet, verbose > 0
    if debug or quiet or verbose:
        import logging

        level = logging.ERROR if quiet else (logging.INFO, logging.DEBUG)[min(verbose, 2) - 1]
        logging.basicConfig(
            level=logging.DEBUG if debug else level, format="%(name)s: %(message)s", stream=sys.stderr
        )
    if no_color or os.environ.get("NO_COLOR"):
        context.color = False
