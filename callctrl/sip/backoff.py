"""Pauses between tries: doubling, capped, never quite the same, and as long as the peer wants."""

from __future__ import annotations

from callctrl.sip.exchange import Outcome
from callctrl.sip.tokens import Tokens

__all__ = ["BackOff"]

_FIRST = 1.0
"""Seconds; each pause is twice the one before."""
_LONGEST = 30.0
"""Seconds between tries at most, where the last one was answered."""
_LONGEST_IN_SILENCE = 5.0
"""Seconds between tries at most, where nothing answers."""
_JITTER = 0.2
"""The part of a pause that chance may take away."""
_PENDING = (2.1, 4.0)
"""Seconds between which the pause after a 491 lies."""
_LONGEST_WANTED = 300.0
"""Seconds that a peer may make us wait at most."""


class BackOff:
    """Pauses of 1 s doubling to 30 s, each up to a fifth shorter by chance (protocol.md E7).

    Where nothing answers at all they grow to 5 s only: nobody is kept busy by that, and a network
    that comes back is noticed soon.
    The jitter keeps a hundred desks from knocking at a rebooted PBX in the same instant.
    """

    def __init__(self, tokens: Tokens) -> None:
        self._tokens = tokens
        self._next = _FIRST

    def next_pause(self, *, was_answered: bool = True, wanted: float = 0.0) -> float:
        """The next pause in seconds, as long as the peer wants where it says so, within reason.

        `was_answered` tells whether the last try was; `wanted` is in seconds.
        """
        longest = _LONGEST if was_answered else _LONGEST_IN_SILENCE
        pause = min(self._next, longest) * (1 - _JITTER * self._tokens.fraction())
        self._next = min(2 * self._next, longest)
        return max(pause, min(wanted, _LONGEST_WANTED))

    def pause_after(self, outcome: Outcome) -> float:
        """The next pause in seconds, behind a refusal: Retry-After is obeyed.

        After 491 it is 2.1 to 4 s at least, since the Call-ID is ours (RFC 3261 section 14.1).
        """
        wanted = outcome.retry_after
        if outcome.status == 491:
            wanted = _PENDING[0] + (_PENDING[1] - _PENDING[0]) * self._tokens.fraction()
        return self.next_pause(was_answered=outcome.was_answered, wanted=wanted)

    def no_pause_at_first(self, *, was_answered: bool = True) -> float:
        """The next pause in seconds, but none at all where this is the first since `reset`."""
        is_first = self._next == _FIRST
        pause = self.next_pause(was_answered=was_answered)
        return 0.0 if is_first else pause

    def reset(self) -> None:
        """Start again from the shortest pause, after a success."""
        self._next = _FIRST
