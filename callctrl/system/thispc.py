"""This PC: what of all that can be arranged here, for one profile of one user."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from callctrl.store.paths import Paths
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
        command = [*own_command(windowed=True), *paths.options]
        if sys.platform == "win32":
            return cls.by_registry(command)
        if sys.platform == "darwin":
            return cls.untouched()
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

    def see_to(self, *, starts_at_login: bool, minimized: bool, opens_links: bool) -> None:
        """Arrange what is wanted at each start, as far as nobody has settled it otherwise.

        May raise OSError.
        """
        if starts_at_login and self.autostart.state() is AtLogin.ABSENT:
            self.autostart.switch_on(minimized=minimized)
        if opens_links and self.links.choosing is not Choosing.IMPOSSIBLE:
            holders = self.links.holders().values()
            if not all(holders) and all(holder is None or holder.is_ours for holder in holders):
                self.links.take()
