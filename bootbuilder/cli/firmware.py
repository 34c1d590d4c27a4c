"""The commands on the shipped 16-bit binaries: firmware check, build."""

from __future__ import annotations

import typer

from bootbuilder.cli.terminal import say
from bootbuilder.errors import BootbuilderError


def firmware_check() -> None:
    """Prove that the shipped 16-bit binaries match their sources."""
    from bootbuilder import firmware

    findings = firmware.check()
    for finding in findings:
        typer.echo(f"{finding.name}: {finding.message} ({finding.hint})", err=True)
    if any(finding.failed for finding in findings):
        raise BootbuilderError(
            "the shipped binaries do not match their sources", "bootbuilder firmware build"
        )
    say("all binaries match their sources")


def firmware_build() -> None:
    """Assemble the 16-bit binaries again (needs NASM and a checkout)."""
    from bootbuilder import firmware

    for entry in firmware.build():
        say(f"{entry.name}: {(entry.sha256 or '')[:12]}")
