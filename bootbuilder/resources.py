"""The one answer to where shipped files live: inside the wheel, or in the checkout."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from bootbuilder.errors import BootbuilderError

Kind = Literal["nic_drivers", "templates", "recipes"]

_PACKAGE = Path(__file__).resolve().parent


def folder(kind: Kind) -> Path:
    """Return the folder of shipped files of that kind.

    A wheel carries them under `bootbuilder/data/`; in a checkout (and so in an editable install)
    they are the top-level folders that users read.
    """
    for candidate in (_PACKAGE / "data" / kind, _PACKAGE.parent / kind):
        if candidate.is_dir():
            return candidate
    raise BootbuilderError(
        f"the shipped {kind} folder is missing from this installation ({_PACKAGE})",
        "install bootbuilder again: pip install --force-reinstall bootbuilder",
    )
