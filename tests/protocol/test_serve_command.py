"""`bootbuilder serve` as a process: what it prints, whom it runs as, how it ends, and what it does with mistakes."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import socket
import struct
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

IMAGE = bytes(range(256)) * 5760
PATIENCE = 30.0
root_only = pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="needs root")


def free_port(kind: int = socket.SOCK_STREAM) -> int:
    """Return a port that nobody has."""
    with socket.socket(socket.AF_INET, kind) as sock:
        sock.bind(("127.0.0.1", 0))
        port: int = sock.getsockname()[1]
        return port


class Served:
    """The command, running; `lines` are what it has printed so far."""

    def __init__(self, folder: Path, tmp_path: Path, *words: str, launcher: list[str] | None = None) -> None:
        self.http, self.tftp = free_port(), free_port(socket.SOCK_DGRAM)
        ports = ["--http-port", str(self.http), "--tftp-port", str(self.tftp)]
        command = [sys.executable, "-m", "bootbuilder", "serve", str(folder), "--dhcp", "off", *ports, *words]
        self.log = tmp_path / "log"
        environment = {**os.environ, "BOOTBUILDER_HOME": str(tmp_path / "home"), "PYTHONUNBUFFERED": "1"}
        with self.log.open("wb") as out:
            self.process = subprocess.Popen(
                [*(launcher or []), *command], stdout=out, stderr=subprocess.STDOUT, env=environment
            )
        self.wait_for("serving ")

    def text(self) -> str:
        return self.log.read_text("utf-8")

    def wait_for(self, words: str) -> str:
        """Return the first line with these words."""
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            for line in self.text().splitlines():
                if words in line:
                    return line
            if self.process.poll() is not None:
                break
            time.sleep(0.05)
        raise AssertionError(f"no {words!r} in:\n{self.text()}")

    def steps(self) -> list[dict[str, Any]]:
        """Return the lines of a JSON log."""
        return [json.loads(line) for line in self.text().splitlines() if line.startswith("{")]

    def get(self, path: str) -> httpx.Response:
        """GET from it, as soon as it answers."""
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                return httpx.get(f"http://127.0.0.1:{self.http}{path}")
            except httpx.TransportError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.05)

    def read(self, name: str, blksize: int = 1456) -> bytes:
        """Read a file by TFTP, as a ROM does."""
        data, block = b"", 0
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            sock.settimeout(PATIENCE)
            options = f"blksize\0{blksize}\0".encode()
            sock.sendto(b"\0\1" + name.encode() + b"\0octet\0" + options, ("127.0.0.1", self.tftp))
            while True:
                packet, peer = sock.recvfrom(65536)
                code, number = struct.unpack("!HH", packet[:4])
                assert code in (3, 6), packet
                if code == 3 and number == (block + 1) % 65536:
                    block, data = block + 1, data + packet[4:]
                sock.sendto(struct.pack("!HH", 4, block % 65536), peer)
                if code == 3 and len(packet) < blksize + 4:
                    return data

    def end(self, number: int = signal.SIGTERM) -> int:
        """Send a signal and return the exit status."""
        self.process.send_signal(number)
        return self.process.wait(PATIENCE)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a boot program and an image, readable for everybody."""
    made = tmp_path / "boot"
    made.mkdir()
    (made / "plant.0").write_bytes(b"nbp" * 3000)
    (made / "plant.img").write_bytes(IMAGE)
    return made


@contextlib.contextmanager
def serving(folder: Path, tmp_path: Path, *words: str, **more: Any) -> Iterator[Served]:
    """Run the command until the end of the block."""
    served = Served(folder, tmp_path, *words, **more)
    try:
        yield served
    finally:
        if served.process.poll() is None:
            served.process.kill()
            served.process.wait()


def test_one_story_in_all_places(folder: Path, tmp_path: Path) -> None:
    """A boot by TFTP and HTTP is in the JSON log, in /status and in /metrics, and ends with status 0."""
    with serving(folder, tmp_path, "--listen", "127.0.0.1", "--json-log") as served:
        assert served.read("/PLANT.IMG") == IMAGE
        assert served.get("/plant.0").content == b"nbp" * 3000
        served.wait_for('"service": "http"')
        status = served.get("/status").json()
        (client,) = (one for one in status["clients"] if one["address"] == "127.0.0.1")
        done = [step["file"] for step in client["timeline"] if step["event"] == "transfer-done"]
        assert [name.strip("/").lower() for name in done] == ["plant.img", "plant.0"]
        assert status["files"] == 2
        metrics = served.get("/metrics").text
        assert f'bootbuilder_sent_bytes_total{{service="tftp"}} {len(IMAGE)}\n' in metrics
        assert served.end() == 0
        for step in served.steps():
            assert {"time", "level", "client", "event", "text"} <= step.keys()
        assert "transfer-done" in [step["event"] for step in served.steps()]


def test_plain_lines_and_ctrl_c(folder: Path, tmp_path: Path) -> None:
    """Without a terminal: one line for each step; Ctrl-C ends with 130 and without a traceback."""
    with serving(folder, tmp_path, "--listen", "127.0.0.1") as served:
        served.read("plant.0")
        assert "9,000 bytes" in served.wait_for("tftp sent plant.0")
        assert served.end(signal.SIGINT) == 130
        assert "Traceback" not in served.text()


def test_a_new_build_is_served_without_a_restart(folder: Path, tmp_path: Path) -> None:
    """Files that come later are found, and the log says so; SIGHUP looks at once."""
    with serving(folder, tmp_path, "--listen", "127.0.0.1") as served:
        (folder / "late.img").write_bytes(b"late")
        served.process.send_signal(signal.SIGHUP)
        served.wait_for("read again")
        assert served.get("/late.img").content == b"late"


