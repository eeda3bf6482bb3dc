"""P10: from a NOTIFY on the wire to the painted card of an incoming call."""

from __future__ import annotations

import asyncio
from statistics import median
from typing import TYPE_CHECKING

from tests.bench.atwork import inside, painted, percentile
from tests.bench.clock import scaled
from tests.bench.table import AtMost, Metric, Result

if TYPE_CHECKING:
    from tests.atwork import Reception

__all__ = ["METRICS", "measure", "work"]

METRICS = (
    Metric(
        "P10",
        "NOTIFY on the wire to card painted",
        "ms",
        (AtMost(16.7, "first"), AtMost(5, "p50"), AtMost(16.7, "p99")),
        (),
        "in a profile the time is Qt's own, laying out and painting the card and the call in the "
        "window, with no place in our code that stands out; at first icons are drawn as well.",
    ),
)


def measure(share: float = 1.0) -> list[Result]:
    """The row."""
    firsts, others = [], []
    for _ in range(scaled(3, share)):
        found = inside(__name__, share)["calls"]
        firsts.append(found[0])
        others += found[1:]
    figures = {"first": median(firsts), "p50": median(others), "p99": percentile(others, 99)}
    remark = f"{len(firsts)} programs, {len(others)} further calls; painted offscreen."
    return [Result(METRICS[0], figures, remark)]


async def work(reception: Reception, share: float) -> dict[str, list[float]]:
    """Ring, wait for the card, give up, again and again."""
    times = []
    for number in range(1 + scaled(40, share)):
        caller = f"555{number:04}"
        ring = f'ring {caller} "Anna Meier"'
        times.append(
            await painted(
                lambda ring=ring: reception.phone(ring),  # type: ignore[misc]
                lambda widget: any(
                    card is widget or card.isAncestorOf(widget) for card in reception.cards()
                ),
            )
        )
        reception.phone(f"give-up {caller}")
        while reception.cards():  # noqa: ASYNC110 - a card tells nobody when it goes
            await asyncio.sleep(0.01)
        await asyncio.sleep(0.05)
    return {"calls": times}
