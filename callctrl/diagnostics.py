"""The debug log, and what is written down when something goes badly wrong.

    a logger anywhere -> queue -> (thread) -> mask -> callctrl.log, 5 files of 1 MB

While debugging is switched off only errors are written; switched on, everything our own parts
say is. The disk has a thread of its own, so that a slow one never delays a call: a full queue
loses lines, and says so. Nothing here raises because of the disk.

SIP messages come in already masked by `callctrl.sip.message.redact`. The mask here is the second
lock on that door: it knows no SIP and goes over every line, tracebacks included.
"""

from __future__ import annotations

import atexit
import contextlib
import faulthandler
import logging
import platform
import queue
import re
import sys
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from io import TextIOWrapper
from logging.handlers import QueueHandler, QueueListener, RotatingFileHandler
from pathlib import Path
from typing import TYPE_CHECKING, Any

from callctrl import PRODUCT, __version__
from callctrl.store.paths import Paths

if TYPE_CHECKING:  # it would keep the icon waiting
    import asyncio

__all__ = ["DebugLog", "install_hooks", "log_loop_exception", "log_qt_message", "masked"]

_log = logging.getLogger(__name__)
_ours = logging.getLogger("callctrl")
_qt = logging.getLogger("callctrl.qt")

_FILE_BYTES = 1_000_000
_FILES = 5
_QUEUE_LINES = 10_000

_ANSWER = re.compile(
    r"""\b(response|cnonce|rspauth)(\s*=\s*)(?:\\?"[^"\r\n]*"?|[^\s,;"]+)""", re.IGNORECASE
)
_CREDENTIALS = re.compile(r"""(authorization\W{1,8}(?:basic|bearer)\s+)[^\s"',]+""", re.IGNORECASE)


class DebugLog:
    """The program's log file. Begins with `open`, ends with `close`, which flushes."""

    def __init__(self, paths: Paths) -> None:
        self._file = _PrivateFile(paths)
        self._file.setFormatter(_LineFormatter())
        self._file.addFilter(_Mask())
        waiting: queue.Queue[Any] = queue.Queue(_QUEUE_LINES)
        self._entrance = _Entrance(waiting)
        self._entrance.setLevel(logging.ERROR)
        self._writer = _Writer(waiting, self._file)
        self._is_open = False

    @property
    def is_debugging(self) -> bool:
        """Whether more than errors is written."""
        return self._entrance.level < logging.ERROR

    @property
    def dropped(self) -> int:
        """How many lines were lost because the disk did not keep up."""
        return self._entrance.dropped

    def open(self) -> None:
        """Begin to listen to every logger of the process. A file appears with the first line."""
        self._is_open = True
        self._writer.start()
        logging.getLogger().addHandler(self._entrance)
        atexit.register(self.close)  # an error that ends the program is still in the queue then

    def set_debugging(self, on: bool) -> None:
        """Write everything our own parts say, and other libraries' warnings; or errors only."""
        if on == self.is_debugging:
            return
        if on:
            self._entrance.setLevel(logging.DEBUG)
            _ours.setLevel(logging.DEBUG)
            _log.info("debugging switched on: %s", _versions())
        else:
            _log.info("debugging switched off")
            self._entrance.setLevel(logging.ERROR)
            _ours.setLevel(logging.NOTSET)

    def close(self) -> None:
        """Write what is still in the queue and let go of the file; may be called twice."""
        if not self._is_open:
            return
        self._is_open = False
        atexit.unregister(self.close)
        self.set_debugging(False)
        logging.getLogger().removeHandler(self._entrance)
        self._writer.stop()
        self._entrance.close()
        self._file.close()


def masked(text: str) -> str:
    """The text without anything that looks like the answer inside an Authorization field."""
    text = _ANSWER.sub(r'\1\2"***"', text)
    return _CREDENTIALS.sub(r"\1***", text)


def _versions() -> str:
    pyside = getattr(sys.modules.get("PySide6"), "__version__", "not loaded")
    return (
        f"{PRODUCT} {__version__}, Python {platform.python_version()}, {platform.platform()}, "
        f"PySide {pyside}"
    )


# What the log is made of


class _Entrance(QueueHandler):
    """Takes lines in without ever waiting; the first one after a gap is told how many are gone."""

    def __init__(self, waiting: queue.Queue[Any]) -> None:
        super().__init__(waiting)
        self.dropped = 0
        self._gap = 0

    def enqueue(self, record: logging.LogRecord) -> None:
        try:
            if self._gap:
                self.queue.put_nowait(_gap_record(self._gap))
                self._gap = 0
            self.queue.put_nowait(record)
        except queue.Full:
            self._gap += 1
            self.dropped += 1


