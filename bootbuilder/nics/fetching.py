"""Downloads drivers from where the catalogue says that they are: the FreeDOS repository, or a URL of the driver's.

A download is trusted when its SHA-256 is pinned, or when the driver in it has a SHA-256 of the catalogue. Anything else
needs the user's word, and is pinned from then on by a record in the store. The download itself is `download`.
"""

from __future__ import annotations

import contextlib
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

from bootbuilder import download, packages, problems
from bootbuilder.download import Progress, Sleep
from bootbuilder.errors import BootbuilderError, CatalogueError, PackageError
from bootbuilder.nics import adding, holding, looking, recognising
from bootbuilder.nics.adding import Added
from bootbuilder.nics.catalogue import Catalogue
from bootbuilder.nics.models import Driver
from bootbuilder.packages import Store

if TYPE_CHECKING:
    import httpx

    from bootbuilder.nics.looking import Found

PINS = "download"
"""The kind of record that says which SHA-256 a URL had when the user accepted it."""

_REPOSITORY = "https://www.ibiblio.org/pub/micro/pc-stuff/freedos/files/repositories/1.4/net"
_SHA256: Mapping[str, str] = MappingProxyType(
    {
        # Two projects that fetch it pin this sum.
        "crynwr": "b5761639a1bf4ad4fa93bfa4643ca62ae46d08412c78d45ae1b5e10d91d0b9c8",
    }
)


@dataclass(frozen=True, slots=True)
class Source:
    """Where a driver can be had: `name` is that of the file; `sha256` None where nobody pinned it."""

    name: str
    url: str
    sha256: str | None
    title: str


@dataclass(frozen=True, slots=True)
class Order:
    """What `fetch` would download for a driver; `asks` when that needs --accept-unpinned."""

    driver: Driver
    source: Source
    asks: bool


def source_of(driver: Driver) -> Source | None:
    """Return where a driver can be downloaded, None where the catalogue does not know."""
    if driver.download is not None:
        name = driver.download.url.rstrip("/").rpartition("/")[2]
        return Source(name, driver.download.url, driver.download.sha256, driver.publisher)
    if driver.freedos_package is not None:
        name = driver.freedos_package
        return Source(
            f"{name}.zip", f"{_REPOSITORY}/{name}.zip", _SHA256.get(name), f"the FreeDOS package {name}"
        )
    return None


def command(driver: Driver) -> str:
    """Return the command that brings a driver's file: a download where one is known, else adding it."""
    if source_of(driver) is not None:
        return f"bootbuilder nic fetch {driver.id}"
    return f"bootbuilder nic add {driver.file}"


def order(name: str, catalogue: Catalogue, store: Store, mirror: str | None = None) -> Order:
    """Return what to download for a driver's id or a family's. Raises CatalogueError."""
    family = catalogue.family_of(name)
    if family is None:
        near = problems.nearest(name, (*catalogue.files, *(driver.id for driver in catalogue.drivers())))
        raise CatalogueError(
            f"nic fetch: {name!r} is not a driver id", near + "bootbuilder nic list shows all"
        )
    drivers = [driver for driver in family.driver if driver.id == name]
    if name == family.id:
        drivers += [driver for driver in family.driver if driver not in drivers]
    for driver in drivers:
        source = source_of(driver)
        if source is not None:
            pinned = source.sha256 or _pin(store, source)
            asks = pinned is None and not driver.hashes
            url = source.url if mirror is None else _mirrored(mirror, source.name)
            return Order(driver, Source(source.name, url, pinned, source.title), asks)
    publishers = ", ".join(dict.fromkeys(driver.publisher for driver in drivers)) or "unknown"
    files = ", ".join(driver.file for driver in drivers if driver.file) or "a driver"
    raise CatalogueError(
        f"nic fetch: the catalogue names no place to download {name} from (publisher: {publishers})",
        f"get {files} from the vendor's disk or site, then: bootbuilder nic add FILE",
    )


def _mirrored(mirror: str, name: str) -> str:
    """Return where a mirror (a URL or a folder) has the file; folders of DOS files may have any case."""
    folder = download.local_folder(mirror)
    if folder is None:
        return f"{mirror.rstrip('/')}/{name}"
    with contextlib.suppress(OSError):
        return str(
            next((path for path in folder.iterdir() if path.name.lower() == name.lower()), folder / name)
        )
    return str(folder / name)


