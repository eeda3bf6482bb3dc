"""Whom Enter is meant for, second by second."""

from __future__ import annotations

import pytest

from callctrl.ui.enterkey import EnterKey, Meaning
from tests.reception import Clock


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def enter(clock: Clock) -> EnterKey:
    return EnterKey(clock)


def means(enter: EnterKey, text: str = "") -> Meaning:
    return enter.meaning(is_empty=not text)


def test_acts_while_nothing_rings(enter: EnterKey) -> None:
    enter.hear(False)
    assert means(enter) is means(enter, "an") is Meaning.ACT


def test_answers_at_once_where_nothing_stands(enter: EnterKey) -> None:
    enter.hear(True)
    assert means(enter) is Meaning.ANSWER


@pytest.mark.parametrize(
    ("after", "meaning"), [(0.0, Meaning.ACT), (0.69, Meaning.ACT), (0.7, Meaning.ANSWER)]
)
def test_answers_a_little_later_where_something_stood(
    enter: EnterKey, clock: Clock, after: float, meaning: Meaning
) -> None:
    clock.now = 0.0
    enter.see_typing()
    enter.hear(True)
    clock.now = after
    assert means(enter, "an") is meaning


def test_acts_on_what_was_typed_since(enter: EnterKey, clock: Clock) -> None:
    enter.hear(True)
    enter.see_typing()
    clock.now += 60
    assert means(enter, "an") is Meaning.ACT
    assert means(enter) is Meaning.ANSWER, "it was deleted again"


def test_the_ringing_begins_once(enter: EnterKey, clock: Clock) -> None:
    assert enter.hear(True)
    enter.see_typing()
    clock.now += 1
    assert not enter.hear(True)
    assert means(enter, "an") is Meaning.ACT


def test_what_was_typed_at_an_earlier_call_counts_no_more(enter: EnterKey, clock: Clock) -> None:
    enter.hear(True)
    enter.see_typing()
    enter.hear(False)
    clock.now += 5
    enter.hear(True)
    clock.now += 1
    assert means(enter, "an") is Meaning.ANSWER


def test_comes_too_late_when_it_has_just_fallen_silent(enter: EnterKey, clock: Clock) -> None:
    clock.now = 0.0
    enter.hear(True)
    enter.hear(False)
    assert means(enter) is means(enter, "an") is Meaning.NOTHING
    clock.now = 0.7
    assert means(enter) is Meaning.ACT


def test_is_never_too_late_for_what_was_typed(enter: EnterKey) -> None:
    enter.hear(True)
    enter.see_typing()
    enter.hear(False)
    assert means(enter, "an") is Meaning.ACT
