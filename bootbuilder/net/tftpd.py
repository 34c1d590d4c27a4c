"""The TFTP server: requests in, transfers on ports of their own, limits, events. Runs in a `Loop`.

A request makes a `Session`: a socket connected to the client, and a `Reading` or `Writing`. `Session.ready` is
the way of every block: receive, ask the transfer, send. All else happens once a file.
"""

from __future__ import annotations

import contextlib
import functools
import itertools
import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bootbuilder.net import events, sockets, tftp
from bootbuilder.net.blocks import BlockCache, Content, Text
from bootbuilder.net.clients import PRIVATE, Bucket, Client, Clients
from bootbuilder.net.loop import Loop
from bootbuilder.net.reading import Outcome, Reading
from bootbuilder.net.session import Session
from bootbuilder.net.sockets import Address, Arrival
from bootbuilder.net.tftp import Code, Limits, Request
from bootbuilder.net.uploads import BadName, Upload, Uploads
from bootbuilder.net.wire import Malformed
from bootbuilder.net.writing import Writing

Find = Callable[[str, str], Content | None]
"""A name as the client wrote it, and the client's address -> the opened file, or None."""

SWEEP = 0.05
"""Seconds between looks at who has gone silent."""
DRAIN = 64
"""Requests taken in one go, before the running transfers get their turn again."""
RESTARTED = 2.0
"""Seconds of silence after which the same request again means that the client has started anew."""
STALE = 1.0
"""Seconds after which a waiting request is forgotten: its client asks again."""
UNKNOWN_PER_SECOND = 10
"""Errors sent to packets of no transfer (single-port mode only)."""


@dataclass(frozen=True, slots=True)
class _Asked:
    """A request as it came in."""

    datagram: bytes
    peer: Address
    arrival: Arrival
    listener: socket.socket
    when: float


class _Refusal(Exception):
    """A request is answered with an ERROR."""

    def __init__(self, code: Code, reason: str) -> None:
        super().__init__(reason)
        self.code, self.reason = code, reason


