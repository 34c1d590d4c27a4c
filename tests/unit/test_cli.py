"""The command line: what each command prints and leaves, its exit status, and that equal inputs give equal bytes."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import bootbuilder
from bootbuilder import firmware, resources
from bootbuilder.errors import RecipeError
from bootbuilder.firmware import proof
from bootbuilder.media import fat
from tests import made_dos
from tests.clirun import HEAD, Cli, invoke

MACHINES = "hostname;mac;site\nSAW-1;52-54-00-12-34-01;Hall A\nSAW-2;525400123402;Hall B\n"
DRIVER = b"\xe9\x00\x00PKT DRVR" + bytes(500)


@pytest.fixture
def ne2000(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A catalogue whose NE2000 driver is 511 bytes of nothing; returns that file."""
    catalogue = cli.folder / "nic_drivers"
    catalogue.mkdir()
    real = resources.folder("nic_drivers")
    for path in real.glob("*.toml"):
        text = path.read_text("utf-8")
        if path.stem == "ne2000":
            listed = text.split('sha256 = "')[1][:64]
            text = text.replace(listed, hashlib.sha256(DRIVER).hexdigest())
        (catalogue / path.name).write_text(text, "utf-8")
    shipped = resources.folder
    monkeypatch.setattr(
        resources, "folder", lambda kind: catalogue if kind == "nic_drivers" else shipped(kind)
    )
    path = cli.folder / "NE2000.COM"
    path.write_bytes(DRIVER)
    return path


# --- the program itself -------------------------------------------------------------------------------------


def test_version_and_help(cli: Cli) -> None:
    """--version names the version, and the help of the program and of each command can be had."""
    assert cli.run("--version").out == f"bootbuilder {bootbuilder.__version__}\n"
    shown = cli.run("--help").out
    for command in ("build", "check", "show", "inspect", "boot", "dos", "nic", "recipe", "firmware"):
        assert f"  {command} " in shown
        assert "--help" in cli.run(command, "--help").out
    assert cli.run("-h").out == shown


@pytest.mark.parametrize(
    "words",
    [
        (),
        ("bild",),
        ("build",),
        ("build", "r.toml", "--jobs", "0"),
        ("build", "r.toml", "--nope"),
        ("build", "r.toml", "--set", "n"),
        ("build", "r.toml", "--set", "1n=x"),
        ("build", "r.toml", "--boot-sector", "mine"),
        ("boot", "r.img", "--accel", "hax"),
        ("boot", "r.img", "--expect", "("),
        ("dos",),
        ("dos", "import", "x"),
    ],
    ids=" ".join,
)
def test_wrong_usage_is_status_2(cli: Cli, words: tuple[str, ...]) -> None:
    """What cannot be meant is wrong usage, not a failure."""
    cli.recipe()
    ran = cli.run(*words, status=2)
    assert "Usage: " in ran.out + ran.err


def test_errors_are_plain_when_colours_are_off(cli: Cli) -> None:
    """--no-color and NO_COLOR leave no escape sequences, and neither does output into a pipe."""
    for words, env in ((("--no-color",), {}), ((), {"NO_COLOR": "1"}), ((), {})):
        assert "\x1b" not in cli.run(*words, "check", "none.toml", status=1, env=env).err


def test_quiet_prints_only_errors(cli: Cli) -> None:
    """--quiet says nothing of a success and everything of a failure."""
    path = cli.recipe()
    for words in (("build", path), ("check", path), ("show", path)):
        ran = cli.run("--quiet", *words)
        assert (ran.out, ran.err) == ("", "")
    assert "none.toml" in cli.run("--quiet", "check", "none.toml", status=1).err


def test_debug_shows_the_traceback_of_a_failure(cli: Cli) -> None:
    """--debug is for those who look for the place in the program."""
    assert isinstance(invoke("--debug", "check", "none.toml").exception, RecipeError)


# --- build --------------------------------------------------------------------------------------------------


