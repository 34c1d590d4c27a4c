"""The service's HTTP with real clients: files, pieces of files, and clients that mean harm or hang."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
import socket
import subprocess
import time
import urllib.parse
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from bootbuilder.net.boottable import Catalogue, Content
from bootbuilder.net.events import Dropped, Event, RequestRefused, TransferDone, TransferFailed
from bootbuilder.net.http import HttpLimits, HttpServer
from tests import traversal

IMAGE = bytes(range(256)) * 5760  # 1,474,560 bytes
PATIENCE = 20.0


class Service:
    """An HTTP server over a folder, with the service's loop played by one thread."""

    def __init__(self, folder: Path, limits: HttpLimits) -> None:
        self.events: list[Event] = []
        self.catalogue = Catalogue(folder)
        self.loop = ThreadPoolExecutor(1)
        listening = socket.create_server(("127.0.0.1", 0))
        self.port = listening.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.server = HttpServer(
            [listening],
            lambda call: self.loop.submit(call) and None,
            self.find,
            lambda: {"files": list(self.catalogue.table.entries)},
            lambda: "up 1\n",
            self.events.append,
            limits,
        )
        self.server.start()

    def find(self, name: str, address: str) -> Content | None:
        entry = self.catalogue.table.find(name)
        return self.catalogue.open(entry) if entry else None

    def wait_for(self, kind: type[Event]) -> Event:
        """Return the first event of a kind."""
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            for event in self.events:
                if isinstance(event, kind):
                    return event
            time.sleep(0.01)
        raise AssertionError(f"no {kind.__name__} among {self.events}")

    def connect(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A folder with files, a link to the outside, and a secret beside it."""
    folder = tmp_path / "root"
    (folder / "sub").mkdir(parents=True)
    (folder / "plant.img").write_bytes(IMAGE)
    (folder / "sub/file").write_bytes(b"in sub")
    (tmp_path / traversal.SECRET).write_text("do not show")
    (folder / "link").symlink_to(tmp_path / traversal.SECRET)
    (folder / "linked").symlink_to(tmp_path)
    return folder


@pytest.fixture
def serve(root: Path) -> Iterator[Callable[..., Service]]:
    """Start services; they end with the test."""
    with contextlib.ExitStack() as stack:

        def start(**limits: float) -> Service:
            service = Service(root, HttpLimits(**limits))  # type: ignore[arg-type]
            stack.callback(service.loop.shutdown)
            stack.callback(service.server.stop)
            return service

        yield start


def test_a_file_arrives_whole(serve: Callable[..., Service]) -> None:
    """GET gives the bytes, HEAD the size only, and the completion is told once as a whole one."""
    service = serve()
    with httpx.Client(base_url=service.url) as client:
        assert client.head("/plant.img").headers["content-length"] == str(len(IMAGE))
        assert client.get("/Plant.IMG").content == IMAGE
        assert client.get("/sub%5Cfile").content == b"in sub"
    done = service.wait_for(TransferDone)
    assert isinstance(done, TransferDone)
    assert (done.service, done.file, done.sent, done.whole) == ("http", "Plant.IMG", len(IMAGE), True)


@pytest.mark.parametrize(
    ("asked", "start", "end"),
    [("0-511", 0, 512), ("512-", 512, None), ("-512", -512, None), ("0-99999999", 0, None), ("5-5", 5, 6)],
)
def test_a_piece_of_a_file(serve: Callable[..., Service], asked: str, start: int, end: int | None) -> None:
    """Range as sanboot and resumed downloads use it."""
    reply = httpx.get(serve().url + "/plant.img", headers={"range": f"bytes={asked}"})
    assert reply.status_code == 206
    assert reply.content == IMAGE[start:end]
    first = start % len(IMAGE)
    assert reply.headers["content-range"] == f"bytes {first}-{first + len(reply.content) - 1}/{len(IMAGE)}"


@pytest.mark.parametrize(
    "asked", ["bytes=9-5", "bytes=a-b", "lines=1-2", "bytes=0-1,5-6", "bytes=-", "x" * 3000]
)
def test_a_range_without_sense_gives_the_whole_file(serve: Callable[..., Service], asked: str) -> None:
    """As the standard allows."""
    reply = httpx.get(serve().url + "/plant.img", headers={"range": asked})
    assert (reply.status_code, len(reply.content)) == (200, len(IMAGE))


def test_a_range_behind_the_end_is_refused(serve: Callable[..., Service]) -> None:
    """416 tells the size."""
    reply = httpx.get(serve().url + "/plant.img", headers={"range": f"bytes={len(IMAGE)}-"})
    assert (reply.status_code, reply.headers["content-range"]) == (416, f"bytes */{len(IMAGE)}")


def test_a_replaced_file_is_not_mixed_with_the_old_one(serve: Callable[..., Service], root: Path) -> None:
    """A resumed download of a file that was built anew starts again; an unchanged one is not sent twice."""
    url = serve().url + "/plant.img"
    etag = httpx.get(url).headers["etag"]
    assert httpx.get(url, headers={"if-none-match": etag}).status_code == 304
    (root / "new").write_bytes(b"new")
    (root / "new").replace(root / "plant.img")
    reply = httpx.get(url, headers={"range": "bytes=1-", "if-range": etag})
    assert (reply.status_code, reply.content) == (200, b"new")


def test_only_reading_is_allowed(serve: Callable[..., Service]) -> None:
    """Whatever would change something is refused, and told."""
    service = serve()
    for method in ("POST", "PUT", "DELETE", "OPTIONS", "BREW"):
        reply = httpx.request(method, service.url + "/plant.img", content=b"x" * 100_000)
        assert (reply.status_code, reply.headers["allow"]) == (405, "GET, HEAD")
    assert httpx.get(service.url + "/none").status_code == 404
    refused = service.wait_for(RequestRefused)
    assert isinstance(refused, RequestRefused) and refused.code == 405


def test_status_and_metrics(serve: Callable[..., Service]) -> None:
    """JSON and Prometheus text, never from a cache."""
    service = serve()
    status = httpx.get(service.url + "/status")
    assert json.loads(status.text)["files"] == ["plant.img", "sub/file"]
    assert status.headers["cache-control"] == "no-store"
    assert httpx.get(service.url + "/metrics").text == "up 1\n"


def test_curl_resumes_a_download(serve: Callable[..., Service], tmp_path: Path) -> None:
    """With the client that everybody has."""
    if shutil.which("curl") is None:
        if os.environ.get("CI"):
            pytest.fail("curl is needed in CI")
        pytest.skip("curl is missing")
    target = tmp_path / "got"
    target.write_bytes(IMAGE[:1_000_000])
    subprocess.run(
        ["curl", "-sSf", "-C", "-", "-o", target, serve().url + "/plant.img"], check=True, timeout=PATIENCE
    )
    assert hashlib.sha256(target.read_bytes()).digest() == hashlib.sha256(IMAGE).digest()


def test_no_spelling_leads_out_of_the_folder(serve: Callable[..., Service], root: Path) -> None:
    """Hundreds of names, raw and percent-encoded, over one connection each; the secret is in no answer."""
    service = serve()
    names = list(dict.fromkeys(traversal.spellings(str(root.parent / traversal.SECRET))))[::5]
    assert len(names) > 500
    sent = 0
    for quoted in (False, True):
        todo = iter(names)
        for name in todo:
            with service.connect() as connection, connection.makefile("rb") as answers:
                while name is not None:
                    path = urllib.parse.quote(name, safe="") if quoted else name.replace(" ", "%20")
                    raw = path.encode()
                    if any(byte < 33 or byte > 126 for byte in raw):  # cannot be in a request line
                        raw = urllib.parse.quote(name, safe="/\\%").encode()
                    connection.sendall(b"GET /" + raw + b" HTTP/1.1\r\nHost: x\r\n\r\n")
                    status = answers.readline()
                    headers = dict(line.lower().split(b": ", 1) for line in iter(answers.readline, b"\r\n"))
                    body = answers.read(int(headers.get(b"content-length", b"-1")))
                    assert b"do not show" not in body, name
                    assert status.split()[1] in (b"404", b"400", b"405"), (name, status)
                    sent += 1
                    if headers.get(b"connection") == b"close\r\n":
                        break
                    name = next(todo, None)  # type: ignore[assignment]
    assert sent >= 2 * len(names)


def test_who_sends_no_request_is_thrown_out(serve: Callable[..., Service]) -> None:
    """Silence, and a header by the drop: neither keeps a connection; others are served meanwhile."""
    service = serve(header_time=0.5)
    silent, dripping = service.connect(), service.connect()
    with silent, dripping, contextlib.suppress(OSError):
        dripping.sendall(b"GET /plant.img HTTP/1.1\r\n")
        assert httpx.get(service.url + "/plant.img").content == IMAGE
        for _ in range(2000):
            dripping.sendall(b"x: y\r\n")
            time.sleep(0.01)
        raise AssertionError("still connected")
    dropped = service.wait_for(Dropped)
    assert isinstance(dropped, Dropped) and dropped.reason == "no complete request in time"


def test_who_reads_nothing_is_thrown_out(serve: Callable[..., Service], root: Path) -> None:
    """A client that asks and then stops reading does not hold a place for ever."""
    (root / "big.img").write_bytes(bytes(40 << 20))
    service = serve(stall_time=0.5)
    service.loop.submit(service.catalogue.refresh).result()
    with service.connect() as connection:
        connection.sendall(b"GET /big.img HTTP/1.1\r\nHost: x\r\n\r\n")
        failed = service.wait_for(TransferFailed)
    assert isinstance(failed, TransferFailed)
    assert failed.sent < 40 << 20
    assert service.server.progress() == []


def test_a_client_that_leaves_is_told(serve: Callable[..., Service], root: Path) -> None:
    """An interrupted download is a failure with what was sent."""
    (root / "big.img").write_bytes(bytes(40 << 20))
    service = serve()
    service.loop.submit(service.catalogue.refresh).result()
    with service.connect() as connection:
        connection.sendall(b"GET /big.img HTTP/1.1\r\nHost: x\r\n\r\n")
        connection.recv(1000)
    failed = service.wait_for(TransferFailed)
    assert isinstance(failed, TransferFailed) and "closed" in failed.reason


def test_one_client_cannot_take_all_connections(serve: Callable[..., Service]) -> None:
    """More than its share are refused at once, and the others still work."""
    service = serve(connections_per_client=3)
    with contextlib.ExitStack() as stack:
        mine = [stack.enter_context(service.connect()) for _ in range(6)]
        service.wait_for(Dropped)
        answers = 0
        for connection in mine:
            with contextlib.suppress(OSError):
                connection.sendall(b"HEAD /plant.img HTTP/1.1\r\nHost: x\r\n\r\n")
                answers += connection.recv(100).startswith(b"HTTP/1.1 200")
    assert answers == 3


@pytest.mark.parametrize(
    "raw",
    [
        b"\0" * 5000,
        b"GET\r\n\r\n",
        b"A" * 100_000,
        b"GET /x HTTP/1.1\r\nHost: x\r\nX: " + b"a" * 40_000,
    ],
)
def test_rubbish_is_answered_and_forgotten(serve: Callable[..., Service], raw: bytes) -> None:
    """The connection ends with an error for the client, and the service goes on."""
    service = serve()
    with service.connect() as connection, contextlib.suppress(ConnectionError):
        connection.sendall(raw)
        answer = connection.recv(1000)
        assert answer.startswith(b"HTTP/1.1 400") or not answer
    assert httpx.get(service.url + "/plant.img").status_code == 200
