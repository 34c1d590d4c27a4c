"""ODI drivers (MLIDs): the section of NET.CFG that belongs to one.

Numbers in NET.CFG are hexadecimal without a mark. The order of the Frame lines numbers the logical boards from 0.
"""

from __future__ import annotations

import re
from typing import Any

from bootbuilder import nics
from bootbuilder.nics import Driver, Parameter
from bootbuilder.nics.models import COMMON
from bootbuilder.render import Limits, Traced
from bootbuilder.stacks.model import FOLDER, Job, Text

NET_CFG = Limits(127, "NET.CFG")
FRAMES = ("Ethernet_802.2", "Ethernet_802.3", "Ethernet_II", "Ethernet_SNAP", "Token-Ring", "Token-Ring_SNAP")

# The keywords that every MLID understands, and how the recipe calls them.
_KEYWORDS = {"irq": "INT", "io": "PORT", "mem": "MEM", "dma": "DMA", "slot": "SLOT"}
_GENERAL = {
    **{name: Parameter(**COMMON[name]) for name in ("irq", "io", "mem", "dma")},
    "slot": Parameter(type="int", minimum=1, maximum=16, help="slot of the board (EISA, MCA, PCI)"),
}


def link(job: Job, more: dict[str, Parameter]) -> dict[str, Any]:
    """Return the adapter's section: `driver`, what follows Link Driver, and `lines`. Raises RecipeError."""
    driver = job.adapter.driver
    known = {**more, **_GENERAL, **driver.parameters}
    values = nics.check(f"the driver {driver.id}", known, job.options, job.where)
    lines = [
        job.traced(f"{_KEYWORDS[name]} {_number(name, value)}", name)
        for name, value in values.items()
        if name in _KEYWORDS and value is not None
    ]
    return {"driver": _name(driver), "lines": lines, "file": driver.file}


def _name(driver: Driver) -> str:
    """Return the name behind Link Driver: as a document gives it, else that of the file."""
    named = re.fullmatch(r"Link Driver (\S+)", driver.netcfg[0]) if driver.netcfg else None
    return named[1] if named else (driver.file or "").partition(".")[0]


def _number(name: str, value: int) -> str:
    if name == "mem":
        value <<= 4  # a segment in the recipe, a linear address in NET.CFG
    return str(value) if name == "slot" else f"{value:X}"


def frame(job: Job, chosen: Traced | None, default: str) -> Traced:
    """Return the frame type: `chosen` by the recipe, else that of the catalogue's sample, else `default`."""
    if chosen is not None:
        return chosen
    sample = [line.split()[1] for line in job.adapter.driver.netcfg if line.startswith("Frame ")]
    return Traced(next(iter(sample), default), job.recipe.origin("network", "nics"))


def net_cfg(layer: str) -> Text:
    """Return NET.CFG as a layer's own template makes it."""
    return Text(f"{layer}/NET.CFG", f"{FOLDER}\\NET.CFG", NET_CFG)
