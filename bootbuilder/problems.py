"""What the tables of a TOML file may say, and words for what they say wrong: file, line, key, found, allowed.

Shared by recipes and the NIC driver catalogue. Knows nothing of what the keys mean: that is in the `Table`s
and in `Wording`. msgspec takes or refuses a file as a whole; only when it refuses are the mistakes looked for.
"""

from __future__ import annotations

import difflib
import json
import types
import typing
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec
from msgspec import inspect

from bootbuilder import toml_files


class Table(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A table of a TOML file: a frozen value, of exactly the annotated types; an unknown key is a mistake."""


def matching(pattern: str, meaning: str) -> msgspec.Meta:
    """Return the mark of a text that `pattern` matches as a whole; `meaning` follows "must be" in messages."""
    return msgspec.Meta(
        pattern=rf"^(?:{pattern})$(?!\n)",  # Python's $ also stands before a last line end
        extra={"meaning": meaning},
    )


@dataclass(frozen=True, slots=True)
class Wording:
    """How one kind of file speaks of its mistakes.

    `root` is the table that the whole file is; `more_keys` are its keys that are not in `root`. `examples` are
    hints by key, `otherwise` is the hint of all other keys. `hidden` keys may hold a secret.
    """

    root: type[Table]
    more_keys: tuple[str, ...] = ()
    examples: Mapping[str, str] = field(default_factory=dict)
    otherwise: str = "correct it"
    hidden: frozenset[str] = frozenset()


def explain(merged: toml_files.Merged, data: Mapping[str, Any], wording: Wording) -> tuple[str, str | None]:
    """Return (message, hint) for all mistakes in `data` in the order of the file; one line each.

    `data` is what msgspec refused: the merged keys, or the same with short forms written out.
    """
    found = []
    for key, what, hint in _mistakes(data, wording.root, (), wording):
        line = toml_files.line_of(merged.source_of(key).text, key) or 0
        found.append((line, f"{merged.where(key)}: {what}", hint))
    if len(found) == 1:
        return found[0][1:]
    found.sort(key=lambda mistake: mistake[0])
    return "\n".join(f"{message} ({hint})" for _, message, hint in found), None


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


def shown(value: Any) -> str:
    """Return a value as JSON, cut to 60 characters."""
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= 60 else text[:57] + "..."


# --- finding the mistakes -----------------------------------------------------------------------------------

_Mistake = tuple[toml_files.Key, str, str]  # key, what is wrong, hint


def _mistakes(value: Any, kind: Any, key: toml_files.Key, wording: Wording) -> Iterator[_Mistake]:
    """Yield what is wrong with a value that should be of type `kind`, at the innermost places."""
    try:
        msgspec.convert(value, kind)
    except msgspec.ValidationError as error:
        inside = list(_inside(value, kind, key, wording))
        yield from inside or [(key, *_refused(value, kind, key, wording, str(error)))]


def _inside(value: Any, kind: Any, key: toml_files.Key, wording: Wording) -> Iterator[_Mistake]:
    """Yield the mistakes in the parts of a table or a list that is one where it should be."""
    for one in _alternatives(kind):
        parts = typing.get_args(one)
        if isinstance(value, dict) and isinstance(one, type) and issubclass(one, Table):
            yield from _inside_table(value, one, key, wording)
        elif isinstance(value, dict) and typing.get_origin(one) is dict:
            for name, item in value.items():
                yield from _mistakes(name, parts[0], (*key, name), wording)
                yield from _mistakes(item, parts[1], (*key, name), wording)
        elif isinstance(value, list) and typing.get_origin(one) is tuple:
            for index, item in enumerate(value):
                yield from _mistakes(item, parts[0], (*key, index), wording)


def _inside_table(
    value: dict[str, Any], table: type[Table], key: toml_files.Key, wording: Wording
) -> Iterator[_Mistake]:
    fields = {item.encode_name: item for item in msgspec.structs.fields(table)}
    for name, item in fields.items():
        if name in value:
            yield from _mistakes(value[name], item.type, (*key, name), wording)
        elif item.required:
            yield (*key, name), "this key is required", wording.examples.get(name, "add it")
    known = [*(wording.more_keys if table is wording.root else ()), *fields]
    for name in value:
        if name not in fields:
            listed = f"known keys here: {', '.join(known)}"
            near = nearest(name, known, 0.5)
            yield (*key, name), "unknown key", f"{near}({listed})" if near else listed


def _alternatives(kind: Any) -> list[Any]:
    """Return the types of a union, or the one type, without `Annotated`; TOML has nothing that is None."""
    return [
        typing.get_args(one)[0] if typing.get_origin(one) is typing.Annotated else one for one in _union(kind)
    ]


def _union(kind: Any) -> list[Any]:
    if typing.get_origin(kind) not in (typing.Union, types.UnionType):
        return [kind]
    return [part for part in typing.get_args(kind) if part is not types.NoneType]


# --- words --------------------------------------------------------------------------------------------------

_WORDS: Mapping[type[inspect.Type], str] = {
    inspect.StrType: "a string",
    inspect.IntType: "a whole number",
    inspect.FloatType: "a number",
    inspect.BoolType: "true or false",
    inspect.DictType: "a table",
    inspect.StructType: "a table",
    inspect.VarTupleType: "a list",
}


def _refused(value: Any, kind: Any, key: toml_files.Key, wording: Wording, reason: str) -> tuple[str, str]:
    """Return (what is allowed and what was found, hint); `reason` is what msgspec says."""
    secret = not wording.hidden.isdisjoint(key) or _holds(value, wording.hidden)
    found = "" if secret else f", found {shown(value)}"
    hint = wording.examples.get(str(key[-1]) if key else "", wording.otherwise)
    about, meaning = _about(kind)
    several = about.types if isinstance(about, inspect.UnionType) else (about,)
    literals = [one for one in _alternatives(kind) if typing.get_origin(one) is typing.Literal]
    choices = [choice for literal in literals for choice in typing.get_args(literal)]
    if choices and (len(several) == 1 or isinstance(value, str)):
        allowed = ", ".join(map(str, choices))
        near = nearest(str(value), [one for one in choices if isinstance(one, str)])
        return f"must be one of {allowed}{found}", near.strip() or f"choose one of {allowed}"
    match about, value:
        case inspect.StructType(), dict():
            return reason, hint  # a check of the whole table, which says what is wrong
        case inspect.StrType(), str():
            return (f"must be {meaning}{found}" if meaning else f"must not be empty{found}"), hint
        case inspect.VarTupleType(), list():
            return f"must not be empty{found}", hint
        case inspect.IntType(), int() if not isinstance(value, bool):
            return f"must be {_range(about.ge, about.le)}{found}", hint
    words = [*map(str, choices), *(_WORDS[type(item)] for item in several if type(item) in _WORDS)]
    listed = " or ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)
    return f"must be {listed}{found}", hint


def _holds(value: Any, keys: frozenset[str]) -> bool:
    """Return whether one of the keys is somewhere in a table or list."""
    if isinstance(value, dict):
        return not keys.isdisjoint(value) or any(_holds(item, keys) for item in value.values())
    return isinstance(value, list) and any(_holds(item, keys) for item in value)


def _about(kind: Any) -> tuple[inspect.Type, str | None]:
    """Return what msgspec knows of a type, and the meaning that `matching` gave its pattern."""
    several = _union(kind)
    about = inspect.type_info(several[0] if len(several) == 1 else kind)
    if isinstance(about, inspect.Metadata):
        return about.type, (about.extra or {}).get("meaning")
    return about, None


def _range(low: int | None, high: int | None) -> str:
    """Return the words for a range with one end or two."""
    if low is None or high is None:
        return f"at least {low}" if high is None else f"at most {high}"
    return f"{low} to {high}"
