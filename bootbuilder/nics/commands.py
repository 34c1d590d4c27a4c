"""Command lines of drivers, with every parameter checked by type and range."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from bootbuilder import problems
from bootbuilder.errors import RecipeError
from bootbuilder.nics.models import VECTORS, Driver, Parameter

DEFAULT_VECTOR = 0x60

_VECTOR = Parameter(type="hex", default=DEFAULT_VECTOR)
_BRACKETS = re.compile(r"\[([^\]]*)\]")
_NAMES = re.compile(r"\{(\w+)\}")


def command(
    driver: Driver, options: Mapping[str, Any], where: str, found: Mapping[str, str] = MappingProxyType({})
) -> str:
    """Return the driver's command line, without a folder: `NE2000.COM 0x60 3 0x300`.

    `options` are the recipe's; where they are silent the texts of `found` are written (what stands for a parameter that
    is known on the PC only), else the driver's defaults. Raises RecipeError, which begins with `where`, for an unknown
    parameter, a wrong type, a value out of range, and one that is missing.
    """
    values = _checked(driver, options, where)
    text, wanted = _without_brackets(driver, options, where)
    for name in wanted:
        if values.get(name) is None:
            raise _missing(driver, name, where)
    written = {
        name: _parameter(driver, name).text(value) for name, value in values.items() if value is not None
    }
    written.update({name: text for name, text in found.items() if name in written and name not in options})
    return " ".join([driver.file or "", *text.format(**written, vec=written.get("vector")).split()]).strip()


def vector(options: Mapping[str, Any], where: str) -> int:
    """Return the software interrupt of a packet driver. Raises RecipeError, which begins with `where`."""
    value = options.get("vector", DEFAULT_VECTOR)
    if wrong := _VECTOR.mistake(value):
        raise RecipeError(f"{where}.vector: {wrong[0]}", wrong[1])
    if value not in VECTORS:
        raise RecipeError(
            f"{where}.vector: {value:#x} is not an interrupt for packet drivers",
            "use 0x60-0x66, 0x68-0x6f or 0x78-0x7e",
        )
    return int(value)


def check(
    owner: str, known: Mapping[str, Parameter], options: Mapping[str, Any], where: str
) -> dict[str, Any]:
    """Return the value of each known parameter: that of `options`, else its default, else None.

    Raises RecipeError, which begins with `where`, for a parameter that `owner` does not have, and a value that it
    cannot have.
    """
    for name, value in options.items():
        if name not in known:
            listed = f"it has: {', '.join(known)}" if known else "it has none"
            raise RecipeError(
                f"{where}.{name}: {owner} has no such parameter", problems.nearest(name, known) + listed
            )
        if wrong := known[name].mistake(value):
            raise RecipeError(f"{where}.{name}: {wrong[0]}", wrong[1])
    return {name: options.get(name, parameter.default) for name, parameter in known.items()}


def _checked(driver: Driver, options: Mapping[str, Any], where: str) -> dict[str, Any]:
    """Return the value of each parameter: the recipe's, else the default, else None."""
    takes_vector = "{vec}" in driver.args
    known = {**({"vector": _VECTOR} if takes_vector else {}), **driver.parameters}
    values = check(f"the driver {driver.id}", known, options, where)
    if takes_vector:
        vector(options, where)
    return values


def _without_brackets(driver: Driver, options: Mapping[str, Any], where: str) -> tuple[str, list[str]]:
    """Return the arguments with each bracket filled or gone, and the parameters that are left in them.

    What is in brackets is for those who set it. Words without a keyword are told apart by their place, so one that
    is set brings those before it, at their defaults.
    """
    groups = _BRACKETS.findall(driver.args)
    kept = set()
    for index, group in enumerate(groups):
        names = _NAMES.findall(group)
        if names and all(name in options for name in names):
            kept.add(index)
            if _by_place(driver, group):
                kept |= {i for i in range(index) if _by_place(driver, groups[i])}
    count = iter(range(len(groups)))
    text = _BRACKETS.sub(lambda match: match[1] if next(count) in kept else "", driver.args)
    return text, [name for name in _NAMES.findall(text) if name != "vec"]


def _by_place(driver: Driver, group: str) -> bool:
    names = _NAMES.findall(group)
    return all(word.startswith("{") for word in group.split()) and not any(
        driver.parameters[name].type == "flags" for name in names
    )


def _parameter(driver: Driver, name: str) -> Parameter:
    return _VECTOR if name == "vector" else driver.parameters[name]


def _missing(driver: Driver, name: str, where: str) -> RecipeError:
    about = driver.parameters[name]
    example = about.text(about.choices[0] if about.choices else about.minimum or 0)
    if about.type in ("string", "choice", "flags"):
        example = f'"{example}"'
    help_text = f" ({about.help})" if about.help else ""
    return RecipeError(
        f"{where}: {driver.file} needs {name}{help_text}, for which no default is known",
        f"add {name} = … there, for example {name} = {example}",
    )
