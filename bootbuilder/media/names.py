"""Names that DOS can store: 8.3 paths and volume labels."""

from __future__ import annotations

import re

from bootbuilder.errors import BadDosName

_NAME = re.compile(r"[A-Z0-9!#$%&'()\-@^_`{}~]{1,8}(\.[A-Z0-9!#$%&'()\-@^_`{}~]{1,3})?")
_DEVICE = re.compile(r"(CON|PRN|AUX|NUL|CLOCK\$|COM[1-9]|LPT[1-9])(\..*)?")
_LABEL_CHARACTER = r"[A-Z0-9!#$%&'()\-@^_`{}~]"
LABEL = f"({_LABEL_CHARACTER}({_LABEL_CHARACTER[:-1]} ]{{0,9}}{_LABEL_CHARACTER})?)?"
"""What a volume label can be, as a regular expression; empty for none."""
LABEL_MEANING = "up to 11 characters of A-Z 0-9 space ! # $ % & ' ( ) - @ ^ _ ` { } ~, upper case"
_INSTEAD = {"CON": "CONSOLE", "PRN": "PRINTER", "AUX": "AUXPORT", "NUL": "NULL", "CLOCK$": "CLOCK"}
_LONGEST_FOLDER = 63  # characters of a path that DOS's current directory structure holds, drive letter apart


def dos_path(text: str) -> str:
    """Return `text` as the path of a file on the boot disk: upper case, `\\`, neither drive nor root.

    Takes `A:\\TOOLS\\X.EXE`, `tools/x.exe` and the like. Raises BadDosName, which names the part that
    DOS could not store: not 8.3, a character outside the DOS set, a device name, `..`, another drive, too deep.
    """
    path = text.replace("/", "\\")
    if len(path) > 1 and path[1] == ":":
        if path[0].upper() != "A":
            raise BadDosName(
                f"{text!r} is on drive {path[0]}:, the image is drive A:",
                "write a path on A:, or leave the drive out",
            )
        path = path[2:]
    parts = path.upper().strip("\\").split("\\")
    for part in parts:
        _check_part(text, part)
    folder = "\\".join(parts[:-1])
    if len(folder) > _LONGEST_FOLDER:
        raise BadDosName(
            f"{text!r} lies {len(folder)} characters deep, DOS takes {_LONGEST_FOLDER}",
            "use fewer or shorter folder names",
        )
    return "\\".join(parts)


def _check_part(text: str, part: str) -> None:
    if part in ("", ".", ".."):
        raise BadDosName(
            f"{text!r} has an empty, '.' or '..' part",
            r"write the full path from the root of the disk, e.g. A:\TOOLS\X.EXE",
        )
    if device := _DEVICE.fullmatch(part):
        stem, extension = device[1], device[2] or ""
        number = {"COM": "SERIAL", "LPT": "PRINTER"}.get(stem[:3], "") + stem[3:]
        raise BadDosName(
            f"{text!r}: {part} is the name of a DOS device, with any extension",
            f"choose another name, e.g. {short_name(_INSTEAD.get(stem, number) + extension)}",
        )
    if not _NAME.fullmatch(part):
        raise BadDosName(
            f"{text!r}: {part} is not an 8.3 name",
            f"up to 8 characters, a dot, up to 3, of A-Z 0-9 ! # $ % & ' ( ) - @ ^ _ ` {{ }} ~; "
            f"e.g. {short_name(part)}",
        )


def short_name(name: str) -> str:
    """Return a valid 8.3 name close to `name`, for hints."""
    stem, _, extension = name.upper().rpartition(".") if "." in name else (name.upper(), "", "")
    clean = [re.sub(r"[^A-Z0-9!#$%&'()\-@^_`{}~]", "", part) for part in (stem, extension)]
    stem = clean[0] or "FILE"
    stem = stem[:6] + "~1" if len(stem) > 8 else stem
    return stem + ("." + clean[1][:3] if clean[1] else "")


def packed_name(name: str) -> bytes:
    """Return the 11 bytes that a directory entry holds for the 8.3 `name`."""
    stem, _, extension = name.partition(".")
    return stem.ljust(8).encode("ascii") + extension.ljust(3).encode("ascii")


def check_label(label: str) -> None:
    """Raise BadDosName unless `label` can be a volume label."""
    if not re.fullmatch(LABEL, label):
        raise BadDosName(f"{label!r} cannot be a volume label", LABEL_MEANING)
