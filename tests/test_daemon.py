from __future__ import annotations

import asyncio
import gc
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from functools import partial

import pytest

from callctrl.daemon import Worker, in_daemon_thread

NAME = "callctrl-test"


def our_threads() -> list[threading.Thread]:
    return [each for each in threading.enumerate() if each.name == NAME]


def wait_for_threads() -> None:
    for thread in our_threads():
        thread.join(timeout=30)
        assert not thread.is_alive()


@pytest.fixture(autouse=True)
def threads() -> Iterator[None]:
    """A thread lives a moment longer than its last word: the next test must not meet it."""
    yield
    wait_for_threads()


@pytest.fixture
def gate() -> Iterator[threading.Event]:
    """What the work waits for; open at the end of each test."""
    event = threading.Event()
    yield event
    event.set()


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


async def test_what_comes_too_late_is_dropped(
    gate: threading.Event, caplog: pytest.LogCaptureFixture
) -> None:
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.01):
            await in_daemon_thread(lambda _: gate.wait(), NAME)

    gate.set()
    wait_for_threads()
    await asyncio.sleep(0)  # it is delivered to nobody
    assert caplog.records == []  # the loop would complain


def test_the_loop_may_be_closed_meanwhile(gate: threading.Event) -> None:
    async def give_up() -> None:
        asyncio.create_task(in_daemon_thread(lambda _: gate.wait(), NAME))  # noqa: RUF006 - cancelled by the end
        await asyncio.sleep(0)

    asyncio.run(give_up())
    assert our_threads()

    gate.set()
    wait_for_threads()


# A worker


@pytest.fixture
async def worker() -> AsyncIterator[Worker]:
    worker = Worker(NAME)
    yield worker
    await worker.close(30)


async def test_a_worker_returns_and_raises_what_its_calls_do(worker: Worker) -> None:
    def fail() -> None:
        raise LookupError("not there")

    assert await worker.submit(lambda: threading.current_thread().name) == NAME
    with pytest.raises(LookupError, match="not there"):
        await worker.submit(fail)
    assert await worker.submit(lambda: 7) == 7


async def test_a_worker_does_its_calls_in_order_in_one_thread(worker: Worker) -> None:
    done: list[tuple[int, int]] = []
    calls = [
        worker.submit(partial(lambda each: done.append((each, threading.get_ident())), each))
        for each in range(50)
    ]
    await calls[-1]

    assert [each for each, _ in done] == list(range(50))
    assert len({thread for _, thread in done}) == 1
    assert [thread.daemon for thread in our_threads()] == [True]


async def test_a_worker_has_no_thread_before_its_first_call() -> None:
    worker = Worker(NAME)

    assert our_threads() == []
    await worker.submit(lambda: None)
    assert len(our_threads()) == 1
    await worker.close(30)
    wait_for_threads()


async def test_a_call_is_done_though_nobody_waits_any_more(gate: threading.Event) -> None:
    done: list[int] = []
    worker = Worker(NAME)
    worker.submit(gate.wait)
    asyncio.ensure_future(worker.submit(lambda: done.append(1))).cancel()
    gate.set()
    await worker.close(30)

    assert done == [1]


async def test_a_failure_nobody_waits_for_is_logged_once(
    worker: Worker, caplog: pytest.LogCaptureFixture
) -> None:
    def fail() -> None:
        raise LookupError("not there")

    worker.submit(fail)
    await worker.submit(lambda: None)
    gc.collect()  # asyncio complains of unseen failures when they are thrown away

    assert [record.levelname for record in caplog.records] == ["WARNING"]
    assert NAME in caplog.text
    assert "LookupError: not there" in caplog.text


async def test_a_closed_worker_has_done_all_its_calls_and_takes_no_more(
    gate: threading.Event,
) -> None:
    done: list[int] = []
    worker = Worker(NAME)
    worker.submit(gate.wait)
    worker.submit(lambda: done.append(1))
    asyncio.get_running_loop().call_soon(gate.set)
    await worker.close(30)

    assert done == [1]
    wait_for_threads()
    with pytest.raises(RuntimeError, match="closed"):
        worker.submit(lambda: None)
    await worker.close(30)


async def test_a_call_that_hangs_does_not_keep_a_worker_from_closing(
    gate: threading.Event, caplog: pytest.LogCaptureFixture
) -> None:
    worker = Worker(NAME)
    worker.submit(gate.wait)
    await worker.close(0.01)

    assert "has not finished" in caplog.text


def test_a_workers_loop_may_be_closed_meanwhile(gate: threading.Event) -> None:
    done: list[int] = []

    async def give_up() -> None:
        worker = Worker(NAME)
        worker.submit(gate.wait)
        worker.submit(lambda: done.append(1))
        await worker.close(0)

    asyncio.run(give_up())
    gate.set()
    wait_for_threads()

    assert done == [1]
