from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from callctrl.calls import Call, CallState, Direction
from callctrl.store.records import (
    Outcome,
    Record,
    turned_away,
    updated,
)

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
IN, OUT, UNKNOWN = Direction.INCOMING, Direction.OUTGOING, Direction.UNKNOWN


def after(*states: CallState, direction: Direction = IN) -> Record:
    """The record of a call that was in these states, a second each."""
    record = Record(1, START)
    for seconds, state in enumerate(states):
        call = Call("1", state, direction=direction)
        record = updated(record, call, START + timedelta(seconds=seconds))
    return record


def test_a_call_that_goes_on_has_no_end() -> None:
    record = after(CallState.RINGING)

    assert (record.answered, record.ended) == (None, None)
    assert record.outcome is Outcome.GOING_ON


@pytest.mark.parametrize(
    ("direction", "states", "outcome"),
    [
        (IN, [CallState.RINGING], Outcome.MISSED),
        (IN, [CallState.RINGING, CallState.ANSWERING], Outcome.MISSED),
        (IN, [CallState.RINGING, CallState.CONNECTED], Outcome.ANSWERED),
        (IN, [CallState.HELD], Outcome.ANSWERED),
        (OUT, [CallState.DIALING], Outcome.NO_ANSWER),
        (OUT, [CallState.PROCEEDING, CallState.FAILED], Outcome.NO_ANSWER),
        (OUT, [CallState.PROCEEDING, CallState.CONNECTED], Outcome.PLACED),
        (UNKNOWN, [CallState.CONNECTED], Outcome.ANSWERED),
        (UNKNOWN, [CallState.UNKNOWN], Outcome.UNKNOWN_END),
        (UNKNOWN, [], Outcome.UNKNOWN_END),
    ],
)
def test_the_outcome_follows_from_what_was_seen(
    direction: Direction, states: list[CallState], outcome: Outcome
) -> None:
    assert after(*states, CallState.ENDED, direction=direction).outcome is outcome


def test_a_call_that_reached_nobody_goes_on_until_it_is_hung_up() -> None:
    record = after(CallState.PROCEEDING, CallState.FAILED, direction=OUT)

    assert (record.outcome, record.ended) == (Outcome.GOING_ON, None)


def test_a_talk_begins_when_first_connected_and_ends_with_the_call() -> None:
    record = after(
        CallState.RINGING, CallState.CONNECTED, CallState.HELD, CallState.CONNECTED, CallState.ENDED
    )

    assert record.answered == START + timedelta(seconds=1)
    assert record.ended == START + timedelta(seconds=4)


def test_a_talk_ends_when_the_far_end_hangs_up() -> None:
    talking = [CallState.PROCEEDING, CallState.CONNECTED, CallState.FAILED]
    off_hook = after(*talking, direction=OUT)
    over = after(*talking, CallState.ENDED, direction=OUT)

    assert off_hook.outcome is over.outcome is Outcome.PLACED
    assert off_hook.ended == over.ended == START + timedelta(seconds=2)


@pytest.mark.parametrize("states", [[CallState.RINGING], [CallState.RINGING, CallState.CONNECTED]])
def test_an_end_that_nobody_saw_is_known_neither_when_nor_how(states: list[CallState]) -> None:
    """It may have been answered, missed, or have gone on for hours after we lost sight of it."""
    record = after(*states)
    away = Call("1", CallState.ENDED, direction=IN, ended_away=True)
    over = updated(record, away, START + timedelta(hours=3))
    assert (over.outcome, over.ended) == (Outcome.UNKNOWN_END, None)
    back = updated(over, Call("1", CallState.HELD, direction=IN), START + timedelta(hours=3))
    assert (back.outcome, back.ended) == (Outcome.GOING_ON, None)


def test_a_talk_that_was_over_before_we_were_away_keeps_its_end() -> None:
    record = after(CallState.RINGING, CallState.CONNECTED, CallState.FAILED)
    away = Call("1", CallState.ENDED, direction=IN, ended_away=True)
    over = updated(record, away, START + timedelta(hours=3))
    assert (over.outcome, over.ended) == (Outcome.ANSWERED, START + timedelta(seconds=2))


def test_a_call_that_comes_back_goes_on() -> None:
    record = after(CallState.CONNECTED, CallState.FAILED, CallState.CONNECTED)

    assert record.outcome is Outcome.GOING_ON
    assert record.ended is None


def test_a_call_known_to_have_been_connected_was_answered() -> None:
    record = updated(Record(1, START), Call("1", CallState.ENDED, answered_at=3.0), START)

    assert record.outcome is Outcome.ANSWERED


def test_a_clock_put_back_makes_no_talk_of_negative_length() -> None:
    record = Record(1, START)
    for hours, state in enumerate([CallState.CONNECTED, CallState.ENDED], start=1):
        record = updated(record, Call("1", state), START - timedelta(hours=hours))

    assert record.began == record.answered == record.ended


def test_what_later_reports_leave_out_is_kept() -> None:
    first = Call("1", CallState.RINGING, line=2, direction=IN, number="201", name="Ann")
    record = updated(Record(1, START), first, START)
    later = updated(record, Call("1", CallState.CONNECTED), START)

    assert (later.number, later.name, later.line, later.direction) == ("201", "Ann", 2, IN)


@pytest.mark.parametrize("outcome", [Outcome.REJECTED, Outcome.DIVERTED])
def test_a_call_turned_away_was_not_missed(outcome: Outcome) -> None:
    ringing, missed = after(CallState.RINGING), after(CallState.RINGING, CallState.ENDED)
    ended = Call("1", CallState.ENDED, direction=IN)

    assert updated(turned_away(ringing, outcome, "202"), ended, START).outcome is outcome
    assert turned_away(missed, outcome, "202").outcome is outcome
    assert turned_away(missed, outcome, "202").diverted_to == "202"


def test_a_call_answered_all_the_same_was_not_turned_away() -> None:
    ringing = turned_away(after(CallState.RINGING), Outcome.REJECTED)
    connected = updated(ringing, Call("1", CallState.CONNECTED, direction=IN), START)

    assert ringing.outcome is Outcome.REJECTED
    assert connected.outcome is Outcome.GOING_ON
    assert turned_away(connected, Outcome.REJECTED) == connected


def test_only_calls_to_us_are_turned_away() -> None:
    calling = after(CallState.CALLING, direction=OUT)

    assert turned_away(calling, Outcome.REJECTED) == calling
