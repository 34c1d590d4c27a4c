"""Words for the mistakes that pydantic finds in a TOML file: file, line, key, what was found, what is allowed.

Shared by recipes and the NIC driver catalogue. Knows nothing of what the keys mean; that is in `Wording`.
"""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pydantic import BaseModel

from bootbuilder import toml_files


@dataclass(frozen=True, slots=True)
class Wording:
    """How one kind of file speaks of its mistakes.

    `root` is the model of the whole file; `more_keys` are its keys that the model does not have.
    `patterns` say in words what a key's pattern means, `examples` are hints by key, `otherwise` is the hint
    of all other keys. `hidden` keys may hold a secret. `variants` are the marks that a union leaves in a
    location: not keys of the file.
    """

    root: type[BaseModel]
    more_keys: tuple[str, ...] = ()
    patterns: Mapping[str, str] = field(default_factory=dict)
    examples: Mapping[str, str] = field(default_factory=dict)
    otherwise: str = "correct it"
    hidden: frozenset[str] = frozenset()
    variants: frozenset[str] = frozenset()


_ALLOWED = {
    "missing": "this key is required",
    "string_type": "must be a string",
    "int_type": "must be a whole number",
    "bool_type": "must be true or false",
    "dict_type": "must be a table",
    "tuple_type": "must be a list",
    "model_type": "must be a table",
}


def explain(
    merged: toml_files.Merged, errors: Sequence[Mapping[str, Any]], wording: Wording
) -> tuple[str, str | None]:
    """Return (message, hint) for all mistakes (pydantic's `errors()`) in the order of the file; one line each."""
    problems = [_problem(merged, error, wording) for error in errors]
    if len(problems) == 1:
        return problems[0][1:]
    problems.sort(key=lambda problem: problem[0])
    return "\n".join(f"{message} ({hint})" for _, message, hint in problems), None


def nearest(word: str, known: Iterable[str], cutoff: float = 0.4) -> str:
    """Return `did you mean 'x'? ` for the nearest of `known`; an empty text when none is near."""
    near = difflib.get_close_matches(word, list(dict.fromkeys(known)), 8, cutoff)
    if not near:
        return ""

    def likeness(other: str) -> tuple[float, int]:
        """Of words that are equally near, the one that begins like `word` was meant."""
        same = next((i for i, (a, b) in enumerate(zip(word, other, strict=False)) if a != b), len(word))
        return round(difflib.SequenceMatcher(None, other, word).ratio(), 6), same

    return f"did you mean {max(near, key=likeness)!r}? "


def _problem(merged: toml_files.Merged, error: Mapping[str, Any], wording: Wording) -> tuple[int, str, str]:
    """Return (line, message, hint) for one mistake."""
    key = tuple(part for part in error["loc"] if part not in wording.variants)
    kind, context = error["type"], error.get("ctx", {})
    secret = not wording.hidden.isdisjoint(key)
    whole = kind == "value_error" and isinstance(error["input"], dict)  # the message says which part is wrong
    silent = secret or whole or kind in ("missing", "extra_forbidden")
    found = "" if silent else f", found {shown(error['input'])}"
    last = str(key[-1]) if key else ""
    if kind == "extra_forbidden":
        known = _known_keys(key[:-1], wording)
        what = "unknown key"
        listed = f"known keys here: {', '.join(known)}"
        near = nearest(last, known, 0.5)
        hint = f"{near}({listed})" if near else listed
    elif kind == "literal_error":
        allowed = [item.strip("'") for item in context["expected"].replace(" or ", ", ").split(", ")]
        what = f"must be one of {', '.join(allowed)}{found}"
        hint = nearest(str(error["input"]), allowed).strip() or f"choose one of {', '.join(allowed)}"
    elif kind == "missing":
        what = _ALLOWED[kind]
        hint = wording.examples.get(last, "add it")
    else:
        text = error["msg"].removeprefix("Value error, ")
        if kind in _ALLOWED:
            text = _ALLOWED[kind]
        elif kind == "string_pattern_mismatch":
            text = wording.patterns.get(last, f"must match {context['pattern']}")
        else:
            text = text.replace("Input should be", "must be").replace("String should", "must")
        what = text + found
        hint = wording.examples.get(last, wording.otherwise)
    line = toml_files.line_of(merged.source_of(key).text, key) or 0
    return line, f"{merged.where(key)}: {what}", hint


def shown(value: Any) -> str:
    """Return a value as JSON, cut to 60 characters."""
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= 60 else text[:57] + "..."


def _known_keys(table: toml_files.Key, wording: Wording) -> list[str]:
    """Return the keys of the table at `table`, walking the models."""
    model: Any = wording.root
    for part in table:
        if isinstance(part, int):
            continue
        found = next((f for n, f in model.model_fields.items() if (f.alias or n) == part), None)
        model = _model_in(found.annotation) if found is not None else None
        if model is None:
            return []
    keys = [f.alias or name for name, f in model.model_fields.items()]
    return [*wording.more_keys, *keys] if model is wording.root else keys


def _model_in(annotation: Any) -> Any:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    for inner in getattr(annotation, "__args__", ()):
        if found := _model_in(inner):
            return found
    return None
