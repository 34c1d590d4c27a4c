"""The commands on the NIC driver catalogue: nic list, show, find, add."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from bootbuilder.cli import terminal
from bootbuilder.cli.terminal import AsJson, say, table
from bootbuilder.errors import BootbuilderError


def nic_list(as_json: AsJson = False) -> None:
    """List the NIC drivers, and which have their file here."""
    from bootbuilder import nics

    store = terminal.store()
    drivers = nics.load().drivers.values()
    here = {nic.id for nic in drivers if any(store.has(d) for f in nic.driver for d in f.sha256)}
    if as_json:
        rows_json = [{**nic.model_dump(by_alias=True), "present": nic.id in here} for nic in drivers]
        typer.echo(json.dumps(rows_json, indent=2, ensure_ascii=False))
        return
    rows = [("id", "bus", "file", "here", "adapter")]
    rows += [(n.id, n.bus, n.packet().file, "yes" if n.id in here else "no", n.title) for n in drivers]
    table(rows)


def nic_show(name: Annotated[str, typer.Argument(help="A driver id, or pci:VENDOR:DEVICE.")]) -> None:
    """Show a driver: its files, parameters and evidence."""
    from bootbuilder import nics

    typer.echo(json.dumps(nics.load().choose(name, "nic show").model_dump(by_alias=True), indent=2))


def nic_find(
    what: Annotated[str, typer.Argument(help="A PCI id such as 8086:100e, or part of a name.")],
) -> None:
    """Find the driver for an adapter."""
    from bootbuilder import nics

    found = nics.load().search(what)
    if not found:
        raise BootbuilderError(f"no driver is known for {what!r}", "bootbuilder nic list shows all of them")
    table([("id", "bus", "pci", "adapter"), *((n.id, n.bus, " ".join(n.pci) or "-", n.title) for n in found)])


def nic_add(path: Annotated[Path, typer.Argument(help="A driver's file, e.g. NE2000.COM.")]) -> None:
    """Add a driver's file to the store; it is recognised by its SHA-256."""
    from bootbuilder import nics

    nic, driver = nics.add(path, nics.load(), terminal.store())
    say(f"{driver.file}: the {driver.kind} driver of {nic.id} ({nic.title})")
