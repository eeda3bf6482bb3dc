"""Keys from any window are kept as they are wanted."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping

import pytest

from callctrl.globalkeys import GlobalKey, Grant, Standing, Wish
from callctrl.keystrokes import keystroke_from
from callctrl.ui.globalkeying import GlobalKeying

F6, F7 = keystroke_from("Ctrl+Shift+F6"), keystroke_from("Ctrl+Shift+F7")


class FakeWay:
    """A system that decides when a test lets it."""

    def __init__(
        self, on_pressed: Callable[[GlobalKey], object], on_grant: Callable[[Grant], None]
    ) -> None:
        self.press = on_pressed
        self.tell = on_grant
        self.asked: list[list[str]] = []
        """The keys that were wanted, time after time."""
        self.purposes: list[str] = []
        self.may_decide = asyncio.Event()
        self.may_decide.set()
        self.given_up = 0
        self.grants = Standing.BOUND

    async def exists(self) -> bool:
        return True

    async def bind(self, keys: Mapping[GlobalKey, Wish]) -> None:
        self.asked.append([str(wish.keystroke) for wish in keys.values()])
        self.purposes = [wish.purpose for wish in keys.values()]
        try:
            await self.may_decide.wait()
        except asyncio.CancelledError:
            self.given_up += 1
            raise
        bound = {key: str(keys[key].keystroke) for key in keys}
        self.tell(Grant(self.grants, bound if self.grants is Standing.BOUND else {}))

    async def release(self) -> None:
        self.asked.append([])
        self.tell(Grant(Standing.OFF))


class Desk:
    def __init__(self) -> None:
        self.pressed: list[GlobalKey] = []
        self.keying = GlobalKeying(self.make, self.pressed.append, asyncio.create_task)

    def make(
        self, on_pressed: Callable[[GlobalKey], object], on_grant: Callable[[Grant], None]
    ) -> FakeWay:
        self.way = FakeWay(on_pressed, on_grant)
        return self.way


async def settled() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


@pytest.fixture
async def desk() -> Desk:
    return Desk()


@pytest.fixture
async def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """How long is to be waited, in seconds, time after time; it is over at once."""
    it: list[float] = []
    loop = asyncio.get_running_loop()

    def call_later(delay: float, callback: Callable[[], None]) -> asyncio.Handle:
        it.append(delay)
        return loop.call_soon(callback)

    monkeypatch.setattr(loop, "call_later", call_later)
    return it


async def test_nothing_is_asked_for_before_it_is_wanted(desk: Desk) -> None:
    desk.keying.want({})
    await settled()
    await desk.keying.stop()
    assert desk.way.asked == []


async def test_what_is_wanted_is_asked_for_once_and_its_presses_are_told(desk: Desk) -> None:
    told: list[Grant] = []
    desk.keying.on_grant = told.append
    for _ in range(2):
        desk.keying.want({GlobalKey.ANSWER: F6})
        await settled()
    assert desk.way.asked == [["Ctrl+Shift+F6"]]
    assert desk.way.purposes == ["Answer the call that rings"]
    assert told == [Grant(Standing.BOUND, {GlobalKey.ANSWER: "Ctrl+Shift+F6"})]
    assert desk.keying.grant is told[0]
    desk.way.press(GlobalKey.ANSWER)
    assert desk.pressed == [GlobalKey.ANSWER]


async def test_what_is_no_longer_wanted_is_given_back(desk: Desk) -> None:
    desk.keying.want({GlobalKey.ANSWER: F6})
    await settled()
    desk.keying.want({})
    await settled()
    assert desk.way.asked[-1] == []
    assert desk.keying.grant.standing is Standing.OFF


async def test_the_end_gives_all_back(desk: Desk) -> None:
    desk.keying.want({GlobalKey.ANSWER: F6})
    await settled()
    await desk.keying.stop()
    assert desk.way.asked[-1] == []


async def test_another_wish_does_not_wait_for_the_first(desk: Desk) -> None:
    desk.way.may_decide.clear()
    desk.keying.want({GlobalKey.ANSWER: F6})
    await settled()
    desk.keying.want({GlobalKey.ANSWER: F7})
    await settled()
    assert desk.way.given_up == 1
    desk.way.may_decide.set()
    await settled()
    assert desk.keying.grant.keys == {GlobalKey.ANSWER: "Ctrl+Shift+F7"}


async def test_what_was_lost_is_asked_for_again(desk: Desk, pauses: list[float]) -> None:
    desk.keying.want({GlobalKey.ANSWER: F6})
    await settled()
    told: list[Standing] = []
    desk.keying.on_grant = lambda grant: told.append(grant.standing)
    for _ in range(2):
        desk.way.tell(Grant(Standing.LOST))
        await settled()
    assert len(desk.way.asked) == 3
    assert told == [Standing.LOST, Standing.BOUND] * 2
    assert pauses == [10.0, 10.0], "it is no longer for having been lost before"


async def test_what_is_lost_time_after_time_is_asked_for_less_and_less(
    desk: Desk, pauses: list[float]
) -> None:
    desk.way.grants = Standing.LOST
    desk.keying.want({GlobalKey.ANSWER: F6})
    for _ in range(8):
        await settled()
    assert pauses[:8] == [10.0, 20.0, 40.0, 80.0, 160.0, 320.0, 600.0, 600.0]
    await desk.keying.stop()


async def test_after_the_end_what_was_lost_is_asked_for_no_more(
    desk: Desk, pauses: list[float]
) -> None:
    desk.keying.want({GlobalKey.ANSWER: F6})
    await settled()
    desk.way.tell(Grant(Standing.LOST))
    await desk.keying.stop()
    await settled()
    assert pauses
    assert desk.way.asked == [["Ctrl+Shift+F6"], []]


async def test_a_system_that_comes_up_after_us_is_asked_again_and_not_for_ever(
    desk: Desk, pauses: list[float]
) -> None:
    desk.way.grants = Standing.NO_WAY
    desk.keying.want({GlobalKey.ANSWER: F6})
    for _ in range(20):
        await settled()
    assert pauses == [10.0, 20.0, 40.0, 80.0, 160.0]
    assert len(desk.way.asked) == 6
    assert desk.keying.grant.standing is Standing.NO_WAY


async def test_what_was_refused_is_not_asked_for_again(desk: Desk, pauses: list[float]) -> None:
    desk.keying.want({GlobalKey.ANSWER: F6})
    await settled()
    desk.way.tell(Grant(Standing.REFUSED))
    await settled()
    assert len(desk.way.asked) == 1
    assert pauses == []


async def test_a_system_without_a_way_says_so_when_keys_are_wanted() -> None:
    keying = GlobalKeying(lambda _pressed, _grant: None, lambda _key: None, asyncio.create_task)
    assert not await keying.has_way()
    told: list[Standing] = []
    keying.on_grant = lambda grant: told.append(grant.standing)
    keying.want({GlobalKey.ANSWER: F6})
    keying.want({})
    assert told == [Standing.NO_WAY, Standing.OFF]
    await keying.stop()
