"""What a network adds to one disk: files, stanzas, configuration files, and what the user of the disk should know.

Asks the layers of the recipe's stack. Pure, as the composition that it is a part of.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from bootbuilder import render
from bootbuilder.recipe import Recipe
from bootbuilder.render import Traced

if TYPE_CHECKING:
    from bootbuilder.inventory import Machine
    from bootbuilder.stacks import Adapter, Job, Layer, StackFile, Text

Templates = Mapping[str, tuple[str, str]]
"""Name of a template -> (name for messages, text)."""


@dataclass(frozen=True, slots=True)
class Order:
    """What a network is asked for: one disk. `context` is what templates and expressions may name so far; `available`
    maps names of files on the disk to full paths; `secrets` are those that may be written, by recipe key."""

    recipe: Recipe
    machine: Machine | None
    drive: str
    medium: str
    context: Mapping[str, Any]
    templates: Templates
    tools: tuple[StackFile, ...] = ()
    available: Mapping[str, str] = field(default_factory=dict)
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class Equipment:
    """What a network adds: `values` for templates under the name `network`; `files`; `texts` that are still to be
    rendered; folders for the PATH; LASTDRIVE where it must be a certain one; memory that a memory manager must leave
    alone; `notes` for the user. Without arguments: no network."""

    values: Mapping[str, Any] = field(default_factory=lambda: {"config": [], "batch": []})
    files: tuple[StackFile, ...] = ()
    texts: tuple[Text, ...] = ()
    path: tuple[str, ...] = ()
    lastdrive: Traced | None = None
    excluded: tuple[Traced, ...] = ()
    notes: tuple[str, ...] = ()


def equip(order: Order, adapter: Adapter) -> Equipment:
    """Return what a disk gets for its one adapter. Raises RecipeError and TemplateError with the recipe's key."""
    from bootbuilder import stacks  # only here: a disk without a network does not need it
    from bootbuilder.stacks import conflicts

    recipe = order.recipe
    job = job_of(order, adapter)
    layers = stacks.layers(job)
    values: dict[str, Any] = {}
    for layer in layers:
        values.update(layer.values(job))
    values["config"] = [
        line for layer in layers if layer.config for line in stanza(order, layer, "CONFIG.SYS", values)
    ]
    values["batch"] = [
        line for layer in layers if layer.batch for line in stanza(order, layer, "AUTOEXEC.BAT", values)
    ]
    ours = [file for layer in layers for file in layer.brings(job)]
    files = (*adapter.files, *ours, *order.tools)
    in_folder = any(file.path.startswith(f"{stacks.FOLDER}\\") for file in files)
    return Equipment(
        values,
        files,
        tuple(text for layer in layers for text in layer.texts),
        (f"{order.drive}\\{stacks.FOLDER}",) if in_folder else (),
        values.get("lastdrive"),
        conflicts.windows(recipe, adapter),
        tuple(note for note in (adapter.remark, conflicts.check(recipe, adapter, order.medium)) if note),
    )


def job_of(order: Order, adapter: Adapter) -> Job:
    """Return what the layers of a stack are asked for one adapter."""
    from bootbuilder import stacks

    return stacks.Job(
        order.recipe,
        adapter,
        order.machine,
        order.drive,
        order.medium,
        order.context,
        {tool.path.rpartition("\\")[2]: f"{order.drive}\\{tool.path}" for tool in order.tools},
        order.available,
        order.secrets,
    )


def stanza(order: Order, layer: Layer, file: str, values: Mapping[str, Any]) -> tuple[str, ...]:
    """Return a layer's lines of CONFIG.SYS or AUTOEXEC.BAT; `values` are what its template calls `network`."""
    label, text = order.templates[f"{layer.id}/{file}"]
    return render.stanza(label, text, {**order.context, "network": values})
