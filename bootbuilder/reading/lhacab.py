"""Reads LHA archives and Windows cabinets, also those behind a program that would unpack them.

Owns libarchive (its only user), and finding an archive behind a self-extractor. Everything is unpacked into memory at
once, with limits: the archives that this is for held what fits on floppies.
"""

from __future__ import annotations

import re
from typing import Literal

from bootbuilder.errors import ImageError
from bootbuilder.reading.archives import FREE_TOTAL, MAX_MEMBERS, safe_path

Format = Literal["lha", "cab"]

_TITLES = {"lha": "LHA archive", "cab": "cabinet"}
# LHA: the method stands behind the header's size and checksum; what follows are two sizes and the DOS date.
_LHA = re.compile(rb"-(?:lh[0-7]|lz[45s])-")
_CAB = re.compile(rb"MSCF\0\0\0\0")
_ARJ = re.compile(rb"\x60\xea.[\0-\x0a][\x1e-\x30][\1-\x0c]", re.DOTALL)
_NO_LIBRARY = (ImportError, OSError, AttributeError, TypeError)  # what ctypes raises without it
_STUB = 256 << 10  # bytes: a self-extractor's program is much shorter


def found_in(data: bytes) -> tuple[Format, int] | None:
    """Return the format of the archive that `data` is, or has behind a program, and where it begins."""
    program = data.startswith(b"MZ")
    searched: tuple[tuple[Format, re.Pattern[bytes], int], ...] = (("cab", _CAB, 0), ("lha", _LHA, 2))
    for form, pattern, back in searched:
        for match in pattern.finditer(data[: _STUB if program else 8]):
            start = match.start() - back
            if start == 0 or (program and start > 0 and _begins(form, data[start:])):
                return form, start
    return None


def is_arj(data: bytes) -> bool:
    """Return whether this is an ARJ archive, or a program with one behind it; ARJ is not read."""
    return bool(_ARJ.match(data) or (data.startswith(b"MZ") and _ARJ.search(data, 0, _STUB)))


def unpack(data: bytes, name: str, form: Format) -> list[tuple[str, bytes]]:
    """Return (path with `/`, bytes) of each file of an archive; `name` is what messages call it.

    Raises ImageError for an archive that is damaged, tries to trick its reader, or is larger than it may be.
    """
    try:
        import logging  # it takes as long as the rest of this module, and few archives are opened

        import libarchive
    except _NO_LIBRARY:
        raise ImageError(
            f"{name} is a {_TITLES[form]}, and reading it needs the library libarchive, which is not here",
            "install it (apt install libarchive13, brew install libarchive), or unpack the archive yourself",
        ) from None
    logging.getLogger("libarchive").setLevel(logging.ERROR)
    files: list[tuple[str, bytes]] = []
    total = 0
    try:
        with libarchive.memory_reader(data, form, header_codec="cp437") as archive:
            for entry in archive:
                if entry.isdir:
                    continue
                path = safe_path(name, _text(entry.pathname), link=entry.islnk or entry.issym)
                content = bytearray()
                for block in entry.get_blocks():
                    content += block
                    total += len(block)
                    if total > FREE_TOTAL:
                        raise ImageError(
                            f"{name} unpacks to more than {FREE_TOTAL >> 20} MiB: refused, as it may be a bomb",
                            "unpack it yourself and give the image or folder that you need",
                        )
                # A wrong checksum is only a warning there, and the text of the last one stays.
                warning = libarchive.ffi.error_string(archive._pointer) or b""
                if b"CRC" in warning:
                    raise ImageError(
                        f"{name}: the {_TITLES[form]} is damaged: {path} has another checksum than it should",
                        "copy or download it again",
                    )
                files.append((path, bytes(content)))
                if len(files) > MAX_MEMBERS:
                    raise ImageError(f"{name} has more than {MAX_MEMBERS:,} members", "unpack it yourself")
    except libarchive.exception.ArchiveError as error:
        raise ImageError(
            f"{name}: the {_TITLES[form]} is damaged ({error.msg})", "copy or download it again"
        ) from None
    if not files:
        raise ImageError(f"{name}: the {_TITLES[form]} is damaged: no file is in it", "copy it again")
    return files


def _text(path: str | bytes | None) -> str:
    return path.decode("cp437") if isinstance(path, bytes) else path or ""


def _begins(form: str, data: bytes) -> bool:
    """Return whether an archive's first file can be read there: its mark alone may stand in any program."""
    try:
        import libarchive
    except _NO_LIBRARY:
        return True  # `unpack` then says what is missing
    try:
        with libarchive.memory_reader(data, form) as archive:
            return next(iter(archive), None) is not None
    except libarchive.exception.ArchiveError:
        return False
