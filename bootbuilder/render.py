"""Templates and expressions -> the bytes of CONFIG.SYS, AUTOEXEC.BAT and the like. The only user of Jinja.

Every line remembers what made it: the template's line, and the recipe keys whose values stand in it. That is
what `bootbuilder show` prints and what an error about a line that is too long points at.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import jinja2
import jinja2.sandbox
import jinja2.utils

from bootbuilder.errors import TemplateError

# Marks that travel through the template engine inside the text and are taken out of every line again:
# START + what + END; what is @template:line, =key or !key of a secret. The characters cannot come from a recipe,
# whose lines have no control characters.
_START, _END = "\x1d", "\x1e"
_MARK = re.compile(f"{_START}([^{_END}]*){_END}")
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f]")


@dataclass(frozen=True, slots=True)
class RenderedLine:
    """A line without its line end, and its makers: `template` (`CONFIG.SYS.j2:12`) and recipe `keys`.

    `secrets` are those of the keys whose values are shown to nobody.
    """

    text: str
    template: str
    keys: tuple[str, ...] = ()
    secrets: tuple[str, ...] = ()

    @property
    def shown(self) -> str:
        """The text for people."""
        return "(holds a secret)" if self.secrets else self.text

    @property
    def origin(self) -> str:
        """What a user would change to change this line."""
        return ", ".join(self.keys) or self.template


class Traced(str):
    """A text that came from the recipe key `key`."""

    __slots__ = ("key",)
    key: str

    def __new__(cls, text: object, key: str) -> Traced:
        made = super().__new__(cls, text)
        made.key = key
        return made


class Secret(Traced):
    """A text that stands in the disk's files, and nowhere else."""

    __slots__ = ()


def _mark_traced(value: Any) -> Any:
    if isinstance(value, Traced):
        return f"{value}{_START}{'!' if isinstance(value, Secret) else '='}{value.key}{_END}"
    return value


class _MissingError(jinja2.UndefinedError):
    """Names what is undefined: `name`, in the value `owner` or (None) by itself."""

    def __init__(self, owner: object, name: object, message: str | None = None) -> None:
        super().__init__(message)
        self.owner, self.name = (None if owner is jinja2.utils.missing else owner), name


class _Undefined(jinja2.StrictUndefined):
    """Fails as Jinja's own does, and says of what."""

    def __init__(
        self,
        hint: str | None = None,
        obj: Any = jinja2.utils.missing,
        name: str | None = None,
        exc: type[jinja2.TemplateRuntimeError] = jinja2.UndefinedError,
    ) -> None:
        named = hint is None and exc is jinja2.UndefinedError
        super().__init__(hint, obj, name, functools.partial(_MissingError, obj, name) if named else exc)  # type: ignore[arg-type]  # is called, no more


def _environment(**options: Any) -> jinja2.Environment:
    # Output is DOS text, not HTML, so there is nothing to escape.
    # A recipe may come from a stranger: its expressions see values, never the machine.
    environment = jinja2.sandbox.ImmutableSandboxedEnvironment(
        undefined=_Undefined, autoescape=False, keep_trailing_newline=True, **options
    )
    environment.globals = {}
    return environment


@lru_cache(maxsize=1)
def _templates() -> jinja2.Environment:
    return _environment(trim_blocks=True, lstrip_blocks=True, finalize=_mark_traced)


@lru_cache(maxsize=1)
def _expressions() -> jinja2.Environment:
    return _environment()


@lru_cache(maxsize=64)
def _compiled(name: str, text: str) -> jinja2.Template:
    return _templates().from_string(_numbered(name, text))


@lru_cache(maxsize=1024)
def _compiled_expression(text: str) -> jinja2.Template:
    return _expressions().from_string(text)


def _numbered(name: str, text: str) -> str:
    """Put a mark with name and number before each line of a template, except inside a tag of several lines."""
    numbered, inside = [], False
    for number, line in enumerate(text.splitlines(keepends=True), 1):
        if not inside:
            # A block tag at the beginning of a line is stripped of its indentation only without a mark.
            line = f"{_START}@{name}:{number}{_END}" + re.sub(r"^[ \t]+(?=\{[%#])", "", line)
        opened = max(line.rfind(tag) for tag in ("{%", "{#", "{{"))
        closed = max(line.rfind(tag) for tag in ("%}", "#}", "}}"))
        inside = opened > closed or (inside and closed < 0)
        numbered.append(line)
    return "".join(numbered)


# What expressions raise besides the errors of Jinja: {{ 1/0 }}, {{ "x" * 10**12 }}, a macro that calls itself.
_FAILURES = (
    jinja2.TemplateError,
    TypeError,
    ValueError,
    ArithmeticError,
    LookupError,
    AttributeError,
    MemoryError,
    RecursionError,
)


def _reason(error: BaseException) -> str:
    if isinstance(error, MemoryError):
        return "the result is too large"
    return str(error) or type(error).__name__


def expand(text: str, variables: Mapping[str, Any], where: str) -> str:
    """Return `text` with its `{{ … }}` filled in: one line, as DOS knows no other.

    Raises TemplateError that begins with `where`.
    """
    if "{" not in text:
        return text
    try:
        made = _compiled_expression(text).render(variables)
    except jinja2.UndefinedError as error:
        raise _undefined(where, error, variables) from None
    except _FAILURES as error:
        raise TemplateError(f"{where}: {_reason(error)}", "write {{ vars.name }}") from None
    if _CONTROL.search(made):
        raise TemplateError(
            f"{where}: filled in, this is no longer one line without control characters: {made[:60]!r}",
            "correct the variable that it uses",
        )
    return made


