"""Fetching by a pinned hash, against a pretended server: no socket, no waiting."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Callable, Iterator
from pathlib import Path
from types import MappingProxyType

import httpx
import pytest

from bootbuilder import dos, download
from bootbuilder.dos import fetch, fetchlist
from bootbuilder.dos.fetchlist import CATALOGUE
from bootbuilder.errors import DosSystemError, PackageError
from tests import made_dos

ARCHIVE = made_dos.zipped(
    [
        ("readme.txt", b"hello"),
        ("144m/x86BOOT.img", made_dos.freedos_disk()),
        ("120m/x86BOOT.img", b"not this one"),
    ]
)
URL = "https://example.test/dos/FD14-FloppyEdition.zip"
MIRROR = "https://example.test/dos/"

Answer = Callable[[httpx.Request], httpx.Response]


@pytest.fixture
def store(tmp_path: Path) -> dos.Store:
    return dos.Store(tmp_path / "store")


@pytest.fixture
def pin(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make the catalogue expect the archive of these tests in the place of FreeDOS 1.4."""
    digest = hashlib.sha256(ARCHIVE).hexdigest()
    item = dataclasses.replace(CATALOGUE["freedos-1.4"], sha256=digest, member_sha256=None)
    monkeypatch.setattr(fetch, "CATALOGUE", MappingProxyType({item.id: item}))


class Script:
    """A server that answers from a list, and remembers what it was asked and how long was waited."""

    def __init__(self, *answers: Answer) -> None:
        self.answers = list(answers)
        self.requests: list[httpx.Request] = []
        self.pauses: list[float] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        return self.answers.pop(0)(request)

    def fetch(self, store: dos.Store, **options: object) -> dos.DosSystem:
        with httpx.Client(transport=httpx.MockTransport(self)) as client:
            return fetch.fetch_system(
                "freedos-1.4",
                store,
                MIRROR,
                client=client,
                sleep=self.pauses.append,
                **options,  # type: ignore[arg-type]
            )


def whole(request: httpx.Request, tag: str = '"v1"') -> httpx.Response:
    return sent(ARCHIVE, ETag=tag)


def rest(request: httpx.Request) -> httpx.Response:
    start = int(request.headers["Range"].removeprefix("bytes=").rstrip("-"))
    where = f"bytes {start}-{len(ARCHIVE) - 1}/{len(ARCHIVE)}"
    return sent(ARCHIVE[start:], 206, Content_Range=where, ETag='"v1"')


class Sent(httpx.SyncByteStream):
    """Bytes as they come from a network: once, in pieces."""

    def __init__(self, data: bytes) -> None:
        self.data = data

    def __iter__(self) -> Iterator[bytes]:
        for at in range(0, len(self.data), 1000):
            yield self.data[at : at + 1000]


def sent(data: bytes, code: int = 200, **headers: str) -> httpx.Response:
    names = {"Content-Length": str(len(data))} | {
        name.replace("_", "-"): text for name, text in headers.items()
    }
    return httpx.Response(code, stream=Sent(data), headers=names)


class Torn(httpx.SyncByteStream):
    """The first bytes of the archive, then the connection is gone."""

    def __init__(self, count: int) -> None:
        self.count = count

    def __iter__(self) -> Iterator[bytes]:
        yield ARCHIVE[: self.count]
        raise httpx.ReadError("connection lost")


def torn(count: int) -> Answer:
    headers = {"ETag": '"v1"', "Content-Length": str(len(ARCHIVE))}
    return lambda request: httpx.Response(200, stream=Torn(count), headers=headers)


def status(code: int, **headers: str) -> Answer:
    return lambda request: sent(b"", code, **headers)


def leftovers(store: dos.Store) -> list[str]:
    return sorted(path.name for path in (store.root / "downloads").iterdir())


@pytest.mark.usefixtures("pin")
def test_the_boot_disk_of_the_archive_is_imported(store: dos.Store) -> None:
    """The system is stored under its id, with its origin inside the archive; nothing stays of the download."""
    server = Script(whole)
    seen: list[tuple[int, int | None]] = []
    system = server.fetch(store, progress=lambda done, total: seen.append((done, total)))
    assert (system.id, system.family, system.version) == ("freedos-1.4", dos.Family.FREEDOS, "2043")
    assert system.kernel[0].origin == "FD14-FloppyEdition.zip/144m/x86BOOT.img/KERNEL.SYS"
    assert dos.load("freedos-1.4", store) == system
    assert str(server.requests[0].url) == URL
    assert seen[-1] == (len(ARCHIVE), len(ARCHIVE))
    assert leftovers(store) == []


