"""What CONFIG.SYS and AUTOEXEC.BAT may and must say for a DOS: a table of facts for each family.

Owns the dialects, the choice of memory managers, and keyboard and code page set-up. Pure: a DosSystem and
the recipe's wishes in, lines and the names of the files that they need out.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from bootbuilder.dos import DosSystem, Family
from bootbuilder.errors import RecipeError
from bootbuilder.render import Limits

# Longest lines. FreeDOS: kernel/config.c reads into 256 bytes, FreeCOM into 256; MS-DOS: 128 with the CR
# (Microsoft Q58645); DR-DOS: 256. FreeDOS and MS-DOS hold the SHELL path in 67 bytes.
_CONFIG_LINE = {Family.FREEDOS: 252, Family.BBDOS: 252, Family.EDRDOS: 252, Family.DRDOS: 252}
_BATCH_LINE = 127
SHELL_LINE = 66

FOLDER = "DOS"  # where drivers and tools of the system lie on the image


@dataclass(frozen=True, slots=True)
class Dialect:
    """What one DOS understands. `config` and `batch` limit lines; the flags say which words it knows."""

    title: str
    config: Limits
    batch: Limits
    lastdrive: bool  # LASTDRIVE: DOS 3.0
    at_sign: bool  # @ECHO OFF: DOS 3.3
    environment: bool  # SHELL … /E in bytes: DOS 3.2
    high: bool  # DOS=HIGH,UMB and DEVICEHIGH: DOS 5.0


def version_of(system: DosSystem) -> tuple[int, int]:
    """Return (major, minor); MS-DOS of unknown version counts as 3.30, what every later one understands."""
    parts = (system.version or "").split(".")
    if not parts[0].isdecimal():
        return (3, 30)
    minor = "".join(character for character in parts[1] if character.isdecimal()) if len(parts) > 1 else ""
    return int(parts[0]), int(minor.ljust(2, "0")[:2] or 0)


def dialect(system: DosSystem) -> Dialect:
    """Return the dialect of a DOS."""
    modern = system.family not in (Family.MSDOS, Family.PCDOS)
    version = (7, 0) if modern else version_of(system)
    title = system.title
    return Dialect(
        title=title,
        config=Limits(_CONFIG_LINE.get(system.family, 127), title),
        batch=Limits(_BATCH_LINE, title),
        lastdrive=version >= (3, 0),
        at_sign=version >= (3, 30),
        environment=version >= (3, 20),
        high=version >= (5, 0),
    )


# The version of MS-DOS and PC-DOS that brought each floppy (Microsoft, FORMAT and DRIVPARM of each version).
_FLOPPY_SINCE = {
    "160K": (1, 0), "320K": (1, 10), "180K": (2, 0), "360K": (2, 0), "1.2M": (3, 0), "720K": (3, 20),
    "1.44M": (3, 30), "1.68M": (3, 30), "2.88M": (5, 0),
}  # fmt: skip


def doubt_about(system: DosSystem, geometry: str) -> str | None:
    """Return why this DOS may not read a floppy of that geometry, None when there is no doubt."""
    since = _FLOPPY_SINCE[geometry]
    if system.family not in (Family.MSDOS, Family.PCDOS) or version_of(system) >= since:
        return None
    known = [name for name, version in _FLOPPY_SINCE.items() if version_of(system) >= version]
    return (
        f"{system.title} came before {geometry} floppies (DOS {since[0]}.{since[1]:02}) and may not boot from one; "
        f"it knows {', '.join(known)}"
    )


@dataclass(frozen=True, slots=True)
class Setup:
    """Lines for CONFIG.SYS (`config`, `dos`) and AUTOEXEC.BAT (`batch`), and the files that they name."""

    config: tuple[str, ...] = ()
    batch: tuple[str, ...] = ()
    files: tuple[str, ...] = ()


_XMS = ("HIMEMX.EXE", "HIMEMX2.EXE", "XMGR.SYS", "HIMEM.SYS", "HIMEM.EXE", "FDXMS.SYS", "FDXMS286.SYS")
_UMB = ("JEMM386.EXE", "EMM386.EXE")
_XMS_AND_UMB = "JEMMEX.EXE"


def memory(
    system: DosSystem, profile: str, available: Mapping[str, str], where: str, excluded: Iterable[str] = ()
) -> Setup:
    """Return the memory managers for `profile` (none, xms, xms-umb), chosen from `available`: name -> full path.

    `excluded` are windows such as D000-D3FF that upper memory must leave alone.

    Raises RecipeError, which begins with `where`, when the system has none that would do.
    """
    if profile == "none":
        return Setup()
    can = dialect(system)
    if not can.high:
        raise RecipeError(
            f"{where}: {can.title} cannot use {profile}: DOS=HIGH came with DOS 5.0",
            'use memory = "none", or a later DOS',
        )
    xms = next((name for name in _XMS if name in available), None)
    if profile == "xms":
        managers = [xms] if xms else [_XMS_AND_UMB] if _XMS_AND_UMB in available else []
    else:
        umb = next((name for name in _UMB if name in available), None)
        managers = [xms, umb] if xms and umb else [_XMS_AND_UMB] if _XMS_AND_UMB in available else []
    if not managers:
        wanted = (
            " or ".join(_XMS) if profile == "xms" else f"an XMS driver and {' or '.join(_UMB)}, or JEMMEX.EXE"
        )
        raise RecipeError(
            f"{where}: {profile!r} needs {wanted}; {system.id} has none of them",
            r"import a DOS that has them, or put one on the image with [[files]] (target = 'A:\DOS\HIMEMX.EXE')",
        )
    kept_out = "".join(f" X={window}" for window in excluded) if profile == "xms-umb" else ""
    lines = [
        f"DEVICE={available[name]}{_arguments(system, name, profile)}"
        + (kept_out if name in (*_UMB, _XMS_AND_UMB) else "")
        for name in managers
        if name
    ]
    lines.append("DOS=HIGH,UMB" if profile == "xms-umb" else "DOS=HIGH")
    return Setup(config=tuple(lines), files=tuple(name for name in managers if name))


def _arguments(system: DosSystem, name: str, profile: str) -> str:
    if name == "HIMEM.SYS" and system.family in (Family.MSDOS, Family.PCDOS, Family.MSDOS7):
        # The test came with MS-DOS 6; on gigabytes of memory it takes minutes.
        return " /TESTMEM:OFF" if version_of(system) >= (6, 0) else ""
    if name in ("JEMM386.EXE", "EMM386.EXE"):
        return " NOEMS"  # 64 KB more of upper memory; nothing here asks for expanded memory
    if name == _XMS_AND_UMB:
        return " NOEMS" if profile == "xms-umb" else " NOEMS X=C000-FFFF"
    return ""


# Codes that people write -> the code that KEYB knows (MS-DOS 6 and FreeDOS keyboard tables).
_KEYB = {
    "be": "BE", "br": "BR", "ca": "CF", "cf": "CF", "cz": "CZ", "de": "GR", "dk": "DK", "es": "SP", "fi": "SU",
    "fr": "FR", "gb": "UK", "gr": "GR", "hu": "HU", "it": "IT", "la": "LA", "nl": "NL", "no": "NO", "pl": "PL",
    "pt": "PO", "ru": "RU", "se": "SV", "sf": "SF", "sg": "SG", "uk": "UK",
}  # fmt: skip


def keyboard(
    system: DosSystem, layout: str, code_page: int, available: Mapping[str, str], where: str
) -> Setup:
    """Return what loads a keyboard layout, from `available` (name -> full path); nothing for `us`, which every
    BIOS has. Raises RecipeError."""
    if layout == "us":
        return Setup()
    program = next((name for name in ("KEYB.COM", "KEYB.EXE") if name in available), None)
    table = next((name for name in ("KEYBOARD.SYS", "KEYBRD2.SYS") if name in available), None)
    if program is None or table is None:
        missing = " and ".join(
            n for n, found in (("KEYB.COM", program), ("KEYBOARD.SYS", table)) if not found
        )
        raise RecipeError(
            f'{where}: layout "{layout}" needs {missing}; {system.id} has none',
            r'use keyboard = "us", or put the files on the image with [[files]] (target = '
            r"'A:\DOS\KEYB.COM')",
        )
    code = _KEYB.get(layout, layout.upper())
    return Setup(
        batch=(f"{available[program]} {code},{code_page},{available[table]}",), files=(program, table)
    )
