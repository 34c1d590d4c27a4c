"""Fetching drivers over real sockets: pinned or not, interrupted, through a proxy, and what is refused."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from bootbuilder import nics
from bootbuilder.errors import CatalogueError, PackageError
from bootbuilder.nics import fetching, holding
from bootbuilder.packages import Store
from tests import made_dos
from tests.clirun import Cli
from tests.made_nics import MLID, PACKET, mine
from tests.webserver import Server, running

OTHER = PACKET + b"another version"


def package(*drivers: bytes) -> bytes:
    """Return a package as the FreeDOS repository has them, with MINE.COM."""
    members = [(f"DRIVERS/{number}/MINE.COM", driver) for number, driver in enumerate(drivers)]
    return made_dos.zipped([("APPINFO/MINE.LSM", b"Begin3\r\nEnd\r\n"), *members])


@pytest.fixture
def server() -> Iterator[Server]:
    """A server of the package with the known driver and an ODI one of the same name."""
    with running(Server(package(MLID, PACKET))) as started:
        yield started


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder, without the proxies of this machine."""
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy", "NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


def catalogue(folder: Path, url: str, pin: bytes | None = None, *, hashes: bool = True) -> nics.Catalogue:
    """Return a catalogue whose driver `mine` is downloaded from `url`; `pin` is the content that is pinned."""
    path = mine(folder, "redistributable = true\n", "redistributable = true\nDOWNLOAD\n")
    text = path.read_text("utf-8")
    pinned = f', sha256 = "{hashlib.sha256(pin).hexdigest()}"' if pin is not None else ""
    text = text.replace("DOWNLOAD", f'download = {{ url = "{url}/pub/mine.zip"{pinned} }}')
    if not hashes:
        text = text.replace(f'sha256 = "{hashlib.sha256(PACKET).hexdigest()}", ', "")
    path.write_text(text, "utf-8")
    return nics.load([folder])


def test_a_pinned_package(server: Server, home: Path) -> None:
    """The driver of the right kind is kept with URL, licence and hash; the next time nothing is asked."""
    known, store = catalogue(home, server.url, server.content), Store(home / "store")
    for _ in range(2):
        added = fetching.fetch(fetching.order("mine", known, store), store)
        assert (added.found.data, added.pinned) == (PACKET, False)
    assert server.asked == [("/pub/mine.zip", None)]
    record = store.read("nic", "mine")
    assert record is not None
    assert (record["url"], record["license"]) == (f"{server.url}/pub/mine.zip", "MIT")
    assert record["origin"] == "mine.zip/DRIVERS/1/MINE.COM"
    assert holding.held(store, added.driver) == hashlib.sha256(PACKET).hexdigest()


def test_a_wrong_hash_is_refused_and_named(server: Server, home: Path) -> None:
    """Another package than the pinned one: both hashes are in the message, and nothing is kept."""
    known, store = catalogue(home, server.url, b"the right one"), Store(home / "store")
    with pytest.raises(PackageError) as caught:
        fetching.fetch(fetching.order("mine", known, store), store)
    for data in (server.content, b"the right one"):
        assert hashlib.sha256(data).hexdigest() in caught.value.message
    assert store.names("nic") == [] and not list((home / "store" / "downloads").glob("*"))


def test_a_known_driver_in_a_package_that_nobody_pinned(server: Server, home: Path) -> None:
    """The driver's own hash is enough; another version is refused by its hash, without --accept-unpinned."""
    known, store = catalogue(home, server.url), Store(home / "store")
    assert fetching.fetch(fetching.order("mine", known, store), store).found.data == PACKET
    server.content, store = package(OTHER), Store(home / "store2")
    with pytest.raises(PackageError, match=hashlib.sha256(OTHER).hexdigest()) as caught:
        fetching.fetch(fetching.order("mine", known, store), store)
    assert "--accept-unpinned" in (caught.value.hint or "")
    assert store.names("nic") == []


