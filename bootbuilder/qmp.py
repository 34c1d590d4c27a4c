"""Talking to QEMU: the QMP line protocol over a socket that QEMU connects to, and text as key presses."""

from __future__ import annotations

import contextlib
import difflib
import json
import re
import socket
import time
from collections import deque
from pathlib import Path
from typing import Any

from bootbuilder.errors import MachineError

# Sun's path field is 104 bytes on macOS and 108 on Linux, with a NUL at the end.
_UNIX_PATH_LIMIT = 100


class QmpClosed(MachineError):
    """QEMU closed the connection, which means that it ended."""


class QmpError(MachineError):
    """QEMU refused a command."""


class Listener:
    """A socket that QEMU connects to: a Unix socket in `folder`, or loopback TCP where that cannot be.

    Listening on our side needs no wait for QEMU to create its socket, and no guess at a free port.
    """

    def __init__(self, folder: Path, name: str) -> None:
        path = str(folder / name)
        self._path: str | None = None
        family = getattr(socket, "AF_UNIX", None)
        if family is not None and len(path.encode()) < _UNIX_PATH_LIMIT:
            self._socket = socket.socket(family, socket.SOCK_STREAM)
            self._socket.bind(path)
            self.chardev = f"socket,path={path.replace(',', ',,')}"
        else:
            self._socket = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
            self._socket.bind(("127.0.0.1", 0))
            self.chardev = f"socket,host=127.0.0.1,port={self._socket.getsockname()[1]}"
        self._socket.listen(1)

    def accept(self, timeout: float) -> socket.socket | None:
        """Return the connection, or None when none came within `timeout` seconds."""
        self._socket.settimeout(timeout)
        try:
            return self._socket.accept()[0]
        except TimeoutError:
            return None

    def close(self) -> None:
        """Stop listening."""
        self._socket.close()


class Qmp:
    """One QMP session. Not for use by two threads at once."""

    def __init__(self, connection: socket.socket, timeout: float = 10) -> None:
        self._socket = connection
        self._buffer = b""
        self.events: deque[dict[str, Any]] = deque()
        self._read(time.monotonic() + timeout)  # the greeting
        self.execute("qmp_capabilities")

    def execute(self, command: str, timeout: float = 30, **arguments: Any) -> Any:
        """Run one command and return its result; events that arrive meanwhile go to `events`.

        Raises QmpError when QEMU refuses, QmpClosed when QEMU ends, MachineError after `timeout` seconds.
        """
        names = {name.replace("_", "-"): value for name, value in arguments.items()}
        line = json.dumps({"execute": command, "arguments": names}).encode() + b"\n"
        deadline = time.monotonic() + timeout
        try:
            self._socket.settimeout(timeout)
            self._socket.sendall(line)
        except OSError as error:
            raise QmpClosed(f"QEMU ended before the command {command}") from error
        while True:
            reply = self._read(deadline)
            if reply is None:
                raise MachineError(f"QEMU did not answer the command {command} within {timeout:g} s")
            if "return" in reply:
                return reply["return"]
            if "error" in reply:
                raise QmpError(f"QEMU refused {command}: {reply['error'].get('desc', 'no reason given')}")

    def wait_event(self, timeout: float) -> None:
        """Wait up to `timeout` seconds for one event; it goes to `events`. Raises QmpClosed."""
        self._read(time.monotonic() + timeout)

    def close(self) -> None:
        """Close the connection."""
        with contextlib.suppress(OSError):
            self._socket.close()

    def _read(self, deadline: float) -> dict[str, Any] | None:
        """Read one message, keeping it in `events` if it is one; None at the deadline."""
        while b"\n" not in self._buffer:
            remaining = deadline - time.monotonic()
            if remaining <= 0:
                return None
            self._socket.settimeout(remaining)
            try:
                data = self._socket.recv(65536)
            except TimeoutError:
                return None
            except OSError as error:
                raise QmpClosed("QEMU ended") from error
            if not data:
                raise QmpClosed("QEMU ended")
            self._buffer += data
        line, self._buffer = self._buffer.split(b"\n", 1)
        message: dict[str, Any] = json.loads(line)
        if "event" in message:
            self.events.append(message)
        return message


# --- keys ---------------------------------------------------------------------------------------------------

_PLAIN = {
    " ": "spc", "\n": "ret", "\r": "ret", "\t": "tab", "\b": "backspace", "\x1b": "esc",
    "-": "minus", "=": "equal", "[": "bracket_left", "]": "bracket_right", ";": "semicolon", "'": "apostrophe",
    "`": "grave_accent", "\\": "backslash", ",": "comma", ".": "dot", "/": "slash",
}  # fmt: skip
_SHIFTED = dict(zip('~!@#$%^&*()_+{}|:"<>?', "`1234567890-=[]\\;',./", strict=True))
_NAMED = {
    "ENTER": "ret", "RETURN": "ret", "ESC": "esc", "TAB": "tab", "BS": "backspace", "BACKSPACE": "backspace",
    "SPACE": "spc", "UP": "up", "DOWN": "down", "LEFT": "left", "RIGHT": "right", "HOME": "home", "END": "end",
    "PGUP": "pgup", "PGDN": "pgdn", "INS": "insert", "DEL": "delete", "INSERT": "insert", "DELETE": "delete",
    "PAUSE": "pause", "BREAK": "pause", "PRTSC": "print", "CAPS": "caps_lock", "NUM": "num_lock",
    "SCROLL": "scroll_lock", "PLUS": "kp_add", "CTRL": "ctrl", "ALT": "alt", "SHIFT": "shift",
    **{f"F{number}": f"f{number}" for number in range(1, 13)},
}  # fmt: skip
_MODIFIERS = {"CTRL": "ctrl", "ALT": "alt", "SHIFT": "shift"}

Chord = tuple[str, ...]
"""QEMU key codes that are pressed in this order and released in the opposite one."""


def keys(text: str) -> list[Chord]:
    """Return the key presses, on a US keyboard, that type `text`.

    Printable ASCII, newline, tab and backspace stand for themselves. Named keys are written in braces, in any
    case, with modifiers before them: {F5} {ESC} {UP} {CTRL-C} {ALT-F1} {CTRL-ALT-DEL}; `{{` types one brace.
    Raises MachineError for a character or name that has no key.
    """
    chords: list[Chord] = []
    for part in re.finditer(r"\{\{|\{([^{}\n]+)\}|(.)", text, re.DOTALL):
        if part[1] is not None:
            chords.append(_named(part[1]))
        else:
            chords.append(_character("{" if part[0] == "{{" else part[0]))
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
        f"there is no key for {character!r} on a US keyboard", "type ASCII characters and named keys such as {F5} only"
    )


def _named(name: str) -> Chord:
    *modifiers, key = name.upper().split("-") if len(name) > 1 and not name.endswith("-") else (name,)
    if all(modifier in _MODIFIERS for modifier in modifiers):
        before = tuple(_MODIFIERS[modifier] for modifier in modifiers)
        if key in _NAMED:
            return (*before, _NAMED[key])
        if before and len(key) == 1:
            return (*before, *_character(key.lower()))
    near = difflib.get_close_matches(name.upper(), [*_NAMED, "CTRL-C", "CTRL-ALT-DEL"], 1)
    raise MachineError(
        f"unknown key name {{{name}}}",
        f"did you mean {{{near[0]}}}?" if near else "names are like {F5} {ESC} {UP} {CTRL-C}; write {{ for a brace",
    )