def lines(name: str, text: str, context: Mapping[str, Any]) -> tuple[RenderedLine, ...]:
    """Render the template `text`, called `name` in messages, to lines. Blank lines at the end are dropped.

    Raises TemplateError with the template's line for a syntax error, and for a variable that is not there.
    """
    return tuple(_unmarked(line) for line in stanza(name, text, context))


def stanza(name: str, text: str, context: Mapping[str, Any]) -> tuple[str, ...]:
    """Render a template whose lines go into another one: as `lines`, but each line carries its makers' marks along.

    Only for values of a context: the marks are taken out by the `lines` of the template that they stand in.
    """
    try:
        rendered = _compiled(name, text).render(context)
    except jinja2.TemplateSyntaxError as error:
        raise TemplateError(f"{name}:{error.lineno}: {error.message}", "correct the template") from None
    except jinja2.UndefinedError as error:
        line = _failed_line(error)
        raise _undefined(f"{name}:{line}" if line else name, error, context) from None
    except _FAILURES as error:
        line = _failed_line(error)
        raise TemplateError(
            f"{name}{f':{line}' if line else ''}: {_reason(error)}", "correct the template"
        ) from None
    made, place = [], ""
    for row in rendered.replace("\r\n", "\n").split("\n"):
        start = row.rfind(f"{_START}@")
        # The second row of a value of two lines has no mark of its own.
        made.append(place + row if start < 0 else row)
        place = place if start < 0 else row[start : row.index(_END, start) + 1]
    while made and not _MARK.sub("", made[-1]).strip():
        made.pop()
    return tuple(made)


def plain(line: str) -> str:
    """Return the text of a line of `stanza`, without its makers."""
    return _MARK.sub("", line).rstrip()


def _unmarked(line: str) -> RenderedLine:
    """Return a line and its makers. Of two templates the inner one made it: its mark stands later."""
    marks = _MARK.findall(line)
    place = [mark for mark in marks if mark[0] == "@"][-1]
    keys = tuple(dict.fromkeys(mark[1:] for mark in marks if mark[0] != "@"))
    secrets = tuple(dict.fromkeys(mark[1:] for mark in marks if mark[0] == "!"))
    return RenderedLine(_MARK.sub("", line).rstrip(), place[1:], keys, secrets)


def _undefined(where: str, error: jinja2.UndefinedError, context: Mapping[str, Any]) -> TemplateError:
    if not isinstance(error, _MissingError):
        return TemplateError(f"{where}: {error}", "write {{ vars.name }}")
    names = context.get("vars") or {}
    if error.owner is None:
        there = [name for name in context if name != "vars"] + [f"vars.{name}" for name in sorted(names)]
        hint = f"variables are written {{{{ vars.name }}}}; there is: {', '.join(there)}"
        return TemplateError(f"{where}: {error.name} is not defined", hint)
    owner = next((key for key, value in context.items() if value is error.owner), None)
    what = f"{where}: {f'{owner}.' if owner else ''}{error.name} is not defined"
    if owner == "vars":
        hint = f"define {error.name} under [vars] or with --set {error.name}=VALUE"
        return TemplateError(what, hint + (f"; there is: {', '.join(sorted(names))}" if names else ""))
    there = list(map(str, error.owner)) if isinstance(error.owner, Mapping) else []
    return TemplateError(what, f"there is: {', '.join(there)}" if there else "correct the name")


def _failed_line(error: BaseException) -> int | None:
    trace, line = error.__traceback__, None
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == "<template>":
            line = trace.tb_lineno
        trace = trace.tb_next
    return line


@dataclass(frozen=True, slots=True)
class Limits:
    """How long a line may be (characters, without the line end), and who says so."""

    line: int
    why: str


def encode(name: str, made: Sequence[RenderedLine], code_page: int, limits: Limits | None) -> bytes:
    """Return the lines as the DOS text file `name`: code page bytes, each line ended by CR LF.

    Raises TemplateError that names the line and its origin for a line that is too long and for a character
    that the code page does not have.
    """
    for number, line in enumerate(made, 1):
        if limits is not None and len(line.text) > limits.line:
            raise TemplateError(
                f"{name} line {number} ({line.origin}) has {len(line.text)} characters, {limits.why} takes "
                f"{limits.line}: {line.shown[:50]}...",
                "shorten it, or put it into a batch file of its own",
            )
    text = "".join(line.text + "\r\n" for line in made)
    try:
        return text.encode(f"cp{code_page}")
    except UnicodeEncodeError as error:
        number = text.count("\n", 0, error.start)
        raise TemplateError(
            f"{name} line {number + 1} ({made[number].origin}): {text[error.start]!r} is not in "
            f"code page {code_page}",
            "write it without that character, or set dos.codepage to one that has it",
        ) from None


def read_template(path: Path, where: str) -> str:
    """Return the template at `path`. Raises TemplateError that begins with `where`."""
    try:
        text = path.read_text("utf-8-sig")
    except OSError as error:
        raise TemplateError(f"{where}: {path} cannot be read: {error.strerror}", "check the path") from None
    except UnicodeDecodeError as error:
        raise TemplateError(
            f"{where}: {path} is not UTF-8 at byte {error.start}", "save it as UTF-8"
        ) from None
    if _START in text or _END in text:
        raise TemplateError(f"{where}: {path} has control characters", "save it as plain text")
    return text
