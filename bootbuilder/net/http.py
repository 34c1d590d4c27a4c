"""HTTP: GET and HEAD of the catalogue's files, `/status` and `/metrics`. It runs uvicorn in a thread of its own.

What belongs to the service's loop (the catalogue, who gets what) is asked for there: nothing here needs a lock.
A client that connects and stays silent, sends a header by the drop, or stops reading, is thrown out in time.
"""

from __future__ import annotations

import asyncio
import functools
import itertools
import json
import logging
import socket
import threading
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from concurrent.futures import Future
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from bootbuilder.errors import ServeError
from bootbuilder.net.events import Dropped, Event, Progress, RequestRefused, TransferDone, TransferFailed
from bootbuilder.net.events import TransferStarted as Started
from bootbuilder.net.ranges import reply_for

if TYPE_CHECKING:
    from uvicorn import Config
    from uvicorn.server import ServerState

    from bootbuilder.net.boottable import Content

Value = TypeVar("Value")
Message = MutableMapping[str, Any]
Send = Callable[[Message], Awaitable[None]]

PIECE = 64 << 10
"""Bytes handed over at once; the next ones when these are on their way."""
LOOP_PATIENCE = 10.0
"""Seconds until an answer of the service's loop is given up: it has stopped."""


@dataclass(frozen=True, slots=True)
class HttpLimits:
    """How much one client, and all together, may have. Times are seconds."""

    connections: int = 32
    connections_per_client: int = 8
    header_bytes: int = 16 << 10
    header_time: float = 15.0
    """From the connection, or the end of the last answer, to the end of the next request's header."""
    stall_time: float = 60.0
    """How long a client may read nothing of an answer."""


