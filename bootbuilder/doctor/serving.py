"""What serving needs of this machine: ports, rights, interfaces with their MTU."""

from __future__ import annotations

import contextlib
import errno
import os
import socket
import sys
from pathlib import Path

import psutil

from bootbuilder.doctor.findings import Finding
from bootbuilder.errors import ServeError
from bootbuilder.net import interfaces, ports
from bootbuilder.net.interfaces import Interface

SERVICES = (
    ("udp", 67, "DHCP and proxyDHCP"),
    ("udp", 69, "TFTP"),
    ("udp", 4011, "boot server"),
    ("tcp", 80, "HTTP"),
)
ETHERNET_MTU = 1500

_KNOWN = {  # a program -> how to make it give up its port
    "dnsmasq": "take port 67 and 69 from it (dhcp-range, enable-tftp), or let it do the proxy: see --snippet dnsmasq",
    "dhcpd": "it gives addresses here: keep it, and start with --dhcp proxy on another machine, or see --snippet isc",
    "kea-dhcp4": "it gives addresses here: serve from another machine, or see --snippet kea",
    "systemd-networkd": "its DHCPServer= holds the port: switch it off in the .network file",
    "in.tftpd": "systemctl disable --now tftpd-hpa.service tftpd-hpa.socket",
    "atftpd": "systemctl disable --now atftpd",
    "bootpd": "switch Internet Sharing off, or: sudo launchctl unload -w /System/Library/LaunchDaemons/bootps.plist",
    "launchd": "an enabled system service (tftp) waits for requests: sudo launchctl unload -w "
    "/System/Library/LaunchDaemons/tftp.plist",
    "svchost.exe": "Windows' DHCP Server or WDS service: stop it, or set WDS not to listen on port 67",
}


def examine(chosen: list[Interface]) -> list[Finding]:
    """Return the findings about serving on these interfaces."""
    found = [_port(*service) for service in SERVICES]
    return [*found, _rights(), *_interfaces(chosen)]


def _port(protocol: str, port: int, purpose: str) -> Finding:
    name, flag = f"port-{port}", ports.FLAGS[port]
    where = f"{protocol.upper()} port {port} ({purpose})"
    holders = ports.holders(protocol, port)
    if holders:
        ours = [one for one in holders if one.program == "bootbuilder"]
        if len(ours) == len(holders):
            return Finding("ok", "serve", name, f"{where} is held by {ours[0]}")
        programs = ", ".join(sorted({f"{one} at {one.address}" for one in holders}))
        if all(one.address.startswith("127.") for one in holders):
            fix = f"serve with --interface or --listen, so that the loopback is left to it; or use {flag} N"
            return Finding("note", "serve", name, f"{where} is held by {programs} only", fix)
        advice = next((_KNOWN[one.program] for one in holders if one.program in _KNOWN), "stop that program")
        return Finding(
            "problem", "serve", name, f"{where} is held by {programs}", f"{advice}; or use {flag} N"
        )
    if _in_use(protocol, port):
        seeing = "run the doctor with sudo to see its name" if holders is None else "stop that program"
        return Finding(
            "problem", "serve", name, f"{where} is held by another program", f"{seeing}; or use {flag} N"
        )
    return Finding("ok", "serve", name, f"{where} is free")


def _in_use(protocol: str, port: int) -> bool:
    """Return whether an exclusive bind fails because somebody has the port."""
    kind = socket.SOCK_DGRAM if protocol == "udp" else socket.SOCK_STREAM
    with socket.socket(socket.AF_INET, kind) as sock:
        try:
            sock.bind(("0.0.0.0", port))
        except OSError as problem:
            return problem.errno == errno.EADDRINUSE
    return False


def _rights() -> Finding:
    """Return whether this user may open the low ports."""
    if sys.platform == "win32":
        return Finding(
            "ok", "serve", "rights", "Windows lets any user open these ports; the firewall may ask"
        )
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        with contextlib.suppress(OSError):
            first = int(Path("/proc/sys/net/ipv4/ip_unprivileged_port_start").read_text())
            if first <= min(ports.FLAGS):
                return Finding("ok", "serve", "rights", f"any user may open ports from {first} on")
        try:
            sock.bind(("127.0.0.1", 1023))  # as privileged as the service's ports, and nobody's
        except OSError as problem:
            if problem.errno in (errno.EACCES, errno.EPERM):
                return Finding(
                    "problem",
                    "serve",
                    "rights",
                    "this user may not open ports below 1024",
                    ports.how_to_get_rights(
                        ", or take high ports: --tftp-port 6969 --http-port 8080 --dhcp off"
                    ),
                )
    who = "root; the service becomes “nobody” once its ports are open" if _is_root() else "this user"
    return Finding("ok", "serve", "rights", f"ports below 1024 can be opened by {who}")


def _is_root() -> bool:
    return hasattr(os, "geteuid") and os.geteuid() == 0


def _interfaces(chosen: list[Interface]) -> list[Finding]:
    found = []
    states = psutil.net_if_stats()
    for one in chosen:
        state = states.get(one.name)
        mtu = state.mtu if state else ETHERNET_MTU
        text = f"{one.name}: {one.address}/{one.network.prefixlen}, MTU {mtu}"
        if mtu < ETHERNET_MTU:
            fix = f"blocks are cut to {mtu - 32} bytes; raise the MTU to 1500 unless the link cannot"
            found.append(Finding("warning", "serve", "mtu", f"{text}: below Ethernet's 1500", fix))
        elif mtu > ETHERNET_MTU and not one.address.is_loopback:
            fix = "start with --tftp-blksize 1468: clients with an MTU of 1500 never get longer blocks"
            found.append(Finding("warning", "serve", "mtu", f"{text}: above Ethernet's 1500", fix))
        elif one.address.is_link_local:
            fix = "give the interface an address of the clients' network"
            found.append(
                Finding("warning", "serve", "address", f"{text}: an address of last resort (169.254)", fix)
            )
        else:
            found.append(Finding("ok", "serve", "interface", text))
    return found


def chosen_interfaces(names: list[str], needed: bool) -> tuple[list[Interface], list[Finding]]:
    """Return the interfaces to look at; without names none at all is a finding, not an error, unless `needed`."""
    try:
        return interfaces.chosen(names, ()), []
    except ServeError as error:
        if names or needed:
            raise
        return [], [Finding("problem", "serve", "interface", error.message, error.hint or "")]
