"""Calls that may wait for ever, in threads that do not keep the program from ending.

The threads of `asyncio.to_thread` are no good for these: leaving `asyncio.run` waits for them.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import queue
import threading
from collections.abc import Awaitable, Callable
from typing import TypeVar

__all__ = ["Worker", "in_daemon_thread"]

_log = logging.getLogger(__name__)

_T = TypeVar("_T")
_Outcome = TypeVar("_Outcome")


async def in_daemon_thread(work: Callable[[Callable[[], bool]], _T], name: str) -> _T:
    """Run `work` in a daemon thread called `name`; returns or raises what it does.

    A caller that stops waiting does not stop `work`: it may ask the function it is given whether
    anybody still waits. What comes of it too late is dropped, even where the loop was closed
    meanwhile. A result must hide its secrets in its repr, which asyncio prints in debug mode.
    """
    loop = asyncio.get_running_loop()
    answer: asyncio.Future[_T] = loop.create_future()

    def run() -> None:
        try:
            result = work(lambda: not answer.done())
        except Exception as error:  # noqa: BLE001 - raised where it is awaited
            _deliver(answer, answer.set_exception, error)
        else:
            _deliver(answer, answer.set_result, result)

    threading.Thread(target=run, name=name, daemon=True).start()
    return await answer


class Worker:
    """A daemon thread that does calls one after the other, in the order they were submitted.

    What a call uses is used by this thread alone, as an SQLite connection wants it. The thread
    begins with the first call.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._calls: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        self._has_begun = False
        self._is_closed = False

    def submit(self, work: Callable[[], _T]) -> Awaitable[_T]:
        """Have `work` done; what it returns or raises, for whoever likes to wait.

        It is done even where nobody waits any more; that it failed is logged in any case. Raises
        RuntimeError once the worker is closed.
        """
        if self._is_closed:
            raise RuntimeError(f"{self._name} is closed")
        answer: asyncio.Future[_T] = asyncio.get_running_loop().create_future()

        def fail(error: Exception) -> None:
            answer.set_exception(error)
            answer.exception()  # it was logged: asyncio need not complain that nobody looked

        def call() -> None:
            try:
                result = work()
            except Exception as error:  # noqa: BLE001 - raised where it is awaited
                _log.warning("a call of %s failed", self._name, exc_info=True)
                _deliver(answer, fail, error)
            else:
                _deliver(answer, answer.set_result, result)

        self._calls.put(call)
        if not self._has_begun:
            self._has_begun = True
            threading.Thread(target=self._run, name=self._name, daemon=True).start()
        return answer

    async def close(self, within: float) -> None:
        """Take no more calls, and wait up to `within` seconds for those there are.

        A call that hangs is left alone, and so are those behind it.
        """
        if self._is_closed:
            return
        last = self.submit(lambda: None)
        self._is_closed = True
        self._calls.put(None)
        try:
            async with asyncio.timeout(within):
                await last
        except TimeoutError:
            _log.warning("%s has not finished in %g s", self._name, within)

    def _run(self) -> None:
        for call in iter(self._calls.get, None):
            call()


def _deliver(
    answer: asyncio.Future[_T], tell: Callable[[_Outcome], None], outcome: _Outcome
) -> None:
    """Have the answer's loop tell the outcome, unless nobody waits any more."""

    def deliver() -> None:
        if not answer.done():
            tell(outcome)

    with contextlib.suppress(RuntimeError):  # the loop is closed
        answer.get_loop().call_soon_threadsafe(deliver)
