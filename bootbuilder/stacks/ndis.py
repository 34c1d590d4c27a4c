"""NDIS2 drivers: the section of PROTOCOL.INI that belongs to one.

A section's name is ours to choose, up to 15 characters (RBIL, NDIS 2.0.1: module names are ASCIZ of 16 bytes);
DriverName must be what the driver itself is called, in its header as a DOS device.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from bootbuilder import nics
from bootbuilder.errors import RecipeError
from bootbuilder.nics import Driver, Parameter, recognising
from bootbuilder.render import Limits, Traced
from bootbuilder.stacks.model import FOLDER, Job, Text

NAME_LENGTH = 15
PROTOCOL_INI = Limits(127, "PROTOCOL.INI")
_KEYWORD = re.compile(r"[A-Z][A-Z0-9_]{0,14}")

ALIASES = {
    "irq": ("INTERRUPT", "IRQ", "INT", "INTLEVEL", "IRQ_LEVEL"),
    "io": ("IOBASE", "IOADDRESS", "IO_PORT"),
    "mem": ("RAMADDRESS", "MEM", "RAM", "MEMORYWINDOW"),
}
"""What recipes call a parameter for every kind of driver -> the keywords that NDIS2 drivers have for it."""

_DRIVER_NAME = Parameter(type="string", pattern=r"[!-~]{1,8}", help="the driver's own name, such as E1000$")


def card(job: Job, more: Mapping[str, Parameter]) -> dict[str, Any]:
    """Return the adapter's section: `section`, `driver_name`, and `lines`, each as it is written.

    `more` are options that the layer takes besides those of the driver. Raises RecipeError.
    """
    driver, where = job.adapter.driver, job.where
    keywords = {name: _keyword(driver, name) for name in job.options}
    options = {keywords[name]: value for name, value in job.options.items()}
    known = {**more, "driver_name": _DRIVER_NAME, **_keys(driver, options, where, more)}
    spelled = {name: known[keyword] for name, keyword in keywords.items() if keyword in known}
    nics.check(f"the driver {driver.id}", {**known, **spelled}, job.options, where)
    values = {key: options.get(key, parameter.default) for key, parameter in known.items()}
    name = _driver_name(job, values["driver_name"])
    lines = [
        _line(job, key, known[key], value)
        for key, value in values.items()
        if key not in more and key != "driver_name" and value is not None and value is not False
    ]
    return {
        "section": name.rstrip("$")[:NAME_LENGTH].upper(),
        "driver_name": name,
        "lines": lines,
        "file": driver.file,
    }


def _keyword(driver: Driver, name: str) -> str:
    """Return the driver's keyword for a name in a recipe: `irq` may be INTERRUPT, and case does not matter."""
    for keyword in (name.upper(), *ALIASES.get(name.lower(), ())):
        if keyword in driver.keys:
            return keyword
    return name if driver.keys or name in ("driver_name", "vector") else name.upper()


def _keys(
    driver: Driver, options: Mapping[str, Any], where: str, more: Mapping[str, Parameter]
) -> Mapping[str, Parameter]:
    """Return the keywords that a driver takes; those of the recipe where the catalogue knows none."""
    if driver.keys:
        return driver.keys
    known = {}
    for name, value in options.items():
        if name in more or name == "driver_name":
            continue
        if not _KEYWORD.fullmatch(name):
            raise RecipeError(
                f"{where}.{name}: cannot be a keyword of PROTOCOL.INI",
                "it is a letter, then up to 14 of A-Z 0-9 _",
            )
        kind = "switch" if isinstance(value, bool) else "int" if isinstance(value, int) else "string"
        known[name] = Parameter(type=kind)  # type: ignore[arg-type]  # one of its literals
    return known


def _line(job: Job, key: str, parameter: Parameter, value: Any) -> Traced:
    text = key if parameter.type == "switch" else f"{key}={parameter.text(value)}"
    names = [name for name in job.options if _keyword(job.adapter.driver, name) == key]
    return job.traced(text, *names, key)


def _driver_name(job: Job, wanted: str | None) -> Traced:
    """Return what the driver calls itself: as the recipe, a document or its own file says, else as somebody recalls."""
    driver = job.adapter.driver
    documented = driver.driver_name if not driver.driver_name_unverified else None
    name = wanted or documented or recognising.device_name(job.adapter.files[0].data) or driver.driver_name
    if name is None:
        raise RecipeError(
            f"{job.where}: the DriverName of {driver.file} is not known: no document gives it, nor does the file",
            'look it up in the PROTOCOL.INI of its disk and add driver_name = "…$" there',
        )
    return job.traced(name, "driver_name")


def protocol_ini(layer: str) -> Text:
    """Return PROTOCOL.INI as a layer's own template makes it."""
    return Text(f"{layer}/PROTOCOL.INI", f"{FOLDER}\\PROTOCOL.INI", PROTOCOL_INI)
