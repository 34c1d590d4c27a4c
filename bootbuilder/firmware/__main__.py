"""`python -m bootbuilder.firmware check|build [NAME...]`: the proof without the command line."""

from __future__ import annotations

import os
import sys

from bootbuilder import firmware
from bootbuilder.errors import BootbuilderError


def main(arguments: list[str]) -> int:
    """Run one command and return the exit status: 0 done, 1 failed, 2 wrong usage."""
    if not arguments or arguments[0] not in ("check", "build"):
        sys.stderr.write("usage: python -m bootbuilder.firmware check|build [NAME...]\n")
        return 2
    command, *names = arguments
    try:
        if command == "build":
            for entry in firmware.build(names):
                sys.stdout.write(
                    f"{entry.name:24} {entry.size:6} bytes of {entry.max_size:6}  {entry.sha256}\n"
                )
            return 0
        findings = firmware.check(names, require_tools=os.environ.get("BOOTBUILDER_REQUIRE_TOOLS") == "1")
    except BootbuilderError as error:
        sys.stderr.write(f"error: {error.message}\n" + (f"hint: {error.hint}\n" if error.hint else ""))
        return 1
    for finding in findings:
        word = "error" if finding.failed else "note"
        sys.stdout.write(f"{word}: {finding.name}: {finding.message}\nhint: {finding.hint}\n")
    failed = any(finding.failed for finding in findings)
    if not failed:
        sys.stdout.write("firmware: the shipped binaries match their sources\n")
    return int(failed)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
