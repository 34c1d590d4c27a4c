"""Which drivers' files are here, shipped or in the package store, and their records: what a build asks."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import msgspec

from bootbuilder import firmware
from bootbuilder.errors import PackageError
from bootbuilder.nics.catalogue import Catalogue
from bootbuilder.nics.models import Driver, Kind, Parameter
from bootbuilder.packages import Store

if TYPE_CHECKING:
    from bootbuilder.nics.looking import Found


def held(store: Store, driver: Driver) -> str | None:
    """Return the SHA-256 of a driver's file that is here: the shipped one, else the one added last, else any that is
    known. Raises PackageError for a damaged record."""
    if driver.firmware is not None:
        return hashlib.sha256(firmware.load(driver.firmware)).hexdigest()
    record = store.read("nic", driver.id)
    if record is not None:
        digest = record.get("sha256")
        if not isinstance(digest, str):
            raise PackageError(
                f"the record of the driver {driver.id} is damaged", f"bootbuilder nic add {driver.file}"
            )
        if store.has(digest):
            return digest
    return next((digest for digest in driver.hashes if store.has(digest)), None)


def content(store: Store, driver: Driver) -> bytes | None:
    """Return the driver's file, None when it is not here. Raises PackageError."""
    if driver.firmware is not None:
        return firmware.load(driver.firmware)
    digest = held(store, driver)
    return None if digest is None else store.get(digest)


def completed(store: Store, driver: Driver) -> Driver:
    """Return an NDIS2 driver with what its own file and its vendor's files said when they were added.

    Raises PackageError for a damaged record.
    """
    record = store.read("nic", driver.id) if driver.kind == "ndis2" else None
    if record is None:
        return driver
    try:
        name = msgspec.convert(record.get("driver_name"), str | None)
        keys = msgspec.convert(record.get("keys", {}), dict[str, Parameter])
    except msgspec.ValidationError:
        raise PackageError(
            f"the record of the driver {driver.id} is damaged", f"bootbuilder nic add FILE --as {driver.id}"
        ) from None
    return msgspec.structs.replace(
        driver,
        driver_name=name or driver.driver_name,
        driver_name_unverified=driver.driver_name_unverified and not name,
        keys={**driver.keys, **keys},
    )


def all_held(store: Store, catalogue: Catalogue, kind: Kind = "packet") -> list[Driver]:
    """Return every driver of a kind whose file is here and that can be loaded by itself, by id."""
    found = {driver.id: driver for driver in (*catalogue.with_hashes(store.has), *catalogue.with_firmware())}
    for name in store.names("nic"):
        driver = catalogue.driver(name)
        if driver is not None and held(store, driver) is not None:
            found[name] = driver
    alone = [d for d in found.values() if d.kind == kind and d.file and d.over in (None, "undi")]
    return sorted(alone, key=lambda driver: driver.id)


def keep(
    store: Store,
    driver: Driver,
    found: Found,
    *,
    pinned: bool = False,
    more: Mapping[str, Any] | None = None,
) -> None:
    """Put a driver's file and its record into the store; `more` goes into the record. Raises PackageError."""
    digest = store.put(found.data)
    record: dict[str, Any] = {
        "schema": 1,
        "driver": driver.id,
        "kind": driver.kind,
        "file": driver.file or found.name,
        "sha256": digest,
        "size": len(found.data),
        "origin": found.origin,
        "publisher": driver.publisher,
        "license": driver.license,
        "pinned": pinned,
        **(more or {}),
    }
    if driver.redistributable is not None:
        record["redistributable"] = driver.redistributable
    store.save("nic", driver.id, record, replace=True)