@root_only
def test_rights_are_given_up(folder: Path, tmp_path: Path) -> None:
    """It opens a low port as root and then serves as nobody, from a folder below one that nobody may enter."""
    tmp_path.chmod(0o700)
    port = next(number for number in range(1000, 600, -1) if _can_bind(number))
    with serving(folder, tmp_path, "--listen", "127.0.0.1", "--http-port", str(port)) as served:
        served.http = port
        assert served.get("/plant.img").content == IMAGE
        told = Path(f"/proc/{served.process.pid}/status").read_text()
        uids = next(line.split()[1:] for line in told.splitlines() if line.startswith("Uid:"))
        assert "0" not in uids
        assert served.read("plant.0") == b"nbp" * 3000
        (folder / "plant.0").chmod(0o600)
        assert served.get("/plant.0").status_code == 403
        assert served.end() == 0


def _can_bind(port: int) -> bool:
    with socket.socket() as sock:
        try:
            sock.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


@pytest.mark.skipif(shutil.which("bash") is None, reason="bash passes the sockets")
def test_the_service_manager_may_open_the_ports(folder: Path, tmp_path: Path) -> None:
    """Sockets passed by LISTEN_FDS are served, as bootbuilder.socket passes them."""
    udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    with socket.create_server(("127.0.0.1", 0)) as tcp, udp:
        udp.bind(("127.0.0.1", 0))
        ports = [udp.getsockname()[1], tcp.getsockname()[1]]
        os.set_inheritable(udp.fileno(), True)
        os.set_inheritable(tcp.fileno(), True)
        passing = f'exec 3<&{udp.fileno()} 4<&{tcp.fileno()}; export LISTEN_PID=$$ LISTEN_FDS=2; exec "$@"'
        words = ["--tftp-port", str(ports[0]), "--http-port", str(ports[1]), "--listen", "127.0.0.1"]
        command = [sys.executable, "-m", "bootbuilder", "serve", str(folder), "--dhcp", "off", *words]
        log = tmp_path / "log"
        with log.open("wb") as out:
            process = subprocess.Popen(
                ["bash", "-c", passing, "bash", *command],
                stdout=out,
                stderr=subprocess.STDOUT,
                env={**os.environ, "BOOTBUILDER_HOME": str(tmp_path / "home")},
                close_fds=False,
            )
    try:
        served = Served.__new__(Served)
        served.tftp, served.http, served.process, served.log = ports[0], ports[1], process, log
        served.wait_for("serving ")
        assert served.read("plant.img") == IMAGE
        assert served.get("/plant.0").status_code == 200
        assert served.end() == 0
    finally:
        process.kill()
        process.wait()


def _refused(folder: Path | str, tmp_path: Path, *words: str) -> str:
    """Run the command, which must fail with an explained error, and return that."""
    done = subprocess.run(
        [sys.executable, "-m", "bootbuilder", "serve", str(folder), *words],
        env={**os.environ, "BOOTBUILDER_HOME": str(tmp_path / "home")},
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )
    assert done.returncode == 1, done
    assert "Traceback" not in done.stderr
    assert done.stderr.startswith("error: ") or "\nerror: " in done.stderr
    assert "hint: " in done.stderr
    return done.stderr


def test_mistakes_are_explained(folder: Path, tmp_path: Path) -> None:
    """A missing folder, interface, address, pool or list, and a port that somebody has: what, and what to do."""
    high = ("--tftp-port", str(free_port(socket.SOCK_DGRAM)), "--http-port", "0")
    off = ("--dhcp", "off", *high)
    assert "there is no folder" in _refused(tmp_path / "none", tmp_path, *off)
    assert "not a folder" in _refused(folder / "plant.0", tmp_path, *off)
    assert "no interface nosuch0" in _refused(folder, tmp_path, *off, "--interface", "nosuch0")
    assert "no address of this machine" in _refused(folder, tmp_path, *off, "--listen", "192.0.2.77")
    assert "--pool 10.0.0.9-10.0.0.1" in _refused(
        folder, tmp_path, "--dhcp", "server", "--pool", "10.0.0.9-10.0.0.1"
    )
    assert "--dhcp server" in _refused(folder, tmp_path, *off, "--pool", "10.0.0.1-10.0.0.9")
    assert "nothing.txt" in _refused(folder, tmp_path, *off, "--allow", str(tmp_path / "nothing.txt"))
    (tmp_path / "bad.txt").write_text("52:54:00:12:34:5g\n")
    assert "bad.txt" in _refused(folder, tmp_path, *off, "--allow", str(tmp_path / "bad.txt"))
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        words = ("--dhcp", "off", "--listen", "127.0.0.1", *high[:2], "--http-port", port)
        assert f"TCP port 127.0.0.1:{port} is in use by" in _refused(folder, tmp_path, *words)


def test_a_full_disk_under_the_log_ends_it(folder: Path, tmp_path: Path) -> None:
    """When its output cannot be written, it says so and stops, instead of serving unseen."""
    if not Path("/dev/full").exists():
        pytest.skip("no /dev/full")
    ports = ["--tftp-port", str(free_port(socket.SOCK_DGRAM)), "--http-port", "0", "--listen", "127.0.0.1"]
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [sys.executable, "-m", "bootbuilder", "serve", str(folder), "--dhcp", "off", *ports],
            env={**os.environ, "BOOTBUILDER_HOME": str(tmp_path / "home"), "PYTHONUNBUFFERED": ""},
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            timeout=PATIENCE,
        )
    assert done.returncode == 1
    assert "cannot be written" in done.stderr and "Traceback" not in done.stderr
