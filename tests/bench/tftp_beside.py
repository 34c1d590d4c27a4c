"""TFTP beside dnsmasq, tftpd-hpa, atftpd and tftpy, in one run: `make bench` prints figures and ratios. Linux.

    1  CPU of the server for each 1.44 MB image: lock-step 512 and 1456 with 16, 64 and 256 clients, window 16 x 1456
    2  256 ROM-like clients at once: size probe, ERROR 8, then a 32 KB read
    3  the same over a line with 3 % loss, 3 % doubled, 3 % swapped, each way
    4  every acknowledgement sent twice: DATA packets for each needed
    5  memory of our server after 10,000 transfers and 100,000 malformed packets

All servers and the clients share one CPU, which gives the steadiest figures; megabytes a second are then no measure.
The rounds of all servers alternate. Every block is compared. `--rounds N` (3), `--quick` (fewer transfers).
"""

from __future__ import annotations

import argparse
import itertools
import os
import platform
import random
import socket
import statistics
import sys
import tempfile
from pathlib import Path

from tests.bench.tftp_servers import OURS, Server, start_all
from tests.tftp_client import Job, Outcome, Wire, run

IMAGE = random.Random(144).randbytes(1_474_560)
NBP = IMAGE[:32_768]
STORM = 256
MODES = {
    "512 lock-step": (("blksize", 512),),
    "1456 lock-step": (("blksize", 1456),),
    "1456 window 16": (("blksize", 1456), ("windowsize", 16)),
}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="Compare the TFTP server with others.")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--quick", action="store_true")
    options = parser.parse_args()
    if sys.platform != "linux":
        print("TFTP beside others: only on Linux")
        return
    print(
        f"\nTFTP. Linux {platform.release()}, Python {platform.python_version()}, load {os.getloadavg()[0]:.1f}"
    )
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        for file, content in ("image", IMAGE), ("nbp", NBP):
            (folder / file).write_bytes(content)
            (folder / file).chmod(0o644)
        servers, absent = start_all(folder)
        try:
            for sentence in absent:
                print(f"    {sentence}")
            _images(servers, options.rounds, 64 if options.quick else 192)
            _storm(servers, options.rounds)
            _bad_line(servers)
            _doubled(servers)
            _memory(servers[0], 1000 if options.quick else 10_000)
        finally:
            for server in servers:
                server.stop()


def _read(server: Server, job: Job, count: int, at_once: int, wire: Wire | None = None) -> list[Outcome]:
    return run(itertools.repeat(job, count), server.address, at_once, wire)


def _images(servers: list[Server], rounds: int, count: int) -> None:
    for mode, asked in MODES.items():
        window = dict(asked).get("windowsize", 1)
        able = [server for server in servers if window == 1 or _window(server, asked) == window]
        cells: dict[tuple[str, int], list[float]] = {}
        failed: dict[str, int] = {}
        clients = (16, 64, 256)
        job = Job("image", IMAGE, asked)
        for _, at_once, server in itertools.product(range(rounds), clients, able):
            before = server.cpu()
            outcomes = _read(server, job, max(count, at_once) * (2 if window > 1 else 1), at_once)
            spent = (server.cpu() - before) / len(outcomes) * 1000
            cells.setdefault((server.name, at_once), []).append(spent)
            failed[server.name] = failed.get(server.name, 0) + sum(not outcome.ok for outcome in outcomes)
        medians = {cell: statistics.median(times) for cell, times in cells.items()}
        print(f"\nServer CPU, ms for each 1.44 MB image: {mode} ({rounds} rounds)")
        print(
            f"    {'':14}"
            + "".join(f"{f'{one} clients':>13}" for one in clients)
            + f"{'ratio at 64':>13}{'failed':>8}"
        )
        best = min((medians[server.name, 64] for server in able if server.name != OURS), default=0.0)
        for server in able:
            row = "".join(f"{medians[server.name, one]:>13.2f}" for one in clients)
            ratio = f"{medians[server.name, 64] / best:.2f}" if best else "-"
            print(f"    {server.name:14}{row}{ratio:>13}{failed[server.name]:>8}")


def _window(server: Server, asked: tuple[tuple[str, int], ...]) -> int:
    return int(_read(server, Job("nbp", NBP, asked), 1, 1)[0].options.get("windowsize", 1))


