"""A queue of requests to one server, which leave at a pace it can bear.

Two bounds hold at once: so many a second, and so many that are not answered yet. A server that does
not answer at all is asked one thing at a time, with pauses, until it does.
"""

from __future__ import annotations

from collections.abc import Hashable
from typing import Generic, TypeVar

__all__ = ["Pace"]

_TOGETHER = 5
"""Requests that leave together, so that a second of them wakes the program but a few times."""

T = TypeVar("T", bound=Hashable)


class Pace(Generic[T]):
    """What is to be asked, in the order of ranks, and when the next may be."""

    def __init__(self, *, per_second: int, most_unanswered: int) -> None:
        """It begins with one request alone: its answer may bring the nonce for all others."""
        self._per_second = per_second
        self._most_unanswered = most_unanswered
        self._queues: tuple[dict[T, None], ...] = ({}, {})
        self._unanswered: set[T] = set()
        self._is_silent = True
        self._taken_at = 0.0
        self._left = 0
        """How many may still leave together with what was taken last."""
        self._next_at = 0.0

    @property
    def is_silent(self) -> bool:
        """Whether nobody has answered yet, or nobody does any more."""
        return self._is_silent

    @property
    def is_idle(self) -> bool:
        """Whether nothing waits, and every answer has come."""
        return not (self._unanswered or any(self._queues))

    def put(self, item: T, *, rank: int = 0) -> None:
        """Let it wait for its turn, unless it does; rank 1 goes behind all of rank 0."""
        self._queues[rank].setdefault(item, None)

    def discard(self, item: T) -> None:
        """Neither ask it, nor wait for its answer."""
        for queue in self._queues:
            queue.pop(item, None)
        self._unanswered.discard(item)

    def take(self, now: float) -> T | None:
        """What is to be asked now, if anything; it counts as unanswered from here on."""
        queue = next((queue for queue in self._queues if queue), None)
        if queue is None or self._is_full:
            return None
        if now >= self._next_at:
            self._left = _TOGETHER
            self._taken_at, self._next_at = now, now + _TOGETHER / self._per_second
        if not self._left or now != self._taken_at:
            return None
        self._left -= 1
        item = next(iter(queue))
        del queue[item]
        self._unanswered.add(item)
        return item

    def answered(self, item: T) -> None:
        """The server has answered, and so is there."""
        self._unanswered.discard(item)
        self.heard()

    def heard(self) -> None:
        """The server has sent something of its own, and so is there."""
        self._is_silent = False

    def be_careful(self, until: float) -> None:
        """Nobody answers: go on one by one until an answer comes, and not before `until`."""
        self._is_silent = True
        self._left = 0
        self._next_at = until

    def hurry(self, per_second: int) -> None:
        """Go on at another pace, whether there are answers or not."""
        self._per_second, self._most_unanswered = per_second, 1_000_000
        self.heard()

    def next_timeout(self) -> float | None:
        """When to `take` again; None where nothing waits, or an answer has to come before."""
        return self._next_at if any(self._queues) and not self._is_full else None

    @property
    def _is_full(self) -> bool:
        return len(self._unanswered) >= (1 if self._is_silent else self._most_unanswered)
