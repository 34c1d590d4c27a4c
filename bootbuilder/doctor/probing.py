"""Asks the network as clients would: DHCP as a plain, BIOS, UEFI and iPXE machine, port 4011, and the boot files."""

from __future__ import annotations

import contextlib
import itertools
import select
import socket
import struct
import sys
import time
from collections.abc import Iterable, Iterator

from bootbuilder.doctor.findings import Finding
from bootbuilder.doctor.offers import Answer, Asker, Fetched, judge
from bootbuilder.net import dhcp, ports
from bootbuilder.net.dhcp import Packet
from bootbuilder.net.interfaces import Interface
from bootbuilder.net.wire import Malformed

PATIENCE = 4.0
"""Seconds to wait for offers: servers that check an address first take one to three."""
RETRY = 1.5
"""Seconds until a question without any answer is asked again."""
BOOT_SERVER_PATIENCE = 2.0
TFTP_PATIENCE = 3.0

_IPXE_FEATURES = bytes.fromhex("b105018086100e eb03010000 130101 170101 150101 120101")
"""What QEMU's ROM tells in option 175: an 8086:100e on PCI, version 1.0, and that it can HTTP, menus and more."""


def questions(mac: bytes) -> dict[Asker, Packet]:
    """Return a DISCOVER for each kind of client; their transaction numbers differ in the last byte."""
    start = int.from_bytes(mac[-3:]) << 8
    bios = dhcp.pxe_options(0, bytes(16))
    ipxe = {**bios, dhcp.USER_CLASS: b"iPXE", dhcp.IPXE: _IPXE_FEATURES}
    plain = {dhcp.PARAMETER_LIST: bytes((1, 3, 6, 43, 60, 66, 67))}
    asked: dict[Asker, dict[int, bytes]] = {
        "plain": plain,
        "bios": bios,
        "uefi": dhcp.pxe_options(7, bytes(16)),
        "ipxe": ipxe,
    }
    return {
        asker: dhcp.request(mac, start + number, options, secs=4)
        for number, (asker, options) in enumerate(asked.items())
    }


def probe(
    interface: Interface, server_port: int = 67, pxe_port: int = 4011, tftp_port: int = 69
) -> list[Finding]:
    """Ask the network behind an interface, and return what is there and what is wrong.

    Raises:
        ServeError: the clients' port cannot be had.
    """
    mac = _probe_mac(interface)
    with _client_socket(interface, server_port + 1) as sock:
        answers = _offers(sock, questions(mac), server_port)
        targets = {one.server for one in answers if one.wants_boot_server and one.asker in ("bios", "uefi")}
        answering = {
            server: _asks_boot_server(sock, server, mac, interface, pxe_port) for server in sorted(targets)
        }
    wanted = {
        (one.next_server, one.boot_file)
        for one in answers
        if one.asker == "bios" and one.boot_file and one.next_server and "://" not in one.boot_file
    }
    files = {(server, name): fetch(server, name, tftp_port) for server, name in sorted(wanted)}
    return judge(answers, answering, files)


def _probe_mac(interface: Interface) -> bytes:
    """Return a MAC address of our own making, the same each time, so that no pool is used up."""
    own = bytes.fromhex(interface.mac.replace(":", "")) if interface.mac else b""
    own = own if len(own) == 6 else interface.address.packed.rjust(6, b"\0")
    return bytes((own[0] & 0xFC | 2,)) + own[1:3] + bytes(byte ^ 0x5A for byte in own[3:])


@contextlib.contextmanager
def _client_socket(interface: Interface, port: int) -> Iterator[socket.socket]:
    """Give a socket on the clients' port that shares it with this machine's own DHCP client."""
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
        if hasattr(socket, "SO_BINDTODEVICE"):
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, interface.name.encode() + b"\0")
        sock.bind((str(interface.address) if sys.platform == "win32" else "0.0.0.0", port))
        sock.setblocking(False)
        yield sock
    except OSError as problem:
        raise ports.explained(problem, "udp", "0.0.0.0", port, interface.name) from problem
    finally:
        sock.close()


def _offers(sock: socket.socket, asked: dict[Asker, Packet], port: int) -> list[Answer]:
    started = time.monotonic()
    found: list[Answer] = []
    again = [started, started + RETRY]
    by_xid = {packet.xid: asker for asker, packet in asked.items()}
    while (now := time.monotonic()) < started + PATIENCE:
        if again and now >= again[0]:
            again.pop(0)
            heard = {one.asker for one in found}
            for asker, packet in asked.items():
                if asker not in heard:
                    sock.sendto(dhcp.encode(packet), ("255.255.255.255", port))
        for data, (source, _) in _receive(sock, 0.1):
            with contextlib.suppress(Malformed):
                packet = dhcp.parse(data)
                if packet.op == 2 and packet.type == dhcp.OFFER and packet.xid in by_xid:
                    found.append(
                        Answer(by_xid[packet.xid], source, packet, time.monotonic() - started, len(data))
                    )
    return found


def _asks_boot_server(sock: socket.socket, server: str, mac: bytes, interface: Interface, port: int) -> bool:
    """Send the request that a client sends to port 4011, and return whether it was answered."""
    options = dhcp.pxe_options(0, bytes(16))
    xid = int.from_bytes(mac[-4:])
    asked = dhcp.request(mac, xid, options, message=dhcp.REQUEST, flags=0, ciaddr=interface.address.packed)
    until = time.monotonic() + BOOT_SERVER_PATIENCE
    for wait in (0.5, 1.5):
        with contextlib.suppress(OSError):
            sock.sendto(dhcp.encode(asked), (server, port))
        step = time.monotonic() + wait
        while time.monotonic() < min(step, until):
            for data, (source, _) in _receive(sock, 0.1):
                with contextlib.suppress(Malformed):
                    packet = dhcp.parse(data)
                    if packet.op == 2 and packet.xid == xid and source == server:
                        return True
    return False


def fetch(server: str, name: str, port: int = 69) -> Fetched:
    """Ask a TFTP server for a file's size as ROMs do (RFC 2349), and end the transfer at once."""
    request = b"\0\1" + name.encode() + b"\0octet\0tsize\x000\0"
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.setblocking(False)
        started = time.monotonic()
        for turn in itertools.count():
            if time.monotonic() - started > TFTP_PATIENCE:
                break
            with contextlib.suppress(OSError):
                sock.sendto(request, (server, port))
            until = started + TFTP_PATIENCE * (turn + 1) / 3
            while time.monotonic() < until:
                for data, peer in _receive(sock, 0.1):
                    if peer[0] != server or len(data) < 4:
                        continue
                    code = struct.unpack("!H", data[:2])[0]
                    if code == 5:
                        return Fetched("refused", data[4:].rstrip(b"\0").decode("utf-8", "replace"))
                    sock.sendto(b"\0\5\0\0only asking\0", peer)
                    words = data[2:].split(b"\0")
                    told = dict(zip(words[::2], words[1::2], strict=False)) if code == 6 else {}
                    size = told.get(b"tsize", b"")
                    return Fetched("found", size=int(size) if size.isdigit() else -1)
    return Fetched("silent")


def _receive(sock: socket.socket, seconds: float) -> Iterable[tuple[bytes, tuple[str, int]]]:
    """Yield what is there, waiting for the first datagram."""
    if not select.select([sock], [], [], seconds)[0]:
        return
    while True:
        try:
            data, peer = sock.recvfrom(4096)
        except BlockingIOError:
            return
        except OSError:  # an ICMP error for an earlier datagram
            continue
        yield data, peer
