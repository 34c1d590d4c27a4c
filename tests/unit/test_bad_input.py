"""What users get wrong: each mistake ends in one error with file, key, line and cure, and changes nothing."""

from __future__ import annotations

import io
import struct
import zipfile

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from bootbuilder.media import fat
from tests import made_dos
from tests.clirun import HEAD, Cli, invoke

PLAIN = 'schema = 1\nname = "r"\n'


def _file(target: str, source: str = "p") -> str:
    return f"[[files]]\nsource = '{source}'\ntarget = '{target}'\n"


@pytest.mark.parametrize(
    ("text", "where", "found", "hint"),
    [
        ("", "r.toml: ", "empty", "recipe new"),
        (PLAIN + 'title = "x\n', "r.toml:3:", "not TOML", "quotes"),
        (PLAIN + "[dos]\nmemry = 'xms'\n", "r.toml:4: dos.memry", "unknown key", "did you mean 'memory'"),
        (PLAIN + "[dos]\nfiles = 300\n", "r.toml:4: dos.files", "255, found 300", "correct it"),
        (PLAIN + "[dos]\nlabel = 'ÄRGER'\n", "r.toml:4: dos.label", 'found "ÄRGER"', "PLANT"),
        (HEAD + _file("LONGFILENAME.TXT"), "r.toml:7: files[0].target", "not an 8.3 name", "LONGFI~1.TXT"),
        (
            HEAD + _file("CON.TXT"),
            "r.toml:7: files[0].target",
            "a DOS device",
            "another name, e.g. CONSOLE.TXT",
        ),
        (HEAD + _file("com2"), "r.toml:7: files[0].target", "a DOS device", "another name, e.g. SERIAL2"),
        (HEAD + _file("..\\X"), "r.toml:7: files[0].target", "'..'", "full path"),
        (HEAD + _file("X.TXT") + _file("a:/x.txt", "q"), "r.toml:9: files[1]", "p and q", "another target"),
        (HEAD + _file("X") + _file("X\\Y.TXT"), "r.toml:6: files[0]", "A:\\X is a file", "another target"),
        (HEAD + _file("KERNEL.SYS"), "r.toml:6: files[0]", "A:\\KERNEL.SYS", "another target"),
        (HEAD + _file("AUTOEXEC.BAT"), "r.toml:6: files[0]", "A:\\AUTOEXEC.BAT", "[templates]"),
        (HEAD + _file("BIG.BIN", "big"), "r.toml", "bytes too many", "BIG.BIN (3,000,000)"),
        (HEAD + _file("X", "gone/x.exe"), "r.toml:6: files[0].source", "x.exe", "correct the path"),
        (HEAD + _file("X", "P"), "r.toml:6: files[0].source", "no file P", "did you mean 'p'"),
        (
            HEAD + _file("X", "DOS/kernel.sys"),
            "r.toml:6: files[0].source",
            "",
            "did you mean 'dos/KERNEL.SYS'",
        ),
        (
            HEAD + _file("X") + f"sha256 = '{'a' * 64}'",
            "r.toml:8: files[0].sha256",
            "expected aaaa",
            "new hash",
        ),
        (
            HEAD + "[boot]\ncommands = ['{{ vars.nope }}']",
            "r.toml:6: boot.commands[0]",
            "vars.nope",
            "--set nope=",
        ),
        (HEAD + "[boot]\ncommands = ['{{ 1 / 0 }}']", "r.toml:6: boot.commands[0]", "division", "vars.name"),
        (
            HEAD + "[boot]\ncommands = ['{{ \"x\" * 10 ** 13 }}']",
            "r.toml:6: boot.comm",
            "too large",
            "vars.name",
        ),
        (
            HEAD + "[boot]\ncommands = ['{{ vars() }}']",
            "r.toml:6: boot.commands[0]",
            "not callable",
            "vars.name",
        ),
        (HEAD + "[boot]\ncommands = ['{{ \"\\n\" }}']", "r.toml:6: boot.commands[0]", "one line", "variable"),
        (
            HEAD + "[boot]\ncommands = ['ECHO ☃']",
            "AUTOEXEC.BAT line 4 (r.toml:6: boot.commands[0])",
            "'☃'",
            "codepage",
        ),
        (
            HEAD + f"[boot]\ncommands = ['{'x' * 130}']",
            "AUTOEXEC.BAT line 4 (r.toml:6: boot.c",
            "130 characters",
            "batch file",
        ),
        (PLAIN + "[dos]\nsystem = 'nodos'", "r.toml:4: dos.system", "'nodos'", "dos import"),
        (PLAIN + "[dos]\nsystem = './p'", "r.toml:4: dos.system", "p is no disk image", "folder"),
        (
            PLAIN + "[[network.drives]]\nletter = 'F'\nunc = '\\\\a\\b'\npassword = 'hunter2'\n",
            "r.toml:6: network.drives[0].password",
            "must be a reference",
            "env:PLANT_PW",
        ),
        (HEAD + "[output]\nmedia = []", "r.toml:6: output.media", "[]", "correct it"),
        ("schema = 2\nname = 'r'", "r.toml:1: schema", "must be", ""),
        (HEAD.replace('"r"', '"../r"'), "r.toml:2: name", "a-z 0-9", "plant-floor"),
    ],
)
def test_wrong_recipes(cli: Cli, text: str, where: str, found: str, hint: str) -> None:
    """File, key and line come first, then what was found; the hint is the cure."""
    (cli.folder / "p").write_bytes(b"p")
    (cli.folder / "q").write_bytes(b"q")
    (cli.folder / "big").write_bytes(bytes(3_000_000))
    path = cli.recipe(text, head="")
    for command in ("build", "check"):
        said = cli.refuse(command, path)
        message, _, cure = said.partition("\nhint: ")
        assert message.startswith(f"error: {where}"), said
        assert found in message, said
        assert hint in cure, said
        assert "hunter2" not in said


