"""DHCP answers beside dnsmasq and ISC dhcpd, in one run: `make bench` prints figures and ratios. Never fails on a time.

    1  proxyDHCP: DISCOVER -> OFFER with boot information           | dnsmasq --dhcp-range=NET,proxy
       by machines that ask again ("CPU us") and by such as were never heard of ("CPU us, new")
    2  the same as the only DHCP server, with a lease file          | dnsmasq, ISC dhcpd
       and REQUEST -> ACK by machines that have no lease yet, as many in flight ("CPU us, ACK" and "ACKs/s": the
       folder of leases is on the disk of the temporary files)
    3  200 DISCOVERs in one burst: how many are never answered

Two namespaces and a cable; clients are boot ROMs with their own MACs, some in flight at a time; all on one CPU where
it can be had. CPU is the server's whole process as the scheduler counts it. The rounds of all servers alternate.
PyPXE 1.8.4 took 23 us for a proxy's answer (Python 3.11, the same kind of network); it is not run here.
`--rounds N` (3), `--seconds S` (1.0), `--clients N` (64). ISC dhcpd is looked for in PATH and in DHCPD.
"""

from __future__ import annotations

import argparse
import itertools
import os
import platform
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from socket import SO_BROADCAST, SOL_SOCKET, socket

from bootbuilder.net import dhcp
from tests.protocol.namespaces import Namespace, missing

ROOT = Path(__file__).resolve().parents[2]
_SO_RCVBUFFORCE = 33

OURS = """
import collections, signal, sys
from ipaddress import IPv4Address
from pathlib import Path
from bootbuilder.net.boottable import Catalogue
from bootbuilder.net.dhcpd import DhcpLimits
from bootbuilder.net.server import Config, Limits, Server
mode, folder, state = sys.argv[1:4]
many = DhcpLimits(each=10**9, new=10**9)  # the checks are made; a bench asks more often than they let anybody
pool = (IPv4Address("10.77.8.1"), IPv4Address("10.77.15.254")) if mode == "server" else None
config = Config(interfaces=("eth0",), dhcp=mode, pool=pool, http_port=0, state=Path(state), limits=Limits(dhcp=many))
server = Server(config, Catalogue(Path(folder)), collections.deque(maxlen=10000).append)
server.bind()
signal.signal(signal.SIGTERM, lambda *_: server.stop())
server.run()
"""


class Peer:
    """A server in its own namespace, with a cable to the clients'."""

    def __init__(self, name: str, command: list[str], folder: Path, clients: Namespace, number: int) -> None:
        self.name = name
        self.namespace = Namespace()
        self.interface = f"c{number}"
        self.namespace.link("eth0", clients, self.interface)
        self.namespace.address("eth0", "10.77.0.1/20")
        command = ["taskset", "-c", "0", *command] if shutil.which("taskset") else command
        self.log = (folder / f"{number}.log").open("w+")
        self.process = self.namespace.start(
            command, stdout=self.log, stderr=self.log, env={**os.environ, "PYTHONPATH": str(ROOT)}
        )
        self.socket = clients.socket(
            address=("0.0.0.0", 68),
            device=self.interface,
            options=[(SOL_SOCKET, SO_BROADCAST, 1), (SOL_SOCKET, _SO_RCVBUFFORCE, 8 << 20)],
        )
        self.answers: list[float] = []
        self.cpus: list[float] = []
        self.lost: list[int] = []
        self.firsts: list[float] = []
        self.fresh: list[float] = []
        self.acks: list[tuple[float, float]] = []

    def cpu(self) -> float:
        """Return the CPU seconds of the process, in all its threads."""
        tasks = Path(f"/proc/{self.process.pid}/task").iterdir()
        return sum(int((task / "schedstat").read_text().split()[0]) for task in tasks) / 1e9

    def close(self) -> None:
        """End it."""
        self.socket.close()
        self.process.terminate()
        self.process.wait(timeout=10)
        self.namespace.close()
        self.log.close()


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description="Compare bootbuilder's DHCP answers with dnsmasq and ISC dhcpd."
    )
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=1.0)
    parser.add_argument("--clients", type=int, default=64)
    options = parser.parse_args()
    if reason := missing():
        print(f"no DHCP bench: {reason}")
        return
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {0})
    load = f", load {os.getloadavg()[0]:.1f}"
    print(f"{platform.system()} {platform.release()}, Python {platform.python_version()}{load}; one CPU")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        machines = itertools.count(1 << 20, 1 << 20)
        _compare("proxyDHCP: OFFER", _proxies(folder), folder, options, "dnsmasq", machines)
        _compare("DHCP server with leases: OFFER", _servers(folder), folder, options, "ISC dhcpd")


