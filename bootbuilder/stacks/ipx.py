"""NetWare client over ODI: LSL, the adapter's MLID, IPXODI, then NETX or the VLM requester."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bootbuilder.errors import RecipeError
from bootbuilder.nics import Parameter
from bootbuilder.render import Traced
from bootbuilder.stacks import odi
from bootbuilder.stacks.model import FOLDER, Job, Layer, Package

PACKAGE = Package(
    "netware",
    "Novell NetWare client for DOS",
    "the NetWare client disks (VLM client 1.20: WSDOS_1, WSDRV_2; NETX: the DOS requester of NetWare 3)",
    "Novell",
    "proprietary",
    False,
    {
        "LSL.COM": "link support layer, loaded first",
        "IPXODI.COM": "IPX and SPX",
        "VLM.EXE": "the requester: loads the *.VLM modules",
        "CONN.VLM": "connection table",
        "IPXNCP.VLM": "NetWare Core Protocol over IPX",
        "TRAN.VLM": "transport multiplexer",
        "SECURITY.VLM": "packet signatures",
        "NDS.VLM": "directory services of NetWare 4",
        "BIND.VLM": "bindery of NetWare 2 and 3",
        "NWP.VLM": "protocol multiplexer",
        "FIO.VLM": "files",
        "GENERAL.VLM": "searches and queues",
        "REDIR.VLM": "redirector",
        "PRINT.VLM": "printers",
        "NETX.VLM": "for programs that expect NETX",
        "NETX.EXE": "the older shell, in place of VLM",
        "LOGIN.EXE": "LOGIN, where the server's own is not to be used",
        "*.VLM": "more modules",
        "*.MSG": "messages",
    },
)

_VLM = ("VLM.EXE", "CONN.VLM", "IPXNCP.VLM", "TRAN.VLM", "NWP.VLM", "FIO.VLM", "GENERAL.VLM", "REDIR.VLM")

OPTIONS = {
    "requester": Parameter(
        type="choice", default="vlm", choices=("vlm", "netx"), help="the client's upper part"
    ),
    "frame": Parameter(
        type="choice", choices=odi.FRAMES, help="frame type; default that of the driver's sample"
    ),
    "first_drive": Parameter(type="string", default="F", pattern="[A-Z]", help="the first network drive"),
    "server": Parameter(type="string", pattern=r"[^\s\\]{1,47}", help="preferred server"),
    "tree": Parameter(type="string", pattern=r"[^\s\\]{1,32}", help="preferred tree (VLM)"),
    "context": Parameter(
        type="string", pattern=r"[ -~]{1,90}", help="name context (VLM), such as OU=SALES.O=ACME"
    ),
}


def _files(options: Mapping[str, Any]) -> tuple[str, ...]:
    requester = ("NETX.EXE",) if options.get("requester") == "netx" else _VLM
    return ("LSL.COM", "IPXODI.COM", *requester)


def _values(job: Job) -> dict[str, Any]:
    settings = job.settings(OPTIONS)
    return {
        **settings,
        "folder": f"\\{FOLDER}",
        "link": odi.link(job, {}),
        "frame": odi.frame(job, settings["frame"], "Ethernet_802.2"),
        "lastdrive": _last_drive(job, settings),
    }


def _last_drive(job: Job, settings: Mapping[str, Traced | None]) -> Traced | None:
    """Return what LASTDRIVE must be. VLM takes its drives from those that DOS has; NETX uses the letters behind them.

    Raises RecipeError when the recipe says otherwise.
    """
    first, dos = settings["first_drive"] or "F", job.recipe.dos
    said = job.recipe.merged.sets(("dos", "lastdrive"))
    where = job.recipe.where("dos", "lastdrive")
    if settings["requester"] == "netx":
        if first == "A":
            raise RecipeError(
                f"{job.recipe.where('network', 'options', 'ipx')}: first_drive cannot be A with NETX",
                'use "F"',
            )
        before = chr(ord(first) - 1)
        if said and dos.lastdrive != before:
            raise RecipeError(
                f"{where}: NETX takes the letters behind LASTDRIVE, so {dos.lastdrive} makes {first}: impossible",
                f'use lastdrive = "{before}", or leave it out',
            )
        return Traced(before, job.recipe.origin("network", "options", "ipx", "first_drive"))
    if dos.lastdrive < first:
        raise RecipeError(
            f"{where}: the first network drive is {first}:, and DOS ends at {dos.lastdrive}:",
            'use lastdrive = "Z", or leave it out',
        )
    return None


LAYER = Layer(
    "ipx",
    _values,
    texts=(odi.net_cfg("ipx"),),
    package=PACKAGE,
    files=_files,
    extras=("*.VLM", "*.MSG", "LOGIN.EXE"),
)
