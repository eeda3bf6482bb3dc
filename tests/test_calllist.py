from __future__ import annotations

import sys
from types import FrameType
from typing import Any

import pytest

from callctrl.calllist import CallList
from callctrl.calls import Call, CallReport, CallState, Direction

TALKING = [CallState.CONNECTED, CallState.HOLDING, CallState.HELD, CallState.RESUMING]
BEFORE_TALKING = [
    CallState.DIALING,
    CallState.CALLING,
    CallState.PROCEEDING,
    CallState.RINGING,
    CallState.ANSWERING,
]


class Desk:
    """The calls of one phone and the clock they are reported by."""

    def __init__(self) -> None:
        self.calls = CallList()
        self.now = 1000.0

    def say(
        self,
        state: CallState,
        ref: str | None = "1",
        *,
        id: str = "1",  # noqa: A002 — the phone's word
        number: str | None = None,
        name: str | None = None,
        line: int | None = None,
        wire_state: str = "",
    ) -> list[Call]:
        """The phone reports; what changed."""
        report = CallReport(id, state, wire_state, ref, line, number, name)
        return self.calls.apply(report, self.now)

    def states(self) -> list[tuple[str | None, CallState]]:
        """Reference and state of each live call."""
        return [(call.ref, call.state) for call in self.calls]


def changes(calls: list[Call]) -> list[tuple[str | None, CallState]]:
    return [(call.ref, call.state) for call in calls]


# A call's life


def test_an_incoming_call_is_followed_to_its_end() -> None:
    desk = Desk()
    path = [CallState.RINGING, CallState.ANSWERING, CallState.CONNECTED, CallState.HOLDING]
    path += [CallState.HELD, CallState.RESUMING, CallState.CONNECTED, CallState.ENDED]
    for state in path:
        (call,) = desk.say(state)
        assert (call.state, call.direction) == (state, Direction.INCOMING)
    assert len(desk.calls) == 0


def test_an_outgoing_call_that_fails_is_there_until_it_is_hung_up() -> None:
    desk = Desk()
    for state in (CallState.DIALING, CallState.CALLING, CallState.PROCEEDING, CallState.FAILED):
        (call,) = desk.say(state)
        assert call.direction is Direction.OUTGOING
    assert desk.states() == [("1", CallState.FAILED)]
    assert changes(desk.say(CallState.ENDED)) == [("1", CallState.ENDED)]


def test_a_call_first_seen_when_it_talks_has_no_known_direction() -> None:
    (call,) = Desk().say(CallState.CONNECTED)
    assert call.direction is Direction.UNKNOWN


def test_name_number_and_line_are_remembered() -> None:
    """Later reports leave them out (protocol.md B.2)."""
    desk = Desk()
    desk.say(CallState.RINGING, number="5551234", name="Anna Lee", line=2)
    for state in (CallState.ANSWERING, CallState.CONNECTED, CallState.ENDED):
        (call,) = desk.say(state)
        assert (call.number, call.name, call.line) == ("5551234", "Anna Lee", 2)


def test_an_empty_name_does_not_wipe_out_the_known_one() -> None:
    desk = Desk()
    desk.say(CallState.RINGING, number="5551234", name="Anna Lee")
    (call,) = desk.say(CallState.ANSWERING, number="", name="")
    assert (call.number, call.name) == ("5551234", "Anna Lee")


def test_a_name_told_later_is_taken() -> None:
    desk = Desk()
    desk.say(CallState.RINGING, number="5551234")
    (call,) = desk.say(CallState.RINGING, name="Anna Lee")
    assert (call.number, call.name) == ("5551234", "Anna Lee")


def test_a_reference_told_later_is_taken() -> None:
    desk = Desk()
    desk.say(CallState.RINGING, None)
    (call,) = desk.say(CallState.ANSWERING, "7")
    assert call.ref == "7"
    (call,) = desk.say(CallState.CONNECTED, None)
    assert call.ref == "7"


def test_calls_with_different_numbers_live_side_by_side() -> None:
    desk = Desk()
    desk.say(CallState.CONNECTED, "1", id="1")
    desk.say(CallState.RINGING, "2", id="2")
    desk.say(CallState.ENDED, "1", id="1")
    assert desk.states() == [("2", CallState.RINGING)]
    ringing = desk.calls.get("2")
    assert ringing is not None
    assert ringing.state is CallState.RINGING
    assert desk.calls.get("1") is None


