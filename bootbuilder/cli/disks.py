"""The commands on images that are there: inspect, diff, boot."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bootbuilder.cli.terminal import AsJson, say, table

if TYPE_CHECKING:
    from bootbuilder import comparing


def inspect(
    image: Annotated[Path, typer.Argument(help="Floppy image, ISO or disk image.")],
    path: Annotated[str | None, typer.Argument(help="A file inside: its bytes go to stdout.")] = None,
    as_json: AsJson = False,
) -> None:
    """Show what is on an image: geometry, boot sector, tree, free bytes; or print one file of it.

    Example:  bootbuilder inspect out/quickstart/quickstart.img AUTOEXEC.BAT
    """
    from bootbuilder import inspecting

    if path is not None:
        sys.stdout.buffer.write(inspecting.read_file(image, path))
        return
    report = inspecting.inspect(image)
    if as_json:
        typer.echo(json.dumps(report.to_json(), indent=2, ensure_ascii=False))
        return
    for name, value in report.facts():
        say(f"{name + ':':<14}{value}")
    rows = [("path", "size", "attributes", "modified")]
    rows += [(entry.path, entry.shown_size, entry.shown_attributes, entry.modified) for entry in report.files]
    table(rows, right=(1,))


def diff(
    before: Annotated[Path, typer.Argument(metavar="IMAGE", help="Floppy image, ISO or disk image.")],
    after: Annotated[Path, typer.Argument(metavar="OTHER", help="What it is compared with.")],
    exit_code: Annotated[
        bool, typer.Option("--exit-code", help="Exit with 1 where the images differ, for scripts.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Show what differs between two images: how they were built, shape, boot sector, files, lines of texts.

    Example:  bootbuilder diff old/quickstart.img out/quickstart/quickstart.img
    """
    from bootbuilder import comparing

    found = comparing.compare(before, after)
    if as_json:
        typer.echo(json.dumps(found.to_json(), indent=2, ensure_ascii=False))
    else:
        _print_differences(found)
    if exit_code and not found.identical:
        raise typer.Exit(1)


def _print_differences(found: comparing.Differences) -> None:
    if found.identical:
        say("identical")
        return
    groups = (("built from", found.built), ("shape", found.shape), ("boot sector", found.boot_sector))
    for title, facts in groups:
        for fact in facts:
            say(f"{title}: {fact.name}: {fact.before or '(none)'} -> {fact.after or '(none)'}")
    for change in found.files:
        sizes = " -> ".join(f"{size:,}" for size in (change.before, change.after) if size is not None)
        what = f" ({', '.join(change.what)})" if change.what else ""
        say(f"{change.kind + ':':<9}{change.path}{what}, {sizes} bytes")
        for line in change.lines:
            say(f"    {line}")
    if not (found.built or found.shape or found.boot_sector or found.files):
        say("the files on the disks are the same; bytes outside of them differ")


def boot(
    image: Annotated[Path, typer.Argument(help="Floppy image, ISO or disk image.")],
    expect: Annotated[
        str | None, typer.Option("--expect", metavar="REGEX", help="What must appear; default: a DOS prompt.")
    ] = None,
    type_text: Annotated[
        str | None, typer.Option("--type", metavar="TEXT", help="Typed at the prompt; Enter is added.")
    ] = None,
    nic: Annotated[
        str | None, typer.Option("--nic", metavar="MODEL", help="QEMU adapter, e.g. ne2k_isa.")
    ] = None,
    timeout: Annotated[float, typer.Option("--timeout", min=0.1, help="Seconds.")] = 60,
    screenshot: Annotated[
        Path | None, typer.Option("--screenshot", metavar="F.png", help="Save the screen as PNG.")
    ] = None,
    accel: Annotated[str, typer.Option("--accel", metavar="auto|kvm|tcg", help="QEMU accelerator.")] = "auto",
    as_json: AsJson = False,
) -> None:
    """Boot an image in QEMU and print its text screen; 0 only when what is expected appeared.

    Example:  bootbuilder boot out/quickstart/quickstart.img --type VER
    """
    from bootbuilder import vm

    if accel not in ("auto", "kvm", "tcg"):
        raise typer.BadParameter(f"{accel!r} is not auto, kvm or tcg", param_hint="--accel")
    result = vm.boot(
        image,
        expect=_pattern(expect) if expect is not None else vm.DEFAULT_PROMPT,
        type_text=type_text,
        timeout=timeout,
        nic=nic,
        accel=accel,  # type: ignore[arg-type]  # checked above
        screenshot=screenshot,
    )
    if as_json:
        report = {
            "ok": result.ok,
            "seconds": round(result.seconds, 3),
            "reason": result.reason,
            "accel": result.accel,
            "screen": result.screen,
        }
        typer.echo(json.dumps(report, indent=2, ensure_ascii=False))
    else:
        say(result.screen)
        verdict = f"ok after {result.seconds:.2f} s" if result.ok else f"failed: {result.reason}"
        typer.echo(verdict, err=True)
    if not result.ok:
        raise typer.Exit(1)


def _pattern(text: str) -> str:
    import re

    try:
        re.compile(text)
    except re.error as error:
        raise typer.BadParameter(
            f"{text!r} is no regular expression: {error}", param_hint="--expect"
        ) from None
    return text
