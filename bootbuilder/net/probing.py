"""Looks whether somebody already uses an address of the pool: ARP on our own networks, ICMP echo to routed ones.

The free addresses are asked for one after the other in the background, so that no client waits for it: an offer
costs no time, and an address that somebody has set by hand is found before it is given away. Needs CAP_NET_RAW when
it is opened; without it only what clients decline is known to be in use.
"""

from __future__ import annotations

import contextlib
import socket
import struct
from collections.abc import Callable
from ipaddress import IPv4Address

from bootbuilder.net.rawsend import checksum

_ETHERTYPE_ARP = 0x0806
_ARP = struct.Struct("!HHBBH6s4s6s4s")
_EVERYBODY = b"\xff" * 6
Heard = Callable[[int, bytes], None]
"""Called with an address and the hardware address that uses it (empty when it is not known)."""


def arp_probe(mac: bytes, address: bytes) -> bytes:
    """Return an ARP probe (RFC 5227 section 1.1): who has it, asked by nobody, so that no cache changes."""
    return _ARP.pack(1, 0x0800, 6, 4, 1, mac, bytes(4), bytes(6), address)


def arp_sender(data: bytes) -> tuple[int, bytes] | None:
    """Return (address, hardware address) of the sender of an ARP packet, or None when it tells no address."""
    if len(data) < _ARP.size:
        return None
    hardware, protocol, hlen, plen, operation, mac, address, _, _ = _ARP.unpack_from(data)
    if (hardware, protocol, hlen, plen) != (1, 0x0800, 6, 4) or operation not in (1, 2) or not any(address):
        return None
    return int.from_bytes(address), mac


def echo_request(number: int) -> bytes:
    """Return an ICMP echo request (RFC 792)."""
    body = struct.pack("!BBHHH", 8, 0, 0, 0x6262, number & 0xFFFF) + b"bootbuilder probe"
    return body[:2] + checksum(body).to_bytes(2) + body[4:]


def echo_sender(data: bytes) -> int | None:
    """Return who sent an echo reply of ours: `data` is an IP packet as raw sockets give it. None for others."""
    if len(data) < 20 or data[0] >> 4 != 4:
        return None
    start = (data[0] & 15) * 4
    if len(data) < start + 8 or data[start] != 0 or data[start + 4 : start + 6] != b"\x62\x62":
        return None
    return int.from_bytes(data[12:16])


class ArpProber:
    """ARP on one interface: asks, and listens to what all machines say."""

    def __init__(self, sock: socket.socket, interface: str, heard: Heard) -> None:
        self.socket = sock
        self._interface = interface
        self._mac: bytes = sock.getsockname()[4]
        self._heard = heard

    @classmethod
    def open(cls, interface: str, heard: Heard) -> ArpProber | None:
        """Return a prober, or None where the system or our rights do not allow it."""
        family = getattr(socket, "AF_PACKET", None)
        if family is None:
            return None
        try:
            sock = socket.socket(family, socket.SOCK_DGRAM, socket.htons(_ETHERTYPE_ARP))
        except OSError:
            return None
        sock.bind((interface, _ETHERTYPE_ARP))
        sock.setblocking(False)
        if len(sock.getsockname()[4]) != 6:
            sock.close()  # no Ethernet
            return None
        return cls(sock, interface, heard)

    def ask(self, address: IPv4Address) -> None:
        """Ask who has an address; an answer is heard later."""
        with contextlib.suppress(OSError):  # a link that is down: nobody is there to be asked
            target = (self._interface, _ETHERTYPE_ARP, 0, 1, _EVERYBODY)
            self.socket.sendto(arp_probe(self._mac, address.packed), target)

    def ready(self) -> None:
        """Take what is waiting."""
        with contextlib.suppress(BlockingIOError):
            for _ in range(64):
                data = self.socket.recv(64)
                if (sender := arp_sender(data)) and sender[1] != self._mac:
                    self._heard(*sender)


class EchoProber:
    """ICMP echo, for addresses behind a relay."""

    def __init__(self, sock: socket.socket, heard: Heard) -> None:
        self.socket = sock
        self._heard = heard
        self._number = 0

    @classmethod
    def open(cls, heard: Heard) -> EchoProber | None:
        """Return a prober, or None where our rights do not allow it."""
        try:
            sock = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP)
        except OSError:
            return None
        sock.setblocking(False)
        return cls(sock, heard)

    def ask(self, address: IPv4Address) -> None:
        """Send one echo request; an answer is heard later."""
        self._number += 1
        with contextlib.suppress(OSError):  # no route: nobody is there
            self.socket.sendto(echo_request(self._number), (str(address), 0))

    def ready(self) -> None:
        """Take what is waiting."""
        with contextlib.suppress(BlockingIOError):
            for _ in range(64):
                sender = echo_sender(self.socket.recv(256))
                if sender is not None:
                    self._heard(sender, b"")
