"""The start of the desktop program up to its icon: one per profile, its log, Qt.

What is loaded here is waited for at each start; what the icon can do without is in `running`.
"""

from __future__ import annotations

import logging
import sys
from typing import TYPE_CHECKING

from PySide6.QtCore import (
    QCoreApplication,
    QEventLoop,
    QMessageLogContext,
    QTimer,
    QtMsgType,
    qInstallMessageHandler,
)
from PySide6.QtGui import QPixmapCache
from PySide6.QtWidgets import QApplication, QSystemTrayIcon

from callctrl import PRODUCT, __version__
from callctrl.diagnostics import DebugLog, install_hooks, log_qt_message
from callctrl.headless.exitcodes import ExitCode
from callctrl.remote import NobodyThere, RemoteError, address_of, call
from callctrl.store.paths import Paths
from callctrl.ui.instance import Instance
from callctrl.ui.qtcheck import loses_references
from callctrl.ui.tray import Tray

if TYPE_CHECKING:
    from callctrl.demo import Stage

__all__ = ["run_demo", "run_desktop"]


def run_desktop(paths: Paths, *, debug: bool, minimized: bool) -> ExitCode:
    """The desktop program with this user's settings, where it is not running already."""
    instance = Instance(paths.config_dir, address_of(paths.config_dir))
    if not instance.claim():
        handed_over = _hand_over(instance, minimized=minimized)
        if handed_over is not None:
            return handed_over
    try:
        return _run_desktop(paths, instance, debug=debug, minimized=minimized)
    finally:
        instance.close()


def _hand_over(instance: Instance, *, minimized: bool) -> ExitCode | None:
    """Leave it to the program that has the profile; None where there is none after all."""
    # Started twice at log-in, say, nobody asks for a window.
    order, told = ("status", "") if minimized else ("show", "; its window was brought forward")
    try:
        call(instance.address, [order], _HAND_OVER_WITHIN, patience=_STARTS_WITHIN)
    except NobodyThere:
        if instance.take_over():
            return None
        print(f"Call Ctrl is running already, out of reach: {instance.holder()}.", file=sys.stderr)
        return ExitCode.FAILED
    except RemoteError as error:
        print(f"Call Ctrl is running already. {error}", file=sys.stderr)
        return ExitCode.FAILED
    print(f"Call Ctrl is running already{told}.")
    return ExitCode.FINE


_HAND_OVER_WITHIN = 10.0
_STARTS_WITHIN = 5.0
"""Seconds from the lock to the open door; Qt comes up in between."""


def _run_desktop(paths: Paths, instance: Instance, *, debug: bool, minimized: bool) -> ExitCode:
    debug_log = DebugLog(paths)
    debug_log.open()
    install_hooks(paths)
    try:
        app = _open_qt()
        if app is None:
            return ExitCode.FAILED
        tray = Tray()
        if QSystemTrayIcon.isSystemTrayAvailable():
            tray.show()
            _let_the_panel_ask()
        # The rest takes several times as long as all up to here.
        from callctrl.running import work

        return work(app, paths, instance, debug_log, tray, debug=debug, minimized=minimized)
    finally:
        debug_log.close()


def _let_the_panel_ask() -> None:
    """Give the panel a moment to fetch the picture: while the rest is loaded nobody answers."""
    over = QTimer()
    over.setSingleShot(True)
    over.start(_PANEL_ASKS_WITHIN)
    while over.isActive():
        QCoreApplication.processEvents(QEventLoop.ProcessEventsFlag.WaitForMoreEvents)


_PANEL_ASKS_WITHIN = 20
"""Milliseconds; a panel that asks later gets its answer when all is loaded."""


def run_demo(stage: Stage) -> ExitCode:
    """The desktop program with the make-believe phone of a stage."""
    app = _open_qt()
    if app is None:
        return ExitCode.FAILED
    from callctrl.running import play

    play(app, stage)
    return ExitCode.FINE


def _open_qt() -> QApplication | None:
    """Qt, in its own looks as yet; None, and why on stderr, where it cannot be worked with."""
    app = QApplication([PRODUCT])
    app.setApplicationName(PRODUCT)
    app.setApplicationVersion(__version__)
    app.setDesktopFileName("callctrl")
    app.setQuitOnLastWindowClosed(False)  # ours is not the only way to be seen
    qInstallMessageHandler(_log_qt_message)
    if loses_references():
        print(_BROKEN_QT, file=sys.stderr)
        return None
    QPixmapCache.setCacheLimit(_CACHE_KIB)
    return app


_CACHE_KIB = 2048
"""Qt keeps a copy of every icon it has shown in the tray; few are wanted again."""

_BROKEN_QT = (
    "The installed PySide6 loses references to None on this Python and would crash within "
    "minutes (PySide6 6.12.0 on Python 3.11 does). Install PySide6-Essentials below 6.12."
)

_LEVELS = {
    QtMsgType.QtDebugMsg: logging.DEBUG,
    QtMsgType.QtInfoMsg: logging.INFO,
    QtMsgType.QtWarningMsg: logging.WARNING,
    QtMsgType.QtCriticalMsg: logging.ERROR,
    QtMsgType.QtFatalMsg: logging.CRITICAL,
}


def _log_qt_message(kind: QtMsgType, _context: QMessageLogContext, text: str) -> None:
    log_qt_message(_LEVELS.get(kind, logging.WARNING), text)
