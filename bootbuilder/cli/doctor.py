"""The command that finds out why building, booting or serving fails."""

from __future__ import annotations

import dataclasses
import json
import sys
from typing import TYPE_CHECKING, Annotated

import typer

from bootbuilder.cli import terminal
from bootbuilder.cli.terminal import AsJson, say
from bootbuilder.errors import BootbuilderError

if TYPE_CHECKING:
    from bootbuilder.doctor.findings import Finding

_COLOURS = {"ok": "green", "note": "cyan", "warning": "yellow", "problem": "red"}
_TITLES = {"build": "Building", "boot": "Booting in QEMU", "serve": "Serving", "network": "The network"}
EXAMPLE_FILE = "pxelinux.0"


def doctor(
    interfaces: Annotated[
        list[str] | None,
        typer.Option("--interface", metavar="IF", help="Look at this interface; repeatable."),
    ] = None,
    probe: Annotated[
        bool,
        typer.Option("--probe", help="Ask the network as BIOS, UEFI and iPXE clients would (needs rights)."),
    ] = False,
    snippet: Annotated[
        str | None,
        typer.Option(
            metavar="NAME", help="Print what to write into a DHCP server: dnsmasq, isc, kea, windows, …"
        ),
    ] = None,
    server: Annotated[
        str | None, typer.Option(metavar="IP", help="With --snippet: this service's address.")
    ] = None,
    boot_file: Annotated[
        str, typer.Option(metavar="NAME", help="With --snippet: the boot file.")
    ] = EXAMPLE_FILE,
    explain: Annotated[
        str | None, typer.Option(metavar="CODE", help="Explain what a boot ROM says: PXE-E53, or words; all.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Check this machine and this network for what building, booting and serving need, each finding with its fix.

    \b
    Examples:
      bootbuilder doctor
      sudo bootbuilder doctor --interface eth0 --probe
      bootbuilder doctor --explain PXE-E53
      bootbuilder doctor --snippet kea --server 10.0.0.5 --boot-file plant/plant-undi.0

    Exit status 1 when there is a problem, 0 when there are at most warnings.
    """
    if explain is not None:
        _explain(explain, as_json)
    elif snippet is not None:
        _snippet(snippet, server, boot_file, interfaces or [])
    else:
        _examine(interfaces or [], probe, as_json)


def _examine(names: list[str], probe: bool, as_json: bool) -> None:
    from bootbuilder.doctor import findings, firewalls, machine, probing, serving

    chosen, found = serving.chosen_interfaces(names, probe)
    found += [*machine.examine(terminal.store()), *serving.examine(chosen), *firewalls.examine()]
    if probe:
        for interface in chosen:
            found += [
                dataclasses.replace(one, text=f"{interface.name}: {one.text}")
                for one in probing.probe(interface)
            ]
    if as_json:
        typer.echo(
            json.dumps({"findings": [dataclasses.asdict(one) for one in found]}, indent=2, ensure_ascii=False)
        )
    else:
        _print(found, probe)
    if findings.worst(found) == "problem":
        sys.exit(1)


def _print(found: list[Finding], probed: bool) -> None:
    for area, title in _TITLES.items():
        mine = [one for one in found if one.area == area]
        if mine:
            say(title)
        for one in mine:
            typer.secho(f"  {one.level:<8}", fg=_COLOURS[one.level], nl=False)
            typer.echo(one.text)
            if one.fix:
                say(f"          fix: {one.fix}")
    if not probed:
        say("The network itself was not asked: sudo bootbuilder doctor --probe")
    count = sum(one.level == "problem" for one in found)
    say(
        f"{count} problem{'s' if count != 1 else ''}, {sum(one.level == 'warning' for one in found)} warnings"
    )


def _explain(asked: str, as_json: bool) -> None:
    from bootbuilder.doctor import romcodes

    found = romcodes.CODES if asked == "all" else romcodes.find(asked)
    if not found:
        raise BootbuilderError(
            f"nothing is known of {asked!r}",
            f"these are: {', '.join(one.code for one in romcodes.CODES)}; docs/troubleshooting.md has more",
        )
    if as_json:
        typer.echo(json.dumps([dataclasses.asdict(one) for one in found], indent=2, ensure_ascii=False))
        return
    for one in found:
        typer.secho(f"{one.code}: {one.says}", bold=True)
        typer.echo(f"  {one.cause}")
        typer.echo(f"  fix: {one.fix}")


def _snippet(name: str, server: str | None, boot_file: str, names: list[str]) -> None:
    from bootbuilder import problems
    from bootbuilder.doctor import serving
    from bootbuilder.doctor.snippets import SNIPPETS

    if name != "all" and name not in SNIPPETS:
        near = problems.nearest(name, SNIPPETS)
        raise BootbuilderError(
            f"there is no snippet for {name!r}", f"{near}there are: {', '.join(SNIPPETS)}, all"
        )
    if server is None:
        chosen, _ = serving.chosen_interfaces(names, True)
        server = str(chosen[0].address)
    wanted = SNIPPETS if name == "all" else {name: SNIPPETS[name]}
    typer.echo("\n".join(make(server, boot_file) for make in wanted.values()), nl=False)
