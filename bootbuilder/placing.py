"""Files and where they lie on a disk: those of the DOS, of the user, of the network; no two in one place."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from bootbuilder import render, startup
from bootbuilder.dos import DosSystem, SystemFile
from bootbuilder.errors import RecipeError
from bootbuilder.media import fat
from bootbuilder.payload import PayloadFile, target_path

if TYPE_CHECKING:
    from bootbuilder.stacks import StackFile


@dataclass(frozen=True)
class PlacedFile(fat.VolumeFile):
    """One file on the disk and its story: `origin` says where it came from, `license` under what terms.

    `where` is the recipe's key for messages, empty for what no key asked for by name.
    """

    attributes: int
    origin: str
    license: str
    redistributable: bool | None
    where: str = ""
    digest: str = ""  # SHA-256 where it is known already

    @property
    def is_folder(self) -> bool:
        """True for an empty folder that a copied tree had."""
        return bool(self.attributes & fat.DIRECTORY)

    @cached_property
    def sha256(self) -> str:
        """SHA-256 of the bytes, in hex."""
        return self.digest or hashlib.sha256(self.data).hexdigest()


def place_system(system: DosSystem) -> tuple[tuple[PlacedFile, ...], Mapping[str, PlacedFile]]:
    """Return the kernel and shell in the order that the boot protocol demands, and the extras by name."""
    kernel = tuple(
        _system_file(file, file.name, fat.READ_ONLY | fat.HIDDEN | fat.SYSTEM) for file in system.kernel
    )
    shell = _system_file(system.shell, _name(system.shell), fat.ARCHIVE)
    extras = {
        _name(file): _system_file(file, f"{startup.FOLDER}\\{_name(file)}", fat.ARCHIVE)
        for file in system.extras.values()
    }
    return (*kernel, shell), MappingProxyType(extras)


def _name(file: SystemFile) -> str:
    return file.name.rpartition("\\")[2]


def _system_file(file: SystemFile, path: str, attributes: int) -> PlacedFile:
    return PlacedFile(path, file.data, attributes, file.origin, file.license, file.redistributable)


def place_payload(files: Iterable[PayloadFile]) -> tuple[PlacedFile | PayloadFile, ...]:
    """Place the files that are the same on every disk; those that variables may change stay as they are.

    Raises RecipeError for a target that DOS could not store.
    """
    return tuple(
        file if file.text or "{" in file.target else _user_file(file, file.target, file.data, file.sha256)
        for file in files
    )


def user_files(
    payload: Iterable[PlacedFile | PayloadFile], context: Mapping[str, Any], code_page: int
) -> Iterable[PlacedFile]:
    """Yield the user's files for one disk, what `place_payload` left filled in with the names of `context`.

    Raises RecipeError and TemplateError.
    """
    for file in payload:
        if isinstance(file, PlacedFile):
            yield file
            continue
        target = render.expand(file.target, context, file.where)
        if file.text:
            yield _user_file(file, target, _rendered(file, context, code_page), "")
        else:
            yield _user_file(file, target, file.data, file.sha256)


def _user_file(file: PayloadFile, target: str, data: bytes, digest: str) -> PlacedFile:
    path = target_path(file, target)
    attributes = fat.DIRECTORY if file.folder else fat.ARCHIVE
    return PlacedFile(path, data, attributes, file.origin, "unknown", None, file.where, digest)


def _rendered(file: PayloadFile, context: Mapping[str, Any], code_page: int) -> bytes:
    try:
        text = file.data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise RecipeError(
            f"{file.where}: {file.origin} is not UTF-8 at byte {error.start}",
            "save it as UTF-8, or leave text = true out: then it is copied as it is",
        ) from None
    return render.encode(file.origin, render.lines(file.origin, text, context), code_page, None)


def place_network(file: StackFile) -> PlacedFile:
    """Place a file of a network stack."""
    return PlacedFile(file.path, file.data, fat.ARCHIVE, file.origin, file.license, file.redistributable)


def distinct(files: tuple[PlacedFile, ...]) -> tuple[PlacedFile, ...]:
    """Refuse two files with one path, and a file where others need a folder; folders may be named twice."""
    seen: dict[str, PlacedFile] = {}
    for file in files:
        other = seen.setdefault(file.path, file)
        if other is not file and not other.attributes & file.attributes & fat.DIRECTORY:
            hint = "give one of them another target"
            if file.path in ("CONFIG.SYS", "AUTOEXEC.BAT") or other.origin.startswith("template "):
                hint = "to write this file yourself, name your template under [templates]"
            where = f"{file.where}: " if file.where else ""
            raise RecipeError(
                f"{where}two files have the target A:\\{file.path}: {other.origin} and {file.origin}", hint
            )
    for file in seen.values():
        above = file.path
        while above := above.rpartition("\\")[0]:
            other = seen.get(above, file)
            if not other.attributes & fat.DIRECTORY and other is not file:
                where = other.where or file.where
                raise RecipeError(
                    f"{f'{where}: ' if where else ''}A:\\{above} is a file ({other.origin}) and the folder of "
                    f"A:\\{file.path} ({file.origin}) at once",
                    "give one of them another target",
                )
    return tuple(seen.values())
