"""The firmware proof: shipped binaries match their sources, and every way of not matching is noticed."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from bootbuilder import firmware
from bootbuilder.errors import FirmwareError, ToolMissing
from bootbuilder.firmware import __main__ as command
from bootbuilder.firmware import manifest, proof

MANIFEST = """\
schema = 1
[binary.one]
source = "one.asm"
flags = ["-DVALUE=1"]
max_size = 16
[binary.two]
source = "one.asm"
flags = ["-DVALUE=2"]
max_size = 16
[binary."later.sys"]
source = "later/later.asm"
max_size = 16
"""


@pytest.fixture
def root(tmp_path: Path, require_tool: Callable[[str], str]) -> Path:
    """A firmware folder of its own: two built binaries of one source with an include, one never written."""
    require_tool("nasm")
    return make(tmp_path)


def make(folder: Path) -> Path:
    (folder / "src/inc").mkdir(parents=True)
    (folder / "manifest.toml").write_text(MANIFEST)
    (folder / "src/one.asm").write_text('  %include "inc/two.inc"\n db VALUE, TWO\n')
    (folder / "src/inc/two.inc").write_text("TWO equ 2\n")
    proof.build(folder)
    return folder


@pytest.fixture
def no_nasm(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine without NASM."""
    monkeypatch.setenv("PATH", "")


def failures(root: Path) -> list[str]:
    return [f"{finding.name}: {finding.message}" for finding in proof.check(root) if finding.failed]


def test_the_shipped_binaries_match_their_sources() -> None:
    """Hashes of all sources and binaries agree, and with NASM at hand a rebuild gives the same bytes."""
    in_ci = os.environ.get("CI", "").lower() == "true"
    assert [finding for finding in firmware.check(require_tools=in_ci) if finding.failed] == []


def test_all_boot_sectors_ship() -> None:
    """The wheel's binaries include a boot sector for each family, whole and signed."""
    names = [name for name in manifest.read(firmware.ROOT) if name.startswith("boot-")]
    assert len(names) == 5
    for name in names:
        assert len(firmware.load(name)) == 512 and firmware.load(name).endswith(b"\x55\xaa")


def test_a_build_is_proven_and_loads(root: Path) -> None:
    """What was built is found without fault, flags told apart, sources that do not exist yet left out."""
    assert proof.check(root) == []
    assert (manifest.load(root, "one"), manifest.load(root, "two")) == (b"\x01\x02", b"\x02\x02")
    assert sorted(manifest.read(root)["one"].sources) == ["inc/two.inc", "one.asm"]
    assert [entry.name for entry in proof.build(root)] == ["one", "two"]


def test_a_build_depends_on_nothing_but_its_sources(
    tmp_path: Path, require_tool: Callable[[str], str]
) -> None:
    """Two folders with other names give the same binaries and the same manifest, byte for byte."""
    require_tool("nasm")
    first, second = make(tmp_path / "a"), make(tmp_path / "another folder")
    for name in ("manifest.toml", "bin/one.bin", "bin/two.bin"):
        assert (first / name).read_bytes() == (second / name).read_bytes()


@pytest.mark.parametrize("path", ["src/one.asm", "src/inc/two.inc"])
def test_an_edit_without_a_build_is_noticed_without_nasm(root: Path, path: str, no_nasm: None) -> None:
    """A changed source or include makes both binaries fail, on a machine that cannot assemble."""
    with (root / path).open("a") as stream:
        stream.write("; a comment\n")
    assert failures(root) == [
        f"{name}: {path} has changed since the binary was built" for name in ("one", "two")
    ]


def test_a_new_include_is_noticed(root: Path, no_nasm: None) -> None:
    """An include that was added names both the file that changed and the one that came."""
    (root / "src/inc/three.inc").write_text("")
    (root / "src/inc/two.inc").write_text('%include "inc/three.inc"\nTWO equ 2\n')
    assert len([text for text in failures(root) if "three.inc" in text]) == 2


def test_a_missing_source_is_noticed(root: Path, no_nasm: None) -> None:
    """A source that is gone fails, and the message names it."""
    (root / "src/inc/two.inc").unlink()
    assert all("two.inc" in text for text in failures(root)) and failures(root)


