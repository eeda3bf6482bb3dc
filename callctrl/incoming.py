"""An incoming call as it is put before a person: who, on which line, and what is known of them."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Incoming"]


@dataclass(frozen=True, slots=True)
class Incoming:
    """One ringing call. The texts may be as they came from outside."""

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
    no_answer: str = ""
    """Why it cannot be answered from here, in words; empty where it can."""
    no_divert: str = ""
    no_reject: str = ""