class HttpServer:
    """Serves on listening sockets until `stop`. `find`, `status`, `metrics` and `sink` are called in the loop's thread.

    `post` hands a function to that thread; `find(name, address)` gives the content for a client or None. A function
    among the values of `status()` is called outside of that thread, for what takes long to be put into words.
    """

    def __init__(
        self,
        sockets: list[socket.socket],
        post: Callable[[Callable[[], None]], None],
        find: Callable[[str, str], Content | None],
        status: Callable[[], Mapping[str, Any]],
        metrics: Callable[[], str],
        sink: Callable[[Event], None],
        limits: HttpLimits | None = None,
    ) -> None:
        import uvicorn

        self._sockets = sockets
        self._post, self._find, self._status, self._metrics, self._sink = post, find, status, metrics, sink
        self._limits = limits or HttpLimits()
        self._thread = threading.Thread(target=self._serve, name="http", daemon=True)
        self._connections: dict[asyncio.Protocol, _Watched] = {}
        self._peers: dict[tuple[str, int], _Watched] = {}
        self._transfers: dict[int, Progress] = {}
        self._numbers = itertools.count(1)
        self._failure: Exception | None = None
        logging.getLogger("uvicorn.error").setLevel(
            logging.ERROR
        )  # a client's rubbish is an event, not a warning
        config = uvicorn.Config(
            self._answer,
            interface="asgi3",
            http=self._protocol(),
            loop="asyncio",
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            proxy_headers=False,
            server_header=False,
            timeout_keep_alive=max(1, int(self._limits.header_time)),
            timeout_graceful_shutdown=1,
            h11_max_incomplete_event_size=self._limits.header_bytes,
        )
        config.load()  # all that has to be imported: once rights are dropped, Python itself may be out of reach
        self._server = uvicorn.Server(config)

    def start(self) -> None:
        """Begin to serve.

        Raises:
            ServeError: the library could not be started.
        """
        self._thread.start()
        while not self._server.started:
            if not self._thread.is_alive():
                raise ServeError(f"HTTP could not be started: {self._failure}")
            time.sleep(0.005)

    def stop(self) -> None:
        """End running answers and close the sockets."""
        self._server.should_exit = True
        if self._thread.is_alive():
            self._thread.join(timeout=5)
        for listening in self._sockets:
            listening.close()

    def progress(self) -> list[Progress]:
        """Return the running transfers."""
        return list(self._transfers.values())

    def _serve(self) -> None:
        try:
            asyncio.run(self._serve_and_watch())
        except (OSError, RuntimeError) as error:
            self._failure = error

    async def _serve_and_watch(self) -> None:
        watching = asyncio.create_task(self._watch())
        try:
            await self._server.serve(sockets=self._sockets)
        finally:
            watching.cancel()

    async def _watch(self) -> None:
        """Throw out, again and again, who is silent or stuck for too long."""
        while True:
            await asyncio.sleep(min(1.0, self._limits.header_time / 4, self._limits.stall_time / 4))
            now = time.monotonic()
            for watched in list(self._connections.values()):
                limit = self._limits.stall_time if watched.requests else self._limits.header_time
                if now - watched.since > limit:
                    if not watched.requests and not watched.answered:
                        self._tell(Dropped("http", watched.peer[0], "no complete request in time"))
                    watched.transport.abort()

    def _protocol(self) -> Any:
        """Return uvicorn's protocol with a watch over each connection."""
        from uvicorn.protocols.http.h11_impl import H11Protocol

        service = self

        class Guarded(H11Protocol):
            def __init__(
                self, config: Config, server_state: ServerState, app_state: dict[str, Any], **more: Any
            ) -> None:
                super().__init__(config=config, server_state=server_state, app_state=app_state, **more)

            def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
                super().connection_made(transport)
                service._connected(self, transport)

            def connection_lost(self, exc: Exception | None) -> None:
                super().connection_lost(exc)
                service._gone(self, exc)

        return Guarded

    def _connected(self, protocol: asyncio.Protocol, transport: asyncio.Transport) -> None:
        peer: tuple[str, int] = transport.get_extra_info("peername")[:2]
        of_this = Counter(watched.peer[0] for watched in self._peers.values())[peer[0]]
        if len(self._peers) >= self._limits.connections or of_this >= self._limits.connections_per_client:
            self._tell(Dropped("http", peer[0], "too many connections"))
            transport.abort()
            return
        # Header and body are two writes; the client's delayed acknowledgement would hold up the second by 40 ms.
        transport.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._connections[protocol] = self._peers[peer] = _Watched(transport, peer, time.monotonic())

    def _gone(self, protocol: asyncio.Protocol, error: Exception | None) -> None:
        watched = self._connections.pop(protocol, None)
        if watched is not None:
            watched.gone, watched.lost = True, error is not None
            del self._peers[watched.peer]

    async def _answer(self, scope: Message, receive: Callable[[], Awaitable[Message]], send: Send) -> None:
        """Answer one request: the ASGI application. A GET has no body to `receive`."""
        watched = self._peers.get(tuple(scope["client"]))
        if watched is None:  # refused a moment ago
            return
        watched.requests += 1
        watched.since = time.monotonic()
        try:
            await self._route(_Request(scope, send, watched))
        finally:
            watched.requests -= 1
            watched.answered = True
            watched.since = time.monotonic()

    async def _route(self, request: _Request) -> None:
        if request.method not in ("GET", "HEAD"):
            await request.text(405, "only GET and HEAD\n", allow="GET, HEAD")
            self._refused(request, 405, f"{request.method} is not allowed")
            return
        try:
            if request.path == "/status":
                made = await self._in_loop(self._status)
                text = json.dumps(made, ensure_ascii=False, default=lambda later: later()) + "\n"
                await request.text(200, text, "application/json", cache_control="no-store")
            elif request.path == "/metrics":
                text = await self._in_loop(self._metrics)
                await request.text(200, text, "text/plain; version=0.0.4", cache_control="no-store")
            else:
                await self._file(request)
        except TimeoutError:
            await request.text(503, "the service is stopping\n")

    async def _file(self, request: _Request) -> None:
        address = request.peer[0]
        try:
            content = await self._in_loop(functools.partial(self._find, request.path, address))
        except PermissionError:
            await request.text(403, "the service may not read this file\n")
            self._refused(request, 403, "the service's user may not read the file")
            return
        except OSError:
            content = None
        if content is None:
            await request.text(404, "no such file; /status lists what there is\n")
            self._refused(request, 404, "no such file")
            return
        try:
            await self._send(request, content)
        finally:
            content.close()

    async def _send(self, request: _Request, content: Content) -> None:
        etag = '"' + "-".join(f"{part:x}" for part in content.key) + '"'
        reply = reply_for(request.headers, content.size, etag)
        headers = {"etag": etag, "accept-ranges": "bytes"}
        if reply.status == 304:
            await request.start(304, headers)
            await request.body(b"", last=True)
            return
        if reply.status == 416:
            await request.text(416, "", content_range=f"bytes */{content.size}")
            self._refused(request, 416, "the range is behind the end of the file")
            return
        if reply.status == 206:
            headers["content-range"] = f"bytes {reply.start}-{reply.start + reply.length - 1}/{content.size}"
        headers |= {"content-length": str(reply.length), "content-type": "application/octet-stream"}
        await request.start(reply.status, headers)
        if request.method == "HEAD":
            await request.body(b"", last=True)
            return
        await self._send_body(request, content, reply.start, reply.length)

    async def _send_body(self, request: _Request, content: Content, start: int, length: int) -> None:
        number, (address, port), file = next(self._numbers), request.peer, request.path.lstrip("/")
        self._tell(Started(number, "http", address, port, file, length))
        sent, problem = 0, "stopped"
        try:
            while sent < length and not request.watched.gone:
                piece = content.read(start + sent, min(PIECE, length - sent))
                await request.body(piece)
                sent += len(piece)
                self._transfers[number] = Progress(number, "http", address, file, sent, length)
            if sent == length:
                await request.body(b"", last=True)
                await request.flushed()
            gone = request.watched.gone
            problem = (
                "the client closed the connection" if request.watched.lost or (gone and sent < length) else ""
            )
        except OSError as error:
            problem = f"the file cannot be read: {error.strerror}"
            request.watched.transport.abort()
        finally:
            self._transfers.pop(number, None)
            if problem:
                self._tell(TransferFailed(number, "http", address, port, file, sent, problem))
            else:
                self._tell(
                    TransferDone(number, "http", address, port, file, sent, whole=length == content.size)
                )

    def _refused(self, request: _Request, code: int, reason: str) -> None:
        address, port = request.peer
        self._tell(RequestRefused("http", address, port, request.path[:200], reason, code))

    def _tell(self, event: Event) -> None:
        self._post(functools.partial(self._sink, event))

    async def _in_loop(self, function: Callable[[], Value]) -> Value:
        """Return what `function` gives in the service's loop."""
        future: Future[Value] = Future()

        def run() -> None:
            if not future.set_running_or_notify_cancel():
                return
            try:
                future.set_result(function())
            except OSError as error:
                future.set_exception(error)

        self._post(run)
        return await asyncio.wait_for(asyncio.wrap_future(future), LOOP_PATIENCE)


