"""The record of a stored DOS system: from a `DosSystem` to TOML values and back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, replace
from types import MappingProxyType
from typing import Any

from bootbuilder.dos.system import BootProtocol, DosSystem, DosSystemSummary, Family, SystemFile
from bootbuilder.errors import PackageError
from bootbuilder.packages import Store

KIND = "dos"
_RECORD_SCHEMA = 1


def save(system: DosSystem, store: Store, replace_it: bool) -> None:
    """Store the files of a system, then its record. Raises PackageError."""
    for file in system.files:
        store.put(file.data)
    record: dict[str, Any] = {
        "schema": _RECORD_SCHEMA,
        "title": system.title,
        "family": str(system.family),
        **({"version": system.version} if system.version else {}),
        "origin": system.origin,
        "how": list(system.how),
        "protocol": {**asdict(system.protocol), "kernel": list(system.protocol.kernel)},
    }
    if system.boot_sector and system.boot_sector_fat:
        record["boot_sector"] = {"sha256": store.put(system.boot_sector), "fat": system.boot_sector_fat}
    roles = ["kernel"] * len(system.kernel) + ["shell"] + ["extra"] * len(system.extras)
    record["files"] = [
        {
            "role": role,
            "name": file.name,
            "size": file.size,
            "sha256": file.sha256,
            "attributes": file.attributes,
            "origin": file.origin,
            "license": file.license,
            **({"redistributable": file.redistributable} if file.redistributable is not None else {}),
        }
        for role, file in zip(roles, system.files, strict=True)
    ]
    store.save(KIND, system.id, record, replace=replace_it)


def restore(name: str, record: Mapping[str, Any], store: Store) -> DosSystem:
    """Return the system of a record with the bytes of all its files. Raises PackageError."""
    try:
        if record["schema"] != _RECORD_SCHEMA:
            raise ValueError(f"schema {record['schema']} is of another version of bootbuilder")
        by_role: dict[str, list[SystemFile]] = {"kernel": [], "shell": [], "extra": []}
        for item in record["files"]:
            values = {key: item[key] for key in ("name", "sha256", "size", "origin", "license", "attributes")}
            file = SystemFile(**values, data=b"", redistributable=item.get("redistributable"))
            by_role[item["role"]].append(replace(file, data=store.get(file.sha256)))
        sector = record.get("boot_sector")
        protocol = {**record["protocol"], "kernel": tuple(record["protocol"]["kernel"])}
        return DosSystem(
            id=name,
            title=record["title"],
            family=Family(record["family"]),
            version=record.get("version"),
            how=tuple(record["how"]),
            protocol=BootProtocol(**protocol),
            kernel=tuple(by_role["kernel"]),
            shell=by_role["shell"][0],
            extras=MappingProxyType({file.base: file for file in by_role["extra"]}),
            boot_sector=store.get(sector["sha256"]) if sector else None,
            boot_sector_fat=sector["fat"] if sector else None,
            origin=record["origin"],
        )
    except (AttributeError, LookupError, TypeError, ValueError) as error:
        raise _broken(name, error) from error


def summary(name: str, record: Mapping[str, Any]) -> DosSystemSummary:
    """Return the line of a record in a list; no file is read. Raises PackageError."""
    try:
        files = record["files"]
        return DosSystemSummary(
            id=name,
            status="stored",
            title=record["title"],
            family=Family(record["family"]),
            version=record.get("version"),
            origin=record["origin"],
            files=len(files),
            size=sum(item["size"] for item in files),
        )
    except (AttributeError, LookupError, TypeError, ValueError) as error:
        raise _broken(name, error) from error


def _broken(name: str, error: Exception) -> PackageError:
    what = f"lacks {error}" if isinstance(error, KeyError) else str(error)
    return PackageError(
        f"the record of the DOS system {name!r} cannot be used: {what}",
        "import or fetch it again with --replace",
    )
