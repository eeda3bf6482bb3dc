"""An hour of calls, losses and restarts leaves nothing behind in the engine.

What `make soak` measures in bytes, counted here in objects, which is the same on every machine.
"""

from __future__ import annotations

from callctrl.calls import SessionState
from tests.bench.soak import WorkingDay, engine_objects

_UNDER_WAY = 10
"""Objects of a class that a renewal may have at the moment; an hour's leak would be hundreds."""


def test_an_hour_leaves_no_objects_behind() -> None:
    day = WorkingDay()
    day.work(1200.0)
    day.rest()
    before = engine_objects()
    day.work(3600.0)
    day.rest()
    more = engine_objects() - before
    assert {kind: count for kind, count in more.items() if count > _UNDER_WAY} == {}
    assert day.calls > 100
    assert day.state is SessionState.READY
