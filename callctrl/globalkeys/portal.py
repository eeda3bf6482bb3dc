"""Keys from any window by org.freedesktop.portal.GlobalShortcuts of the XDG desktop portal.

    CreateSession -> Response -> BindShortcuts -> Response: what was bound, and how it is pressed
                                               -> Activated: one was pressed
                                               -> ShortcutsChanged: the person chose others
    Session.Close by us; Session.Closed by the desktop, which takes the keys back

The desktop may ask the person, who may take any time, choose other keys or none. What we would like
is a proposal, and not all desktops look at it.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import logging
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from callctrl.desktopportal import PORTAL, introduce, portal, request_path
from callctrl.globalkeys import GlobalKey, Grant, Standing, Wish
from callctrl.sessionbus import Interface, SessionBus, Signal
from callctrl.texts import one_line

__all__ = ["ShortcutsPortal"]

_log = logging.getLogger(__name__)

_T = TypeVar("_T")

_SHORTCUTS = portal("GlobalShortcuts")
_BUS = Interface("org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus")
_ANSWER_WITHIN = 10.0
"""Seconds; the bus may have to start the portal, and the portal what is behind it."""
_FINE, _CANCELLED, _OTHERWISE = 0, 1, 2
"""How a request ends."""
_KEYS = {key.value: key for key in GlobalKey}
_LONGEST = 60
"""Characters of what a desktop says about a key."""


class ShortcutsPortal:
    """A `Way` (`callctrl.globalkeys`).

    `bind` waits for the person, and may be cancelled meanwhile; nothing is bound then.
    """

    def __init__(
        self,
        on_pressed: Callable[[GlobalKey], object],
        on_grant: Callable[[Grant], None],
        *,
        bus: str = "SESSION",
    ) -> None:
        """`bus` is an address, or the session's bus; nothing is opened before `bind`."""
        self._on_pressed = on_pressed
        self._on_grant = on_grant
        self._address = bus
        self._turn = asyncio.Lock()
        self._bus: SessionBus | None = None
        self._owner = ""
        """The portal's unique name on the bus."""
        self._session = ""
        """The object path of our session; empty where nothing is bound."""
        self._triggers: dict[GlobalKey, str] = {}
        """How each key is pressed that is bound, as far as it was told."""
        self._numbers = itertools.count(1)
        self._responses: dict[str, asyncio.Future[tuple[int, Mapping[str, Any]]]] = {}
        """By the path of the request."""

    async def exists(self) -> bool:
        """Whether there is a portal that knows of such keys."""
        try:
            async with asyncio.timeout(_ANSWER_WITHIN):
                bus = await SessionBus.open(self._address, lambda _signal: None)
                try:
                    await bus.property(_SHORTCUTS, "version")
                finally:
                    await bus.close()
        except Exception as error:  # noqa: BLE001 - others' bus, library, portal: all may fail
            _log.info("no portal for keys: %s %s", type(error).__name__, error)
            return False
        return True

    async def bind(self, keys: Mapping[GlobalKey, Wish]) -> None:
        """Ask for keys."""
        async with self._turn:
            await self._leave()
            self._on_grant(Grant(Standing.ASKING))
            try:
                grant = await self._ask(keys)
            except asyncio.CancelledError:
                await self._leave()
                raise
            except Exception as error:  # noqa: BLE001 - others' bus, library, portal: all may fail
                _log.info("no keys from the portal: %s %s", type(error).__name__, error)
                grant = Grant(Standing.NO_WAY)
            if grant.standing is not Standing.BOUND:
                await self._leave()
            self._on_grant(grant)

    async def release(self) -> None:
        """Give all of them back."""
        async with self._turn:
            await self._leave()
        self._on_grant(Grant(Standing.OFF))

    async def _ask(self, keys: Mapping[GlobalKey, Wish]) -> Grant:
        """Raises whatever goes wrong before the desktop asks the person."""
        async with asyncio.timeout(_ANSWER_WITHIN):
            self._bus = bus = await SessionBus.open(self._address, self._heard, self._lost)
            await bus.listen(PORTAL)
            await bus.listen(_BUS.owner, PORTAL, member="NameOwnerChanged")
            await introduce(bus)
            await bus.property(_SHORTCUTS, "version")  # old portals have no such interface
            _, (self._owner,) = await bus.call(_BUS, "GetNameOwner", "s", (PORTAL,))
            token = f"session{next(self._numbers)}"
            options = {"session_handle_token": ("s", token)}
            code, results = await self._request(bus, "CreateSession", "", (), options)
            if code != _FINE:
                raise ConnectionError(f"no session: {code}")
            _, session = results["session_handle"]
        wanted = [
            (
                key.value,
                {
                    "description": ("s", wish.purpose),
                    "preferred_trigger": ("s", wish.keystroke.as_trigger),
                },
            )
            for key, wish in keys.items()
        ]
        # Some desktops tell of a key before they tell that it is bound.
        self._session = str(session)
        arguments = (session, wanted, "")
        code, results = await self._request(bus, "BindShortcuts", "oa(sa{sv})s", arguments, {})
        _, bound = results.get("shortcuts", ("", ()))
        if code not in (_FINE, _CANCELLED):
            raise ConnectionError(f"not bound: {code}")
        if code == _CANCELLED or not bound:
            return Grant(Standing.REFUSED)
        self._triggers = _triggers(bound)
        return Grant(Standing.BOUND, dict(self._triggers))

    async def _request(
        self,
        bus: SessionBus,
        method: str,
        signature: str,
        arguments: tuple[Any, ...],
        options: Mapping[str, Any],
    ) -> tuple[int, Mapping[str, Any]]:
        """Ask the portal, and wait for what comes of it: a code, and the results."""
        token = f"request{next(self._numbers)}"
        response: asyncio.Future[tuple[int, Mapping[str, Any]]]
        response = asyncio.get_running_loop().create_future()
        path = request_path(bus, token)
        self._responses[path] = response
        try:
            asked = (*arguments, {**options, "handle_token": ("s", token)})
            await bus.call(_SHORTCUTS, method, f"{signature}a{{sv}}", asked)
            return await response
        finally:
            del self._responses[path]

    async def _leave(self) -> None:
        bus, self._bus = self._bus, None
        session, self._session = self._session, ""
        if bus is None:
            return
        try:
            if session and bus.is_open:
                with contextlib.suppress(Exception):  # it has gone already, or with the portal
                    async with asyncio.timeout(1.0):
                        await bus.call(portal("Session", session), "Close")
        finally:  # somebody may want other keys meanwhile, who cancels this
            await bus.close()

    # What the bus and the portal tell

    def _heard(self, signal: Signal) -> None:
        match signal.interface, signal.member, signal.values:
            case _BUS.name, "NameOwnerChanged", (str(), self._owner, str()) if (
                signal.sender == _BUS.owner
            ):
                self._lost()
            case _ if signal.sender != self._owner:
                pass  # anybody on the bus can send us a signal
            case "org.freedesktop.portal.Request", "Response", (int(code), dict(results)):
                response = self._responses.get(signal.path)
                if response is not None and not response.done():
                    response.set_result((code, results))
            case "org.freedesktop.portal.Session", "Closed", _ if signal.path == self._session:
                self._closed()
            case _SHORTCUTS.name, "Activated", (self._session, str(name), *_) if name in _KEYS:
                self._tell(self._on_pressed, _KEYS[name])
            case _SHORTCUTS.name, "ShortcutsChanged", (self._session, list(shortcuts)):
                self._triggers |= _triggers(shortcuts)  # it may name only those that changed
                self._tell(self._on_grant, Grant(Standing.BOUND, dict(self._triggers)))

    def _closed(self) -> None:
        """The desktop takes the keys back, or does not give them."""
        self._end(_CANCELLED, Standing.REFUSED)

    def _lost(self) -> None:
        """The portal, or the bus, has gone."""
        self._end(_OTHERWISE, Standing.LOST)

    def _end(self, code: int, standing: Standing) -> None:
        """End what is asked for with that code; else tell that what was bound is so no more."""
        for response in self._responses.values():
            if not response.done():
                response.set_result((code, {}))
        if self._session and not self._responses:
            self._session = ""
            self._tell(self._on_grant, Grant(standing))

    def _tell(self, whom: Callable[[_T], object], what: _T) -> None:
        """Whatever comes of it is no affair of the connection's."""
        asyncio.get_running_loop().call_soon(whom, what)


def _triggers(shortcuts: Any) -> dict[GlobalKey, str]:
    """How each key is pressed, in the desktop's words; empty where it has no key yet."""
    triggers = {}
    for name, facts in shortcuts:
        if name in _KEYS:
            _, text = facts.get("trigger_description", ("s", ""))
            triggers[_KEYS[name]] = one_line(str(text), _LONGEST)
    return triggers
