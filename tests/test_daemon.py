from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator

import pytest

from callctrl.daemon import in_daemon_thread

NAME = "callctrl-test"


def our_threads() -> list[threading.Thread]:
    return [each for each in threading.enumerate() if each.name == NAME]


def wait_for_threads() -> None:
    for thread in our_threads():
        thread.join(timeout=30)
        assert not thread.is_alive()


@pytest.fixture
def gate() -> Iterator[threading.Event]:
    """What the work waits for; open at the end of each test."""
    event = threading.Event()
    yield event
    event.set()
    wait_for_threads()


async def test_what_the_work_returns_or_raises_comes_back() -> None:
    def fail(_is_awaited: object) -> None:
        raise LookupError("not there")

    assert await in_daemon_thread(lambda _: threading.current_thread().name, NAME) == NAME
    with pytest.raises(LookupError, match="not there"):
        await in_daemon_thread(fail, NAME)


async def test_the_thread_does_not_keep_the_program_from_ending(gate: threading.Event) -> None:
    task = asyncio.create_task(in_daemon_thread(lambda _: gate.wait(), NAME))
    await asyncio.sleep(0)

    assert [thread.daemon for thread in our_threads()] == [True]
    gate.set()
    assert await task


async def test_the_work_learns_whether_anybody_still_waits(gate: threading.Event) -> None:
    told: list[bool] = []

    def work(is_awaited: Callable[[], bool]) -> None:
        told.append(is_awaited())
        gate.wait()
        told.append(is_awaited())

    task = asyncio.create_task(in_daemon_thread(work, NAME))
    await asyncio.sleep(0)
    while not told:  # noqa: ASYNC110 - it is another thread that tells
        await asyncio.sleep(0.001)
    task.cancel()
    await asyncio.wait([task])
    gate.set()
    wait_for_threads()

    assert told == [True, False]


async def test_what_comes_too_late_is_dropped(gate: threading.Event) -> None:
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.01):
            await in_daemon_thread(lambda _: gate.wait(), NAME)

    gate.set()
    wait_for_threads()
    await asyncio.sleep(0)  # it is delivered to nobody


def test_the_loop_may_be_closed_meanwhile(gate: threading.Event) -> None:
    async def give_up() -> None:
        asyncio.create_task(in_daemon_thread(lambda _: gate.wait(), NAME))  # noqa: RUF006 - cancelled by the end
        await asyncio.sleep(0)

    asyncio.run(give_up())
    assert our_threads()

    gate.set()
    wait_for_threads()