def test_accepting_pins(server: Server, home: Path) -> None:
    """Where no hash is known, nothing is asked of the server before the user's word; then what came is pinned."""
    known, store = catalogue(home, server.url, hashes=False), Store(home / "store")
    with pytest.raises(PackageError, match="nobody pinned"):
        fetching.fetch(fetching.order("mine", known, store), store)
    assert server.asked == []
    added = fetching.fetch(fetching.order("mine", known, store), store, accept_unpinned=True)
    assert (added.pinned, added.found.data) == (True, PACKET)
    first = server.content
    server.content = package(OTHER)
    again = fetching.order("mine", known, store)
    assert again.source.sha256 == hashlib.sha256(first).hexdigest()
    assert fetching.fetch(again, store).found.data == PACKET  # from the store
    for path in (home / "store" / "objects").rglob("*"):
        if path.is_file():
            path.unlink()
    with pytest.raises(PackageError, match=hashlib.sha256(first).hexdigest()):
        fetching.fetch(again, store)


def test_a_cut_line_and_a_proxy(server: Server, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A cut connection goes on where it stopped; with HTTP_PROXY the proxy is asked for the whole URL."""
    server.cut = 100
    monkeypatch.setenv("HTTP_PROXY", server.url)
    known, store = catalogue(home, "http://drivers.invalid", server.content), Store(home / "store")
    fetching.fetch(fetching.order("mine", known, store), store, sleep=lambda pause: None)
    url = "http://drivers.invalid/pub/mine.zip"
    assert server.asked == [(url, None), (url, "bytes=100-")]


def test_mirrors(server: Server, home: Path) -> None:
    """Another URL or a folder stands for the place; the pin stays."""
    known, store = catalogue(home, "http://gone.invalid", server.content), Store(home / "store")
    fetching.fetch(fetching.order("mine", known, store, f"{server.url}/mirror/"), store)
    assert server.asked == [("/mirror/mine.zip", None)]
    folder = home / "mirror"
    folder.mkdir()
    (folder / "MINE.ZIP").write_bytes(server.content)
    fetching.fetch(
        fetching.order("mine", known, Store(home / "s2"), str(folder)), Store(home / "s2"), offline=True
    )
    with pytest.raises(PackageError, match="--offline forbids"):
        fetching.fetch(fetching.order("mine", known, Store(home / "s3")), Store(home / "s3"), offline=True)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"<html>Please log in</html>", "none of the 1 files in it could be MINE.COM"),
        (package(), "none of the 1 files"),
        (package(MLID), "none of the 2 files"),
        (package(PACKET + b"1", PACKET + b"2"), "2 of the 3 files"),
        (package(PACKET)[:-20], "the zip archive is damaged"),
    ],
)
def test_what_is_no_package(server: Server, home: Path, content: bytes, message: str) -> None:
    """A page of a proxy, a package without the driver, with another kind, with two, and half a one."""
    server.content = content
    known, store = catalogue(home, server.url), Store(home / "store")
    with pytest.raises(CatalogueError, match=message) as caught:
        fetching.fetch(fetching.order("mine", known, store), store, accept_unpinned=True)
    assert server.url in caught.value.message and caught.value.hint
    assert store.names("nic") == [] and store.names(fetching.PINS) == []


def test_ids_without_a_source(shipped_ids: nics.Catalogue, home: Path) -> None:
    """An unknown id names the nearest, and a driver of a vendor says who has it."""
    store = Store(home / "store")
    with pytest.raises(CatalogueError, match="'ne200' is not a driver id") as caught:
        fetching.order("ne200", shipped_ids, store)
    assert "ne2000" in (caught.value.hint or "")
    with pytest.raises(CatalogueError, match="Compaq"):
        fetching.order("netflx", shipped_ids, store)
    assert fetching.order("ne2000", shipped_ids, store).source.sha256 is not None


@pytest.fixture
def shipped_ids() -> nics.Catalogue:
    """The shipped catalogue."""
    return nics.load()


def test_the_command(server: Server, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """nic fetch says what it kept; a failure is one message and writes nothing."""
    monkeypatch.chdir(home)
    cli = Cli(home)
    folder = home / "over"
    folder.mkdir()
    catalogue(folder, server.url, server.content)
    out = cli.run("nic", "fetch", "mine", "--nic-drivers", "over").out
    assert out == "MINE.COM: the packet driver of mine, MIT, from mine.zip/DRIVERS/1/MINE.COM\n"
    assert "here" in cli.run("nic", "find", "etherthing", "--nic-drivers", "over").out
    assert "is not a driver id" in cli.refuse("nic", "fetch", "mien", "--nic-drivers", "over")