def test_the_list_may_change_while_it_is_walked() -> None:
    desk = Desk()
    desk.say(CallState.CONNECTED, "1", id="1")
    desk.say(CallState.CONNECTED, "2", id="2")
    for call in desk.calls:
        desk.say(CallState.ENDED, call.ref, id=call.id)
    assert len(desk.calls) == 0


# Reports that come twice, late, or in another order


@pytest.mark.parametrize("state", [state for state in CallState if state is not CallState.ENDED])
def test_a_report_that_comes_twice_changes_nothing(state: CallState) -> None:
    desk = Desk()
    assert len(desk.say(state)) == 1
    assert desk.say(state) == []


def test_an_end_that_comes_twice_is_told_once() -> None:
    desk = Desk()
    desk.say(CallState.CONNECTED)
    assert len(desk.say(CallState.ENDED)) == 1
    assert desk.say(CallState.ENDED) == []


def test_the_end_of_a_call_never_seen_is_no_news() -> None:
    assert Desk().say(CallState.ENDED) == []


@pytest.mark.parametrize("late", [state for state in CallState if state is not CallState.ENDED])
def test_a_late_report_does_not_wake_an_ended_call(late: CallState) -> None:
    desk = Desk()
    desk.say(CallState.RINGING)
    desk.say(CallState.ENDED)
    desk.now += 16.0
    assert desk.say(late) == []
    assert desk.states() == []


def test_a_report_overtaken_by_the_end_of_its_call_shows_no_call() -> None:
    """The first report was lost; its repetition comes half a second later, behind `idle`."""
    desk = Desk()
    desk.say(CallState.ENDED, "7")
    desk.now += 0.5
    assert desk.say(CallState.RINGING, "7") == []


@pytest.mark.parametrize(
    ("known", "late"),
    [
        (CallState.ANSWERING, CallState.RINGING),
        (CallState.CALLING, CallState.DIALING),
        (CallState.PROCEEDING, CallState.DIALING),
        (CallState.PROCEEDING, CallState.CALLING),
    ],
)
def test_a_late_report_does_not_take_a_call_back_while_it_is_set_up(
    known: CallState, late: CallState
) -> None:
    desk = Desk()
    desk.say(known)
    assert desk.say(late) == []
    assert desk.states() == [("1", known)]


@pytest.mark.parametrize("known", [*TALKING, CallState.FAILED])
@pytest.mark.parametrize("late", BEFORE_TALKING)
def test_a_late_report_does_not_take_a_call_back_to_before_it_was_answered(
    known: CallState, late: CallState
) -> None:
    desk = Desk()
    desk.say(known)
    desk.now += 16.0
    assert desk.say(late) == []
    assert desk.states() == [("1", known)]


@pytest.mark.parametrize("known", TALKING)
@pytest.mark.parametrize("said", [*TALKING, CallState.FAILED, CallState.UNKNOWN])
def test_between_talking_and_holding_the_phone_is_believed(
    known: CallState, said: CallState
) -> None:
    desk = Desk()
    desk.say(known)
    desk.say(said)
    assert desk.states() == [("1", said)]


def test_without_a_reference_nothing_is_late() -> None:
    desk = Desk()
    desk.say(CallState.CONNECTED, None)
    desk.say(CallState.RINGING, None)
    desk.say(CallState.ENDED, None)
    desk.say(CallState.RINGING, None)
    assert desk.states() == [(None, CallState.RINGING)]


def test_a_new_reference_under_the_same_number_ends_the_old_call() -> None:
    desk = Desk()
    desk.say(CallState.CONNECTED, "7", number="111")
    old, new = desk.say(CallState.RINGING, "8")
    assert (old.ref, old.state, old.number) == ("7", CallState.ENDED, "111")
    assert (new.ref, new.state, new.number) == ("8", CallState.RINGING, "")
    assert desk.states() == [("8", CallState.RINGING)]


@pytest.mark.parametrize("late", list(CallState))
def test_a_late_report_of_the_old_call_leaves_the_new_one_alone(late: CallState) -> None:
    """The end of call 7 was lost, and is repeated when call 8 rings already."""
    desk = Desk()
    desk.say(CallState.CONNECTED, "7")
    desk.say(CallState.RINGING, "8", number="222")
    desk.now += 0.5
    assert desk.say(late, "7") == []
    assert desk.states() == [("8", CallState.RINGING)]
    (call,) = desk.say(CallState.CONNECTED, "8")
    assert (call.number, call.direction) == ("222", Direction.INCOMING)


def test_the_end_of_another_call_under_the_same_number_ends_the_one_we_know() -> None:
    desk = Desk()
    desk.say(CallState.CONNECTED, "7")
    assert changes(desk.say(CallState.ENDED, "8")) == [("7", CallState.ENDED)]
    assert desk.states() == []


