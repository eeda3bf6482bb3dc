"""The stage of a practice."""

from __future__ import annotations

import pytest

from callctrl.demo import Stage
from callctrl.simulator import SCENARIOS


@pytest.mark.parametrize("scenario", sorted(SCENARIOS))
async def test_the_phone_of_every_story_is_called_practice(scenario: str) -> None:
    stage = Stage(scenario)
    account = await stage.open()
    stage.close()
    assert account.station == "Practice"
