"""The session bus, asked directly."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from jeepney import (  # type: ignore[import-untyped]
    DBusAddress,
    MatchRule,
    Properties,
    new_method_call,
    new_method_return,
    new_signal,
)
from jeepney.io.blocking import open_dbus_connection  # type: ignore[import-untyped]

__all__ = ["Bus", "BusError", "Thing"]


_PATIENCE = 20.0
"""Seconds after which an answer will not come; a program that starts may be long about it."""


class BusError(Exception):
    """The bus, or who is on it, answered with an error."""


class Thing(NamedTuple):
    """One interface of one object on the bus."""

    name: str
    """Of the connection, such as ":1.7" or "org.freedesktop.secrets"."""
    path: str
    interface: str


_BUS = Thing("org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus")


class Bus:
    """A connection to the bus at an address."""

    def __init__(self, address: str) -> None:
        self._connection = open_dbus_connection(address)

    def close(self) -> None:
        """Leave the bus."""
        self._connection.close()

    def call(self, thing: Thing, method: str, signature: str = "", *arguments: object) -> Any:
        """Call a method; what it answers, or the tuple of it where it is not just one value."""
        address = _address(thing)
        return self._ask(new_method_call(address, method, signature or None, arguments))

    def property(self, thing: Thing, name: str) -> Any:
        """Read a property."""
        _signature, value = self._ask(Properties(_address(thing)).get(name))
        return value

    def has_owner(self, name: str) -> bool:
        """Whether somebody goes by that name."""
        return bool(self.call(_BUS, "NameHasOwner", "s", name))

    def names_of(self, pid: int) -> list[str]:
        """The connections a process has."""
        found = []
        for name in self.call(_BUS, "ListNames"):
            with contextlib.suppress(BusError):  # gone meanwhile
                asked = "GetConnectionUnixProcessID"
                if name.startswith(":") and self.call(_BUS, asked, "s", name) == pid:
                    found.append(name)
        return found

    def watch(self, interface: str, signal: str) -> Callable[[], list[tuple[Any, ...]]]:
        """Collect the signals of that name from now on; the result gives what each of them said."""
        rule = MatchRule(type="signal", interface=interface, member=signal)
        kept = self._connection.filter(rule, bufsize=1000)
        self.call(_BUS, "AddMatch", "s", rule.serialise())

        def said() -> list[tuple[Any, ...]]:
            self.has_owner(_BUS.name)  # what comes before the answer has been sorted in by then
            return [message.body for message in kept.queue]

        return said

    @contextlib.contextmanager
    def known_as(self, name: str) -> Iterator[None]:
        """Go by a name that nobody has, for a moment."""
        self.call(_BUS, "RequestName", "su", name, 0)
        try:
            yield
        finally:
            self.call(_BUS, "ReleaseName", "s", name)

    def tell(self, thing: Thing, signal: str, signature: str, *said: object) -> None:
        """Send a signal."""
        self._connection.send(new_signal(_address(thing), signal, signature, said))

    def answer(self, thing: Thing, method: str, signature: str, *said: object) -> None:
        """Wait until somebody calls that method, and answer."""
        rule = MatchRule(type="method_call", interface=thing.interface, member=method)
        with self._connection.filter(rule) as asked:
            question = self._connection.recv_until_filtered(asked, timeout=_PATIENCE)
        self._connection.send(new_method_return(question, signature, said))

    def _ask(self, message: Any) -> Any:
        reply = self._connection.send_and_get_reply(message, timeout=_PATIENCE)
        if reply.header.message_type.name == "error":
            raise BusError(str(reply.body))
        return reply.body[0] if len(reply.body) == 1 else reply.body


def _address(thing: Thing) -> DBusAddress:
    return DBusAddress(thing.path, thing.name, thing.interface)
