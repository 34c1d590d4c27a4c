"""Microsoft Network Client 3.0: NDIS2 driver, redirector, TCP/IP or NetBEUI, and drives of the network.

NET INITIALIZE loads the Protocol Manager and the drivers that SYSTEM.INI names, so CONFIG.SYS has only IFSHLP.SYS.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from bootbuilder.errors import RecipeError
from bootbuilder.nics import Parameter
from bootbuilder.render import Limits, Secret, Traced
from bootbuilder.stacks import address, ndis
from bootbuilder.stacks.model import FOLDER, Job, Layer, Package, Text

PACKAGE = Package(
    "msclient",
    "Microsoft Network Client 3.0 for MS-DOS",
    "DSK3-1.EXE and DSK3-2.EXE, or folder CLIENTS\\MSCLIENT of the Windows NT Server CD; installed, its folder NET",
    "Microsoft",
    "proprietary",
    False,
    {
        "NET.EXE": "the NET commands and the redirectors",
        "NET.MSG": "messages",
        "PROTMAN.DOS": "NDIS2 Protocol Manager",
        "PROTMAN.EXE": "its transient part",
        "NETBIND.COM": "connects protocols and drivers",
        "IFSHLP.SYS": "file system helper, loaded in CONFIG.SYS",
        "NDISHLP.SYS": "helper of NetBEUI and the full redirector",
        "TCPDRV.DOS": "TCP/IP driver",
        "NEMM.DOS": "memory of the TCP/IP driver",
        "TCPTSR.EXE": "TCP/IP",
        "TINYRFC.EXE": "NetBIOS over TCP/IP",
        "NMTSR.EXE": "network management, which PING needs",
        "EMSBFR.EXE": "buffers in expanded memory",
        "UMB.COM": "upper memory for TCP/IP",
        "DNR.EXE": "asks name servers",
        "SOCKETS.EXE": "sockets of programs",
        "NETH.MSG": "texts of NET HELP",
        "WFWSYS.CFG": "settings that NET START wants",
        "PING.EXE": "asks whether a machine answers",
        "IPCONFIG.EXE": "shows the address",
        "NETWORKS": "names of networks",
        "PROTOCOL": "names of protocols",
        "SERVICES": "names of ports",
    },
)

_ALWAYS = ("NET.EXE", "NET.MSG", "PROTMAN.DOS", "PROTMAN.EXE", "IFSHLP.SYS", "WFWSYS.CFG")
_TCPIP = (
    "NETBIND.COM", "TCPDRV.DOS", "NEMM.DOS", "UMB.COM", "TCPTSR.EXE", "TINYRFC.EXE", "NMTSR.EXE", "EMSBFR.EXE"
)  # fmt: skip
_NETBEUI = ("NDISHLP.SYS",)
_EXTRAS = ("DNR.EXE", "PING.EXE", "IPCONFIG.EXE", "NETWORKS", "PROTOCOL", "SERVICES")

_NETBIOS = re.compile(r"[A-Za-z0-9!#$%&'()@^_{}~.-]{1,15}")

OPTIONS = {
    "workgroup": Parameter(type="string", default="WORKGROUP", pattern=_NETBIOS.pattern, help="workgroup"),
    "domain": Parameter(type="string", pattern=_NETBIOS.pattern, help="domain that NET LOGON asks"),
    "transport": Parameter(type="choice", default="tcpip", choices=("tcpip", "netbeui"), help="protocol"),
    "redirector": Parameter(type="choice", default="full", choices=("full", "basic"), help="redirector"),
    "wins": Parameter(type="string", pattern=r"\d{1,3}(\.\d{1,3}){3}", help="WINS server"),
    "sessions": Parameter(type="int", default=6, minimum=1, maximum=22, help="NetBIOS sessions over TCP/IP"),
}


def _files(options: Mapping[str, Any]) -> tuple[str, ...]:
    return (*_ALWAYS, *(_NETBEUI if options.get("transport") == "netbeui" else _TCPIP))


def _values(job: Job) -> dict[str, Any]:
    settings = job.settings(OPTIONS)
    known = address.values(job)
    folder = f"{job.drive}\\{FOLDER}"
    drives, user, password = _drives(job)
    there = {file.path.rpartition("\\")[2] for file in job.adapter.files}
    return {
        **settings,
        **{name: _spaced(known.get(name)) for name in ("ip", "netmask", "gateway")},
        "dns": [_spaced(server) for server in known.get("dns", ())],
        "wins": _spaced(settings["wins"]),
        "static": known["static"],
        "folder": folder,
        "computer": _computer(job, known["hostname"]),
        "card": ndis.card(job, {}),
        "drives": drives,
        "user": user,
        "password": password,
        "hosts": [
            (
                job.text(ip, "network", "hosts", name),
                Traced(name.upper(), job.recipe.origin("network", "hosts", name)),
            )
            for name, ip in job.recipe.network.hosts.items()
        ],
        "resolver": "DNR.EXE" in there and bool(known.get("dns")),
    }


def _spaced(quad: Traced | None) -> Traced | None:
    """Return an address as PROTOCOL.INI wants it: 10 0 0 5."""
    return None if quad is None else Traced(quad.replace(".", " "), quad.key)


def _computer(job: Job, hostname: Traced) -> Traced:
    """Return the NetBIOS name: the host name, else the recipe's name. Raises RecipeError for one that cannot be."""
    name = hostname or Traced(job.recipe.name[:15].rstrip("-"), job.recipe.origin("name"))
    if not _NETBIOS.fullmatch(name):
        raise RecipeError(
            f"{job.recipe.where('network', 'hostname')}: {str(name)!r} cannot be a computer's name for this client",
            "use 1 to 15 letters, digits and -",
        )
    return Traced(name.upper(), name.key)


