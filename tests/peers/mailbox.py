"""What a peer or the product has told, kept until a test asks for it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, TypeVar

from tests.peers.program import PATIENCE

__all__ = ["Mailbox"]

_T = TypeVar("_T")


class Mailbox:
    """What was told, kept until a test asks for it."""

    def __init__(self) -> None:
        self.unread: list[Any] = []
        self.read: list[Any] = []
        self._arrived = asyncio.Event()

    def put(self, event: object) -> None:
        """Take an event."""
        self.unread.append(event)
        self._arrived.set()

    @property
    def told(self) -> list[Any]:
        """All of it, asked for or not."""
        return [*self.read, *self.unread]

    async def hear(self, kind: type[_T], is_wanted: Callable[[_T], bool] = lambda _: True) -> _T:
        """Wait for the first event of that kind not heard yet; others stay for later."""
        try:
            async with asyncio.timeout(PATIENCE):
                while True:
                    for event in self.unread:
                        if isinstance(event, kind) and is_wanted(event):
                            self.unread.remove(event)
                            self.read.append(event)
                            return event
                    self._arrived.clear()
                    await self._arrived.wait()
        except TimeoutError:
            lines = "\n".join(f"  {event}" for event in [*self.read, "-- unread:", *self.unread])
            raise AssertionError(f"no {kind.__name__} came; heard were\n{lines}") from None
