"""Finds boards: by a text, a PCI id, the output of lspci, a list of PnP ids. Answers are ranked, the best first."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from bootbuilder.errors import CatalogueError
from bootbuilder.nics.catalogue import Catalogue
from bootbuilder.nics.models import Adapter

_PCI = re.compile(r"(?:pci:)?([0-9a-f]{4}:[0-9a-f]{4}(?::[0-9a-f]{4}:[0-9a-f]{4})?)")
_PNP = re.compile(r"\*?([A-Z@]{3}[0-9A-F]{4})")


@dataclass(frozen=True, slots=True)
class Match:
    """A board that was found, and by what: `why` is for users, such as `PCI id 8086:100e`."""

    adapter: Adapter
    why: str


@dataclass(frozen=True, slots=True)
class Device:
    """A device of a machine: `pci` as vendor:device, or `pnp` ids, the most exact first; `text` as it was listed."""

    text: str
    pci: str = ""
    subsystem: str = ""
    pnp: tuple[str, ...] = ()


def by_text(catalogue: Catalogue, text: str) -> list[Match]:
    """Return the boards for a PCI id, PnP id, driver id, file name, hypervisor model or part of a name."""
    text = " ".join(text.split())
    if found := _PCI.fullmatch(text.lower()):
        return by_pci(catalogue, found[1])
    if found := _PNP.fullmatch(text.upper()):
        by_id = by_pnp(catalogue, (found[1],))
        if by_id:
            return by_id
    words = text.lower().split()
    if not words:
        return []
    ranked = []
    for family in catalogue.families():
        for adapter in family.adapter:
            rank = _rank(adapter, family.title, words, text.lower(), catalogue)
            if rank is not None:
                ranked.append((*rank, Match(adapter, rank[1])))
    ranked.sort(key=lambda row: row[0])  # stable: by family within a rank
    return [row[-1] for row in ranked]


def _rank(
    adapter: Adapter, family: str, words: list[str], whole: str, catalogue: Catalogue
) -> tuple[int, str] | None:
    """Return how well a board fits (0 is best) and by what, or None."""
    drivers = catalogue.drivers_of(adapter)
    ids = {adapter.id, *(driver.id for driver in drivers)}
    if whole == adapter.id or (drivers and whole == drivers[0].id):
        return 0, f"id {whole}"
    for model, name in adapter.emulated_by.items():
        if whole in re.findall(r"[a-z0-9_-]+", name.lower()) or whole == model:
            return 1, f"{model}: {name}"
    if whole in ids:
        return 2, f"driver {whole}"
    names = {name.lower() for driver in drivers for name in driver.names}
    if whole in names:
        return 3, f"file {whole.upper()}"
    title = f"{adapter.title} {adapter.id}".lower()
    if all(re.search(rf"(?<![a-z0-9]){re.escape(word)}(?![a-z0-9])", title) for word in words):
        return 4, "name"
    more = " ".join((title, family.lower(), *adapter.emulated_by.values(), *ids, *names)).lower()
    if all(word in title for word in words):
        return 5, "name"
    if all(word in more for word in words):
        return 6, "name of the family or a driver"
    return None


def by_pci(catalogue: Catalogue, pci: str) -> list[Match]:
    """Return the boards with a PCI id in lower case, who answers for it first."""
    matches = []
    for adapter in catalogue.by_pci(pci):
        exact = pci if pci in (*adapter.pci, *adapter.pci_shared) else pci[:9]
        matches.append(Match(adapter, f"PCI id {exact}"))
    return matches


def by_pnp(catalogue: Catalogue, ids: Iterable[str]) -> list[Match]:
    """Return the boards with one of the PnP ids (upper case), in the order of the ids."""
    adapters = catalogue.adapters()
    return [Match(adapter, f"PnP id {pnp}") for pnp in ids for adapter in adapters if pnp in adapter.pnp]


def by_device(catalogue: Catalogue, device: Device) -> list[Match]:
    """Return the boards for a device of a list, the best first."""
    if device.pci:
        return by_pci(catalogue, f"{device.pci}:{device.subsystem}" if device.subsystem else device.pci)
    return by_pnp(catalogue, device.pnp)


# --- what other programs list ------------------------------------------------------------------------------

_LSPCI_LINE = re.compile(r"(?:[0-9a-f]{4}:)?[0-9a-f]{2}:[0-9a-f]{2}\.[0-7]\s", re.I)
_CLASS_NN = re.compile(r"\[([0-9a-f]{4})\]:", re.I)
_CLASS_N = re.compile(r"^\S+\s+(?:Class\s+)?([0-9a-f]{4}):\s+([0-9a-f]{4}:[0-9a-f]{4})", re.I)
_NUMBERS = re.compile(
    r'[0-9a-f]{4}:[0-9a-f]{4}|^Vendor:\s+(.*\[)?[0-9a-f]{4}|"(.*\[)?[0-9a-f]{4}\]?"', re.M | re.I
)
_IDS = re.compile(r"\[([0-9a-f]{4}:[0-9a-f]{4})\]", re.I)


def read_lspci(text: str) -> list[Device]:
    """Return the network devices in the output of `lspci -nn`, `-n`, `-vmmn` or `-mmn`, also with -v or -k.

    Raises CatalogueError when it is not that, or has no ids in numbers.
    """
    if re.search(r"^Slot:\s", text, re.M):
        devices = list(_read_blocks(text))
        lines = 1
    else:
        lines = sum(bool(_LSPCI_LINE.match(line)) for line in text.splitlines())
        devices = list(_read_lines(text))
    if not lines:
        raise CatalogueError(
            "no line looks like the output of lspci", "write it with: lspci -nn > machine.txt"
        )
    if not devices and not _NUMBERS.search(text):
        raise CatalogueError(
            "this output of lspci has names only, no ids", "write it with: lspci -nn > machine.txt"
        )
    return devices


def _read_lines(text: str) -> Iterator[Device]:
    device: Device | None = None
    for line in text.splitlines():
        if _LSPCI_LINE.match(line):
            if device is not None:
                yield device
            device = _read_line(line)
        elif device is not None and "Subsystem:" in line:
            found = _IDS.findall(line) or re.findall(r"Subsystem:\s+([0-9a-f]{4}:[0-9a-f]{4})", line, re.I)
            if found:
                device = Device(device.text, device.pci, found[-1].lower())
    if device is not None:
        yield device


def _read_line(line: str) -> Device | None:
    """Return the device of a line when its class is network (02xx)."""
    if numbers := _CLASS_N.match(line):
        return Device(line.strip(), numbers[2].lower()) if numbers[1].startswith("02") else None
    if quoted := re.findall(
        r'"([^"]*)"', line
    ):  # lspci -mm: "class" "vendor" "device" "subvendor" "subdevice"
        numbered = [(re.findall(r"\b([0-9a-f]{4})\]?$", field, re.I) or [""])[-1].lower() for field in quoted]
        if len(numbered) >= 3 and numbered[0].startswith("02") and all(numbered[:3]):
            subsystem = ":".join(numbered[3:5]) if len(numbered) >= 5 and all(numbered[3:5]) else ""
            return Device(line.strip(), f"{numbered[1]}:{numbered[2]}", subsystem)
        return None
    kind, ids = _CLASS_NN.search(line), _IDS.findall(line)
    if kind and kind[1].startswith("02") and ids:
        return Device(line.strip(), ids[-1].lower())
    return None


def _read_blocks(text: str) -> Iterator[Device]:
    for block in re.split(r"\n\s*\n", text):
        fields = dict(re.findall(r"^(\w+):[ \t]+(.*)$", block, re.M))
        number = {
            key: (re.findall(r"\b([0-9a-f]{4})\b\]?$", value.strip(), re.I) or [""])[-1].lower()
            for key, value in fields.items()
        }
        if number.get("Class", "").startswith("02") and number.get("Vendor") and number.get("Device"):
            subsystem = ":".join((number.get("SVendor", ""), number.get("SDevice", "")))
            yield Device(
                f"{fields.get('Slot', '?').strip()} {number['Vendor']}:{number['Device']}",
                f"{number['Vendor']}:{number['Device']}",
                subsystem if len(subsystem) == 9 else "",
            )


_VEN_DEV = re.compile(r"VEN_([0-9A-F]{4})&DEV_([0-9A-F]{4})(?:&SUBSYS_([0-9A-F]{4})([0-9A-F]{4}))?", re.I)
_EISA_ID = re.compile(r"(?<![A-Za-z0-9_])\*?([A-Z@]{3}[0-9A-Fa-f]{4})(?![0-9A-Za-z])")


def read_pnp(text: str) -> list[Device]:
    """Return the devices of a list of PnP ids: Windows instance ids, dumps of isapnp, /sys/bus/pnp, one for each line.

    The ids of one card that follow one another in a dump stay separate devices; which are network boards is known
    only by looking them up. Raises CatalogueError when there is no id at all.
    """
    devices: dict[tuple[str, str, tuple[str, ...]], Device] = {}
    for line in text.replace("\0", "").splitlines():  # a NUL between letters: UTF-16, as Windows saves lists
        device: Device | None = None
        if found := _VEN_DEV.search(line):
            vendor, number, sub_device, sub_vendor = (part.lower() if part else "" for part in found.groups())
            subsystem = f"{sub_vendor}:{sub_device}" if sub_vendor else ""
            device = Device(line.strip(), f"{vendor}:{number}", subsystem)
        elif names := _EISA_ID.findall(line):
            device = Device(line.strip(), pnp=tuple(dict.fromkeys(name.upper() for name in names)))
        if device is not None:
            devices.setdefault((device.pci, device.subsystem, device.pnp), device)
    if not devices:
        raise CatalogueError(
            "there is no PnP or PCI id in it",
            r"one id on each line, such as PNP80D6 or PCI\VEN_8086&DEV_100E "
            "(Windows: wmic path Win32_PnPEntity get DeviceID)",
        )
    return list(devices.values())
