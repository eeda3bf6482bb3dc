"""Keys from any window over a real bus, given by a portal that is ours.

org.freedesktop.portal.GlobalShortcuts, Request, Session; org.freedesktop.host.portal.Registry.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator

import pytest

from callctrl.globalkeys import GlobalKey, Grant, Standing, Wish
from callctrl.globalkeys.portal import ShortcutsPortal
from callctrl.keystrokes import keystroke_from
from callctrl.sessionbus import Interface, SessionBus
from tests.desktop.privatebus import FakePortal, Person, PrivateBus

pytestmark = pytest.mark.desktop

BUS = Interface("org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus")

KEYS = {
    GlobalKey.ANSWER: Wish(keystroke_from("Ctrl+Shift+F6"), "Answer the call that rings"),
    GlobalKey.HOLD: Wish(keystroke_from("Ctrl+Shift+F7"), "Hold, or take the held call back"),
    GlobalKey.HANG_UP: Wish(keystroke_from("Pause"), "Hang up"),
}


class Desk:
    """Who is told."""

    def __init__(self, address: str) -> None:
        self.pressed: asyncio.Queue[GlobalKey] = asyncio.Queue()
        self.grants: asyncio.Queue[Grant] = asyncio.Queue()
        self.keys = ShortcutsPortal(self.pressed.put_nowait, self.grants.put_nowait, bus=address)

    async def next_pressed(self) -> GlobalKey:
        async with asyncio.timeout(10):
            return await self.pressed.get()

    async def next_grant(self) -> Grant:
        async with asyncio.timeout(20):
            return await self.grants.get()

    async def bind(self) -> Grant:
        await self.keys.bind(KEYS)
        assert await self.next_grant() == Grant(Standing.ASKING)
        return await self.next_grant()

    async def begin_asking(self, portal: FakePortal) -> asyncio.Task[None]:
        """Ask a portal whose person is away, until it has put the question."""
        asking = asyncio.create_task(self.keys.bind(KEYS))
        assert await self.next_grant() == Grant(Standing.ASKING)
        await asyncio.to_thread(portal.asks.wait, 10)
        return asking


@pytest.fixture
async def desk(bus: PrivateBus) -> AsyncIterator[Desk]:
    it = Desk(bus.address)
    yield it
    await it.keys.release()


StartPortal = Callable[..., FakePortal]


@pytest.fixture
def start_portal(bus: PrivateBus) -> Iterator[StartPortal]:
    started = []

    def start(**knobs: object) -> FakePortal:
        it = FakePortal(bus.address, **knobs)  # type: ignore[arg-type]
        started.append(it)
        return it

    yield start
    for each in started:
        each.end()


async def test_each_key_is_told_as_what_it_is_for(desk: Desk, start_portal: StartPortal) -> None:
    portal = start_portal()
    grant = await desk.bind()
    assert grant == Grant(
        Standing.BOUND,
        {
            GlobalKey.ANSWER: "Press CTRL+SHIFT+F6",
            GlobalKey.HOLD: "Press CTRL+SHIFT+F7",
            GlobalKey.HANG_UP: "Press Pause",
        },
    )
    assert portal.wanted["answer"] == {
        "description": "Answer the call that rings",
        "preferred_trigger": "CTRL+SHIFT+F6",
    }
    for name in ("hangup", "answer", "hold"):
        portal.press(name)
    told = [await desk.next_pressed() for _ in range(3)]
    assert told == [GlobalKey.HANG_UP, GlobalKey.ANSWER, GlobalKey.HOLD]


async def test_the_program_says_who_it_is_before_it_asks(
    desk: Desk, start_portal: StartPortal
) -> None:
    portal = start_portal()
    await desk.bind()
    assert portal.registered == ["callctrl"]


async def test_a_portal_without_a_register_gives_keys_all_the_same(
    desk: Desk, start_portal: StartPortal
) -> None:
    start_portal(offers=["GlobalShortcuts"])
    assert (await desk.bind()).standing is Standing.BOUND


async def test_the_person_may_let_only_some_be(desk: Desk, start_portal: StartPortal) -> None:
    start_portal(chosen=["hold"])
    grant = await desk.bind()
    assert grant.keys == {GlobalKey.HOLD: "Press CTRL+SHIFT+F7"}


@pytest.mark.parametrize("knobs", [{"person": Person.REFUSES}, {"chosen": []}])
async def test_the_person_may_refuse(
    desk: Desk, start_portal: StartPortal, knobs: dict[str, object]
) -> None:
    portal = start_portal(**knobs)
    assert await desk.bind() == Grant(Standing.REFUSED)
    assert portal.sessions == []


async def test_whether_there_is_a_way_is_told_without_asking_anybody(
    desk: Desk, start_portal: StartPortal
) -> None:
    assert not await desk.keys.exists()
    portal = start_portal()
    assert await desk.keys.exists()
    assert portal.sessions == []
    portal.end()
    start_portal(offers=["Inhibit"])
    assert not await desk.keys.exists()


async def test_no_portal_or_one_without_keys_is_no_way(
    desk: Desk, start_portal: StartPortal
) -> None:
    assert await desk.bind() == Grant(Standing.NO_WAY)
    start_portal(offers=["Inhibit", "Registry"])
    assert await desk.bind() == Grant(Standing.NO_WAY)


async def test_without_a_bus_there_is_no_way(desk: Desk, bus: PrivateBus) -> None:
    bus.end()
    assert await desk.bind() == Grant(Standing.NO_WAY)


async def test_waiting_for_the_person_can_be_given_up(
    desk: Desk, start_portal: StartPortal
) -> None:
    portal = start_portal(person=Person.IS_AWAY)
    asking = await desk.begin_asking(portal)
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    assert portal.sessions == []
    portal.person = Person.ALLOWS
    assert (await desk.bind()).standing is Standing.BOUND


async def test_other_keys_chosen_in_the_desktops_settings_are_told(
    desk: Desk, start_portal: StartPortal
) -> None:
    portal = start_portal()
    await desk.bind()
    portal.change(answer="Press F13", hold="")
    assert await desk.next_grant() == Grant(
        Standing.BOUND,
        {GlobalKey.ANSWER: "Press F13", GlobalKey.HOLD: "", GlobalKey.HANG_UP: "Press Pause"},
    )


async def test_what_a_desktop_says_about_a_key_is_made_fit_to_be_shown(
    desk: Desk, start_portal: StartPortal
) -> None:
    portal = start_portal()
    await desk.bind()
    portal.change(answer="Press\n\x1b[31m " + "x" * 10_000)
    text = (await desk.next_grant()).keys[GlobalKey.ANSWER]
    assert text.isprintable()
    assert len(text) <= 60


async def test_keys_that_the_desktop_takes_back_are_told(
    desk: Desk, start_portal: StartPortal
) -> None:
    portal = start_portal()
    await desk.bind()
    portal.take_back()
    assert await desk.next_grant() == Grant(Standing.REFUSED)


async def test_a_session_that_is_closed_while_the_person_is_asked_is_told_once(
    desk: Desk, start_portal: StartPortal
) -> None:
    portal = start_portal(person=Person.IS_AWAY)
    asking = await desk.begin_asking(portal)
    portal.take_back()
    await asking
    assert await desk.next_grant() == Grant(Standing.REFUSED)
    assert desk.grants.empty()


async def test_a_portal_that_goes_is_told_and_its_successor_gives_keys(
    desk: Desk, start_portal: StartPortal
) -> None:
    first = start_portal()
    await desk.bind()
    first.end()
    assert await desk.next_grant() == Grant(Standing.LOST)
    second = start_portal()
    assert (await desk.bind()).standing is Standing.BOUND
    second.press("hold")
    assert await desk.next_pressed() is GlobalKey.HOLD


async def test_a_bus_that_goes_is_told(
    desk: Desk, start_portal: StartPortal, bus: PrivateBus
) -> None:
    start_portal()
    await desk.bind()
    bus.end()
    assert await desk.next_grant() == Grant(Standing.LOST)


async def test_keys_are_given_back(desk: Desk, start_portal: StartPortal) -> None:
    portal = start_portal()
    await desk.bind()
    assert len(portal.sessions) == 1
    await desk.keys.release()
    assert portal.sessions == []
    assert await desk.next_grant() == Grant(Standing.OFF)


async def test_giving_back_that_is_cut_short_leaves_the_bus(
    desk: Desk, start_portal: StartPortal, bus: PrivateBus
) -> None:
    """Whoever switches off and on at once cancels it."""
    start_portal()
    there = await connections(bus)
    await desk.bind()
    giving_back = asyncio.create_task(desk.keys.release())
    await asyncio.sleep(0)
    giving_back.cancel()
    with pytest.raises(asyncio.CancelledError):
        await giving_back
    assert await connections(bus) == there


async def connections(bus: PrivateBus) -> int:
    """How many there are to the bus."""
    asking = await SessionBus.open(bus.address, lambda _signal: None)
    (names,) = (await asking.call(BUS, "ListNames")).values
    await asking.close()
    return sum(name.startswith(":") for name in names)


async def test_strangers_and_other_sessions_press_nothing(
    desk: Desk, start_portal: StartPortal, bus: PrivateBus
) -> None:
    portal = start_portal()
    await desk.bind()
    (session,) = portal.sessions
    stranger = FakePortal(bus.address, name="org.example.Stranger")
    stranger.client = portal.client
    stranger.press("answer", session)
    stranger.end()
    portal.press("answer", "/org/freedesktop/portal/desktop/session/1_1/other")
    portal.press("format-the-disk")
    portal.press("hold")
    assert await desk.next_pressed() is GlobalKey.HOLD
    assert desk.pressed.empty()
