"""A bad network before a good server: which datagram gets lost is decided, not drawn by lot."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from types import TracebackType
from typing import Self

from callctrl.sip.message import Request, parse
from callctrl.sip.packets import Address
from tests.peers.program import HERE

__all__ = ["Relay", "Weather", "all_twice", "first_lost"]

Weather = Callable[[bytes], int]
"""How many copies of a datagram arrive."""


def all_twice() -> Weather:
    """Everything arrives twice."""
    return lambda _: 2


def first_lost() -> Weather:
    """The first copy of each message is lost, and the second arrives."""
    seen: set[str] = set()

    def weather(data: bytes) -> int:
        message = parse(data)
        kind = message.method if isinstance(message, Request) else str(message.status)
        name = f"{kind} {message.call_id} {message.cseq}"
        if name in seen:
            return 1
        seen.add(name)
        return 0

    return weather


class Relay:
    """Between one client and a server; what the server sends unasked does not pass here."""

    def __init__(self, server: Address, weather: Weather) -> None:
        self._server = (server.host, server.port)
        self._weather = weather
        self._client: tuple[str, int] | None = None

    async def __aenter__(self) -> Self:
        loop = asyncio.get_running_loop()
        self._inside, _ = await loop.create_datagram_endpoint(
            lambda: _Side(self._from_client), local_addr=(HERE, 0)
        )
        self._outside, _ = await loop.create_datagram_endpoint(
            lambda: _Side(self._from_server), remote_addr=self._server
        )
        self.address = Address(*self._inside.get_extra_info("sockname"))
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._inside.close()
        self._outside.close()

    def _from_client(self, data: bytes, client: tuple[str, int]) -> None:
        self._client = client
        for _ in range(self._weather(data)):
            self._outside.sendto(data)

    def _from_server(self, data: bytes, _: tuple[str, int]) -> None:
        for _copy in range(self._weather(data)):
            self._inside.sendto(data, self._client)


class _Side(asyncio.DatagramProtocol):
    def __init__(self, on_datagram: Callable[[bytes, tuple[str, int]], None]) -> None:
        self._on_datagram = on_datagram

    def datagram_received(self, data: bytes, address: tuple[str, int]) -> None:
        self._on_datagram(data, address)
