from __future__ import annotations

import pytest

from callctrl.sip.deadlines import earliest


@pytest.mark.parametrize(
    ("instants", "first"),
    [((), None), ((None, None), None), ((None, 2.5, 1.5), 1.5), ((0.0, None, 1.0), 0.0)],
)
def test_the_earliest_is_the_first_that_is_one(
    instants: tuple[float | None, ...], first: float | None
) -> None:
    assert earliest(*instants) == first
