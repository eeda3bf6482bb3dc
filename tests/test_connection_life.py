"""A connection outlives its network: other addresses, other places, names that come late.

Loopback has a whole network of addresses, so 127.0.0.2 is where we or the PBX may move to.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from callctrl.accounts import ControlPath, SipTransport
from callctrl.calls import (
    CallChanged,
    CommandAnswered,
    HangUp,
    Hold,
    RegistrationChanged,
    SessionChanged,
    SessionState,
)
from callctrl.locating import NameServer
from callctrl.network import Change
from callctrl.sip.packets import Address
from tests.nameserver import StubNameServer
from tests.test_connection import ACCOUNT, Watcher, phone_system

HERE, THERE = "127.0.0.1", "127.0.0.2"


class Route:
    """Our address on the way to wherever, as a test wants it."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.host = HERE
        for place in ("connection", "transport.udp"):
            monkeypatch.setattr(f"callctrl.{place}.local_host_towards", self.towards)

    def towards(self, _remote: Address) -> str:
        if not self.host:
            raise OSError(101, "Network is unreachable")
        return self.host


@pytest.fixture
def route(monkeypatch: pytest.MonkeyPatch) -> Route:
    return Route(monkeypatch)


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not condition():  # noqa: ASYNC110 - no event tells of it
            await asyncio.sleep(0.01)


def _look(watcher: Watcher) -> None:
    """What happens each six seconds; a test need not wait for it."""
    watcher.events.clear()
    watcher.connection._look()


async def test_another_address_is_registered_from_at_once(route: Route) -> None:
    """RFC 3261 section 10.2: the Contact is where we are reached; the old one is withdrawn."""
    async with phone_system() as (simulation, port):
        watcher = Watcher(replace(ACCOUNT, port=port))
        await watcher.state(SessionState.READY)
        route.host = THERE
        _look(watcher)
        await watcher.state(SessionState.READY)
        local = watcher.connection.local
        assert local is not None
        assert local.host == THERE
        await until(lambda: len(simulation.spa.bindings) == 1)
        assert [each.remote for each in simulation.spa.bindings] == [local]
        simulation.execute("ring 5551234")
        await watcher.see(lambda event: isinstance(event, CallChanged))
        watcher.connection.perform(HangUp("1"))
        assert (await watcher.answered()).accepted
        await watcher.leave()


async def test_over_a_stream_another_address_opens_another_connection(
    route: Route, monkeypatch: pytest.MonkeyPatch
) -> None:
    """RFC 3261 section 18: our end of the connection is our Contact."""
    async with phone_system() as (simulation, port):
        account = replace(ACCOUNT, port=port, transport=SipTransport.TCP)
        watcher = Watcher(account)
        await watcher.state(SessionState.READY)
        before = watcher.connection.local
        monkeypatch.setattr(watcher.connection._network, "look", lambda *_: Change.SLEPT)
        _look(watcher)
        await watcher.state(SessionState.READY)
        assert watcher.connection.local != before
        await until(lambda: len(simulation.spa.bindings) == 1)
        simulation.execute("ring 5551234")
        await watcher.see(lambda event: isinstance(event, CallChanged))
        await watcher.leave()


async def test_a_way_that_is_back_is_registered_on_at_once(route: Route) -> None:
    async with phone_system() as (simulation, port):
        watcher = Watcher(replace(ACCOUNT, port=port))
        await watcher.state(SessionState.READY)
        route.host = ""
        _look(watcher)
        assert watcher.events == []
        route.host = HERE
        _look(watcher)
        await watcher.state(SessionState.READY)
        assert simulation.spa.bindings
        await watcher.leave()


async def test_a_session_that_found_the_way_back_by_itself_is_left_alone(route: Route) -> None:
    async with phone_system() as (_, port):
        watcher = Watcher(replace(ACCOUNT, port=port))
        await watcher.state(SessionState.READY)
        route.host = ""
        _look(watcher)
        session, transport = watcher.connection._session, watcher.connection._transport
        assert session is not None
        assert transport is not None
        transport.failed(session.remote, "ENETUNREACH")
        await watcher.state(SessionState.READY)
        route.host = HERE
        _look(watcher)
        assert watcher.events == []
        await watcher.leave()


async def test_a_network_that_is_told_to_have_changed_is_looked_at(route: Route) -> None:
    async with phone_system() as (_, port):
        watcher = Watcher(replace(ACCOUNT, port=port))
        await watcher.state(SessionState.READY)
        watcher.events.clear()
        watcher.connection.network_changed()
        await watcher.see(lambda event: isinstance(event, RegistrationChanged))
        assert [each for each in watcher.events if isinstance(each, SessionChanged)] == []
        route.host = THERE
        watcher.connection.network_changed()
        await watcher.state(SessionState.READY)
        assert watcher.connection.local is not None
        assert watcher.connection.local.host == THERE
        await watcher.leave()


