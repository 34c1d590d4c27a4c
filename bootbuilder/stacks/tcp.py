"""TCP/IP programs over a packet driver: the configuration of mTCP and Watt-32, and the programs themselves."""

from __future__ import annotations

from typing import Any

from bootbuilder import __version__, firmware
from bootbuilder.render import Limits, Traced
from bootbuilder.stacks import address
from bootbuilder.stacks.model import FOLDER, Job, Layer, Package, StackFile, Text

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

_RAM_DISK = "RAMDISK.SYS"


def _needs_ram_disk(job: Job) -> bool:
    """Return whether DHCP.EXE, which writes what it gets into the configuration file, would write to a CD."""
    return job.medium == "iso" and job.recipe.network.address == "dhcp" and "DHCP.EXE" in job.tools


def _values(job: Job) -> dict[str, Any]:
    dhcp = job.tools.get("DHCP.EXE") if job.recipe.network.address == "dhcp" else None
    key = job.recipe.origin("network", "address")
    return {
        **address.values(job),
        "dhcp": Traced(dhcp, job.recipe.where("network", "tools")) if dhcp else "",
        "ram_disk": Traced(f"{job.drive}\\{FOLDER}\\{_RAM_DISK}", key) if _needs_ram_disk(job) else "",
    }


def _ram_disk(job: Job) -> tuple[StackFile, ...]:
    if not _needs_ram_disk(job):
        return ()
    program = firmware.load("ramdisk.sys")
    return (StackFile(f"{FOLDER}\\{_RAM_DISK}", program, f"bootbuilder {__version__}", "MIT", True),)


LAYER = Layer(
    "tcp",
    _values,
    config=True,
    texts=(
        Text("tcp/MTCP.CFG", "MTCP.CFG", Limits(158, "mTCP")),  # 160 with the line end
        Text("tcp/WATTCP.CFG", "WATTCP.CFG", Limits(127, "Watt-32")),
    ),
    brings=_ram_disk,
)