def test_a_phone_that_counts_from_the_beginning_again_is_believed() -> None:
    """References restart at a reboot (protocol.md B.7); nothing is late after twenty seconds."""
    desk = Desk()
    desk.say(CallState.CONNECTED, "1")
    desk.say(CallState.ENDED, "1")
    desk.now += 20.0
    assert changes(desk.say(CallState.RINGING, "1")) == [("1", CallState.RINGING)]


@pytest.mark.parametrize("state", BEFORE_TALKING)
def test_a_phone_that_rebooted_during_a_call_is_believed(state: CallState) -> None:
    """The call after the reboot does not show the caller from before."""
    desk = Desk()
    desk.say(CallState.CONNECTED, "1", number="111", name="Anna Lee")
    desk.now += 60.0
    changed = desk.say(state, "1", number="", name="")
    assert [(call.state, call.name) for call in changed] == [
        (CallState.ENDED, "Anna Lee"),
        (state, ""),
    ]
    assert desk.states() == [("1", state)]


def test_a_call_that_uses_a_reference_again_after_the_reboot_is_followed() -> None:
    desk = Desk()
    desk.say(CallState.CONNECTED, "1")
    desk.now += 60.0
    for state in (CallState.RINGING, CallState.ANSWERING, CallState.CONNECTED, CallState.ENDED):
        desk.now += 1.0
        assert changes(desk.say(state, "1"))[-1] == ("1", state)
    assert desk.say(CallState.CONNECTED, "1") == []


# A phone that restarts has forgotten its calls, and says nothing of it (protocol.md B.7)


def message(*reports: tuple[str, str | None, CallState]) -> list[CallReport]:
    return [CallReport(call_id, state, ref=ref) for call_id, ref, state in reports]


def restarted(desk: Desk, *reports: tuple[str, str | None, CallState]) -> list[str | None]:
    """References of the calls one message ends before it is applied."""
    spoken = message(*reports)
    ended = desk.calls.forget_if_restarted(spoken, desk.now)
    for report in spoken:
        desk.calls.apply(report, desk.now)
    return [call.ref for call in ended]


@pytest.fixture(name="busy")
def desk_with_two_calls() -> Desk:
    desk = Desk()
    desk.say(CallState.HELD, "57", id="1", name="Anna Lee")
    desk.say(CallState.CONNECTED, "58", id="2")
    return desk


def test_a_phone_that_greets_with_a_lower_reference_has_restarted(busy: Desk) -> None:
    busy.now += 4.0
    ended = busy.calls.forget_if_restarted(message(("1", "1", CallState.ENDED)), busy.now)
    assert [(call.name, call.state) for call in ended] == [
        ("Anna Lee", CallState.ENDED),
        ("", CallState.ENDED),
    ]
    assert busy.states() == []


def test_no_phone_restarts_in_less_than_four_seconds(busy: Desk) -> None:
    busy.now += 3.9
    assert busy.calls.forget_if_restarted(message(("1", "1", CallState.ENDED)), busy.now) == []
    assert len(busy.calls) == 2


def test_a_new_call_with_a_lower_reference_counts_when_it_cannot_be_late_news(busy: Desk) -> None:
    """Call 56 may have begun before the others, and its first report been lost ten seconds."""
    busy.now += 10.0
    assert restarted(busy, ("3", "56", CallState.RINGING)) == []
    assert [ref for ref, _ in busy.states()] == ["57", "58", "56"]
    busy.now += 20.0
    assert restarted(busy, ("3", "2", CallState.RINGING)) == ["57", "58", "56"]
    assert busy.states() == [("2", CallState.RINGING)]


def test_a_picture_that_still_names_a_call_is_no_restart(busy: Desk) -> None:
    """Call 56 was missed as a whole: the network was away."""
    busy.now += 60.0
    picture = [("3", "56", CallState.HELD), ("2", "58", CallState.CONNECTED)]
    assert restarted(busy, *picture) == []
    assert len(busy.calls) == 3


def test_a_picture_of_new_calls_only_is_a_restart(busy: Desk) -> None:
    busy.now += 60.0
    picture = [("1", "2", CallState.CONNECTED), ("2", "3", CallState.RINGING)]
    assert restarted(busy, *picture) == ["57", "58"]
    assert busy.states() == [("2", CallState.CONNECTED), ("3", CallState.RINGING)]


