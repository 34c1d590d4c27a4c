"""Fetching over real sockets: a small HTTP server with ranges, and one that plays the proxy."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Iterator
from pathlib import Path
from types import MappingProxyType

import pytest

from bootbuilder import dos
from bootbuilder.dos import fetch
from bootbuilder.dos.fetchlist import CATALOGUE
from bootbuilder.errors import PackageError
from tests import made_dos
from tests.webserver import Server, running

ARCHIVE = made_dos.zipped([("144m/x86BOOT.img", made_dos.freedos_disk())])


@pytest.fixture
def server() -> Iterator[Server]:
    """A server of the archive."""
    with running(Server(ARCHIVE)) as started:
        yield started


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
    with Server(ARCHIVE) as closed:
        url = closed.url
    pauses: list[float] = []
    with pytest.raises(PackageError, match=url) as caught:
        fetch.fetch_system("freedos-1.4", store, url, sleep=pauses.append)
    assert len(pauses) == 1
    assert "--mirror" in (caught.value.hint or "")