def test_build_writes_the_image_and_its_manifest(cli: Cli) -> None:
    """The manifest has the promised keys, and they are true of the image."""
    payload = cli.folder / "tool.bin"
    payload.write_bytes(b"tool" * 300)
    path = cli.recipe("[[files]]\nsource = 'tool.bin'\ntarget = 'A:\\TOOLS\\TOOL.EXE'")
    ran = cli.run("build", path)
    assert "r.img" in ran.out
    assert "written" in ran.out
    manifest = cli.manifest()
    assert {"schema", "recipe", "recipe_sha256", "tool", "images"} <= manifest.keys()
    assert manifest["schema"] == 1
    assert manifest["recipe"] == "r"
    assert len(manifest["recipe_sha256"]) == 64
    assert manifest["tool"] == {"name": "bootbuilder", "version": bootbuilder.__version__}
    (image,) = manifest["images"]
    data = (cli.folder / "out" / "r" / "r.img").read_bytes()
    assert len(data) == 1_474_560
    expected = {"file": "r.img", "media": "floppy", "nic": None, "size": 1_474_560, "geometry": "1.44M"}
    assert expected.items() <= image.items()
    assert image["sha256"] == hashlib.sha256(data).hexdigest()
    report = json.loads(cli.run("inspect", "out/r/r.img", "--json").out)
    assert image["free_bytes"] == report["free_bytes"]
    assert [f["path"] for f in image["files"]] == [f["path"] for f in report["files"] if f["path"] != "TOOLS"]
    for file in image["files"]:
        assert file.keys() == {"path", "size", "sha256", "origin", "license", "redistributable"}
        inside = cli.run("inspect", "out/r/r.img", file["path"]).raw
        assert (len(inside), hashlib.sha256(inside).hexdigest()) == (file["size"], file["sha256"])
    assert cli.run("inspect", "out/r/r.img", "a:/tools/tool.exe").raw == payload.read_bytes()
    assert {path.name for path in (cli.folder / "out" / "r").iterdir()} == {"manifest.json", "r.img"}


def test_build_json_is_the_manifests(cli: Cli) -> None:
    """--json prints one JSON value with each recipe's manifest and folder, and nothing else."""
    cli.recipe()
    cli.recipe(name="s.toml", head=HEAD.replace('"r"', '"s"'))
    made = json.loads(cli.run("build", "r.toml", "s.toml", "--json", "-o", "o").out)
    assert [entry.pop("folder") for entry in made["recipes"]] == [str(Path("o/r")), str(Path("o/s"))]
    assert made["recipes"] == [cli.manifest("r", "o"), cli.manifest("s", "o")]


def test_second_build_rewrites_nothing_and_says_so(cli: Cli) -> None:
    """An unchanged image keeps its file; --force and a damaged image are written again."""
    path = cli.recipe()
    cli.run("build", path)
    image = cli.folder / "out" / "r" / "r.img"
    data, before = image.read_bytes(), image.stat()
    ran = cli.run("build", path)
    assert "unchanged" in ran.out
    assert "nothing to do" in ran.out
    assert (image.stat().st_ino, image.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)
    assert "written" in cli.run("build", path, "--force").out
    assert image.stat().st_ino != before.st_ino or image.stat().st_mtime_ns != before.st_mtime_ns
    image.write_bytes(data[:-1] + b"x")
    assert "written" in cli.run("build", path).out
    assert image.read_bytes() == data
    image.unlink()
    assert "written" in cli.run("build", path).out
    (cli.folder / "out" / "r" / "manifest.json").write_text("[]")
    assert "written" in cli.run("build", path).out


@pytest.mark.parametrize(
    "change",
    ["[boot]\ncommands = ['VER']", "buffers = 21", "label = 'OTHER'", "[output]\ngeometry = '720K'"],
)
def test_a_changed_recipe_is_built_again(cli: Cli, change: str) -> None:
    """Whatever decides the image's bytes makes it new."""
    cli.run("build", cli.recipe())
    old = cli.manifest()["images"][0]["sha256"]
    assert "written" in cli.run("build", cli.recipe(change)).out
    assert cli.manifest()["images"][0]["sha256"] != old


