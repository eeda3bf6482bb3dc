"""The stage of a practice."""

from __future__ import annotations

import logging

import pytest

from callctrl.demo import Ladder, Stage
from callctrl.simulator import SCENARIOS


@pytest.mark.parametrize("scenario", sorted(SCENARIOS))
async def test_the_phone_of_every_story_is_called_practice(scenario: str) -> None:
    stage = Stage(scenario)
    account = await stage.open()
    stage.close()
    assert account.station == "Practice"


def test_the_ladder_has_no_rung_for_line_ends(capsys: pytest.CaptureFixture[str]) -> None:
    ladder = Ladder()
    for message in ("OPTIONS sip:a@b SIP/2.0\n", "\r\n\r\n"):
        ladder.emit(logging.makeLogRecord({"msg": "sent to %s\n%s", "args": ("PBX", message)}))
    rungs = [line.strip(" <>-") for line in capsys.readouterr().out.splitlines()[1:]]
    assert rungs == ["OPTIONS"]
