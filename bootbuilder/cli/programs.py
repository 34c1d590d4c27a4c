"""The commands on what runs on the target PC before DOS: menu, firmware copy."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from bootbuilder.cli.terminal import say


def menu(
    images: Annotated[list[Path], typer.Argument(help="Floppy or disk images, in the order of the menu.")],
    output: Annotated[Path, typer.Option("-o", "--output", help="The boot program to write.")],
    title: Annotated[str, typer.Option(help="Heading of the screen.")] = "",
    timeout: Annotated[
        int, typer.Option(min=0, max=255, help="Seconds until the default starts; 255: for ever.")
    ] = 10,
    default: Annotated[int, typer.Option(min=1, max=16, help="The image that starts by itself.")] = 1,
    gzip: Annotated[
        bool, typer.Option("--gzip", help="Write IMAGE.gz beside each image; it is fetched first.")
    ] = False,
    keep_undi: Annotated[
        bool, typer.Option("--keep-undi", help="Leave the ROM's UNDI in memory for a DOS driver.")
    ] = False,
    read_only: Annotated[bool, typer.Option("--read-only", help="Write-protect the disks in RAM.")] = False,
    raw_copy: Annotated[
        bool, typer.Option("--raw-copy", help="Reach memory without INT 15h, for systems that forbid it.")
    ] = False,
) -> None:
    """Make a PXE boot program for images that are there: one, or a menu of up to 16.

    Example:  bootbuilder menu out/plant/*.img -o out/plant/menu.0
    """
    from bootbuilder import menus

    wishes = menus.Wishes(title, timeout, default - 1, keep_undi, read_only, raw_copy, gzip)
    for path in menus.make(images, output, wishes):
        say(f"{path}  {path.stat().st_size:,} bytes")


def firmware_copy(
    name: Annotated[str, typer.Argument(help="A shipped binary, for example savedisk.com.")],
    folder: Annotated[Path, typer.Argument(help="Where to.")] = Path(),
) -> None:
    """Copy a shipped 16-bit program to a folder, for [[files]] of a recipe.

    Example:  bootbuilder firmware copy savedisk.com payload
    """
    from bootbuilder import firmware, staging

    data = firmware.load(name.lower())
    with staging.opened(folder, lambda: None) as new:
        staging.sync(staging.write(new / name.lower(), data))
        staging.publish(new, folder, (name.lower(),))
    say(f"{folder / name.lower()}  {len(data):,} bytes")
