"""The places of one server, and which of them is in use (RFC 3263 section 4.3)."""

from __future__ import annotations

from collections.abc import Sequence

from callctrl.sip.packets import Address

__all__ = ["Targets"]


class Targets:
    """Places in the order they are to be tried; the first is the best."""

    def __init__(self, places: Sequence[Address]) -> None:
        """`places` has at least one."""
        self.places = tuple(places)
        self.current = self.places[0]
        """The one in use."""
        self._failed: set[Address] = set()
        """Those that have failed since one was last found good."""

    @property
    def best(self) -> Address:
        """The one to go back to when it answers again."""
        return self.places[0]

    def next_after_failure(self) -> bool:
        """Take the next place, for the one in use has failed; False once all have.

        Then the first has its turn again, after whatever pause one wants.
        """
        self._failed.add(self.current)
        waiting = [place for place in self.places if place not in self._failed]
        if not waiting:
            self._failed.clear()
        self.current = waiting[0] if waiting else self.best
        return bool(waiting)

    def found_good(self) -> None:
        """The place in use has answered: when it fails, all others are worth a try."""
        self._failed.clear()

    def use(self, place: Address) -> None:
        """Take this place; where it is none of ours it is the only one from now on."""
        if place not in self.places:
            self.places = (place,)
        self._failed.clear()
        self.current = place
