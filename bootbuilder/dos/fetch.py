"""Fetches pinned files: the DOS systems of the catalogue, and the files that recipes name by URL.

Owns what happens around a download; the download itself is `download`.
"""

from __future__ import annotations

import contextlib
import hashlib
import time
from pathlib import Path
from typing import TYPE_CHECKING

from bootbuilder import dos, download
from bootbuilder.dos.fetchlist import CATALOGUE, Download
from bootbuilder.dos.records import KIND
from bootbuilder.download import Part, Progress, Sleep
from bootbuilder.errors import DosSystemError, PackageError
from bootbuilder.packages import Store

if TYPE_CHECKING:
    import httpx


def fetch_system(
    system_id: str,
    store: Store,
    mirror: str | None = None,
    progress: Progress | None = None,
    client: httpx.Client | None = None,
    *,
    offline: bool = False,
    replace: bool = False,
    sleep: Sleep = time.sleep,
) -> dos.DosSystem:
    """Download a DOS of the catalogue, import its boot disk under its id and return it.

    `mirror` is used instead of the publisher's address: the URL or local path of a folder that has the archive.
    A system that is stored already is returned as it is, unless `replace`.
    Raises DosSystemError for an unknown id or with `offline`, PackageError for a failed download or a wrong hash
    (the partial file is removed then), else what `dos.import_system` raises.
    """
    item = CATALOGUE.get(system_id)
    if item is None:
        raise DosSystemError(
            f"there is nothing to fetch called {system_id!r}", f"there are {', '.join(CATALOGUE)}"
        )
    if not replace and system_id in store.names(KIND):
        return dos.load(system_id, store)
    folder = download.local_folder(mirror)
    if folder is None and offline:
        raise DosSystemError(
            f"{item.title} has to be downloaded, and --offline forbids it",
            f"run without --offline, or give the folder that has {item.file}: --mirror FOLDER",
        )
    tell = progress or _silent
    with download.partial(store, item.title, item.sha256) as part:
        if folder is not None:
            download.copy(folder / item.file, part, tell)
        else:
            bases = (mirror,) if mirror else item.bases
            urls = [f"{base.rstrip('/')}/{item.file}" for base in bases]
            try:
                download.download(item.title, urls, part, tell, client, sleep)
            except PackageError as error:
                where = f"or use --mirror with another URL or a folder that holds {item.file}"
                raise PackageError(error.message, f"{error.hint}, {where}") from error
        download.verify(part, item.sha256)
        return _import(system_id, item, part, store, replace)


def _silent(done: int, total: int | None) -> None:
    """Tell nobody."""


def _import(system_id: str, item: Download, part: Part, store: Store, replace: bool) -> dos.DosSystem:
    """Import the boot disk from the verified archive, under its own name, which origins and messages show."""
    folder = part.path.with_suffix("")
    archive = folder / item.file
    try:
        folder.mkdir(exist_ok=True)
        part.path.replace(archive)
        part.discard()
        if item.member_sha256:
            _verify_member(item, archive)
        return dos.import_system(system_id, archive / item.member, store, replace)
    finally:
        archive.unlink(missing_ok=True)
        with contextlib.suppress(OSError):
            folder.rmdir()


def _verify_member(item: Download, archive: Path) -> None:
    from bootbuilder.reading import archives

    with archive.open("rb") as opened:
        contents = archives.Archive(opened, item.file)
        found = hashlib.sha256(contents.read(contents.find(item.member), download.LARGEST)).hexdigest()
    if found != item.member_sha256:
        raise PackageError(
            f"{item.file}/{item.member} has the SHA-256 {found}, not {item.member_sha256}: refused"
        )