class TftpServer:
    """Serves what `find` finds, and takes uploads if told where to; `emit` is told what happens."""

    def __init__(
        self,
        loop: Loop,
        find: Find,
        emit: events.Sink,
        limits: Limits | None = None,
        *,
        single_port: bool = False,
        uploads: Uploads | None = None,
        networks: Sequence[str] = PRIVATE,
        segments: bool | None = None,
    ) -> None:
        """`single_port` answers from the port of the request, for clients behind NAT.

        `segments` says whether windows may be sent in one call; None finds it out.
        """
        self._loop, self._find, self._emit = loop, find, emit
        self._limits = limits or Limits()
        self._single_port, self._uploads = single_port, uploads
        self._segments = sockets.segments() if segments is None else segments
        self._cache = BlockCache()
        self._numbers = itertools.count(1)
        self._listeners: list[socket.socket] = []
        self._sessions: dict[Address, Session] = {}
        self._waiting: dict[Address, _Asked] = {}
        limits = self._limits
        self._clients = Clients(networks, limits.requests_per_second, limits.request_burst, limits.clients)
        self._strangers = Bucket(UNKNOWN_PER_SECOND, UNKNOWN_PER_SECOND, UNKNOWN_PER_SECOND, loop.now)
        self._sweeping = False

    # --- the server's life ----------------------------------------------------------------------------------

    def bind(self, address: str, port: int) -> Address:
        """Listen; returns address and port (which is new for 0).

        Raises:
            ServeError: the port cannot be had.
        """
        return self.adopt(sockets.bind_udp(address, port))

    def adopt(self, sock: socket.socket) -> Address:
        """Listen on a bound socket, which the service manager may have opened."""
        sockets.prepare(sock)
        self._listeners.append(sock)
        self._loop.watch(sock, lambda: self._requests(sock))
        address: Address = sock.getsockname()
        return address

    def stop(self) -> None:
        """Close everything; clients in the middle of a file are told."""
        self._waiting.clear()
        for session in list(self._sessions.values()):
            session.send(tftp.error(Code.OTHER, "the server is stopping"))
            session.transfer.left("the server was stopped")
            self._end(session)
        for sock in self._listeners:
            self._loop.unwatch(sock)
            sock.close()
        self._listeners.clear()

    def progress(self) -> list[events.Progress]:
        """Return how far the running transfers are."""
        return [
            events.Progress(
                session.number, "tftp", session.peer[0], session.name, session.transfer.sent, session.size
            )
            for session in self._sessions.values()
        ]

    # --- requests -------------------------------------------------------------------------------------------

    def _requests(self, listener: socket.socket) -> None:
        """Take what waits at a listening socket."""
        for _ in range(DRAIN):
            try:
                datagram, peer, arrival = sockets.receive(listener, tftp.REQUEST_MAX + 1)
            except BlockingIOError:
                return
            except OSError:
                continue  # an answer of ours could not be delivered to somebody: the system tells it here
            asked = _Asked(datagram, peer, arrival, listener, self._loop.now)
            if datagram[:2] in (b"\0\1", b"\0\2"):
                self._request(asked)
            elif self._single_port:
                self._packet(asked)

    def _packet(self, asked: _Asked) -> None:
        """Single-port mode: hand a packet to its transfer, or refuse it; never answer an ERROR."""
        session = self._sessions.get(asked.peer)
        if session is not None:
            session.take(asked.datagram)
        elif asked.datagram[:2] != b"\0\5" and self._strangers.take(self._loop.now):
            self._answer(asked, tftp.error(Code.UNKNOWN_TID, "unknown transfer"))

    def _request(self, asked: _Asked) -> None:
        """Check limits; start, repeat, replace or put off."""
        if asked.arrival.broadcast:
            return  # RFC 1123 section 4.2.3.4
        address, limits = asked.peer[0], self._limits
        client = self._clients.known(address, asked.when)
        if not client.served:
            self._tell_once(client, address, "not from a network that is served")
            return
        if not client.requests.take(asked.when):
            self._tell_once(client, address, f"more than {limits.requests_per_second:g} requests a second")
            return
        client.told = False
        before = self._sessions.get(asked.peer)
        if before is not None and before.hear():  # what the client said before may wait unread
            if before.request == asked.datagram and before.transfer.opening:
                before.send(before.transfer.packets)
                return
            if before.request == asked.datagram and asked.when - before.transfer.heard < RESTARTED:
                return  # a copy that was long on its way
            before.transfer.left("the client asked anew")
            self._end(before)
        if len(self._sessions) >= limits.transfers or client.transfers >= limits.transfers_per_client:
            if len(self._waiting) < limits.waiting:
                self._waiting[asked.peer] = asked
            return
        self._start(asked, client)

    def _tell_once(self, client: Client, address: str, reason: str) -> None:
        """A flood of requests is one event, not a flood of events."""
        if not client.told:
            client.told = True
            self._emit(events.Dropped("tftp", address, reason))

    # --- transfers ------------------------------------------------------------------------------------------

    def _start(self, asked: _Asked, client: Client) -> None:
        """Begin a transfer, or answer why not."""
        name, code = "", None
        try:
            request = tftp.parse_request(asked.datagram)
            name = request.name
            session = self._session(request, asked)
        except Malformed as problem:
            self._emit(events.Dropped("tftp", asked.peer[0], str(problem)))
            return
        except (_Refusal, OSError) as problem:
            code = problem.code if isinstance(problem, _Refusal) else Code.OTHER
            reason = problem.strerror or str(problem) if isinstance(problem, OSError) else str(problem)
            self._answer(asked, tftp.error(code, reason))
            self._emit(events.RequestRefused("tftp", *asked.peer, name, reason, int(code)))
            return
        client.transfers += 1
        self._sessions[asked.peer] = session
        terms = session.transfer.terms
        about = (session.number, "tftp", *asked.peer, name, session.size, terms.blksize, terms.windowsize)
        self._emit(events.TransferStarted(*about, writing=request.writing))
        if session.sock is not None:
            self._loop.watch(session.sock, session.ready)
        session.send(session.transfer.packets)
        if not self._sweeping:
            self._sweeping = True
            self._loop.call_later(SWEEP, self._sweep)

    def _session(self, request: Request, asked: _Asked) -> Session:
        """Open what is asked for, and a way to the client."""
        source = self._upload(request) if request.writing else self._content(request, asked)
        sock, mtu = None, sockets.MTU
        send: Callable[[bytes | memoryview], object] = functools.partial(self._answer, asked)
        now, limits = self._loop.now, self._limits
        try:
            if not self._single_port:
                sock = sockets.connected(asked.peer, asked.arrival.address or asked.listener.getsockname()[0])
                mtu, send = sockets.mtu_to_peer(sock), sock.send
            if isinstance(source, Upload):
                size = tftp.asked_size(request) or 0
                terms = tftp.negotiate(request, size, limits, mtu)
                transfer: Reading | Writing = Writing(source, limits.upload, terms, limits, now)
            else:
                size = source.size
                terms = tftp.negotiate(request, size, limits, mtu)
                transfer = Reading(source, terms, self._cache, limits, now)
            session = Session(
                self._loop, transfer, source, asked.peer, sock, send, self._end, segments=self._segments
            )
        except BaseException:
            source.close()
            if sock is not None:
                sock.close()
            raise
        session.number, session.size = next(self._numbers), size
        session.name, session.request = request.name, asked.datagram
        return session

    def _content(self, request: Request, asked: _Asked) -> Content:
        if request.mode not in ("octet", "netascii"):
            raise _Refusal(Code.ILLEGAL, "only octet and netascii are known")
        content = None
        if len(request.name.encode()) <= self._limits.name:
            try:
                content = self._find(request.name, asked.peer[0])
            except PermissionError as problem:
                raise _Refusal(Code.ACCESS, "the file cannot be read") from problem
        if content is None:
            raise _Refusal(Code.NOT_FOUND, "no such file")
        if request.mode == "octet":
            return content
        try:
            if content.size > self._limits.netascii:
                raise _Refusal(Code.OTHER, "too large for netascii: use octet")
            return Text(content)
        finally:
            content.close()

    def _upload(self, request: Request) -> Upload:
        if self._uploads is None:
            raise _Refusal(Code.ACCESS, "writing is not allowed")
        if request.mode != "octet":
            raise _Refusal(Code.ILLEGAL, "write in octet mode")
        if (tftp.asked_size(request) or 0) > self._limits.upload:
            raise _Refusal(Code.DISK_FULL, f"more than {self._limits.upload} bytes are not taken")
        try:
            return self._uploads.open(request.name)
        except BadName as problem:
            raise _Refusal(
                Code.ACCESS, "no name for an upload: letters, digits, . _ + and - only"
            ) from problem
        except FileExistsError as problem:
            raise _Refusal(Code.EXISTS, "the file exists") from problem

    def _answer(self, asked: _Asked, packet: bytes | memoryview) -> None:
        """Send from the port of the request."""
        with contextlib.suppress(OSError):  # no way to the client: it will ask again, or not
            sockets.send_from(asked.listener, packet, asked.peer, asked.arrival)

    def _end(self, session: Session) -> None:
        """Free a transfer that is over, tell of it, and begin one that waited for its place."""
        outcome, peer = session.transfer.outcome, session.peer
        assert outcome is not None
        if outcome.farewell:
            session.send(outcome.farewell)
        if session.sock is not None:
            self._loop.unwatch(session.sock)
        session.close()
        del self._sessions[peer]
        self._clients[peer[0]].transfers -= 1
        self._emit(_ended(session, outcome))
        self._admit()

    def _admit(self) -> None:
        """Begin what waited, as far as there is room; whoever waited for long asks again by itself."""
        limits = self._limits
        for peer, asked in list(self._waiting.items()):
            if len(self._sessions) >= limits.transfers:
                return
            client = self._clients.known(peer[0], self._loop.now)
            late = self._loop.now - asked.when > STALE
            if late or client.transfers < limits.transfers_per_client:
                del self._waiting[peer]
            if not late and client.transfers < limits.transfers_per_client:
                self._start(asked, client)

    def _sweep(self) -> None:
        """Look who has gone silent, for as long as there is anybody."""
        for session in list(self._sessions.values()):
            session.tick()
        self._sweeping = bool(self._sessions)
        if self._sweeping:
            self._loop.call_later(SWEEP, self._sweep)
        else:
            self._waiting.clear()


def _ended(session: Session, outcome: Outcome) -> events.Event:
    """Return what to tell about a transfer that is over."""
    transfer = session.transfer
    about = (session.number, "tftp", *session.peer, session.name)
    writing = isinstance(transfer, Writing)
    if outcome.probed:
        return events.TransferProbed(*about, session.size)
    if outcome.done:
        return events.TransferDone(
            *about, transfer.sent, transfer.resent, outcome.acknowledged, writing=writing
        )
    return events.TransferFailed(*about, transfer.sent, outcome.reason, outcome.code, writing=writing)
