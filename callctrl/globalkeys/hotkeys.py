"""Keys from any window on Windows: RegisterHotKey (winuser.h), in a thread with a message loop.

Windows tells a key to the thread that registered it, which has to fetch its messages. Ours does
nothing else, so that no work of the program delays a key, and none is lost while a menu is open.
"""

# ruff: noqa: N802 - the names are Windows'

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import logging
import sys
import threading
from collections.abc import Callable, Mapping
from ctypes import wintypes
from typing import Protocol, cast

from callctrl.globalkeys import GlobalKey, Grant, Standing, Wish

__all__ = ["HotKeys", "User32", "user32_here"]

_log = logging.getLogger(__name__)

_WM_HOTKEY = 0x0312
_WM_QUIT = 0x0012
_MOD_NOREPEAT = 0x4000
"""A key that is kept down is told once."""
_ALREADY_REGISTERED = 1409
_WITHIN = 2.0
"""Seconds for the thread to begin, and to end."""


class User32(Protocol):
    """The functions of user32.dll that are used, as `ctypes.WinDLL` has them; 0 is a failure."""

    def PeekMessageW(
        self, message: object, window: None, lowest: int, highest: int, remove: int, /
    ) -> int:
        """Look for a message of this thread."""

    def GetMessageW(self, message: object, window: None, lowest: int, highest: int, /) -> int:
        """Wait for one; 0 where it is the last."""

    def PostThreadMessageW(self, thread: int, message: int, wparam: int, lparam: int, /) -> int:
        """Send one to a thread that has a queue."""

    def RegisterHotKey(self, window: None, number: int, modifiers: int, key: int, /) -> int:
        """Have a key told to this thread."""

    def UnregisterHotKey(self, window: None, number: int, /) -> int:
        """Have it told no more."""


def user32_here() -> tuple[User32, Callable[[], int]] | None:
    """This system's user32 and what tells its last error; None where it is not Windows."""
    if sys.platform == "win32":
        return cast(User32, ctypes.WinDLL("user32", use_last_error=True)), ctypes.get_last_error
    return None


class HotKeys:
    """A `Way` (`callctrl.globalkeys`)."""

    def __init__(
        self,
        user32: User32,
        last_error: Callable[[], int],
        on_pressed: Callable[[GlobalKey], object],
        on_grant: Callable[[Grant], None],
    ) -> None:
        self._user32 = user32
        self._last_error = last_error
        self._on_pressed = on_pressed
        self._on_grant = on_grant
        self._turn = asyncio.Lock()
        self._listener: _Listener | None = None

    async def exists(self) -> bool:
        """Each Windows has them."""
        return True

    async def bind(self, keys: Mapping[GlobalKey, Wish]) -> None:
        """Ask for keys; Windows does not ask the person."""
        async with self._turn:
            await self._end()
            self._listener = _Listener(self._user32, self._last_error, self._on_pressed, keys)
            errors = await self._listener.begin()
        for key, error in errors.items():
            if error:
                _log.info("%s is not to be had: error %d", keys[key].keystroke, error)
        had = {key: str(keys[key].keystroke) for key, error in errors.items() if not error}
        self._on_grant(Grant(Standing.BOUND, had, frozenset(errors.keys() - had.keys())))

    async def release(self) -> None:
        """Give all of them back."""
        async with self._turn:
            await self._end()
        self._on_grant(Grant(Standing.OFF))

    async def _end(self) -> None:
        if self._listener is not None:
            await self._listener.end()
            self._listener = None


class _Listener:
    """A thread, and the keys that are registered for as long as it runs."""

    def __init__(
        self,
        user32: User32,
        last_error: Callable[[], int],
        on_pressed: Callable[[GlobalKey], object],
        keys: Mapping[GlobalKey, Wish],
    ) -> None:
        self._user32 = user32
        self._last_error = last_error
        self._on_pressed = on_pressed
        self._keys = keys
        self._loop = asyncio.get_running_loop()
        self._registered: asyncio.Future[Mapping[GlobalKey, int]] = self._loop.create_future()
        self._ended = asyncio.Event()
        self._thread = 0
        """Windows' number for it."""

    async def begin(self) -> Mapping[GlobalKey, int]:
        """Register the keys; the error of each, 0 where there was none."""
        threading.Thread(target=self._run, name="hot keys", daemon=True).start()
        try:
            return await asyncio.wait_for(asyncio.shield(self._registered), _WITHIN)
        except TimeoutError:
            return dict.fromkeys(self._keys, -1)

    async def end(self) -> None:
        """Give the keys back, also where nobody waited for them to be registered."""
        await asyncio.wait([self._registered], timeout=_WITHIN)  # only then it hears of its end
        self._user32.PostThreadMessageW(self._thread, _WM_QUIT, 0, 0)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._ended.wait(), _WITHIN)

    # In the thread

    def _run(self) -> None:
        message = wintypes.MSG()
        # Before a thread looks for its first message it has no queue for anybody to post to.
        self._user32.PeekMessageW(ctypes.pointer(message), None, 0, 0, 0)
        self._thread = threading.get_native_id()
        numbered = dict(enumerate(self._keys, 1))
        errors = {key: self._register(number, key) for number, key in numbered.items()}
        self._tell(self._registered.set_result, errors)
        while self._user32.GetMessageW(ctypes.pointer(message), None, 0, 0) > 0:
            if message.message == _WM_HOTKEY and message.wParam in numbered:
                self._tell(self._on_pressed, numbered[message.wParam])
        for number, key in numbered.items():
            if not errors[key]:
                self._user32.UnregisterHotKey(None, number)
        self._tell(self._ended.set)

    def _register(self, number: int, key: GlobalKey) -> int:
        modifiers, code = self._keys[key].keystroke.as_hot_key
        if self._user32.RegisterHotKey(None, number, modifiers | _MOD_NOREPEAT, code):
            return 0
        return self._last_error() or _ALREADY_REGISTERED

    def _tell(self, what: Callable[..., object], *about: object) -> None:
        with contextlib.suppress(RuntimeError):  # the loop is closed
            self._loop.call_soon_threadsafe(what, *about)
