"""Small values for tests: a DOS system without a DOS, recipes from text, boot sectors that only look like one."""

from __future__ import annotations

import hashlib
import textwrap
from pathlib import Path
from types import MappingProxyType

from bootbuilder import build, compose, nics, placing, recipe, stacks, toml_files
from bootbuilder.dos import BootProtocol, DosSystem, Family, SystemFile
from bootbuilder.recipe import Recipe
from bootbuilder.stacks import Adapter, StackFile, choosing

BOOT_SECTOR = b"\xeb\x3c\x90TESTBOOT" + bytes(499) + b"\x55\xaa"


def system_file(name: str, size: int = 2000) -> SystemFile:
    """Return a system file whose bytes follow from its name."""
    data = (name.encode() * (size // len(name) + 1))[:size]
    return SystemFile(name, hashlib.sha256(data).hexdigest(), size, data, f"test/{name}", "unknown", None)


def system(
    family: Family = Family.FREEDOS,
    version: str | None = None,
    kernel: tuple[str, ...] = ("KERNEL.SYS",),
    extras: tuple[str, ...] = (),
    boot_sector: bytes | None = None,
) -> DosSystem:
    """Return a DOS system made of nothing."""
    style = "freedos" if kernel == ("KERNEL.SYS",) else "iosys"
    return DosSystem(
        id="testdos",
        title="Test DOS",
        family=family,
        version=version,
        how=("made for a test",),
        protocol=BootProtocol(style, kernel, 0x60 if style == "freedos" else 0x70),
        kernel=tuple(system_file(name, 45_000) for name in kernel),
        shell=system_file("COMMAND.COM", 30_000),
        extras=MappingProxyType({name: system_file(name) for name in extras}),
        boot_sector=boot_sector,
    )


def make_recipe(text: str, path: Path = Path("test.toml")) -> Recipe:
    """Return the recipe that the text says; `schema` and `name` are added."""
    return recipe.validate(toml_files.parse('schema = 1\nname = "test"\n' + textwrap.dedent(text), path))


def adapter(name: str = "ne2000", data: bytes = b"driver") -> Adapter:
    """Return an adapter with the packet driver of that id and a file that only looks like it."""
    driver = nics.load().choose(name, "test").driver
    file = StackFile(f"DOS\\{driver.file}", data, f"NIC driver {driver.id}", driver.license, None)
    return Adapter(name, driver, "packet", (file,))


def parts(made: Recipe, dos_system: DosSystem | None = None) -> compose.Parts:
    """Return what `build.prepare` would read for a recipe on `dos_system`, with a boot sector for looks."""
    dos_system = dos_system or system()
    files, extras = placing.place_system(dos_system)
    return compose.Parts(
        recipe=made,
        system=dos_system,
        system_files=files,
        extras=extras,
        payload=placing.place_payload(build.payload.gather(made, lambda url, sha256: b"")),
        templates=build._templates(made, _templates_of(made)),
        boot_sectors={12: BOOT_SECTOR, 16: BOOT_SECTOR},
        modified=build.dos_time(build.RELEASED),
        variables=dict(made.vars),
    )


def _templates_of(made: Recipe) -> list[str]:
    stack = stacks.STACKS.get(made.network.stack)
    return [
        *compose.TEMPLATES,
        *(name for layer in (stack.layers if stack else ()) for name in choosing.templates(layer)),
    ]


def texts(
    made: Recipe, dos_system: DosSystem | None = None, adapter: Adapter | None = None
) -> dict[str, str]:
    """Return the generated files by name, lines joined by newlines."""
    disk = compose.compose(parts(made, dos_system), "floppy", adapter, None)
    return {name: "\n".join(line.text for line in lines) for name, lines in disk.texts.items()}
