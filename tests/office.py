"""The desktop program in an office: a phone system, a profile, and screens offscreen."""

from __future__ import annotations

import asyncio
import ssl
import sys
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QEvent, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialog, QPushButton, QWidget

from callctrl.accounts import Account, Policy
from callctrl.app import Desktop
from callctrl.calls import SessionState
from callctrl.diagnostics import DebugLog
from callctrl.globalkeys import GlobalKey, Grant, Standing, Wish
from callctrl.simulator import Config
from callctrl.simulator.pbx import PbxConfig
from callctrl.simulator.program import Simulation
from callctrl.store.passwords import MemoryPasswords, Passwords
from callctrl.store.settings import Loaded, Paths, Settings
from callctrl.system.autostart import XdgAutostart
from callctrl.system.linkhandlers import XdgLinkHandlers
from callctrl.system.thispc import ThisPc
from callctrl.system.xdg import Folders

__all__ = ["PASSWORD", "FakeWay", "Office", "SpyGuard", "press", "window"]

PASSWORD = "sesame-4321"


class SpyGuard:
    """A desktop that holds up the log-off."""

    def __init__(self) -> None:
        self.reason = ""
        """Why just now."""

    async def hold_up(self, reason: str) -> None:
        self.reason = reason


class FakeWay:
    """A desktop that gives keys in any window, but for those that another program has."""

    def __init__(self) -> None:
        self.bound: dict[GlobalKey, str] = {}
        self.taken: frozenset[str] = frozenset()
        self.press: Callable[[GlobalKey], object] = lambda _key: None
        self._on_grant: Callable[[Grant], None] = lambda _grant: None

    def told_to(
        self, on_pressed: Callable[[GlobalKey], object], on_grant: Callable[[Grant], None]
    ) -> FakeWay:
        self.press, self._on_grant = on_pressed, on_grant
        return self

    async def exists(self) -> bool:
        return True

    async def bind(self, keys: Mapping[GlobalKey, Wish]) -> None:
        wanted = {key: str(wish.keystroke) for key, wish in keys.items()}
        self.bound = {key: text for key, text in wanted.items() if text not in self.taken}
        taken = frozenset(wanted.keys() - self.bound.keys())
        self._on_grant(Grant(Standing.BOUND, self.bound, taken))

    async def release(self) -> None:
        self.bound = {}
        self._on_grant(Grant(Standing.OFF))


class Office:
    """A phone system, a profile, and the program at work there."""

    def __init__(
        self,
        folder: Path,
        config: Config | PbxConfig | None = None,
        certificate: ssl.SSLContext | None = None,
    ) -> None:
        self.said: list[str] = []
        self.simulation = Simulation(
            replace(config or Config(password=PASSWORD), port=0),
            self.said.append,
            seed=1,
            certificate=certificate,
        )
        self.paths = Paths.below(folder)
        self.passwords: Passwords = MemoryPasswords()
        self.account = Account("127.0.0.1", "200", "FrontDesk", "RECEPTION", local_port=0)
        self.debug_log = DebugLog(self.paths)
        self.folders = Folders.of({}, folder / "home")
        """Where the desktop keeps what it does with the program."""
        self.guard = SpyGuard()
        self.way = FakeWay()
        self._running: asyncio.Task[None] | None = None
        self._others = set(QApplication.topLevelWidgets())

    async def open(self, http_port: int | None = None) -> None:
        self.account = replace(self.account, port=await self.simulation.open(http_port))
        self.debug_log.open()

    async def start(
        self, settings: Settings, loaded: Loaded | None = None, *, practice: bool = False
    ) -> Desktop:
        """Start the program; the test goes on beside it."""
        command = [sys.executable, "-m", "callctrl"]
        pc = ThisPc(XdgAutostart(self.folders, command), XdgLinkHandlers(self.folders, command))
        self.desktop = Desktop(
            self.paths,
            settings,
            self.passwords,
            self.debug_log,
            pc=pc,
            guard=lambda _window: self.guard,
            way=self.way.told_to,
            practice=practice,
        )
        self._running = asyncio.create_task(self.desktop.main(loaded or Loaded(settings)))
        return self.desktop

    async def start_ready(self, policy: Policy | None = None) -> Desktop:
        """Start with an account that works, and wait until the phone is under control."""
        await self.passwords.set(self.account, PASSWORD)
        desktop = await self.start(Settings(account=self.account, policy=policy or Policy()))
        await self.until(lambda: self.state is SessionState.READY)
        return desktop

    @property
    def state(self) -> SessionState:
        return self.desktop.session.state

    async def until(self, condition: Callable[[], object]) -> None:
        """Wait for what must come; a test that hangs here fails by its time limit."""
        async with asyncio.timeout(60):
            while not condition():  # noqa: ASYNC110 - the screens tell nobody when they change
                await asyncio.sleep(0.01)

    async def ended(self) -> None:
        """Wait for the program to end by itself."""
        assert self._running is not None
        await asyncio.wait_for(self._running, 20)

    async def close(self) -> None:
        if self._running is not None and not self._running.done():
            self.desktop.quit()
            await self.ended()
        self.simulation.close()
        self.debug_log.close()
        # A program takes its windows along when it ends; here they would pile up, and each change
        # of the style sheet would dress them all again.
        for each in set(QApplication.topLevelWidgets()) - self._others:
            each.deleteLater()
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)


def window(kind: type[QDialog]) -> QDialog | None:
    """The open window of a kind."""
    for each in QApplication.topLevelWidgets():
        if isinstance(each, kind) and each.isVisible():
            return each
    return None


def press(parent: QWidget, text: str) -> None:
    """Press the button with this text."""
    for each in parent.findChildren(QPushButton):
        if each.text().replace("&", "") == text:
            QTest.mouseClick(each, Qt.MouseButton.LeftButton)
            return
    raise AssertionError(f"no button {text!r}")
