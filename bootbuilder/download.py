"""Gets one pinned file from the network, from a mirror or from a folder, and checks it.

Owns httpx (imported only when something is downloaded) and the downloads folder of the store. A download that
was interrupted goes on where it stopped; nothing is used before its SHA-256 is the expected one.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO
from urllib.parse import unquote, urlsplit

from bootbuilder.errors import PackageError
from bootbuilder.packages import Store

if TYPE_CHECKING:
    import httpx

Progress = Callable[[int, int | None], None]
"""Called with the bytes that are there and the total, None while unknown."""

Sleep = Callable[[float], None]

ATTEMPTS = 5
LONGEST_PAUSE = 60.0  # seconds, whatever Retry-After asks for
LARGEST = 512 << 20  # bytes; the floppy editions are below 32 MiB
_BLOCK = 1 << 16
_BUSY = frozenset((408, 429, 500, 502, 503, 504))


@dataclass
class Part:
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


def fetch(
    url: str,
    sha256: str,
    store: Store,
    *,
    offline: bool = False,
    progress: Progress | None = None,
    client: httpx.Client | None = None,
    sleep: Sleep = time.sleep,
) -> bytes:
    """Return the bytes of a URL (http, https or file) whose SHA-256 is known; from the store when they are there.

    Raises PackageError when it cannot be had, or is another file than the SHA-256 says.
    """
    if store.has(sha256):
        return store.get(sha256)
    source = local_folder(url)
    if source is None and offline:
        raise PackageError(
            f"{url} has to be downloaded, and --offline forbids it",
            "build once without --offline: it is kept",
        )
    with partial(store, url, sha256) as part:
        if source is not None:
            copy(source, part, progress or (lambda done, total: None))
        else:
            download(url, [url], part, progress or (lambda done, total: None), client, sleep)
        verify(part, sha256)
        store.put(part.path.read_bytes())
        part.discard()
    return store.get(sha256)


@contextlib.contextmanager
def partial(store: Store, title: str, sha256: str) -> Iterator[Part]:
    """Open the partial file of a download, locked against other processes; it stays when the block fails.

    Raises PackageError when it cannot be written.
    """
    path = store.root / "downloads" / f"{sha256}.part"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        file = path.open("a+b")
    except OSError as error:
        raise PackageError(f"cannot write {path}: {error.strerror}", "make room and rights there") from error
    with file:
        _lock(file, title)
        part = Part(path, file)
        with contextlib.suppress(OSError, ValueError, AttributeError):
            note = json.loads(path.with_suffix(".json").read_text("utf-8"))
            part.url, part.validator = str(note.get("url", "")), str(note.get("validator", ""))
        try:
            yield part
        except OSError as error:
            raise PackageError(
                f"cannot write {path}: {error.strerror or error}", "make room there"
            ) from error


def _lock(file: BinaryIO, title: str) -> None:
    """Keep a second process off the same partial file; the lock ends with this process."""
    if os.name == "nt":
        return  # Windows refuses to replace a file that another process has open
    import fcntl

    try:
        fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise PackageError(f"another bootbuilder is downloading {title}", "wait until it is done") from None
    except OSError:
        return  # a file system without locks


def verify(part: Part, sha256: str) -> None:
    """Compare the whole file with its SHA-256 and close it; a wrong one is removed. Raises PackageError."""
    part.file.flush()
    part.file.seek(0)
    digest = hashlib.sha256()
    while block := part.file.read(_BLOCK):
        digest.update(block)
    found = digest.hexdigest()
    if found != sha256:
        url = part.url
        part.discard()
        raise PackageError(
            f"{url} is not the file that it should be: its SHA-256 is {found}, not {sha256}; it was removed",
            "try again, or another --mirror; a proxy that answers in the server's place gives such files too",
        )
    part.file.close()


# --- getting the bytes ------------------------------------------------------------------------------------


def local_folder(mirror: str | None) -> Path | None:
    """Return the folder that a mirror is when it is a path or a file:// URL, None when it is on the network."""
    if mirror is None:
        return None
    parts = urlsplit(mirror)
    if parts.scheme == "file":
        path = unquote(parts.path)
        return Path(path[1:] if os.name == "nt" and path[2:3] == ":" else path)
    if parts.scheme in ("http", "https"):
        return None
    return Path(mirror)


def copy(source: Path, part: Part, progress: Progress) -> None:
    """Copy a local file into the partial one. Raises PackageError."""
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
        raise PackageError(
            f"cannot copy {source}: {error.strerror or error}", f"the mirror's folder must hold {source.name}"
        ) from error


def download(
    title: str,
    urls: Sequence[str],
    part: Part,
    progress: Progress,
    client: httpx.Client | None,
    sleep: Sleep,
) -> None:
    """Download the file from the first of `urls` that gives it, going on where `part` stopped.

    Without a `client` one is made that follows redirects and the proxy settings of the environment.
    Raises PackageError with the reason for each address; what came so far is kept for the next time.
    """
    import httpx

    own = client or httpx.Client(follow_redirects=True, timeout=30.0)
    failures = []
    try:
        for url in urls:
            reason = _try_address(own, url, part, progress, sleep)
            if reason is None:
                return
            failures.append(f"{url}: {reason}")
    finally:
        if client is None:
            own.close()
    raise PackageError(
        f"{title} could not be downloaded: {'; '.join(failures)}",
        "check the network and its proxy (HTTPS_PROXY) and try again: it goes on where it stopped",
    )


def _try_address(client: httpx.Client, url: str, part: Part, progress: Progress, sleep: Sleep) -> str | None:
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
            if isinstance(error, httpx.ConnectError) and attempt:
                return reason  # nobody there, twice: no network, or the wrong name
        else:
            if wait is None:
                return None
            if isinstance(wait, str):
                return wait
            reason = "the server is busy"
        if attempt + 1 < ATTEMPTS:
            sleep(min(LONGEST_PAUSE, max(wait, float(2**attempt))))
    return f"{reason} ({ATTEMPTS} attempts)"


def _request(client: httpx.Client, url: str, part: Part, progress: Progress) -> float | str | None:
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
    answer: httpx.Response, url: str, part: Part, have: int, progress: Progress
) -> float | str | None:
    tag = answer.headers.get("ETag", "")
    part.note(url, tag if tag and not tag.startswith("W/") else answer.headers.get("Last-Modified", ""))
    length = answer.headers.get("Content-Length", "")
    total = have + int(length) if length.isdecimal() else None
    if (total or 0) > LARGEST:
        return f"the server offers {total:,} bytes: more than this fetches"
    progress(have, total)
    for (
        block
    ) in answer.iter_raw():  # as it comes: a block size would hold back what a lost connection then loses
        part.file.write(block)
        have += len(block)
        if have > LARGEST:
            part.restart()
            return f"more than {LARGEST:,} bytes came: more than this fetches"
        progress(have, total)
    part.file.flush()
    return None
