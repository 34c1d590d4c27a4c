"""The manifest: what is told about the images of a build. Its keys are a contract with those who read it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import Any

import bootbuilder
from bootbuilder.compose import Composition

MANIFEST = "manifest.json"
SCHEMA = 1


def inputs_key(composition: Composition) -> str:
    """Return the SHA-256 over everything that decides an image's bytes, the program's version included."""
    volume = composition.volume
    parts = [
        bootbuilder.__version__,
        composition.medium,
        composition.name,
        composition.title,
        composition.uses_undi,
        volume.geometry.name,
        volume.label,
        volume.modified,
        hashlib.sha256(volume.boot_sector).hexdigest(),
        [(file.path, file.attributes, file.sha256) for file in composition.files],
    ]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def image_entry(name: str, size: int, sha256: str, disk: Composition, dos: str) -> dict[str, Any]:
    """Return one element of the manifest's `images`."""
    entry: dict[str, Any] = {
        "file": name,
        "media": disk.medium,
        "nic": disk.nic,
        "size": size,
        "sha256": sha256,
        "geometry": disk.volume.geometry.name,
        "free_bytes": disk.usage.free,
        "dos": dos,
        "inputs": inputs_key(disk),
        "files": [
            {
                "path": file.path,
                "size": len(file.data),
                "sha256": file.sha256,
                "origin": file.origin,
                "license": file.license,
                "redistributable": file.redistributable,
            }
            for file in disk.files
            if not file.is_folder
        ],
    }
    if disk.notes:
        entry["notes"] = list(disk.notes)
    if disk.secrets:
        entry["secrets"] = list(disk.secrets)
    if disk.machine is not None:
        machine = disk.machine
        entry["machine"] = {"hostname": machine.hostname, "mac": machine.mac, "ip": machine.ip}
    return entry


def manifest(recipe_name: str, recipe_sha256: str, images: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """Return the whole manifest; the keys are a contract with those who read it."""
    return {
        "schema": SCHEMA,
        "recipe": recipe_name,
        "recipe_sha256": recipe_sha256,
        "tool": {"name": "bootbuilder", "version": bootbuilder.__version__},
        "images": list(images),
    }


def to_bytes(made: Mapping[str, Any]) -> bytes:
    """Return the manifest as it is written: UTF-8, each image's key and each file on a line of its own."""
    images = []
    for image in made["images"]:
        files = ",\n        ".join(_line(file) for file in image["files"])
        keys = [f"{_line(key)}: {_line(value)}" for key, value in image.items() if key != "files"]
        keys.append(f'"files": [\n        {files}\n      ]')
        images.append("    {\n      " + ",\n      ".join(keys) + "\n    }")
    keys = [f"  {_line(key)}: {_line(value)}" for key, value in made.items() if key != "images"]
    keys.append('  "images": [\n' + ",\n".join(images) + "\n  ]")
    return ("{\n" + ",\n".join(keys) + "\n}\n").encode()


# With an indent json falls back to its Python encoder, which takes a third of the time of a hundred images.
_line = json.JSONEncoder(ensure_ascii=False).encode