@pytest.mark.usefixtures("pin")
def test_what_is_stored_is_not_fetched_again(store: dos.Store) -> None:
    """A second fetch asks nobody, unless it is told to replace."""
    Script(whole).fetch(store)
    assert Script().fetch(store).version == "2043"
    again = Script(whole)
    again.fetch(store, replace=True)
    assert len(again.requests) == 1


@pytest.mark.usefixtures("pin")
def test_a_lost_connection_goes_on_where_it_stopped(store: dos.Store) -> None:
    """The next request asks for the rest of the same version only."""
    server = Script(torn(1000), rest)
    server.fetch(store)
    assert "Range" not in server.requests[0].headers
    assert (server.requests[1].headers["Range"], server.requests[1].headers["If-Range"]) == (
        "bytes=1000-",
        '"v1"',
    )
    assert server.pauses == [1.0]


@pytest.mark.usefixtures("pin")
def test_an_interrupted_fetch_is_resumed_by_the_next_one(store: dos.Store) -> None:
    """The partial file survives the process."""

    def interrupted(request: httpx.Request) -> httpx.Response:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        Script(torn(2000), interrupted).fetch(store)
    assert any(name.endswith(".part") for name in leftovers(store))
    server = Script(rest)
    server.fetch(store)
    assert server.requests[0].headers["Range"] == "bytes=2000-"


@pytest.mark.usefixtures("pin")
@pytest.mark.parametrize("second", [whole, lambda request: sent(ARCHIVE)], ids=["other version", "no ranges"])
def test_a_server_that_sends_everything_again_is_understood(store: dos.Store, second: Answer) -> None:
    """An answer 200 to a request for the rest starts the file anew."""
    server = Script(torn(1000), second)
    assert server.fetch(store).version == "2043"


@pytest.mark.usefixtures("pin")
def test_a_wrong_piece_starts_anew(store: dos.Store) -> None:
    """A 206 from another place, or a 416, is not appended."""

    def elsewhere(request: httpx.Request) -> httpx.Response:
        return sent(b"junk", 206, Content_Range="bytes 5-8/9999")

    assert Script(torn(1000), elsewhere, whole).fetch(store).version == "2043"
    dos.remove_system("freedos-1.4", store)
    assert Script(torn(1000), status(416, Content_Range="bytes */77"), whole).fetch(store).version == "2043"


@pytest.mark.usefixtures("pin")
def test_a_partial_file_without_a_validator_is_not_trusted(store: dos.Store) -> None:
    """Bytes of an unknown version are thrown away."""
    folder = store.root / "downloads"
    folder.mkdir(parents=True)
    digest = hashlib.sha256(ARCHIVE).hexdigest()
    (folder / f"{digest}.part").write_bytes(b"old bytes")
    (folder / f"{digest}.json").write_text("[1]", "utf-8")
    server = Script(whole)
    assert server.fetch(store).version == "2043"
    assert "Range" not in server.requests[0].headers


@pytest.mark.usefixtures("pin")
def test_a_busy_server_is_asked_again_with_growing_pauses(store: dos.Store) -> None:
    """503 is retried, Retry-After is honoured up to a limit."""
    server = Script(
        status(503), status(503, Retry_After="7"), status(429, Retry_After="99999"), status(502), whole
    )
    assert server.fetch(store).version == "2043"
    assert server.pauses == [1.0, 7.0, download.LONGEST_PAUSE, 8.0]


