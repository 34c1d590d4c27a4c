"""Files that appear whole or not at all: written beside their place, brought to the disk, then moved in."""

from __future__ import annotations

import contextlib
import itertools
import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import BinaryIO

from bootbuilder import locking
from bootbuilder.errors import ImageError

_PREFIX = ".new-"
_ZEROS = bytes(1 << 14)


@contextlib.contextmanager
def opened(folder: Path, waiting: Callable[[], None]) -> Iterator[Path]:
    """Give a folder for new files, inside `folder` and so on the same disk; it is gone afterwards whatever happens.

    While it is open no other process has one there: `waiting` is called before waiting for it. What a process
    that was killed has left is removed. An OSError of the body becomes an ImageError.
    """
    existed = folder.is_dir()
    try:
        with locking.alone(folder, waiting) as locked:
            if locked:
                for left in folder.glob(f"{_PREFIX}*"):
                    shutil.rmtree(left, ignore_errors=True)
            staging = _made(folder)
            try:
                yield staging
            finally:
                shutil.rmtree(staging, ignore_errors=True)
    except OSError as error:
        raise ImageError(
            f"{folder}: cannot write: {error.strerror or error}; nothing was changed",
            "make room or rights there, or choose another folder with -o",
        ) from error
    finally:
        if not existed:
            with contextlib.suppress(OSError):
                folder.rmdir()  # only when it is empty: nothing was made


def _made(folder: Path) -> Path:
    """Make a folder whose name nobody has taken."""
    for number in itertools.count(1):
        path = folder / f"{_PREFIX}{number}"
        with contextlib.suppress(FileExistsError):
            path.mkdir()
            return path
    raise AssertionError


def write(path: Path, data: bytes) -> BinaryIO:
    """Write a file, which `sync` has to bring to the disk. The zeros at its end are left to the file system."""
    used = len(data)
    while used and data.endswith(_ZEROS[:used], 0, used):
        used -= min(used, len(_ZEROS))
    file = path.open("wb", buffering=0)
    try:
        rest = memoryview(data)[:used]
        while rest:
            rest = rest[file.write(rest) :]
        file.truncate(len(data))
    except BaseException:
        file.close()
        raise
    return file


def sync(file: BinaryIO) -> None:
    """Bring a written file to the disk, and close it."""
    with file:
        os.fsync(file.fileno())


def publish(staging: Path, folder: Path, names: Sequence[str]) -> None:
    """Move finished files to their place; the last one, the manifest, makes them count."""
    for name in names:
        (staging / name).replace(folder / name)
