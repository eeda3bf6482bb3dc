"""The log-off held up over a real bus, by desktops that are ours.

org.freedesktop.portal.Inhibit; GNOME's org.gnome.SessionManager.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from callctrl.logoff import BusGuard
from tests.desktop.privatebus import FakePortal, PrivateBus

pytestmark = pytest.mark.desktop

REASON = "You are on a call with Anna Meier."
LOGOUT = 1


@pytest.fixture
async def guard(bus: PrivateBus) -> AsyncIterator[BusGuard]:
    it = BusGuard(bus=bus.address)
    yield it
    await it.hold_up("")


async def test_the_portal_is_told_why_and_when_it_is_over(guard: BusGuard, bus: PrivateBus) -> None:
    desktop = FakePortal(bus.address)
    await guard.hold_up(REASON)
    assert list(desktop.inhibitions.values()) == [(REASON, LOGOUT)]
    assert desktop.registered == ["callctrl"]
    await guard.hold_up("")
    assert desktop.inhibitions == {}
    desktop.end()


async def test_gnomes_session_manager_is_told_where_there_is_no_portal(
    guard: BusGuard, bus: PrivateBus
) -> None:
    desktop = FakePortal(bus.address, offers=[], name="org.gnome.SessionManager")
    await guard.hold_up(REASON)
    assert list(desktop.inhibitions.values()) == [(REASON, LOGOUT)]
    await guard.hold_up("")
    assert desktop.inhibitions == {}
    desktop.end()


async def test_another_caller_is_another_reason_and_never_two(
    guard: BusGuard, bus: PrivateBus
) -> None:
    desktop = FakePortal(bus.address)
    await asyncio.gather(
        guard.hold_up(REASON), guard.hold_up(REASON), guard.hold_up("You are on a call with Bob.")
    )
    assert list(desktop.inhibitions.values()) == [("You are on a call with Bob.", LOGOUT)]
    desktop.end()


async def test_the_same_reason_is_told_once(guard: BusGuard, bus: PrivateBus) -> None:
    desktop = FakePortal(bus.address)
    await guard.hold_up(REASON)
    told = dict(desktop.inhibitions)
    await guard.hold_up(REASON)
    assert desktop.inhibitions == told, "and by the same connection"
    assert desktop.registered == ["callctrl"]
    desktop.end()


async def test_a_callers_name_is_made_fit_to_be_shown(guard: BusGuard, bus: PrivateBus) -> None:
    desktop = FakePortal(bus.address)
    await guard.hold_up("On a call with\n" + "x" * 10_000)
    ((reason, _),) = desktop.inhibitions.values()
    assert reason.isprintable()
    assert len(reason) <= 256
    desktop.end()


async def test_a_desktop_that_cannot_or_goes_holds_up_nothing(
    guard: BusGuard, bus: PrivateBus
) -> None:
    await guard.hold_up(REASON)
    await guard.hold_up("")
    desktop = FakePortal(bus.address)
    await guard.hold_up(REASON)
    assert desktop.inhibitions
    desktop.end()
    await guard.hold_up("")
    bus.end()
    await guard.hold_up(REASON)
    await guard.hold_up("")