def _storm(servers: list[Server], rounds: int) -> None:
    print(
        f"\n{STORM} ROM-like clients at once, {4 * STORM} reads of 32 KB with probe and ERROR 8 ({rounds} rounds)"
    )
    print(f"    {'':14}{'complete':>12}{'time-outs':>11}{'p50 ms':>9}{'p99 ms':>9}{'CPU ms/read':>13}")
    job = Job("nbp", NBP, MODES["1456 lock-step"], probe=True)
    rows: dict[str, list[tuple[int, int, float, float, float]]] = {}
    for _, server in itertools.product(range(rounds), servers):
        before = server.cpu()
        outcomes = _read(server, job, 4 * STORM, STORM)
        times = _sorted(outcomes)
        rows.setdefault(server.name, []).append(
            (
                len(times),
                sum(outcome.retries for outcome in outcomes),
                _at(times, 0.5) * 1000,
                _at(times, 0.99) * 1000,
                (server.cpu() - before) / len(outcomes) * 1000,
            )
        )
    for name, found in rows.items():
        complete, retries, p50, p99, cpu = (statistics.median(column) for column in zip(*found, strict=True))
        print(
            f"    {name:14}{f'{complete:.0f}/{4 * STORM}':>12}{retries:>11.0f}{p50:>9.1f}{p99:>9.1f}{cpu:>13.3f}"
        )


def _bad_line(servers: list[Server]) -> None:
    for name, content, title in ("nbp", NBP, "32 KB"), ("image", IMAGE, "1.44 MB"):
        clients = STORM if content is NBP else 32
        print(
            f"\n{clients} ROM-like clients at once, {title}, 3 % lost, 3 % doubled, 3 % swapped each way (to 60 s)"
        )
        print(f"    {'':14}{'right':>10}{'median s':>10}{'slowest s':>11}{'ratio':>7}{'DATA/needed':>13}")
        for server in servers:
            job = Job(name, content, MODES["1456 lock-step"], probe=True, tries=60)
            outcomes = run(
                itertools.repeat(job, clients), server.address, clients, Wire(3, 0.03, 0.03, 0.03), 60.0
            )
            times = _sorted(outcomes)
            needed = len(times) * (len(content) // 1456 + 1)
            packets = sum(outcome.packets for outcome in outcomes if outcome.ok)
            if times:
                median, slowest = _at(times, 0.5), times[-1]
                figures = f"{median:>10.2f}{slowest:>11.2f}{slowest / median:>7.2f}{packets / needed:>13.2f}"
            else:
                figures = f"{'-':>10}"
            print(f"    {server.name:14}{f'{len(times)}/{clients}':>10}{figures}")


def _doubled(servers: list[Server]) -> None:
    print("\nEverything acknowledged twice, 16 lock-step reads of 32 KB: DATA packets for each needed")
    for server in servers:
        outcomes = _read(server, Job("nbp", NBP, MODES["1456 lock-step"], double=True), 16, 4)
        needed = len(outcomes) * (len(NBP) // 1456 + 1)
        sent = sum(outcome.packets for outcome in outcomes) / needed
        print(f"    {server.name:14}{sent:>8.2f}   {sum(not outcome.ok for outcome in outcomes)} failed")


def _memory(server: Server, transfers: int) -> None:
    _read(server, Job("nbp", NBP, MODES["1456 lock-step"]), 100, 64)
    first = server.memory()
    job = Job("nbp", NBP, MODES["1456 lock-step"], probe=True)
    done = sum(outcome.ok for outcome in _read(server, job, transfers, 64))
    chance = random.Random(100)
    malformed = 10 * transfers
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        for _ in range(malformed):
            sock.sendto(
                chance.choice((b"\0\1", b"\0\2", b"")) + chance.randbytes(chance.randrange(80)),
                server.address,
            )
    alive = _read(server, job, 1, 1)[0].ok
    last = server.memory()
    state = "still serving" if alive else "NO LONGER SERVING"
    print(f"\nMemory of {server.name}: {first:.1f} MB; {last:.1f} MB and {state} after {done} transfers")
    print(f"    with a probe each, and {malformed} malformed packets")


def _sorted(outcomes: list[Outcome]) -> list[float]:
    return sorted(outcome.seconds for outcome in outcomes if outcome.ok)


def _at(times: list[float], part: float) -> float:
    return times[min(len(times) - 1, int(len(times) * part))] if times else float("nan")


if __name__ == "__main__":
    main()
