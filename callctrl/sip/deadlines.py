"""The next deadline among those of several parts."""

from __future__ import annotations

__all__ = ["earliest"]


def earliest(*instants: float | None) -> float | None:
    """The first of these instants, in seconds on the caller's clock; None where none is one."""
    first = None
    for instant in instants:  # by hand, as all of them are asked with each message
        if instant is not None and (first is None or instant < first):
            first = instant
    return first
