"""The start of the desktop program: one per profile, its log, Qt and asyncio in one loop."""

from __future__ import annotations

import asyncio
import logging
import sys
import tempfile
from collections.abc import Callable, Coroutine
from pathlib import Path

from PySide6.QtCore import QMessageLogContext, QtMsgType, qInstallMessageHandler
from PySide6.QtGui import QPixmapCache
from PySide6.QtWidgets import QApplication

from callctrl import PRODUCT, __version__
from callctrl.app import Desktop
from callctrl.demo import Stage
from callctrl.diagnostics import DebugLog, install_hooks, log_loop_exception, log_qt_message
from callctrl.headless.programs import ExitCode, leave_on_signals
from callctrl.orders import Orders
from callctrl.remote import NobodyThere, RemoteError, Reply, address_of, call
from callctrl.store.passwords import KeyringPasswords, MemoryPasswords
from callctrl.store.settings import Loaded, Paths, Settings, load
from callctrl.ui.eventloop import CallLoop
from callctrl.ui.instance import Instance
from callctrl.ui.qtcheck import loses_references
from callctrl.ui.theme import apply_theme

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
        loaded = load(paths)
    except OSError as error:
        print(f"The settings cannot be read: {error}", file=sys.stderr)
        return ExitCode.FAILED
    debug_log.set_debugging(debug or loaded.settings.debug)

    async def main() -> ExitCode:
        desktop = Desktop(
            paths, loaded.settings, KeyringPasswords(), debug_log, minimized=minimized
        )
        leave_on_signals(desktop.quit)
        _take_orders(instance, desktop)
        try:
            await desktop.main(loaded)
        finally:
            instance.close()
        return ExitCode.FINE

    try:
        return _run(main)
    finally:
        debug_log.close()


def _take_orders(instance: Instance, desktop: Desktop) -> None:
    orders = Orders(desktop)

    async def carry_out(words: list[str], reply: Callable[[Reply], None]) -> None:
        reply(await orders.carry_out(words))

    instance.listen(lambda words, reply: desktop.spawn(carry_out(words, reply)))


def run_demo(stage: Stage) -> ExitCode:
    """The desktop program on a stage, in a throw-away profile; the keyring is left alone."""
    with tempfile.TemporaryDirectory(prefix="callctrl-demo-") as folder:
        paths = Paths.below(Path(folder))
        debug_log = DebugLog(paths)
        debug_log.open()

        async def main() -> ExitCode:
            account = await stage.open()
            passwords = MemoryPasswords()
            await passwords.set(account, stage.password)
            settings = Settings(account=account)
            stage.furnish(paths.data_dir)
            desktop = Desktop(paths, settings, passwords, debug_log, practice=True)
            leave_on_signals(desktop.quit)
            print(
                "A window and a tray icon show a make-believe phone. "
                "Closing the window or Ctrl-C ends it."
            )
            story = stage.play()
            story.add_done_callback(lambda _: print("That was the story; the phone stays."))
            try:
                await desktop.main(Loaded(settings))
            finally:
                story.cancel()
                stage.close()
            return ExitCode.FINE

        try:
            return _run(main)
        finally:
            debug_log.close()


def _run(main: Callable[[], Coroutine[None, None, ExitCode]]) -> ExitCode:
    """Qt and asyncio in one loop, until `main` returns."""
    app = QApplication([PRODUCT])
    app.setApplicationName(PRODUCT)
    app.setApplicationVersion(__version__)
    app.setDesktopFileName("callctrl")
    app.setQuitOnLastWindowClosed(False)  # ours is not the only way to be seen
    qInstallMessageHandler(_log_qt_message)
    if loses_references():
        print(_BROKEN_QT, file=sys.stderr)
        return ExitCode.FAILED
    apply_theme(app)
    QPixmapCache.setCacheLimit(_CACHE_KIB)
    with asyncio.Runner(loop_factory=lambda: CallLoop(app)) as runner:
        runner.get_loop().set_exception_handler(log_loop_exception)
        return runner.run(main())


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
