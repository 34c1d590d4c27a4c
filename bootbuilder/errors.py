"""Every error that bootbuilder raises on purpose. Only the command line prints them.

BootbuilderError            what went wrong, and a hint: what to do now
  RecipeError               a recipe, inventory or variable is wrong; names the file, the key and the line
  DosSystemError            a DOS system is missing, unknown, or cannot be imported or fetched
  PackageError              the package store: a missing file, a wrong hash, a record that cannot be read
  CatalogueError            a NIC driver or its catalogue file is wrong
  TemplateError             a template cannot be rendered, or makes a line that DOS would not take
  ImageError                an image cannot be made or read
    ImageFull               the files do not fit the geometry
    BadDosName              a name that DOS cannot store
  FirmwareError             a shipped 16-bit binary is missing or does not match its sources
    ToolMissing             a program of this machine is needed and not there (nasm, QEMU, ...)
  MachineError              the virtual machine could not be run
  ServeError                the PXE service cannot start: a folder, an interface, a policy, a right
    PortInUse               somebody else has the port
    NeedsPrivilege          the system refuses the port, or another step, to this user
"""

from __future__ import annotations


class BootbuilderError(Exception):
    """An explained failure: `message` says what and where, `hint` what to do now."""

    def __init__(self, message: str, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class RecipeError(BootbuilderError):
    """A recipe, an inventory or a variable is wrong."""


class DosSystemError(BootbuilderError):
    """A DOS system is missing, unknown, or cannot be imported or fetched."""


class PackageError(BootbuilderError):
    """The package store lacks a file, holds one with a wrong hash, or a record cannot be read."""


class CatalogueError(BootbuilderError):
    """A NIC driver, or the catalogue file that describes it, is wrong."""


class TemplateError(BootbuilderError):
    """A template cannot be rendered, or makes a line that DOS would not take."""


class ImageError(BootbuilderError):
    """An image cannot be made or read."""


class ImageFull(ImageError):
    """The files need more room than the geometry has."""


class BadDosName(ImageError):
    """A name that DOS cannot store on a FAT volume."""


class FirmwareError(BootbuilderError):
    """A shipped 16-bit binary is missing or does not match its sources."""


class ToolMissing(FirmwareError):
    """A program of this machine is needed and not there (nasm, QEMU, ...)."""


class MachineError(BootbuilderError):
    """The virtual machine could not be run."""


class ServeError(BootbuilderError):
    """The PXE service cannot start: a folder, an interface, an address pool or a policy is wrong."""


class PortInUse(ServeError):
    """Another program has the port."""


class NeedsPrivilege(ServeError):
    """The system does not let this user have the port, or take another step."""
