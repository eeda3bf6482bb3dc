"""The whole program at work in a process of its own, offscreen, for what is measured inside it.

`python -m tests.bench.atwork MODULE SHARE` has `MODULE.work(reception, share)` measure, with a
simulated phone in the same process, and prints what it returns.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from statistics import quantiles
from time import perf_counter
from typing import Any

__all__ = ["Pulse", "inside", "painted", "percentile"]

_WITHIN = 10.0
"""Seconds after which what is to be painted is taken to have been forgotten."""


def inside(module: str, share: float) -> dict[str, list[float]]:
    """What the module's `work` measured: lists of figures by name."""
    done = subprocess.run(
        [sys.executable, "-m", __name__, module, str(share)],
        stdout=subprocess.PIPE,
        check=True,
        env=os.environ | {"QT_QPA_PLATFORM": "offscreen", "QT_LOGGING_RULES": "qt.qpa.*=false"},
    )
    found: dict[str, list[float]] = json.loads(done.stdout)
    return found


def percentile(values: list[float], which: int) -> float:
    """The 50th, 99th … percentile."""
    if len(values) < 2:
        return values[0]
    return quantiles(values, n=100, method="inclusive")[which - 1]


class Pulse:
    """A timer that is due all the time: by how much it comes late is what anything else waits."""

    _EVERY = 0.002

    def __init__(self) -> None:
        self.lags: list[float] = []
        """Milliseconds."""
        self._loop = asyncio.get_running_loop()
        self._beat(self._loop.time())

    def _beat(self, due: float) -> None:
        now = self._loop.time()
        self.lags.append(1000 * (now - due))
        self._timer = self._loop.call_at(now + self._EVERY, self._beat, now + self._EVERY)

    def stop(self) -> list[float]:
        """The lags."""
        self._timer.cancel()
        return self.lags


async def painted(change: Callable[[], object], is_it: Callable[[Any], bool]) -> float:
    """Milliseconds from before a change until the last widget of that kind begins to be painted.

    The last in the turn of Qt's loop that begins with the first.
    """
    from PySide6.QtCore import QEvent, QObject, QTimer
    from PySide6.QtWidgets import QApplication, QWidget

    done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    times: list[float] = []

    def finish() -> None:
        if not done.done():
            done.set_result(None)

    class Watch(QObject):
        def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802
            is_painting = event.type() is QEvent.Type.Paint and isinstance(watched, QWidget)
            if is_painting and is_it(watched):
                if not times:
                    QTimer.singleShot(0, finish)
                times.append(perf_counter())
            return False

    watch = Watch()
    app = QApplication.instance()
    assert app is not None
    app.installEventFilter(watch)
    begun = perf_counter()
    change()
    try:
        await asyncio.wait_for(done, _WITHIN)
    finally:
        app.removeEventFilter(watch)
    return 1000 * (times[-1] - begun)


def _main(module: str, share: float) -> None:
    from PySide6.QtWidgets import QApplication

    from callctrl.ui.eventloop import CallLoop
    from callctrl.ui.theme import apply_theme
    from tests.atwork import at_work

    async def main() -> dict[str, list[float]]:
        with tempfile.TemporaryDirectory() as folder:
            async with at_work(Path(folder)) as reception:
                await asyncio.sleep(0.5)
                found: dict[str, list[float]] = await import_module(module).work(reception, share)
                return found

    logging.disable()
    app = QApplication(["bench"])
    app.setQuitOnLastWindowClosed(False)
    apply_theme(app)
    with asyncio.Runner(loop_factory=lambda: CallLoop(app)) as runner:
        print(json.dumps(runner.run(main())))


if __name__ == "__main__":
    _main(sys.argv[1], float(sys.argv[2]))
