"""`callctrl desktop`: autostart and link handlers, asked for and changed without a screen."""

from __future__ import annotations

import sys
from dataclasses import replace
from typing import Literal

from callctrl.headless.exitcodes import ExitCode
from callctrl.headless.options import refuse_locked
from callctrl.store.paths import Paths
from callctrl.store.settings import Settings, save
from callctrl.system.linkhandlers import Choosing
from callctrl.system.thispc import ThisPc

__all__ = ["What", "Wish", "run_desktop_command"]

What = Literal["autostart", "links"]
Wish = Literal["on", "off", "status"]


def run_desktop_command(
    what: What, wish: Wish, pc: ThisPc, paths: Paths, settings: Settings
) -> ExitCode:
    """Change something where that is wished, then tell what is so; fails where it was no use.

    Raises LockedError where an administrator has set it for good.
    """
    if what == "autostart":
        key, off = "starts_at_login", replace(settings, starts_at_login=False)
    else:
        key, off = "opens_links", replace(settings, opens_links=False)
    if wish != "status":
        refuse_locked(settings.administration, "preferences", key, wish == "on", wish)
    try:
        if wish == "off" and off != settings:  # it is not to come back at the next start
            save(paths, off)
        return _autostart(wish, pc, settings) if what == "autostart" else _links(wish, pc)
    except (OSError, ValueError) as error:
        print(f"That was not possible: {error}", file=sys.stderr)
        return ExitCode.FAILED


def _autostart(wish: Wish, pc: ThisPc, settings: Settings) -> ExitCode:
    if wish == "on":
        pc.autostart.switch_on(minimized=settings.starts_minimized)
    elif wish == "off":
        pc.autostart.switch_off()
    state = pc.autostart.state()
    print(f"autostart: {state.value}")
    is_as_wished = wish == "status" or state.is_on == (wish == "on")
    return ExitCode.FINE if is_as_wished else ExitCode.FAILED


def _links(wish: Wish, pc: ThisPc) -> ExitCode:
    if wish == "on":
        pc.links.take()
    elif wish == "off":
        pc.links.give_back()
    holders = pc.links.holders()
    for scheme, holder in holders.items():
        print(f"{scheme}: {holder.name if holder is not None else 'no program'}")
    if not holders:
        print(f"links: {Choosing.IMPOSSIBLE.value}")
    are_ours = [holder is not None and holder.is_ours for holder in holders.values()]
    if wish == "off" and any(are_ours):
        print(
            "The system's own lists of default programs name Call Ctrl. Another program can be "
            "chosen in the desktop's settings.",
            file=sys.stderr,
        )
        return ExitCode.FAILED
    if wish != "on" or all(are_ours):
        return ExitCode.FINE
    if pc.links.choosing is Choosing.IN_SYSTEM_SETTINGS:
        print("Windows offers Call Ctrl now; its user chooses under Settings, Default apps.")
        return ExitCode.FINE
    return ExitCode.FAILED
