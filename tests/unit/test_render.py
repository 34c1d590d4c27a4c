"""Templates: every line knows its makers, and a line that DOS would not take is refused before the build."""

from __future__ import annotations

import pytest

from bootbuilder import render
from bootbuilder.errors import TemplateError
from bootbuilder.render import Limits, Traced

TEMPLATE = """{# a comment
   over two lines #}
FIRST
  {% if yes %}
FILES={{ files }}
  {% endif %}
{% for line in lines %}
{{ line }}
{% endfor %}
{% if no %}
NEVER
{% endif %}
LAST {{ vars.x }}

"""


def test_each_line_knows_its_template_line_and_its_keys() -> None:
    """Template lines count as in the file; values name their recipe key; control lines leave nothing behind."""
    made = render.lines(
        "T.j2",
        TEMPLATE,
        {
            "yes": True,
            "no": False,
            "files": Traced(30, "dos.files"),
            "lines": [Traced("A", "boot[0]"), "B"],
            "vars": {"x": 1},
        },
    )
    assert [(line.text, line.template, line.keys) for line in made] == [
        ("FIRST", "T.j2:3", ()),
        ("FILES=30", "T.j2:5", ("dos.files",)),
        ("A", "T.j2:8", ("boot[0]",)),
        ("B", "T.j2:8", ()),
        ("LAST 1", "T.j2:13", ()),
    ]
    assert [line.origin for line in made[:2]] == ["T.j2:3", "dos.files"]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("ok\n{{ vars.nope }}", "T.j2:2: vars.nope is not defined"),
        ("{{ nope }}", "T.j2:1: nope is not defined"),
        ("a\nb\n{% if %}", "T.j2:3:"),
        ("a\n{{ 1 / 0 }}", "T.j2:2: division by zero"),
        ("{{ ''.__class__.__mro__ }}", "T.j2:1:"),
        ("{% include 'x' %}", "T.j2:1:"),
    ],
)
def test_template_mistakes_name_their_line(text: str, says: str) -> None:
    """Undefined names, syntax errors, arithmetic and reaching into Python end as TemplateError with the line."""
    with pytest.raises(TemplateError) as caught:
        render.lines("T.j2", text, {"vars": {"there": 1}})
    assert says in caught.value.message
    assert caught.value.hint


def test_expressions_are_filled_in_or_explained() -> None:
    """`{{ vars.x }}` in a recipe value; a missing variable says what there is and how to set it."""
    assert render.expand("SAW-{{ vars.n }}", {"vars": {"n": 7}}, "r") == "SAW-7"
    assert render.expand("no braces %1", {}, "r") == "no braces %1"
    with pytest.raises(TemplateError) as caught:
        render.expand("{{ vars.nope }}", {"vars": {"n": 7}}, "r.toml:3: boot.commands[0]")
    assert caught.value.message == "r.toml:3: boot.commands[0]: vars.nope is not defined"
    assert "--set nope=VALUE" in (caught.value.hint or "")
    assert "there is: n" in (caught.value.hint or "")


def test_what_is_undefined_is_named_where_it_was_looked_for() -> None:
    """A name that `dos` lacks is not called a variable; one that stands alone is told how variables are written."""
    context = {"vars": {"n": 7}, "dos": {"files": 30, "buffers": 20}, "drive": "A:"}
    for text, says, hint in (
        ("{{ dos.nope }}", "T:1: dos.nope is not defined", "there is: files, buffers"),
        ("{{ n }}", "T:1: n is not defined", "{{ vars.name }}; there is: dos, drive, vars.n"),
        ("{{ vars.x }}", "T:1: vars.x is not defined", "define x under [vars]"),
        ("{{ vars.n.x }}", "T:1: x is not defined", "correct the name"),
    ):
        with pytest.raises(TemplateError) as caught:
            render.lines("T", text, context)
        assert caught.value.message == says
        assert hint in (caught.value.hint or "")


def test_encoding_is_crlf_and_the_code_page() -> None:
    """Lines end in CR LF, umlauts are code page bytes."""
    made = render.lines("T", "Grün\nx", {})
    assert render.encode("A.BAT", made, 437, None) == b"Gr\x81n\r\nx\r\n"
    assert render.encode("A.BAT", (), 437, None) == b""


def test_characters_and_lines_that_dos_has_not_are_named() -> None:
    """The file, the line and its origin stand in the message."""
    made = render.lines("T", "ok\n{{ x }}", {"x": Traced("5 €", "boot.commands[1]")})
    with pytest.raises(
        TemplateError, match=r"A\.BAT line 2 \(boot\.commands\[1\]\): '€' is not in code page 437"
    ):
        render.encode("A.BAT", made, 437, None)
    made = render.lines("T", "{{ x }}", {"x": Traced("y" * 128, "boot.commands[0]")})
    with pytest.raises(
        TemplateError, match=r"A\.BAT line 1 \(boot\.commands\[0\]\) has 128 .*MS-DOS takes 127"
    ):
        render.encode("A.BAT", made, 437, Limits(127, "MS-DOS"))