def test_wrong_templates(cli: Cli) -> None:
    """A template's mistake names the template and its line; one that is missing names the recipe's key."""
    path = cli.recipe('[templates]\n"AUTOEXEC.BAT" = "my.j2"')
    assert 'r.toml:6: templates."AUTOEXEC.BAT": my.j2' in cli.refuse("build", path)
    for text, line, what in (
        ("ECHO\n{% if %}", 2, "Expected an expression"),
        ("{{ 1 / 0 }}", 1, "division by zero"),
        ("A\nB\n{{ 'x' * 10 ** 13 }}", 3, "too large"),
        ("{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}", 1, "recursion"),
        ("{{ vars.__class__ }}", 1, "unsafe"),
        ("{% include 'x' %}", 1, "no loader"),
    ):
        (cli.folder / "my.j2").write_text(text)
        said = cli.refuse("build", path)
        assert f"error: my.j2:{line}: " in said
        assert what in said
    cli.recipe('[templates]\n"AUTOEXEC" = "my.j2"')
    assert "no template 'AUTOEXEC'" in cli.refuse("build", path)


def test_extends_in_a_circle(cli: Cli) -> None:
    """The circle is shown, with the line that closes it."""
    path = cli.recipe('extends = ["b.toml"]\n' + PLAIN, head="")
    cli.recipe('\nextends = ["r.toml"]\n', name="b.toml", head="")
    said = cli.refuse("build", path)
    assert "b.toml:2: extends goes in a circle: r.toml -> b.toml -> r.toml" in said


def test_a_payload_that_changes_its_hash(cli: Cli) -> None:
    """A pinned file that was replaced is refused, and the image of the right one stays."""
    import hashlib

    source = cli.folder / "p"
    source.write_bytes(b"right")
    path = cli.recipe(_file("X") + f"sha256 = '{hashlib.sha256(b'right').hexdigest()}'")
    cli.run("build", path)
    source.write_bytes(b"wrong")
    assert hashlib.sha256(b"wrong").hexdigest() in cli.refuse("build", path)