def test_set_changes_variables(cli: Cli) -> None:
    """--set wins over [vars]; both reach commands, targets and text files."""
    (cli.folder / "n.txt").write_text("server={{ vars.server }}\n")
    path = cli.recipe(
        """\
        [vars]
        server = "10.0.0.5"
        [boot]
        commands = ["PING {{ vars.server }}"]
        [[files]]
        source = "n.txt"
        target = "{{ vars.server[:2] }}.TXT"
        text = true
        """
    )
    cli.run("build", path)
    assert cli.run("inspect", "out/r/r.img", "10.TXT").raw == b"server=10.0.0.5\r\n"
    cli.run("build", path, "--set", "server=192.168.1.1")
    assert cli.run("inspect", "out/r/r.img", "19.TXT").raw == b"server=192.168.1.1\r\n"
    assert cli.run("inspect", "out/r/r.img", "AUTOEXEC.BAT").raw.endswith(b"\r\nPING 192.168.1.1\r\n")


def test_inventory_makes_one_image_for_each_machine(cli: Cli) -> None:
    """Columns become variables, host names file names, and the manifest tells which machine is which."""
    (cli.folder / "m.csv").write_text(MACHINES)
    path = cli.recipe("[boot]\ncommands = ['ECHO {{ vars.hostname }} {{ vars.site }} {{ vars.mac }}']")
    cli.run("build", path, "--inventory", "m.csv", "-j", "2")
    images = cli.manifest()["images"]
    assert [image["file"] for image in images] == ["r-saw-1.img", "r-saw-2.img"]
    assert images[1]["machine"] == {"hostname": "SAW-2", "mac": "52:54:00:12:34:02", "ip": ""}
    batch = cli.run("inspect", "out/r/r-saw-2.img", "AUTOEXEC.BAT").raw
    assert b"ECHO SAW-2 Hall B 52:54:00:12:34:02\r\n" in batch
    assert "2 images" in cli.run("check", path, "--inventory", "m.csv").out


def test_files_of_earlier_builds_are_named_and_kept(cli: Cli) -> None:
    """An image that no recipe makes any more is the user's to delete."""
    (cli.folder / "m.csv").write_text(MACHINES)
    path = cli.recipe()
    cli.run("build", path, "--inventory", "m.csv")
    ran = cli.run("build", path)
    assert "earlier builds" in ran.out
    assert "r-saw-1.img" in ran.out
    assert (cli.folder / "out" / "r" / "r-saw-1.img").is_file()
    assert [image["file"] for image in cli.manifest()["images"]] == ["r.img"]


def test_media_of_the_command_line_replaces_that_of_the_recipe(cli: Cli) -> None:
    """--media iso makes an ISO that carries the same disk."""
    path = cli.recipe()
    cli.run("build", path, "--media", "iso", "--media", "floppy", "--media", "iso")
    images = {image["media"]: image for image in cli.manifest()["images"]}
    assert {name: image["file"] for name, image in images.items()} == {"iso": "r.iso", "floppy": "r.img"}
    floppy = (cli.folder / "out" / "r" / "r.img").read_bytes()
    assert floppy in (cli.folder / "out" / "r" / "r.iso").read_bytes()
    report = json.loads(cli.run("inspect", "out/r/r.iso", "--json").out)
    assert (report["kind"], report["geometry"]) == ("ISO with a boot floppy", "1.44M")
    assert "'floopy'" in cli.refuse("build", path, "--media", "floopy")


def test_every_geometry_has_exactly_its_size(cli: Cli) -> None:
    """The image is as large as the medium, and `inspect` recognises it."""
    for name, geometry in fat.GEOMETRIES.items():
        cli.run("build", cli.recipe(f"[output]\ngeometry = '{name}'"))
        assert (cli.folder / "out" / "r" / "r.img").stat().st_size == geometry.size
        assert json.loads(cli.run("inspect", "out/r/r.img", "--json").out)["geometry"] == name


