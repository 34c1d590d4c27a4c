"""One process at a time: a lock on a folder, which ends with the process that holds it, however that ends."""

from __future__ import annotations

import contextlib
import errno
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

LOCK = ".lock"
_NO_LOCKS = (errno.ENOLCK, errno.ENOSYS, errno.ENOTSUP, errno.EOPNOTSUPP)  # what some network drives answer


@contextlib.contextmanager
def alone(folder: Path, waiting: Callable[[], None]) -> Iterator[bool]:
    """Make `folder` and hold its lock; `waiting` is called before waiting for another process.

    Gives False where the file system has no locks. The lock is a file, which goes when the lock does. Raises OSError.
    """
    path = folder / LOCK
    handle, locked = _opened(path, waiting)
    try:
        yield locked
    finally:
        if sys.platform != "win32":
            path.unlink(missing_ok=True)  # while nobody else can have the lock
        os.close(handle)
        if sys.platform == "win32":  # which removes no open file: neither ours nor that of one who waits
            with contextlib.suppress(OSError):
                path.unlink()


def _opened(path: Path, waiting: Callable[[], None]) -> tuple[int, bool]:
    """Return the open file at `path`, and whether it is locked."""
    while True:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
        except FileNotFoundError:  # a build that made nothing has just removed the folder
            continue
        try:
            if not _lock(handle, wait=False):
                waiting()
                _lock(handle, wait=True)
            with contextlib.suppress(FileNotFoundError):
                if os.path.samestat(os.fstat(handle), path.stat()):
                    return handle, True
        except OSError as error:
            if error.errno in _NO_LOCKS:
                return handle, False
            os.close(handle)
            raise
        except BaseException:  # Ctrl-C while waiting
            os.close(handle)
            raise
        os.close(handle)  # the file has gone with the lock of another process


if sys.platform == "win32":

    def _lock(handle: int, wait: bool) -> bool:
        """Return whether the lock was taken."""
        while True:
            try:
                msvcrt.locking(handle, msvcrt.LK_LOCK if wait else msvcrt.LK_NBLCK, 1)
            except OSError:  # LK_LOCK gives up after ten seconds
                if not wait:
                    return False
            else:
                return True

else:

    def _lock(handle: int, wait: bool) -> bool:
        """Return whether the lock was taken."""
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        except BlockingIOError:
            return False
        return True
