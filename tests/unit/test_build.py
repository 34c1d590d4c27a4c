"""Building: all or nothing under every kind of trouble, the cache, threads, and secrets."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

import bootbuilder
from bootbuilder import build as building
from bootbuilder import nics, recipe
from bootbuilder.errors import ImageError
from bootbuilder.packages import Store
from tests.clirun import Cli, fake_dos

MANY = "hostname\n" + "".join(f"pc{number}\n" for number in range(100))


@pytest.fixture
def hundred(cli: Cli) -> Cli:
    """A built recipe for 100 machines whose images all change with `--set n=…`."""
    (cli.folder / "m.csv").write_text(MANY)
    cli.recipe("[vars]\nn = 1\n[output]\ngeometry = '160K'\n[boot]\ncommands = ['ECHO {{ vars.n }}']")
    cli.run("build", "r.toml", "--inventory", "m.csv")
    return cli


AGAIN = ("build", "r.toml", "--inventory", "m.csv", "--set", "n=2")


def _plan(cli: Cli, **options: object) -> building.Plan:
    def download(url: str, sha256: str) -> bytes:
        raise AssertionError(url)

    return building.prepare(
        recipe.load(Path("r.toml")),
        Store(cli.folder / "home"),
        nics.load,
        building.Options(**options),  # type: ignore[arg-type]
        download,
    )


# --- all or nothing -----------------------------------------------------------------------------------------


def test_an_error_in_the_middle_changes_nothing(hundred: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    """A disk that is full after 50 images leaves the 100 old ones, the old manifest and nothing else."""
    before = hundred.snapshot()
    written = 0

    def fsync(handle: int) -> None:
        nonlocal written
        written += 1
        if written > 50:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", fsync)
    said = hundred.run(*AGAIN, status=1).err
    assert "No space left on device; nothing was changed" in said
    assert "-o" in said.partition("hint: ")[2]
    assert hundred.snapshot() == before


def test_ctrl_c_in_the_middle_changes_nothing(hundred: Cli) -> None:
    """An interrupt at the 50th of 100 images ends with status 130 and everything as it was."""
    before = hundred.snapshot()
    plan = _plan(hundred, inventory=Path("m.csv"), variables={"n": "2"})
    count = 0

    def progress(name: str) -> None:
        nonlocal count
        count += 1
        if count == 50:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        building.write(plan, Path("out"), jobs=2, progress=progress)
    assert hundred.snapshot() == before


@pytest.mark.skipif(sys.platform == "win32", reason="signals to processes are POSIX")
@pytest.mark.parametrize("moment", ["fsync", "replace"])
def test_a_real_interrupt(hundred: Cli, moment: str) -> None:
    """SIGINT while images are written changes nothing; while they are moved in, all of them are."""
    before = hundred.snapshot()
    code = f"""
import os, pathlib, signal, sys
count = 0
owner = os if {moment!r} == "fsync" else pathlib.Path
real = getattr(owner, {moment!r})
def interrupted(*words):
    global count
    count += 1
    if count == 50:
        os.kill(os.getpid(), signal.SIGINT)
    return real(*words)
