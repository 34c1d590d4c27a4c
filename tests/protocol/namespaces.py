"""Networks for tests: namespaces joined by veth pairs, with sockets and programs in each. Root, or user namespaces."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

_MAKE_SOCKET = """
import json, socket, sys
family, kind, protocol, device, options, address, end = json.loads(sys.argv[1])
sock = socket.socket(family, kind, protocol)
for level, option, value in options:
    sock.setsockopt(level, option, value)
if device:
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, device.encode() + b"\\0")
if address is not None:
    sock.bind(tuple(address))
socket.send_fds(socket.socket(fileno=end), [b"s"], [sock.fileno()])
"""


def missing() -> str:
    """Return why no namespaces can be made here; "" when they can."""
    if sys.platform != "linux":
        return "network namespaces are Linux's"
    if lacking := [tool for tool in ("unshare", "nsenter", "ip") if shutil.which(tool) is None]:
        return f"{', '.join(lacking)} not installed"
    tried = subprocess.run([*_unshare(), "true"], capture_output=True, text=True)
    if tried.returncode:
        return f"no network namespaces: neither root nor user namespaces ({tried.stderr.strip()})"
    return ""


def _unshare() -> list[str]:
    return ["unshare", "-n"] if os.geteuid() == 0 else ["unshare", "-Urn"]


class Namespace:
    """A network of its own, held open by a sleeping process."""

    def __init__(self, inside: Namespace | None = None) -> None:
        self._enter = [] if inside is None else inside.enter
        command = [*self._enter, *(_unshare() if inside is None else ["unshare", "-n"])]
        # The process says when it is in its namespace, and ends with us.
        self._holder = subprocess.Popen(
            [*command, "sh", "-c", "echo ready; exec cat"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        assert self._holder.stdout is not None
        assert self._holder.stdout.readline() == b"ready\n"
        self.pid = self._holder.pid
        self.run("ip", "link", "set", "lo", "up")

    @property
    def enter(self) -> list[str]:
        """The words before a command that is to run in it."""
        if os.geteuid() == 0:
            return ["nsenter", "-t", str(self.pid), "-n"]
        return ["nsenter", "-t", str(self.pid), "-U", "-n", "--preserve-credentials"]

    def run(self, *command: str) -> str:
        """Run a program in it and return what it printed."""
        done = subprocess.run([*self.enter, *command], capture_output=True, text=True, timeout=30)
        assert done.returncode == 0, f"{command}: {done.stderr}"
        return done.stdout

    def start(self, command: Sequence[str | Path], **options: object) -> subprocess.Popen[str]:
        """Start a program in it."""
        return subprocess.Popen([*self.enter, *map(str, command)], text=True, **options)  # type: ignore[call-overload,no-any-return]

    def link(self, name: str, other: Namespace, other_name: str) -> None:
        """Join it with another by a cable."""
        self.run(
            "ip", "link", "add", name, "type", "veth", "peer", "name", other_name, "netns", str(other.pid)
        )
        for namespace, end in ((self, name), (other, other_name)):
            namespace.run("ip", "link", "set", end, "up")

    def bridge(self, name: str, *ends: str) -> None:
        """Join interfaces of it to a switch."""
        self.run("ip", "link", "add", name, "type", "bridge", "forward_delay", "0")
        for end in ends:
            self.run("ip", "link", "set", end, "master", name)
        self.run("ip", "link", "set", name, "up")

    def address(self, interface: str, address: str) -> None:
        """Give an interface an address such as 10.77.0.1/24."""
        self.run("ip", "address", "add", address, "brd", "+", "dev", interface)

    def socket(
        self,
        kind: int = socket.SOCK_DGRAM,
        address: tuple[str, int] | None = None,
        *,
        device: str = "",
        family: int = socket.AF_INET,
        protocol: int = 0,
        options: Sequence[tuple[int, int, int]] = (),
    ) -> socket.socket:
        """Return a socket in it: made by a process there, used here."""
        import json

        here, there = socket.socketpair()
        wanted = json.dumps([family, kind, protocol, device, list(options), address, there.fileno()])
        with here, there:
            subprocess.run(
                [*self.enter, sys.executable, "-I", "-c", _MAKE_SOCKET, wanted],
                pass_fds=[there.fileno()],
                check=True,
                timeout=30,
            )
            _, [descriptor], _, _ = socket.recv_fds(here, 1, 1)
        made = socket.socket(fileno=descriptor)
        made.settimeout(5)
        return made

    def close(self) -> None:
        """End it; what runs in it has to be ended before."""
        assert self._holder.stdin is not None and self._holder.stdout is not None
        self._holder.stdin.close()
        self._holder.wait(timeout=10)
        self._holder.stdout.close()
