"""Notifications over a real bus, shown by a server that is ours."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from jeepney import (  # type: ignore[import-untyped]
    DBusAddress,
    HeaderFields,
    Message,
    MessageType,
    message_bus,
    new_error,
    new_method_return,
    new_signal,
)
from jeepney.io.asyncio import (  # type: ignore[import-untyped]
    DBusConnection,
    DBusRouter,
    Proxy,
    open_dbus_connection,
)

from callctrl.incoming import Incoming
from callctrl.notifications import Availability, Notifier
from tests.desktop.privatebus import PrivateBus

pytestmark = pytest.mark.desktop

ANNA = Incoming("1", "Anna Lee", "+1 212 555 0134", "Lee & Sons", 2, "FrontDesk")
LONDON = Incoming("2", "", "+44 20 7946 0018")
ACTIONS = {"answer": "Answer", "reject": "Reject"}

NAME = "org.freedesktop.Notifications"
SERVER = DBusAddress("/org/freedesktop/Notifications", bus_name=NAME, interface=NAME)


class FakeServer:
    """What shows notifications: it keeps what it is sent, and presses buttons when told to."""

    def __init__(self, connection: DBusConnection, capabilities: list[str]) -> None:
        self.client = ""
        """Who asked last, by the bus's own name for it."""
        self.shown: dict[int, tuple[Any, ...]] = {}
        """By number, the arguments of `Notify`."""
        self._connection = connection
        self._capabilities = capabilities
        self._serving = asyncio.get_running_loop().create_task(self._serve())

    @classmethod
    async def start(cls, bus: PrivateBus, *capabilities: str) -> FakeServer:
        connection = await open_dbus_connection(bus.address)
        async with DBusRouter(connection) as router:
            await Proxy(message_bus, router).RequestName(NAME)
        return cls(connection, list(capabilities))

    async def end(self) -> None:
        self._serving.cancel()
        await asyncio.wait([self._serving])
        await self._connection.close()

    async def press(self, number: int, action: str) -> None:
        await self._tell("ActionInvoked", "us", (number, action))

    async def dismiss(self, number: int) -> None:
        """As when a person closes it."""
        del self.shown[number]
        await self._tell("NotificationClosed", "uu", (number, 2))

    async def _tell(self, member: str, signature: str, arguments: tuple[Any, ...]) -> None:
        await self._connection.send(new_signal(SERVER, member, signature, arguments))

    async def _serve(self) -> None:
        while True:
            message = await self._connection.receive()
            if message.header.message_type is MessageType.method_call:
                await self._connection.send(self._answer(message))

    def _answer(self, message: Message) -> Message:
        self.client = message.header.fields[HeaderFields.sender]
        match message.header.fields[HeaderFields.member], message.body:
            case "GetCapabilities", _:
                return new_method_return(message, "as", (self._capabilities,))
            case "Notify", arguments:
                number = arguments[1] or len(self.shown) + 100
                self.shown[number] = arguments
                return new_method_return(message, "u", (number,))
            case "CloseNotification", (number,) if number in self.shown:
                del self.shown[number]
                return new_method_return(message)
        return new_error(message, f"{NAME}.Error.Nonsense")


class Presses:
    """What the notifier says was pressed."""

    def __init__(self) -> None:
        self.queue: asyncio.Queue[tuple[str, str]] = asyncio.Queue()

    def __call__(self, call_id: str, action: str) -> None:
        self.queue.put_nowait((call_id, action))


@pytest.fixture
def presses() -> Presses:
    return Presses()


@pytest.fixture
async def notifier(bus: PrivateBus, presses: Presses) -> AsyncIterator[Notifier]:
    it = Notifier(presses, bus=bus.address)
    yield it
    await it.stop()


@pytest.fixture
async def server(bus: PrivateBus) -> AsyncIterator[FakeServer]:
    it = await FakeServer.start(bus, "actions", "body", "body-markup")
    yield it
    await it.end()


async def test_a_call_is_shown_with_its_buttons(notifier: Notifier, server: FakeServer) -> None:
    assert await notifier.available() is Availability.BUTTONS
    assert await notifier.show(ANNA, "Incoming call from Anna Lee", ACTIONS) is Availability.BUTTONS
    (arguments,) = server.shown.values()
    assert arguments[3] == "Incoming call from Anna Lee"
    assert arguments[4] == "+1 212 555 0134\nLee &amp; Sons"
    assert arguments[5] == ["answer", "Answer", "reject", "Reject"]


async def test_a_button_is_pressed_for_the_right_call(
    notifier: Notifier, server: FakeServer, presses: Presses
) -> None:
    for call in (ANNA, LONDON):
        await notifier.show(call, "Incoming call", ACTIONS)
    _anna, london = server.shown
    await server.press(london, "reject")
    assert await presses.queue.get() == ("2", "reject")
    await server.press(london, "answer")
    assert await presses.queue.get() == ("2", "answer")


async def test_the_same_call_is_shown_anew_in_its_place(
    notifier: Notifier, server: FakeServer
) -> None:
    await notifier.show(LONDON, "Incoming call from +44 20 7946 0018", ACTIONS)
    await notifier.show(LONDON, "Incoming call from Bob", ACTIONS)
    (arguments,) = server.shown.values()
    assert arguments[3] == "Incoming call from Bob"


