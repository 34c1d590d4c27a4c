"""Recipes: what is right is taken with its defaults, each mistake is named with its file, line, key and cure."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bootbuilder import recipe, resources, toml_files
from bootbuilder.errors import RecipeError
from bootbuilder.problems import Table
from tests.makers import make_recipe


def refused(text: str) -> RecipeError:
    with pytest.raises(RecipeError) as caught:
        make_recipe(text)
    assert caught.value.hint
    return caught.value


def test_the_shortest_recipe_has_every_default() -> None:
    """A name is enough: the embedded DOS on a 1.44M floppy without network."""
    made = make_recipe("")
    assert (made.dos.system, made.dos.files, made.dos.buffers, made.dos.memory) == ("bbdos", 30, 20, "none")
    assert (made.output.media, made.output.geometry) == (("floppy",), "1.44M")
    assert (made.network.stack, made.network.address) == ("none", "dhcp")


@pytest.mark.parametrize(
    ("text", "says", "hint"),
    [
        ("[dos]\nmemry = 'xms'", "test.toml:4: dos.memry: unknown key", "did you mean 'memory'"),
        ("[dos]\nfiles = 300", "test.toml:4: dos.files: must be 8 to 255, found 300", ""),
        ("[dos]\nfiles = '30'", 'dos.files: must be a whole number, found "30"', ""),
        ("[dos]\nmemory = 'ems'", "must be one of none, xms, xms-umb", ""),
        ("[dos]\nlabel = 'ÄRGER'", "dos.label: must be up to 11 characters", ""),
        ("[dos]\ncodepage = 1252", "must be one of 437", ""),
        ("[dos]\nlastdrive = 'zz'", "must be one letter", ""),
        ("[output]\ngeometry = '1.4M'", "output.geometry: must be one of", "did you mean '1.44M'"),
        ("[output]\nmedia = ['flopy']", "output.media[0]", "did you mean 'floppy'"),
        ("[network]\nstack = 'packet'", "needs an adapter", "nics ="),
        ("[network]\naddress = { ip = '10.0.0.300', netmask = '255.0.0.0' }", "must be an IPv4 address", ""),
        ("[network]\naddress = { ip = '10.0.0.3' }", "network.address.netmask: this key is required", ""),
        ("[[files]]\nsource = 'x'", "files[0].target: this key is required", "TOOLS"),
        ("[[files]]\nsource = 'x'\ntarget = 'LONGFILENAME.TXT'", "not an 8.3 name", "LONGFI~1.TXT"),
        ("[[files]]\nsource = 'x'\ntarget = 'CON.TXT'", "DOS device", ""),
        ("[[files]]\nsource = 'x'\ntarget = '..\\X'", "'..'", ""),
        ("[[files]]\ntarget = 'X'", "either source or url", ""),
        ("[[files]]\nurl = 'https://x/y'\ntarget = 'X'", "a url needs its sha256", "sha256sum y"),
        ("[boot]\ncommands = ['a\\u0007']".replace("'", '"'), "one line without control", ""),
        ("[vars]\n'1x' = 1", "must be made of letters", ""),
        ("nmae = 'x'", "nmae: unknown key", "did you mean 'name'"),
        ("[vars]\na = [1]", "vars.a: must be a string, a whole number, a number or true or false", ""),
        ("[network]\naddress = 'dhpc'", "must be one of dhcp, found", "did you mean 'dhcp'"),
        ("[network]\naddress = 5", "network.address: must be dhcp or a table, found 5", ""),
        ("[output]\nmedia = []", "output.media: must not be empty", ""),
        ("[dos]\nsystem = ''", "dos.system: must not be empty", ""),
        ("[dos]\nfiles = true", "dos.files: must be a whole number, found true", ""),
        ('[dos]\nlastdrive = "Z\\n"', "must be one letter", ""),
        ("[dos]\nlabel = ' X'", "dos.label: must be up to 11 characters", "PLANT"),
    ],
)
def test_mistakes_are_named_with_line_key_and_cure(text: str, says: str, hint: str) -> None:
    """Each mistake says where it is, what is allowed, and what was probably meant."""
    error = refused(text)
    assert says in error.message
    assert hint in (error.hint or "")


def test_all_mistakes_of_a_recipe_are_told_at_once_in_order() -> None:
    """Nobody has to run `check` once for each mistake."""
    error = refused("[dos]\nfiles = 1\nbuffers = 0\n[output]\ngeometry = 'x'")
    assert [line.split(":")[1] for line in error.message.splitlines()] == ["4", "5", "7"]


def test_a_literal_password_is_refused_and_never_repeated() -> None:
    """Secrets go by reference; the message does not show what was written."""
    text = "[[network.drives]]\nletter = 'F'\nunc = '\\\\srv\\share'\npassword = 'hunter2'"
    error = refused(text)
    assert "env:NAME or file:PATH" in error.message
    assert "hunter2" not in error.message + (error.hint or "")
    error = refused(text.replace("[[network.drives]]", "[network.drives]"))
    assert "network.drives: must be a list" in error.message
    assert "hunter2" not in error.message + (error.hint or "")
    made = make_recipe(text.replace("hunter2", "env:PLANT_PW"))
    assert made.network.drives[0].password == "env:PLANT_PW"


@pytest.mark.parametrize("name", ["", "-x", "Ü", "A", "a" * 41, "a b", "a/b"])
def test_bad_names_are_refused(name: str) -> None:
    """File names are made of the name, so it is kept plain."""
    merged = toml_files.parse(f"schema = 1\nname = {json.dumps(name)}", Path("t.toml"))
    with pytest.raises(RecipeError, match="name: must be 1 to 40"):
        recipe.validate(merged)


def test_empty_recipe_and_syntax_error(tmp_path: Path) -> None:
    """An empty file points to the skeleton, a TOML error to its line and column."""
    path = tmp_path / "r.toml"
    path.write_text("")
    with pytest.raises(RecipeError, match="empty") as caught:
        recipe.load(path)
    assert "recipe new" in (caught.value.hint or "")
    path.write_text('schema = 1\nname = "x\n')
    with pytest.raises(RecipeError, match=r"r\.toml:2:\d+: not TOML"):
        recipe.load(path)
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(RecipeError, match="not UTF-8"):
        recipe.load(path)
    with pytest.raises(RecipeError, match="no such file"):
        recipe.load(tmp_path / "nope.toml")


def test_extends_merges_tables_and_remembers_which_file_said_what(tmp_path: Path) -> None:
    """Tables merge, arrays and scalars of the later file win, paths and mistakes belong to the file that has them."""
    base = tmp_path / "base"
    base.mkdir()
    (base / "lab.toml").write_text(
        '[vars]\nserver = "10.0.0.5"\n[dos]\nfiles = 40\n[boot]\ncommands = ["A", "B"]\n'
        '[[files]]\nsource = "x.bin"\ntarget = "X.BIN"\n'
    )
    path = tmp_path / "r.toml"
    path.write_text(
        'schema = 1\nname = "r"\nextends = ["base/lab.toml"]\n[vars]\nn = 3\n[boot]\ncommands = ["C"]\n'
    )
    made = recipe.load(path)
    assert made.vars == {"server": "10.0.0.5", "n": 3}
    assert made.dos.files == 40
    assert made.boot.commands == ("C",)
    assert made.folder_of("files", 0, "source") == base
    assert made.folder_of("boot", "commands") == tmp_path
    (base / "lab.toml").write_text("[dos]\nfiles = 1\n")
    with pytest.raises(RecipeError, match=r"lab\.toml:2: dos\.files"):
        recipe.load(path)


def test_extends_in_a_circle_is_named(tmp_path: Path) -> None:
    """A circle is refused and shown."""
    (tmp_path / "a.toml").write_text('schema = 1\nname = "a"\nextends = ["b.toml"]')
    (tmp_path / "b.toml").write_text('extends = ["a.toml"]')
    with pytest.raises(RecipeError, match=r"circle: a\.toml -> b\.toml -> a\.toml"):
        recipe.load(tmp_path / "a.toml")
    (tmp_path / "b.toml").write_text('extends = "a.toml"')
    with pytest.raises(RecipeError, match="must be a list"):
        recipe.load(tmp_path / "a.toml")
    (tmp_path / "b.toml").write_text('extends = ["gone.toml"]')
    with pytest.raises(RecipeError, match=r"which .*b\.toml extends"):
        recipe.load(tmp_path / "a.toml")


def test_hash_is_of_the_meaning_not_the_spelling() -> None:
    """Comments and order do not change the recipe's hash, values do."""
    one = make_recipe("[dos]\nfiles = 40\nbuffers = 10")
    same = make_recipe("# words\n[dos]\nbuffers = 10\nfiles = 40")
    other = make_recipe("[dos]\nfiles = 41\nbuffers = 10")
    assert one.sha256 == same.sha256 != other.sha256


