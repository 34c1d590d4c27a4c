"""The catalogue: which families there are, found without reading them, and read when they are asked for.

A recipe names a driver; its id begins with the name of its file, so a build reads one file. Folders of the
user come after the shipped one, and a file of the same name replaces the shipped one.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from bootbuilder import problems, resources
from bootbuilder.errors import CatalogueError, RecipeError
from bootbuilder.nics.models import Adapter, Driver, Family, Kind, load_family

KINDS: Mapping[Kind, str] = {"packet": "packet driver", "ndis2": "NDIS2 driver", "odi": "ODI driver"}


@dataclass(frozen=True, slots=True)
class Chosen:
    """A driver for an image; `id` is what the recipe calls it, and the image is named after it."""

    id: str
    driver: Driver


class Catalogue:
    """All known adapters and drivers. Files are read when they are first asked for, and once."""

    def __init__(self, folders: Sequence[Path]) -> None:
        """Look into `folders`; the later win. Raises CatalogueError for a folder that is not there."""
        self._folders = tuple(folders)
        self._read: dict[str, Family] = {}
        for folder in self._folders:
            if not folder.is_dir():
                raise CatalogueError(f"{folder}: there is no such folder of NIC drivers", "check the path")

    @cached_property
    def files(self) -> Mapping[str, Path]:
        """The file of each family, by its id."""
        found = {path.stem: path for folder in self._folders for path in sorted(folder.glob("*.toml"))}
        return dict(sorted(found.items()))

    def shipped(self, family: Family) -> bool:
        """Return whether a family is that of this installation, not a file of the user's."""
        return family.path.parent == self._folders[0]

    def family(self, name: str) -> Family:
        """Return the family of a file. Raises CatalogueError for a mistake in it."""
        if name not in self._read:
            self._read[name] = load_family(self.files[name])
        return self._read[name]

    def families(self) -> list[Family]:
        """Return all families by id."""
        return [self.family(name) for name in self.files]

    def drivers(self) -> list[Driver]:
        """Return all drivers by family."""
        return [driver for family in self.families() for driver in family.driver]

    def adapters(self) -> list[Adapter]:
        """Return all boards by family."""
        return [adapter for family in self.families() for adapter in family.adapter]

    def family_of(self, wanted: str) -> Family | None:
        """Return the family whose name `wanted` is or begins with; only that file is read."""
        parts = wanted.split("-")
        for length in range(len(parts), 0, -1):
            name = "-".join(parts[:length])
            if name in self.files:
                family = self.family(name)
                if length == len(parts) or any(driver.id == wanted for driver in family.driver):
                    return family
        return None

    def driver(self, wanted: str) -> Driver | None:
        """Return the driver with that id."""
        family = self.family_of(wanted)
        drivers = family.driver if family else ()
        return next((driver for driver in drivers if driver.id == wanted), None)

    def drivers_of(self, adapter: Adapter) -> list[Driver]:
        """Return the drivers of a board, best first. Raises CatalogueError when it names one that is not there."""
        found = []
        for use in adapter.drivers:
            driver = self.driver(use.id)
            if driver is None:
                raise CatalogueError(
                    f"the adapter {adapter.id} names the driver {use.id!r}, which is in no catalogue file",
                    problems.nearest(use.id, (d.id for d in self.drivers())) + "correct its drivers = [...]",
                )
            found.append(driver)
        return found

    def boards_of(self, ids: Collection[str]) -> dict[str, list[Adapter]]:
        """Return the boards that each of these drivers serves, by its id; only files that name one are read."""
        found: dict[str, list[Adapter]] = {name: [] for name in ids}
        for family in self._holding(lambda text: any(f'"{name}"' in text for name in ids)):
            for adapter in family.adapter:
                for use in adapter.drivers:
                    if use.id in found:
                        found[use.id].append(adapter)
        return found

    def by_pci(self, pci: str) -> list[Adapter]:
        """Return the boards with a PCI id (vendor:device, a subsystem may follow), who answers for it first.

        Only files that hold the text are read. A board of the user's goes before a shipped one.
        """
        short = pci[:9]
        families = self._holding(lambda text: short in text)
        rows = []
        for family in families:
            for adapter in family.adapter:
                mine = [i for i in (*adapter.pci, *adapter.pci_shared) if i in (pci, short)]
                if mine:
                    exact = len(pci) > 9 and pci in mine
                    rows.append((not exact, mine[0] not in adapter.pci, self.shipped(family), adapter))
        return [row[-1] for row in sorted(rows, key=lambda row: row[:3])]

    def with_hashes(self, has: Callable[[str], bool]) -> list[Driver]:
        """Return the drivers of which `has` says yes to a SHA-256; only files that name such a hash are read."""
        families = self._holding(lambda text: any(has(digest) for digest in _HASH.findall(text)))
        return [d for family in families for d in family.driver if any(has(digest) for digest in d.hashes)]

    def with_firmware(self) -> list[Driver]:
        """Return the drivers whose file is shipped."""
        families = self._holding(lambda text: "\nfirmware" in text)
        return [driver for family in families for driver in family.driver if driver.firmware is not None]

    def of_file(self, name: str, kind: Kind = "packet") -> list[Driver]:
        """Return the drivers of a kind that a file of that name may be; only files that hold the name are read."""
        families = self._holding(lambda text: f'"{name}"' in text)
        return [
            driver
            for family in families
            for driver in family.driver
            if name in driver.names and driver.kind == kind
        ]

    def _holding(self, wanted: Callable[[str], bool]) -> list[Family]:
        """Return the families whose text is as `wanted`: reading a text is much quicker than understanding it."""
        found = []
        for name, path in self.files.items():
            try:
                text = path.read_text("utf-8", "replace")
            except OSError as error:
                raise CatalogueError(
                    f"{path}: cannot be read: {error.strerror}", "check its rights"
                ) from None
            if wanted(text):
                found.append(self.family(name))
        return found

    def choose(self, wanted: str, where: str, kind: Kind = "packet") -> Chosen:
        """Return the driver of that kind that a recipe means by a driver's id or `pci:8086:100e`.

        Raises RecipeError, whose message begins with `where`.
        """
        if wanted.lower().startswith("pci:"):
            return self._choose_pci(wanted[4:].lower(), where, kind)
        family = self.family_of(wanted)
        if family is None:
            raise self._unknown(wanted, where)
        driver = self.driver(wanted)
        if driver is None or (driver.kind != kind and wanted == family.id):
            driver = family.best(kind)
        if driver is None or driver.kind != kind:
            names = " and ".join(sorted({KINDS[d.kind] for d in family.driver})) or "no DOS driver"
            raise RecipeError(
                f"{where}: {wanted} is no {KINDS[kind]}; known for it: {names}",
                "choose another driver or stack; any adapter with a boot ROM can use UNDI",
            )
        return Chosen(wanted, _loadable(driver, where))

    def _choose_pci(self, pci: str, where: str, kind: Kind) -> Chosen:
        adapters = self.by_pci(pci)
        for adapter in adapters:
            for driver in self.drivers_of(adapter):
                if driver.kind == kind and driver.file and driver.over in (None, "undi"):
                    return Chosen(driver.id, driver)
        if adapters:
            raise RecipeError(
                f"{where}: no {KINDS[kind]} is known for the PCI id {pci} ({adapters[0].title})",
                f"bootbuilder nic find {pci} shows what there is",
            )
        raise RecipeError(
            f"{where}: no driver is known for the PCI id {pci}",
            "it is vendor:device in hex, such as pci:8086:100e; bootbuilder nic list shows the drivers",
        )

    def _unknown(self, wanted: str, where: str) -> RecipeError:
        ids = [driver.id for driver in self.drivers()]
        for adapter in self.adapters():
            if wanted == adapter.id:
                use = ", ".join(f'"{u.id}"' for u in adapter.drivers) or "none: use UNDI"
                return RecipeError(
                    f"{where}: {wanted!r} is an adapter; a recipe names a driver", f"its drivers: {use}"
                )
        near = problems.nearest(wanted, [*self.files, *ids])
        return RecipeError(
            f"{where}: {wanted!r} is not a driver id",
            near + "bootbuilder nic list shows all, bootbuilder nic find finds one by adapter",
        )


_HASH = re.compile(r"\b[0-9a-f]{64}\b")


def _loadable(driver: Driver, where: str) -> Driver:
    """Refuse what cannot be loaded by itself."""
    if driver.file is None:
        raise RecipeError(f"{where}: {driver.id} has no file to load: {driver.note}", "choose another driver")
    if driver.over in ("ndis2", "odi", "packet"):
        raise RecipeError(
            f"{where}: {driver.file} needs the {KINDS[driver.over]} of the adapter below it, "
            "which this stack does not load",
            "choose the adapter's own driver: bootbuilder nic find",
        )
    return driver


def load(folders: Iterable[Path] = ()) -> Catalogue:
    """Return the shipped catalogue and over it `folders`, the strongest last. Raises CatalogueError."""
    return Catalogue((resources.folder("nic_drivers"), *folders))
