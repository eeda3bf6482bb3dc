"""Calls that may wait for ever, each in a thread that does not keep the program from ending.

The threads of `asyncio.to_thread` are no good for these: leaving `asyncio.run` waits for them.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Callable
from typing import TypeVar

__all__ = ["in_daemon_thread"]

_T = TypeVar("_T")


async def in_daemon_thread(work: Callable[[Callable[[], bool]], _T], name: str) -> _T:
    """Run `work` in a daemon thread called `name`; returns or raises what it does.

    A caller that stops waiting does not stop `work`: it may ask the function it is given whether
    anybody still waits. What comes of it too late is dropped, even where the loop was closed
    meanwhile. A result must hide its secrets in its repr, which asyncio prints in debug mode.
    """
    loop = asyncio.get_running_loop()
    answer: asyncio.Future[_T] = loop.create_future()

    def run() -> None:
        failure: Exception | None = None
        try:
            result = work(lambda: not answer.done())
        except Exception as error:  # noqa: BLE001 - raised where it is awaited
            failure = error

        def deliver() -> None:
            if answer.done():
                return  # nobody waits any more
            if failure is not None:
                answer.set_exception(failure)
            else:
                answer.set_result(result)

        with contextlib.suppress(RuntimeError):  # the loop is closed
            loop.call_soon_threadsafe(deliver)

    threading.Thread(target=run, name=name, daemon=True).start()
    return await answer