def test_every_mistake_is_told_at_once(cli: Cli) -> None:
    """Three mistakes are three lines, in the order of the file."""
    said = cli.refuse("build", cli.recipe("files = 1\nbuffers = 0\n[output]\ngeometry = '1.4M'"))
    assert said.index("dos.files") < said.index("dos.buffers") < said.index("output.geometry")


@pytest.mark.parametrize(
    ("rows", "where", "what"),
    [
        ("", "m.csv: ", "empty"),
        ("hostname\n", "m.csv: ", "no machines"),
        ("hostname,1x\na,b\n", "m.csv: row 1, column 2", "'1x'"),
        ("hostname,hostname\na,b\n", "m.csv: row 1, column 2", "second column"),
        ("hostname\nA_B\n", "m.csv: row 2, column hostname", "'A_B'"),
        ("hostname,mac\na,52:54:00\n", "m.csv: row 2, column mac", "'52:54:00'"),
        ("hostname,mac\na,01:00:5e:00:00:01\n", "m.csv: row 2, column mac", "group address"),
        ("hostname,ip\na,10.0.0.256\n", "m.csv: row 2, column ip", "'10.0.0.256'"),
        ("hostname\na\nb\nA\n", "m.csv: row 4, column hostname", "row 2"),
        ("mac\n52:54:00:00:00:01\n525400000001\n", "m.csv: row 3, column mac", "row 2"),
        ("hostname,site\na\n", "m.csv: row 2", "1 cells under 2 columns"),
        ("hostname\n\xff\n", "m.csv: ", "not UTF-8"),
    ],
)
def test_wrong_inventories(cli: Cli, rows: str, where: str, what: str) -> None:
    """The row and the column are named as a spreadsheet counts them."""
    (cli.folder / "m.csv").write_bytes(rows.encode("latin-1"))
    said = cli.refuse("build", cli.recipe(), "--inventory", "m.csv")
    assert said.startswith(f"error: {where}"), said
    assert what in said.partition("\nhint")[0], said


def test_a_mistake_in_one_machine_stops_all(cli: Cli) -> None:
    """A cell that makes the label impossible is found before the first image is written."""
    (cli.folder / "m.csv").write_text("hostname,site\na,HALL\nb,Hall ä\n")
    path = cli.recipe("label = '{{ vars.site }}'")
    assert "dos.label" in cli.refuse("build", path, "--inventory", "m.csv")
    assert "gone.csv" in cli.refuse("build", path, "--inventory", "gone.csv")


# --- images and archives ------------------------------------------------------------------------------------


def _looped() -> bytes:
    image = bytearray(made_dos.freedos_disk())
    shape = fat.GEOMETRIES["1.44M"]
    for copy in range(2):
        at = (shape.reserved + copy * shape.sectors_per_fat) * 512
        image[at + 3 : at + 6] = bytes((0x03, 0x20, 0x00))  # cluster 2 -> 3 -> 2
    return bytes(image)


def _climbing_zip() -> bytes:
    return made_dos.zipped([("../KERNEL.SYS", made_dos.freedos_kernel()), ("../../x", b"x")])


def _lying_zip() -> bytes:
    """A zip whose directory promises 10 bytes where 1 MB unpacks."""
    data = bytearray(made_dos.zipped([("KERNEL.SYS", bytes(1 << 20))]))
    at = data.rindex(b"PK\x01\x02")
    data[at + 24 : at + 28] = struct.pack("<I", 10)
    return bytes(data)


