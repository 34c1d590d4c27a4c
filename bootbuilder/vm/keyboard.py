"""Text and named keys as key presses of a US keyboard, under QEMU's key names. Pure functions."""

from __future__ import annotations

import difflib
import re

from bootbuilder.errors import MachineError

Chord = tuple[str, ...]
"""QEMU key codes that are pressed in this order and released in the opposite one."""

_PLAIN = {
    " ": "spc", "\n": "ret", "\r": "ret", "\t": "tab", "\b": "backspace", "\x1b": "esc",
    "-": "minus", "=": "equal", "[": "bracket_left", "]": "bracket_right", ";": "semicolon",
    "'": "apostrophe", "`": "grave_accent", "\\": "backslash", ",": "comma", ".": "dot", "/": "slash",
}  # fmt: skip
_SHIFTED = dict(zip('~!@#$%^&*()_+{}|:"<>?', "`1234567890-=[]\\;',./", strict=True))
_NAMED = {
    "ENTER": "ret", "RETURN": "ret", "ESC": "esc", "TAB": "tab", "BS": "backspace", "BACKSPACE": "backspace",
    "SPACE": "spc", "UP": "up", "DOWN": "down", "LEFT": "left", "RIGHT": "right", "HOME": "home",
    "END": "end", "PGUP": "pgup", "PGDN": "pgdn", "INS": "insert", "INSERT": "insert", "DEL": "delete",
    "DELETE": "delete", "PAUSE": "pause", "BREAK": "pause", "PRTSC": "print", "CAPS": "caps_lock",
    "NUM": "num_lock", "SCROLL": "scroll_lock", "CTRL": "ctrl", "ALT": "alt", "SHIFT": "shift",
    **{f"F{number}": f"f{number}" for number in range(1, 13)},
}  # fmt: skip
_MODIFIERS = {"CTRL": "ctrl", "ALT": "alt", "SHIFT": "shift"}


def keys(text: str) -> list[Chord]:
    """Return the key presses that type `text`.

    Printable ASCII, newline, tab and backspace stand for themselves. Named keys are written in braces, in any
    case, with modifiers before them: {F5} {ESC} {UP} {CTRL-C} {ALT-F1} {CTRL-ALT-DEL}. Other braces stand for
    themselves, and `{{` types one.
    Raises MachineError for a character or a name that has no key.
    """
    chords: list[Chord] = []
    for part in re.finditer(r"\{\{|\{([A-Za-z][^{}\s]*)\}|.", text, re.DOTALL):
        if part[1] is not None:
            chords.append(_named(part[1]))
        else:
            chords.append(_character(part[0][0]))
    return chords


def _character(character: str) -> Chord:
    if character in _PLAIN:
        return (_PLAIN[character],)
    if character in _SHIFTED:
        return ("shift", *_character(_SHIFTED[character]))
    if character.isascii() and character.isalnum():
        lower = character.lower()
        return (lower,) if character == lower else ("shift", lower)
    raise MachineError(
        f"there is no key for {character!r} on a US keyboard",
        "type ASCII characters and named keys such as {F5} only",
    )


def _named(name: str) -> Chord:
    *modifiers, key = name.upper().split("-")
    if all(modifier in _MODIFIERS for modifier in modifiers):
        before = tuple(_MODIFIERS[modifier] for modifier in modifiers)
        if key in _NAMED:
            return (*before, _NAMED[key])
        if before and len(key) == 1:
            return (*before, *_character(key.lower()))
    near = difflib.get_close_matches(name.upper(), [*_NAMED, "CTRL-C", "CTRL-BREAK", "CTRL-ALT-DEL"], 1)
    hint = f"did you mean {{{near[0]}}}?" if near else "names are like {F5} {ESC} {UP} {CTRL-C}"
    raise MachineError(f"unknown key name {{{name}}}", f"{hint} (to type a brace, write {{{{)")