def test_two_recipes_with_one_name_are_refused(cli: Cli) -> None:
    """They would overwrite each other's images."""
    cli.recipe()
    cli.recipe(name="s.toml")
    said = cli.refuse("build", "r.toml", "s.toml")
    assert "s.toml and r.toml are both called 'r'" in said


def test_no_recipe_is_built_when_one_is_wrong(cli: Cli) -> None:
    """The mistake in the second recipe is found before the first is written."""
    cli.recipe()
    cli.recipe("files = 1", name="s.toml", head=HEAD.replace('"r"', '"s"'))
    assert "dos.files" in cli.refuse("build", "r.toml", "s.toml")


def test_adapters_of_the_recipe_and_of_the_command_line(cli: Cli, ne2000: Path) -> None:
    """One image for each driver whose file is here; --nic chooses, and a missing driver says how to get it."""
    path = cli.recipe('[network]\nstack = "packet"\nnics = ["ne2000-crynwr"]')
    assert "bootbuilder nic fetch ne2000-crynwr" in cli.refuse("build", path)
    assert "the packet driver of ne2000-crynwr" in cli.run("nic", "add", ne2000).out
    cli.run("build", path)
    (image,) = cli.manifest()["images"]
    assert (image["file"], image["nic"]) == ("r-ne2000-crynwr.img", "ne2000-crynwr")
    assert cli.run("inspect", "out/r/r-ne2000-crynwr.img", "DOS\\NE2000.COM").raw == DRIVER
    batch = cli.run("show", path, "AUTOEXEC.BAT").out
    assert "A:\\DOS\\NE2000.COM 0x60 3 0x300" in batch
    assert "'ne200' is not a driver id" in cli.refuse("build", path, "--nic", "ne200")
    cli.recipe('[network]\nstack = "packet"\nnics = ["all"]')
    assert "ok, 2 images" in cli.run("check", path).out
    cli.recipe()
    assert "has no network" in cli.refuse("build", path, "--nic", "ne2000")


# --- same inputs, same bytes --------------------------------------------------------------------------------


def test_source_date_epoch_is_the_time_stamp_of_files(cli: Cli) -> None:
    """SOURCE_DATE_EPOCH dates the files, in UTC; what is no moment is refused."""
    path = cli.recipe()
    cli.run("build", path, env={"SOURCE_DATE_EPOCH": "1000000000"})
    assert "2001-09-09T01:46:40" in cli.run("inspect", "out/r/r.img").out
    assert "SOURCE_DATE_EPOCH" in cli.run("build", path, status=1, env={"SOURCE_DATE_EPOCH": "soon"}).err
    cli.run("build", path, env={"SOURCE_DATE_EPOCH": "0"})
    assert "1980-01-01T00:00:00" in cli.run("inspect", "out/r/r.img").out


