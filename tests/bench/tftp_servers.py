"""The TFTP servers that the bench starts beside ours, and what their processes cost. Linux.

Each is looked for on PATH, in /usr/sbin and in the folders of BENCH_PATH. As a program, this file is our own server:
`python tests/bench/tftp_servers.py FOLDER PORT`.
"""

from __future__ import annotations

import contextlib
import importlib.util
import os
import shutil
import socket
import subprocess
import sys
import time
from dataclasses import dataclass, replace
from pathlib import Path

OURS = "bootbuilder"
_CGROUPS = (Path("/sys/fs/cgroup"), Path("/sys/fs/cgroup/unified"))
"""Where cgroups of version 2 are, if anywhere; beside those of version 1 in the second place."""
_TFTPY = (
    "import sys, logging, tftpy; logging.disable(); "
    "tftpy.TftpServer(sys.argv[1]).listen('127.0.0.1', int(sys.argv[2]))"
)


@dataclass
class Server:
    """A server that runs: its address and process, and its cgroup where one could be made."""

    name: str
    address: tuple[str, int]
    process: subprocess.Popen[bytes]
    group: Path | None

    def cpu(self) -> float:
        """Return the CPU seconds of the process and of all that it forked, without these where there is no cgroup.

        Who forks for each transfer and ignores its children's end has their time in no field of `/proc`.
        """
        if self.group is not None:
            return int((self.group / "cpu.stat").read_text().split()[1]) / 1e6  # "usage_usec N" comes first
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK")

    def memory(self) -> float:
        """Return the resident memory in MB."""
        pages = int(Path(f"/proc/{self.process.pid}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") / 1e6

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(10)
        if self.group is not None:
            with contextlib.suppress(OSError):  # a child is still at work: the empty cgroup stays behind
                self.group.rmdir()


def start_all(folder: Path) -> tuple[list[Server], list[str]]:
    """Start what there is, all on one CPU; also return a sentence for each that is not."""
    commands, absent = _commands(folder)
    found = []
    for name, (address, words) in commands.items():
        process = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        os.sched_setaffinity(process.pid, {min(os.sched_getaffinity(0))})
        server = Server(name, address, process, _group(process.pid))
        if _answers(server):
            found.append(server)
        else:
            server.stop()
            absent.append(f"{name}: does not answer")
        if server.group is None:
            absent.append(
                f"{name}: no cgroup can be made here; CPU without forked children, in ticks of 10 ms"
            )
    return found, absent


def _group(pid: int) -> Path | None:
    """Put a process, and what it will fork, into a cgroup of its own; None where that cannot be had."""
    for root in _CGROUPS:
        group = root / f"bench-{pid}"
        if (root / "cgroup.procs").exists():
            with contextlib.suppress(OSError):
                group.mkdir()
                (group / "cgroup.procs").write_text(str(pid))
                return group
    return None


def _commands(folder: Path) -> tuple[dict[str, tuple[tuple[str, int], list[str]]], list[str]]:
    path = os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", os.environ.get("BENCH_PATH", "")])
    root, here, absent = os.geteuid() == 0, str(folder), []
    commands = {}
    ports = iter([_free_port() for _ in range(4)])
    port = next(ports)
    commands[OURS] = (("127.0.0.1", port), [sys.executable, __file__, here, str(port)])
    for name, program in ("dnsmasq", "dnsmasq"), ("tftpd-hpa", "in.tftpd"), ("atftpd", "atftpd"):
        tool = shutil.which(program, path=path)
        if tool is None:
            absent.append(
                f"{name}: absent (apt install {name.replace('dnsmasq', 'dnsmasq-base')}, or set BENCH_PATH)"
            )
        elif not root and name != "atftpd":
            absent.append(f"{name}: needs root")
        elif name == "dnsmasq":  # it knows no port but 69
            options = ["--port=0", "--enable-tftp", f"--tftp-root={here}", "--tftp-max=1000", "--user=root"]
            listen = [
                "--listen-address=127.0.0.69",
                "--bind-interfaces",
                "--conf-file=/dev/null",
                "--pid-file",
            ]
            commands[name] = (("127.0.0.69", 69), [tool, "-k", *options, *listen])
        elif name == "tftpd-hpa":
            port = next(ports)
            commands[name] = (("127.0.0.1", port), [tool, "-L", "-a", f"127.0.0.1:{port}", "-s", here])
        else:
            port = next(ports)
            options = ["--daemon", "--no-fork", "--bind-address", "127.0.0.1", "--maxthread", "1000"]
            commands[name] = (
                ("127.0.0.1", port),
                [tool, *options, "--port", str(port), "--logfile", "/dev/null", here],
            )
    if importlib.util.find_spec("tftpy") is not None:
        port = next(ports)
        commands["tftpy"] = (("127.0.0.1", port), [sys.executable, "-c", _TFTPY, here, str(port)])
    else:
        absent.append("tftpy: absent (pip install tftpy)")
    return commands, absent


def _free_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


def _answers(server: Server, seconds: float = 5.0) -> bool:
    """Wait until the server answers a request for a file that it does not have."""
    end = time.monotonic() + seconds
    while time.monotonic() < end and server.process.poll() is None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            sock.settimeout(0.2)
            try:
                sock.sendto(b"\0\1none\0octet\0", server.address)
                sock.recv(2048)
                return True
            except OSError:
                time.sleep(0.05)
    return False


def serve(folder: Path, port: int) -> None:
    """Run our server over a folder, with limits for a bench from one address."""
    from bootbuilder.net.boottable import Catalogue, Content
    from bootbuilder.net.loop import Loop
    from bootbuilder.net.tftp import Limits
    from bootbuilder.net.tftpd import TftpServer

    catalogue = Catalogue(folder)

    def find(name: str, client: str) -> Content | None:
        entry = catalogue.table.find(name)
        return None if entry is None else catalogue.open(entry)

    loop = Loop()
    limits = replace(
        Limits(), transfers=1000, transfers_per_client=1000, requests_per_second=1e6, request_burst=1_000_000
    )
    TftpServer(loop, find, lambda event: None, limits).bind("127.0.0.1", port)
    loop.run()


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
    serve(Path(sys.argv[1]), int(sys.argv[2]))
