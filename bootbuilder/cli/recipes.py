"""The commands on the recipe format: recipe schema, list, new."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from bootbuilder.cli.terminal import say, table
from bootbuilder.errors import BootbuilderError


def recipe_schema() -> None:
    """Print the JSON Schema of a recipe; editors complete keys with it."""
    from bootbuilder import recipe

    typer.echo(json.dumps(recipe.json_schema(), indent=2, ensure_ascii=False))


def recipe_list() -> None:
    """List the examples that ship with bootbuilder."""
    from bootbuilder import recipe, resources

    rows = [("recipe", "title")]
    for path in sorted(resources.folder("recipes").glob("*.toml")):
        rows.append((str(path), recipe.load(path).title))
    table(rows)


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
    say(f"wrote {out}; now: bootbuilder build {out}")
