"""P12: by how much a timer of 500 ms (SIP's T1) is early or late, on three loops."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Callable
from statistics import median, quantiles
from typing import Any

from tests.bench.clock import scaled
from tests.bench.table import AtMost, Metric, Result

__all__ = ["METRICS", "measure"]

METRICS = (
    Metric(
        "P12",
        "error of a 500 ms timer (T1)",
        "ms",
        (AtMost(0, "early", unit="times"), AtMost(5, "p99")),
        ("asyncio median", "asyncio p99", "qasync earliest", "qasync p99"),
        "the loop asks Qt for a precise timer and for nothing else; what comes later than that is "
        "the wait for a processor.",
    ),
)
_T1 = 0.5
_APART = 0.02


def measure(share: float = 1.0) -> list[Result]:
    """The row."""
    count = scaled(50, share)
    errors: dict[str, list[float]] = {name: [] for name in _LOOPS}
    for _ in range(scaled(2, share)):
        for name, found in errors.items():
            found += _errors_of(name, count)
    ours = errors["ours"]
    figures = {
        "early": float(sum(error < 0 for error in ours)),
        "median": median(ours),
        "p99": _p99(ours),
        "asyncio median": median(errors["asyncio"]),
        "asyncio p99": _p99(errors["asyncio"]),
        "qasync earliest": min(errors["qasync"]),
        "qasync p99": _p99(errors["qasync"]),
    }
    return [Result(METRICS[0], figures, f"{len(ours)} timers, {_APART * 1000:.0f} ms apart.")]


def _p99(errors: list[float]) -> float:
    return quantiles(errors, n=100, method="inclusive")[-1] if len(errors) > 1 else errors[0]


def _errors_of(name: str, count: int) -> list[float]:
    """Milliseconds by which each timer came late, in a program of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.bench.timers", name, str(count)],
        capture_output=True,
        check=True,
        env=os.environ | {"QT_QPA_PLATFORM": "offscreen"},
    )
    errors: list[float] = json.loads(done.stdout)
    return errors


async def _run_timers(count: int) -> list[float]:
    loop = asyncio.get_running_loop()
    errors: list[float] = []

    def ring(due: float) -> None:
        errors.append(1000 * (loop.time() - due))

    for _ in range(count):
        loop.call_later(_T1, ring, loop.time() + _T1)
        await asyncio.sleep(_APART)
    await asyncio.sleep(2 * _T1)
    return errors


def _make_ours(app: Any) -> asyncio.AbstractEventLoop:
    from callctrl.ui.eventloop import CallLoop

    return CallLoop(app)


def _make_qasync(app: Any) -> asyncio.AbstractEventLoop:
    from qasync import QEventLoop

    loop: asyncio.AbstractEventLoop = QEventLoop(app)
    return loop


def _make_asyncio(_app: Any) -> asyncio.AbstractEventLoop:
    return asyncio.new_event_loop()


_LOOPS: dict[str, Callable[[Any], asyncio.AbstractEventLoop]] = {
    "ours": _make_ours,
    "asyncio": _make_asyncio,
    "qasync": _make_qasync,
}


def _main(name: str, count: int) -> None:
    from PySide6.QtWidgets import QApplication

    app = QApplication(["bench"])
    app.setQuitOnLastWindowClosed(False)
    loop = _LOOPS[name](app)
    print(json.dumps(loop.run_until_complete(_run_timers(count))), flush=True)
    os._exit(0)  # qasync would wait for its threads


if __name__ == "__main__":
    _main(sys.argv[1], int(sys.argv[2]))