def _gap_record(lines: int) -> logging.LogRecord:
    text = f"{lines} lines are missing here: the disk did not keep up"
    return logging.LogRecord(__name__, logging.WARNING, __file__, 0, text, None, None)


class _Writer(QueueListener):
    """Takes lines out of the queue and writes them, in its own thread."""

    def __init__(self, waiting: queue.Queue[Any], file: logging.Handler) -> None:
        super().__init__(waiting, file)
        self._waiting = waiting

    def enqueue_sentinel(self) -> None:
        # The end waits for room in a full queue; the inherited way would raise.
        self._waiting.put(None)


class _PrivateFile(RotatingFileHandler):
    """Log files that only this user may read, since callers' numbers are in them."""

    def __init__(self, paths: Paths) -> None:
        self._paths = paths
        super().__init__(
            paths.log_file,
            maxBytes=_FILE_BYTES,
            backupCount=_FILES - 1,
            encoding="utf-8",
            errors="backslashreplace",
            delay=True,
        )

    def _open(self) -> TextIOWrapper:
        _create_private(self._paths, self._paths.log_file)
        return super()._open()


def _create_private(paths: Paths, file: Path) -> None:
    paths.create()
    file.touch(mode=0o600)


class _LineFormatter(logging.Formatter):
    """Time, level, logger, message; further lines are indented, so that none can pass as a new one.

    The time is local and carries its distance to UTC.
    """

    def format(self, record: logging.LogRecord) -> str:
        time = datetime.fromtimestamp(record.created, UTC).astimezone()
        first, *further = super().format(record).splitlines() or [""]
        head = f"{time.isoformat(timespec='milliseconds')} {record.levelname} {record.name}: "
        return "\n    ".join([head + first, *further])


class _Mask(logging.Filter):
    """Goes over what the queue made of a record: one text, its traceback included."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg = masked(record.getMessage())
        record.args = None
        return True


# When something goes badly wrong


def install_hooks(paths: Paths) -> Callable[[], None]:
    """Have every exception nobody caught logged, and a dying interpreter write its last words.

    Each hook then calls the one that was there before. Returns what puts everything back.
    Tracebacks name files, lines and functions, never the values of variables.
    """
    undo = contextlib.ExitStack()
    try:
        _create_private(paths, paths.crash_file)
        crash_file = undo.enter_context(paths.crash_file.open("a", encoding="utf-8"))
    except OSError as error:
        _log.error("a crash will leave no trace: %s", error)
    else:
        faulthandler.enable(crash_file)
        undo.callback(faulthandler.disable)
    _precede(undo, sys, "excepthook", _log_exception)
    _precede(undo, threading, "excepthook", _log_thread_exception)
    _precede(undo, sys, "unraisablehook", _log_unraisable)
    return undo.close


def log_loop_exception(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """Log what an event loop could not hand to anybody; for `loop.set_exception_handler`.

    Of the context only message and exception are told: the rest prints its arguments.
    """
    _log.error("event loop: %s", context.get("message"), exc_info=context.get("exception"))


def log_qt_message(level: int, text: str) -> None:
    """Log a message of Qt's own, with its level translated to that of `logging`."""
    _qt.log(level, "%s", text)


def _precede(
    undo: contextlib.ExitStack, owner: object, name: str, log: Callable[..., None]
) -> None:
    """Have `log` called before the hook that is there."""
    previous = getattr(owner, name)

    def hook(*args: Any) -> None:
        log(*args)
        previous(*args)

    setattr(owner, name, hook)
    undo.callback(setattr, owner, name, previous)


def _log_exception(kind: type[BaseException], error: BaseException, _trace: object) -> None:
    if not issubclass(kind, KeyboardInterrupt):
        _log.critical("unexpected error", exc_info=error)


def _log_thread_exception(args: threading.ExceptHookArgs) -> None:
    if not issubclass(args.exc_type, SystemExit):
        name = args.thread.name if args.thread is not None else "unknown"
        _log.critical("unexpected error in thread %s", name, exc_info=args.exc_value)


def _log_unraisable(args: sys.UnraisableHookArgs) -> None:
    # The object's repr may print anything, its name will do.
    name = getattr(args.object, "__qualname__", type(args.object).__qualname__)
    _log.error("%s: %s", args.err_msg or "Exception ignored in", name, exc_info=args.exc_value)
