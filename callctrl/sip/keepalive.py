"""Line ends that keep a way open, and tell of one that is not (RFC 5626 sections 3.5.1, 4.4.1).

A pair of them, the ping, passes any NAT on the way and keeps its entry alive. Over a stream the
other end may answer each by a single one, the pong. Who has ever done so has to go on: silence
then means that the stream is dead. Over UDP nothing is answered; that nobody listens shows by
ICMP.
"""

from __future__ import annotations

from callctrl.sip.deadlines import earliest

__all__ = ["KeepAlive"]

_PONG_WITHIN = 10.0
"""Seconds for the answer to a ping (section 4.4.1)."""


class KeepAlive:
    """When the next ping is due on one way, and whether the last one was answered."""

    def __init__(self) -> None:
        self._ping_at: float | None = None
        self._pong_by: float | None = None
        self._is_answering = False

    def start(self, every: float, now: float) -> None:
        """Ping each `every` seconds from now on, unless that is done already."""
        if self._ping_at is None and every > 0:
            self._ping_at = now + every

    def stop(self) -> None:
        """Ping no more; the way is no longer used, or another one."""
        self._ping_at = self._pong_by = None
        self._is_answering = False

    def pinged(self, every: float, now: float) -> None:
        """A ping has been sent."""
        self._ping_at = now + every
        if self._is_answering and self._pong_by is None:
            self._pong_by = now + _PONG_WITHIN

    def answered(self) -> None:
        """A pong has come, so that others are to be expected."""
        self._pong_by = None
        self._is_answering = True

    def is_ping_due(self, now: float) -> bool:
        """Whether the next ping is to be sent."""
        return self._ping_at is not None and now >= self._ping_at

    def is_lost(self, now: float) -> bool:
        """Whether the answer to a ping is overdue."""
        return self._pong_by is not None and now >= self._pong_by

    def next_timeout(self) -> float | None:
        """When one of these two is to be asked again, or None."""
        return earliest(self._ping_at, self._pong_by)