@pytest.mark.parametrize(
    ("content", "commands", "what"),
    [
        (b"hello", ("inspect", "import", "recipe"), "disk"),
        (b"", ("inspect", "import", "recipe"), ""),
        (bytes(1_474_560), ("inspect", "import", "recipe"), ""),
        (bytes(range(256)) * 5760, ("inspect", "import", "recipe"), ""),
        (made_dos.freedos_disk()[:5000], ("inspect", "import", "recipe"), "1,474,560 bytes, there are 5,000"),
        (made_dos.freedos_disk()[:-512], ("inspect", "import", "recipe"), "there are 1,474,048"),
        (_looped(), ("inspect FILE KERNEL.SYS", "import", "recipe"), "circle"),
        (b"PK\x03\x04 not a zip", ("import", "recipe"), ""),
        (_climbing_zip(), ("import", "recipe"), "'../KERNEL.SYS'"),
        (_lying_zip(), ("import", "recipe"), ""),
        (b"\x1f\x8b" + bytes(100), ("import", "recipe"), ""),
    ],
    ids=[
        "text",
        "empty",
        "zeros",
        "noise",
        "truncated",
        "short",
        "looped",
        "nozip",
        "climbing",
        "lying",
        "nogzip",
    ],
)
def test_wrong_images(cli: Cli, content: bytes, commands: tuple[str, ...], what: str) -> None:
    """What is no disk, is cut off, or wants to harm is refused by every command that reads images."""
    (cli.folder / "x.img").write_bytes(content)
    path = cli.recipe(head=HEAD.replace("./dos", "./x.img"))
    for command in commands:
        if command == "import":
            said = cli.refuse("dos", "import", "mydos", "x.img")
        elif command == "recipe":
            said = cli.refuse("build", path)
            assert said.startswith("error: r.toml:4: dos.system: ")
        else:
            said = cli.refuse("inspect", "x.img", *command.split()[2:])
        assert "x.img" in said
        assert what in said


def test_a_zip_bomb(cli: Cli) -> None:
    """An archive that would unpack to a thousand times its size is refused before it is unpacked."""
    bomb = io.BytesIO()
    with (
        zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open("KERNEL.SYS", "w") as member,
    ):
        for _ in range(300):
            member.write(bytes(1 << 20))
    (cli.folder / "x.zip").write_bytes(bomb.getvalue())
    assert "bomb" in cli.refuse("dos", "import", "mydos", "x.zip")


# --- fuzz ---------------------------------------------------------------------------------------------------

fuzz = settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
scalars = st.one_of(
    st.integers(-(2**65), 2**65), st.booleans(), st.floats(allow_nan=False), st.text(max_size=20)
)
KEYS = [
    "schema",
    "name",
    "title",
    "extends",
    "vars",
    "dos",
    "network",
    "files",
    "boot",
    "output",
    "templates",
    "system",
    "label",
    "memory",
    "keyboard",
    "codepage",
    "set",
    "stack",
    "nics",
    "mode",
    "address",
    "hostname",
    "options",
    "drives",
    "source",
    "url",
    "sha256",
    "target",
    "text",
    "config",
    "commands",
    "media",
    "geometry",
]


def _toml(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return (
            '"' + "".join(f"\\U{ord(c):08X}" if not 0xD800 <= ord(c) < 0xE000 else "?" for c in value) + '"'
        )
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_toml(key)} = {_toml(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_toml, value)) + "]"
    return repr(value) if not (isinstance(value, float) and value in (float("inf"), -float("inf"))) else "inf"


values = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(KEYS) | st.text(max_size=4), inner, max_size=3)
    ),
    max_leaves=8,
)


def _ends_well(cli: Cli, *words: str) -> None:
    result = invoke(*words, env={"BOOTBUILDER_HOME": "home"})
    assert result.exception is None or isinstance(result.exception, SystemExit), repr(result.exception)
    assert result.exit_code in (0, 1, 2)
    if result.exit_code == 1:
        assert result.stderr.startswith("error: ")


@fuzz
@given(st.dictionaries(st.sampled_from(KEYS), values, max_size=5))
@example({"files": [{"source": "\0", "target": "X"}]})
@example({"extends": ["\0"]})
@example({"templates": {"AUTOEXEC.BAT": "\0"}})
@example({"dos": {"system": "./\0"}})
@example({"dos": {"system": "a/" * 3000}})
@example({"network": {"stack": "packet", "nics": ["pci:"], "options": {"": {}}}})
def test_any_recipe_is_built_or_explained_property(cli: Cli, tables: dict[str, object]) -> None:
    """Keys of any type in any table end in an image or an error, never in a traceback."""
    tables.setdefault("schema", 1)
    tables.setdefault("name", "r")
    tables.setdefault("dos", {"system": "./dos"})
    text = "\n".join(f"{key} = {_toml(value)}" for key, value in tables.items())
    (cli.folder / "r.toml").write_text(text, "utf-8")
    _ends_well(cli, "check", "r.toml")