setattr(owner, {moment!r}, interrupted)
sys.argv[0] = "bootbuilder"
from bootbuilder.__main__ import main
main()
"""
    root = Path(bootbuilder.__file__).parents[1]
    ran = subprocess.run(
        [sys.executable, "-c", code, *AGAIN],
        env={**os.environ, "PYTHONPATH": str(root), "BOOTBUILDER_HOME": "home"},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert (ran.returncode, ran.stderr.strip()) == (130, "interrupted")
    after = hundred.snapshot()
    assert after.keys() == before.keys()
    if moment == "fsync":
        assert after == before
    else:
        for image in hundred.manifest()["images"]:
            data = (hundred.folder / "out" / "r" / image["file"]).read_bytes()
            assert hashlib.sha256(data).hexdigest() == image["sha256"]
        assert all(after[name] != before[name] for name in after if name.endswith(".img"))


@pytest.mark.skipif(sys.platform == "win32", reason="limits of processes are POSIX")
def test_a_file_that_the_system_refuses(cli: Cli) -> None:
    """A limit on file sizes is explained like a full disk, and leaves not even the folder."""
    path = cli.recipe()
    root = Path(bootbuilder.__file__).parents[1]
    ran = subprocess.run(
        [sys.executable, "-m", "bootbuilder", "build", path],
        env={**os.environ, "PYTHONPATH": str(root), "PYTHONDONTWRITEBYTECODE": "1"},
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, 1 << 20)),
        capture_output=True,
        text=True,
    )
    assert ran.returncode == 1
    assert "File too large; nothing was changed" in ran.stderr
    assert "Traceback" not in ran.stderr
    assert not (cli.folder / "out" / "r").exists()


def test_a_full_file_system(cli: Cli) -> None:
    """On a file system of 1 MB a floppy with 1.2 MB of files is refused, and no byte of it stays."""
    (cli.folder / "big").write_bytes(os.urandom(1_200_000))
    path = cli.recipe("[[files]]\nsource = 'big'\ntarget = 'BIG.BIN'")
    small = cli.folder / "small"
    small.mkdir()
    mounted = shutil.which("mount") and subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", small], capture_output=True
    )
    if not mounted or mounted.returncode:
        pytest.skip("mounting a small file system needs more rights")
    try:
        said = cli.run("build", path, "-o", "small", status=1).err
        assert f"{Path('small/r')}: cannot write: No space left on device; nothing was changed" in said
        assert list(small.iterdir()) == []
    finally:
        subprocess.run(["umount", small], check=True)


@contextlib.contextmanager
def _without_rights() -> Iterator[None]:
    """Run as a user who may not write everywhere."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)


@pytest.mark.skipif(sys.platform == "win32", reason="rights of folders are POSIX")
def test_a_folder_without_write_rights(monkeypatch: pytest.MonkeyPatch) -> None:
    """A recipe in a folder that cannot be written is explained; with -o elsewhere it is built."""
    folder = Path(tempfile.mkdtemp())  # below /tmp: other users cannot enter the folders of pytest
    try:
        monkeypatch.chdir(folder)
        fake_dos(folder)
        cli = Cli(folder)
        cli.recipe()
        free = Path(tempfile.mkdtemp(dir=folder))
        cli.run("build", "r.toml", "-o", free)  # imports everything while that is allowed
        free.chmod(0o777)
        folder.chmod(0o555)
        with _without_rights():
            said = cli.refuse("build", "r.toml")
            assert f"error: {Path('out/r')}: cannot write: Permission denied" in said
            assert "-o" in said
            cli.run("check", "r.toml")
            cli.run("build", "r.toml", "-o", free / "new")
    finally:
        folder.chmod(0o755)
        shutil.rmtree(folder)


def test_an_output_that_is_a_file(cli: Cli) -> None:
    """-o on a file, or on a folder where the image's name is a folder, is refused."""
    path = cli.recipe()
    (cli.folder / "taken").write_text("mine")
    assert "taken" in cli.refuse("build", path, "-o", "taken")
    (cli.folder / "out" / "r" / "r.img").mkdir(parents=True)
    assert "cannot write" in cli.refuse("build", path)
    assert (cli.folder / "out" / "r" / "r.img").is_dir()


# Says so when the images are about to be moved in, and waits for a line.
HELD = """
import sys
from bootbuilder import staging
real = staging.publish
def publish(*words):
    print("here", flush=True)
    sys.stdin.readline()
    real(*words)
staging.publish = publish
sys.argv[0] = "bootbuilder"
from bootbuilder.__main__ import main
main()
"""


