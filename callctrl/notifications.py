"""Incoming calls as notifications of a Linux desktop, with buttons where it has them.

`org.freedesktop.Notifications` shows them, over the session bus (Desktop Notifications
Specification 1.3). It may be missing, know no buttons, or go away at any time; that is a state to
tell, not an error.
"""

from __future__ import annotations

import asyncio
import contextlib
import html
import itertools
import logging
from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any

from callctrl.incoming import Incoming
from callctrl.texts import one_line

if TYPE_CHECKING:  # it is there on Linux only
    from jeepney import Message  # type: ignore[import-untyped]

__all__ = ["Availability", "Notifier", "notify_arguments"]

_log = logging.getLogger(__name__)

_NAME = "org.freedesktop.Notifications"
_PATH = "/org/freedesktop/Notifications"

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
        self._bus = bus
        self._turn = asyncio.Lock()
        self._link: _Link | None = None
        self._shown: dict[str, _Shown] = {}
        """By call."""
        self._known: Availability | None = None

    async def available(self) -> Availability:
        """What the desktop can show now."""

        async def look(link: _Link) -> Availability:
            return _availability(await link.capabilities())

        return await self._do(look)

    async def show(self, call: Incoming, title: str, actions: Mapping[str, str]) -> Availability:
        """Show a call, or show it anew; returns as what.

        `title` says in a few words that somebody calls; `actions` are the buttons' labels by what
        `on_action` is to be told, e.g. {"answer": "Answer"}.
        """

        async def show(link: _Link) -> Availability:
            capabilities = await link.capabilities()
            old = self._shown.get(call.call_id)
            replaces = old.number if old is not None and old.server == link.server else 0
            arguments = notify_arguments(call, title, actions, capabilities, replaces)
            (number,) = await link.call("Notify", "susssasa{sv}i", arguments)
            self._shown[call.call_id] = _Shown(number, link.server, frozenset(actions))
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

    async def _do(self, work: Callable[[_Link], Awaitable[Availability]]) -> Availability:
        """Do something over the bus, which is opened where it is not; what could be done."""
        async with self._turn:
            if self._link is not None and not self._link.is_open:
                await self._leave()
            try:
                async with asyncio.timeout(_ANSWER_WITHIN):
                    if self._link is None:
                        self._link = await _Link.open(self._bus, self._heard)
                    state, why = await work(self._link), ""
            except Exception as error:  # noqa: BLE001 - others' bus, library, server: all may fail
                state, why = Availability.NONE, f": {type(error).__name__} {error}"
                await self._leave()
        if state is not self._known:
            self._known = state
            _log.info("desktop notifications: %s%s", state.value, why)
        return state

    async def _close(self, call_id: str) -> None:
        shown = self._shown.pop(call_id, None)
        if shown is None or self._link is None or self._link.server != shown.server:
            return
        with contextlib.suppress(Exception):  # it has gone already, or with its server
            async with asyncio.timeout(_ANSWER_WITHIN):
                await self._link.call("CloseNotification", "u", (shown.number,))

    async def _leave(self) -> None:
        link, self._link = self._link, None
        self._shown.clear()
        if link is not None:
            await link.close()

    def _heard(self, member: str, body: tuple[Any, ...]) -> None:
        """A signal of the server's, about a notification that may be another program's."""
        match member, body:
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


class _BusError(Exception):
    """The bus, or the server, answered with an error; the text is the error's name."""


