"""The catalogue of network adapters and their DOS drivers: `nic_drivers/*.toml` -> `Catalogue`.

models.py     what a file may say, checked
catalogue.py  which files there are; a driver or board by its id, PCI id or hash
commands.py   the command line of a driver, its parameters checked
finding.py    boards for a text, PCI ids, the output of lspci, PnP ids
holding.py    which drivers' files are here
adding.py     adds those that a user brings
looking.py    looks through what a user brings; recognising.py: what a file is, by its bytes
describing.py writes a catalogue file for an unknown driver; vendor_files.py: OEMSETUP.INF, NIF, PROTOCOL.INI, NET.CFG
fetching.py   downloads drivers by pinned hash

Drivers of our own are shipped (bootbuilder.firmware). Any other's binary is in the package store once the user has
added it.
"""

from bootbuilder.nics.catalogue import KINDS, Catalogue, Chosen, load
from bootbuilder.nics.commands import DEFAULT_VECTOR, check, command, vector
from bootbuilder.nics.models import EVIDENCE, VECTORS, Adapter, Driver, Family, Kind, Parameter

__all__ = [
    "DEFAULT_VECTOR",
    "EVIDENCE",
    "KINDS",
    "VECTORS",
    "Adapter",
    "Catalogue",
    "Chosen",
    "Driver",
    "Family",
    "Kind",
    "Parameter",
    "check",
    "command",
    "load",
    "vector",
]
