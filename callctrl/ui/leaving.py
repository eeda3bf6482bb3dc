"""A log-off during a call: the person is asked first, with the caller's name.

The call itself goes on in the phone; only nobody here would see it any more.
"""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Callable, Coroutine, Sequence
from typing import Protocol, cast

from PySide6.QtCore import QCoreApplication, QObject, Qt, QTimer
from PySide6.QtWidgets import QMessageBox, QWidget

from callctrl import PRODUCT
from callctrl.calls import CallState
from callctrl.logoff import BlockReasons, BusGuard, Guard, WindowGuard
from callctrl.ui.nowlist import HELD, PLACED, RINGING, TALKING, ShownCall

__all__ = ["LogOff", "SessionManager", "guard_here", "reason_in_words"]

translate = QCoreApplication.translate

_ANSWERED_WITHIN = 60_000
"""Milliseconds; nobody is there, it seems, and the log-off waits for us."""


class SessionManager(Protocol):
    """What is used of Qt's `QSessionManager`."""

    def allowsInteraction(self) -> bool:  # noqa: N802
        """Whether the person may be asked."""

    def cancel(self) -> None:
        """Stop the log-off."""


def guard_here(window: QWidget) -> Guard | None:
    """This system's way to hold up the log-off; None where it has none."""
    guard: Guard | None = None
    if sys.platform == "win32":
        user32 = cast(BlockReasons, ctypes.WinDLL("user32"))
        guard = WindowGuard(user32, lambda: int(window.winId()))
    elif sys.platform == "linux":
        guard = BusGuard()
    return guard


class LogOff(QObject):
    """Knows whether a call would be lost sight of, and asks.

    The desktop is told why beforehand, by a `Guard`, and most desktops ask by themselves then.
    """

    def __init__(
        self,
        guard: Guard | None,
        spawn: Callable[[Coroutine[None, None, None]], object],
        *,
        system_asks: bool,
        parent: QObject | None = None,
    ) -> None:
        """`system_asks` is whether the system shows the guard's reason where we say no."""
        super().__init__(parent)
        self._guard = guard
        self._spawn = spawn
        self._system_asks = system_asks
        self._reason = ""
        self._box: QMessageBox | None = None

    def show_calls(self, calls: Sequence[ShownCall]) -> None:
        """Tell which calls there are."""
        reason = reason_in_words(calls)
        if reason == self._reason:
            return
        self._reason = reason
        if self._guard is not None:
            self._spawn(self._guard.hold_up(reason))
        if not reason:
            self._withdraw_box()

    async def stop(self) -> None:
        """Hold up nothing any more."""
        self._reason = ""
        self._withdraw_box()
        if self._guard is not None:
            await self._guard.hold_up("")

    def _withdraw_box(self) -> None:
        """There is nothing left to ask about."""
        if self._box is not None:
            self._box.accept()

    def asked(self, manager: SessionManager) -> None:
        """The session is to end; Qt waits for this to return."""
        if not self._reason:
            return
        if self._system_asks or (manager.allowsInteraction() and not self._may_end()):
            manager.cancel()

    def _may_end(self) -> bool:
        """Ask the person.

        The one box that is waited for: Qt asks from its own loop, never from within a task, so
        that calls are followed meanwhile.
        """
        box = QMessageBox(
            QMessageBox.Icon.Question,
            PRODUCT,
            self.tr("{reason} Log off anyway?").format(reason=self._reason),
        )
        box.setTextFormat(Qt.TextFormat.PlainText)  # a caller may be called "<b>"
        box.setInformativeText(
            self.tr("The call goes on in the phone; Call Ctrl stops showing it.")
        )
        go = box.addButton(self.tr("&Log off"), QMessageBox.ButtonRole.AcceptRole)
        stay = box.addButton(self.tr("&Stay"), QMessageBox.ButtonRole.RejectRole)
        box.setDefaultButton(stay)
        box.setEscapeButton(stay)
        self._box = box
        nobody = QTimer(box)
        nobody.setSingleShot(True)
        nobody.timeout.connect(box.reject)
        nobody.start(_ANSWERED_WITHIN)
        box.exec()
        self._box = None
        is_over = not self._reason
        return is_over or box.clickedButton() is go


def reason_in_words(calls: Sequence[ShownCall]) -> str:
    """What would be lost sight of, in a sentence; empty where there is no call."""
    for states, text in (
        (TALKING | HELD, translate("LogOff", "You are on a call with {name}.")),
        (RINGING, translate("LogOff", "{name} is calling.")),
        (PLACED, translate("LogOff", "You are calling {name}.")),
    ):
        # Who is talked with comes before who waits.
        for call in sorted(calls, key=lambda shown: shown.call.state in HELD):
            if call.call.state in states:
                return text.format(name=_called(call))
    return ""


def _called(shown: ShownCall) -> str:
    if shown.call.state is CallState.DIALING and not (shown.name or shown.number):
        return translate("LogOff", "somebody")
    return shown.title
