"""What a screen reader is told of a program, read over AT-SPI as one would.

Qt is pointed to the desktop's own session bus, so that no accessibility service is needed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from jeepney import DBusAddress

from tests.desktop.desktop import Desktop, until

__all__ = ["Part", "Screen", "screen_reader_env"]

_ACTIVE, _CHECKED, _ENABLED, _FOCUSED, _SHOWING = 1, 4, 8, 12, 25  # AtspiStateType
_ACCESSIBLE = "org.a11y.atspi.Accessible"


def screen_reader_env(desktop: Desktop) -> dict[str, str]:
    """What makes Qt tell everything, and where to."""
    return {
        "QT_LINUX_ACCESSIBILITY_ALWAYS_ON": "1",
        "AT_SPI_BUS_ADDRESS": desktop.env["DBUS_SESSION_BUS_ADDRESS"],
    }


@dataclass(frozen=True, slots=True)
class Part:
    """One thing on the screen."""

    role: str
    name: str
    description: str
    states: frozenset[int]

    @property
    def is_focused(self) -> bool:
        """Whether keys go to it."""
        return _FOCUSED in self.states

    @property
    def is_checked(self) -> bool:
        """Whether it is switched on."""
        return _CHECKED in self.states

    @property
    def is_enabled(self) -> bool:
        """Whether it can be used."""
        return _ENABLED in self.states


class Screen:
    """The windows of one program."""

    def __init__(self, desktop: Desktop, pid: int) -> None:
        self._desktop = desktop
        self._pid = pid
        self._name = ""

    def parts(self, title: str) -> list[Part]:
        """Everything that shows in the window of that title; empty where there is no such."""
        try:
            for window in self._children(self._at("/org/a11y/atspi/accessible/root")):
                if self._part(window).name == title:
                    return list(self._below(window))
        except LookupError:  # it changed under our eyes
            pass
        return []

    def focused(self, title: str) -> Part | None:
        """Where the keys go in that window."""
        return next((part for part in self.parts(title) if part.is_focused), None)

    def names(self, title: str) -> list[str]:
        """All words in that window, in the order of the screen reader."""
        return [part.name for part in self.parts(title) if part.name]

    def wait_for(self, title: str, name: str) -> Part:
        """Wait until something in that window begins with these words."""

        def look() -> Part | None:
            parts = self.parts(title)
            return next((part for part in parts if part.name.startswith(name)), None)

        try:
            return until(look, f"{name!r} in window {title!r}")
        except AssertionError as error:
            raise AssertionError(f"{error}; there is {self.names(title)}") from None

    def wait_for_focus(self, title: str, name: str) -> Part:
        """Wait until keys go to what begins with these words."""

        def look() -> Part | None:
            part = self.focused(title)
            return part if part is not None and part.name.startswith(name) else None

        try:
            return until(look, f"focus on {name!r} in window {title!r}")
        except AssertionError as error:
            raise AssertionError(f"{error}; it is on {self.focused(title)}") from None

    def _below(self, address: DBusAddress) -> Iterator[Part]:
        for child in self._children(address):
            part = self._part(child)
            if _SHOWING in part.states:
                yield part
                yield from self._below(child)

    def _children(self, address: DBusAddress) -> list[DBusAddress]:
        (children,) = self._desktop.call(address, "GetChildren")
        assert isinstance(children, list)
        return [self._at(path) for _, path in children]

    def _part(self, address: DBusAddress) -> Part:
        (role,) = self._desktop.call(address, "GetRoleName")
        (words,) = self._desktop.call(address, "GetState")
        assert isinstance(words, list)
        low, high = words
        bits = low | high << 32
        return Part(
            str(role),
            str(self._desktop.property(address, "Name")),
            str(self._desktop.property(address, "Description")),
            frozenset(bit for bit in range(64) if bits >> bit & 1),
        )

    def _at(self, path: str) -> DBusAddress:
        return DBusAddress(path, self._bus_name(), _ACCESSIBLE)

    def _bus_name(self) -> str:
        """The program has several connections to the bus; one of them is the screen reader's."""
        if not self._name:
            for name in self._desktop.bus_names(self._pid):
                root = DBusAddress("/org/a11y/atspi/accessible/root", name, _ACCESSIBLE)
                try:
                    self._desktop.call(root, "GetRoleName")
                except LookupError:
                    continue
                self._name = name
                return name
            raise LookupError("the program is not on the bus yet")
        return self._name
