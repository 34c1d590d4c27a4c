"""The pinned catalogue of DOS systems that `dos fetch` knows how to get."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class Download:
    """An archive: its `file` below one of `bases` (tried in turn), and the boot disk `member` inside.

    `sha256` is the archive's, `member_sha256` the disk's (None where no publisher names it).
    """

    id: str
    title: str
    file: str
    sha256: str
    bases: tuple[str, ...]
    member: str
    member_sha256: str | None = None


_IBIBLIO = "https://www.ibiblio.org/pub/micro/pc-stuff/freedos/files/distributions"

# The sums are those of https://www.freedos.org/download/verify.txt, which other projects pin as well.
CATALOGUE: Mapping[str, Download] = MappingProxyType(
    {
        item.id: item
        for item in (
            Download(
                "freedos-1.4",
                "FreeDOS 1.4",
                "FD14-FloppyEdition.zip",
                "45b1fa7c52dd996c3bfa5e352ffcd410781b952a6ad629f15a4c9ec4bbaefc5a",
                (f"{_IBIBLIO}/1.4/", "https://download.freedos.org/1.4/"),
                "144m/x86BOOT.img",
                "552f7cbb0625960c050a3e682a4d2121cc2ffdfa9dc9d592ccd49edf179333dc",
            ),
            Download(
                "freedos-1.3",
                "FreeDOS 1.3",
                "FD13-FloppyEdition.zip",
                "75a4e11a7fce6f124e20927b3022b4b715a2a3f7324c5f5bfea42d90d80eb072",
                (f"{_IBIBLIO}/1.3/official/", "https://download.freedos.org/1.3/"),
                "144m/x86BOOT.img",
            ),
        )
    }
)