def fetch(
    ordered: Order,
    store: Store,
    *,
    accept_unpinned: bool = False,
    offline: bool = False,
    progress: Progress | None = None,
    client: httpx.Client | None = None,
    sleep: Sleep = time.sleep,
) -> Added:
    """Download a driver, check it, put it into the store and return it.

    Raises PackageError for a failed download, a wrong SHA-256, or one that nobody pinned without `accept_unpinned`;
    CatalogueError when the driver is not in what came.
    """
    driver, source = ordered.driver, ordered.source
    if ordered.asks and not accept_unpinned:
        raise PackageError(
            f"nobody pinned a SHA-256 for {source.url} nor for {driver.file}, so what comes cannot be checked",
            "to take it and pin what comes: --accept-unpinned",
        )
    data = _bytes(source, store, offline, progress or _silent, client, sleep)
    found = _member(driver, source, data)
    known = found.digest in driver.hashes
    if not known and source.sha256 is None and not accept_unpinned:
        raise PackageError(
            f"{found.origin} from {source.url} has the SHA-256 {found.digest}, which the catalogue does not know "
            f"for {driver.id}",
            "to take it and pin it: --accept-unpinned",
        )
    remark = "" if known else adding.check_kind(found, driver, found.origin)
    store.put(data)
    if source.sha256 is None:
        record = {"schema": 1, "url": source.url, "sha256": packages.sha256(data), "size": len(data)}
        store.save(PINS, _pin_name(source), record, replace=True)
    more = {"url": source.url, "download_sha256": packages.sha256(data)}
    holding.keep(store, driver, found, pinned=not known, more=more)
    return Added(driver, found, not known, remark)


def _silent(done: int, total: int | None) -> None:
    """Tell nobody."""


def _pin_name(source: Source) -> str:
    stem = re.sub(r"[^a-z0-9]+", "-", source.name.lower()).strip("-")
    return f"{stem[:27]}-{packages.sha256(source.name.encode())[:12]}".lstrip("-")


def _pin(store: Store, source: Source) -> str | None:
    """Return the SHA-256 that the user accepted for a download earlier."""
    record = store.read(PINS, _pin_name(source))
    digest = record.get("sha256") if record else None
    return digest if isinstance(digest, str) and len(digest) == 64 else None


def _bytes(
    source: Source,
    store: Store,
    offline: bool,
    progress: Progress,
    client: httpx.Client | None,
    sleep: Sleep,
) -> bytes:
    """Return what is at the URL (http, https, a path), checked where its SHA-256 is known."""
    if source.sha256 is not None and store.has(source.sha256):
        return store.get(source.sha256)
    local = download.local_folder(source.url)
    if local is None and offline:
        raise PackageError(
            f"{source.url} has to be downloaded, and --offline forbids it",
            f"run without --offline, or give the folder that has {source.name}: --mirror FOLDER",
        )
    # Without a SHA-256 the unfinished part is known by its URL.
    key = source.sha256 or packages.sha256(source.url.encode())
    with download.partial(store, source.url, key) as part:
        if local is not None:
            download.copy(local, part, progress)
        else:
            try:
                download.download(source.title, [source.url], part, progress, client, sleep)
            except PackageError as error:
                where = f"or use --mirror with another URL or a folder that holds {source.name}"
                raise PackageError(error.message, f"{error.hint}, {where}") from error
        if source.sha256 is not None:
            download.verify(part, source.sha256)
        else:
            part.file.flush()
        data = part.path.read_bytes()
        part.discard()
    return data


def _member(driver: Driver, source: Source, data: bytes) -> Found:
    """Return the driver's file in a download: by hash, else the one file of its name and kind."""
    try:
        files, _ = looking.files_of(source.name, data)
    except BootbuilderError as error:
        raise CatalogueError(f"{source.url}: {error.message}", error.hint or "try another --mirror") from None
    by_hash = {found.digest: found for found in files}
    for digest in driver.hashes:
        if digest in by_hash:
            return by_hash[digest]
    named = {found.digest: found for found in files if found.name in driver.names}
    fitting = [found for found in named.values() if recognising.kind_of(found.data) in (None, driver.kind)]
    if len(fitting) != 1:
        raise CatalogueError(
            f"{source.url}: {len(fitting) or 'none'} of the {len(files)} files in it could be {driver.file}",
            f"get the file and add it: bootbuilder nic add FILE --as {driver.id}",
        )
    return fitting[0]
