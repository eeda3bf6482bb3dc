"""Who calls and is called: a person with names and numbers, as every part of the program has it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

__all__ = ["Number", "NumberKind", "Person"]


class NumberKind(Enum):
    """What kind of line a number leads to."""

    WORK = "work"
    EXTENSION = "extension"
    """Inside the house: short, and never rewritten by a dial plan."""
    MOBILE = "mobile"
    HOME = "home"
    FAX = "fax"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Number:
    """One number of a person."""

    text: str
    """As it was typed or imported; what is dialled is made of it when it is dialled."""
    kind: NumberKind = NumberKind.WORK


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody with a name; all texts are one line without control characters, but the note."""

    name: str
    numbers: tuple[Number, ...] = ()
    """The one to dial first comes first."""
    company: str = ""
    email: str = ""
    note: str = ""
    """What to know when this person calls; may have several lines."""
    favourite: int | None = None
    """Place among the favourites, from 1; None for the others."""
    id: int | None = None
    """What the contacts know the person by; None for one not kept yet."""
