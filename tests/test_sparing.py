from __future__ import annotations

import logging

import pytest

from callctrl.sparing import SparingLog

LOG = logging.getLogger("tests.sparing")


def test_the_first_lines_of_each_minute_are_written(caplog: pytest.LogCaptureFixture) -> None:
    sparing = SparingLog(LOG, most=3)
    for number in range(1000):
        sparing.warning(100.0 + number / 100, "rubbish no. %d", number)
    assert caplog.messages == ["rubbish no. 0", "rubbish no. 1", "rubbish no. 2"]


def test_the_next_minute_tells_how_many_were_left_out(caplog: pytest.LogCaptureFixture) -> None:
    sparing = SparingLog(LOG, most=3)
    for _ in range(10):
        sparing.warning(100.0, "rubbish")
    caplog.clear()
    sparing.warning(160.0, "more")
    assert caplog.messages == ["left out 7 lines like those", "more"]


def test_who_writes_little_is_written_whole(caplog: pytest.LogCaptureFixture) -> None:
    sparing = SparingLog(LOG, most=3)
    for minute in range(5):
        for _ in range(3):
            sparing.warning(60.0 * minute, "rubbish")
    assert caplog.messages == ["rubbish"] * 15
