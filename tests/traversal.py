"""Spellings with which clients have tried to leave a file server's folder, and to reach a file beside it."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

SECRET = "secret.txt"
"""A file beside the served folder `root`; its content must never be seen."""

_UPS = (
    "..",
    "...",
    "....",
    ". .",
    "..;",
    "..%00",
    "%2e%2e",
    "%2e.",
    "%252e%252e",
    "..%c0%af",
    "\uff0e\uff0e",
    ".%00.",
)
_SLASHES = (
    "/",
    "\\",
    "//",
    "\\\\",
    "/./",
    "%2f",
    "%5c",
    "%252f",
    "%c0%af",
    "%c1%9c",
    "\u2215",
    "\uff0f",
    "/\\",
)
_STARTS = ("", "/", "\\", "sub/", "sub\\", "./", "good/", "//", "C:", "C:\\", "file:///", "sub/../")


def spellings(absolute: str) -> Iterator[str]:
    """Yield more than 500 names; `absolute` is the secret file's whole path."""
    for start, up, slash in itertools.product(_STARTS, _UPS, _SLASHES):
        yield f"{start}{up}{slash}{SECRET}"
        yield f"{start}{(up + slash) * 3}{SECRET}"
    for prefix in ("", "/", "//", "\\", "file://", "C:", "\\\\?\\", "\\\\.\\", "~", "sub/..", "root/.."):
        yield prefix + absolute
        yield prefix + absolute.replace("/", "\\")
        yield prefix + absolute.upper()
    for odd in (
        "good\0",
        "good\0/../",
        "\0",
        "good%00",
        "good::$DATA",
        "CON",
        "AUX",
        "good\n",
        "good/",
        "good/.",
        ".",
        "",
    ):
        yield odd + "../" + SECRET
        yield f"../{odd}/../{SECRET}"
    for link in (
        "link",
        "linked/" + SECRET,
        "LINK",
        "sub/../link",
        "./link",
        "link/",
        "root/link",
        "../root/link",
    ):
        yield link
        yield link.replace("/", "\\")
    for name in (
        SECRET,
        f"../root/../{SECRET}",
        f"../root-private/{SECRET}",
        f"-private/{SECRET}",
        f".hidden/{SECRET}",
    ):
        yield name
        yield name.upper()
        yield name.replace("/", "\\")
