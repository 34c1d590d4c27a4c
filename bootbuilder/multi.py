"""What a network adds to a disk that finds its adapter when it boots (`mode = "multi"`).

Each driver is equipped as if it were alone. What comes out the same for all is written once; what differs stands behind
a label in AUTOEXEC.BAT, and files that differ (PROTOCOL.INI, NET.CFG) lie on the disk with a number, to be copied into
place. Pure, as the composition that it is a part of.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bootbuilder import nics, render, stacks
from bootbuilder.equipment import Equipment, Order, job_of, stanza
from bootbuilder.errors import RecipeError
from bootbuilder.render import Traced
from bootbuilder.stacks import Choice, Choices, Layer, Text, conflicts, several

FOUND = {"io": "NICIO", "irq": "NICIRQ"}
"""Parameter of a driver -> the variable in which NIC.BAT has what was found."""


@dataclass(frozen=True, slots=True)
class _Alone:
    """What one driver would have on a disk of its own; `written` are the lines of its own files."""

    choice: Choice
    layer: Layer
    values: Mapping[str, Any]
    config: tuple[str, ...]
    batch: tuple[str, ...]
    written: Mapping[str, tuple[Text, tuple[str, ...]]]


def equip(order: Order, choices: Choices) -> Equipment:
    """Return what the disk gets. Raises RecipeError and TemplateError with the recipe's key."""
    recipe = order.recipe
    where = recipe.where("network", "mode")
    if not order.context["can"].at_sign:
        raise RecipeError(
            f"{where}: {order.context['can'].title} has no CALL in batch files, which came with DOS 3.3",
            'set mode = "per-nic", or take a later DOS',
        )
    alone = [_alone(order, choice) for choice in choices.choices]
    _check(order, alone)
    first = alone[0]
    top = stacks.STACKS[recipe.network.stack].top
    values = dict(first.values)
    job = job_of(order, first.choice.adapter)
    if top is not None:
        values.update(top.values(job))
    texts, copies = _texts(order, alone)
    same = all(_plain(one.batch) == _plain(first.batch) for one in alone)
    above = stanza(order, top, "AUTOEXEC.BAT", values) if top and top.batch else ()
    config = stanza(order, top, "CONFIG.SYS", values) if top and top.config else ()
    values.update(
        config=[*first.config, *config],
        nicscan=_nicscan(order),
        writes=any(copies),
        choices=[
            {
                "number": number,
                "id": one.choice.adapter.id,
                "boards": one.choice.boards,
                "defaults": _defaults(one),
                "lines": (*copies[number - 1], *(() if same else one.batch)),
            }
            for number, one in enumerate(alone, 1)
        ],
        shared=[*(first.batch if same else ()), *above],
    )
    label, text = order.templates[several.STANZA]
    values["batch"] = list(render.stanza(label, text, {**order.context, "network": values}))
    adapters = [one.choice.adapter for one in alone]
    layers = {layer.id: layer for layer in (*(one.layer for one in alone), *((top,) if top else ()))}
    ours = [file for layer in layers.values() for file in layer.brings(job)]
    theirs = [file for adapter in adapters for file in adapter.files]
    files = {file.path: file for file in (*theirs, *choices.files, *ours, *order.tools)}
    in_folder = any(path.startswith(f"{stacks.FOLDER}\\") for path in files)
    doubts = (note for a in adapters for note in (a.remark, conflicts.check(recipe, a, order.medium)) if note)
    return Equipment(
        values,
        tuple(files.values()),
        (several.LIST, *texts, *(top.texts if top else ())),
        (f"{order.drive}\\{stacks.FOLDER}",) if in_folder else (),
        values.get("lastdrive"),
        tuple(dict.fromkeys(window for a in adapters for window in conflicts.windows(recipe, a))),
        (*choices.notes, *dict.fromkeys(doubts)),
    )


def _alone(order: Order, choice: Choice) -> _Alone:
    job = dataclasses.replace(
        job_of(order, choice.adapter), found={name: f"%{variable}%" for name, variable in FOUND.items()}
    )
    layer = stacks.LAYERS[choice.adapter.layer]
    values = layer.values(job)
    context = {**order.context, "network": values}
    written = {}
    for text in layer.texts:
        label, template = order.templates[text.template]
        if lines := render.stanza(label, template, context):
            written[text.path] = text, lines
    return _Alone(
        choice,
        layer,
        values,
        stanza(order, layer, "CONFIG.SYS", values) if layer.config else (),
        stanza(order, layer, "AUTOEXEC.BAT", values) if layer.batch else (),
        written,
    )