def test_skeleton_is_a_recipe_also_with_every_example_line_used() -> None:
    """`recipe new` prints something that checks, and each commented example is valid as it stands."""
    text = recipe.skeleton("my-own")
    assert recipe.validate(toml_files.parse(text, Path("x.toml"))).name == "my-own"
    used = []
    for line in text.splitlines():
        body = line.removeprefix("# ")
        takes = body != line and (body[:1] in "[" or " = " in body) and not body.startswith("extends")
        used.append(body if takes else line)
    made = recipe.validate(toml_files.parse("\n".join(used), Path("x.toml")))
    assert made.network.nics == ("ne2000",)
    assert len(made.files) == 2
    with pytest.raises(RecipeError):
        recipe.skeleton("Not A Name")


def test_schema_describes_every_key() -> None:
    """The JSON Schema for editors has the contract's tables and the geometries."""
    schema = recipe.json_schema()
    assert set(schema["properties"]) == {
        "schema", "name", "title", "extends", "vars", "dos", "network", "files", "boot", "templates", "output",
    }  # fmt: skip
    assert "1.44M" in json.dumps(schema)
    assert schema["additionalProperties"] is False


@pytest.mark.parametrize("path", sorted(resources.folder("recipes").glob("*.toml")), ids=lambda p: p.name)
def test_shipped_recipes_are_valid(path: Path) -> None:
    """Every example loads."""
    assert recipe.load(path).title