@pytest.mark.parametrize("state", [CallState.RINGING, CallState.ENDED])
def test_a_phone_that_counts_each_line_by_itself_has_not_restarted(
    busy: Desk, state: CallState
) -> None:
    """Both captures are of line 1: whether all lines count together is not known."""
    busy.say(CallState.RINGING, "8", id="3")
    busy.say(CallState.ENDED, "8", id="3")
    busy.now += 60.0
    assert restarted(busy, ("3", "9", state)) == []  # a line with a count of its own
    busy.now += 60.0
    assert restarted(busy, ("4", "1", state)) == []  # a line not heard of before
    assert {"57", "58"} <= {ref for ref, _ in busy.states()}


def test_the_end_of_a_call_that_just_ended_is_no_restart(busy: Desk) -> None:
    busy.say(CallState.CONNECTED, "50", id="3")
    busy.say(CallState.ENDED, "50", id="3")
    busy.now += 10.0
    assert restarted(busy, ("3", "50", CallState.ENDED)) == []


@pytest.mark.parametrize("ref", [None, "59", "58", "57", "x7", "-1", "9" * 300, "0" * 300, "٣"])
def test_only_a_lower_number_shows_a_restart(busy: Desk, ref: str | None) -> None:
    busy.now += 60.0
    assert restarted(busy, ("1", ref, CallState.RINGING)) == []


def test_calls_without_numbers_for_references_never_restart() -> None:
    desk = Desk()
    desk.say(CallState.CONNECTED, "x", id="1")
    desk.say(CallState.CONNECTED, None, id="2")
    desk.now += 60.0
    assert restarted(desk, ("3", "1", CallState.RINGING)) == []
    assert restarted(desk) == []


def test_after_a_restart_the_same_references_are_new_calls() -> None:
    """A phone that was just switched on has counted to 2, and after its restart does so again."""
    desk = Desk()
    desk.say(CallState.CONNECTED, "2", number="111")
    desk.now += 5.0
    assert restarted(desk, ("1", "1", CallState.ENDED)) == ["2"]
    desk.now += 1.0
    (call,) = desk.say(CallState.RINGING, "2")
    assert (call.state, call.number) == (CallState.RINGING, "")


def test_a_restart_without_calls_ends_none_but_clears_what_was_remembered() -> None:
    desk = Desk()
    desk.say(CallState.CONNECTED, "2")
    desk.say(CallState.ENDED, "2")
    desk.now += 5.0
    assert restarted(desk, ("1", "1", CallState.ENDED)) == []
    assert changes(desk.say(CallState.RINGING, "2")) == [("2", CallState.RINGING)]


def test_a_phone_that_greets_as_it_did_when_the_program_began_has_restarted() -> None:
    """Both times it had just been switched on; the first greeting was about no call of ours."""
    desk = Desk()
    desk.say(CallState.ENDED, "1")
    desk.now += 3.0
    desk.say(CallState.CONNECTED, "2")
    desk.now += 5.0
    assert restarted(desk, ("1", "1", CallState.ENDED)) == ["2"]


# What no phone is known to say, and might


def test_a_direction_the_phone_gives_counts_where_the_state_tells_none() -> None:
    calls = CallList()
    (call,) = calls.apply(
        CallReport("1", CallState.CONNECTED, ref="8", direction=Direction.OUTGOING), 0.0
    )
    assert call.direction is Direction.OUTGOING
    (call,) = calls.apply(
        CallReport("2", CallState.RINGING, ref="9", direction=Direction.OUTGOING), 0.0
    )
    assert call.direction is Direction.INCOMING


def test_a_duration_the_phone_gives_dates_the_answer_back() -> None:
    """The program was started in the middle of the call."""
    calls = CallList()
    (call,) = calls.apply(CallReport("1", CallState.CONNECTED, ref="8", talked=75.0), 100.0)
    assert call.answered_at == 25.0
    calls.apply(CallReport("1", CallState.CONNECTED, ref="8", talked=80.0), 105.0)
    (call,) = calls
    assert call.answered_at == 25.0


def test_further_values_are_kept_by_name_and_are_no_news_by_themselves() -> None:
    calls = CallList()
    calls.apply(CallReport("1", CallState.CONNECTED, extra=(("type", "x"), ("lamp", "red"))), 0.0)
    assert calls.apply(CallReport("1", CallState.CONNECTED, extra=(("lamp", "green"),)), 1.0) == []
    (call,) = calls
    assert dict(call.extra) == {"type": "x", "lamp": "green"}


# Surprises


def test_a_state_not_known_is_adopted_and_logged(caplog: pytest.LogCaptureFixture) -> None:
    desk = Desk()
    desk.say(CallState.CONNECTED, name="Anna Lee")
    (call,) = desk.say(CallState.UNKNOWN, wire_state="parked")
    assert (call.state, call.wire_state, call.name) == (CallState.UNKNOWN, "parked", "Anna Lee")
    assert "'parked'" in caplog.text
    (call,) = desk.say(CallState.RINGING)
    assert call.state is CallState.RINGING


def test_two_states_not_known_are_told_apart() -> None:
    desk = Desk()
    desk.say(CallState.UNKNOWN, wire_state="on")
    assert len(desk.say(CallState.UNKNOWN, wire_state="off")) == 1


def test_unknown_states_without_end_do_not_fill_the_log(caplog: pytest.LogCaptureFixture) -> None:
    desk = Desk()
    for number in range(1000):
        desk.say(CallState.UNKNOWN, wire_state=str(number % 500))
    assert len(caplog.records) == 32


def test_a_surprising_step_is_adopted() -> None:
    desk = Desk()
    for state in (CallState.FAILED, CallState.CONNECTED, CallState.FAILED, CallState.HELD):
        assert changes(desk.say(state)) == [("1", state)]


# No end of calls


def test_a_call_heard_of_only_by_its_end_is_not_begun_by_late_news() -> None:
    """Nor by that of a call whose number another one has had until then."""
    desk = Desk()
    desk.say(CallState.CONNECTED, "5")
    assert changes(desk.say(CallState.ENDED, "6")) == [("5", CallState.ENDED)]
    assert desk.say(CallState.RINGING, "6") == []


def test_more_calls_than_any_phone_has_are_not_believed(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    desk = Desk()
    for number in range(1000):
        desk.say(CallState.CONNECTED, id=str(number))
    assert len(desk.calls) == 64
    assert len(desk.say(CallState.HELD, id="0")) == 1, "which is one of them"
    assert "more than 64 calls" in caplog.text
    desk.say(CallState.ENDED, id="63")
    assert len(desk.say(CallState.RINGING, id="64")) == 1


def test_nothing_piles_up_behind_ended_calls() -> None:
    desk = Desk()
    for number in range(1000):
        desk.now += 60.0
        desk.say(CallState.RINGING, str(number), id=str(number))
        desk.say(CallState.ENDED, str(number), id=str(number))
    assert len(desk.calls._heard_at) + len(desk.calls._endings) < 100
    for number in range(1000):
        desk.say(CallState.ENDED, str(number), id=str(number))
    assert len(desk.calls._heard_at) + len(desk.calls._endings) < 100


def test_twice_the_calls_take_about_twice_the_steps() -> None:
    """A status may hold a thousand invented calls."""

    def steps_for(many: int) -> int:
        desk = Desk()
        steps = 0

        def count(_frame: FrameType, _event: str, _argument: object) -> Any:
            nonlocal steps
            steps += 1
            return count

        previous = sys.gettrace()
        sys.settrace(count)
        try:
            for state in (CallState.CONNECTED, CallState.ENDED):
                for number in range(many):
                    desk.say(state, id=str(number))
        finally:
            sys.settrace(previous)
        return steps

    assert steps_for(1000) < 3 * steps_for(500)


# How long


def test_time_is_counted_from_the_first_report_the_state_and_the_answer() -> None:
    calls = CallList()
    for now, state in enumerate(
        (CallState.RINGING, CallState.ANSWERING, CallState.CONNECTED, CallState.HOLDING), start=100
    ):
        calls.apply(CallReport("1", state, ref="8"), float(now))
    (held,) = calls
    calls.apply(CallReport("1", CallState.HELD, ref="8"), 104.0)
    (still_held,) = calls
    assert (held.began_at, held.answered_at, held.since_at) == (100.0, 102.0, 103.0)
    assert (still_held.answered_at, still_held.since_at) == (102.0, 103.0)


def test_a_call_put_through_by_hand_counts_as_talking_from_the_moment_it_is_answered() -> None:
    calls = CallList()
    calls.apply(CallReport("1", CallState.ANSWERING, ref="8"), 50.0)
    calls.apply(CallReport("1", CallState.CONNECTED, ref="8"), 51.0)
    (talking,) = calls
    assert (talking.since_at, talking.answered_at) == (50.0, 51.0)


def test_an_ended_call_ends_when_its_end_is_told() -> None:
    calls = CallList()
    calls.apply(CallReport("1", CallState.CONNECTED, ref="8"), 50.0)
    (ended,) = calls.apply(CallReport("1", CallState.ENDED, ref="8"), 75.0)
    assert (ended.began_at, ended.answered_at, ended.since_at) == (50.0, 50.0, 75.0)
