"""Instants in words."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from callctrl.ui.timewords import when_in_words

NOW = datetime(2026, 3, 4, 15, 30).astimezone()

pytestmark = pytest.mark.usefixtures("british")


def at(*when: int) -> datetime:
    year, month, day, hour, minute = when
    return datetime(year, month, day, hour, minute).astimezone()


@pytest.mark.parametrize(
    ("instant", "words"),
    [
        (at(2026, 3, 4, 9, 12), "09:12"),
        (at(2026, 3, 4, 0, 0), "00:00"),
        (at(2026, 3, 3, 23, 59), "yesterday 23:59"),
        (at(2026, 3, 2, 17, 40), "Mon 2 Mar 17:40"),
        (at(2025, 12, 31, 8, 5), "31 Dec 2025 08:05"),
        (at(2026, 3, 5, 8, 5), "Thu 5 Mar 08:05"),  # the clock was put back since
    ],
)
def test_the_time_is_told_as_people_do(instant: datetime, words: str) -> None:
    assert when_in_words(instant, NOW) == words


def test_midnight_is_the_desks_and_not_greenwichs() -> None:
    assert when_in_words(at(2026, 3, 4, 0, 1).astimezone(UTC), NOW) == "00:01"
