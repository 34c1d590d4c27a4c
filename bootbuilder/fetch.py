"""Downloads the DOS systems of the pinned catalogue, checks them and imports their boot disk.

Owns httpx (imported only when something is downloaded) and the downloads folder of the store. A download that
was interrupted goes on where it stopped; nothing is used before its SHA-256 is the pinned one.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO
from urllib.parse import unquote, urlsplit

from bootbuilder import dos
from bootbuilder.dosrecord import KIND
from bootbuilder.errors import DosSystemError
from bootbuilder.fetchlist import CATALOGUE, Download
from bootbuilder.packages import Store

if TYPE_CHECKING:
    import httpx

Progress = Callable[[int, int | None], None]
"""Called with the bytes that are there and the total, None while unknown."""

ATTEMPTS = 5
LONGEST_PAUSE = 60.0  # seconds, whatever Retry-After asks for
LARGEST = 512 << 20  # bytes; the floppy editions are below 32 MiB
_BLOCK = 1 << 16
_BUSY = frozenset((408, 429, 500, 502, 503, 504))


def fetch_system(
    system_id: str,
    store: Store,
    mirror: str | None = None,
    progress: Progress | None = None,
    client: httpx.Client | None = None,
    *,
    offline: bool = False,
    replace: bool = False,
    sleep: Callable[[float], None] = time.sleep,
) -> dos.DosSystem:
    """Download a DOS of the catalogue, import its boot disk under its id and return it.

    `mirror` is what to use instead of the publisher's address: the URL or local path of a folder that has the
    archive. A system that is stored already is returned as it is, unless `replace`.
    Raises DosSystemError for an unknown id, a failed download or a wrong hash (the partial file is removed then),
    else what `dos.import_system` raises.
    """
    item = CATALOGUE.get(system_id)
    if item is None:
        raise DosSystemError(
            f"there is nothing to fetch called {system_id!r}", f"there are {', '.join(CATALOGUE)}"
        )
    if not replace and system_id in store.names(KIND):
        return dos.load(system_id, store)
    tell = progress or (lambda done, total: None)
    folder = _local_folder(mirror)
    if folder is None and offline:
        raise DosSystemError(
            f"{item.title} has to be downloaded, and --offline forbids it",
            f"run without --offline, or give the folder that has {item.file}: --mirror FOLDER",
        )
    with _partial(store, item) as part:
        if folder is not None:
            _copy(folder / item.file, part, tell)
        else:
            bases = (mirror,) if mirror else item.bases
            _download(item, bases, part, tell, client, sleep)
        _verify(item, part)
        system = _import(system_id, item, part, store, replace)
        part.discard()
    return system


def _import(system_id: str, item: Download, part: _Part, store: Store, replace: bool) -> dos.DosSystem:
    """Import the boot disk from the verified archive, which has its own name again for origins and messages."""
    archive = part.path.parent / part.path.name.removesuffix(".part")
    archive.mkdir(exist_ok=True)
    named = archive / item.file
    try:
        part.path.replace(named)
        if item.member_sha256:
            _verify_member(item, named)
        return dos.import_system(system_id, named / item.member, store, replace)
    finally:
        named.unlink(missing_ok=True)
        with contextlib.suppress(OSError):
            archive.rmdir()


def _verify_member(item: Download, archive: Path) -> None:
    from bootbuilder import zipread

    with archive.open("rb") as file:
        contents = zipread.Archive(file, item.file)
        found = hashlib.sha256(contents.read(contents.find(item.member), LARGEST)).hexdigest()
    if found != item.member_sha256:
        raise DosSystemError(
            f"{item.file}/{item.member} has the SHA-256 {found}, not {item.member_sha256}: refused"
        )


# --- the partial file -------------------------------------------------------------------------------------


@dataclass
class _Part:
    """A download that is not finished: its file, open, and where it came from (URL and validator)."""

    path: Path
    file: BinaryIO
    url: str = ""
    validator: str = ""

    def note(self, url: str, validator: str) -> None:
        """Remember which version of which resource the bytes are, for a later run."""
        self.url, self.validator = url, validator
        self.path.with_suffix(".json").write_text(json.dumps({"url": url, "validator": validator}), "utf-8")

    def restart(self) -> None:
        """Throw away the bytes so far."""
        self.file.seek(0)
        self.file.truncate()

    def discard(self) -> None:
        """Remove it."""
        self.file.close()
        self.path.unlink(missing_ok=True)
        self.path.with_suffix(".json").unlink(missing_ok=True)


@contextlib.contextmanager
def _partial(store: Store, item: Download) -> Iterator[_Part]:
    path = store.root / "downloads" / f"{item.id}-{item.sha256[:16]}.part"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        file = path.open("a+b")
    except OSError as error:
        raise DosSystemError(
            f"cannot write {path}: {error.strerror}", "make room and rights there"
        ) from error
    with file:
        _lock(file, item)
        part = _Part(path, file)
        with contextlib.suppress(OSError, ValueError, AttributeError):
            note = json.loads(path.with_suffix(".json").read_text("utf-8"))
            part.url, part.validator = str(note.get("url", "")), str(note.get("validator", ""))
        try:
            yield part
        except OSError as error:
            raise DosSystemError(
                f"cannot write {path}: {error.strerror or error}", "make room there"
            ) from error


def _lock(file: BinaryIO, item: Download) -> None:
    """Keep a second process off the same partial file; the lock ends with this process."""
    if os.name == "nt":
        return  # Windows refuses to replace a file that another process has open
    import fcntl

    try:
        fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise DosSystemError(
            f"another bootbuilder is downloading {item.title}", "wait until it is done"
        ) from None
    except OSError:
        return  # a file system without locks


def _verify(item: Download, part: _Part) -> None:
    part.file.flush()
    part.file.seek(0)
    digest = hashlib.sha256()
    while block := part.file.read(_BLOCK):
        digest.update(block)
    found = digest.hexdigest()
    if found != item.sha256:
        url = part.url
        part.discard()
        raise DosSystemError(
            f"{url} is not the file that it should be: its SHA-256 is {found}, not {item.sha256}; it was removed",
            "try again, or another --mirror; a proxy that answers in the server's place gives such files too",
        )
    part.file.close()


# --- getting the bytes ------------------------------------------------------------------------------------


def _local_folder(mirror: str | None) -> Path | None:
    if mirror is None:
        return None
    parts = urlsplit(mirror)
    if parts.scheme == "file":
        path = unquote(parts.path)
        return Path(path[1:] if os.name == "nt" and path[2:3] == ":" else path)
    if parts.scheme in ("http", "https"):
        return None
    return Path(mirror)


def _copy(source: Path, part: _Part, progress: Progress) -> None:
    part.restart()
    part.url = str(source)
    try:
        with source.open("rb") as file:
            total = source.stat().st_size
            while block := file.read(_BLOCK):
                part.file.write(block)
                progress(part.file.tell(), total)
    except OSError as error:
        part.discard()
        raise DosSystemError(
            f"cannot copy {source}: {error.strerror or error}", f"the mirror's folder must hold {source.name}"
        ) from error


def _download(
    item: Download,
    bases: tuple[str, ...],
    part: _Part,
    progress: Progress,
    client: httpx.Client | None,
    sleep: Callable[[float], None],
) -> None:
    import httpx

    own = client or httpx.Client(follow_redirects=True, timeout=30.0)
    failures = []
    try:
        for base in bases:
            url = f"{base.rstrip('/')}/{item.file}"
            reason = _try_address(own, url, part, progress, sleep)
            if reason is None:
                return
            failures.append(f"{url}: {reason}")
    finally:
        if client is None:
            own.close()
    raise DosSystemError(
        f"{item.title} could not be downloaded: {'; '.join(failures)}",
        "check the network and its proxy (HTTPS_PROXY), try again later (it goes on where it stopped), or use "
        f"--mirror with another URL or a folder that holds {item.file}",
    )


def _try_address(
    client: httpx.Client, url: str, part: _Part, progress: Progress, sleep: Callable[[float], None]
) -> str | None:
    """Try one URL until it is done (None), or return why it was given up."""
    import httpx

    reason = ""
    for attempt in range(ATTEMPTS):
        try:
            wait = _request(client, url, part, progress)
        except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError) as error:
            reason, wait = str(error) or type(error).__name__, 0.0
            if isinstance(error, (httpx.InvalidURL, httpx.UnsupportedProtocol)):
                return reason
        else:
            if wait is None:
                return None
            if isinstance(wait, str):
                return wait
            reason = "the server is busy"
        if attempt + 1 < ATTEMPTS:
            sleep(min(LONGEST_PAUSE, max(wait, float(2**attempt))))
    return f"{reason} ({ATTEMPTS} attempts)"


def _request(client: httpx.Client, url: str, part: _Part, progress: Progress) -> float | str | None:
    """One request. None: all bytes are there; a number: busy, wait as many seconds; a text: hopeless."""
    have = part.file.seek(0, os.SEEK_END)
    headers = {"Accept-Encoding": "identity"}
    if have and part.url == url and part.validator:
        headers |= {"Range": f"bytes={have}-", "If-Range": part.validator}
    else:
        part.restart()
    with client.stream("GET", url, headers=headers) as answer:
        status = answer.status_code
        if status in _BUSY:
            asked = answer.headers.get("Retry-After", "")
            return float(asked) if asked.isdecimal() else 0.0
        if status == 416:  # nothing behind what is there: it is whole, or it is another file by now
            if answer.headers.get("Content-Range", "").endswith(f"/{have}"):
                return None
            part.restart()
            return 0.0
        if status not in (200, 206):
            return f"the server answers {status} {answer.reason_phrase}"
        if status == 206 and not answer.headers.get("Content-Range", "").startswith(f"bytes {have}-"):
            part.restart()
            return 0.0
        if status == 200:
            part.restart()
            have = 0
        return _receive(answer, url, part, have, progress)


def _receive(
    answer: httpx.Response, url: str, part: _Part, have: int, progress: Progress
) -> float | str | None:
    tag = answer.headers.get("ETag", "")
    part.note(url, tag if tag and not tag.startswith("W/") else answer.headers.get("Last-Modified", ""))
    length = answer.headers.get("Content-Length", "")
    total = have + int(length) if length.isdecimal() else None
    if (total or 0) > LARGEST:
        return f"the server offers {total:,} bytes: that is no floppy edition"
    progress(have, total)
    for block in answer.iter_raw(_BLOCK):
        part.file.write(block)
        have += len(block)
        if have > LARGEST:
            part.restart()
            return f"more than {LARGEST:,} bytes came: that is no floppy edition"
        progress(have, total)
    part.file.flush()
    return None