async def test_a_call_that_rings_no_more_is_taken_away(
    notifier: Notifier, server: FakeServer
) -> None:
    for call in (ANNA, LONDON):
        await notifier.show(call, f"Incoming call {call.call_id}", ACTIONS)
    await notifier.close("1")
    await notifier.close("1")
    await notifier.close("7")
    (arguments,) = server.shown.values()
    assert arguments[3] == "Incoming call 2"


async def test_all_are_taken_away_at_the_end(notifier: Notifier, server: FakeServer) -> None:
    for call in (ANNA, LONDON):
        await notifier.show(call, "Incoming call", ACTIONS)
    await notifier.stop()
    assert server.shown == {}
    assert await notifier.show(ANNA, "Incoming call", ACTIONS) is Availability.BUTTONS


async def test_closing_overtakes_no_showing(notifier: Notifier, server: FakeServer) -> None:
    await asyncio.gather(notifier.show(ANNA, "Incoming call", ACTIONS), notifier.close("1"))
    assert server.shown == {}


async def test_what_a_person_closed_is_not_closed_again(
    notifier: Notifier, server: FakeServer, presses: Presses
) -> None:
    for call in (ANNA, LONDON):
        await notifier.show(call, "Incoming call", ACTIONS)
    anna, london = server.shown
    await server.dismiss(anna)
    await server.press(anna, "answer")
    await server.press(london, "answer")
    assert await presses.queue.get() == ("2", "answer"), "the first had none to press any more"
    await notifier.close("1")
    assert london in server.shown


async def test_other_programs_buttons_are_none_of_ours(
    notifier: Notifier, server: FakeServer, presses: Presses
) -> None:
    await notifier.show(ANNA, "Incoming call", ACTIONS)
    (anna,) = server.shown
    await server.press(anna + 1, "answer")
    await server.press(anna, "format-the-disk")
    await server.press(anna, "answer")
    assert await presses.queue.get() == ("1", "answer")
    assert presses.queue.empty()


async def test_a_stranger_presses_nothing(
    notifier: Notifier, server: FakeServer, presses: Presses, bus: PrivateBus
) -> None:
    await notifier.show(ANNA, "Incoming call", ACTIONS)
    (anna,) = server.shown
    stranger = await open_dbus_connection(bus.address)
    forged = new_signal(SERVER, "ActionInvoked", "us", (anna, "answer"))
    forged.header.fields[HeaderFields.destination] = server.client
    async with DBusRouter(stranger) as router:
        await router.send(forged)
        await Proxy(message_bus, router).GetId()  # the bus has passed on what was sent before
    await server.press(anna, "reject")
    assert await presses.queue.get() == ("1", "reject")
    assert presses.queue.empty()
    await stranger.close()


async def test_a_server_without_buttons_shows_the_call_all_the_same(
    notifier: Notifier, bus: PrivateBus
) -> None:
    server = await FakeServer.start(bus, "body")
    assert await notifier.available() is Availability.NO_BUTTONS
    assert await notifier.show(ANNA, "Incoming call", ACTIONS) is Availability.NO_BUTTONS
    (arguments,) = server.shown.values()
    assert arguments[5] == []
    await server.end()


async def test_without_a_server_there_is_none(notifier: Notifier) -> None:
    assert await notifier.available() is Availability.NONE
    assert await notifier.show(ANNA, "Incoming call", ACTIONS) is Availability.NONE


async def test_a_server_that_dies_is_told_and_its_successor_used(
    notifier: Notifier, bus: PrivateBus, presses: Presses
) -> None:
    first = await FakeServer.start(bus, "actions")
    await notifier.show(ANNA, "Incoming call", ACTIONS)
    await first.end()
    assert await notifier.show(ANNA, "Incoming call", ACTIONS) is Availability.NONE
    second = await FakeServer.start(bus, "actions")
    assert await notifier.show(ANNA, "Incoming call", ACTIONS) is Availability.BUTTONS
    (number,) = second.shown
    await second.press(number, "answer")
    assert await presses.queue.get() == ("1", "answer")
    await second.end()


async def test_a_successors_notifications_are_not_taken_for_ours(
    notifier: Notifier, bus: PrivateBus
) -> None:
    first = await FakeServer.start(bus, "actions")
    await notifier.show(ANNA, "Incoming call", ACTIONS)
    (number,) = first.shown
    await first.end()
    second = await FakeServer.start(bus, "actions")
    second.shown[number] = ("another program's",)
    await notifier.show(LONDON, "Incoming call", ACTIONS)
    await notifier.show(ANNA, "Incoming call", ACTIONS)
    assert second.shown[number] == ("another program's",)
    assert len(second.shown) == 3
    await second.end()


async def test_a_bus_that_dies_is_told(
    notifier: Notifier, server: FakeServer, bus: PrivateBus
) -> None:
    await notifier.show(ANNA, "Incoming call", ACTIONS)
    bus.end()
    assert await notifier.show(ANNA, "Incoming call", ACTIONS) is Availability.NONE
    await notifier.close("1")
    assert await notifier.available() is Availability.NONE
