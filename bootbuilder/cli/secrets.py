"""What env:NAME and file:PATH in a recipe stand for. Asked only when the user allows secrets on an image."""

from __future__ import annotations

import os
import re
from pathlib import Path

from bootbuilder.errors import RecipeError

_LONGEST = 14  # characters of a password that the Microsoft client takes
_TAKEN = re.compile(r"[!-~]+")
_BATCH = frozenset("<>|")  # redirection, in every shell of DOS


def resolve(reference: str, folder: Path, where: str) -> str:
    """Return the secret that a reference names; `file:` is relative to `folder`, that of the recipe.

    Raises RecipeError, which begins with `where` and never holds the secret.
    """
    kind, _, name = reference.partition(":")
    if kind == "env":
        found = os.environ.get(name)
        if found is None:
            raise RecipeError(f"{where}: there is no environment variable {name}", f"set it: export {name}=…")
    else:
        try:
            found = (folder / name).read_text("utf-8").rstrip("\r\n")
        except OSError as error:
            raise RecipeError(
                f"{where}: {folder / name} cannot be read: {error.strerror}", "check the path and its rights"
            ) from None
        except UnicodeDecodeError:
            raise RecipeError(f"{where}: {folder / name} is not UTF-8", "save it as plain text") from None
    if not _TAKEN.fullmatch(found) or len(found) > _LONGEST or _BATCH & set(found):
        raise RecipeError(
            f"{where}: what {reference} holds cannot be written into a command of DOS",
            f"use a password of 1 to {_LONGEST} ASCII characters without spaces and < > |",
        )
    return found
