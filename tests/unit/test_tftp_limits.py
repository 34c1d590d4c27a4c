"""Who is served how often, and where clients may write."""

from __future__ import annotations

from pathlib import Path

import pytest

from bootbuilder.errors import ServeError
from bootbuilder.net.clients import PRIVATE, Bucket, Clients
from bootbuilder.net.uploads import BadName, Uploads


def test_a_bucket_fills_again() -> None:
    """Forty requests at once, then twenty a second."""
    bucket = Bucket(20.0, 40.0, 40.0, 0.0)
    assert sum(bucket.take(0.0) for _ in range(100)) == 40
    assert sum(bucket.take(0.5) for _ in range(100)) == 10
    assert sum(bucket.take(1000.0) for _ in range(100)) == 40


@pytest.mark.parametrize(
    ("address", "served"),
    [
        ("192.168.3.4", True),
        ("10.1.2.3", True),
        ("172.31.0.1", True),
        ("172.32.0.1", False),
        ("8.8.8.8", False),
    ],
)
def test_only_private_networks_are_served(address: str, served: bool) -> None:
    """A forged sender on the internet gets nothing from us."""
    assert Clients(PRIVATE, 20, 40, 10).known(address, 0.0).served is served


def test_records_of_addresses_are_bounded() -> None:
    """A flood of forged senders does not fill the memory, and does not push out a client that is at work."""
    clients = Clients(PRIVATE, 20, 40, 100)
    busy = clients.known("10.0.0.1", 0.0)
    busy.transfers = 1
    for number in range(1000):
        clients.known(f"10.1.{number >> 8}.{number & 255}", 0.0)
    assert len(clients) == 100
    assert clients.known("10.0.0.1", 0.0) is busy


@pytest.mark.parametrize(
    "name", ["../x", "a/b", "a\\b", ".hidden", "-x", "con", "LPT1.TXT", "x\0", "é", "", "a" * 65]
)
def test_only_plain_names_are_taken(tmp_path: Path, name: str) -> None:
    """An upload cannot leave its folder, hide, or take the name of a device."""
    with pytest.raises(BadName):
        Uploads(tmp_path).open(name)
    assert not list(tmp_path.iterdir())


def test_an_upload_replaces_nothing(tmp_path: Path) -> None:
    """A name that is there is refused in any case of letters, also when somebody makes it meanwhile."""
    (tmp_path / "LOG.TXT").write_text("old")
    uploads = Uploads(tmp_path)
    with pytest.raises(FileExistsError):
        uploads.open("log.txt")
    upload = uploads.open("/new.txt")
    upload.write(b"mine")
    (tmp_path / "new.txt").write_text("theirs")
    with pytest.raises(FileExistsError):
        upload.commit()
    upload.close()
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == {
        "LOG.TXT": "old",
        "new.txt": "theirs",
    }


def test_a_broken_upload_leaves_nothing(tmp_path: Path) -> None:
    """What was not finished is thrown away; what was finished stays."""
    uploads = Uploads(tmp_path)
    first, second = uploads.open("first"), uploads.open("second")
    first.write(b"1")
    second.write(b"2")
    second.commit()
    first.close()
    second.close()
    assert [path.name for path in tmp_path.iterdir()] == ["second"]


def test_the_folder_has_to_be_there(tmp_path: Path) -> None:
    """A mistyped folder is an error at the start, not at the first upload."""
    with pytest.raises(ServeError, match="no folder"):
        Uploads(tmp_path / "none")
