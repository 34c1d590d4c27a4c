"""What the doctor says: one finding, how bad it is, and what to do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Level = Literal["ok", "note", "warning", "problem"]


@dataclass(frozen=True, slots=True)
class Finding:
    """`area` is "build", "boot", "serve" or "network"; `id` names the check, for programs; `fix` is "" for ok."""

    level: Level
    area: str
    id: str
    text: str
    fix: str = ""


def worst(findings: list[Finding]) -> Level:
    """Return the level of the worst finding."""
    order: list[Level] = ["ok", "note", "warning", "problem"]
    return max((one.level for one in findings), key=order.index, default="ok")
