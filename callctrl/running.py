"""The desktop program behind its icon: Qt and asyncio in one loop until somebody quits.

This loads everything; `starting` imports it when the icon is there.
"""

from __future__ import annotations

import asyncio
import logging
import sys
import tempfile
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QApplication

from callctrl.app import Desktop
from callctrl.diagnostics import DebugLog, log_loop_exception
from callctrl.globalkeys.here import way_here
from callctrl.headless.exitcodes import ExitCode
from callctrl.headless.policywords import set_by_in_words
from callctrl.headless.programs import leave_on_signals
from callctrl.orders import Orders
from callctrl.remote import Reply
from callctrl.store.passwords import KeyringPasswords, MemoryPasswords
from callctrl.store.paths import Paths
from callctrl.store.settings import Loaded, Settings, administration_here, load
from callctrl.system.thispc import ThisPc
from callctrl.ui.eventloop import CallLoop
from callctrl.ui.instance import Instance
from callctrl.ui.leaving import guard_here
from callctrl.ui.theme import apply_theme
from callctrl.ui.tray import Tray

if TYPE_CHECKING:  # the simulator is no part of the real thing
    from callctrl.demo import Stage

__all__ = ["play", "work"]

_log = logging.getLogger(__name__)


def work(
    app: QApplication,
    paths: Paths,
    instance: Instance,
    debug_log: DebugLog,
    tray: Tray,
    *,
    debug: bool,
    minimized: bool,
) -> ExitCode:
    """Work for this user until somebody quits; `tray` is shown already, where there is one."""
    try:
        loaded = load(paths, administration_here())
    except OSError as error:
        print(f"The settings cannot be read: {error}", file=sys.stderr)
        return ExitCode.FAILED
    _heed(loaded.settings, debug_log, debug=debug)

    async def main() -> None:
        desktop = Desktop(
            paths,
            loaded.settings,
            KeyringPasswords(),
            debug_log,
            tray=tray,
            pc=ThisPc.of_user(paths),
            guard=guard_here,
            way=way_here,
            minimized=minimized,
        )
        leave_on_signals(desktop.quit)
        app.commitDataRequest.connect(desktop.log_off.asked)
        _take_orders(instance, desktop)
        try:
            await desktop.main(loaded)
        finally:
            instance.close()

    _run(app, main)
    return ExitCode.FINE


def _heed(settings: Settings, debug_log: DebugLog, *, debug: bool) -> None:
    """Write the debug log where that is wanted; a lock on it is above --debug."""
    administration = settings.administration
    for fault in administration.faults:
        _log.error("the policy file %s is not obeyed: %s", administration.file, fault)
    if debug and not settings.debug and administration.is_locked("preferences", "debug"):
        debug = False
        words = f"--debug is not obeyed. {set_by_in_words(administration.by)}"
        _log.error(words)
        print(words, file=sys.stderr)
    debug_log.set_debugging(debug or settings.debug)


def _take_orders(instance: Instance, desktop: Desktop) -> None:
    orders = Orders(desktop)

    async def carry_out(words: list[str], reply: Callable[[Reply], None]) -> None:
        reply(await orders.carry_out(words))

    instance.listen(lambda words, reply: desktop.spawn(carry_out(words, reply)))


def play(app: QApplication, stage: Stage) -> None:
    """Play on a stage, in a throw-away profile; the keyring is left alone."""
    with tempfile.TemporaryDirectory(prefix="callctrl-demo-") as folder:
        paths = Paths.below(Path(folder))
        debug_log = DebugLog(paths)
        debug_log.open()

        async def main() -> None:
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
            orders = Orders(desktop)

            async def carry_out(line: str) -> None:
                await orders.carry_out(line.split())

            story = stage.play(lambda line: desktop.spawn(carry_out(line)), again=True)
            story.add_done_callback(lambda _: print("That was the story; the phone stays."))
            try:
                await desktop.main(Loaded(settings))
            finally:
                story.cancel()
                stage.close()

        try:
            _run(app, main)
        finally:
            debug_log.close()


def _run(app: QApplication, main: Callable[[], Coroutine[None, None, None]]) -> None:
    """Qt in our looks and asyncio in one loop, until `main` returns."""
    apply_theme(app)
    with asyncio.Runner(loop_factory=lambda: CallLoop(app)) as runner:
        runner.get_loop().set_exception_handler(log_loop_exception)
        runner.run(main())
