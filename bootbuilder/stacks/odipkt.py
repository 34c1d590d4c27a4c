"""ODI driver and the shim ODIPKT: packet-driver programs on an adapter that has only an ODI driver."""

from __future__ import annotations

from typing import Any

from bootbuilder import nics
from bootbuilder.nics import VECTORS, Parameter
from bootbuilder.stacks import ipx, odi
from bootbuilder.stacks.model import FOLDER, Job, Layer

_VECTOR = {"vector": Parameter(type="hex", choices=VECTORS, help="software interrupt")}


def _values(job: Job) -> dict[str, Any]:
    vector = nics.vector(job.options, job.where)
    return {
        "folder": f"\\{FOLDER}",
        "link": odi.link(job, _VECTOR),
        "shim": job.adapter.files[1].path.rpartition("\\")[2],
        "vector": job.traced(f"{vector:#x}", "vector"),
        "decimal_vector": job.traced(vector, "vector"),
    }


LAYER = Layer(
    "odipkt",
    _values,
    texts=(odi.net_cfg("odipkt"),),
    package=ipx.PACKAGE,
    files=lambda options: ("LSL.COM",),
    shim="shim-odipkt",
)
