"""The next deadline among those of several parts."""

from __future__ import annotations

__all__ = ["earliest"]


def earliest(*instants: float | None) -> float | None:
    """The first of these instants, in seconds on the caller's clock; None where none is one."""
    return min((instant for instant in instants if instant is not None), default=None)