TAGS = (
    "{{",
    "}}",
    "{%",
    "%}",
    "{#",
    "#}",
    "vars",
    "name",
    ".",
    "|",
    "(",
    ")",
    "[",
    "]",
    "1",
    "'",
    " ",
    "for",
    "x",
    "%",
)


@fuzz
@given(st.lists(st.sampled_from(TAGS) | st.text(max_size=3), max_size=12).map("".join))
@example("{{ name.format() }}")
@example("{{ '%s' | format }}")
@example("{{ ['a'] | join(1, 2, 3, 4) }}")
@example("{% for i in [1] %}{{ loop.x.y }}{% endfor %}")
@example("{{ name | batch(0) | list }}")
@example("{{ name | indent(10 ** 9) | center(10 ** 12) }}")
@example("{{ 10 ** 10 ** 5 }}")
def test_any_expression_is_filled_in_or_explained_property(cli: Cli, text: str) -> None:
    """What stands in a command and in a text file may be nonsense."""
    (cli.folder / "n.txt").write_text(text.replace("\r", ""), "utf-8", newline="")
    line = "[boot]\ncommands = [" + _toml(text) + "]\n"
    cli.recipe(line)
    _ends_well(cli, "check", "r.toml")
    cli.recipe("[[files]]\nsource = 'n.txt'\ntarget = 'N.TXT'\ntext = true\n")
    _ends_well(cli, "check", "r.toml")


@fuzz
@given(st.binary(max_size=400))
@example(b"\xef\xbb\xbf")
@example(b'a = "\x00"')
@example(b"[[[[[[" * 50)
@example(b"a=" + b"[" * 5000)
def test_any_bytes_as_a_recipe_or_inventory_property(cli: Cli, data: bytes) -> None:
    """A recipe or an inventory may be any file of the disk."""
    (cli.folder / "x.toml").write_bytes(data)
    _ends_well(cli, "check", "x.toml")
    cli.recipe()
    _ends_well(cli, "check", "r.toml", "--inventory", "x.toml")


@fuzz
@given(st.lists(st.tuples(st.integers(0, 6000), st.integers(0, 255)), min_size=1, max_size=12))
def test_any_damage_to_an_image_is_explained_property(cli: Cli, damage: list[tuple[int, int]]) -> None:
    """A floppy with flipped bytes in boot sector, FATs and directory is read or refused."""
    image = bytearray(made_dos.freedos_disk("160K"))
    for at, value in damage:
        image[at] = value
    (cli.folder / "x.img").write_bytes(bytes(image))
    _ends_well(cli, "inspect", "x.img")
    _ends_well(cli, "inspect", "x.img", "KERNEL.SYS")
    cli.recipe(head=HEAD.replace("./dos", "./x.img"))
    _ends_well(cli, "check", "r.toml")


@fuzz
@given(
    st.sampled_from(
        ["build", "check", "show", "inspect", "dos show", "nic find", "nic show", "recipe new", "nic add"]
    ),
    st.lists(
        st.text(max_size=8) | st.sampled_from(["--set", "a=1", "r.toml", "--nic", "-o", "x", "--json"]),
        max_size=5,
    ),
)
@example("check", ["\0"])
@example("inspect", ["\0"])
@example("nic add", ["\0"])
@example("recipe new", ["x", "-o", "\0"])
@example("build", ["r.toml", "-o", "\0"])
@example("build", ["r.toml", "-o", "dos/KERNEL.SYS"])
@example("check", ["r.toml", "--inventory", "\0"])
@example("dos show", ["\0/x"])
def test_any_words_are_understood_or_explained_property(cli: Cli, command: str, words: list[str]) -> None:
    """Arguments may be anything that a shell can pass."""
    cli.recipe()
    _ends_well(cli, *command.split(), *words)
