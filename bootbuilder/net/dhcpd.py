"""The sockets of DHCP: port 67 and port 4011 on each served interface, limits, and answers that are kept.

A room of machines that start together sends the same few questions again and again; a proxy's answer to the same
question is the same until policy or catalogue change, so it is kept and only the transaction number is put in.
"""

from __future__ import annotations

import contextlib
import socket
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from bootbuilder.net import dhcp, sockets
from bootbuilder.net.answering import NOBODY, Arrival, BootServer, Reply
from bootbuilder.net.events import Dropped, Event, Notice, Sink
from bootbuilder.net.interfaces import Interface
from bootbuilder.net.loop import Loop
from bootbuilder.net.pxe import DISCOVERY_GROUP
from bootbuilder.net.rawsend import RawSender
from bootbuilder.net.wire import Malformed, ip_text, parse_ip

BATCH = 256  # datagrams for one look at the other sockets, and for one write to the journal
KEPT_ANSWERS = 1024  # on each interface; some 3 KB each
KNOWN_CLIENTS = 4096
COMPLAINTS = 10  # a second; the rest is only counted
QUIET_SECONDS = 1.0  # the same question within this time is answered without another line in the log


@dataclass(frozen=True, slots=True)
class DhcpLimits:
    """What one client, and all that were never heard of before, may send in a second."""

    each: int = 50
    new: int = 500


@dataclass(slots=True)
class _Kept:
    """An answer around its transaction number; no `head` for a question that is not answered."""

    head: bytes
    tail: bytes
    target: tuple[str, int]
    events: tuple[Event, ...]
    told: float
    holds: Callable[[float], bool] | None = None
    mac: bytes = b""


_Answer = tuple[bytes, tuple[str, int], bytes, Arrival]
"""A message, its target, the hardware address or nothing, and where the question came in."""


class DhcpService:
    """Receives, limits, answers. `commit` brings what answers rely on to the disk, then does what it is given."""

    def __init__(
        self,
        loop: Loop,
        server: BootServer,
        sink: Sink,
        limits: DhcpLimits,
        commit: Callable[[Callable[[], None]], None],
    ) -> None:
        self.server = server
        self.counters = {"received": 0, "answered": 0, "ignored": 0, "malformed": 0, "limited": 0}
        self._loop = loop
        self._sink = sink
        self.commit = commit
        self._limits = limits
        self._ports: list[_Port] = []
        self._second = 0
        self._heard: dict[bytes, int] = {}  # in this second
        self._known: set[bytes] = set()  # since long
        self._new = 0
        self._complaints = 0

    def bind(self, interface: Interface, port: int, *, pxe: bool) -> None:
        """Serve a port on an interface; `pxe` is the boot server's, 4011. Raises ServeError."""
        linux = sys.platform == "linux"
        address = str(interface.address) if sys.platform == "win32" else "0.0.0.0"
        if not linux and not pxe and (shared := self._shared(port)):
            shared.add(interface)
            return
        sock = sockets.bind_udp(address, port, device=interface.name if linux else None, broadcast=True)
        self._serve(sock, interface, port, pxe, bound=linux or sys.platform == "win32")

    def adopt(self, sock: socket.socket, interfaces: list[Interface], *, pxe: bool) -> None:
        """Serve a socket that the service manager has opened, for all these interfaces."""
        sockets.prepare(sock)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
        served = self._serve(sock, interfaces[0], sock.getsockname()[1], pxe, bound=False)
        for interface in interfaces[1:]:
            served.add(interface)

    def _shared(self, port: int) -> _Port | None:
        return next((one for one in self._ports if one.number == port and not one.bound), None)

    def _serve(self, sock: socket.socket, interface: Interface, port: int, pxe: bool, bound: bool) -> _Port:
        served = _Port(self, sock, port, pxe, bound)
        served.add(interface)
        self._ports.append(served)
        self._loop.watch(sock, served.ready)
        return served

    def forget(self) -> None:
        """Drop the kept answers: policy, catalogue or a machine's assignment have changed."""
        for port in self._ports:
            port.kept.clear()

    def close(self) -> None:
        """Close all sockets."""
        for port in self._ports:
            self._loop.unwatch(port.sock)
            port.close()
        self._ports.clear()

    def allowed(self, mac: bytes, source: str) -> bool:
        """Return whether this client may be heard now; each second begins anew."""
        second = int(self._loop.now)
        if second != self._second:
            self._second = second
            self._heard.clear()
            self._new = self._complaints = 0
        count = self._heard.get(mac, 0)
        self._heard[mac] = count + 1
        if count >= self._limits.each:
            return self._refuse(
                source, f"more than {self._limits.each} messages a second from {mac.hex(':')}"
            )
        if mac not in self._known:
            self._new += 1
            if self._new > self._limits.new:
                del self._heard[mac]
                return self._refuse(source, f"more than {self._limits.new} new clients in a second")
            if len(self._known) >= KNOWN_CLIENTS:
                self._known.clear()
            self._known.add(mac)
        return True

    def _refuse(self, source: str, reason: str) -> bool:
        self.counters["limited"] += 1
        self.complain(source, reason)
        return False

    def complain(self, source: str, reason: str) -> None:
        """Log what was dropped, some of it."""
        self._complaints += 1
        if self._complaints <= COMPLAINTS:
            self._sink(Dropped("dhcp", source, reason))

    def tell(self, events: tuple[Event, ...]) -> None:
        """Hand events to the log."""
        for event in events:
            self._sink(event)


