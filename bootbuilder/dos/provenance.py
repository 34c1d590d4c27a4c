"""What a DOS file itself proves about its licence: its text, or its SHA-256 where somebody published it.

Owns the few facts and the rule that nothing is guessed: a file that says nothing is `unknown`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple


class Licence(NamedTuple):
    """An SPDX expression, `proprietary` or `unknown`; and whether the file may be passed on (None: not known)."""

    name: str
    redistributable: bool | None


UNKNOWN = Licence("unknown", None)
PROPRIETARY = Licence("proprietary", False)
MIT = Licence("MIT", True)
GPL2_OR_LATER = Licence("GPL-2.0-or-later", True)

# Files whose publisher gave them a licence that their bytes do not show.
_PUBLISHED: Mapping[str, Licence] = {
    # github.com/microsoft/MS-DOS, LICENSE: v2.0/bin and v4.0-ozzie/bin
    "1edf5190671ed4edcc9e6cc095e5094749c58f1833a2e26e40ba7d3389e276d1": MIT,  # MSDOS.SYS 2.00
    "4cc71b3692b894eef9a7c8b3ac0fc63a71bdfa08175089562fdc4c7c5b038e8a": MIT,  # COMMAND.COM 2.00
    "436e064a5ee71fcdce4c20a8bb149bce3d74599b4fc6e1db8340bfab5048c645": MIT,  # IBMBIO.COM 4.00 (multitasking)
    "8ca16d6b1db51eb6d5038033c4f3c56108e811bbdd4c12120e0d90ac07899c5f": MIT,  # IBMDOS.COM 4.00 (multitasking)
    "e5fe713257ba067ca0820153a2a16f9d435990259c145f4d3c01d82f11f53ee7": MIT,  # COMMAND.COM 4.00 (multitasking)
    # FreeDOS 1.4: kernel and FreeCOM
    "932c0c155701eddb7b902f7269a1b2ce31f5c82a6dc195172f2336d18a74e1fb": GPL2_OR_LATER,  # KERNL386.SYS
    "f34a7483c575fcf2709d9a7d0bc3db81c6211c279530f9e1bf78576b9233924d": GPL2_OR_LATER,  # KERNL86.SYS
    "077808379e896476f7f69d62e6c8989d8fc23e8ef58d1c8492db1ac106784107": GPL2_OR_LATER,  # COMMAND.COM
}

_SPACE = re.compile(rb"[\s\0]+")
_GPL2_LATER = re.compile(
    rb"General Public License.{0,160}version 2 of the License,? or.{0,24}any later version", re.I
)
_OWNERS = (
    rb"Microsoft|IBM|International Business Machines|Digital Research|DIGITAL RESEARCH|Novell|Caldera|"
    rb"Lineo|DRDOS|DeviceLogics|Symantec|Central Point|Quarterdeck"
)
_COPYRIGHT = re.compile(rb"(?:Copyright|\(C\)|\(c\)).{0,40}?\b(?:" + _OWNERS + rb")\b")
_OWNER_FIRST = re.compile(rb"\b(?:" + _OWNERS + rb")\b.{0,24}?(?:Copyright|\(C\)|All rights reserved)", re.I)


def licence_of(data: bytes, digest: str) -> Licence:
    """Return what the bytes, whose SHA-256 is `digest`, prove about their licence."""
    if digest in _PUBLISHED:
        return _PUBLISHED[digest]
    if is_freedos_kernel(data) or is_freecom(data):
        return GPL2_OR_LATER
    text = _SPACE.sub(b" ", data)
    if _GPL2_LATER.search(text):
        return GPL2_OR_LATER
    if b"Enhanced DR-DOS" in text or b"Udo Kuhnt" in text:
        return UNKNOWN  # Caldera's copyright, but its source and terms are published: not for us to judge
    if _COPYRIGHT.search(text) or _OWNER_FIRST.search(text):
        return PROPRIETARY
    return UNKNOWN


def is_freedos_kernel(data: bytes) -> bool:
    """Return whether this is a FreeDOS kernel: a short jump over its CONFIG block, or the names of its author.

    The block survives the compression of released kernels (FreeDOS kernel/kernel.asm, kconfig.h).
    """
    if data[:1] == b"\xeb" and data[2:8] == b"CONFIG":
        return 6 <= int.from_bytes(data[8:10], "little") <= 64
    return b"FreeDOS" in data and (b"Villani" in data or b"DOS-C" in data)


def is_freecom(data: bytes) -> bool:
    """Return whether this is FreeCOM, the shell of FreeDOS, in any of its languages."""
    return b"FREECOM FreeDOS STRINGS" in data or (b"FreeCom version" in data and b"FreeDOS" in data)
