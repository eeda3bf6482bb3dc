"""The random parts of messages, from one injected source: a seed makes a talk repeatable."""

from __future__ import annotations

from random import Random

from callctrl.sip.matching import MAGIC_COOKIE

__all__ = ["Tokens"]


class Tokens:
    """Branches, tags and Call-IDs in the decimal forms of the documented program.

    Outside tests the source is `random.SystemRandom()`: tags and branches are what keeps a
    stranger from answering in another's name (RFC 3261 section 19.3).
    """

    def __init__(self, source: Random) -> None:
        self._source = source

    def branch(self) -> str:
        """A branch, e.g. "z9hG4bK365126659" (RFC 3261 section 8.1.1.7)."""
        return f"{MAGIC_COOKIE}{self._number()}{self._number()}"

    def tag(self) -> str:
        """A tag, e.g. "1511064382" (RFC 3261 section 19.3)."""
        return str(self._number())

    def call_id(self) -> str:
        """A Call-ID of three decimal numbers, e.g. "344455738-1740902088-7072075" (S9)."""
        return f"{self._number()}-{self._number()}-{self._number()}"

    def cnonce(self) -> str:
        """A client's nonce for digest (RFC 2617 section 3.2.2)."""
        return f"{self._number():08x}{self._number():08x}"

    def fraction(self) -> float:
        """A number from 0 up to 1, for jitter."""
        return self._source.random()

    def _number(self) -> int:
        return self._source.randrange(2**32)
