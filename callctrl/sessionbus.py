"""A connection to a Linux desktop's session bus (D-Bus Specification 0.43), by asyncio and jeepney.

Who is asked may be missing, old, or go away at any time; the bus may, too. Whatever goes wrong is
raised where it is awaited, and is for the caller to make a state of.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:  # it is there on Linux only
    from jeepney import Message  # type: ignore[import-untyped]

__all__ = ["BusError", "Interface", "Reply", "SessionBus", "Signal"]

_log = logging.getLogger(__name__)


class Interface(NamedTuple):
    """One interface of one object of somebody on the bus."""

    owner: str
    """The name on the bus, such as "org.freedesktop.Notifications"."""
    path: str
    name: str


class Reply(NamedTuple):
    """What a method answered."""

    sender: str
    """The unique name of who answered, such as ":1.7"."""
    values: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Signal:
    """What somebody told. Anybody on the bus can send us one: look at the sender."""

    sender: str
    """A unique name."""
    path: str
    interface: str
    member: str
    values: tuple[Any, ...]


class BusError(Exception):
    """The bus, or who was asked, answered with an error; the text is the error's name."""


class SessionBus:
    """A connection, open until one of both sides closes it.

    What is asked later, or has not been answered by then, raises.
    """

    def __init__(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        on_signal: Callable[[Signal], None],
        on_lost: Callable[[], None],
    ) -> None:
        self._reader = reader
        self._writer = writer
        self._on_signal = on_signal
        self._on_lost = on_lost
        self.name = ""
        """What the bus calls us."""
        self._serials = itertools.count(1)
        self._answers: dict[int, asyncio.Future[Message]] = {}
        self._reading = asyncio.get_running_loop().create_task(self._read())

    @classmethod
    async def open(
        cls,
        address: str,
        on_signal: Callable[[Signal], None],
        on_lost: Callable[[], None] = lambda: None,
    ) -> SessionBus:
        """Open a bus at an address, or "SESSION"; raises whatever goes wrong.

        `on_signal` gets what is listened for, and what others send to us alone. `on_lost` is told
        when the bus has gone, and not when we leave.
        """
        # Not by `jeepney.io`, which leaves its socket open where the bus turns us away.
        from jeepney import message_bus
        from jeepney.auth import BEGIN, Authenticator  # type: ignore[import-untyped]
        from jeepney.bus import get_bus  # type: ignore[import-untyped]

        reader, writer = await asyncio.open_unix_connection(get_bus(address))
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
        bus = cls(reader, writer, on_signal, on_lost)
        try:
            bus.name = str((await bus._ask(message_bus.Hello())).values[0])
        except BaseException:
            await bus.close()
            raise
        return bus

    @property
    def is_open(self) -> bool:
        """Whether the bus is still there."""
        return not self._reading.done()

    async def listen(self, sender: str, first: str | None = None, **rule: str) -> None:
        """Hear the signals of a name on the bus; `first` is what their first value has to be.

        `rule` narrows them by interface, path or member.
        """
        from jeepney import MatchRule, message_bus

        match = MatchRule(type="signal", sender=sender, **rule)
        if first is not None:
            match.add_arg_condition(0, first)
        await self._ask(message_bus.AddMatch(match))

    async def call(
        self,
        interface: Interface,
        method: str,
        signature: str | None = None,
        values: tuple[Any, ...] = (),
    ) -> Reply:
        """Call a method."""
        from jeepney import DBusAddress, new_method_call

        address = DBusAddress(interface.path, interface.owner, interface.name)
        return await self._ask(new_method_call(address, method, signature, values))

    async def property(self, interface: Interface, name: str) -> Any:
        """Read a property."""
        properties = interface._replace(name="org.freedesktop.DBus.Properties")
        reply = await self.call(properties, "Get", "ss", (interface.name, name))
        _signature, value = reply.values[0]
        return value

    async def close(self) -> None:
        """Leave the bus, also where whoever waits for it is cancelled."""
        self._reading.cancel()
        self._writer.close()
        await asyncio.wait([self._reading])
        with contextlib.suppress(OSError):
            await self._writer.wait_closed()

    async def _ask(self, message: Message) -> Reply:
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
        fields = reply.header.fields
        if reply.header.message_type is MessageType.error:
            raise BusError(fields.get(HeaderFields.error_name, ""))
        return Reply(fields.get(HeaderFields.sender, ""), reply.body)

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
                    answer.exception()  # whoever asked may have failed to send the question
        self._on_lost()

    def _take(self, message: Message) -> None:
        from jeepney import HeaderFields, MessageType

        fields = message.header.fields
        answer = self._answers.get(fields.get(HeaderFields.reply_serial, 0))
        if answer is not None and not answer.done():
            answer.set_result(message)
        elif message.header.message_type is MessageType.signal:
            self._on_signal(
                Signal(
                    fields.get(HeaderFields.sender, ""),
                    fields.get(HeaderFields.path, ""),
                    fields.get(HeaderFields.interface, ""),
                    fields.get(HeaderFields.member, ""),
                    message.body,
                )
            )
