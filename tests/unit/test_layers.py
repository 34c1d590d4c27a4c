"""Who may import whom, who may print, and who may ask the machine for anything: read from the sources."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import bootbuilder

ROOT = Path(bootbuilder.__file__).parent

LAYERS = (
    "__main__",
    "cli",
    "build doctor",
    "artifact",
    "compose",
    "budget multi",
    "equipment",
    "stacks",
    "comparing",
    "placing",
    "startup bootchoice inspecting menus",
    "dos payload",
    "recipe nics vm net",
    "problems download",
    "resources toml_files packages inventory render reading firmware staging",
    "media locking",
    "errors __init__",
)
"""Modules and packages, the top first. Each may import what is below it, and within itself."""

SEES_NET = {"cli", "doctor", "net"}
"""Who may know the PXE service: the half that builds never does, and the command line hands each what it needs."""

NET_RIM = {
    "loop",
    "sockets",
    "tftpd",
    "session",
    "dhcpd",
    "committing",
    "rawsend",
    "probing",
    "neighbours",
    "interfaces",
    "server",
    "http",
    "ports",
    "privileges",
}
"""The modules of net/ that have sockets and a clock; all others turn values into values (or read a folder)."""

ONLY_IN = {  # a package of others -> the one file that knows it
    "libarchive": "reading/lhacab.py",
    "pyfatfs": "reading/fat.py",
    "pycdlib": "media/iso.py",
    "jinja2": "render.py",
    "httpx": "download.py",
    "platformdirs": "packages.py",
    "uvicorn": "net/http.py",
    "tomlkit": "packages.py",
}

ASKS_THE_MACHINE = {  # who reads clock, environment or randomness below the command line, and why
    "vm/machine.py": "finds the programs of QEMU",
    "vm/process.py": "waits for a process",
    "vm/guest.py": "waits for a screen",
    "vm/qmp.py": "waits for a socket",
    "download.py": "waits before it tries again, and resumes",
    "dos/fetch.py": "hands the download its sleep",
    "nics/fetching.py": "hands the download its sleep",
    "firmware/proof.py": "finds NASM",
    "firmware/__main__.py": "is a command of its own",
    "doctor/probing.py": "waits for answers",
    "net/loop.py": "waits for datagrams and timers",
    "net/sockets.py": "waits for datagrams",
    "net/tftpd.py": "waits for datagrams",
    "net/session.py": "hands transfers the loop's time",
    "net/server.py": "waits for clients",
    "net/dhcpd.py": "waits for clients; leases end",
    "net/neighbours.py": "leases end",
    "net/http.py": "waits for clients",
}

FILES = sorted(path.relative_to(ROOT).as_posix() for path in ROOT.rglob("*.py"))


def _nodes(file: str) -> Iterator[ast.AST]:
    """Yield what runs: everything but the imports for type checkers."""
    todo: list[ast.AST] = [ast.parse((ROOT / file).read_text("utf-8"))]
    while todo:
        node = todo.pop()
        if isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING":
            continue
        yield node
        todo.extend(ast.iter_child_nodes(node))


def _imports(file: str) -> set[str]:
    """Return the dotted names that a file imports; `from bootbuilder import dos` counts as bootbuilder.dos."""
    found = set()
    for node in _nodes(file):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{file}: imports are absolute here"
            module = node.module or ""
            found |= (
                {f"{module}.{alias.name}" for alias in node.names}
                if module in ("bootbuilder", "bootbuilder.net")
                else {module}
            )
    return found


def _layer(unit: str) -> int:
    return next((number for number, row in enumerate(LAYERS) if unit in row.split()), -1)


def _unit(file: str) -> str:
    return file.partition("/")[0].removesuffix(".py")


def test_every_module_has_its_layer() -> None:
    """A new module is put into the table, and one that is gone is taken out."""
    assert {_unit(file) for file in FILES} == set(" ".join(LAYERS).split())


@pytest.mark.parametrize("file", FILES)
def test_imports_point_down(file: str) -> None:
    """Nothing imports from its own layer or above, except within its package."""
    for name in _imports(file):
        package, _, rest = name.partition(".")
        unit = rest.partition(".")[0]
        if package == "bootbuilder" and _layer(unit) >= 0 and unit != _unit(file):
            assert _layer(unit) > _layer(_unit(file)), f"{file} imports {name}"


def test_building_and_serving_know_nothing_of_each_other() -> None:
    """Either half works, and is tested, without the other."""
    for file in FILES:
        if _unit(file) not in SEES_NET:
            assert not [name for name in _imports(file) if name.startswith("bootbuilder.net")], file


def test_protocols_have_no_sockets() -> None:
    """What a client gets is decided without the network, and can be tested without it."""
    for file in FILES:
        package, _, module = file.removesuffix(".py").partition("/")
        if package != "net" or module.split("/")[0] in NET_RIM:
            continue
        libraries = {name.split(".")[0] for name in _imports(file)}
        assert not libraries & {"selectors", "asyncio", "threading", "signal", "subprocess"}, file
        used = {
            node.attr
            for node in _nodes(file)
            if isinstance(node, ast.Attribute)
            and isinstance(node.value, ast.Name)
            and node.value.id == "socket"
        }
        assert used <= {"inet_aton", "inet_ntoa"}, file  # of addresses, as text and bytes
        above = {f"bootbuilder.net.{name}" for name in NET_RIM}
        assert not _imports(file) & above, file


def test_packages_of_others_have_one_place_each() -> None:
    """Whoever wants to replace a library has one file to change."""
    for library, place in ONLY_IN.items():
        users = [file for file in FILES if any(name.split(".")[0] == library for name in _imports(file))]
        assert users == [place], library


def test_only_the_command_line_knows_typer_and_prints() -> None:
    """The library returns values; what is said to people is said in cli/."""
    for file in FILES:
        if file.startswith("cli/") or file == "firmware/__main__.py":  # the latter is a command of its own
            continue
        assert not {name.split(".")[0] for name in _imports(file)} & {"typer", "click", "rich"}, file
        for node in _nodes(file):
            assert not (isinstance(node, ast.Name) and node.id in ("print", "input")), file
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
                assert (node.value.id, node.attr) not in {("sys", "stdout"), ("sys", "stderr")}, file


def _asks(file: str) -> bool:
    names = {name.split(".")[0] for name in _imports(file)}
    attributes = [node for node in _nodes(file) if isinstance(node, ast.Attribute)]
    return (
        bool(names & {"time", "random", "secrets", "uuid", "getpass", "locale"})
        or any(node.attr in ("environ", "getenv", "urandom", "getpid") for node in attributes)
        or any(node.attr in ("now", "today", "utcnow") for node in attributes)
    )


def test_nobody_asks_clock_environment_or_chance() -> None:
    """The same inputs give the same bytes because only the command line and the named files look around."""
    asking = {file for file in FILES if not file.startswith("cli/") and _asks(file)}
    assert asking - ASKS_THE_MACHINE.keys() == set()
