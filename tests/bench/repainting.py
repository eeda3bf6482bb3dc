"""P11: how late the loop gets while a list of 500 rows is repainted, 30 of them new each frame."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

from tests.bench.atwork import Pulse, inside, percentile
from tests.bench.clock import scaled
from tests.bench.table import AtMost, Metric, Result
from tests.crowd import crowd

if TYPE_CHECKING:
    from tests.atwork import Reception

__all__ = ["METRICS", "measure", "work"]

METRICS = (
    Metric(
        "P11",
        "loop lag p99 while a 500-row list repaints, 30 rows per frame",
        "ms",
        (AtMost(10, "p99"),),
        (),
        "a list that is shown anew paints the 20 rows in view by its delegate, which is in Python, "
        "at 0.2 to 0.4 ms each; only one is asked for its size.",
    ),
)
_ROWS, _CHANGED = 500, 30
_FRAME = 1 / 60


def measure(share: float = 1.0) -> list[Result]:
    """The row."""
    lags = inside(__name__, share)["lags"]
    figures = {"p50": percentile(lags, 50), "p99": percentile(lags, 99), "max": max(lags)}
    return [Result(METRICS[0], figures, "the program's own list; painted offscreen.")]


async def work(_reception: Reception, share: float) -> dict[str, list[float]]:
    """Show the list with some rows changed, frame by frame."""
    from callctrl.ui.rows import Row, RowList

    rows = [
        Row(person.name, person.company, person.numbers[0].text, subject=number)
        for number, person in enumerate(crowd(_ROWS))
    ]
    shown = RowList("Bench")
    shown.resize(600, 900)
    shown.show()
    await asyncio.sleep(0.2)
    pulse = Pulse()
    for frame in range(scaled(240, share)):
        first = frame * 7 % (_ROWS - _CHANGED)
        for at in range(first, first + _CHANGED):
            rows[at] = replace(rows[at], detail=f"since {frame} frames")
        shown.show_rows(list(rows))
        await asyncio.sleep(_FRAME)
    shown.close()
    return {"lags": pulse.stop()}