class _Port:
    """One socket. `bound` ones belong to one interface; others learn from each datagram where it came in."""

    def __init__(
        self, service: DhcpService, sock: socket.socket, number: int, pxe: bool, bound: bool
    ) -> None:
        self.sock = sock
        self.number = number
        self.bound = bound
        self.kept: dict[bytes, _Kept] = {}
        self._service = service
        self._pxe = pxe
        self._arrivals: dict[int, Arrival] = {}
        self._raw: dict[str, RawSender | None] = {}

    def add(self, interface: Interface) -> None:
        """Serve this interface too."""
        index = 0 if self.bound else socket.if_nametoindex(interface.name)
        self._arrivals[index] = Arrival(interface.name, interface.address.packed, ("0.0.0.0", 0), self._pxe)
        if self._pxe:
            with contextlib.suppress(OSError):  # an interface without multicast: broadcast and unicast remain
                group = DISCOVERY_GROUP + interface.address.packed
                self.sock.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, group)
        else:
            self._raw[interface.name] = RawSender.open(interface.name)

    def close(self) -> None:
        """Close the socket and its helpers."""
        self.sock.close()
        for raw in self._raw.values():
            if raw is not None:
                raw.close()

    def ready(self) -> None:
        """Answer what is waiting: the kept answers at once, the others together after the journal."""
        waiting: list[_Answer] = []
        receive = self.sock.recvfrom if self.bound else None
        for _ in range(BATCH):
            try:
                if receive is not None:
                    data, source = receive(2048)
                    arrival = self._arrivals[0]
                else:
                    data, source, came = sockets.receive(self.sock)
                    if came.interface not in self._arrivals:
                        continue
                    arrival = self._arrivals[came.interface]
            except BlockingIOError:
                break
            except OSError:
                continue  # an earlier answer could not be delivered (Windows tells it here)
            self._take(data, source, arrival, waiting)
        if waiting:
            self._service.commit(partial(self._deliver_all, waiting))

    def _deliver_all(self, answers: list[_Answer]) -> None:
        for data, target, mac, arrival in answers:
            self._deliver(data, target, mac, arrival)

    def _take(self, data: bytes, source: tuple[str, int], arrival: Arrival, waiting: list[_Answer]) -> None:
        service = self._service
        service.counters["received"] += 1
        mac = data[28 : 28 + min(data[2], 16)] if len(data) >= dhcp.SMALLEST else b""
        if not service.allowed(mac, source[0]):
            return
        # The same question but for its number and its seconds; another interface's socket has its own answers.
        # Where the answer goes depends on the sender as soon as that has an address.
        keeps = self.bound and not self._pxe and source[0] == NOBODY
        question = data[:4] + data[10:] if keeps else b""
        kept = self.kept.get(question)
        if kept is not None and (kept.holds is None or kept.holds(time.time())):
            now = service._loop.now
            if now - kept.told >= QUIET_SECONDS:
                kept.told = now
                service.tell(kept.events)
            if kept.head:
                service.counters["answered"] += 1
                self._deliver(kept.head + data[4:8] + kept.tail, kept.target, kept.mac, arrival)
            else:
                service.counters["ignored"] += 1
            return
        came = Arrival(arrival.interface, arrival.server, source, self._pxe)
        try:
            packet = dhcp.parse(data)
            answer = service.server.answer(packet, came, time.time())
        except Malformed as problem:
            service.counters["malformed"] += 1
            service.complain(source[0], str(problem))
            return
        service.tell(answer.events)
        if not isinstance(answer, Reply):
            service.counters["ignored"] += 1
            if keeps and answer.stable:
                self._keep(question, _Kept(b"", b"", ("", 0), answer.events, service._loop.now))
            return
        service.counters["answered"] += 1
        whole = dhcp.encode(answer.packet)
        target = (ip_text(answer.address), answer.port)
        if keeps and answer.stable:
            parts = (whole[:4], whole[8:], target, answer.events, service._loop.now, answer.holds, answer.mac)
            self._keep(question, _Kept(*parts))
        waiting.append((whole, target, answer.mac, arrival))

    def _keep(self, question: bytes, kept: _Kept) -> None:
        if len(self.kept) >= KEPT_ANSWERS:
            self.kept.clear()  # those who ask again are soon back; taking out one at a time costs more
        self.kept[question] = kept

    def _deliver(self, data: bytes, target: tuple[str, int], mac: bytes, arrival: Arrival) -> None:
        """Send an answer; to a hardware address where its client has not configured the IP address yet."""
        if not mac:
            self._transmit(data, target, arrival)
            return
        raw = self._raw.get(arrival.interface)
        if raw is not None:
            with contextlib.suppress(OSError):
                raw.send(data, (arrival.server, self.number), (parse_ip(target[0]), target[1]), mac)
                return
        self._transmit(data, ("255.255.255.255", target[1]), arrival)

    def _transmit(self, data: bytes, target: tuple[str, int], arrival: Arrival) -> None:
        try:
            if self.bound:
                self.sock.sendto(data, target)
            else:
                index = next(one for one, place in self._arrivals.items() if place is arrival)
                came = sockets.Arrival(socket.inet_ntoa(arrival.server), index)
                sockets.send_from(self.sock, data, target, came)
        except BlockingIOError:
            pass  # the queue is full: the client asks again
        except OSError as problem:
            self._service.tell(
                (Notice(f"{arrival.interface}: no answer to {target[0]}: {problem.strerror}", True),)
            )
