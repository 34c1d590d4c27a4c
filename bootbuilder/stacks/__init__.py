"""Network stacks: what each loads, in which order, and the configuration files that it writes.

model.py      the values: Stack, Layer, Package, Job
packet.py, dis_pkt.py, odipkt.py, tcp.py, msclient.py, ipx.py
              the layers, one each: which driver and files they need, which templates they render, with which values
ndis.py, odi.py, address.py
              what several of them share: PROTOCOL.INI sections, NET.CFG sections, host name and address
choosing.py   which driver, layer and files an adapter of a recipe gets
several.py    the drivers of one disk for several adapters
software.py   programs that users bring: the package store
conflicts.py  two users of one interrupt or memory window on one disk

A stack is a layer for each kind of NIC driver that it can use, and perhaps one more on top of them. The stanzas and
files of a layer are templates in templates/<layer>/; the values that they name are made by the layer's module.
"""

from __future__ import annotations

from bootbuilder.stacks import dis_pkt, ipx, msclient, odipkt, packet, tcp
from bootbuilder.stacks.model import (
    FOLDER,
    Adapter,
    Board,
    Choice,
    Choices,
    Job,
    Layer,
    Package,
    Stack,
    StackFile,
    Text,
)

STACKS = {
    "packet": Stack(
        "packet", {"packet": packet.LAYER, "ndis2": dis_pkt.LAYER, "odi": odipkt.LAYER}, tcp.LAYER
    ),
    "msclient": Stack("msclient", {"ndis2": msclient.LAYER}),
    "ipx": Stack("ipx", {"odi": ipx.LAYER}),
}
LAYERS = {layer.id: layer for stack in STACKS.values() for layer in stack.layers}
PACKAGES = {package.id: package for package in (tcp.MTCP, msclient.PACKAGE, ipx.PACKAGE)}


def layers(job: Job) -> tuple[Layer, ...]:
    """Return what a disk loads, in order: the layer that carries the adapter's driver, then what is on top of it."""
    top = STACKS[job.recipe.network.stack].top
    return (LAYERS[job.adapter.layer], *((top,) if top else ()))


__all__ = [
    "FOLDER",
    "LAYERS",
    "PACKAGES",
    "STACKS",
    "Adapter",
    "Board",
    "Choice",
    "Choices",
    "Job",
    "Layer",
    "Package",
    "Stack",
    "StackFile",
    "Text",
    "layers",
]