@pytest.mark.parametrize("damage", ["changed", "missing"])
def test_a_damaged_binary_is_noticed_and_not_loaded(root: Path, damage: str, no_nasm: None) -> None:
    """A binary that is not the manifest's, or not there, fails the check, and `load` refuses it."""
    binary = root / "bin/one.bin"
    if damage == "changed":
        binary.write_bytes(b"\x01\x03")
    else:
        binary.unlink()
    assert [text.partition(":")[0] for text in failures(root)] == ["one"]
    with pytest.raises(FirmwareError, match=r"one\.bin") as caught:
        manifest.load(root, "one")
    assert caught.value.hint


def test_a_forged_binary_is_noticed_with_nasm(root: Path) -> None:
    """A binary whose hash was entered by hand agrees with the manifest but not with its source."""
    entries = manifest.read(root)
    forged = b"\x01\x04"
    (root / "bin/one.bin").write_bytes(forged)
    text = manifest.render(entries).replace(str(entries["one"].sha256), manifest.digest(forged))
    (root / "manifest.toml").write_text(text)
    assert manifest.load(root, "one") == forged
    assert failures(root) == ["one: nasm makes other bytes of the sources than the shipped binary"]


def test_missing_nasm_is_a_remark_unless_it_is_required(root: Path, no_nasm: None) -> None:
    """Without NASM the hashes count, and one finding says what was not done; where it is required that fails."""
    (finding,) = proof.check(root)
    assert not finding.failed and "nasm" in finding.message and finding.hint
    (finding,) = proof.check(root, require_tools=True)
    assert finding.failed
    with pytest.raises(ToolMissing):
        proof.build(root)


@pytest.mark.parametrize(
    ("source", "words"), [("mov ax, nonsense(\n", "later.asm:1"), ("times 17 db 0\n", "17 bytes, and 16")]
)
def test_a_build_that_fails_changes_nothing(root: Path, source: str, words: str) -> None:
    """With one bad source no binary is written, not even of the good ones, and the error quotes the assembler."""
    before = {path: path.read_bytes() for path in root.rglob("*") if path.is_file()}
    (root / "src/inc/two.inc").write_text("TWO equ 3\n")
    (root / "src/later").mkdir()
    (root / "src/later/later.asm").write_text(source)
    with pytest.raises(FirmwareError, match=words):
        proof.build(root)
    for path in ("manifest.toml", "bin/one.bin", "bin/two.bin"):
        assert (root / path).read_bytes() == before[root / path]
    assert not (root / "bin/later.sys").exists()
    assert any("later.sys: never built" in text for text in failures(root))


def test_building_one_leaves_the_others(root: Path) -> None:
    """A named build replaces that binary and its record only."""
    (root / "src/inc/two.inc").write_text("TWO equ 5\n")
    proof.build(root, ["two"])
    assert manifest.load(root, "two") == b"\x02\x05"
    assert [text for text in failures(root) if text.startswith("two")] == []
    assert any(text.startswith("one: src/inc/two.inc has changed") for text in failures(root))


def test_an_unknown_name_lists_the_known_ones(root: Path) -> None:
    """The error for a name that is not in the manifest tells what is."""
    for call in (lambda: manifest.load(root, "thre"), lambda: proof.check(root, ["thre"])):
        with pytest.raises(FirmwareError, match="thre") as caught:
            call()
        assert "later.sys, one, two" in str(caught.value.hint)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "schema = 2\n[binary]\n",
        "schema = 1\nbinary = 3\n",
        "not toml",
        "schema = 1\n[binary.x]\nsource = 'x'\n",
    ],
)
def test_a_damaged_manifest_is_an_error(text: str) -> None:
    """A manifest that cannot be understood raises FirmwareError and no other exception."""
    with pytest.raises(FirmwareError, match=r"here\.toml"):
        manifest.parse(text, "here.toml")


def test_the_manifest_reads_back(root: Path) -> None:
    """Rendering what was read gives the same text, so that a build without changes is no change."""
    text = (root / "manifest.toml").read_text()
    assert manifest.render(manifest.parse(text)) == text


def test_the_command_tells_by_its_exit_status(capsys: pytest.CaptureFixture[str], no_nasm: None) -> None:
    """0 for a proof, 1 with the reason when it fails, 2 for wrong usage."""
    assert command.main(["check", "boot-iosys"]) == 0
    assert "match their sources" in capsys.readouterr().out
    assert command.main(["build", "boot-iosys"]) == 1
    assert "nasm" in capsys.readouterr().err
    assert command.main(["prove"]) == 2
