"""Lines of an input stream, read while the event loop runs."""

from __future__ import annotations

import asyncio
import getpass
import logging
import sys
import threading
from collections.abc import Callable
from typing import TextIO

from callctrl.headless.options import WrongUsageError

__all__ = ["Lines"]

_log = logging.getLogger(__name__)


class Lines:
    """Reads in a daemon thread, so that no read keeps the program from ending.

    A thread because the input may be a file, a pipe or a console, and no event loop waits on all
    three on every system.
    """

    def __init__(self, stream: TextIO | None) -> None:
        """`stream` is None where the program was started with its input closed."""
        self._stream = stream

    def first(self) -> str:
        """The first line, without its end; empty where there is none.

        Raises `WrongUsageError` where it is no text.
        """
        if self._stream is None:
            return ""
        try:
            line = self._stream.readline()
        except UnicodeDecodeError:
            wanted = self._stream.encoding
            # Without the cause, which holds what may be a password.
            raise WrongUsageError(f"standard input is no text in {wanted}") from None
        return _tolerate_mark(line).rstrip("\r\n")

    def secret(self) -> str:
        """The first line, asked for without an echo where somebody types it; raises the same."""
        if self._stream is not None and self._stream is sys.stdin and self._stream.isatty():
            return getpass.getpass("Password: ")
        return self.first()

    def begin(self, on_line: Callable[[str], None], on_end: Callable[[], None]) -> None:
        """Hand each further line to `on_line` on the running loop, then call `on_end`."""
        loop = asyncio.get_running_loop()

        def post(callback: Callable[..., None], *arguments: str) -> None:
            try:
                loop.call_soon_threadsafe(callback, *arguments)
            except RuntimeError:
                return  # the loop has ended meanwhile

        def read() -> None:
            try:
                for line in self._stream or ():
                    post(on_line, line.rstrip("\r\n"))
            except (OSError, ValueError) as error:  # not text, or closed meanwhile
                _log.warning("the input cannot be read: %s", error)
            finally:
                post(on_end)

        threading.Thread(target=read, name="input", daemon=True).start()


def _tolerate_mark(line: str) -> str:
    """Without the byte order mark that Windows' editors and PowerShell put before UTF-8."""
    return line.removeprefix("\ufeff")
