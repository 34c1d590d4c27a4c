"""What building and booting need of this machine."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

from bootbuilder.doctor.findings import Finding
from bootbuilder.errors import BootbuilderError
from bootbuilder.packages import Store
from bootbuilder.vm import machine

KVM = Path("/dev/kvm")


def examine(store: Store) -> list[Finding]:
    """Return the findings about building and booting."""
    return [_python(), _store(store), *_systems(store), _nasm(), _qemu(), *_kvm()]


def _python() -> Finding:
    return Finding("ok", "build", "python", f"Python {sys.version.split()[0]} ({sys.executable})")


def _store(store: Store) -> Finding:
    place = store.root
    while not place.exists():
        place = place.parent
    if os.access(place, os.W_OK):
        return Finding("ok", "build", "store", f"imported files are kept in {store.root}")
    return Finding(
        "problem",
        "build",
        "store",
        f"imported files cannot be kept in {store.root}: not writable",
        "correct its owner, or set BOOTBUILDER_HOME to another folder",
    )


def _systems(store: Store) -> list[Finding]:
    try:
        names = store.names("dos")
    except BootbuilderError as error:
        return [Finding("problem", "build", "dos", error.message, error.hint or "")]
    own = f", and {len(names)} imported: {', '.join(names)}" if names else "; no other is imported"
    return [Finding("ok", "build", "dos", f"the embedded bbdos is there{own}")]


def _nasm() -> Finding:
    if path := shutil.which("nasm"):
        return Finding("ok", "build", "nasm", f"NASM is there ({path})")
    return Finding(
        "note",
        "build",
        "nasm",
        "NASM is not installed; only changes of the shipped 16-bit code need it",
        "apt install nasm, or see nasm.us",
    )


def _qemu() -> Finding:
    try:
        return Finding("ok", "boot", "qemu", f"QEMU is there ({machine.find_qemu()})")
    except BootbuilderError as error:
        return Finding("warning", "boot", "qemu", f"{error.message}: `boot` cannot run", error.hint or "")


def _kvm() -> list[Finding]:
    if not sys.platform.startswith("linux"):
        return []
    if os.access(KVM, os.R_OK | os.W_OK):
        return [Finding("ok", "boot", "kvm", "KVM can be used (--accel kvm); TCG is the default for DOS")]
    why = "this user may not open it" if KVM.exists() else "it is not there"
    return [
        Finding(
            "note",
            "boot",
            "kvm",
            f"no KVM ({KVM}: {why}); TCG boots DOS in about a second without it",
            "add the user to the group kvm" if KVM.exists() else "nothing needs doing",
        )
    ]