def _tree(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def _build_elsewhere(
    cli: Cli, out: str, setup: str = "pass", cwd: Path | None = None, **environ: str
) -> None:
    code = (
        f"import os, sys; {setup}; from bootbuilder.__main__ import main; sys.argv[0] = 'bootbuilder'; main()"
    )
    recipe = Path("r.toml") if cwd is None else cli.folder / "r.toml"
    words = ["build", str(recipe), "-o", str(cli.folder / out), "--media", "floppy", "--media", "iso"]
    root = Path(bootbuilder.__file__).parents[1]
    environment = {**os.environ, "PYTHONPATH": str(root), "BOOTBUILDER_HOME": str(cli.folder / "home")}
    subprocess.run(
        [sys.executable, "-c", code, *words],
        env={**environment, **environ},
        cwd=cwd or cli.folder,
        check=True,
        capture_output=True,
    )


@pytest.mark.parametrize(
    ("setup", "environ"),
    [
        ("pass", {"TZ": "Pacific/Kiritimati", "LC_ALL": "tr_TR.UTF-8", "LANG": "C", "COLUMNS": "20"}),
        ("os.umask(0o077)", {"PYTHONHASHSEED": "7", "USER": "nobody", "HOME": "/nonexistent"}),
        ("import time; time.time = lambda: 4e9; time.localtime = time.gmtime", {"PYTHONUTF8": "0"}),
        ("pass", {"LC_ALL": "C", "PYTHONIOENCODING": "ascii", "TMPDIR": "/dev/shm"}),
    ],
    ids=["time zone and locale", "umask, hash seed and user", "date", "C locale"],
)
def test_the_same_bytes_under_other_circumstances(cli: Cli, setup: str, environ: dict[str, str]) -> None:
    """Images and manifest do not depend on time zone, locale, umask, user, date or hash seed."""
    (cli.folder / "ärger.txt").write_text("Grüße\n", "utf-8")
    (cli.folder / "tree").mkdir()
    for name in "cab":
        (cli.folder / "tree" / name).write_text(name)
    cli.recipe(
        """\
        codepage = 850
        [[files]]
        source = "ärger.txt"
        target = "X.TXT"
        text = true
        [[files]]
        source = "tree"
        target = "TREE"
        """
    )
    cli.run("build", "r.toml", "--media", "floppy", "--media", "iso")
    _build_elsewhere(cli, "out2", setup, **environ)
    assert _tree(cli.folder / "out2") == _tree(cli.folder / "out")


def test_the_same_bytes_from_another_folder(cli: Cli, tmp_path_factory: pytest.TempPathFactory) -> None:
    """A recipe named by its whole path from elsewhere makes the same files, the manifest included."""
    (cli.folder / "tool.bin").write_bytes(b"x")
    cli.recipe("[[files]]\nsource = 'tool.bin'\ntarget = 'X.BIN'")
    cli.run("build", "r.toml", "--media", "floppy", "--media", "iso")
    _build_elsewhere(cli, "out2", cwd=tmp_path_factory.mktemp("elsewhere"))
    assert _tree(cli.folder / "out2") == _tree(cli.folder / "out")


# --- check, show, inspect -----------------------------------------------------------------------------------


def test_check_writes_nothing(cli: Cli) -> None:
    """`check` composes everything and says how much room is left."""
    path = cli.recipe()
    before = cli.snapshot()
    assert "r.toml: ok, 1 image, at least 1,45" in cli.run("check", path).out
    assert cli.snapshot() == before
    cli.recipe("[boot]\ncommands = ['{{ vars.nope }}']")
    assert "vars.nope" in cli.refuse("check", path)


def test_show_tells_what_made_each_line(cli: Cli) -> None:
    """Each generated line stands beside its key or template, with the byte budget below."""
    path = cli.recipe("files = 44\n[boot]\ncommands = ['VER']")
    shown = cli.run("show", path).out
    assert "FILES=44" in shown
    assert next(line for line in shown.splitlines() if line.startswith("FILES=44")).endswith(
        "r.toml:5: dos.files"
    )
    assert next(line for line in shown.splitlines() if line.startswith("VER")).endswith("boot.commands[0]")
    assert "1,457,664 bytes used" in shown
    assert "KERNEL.SYS" in shown


def test_show_prints_one_file_as_it_is_written(cli: Cli) -> None:
    """With a file's name, only that file; a name that is not generated is refused with those that are."""
    path = cli.recipe("[boot]\ncommands = ['VER']")
    cli.run("build", path)
    on_disk = cli.run("inspect", "out/r/r.img", "AUTOEXEC.BAT").raw.decode("cp437")
    assert cli.run("show", path, "autoexec.bat").out == on_disk.replace("\r\n", "\n")
    said = cli.refuse("show", path, "NOPE.BAT")
    assert "AUTOEXEC.BAT" in said


def test_inspect_lists_and_prints(cli: Cli) -> None:
    """The tree for people, one file's bytes for programs, and errors for what is not there."""
    cli.run("build", cli.recipe())
    shown = cli.run("inspect", "out/r/r.img").out
    for text in ("1.44M", "80 cylinders", "FAT12", "bootable", "KERNEL.SYS", "RHS"):
        assert text in shown
    assert cli.run("inspect", "out/r/r.img", "kernel.sys").raw == made_dos.freedos_kernel()
    assert "no file NOPE" in cli.refuse("inspect", "out/r/r.img", "NOPE")
    assert "gone.img" in cli.refuse("inspect", "gone.img")


def test_boot_sector_of_the_source_or_ours(cli: Cli) -> None:
    """--boot-sector original keeps the code of an imported disk, own and a folder give ours."""
    (cli.folder / "made.img").write_bytes(made_dos.freedos_disk())
    path = cli.recipe(head=HEAD.replace("./dos", "./made.img"))
    cli.run("build", path, "--boot-sector", "original")
    assert (cli.folder / "out/r/r.img").read_bytes()[3:11] == b"MADE 1.0"
    cli.run("build", path, "--boot-sector", "own")
    assert (cli.folder / "out/r/r.img").read_bytes()[3:11] == b"BOOTBLDR"
    assert "without a boot sector" in cli.refuse("build", cli.recipe(), "--boot-sector", "original")


# --- the other commands -------------------------------------------------------------------------------------


def test_dos_commands(cli: Cli) -> None:
    """Import, list, show, replace; then a recipe can name it; a taken name and a bad one are refused."""
    (cli.folder / "made.img").write_bytes(made_dos.freedos_disk())
    shown = cli.run("dos", "import", "mydos", "made.img").out
    assert "family:       freedos" in shown
    assert "known by:" in shown
    listed = {entry["id"]: entry for entry in json.loads(cli.run("dos", "list", "--json").out)}
    assert {"bbdos", "mydos", "freedos-1.4", "freedos-1.3"} <= listed.keys()
    assert listed["mydos"]["family"] == "freedos"
    assert "mydos" in cli.run("dos", "list").out
    assert cli.run("dos", "show", "mydos").out == shown
    cli.run("check", cli.recipe(head=HEAD.replace("./dos", "mydos")))
    assert "already" in cli.refuse("dos", "import", "mydos", "made.img")
    cli.run("dos", "import", "mydos", "dos", "--replace")
    assert "bbdos" in cli.refuse("dos", "import", "bbdos", "made.img")
    assert "cannot be the name" in cli.refuse("dos", "import", "../x", "made.img")
    assert "gone.img" in cli.refuse("dos", "import", "other", "gone.img")
    assert "'mydsos'" in cli.refuse("dos", "show", "mydsos")
    assert "--offline" in cli.refuse("dos", "fetch", "freedos-1.4", "--offline")
    assert "'freedos-9'" in cli.refuse("dos", "fetch", "freedos-9")


def test_nic_commands(cli: Cli, ne2000: Path) -> None:
    """List, show, find by PCI id and by name, add by hash."""
    assert "ne2000" in cli.run("nic", "list").out
    here = {entry["id"]: entry["present"] for entry in json.loads(cli.run("nic", "list", "--json").out)}
    assert here["ne2000"] is True and here["ne2000-crynwr"] is False
    cli.run("nic", "add", ne2000)
    here = {entry["id"]: entry["present"] for entry in json.loads(cli.run("nic", "list", "--json").out)}
    assert here["ne2000-crynwr"] is True
    assert json.loads(cli.run("nic", "show", "ne2000", "--json").out)["id"] == "ne2000"
    found = cli.run("nic", "find", "10ec:8029").out
    assert "rtl8029" in found and "pcnet" not in found
    assert "pcnet" in cli.run("nic", "find", "PCNet").out
    assert "'nosuch'" in cli.refuse("nic", "find", "nosuch")
    assert "nic show" in cli.refuse("nic", "show", "ne2001")
    ne2000.write_bytes(b"another")
    assert "another size than is known" in cli.refuse("nic", "add", ne2000)
    assert "gone.com" in cli.refuse("nic", "add", "gone.com")


def test_recipe_commands(cli: Cli) -> None:
    """The schema is JSON, the examples are valid, the skeleton is a recipe and never overwrites a file."""
    schema = json.loads(cli.run("recipe", "schema").out)
    assert {"schema", "name", "extends", "dos", "files"} <= schema["properties"].keys()
    assert "quickstart.toml" in cli.run("recipe", "list").out
    text = cli.run("recipe", "new", "plant").out
    assert '\nname = "plant"' in text
    (cli.folder / "plant.toml").write_text(text.replace('"bbdos"', '"./dos"'), "utf-8")
    assert "ok, 1 image" in cli.run("check", "plant.toml").out
    assert "plant2.toml" in cli.run("recipe", "new", "plant", "-o", "plant2.toml").out
    assert (cli.folder / "plant2.toml").read_text("utf-8") == text
    assert "there already" in cli.refuse("recipe", "new", "plant", "-o", "plant.toml")
    assert "nowhere" in cli.refuse("recipe", "new", "plant", "-o", "nowhere/plant.toml")
    assert "must be 1 to 40" in cli.refuse("recipe", "new", "Not A Name")


def test_firmware_check(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    """A remark passes, a mismatch fails; both are printed."""
    findings = [proof.Finding("boot.bin", "not rebuilt", "install NASM", failed=False)]
    monkeypatch.setattr(firmware, "check", lambda: findings)
    ran = cli.run("firmware", "check")
    assert "boot.bin: not rebuilt (install NASM)" in ran.err
    assert "match" in ran.out
    findings.append(proof.Finding("mbr.bin", "other bytes", "bootbuilder firmware build"))
    assert "mbr.bin: other bytes" in cli.run("firmware", "check", status=1).err


# --- as a process -------------------------------------------------------------------------------------------


@pytest.fixture
def process(cli: Cli) -> Callable[..., subprocess.Popen[bytes]]:
    """Return a function that starts `python -m bootbuilder` with some words."""

    def start(*words: str, **options: object) -> subprocess.Popen[bytes]:
        root = Path(bootbuilder.__file__).parents[1]
        # Buffered output, as users have it: only then something is left to write when Python ends.
        settings = {
            "PYTHONPATH": str(root),
            "BOOTBUILDER_HOME": str(cli.folder / "home"),
            "PYTHONUNBUFFERED": "",
        }
        return subprocess.Popen(
            [sys.executable, "-m", "bootbuilder", *words],
            env={**os.environ, **settings},
            stderr=subprocess.PIPE,
            **options,  # type: ignore[call-overload]
        )

    return start


def test_a_reader_that_goes_away_is_no_error(
    cli: Cli, process: Callable[..., subprocess.Popen[bytes]]
) -> None:
    """`bootbuilder show … | head -1` shows one line and no traceback."""
    rows = "".join(f"pc{number}\n" for number in range(300))
    (cli.folder / "m.csv").write_text("hostname\n" + rows)
    cli.recipe()
    for words in (("show", "r.toml", "--inventory", "m.csv"), ("show", "r.toml")):
        running = process(*words, stdout=subprocess.PIPE)
        assert running.stdout is not None
        assert running.stdout.readline()
        running.stdout.close()
        assert running.stderr is not None
        assert running.stderr.read() == b""
        running.stderr.close()
        running.wait(30)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
@pytest.mark.parametrize("words", [("show", "r.toml"), ("inspect", "made.img", "KERNEL.SYS"), ("--help",)])
def test_output_to_a_full_disk_is_explained(
    cli: Cli, process: Callable[..., subprocess.Popen[bytes]], words: tuple[str, ...]
) -> None:
    """Standard output that takes nothing ends in one line, not in a traceback."""
    (cli.folder / "made.img").write_bytes(made_dos.freedos_disk())
    cli.recipe()
    with Path("/dev/full").open("wb") as full:
        running = process(*words, stdout=full)
        said = running.communicate(timeout=30)[1].decode()
    assert running.returncode == 1
    assert said.startswith("error: ")
    assert "No space left" in said
    assert "Traceback" not in said
