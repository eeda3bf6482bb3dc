"""A session bus of a test's own, and a desktop on it that gives keys and holds up the log-off.

It is played in a thread, by jeepney, after the interfaces of flatpak/xdg-desktop-portal and
GNOME's org.gnome.SessionManager.
"""

from __future__ import annotations

import contextlib
import socket
import subprocess
import threading
from collections.abc import Sequence
from enum import Enum
from pathlib import Path
from typing import Any

from jeepney import (  # type: ignore[import-untyped]
    DBusAddress,
    HeaderFields,
    Message,
    MessageType,
    message_bus,
    new_error,
    new_method_return,
    new_signal,
)
from jeepney.io.blocking import Proxy, open_dbus_connection  # type: ignore[import-untyped]

__all__ = ["FakePortal", "Person", "PrivateBus"]

# A bus that starts nobody: on a developer's PC there may be a real server to be started.
_CONFIGURATION = """\
<busconfig>
  <type>session</type>
  <listen>unix:path={socket}</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/><allow own="*"/>
  </policy>
</busconfig>
"""

_PATH = "/org/freedesktop/portal/desktop"
_PORTAL = "org.freedesktop.portal"
_GNOME = "org.gnome.SessionManager"


class PrivateBus:
    """A `dbus-daemon` of our own."""

    def __init__(self, folder: Path) -> None:
        socket = folder / "bus"
        self.address = f"unix:path={socket}"
        file = folder / "bus.conf"
        file.write_text(_CONFIGURATION.format(socket=socket))
        self._process = subprocess.Popen(
            ["dbus-daemon", f"--config-file={file}", "--nofork", "--print-address"],
            stdout=subprocess.PIPE,
        )
        assert self._process.stdout is not None
        assert self._process.stdout.readline().decode().startswith("unix:"), "it listens"

    def end(self) -> None:
        """Go, as a bus that crashes: nobody is told first."""
        if self._process.returncode is None:
            self._process.kill()
            self._process.communicate()


class Person(Enum):
    """What the desktop's own dialog is answered."""

    ALLOWS = "allows"
    REFUSES = "refuses"
    IS_AWAY = "is away"


