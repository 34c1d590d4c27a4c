"""Who holds a port, and words for why we cannot have it. The TCP socket for HTTP, opened like the UDP ones."""

from __future__ import annotations

import errno
import socket
import sys
from dataclasses import dataclass
from pathlib import Path

from bootbuilder.errors import NeedsPrivilege, PortInUse, ServeError

FLAGS = {67: "--dhcp-port", 4011: "--pxe-port", 69: "--tftp-port", 80: "--http-port"}
"""The service's ports and the options that move them."""


@dataclass(frozen=True, slots=True)
class Holder:
    """A program that has a port open: `pid` is 0, and `program` "", where the system does not tell us."""

    address: str
    port: int
    pid: int
    program: str

    def __str__(self) -> str:
        return f"{self.program} (process {self.pid})" if self.program else "a program of another user"


def holders(protocol: str, port: int) -> list[Holder] | None:
    """Return who has a "udp" or "tcp" port open, or None where the system tells that to administrators only."""
    import psutil

    found: dict[tuple[str, int], Holder] = {}
    try:
        for one in psutil.net_connections(kind=f"{protocol}4"):
            if one.laddr and one.laddr.port == port and one.status in (psutil.CONN_NONE, psutil.CONN_LISTEN):
                found[one.laddr.ip, one.pid or 0] = Holder(
                    one.laddr.ip, port, one.pid or 0, _program(one.pid)
                )
    except psutil.AccessDenied:
        return None
    return list(found.values())


def _program(pid: int | None) -> str:
    import psutil

    try:
        if not pid:
            return ""
        process = psutil.Process(pid)
        name = str(process.name())
        words = process.cmdline() if name.lower().startswith("python") else []
    except psutil.Error:
        return ""
    return "bootbuilder" if any(Path(word).stem == "bootbuilder" for word in words[:3]) else name


def explained(
    problem: OSError, protocol: str, address: str, port: int, device: str | None = None
) -> ServeError:
    """Return the error for a "udp" or "tcp" port that could not be opened, with what to do now."""
    where = f"{protocol.upper()} port {address}:{port}" + (f" on {device}" if device else "")
    flag = FLAGS.get(port)
    move = f", or take another port with {flag} N" if flag else ""
    if problem.errno == errno.EADDRINUSE:
        known = " and ".join(map(str, holders(protocol, port) or []))
        return PortInUse(
            f"{where} is in use" + (f" by {known}" if known else ""),
            f"stop that program{move}; `bootbuilder doctor` tells more",
        )
    if problem.errno in (errno.EACCES, errno.EPERM):
        return NeedsPrivilege(
            f"{where} needs privileges that this user does not have", how_to_get_rights(move)
        )
    if problem.errno == errno.EADDRNOTAVAIL:
        return ServeError(
            f"{address} is no address of this machine", "`bootbuilder doctor` lists its addresses"
        )
    return ServeError(f"{where} cannot be opened: {problem.strerror}")


def how_to_get_rights(otherwise: str = "") -> str:
    """Return what a user without rights can do on this system."""
    if sys.platform == "win32":
        return f"start it from a terminal that was opened with “Run as administrator”{otherwise}"
    if sys.platform == "darwin":
        return f"start it with sudo (it drops the rights when its ports are open){otherwise}"
    return (
        "start it with sudo (it drops the rights when its ports are open), let systemd open the ports, or give Python "
        f"the right: sudo setcap cap_net_bind_service,cap_net_raw+ep {sys.executable}{otherwise}"
    )


def listen_tcp(address: str, port: int) -> socket.socket:
    """Return a listening socket.

    Raises:
        PortInUse, NeedsPrivilege, ServeError: it cannot be had.
    """
    sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        if sys.platform != "win32":  # there it would share the port with whoever has it
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind((address, port))
        sock.listen(128)
    except OSError as problem:
        sock.close()
        raise explained(problem, "tcp", address, port) from problem
    return sock
