"""Holds up the log-off while there is a reason, which the system shows to the person.

    Linux     org.freedesktop.portal.Inhibit, else org.gnome.SessionManager: the desktop names the
              program and the reason, and asks whether to log off all the same
    Windows   ShutdownBlockReasonCreate (winuser.h), with a window that answers no

Nobody is kept from logging off for good: each system offers to go on, and lets go with our end.
"""

# ruff: noqa: N802 - the names are Windows'

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable
from typing import Protocol

from callctrl.desktopportal import APP_ID, introduce, portal
from callctrl.sessionbus import BusError, Interface, Reply, SessionBus
from callctrl.texts import one_line

__all__ = ["BlockReasons", "BusGuard", "Guard", "WindowGuard"]

_log = logging.getLogger(__name__)

_LOGOUT = 1
"""The flag of both interfaces."""
_ANSWER_WITHIN = 5.0
"""Seconds; a service the bus starts for us may need some."""
_LONGEST = 200
"""Characters of a reason: Windows takes up to 256."""
_GNOME = Interface(
    "org.gnome.SessionManager", "/org/gnome/SessionManager", "org.gnome.SessionManager"
)


class Guard(Protocol):
    """A system's way to hold up the log-off; nothing here raises."""

    async def hold_up(self, reason: str) -> None:
        """Hold it up for this reason and no other; an empty one lets go."""


class BusGuard:
    """A `Guard` on the session bus.

    There is a connection only while the log-off is held up. A desktop lets go when it ends, so
    nothing is left behind by a crash.
    """

    def __init__(self, *, bus: str = "SESSION") -> None:
        """`bus` is an address, or the session's bus."""
        self._address = bus
        self._turn = asyncio.Lock()
        self._bus: SessionBus | None = None
        self._reason = ""
        self._let_go: tuple[Interface, str, str | None, tuple[object, ...]] | None = None
        """The call that ends it: interface, method, signature, values."""

    async def hold_up(self, reason: str) -> None:
        """Hold it up where this desktop can."""
        reason = one_line(reason, _LONGEST)
        async with self._turn:
            if reason == self._reason:
                return
            await self._release()
            if not reason:
                return
            self._reason = reason  # tried once; a desktop that cannot will not learn it
            try:
                async with asyncio.timeout(_ANSWER_WITHIN):
                    self._bus = await SessionBus.open(self._address, lambda _signal: None)
                    await self._inhibit(self._bus, reason)
            except Exception as error:  # noqa: BLE001 - others' bus, library, desktop: all may fail
                _log.info("the log-off is not held up: %s %s", type(error).__name__, error)
                await self._leave()

    async def _inhibit(self, bus: SessionBus, reason: str) -> None:
        await introduce(bus)
        options = {"reason": ("s", reason), "handle_token": ("s", "call")}
        try:
            asked: Reply = await bus.call(
                portal("Inhibit"), "Inhibit", "sua{sv}", ("", _LOGOUT, options)
            )
            self._let_go = (portal("Request", asked.values[0]), "Close", None, ())
        except BusError:
            asked = await bus.call(_GNOME, "Inhibit", "susu", (APP_ID, 0, reason, _LOGOUT))
            self._let_go = (_GNOME, "Uninhibit", "u", asked.values)

    async def _release(self) -> None:
        let_go, bus = self._let_go, self._bus
        if let_go is not None and bus is not None:
            with contextlib.suppress(Exception):  # whoever held it up has gone
                async with asyncio.timeout(1.0):
                    await bus.call(*let_go)
        self._reason = ""
        await self._leave()

    async def _leave(self) -> None:
        bus, self._bus, self._let_go = self._bus, None, None
        if bus is not None:
            await bus.close()


class BlockReasons(Protocol):
    """The functions of Windows' user32.dll that are used; 0 is a failure."""

    def ShutdownBlockReasonCreate(self, window: int, reason: str, /) -> int:
        """Have a reason shown where this window, of the calling thread, answers no."""

    def ShutdownBlockReasonDestroy(self, window: int, /) -> int:
        """Have it shown no more."""


class WindowGuard:
    """A `Guard` for Windows, in the thread of the window."""

    def __init__(self, user32: BlockReasons, window: Callable[[], int]) -> None:
        """`window` tells the handle of a window of ours."""
        self._user32 = user32
        self._window = window
        self._reason = ""

    async def hold_up(self, reason: str) -> None:
        """Have the reason shown where the log-off is answered with no."""
        reason = one_line(reason, _LONGEST)
        if reason == self._reason:
            return
        self._reason = reason
        # A second reason does not replace the first.
        self._user32.ShutdownBlockReasonDestroy(self._window())
        if reason and not self._user32.ShutdownBlockReasonCreate(self._window(), reason):
            _log.info("Windows takes no reason to hold up the log-off")
