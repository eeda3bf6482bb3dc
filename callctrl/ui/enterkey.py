"""Whom Enter is meant for: one key answers, calls and diverts, and must never do the wrong one.

Decided from a clock and from whether something was typed in the field; no widgets here.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum

__all__ = ["EnterKey", "Meaning"]

_MEANT_AFTER = 0.7
"""Seconds after which Enter is meant for what is seen: whoever types hits a key that was on its
way when the ringing began, whoever answers one when it has just ended."""


class Meaning(Enum):
    """What Enter does now."""

    ANSWER = "answer"
    ACT = "act"
    """Call or divert to what is typed or chosen."""
    NOTHING = "nothing"
    """It came too late for a call that has just fallen silent."""


class EnterKey:
    """Follows the ringing and the typing."""

    def __init__(self, clock: Callable[[], float]) -> None:
        """`clock` gives seconds."""
        self._clock = clock
        self._rang_at: float | None = None
        self._fell_silent_at: float | None = None
        self._was_typed = False
        """Whether something was typed since it began to ring."""

    def hear(self, is_ringing: bool) -> bool:
        """Tell whether any call rings; gives whether the ringing has just begun."""
        if is_ringing and self._rang_at is None:
            self._rang_at = self._clock()
            self._fell_silent_at = None
            self._was_typed = False
            return True
        if not is_ringing and self._rang_at is not None:
            self._rang_at = None
            self._fell_silent_at = self._clock()
        return False

    def see_typing(self) -> None:
        """Tell that she types."""
        self._was_typed = True

    def meaning(self, *, is_empty: bool) -> Meaning:
        """What Enter means now; `is_empty` is whether nothing stands in the field."""
        was_typed = self._was_typed and not is_empty
        if self._rang_at is not None:
            settled = is_empty or self._clock() - self._rang_at >= _MEANT_AFTER
            return Meaning.ANSWER if settled and not was_typed else Meaning.ACT
        if self._fell_silent_at is not None and not was_typed:
            late = self._clock() - self._fell_silent_at < _MEANT_AFTER
            return Meaning.NOTHING if late else Meaning.ACT
        return Meaning.ACT
