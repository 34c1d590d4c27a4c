"""The user's own files of a recipe: sources, folders and downloads, read once for all of its images.

Reads files; fetches only through the `download` that it is given. Knows nothing of DOS systems.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from bootbuilder.errors import RecipeError
from bootbuilder.media import names
from bootbuilder.recipe import File, Recipe

LARGEST = 2 << 30  # bytes; more than the largest medium holds
MOST_FILES = 10_000

Download = Callable[[str, str], bytes]
"""(url, sha256) -> the bytes; raises BootbuilderError."""


@dataclass(frozen=True)
class PayloadFile:
    """One file for the disk. `target` may hold `{{ … }}`; `text` files are rendered for each image."""

    where: str
    target: str
    data: bytes = field(repr=False)
    origin: str
    text: bool = False
    folder: bool = False

    @cached_property
    def sha256(self) -> str:
        """SHA-256 of the bytes as they were read, in hex; made once for all images."""
        return hashlib.sha256(self.data).hexdigest()


def gather(recipe: Recipe, download: Download) -> tuple[PayloadFile, ...]:
    """Return the files of `recipe.files` in order, folders walked in sorted order.

    Raises RecipeError for what is missing, unreadable or changed, with the key and its line.
    """
    return tuple(
        made for index, file in enumerate(recipe.files) for made in _one(recipe, index, file, download)
    )


def _one(recipe: Recipe, index: int, file: File, download: Download) -> Iterator[PayloadFile]:
    if file.url is not None:
        where = recipe.where("files", index, "url")
        data = download(file.url, (file.sha256 or "").lower())
        yield PayloadFile(where, file.target, data, file.url, file.text)
        return
    where = recipe.where("files", index, "source")
    folder = recipe.folder_of("files", index, "source")
    path = folder / (file.source or "")
    if path.is_dir():
        if file.sha256:
            raise RecipeError(
                f"{where}: {path} is a folder, a sha256 is for one file", "leave the sha256 out"
            )
        yield from _folder(file, path, where)
        return
    data = _read(path, where, folder)
    _check_hash(file, data, recipe.where("files", index, "sha256"), path)
    yield PayloadFile(where, file.target, data, file.source or "", file.text)


def _folder(file: File, top: Path, where: str) -> Iterator[PayloadFile]:
    target = file.target.rstrip("\\/")
    found = False
    for count, path in enumerate(sorted(top.rglob("*"), key=lambda p: p.relative_to(top).as_posix())):
        if count >= MOST_FILES:
            raise RecipeError(f"{where}: {top} holds over {MOST_FILES:,} files", "name a smaller folder")
        inside = path.relative_to(top).as_posix()
        name = f"{target}\\{inside}".replace("/", "\\")
        origin = f"{file.source}/{inside}"
        if path.is_dir():
            yield PayloadFile(where, name, b"", origin, folder=True)
        elif path.is_file():
            found = True
            yield PayloadFile(where, name, _read(path, where, top), origin, file.text)
        else:
            raise RecipeError(f"{where}: {path} is neither a file nor a folder", "leave it out of the folder")
    if not found:
        raise RecipeError(f"{where}: the folder {top} has no files", "check the path")


def _read(path: Path, where: str, folder: Path) -> bytes:
    """Return the bytes of a file; messages name it as seen from `folder`."""
    try:
        size = path.stat().st_size
        if size > LARGEST:
            raise RecipeError(f"{where}: {path} has {size:,} bytes, no medium holds it", "leave it out")
        return path.read_bytes()
    except FileNotFoundError:
        meant = _other_case(path)
        hint = f"put it there, or correct the path ({path.parent})"
        if meant is not None:
            near = meant.relative_to(folder) if meant.is_relative_to(folder) else meant
            hint = f"did you mean {near.as_posix()!r}?"
        raise RecipeError(f"{where}: there is no file {path}", hint) from None
    except OSError as error:
        raise RecipeError(f"{where}: {path} cannot be read: {error.strerror}", "check its rights") from None


def _other_case(path: Path) -> Path | None:
    """Return the path that is there and differs from `path` in upper and lower case only."""
    found = Path(path.anchor)
    for part in path.relative_to(found).parts:
        if part != ".." and not (found / part).exists():
            try:
                inside = sorted(other.name for other in found.iterdir())
            except OSError:
                return None
            near = next((name for name in inside if name.lower() == part.lower()), None)
            if near is None:
                return None
            part = near
        found /= part
    return found


def _check_hash(file: File, data: bytes, where: str, path: Path) -> None:
    found = hashlib.sha256(data).hexdigest()
    if file.sha256 and found != file.sha256.lower():
        raise RecipeError(
            f"{where}: {path} is not the file that the recipe names: its SHA-256 is {found}, "
            f"expected {file.sha256.lower()}",
            "if the change was meant, put the new hash into the recipe",
        )


def target_path(file: PayloadFile, target: str) -> str:
    """Return the DOS path of a file whose target has been filled in. Raises RecipeError with the key."""
    from bootbuilder.errors import BadDosName

    try:
        return names.dos_path(target)
    except BadDosName as error:
        raise RecipeError(f"{file.where}: {error.message}", error.hint) from None
