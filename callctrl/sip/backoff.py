"""Growing pauses between tries: doubling, capped, and never quite the same."""

from __future__ import annotations

from callctrl.sip.tokens import Tokens

__all__ = ["BackOff"]

_FIRST = 1.0
_LONGEST = 30.0
_LONGEST_IN_SILENCE = 5.0
_JITTER = 0.2


class BackOff:
    """Pauses of 1 s doubling to 30 s, each up to a fifth shorter by chance (protocol.md E7).

    Where nothing answers at all they grow to 5 s only: nobody is kept busy by that, and a network
    that comes back is noticed soon.
    The jitter keeps a hundred desks from knocking at a rebooted PBX in the same instant.
    """

    def __init__(self, tokens: Tokens) -> None:
        self._tokens = tokens
        self._next = _FIRST

    def next_pause(self, *, was_answered: bool = True) -> float:
        """The next pause in seconds; `was_answered` tells whether the last try was."""
        longest = _LONGEST if was_answered else _LONGEST_IN_SILENCE
        pause = min(self._next, longest) * (1 - _JITTER * self._tokens.fraction())
        self._next = min(2 * self._next, longest)
        return pause

    def reset(self) -> None:
        """Start again from the shortest pause, after a success."""
        self._next = _FIRST
