"""P13: search as you type over 50,000 contacts, from the key stroke to the painted rows."""

from __future__ import annotations

import asyncio
from statistics import median
from typing import TYPE_CHECKING

from tests.bench.atwork import inside, painted, percentile
from tests.bench.clock import scaled
from tests.bench.table import AtMost, Metric, Result
from tests.crowd import crowd

if TYPE_CHECKING:
    from tests.atwork import Reception

__all__ = ["METRICS", "measure", "work"]

METRICS = (
    Metric(
        "P13",
        "search as you type over 50,000 contacts, key stroke to painted",
        "ms",
        (AtMost(16, "p99"),),
        (),
        "the search itself is the second table's; it runs in a thread that shares the interpreter "
        "with the painting.",
    ),
)
_PEOPLE = 50_000
_TYPED = ("meier", "schmidt", "muller", "kowalski", "0221", "anderson", "garcia", "noah", "lambert")


def measure(share: float = 1.0) -> list[Result]:
    """The row."""
    times = inside(__name__, share)["keys"]
    figures = {"p50": median(times), "p99": percentile(times, 99), "max": max(times)}
    return [Result(METRICS[0], figures, f"{len(times)} key strokes; painted offscreen.")]


async def work(reception: Reception, share: float) -> dict[str, list[float]]:
    """Type names letter by letter; each key's answer is the next that the window is given."""
    people = list(crowd(scaled(_PEOPLE, share)))
    await reception.desktop.desk.contacts(lambda kept: kept.import_people(people, merge=False))
    await reception.desktop.desk.contacts(lambda kept: kept.search("s"))  # the first is slower
    window = reception.window
    window.come_forward()
    await asyncio.sleep(0.3)
    shows, found = window.show_found, [""]

    def note(text: str, *arguments: object) -> None:
        shows(text, *arguments)  # type: ignore[arg-type]
        found[0] = text
        window.shown_list.viewport().update()  # also where the rows stay the same

    window.show_found = note  # type: ignore[method-assign,assignment]
    times = []
    for text in _TYPED[: scaled(len(_TYPED), share)]:
        for end in range(1, len(text) + 1):
            times.append(
                await painted(
                    lambda letter=text[end - 1]: reception.type(letter),  # type: ignore[misc]
                    lambda widget, typed=text[:end]: (  # type: ignore[misc]
                        found[0] == typed and window.isAncestorOf(widget)
                    ),
                )
            )
            await asyncio.sleep(0.03)
        window._field.clear()
        await asyncio.sleep(0.2)
    return {"keys": times}