async def test_a_network_that_comes_while_we_wait_to_look_up_again_ends_the_wait(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("callctrl.connection.BackOff.next_pause", lambda *_, **__: 3600.0)
    async with phone_system() as (_, port):
        found: list[Address] = []

        async def find_pbx(*_: object) -> list[Address]:
            if not found:
                raise OSError("no address")
            return found

        monkeypatch.setattr("callctrl.reaching.find_pbx", find_pbx)
        watcher = Watcher(ACCOUNT)
        await watcher.state(SessionState.RETRYING)
        found.append(Address(HERE, port))
        watcher.connection.network_changed()
        await watcher.state(SessionState.READY)
        await watcher.leave()


async def test_a_domain_is_enough_to_find_the_pbx(monkeypatch: pytest.MonkeyPatch) -> None:
    """RFC 3263 section 4, with a name server on loopback; the Request-URI keeps the domain."""
    async with phone_system() as (simulation, port):
        server = StubNameServer(
            'office.test. 60 IN NAPTR 10 10 "s" "SIP+D2T" "" _sip._tcp.office.test.',
            f"_sip._tcp.office.test. 60 IN SRV 5 0 {port} 127.0.0.1.",
        )
        monkeypatch.setattr("callctrl.locating.NameServer", lambda: NameServer([HERE], server.port))
        watcher = Watcher(replace(ACCOUNT, pbx="office.test", port=0))
        await watcher.state(SessionState.READY)
        assert [each.remote.transport for each in simulation.spa.bindings] == ["TCP"]
        simulation.execute("ring 5551234")
        await watcher.see(lambda event: isinstance(event, CallChanged))
        await watcher.leave()
        server.close()


async def test_a_name_that_stands_for_another_place_now_is_followed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """RFC 3263 section 4.3: where nobody answers at any place there was."""
    places = [Address(HERE, 9)]

    async def find_pbx(*_: object) -> list[Address]:
        return list(places)

    monkeypatch.setattr("callctrl.reaching.find_pbx", find_pbx)
    async with phone_system(host=THERE) as (_, port):
        watcher = Watcher(replace(ACCOUNT, pbx="pbx.test"))
        await watcher.state(SessionState.RETRYING)
        places[:] = [Address(THERE, port)]
        await watcher.state(SessionState.READY)
        assert watcher.connection._session is not None
        assert watcher.connection._session.remote == Address(THERE, port)
        await watcher.leave()


async def test_a_connection_moves_to_the_next_place_and_back(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """RFC 3263 section 4.3, over UDP and TCP; the ends of a connection are told each time."""
    monkeypatch.setattr("callctrl.sip.probe._EVERY", 0.2)
    async with phone_system(host=THERE) as (_, spare):
        with socket.socket() as reserved:
            reserved.bind((HERE, 0))
            port = int(reserved.getsockname()[1])
        places = [Address(HERE, port, "TCP"), Address(THERE, spare, "TCP")]

        async def find_pbx(*_: object) -> list[Address]:
            return list(places)

        monkeypatch.setattr("callctrl.reaching.find_pbx", find_pbx)
        watcher = Watcher(ACCOUNT)
        await watcher.state(SessionState.READY)
        session = watcher.connection._session
        assert session is not None
        assert session.remote == places[1]
        async with phone_system(port=port) as (simulation, _):
            await until(lambda: session.remote == places[0])
            await until(lambda: bool(simulation.spa.subscriptions))
            end = watcher.connection._streams.end_of(places[0])
            await until(lambda: session.local == end)
            await watcher.leave()


async def test_a_phone_whose_name_is_found_late_is_ordered_all_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A name that failed once must not fail every order for ever."""
    found = [False]
    getaddrinfo = socket.getaddrinfo

    def look_up(host: str, *arguments: Any, **more: Any) -> Any:
        if host == "phone.test":
            if not found[0]:
                raise socket.gaierror(-2, "Name or service not known")
            host = HERE
        return getaddrinfo(host, *arguments, **more)

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    async with phone_system() as (_, port):
        watcher = Watcher(
            replace(
                ACCOUNT,
                port=port,
                phone="phone.test",
                phone_port=port,
                control=ControlPath.PHONE,
            )
        )
        await watcher.state(SessionState.READY)
        watcher.connection.perform(Hold())
        assert CommandAnswered(Hold(), 503) in watcher.events
        found[0] = True
        watcher.connection._looks = -1
        _look(watcher)
        session = watcher.connection._session
        assert session is not None
        await until(lambda: session.phone == Address(HERE, port))
        watcher.connection.perform(Hold())
        assert (await watcher.answered()).status != 503
        await watcher.leave()


async def test_nothing_is_looked_at_after_the_end() -> None:
    async with phone_system() as (_, port):
        watcher = Watcher(replace(ACCOUNT, port=port))
        await watcher.state(SessionState.READY)
        await watcher.leave()
        count = len(watcher.events)
        watcher.connection.network_changed()
        assert watcher.connection._next_look is not None
        assert watcher.connection._next_look.cancelled()
        assert len(watcher.events) == count
