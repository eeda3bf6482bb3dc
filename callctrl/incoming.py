"""An incoming call as it is put before a person: who, on which line, and what is known of them."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Incoming", "one_line"]

_JOINERS = "\u200c\u200d"
"""Not printable, yet part of how names are spelt in many scripts."""


@dataclass(frozen=True, slots=True)
class Incoming:
    """One ringing call. The texts may be as they came from outside: `one_line` is for them."""

    call_id: str
    """The phone's call number."""
    name: str = ""
    """Who calls; empty where nobody knows."""
    number: str = ""
    """The number as people read it; empty where it is withheld."""
    company: str = ""
    """Whom they call for, or where they call from."""
    line: int | None = None
    """Index of the extension on the phone, from 1."""
    station: str = ""
    """The phone that rings, e.g. "FrontDesk"."""
    past: str = ""
    """Earlier calls in words, e.g. "2nd call today · last 09:12"."""
    note: str = ""
    """What to know when this person calls."""


def one_line(text: str, most: int = 120) -> str:
    """The text without line breaks, control and direction characters, and not longer than `most`.

    Direction characters could turn a number round; a name is not worth that.
    """
    kept = "".join(c if c.isprintable() or c in _JOINERS else " " for c in text[: most * 4])
    line = " ".join(kept.split())
    return line if len(line) <= most else f"{line[: most - 1].rstrip()}…"