class _Link:
    """A connection to the bus, and whom it calls: the server of notifications.

    Open until the bus closes it; calls made later, or not answered yet, raise then.
    """

    def __init__(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        on_signal: Callable[[str, tuple[Any, ...]], None],
    ) -> None:
        """`on_signal` gets name and arguments of what the server tells."""
        self._reader = reader
        self._writer = writer
        self._on_signal = on_signal
        self.server = ""
        """The server's unique name on the bus, under which it last answered."""
        self._serials = itertools.count(1)
        self._answers: dict[int, asyncio.Future[Message]] = {}
        self._reading = asyncio.get_running_loop().create_task(self._read())

    @classmethod
    async def open(cls, bus: str, on_signal: Callable[[str, tuple[Any, ...]], None]) -> _Link:
        """Open a bus at an address, or the session's; raises whatever goes wrong."""
        # Not by `jeepney.io`, which leaves its socket open where the bus turns us away.
        from jeepney import MatchRule, message_bus
        from jeepney.auth import BEGIN, Authenticator  # type: ignore[import-untyped]
        from jeepney.bus import get_bus  # type: ignore[import-untyped]

        reader, writer = await asyncio.open_unix_connection(get_bus(bus))
        try:
            login = Authenticator()
            for words in login:
                writer.write(words)
                if not (answer := await reader.read(1024)):
                    raise EOFError("the bus has hung up")
                login.feed(answer)
            writer.write(BEGIN)
        except BaseException:
            writer.close()
            raise
        link = cls(reader, writer, on_signal)
        try:
            await link._ask(message_bus.Hello())
            rule = MatchRule(type="signal", sender=_NAME, interface=_NAME, path=_PATH)
            await link._ask(message_bus.AddMatch(rule))
        except BaseException:
            await link.close()
            raise
        return link

    @property
    def is_open(self) -> bool:
        """Whether the bus is still there."""
        return not self._reading.done()

    async def capabilities(self) -> frozenset[str]:
        """What the server can do, as it says."""
        (names,) = await self.call("GetCapabilities", None, ())
        return frozenset(str(name) for name in names)

    async def call(self, method: str, signature: str | None, arguments: tuple[Any, ...]) -> Any:
        """Call a method of the server's; a tuple of what it answers."""
        from jeepney import DBusAddress, HeaderFields, new_method_call

        address = DBusAddress(_PATH, bus_name=_NAME, interface=_NAME)
        reply = await self._ask(new_method_call(address, method, signature, arguments))
        self.server = reply.header.fields.get(HeaderFields.sender, "")
        return reply.body

    async def close(self) -> None:
        """Leave the bus."""
        self._reading.cancel()
        await asyncio.wait([self._reading])
        self._writer.close()
        with contextlib.suppress(OSError):
            await self._writer.wait_closed()

    async def _ask(self, message: Message) -> Message:
        from jeepney import HeaderFields, MessageType

        if not self.is_open:
            raise ConnectionError("the bus has gone")
        serial = next(self._serials)
        answer = self._answers[serial] = asyncio.get_running_loop().create_future()
        try:
            self._writer.write(message.serialise(serial))
            await self._writer.drain()
            reply = await answer
        finally:
            del self._answers[serial]
        if reply.header.message_type is MessageType.error:
            raise _BusError(reply.header.fields.get(HeaderFields.error_name, ""))
        return reply

    async def _read(self) -> None:
        """Read as long as there is a bus."""
        from jeepney import Parser

        parser = Parser()
        try:
            while data := await self._reader.read(4096):
                parser.add_data(data)
                while (message := parser.get_next_message()) is not None:
                    self._take(message)
            _log.info("the session bus has gone")
        except Exception as error:  # noqa: BLE001 - others' bus and library: all may fail
            _log.info("the session bus is lost: %s", type(error).__name__)
        finally:
            for answer in self._answers.values():
                if not answer.done():
                    answer.set_exception(ConnectionError("the bus has gone"))

    def _take(self, message: Message) -> None:
        from jeepney import HeaderFields, MessageType

        fields = message.header.fields
        answer = self._answers.get(fields.get(HeaderFields.reply_serial, 0))
        if answer is not None and not answer.done():
            answer.set_result(message)
        elif (
            message.header.message_type is MessageType.signal
            # Anybody on the bus can send us a signal; only the server's presses buttons.
            and fields.get(HeaderFields.sender) == self.server
            and fields.get(HeaderFields.interface) == _NAME
        ):
            self._on_signal(fields.get(HeaderFields.member, ""), message.body)
