"""Install the system packages that the tests use, where this machine lets us; say what is installed.

On Debian and Ubuntu as root (or with password-less sudo) the missing ones are installed. Elsewhere they are
named, and the tests that need them are skipped; in CI (CI=true) a missing tool makes those tests fail.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

# program -> Debian package
NEEDED = {
    "qemu-system-i386": "qemu-system-x86",
    "nasm": "nasm",
    "mcopy": "mtools",
    "fsck.fat": "dosfstools",
    "xorriso": "xorriso",
    "sfdisk": "fdisk",
    "bsdtar": "libarchive-tools",  # brings the library, which is what the tests use
    "curl": "curl",
    "tftp": "tftp-hpa",
    "atftp": "atftp",
    "dnsmasq": "dnsmasq-base",
    "ip": "iproute2",
}


def missing() -> dict[str, str]:
    """Return the programs that are not there, with their packages."""
    path = os.environ.get("PATH", "") + os.pathsep + "/usr/sbin" + os.pathsep + "/sbin"
    return {
        program: package for program, package in NEEDED.items() if shutil.which(program, path=path) is None
    }


def installer() -> list[str] | None:
    """Return the command prefix that may install packages here, or None."""
    if shutil.which("apt-get") is None:
        return None
    if os.geteuid() == 0:
        return ["apt-get"]
    if shutil.which("sudo") and subprocess.run(["sudo", "-n", "true"], capture_output=True).returncode == 0:
        return ["sudo", "-n", "apt-get"]
    return None


def main() -> int:
    """Install what is missing; never fails, because tests skip or fail for themselves."""
    lacking = missing()
    if not lacking:
        return 0
    packages = sorted(set(lacking.values()))
    apt = installer()
    if apt is None:
        print(f"tests that need these are skipped: {', '.join(sorted(lacking))}")
        print(f"to have them: apt install {' '.join(packages)} (or their like on your system)")
        return 0
    print(f"installing system packages for the tests: {' '.join(packages)}", flush=True)
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for arguments in (["update", "-qq"], ["install", "-y", "-qq", "--no-install-recommends", *packages]):
        done = subprocess.run(
            [*apt, *arguments], env=environment, stdin=subprocess.DEVNULL, capture_output=True
        )
        if done.returncode:
            print(done.stderr.decode(errors="replace")[-2000:], file=sys.stderr)
            print(f"could not install {' '.join(packages)}; tests that need them say so")
            return 0
    return 0


if __name__ == "__main__":
    sys.exit(main())
