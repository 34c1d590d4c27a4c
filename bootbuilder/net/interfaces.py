"""This machine's network interfaces with their IPv4 addresses, and which of them are served."""

from __future__ import annotations

import socket
from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Interface, IPv4Network
from pathlib import Path

from bootbuilder import problems
from bootbuilder.errors import ServeError


@dataclass(frozen=True, slots=True)
class Interface:
    """An interface with one of its addresses; `mac` is "" where it has none."""

    name: str
    address: IPv4Address
    network: IPv4Network
    mac: str = ""


def all_of_them() -> list[Interface]:
    """Return every interface that is up and has an IPv4 address, once for each address."""
    import psutil

    # `isup` wants a link too, and a cable to one PC has none until that is switched on.
    states = psutil.net_if_stats().items()
    up = {name for name, state in states if state.isup or "up" in getattr(state, "flags", "").split(",")}
    found = []
    for name, addresses in psutil.net_if_addrs().items():
        mac = next(
            (one.address.lower().replace("-", ":") for one in addresses if one.family == psutil.AF_LINK), ""
        )
        for one in addresses:
            if one.family == socket.AF_INET and name in up:
                whole = IPv4Interface(f"{one.address}/{one.netmask or '255.255.255.255'}")
                found.append(Interface(name, whole.ip, whole.network, mac))
    return found


def chosen(names: Sequence[str], addresses: Sequence[str]) -> list[Interface]:
    """Return the interfaces of these names, or with these addresses; all but the loopback when none are given.

    Raises:
        ServeError: one of them is not there, or none is.
    """
    known = all_of_them()
    listed = ", ".join(f"{one.name} ({one.address})" for one in known) or "none is up"
    found = []
    for name in names:
        mine = [one for one in known if one.name == name]
        if not mine:
            near = problems.nearest(name, (one.name for one in known))
            raise ServeError(f"no interface {name} with an IPv4 address", f"{near}there are: {listed}")
        found.append(mine[0])
    for address in addresses:
        mine = [one for one in known if str(one.address) == address]
        if not mine:
            raise ServeError(f"{address} is no address of this machine", f"there are: {listed}")
        found.append(mine[0])
    if not names and not addresses:
        firsts: dict[str, Interface] = {}
        for one in known:
            if not one.address.is_loopback:
                firsts.setdefault(one.name, one)
        found = list(firsts.values())
    if not found:
        raise ServeError(
            "no network interface has an IPv4 address", f"name one with --interface; there are: {listed}"
        )
    return list(dict.fromkeys(found))


def neighbour(address: str) -> str:
    """Return the hardware address that the system knows for an IPv4 address (Linux's ARP table); "" for none."""
    try:
        lines = Path("/proc/net/arp").read_text("utf-8").splitlines()[1:]
    except OSError:
        return ""
    words = (line.split() for line in lines)
    return next((one[3].lower() for one in words if len(one) > 3 and one[0] == address), "")
