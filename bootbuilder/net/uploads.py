"""Where clients may write: new files in one folder, under plain names, up to a size."""

from __future__ import annotations

import contextlib
import os
import re
import tempfile
from pathlib import Path

from bootbuilder.errors import ServeError

_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.+-]{0,63}")
_DEVICE = re.compile(
    r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE
)  # reserved by Windows, in each folder


class BadName(Exception):
    """A name that is not taken: only plain ones are, without a folder."""


class Upload:
    """A file that is being written, under a hidden name until it is complete."""

    def __init__(self, target: Path) -> None:
        self._target = target
        descriptor, name = tempfile.mkstemp(prefix=".upload-", dir=target.parent)
        self._part = Path(name)
        self._stream = os.fdopen(descriptor, "wb")

    def write(self, data: bytes) -> None:
        """Append."""
        self._stream.write(data)

    def commit(self) -> None:
        """Give the file its name.

        Raises:
            OSError: the disk is full, or somebody else has made a file of this name meanwhile.
        """
        self._stream.close()
        self._part.chmod(0o644)
        if os.name == "nt":
            self._part.rename(self._target)  # refuses to replace a file there
        else:
            os.link(self._part, self._target)  # so does this
            self._part.unlink()

    def close(self) -> None:
        """Throw away what was not committed."""
        with contextlib.suppress(OSError):
            self._stream.close()
        self._part.unlink(missing_ok=True)


class Uploads:
    """A folder that takes new files."""

    def __init__(self, folder: Path) -> None:
        """Take an existing folder.

        Raises:
            ServeError: there is none.
        """
        if not folder.is_dir():
            raise ServeError(
                f"there is no folder {folder} for uploads",
                "make it first, and let the server's user write there",
            )
        self._folder = folder

    def open(self, asked: str) -> Upload:
        """Begin a new file; a leading slash of the client's name does not matter.

        Raises:
            BadName: not a plain name. FileExistsError: it is there. OSError: the folder cannot be written to.
        """
        name = asked.lstrip("/\\")
        if not _NAME.fullmatch(name) or _DEVICE.fullmatch(name):
            raise BadName(asked)
        taken = {path.name.casefold() for path in self._folder.iterdir()}
        if name.casefold() in taken:
            raise FileExistsError(asked)
        return Upload(self._folder / name)
