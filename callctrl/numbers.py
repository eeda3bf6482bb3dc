"""Telephone numbers: how one is dialled, compared, shown, and taken out of a link.

What a number means depends on where the desk stands: the dial plan tells (KB50043, A.4).
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["DialPlan"]


@dataclass(frozen=True, slots=True)
class DialPlan:
    """Where the desk stands, and how its numbers are rewritten before the phone gets them."""

    enabled: bool = False
    """Off: every character is passed on as it was entered (S46)."""
    country: str = ""
    """Two letters as in ISO 3166, e.g. "US"; empty where nobody said."""
    area_code: str = ""
    """Of the desk's own place, e.g. "212"; numbers without one are local to it."""
    outside_digit: str = ""
    """What gets an outside line, e.g. "9"."""
    long_distance_digit: str = ""
    """What goes before another area's number, e.g. "1"."""
    internal_length: int = 4
    """Numbers of up to so many digits are inside the house and never rewritten."""
