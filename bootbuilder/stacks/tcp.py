"""TCP/IP programs over a packet driver: the configuration of mTCP and Watt-32, and the programs themselves."""

from __future__ import annotations

from typing import Any

from bootbuilder.errors import RecipeError
from bootbuilder.render import Limits, Traced
from bootbuilder.stacks import address
from bootbuilder.stacks.model import Job, Layer, Package, Text

MTCP = Package(
    "mtcp",
    "mTCP, TCP/IP programs for DOS",
    "www.brutman.com/mTCP, or the FreeDOS package mtcp",
    "Michael B. Brutman",
    "GPL-3.0-only",
    True,
    {
        "DHCP.EXE": "gets an address and writes it into MTCP.CFG",
        "PING.EXE": "asks whether a machine answers",
        "HTGET.EXE": "fetches a file by HTTP",
        "FTP.EXE": "FTP client",
        "SNTP.EXE": "sets the clock",
        "TELNET.EXE": "Telnet client",
        "NC.EXE": "netcat",
        "DNSTEST.EXE": "asks a name server",
        "PKTTOOL.EXE": "scans for packet drivers and shows packets",
        "FTPSRV.EXE": "FTP server",
        "HTTPSERV.EXE": "web server",
        "SPDTEST.EXE": "measures speed",
        "IRCJR.EXE": "IRC client",
        "NETDRV.EXE": "network drive over FTP",
    },
)

RAM_DISK = "XMSDSK.EXE"
_RAM_KB = 64  # enough for a configuration file of a few hundred bytes on any FAT that it makes


def _values(job: Job) -> dict[str, Any]:
    dhcp = job.tools.get("DHCP.EXE") if job.recipe.network.address == "dhcp" else None
    where = job.recipe.where("network", "tools")
    values: dict[str, Any] = {
        **address.values(job),
        "dhcp": Traced(dhcp, where) if dhcp else "",
        "ram_disk": "",
        "config_drive": job.drive,
    }
    if dhcp and job.medium == "iso":
        # A CD is read-only, and DHCP.EXE writes what it got into the configuration file.
        values.update(_on_ram_disk(job))
    return values


def _on_ram_disk(job: Job) -> dict[str, Any]:
    where = job.recipe.where("network", "address")
    program, letter = job.available.get(RAM_DISK), f"{min(job.recipe.dos.lastdrive, 'R')}:"
    if program is None or job.recipe.dos.memory == "none":
        raise RecipeError(
            f"{where}: DHCP.EXE writes the address that it gets into MTCP.CFG, and a CD is read-only",
            f'set memory = "xms" and put {RAM_DISK} on the disk with [[files]]: a RAM disk then holds MTCP.CFG; '
            "or give a static address, or make another medium",
        )
    return {"ram_disk": Traced(f"{program} {_RAM_KB} {letter} /Y /T", where), "config_drive": letter}


LAYER = Layer(
    "tcp",
    _values,
    texts=(
        Text("tcp/MTCP.CFG", "MTCP.CFG", Limits(158, "mTCP")),  # 160 with the line end
        Text("tcp/WATTCP.CFG", "WATTCP.CFG", Limits(127, "Watt-32")),
    ),
)
