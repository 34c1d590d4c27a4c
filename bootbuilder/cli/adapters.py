"""The commands that read the NIC driver catalogue: nic list, show, find."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bootbuilder.cli import terminal
from bootbuilder.cli.terminal import AsJson, NicDrivers, say, table
from bootbuilder.errors import BootbuilderError

if TYPE_CHECKING:
    from bootbuilder import nics
    from bootbuilder.nics import finding
    from bootbuilder.packages import Store

SHOWN = 12
"""Answers of `nic find` to a text; more of them mean that the text should be longer."""

UNDI = 'no DOS driver is known: use UNDI after a PXE boot, nics = ["undi"]'


def nic_list(
    kind: Annotated[
        str | None, typer.Option("--kind", metavar="packet|ndis2|odi", help="Only drivers of this kind.")
    ] = None,
    here: Annotated[bool, typer.Option("--here", help="Only drivers whose file is here.")] = False,
    drivers: NicDrivers = None,
    as_json: AsJson = False,
) -> None:
    """List the NIC drivers: which have their file here, how sure the catalogue is, where each came from.

    Example:  bootbuilder nic list --kind packet --here
    """
    from bootbuilder import nics
    from bootbuilder.nics import holding

    if kind is not None and kind not in nics.KINDS:
        raise BootbuilderError(
            f"--kind: {kind!r} is no kind of driver", f"choose from {', '.join(nics.KINDS)}"
        )
    catalogue, store = terminal.catalogue(drivers), terminal.store()
    rows = []
    for family in catalogue.families():
        for driver in family.driver:
            present = holding.held(store, driver) is not None
            if (kind is None or driver.kind == kind) and (present or not here):
                rows.append((family, driver, present))
    if as_json:
        listed = [
            {
                **_driver_json(driver),
                "family": family.id,
                "title": family.title,
                "present": present,
                "from": _origin(catalogue, family),
            }
            for family, driver, present in rows
        ]
        typer.echo(json.dumps(listed, indent=2, ensure_ascii=False))
        return
    cells = [("id", "kind", "file", "here", "evidence", "from", "family")]
    cells += [
        (
            driver.id,
            driver.kind,
            driver.file or "-",
            "yes" if present else "no",
            _evidence(driver.evidence),
            "shipped" if catalogue.shipped(family) else "yours",
            family.title,
        )
        for family, driver, present in rows
    ]
    table(cells)
    say(_summary([driver for _, driver, _ in rows], sum(present for *_, present in rows)))
    for path in dict.fromkeys(family.path for family, *_ in rows if not catalogue.shipped(family)):
        say(f"yours: {path}")


def _summary(drivers: list[nics.Driver], here: int) -> str:
    from bootbuilder.nics import EVIDENCE

    counts = Counter[str](driver.evidence for driver in drivers)
    parts = [f"{counts[name]} {_evidence(name)}" for name in EVIDENCE if counts[name]]
    return f"{len(drivers)} drivers, {here} with their file here; evidence: {', '.join(parts) or 'none'}"


def _evidence(name: str) -> str:
    return "unverified" if name == "recall" else name


def _origin(catalogue: nics.Catalogue, family: nics.Family) -> str:
    return "shipped" if catalogue.shipped(family) else str(family.path)


def _as_json(table: nics.Adapter | nics.Driver) -> Any:
    """Return a table of the catalogue as JSON has it, without what its file is silent about."""
    import msgspec

    return _said(msgspec.to_builtins(table))


def _said(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _said(item) for key, item in value.items() if item is not None}
    return [_said(item) for item in value] if isinstance(value, list | tuple) else value


def _driver_json(driver: nics.Driver) -> dict[str, Any]:
    return {**_as_json(driver), "unverified": driver.evidence == "recall"}


def nic_show(
    name: Annotated[str, typer.Argument(help="The id of a driver, family or adapter, or pci:VENDOR:DEVICE.")],
    drivers: NicDrivers = None,
    as_json: AsJson = False,
) -> None:
    """Show a driver and its adapters: files, parameters with their ranges, evidence.

    Example:  bootbuilder nic show ne2000
    """
    catalogue = terminal.catalogue(drivers)
    family, adapters, shown = _named(catalogue, name)
    if as_json:
        whole = {
            "id": name,
            "family": family.id,
            "title": family.title,
            "from": _origin(catalogue, family),
            "adapters": [_as_json(adapter) for adapter in adapters],
            "drivers": [_driver_json(driver) for driver in shown],
        }
        typer.echo(json.dumps(whole, indent=2, ensure_ascii=False))
        return
    store = terminal.store()
    say(f"{family.title}  ({family.path if not catalogue.shipped(family) else family.path.name})")
    for adapter in adapters:
        say()
        _say_adapter(adapter)
    for driver in shown:
        say()
        _say_driver(driver, store)


def _named(catalogue: nics.Catalogue, name: str) -> tuple[nics.Family, list[nics.Adapter], list[nics.Driver]]:
    """Return the family that a name means, and which of its boards and drivers. Raises BootbuilderError."""
    family = catalogue.family_of(name)
    if family is not None and family.id == name:
        return family, list(family.adapter), list(family.driver)
    if family is not None:
        boards = [adapter for adapter in family.adapter if any(use.id == name for use in adapter.drivers)]
        return family, boards, [driver for driver in family.driver if driver.id == name]
    wanted = catalogue.by_pci(name[4:].lower()) if name.lower().startswith("pci:") else []
    ids = {adapter.id for adapter in wanted[:1]} or {name}
    for family in catalogue.families():
        for adapter in family.adapter:
            if adapter.id in ids:
                return family, [adapter], catalogue.drivers_of(adapter)
    catalogue.choose(name, "nic show")
    raise BootbuilderError(f"nic show: {name!r} is unknown", "bootbuilder nic find TEXT")


def _say_adapter(adapter: nics.Adapter) -> None:
    say(f"adapter {adapter.id}: {adapter.title} ({adapter.bus}, {adapter.media})")
    ids = [*adapter.pci, *(f"{shared} (another board answers for it)" for shared in adapter.pci_shared)]
    _wrapped("PCI", ids)
    _wrapped("PnP", adapter.pnp)
    _wrapped("emulated by", [f"{model}: {text}" for model, text in adapter.emulated_by.items()], "; ")
    for use in adapter.drivers:
        doubt = f" ({_evidence(use.evidence)})" if use.evidence else ""
        say(f"  driver       {use.id}{doubt}{': ' + use.note if use.note else ''}")
    if not adapter.drivers:
        say(f"  driver       {UNDI}")
    if adapter.note:
        _wrapped("note", adapter.note.split(), " ")


def _say_driver(driver: nics.Driver, store: Store) -> None:
    from bootbuilder.nics import EVIDENCE, KINDS, fetching, holding

    held = holding.held(store, driver)
    say(f"driver {driver.id}: {KINDS[driver.kind]} {driver.file or '(no file)'}")
    if driver.file:
        say(f"  file         {'here, ' + held[:12] if held else f'not here: {fetching.command(driver)}'}")
    if driver.also_named:
        say(f"  also named   {', '.join(driver.also_named)}")
    for version in driver.versions:
        digest = f"SHA-256 {version.sha256[:16]}…" if version.sha256 else "SHA-256 unknown"
        say(
            f"  version      {version.size:,} bytes, {digest}{', ' + version.source if version.source else ''}"
        )
    if driver.args:
        say(f"  arguments    {driver.args}")
    if driver.driver_name:
        say(f"  DriverName   {driver.driver_name}{' (unverified)' if driver.driver_name_unverified else ''}")
    for line in driver.netcfg:
        say(f"  NET.CFG      {line}")
    if "{vec}" in driver.args:
        say("  vector       software interrupt; 0x60-0x66, 0x68-0x6f, 0x78-0x7e; default 0x60")
    for name, parameter in (*driver.parameters.items(), *driver.keys.items()):
        say(f"  {name:<12} {_parameter(parameter)}")
    say(f"  publisher    {driver.publisher}")
    free = {True: ", may be redistributed", False: ", may not be redistributed", None: ""}
    say(f"  licence      {driver.license}{free[driver.redistributable]}")
    if source := fetching.source_of(driver):
        say(f"  download     {source.url}{'' if source.sha256 else ' (not pinned)'}")
    say(f"  evidence     {EVIDENCE[driver.evidence]} ({driver.evidence}): {driver.source}")
    if driver.note:
        _wrapped("note", driver.note.split(), " ")


def _parameter(parameter: nics.Parameter) -> str:
    parts = [parameter.help] if parameter.help else [{"string": "a text"}.get(parameter.type, parameter.type)]
    if parameter.choices:
        parts.append(
            ("any of " if parameter.type == "flags" else "one of ") + ", ".join(map(str, parameter.choices))
        )
    elif parameter.minimum is not None and parameter.maximum is not None:
        parts.append(f"{parameter.text(parameter.minimum)} to {parameter.text(parameter.maximum)}")
    if parameter.default is not None:
        parts.append(f"default {parameter.text(parameter.default)}")
    if parameter.unverified:
        parts.append("unverified")
    return "; ".join(parts)


def _wrapped(label: str, items: Any, separator: str = " ") -> None:
    import textwrap

    if items:
        text = separator.join(items)
        say(textwrap.fill(text, 110, initial_indent=f"  {label:<12} ", subsequent_indent=" " * 15))


# --- find --------------------------------------------------------------------------------------------------


def nic_find(
    what: Annotated[
        str | None,
        typer.Argument(
            metavar="TEXT",
            help="A PCI id such as 8086:100e, a PnP id, a model of a hypervisor, part of a name.",
        ),
    ] = None,
    lspci: Annotated[
        Path | None, typer.Option("--lspci", metavar="FILE", help="The output of lspci -nn, -n or -vmmn.")
    ] = None,
    pnp: Annotated[
        Path | None,
        typer.Option("--pnp", metavar="FILE", help="PnP ids, Windows device ids or an isapnp dump."),
    ] = None,
    drivers: NicDrivers = None,
    as_json: AsJson = False,
) -> None:
    """Find an adapter and what a recipe says to use it; each driver with what is missing.

    Examples:  bootbuilder nic find 10ec:8029;  lspci -nn > pc.txt, bootbuilder nic find --lspci pc.txt
    """
    from bootbuilder.nics import finding

    if [what, lspci, pnp].count(None) != 2:
        raise BootbuilderError(
            "nic find: give one of TEXT, --lspci FILE and --pnp FILE",
            "for example bootbuilder nic find e1000",
        )
    catalogue = terminal.catalogue(drivers)
    if what is not None:
        matches = finding.by_text(catalogue, what)
        if not matches:
            raise BootbuilderError(
                f"no adapter is known for {what!r}",
                "try a part of its name, or its PCI id; any adapter with a boot ROM can use UNDI after a PXE boot",
            )
        groups = [("", matches)]
    else:
        groups = _listed(catalogue, lspci, pnp)
    store = terminal.store()
    if as_json:
        answers = [_answer(catalogue, store, match, device) for device, found in groups for match in found]
        typer.echo(json.dumps(answers, indent=2, ensure_ascii=False))
        return
    for device, found in groups:
        if device:
            say(f"== {device}")
        for match in found[:SHOWN]:
            _say_answer(_answer(catalogue, store, match, device))
        if len(found) > SHOWN:
            say(f"and {len(found) - SHOWN} more: give more of the name")
        if not found:
            say(f"  in no catalogue file: {UNDI}")


def _listed(
    catalogue: nics.Catalogue, lspci: Path | None, pnp: Path | None
) -> list[tuple[str, list[finding.Match]]]:
    """Return each device of a list with its boards. Raises BootbuilderError when there is no adapter in it."""
    from bootbuilder.nics import finding

    path = lspci or pnp
    assert path is not None
    text = _text(path)
    try:
        devices = finding.read_lspci(text) if lspci else finding.read_pnp(text)
    except BootbuilderError as error:
        raise type(error)(f"{path}: {error.message}", error.hint) from None
    groups = [(device.text, finding.by_device(catalogue, device)) for device in devices]
    if lspci is None:
        # A list of PnP ids has every device of the machine; which are network boards shows by looking them up.
        groups = [(text, found) for text, found in groups if found]
    if not groups:
        raise BootbuilderError(
            f"{path}: no network adapter in it"
            if lspci
            else f"{path}: no id in it is that of a known adapter",
            "an adapter on the ISA bus is not listed: bootbuilder nic find NAME",
        )
    return groups


def _text(path: Path) -> str:
    try:
        data = path.read_bytes()
    except OSError as error:
        raise BootbuilderError(f"{path}: cannot be read: {error.strerror}", "check the path") from None
    return data.decode("utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8", "replace")


def _answer(catalogue: nics.Catalogue, store: Store, match: finding.Match, device: str) -> dict[str, Any]:
    """Return one answer: the board, why, and its drivers with what is missing to use each."""
    from bootbuilder.nics import fetching, holding

    adapter = match.adapter
    ways = []
    for use, driver in zip(adapter.drivers, catalogue.drivers_of(adapter), strict=True):
        evidence = use.evidence or driver.evidence
        here = holding.held(store, driver) is not None
        missing = None if here or driver.file is None else fetching.command(driver)
        ways.append(
            {
                "nic": driver.id,
                "kind": driver.kind,
                "file": driver.file,
                "present": here,
                "missing": missing,
                "evidence": evidence,
                "unverified": evidence == "recall",
                "package": driver.freedos_package,
                "note": use.note,
            }
        )
    # What can be used now comes first, then what is known better; the order of the file decides the rest.
    ways.sort(key=lambda way: (not way["present"], bool(way["unverified"])))
    return {
        **({"device": device} if device else {}),
        "adapter": adapter.id,
        "title": adapter.title,
        "bus": adapter.bus,
        "matched": match.why,
        "drivers": ways,
        "note": adapter.note,
    }


def _say_answer(answer: dict[str, Any]) -> None:
    say(f"{answer['title']} ({answer['bus']}): adapter {answer['adapter']}, by {answer['matched']}")
    for way in answer["drivers"]:
        use = f'nics = ["{way["nic"]}"]'
        doubt = ", unverified" if way["unverified"] else ""
        package = f" (FreeDOS package {way['package']})" if way["package"] else ""
        state = (
            "here"
            if way["present"]
            else f"get it: {way['missing']}{package}"
            if way["missing"]
            else "built in"
        )
        say(f"  {use:<28} {way['kind']:<7}{way['file'] or '-':<13}{state}{doubt}")
        if way["note"]:
            say(f"  {'':<28} {way['note']}")
    if not answer["drivers"]:
        say(f"  {UNDI}")
    if answer["note"]:
        _wrapped("note:", answer["note"].split())
