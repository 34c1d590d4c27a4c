"""UDP sockets of a boot server: bound with room for a burst, told where a datagram came in, answering from there.

The only file that knows what differs between systems: packet information (Linux, macOS), UDP_SEGMENT (Linux).
"""

from __future__ import annotations

import contextlib
import errno
import functools
import select
import socket
import struct
import sys
from typing import NamedTuple

from bootbuilder.net import ports

Address = tuple[str, int]

RECEIVE_BUFFER = 4 << 20
"""Bytes. With the usual 208 KiB a room full of machines that start together loses requests, and each waits seconds."""

_LINUX = sys.platform == "linux"
_SO_RCVBUFFORCE = 33  # asm-generic/socket.h: past net.core.rmem_max, with CAP_NET_ADMIN
_IP_PKTINFO = 8 if _LINUX else 26  # linux/in.h, netinet/in.h of macOS: struct in_pktinfo on both
_IP_MTU = 14  # linux/in.h
_SOL_UDP, _UDP_SEGMENT = 17, 103  # linux/udp.h, since 4.18
_PKTINFO = struct.Struct("=I4s4s")  # interface index, local address, address in the header
_HAS_PKTINFO = _LINUX or sys.platform == "darwin"

MTU = 1500
"""Bytes; what is taken where the system does not tell the way's own. Ethernet."""
SEGMENT_MIN = 128
"""Bytes. Longer than any OACK or ERROR of ours, so that these stay one datagram on a segmenting socket."""
SEGMENT_ERRORS = frozenset({errno.EINVAL, errno.EIO, errno.EMSGSIZE, errno.ENOPROTOOPT, errno.EOPNOTSUPP})
"""What a send of several segments fails with where the way's device cannot do it."""


class Arrival(NamedTuple):
    """Where a datagram came in: our address and the interface's index, or "" and 0 where the system does not tell.

    `broadcast` is true when it was sent to all.
    """

    address: str = ""
    interface: int = 0
    broadcast: bool = False


def bind_udp(address: str, port: int, *, device: str | None = None, broadcast: bool = False) -> socket.socket:
    """Return a non-blocking socket for requests, with a large receive buffer and packet information where there is.

    `device` restricts it to an interface (Linux), `broadcast` lets it send to all; sockets that broadcast may share
    their port, one for each interface.

    Raises:
        ServeError: it cannot be had.
    """
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    try:
        if broadcast:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        elif sys.platform == "win32":
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)
        if device is not None and hasattr(socket, "SO_BINDTODEVICE"):
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, device.encode() + b"\0")
        sock.bind((address, port))
    except OSError as problem:
        sock.close()
        raise ports.explained(problem, "udp", address, port, device) from problem
    prepare(sock)
    return sock


def prepare(sock: socket.socket) -> None:
    """Make a bound socket ready for requests: also one that the service manager has opened."""
    sock.setblocking(False)
    options = [(socket.SO_RCVBUF, RECEIVE_BUFFER)]
    if _LINUX:
        options.insert(0, (_SO_RCVBUFFORCE, RECEIVE_BUFFER))
    for option, value in options:
        try:
            sock.setsockopt(socket.SOL_SOCKET, option, value)
            break
        except OSError:
            continue  # without the privilege, or more than the system allows: the next best
    if _HAS_PKTINFO:
        sock.setsockopt(socket.IPPROTO_IP, _IP_PKTINFO, 1)


def receive(sock: socket.socket, size: int = 2048) -> tuple[bytes, Address, Arrival]:
    """Return a datagram, its sender and where it came in.

    Raises:
        BlockingIOError: none is waiting. OSError: an earlier answer could not be delivered; try again.
    """
    if not _HAS_PKTINFO:
        datagram, peer = sock.recvfrom(size)
        return datagram, peer, Arrival()
    datagram, extra, _, peer = sock.recvmsg(size, 64)
    for level, kind, data in extra:
        if level == socket.IPPROTO_IP and kind == _IP_PKTINFO and len(data) >= _PKTINFO.size:
            interface, local, header = _PKTINFO.unpack_from(data)
            # A datagram to all has the interface's own address as its local one.
            return datagram, peer, Arrival(socket.inet_ntoa(local), interface, local != header)
    return datagram, peer, Arrival()


def send_from(sock: socket.socket, data: bytes | memoryview, peer: Address, arrival: Arrival) -> None:
    """Send a datagram out of the interface, and from the address, by which the client's came in.

    Raises:
        OSError: the system did not take it.
    """
    if not _HAS_PKTINFO or not arrival.interface:
        sock.sendto(data, peer)
        return
    source = socket.inet_aton(arrival.address)
    info = _PKTINFO.pack(arrival.interface, source, bytes(4))
    sock.sendmsg([data], [(socket.IPPROTO_IP, _IP_PKTINFO, info)], 0, peer)


def connected(peer: Address, local: str) -> socket.socket:
    """Return a socket on a new port for one client alone: the system drops what others send to it.

    Raises:
        OSError: the system has no more, or no way to the client.
    """
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM | getattr(socket, "SOCK_NONBLOCK", 0))
    try:
        if sock.gettimeout() != 0:
            sock.setblocking(False)
        sock.bind((local, 0))
        sock.connect(peer)
    except OSError:
        sock.close()
        raise
    return sock


def mtu_to_peer(sock: socket.socket) -> int:
    """Return the MTU in bytes of a connected socket's way, as far as the system knows it."""
    if _LINUX:
        with contextlib.suppress(OSError):
            return sock.getsockopt(socket.IPPROTO_IP, _IP_MTU)
    return MTU


def segment(sock: socket.socket, size: int) -> None:
    """Let the system cut what is sent into datagrams of `size` bytes; 0 ends that.

    Raises:
        OSError: the system cannot.
    """
    sock.setsockopt(_SOL_UDP, _UDP_SEGMENT, size)


@functools.cache
def segments() -> bool:
    """Tell whether this system cuts sends into datagrams (UDP_SEGMENT), by trying it once on the loopback."""
    if not _LINUX:
        return False
    try:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as target:
            target.bind(("127.0.0.1", 0))
            with connected(target.getsockname(), "127.0.0.1") as source:
                segment(source, 4)
                source.send(b"onetwo")
                found: list[bytes] = []
                while select.select([target], [], [], 0.2)[0] and len(found) < 2:
                    found.append(target.recv(16))
                return found == [b"onet", b"wo"]
    except OSError:
        return False
