"""What follows from RFC 4235 and RFC 3863 documents for one lamp."""

from __future__ import annotations

import pytest

from callctrl.calls import Lamp, LampDoubt, LampState
from callctrl.eventpackages import UnreadableBodyError
from callctrl.eventpackages.dialoginfo import DialogDirection, DialogElement, DialogState
from callctrl.eventpackages.pidf import Presence
from callctrl.lamps.facts import LampFacts, light_of
from tests.lampdesk import calls_of, presence_of

FREE, RINGING, BUSY = LampState.FREE, LampState.RINGING, LampState.BUSY
HELD, AWAY, UNKNOWN = LampState.HELD, LampState.AWAY, LampState.UNKNOWN

TRYING, EARLY, CONFIRMED = DialogState.TRYING, DialogState.EARLY, DialogState.CONFIRMED
PROCEEDING = DialogState.PROCEEDING
OUT, IN = DialogDirection.INITIATOR, DialogDirection.RECIPIENT

OPEN, CLOSED = Presence(is_open=True, notes=()), Presence(is_open=False, notes=())


def call(
    state: DialogState | None,
    direction: DialogDirection | None = None,
    *,
    is_held: bool = False,
    number: str = "",
    name: str = "",
) -> DialogElement:
    return DialogElement(
        f"{state}{direction}", state, direction, number=number, name=name, is_held=is_held
    )


@pytest.mark.parametrize(
    ("calls", "expected"),
    [
        ([], FREE),
        ([call(EARLY, IN)], RINGING),
        ([call(EARLY)], RINGING),
        ([call(TRYING, IN)], RINGING),
        ([call(TRYING, OUT)], BUSY),
        ([call(PROCEEDING, OUT)], BUSY),
        ([call(EARLY, OUT)], BUSY),
        ([call(CONFIRMED)], BUSY),
        ([call(CONFIRMED, IN)], BUSY),
        ([call(CONFIRMED, IN, is_held=True)], HELD),
        ([call(None)], BUSY),
    ],
)
def test_a_lamp_shows_the_call_there_is(calls: list[DialogElement], expected: LampState) -> None:
    light = light_of(calls, None)
    assert light is not None
    assert (light.state, light.source) == (expected, "dialog")


@pytest.mark.parametrize(
    ("calls", "expected", "peer"),
    [
        ([call(EARLY, IN, number="1"), call(CONFIRMED, number="2")], BUSY, "2"),
        ([call(EARLY, IN, number="1"), call(CONFIRMED, number="2", is_held=True)], HELD, "2"),
        ([call(CONFIRMED, number="1", is_held=True), call(TRYING, OUT, number="2")], BUSY, "2"),
    ],
)
def test_of_several_calls_the_one_that_keeps_the_colleague_matters(
    calls: list[DialogElement], expected: LampState, peer: str
) -> None:
    for order in (calls, calls[::-1]):
        assert light_of(order, None) == (expected, "dialog", peer)


def test_the_other_party_is_shown_by_number_and_else_by_name() -> None:
    both = light_of([call(CONFIRMED, number="0221", name="Anna")], None)
    name = light_of([call(CONFIRMED, name="Anna")], None)
    assert (both and both.peer, name and name.peer) == ("0221", "Anna")


@pytest.mark.parametrize(
    ("calls", "presence", "expected"),
    [
        (None, None, None),
        (None, OPEN, None),
        (None, CLOSED, (AWAY, "presence")),
        ([], CLOSED, (AWAY, "presence")),
        ([], OPEN, (FREE, "dialog")),
        ([], Presence(None, ()), (FREE, "dialog")),
        ([call(CONFIRMED)], CLOSED, (BUSY, "dialog")),
        ([call(CONFIRMED)], Presence(True, ("On hold",)), (HELD, "presence")),
        ([call(EARLY)], Presence(True, ("On hold",)), (RINGING, "dialog")),
        (None, Presence(True, ("Ready",)), (FREE, "presence")),
        (None, Presence(True, ("", "ON THE PHONE")), (BUSY, "presence")),
        (None, Presence(False, ("On the phone",)), (BUSY, "presence")),
        (None, Presence(True, ("Ringing",)), (RINGING, "presence")),
        ([], Presence(False, ("Unavailable",)), (AWAY, "presence")),
        ([], Presence(True, ("On the phone",)), (FREE, "dialog")),
        (None, Presence(True, ("at lunch",)), None),
        (None, Presence(False, ("at lunch",)), (AWAY, "presence")),
        (None, Presence(False, ("im Gespräch",), is_busy=True), (BUSY, "presence")),
        ([], Presence(False, ("im Gespräch",), is_busy=True), (FREE, "dialog")),
    ],
)
def test_presence_tells_what_the_calls_do_not(
    calls: list[DialogElement] | None,
    presence: Presence,
    expected: tuple[LampState, str] | None,
) -> None:
    light = light_of(calls, presence)
    assert (light and light[:2]) == expected


