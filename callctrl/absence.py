"""What the first status after an absence tells: which calls are over that we did not see end.

A notifier answers a SUBSCRIBE with a NOTIFY of the whole state (RFC 6665 section 4.2.1.2). Nobody
has seen whether the SPA9000 does (protocol.md E2), so it has to show: only where the SUBSCRIBE
before was followed by a status at once, the status that follows this one is taken for the picture
of all calls [inferred].
"""

from __future__ import annotations

__all__ = ["Absence"]

_AT_ONCE = 2.0
"""Seconds within which a picture follows the answer to its SUBSCRIBE."""


class Absence:
    """Tells a picture that ends an absence from news of one call."""

    def __init__(self) -> None:
        self._subscribed_at: float | None = None
        self._reported_at: float | None = None
        """When the first status since came."""
        self._was_away = False
        """Whether that SUBSCRIBE ended an absence whose picture is yet to come."""
        self._is_expected = False
        """Whether the SUBSCRIBE before was followed by a status at once."""

    def subscribed(self, now: float, *, was_away: bool) -> None:
        """A SUBSCRIBE was accepted; `was_away` tells whether news may have been missed before."""
        if self._subscribed_at is not None:
            self._is_expected = self._has_reported_at_once
        self._subscribed_at, self._reported_at, self._was_away = now, None, was_away

    def reported(self, now: float) -> bool:
        """A status has come; whether it is the picture that ends an absence."""
        if self._subscribed_at is None or self._reported_at is not None:
            return False
        self._reported_at = now
        return self._was_away and self._is_expected and self._has_reported_at_once

    @property
    def _has_reported_at_once(self) -> bool:
        if self._subscribed_at is None or self._reported_at is None:
            return False
        return self._reported_at - self._subscribed_at <= _AT_ONCE
