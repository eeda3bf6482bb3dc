"""Incoming calls as notifications of a Linux desktop, with buttons where it has them.

`org.freedesktop.Notifications` shows them, over the session bus (Desktop Notifications
Specification 1.3). It may be missing, know no buttons, or go away at any time; that is a state to
tell, not an error.
"""

from __future__ import annotations

import asyncio
import contextlib
import html
import logging
from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass
from enum import Enum

from callctrl.incoming import Incoming
from callctrl.sessionbus import Interface, SessionBus, Signal
from callctrl.texts import one_line

__all__ = ["Availability", "Notifier", "notify_arguments"]

_log = logging.getLogger(__name__)

_NAME = "org.freedesktop.Notifications"
_SERVER = Interface(_NAME, "/org/freedesktop/Notifications", _NAME)

_ANSWER_WITHIN = 5.0
"""Seconds; a server the bus starts for us may need some."""
_CRITICAL = 2
"""Stays until it is closed."""
_NEVER = 0
"""Milliseconds after which it goes by itself: we close it when the call rings no more."""


class Availability(Enum):
    """What the desktop can show."""

    BUTTONS = "buttons"
    """Notifications that can be answered."""
    NO_BUTTONS = "no buttons"
    """Notifications to look at."""
    NONE = "none"
    """None: nobody is there, or answers in time."""


def notify_arguments(
    call: Incoming,
    title: str,
    actions: Mapping[str, str],
    capabilities: Collection[str],
    replaces: int = 0,
) -> tuple[str, int, str, str, str, list[str], dict[str, tuple[str, object]], int]:
    """The arguments of `Notify` (susssasa{sv}i) for a server with these capabilities.

    Only where a server takes markup is the body escaped: another would show the escapes.
    """
    number = one_line(call.number) if call.name else ""  # else the title has it
    known = " — ".join(filter(None, (one_line(call.past), one_line(call.note, 160))))
    body = "\n".join(filter(None, (number, one_line(call.company), known)))
    buttons = actions if "actions" in capabilities else {}
    return (
        "Call Ctrl",
        replaces,
        "callctrl",
        one_line(title),
        html.escape(body, quote=False) if "body-markup" in capabilities else body,
        [word for key, label in buttons.items() for word in (key, one_line(label))],
        {
            "desktop-entry": ("s", "callctrl"),
            "category": ("s", "call.incoming"),
            "urgency": ("y", _CRITICAL),
            "transient": ("b", True),
            "suppress-sound": ("b", True),
        },
        _NEVER,
    )


@dataclass(frozen=True, slots=True)
class _Shown:
    """A notification on the screen."""

    number: int
    """The server's, by which it is replaced and closed."""
    server: str
    """Whose number it is: another server may have come in its place."""
    actions: frozenset[str]


class Notifier:
    """Shows calls on the desktop, one notification each, and tells which button was pressed.

    What is asked for is done in its order, each within seconds. Whatever the desktop does, nothing
    here raises.
    """

    def __init__(self, on_action: Callable[[str, str], None], *, bus: str = "SESSION") -> None:
        """`on_action` gets call and action; `bus` is an address, or the session's bus.

        Nothing is opened before something is asked for.
        """
        self._on_action = on_action
        self._address = bus
        self._turn = asyncio.Lock()
        self._bus: SessionBus | None = None
        self._server = ""
        """The server's unique name on the bus, under which it last answered."""
        self._shown: dict[str, _Shown] = {}
        """By call."""
        self._known: Availability | None = None

    async def available(self) -> Availability:
        """What the desktop can show now."""

        async def look(bus: SessionBus) -> Availability:
            return _availability(await self._capabilities(bus))

        return await self._do(look)

    async def show(self, call: Incoming, title: str, actions: Mapping[str, str]) -> Availability:
        """Show a call, or show it anew; returns as what.

        `title` says in a few words that somebody calls; `actions` are the buttons' labels by what
        `on_action` is to be told, e.g. {"answer": "Answer"}.
        """

        async def show(bus: SessionBus) -> Availability:
            capabilities = await self._capabilities(bus)
            old = self._shown.get(call.call_id)
            replaces = old.number if old is not None and old.server == self._server else 0
            arguments = notify_arguments(call, title, actions, capabilities, replaces)
            self._server, (number,) = await bus.call(_SERVER, "Notify", "susssasa{sv}i", arguments)
            self._shown[call.call_id] = _Shown(number, self._server, frozenset(actions))
            return _availability(capabilities)

        return await self._do(show)

    async def close(self, call_id: str) -> None:
        """Take the call's notification away; it need not be there."""
        async with self._turn:
            await self._close(call_id)

    async def stop(self) -> None:
        """Take all away and leave the bus; `show` would open it again."""
        async with self._turn:
            for call_id in list(self._shown):
                await self._close(call_id)
            await self._leave()

    async def _do(self, work: Callable[[SessionBus], Awaitable[Availability]]) -> Availability:
        """Do something over the bus, which is opened where it is not; what could be done."""
        async with self._turn:
            if self._bus is not None and not self._bus.is_open:
                await self._leave()
            try:
                async with asyncio.timeout(_ANSWER_WITHIN):
                    if self._bus is None:
                        self._bus = await SessionBus.open(self._address, self._heard)
                        await self._bus.listen(_NAME, interface=_NAME, path=_SERVER.path)
                    state, why = await work(self._bus), ""
            except Exception as error:  # noqa: BLE001 - others' bus, library, server: all may fail
                state, why = Availability.NONE, f": {type(error).__name__} {error}"
                await self._leave()
        if state is not self._known:
            self._known = state
            _log.info("desktop notifications: %s%s", state.value, why)
        return state

    async def _close(self, call_id: str) -> None:
        shown = self._shown.pop(call_id, None)
        if shown is None or self._bus is None or self._server != shown.server:
            return
        with contextlib.suppress(Exception):  # it has gone already, or with its server
            async with asyncio.timeout(_ANSWER_WITHIN):
                await self._bus.call(_SERVER, "CloseNotification", "u", (shown.number,))

    async def _leave(self) -> None:
        bus, self._bus = self._bus, None
        self._shown.clear()
        if bus is not None:
            await bus.close()

    async def _capabilities(self, bus: SessionBus) -> frozenset[str]:
        """What the server can do, as it says."""
        self._server, (names,) = await bus.call(_SERVER, "GetCapabilities")
        return frozenset(str(name) for name in names)

    def _heard(self, signal: Signal) -> None:
        """A signal of the server's, about a notification that may be another program's."""
        # Only the server's presses buttons.
        if signal.sender != self._server or signal.interface != _NAME:
            return
        match signal.member, signal.values:
            case "ActionInvoked", (int(number), str(action)):
                for call_id, shown in self._shown.items():
                    if shown.number == number and action in shown.actions:
                        asyncio.get_running_loop().call_soon(self._on_action, call_id, action)
            case "NotificationClosed", (int(number), int()):
                gone = [call for call, shown in self._shown.items() if shown.number == number]
                for call_id in gone:
                    del self._shown[call_id]


def _availability(capabilities: Collection[str]) -> Availability:
    return Availability.BUTTONS if "actions" in capabilities else Availability.NO_BUTTONS
