"""Fetching over real sockets: a small HTTP server with ranges, and one that plays the proxy."""

from __future__ import annotations

import dataclasses
import hashlib
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import MappingProxyType

import pytest

from bootbuilder import dos
from bootbuilder.dos import fetch
from bootbuilder.dos.fetchlist import CATALOGUE
from bootbuilder.errors import PackageError
from tests import made_dos

ARCHIVE = made_dos.zipped([("144m/x86BOOT.img", made_dos.freedos_disk())])


class Server(ThreadingHTTPServer):
    """Serves the archive; `cut` closes the first answer after as many bytes, `busy` answers 503 as many times."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.cut = 0
        self.busy = 0
        self.asked: list[tuple[str, str | None]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Server

    def do_GET(self) -> None:
        asked = self.headers.get("Range")
        self.server.asked.append((self.path, asked))
        if self.server.busy:
            self.server.busy -= 1
            self.send_response(503)
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        start = int(asked.removeprefix("bytes=").rstrip("-")) if asked else 0
        self.send_response(206 if asked else 200)
        self.send_header("Content-Length", str(len(ARCHIVE) - start))
        self.send_header("ETag", '"one"')
        if asked:
            self.send_header("Content-Range", f"bytes {start}-{len(ARCHIVE) - 1}/{len(ARCHIVE)}")
        self.end_headers()
        if self.server.cut:
            self.wfile.write(ARCHIVE[start : start + self.server.cut])
            self.server.cut = 0
            self.close_connection = True
        else:
            self.wfile.write(ARCHIVE[start:])

    def log_message(self, format: str, *args: object) -> None:
        """Stay silent."""


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as running:
        thread = threading.Thread(target=running.serve_forever, args=(0.01,))
        thread.start()
        yield running
        running.shutdown()
        thread.join()


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dos.Store:
    digest = hashlib.sha256(ARCHIVE).hexdigest()
    item = dataclasses.replace(CATALOGUE["freedos-1.4"], sha256=digest, member_sha256=None)
    monkeypatch.setattr(fetch, "CATALOGUE", MappingProxyType({item.id: item}))
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy", "NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    return dos.Store(tmp_path / "store")


def test_a_mirror_that_breaks_off_and_is_busy_is_survived(server: Server, store: dos.Store) -> None:
    """A cut connection, then 503, then the rest: one fetch, every byte sent once."""
    server.cut = 500
    server.busy = 1
    pauses: list[float] = []
    system = fetch.fetch_system("freedos-1.4", store, f"{server.url}/pub", sleep=pauses.append)
    assert system.version == "2043"
    path = "/pub/FD14-FloppyEdition.zip"
    assert server.asked[0] == (path, None)
    assert {asked for _, asked in server.asked[2:]} <= {None, "bytes=500-"}
    assert pauses


def test_the_proxy_of_the_environment_is_used(
    server: Server, store: dos.Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With HTTP_PROXY set, the proxy is asked for the whole URL."""
    monkeypatch.setenv("HTTP_PROXY", server.url)
    fetch.fetch_system("freedos-1.4", store, "http://mirror.invalid/dos", sleep=lambda pause: None)
    assert server.asked == [("http://mirror.invalid/dos/FD14-FloppyEdition.zip", None)]


def test_a_server_that_is_not_there_is_named(store: dos.Store) -> None:
    """A refused connection ends as one explained error after a second attempt."""
    with Server() as closed:
        url = closed.url
    pauses: list[float] = []
    with pytest.raises(PackageError, match=url) as caught:
        fetch.fetch_system("freedos-1.4", store, url, sleep=pauses.append)
    assert len(pauses) == 1
    assert "--mirror" in (caught.value.hint or "")
