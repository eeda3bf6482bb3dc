"""A stand-in for the part of Windows' user32.dll that is used, with the traps of the real one.

A thread has no queue before it looks for a message. A key belongs to whoever registered it first,
be it another thread of the same program.
"""

# ruff: noqa: N802 - the names are Windows'

from __future__ import annotations

import queue
import threading
from typing import Any

__all__ = ["ALREADY_REGISTERED", "FakeUser32"]

_WM_HOTKEY = 0x0312
_WM_QUIT = 0x0012
_MOD_NOREPEAT = 0x4000
ALREADY_REGISTERED = 1409
_NOT_REGISTERED = 1419
_NO_SUCH_THREAD = 1444
_NO_SUCH_WINDOW = 1400


class FakeUser32:
    """One desktop, seen by all threads."""

    def __init__(self) -> None:
        self._errors = threading.local()
        self._queues: dict[int, queue.SimpleQueue[tuple[int, int]]] = {}
        self._hot_keys: dict[tuple[int, int], tuple[int, int]] = {}
        """By modifiers and key: thread and number."""
        self.repeating: set[int] = set()
        """The numbers of keys that are told time and again while they are kept down."""
        self.block_reasons: dict[int, str] = {}
        """By window."""
        self.own_windows = {4711}

    def last_error(self) -> int:
        return getattr(self._errors, "last", 0)

    # What people and other programs do

    def press(self, modifiers: int, key: int) -> bool:
        """Whether anybody was told."""
        owner = self._hot_keys.get((modifiers, key))
        if owner is None:
            return False
        thread, number = owner
        self._queues[thread].put((_WM_HOTKEY, number))
        return True

    def take(self, modifiers: int, key: int) -> None:
        """Another program registers the key."""
        self._queues.setdefault(0, queue.SimpleQueue())
        self._hot_keys[modifiers, key] = (0, 1)

    # As in winuser.h

    def PeekMessageW(
        self, _message: Any, _window: None, _low: int, _high: int, _remove: int
    ) -> int:
        own = self._queues.setdefault(threading.get_native_id(), queue.SimpleQueue())
        return int(not own.empty())

    def GetMessageW(self, message: Any, _window: None, _low: int, _high: int) -> int:
        own = self._queues.setdefault(threading.get_native_id(), queue.SimpleQueue())
        number, wparam = own.get()
        message.contents.message, message.contents.wParam = number, wparam
        return int(number != _WM_QUIT)

    def PostThreadMessageW(self, thread: int, message: int, wparam: int, _lparam: int) -> int:
        if thread not in self._queues:
            return self._fail(_NO_SUCH_THREAD)
        self._queues[thread].put((message, wparam))
        return 1

    def RegisterHotKey(self, _window: None, number: int, modifiers: int, key: int) -> int:
        wanted = (modifiers & ~_MOD_NOREPEAT, key)
        if wanted in self._hot_keys:
            return self._fail(ALREADY_REGISTERED)
        if not modifiers & _MOD_NOREPEAT:
            self.repeating.add(number)
        self._hot_keys[wanted] = (threading.get_native_id(), number)
        return 1

    def UnregisterHotKey(self, _window: None, number: int) -> int:
        owner = (threading.get_native_id(), number)
        for key, its in self._hot_keys.items():
            if its == owner:
                del self._hot_keys[key]
                return 1
        return self._fail(_NOT_REGISTERED)

    def ShutdownBlockReasonCreate(self, window: int, reason: str) -> int:
        if window not in self.own_windows:
            return self._fail(_NO_SUCH_WINDOW)
        self.block_reasons[window] = reason
        return 1

    def ShutdownBlockReasonDestroy(self, window: int) -> int:
        if window not in self.own_windows:
            return self._fail(_NO_SUCH_WINDOW)
        return int(self.block_reasons.pop(window, None) is not None)

    def _fail(self, error: int) -> int:
        self._errors.last = error
        return 0
