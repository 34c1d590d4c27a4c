"""NDIS2 driver and the shim DIS_PKT: packet-driver programs on an adapter that has only an NDIS2 driver.

The Protocol Manager and all drivers are DEVICE lines of CONFIG.SYS; NETBIND in AUTOEXEC.BAT connects them.
"""

from __future__ import annotations

from typing import Any

from bootbuilder import nics
from bootbuilder.nics import VECTORS, Parameter
from bootbuilder.stacks import msclient, ndis
from bootbuilder.stacks.model import FOLDER, Job, Layer

_VECTOR = {"vector": Parameter(type="hex", choices=VECTORS, help="software interrupt")}


def _values(job: Job) -> dict[str, Any]:
    vector = nics.vector(job.options, job.where)
    return {
        "folder": f"{job.drive}\\{FOLDER}",
        "card": ndis.card(job, _VECTOR),
        "shim": job.adapter.files[1].path.rpartition("\\")[2],
        "vector": job.traced(f"{vector:#x}", "vector"),
    }


LAYER = Layer(
    "dis_pkt",
    _values,
    config=True,
    texts=(ndis.protocol_ini("dis_pkt"),),
    package=msclient.PACKAGE,
    files=lambda options: ("PROTMAN.DOS", "PROTMAN.EXE", "NETBIND.COM"),
    shim="shim-dis-pkt9",
)
