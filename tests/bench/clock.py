"""How time is taken: CPU time per operation, and medians over rounds that take turns."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from pathlib import Path
from statistics import median

__all__ = ["cpu_seconds", "medians", "own_cpu", "scaled", "switches"]

_CPU_CLOCK_OF_PROCESS = 2
"""From linux/posix-timers.h: a process's clock of CPU time that the scheduler keeps, in ns."""


def cpu_seconds(process: int) -> float:
    """CPU time that a process has used, all its threads together; Linux only."""
    return time.clock_gettime(~process << 3 | _CPU_CLOCK_OF_PROCESS)


def medians(works: Mapping[str, Callable[[], float]], rounds: int) -> dict[str, float]:
    """The median of what each returns; they take turns, so that noise meets all alike."""
    found: dict[str, list[float]] = {name: [] for name in works}
    for _ in range(rounds):
        for name, work in works.items():
            found[name].append(work())
    return {name: median(values) for name, values in found.items()}


def scaled(count: int, share: float) -> int:
    """A count of repetitions for a measurement of that share of its full length."""
    return max(1, round(count * share))


def own_cpu(work: Callable[[], object], times: int) -> float:
    """Microseconds of CPU that one call takes here."""
    begun = time.process_time()
    for _ in range(times):
        work()
    return (time.process_time() - begun) / times * 1e6


def switches(process: int) -> int:
    """How often a process has slept and been woken since it began; Linux only."""
    woken = 0
    for status in Path(f"/proc/{process}/task").glob("*/status"):
        for line in status.read_text().splitlines():
            if line.startswith("voluntary_ctxt_switches:"):
                woken += int(line.split()[1])
    return woken
