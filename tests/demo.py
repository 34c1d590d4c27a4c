"""`make demo`: build the quickstart disk, print its table, boot it when QEMU is there, show the DOS screen."""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path


def main() -> int:
    """Return the exit status of the first step that failed, else 0."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--bin", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--dos", type=Path)
    arguments = parser.parse_args()
    recipe = Path("recipes/quickstart.toml")
    with tempfile.TemporaryDirectory() as folder:
        if arguments.dos:
            base, system = recipe.resolve().as_posix(), arguments.dos.resolve().as_posix()
            recipe = Path(folder) / "quickstart.toml"
            recipe.write_text(f'extends = ["{base}"]\n[dos]\nsystem = "{system}"\n')
        command = [arguments.bin / "bootbuilder", "build", recipe, "-o", arguments.out]
        status = subprocess.run(command).returncode
    if status:
        return status
    image = arguments.out / "quickstart" / "quickstart.img"
    boot = [str(arguments.bin / "bootbuilder"), "boot", str(image)]
    if shutil.which("qemu-system-i386") or shutil.which("qemu-system-x86_64"):
        print(f"\n$ {' '.join(boot)}", flush=True)
        return subprocess.run(boot).returncode
    print("\nQEMU is not here. Install it (apt install qemu-system-x86), then boot the disk with:")
    print("  " + " ".join(boot))
    return 0


if __name__ == "__main__":
    sys.exit(main())