keys = st.text("abc-_", min_size=1, max_size=3)


@given(st.recursive(st.integers(0, 9), lambda inner: st.dictionaries(keys, inner, max_size=3), max_leaves=8))
def test_any_toml_is_a_recipe_or_explained_property(value: object) -> None:
    """Whatever table stands in a recipe, the answer is a recipe or a RecipeError."""
    import tomlkit

    data = {"schema": 1, "name": "x", "dos": value}
    try:
        recipe.validate(toml_files.parse(tomlkit.dumps(data), Path("x.toml")))
    except RecipeError as error:
        assert "x.toml" in error.message


@given(st.text(max_size=80))
def test_any_text_loads_or_is_explained_property(text: str) -> None:
    """Arbitrary text is never a traceback."""
    try:
        recipe.validate(toml_files.parse(text, Path("x.toml")))
    except RecipeError as error:
        assert error.hint


def test_lines_of_keys_are_found_in_all_spellings() -> None:
    """Headers, arrays of tables, dotted and quoted keys are found; the nearest table stands in for the rest."""
    text = 'a.b = 1\n[t]\n"x y" = 2\n[[f]]\nn = 1\n[[f]]\nn = 2\n[f.sub]\nk = 3\n'
    assert toml_files.line_of(text, ("a", "b")) == 1
    assert toml_files.line_of(text, ("t", "x y")) == 3
    assert toml_files.line_of(text, ("f", 1, "n")) == 7
    assert toml_files.line_of(text, ("f", 1, "sub", "k")) == 9
    assert toml_files.line_of(text, ("f", 0, "missing")) == 4
    assert toml_files.line_of(text, ("nowhere",)) is None


def test_no_key_takes_a_list_or_a_text_with_a_pattern() -> None:
    """msgspec 0.22.0 damages its memory for a union of the two, so that Python aborts when it ends."""

    def unions(kind: Any) -> Iterator[msgspec.inspect.UnionType]:
        if isinstance(kind, msgspec.inspect.UnionType):
            yield kind
        for name in getattr(kind, "__struct_fields__", ()):
            inner = getattr(kind, name)
            for one in inner if isinstance(inner, tuple) else (inner,):
                if isinstance(one, (msgspec.inspect.Type, msgspec.inspect.Field)):
                    yield from unions(one)

    found = [union for table in Table.__subclasses__() for union in unions(msgspec.inspect.type_info(table))]
    assert found
    for union in found:
        kinds = [one.type if isinstance(one, msgspec.inspect.Metadata) else one for one in union.types]
        patterns = [one for one in kinds if isinstance(one, msgspec.inspect.StrType) and one.pattern]
        lists = [one for one in kinds if isinstance(one, msgspec.inspect.CollectionType)]
        assert not (patterns and lists), union
