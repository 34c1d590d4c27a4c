"""Stand-in files in a package store for drivers and packages that nobody may ship: right in name, and nothing else."""

from __future__ import annotations

import functools
from collections.abc import Iterable

from bootbuilder import build, compose, nics, placing, stacks
from bootbuilder.dos import DosSystem
from bootbuilder.nics import Driver
from bootbuilder.packages import Store
from bootbuilder.recipe import Recipe
from bootbuilder.stacks import choosing, software
from tests.makers import BOOT_SECTOR


def device(name: str) -> bytes:
    """Return the header of a DOS character device of that name."""
    return b"\xff\xff\xff\xff\x00\x80" + bytes(4) + name.ljust(8).encode() + b"PROTMAN$"


def hold(store: Store, driver: Driver, data: bytes | None = None) -> None:
    """Put a file for a driver into the store."""
    digest = store.put(data if data is not None else f"a stand-in for {driver.id}".encode())
    store.save("nic", driver.id, {"sha256": digest}, replace=True)


catalogue = functools.cache(nics.load)
"""The shipped catalogue, read once for all tests."""


def known(name: str) -> Driver:
    """Return the driver of the catalogue with that id."""
    driver = catalogue().driver(name)
    assert driver is not None, name
    return driver


def hold_drivers(store: Store, ids: Iterable[str], data: bytes | None = None) -> None:
    """Put a file for each of these drivers of the catalogue into the store."""
    for name in ids:
        hold(store, known(name), data)


def hold_package(
    store: Store, name: str, lacks: Iterable[str] = (), size: int = 100, program: bytes | None = None
) -> None:
    """Put every file of a known package into the store, without those that it `lacks`; each is `program` or made up."""
    files = []
    for file in stacks.PACKAGES[name].files or ():
        if "*" not in file and file not in lacks:
            data = program or file.encode() * (size // len(file) + 1)
            entry = {"name": file, "sha256": store.put(data), "size": len(data), "origin": f"disk/{file}"}
            files.append(entry)
    store.save(software.KIND, name, {"files": files}, replace=True)


def compose_all(
    made: Recipe,
    store: Store,
    system: DosSystem,
    medium: str = "floppy",
    secrets: dict[str, str] | None = None,
) -> list[compose.Composition]:
    """Return the disk for each adapter of a recipe, on that DOS."""
    network = choosing.network(made, made.network.nics, made.where("network", "nics"), catalogue(), store)
    files, extras = placing.place_system(system)
    parts = compose.Parts(
        recipe=made,
        system=system,
        system_files=files,
        extras=extras,
        payload=(),
        templates=build._templates(made, (*compose.TEMPLATES, *network.templates)),
        boot_sectors={12: BOOT_SECTOR, 16: BOOT_SECTOR},
        modified=build.dos_time(build.RELEASED),
        variables=dict(made.vars),
        tools=network.tools,
        may_lack=network.may_lack,
        secrets=secrets or {},
    )
    return [compose.compose(parts, medium, adapter, None) for adapter in network.adapters]
