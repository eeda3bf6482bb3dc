"""This PC: what of all that can be arranged here, for one profile of one user."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import cast

from callctrl.store.paths import Paths
from callctrl.store.settings import Settings
from callctrl.system.autostart import (
    AtLogin,
    Autostart,
    NoAutostart,
    WindowsAutostart,
    XdgAutostart,
)
from callctrl.system.linkhandlers import (
    Choosing,
    LinkHandlers,
    NoLinkHandlers,
    WindowsLinkHandlers,
    XdgLinkHandlers,
)
from callctrl.system.program import own_command
from callctrl.system.registry import Registry
from callctrl.system.xdg import Folders

__all__ = ["ThisPc"]


@dataclass(frozen=True, slots=True)
class ThisPc:
    """What the desktop does with the program."""

    autostart: Autostart
    links: LinkHandlers

    @classmethod
    def of_user(cls, paths: Paths) -> ThisPc:
        """What can be arranged on this system for the program with that profile."""
        if sys.platform == "darwin":
            return cls.untouched()
        command = [*own_command(windowed=True), *paths.options]
        if sys.platform == "win32":
            return cls.by_registry(command)
        folders = Folders.of(os.environ, Path.home())
        return cls(XdgAutostart(folders, command), XdgLinkHandlers(folders, command))

    @classmethod
    def by_registry(cls, command: Sequence[str]) -> ThisPc:
        """What can be arranged in Windows' registry, which must be there."""
        import winreg

        registry = cast(Registry, winreg)
        return cls(WindowsAutostart(registry, command), WindowsLinkHandlers(registry, command))

    @classmethod
    def untouched(cls) -> ThisPc:
        """One on which nothing can be arranged."""
        return cls(NoAutostart(), NoLinkHandlers())

    def see_to(self, settings: Settings) -> None:
        """Arrange what the settings want at each start, as far as nobody has settled it otherwise.

        What is locked is arranged whatever anybody has settled. May raise OSError.
        """
        is_locked = partial(settings.administration.is_locked, "preferences")
        self._see_to_autostart(
            settings,
            must=is_locked("starts_at_login"),
            must_so=is_locked("starts_minimized"),
        )
        if self.links.choosing is not Choosing.IMPOSSIBLE:
            self._see_to_links(settings.opens_links, must=is_locked("opens_links"))

    def _see_to_autostart(self, settings: Settings, *, must: bool, must_so: bool) -> None:
        """`must_so` is whether the entry must say just what we would say, whoever wrote it."""
        state = self.autostart.state()
        is_to_start = state is AtLogin.ABSENT or (must and state is AtLogin.SWITCHED_OFF)
        if state is AtLogin.STARTS and must and not settings.starts_at_login:
            self.autostart.switch_off()
        elif (settings.starts_at_login and is_to_start) or (must_so and state is AtLogin.STARTS):
            self.autostart.switch_on(minimized=settings.starts_minimized)

    def _see_to_links(self, wanted: bool, *, must: bool) -> None:
        if not (wanted or must):
            return  # who has them need not be looked up
        holders = self.links.holders().values()
        are_ours = [holder is not None and holder.is_ours for holder in holders]
        are_free = all(holder is None or holder.is_ours for holder in holders)
        if wanted and not all(are_ours) and (must or are_free):
            self.links.take()
        elif not wanted and any(are_ours):
            self.links.give_back()
