"""Which notifications are asked for, as calls come and go."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Mapping
from dataclasses import replace

import pytest

from callctrl.incoming import Incoming
from callctrl.notifications import Availability
from callctrl.ui import notifying
from callctrl.ui.notifying import ANSWER, REJECT, Notifying, why_none_in_words

ANNA = Incoming("1", number="5551234")
NAMED = Incoming("1", "Anna Lee", "5551234")
BOB = Incoming("2", "Bob", "231")


class SpyNotifier:
    """Writes down what it is asked for."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str]] = []
        self.buttons: set[str] = set()

    async def show(self, _call: Incoming, title: str, actions: Mapping[str, str]) -> None:
        self.asked.append(("show", title))
        self.buttons |= actions.keys()

    async def close(self, call_id: str) -> None:
        self.asked.append(("close", call_id))


@pytest.fixture
def spy(monkeypatch: pytest.MonkeyPatch) -> SpyNotifier:
    spy = SpyNotifier()
    monkeypatch.setattr(notifying, "Notifier", lambda _on_action: spy)
    return spy


@pytest.fixture
def it(spy: SpyNotifier) -> Notifying:
    def run(work: Coroutine[None, None, None]) -> None:
        asyncio.run(work)

    it = Notifying(lambda _call_id, _action: None, run)
    it.wanted = True
    return it


def test_each_call_is_shown_once_with_both_buttons(it: Notifying, spy: SpyNotifier) -> None:
    it.show_calls([ANNA])
    it.show_calls([ANNA, BOB])
    assert spy.asked == [
        ("show", "Incoming call from 5551234"),
        ("show", "Incoming call from Bob"),
    ]
    assert spy.buttons == {ANSWER, REJECT}


@pytest.mark.parametrize(
    ("call", "buttons"),
    [
        (replace(ANNA, no_answer="No."), {REJECT}),
        (replace(ANNA, no_reject="No."), {ANSWER}),
        (replace(ANNA, no_answer="No.", no_divert="No.", no_reject="No."), set()),
    ],
)
def test_what_cannot_be_done_has_no_button(
    it: Notifying, spy: SpyNotifier, call: Incoming, buttons: set[str]
) -> None:
    it.show_calls([call])
    assert spy.asked == [("show", "Incoming call from 5551234")]
    assert spy.buttons == buttons


def test_a_call_of_which_more_is_known_is_shown_anew(it: Notifying, spy: SpyNotifier) -> None:
    it.show_calls([ANNA])
    it.show_calls([NAMED])
    assert spy.asked[1:] == [("show", "Incoming call from Anna Lee")]


def test_a_call_that_rings_no_more_is_taken_back(it: Notifying, spy: SpyNotifier) -> None:
    it.show_calls([ANNA, BOB])
    it.show_calls([BOB])
    it.show_calls([])
    assert spy.asked[2:] == [("close", "1"), ("close", "2")]


def test_what_is_wanted_no_more_is_taken_back(it: Notifying, spy: SpyNotifier) -> None:
    it.show_calls([ANNA])
    it.wanted = False
    it.show_calls([ANNA])
    assert spy.asked[1:] == [("close", "1")]


@pytest.mark.parametrize("availability", list(Availability))
def test_it_says_why_there_are_no_buttons(availability: Availability) -> None:
    assert bool(why_none_in_words(availability)) is (availability is not Availability.BUTTONS)
