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
    from bootbuilder.stacks import Adapter, StackFile, Text

Templates = Mapping[str, tuple[str, str]]
"""Name of a template -> (name for messages, text)."""


@dataclass(frozen=True, slots=True)
class Order:
    """What a network is asked for: one disk. `context` is what templates and expressions may name so far; `available`
    maps names of files on the disk to full paths; `secrets` are those that may be written, by recipe key."""

    recipe: Recipe
    adapter: Adapter
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


def equip(order: Order) -> Equipment:
    """Return what a disk gets for its network. Raises RecipeError and TemplateError with the recipe's key."""
    from bootbuilder import stacks  # only here: a disk without a network does not need it
    from bootbuilder.stacks import conflicts

    recipe, adapter = order.recipe, order.adapter
    job = stacks.Job(
        recipe,
        adapter,
        order.machine,
        order.drive,
        order.medium,
        order.context,
        {tool.path.rpartition("\\")[2]: f"{order.drive}\\{tool.path}" for tool in order.tools},
        order.available,
        order.secrets,
    )
    layers = stacks.layers(job)
    values: dict[str, Any] = {}
    for layer in layers:
        values.update(layer.values(job))
    context = {**order.context, "network": values}
    config = [layer.id for layer in layers if layer.config]
    batch = [layer.id for layer in layers if layer.batch]
    values["config"] = [line for name in config for line in _stanza(order, f"{name}/CONFIG.SYS", context)]
    values["batch"] = [line for name in batch for line in _stanza(order, f"{name}/AUTOEXEC.BAT", context)]
    files = (*adapter.files, *order.tools)
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


def _stanza(order: Order, name: str, context: Mapping[str, Any]) -> tuple[str, ...]:
    label, text = order.templates[name]
    return render.stanza(label, text, context)
