"""Calls of the past in words."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from callctrl.store.history import Outcome, Past, Record
from callctrl.ui.recordwords import (
    glyph_of,
    outcome_in_words,
    past_in_words,
    record_detail,
)
from callctrl.ui.rows import Glyph
from tests.reception import record

NOW = datetime(2026, 3, 4, 15, 30).astimezone()

pytestmark = pytest.mark.usefixtures("british")


def at(*when: int) -> datetime:
    year, month, day, hour, minute = when
    return datetime(year, month, day, hour, minute).astimezone()


@pytest.mark.parametrize("outcome", Outcome)
def test_every_outcome_has_words_and_a_drawing(outcome: Outcome) -> None:
    call = replace(record(1), outcome=outcome)
    assert outcome_in_words(call)
    assert glyph_of(call) in Glyph


def test_missed_placed_and_diverted_calls_look_different() -> None:
    kinds = (Outcome.ANSWERED, Outcome.MISSED, Outcome.PLACED, Outcome.DIVERTED)
    drawings = {glyph_of(replace(record(1), outcome=kind)) for kind in kinds}
    assert len(drawings) == 4


def test_a_diverted_call_says_where_to() -> None:
    call = replace(record(1), outcome=Outcome.DIVERTED, diverted_to="231")
    assert outcome_in_words(call) == "diverted to 231"
    assert outcome_in_words(replace(call, diverted_to="")) == "diverted"


def test_the_detail_says_how_long_people_talked() -> None:
    answered = at(2026, 3, 4, 9, 12)
    call = replace(
        record(1),
        began=answered - timedelta(seconds=20),
        answered=answered,
        ended=answered + timedelta(seconds=200),
        outcome=Outcome.ANSWERED,
    )
    assert record_detail(call, NOW) == "09:11 · answered · 3:20"
    assert record_detail(replace(call, answered=None), NOW) == "09:11 · answered"


def past(today: int, began: datetime, note: str = "") -> Past:
    last: Record = replace(record(1), began=began, note=note)
    return Past(today, last)


@pytest.mark.parametrize(
    ("before", "words"),
    [
        (Past(), ""),
        (past(0, at(2026, 3, 2, 17, 40)), "Last call Mon 2 Mar 17:40"),
        (past(1, at(2026, 3, 4, 9, 12)), "2nd call today · last 09:12"),
        (past(2, at(2026, 3, 4, 9, 12)), "3rd call today · last 09:12"),
        (past(10, at(2026, 3, 4, 9, 12)), "11th call today · last 09:12"),
        (past(20, at(2026, 3, 4, 9, 12)), "21st call today · last 09:12"),
        (past(21, at(2026, 3, 4, 9, 12)), "22nd call today · last 09:12"),
        (past(111, at(2026, 3, 4, 9, 12)), "112th call today · last 09:12"),
        (
            past(1, at(2026, 3, 4, 9, 12), "wants the\nMarch invoice"),
            "2nd call today · last 09:12 — “wants the March invoice”",
        ),
    ],
)
def test_earlier_calls_are_told_on_the_card(before: Past, words: str) -> None:
    assert past_in_words(before, NOW) == words
