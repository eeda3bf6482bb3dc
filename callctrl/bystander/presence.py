"""Whether the own phone is there at all (RFC 3863)."""

from __future__ import annotations

from collections.abc import Callable

from callctrl.eventpackages.pidf import read_pidf

__all__ = ["Presence"]


class Presence:
    """The last word of the PBX on it."""

    event = "presence"
    accepts = ("application/pidf+xml",)

    def __init__(self, on_changed: Callable[[bool | None], None]) -> None:
        """`on_changed` gets None where the PBX does not tell."""
        self._is_there: bool | None = None
        self._on_changed = on_changed

    def report(self, body: bytes, _now: float) -> None:
        """Take a report; raises UnreadableBodyError where it cannot be read."""
        self._show(read_pidf(body).is_there)

    def lose(self, _now: float) -> None:
        """What was told no longer counts."""
        self._show(None)

    def _show(self, is_there: bool | None) -> None:
        if is_there is not self._is_there:
            self._is_there = is_there
            self._on_changed(is_there)