def _plain(lines: Iterable[str]) -> list[str]:
    return [render.plain(line) for line in lines]


def _length(lines: Iterable[str]) -> int:
    return sum(len(line) + 2 for line in _plain(lines))


def _check(order: Order, alone: Sequence[_Alone]) -> None:
    """Refuse what must be known before AUTOEXEC.BAT runs, and two interrupts for one configuration."""
    recipe, first = order.recipe, alone[0]
    for one in alone:
        adapter = one.choice.adapter
        if _plain(one.config) != _plain(first.config) or _loads_driver(one):
            raise RecipeError(
                f"{recipe.where('network', 'nics')}: {adapter.id} needs lines in CONFIG.SYS, which is read before the "
                "adapter is known",
                f'leave it out of a disk with mode = "multi"; {adapter.driver.file} works with mode = "per-nic"',
            )
        mine, its = (str(a.values.get("vector", "")) for a in (one, first))
        if mine != its:
            raise RecipeError(
                f"{recipe.where('network', 'options', adapter.id, 'vector')}: {adapter.id} has the interrupt {mine} "
                f"and {first.choice.adapter.id} has {its}, and programs are told one for all",
                'give all drivers of a disk with mode = "multi" the same vector',
            )


def _loads_driver(one: _Alone) -> bool:
    """Return whether a line of CONFIG.SYS names the driver itself."""
    words = " ".join(_plain(one.config)).split()
    return any(word.rpartition("\\")[2] == one.choice.adapter.driver.file for word in words)


def _texts(order: Order, alone: Sequence[_Alone]) -> tuple[list[Text], list[tuple[str, ...]]]:
    """Return the files to write, and for each driver the lines that put its own into place."""
    texts: list[Text] = []
    copies: list[list[str]] = [[] for _ in alone]
    for path in dict.fromkeys(path for one in alone for path in one.written):
        kinds = [_plain(one.written[path][1]) if path in one.written else None for one in alone]
        if all(kind == kinds[0] for kind in kinds):
            text = alone[0].written[path][0]
            texts.append(dataclasses.replace(text, values=alone[0].values))
            continue
        if order.medium == "iso":
            raise RecipeError(
                f"{order.recipe.where('network', 'mode')}: {path} differs from adapter to adapter and is put into "
                "place when the disk boots, and a CD is read-only",
                'make a floppy or usb image, or set mode = "per-nic"',
            )
        # The longest lies there from the beginning, so that each has room on a full disk.
        longest = max(
            (one for one in alone if path in one.written), key=lambda one: _length(one.written[path][1])
        )
        texts.append(dataclasses.replace(longest.written[path][0], values=longest.values))
        for number, one in enumerate(alone, 1):
            if path not in one.written:
                continue
            text = one.written[path][0]
            numbered = f"{path.rpartition('.')[0] or path}.{number:03}"
            texts.append(dataclasses.replace(text, path=numbered, values=one.values))
            copies[number - 1].append(f"COPY {order.drive}\\{numbered} {order.drive}\\{path} >NUL")
    where = order.recipe.where("network", "mode")
    return texts, [tuple(Traced(line, where) for line in lines) for lines in copies]


def _defaults(one: _Alone) -> list[tuple[str, Traced]]:
    """Return the variables that the driver's lines name, and what they are where NICSCAN did not find it."""
    lines = " ".join(_plain(one.batch))
    driver = one.choice.adapter.driver
    return [
        (
            variable,
            Traced(driver.parameters[name].text(driver.parameters[name].default), f"default of {driver.id}"),
        )
        for name, variable in FOUND.items()
        if f"%{variable}%" in lines
    ]


def _nicscan(order: Order) -> Traced:
    """Return the command that looks for adapters. Raises RecipeError for a wrong option."""
    key = ("network", "options", several.PROGRAM)
    options = order.recipe.network.options.get(several.PROGRAM, {})
    settings = nics.check("NICSCAN", several.OPTIONS, options, order.recipe.where(*key))
    words = [f"{order.drive}\\DOS\\NICSCAN.COM"]
    if not settings["menu"]:
        words.append("/A")
    elif settings["seconds"] != several.OPTIONS["seconds"].default:
        words.append(f"/M:{settings['seconds']}")
    if not settings["isa"]:
        words.append("/P")
    return Traced(
        " ".join(words), order.recipe.origin(*key) if options else order.recipe.where("network", "mode")
    )
