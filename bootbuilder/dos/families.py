"""Tells DOS families apart by their system files, and says how each of them is booted.

Owns the names of kernels, the marks that their bytes carry, and the boot protocols. Pure: bytes in, an
`Identification` with its reasons out. Path names of sources play no part in it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from bootbuilder.dos.provenance import is_freecom, is_freedos_kernel
from bootbuilder.dos.system import BootProtocol, Family, Identification

PAIRS = (
    ("IO.SYS", "MSDOS.SYS"),
    ("IBMBIO.COM", "IBMDOS.COM"),
    ("IBMBIO.COM", "MSDOS.COM"),  # Compaq 2.01 and later (Microsoft Q63906, as the next three)
    ("IOSYS.COM", "MSDOS.COM"),  # Compaq 1.1
    ("MIO.SYS", "MSDOS.SYS"),  # Sperry 3.2
    ("BIOS.SYS", "MSDOS.SYS"),  # Wang 2.11
    ("DRBIO.SYS", "DRDOS.SYS"),  # Enhanced DR-DOS
    ("DRBIOS.SYS", "DRBDOS.SYS"),  # DR-DOS before 5
)
SINGLE = ("BBDOS.SYS", "KERNEL.SYS", "KERNL386.SYS", "KERNL86.SYS", "IO.SYS")
SHELLS = ("COMMAND.COM", "FREECOM.COM", "4DOS.COM")
KERNEL_NAMES = frozenset((*SINGLE, *(name for pair in PAIRS for name in pair)))

SMALL_BIOS = 26 * 1024  # bytes; an IO.SYS below that is from before DOS 4 and is loaded whole

_MS_VERSION = re.compile(rb"MS[- ]DOS(?:\(R\))? +[Vv]ersion (\d\d?(?:\.\d+)?)")
_MS_MARKS = (b"Microsoft", b"MS-DOS", b"MS DOS")
_IBM_MARKS = (
    b"IBM DOS",
    b"PC DOS",
    b"PC-DOS",
    b"IBM Personal Computer DOS",
    b"International Business Machines",
)
_IBM_VERSION = re.compile(
    rb"(?:IBM DOS|PC[- ]DOS|Personal Computer DOS) +[Vv]ersion (\d\d?(?:\.\d+)?)"
    rb"|Version (\d\d?\.\d+) \(C\)Copyright (?:IBM|International Business Machines)"
)
_DR_MARKS = (
    b"DR-DOS",
    b"DR DOS",
    b"DR-OpenDOS",
    b"OpenDOS",
    b"Novell DOS",
    b"Caldera",
    b"Digital Research",
    b"DIGITAL RESEARCH",
)
_DR_VERSION = re.compile(rb"(?:DR[- ]DOS|OpenDOS|Novell DOS)(?: +(?:[Vv]ersion|[Rr]elease))? +(\d\d?\.\d+)")
_EDR_VERSION = re.compile(rb"Enhanced DR-DOS kernel +([0-9A-Za-z][0-9A-Za-z.-]{0,19})")
_WINDOWS = (  # a text in IO.SYS or COMMAND.COM, what it is called, which DOS version it reports
    (b"Windows Millennium", "Windows Me", "8.0"),
    (b"Windows 98", "Windows 98", "7.1"),
    (b"Windows 95", "Windows 95", None),
)


@dataclass(frozen=True, slots=True)
class _Found:
    family: Family
    title: str
    version: str | None
    why: tuple[str, ...]
    protocol: BootProtocol
    sources: tuple[str, ...]


_Doubts = list[str]


def identify(files: Mapping[str, bytes], boot_sector: bytes | None) -> Identification:
    """Return which DOS these files are, from their bytes.

    `files` maps upper-case 8.3 names of one folder (of a disk: the root) to content; names that no DOS uses for
    its system are ignored. `boot_sector` decides between two kernels on one disk. The family is UNKNOWN, with
    reasons, when the files do not say it or say two things.
    """
    doubts: _Doubts = []
    shell = next((name for name in SHELLS if files.get(name)), None)
    shell_data = files[shell] if shell else b""
    found = [one for one in _candidates(files, shell_data, doubts) if one]
    chosen_by = ""
    if len(found) > 1 and boot_sector is not None:
        named = [one for one in found if _on_disk_name(one.sources[0]) in boot_sector]
        if len(named) == 1:
            chosen_by = f"of the kernels on the disk, the boot sector loads {named[0].sources[0]}"
            found = named
    if len(found) > 1:
        both = " and ".join(f"{one.title} ({one.sources[0]})" for one in found)
        return _unknown(f"there are the kernels of {both}, and nothing says which one is meant")
    if not found:
        return _unknown(*(doubts or [_nothing(files)]))
    one = found[0]
    how = [*one.why, *([chosen_by] if chosen_by else [])]
    if is_freecom(shell_data):
        how.append(f"{shell} is FreeCOM: it carries FreeCOM's string table")
    return Identification(one.family, one.title, one.version, tuple(how), one.protocol, one.sources, shell)


def _unknown(*how: str) -> Identification:
    return Identification(Family.UNKNOWN, "unknown", None, how)


def _nothing(files: Mapping[str, bytes]) -> str:
    present = sorted(files)
    listed = ", ".join(present[:12]) + (", ..." if len(present) > 12 else "")
    return (
        f"no kernel of a DOS that I know; there is {listed}" if present else "no kernel of a DOS that I know"
    )


def _on_disk_name(name: str) -> bytes:
    base, _, extension = name.partition(".")
    return f"{base:<8}{extension:<3}".encode("ascii")


def _candidates(files: Mapping[str, bytes], shell: bytes, doubts: _Doubts) -> list[_Found | None]:
    found: list[_Found | None] = []
    if files.get("BBDOS.SYS"):
        found.append(_bbdos(files["BBDOS.SYS"], doubts))
    for name in ("KERNEL.SYS", "KERNL386.SYS", "KERNL86.SYS"):
        if files.get(name):
            found.append(_kernel_sys(name, files[name], doubts))
            break
    if files.get("IO.SYS", b"")[:2] == b"MZ":
        found.append(_windows(files, shell, doubts))
        return found
    for pair in PAIRS:
        bios, dos = (files.get(name) for name in pair)
        if bios and dos:
            found.append(_pair(pair, bios, dos, shell, doubts))
    if not any(files.get(a) and files.get(b) for a, b in PAIRS):
        doubts += _halves(files)
    return found


def _halves(files: Mapping[str, bytes]) -> list[str]:
    halves: dict[str, list[str]] = {}
    for bios, dos in PAIRS:
        if files.get(bios):
            halves.setdefault(bios, []).append(dos)
        if files.get(dos):
            halves.setdefault(dos, []).append(bios)
    return [f"{one} is there, its other half {' or '.join(others)} is not" for one, others in halves.items()]


def _bbdos(data: bytes, doubts: _Doubts) -> _Found | None:
    if b"bbdos\0" not in data[:32]:
        doubts.append("BBDOS.SYS does not carry bbdos's name at its beginning")
        return None
    why = ("BBDOS.SYS carries bbdos's name at its beginning",)
    return _Found(Family.BBDOS, "bbdos", None, why, _freedos_protocol("BBDOS.SYS"), ("BBDOS.SYS",))


def _freedos_protocol(*kernel: str, segment: int = 0x60) -> BootProtocol:
    return BootProtocol("freedos", kernel, segment)


def _kernel_sys(name: str, data: bytes, doubts: _Doubts) -> _Found | None:
    protocol, sources = _freedos_protocol("KERNEL.SYS"), (name,)
    renamed = (
        (f"{name} is that kernel before its installation as KERNEL.SYS",) if name != "KERNEL.SYS" else ()
    )
    if is_freedos_kernel(data):
        version = None
        if data[2:8] == b"CONFIG":
            why = f"{name} begins with the CONFIG block of a FreeDOS kernel"
            size = int.from_bytes(data[8:10], "little")
            # Kernels from 2042 on have OEM id FDh, major and revision in the block (kconfig.h).
            if size >= 12 and data[0x10] == 0xFD:
                version = str(data[0x11] * 1000 + int.from_bytes(data[0x12:0x14], "little"))
                why += f", which says {version}"
        else:
            why = f"{name} names FreeDOS and its author"
        title = f"FreeDOS (kernel {version})" if version else "FreeDOS"
        return _Found(Family.FREEDOS, title, version, (why, *renamed), protocol, sources)
    if data[:1] == b"\xe9" and data[6:22] == b"COMPAQCompatible":
        version = _version(_EDR_VERSION, data)
        why = f"{name} begins like the BIOS part of DR-DOS, and is a single file"
        return _Found(Family.EDRDOS, _titled("Enhanced DR-DOS", version), version, (why,), protocol, sources)
    doubts.append(
        f"{name} has neither the CONFIG block of a FreeDOS kernel nor the beginning of Enhanced DR-DOS's"
    )
    return None


def _titled(name: str, version: str | None) -> str:
    return f"{name} {version}" if version else name


def _version(pattern: re.Pattern[bytes], *sources: bytes) -> str | None:
    """Return the first version that a source says, made precise by a later source with the same major number."""
    versions: list[str] = []
    for data in sources:
        for match in pattern.finditer(data):
            versions.append(next(group for group in match.groups() if group).decode("ascii"))
    if not versions:
        return None
    major = versions[0].partition(".")[0]
    return max((v for v in versions if v.partition(".")[0] == major), key=lambda v: ("." in v, len(v)))


def _windows(files: Mapping[str, bytes], shell: bytes, doubts: _Doubts) -> _Found | None:
    data = files["IO.SYS"]
    if len(data) < 4 * 512:
        doubts.append("IO.SYS begins with MZ as that of Windows 95 to Me, but is too short to be it")
        return None
    why = ["IO.SYS begins with MZ: the single-file kernel of MS-DOS 7 and 8"]
    if data[0x200:0x202] == b"BJ":
        why.append("its loader is at 200h, marked BJ")
    kernel = ("IO.SYS", "MSDOS.SYS") if "MSDOS.SYS" in files else ("IO.SYS",)
    version, name = _version(_MS_VERSION, data), "MS-DOS 7 or 8"
    for mark, windows, reported in _WINDOWS:
        if mark in data or mark in shell:
            why.append(f"{'IO.SYS' if mark in data else 'COMMAND.COM'} says {mark.decode()}")
            version, name = reported or version or "7", f"MS-DOS {reported or version or '7'} ({windows})"
            break
    else:
        name = f"MS-DOS {version}" if version else name
    protocol = BootProtocol(
        "msdos7", kernel, 0x70, whole_file=False, load_sectors=4, entry_offset=0x200
    )  # fmt: skip
    return _Found(Family.MSDOS7, name, version, tuple(why), protocol, kernel)


def _pair(pair: tuple[str, str], bios: bytes, dos: bytes, shell: bytes, doubts: _Doubts) -> _Found | None:
    both = bios + b"\n" + dos

    def mark(marks: tuple[bytes, ...], data: bytes) -> str | None:
        return next((m.decode("ascii") for m in marks if m in data), None)

    said = mark(_DR_MARKS, both)
    if said:
        return _dr(pair, both, shell, said)
    if pair[0].startswith("DRB"):
        doubts.append(f"{pair[0]} and {pair[1]} carry none of the names of DR-DOS")
        return None
    microsoft = mark(_MS_MARKS, both)
    said, where = mark(_IBM_MARKS, both), "the kernel"
    if said and _MS_VERSION.search(both) and pair[0] != "IBMBIO.COM":
        said = None  # Microsoft's kernel, which only mentions IBM
    if not said and not microsoft and mark(_IBM_MARKS, shell):
        said, where = mark(_IBM_MARKS, shell), "COMMAND.COM"
    if said or microsoft:
        family, name, pattern = (
            (Family.PCDOS, "PC-DOS", _IBM_VERSION) if said else (Family.MSDOS, "MS-DOS", _MS_VERSION)
        )
        version = _version(pattern, dos, bios, shell)
        header = _header_version(dos)
        if header and (version is None or header.partition(".")[0] == version.partition(".")[0]):
            version = header
        why = f"{where} says {said or microsoft!r}" + (f", and is of version {version}" if version else "")
        return _Found(family, _titled(name, version), version, (why,), _iosys(pair, bios, version), pair)
    missing = "" if shell else ", and there is no COMMAND.COM that could say it"
    doubts.append(f"{pair[0]} and {pair[1]} carry the name of no maker of DOS{missing}")
    return None


def _header_version(dos: bytes) -> str | None:
    """Return the version that MSDOS.SYS 5 and 6 have at its beginning.

    A jump, a pointer into segment 70h, then major and minor number in bytes 9 and 10 (seen in 5.0 and 6.20).
    """
    if len(dos) < 11 or dos[0] != 0xE9 or dos[5:9] != b"\x70\0\0\0":
        return None
    major, minor = dos[9], dos[10]
    return f"{major}.{minor:02}" if major in (5, 6) and minor < 100 else None


def _dr(pair: tuple[str, str], both: bytes, shell: bytes, said: str) -> _Found:
    why = f"the kernel says {said!r}"
    if pair == ("DRBIO.SYS", "DRDOS.SYS"):
        version = _version(_EDR_VERSION, both) or _version(_DR_VERSION, both, shell)
        title = _titled("Enhanced DR-DOS", version)
        return _Found(Family.EDRDOS, title, version, (why,), _freedos_protocol(*pair, segment=0x70), pair)
    version = _version(_DR_VERSION, both, shell)
    protocol = BootProtocol("iosys", pair, 0x70, first_in_root=True, contiguous=True)
    return _Found(Family.DRDOS, _titled("DR-DOS", version), version, (why,), protocol, pair)


def _iosys(pair: tuple[str, str], bios: bytes, version: str | None) -> BootProtocol:
    # Up to 3.3 the boot sector loads the whole first file; from 4 on its first three sectors are a loader. The
    # multitasking MS-DOS 4.00 descends from 3: its size gives it away.
    old = len(bios) <= SMALL_BIOS or (version is not None and int(version.partition(".")[0]) < 4)
    if old:
        return BootProtocol("iosys", pair, 0x70, first_in_root=True, contiguous=True)
    return BootProtocol("iosys", pair, 0x70, first_in_root=True, whole_file=False, load_sectors=4)
