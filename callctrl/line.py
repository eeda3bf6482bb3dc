"""The line to the phone system: at most one connection, the old one gone before the new begins."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from callctrl.accounts import Account, Policy
from callctrl.calls import Event
from callctrl.connection import Connection

__all__ = ["Line"]

_log = logging.getLogger(__name__)

_LEAVE_WITHIN = 2.5
"""Seconds; the session itself takes two at most."""


class Line:
    """Whoever asks for another connection waits until the one before has said good-bye.

    Two under one name would undo each other's registration.
    """

    def __init__(self, on_event: Callable[[Event], None]) -> None:
        """`on_event` gets the events of the connection at hand."""
        self.connection: Connection | None = None
        """The connection at hand; None where there is none, or it is leaving."""
        self._on_event = on_event
        self._leaving: asyncio.Task[None] | None = None
        self._turn = asyncio.Lock()

    async def connect(self, account: Account, password: str, policy: Policy) -> None:
        """Begin a connection in the place of what there was."""
        async with self._turn:
            await self._leave()

            def on_event(event: Event) -> None:
                if self.connection in (connection, None):  # else a newer one speaks
                    self._on_event(event)

            connection = Connection(account, password, on_event, policy)
            self.connection = connection
            connection.start()

    async def disconnect(self) -> None:
        """Leave politely; nobody is kept waiting by it for more than moments."""
        async with self._turn:
            await self._leave()

    async def _leave(self) -> None:
        if self.connection is not None:
            self._leaving = asyncio.create_task(_say_good_bye(self.connection))
            self.connection = None
        if self._leaving is not None:
            # Who gives up waiting does not cut the good-bye short; whoever comes next waits on.
            await asyncio.shield(self._leaving)
            self._leaving = None


async def _say_good_bye(connection: Connection) -> None:
    connection.stop()
    try:
        async with asyncio.timeout(_LEAVE_WITHIN):
            await connection.stopped()
    except TimeoutError:
        _log.error("the session did not stop in time")
