"""What a look at the network tells, with a route and clocks made for it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from callctrl.network import LOOK_EVERY, Change, Network, within_reach
from callctrl.sip.packets import Address
from callctrl.transport import local_host_towards

PBX = Address("192.0.2.10", 5060)
HERE, THERE = "192.0.2.7", "198.51.100.7"


class World:
    """A network, and clocks that go as they are told."""

    def __init__(self) -> None:
        self.host: str | None = HERE
        self.now, self.wall = 100.0, 1_000_000.0
        self.network = Network(self._route, monotonic=lambda: self.now, wall=lambda: self.wall)

    def _route(self, remote: Address) -> str:
        assert remote == PBX
        if self.host is None:
            raise OSError(101, "Network is unreachable")
        return self.host

    def look(self, *, after: float = LOOK_EVERY, by_wall: float | None = None) -> Change:
        self.now += after
        self.wall += after if by_wall is None else by_wall
        return self.network.look(PBX, HERE)


def test_a_quiet_network_has_nothing_to_tell() -> None:
    world = World()
    assert {world.look() for _ in range(100)} == {Change.NONE}


def test_another_address_on_the_way_is_told_until_it_is_ours() -> None:
    world = World()
    world.host = THERE
    assert [world.look(), world.look()] == [Change.MOVED, Change.MOVED]
    world.host = HERE
    assert world.look() is Change.NONE


def test_a_way_that_is_back_is_told_once() -> None:
    world = World()
    world.host = None
    assert [world.look(), world.look()] == [Change.NONE, Change.NONE]
    world.host = HERE
    assert [world.look(), world.look()] == [Change.BACK, Change.NONE]


@pytest.mark.parametrize(
    ("after", "by_wall"),
    [(LOOK_EVERY, 3600.0), (3600.0, 3600.0), (0.2, 3600.0), (3600.0, LOOK_EVERY)],
    ids=["clock stood still", "clock went on", "looked at once", "wall clock put back"],
)
def test_a_sleep_shows_by_the_clocks(after: float, by_wall: float) -> None:
    world = World()
    assert world.look(after=after, by_wall=by_wall) is Change.SLEPT
    assert world.look() is Change.NONE


def test_a_sleep_is_told_when_there_is_a_way_again() -> None:
    world = World()
    world.host = None
    assert world.look(by_wall=3600.0) is Change.NONE
    assert world.look() is Change.NONE
    world.host = HERE
    assert [world.look(), world.look()] == [Change.SLEPT, Change.NONE]
    world.host = THERE
    assert world.look(by_wall=3600.0) is Change.MOVED
    world.host = HERE
    assert world.look() is Change.NONE


@pytest.mark.parametrize(("after", "by_wall"), [(LOOK_EVERY, -3600.0), (9.0, 9.0), (5.0, 12.0)])
def test_a_clock_that_is_put_right_and_a_busy_computer_are_no_sleep(
    after: float, by_wall: float
) -> None:
    world = World()
    assert world.look(after=after, by_wall=by_wall) is Change.NONE


def test_the_operating_system_knows_the_way_to_ourselves() -> None:
    assert Network(local_host_towards).look(Address("127.0.0.1", 9), "127.0.0.1") is Change.NONE


V4, OTHER_V4, V6 = (Address(host, 5060) for host in ("192.0.2.1", "192.0.2.2", "2001:db8::1"))


def _only(*hosts: str) -> Callable[[Address], str]:
    def route(place: Address) -> str:
        if place.host not in hosts:
            raise OSError(101, "Network is unreachable")
        return HERE

    return route


@pytest.mark.parametrize(
    ("hosts", "places"),
    [
        ([V4.host, V6.host, OTHER_V4.host], [V4, OTHER_V4]),
        ([V6.host], [V6]),
        ([OTHER_V4.host, V6.host], [V6]),
        ([], [V4, OTHER_V4]),
    ],
)
def test_only_places_with_a_way_are_tried(hosts: list[str], places: list[Address]) -> None:
    """RFC 3263 section 4.2: A and AAAA records alike; RFC 6724 leaves out what has no source."""
    assert within_reach([V4, V6, OTHER_V4], _only(*hosts)) == places


def test_streams_may_be_of_any_family() -> None:
    places = [place._replace(transport="TCP") for place in (V4, V6)]
    assert within_reach(places, _only(V4.host, V6.host)) == places
