"""Growing pauses between tries: doubling, capped, and never quite the same."""

from __future__ import annotations

from callctrl.sip.tokens import Tokens

__all__ = ["BackOff"]

_FIRST = 1.0
_LONGEST = 30.0
_JITTER = 0.2


class BackOff:
    """Pauses of 1 s doubling to 30 s, each up to a fifth shorter by chance (protocol.md E7).

    The jitter keeps a hundred desks from knocking at a rebooted PBX in the same instant.
    """

    def __init__(self, tokens: Tokens) -> None:
        self._tokens = tokens
        self._next = _FIRST

    def next_pause(self) -> float:
        """The next pause in seconds."""
        pause = self._next * (1 - _JITTER * self._tokens.fraction())
        self._next = min(2 * self._next, _LONGEST)
        return pause

    def reset(self) -> None:
        """Start again from the shortest pause, after a success."""
        self._next = _FIRST
