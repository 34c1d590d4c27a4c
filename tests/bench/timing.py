"""Runs candidates in turns, so that a busy machine slows them alike, and prints their times side by side."""

from __future__ import annotations

import resource
import statistics
import time
from collections.abc import Callable


def report(
    title: str, candidates: dict[str, Callable[[], object]], rounds: int, base: str, images: int = 0
) -> None:
    """Run all candidates in turns and print median and fastest wall time, CPU time, and the ratio to `base`.

    With `images`, the number that each run makes, images per second are printed as well.
    """
    walls: dict[str, list[float]] = {name: [] for name in candidates}
    cpus: dict[str, list[float]] = {name: [] for name in candidates}
    for run in candidates.values():
        run()
    for _ in range(rounds):
        for name, run in candidates.items():
            used, wall = _cpu(), time.perf_counter()
            run()
            walls[name].append(time.perf_counter() - wall)
            cpus[name].append(_cpu() - used)
    more = f" {'images/s':>9} {'per CPU s':>9}" if images else ""
    print(f"\n{title} ({rounds} rounds)")
    print(f"    {'':34} {'median ms':>10} {'fastest':>9} {'CPU ms':>9} {'ratio':>7} {'of fastest':>11}{more}")
    for name, times in walls.items():
        median, fastest = statistics.median(times), min(times)
        ratio, best = "", ""
        if base in walls:
            ratio = f"{median / statistics.median(walls[base]):.2f}"
            best = f"{fastest / min(walls[base]):.2f}"
        used = statistics.median(cpus[name])
        more = f" {images / median:>9.0f} {images / used:>9.0f}" if images else ""
        times_ms = f"{median * 1000:>10.2f} {fastest * 1000:>9.2f} {used * 1000:>9.2f}"
        print(f"    {name:34} {times_ms} {ratio:>7} {best:>11}{more}")


def _cpu() -> float:
    """Return the CPU seconds of this process and of its children that have ended."""
    return sum(
        usage.ru_utime + usage.ru_stime
        for usage in map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    )