@pytest.mark.usefixtures("pin")
def test_giving_up_names_url_and_reason(store: dos.Store) -> None:
    """A server that stays busy, refuses, or is not there: address, reason and --mirror are named."""

    def refused(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("Connection refused")

    for answers, reason in (
        ([status(503)] * download.ATTEMPTS, "busy"),
        ([refused] * 2, "Connection refused"),
        ([status(404)], "404 Not Found"),
    ):
        with pytest.raises(PackageError, match=reason) as caught:
            Script(*answers).fetch(store)
        assert URL in caught.value.message
        assert "--mirror" in (caught.value.hint or "")
    assert store.names("dos") == []


@pytest.mark.usefixtures("pin")
def test_a_wrong_hash_is_refused_and_removed(store: dos.Store) -> None:
    """Both hashes and the URL are named, and the next fetch starts from nothing."""
    wrong = b"<html>Please log in</html>"
    with pytest.raises(PackageError) as caught:
        Script(lambda request: sent(wrong, ETag='"p"')).fetch(store)
    for text in (URL, hashlib.sha256(wrong).hexdigest(), hashlib.sha256(ARCHIVE).hexdigest()):
        assert text in caught.value.message
    assert leftovers(store) == []
    server = Script(whole)
    assert server.fetch(store).version == "2043"
    assert "Range" not in server.requests[0].headers


@pytest.mark.usefixtures("pin")
def test_an_endless_answer_is_cut_off(store: dos.Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """More than any archive of the catalogue has is not stored."""
    monkeypatch.setattr(download, "LARGEST", 5000)
    huge = httpx.Response(200, headers={"Content-Length": "5001"}, stream=Torn(0))
    with pytest.raises(PackageError, match="5,001"):
        Script(lambda request: huge).fetch(store)
    with pytest.raises(PackageError, match="5,000"):
        Script(lambda request: httpx.Response(200, stream=Sent(bytes(9000)))).fetch(store)


@pytest.mark.usefixtures("pin")
def test_the_second_address_is_tried(store: dos.Store) -> None:
    """Without a mirror the publisher's addresses are tried in turn."""
    server = Script(status(404), whole)
    with httpx.Client(transport=httpx.MockTransport(server)) as client:
        fetch.fetch_system("freedos-1.4", store, client=client, sleep=server.pauses.append)
    assert [request.url.host for request in server.requests] == ["www.ibiblio.org", "download.freedos.org"]


@pytest.mark.usefixtures("pin")
@pytest.mark.parametrize("as_url", [False, True])
def test_a_folder_is_a_mirror_even_offline(tmp_path: Path, store: dos.Store, as_url: bool) -> None:
    """A path or file:// URL needs no network; a missing archive is named."""
    folder = tmp_path / "my mirror"
    folder.mkdir()
    mirror = folder.as_uri() if as_url else str(folder)
    with pytest.raises(PackageError, match=r"FD14-FloppyEdition\.zip"):
        fetch.fetch_system("freedos-1.4", store, mirror, offline=True)
    (folder / "FD14-FloppyEdition.zip").write_bytes(ARCHIVE)
    assert fetch.fetch_system("freedos-1.4", store, mirror, offline=True).version == "2043"
    assert (folder / "FD14-FloppyEdition.zip").read_bytes() == ARCHIVE
    assert leftovers(store) == []


@pytest.mark.usefixtures("pin")
def test_offline_downloads_nothing_and_says_so(store: dos.Store) -> None:
    """--offline ends with what to do instead; what is stored already still works."""
    with pytest.raises(DosSystemError, match="--offline") as caught:
        Script().fetch(store, offline=True)
    assert "--mirror FOLDER" in (caught.value.hint or "")
    Script(whole).fetch(store)
    assert Script().fetch(store, offline=True).version == "2043"


@pytest.mark.usefixtures("pin")
def test_the_boot_disk_inside_is_pinned_too(store: dos.Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """An archive with the right hash and another boot disk cannot be, and is refused all the same."""
    item = dataclasses.replace(fetch.CATALOGUE["freedos-1.4"], member_sha256="0" * 64)
    monkeypatch.setattr(fetch, "CATALOGUE", MappingProxyType({item.id: item}))
    with pytest.raises(PackageError, match="0" * 64):
        Script(whole).fetch(store)
    assert leftovers(store) == []
    assert store.names("dos") == []


def test_unknown_ids_name_the_known(store: dos.Store) -> None:
    """What cannot be fetched is answered with what can."""
    with pytest.raises(DosSystemError) as caught:
        fetch.fetch_system("msdos-6.22", store)
    assert "freedos-1.4" in (caught.value.hint or "")


def test_the_catalogue_is_pinned() -> None:
    """Every download is https, has a SHA-256, and names the boot disk inside."""
    assert set(CATALOGUE) == {"freedos-1.4", "freedos-1.3"}
    for name, item in fetchlist.CATALOGUE.items():
        assert item.id == name
        assert len(bytes.fromhex(item.sha256)) == 32
        assert all(base.startswith("https://") and base.endswith("/") for base in item.bases)
        assert item.member.endswith(".img")


def test_files_of_recipes_are_fetched_once(store: dos.Store, tmp_path: Path) -> None:
    """A URL with its SHA-256 comes from the network once, then from the store; a wrong one is refused."""
    digest = hashlib.sha256(b"tool").hexdigest()
    server = Script(lambda request: sent(b"tool"))
    url = "https://example.test/tool.exe"
    with pytest.raises(PackageError, match="--offline"):
        download.fetch(url, digest, store, offline=True)
    with httpx.Client(transport=httpx.MockTransport(server)) as client:
        assert download.fetch(url, digest, store, client=client) == b"tool"
    assert download.fetch(url, digest, store, offline=True) == b"tool"
    (tmp_path / "tool.exe").write_bytes(b"other")
    with pytest.raises(PackageError, match="not " + "0" * 64):
        download.fetch((tmp_path / "tool.exe").as_uri(), "0" * 64, store)
    assert leftovers(store) == []
