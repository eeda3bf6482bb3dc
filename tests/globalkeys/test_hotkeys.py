"""Keys from any window on Windows: against its user32 there, and a faithful fake elsewhere.

RegisterHotKey, GetMessageW, PostThreadMessageW: winuser.h.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator
from typing import Any, Protocol, cast

import pytest

from callctrl.globalkeys import GlobalKey, Grant, Standing, Wish
from callctrl.globalkeys.hotkeys import HotKeys, User32, user32_here
from callctrl.keystrokes import Keystroke, keystroke_from
from tests.fakeuser32 import ALREADY_REGISTERED, FakeUser32

# As hardly any program has them, should this be somebody's own Windows.
F21, F22, F23 = (keystroke_from(f"Ctrl+Shift+F{number}") for number in (21, 22, 23))
KEYS = {
    GlobalKey.ANSWER: Wish(F21, "Answer"),
    GlobalKey.HOLD: Wish(F22, "Hold"),
    GlobalKey.HANG_UP: Wish(F23, "Hang up"),
}


class Keyboard(Protocol):
    """What a person, and another program, do."""

    def press(self, keystroke: Keystroke) -> None: ...
    def take(self, keystroke: Keystroke) -> None: ...
    def is_free(self, keystroke: Keystroke) -> bool: ...
    def give_back(self) -> None: ...


class RealKeyboard:
    """The keys of the Windows that the test runs on."""

    def __init__(self, user32: Any) -> None:
        self._user32 = user32
        self._taken = 0

    def press(self, keystroke: Keystroke) -> None:
        modifiers, key = keystroke.as_hot_key
        held = [code for bit, code in ((1, 0x12), (2, 0x11), (4, 0x10)) if modifiers & bit]
        for code in (*held, key):
            self._user32.keybd_event(code, 0, 0, 0)
        for code in (key, *reversed(held)):
            self._user32.keybd_event(code, 0, 2, 0)

    def take(self, keystroke: Keystroke) -> None:
        self._taken += 1
        assert self._user32.RegisterHotKey(None, self._taken, *keystroke.as_hot_key)

    def is_free(self, keystroke: Keystroke) -> bool:
        if not self._user32.RegisterHotKey(None, 99, *keystroke.as_hot_key):
            return False
        self._user32.UnregisterHotKey(None, 99)
        return True

    def give_back(self) -> None:
        for number in range(1, self._taken + 1):
            self._user32.UnregisterHotKey(None, number)


class FakeKeyboard:
    def __init__(self, user32: FakeUser32) -> None:
        self._user32 = user32

    def press(self, keystroke: Keystroke) -> None:
        self._user32.press(*keystroke.as_hot_key)

    def take(self, keystroke: Keystroke) -> None:
        self._user32.take(*keystroke.as_hot_key)

    def is_free(self, keystroke: Keystroke) -> bool:
        if not self._user32.RegisterHotKey(None, 99, *keystroke.as_hot_key):
            assert self._user32.last_error() == ALREADY_REGISTERED
            return False
        return bool(self._user32.UnregisterHotKey(None, 99))

    def give_back(self) -> None:
        pass


class Desk:
    """Who is told."""

    def __init__(self) -> None:
        here = user32_here()
        self.keyboard: Keyboard
        if here is None:
            fake = FakeUser32()
            user32, last_error = cast(User32, fake), fake.last_error
            self.keyboard = FakeKeyboard(fake)
        else:
            user32, last_error = here
            self.keyboard = RealKeyboard(user32)
        self.pressed: asyncio.Queue[GlobalKey] = asyncio.Queue()
        self.grants: list[Grant] = []
        self.hot_keys = HotKeys(user32, last_error, self.pressed.put_nowait, self.grants.append)

    async def next_pressed(self) -> GlobalKey:
        async with asyncio.timeout(10):
            return await self.pressed.get()


@pytest.fixture
async def desk() -> AsyncIterator[Desk]:
    it = Desk()
    yield it
    await it.hot_keys.release()
    it.keyboard.give_back()


async def test_each_key_is_told_as_what_it_is_for(desk: Desk) -> None:
    await desk.hot_keys.bind(KEYS)
    (grant,) = desk.grants
    assert grant.standing is Standing.BOUND
    assert grant.keys == {key: str(wish.keystroke) for key, wish in KEYS.items()}
    assert grant.taken == frozenset()
    for keystroke in (F23, F21, F22):
        desk.keyboard.press(keystroke)
    told = [await desk.next_pressed() for _ in range(3)]
    assert told == [GlobalKey.HANG_UP, GlobalKey.ANSWER, GlobalKey.HOLD]


async def test_a_key_that_another_program_has_is_told_and_the_others_work(desk: Desk) -> None:
    desk.keyboard.take(F21)
    await desk.hot_keys.bind(KEYS)
    (grant,) = desk.grants
    assert grant.standing is Standing.BOUND
    assert grant.taken == {GlobalKey.ANSWER}
    assert set(grant.keys) == {GlobalKey.HOLD, GlobalKey.HANG_UP}
    desk.keyboard.press(F22)
    assert await desk.next_pressed() is GlobalKey.HOLD


async def test_keys_are_given_back(desk: Desk) -> None:
    await desk.hot_keys.bind(KEYS)
    assert not desk.keyboard.is_free(F21)
    await desk.hot_keys.release()
    assert desk.grants[-1] == Grant(Standing.OFF)
    assert all(desk.keyboard.is_free(keystroke) for keystroke in (F21, F22, F23))


async def test_what_is_bound_anew_replaces_what_was(desk: Desk) -> None:
    await desk.hot_keys.bind({GlobalKey.ANSWER: Wish(F21, "Answer")})
    await desk.hot_keys.bind({GlobalKey.ANSWER: Wish(F22, "Answer")})
    assert desk.keyboard.is_free(F21)
    desk.keyboard.press(F22)
    assert await desk.next_pressed() is GlobalKey.ANSWER
    assert desk.grants[-1].keys == {GlobalKey.ANSWER: "Ctrl+Shift+F22"}


async def test_binding_at_once_many_times_leaves_the_last(desk: Desk) -> None:
    wishes = [{GlobalKey.HOLD: Wish(keystroke, "Hold")} for keystroke in (F21, F22, F23)]
    await asyncio.gather(*(desk.hot_keys.bind(wish) for wish in wishes))
    assert desk.keyboard.is_free(F21)
    assert desk.keyboard.is_free(F22)
    desk.keyboard.press(F23)
    assert await desk.next_pressed() is GlobalKey.HOLD


async def test_there_always_is_a_way(desk: Desk) -> None:
    assert await desk.hot_keys.exists()


async def test_to_give_back_what_was_never_had_is_no_error(desk: Desk) -> None:
    await desk.hot_keys.release()
    assert desk.grants == [Grant(Standing.OFF)]


class SlowUser32(FakeUser32):
    """One whose threads come to nothing before the test lets them."""

    def __init__(self) -> None:
        super().__init__()
        self.may_begin = threading.Event()

    def PeekMessageW(self, *arguments: Any) -> int:  # noqa: N802
        assert self.may_begin.wait(10)
        return super().PeekMessageW(*arguments)


async def test_keys_that_were_given_up_before_they_were_registered_are_given_back() -> None:
    user32 = SlowUser32()
    hot_keys = HotKeys(cast(User32, user32), user32.last_error, lambda _: None, lambda _: None)
    asking = asyncio.create_task(hot_keys.bind(KEYS))
    await asyncio.sleep(0)
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    giving_back = asyncio.create_task(hot_keys.release())
    await asyncio.sleep(0)
    user32.may_begin.set()
    await giving_back
    keyboard = FakeKeyboard(user32)
    assert all(keyboard.is_free(keystroke) for keystroke in (F21, F22, F23))


async def test_a_key_that_is_kept_down_is_told_once() -> None:
    """RegisterHotKey: MOD_NOREPEAT."""
    user32 = FakeUser32()
    hot_keys = HotKeys(cast(User32, user32), user32.last_error, lambda _: None, lambda _: None)
    await hot_keys.bind(KEYS)
    assert user32.repeating == set()
    await hot_keys.release()


async def test_a_key_that_is_refused_without_an_error_is_refused_all_the_same() -> None:
    user32, grants = FakeUser32(), list[Grant]()
    hot_keys = HotKeys(cast(User32, user32), lambda: 0, lambda _: None, grants.append)
    FakeKeyboard(user32).take(F21)
    await hot_keys.bind(KEYS)
    assert grants[-1].taken == {GlobalKey.ANSWER}
    await hot_keys.release()
