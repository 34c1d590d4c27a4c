"""`bootbuilder diff`: what differs between two images, as people and scripts read it."""

from __future__ import annotations

import json
import shutil

import pytest

from tests.clirun import Cli


def _build(cli: Cli, folder: str, text: str = "") -> str:
    cli.recipe(text)
    cli.run("build", "r.toml", "-o", folder)
    return f"{folder}/r/r.img"


def test_two_builds_of_one_recipe_are_identical(cli: Cli) -> None:
    """The same image under another name differs in nothing, and scripts see 0."""
    first, second = _build(cli, "a"), _build(cli, "b")
    assert cli.run("diff", first, second, "--exit-code").out == "identical\n"


def test_each_kind_of_difference_is_told(cli: Cli) -> None:
    """Lines of texts, contents, added and removed files, the label and the recipe are named; scripts see 1."""
    for name in ("OLD.TXT", "SAME.BIN", "DATA.BIN"):
        cli.folder.joinpath(name).write_bytes(name.encode() * 50)
    files = "\n".join(
        f'[[files]]\nsource = "{name}"\ntarget = "{name}"' for name in ("OLD.TXT", "SAME.BIN", "DATA.BIN")
    )
    first = _build(cli, "a", f'label = "ONE"\n{files}\n[boot]\ncommands = ["VER", "DIR"]\n')
    cli.folder.joinpath("DATA.BIN").write_bytes(bytes(1000))
    files = files.replace('target = "OLD.TXT"', 'target = "NEW.TXT"')
    second = _build(cli, "b", f'label = "TWO"\n{files}\n[boot]\ncommands = ["VER", "MEM"]\n')
    ran = cli.run("diff", first, second, "--exit-code", status=1)
    lines = ran.out.splitlines()
    assert "removed: OLD.TXT, 350 bytes" in lines
    assert "added:   NEW.TXT, 350 bytes" in lines
    assert "changed: DATA.BIN (content), 400 -> 1,000 bytes" in lines
    assert "    -DIR" in lines
    assert "    +MEM" in lines
    assert not [line for line in lines if "SAME.BIN" in line]
    assert [line for line in lines if line.startswith("shape: label: ONE, serial ") and "-> TWO" in line]
    assert [line for line in lines if line.startswith("built from: SHA-256 of the recipe: ")]


def test_json_tells_the_same(cli: Cli) -> None:
    """Programs get every difference as values, and 0 without --exit-code."""
    first = _build(cli, "a")
    second = _build(cli, "b", '[boot]\ncommands = ["MEM"]\n')
    report = json.loads(cli.run("diff", first, second, "--json").out)
    assert report["identical"] is False
    (change,) = report["files"]
    assert (change["path"], change["kind"], change["what"]) == ("AUTOEXEC.BAT", "changed", ["content"])
    assert "+MEM" in change["lines"]


def test_a_boot_sector_is_compared_field_by_field(cli: Cli) -> None:
    """A changed OEM name and changed code are two differences; a damaged manifest beside the image is no obstacle."""
    first = _build(cli, "a")
    other = cli.folder / "b.img"
    image = bytearray(cli.folder.joinpath(first).read_bytes())
    image[3:11] = b"IBM  5.0"
    image[200:203] = bytes(byte ^ 0xFF for byte in image[200:203])
    other.write_bytes(image)
    cli.folder.joinpath("manifest.json").write_text("[1,")
    out = cli.run("diff", first, "b.img").out
    assert "-> 'IBM  5.0'" in out
    assert "boot sector: code (3 bytes): " in out
    assert "changed:" not in out


def test_bytes_outside_the_files_are_a_difference(cli: Cli) -> None:
    """Two images with the same files that are not the same bytes are not called identical."""
    first = _build(cli, "a")
    other = cli.folder / "b.img"
    image = bytearray(cli.folder.joinpath(first).read_bytes())
    image[-1] ^= 1
    other.write_bytes(image)
    out = cli.run("diff", first, "b.img", "--exit-code", status=1).out
    assert "bytes outside of them differ" in out


@pytest.mark.parametrize("side", [0, 1])
def test_what_is_no_image_is_refused(cli: Cli, side: int) -> None:
    """The file that is no image is named, whichever side it is on."""
    pair = [_build(cli, "a"), "r.toml"]
    assert "r.toml" in cli.refuse("diff", *(pair if side else pair[::-1]))
    shutil.rmtree(cli.folder / "a")
    assert "there is no a/r/r.img" in cli.refuse("diff", "a/r/r.img", "a/r/r.img")
