"""An engine that only remembers."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable

from callctrl.sip.packets import Address, Packet

__all__ = ["FakeEngine"]


class FakeEngine:
    """Remembers what it was told; sends and reports what it is given."""

    def __init__(self) -> None:
        self.received: list[tuple[bytes, Address]] = []
        self.failures: list[tuple[Address, str]] = []
        self.timeouts: list[float] = []
        self.deadline: float | None = None
        self.packets: list[Packet] = []
        self.packets_after_failure: list[Packet] = []
        """What it sends when it learns that a remote cannot be reached."""
        self.events: deque[object] = deque()
        self.on_receive: list[BaseException] = []
        self.heard = asyncio.Event()

    def receive(self, data: bytes, source: Address, now: float) -> None:
        self.received.append((data, source))
        self.heard.set()
        if self.on_receive:
            raise self.on_receive.pop()

    def transport_failed(self, remote: Address, error: str, now: float) -> None:
        self.failures.append((remote, error))
        self.packets += self.packets_after_failure
        self.heard.set()

    def handle_timeout(self, now: float) -> None:
        self.timeouts.append(now)
        self.deadline = None
        self.heard.set()

    def next_timeout(self) -> float | None:
        return self.deadline

    def packets_to_send(self) -> list[Packet]:
        packets, self.packets = self.packets, []
        return packets

    def next_event(self) -> object:
        return self.events.popleft() if self.events else None

    async def until(self, is_so: Callable[[], bool]) -> None:
        """Wait until what it was told makes something true."""
        async with asyncio.timeout(10):
            while not is_so():
                self.heard.clear()
                await self.heard.wait()
