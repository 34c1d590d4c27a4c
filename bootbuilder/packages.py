"""The local store of what was imported or fetched: DOS systems and other packages.

Owns the folder below `Store.root`:

    objects/ab/cdef...      a file's bytes, named by their SHA-256 (the first two hex digits are the folder)
    records/<kind>/<id>.toml  one readable record for each package
    downloads/              downloads that are not finished yet
    nic_drivers/            catalogue files of the user's own, readable and editable

Both are written to a temporary file first and then renamed, so that a reader (or another import at the same
time) sees a whole file or none. Bytes are compared with their name whenever they are read.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bootbuilder.errors import PackageError

NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,39}")
"""What a package may be called: it becomes a file name on every system."""

_SHA256 = re.compile(r"[0-9a-f]{64}")
_MAX_RECORD = 1 << 20  # bytes; a record is a few kilobytes


def default_root() -> Path:
    """Return the folder for user data of this operating system; nothing is created."""
    import platformdirs

    return Path(platformdirs.user_data_dir("bootbuilder", appauthor=False))


def sha256(data: bytes) -> str:
    """Return the SHA-256 of `data` in lower-case hex."""
    return hashlib.sha256(data).hexdigest()


@dataclass(frozen=True, slots=True)
class Store:
    """A store below `root`, which is created when something is first written."""

    root: Path

    def put(self, data: bytes) -> str:
        """Store bytes and return their SHA-256. Storing the same bytes twice writes them once."""
        digest = sha256(data)
        path = self._object(digest)
        try:
            if path.stat().st_size == len(data) and sha256(path.read_bytes()) == digest:
                return digest
        except OSError:
            pass  # not there yet, or unreadable: written below, which says why it cannot be
        with self._problems("write", path):
            self._write(path, data)
        return digest

    def get(self, digest: str) -> bytes:
        """Return the bytes with that SHA-256.

        Raises PackageError when the object is missing or its bytes are no longer what they were.
        """
        path = self._object(digest)
        try:
            data = path.read_bytes()
        except FileNotFoundError:
            raise PackageError(f"the store lacks the object {digest} ({path})", _AGAIN) from None
        except OSError as error:
            raise PackageError(
                f"{path} cannot be read: {error.strerror}", "check the rights of this file"
            ) from error
        found = sha256(data)
        if found != digest:
            raise PackageError(
                f"the stored object {digest} is corrupted ({path}): its SHA-256 is {found}", _AGAIN
            )
        return data

    def has(self, digest: str) -> bool:
        """Return whether there is an object of that name (its bytes are checked by `get`)."""
        return self._object(digest).is_file()

    def save(self, kind: str, name: str, record: Mapping[str, Any], *, replace: bool = False) -> None:
        """Write the record of a package: nested tables, arrays, texts, numbers and booleans.

        Raises PackageError when there already is a different one of that name and `replace` is false.
        """
        import tomlkit

        path = self._record(kind, name)
        text = f"# Written by bootbuilder; the files are in {self.root.name}/objects by their SHA-256.\n\n"
        data = (text + tomlkit.dumps(record)).encode()
        with self._problems("write", path):
            if replace:
                self._write(path, data)
            elif not self._write_new(path, data) and path.read_bytes() != data:
                raise PackageError(
                    f"there already is a {kind} package called {name!r}",
                    "choose another name, or replace it with --replace",
                )

    def write_family(self, name: str, text: str) -> Path:
        """Write a file of the user's NIC catalogue, `nic_drivers/<name>.toml`; return its path.

        Raises PackageError when there is one of that name.
        """
        check_name(name)
        path = self.root / "nic_drivers" / f"{name}.toml"
        with self._problems("write", path):
            if not self._write_new(path, text.encode()):
                raise PackageError(f"there already is {path}", "edit or delete it, or choose another name")
        return path

    def read(self, kind: str, name: str) -> dict[str, Any] | None:
        """Return the record of a package, None when there is no such package.

        Raises PackageError when the record cannot be read.
        """
        path = self._record(kind, name)
        try:
            with path.open("rb") as file:
                data = file.read(_MAX_RECORD + 1)
            if len(data) > _MAX_RECORD:
                raise PackageError(f"the record {path} is too large to be one", _AGAIN)
            return tomllib.loads(data.decode())
        except FileNotFoundError:
            return None
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
            raise PackageError(f"the record {path} cannot be read: {error}", _AGAIN) from error

    def names(self, kind: str) -> list[str]:
        """Return the names of all packages of a kind, sorted."""
        try:
            found = [path.stem for path in (self.root / "records" / kind).glob("*.toml")]
        except OSError as error:
            raise PackageError(f"the store {self.root} cannot be read: {error.strerror}") from error
        return sorted(name for name in found if NAME.fullmatch(name))

    def remove(self, kind: str, name: str) -> bool:
        """Forget a package and return whether it was there; its objects stay, others may use them."""
        path = self._record(kind, name)
        with self._problems("remove", path):
            try:
                path.unlink()
            except FileNotFoundError:
                return False
        return True

    def _object(self, digest: str) -> Path:
        if not _SHA256.fullmatch(digest):
            raise PackageError(f"{digest!r} is no SHA-256 in hex", _AGAIN)
        return self.root / "objects" / digest[:2] / digest[2:]

    def _record(self, kind: str, name: str) -> Path:
        check_name(name)
        return self.root / "records" / kind / f"{name}.toml"

    def _write(self, path: Path, data: bytes) -> None:
        temporary = self._temporary(path, data)
        try:
            temporary.replace(path)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise

    def _write_new(self, path: Path, data: bytes) -> bool:
        """Create `path` with its whole content at once; False when there is one already."""
        temporary = self._temporary(path, data)
        try:
            path.hardlink_to(temporary)
        except FileExistsError:
            return False
        except OSError:  # a file system without hard links
            if path.exists():
                return False
            temporary.replace(path)
        finally:
            temporary.unlink(missing_ok=True)
        return True

    def _temporary(self, path: Path, data: bytes) -> Path:
        import tempfile  # only for writing: it brings a dozen modules

        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=".new-", dir=path.parent)
        temporary = Path(name)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            temporary.chmod(0o644)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise
        return temporary

    @contextlib.contextmanager
    def _problems(self, verb: str, path: Path) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise PackageError(
                f"cannot {verb} {path}: {error.strerror or error}",
                f"make room and rights below {self.root}, or set BOOTBUILDER_HOME to another folder",
            ) from error


_AGAIN = "import or fetch the package again with --replace"


def check_name(name: str) -> None:
    """Raise PackageError unless `name` may be the name of a package."""
    if not NAME.fullmatch(name):
        raise PackageError(
            f"{name!r} cannot be the name of a package",
            "use 1 to 40 of a-z 0-9 . _ -, beginning with a letter or digit",
        )