def _proxies(folder: Path) -> dict[str, list[str]]:
    found = {"bootbuilder": _ours("proxy", folder)}
    if dnsmasq := shutil.which("dnsmasq"):
        found["dnsmasq"] = [
            *(
                dnsmasq,
                "-d",
                "--conf-file=/dev/null",
                "--port=0",
                "--interface=eth0",
                "--bind-interfaces",
                "-q",
            ),
            *(
                "--dhcp-range=10.77.0.0,proxy",
                "--pxe-service=x86PC,Lab,pxelinux",
                "--dhcp-lease-max=5000",
                "--quiet-dhcp",
            ),
        ]
    return found


def _servers(folder: Path) -> dict[str, list[str]]:
    found = {"bootbuilder": _ours("server", folder)}
    if dnsmasq := shutil.which("dnsmasq"):
        found["dnsmasq"] = [
            *(dnsmasq, "-d", "--conf-file=/dev/null", "--port=0", "--interface=eth0", "--bind-interfaces"),
            *(
                "--dhcp-range=10.77.8.1,10.77.15.254,12h",
                "--no-ping",
                "--dhcp-lease-max=5000",
                "--quiet-dhcp",
            ),
            *("--dhcp-boot=pxelinux.0", f"--dhcp-leasefile={folder}/dnsmasq.leases"),
        ]
    dhcpd = os.environ.get("DHCPD") or shutil.which("dhcpd", path=os.environ.get("PATH", "") + ":/usr/sbin")
    if dhcpd:
        (folder / "dhcpd.conf").write_text(
            "authoritative; ping-check false; default-lease-time 43200;\n"
            "subnet 10.77.0.0 netmask 255.255.240.0 { range 10.77.8.1 10.77.15.254;\n"
            '  next-server 10.77.0.1; filename "pxelinux.0"; }\n'
        )
        (folder / "dhcpd.leases").write_text("")
        found["ISC dhcpd"] = [
            *(dhcpd, "-f", "-q", "-4", "-cf", f"{folder}/dhcpd.conf", "-lf", f"{folder}/dhcpd.leases"),
            *("-pf", f"{folder}/dhcpd.pid", "--no-pid", "eth0"),
        ]
    return found


def _ours(mode: str, folder: Path) -> list[str]:
    boot, state = folder / "boot", folder / f"state-{mode}"
    boot.mkdir(exist_ok=True)
    state.mkdir(exist_ok=True)
    (boot / "pxelinux.0").write_bytes(bytes(30_000))
    return [sys.executable, "-c", OURS, mode, str(boot), str(state)]


def _compare(
    title: str,
    commands: dict[str, list[str]],
    folder: Path,
    options: argparse.Namespace,
    base: str,
    machines: Iterator[int] | None = None,
) -> None:
    clients = Namespace()
    peers = [Peer(name, command, folder, clients, n) for n, (name, command) in enumerate(commands.items())]
    try:
        running = [peer for peer in peers if _starts(peer)]
        for _ in range(options.rounds):
            for peer in running:
                rate, cpu = _storm(peer, options.clients, options.seconds)
                peer.answers.append(rate)
                peer.cpus.append(cpu)
                if machines:
                    peer.fresh.append(_storm(peer, options.clients, options.seconds, next(machines))[1])
                else:
                    peer.acks.append(_acks(peer, options.clients))
                _first(peer)
                _burst(peer)
    finally:
        for peer in peers:
            peer.close()
        clients.close()
    print(f"\n{title}: {options.clients} clients, {options.rounds} rounds of {options.seconds:g} s")
    columns = f"{'answers/s':>10} {'CPU us':>8} {'ratio':>6} {'CPU us, new':>12} {'first answer ms':>16}"
    print(f"    {'':14} {columns} {'lost of 200':>12} {'CPU us, ACK':>12} {'ACKs/s':>7}")
    own = {peer.name: statistics.median(peer.cpus) for peer in running}
    for peer in running:
        ratio = f"{own[peer.name] / own[base]:.2f}" if base in own else ""
        fresh = f"{statistics.median(peer.fresh):.2f}" if peer.fresh else "-"
        rate, first = statistics.median(peer.answers), statistics.median(peer.firsts) * 1000
        columns = f"{rate:>10,.0f} {own[peer.name]:>8.2f} {ratio:>6} {fresh:>12} {first:>16.2f}"
        acked = f"{'-':>12} {'-':>7}"
        if peer.acks:
            pace, each = (statistics.median(column) for column in zip(*peer.acks, strict=True))
            acked = f"{each:>12.2f} {pace:>7,.0f}"
        print(f"    {peer.name:14} {columns} {max(peer.lost):>12} {acked}")


