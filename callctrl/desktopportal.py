"""The XDG desktop portal: where it is on the session bus, and how a program says who it is.

Interfaces below org.freedesktop.portal, in flatpak/xdg-desktop-portal's data folder.
"""

from __future__ import annotations

import contextlib

from callctrl.sessionbus import BusError, Interface, SessionBus

__all__ = ["APP_ID", "PORTAL", "introduce", "portal", "request_path"]

PORTAL = "org.freedesktop.portal.Desktop"
_PATH = "/org/freedesktop/portal/desktop"
APP_ID = "callctrl"
"""The name of our desktop entry."""


def portal(name: str, path: str = _PATH) -> Interface:
    """An interface of the portal's, such as "GlobalShortcuts"."""
    return Interface(PORTAL, path, f"org.freedesktop.portal.{name}")


def request_path(bus: SessionBus, token: str) -> str:
    """Where what comes of a request is told, known before it is made (portal.Request)."""
    return f"{_PATH}/request/{bus.name.removeprefix(':').replace('.', '_')}/{token}"


async def introduce(bus: SessionBus) -> None:
    """Say whose connection it is, before all else is asked (host.portal.Registry).

    Portals before 1.20 have no such register and guess; others keep no entry without a desktop
    file. Both go on without it. Raises what goes wrong with the bus.
    """
    registry = Interface(PORTAL, _PATH, "org.freedesktop.host.portal.Registry")
    with contextlib.suppress(BusError):
        await bus.call(registry, "Register", "sa{sv}", (APP_ID, {}))