@dataclass(slots=True)
class _Watched:
    """A connection, and since when (monotonic seconds) its client owes us a header or has read nothing."""

    transport: asyncio.Transport
    peer: tuple[str, int]
    since: float
    requests: int = 0
    answered: bool = False
    gone: bool = False
    lost: bool = False  # and that in the middle of something


class _Request:
    """One request, and the ways to answer it."""

    def __init__(self, scope: Message, send: Send, watched: _Watched) -> None:
        self.method: str = scope["method"]
        self.path: str = scope["path"]
        if not self.path.startswith("/"):  # the absolute form, http://host/path
            self.path = "/" + self.path.partition("://")[2].partition("/")[2]
        self.peer = watched.peer
        self.watched = watched
        self.headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        self._send = send

    async def text(
        self, status: int, text: str, kind: str = "text/plain; charset=utf-8", **headers: str
    ) -> None:
        """Answer with a text."""
        data = text.encode()
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        await self.start(status, {"content-type": kind, "content-length": str(len(data)), **named})
        await self.body(data, last=True)

    async def start(self, status: int, headers: Mapping[str, str]) -> None:
        """Send the status and the headers."""
        pairs = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]
        await self._send({"type": "http.response.start", "status": status, "headers": pairs})

    async def body(self, data: bytes, *, last: bool = False) -> None:
        """Send a piece of the body; waits while the client reads more slowly than we send."""
        await self._send({"type": "http.response.body", "body": data, "more_body": not last})
        await asyncio.sleep(0)  # others have their turn, and a lost connection is noticed
        self.watched.since = time.monotonic()

    async def flushed(self) -> None:
        """Wait until the system has taken everything, or the client is gone."""
        while self.watched.transport.get_write_buffer_size() and not self.watched.gone:
            await asyncio.sleep(0.005)