def _discover(number: int, xid: int) -> bytes:
    mac = b"\x02\xbb" + number.to_bytes(4)
    return dhcp.encode(dhcp.request(mac, xid, {**dhcp.pxe_options(0, mac + bytes(10))}))


def _starts(peer: Peer) -> bool:
    """Wait for the first answer."""
    peer.socket.settimeout(0.3)
    for _ in range(30):
        peer.socket.sendto(_discover(1, 1), ("255.255.255.255", 67))
        try:
            peer.socket.recv(2048)
        except TimeoutError:
            continue
        return True
    peer.log.seek(0)
    print(f"{peer.name} does not answer: {peer.log.read()[-500:].strip()}")
    return False


def _drain(sock: socket) -> None:
    sock.settimeout(0.2)
    try:
        while True:
            sock.recv(2048)
    except TimeoutError:
        pass


def _storm(peer: Peer, clients: int, seconds: float, fresh: int = 0) -> tuple[float, float]:
    """Return (answers a second, CPU us of each), so many clients in flight; each asks again when it has its answer.

    With `fresh` no machine asks twice: they are numbered from there on.
    """
    sock = peer.socket
    _drain(sock)
    sock.settimeout(1.0)
    questions = [bytearray(_discover(number, 0)) for number in range(clients)]
    guid = questions[0].index(b"\x61\x11\x00\x02\xbb") + 5
    answered, xid = 0, 1 << 20
    end, cpu, begin = time.perf_counter() + seconds, peer.cpu(), time.perf_counter()
    while time.perf_counter() < end:
        for question in questions:
            xid += 1
            question[4:8] = xid.to_bytes(4)
            if fresh:
                question[30:34] = question[guid : guid + 4] = fresh.to_bytes(4)
                fresh += 1
            sock.sendto(question, ("255.255.255.255", 67))
        for _ in questions:
            try:
                sock.recv(2048)
            except TimeoutError:
                break
            answered += 1
    took = time.perf_counter() - begin
    return answered / took, (peer.cpu() - cpu) / max(1, answered) * 1e6


def _acks(peer: Peer, clients: int) -> tuple[float, float]:
    """Return (ACKs a second, CPU us of each): machines that have just had their first offer take it, all at once."""
    sock = peer.socket
    _drain(sock)
    sock.settimeout(2.0)
    first = 1 << 16 | len(peer.acks) * clients
    for number in range(first, first + clients):
        sock.sendto(_discover(number, number), ("255.255.255.255", 67))
    requests = []
    for _ in range(clients):
        offer = dhcp.parse(sock.recv(2048))
        taken = {
            dhcp.REQUESTED_ADDRESS: offer.yiaddr,
            dhcp.SERVER_ID: offer.options[dhcp.SERVER_ID],
            **dhcp.pxe_options(0, offer.chaddr + bytes(10)),
        }
        requests.append(dhcp.encode(dhcp.request(offer.chaddr, offer.xid, taken, message=dhcp.REQUEST)))
    cpu, begin, answered = peer.cpu(), time.perf_counter(), 0
    for request in requests:
        sock.sendto(request, ("255.255.255.255", 67))
    for _ in requests:
        try:
            answered += dhcp.parse(sock.recv(2048)).type == dhcp.ACK
        except TimeoutError:
            break
    took = time.perf_counter() - begin
    return answered / took, (peer.cpu() - cpu) / max(1, answered) * 1e6


def _first(peer: Peer) -> None:
    """Ask as ten machines that the server has never heard of, one after the other."""
    sock = peer.socket
    _drain(sock)
    sock.settimeout(1.0)
    for _ in range(10):
        number = 2000 + len(peer.firsts)
        begin = time.perf_counter()
        sock.sendto(_discover(number, number), ("255.255.255.255", 67))
        sock.recv(2048)
        peer.firsts.append(time.perf_counter() - begin)


def _burst(peer: Peer) -> None:
    """Stop the server for a moment, send 200 questions at once, and count the answers."""
    sock = peer.socket
    _drain(sock)
    sock.settimeout(1.0)
    os.kill(peer.process.pid, signal.SIGSTOP)
    for number in range(200):
        sock.sendto(_discover(1000 + number, 5000 + number), ("255.255.255.255", 67))
    os.kill(peer.process.pid, signal.SIGCONT)
    heard = set()
    try:
        while len(heard) < 200:
            heard.add(sock.recv(2048)[4:8])
    except TimeoutError:
        pass
    peer.lost.append(200 - len(heard))


if __name__ == "__main__":
    try:
        main()
    except subprocess.CalledProcessError as error:
        sys.exit(f"{error.cmd}: {error.stderr}")