def _started(cli: Cli, *words: str) -> subprocess.Popen[str]:
    """Start a build in a process of its own, which holds before it moves the images in."""
    return subprocess.Popen(
        [sys.executable, "-c", HELD, *words],
        cwd=cli.folder,
        env={
            **os.environ,
            "PYTHONPATH": str(Path(bootbuilder.__file__).parents[1]),
            "BOOTBUILDER_HOME": "home",
        },
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_left_overs_of_a_killed_build_are_cleaned_up(hundred: Cli) -> None:
    """A build that was killed leaves its unfinished images; the next build of that recipe removes them."""
    before = hundred.snapshot()
    with _started(hundred, *AGAIN) as killed:
        assert killed.stdout is not None
        assert killed.stdout.readline() == "here\n"
        killed.kill()
    assert len(hundred.snapshot()) > len(before) + 100
    hundred.run("build", "r.toml", "--inventory", "m.csv")
    assert hundred.snapshot() == before


def test_builds_of_one_recipe_at_once(hundred: Cli) -> None:
    """A build waits for another one of the same recipe, and says so: all images are of one, then of the other."""
    words = (*AGAIN[:-1], "n=3")
    with _started(hundred, *AGAIN) as first:
        assert first.stdout is not None
        assert first.stdout.readline() == "here\n"
        with _started(hundred, *words) as second:
            assert second.stderr is not None
            assert "another build is writing there; waiting" in second.stderr.readline()
            assert first.communicate("\n", timeout=60)[1] == ""
            after_first = hundred.snapshot()
            assert second.stdout is not None
            assert second.stdout.readline() == "here\n"
            assert second.communicate("\n", timeout=60)[1] == ""
    changed = [name for name, data in hundred.snapshot().items() if data != after_first.get(name)]
    assert len(changed) == 101
    for image in hundred.manifest()["images"]:
        data = (hundred.folder / "out" / "r" / image["file"]).read_bytes()
        assert hashlib.sha256(data).hexdigest() == image["sha256"]
    assert {path.suffix for path in (hundred.folder / "out" / "r").iterdir()} == {".img", ".json"}


# --- cache and threads --------------------------------------------------------------------------------------


def test_only_what_changed_is_written(hundred: Cli) -> None:
    """One changed row among 100 machines rewrites one image; the others keep their files."""
    text = MANY.replace("pc7\n", "pc7x\n")
    (hundred.folder / "m.csv").write_text(text)
    before = hundred.snapshot()
    made = json.loads(hundred.run("build", "r.toml", "--inventory", "m.csv", "--json").out)
    assert len(made["recipes"][0]["images"]) == 100
    after = hundred.snapshot()
    changed = {name for name in after if name.startswith("out/r/r-") and after[name] != before.get(name)}
    assert changed == {str(Path("out/r/r-pc7x.img"))}


@pytest.mark.parametrize(
    ("what", "same"),
    [
        ("nothing", True),
        ("title", False),
        ("payload", False),
        ("epoch", False),
        ("comment", True),
        ("dos", False),
        ("version", False),
    ],
)
def test_cache_follows_the_inputs(cli: Cli, monkeypatch: pytest.MonkeyPatch, what: str, same: bool) -> None:
    """What decides the bytes makes a new image; a comment in the recipe does not."""
    (cli.folder / "p").write_text("one")
    cli.recipe("[[files]]\nsource = 'p'\ntarget = 'P'")
    cli.run("build", "r.toml")
    env = {}
    if what == "title":
        text = (cli.folder / "r.toml").read_text("utf-8")
        (cli.folder / "r.toml").write_text(text.replace("schema = 1", "schema = 1\ntitle = 'New'"), "utf-8")
    elif what == "comment":
        with (cli.folder / "r.toml").open("a") as file:
            file.write("# a comment\n")
    elif what == "payload":
        (cli.folder / "p").write_text("two")
    elif what == "dos":
        shell = cli.folder / "dos" / "COMMAND.COM"
        shell.write_bytes(shell.read_bytes() + b"1")
    elif what == "epoch":
        env["SOURCE_DATE_EPOCH"] = "1000000000"
    elif what == "version":
        monkeypatch.setattr(bootbuilder, "__version__", "99.0")
    image = cli.folder / "out" / "r" / "r.img"
    inode = image.stat().st_ino, image.stat().st_mtime_ns
    said = cli.run("build", "r.toml", env=env).out
    assert (inode == (image.stat().st_ino, image.stat().st_mtime_ns)) is same
    assert ("unchanged" in said) is same
    if what == "comment":
        made = cli.manifest()["recipe_sha256"]
        cli.run("build", "r.toml", "--force")
        assert cli.manifest()["recipe_sha256"] == made


def test_threads_change_no_byte(hundred: Cli) -> None:
    """-j 8 makes what -j 1 makes, in the same order."""
    for jobs in ("1", "8"):
        hundred.run("build", "r.toml", "--inventory", "m.csv", "-j", jobs, "-o", f"j{jobs}")
    names = [path.name for path in (hundred.folder / "j1" / "r").iterdir()]
    assert len(names) == 101
    for name in names:
        assert (hundred.folder / "j1/r" / name).read_bytes() == (hundred.folder / "j8/r" / name).read_bytes()


def test_progress_is_told_once_for_each_image(hundred: Cli) -> None:
    """Whoever shows a bar hears of each image, unchanged ones too."""
    plan = _plan(hundred, inventory=Path("m.csv"))
    names: list[str] = []
    building.write(plan, Path("out"), jobs=4, progress=names.append)
    assert plan.count == 100
    assert sorted(names) == sorted(image["file"] for image in hundred.manifest()["images"])


def test_composing_reads_nothing_any_more(cli: Cli) -> None:
    """After `prepare` the payload, the DOS and the recipe may be gone: the disks are in memory."""
    (cli.folder / "p").write_text("payload")
    cli.recipe("[[files]]\nsource = 'p'\ntarget = 'P'")
    plan = _plan(cli)
    for name in ("p", "r.toml", "dos/KERNEL.SYS", "dos/COMMAND.COM"):
        (cli.folder / name).unlink()
    result = building.write(plan, Path("out"))
    assert [image.changed for image in result.images] == [True]


def test_failures_of_the_library_are_not_swallowed(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    """A mistake in the writer is not reported as a full disk."""
    cli.recipe()
    plan = _plan(cli)

    def broken(*_: object) -> None:
        raise ImageError("two files have the path X", "rename one")

    monkeypatch.setattr(building.fat, "write", broken)
    with pytest.raises(ImageError, match="two files"):
        building.write(plan, Path("out"))
    assert not (cli.folder / "out" / "r").exists()


# --- secrets ------------------------------------------------------------------------------------------------


def test_secrets_are_in_no_image_manifest_or_log(
    cli: Cli, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """Neither a secret that a recipe refers to nor its file is copied anywhere, not even with --debug."""
    monkeypatch.setenv("PLANT_PW", "hunter2-from-env")
    (cli.folder / "secret.txt").write_text("hunter2-from-file")
    cli.recipe(
        """\
        [[network.drives]]
        letter = "F"
        unc = '\\\\srv\\one'
        password = "env:PLANT_PW"
        [[network.drives]]
        letter = "G"
        unc = '\\\\srv\\two'
        password = "file:secret.txt"
        """
    )
    for words in (
        ("-v", "-v", "build", "r.toml", "--json"),
        ("--debug", "show", "r.toml"),
        ("check", "r.toml"),
    ):
        ran = cli.run(*words)
        assert "hunter2" not in ran.out + ran.err
    assert "hunter2" not in "".join(capfd.readouterr())
    for path in (cli.folder / "out").rglob("*"):
        assert not path.is_file() or b"hunter2" not in path.read_bytes()


# --- moments ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("moment", "shown"),
    [
        ("1979-12-31T23:59:59", "1980-01-01T00:00:00"),
        ("1980-01-01T00:00:01", "1980-01-01T00:00:00"),
        ("2024-02-29T12:34:57", "2024-02-29T12:34:56"),
        ("2107-12-31T23:59:59", "2107-12-31T23:59:58"),
        ("2200-01-01T00:00:00", "2107-12-31T23:59:58"),
    ],
)
def test_moments_fit_a_directory_entry(moment: str, shown: str) -> None:
    """DOS knows the even seconds from 1980 to 2107; others are brought to the nearest of those."""
    import datetime

    date, time = building.dos_time(datetime.datetime.fromisoformat(moment))
    assert shown == (
        f"{1980 + (date >> 9)}-{date >> 5 & 15:02}-{date & 31:02}"
        f"T{time >> 11:02}:{time >> 5 & 63:02}:{(time & 31) * 2:02}"
    )
