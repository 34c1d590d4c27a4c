"""Two users of one interrupt, port or memory window on one disk: found, and where it can be avoided, avoided.

An adapter with shared memory needs its window kept out of the upper memory that EMM386 and JEMM386 hand out. A packet
driver that the user's own commands load may not take what the adapter's driver has.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from bootbuilder import nics
from bootbuilder.errors import RecipeError
from bootbuilder.nics import Catalogue, Driver
from bootbuilder.recipe import Recipe
from bootbuilder.render import Traced
from bootbuilder.stacks.model import Adapter
from bootbuilder.stacks.ndis import ALIASES

_WINDOW = 0x400  # paragraphs: 16 KB, the shared memory of most boards (WD8003, 3C503, SMC 8000)
_WINDOWS = {"depca": 0x1000}  # family -> paragraphs at most, where it is known to be another
_FLOPPY_IRQ = 6
_MEMORY_KEYS = ("mem", *ALIASES["mem"])


def windows(recipe: Recipe, adapter: Adapter) -> tuple[Traced, ...]:
    """Return the windows of an adapter's memory as `D000-D3FF`, which a memory manager must leave alone."""
    parameters = {**adapter.driver.parameters, **adapter.driver.keys}
    options = recipe.network.options.get(adapter.id, {})
    said = [name for name in options if name.upper() in _MEMORY_KEYS]
    name = next(iter([*said, *(key for key in _MEMORY_KEYS if key in parameters)]), "")
    segment = _segment(options.get(name, parameters[name].default if name in parameters else None))
    if segment is None:
        return ()
    size = min(_WINDOWS.get(adapter.driver.id.partition("-")[0], _WINDOW), 0x1000 - segment % 0x1000)
    key = recipe.origin("network", "options", adapter.id, name)
    return (Traced(f"{segment:04X}-{segment + size - 1:04X}", key),)


def _segment(value: Any) -> int | None:
    """Return the segment that a parameter means: 0xD000, "D000" or the linear address 0xD0000; None for others."""
    if isinstance(value, str) and re.fullmatch("[0-9A-Fa-f]{4,5}", value):
        value = int(value, 16)
    if not isinstance(value, int) or isinstance(value, bool):
        return None
    segment = value >> 4 if value > 0xFFFF else value
    return segment if 0xA000 <= segment <= 0xF000 else None


def check(recipe: Recipe, adapter: Adapter, medium: str) -> str:
    """Raise RecipeError for what the adapter cannot share; return a doubt in words, or nothing."""
    irq = adapter_resources(recipe, adapter).get("irq")
    if irq == _FLOPPY_IRQ and medium == "floppy":
        raise RecipeError(
            f"{recipe.where('network', 'options', adapter.id)}: IRQ 6 is that of the floppy controller",
            "set the board to another interrupt, such as 3, 5, 9, 10 or 11",
        )
    if adapter.driver.over == "undi" and recipe.dos.memory == "xms-umb":
        return (
            f'{adapter.id}: boot ROMs may fail under EMM386 and JEMM386 (memory = "xms-umb"); '
            'if it hangs, use memory = "xms"'
        )
    return ""


def adapter_resources(recipe: Recipe, adapter: Adapter) -> dict[str, int]:
    """Return what the adapter's driver takes: `vector`, and `irq`, `io`, `mem` and `dma` where they are known."""
    driver, options = adapter.driver, recipe.network.options.get(adapter.id, {})
    where = recipe.where("network", "options", adapter.id)
    found: dict[str, int] = {}
    if adapter.layer in ("packet", "dis_pkt", "odipkt"):
        found["vector"] = nics.vector(options, where)
    parameters = {**driver.parameters, **driver.keys}
    for name in ("irq", "io", "mem", "dma"):
        for key in (name, *ALIASES.get(name, ())):
            default = parameters[key].default if key in parameters else None
            value = options.get(key, default)
            if isinstance(value, int) and not isinstance(value, bool):
                found.setdefault(name, value)
    return found


def check_commands(recipe: Recipe, adapters: Iterable[Adapter], catalogue: Catalogue) -> None:
    """Raise RecipeError when a command of the recipe loads another packet driver with what an adapter's has."""
    for index, line in enumerate(recipe.boot.commands):
        words = line.split()
        if not words or not _NUMBER.search(line) or "-u" in words:  # that takes a driver out of memory
            continue
        program = words[0].rpartition("\\")[2].upper()
        for driver in catalogue.of_file(program if "." in program else f"{program}.COM"):
            theirs = _written(driver, words[1:])
            for adapter in adapters:
                _compare(recipe, index, line, theirs, adapter)


def _compare(recipe: Recipe, index: int, line: str, theirs: Mapping[str, int], adapter: Adapter) -> None:
    mine = adapter_resources(recipe, adapter)
    for name, meaning in (("vector", "interrupt"), ("irq", "IRQ"), ("io", "I/O base"), ("mem", "memory")):
        if name in mine and mine[name] == theirs.get(name):
            number = str(mine[name]) if name == "irq" else f"{mine[name]:#x}"
            raise RecipeError(
                f"{recipe.where('boot', 'commands', index)}: {line!r} loads a driver with the {meaning} {number}, "
                f"and so does the adapter {adapter.id} ({recipe.origin('network', 'options', adapter.id, name)})",
                f"give one of them another: {name} = … under [network.options.{adapter.id}]",
            )


_NUMBER = re.compile(r"\b0x[67][0-9a-fA-F]\b")


def _written(driver: Driver, words: Sequence[str]) -> dict[str, int]:
    """Return the numbers of a command line by parameter: words by their place, KEY=value by its keyword."""
    plain = re.sub(r"\[?\{options\}\]?|[\[\]]", " ", driver.args).replace("{vec}", "{vector}").split()
    given = [word for word in words if not word.startswith("-")]
    found: dict[str, int] = {}
    for form, word in zip(plain, given, strict=False):
        match = re.fullmatch(r"([^{]*)\{(\w+)\}", form)
        if match and word.upper().startswith(match[1].upper()):
            try:
                found[match[2]] = int(word[len(match[1]) :], 0)
            except ValueError:
                continue
    return found