def _drives(job: Job) -> tuple[list[dict[str, Any]], Traced | None, Traced | None]:
    """Return the drives to map, the user who logs on, and his password where it may be written.

    A password of a drive without a user is that of the share. Raises RecipeError: one disk logs on as one user.
    """
    recipe = job.recipe
    user: Traced | None = None
    password: Traced | None = None
    drives = []
    for index, drive in enumerate(recipe.network.drives):
        key = ("network", "drives", index)
        if drive.letter > recipe.dos.lastdrive:
            raise RecipeError(
                f"{recipe.where(*key, 'letter')}: {drive.letter}: lies behind LASTDRIVE={recipe.dos.lastdrive}",
                'set lastdrive = "Z" under [dos]',
            )
        secret = _secret(job, index)
        if drive.user is not None:
            named = job.text(drive.user, *key, "user")
            if user is not None and named != user:
                raise RecipeError(
                    f"{recipe.where(*key, 'user')}: {str(named)!r}, and another drive has {str(user)!r}: "
                    "this client logs on as one user",
                    "give all drives the same user, or the others none",
                )
            user, password, secret = named, password or secret, None
        share = job.text(drive.unc, *key, "unc")
        letter = Traced(drive.letter, recipe.origin(*key, "letter"))
        drives.append({"letter": letter, "unc": share, "password": secret})
    return drives, user, password


def _secret(job: Job, index: int) -> Secret | None:
    key = job.recipe.origin("network", "drives", index, "password")
    text = job.secrets.get(f"network.drives[{index}].password")
    return (
        None if text is None else Secret(text.replace("%", "%%"), key)
    )  # % begins a variable in a batch file


_INI = Limits(127, "the Microsoft client")

LAYER = Layer(
    "msclient",
    _values,
    config=True,
    texts=(
        Text("msclient/SYSTEM.INI", f"{FOLDER}\\SYSTEM.INI", _INI),
        ndis.protocol_ini("msclient"),
        Text("msclient/TCPUTILS.INI", f"{FOLDER}\\TCPUTILS.INI", _INI),
        Text("msclient/LMHOSTS", f"{FOLDER}\\LMHOSTS", _INI),
    ),
    package=PACKAGE,
    files=_files,
    extras=_EXTRAS,
)
