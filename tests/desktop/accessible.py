"""What a screen reader is told of a program, read over AT-SPI as one would.

Qt is pointed to the desktop's own session bus, so that no accessibility service is needed.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from tests.desktop.bus import BusError, Thing
from tests.desktop.desktop import Desktop, until

__all__ = ["Part", "Screen", "screen_reader_env"]

_CHECKED, _FOCUSED, _SENSITIVE, _SHOWING = 4, 12, 24, 25  # AtspiStateType
_REGISTRY = Thing("org.a11y.atspi.Registry", "/org/a11y/atspi/registry", "org.a11y.atspi.Registry")
_ACCESSIBLE = "org.a11y.atspi.Accessible"
_ON_SCREEN = 0  # AtspiCoordType
_TAB = "page tab"
"""Qt says of the chosen one that it has the focus, wherever the focus is."""


def screen_reader_env(desktop: Desktop) -> dict[str, str]:
    """What makes Qt tell everything, and where to."""
    return {
        "QT_LINUX_ACCESSIBILITY_ALWAYS_ON": "1",
        "AT_SPI_BUS_ADDRESS": desktop.env["DBUS_SESSION_BUS_ADDRESS"],
    }


@dataclass(frozen=True, slots=True)
class Part:
    """One thing on the screen."""

    thing: Thing
    """Where it is on the bus."""
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
    def is_sensitive(self) -> bool:
        """Whether it can be used; else it is grey."""
        return _SENSITIVE in self.states


class Screen:
    """The windows of one program."""

    def __init__(self, desktop: Desktop, pid: int) -> None:
        self._desktop = desktop
        self._pid = pid
        self._found: Thing | None = None

    def windows(self) -> list[Part]:
        """The windows that show."""
        try:
            found = [self._part(window) for window in self._children(self._root())]
        except BusError:  # it changed under our eyes
            return []
        return [window for window in found if _SHOWING in window.states]

    def parts(self, title: str) -> list[Part]:
        """Everything that shows in the windows of that title."""
        found: list[Part] = []
        try:
            for window in self._children(self._root()):
                if self._part(window).name == title:
                    found += self._below(window)
        except BusError:  # it changed under our eyes
            return []
        return found

    def focused(self, title: str) -> Part | None:
        """Where the keys go in that window."""
        parts = self.parts(title)
        return next((part for part in parts if part.is_focused and part.role != _TAB), None)

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

    def announcements(self) -> Callable[[], list[str]]:
        """Listen; the result gives what the program has had said aloud since then."""
        said = self._listen("Announcement")
        return lambda: [str(text) for _, _, _, (_, text), *_ in said()]

    def focus_told(self) -> Callable[[str], Part]:
        """Listen; the result waits until it is told that keys go to what begins with these words.

        That is how one comes to know a context menu: it is in no window.
        """
        changed = self._listen("StateChanged")

        def last() -> Part | None:
            told = [
                place for state, on, _, (_, place), *_ in changed() if on and state == "focused"
            ]
            with contextlib.suppress(BusError):  # it has gone meanwhile
                for name, path in told[-1:]:
                    return self._part(Thing(name, path, _ACCESSIBLE))
            return None

        def wait_for(name: str) -> Part:
            def look() -> Part | None:
                part = last()
                return part if part is not None and part.name.startswith(name) else None

            try:
                return until(look, f"to be told of a focus on {name!r}")
            except AssertionError as error:
                raise AssertionError(f"{error}; it is on {last()}") from None

        return wait_for

    def _listen(self, event: str) -> Callable[[], list[tuple[Any, ...]]]:
        """Collect events of that name."""
        bus = self._desktop.bus
        said = bus.watch("org.a11y.atspi.Event.Object", event)
        # Qt keeps silent until it knows of somebody who listens.
        with bus.known_as(_REGISTRY.name):
            bus.tell(_REGISTRY, "EventListenerRegistered", "ss", "", "object:")
            bus.answer(_REGISTRY, "GetRegisteredEvents", "a(ss)", [("", "object:")])
        return said

    def centre(self, part: Part) -> tuple[int, int]:
        """Where on the screen one would click on it."""
        component = part.thing._replace(interface="org.a11y.atspi.Component")
        x, y, width, height = self._desktop.bus.call(component, "GetExtents", "u", _ON_SCREEN)
        return x + width // 2, y + height // 2

    def _below(self, thing: Thing) -> Iterator[Part]:
        for child in self._children(thing):
            part = self._part(child)
            if _SHOWING in part.states:
                yield part
                yield from self._below(child)

    def _children(self, thing: Thing) -> list[Thing]:
        children = self._desktop.bus.call(thing, "GetChildren")
        return [thing._replace(path=path) for _name, path in children]

    def _part(self, thing: Thing) -> Part:
        bus = self._desktop.bus
        low, high = bus.call(thing, "GetState")
        return Part(
            thing,
            bus.call(thing, "GetRoleName"),
            bus.property(thing, "Name"),
            bus.property(thing, "Description"),
            frozenset(bit for bit in range(64) if (low | high << 32) >> bit & 1),
        )

    def _root(self) -> Thing:
        """The program has several connections to the bus; one of them is the screen reader's."""
        if self._found is None:
            for name in self._desktop.bus.names_of(self._pid):
                root = Thing(name, "/org/a11y/atspi/accessible/root", _ACCESSIBLE)
                with contextlib.suppress(BusError):
                    self._desktop.bus.call(root, "GetRoleName")
                    self._found = root
                    return root
            raise BusError("the program is not on the bus yet")
        return self._found
