"""The package store: whole files or none, checked whenever they are read."""

from __future__ import annotations

import hashlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from bootbuilder.errors import PackageError
from bootbuilder.packages import Store, check_name, default_root


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "store")


def test_bytes_come_back_by_their_hash(store: Store) -> None:
    """An object is named by its SHA-256, and storing it twice changes nothing."""
    digest = store.put(b"hello")
    assert digest == hashlib.sha256(b"hello").hexdigest()
    assert store.put(b"hello") == digest
    assert store.get(digest) == b"hello"
    assert store.has(digest)
    assert not store.has("0" * 64)
    assert [path.name for path in (store.root / "objects" / digest[:2]).iterdir()] == [digest[2:]]


def test_a_corrupted_object_is_named_and_can_be_stored_again(store: Store) -> None:
    """Changed bytes are refused by name; the same content put again heals them."""
    digest = store.put(b"hello")
    path = store.root / "objects" / digest[:2] / digest[2:]
    path.write_bytes(b"jello")
    with pytest.raises(PackageError, match=digest) as caught:
        store.get(digest)
    assert str(path) in caught.value.message
    assert "--replace" in (caught.value.hint or "")
    store.put(b"hello")
    assert store.get(digest) == b"hello"


def test_a_missing_or_impossible_object_is_an_explained_error(store: Store) -> None:
    """Neither a lost object nor a hash that is a path reads anything."""
    with pytest.raises(PackageError, match="lacks"):
        store.get("0" * 64)
    with pytest.raises(PackageError, match="no SHA-256"):
        store.get("../../../etc/passwd")


def test_records_are_readable_toml_and_come_back(store: Store) -> None:
    """A record keeps texts, numbers, booleans, arrays and tables."""
    record = {
        "title": "Grüße",
        "size": 3,
        "ok": True,
        "how": ["a", "b"],
        "files": [{"name": "A.SYS"}, {"name": "B"}],
    }
    store.save("dos", "mine", record)
    assert store.read("dos", "mine") == record
    text = (store.root / "records/dos/mine.toml").read_text("utf-8")
    assert 'title = "Grüße"' in text
    assert text.startswith("#")
    assert store.names("dos") == ["mine"]
    assert store.names("nic") == []


def test_a_record_is_replaced_only_on_demand(store: Store) -> None:
    """Another record under a taken name is refused, the same one is no problem."""
    store.save("dos", "mine", {"a": 1})
    store.save("dos", "mine", {"a": 1})
    with pytest.raises(PackageError, match="already"):
        store.save("dos", "mine", {"a": 2})
    assert store.read("dos", "mine") == {"a": 1}
    store.save("dos", "mine", {"a": 2}, replace=True)
    assert store.read("dos", "mine") == {"a": 2}
    assert store.remove("dos", "mine")
    assert not store.remove("dos", "mine")
    assert store.read("dos", "mine") is None


@pytest.mark.parametrize(
    "text", [b"a = [", b"\xff\xfe", b"#" * (1 << 20) + b"#"], ids=["syntax", "coding", "size"]
)
def test_a_damaged_record_is_named(store: Store, text: bytes) -> None:
    """A record that is no TOML, no text or far too large ends as an explained error."""
    store.save("dos", "mine", {"a": 1})
    path = store.root / "records/dos/mine.toml"
    path.write_bytes(text)
    with pytest.raises(PackageError) as caught:
        store.read("dos", "mine")
    assert str(path) in caught.value.message


@pytest.mark.parametrize("name", ["", "A", "a b", "../a", "a/b", ".a", "a" * 41, "ä"])
def test_names_that_are_no_file_names_are_refused(store: Store, name: str) -> None:
    """A package's name cannot lead out of the store."""
    with pytest.raises(PackageError, match="cannot be the name"):
        check_name(name)
    with pytest.raises(PackageError, match="cannot be the name"):
        store.save("dos", name, {"a": 1})


def test_concurrent_writers_leave_whole_files(store: Store) -> None:
    """Many imports at once: each object is whole, one of the records wins, no temporary file stays."""
    blobs = [bytes([number % 7]) * 50_000 for number in range(40)]

    def work(number: int) -> bool:
        store.put(blobs[number])
        try:
            store.save("dos", "same", {"number": number})
        except PackageError:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        won = list(pool.map(work, range(40)))
    assert sum(won) == 1
    assert store.read("dos", "same") == {"number": won.index(True)}
    for blob in blobs:
        assert store.get(hashlib.sha256(blob).hexdigest()) == blob
    assert not list(store.root.rglob(".new-*"))


def test_a_store_that_cannot_be_written_says_so(tmp_path: Path) -> None:
    """A file where the folder should be: the path and what to do are named."""
    (tmp_path / "store").write_text("in the way")
    with pytest.raises(PackageError, match="cannot write") as caught:
        Store(tmp_path / "store").put(b"hello")
    assert "BOOTBUILDER_HOME" in (caught.value.hint or "")


def test_the_default_root_is_the_users() -> None:
    """Without BOOTBUILDER_HOME the operating system's folder for user data is taken, and not created."""
    assert default_root().name == "bootbuilder"
