"""Packet driver: loaded from AUTOEXEC.BAT with its command line, it serves a software interrupt."""

from __future__ import annotations

from typing import Any

from bootbuilder import nics, startup
from bootbuilder.render import Traced
from bootbuilder.stacks.model import Job, Layer


def _values(job: Job) -> dict[str, Any]:
    command = nics.command(job.adapter.driver, job.options, job.where, job.found)
    names = job.recipe.where("network", "nics")
    return {
        "driver": Traced(f"{job.drive}\\{startup.FOLDER}\\{command}", names),
        "vector": job.traced(f"{nics.vector(job.options, job.where):#x}", "vector"),
    }


LAYER = Layer("packet", _values)