class FakePortal:
    """What a desktop offers; and what a person and other programs do there."""

    def __init__(
        self,
        address: str,
        *,
        offers: Sequence[str] = ("GlobalShortcuts", "Inhibit", "Registry"),
        name: str = f"{_PORTAL}.Desktop",
        person: Person = Person.ALLOWS,
        chosen: Sequence[str] = ("answer", "hold", "hangup"),
    ) -> None:
        """`offers` are the interfaces there are; `chosen` are the shortcuts a person lets be."""
        self.person = person
        self.registered: list[str] = []
        """The application ids, in the order they came."""
        self.wanted: dict[str, dict[str, str]] = {}
        """The shortcuts that were asked for last, with what was said about each."""
        self.asks = threading.Event()
        """Set when the person has been asked."""
        self.sessions: list[str] = []
        """The paths of those that are open."""
        self.inhibitions: dict[object, tuple[str, int]] = {}
        """By path or cookie: the reason, and the flags."""
        self.client = ""
        """Who made a session last, by the bus's own name for it."""
        self._offers = offers
        self._chosen = chosen
        self._connection = open_dbus_connection(address)
        Proxy(message_bus, self._connection).RequestName(name)
        self._sending = threading.Lock()
        self._serving = threading.Thread(target=self._serve, daemon=True)
        self._serving.start()

    def end(self) -> None:
        """Go, as a service that crashes."""
        with contextlib.suppress(OSError):
            self._connection.sock.shutdown(socket.SHUT_RDWR)
        self._serving.join(5)
        self._connection.close()

    # What a person does

    def press(self, shortcut: str, session: str | None = None) -> None:
        for path in self.sessions if session is None else [session]:
            self._tell(_PATH, "GlobalShortcuts", "Activated", "osta{sv}", path, shortcut, 1, {})

    def change(self, **triggers: str) -> None:
        """Choose other keys in the desktop's settings."""
        shortcuts = [
            (name, {"trigger_description": ("s", text)}) for name, text in triggers.items()
        ]
        for path in self.sessions:
            self._tell(_PATH, "GlobalShortcuts", "ShortcutsChanged", "oa(sa{sv})", path, shortcuts)

    def take_back(self) -> None:
        """Take the keys from the program."""
        for path in self.sessions:
            self._tell(path, "Session", "Closed", "a{sv}", {})
        self.sessions.clear()

    # The service

    def _serve(self) -> None:
        with contextlib.suppress(OSError, EOFError):
            while True:
                message = self._connection.receive()
                if message.header.message_type is MessageType.method_call:
                    self._take(message)

    def _take(self, message: Message) -> None:
        fields = message.header.fields
        sender = fields[HeaderFields.sender]
        interface = fields[HeaderFields.interface].rpartition(".")[2]
        asked = message.body[0].rpartition(".")[2] if interface == "Properties" else interface
        if asked not in (*self._offers, "Request", "Session", "SessionManager"):
            self._send(new_error(message, "org.freedesktop.DBus.Error.UnknownMethod"))
            return
        match interface, fields[HeaderFields.member], message.body:
            case "Properties", "Get", _:
                self._answer(message, "v", ("u", 2))
            case "Registry", "Register", (app_id, _):
                self.registered.append(app_id)
                self._answer(message)
            case "GlobalShortcuts", "CreateSession", (options,):
                self.client = sender
                path = f"{_PATH}/session/{_part(sender)}/{options['session_handle_token'][1]}"
                self.sessions.append(path)
                self._respond(message, options, {"session_handle": ("s", path)})
            case "GlobalShortcuts", "BindShortcuts", (_, shortcuts, _, options):
                self.wanted = {
                    name: {key: value for key, (_, value) in facts.items()}
                    for name, facts in shortcuts
                }
                bound = [
                    (name, {"trigger_description": ("s", f"Press {facts['preferred_trigger']}")})
                    for name, facts in self.wanted.items()
                    if name in self._chosen
                ]
                self._respond(message, options, {"shortcuts": ("a(sa{sv})", bound)}, asks=True)
            case "Session", "Close", _ if (path := fields[HeaderFields.path]) in self.sessions:
                self.sessions.remove(path)
                self._answer(message)
            case "Session", "Close", _:
                self._send(new_error(message, "org.freedesktop.DBus.Error.UnknownObject"))
            case "Inhibit", "Inhibit", (_, flags, options):
                path = _request_path(sender, options)
                self.inhibitions[path] = (options["reason"][1], flags)
                self._answer(message, "o", path)
            case "Request", "Close", _:
                del self.inhibitions[fields[HeaderFields.path]]
                self._answer(message)
            case "SessionManager", "Inhibit", (_, _, reason, flags):
                cookie = len(self.inhibitions) + 100
                self.inhibitions[cookie] = (reason, flags)
                self._answer(message, "u", cookie)
            case "SessionManager", "Uninhibit", (cookie,):
                del self.inhibitions[cookie]
                self._answer(message)

    def _respond(
        self,
        message: Message,
        options: dict[str, Any],
        results: dict[str, Any],
        *,
        asks: bool = False,
    ) -> None:
        path = _request_path(self.client, options)
        self._answer(message, "o", path)
        if asks:
            self.asks.set()
        if asks and self.person is Person.IS_AWAY:
            return
        is_fine = not asks or self.person is Person.ALLOWS
        said = (0, results) if is_fine else (1, {})
        self._tell(path, "Request", "Response", "ua{sv}", *said)

    def _answer(self, message: Message, signature: str | None = None, *values: object) -> None:
        self._send(new_method_return(message, signature, values))

    def _tell(self, path: str, interface: str, signal: str, signature: str, *said: object) -> None:
        it = DBusAddress(path, interface=f"{_PORTAL}.{interface}")
        message = new_signal(it, signal, signature, said)
        message.header.fields[HeaderFields.destination] = self.client
        self._send(message)

    def _send(self, message: Message) -> None:
        with self._sending:
            self._connection.send(message)


def _part(client: str) -> str:
    """A client's name as a part of paths."""
    return client.removeprefix(":").replace(".", "_")


def _request_path(client: str, options: dict[str, Any]) -> str:
    return f"{_PATH}/request/{_part(client)}/{options['handle_token'][1]}"
