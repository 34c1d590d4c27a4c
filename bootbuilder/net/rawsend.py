"""UDP to a client that has no address yet, by its hardware address: an IP packet of our own on a packet socket.

Linux only, with CAP_NET_RAW at the time of opening. Elsewhere such answers are broadcast, which RFC 2131 section 4.1
allows and boot ROMs take; this only spares the other machines of a large network.
"""

from __future__ import annotations

import socket
import struct

_ETHERTYPE_IP = 0x0800
_IP = struct.Struct("!BBHHHBBH4s4s")
_UDP = struct.Struct("!HHHH")


class RawSender:
    """A packet socket on one interface that sends and never receives."""

    def __init__(self, sock: socket.socket, interface: str) -> None:
        self._socket = sock
        self._interface = interface

    @classmethod
    def open(cls, interface: str) -> RawSender | None:
        """Return a sender, or None where the system or our rights do not allow it."""
        family = getattr(socket, "AF_PACKET", None)
        if family is None:
            return None
        try:
            sock = socket.socket(family, socket.SOCK_DGRAM, 0)
        except OSError:
            return None
        sock.setblocking(False)
        return cls(sock, interface)

    def send(self, payload: bytes, source: tuple[bytes, int], target: tuple[bytes, int], mac: bytes) -> None:
        """Send one datagram. Raises OSError."""
        packet = udp_packet(payload, source, target)
        self._socket.sendto(packet, (self._interface, _ETHERTYPE_IP, 0, 1, mac))

    def close(self) -> None:
        """Give the socket back."""
        self._socket.close()


def udp_packet(payload: bytes, source: tuple[bytes, int], target: tuple[bytes, int]) -> bytes:
    """Return an IPv4 packet (RFC 791) with a UDP datagram (RFC 768); addresses are 4 bytes."""
    length = 8 + len(payload)
    pseudo = source[0] + target[0] + struct.pack("!BBH", 0, socket.IPPROTO_UDP, length)
    udp = _UDP.pack(source[1], target[1], length, 0) + payload
    udp = udp[:6] + (checksum(pseudo + udp) or 0xFFFF).to_bytes(2) + udp[8:]
    header = _IP.pack(0x45, 0, 20 + length, 0, 0, 64, socket.IPPROTO_UDP, 0, source[0], target[0])
    return header[:10] + checksum(header).to_bytes(2) + header[12:] + udp


def checksum(data: bytes) -> int:
    """RFC 1071: the ones' complement of the ones' complement sum of 16-bit words."""
    if len(data) % 2:
        data += b"\0"
    total: int = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF
