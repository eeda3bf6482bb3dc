from __future__ import annotations

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callctrl.sip.backoff import BackOff
from callctrl.sip.exchange import Outcome
from callctrl.sip.message import Response
from callctrl.sip.tokens import Tokens

UNSHORTENED = [1.0, 2.0, 4.0, 8.0, 16.0, 30.0, 30.0, 30.0]


class StubTokens(Tokens):
    """Always the same fraction."""

    def __init__(self, fraction: float) -> None:
        super().__init__(Random(1))
        self._fraction = fraction

    def fraction(self) -> float:
        return self._fraction


def test_pauses_double_from_one_second_to_thirty() -> None:
    backoff = BackOff(StubTokens(0.0))
    assert [backoff.next_pause() for _ in UNSHORTENED] == UNSHORTENED


def test_in_silence_pauses_grow_to_five_seconds_only() -> None:
    backoff = BackOff(StubTokens(0.0))
    silent = [backoff.next_pause(was_answered=False) for _ in range(6)]
    assert silent == [1.0, 2.0, 4.0, 5.0, 5.0, 5.0]
    assert [backoff.next_pause() for _ in range(4)] == [5.0, 10.0, 20.0, 30.0]
    assert backoff.next_pause(was_answered=False) == 5.0


def test_a_pause_is_shorter_by_a_fifth_at_most() -> None:
    backoff = BackOff(StubTokens(0.999_999))
    for unshortened in UNSHORTENED:
        assert 0.8 * unshortened < backoff.next_pause() < 0.801 * unshortened


@given(st.integers())
def test_jitter_never_leaves_its_bounds(seed: int) -> None:
    backoff = BackOff(Tokens(Random(seed)))
    for unshortened in UNSHORTENED:
        assert 0.8 * unshortened < backoff.next_pause() <= unshortened


def test_two_desks_do_not_knock_in_the_same_instant() -> None:
    pauses = {BackOff(Tokens(Random(seed))).next_pause() for seed in range(20)}
    assert len(pauses) == 20


def test_a_success_begins_again_with_the_shortest_pause() -> None:
    backoff = BackOff(StubTokens(0.0))
    for _ in range(4):
        backoff.next_pause()
    backoff.reset()
    assert [backoff.next_pause(), backoff.next_pause()] == [1.0, 2.0]


def refused(status: int, retry_after: str = "") -> Outcome:
    fields = [("Via", "x"), *([("Retry-After", retry_after)] if retry_after else [])]
    return Outcome(Response(status, "No", fields), was_challenged=False)


@pytest.mark.parametrize(("fraction", "pause"), [(0.0, 2.1), (0.5, 3.05), (0.999_999, 4.0)])
def test_a_pending_request_is_waited_for_2_to_4_seconds_by_chance(
    fraction: float, pause: float
) -> None:
    """RFC 3261 section 14.1, where the Call-ID is ours."""
    backoff = BackOff(StubTokens(fraction))
    assert backoff.pause_after(refused(491)) == pytest.approx(pause, abs=1e-4)


def test_what_the_peer_wants_is_obeyed_within_reason() -> None:
    """RFC 3261 section 20.33."""
    backoff = BackOff(StubTokens(0.0))
    wanted = [refused(503, "20"), refused(503, "1"), refused(503, "301"), refused(400, "20")]
    assert [backoff.pause_after(outcome) for outcome in wanted] == [20.0, 2.0, 300.0, 8.0]
    assert [backoff.next_pause(wanted=each) for each in (60.0, 1e9)] == [60.0, 300.0]


def test_behind_silence_the_pauses_stay_short() -> None:
    backoff = BackOff(StubTokens(0.0))
    silence = Outcome(Response(408, "Request Timeout", []), was_challenged=False)
    assert [backoff.pause_after(silence) for _ in range(5)] == [1.0, 2.0, 4.0, 5.0, 5.0]


def test_only_the_first_pause_may_be_none_at_all() -> None:
    backoff = BackOff(StubTokens(0.0))
    assert [backoff.no_pause_at_first() for _ in range(3)] == [0.0, 2.0, 4.0]
    backoff.reset()
    assert backoff.no_pause_at_first() == 0.0
