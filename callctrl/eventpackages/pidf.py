"""Whether a phone is there, as the event package `presence` reports it (RFC 3856, RFC 3863).

Asterisk tells by it what its dialog reports hide: the phone that is not registered. But it says
"closed" of some phones that are busy or on hold as well; then a note in words and an activity
(RFC 4480) tell that they are there.
"""

from __future__ import annotations

from dataclasses import dataclass

from callctrl.eventpackages import UnreadableBodyError, read_xml, text_of

__all__ = ["Presence", "read_pidf"]

_MOST_NOTES = 8
_BUSY_ACTIVITIES = frozenset({"busy", "on-the-phone"})
_BUSY_NOTES = frozenset({"on the phone", "on hold", "ringing"})
"""Asterisk's notes on a phone that has a call, whichever modules it has loaded."""


@dataclass(frozen=True, slots=True)
class Presence:
    """One document."""

    is_open: bool | None
    """Whether the phone takes calls by any of its ways; None where none of them says so."""
    notes: tuple[str, ...] = ()
    """What is told in words, in order."""
    is_busy: bool = False
    """Whether a note or an activity tells of a call."""

    @property
    def is_there(self) -> bool | None:
        """Whether the phone is there at all; None where that is not told."""
        return True if self.is_busy else self.is_open


def read_pidf(body: bytes) -> Presence:
    """What a body of the type application/pidf+xml says.

    Raises UnreadableBodyError where it is no such document.
    """
    words: list[str] = []
    notes: dict[str, None] = {}
    activities: set[str] = set()
    root = ""

    def on_element(name: str, _attributes: dict[str, str], text: str) -> None:
        nonlocal root
        root = name  # the last to close is the outermost
        if name == "basic":
            words.append(text.strip().lower())
        elif name == "note" and len(notes) < _MOST_NOTES:
            notes[text_of(text)] = None
        elif name in _BUSY_ACTIVITIES:
            activities.add(name)

    read_xml(body, on_element)
    if root != "presence":
        raise UnreadableBodyError(f"expected a <presence> document, found <{root:.40}>")
    notes.pop("", None)
    return Presence(
        is_open="open" in words or (False if "closed" in words else None),
        notes=tuple(notes),
        is_busy=bool(activities) or not _BUSY_NOTES.isdisjoint(note.lower() for note in notes),
    )
