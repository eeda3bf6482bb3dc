"""The network under a connection: which address we have on the way, and whether we were away.

No packet tells that an address was given to somebody else, that a cable is in again or that the
computer has slept. So one looks, now and then; what there is to see costs nothing on the wire.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from enum import Enum

from callctrl.sip.packets import Address

__all__ = ["LOOK_EVERY", "Change", "Network", "within_reach"]

LOOK_EVERY = 6.0
"""Seconds between two looks: a sixth of a wake-up each second."""
_NOT_BY_CHANCE = 10.0
"""Seconds by which clocks must differ: a busy computer is late, and clocks are put right."""


def within_reach(places: Sequence[Address], route: Callable[[Address], str]) -> list[Address]:
    """The places that there is a way to from here; all of them where there is none to any.

    A computer without IPv4 need not try IPv4 addresses, nor one without IPv6 those. Of the places
    for datagrams only those of the first one's family are left: one socket speaks no other.
    `route` raises OSError where there is no way.
    """

    def has_way(place: Address) -> bool:
        try:
            route(place)
        except OSError:
            return False
        return True

    found = [place for place in places if has_way(place)] or list(places)
    families = [":" in place.host for place in found if not place.is_reliable]
    return [place for place in found if place.is_reliable or (":" in place.host) == families[0]]


class Change(Enum):
    """What is different from the last look."""

    NONE = "none"
    MOVED = "moved"
    """Our address on the way to the PBX is another."""
    BACK = "back"
    """There was no way, and there is again: whatever came meanwhile is lost."""
    SLEPT = "slept"
    """The computer has slept, which loses as much; and there is a way."""


class Network:
    """What the network was like when it was looked at last."""

    def __init__(
        self,
        route: Callable[[Address], str],
        *,
        monotonic: Callable[[], float] = time.monotonic,
        wall: Callable[[], float] = time.time,
    ) -> None:
        """`route` gives our address on the way to a place; it raises OSError where there is none.

        `monotonic` and `wall` are clocks in seconds: the first may stand still while the computer
        sleeps, the second goes on but may be put forward or back.
        """
        self._route = route
        self._monotonic, self._wall = monotonic, wall
        self._looked_at, self._looked_at_by_wall = monotonic(), wall()
        self._missed = Change.NONE
        """What is told when there is a way again."""

    def look(self, remote: Address, local_host: str) -> Change:
        """What has changed for whoever is at `local_host` and talks to `remote`."""
        if self._has_slept():
            self._missed = Change.SLEPT
        try:
            host = self._route(remote)
        except OSError:
            if self._missed is Change.NONE:
                self._missed = Change.BACK
            return Change.NONE
        missed, self._missed = self._missed, Change.NONE
        return Change.MOVED if host != local_host else missed

    def _has_slept(self) -> bool:
        """Whether the computer slept since the last look.

        Where the monotonic clock stands still in sleep the wall clock runs ahead of it; where it
        goes on we look much later than we wanted to.
        """
        now, by_wall = self._monotonic(), self._wall()
        elapsed, elapsed_by_wall = now - self._looked_at, by_wall - self._looked_at_by_wall
        self._looked_at, self._looked_at_by_wall = now, by_wall
        return max(elapsed_by_wall - elapsed, elapsed - LOOK_EVERY) > _NOT_BY_CHANCE
