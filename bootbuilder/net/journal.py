"""A file of lines that survives a crash: appended and brought to the disk before anything is answered by them.

Each line ends with its CRC-32; what a crash left half-written is passed over when the file is read again.
"""

from __future__ import annotations

import contextlib
import os
import zlib
from collections.abc import Iterable
from pathlib import Path
from typing import IO

from bootbuilder.errors import ServeError

SPARE_LINES = 1000  # outdated lines that are not worth writing the file anew for


class Journal:
    """Lines of text on the disk. One process at a time; not for several threads."""

    def __init__(self, path: Path) -> None:
        """Open or make the file, and read it.

        Raises:
            ServeError: it cannot be opened, or another process has it.
        """
        self.path = path
        self.lines: list[str] = []
        """What was there when it was opened, the oldest first."""
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._file = self._open("a+b")
            self._file.seek(0)
            raw = self._file.read().split(b"\n")
        except OSError as error:
            raise ServeError(
                f"{path}: cannot be opened: {error.strerror}", "name another folder with --state"
            ) from None
        for line in raw:
            text, _, check = line.rpartition(b" ")
            if check == b"%08x" % zlib.crc32(text):
                self.lines.append(text.decode("utf-8", "replace"))
        if raw[-1]:
            self._write(b"\n")  # so that the next line does not become the end of half a line
        self._count = len(raw)

    def append(self, lines: Iterable[str]) -> None:
        """Write lines and bring them to the disk. Raises OSError: then they may be there or not."""
        data = [_sealed(line) for line in lines]
        self._write(b"".join(data))
        self._count += len(data)

    def outgrown(self, live: int) -> bool:
        """Return whether the file has many more lines than the `live` ones that still mean something."""
        return self._count > 2 * live + SPARE_LINES

    def replace(self, lines: Iterable[str]) -> None:
        """Write the file anew, whole or not at all. Raises OSError: then the old one stays and goes on."""
        data = [_sealed(line) for line in lines]
        new = self.path.with_name(f".{self.path.name}.new")
        with new.open("wb") as file:
            file.write(b"".join(data))
            file.flush()
            os.fsync(file.fileno())
        new.replace(self.path)
        with contextlib.suppress(OSError):  # Windows opens no folders, and needs no such care
            folder = os.open(self.path.parent, os.O_RDONLY)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)
        before, self._file = self._file, self._open("ab")
        before.close()
        self._count = len(data)

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()

    def _open(self, mode: str) -> IO[bytes]:
        file = self.path.open(mode, buffering=0)
        try:
            import fcntl
        except ImportError:
            return file
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            file.close()
            raise ServeError(
                f"{self.path} is used by another bootbuilder", "stop it, or name another folder with --state"
            ) from None
        return file

    def _write(self, data: bytes) -> None:
        self._file.write(data)
        getattr(os, "fdatasync", os.fsync)(self._file.fileno())


def _sealed(line: str) -> bytes:
    text = line.encode()
    return b"%s %08x\n" % (text, zlib.crc32(text))