class Shown:
    """A lamp, fed with what is told."""

    def __init__(self) -> None:
        self.facts = LampFacts()
        self.lamp = Lamp("2002", since=1.0)

    def at(self, now: float) -> Lamp:
        self.lamp = self.facts.lamp(self.lamp, now)
        return self.lamp


def test_an_extension_nobody_was_asked_for_is_unknown() -> None:
    assert Shown().at(5.0) == Lamp("2002", UNKNOWN, 1.0, "", LampDoubt.NOT_ASKED)


def test_a_state_has_an_age_and_doubts_about_the_unknown_do_not_change_it() -> None:
    lamp = Shown()
    lamp.facts.may_be_told()
    assert lamp.at(2.0) == Lamp("2002", UNKNOWN, 1.0, "", LampDoubt.NO_WORD)
    lamp.facts.take_calls(calls_of("2002", "confirmed"))
    assert lamp.at(3.0) == Lamp("2002", BUSY, 3.0, "dialog", None, "2000")
    lamp.facts.take_calls(calls_of("2002", "confirmed"))
    assert lamp.at(4.0).since == 3.0, "the same document twice is no news"
    lamp.facts.doubt_calls(LampDoubt.LOST)
    assert lamp.at(5.0) == Lamp("2002", UNKNOWN, 5.0, "", LampDoubt.LOST)
    lamp.facts.may_be_told()
    assert lamp.at(6.0) == Lamp("2002", UNKNOWN, 5.0, "", LampDoubt.NO_WORD)


def test_a_grant_alone_makes_nobody_free() -> None:
    lamp = Shown()
    lamp.facts.take_calls(calls_of("2002"))
    lamp.facts.doubt_calls(LampDoubt.LOST)
    lamp.facts.may_be_told()
    assert lamp.at(5.0).doubt is LampDoubt.NO_WORD


def test_silence_is_no_word_unless_it_is_taken_for_free() -> None:
    lamp = Shown()
    lamp.facts.take_calls(calls_of("2002", "confirmed"))
    lamp.facts.take_silence(is_free=False)
    assert lamp.at(2.0).doubt is LampDoubt.NO_WORD
    lamp.facts.take_silence(is_free=True)
    assert lamp.at(3.0).state is FREE


def test_a_document_that_cannot_be_read_leaves_it_unknown() -> None:
    lamp = Shown()
    lamp.facts.take_calls(calls_of("2002"))
    with pytest.raises(UnreadableBodyError):
        lamp.facts.take_calls(b"<no")
    assert lamp.at(2.0).doubt is LampDoubt.NO_WORD
    lamp.facts.take_presence(presence_of("2002", "closed"))
    assert lamp.at(3.0).state is AWAY
    with pytest.raises(UnreadableBodyError):
        lamp.facts.take_presence(b"<no")
    assert lamp.at(4.0).state is UNKNOWN


def test_an_empty_report_of_presence_says_nothing() -> None:
    lamp = Shown()
    lamp.facts.take_calls(calls_of("2002"))
    lamp.facts.take_presence(presence_of("2002", "closed"))
    assert lamp.at(2.0).state is AWAY
    lamp.facts.take_presence(b"")
    assert lamp.at(3.0).state is FREE
    lamp.facts.take_presence(presence_of("2002", "closed"))
    lamp.facts.doubt_presence()
    assert lamp.at(4.0).state is FREE


def test_a_missing_document_leaves_it_unknown_until_the_full_state_has_come() -> None:
    """RFC 4235 section 4.3."""
    lamp = Shown()
    assert lamp.facts.take_calls(calls_of("2002", "a confirmed", version=1))
    assert lamp.facts.take_calls(calls_of("2002", "b early", version=2, state="partial"))
    assert lamp.at(2.0).state is BUSY
    assert not lamp.facts.take_calls(calls_of("2002", "a terminated", version=4, state="partial"))
    assert lamp.at(3.0).doubt is LampDoubt.NO_WORD
    assert lamp.facts.take_calls(calls_of("2002", version=5))
    assert lamp.at(4.0).state is FREE
