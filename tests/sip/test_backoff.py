from __future__ import annotations

from random import Random

from hypothesis import given
from hypothesis import strategies as st

from callctrl.sip.backoff import BackOff
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
