"""Reads zip archives that somebody else made.

Owns the refusal of what only an attack needs: names that lead out of the archive, links, more data than its
compressed size can honestly hold. The whole list of members is checked before the first is read.
"""

from __future__ import annotations

import re
import stat
import struct
import zipfile
import zlib
from dataclasses import dataclass
from typing import BinaryIO

from bootbuilder.errors import ImageError

MAX_MEMBERS = 10_000
MAX_TOTAL = 1 << 30  # bytes of all members unpacked
FREE_TOTAL = 64 << 20  # below this an archive may be as dense as it likes: an empty floppy packs to nothing
MAX_RATIO = 200  # unpacked to packed size of a whole archive above FREE_TOTAL

_DAMAGED = (zipfile.BadZipFile, EOFError, LookupError, OverflowError, ValueError, struct.error, zlib.error)


@dataclass(frozen=True, slots=True)
class Member:
    """A file of an archive; `path` has `/` between folders and stays inside."""

    path: str
    info: zipfile.ZipInfo


class Archive:
    """An open zip archive whose members have been checked."""

    def __init__(self, file: BinaryIO, name: str) -> None:
        """Read the list of members. Raises ImageError for what is damaged or refused; it names the member."""
        self.name = name
        try:
            self._zip = zipfile.ZipFile(file)
        except (*_DAMAGED, OSError, NotImplementedError) as error:
            raise ImageError(
                f"{name}: the zip archive is damaged ({error})", "copy or download it again"
            ) from error
        members = self._zip.infolist()
        if len(members) > MAX_MEMBERS:
            raise ImageError(f"{name} has {len(members):,} members, more than {MAX_MEMBERS:,}", _UNPACK)
        checked = [Member(self._checked(info), info) for info in members]
        self.members = [member for member in checked if not member.info.filename.endswith(("/", "\\"))]
        """The files in the archive's order."""
        self._check_sizes(members)

    def close(self) -> None:
        """Close the archive, not the file below it."""
        self._zip.close()

    def find(self, path: str) -> zipfile.ZipInfo:
        """Return the member of that path, upper and lower case alike. Raises ImageError when there is none."""
        for member in self.members:
            if member.path.casefold() == path.casefold():
                return member.info
        raise ImageError(f"{self.name} has no member {path}", f"unzip -l {self.name} lists what is in it")

    def read(self, info: zipfile.ZipInfo, limit: int) -> bytes:
        """Return the bytes of a member of at most `limit` bytes; raises ImageError."""
        what = f"{self.name}: {info.filename}"
        if info.file_size > limit:
            raise ImageError(f"{what} has {info.file_size:,} bytes, more than {limit:,}", _UNPACK)
        try:
            with self._zip.open(info) as member:
                data = member.read(limit + 1)
        except NotImplementedError as error:
            raise ImageError(f"{what} is packed in a way that cannot be read ({error})", _UNPACK) from error
        except (*_DAMAGED, RuntimeError, OSError) as error:
            raise ImageError(f"{what} is damaged ({error})", "copy or download the archive again") from error
        if len(data) > limit:
            raise ImageError(f"{what} has more than {limit:,} bytes", _UNPACK)
        return data

    def _checked(self, info: zipfile.ZipInfo) -> str:
        link = stat.S_ISLNK(info.external_attr >> 16)
        return safe_path(self.name, info.orig_filename, link=link, encrypted=bool(info.flag_bits & 1))

    def _check_sizes(self, members: list[zipfile.ZipInfo]) -> None:
        total = sum(info.file_size for info in members)
        packed = sum(info.compress_size for info in members)
        if total > MAX_TOTAL or (total > FREE_TOTAL and total > packed * MAX_RATIO):
            raise ImageError(
                f"{self.name} would unpack from {packed:,} to {total:,} bytes: refused, as it may be a bomb",
                _UNPACK,
            )


def safe_path(archive: str, raw: str, *, link: bool = False, encrypted: bool = False) -> str:
    """Return the path of a member with `/` between folders, inside the archive.

    Raises ImageError for a name that leads out of it, a link, and what needs a password.
    """
    path = raw.replace("\\", "/")
    parts = path.split("/")
    problem = (
        "an absolute path" if path.startswith("/")
        else "a drive letter" if re.match(r"[A-Za-z]:", path)
        else "a path that leads out of the archive" if ".." in parts
        else "a name with control characters" if any(c < " " for c in raw)
        else "a name without a letter" if not any(part.strip(". ") for part in parts)
        else "a symbolic link" if link
        else "an encrypted file" if encrypted
        else None
    )  # fmt: skip
    if problem:
        hint = "unpack it with its password first" if encrypted else "do not trust this archive"
        raise ImageError(f"{archive}: the member {raw!r} is {problem}: refused", hint)
    return "/".join(part for part in parts if part not in ("", "."))


_UNPACK = "unpack it yourself and give the image or folder that you need"
