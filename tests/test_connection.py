"""A session on a socket: looking up the PBX, trying again, giving up."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from typing import Any

import pytest

from callctrl.calls import (
    Account,
    CallChanged,
    CommandAnswered,
    Event,
    HangUp,
    Hold,
    SessionChanged,
    SessionState,
    SipTransport,
    Stopped,
    Trouble,
)
from callctrl.check import check
from callctrl.connection import Connection
from callctrl.simulator import Config
from callctrl.simulator.program import Simulation

ACCOUNT = Account("127.0.0.1", "200", "FrontDesk", "RECEPTION", port=9, local_port=0)


async def test_a_name_that_cannot_be_found_is_looked_up_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    events: list[Event] = []
    failed = asyncio.Event()

    def nowhere(*_: Any, **__: Any) -> None:
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", nowhere)

    def on_event(event: Event) -> None:
        events.append(event)
        failed.set()

    connection = Connection(ACCOUNT, "", on_event)
    connection.start()
    await asyncio.wait_for(failed.wait(), 10)
    first = events[0]
    assert isinstance(first, SessionChanged)
    assert (first.state, first.trouble) == (SessionState.RETRYING, Trouble.NO_ANSWER)
    assert 0.8 <= (first.retry_in or 0) <= 1.0
    connection.perform(Hold())
    assert CommandAnswered(Hold(), 480) in events
    connection.stop()
    await asyncio.wait_for(connection.stopped(), 10)
    assert isinstance(events[-1], Stopped)


@pytest.mark.parametrize("name", ["a..b", "x" * 300])
async def test_a_name_that_is_none_is_unreachable(name: str) -> None:
    account = Account(name, "200", "FrontDesk", "RECEPTION", local_port=0)
    result = await check(account, "", timeout=10)
    assert result.register_status is None


async def test_a_handler_that_fails_on_the_last_event_does_not_hang_the_program(
    caplog: pytest.LogCaptureFixture,
) -> None:
    def on_event(event: Event) -> None:
        raise OSError(28, "No space left on device")

    connection = Connection(ACCOUNT, "", on_event)
    connection.start()
    async with asyncio.timeout(10):
        while connection.local is None:  # noqa: ASYNC110 - no event tells of it
            await asyncio.sleep(0.01)
    connection.stop()
    await asyncio.wait_for(connection.stopped(), 10)
    assert "handling Stopped failed" in caplog.text


async def test_an_order_after_the_end_is_refused_at_once() -> None:
    events: list[Event] = []
    connection = Connection(ACCOUNT, "", events.append)
    connection.start()
    async with asyncio.timeout(10):
        while connection.local is None:  # noqa: ASYNC110 - no event tells of it
            await asyncio.sleep(0.01)
    connection.stop()
    await asyncio.wait_for(connection.stopped(), 10)
    order = Hold()
    connection.perform(order)
    assert events[-1] == CommandAnswered(order, 480)
    assert sum(isinstance(event, Stopped) for event in events) == 1


async def test_whoever_hears_of_the_end_may_still_order_and_stop() -> None:
    events: list[Event] = []
    order = Hold()

    def on_event(event: Event) -> None:
        events.append(event)
        if isinstance(event, Stopped):
            connection.perform(order)
            connection.stop()

    connection = Connection(ACCOUNT, "", on_event)
    connection.stop()
    await asyncio.wait_for(connection.stopped(), 10)
    assert events == [Stopped(), CommandAnswered(order, 480)]


async def test_a_check_called_off_is_heard_of_no_more() -> None:
    said: list[str] = []
    simulation = Simulation(Config(port=0, password="4321"), said.append)
    port = await simulation.open()
    account = Account("127.0.0.1", "200", "FrontDesk", "RECEPTION", port=port, local_port=0)
    heard = asyncio.Event()
    results: list[object] = []

    def on_progress(result: object, _connection: Connection) -> None:
        results.append(result)
        heard.set()

    running = asyncio.create_task(check(account, "4321", timeout=10, on_progress=on_progress))
    await asyncio.wait_for(heard.wait(), 10)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    count = len(results)
    async with asyncio.timeout(10):
        while "RECEPTION unregistered" not in said:  # noqa: ASYNC110 - it tells only by printing
            await asyncio.sleep(0.01)
    assert len(results) == count
    simulation.close()


# Over streams


@contextlib.asynccontextmanager
async def phone_system(port: int = 0, **options: Any) -> AsyncIterator[tuple[Simulation, int]]:
    said: list[str] = []
    simulation = Simulation(Config(host="127.0.0.1", port=port, password="4321"), said.append)
    yield simulation, await simulation.open(**options)
    simulation.close()
    await asyncio.sleep(0)  # sockets close in the next turn of the loop


class Watcher:
    """A connection, and what it has told."""

    def __init__(self, account: Account) -> None:
        self.events: list[Event] = []
        self._news = asyncio.Event()
        self.connection = Connection(account, "4321", self._hear)
        self.connection.start()

    def _hear(self, event: Event) -> None:
        self.events.append(event)
        self._news.set()

    async def see(self, found: Callable[[Event], bool]) -> Event:
        """Wait for an event, the first from now on or from before."""
        seen = 0
        async with asyncio.timeout(20):
            while True:
                for event in self.events[seen:]:
                    if found(event):
                        return event
                seen = len(self.events)
                self._news.clear()
                await self._news.wait()

    async def ready(self) -> None:
        await self.see(
            lambda event: isinstance(event, SessionChanged) and event.state is SessionState.READY
        )

    async def leave(self) -> None:
        self.connection.stop()
        await asyncio.wait_for(self.connection.stopped(), 10)


async def test_a_phone_is_watched_and_steered_over_tcp() -> None:
    """RFC 3261 section 18: registered, subscribed, told of a call, obeyed, and gone."""
    async with phone_system() as (simulation, port):
        account = replace(ACCOUNT, port=port, transport=SipTransport.TCP)
        watcher = Watcher(account)
        await watcher.ready()
        assert watcher.connection.local is not None
        assert watcher.connection.local.transport == "TCP"
        simulation.execute("ring 5551234")
        call = await watcher.see(lambda event: isinstance(event, CallChanged))
        assert isinstance(call, CallChanged)
        assert call.call.number == "5551234"
        watcher.connection.perform(HangUp("1"))
        answered = await watcher.see(lambda event: isinstance(event, CommandAnswered))
        assert isinstance(answered, CommandAnswered)
        assert answered.accepted
        await watcher.leave()
