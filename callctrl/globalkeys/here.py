"""This system's way to keys from any window."""

from __future__ import annotations

import sys
from collections.abc import Callable

from callctrl.globalkeys import GlobalKey, Grant, Way

__all__ = ["way_here"]


def way_here(
    on_pressed: Callable[[GlobalKey], object], on_grant: Callable[[Grant], None]
) -> Way | None:
    """The way there is, or None; whether it leads anywhere is another question on Linux."""
    way: Way | None = None
    if sys.platform == "linux":
        from callctrl.globalkeys.portal import ShortcutsPortal

        way = ShortcutsPortal(on_pressed, on_grant)
    elif sys.platform == "win32":
        from callctrl.globalkeys.hotkeys import HotKeys, user32_here

        user32 = user32_here()
        way = HotKeys(*user32, on_pressed, on_grant) if user32 is not None else None
    return way
