"""What asyncio promises, on both loops; then what ours promises beside Qt.

No test here says how late a callback may be: the machine decides that.
"""

from __future__ import annotations

import asyncio
import contextvars
import gc
import os
import signal
import socket
import sys
import threading
import weakref
from collections.abc import AsyncIterator, Callable, Iterator

import pytest
from PySide6.QtCore import QEventLoop, QTimer
from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import QApplication, QMessageBox, QWidget
from pytestqt.qtbot import QtBot

from callctrl.ui import eventloop
from callctrl.ui.eventloop import CallLoop

NEVER_HERE = 3600.0
"""A deadline no test lives to see."""

on_unix = pytest.mark.skipif(sys.platform == "win32", reason="the selector loop cannot do it there")

number: contextvars.ContextVar[int] = contextvars.ContextVar("number", default=0)


class Mailbox(asyncio.DatagramProtocol):
    """A fake peer that keeps what it is sent."""

    def __init__(self) -> None:
        self.received: asyncio.Queue[bytes] = asyncio.Queue()
        self.errors: asyncio.Queue[Exception] = asyncio.Queue()

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        self.received.put_nowait(data)

    def error_received(self, exc: Exception) -> None:
        self.errors.put_nowait(exc)


async def turns(count: int) -> None:
    for _ in range(count):
        await asyncio.sleep(0)


# Timers, on both loops


async def test_timers_run_in_the_order_of_their_deadlines_and_never_early() -> None:
    loop = asyncio.get_running_loop()
    if sys.platform == "win32" and not isinstance(loop, CallLoop):
        pytest.skip("asyncio's own is early there, by a tick of the clock")
    ran: list[tuple[float, float]] = []
    start = loop.time()
    deadlines = [start + 0.0013 * step for step in range(60)]
    done = loop.create_future()

    def note(when: float) -> None:
        ran.append((when, loop.time()))
        if len(ran) == len(deadlines):
            done.set_result(None)

    for step in range(60):
        when = deadlines[step * 37 % 60]  # each once, in no order
        loop.call_at(when, note, when)
    await done
    assert [when for when, _ in ran] == deadlines
    early = [when - at for when, at in ran if at < when]
    assert max(early, default=0.0) < 1e-9  # the loop's resolution


async def test_sleep_is_never_short() -> None:
    loop = asyncio.get_running_loop()
    for _ in range(20):
        start = loop.time()
        await asyncio.sleep(0.0037)
        assert loop.time() >= start + 0.0037


async def test_call_later_tells_its_deadline() -> None:
    loop = asyncio.get_running_loop()
    before = loop.time()
    handle = loop.call_later(30, print)
    assert isinstance(handle, asyncio.TimerHandle)
    assert before + 30 <= handle.when() <= loop.time() + 30
    handle.cancel()


async def test_a_cancelled_timer_does_not_run() -> None:
    loop = asyncio.get_running_loop()
    ran: list[str] = []
    loop.call_later(0.001, ran.append, "cancelled").cancel()
    late = loop.call_later(0.002, ran.append, "cancelled by a timer")
    loop.call_later(0.001, late.cancel)
    loop.call_later(0.003, ran.append, "kept")
    await asyncio.sleep(0.004)
    assert ran == ["kept"]


async def test_cancelled_timers_are_forgotten_long_before_their_deadline() -> None:
    loop = asyncio.get_running_loop()
    handles = [loop.call_later(NEVER_HERE, print) for _ in range(1000)]
    remembered = [weakref.ref(handle) for handle in handles]
    while handles:
        handles.pop().cancel()
    await turns(2)
    assert not any(handle() for handle in remembered)


async def test_a_timer_may_be_30_days_away() -> None:
    loop = asyncio.get_running_loop()
    ran: list[str] = []
    handle = loop.call_later(30 * 86400, ran.append, "at once")
    await asyncio.sleep(0.002)
    assert ran == []
    handle.cancel()


# Order, on both loops


async def test_a_burst_runs_first_in_first_out() -> None:
    loop = asyncio.get_running_loop()
    ran: list[int] = []
    for each in range(50_000):
        loop.call_soon(ran.append, each)
    done = loop.create_future()
    loop.call_soon(done.set_result, None)
    await done
    assert ran == list(range(50_000))


async def test_timers_that_are_due_queue_up_behind_what_waits_already() -> None:
    loop = asyncio.get_running_loop()
    ran: list[str] = []

    def first_timer() -> None:
        ran.append("first timer")
        loop.call_soon(ran.append, "begun by the first timer")

    now = loop.time()
    loop.call_at(now - 1, ran.append, "second timer")
    loop.call_at(now - 2, first_timer)
    loop.call_soon(ran.append, "first")
    loop.call_soon(ran.append, "second")
    await turns(3)
    assert ran == ["first", "second", "first timer", "second timer", "begun by the first timer"]


async def test_a_cancelled_callback_does_not_run() -> None:
    ran: list[str] = []
    asyncio.get_running_loop().call_soon(ran.append, "cancelled").cancel()
    await turns(2)
    assert ran == []


async def test_callbacks_keep_their_context() -> None:
    loop = asyncio.get_running_loop()
    seen: list[int] = []
    context = contextvars.copy_context()
    context.run(number.set, 7)
    loop.call_soon(lambda: seen.append(number.get()), context=context)
    loop.call_later(0, lambda: seen.append(number.get()), context=context)
    await asyncio.sleep(0.001)
    assert seen == [7, 7]
    assert number.get() == 0


# Threads and signals, on both loops


async def test_other_threads_queue_callbacks_in_order_and_with_context() -> None:
    loop = asyncio.get_running_loop()
    seen: list[tuple[int, int]] = []
    context = contextvars.copy_context()
    context.run(number.set, 7)

    def note(each: int) -> None:
        seen.append((each, number.get()))

    def elsewhere() -> list[asyncio.Handle]:
        return [loop.call_soon_threadsafe(note, n, context=context) for n in range(100)]

    handles = await asyncio.to_thread(elsewhere)
    assert all(isinstance(handle, asyncio.Handle) for handle in handles)
    assert seen == [(n, 7) for n in range(100)]


async def test_a_callback_queued_from_another_thread_can_be_cancelled() -> None:
    loop = asyncio.get_running_loop()
    ran: list[str] = []

    def elsewhere() -> None:
        loop.call_soon_threadsafe(ran.append, "cancelled").cancel()

    thread = threading.Thread(target=elsewhere)
    thread.start()
    thread.join()
    await asyncio.sleep(0.001)
    assert ran == []


async def test_an_idle_loop_wakes_up_for_another_thread() -> None:
    loop = asyncio.get_running_loop()
    woken = asyncio.Event()
    thread = threading.Timer(0.01, loop.call_soon_threadsafe, [woken.set])
    thread.start()
    await woken.wait()
    thread.join()


async def test_the_default_executor_returns_results_and_raises_errors() -> None:
    loop = asyncio.get_running_loop()
    assert await loop.run_in_executor(None, sum, (1, 2, 3)) == 6
    with pytest.raises(ZeroDivisionError):
        await loop.run_in_executor(None, lambda: 1 / 0)


async def test_names_are_looked_up() -> None:
    found = await asyncio.get_running_loop().getaddrinfo(
        "localhost", 5060, family=socket.AF_INET, type=socket.SOCK_DGRAM
    )
    assert ("127.0.0.1", 5060) in [address for *_, address in found]


@on_unix
async def test_signals_are_handled_in_the_loop() -> None:
    loop = asyncio.get_running_loop()
    arrived = asyncio.Event()
    loop.add_signal_handler(signal.SIGUSR1, arrived.set)
    thread = threading.Timer(0.01, os.kill, [os.getpid(), signal.SIGUSR1])
    thread.start()
    await arrived.wait()
    thread.join()
    assert loop.remove_signal_handler(signal.SIGUSR1)


# Sockets, on both loops


async def test_datagrams_come_and_go() -> None:
    loop = asyncio.get_running_loop()
    server, mailbox = await loop.create_datagram_endpoint(Mailbox, local_addr=("127.0.0.1", 0))
    client, _ = await loop.create_datagram_endpoint(
        Mailbox, remote_addr=server.get_extra_info("sockname")
    )
    for n in range(50):
        client.sendto(b"%d" % n)
    assert [await mailbox.received.get() for _ in range(50)] == [b"%d" % n for n in range(50)]
    client.close()
    server.close()


@on_unix
async def test_a_peer_that_was_away_is_heard_again() -> None:
    loop = asyncio.get_running_loop()
    with socket.socket(type=socket.SOCK_DGRAM) as taken:
        taken.bind(("127.0.0.1", 0))
        address = taken.getsockname()
    ours, mailbox = await loop.create_datagram_endpoint(Mailbox, remote_addr=address)
    ours.sendto(b"anybody there?")
    assert isinstance(await mailbox.errors.get(), ConnectionRefusedError)
    with socket.socket(type=socket.SOCK_DGRAM) as phone:
        phone.bind(address)
        phone.sendto(b"rebooted", ours.get_extra_info("sockname"))
        assert await mailbox.received.get() == b"rebooted"
    ours.close()


async def test_streams_come_and_go() -> None:
    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(await reader.read())
        writer.close()
        await writer.wait_closed()

    async with await asyncio.start_server(echo, "127.0.0.1", 0) as server:
        reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
        writer.write(b"0123456789" * 100_000)  # more than the socket takes at once
        writer.write_eof()
        assert await reader.read() == b"0123456789" * 100_000
        writer.close()
        await writer.wait_closed()


async def test_readers_are_called_until_they_are_removed() -> None:
    loop = asyncio.get_running_loop()
    received: asyncio.Queue[bytes] = asyncio.Queue()
    ours, theirs = socket.socketpair()
    with ours, theirs:
        loop.add_reader(ours, lambda: received.put_nowait(ours.recv(1)))
        theirs.send(b"ab")
        assert [await received.get(), await received.get()] == [b"a", b"b"]
        assert loop.remove_reader(ours)
        theirs.send(b"c")
        await asyncio.sleep(0.005)
        assert received.empty()
        assert not loop.remove_reader(ours)


# Tasks and errors, on both loops


async def test_a_task_group_ends_when_its_tasks_have() -> None:
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(asyncio.sleep(0.001 * each, each)) for each in (3, 1, 2)]
    assert [task.result() for task in tasks] == [3, 1, 2]


async def test_a_failing_task_takes_its_group_along() -> None:
    async def fail() -> None:
        raise LookupError

    tasks: list[asyncio.Task[None]] = []

    async def run_both() -> None:
        async with asyncio.TaskGroup() as group:
            tasks.append(group.create_task(asyncio.sleep(NEVER_HERE)))
            tasks.append(group.create_task(fail()))

    with pytest.raises(ExceptionGroup) as caught:
        await run_both()
    assert caught.group_contains(LookupError)
    assert tasks[0].cancelled()


async def test_a_timeout_ends_what_takes_too_long_and_only_that() -> None:
    async with asyncio.timeout(NEVER_HERE):
        await asyncio.sleep(0.001)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.001):
            await asyncio.sleep(NEVER_HERE)


@pytest.mark.parametrize("schedule", ["call_soon", "call_later", "call_soon_threadsafe"])
async def test_errors_in_callbacks_reach_the_exception_handler(schedule: str) -> None:
    loop = asyncio.get_running_loop()
    told: list[BaseException | None] = []

    def handler(loop: asyncio.AbstractEventLoop, context: dict[str, object]) -> None:
        error = context.get("exception")
        told.append(error if isinstance(error, BaseException) else None)

    loop.set_exception_handler(handler)
    assert loop.get_exception_handler() is handler
    error = LookupError()

    def fail() -> None:
        raise error

    ran: list[str] = []
    if schedule == "call_later":
        loop.call_later(0.001, fail)
    else:
        getattr(loop, schedule)(fail)
    loop.call_later(0.001, ran.append, "what came after")
    await asyncio.sleep(0.002)
    assert told == [error]
    assert ran == ["what came after"]


async def test_an_async_generator_left_early_is_finished_by_the_loop() -> None:
    ended = asyncio.Event()

    async def numbers() -> AsyncIterator[int]:
        try:
            yield 1
            yield 2
        finally:
            await asyncio.sleep(0)
            ended.set()

    async for _ in numbers():
        break
    gc.collect()
    await ended.wait()


# Beside Qt


async def test_qtbot_tests_run_on_our_loop(qtbot: QtBot) -> None:
    assert isinstance(asyncio.get_running_loop(), CallLoop)


async def test_a_long_wait_is_made_of_several(
    qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(eventloop, "_LONGEST_WAIT", 0.002)
    await test_sleep_is_never_short()
    await test_timers_run_in_the_order_of_their_deadlines_and_never_early()


async def test_widgets_are_painted_during_an_endless_sleep_0_loop(qtbot: QtBot) -> None:
    painted = asyncio.get_running_loop().create_future()

    class Canvas(QWidget):
        left = 20

        def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 — Qt's name
            self.left -= 1
            if self.left > 0:
                self.update()
            elif not painted.done():
                painted.set_result(None)

    spinning = asyncio.create_task(turns(sys.maxsize))
    canvas = Canvas()
    qtbot.addWidget(canvas)
    canvas.show()
    await painted
    assert spinning.cancel()


@pytest.mark.qt_log_ignore("propagateSizeHints")  # the offscreen screen cannot do it
async def test_tasks_go_on_while_a_box_is_open(qtbot: QtBot) -> None:
    box = QMessageBox(QMessageBox.Icon.Critical, "Call Ctrl", "403 Forbidden")
    qtbot.addWidget(box)
    closed = asyncio.get_running_loop().create_future()
    box.finished.connect(closed.set_result)
    box.open()
    for _ in range(5):
        await asyncio.sleep(0.002)
    assert box.isVisible()
    assert not closed.done()
    box.button(QMessageBox.StandardButton.Ok).click()
    assert await closed == QMessageBox.StandardButton.Ok


async def test_tasks_go_on_while_a_slot_runs_a_nested_loop(qtbot: QtBot) -> None:
    nested = QEventLoop()
    entered = asyncio.Event()
    left = asyncio.Event()

    def slot() -> None:
        entered.set()
        nested.exec()
        left.set()

    QTimer.singleShot(0, slot)
    await entered.wait()
    await asyncio.sleep(0.002)
    assert nested.isRunning()
    nested.quit()
    await left.wait()


async def test_a_nested_loop_in_a_task_holds_the_others_up_but_breaks_none(qtbot: QtBot) -> None:
    count = 0

    async def tick() -> None:
        nonlocal count
        while True:
            count += 1
            await asyncio.sleep(0)

    ticking = asyncio.create_task(tick())
    await turns(3)
    nested = QEventLoop()
    QTimer.singleShot(10, nested.quit)
    before = count
    nested.exec()
    assert count == before
    await turns(3)
    assert count > before
    assert ticking.cancel()


async def test_a_socket_that_becomes_readable_below_a_turn_is_read_after_it(qtbot: QtBot) -> None:
    loop = asyncio.get_running_loop()
    near, far = socket.socketpair()
    with near, far:
        read: list[bytes] = []
        loop.add_reader(near, lambda: read.append(near.recv(10)))
        far.send(b"hello")
        nested = QEventLoop()
        QTimer.singleShot(10, nested.quit)
        nested.exec()
        assert not read
        await turns(3)
        assert read == [b"hello"]
        loop.remove_reader(near)


async def test_a_reader_removed_in_the_turn_it_waits_for_is_not_called(qtbot: QtBot) -> None:
    loop = asyncio.get_running_loop()
    near, far = socket.socketpair()
    with near, far:
        loop.add_reader(near, lambda: pytest.fail("it was removed"))
        far.send(b"hello")
        loop.call_soon(loop.remove_reader, near)
        await turns(3)


async def test_a_click_may_start_a_task(qtbot: QtBot) -> None:
    ran = asyncio.Event()
    tasks: list[asyncio.Task[None]] = []

    async def work() -> None:
        await asyncio.sleep(0.001)
        ran.set()

    QTimer.singleShot(0, lambda: tasks.append(asyncio.ensure_future(work())))
    await ran.wait()
    await tasks[0]


async def test_a_waiting_loop_takes_no_turns(qtbot: QtBot) -> None:
    loop = asyncio.get_running_loop()
    assert isinstance(loop, CallLoop)
    taken: list[None] = []
    loop._alarm.timeout.connect(lambda: taken.append(None))
    await asyncio.sleep(0.05)
    assert len(taken) < 5


# Starting, stopping and closing our loop


@pytest.fixture
def loop(qapp: QApplication) -> Iterator[CallLoop]:
    """Our loop at rest, for a test that runs it by itself."""
    qapp.setQuitOnLastWindowClosed(False)
    loop = CallLoop(qapp)
    yield loop
    loop.close()


def test_the_alarm_is_off_once_the_last_timer_is_cancelled(loop: CallLoop) -> None:
    timer = loop.call_later(NEVER_HERE, print)
    loop.run_until_complete(turns(1))
    assert loop._alarm.isActive()
    timer.cancel()
    loop.run_until_complete(turns(1))
    assert not loop._alarm.isActive()


def test_the_alarm_moves_on_when_the_first_timer_is_cancelled(loop: CallLoop) -> None:
    first = loop.call_later(NEVER_HERE, print)
    loop.call_later(3 * NEVER_HERE, print)
    loop.run_until_complete(turns(1))
    assert loop._alarm.remainingTime() <= NEVER_HERE * 1000
    first.cancel()
    loop.run_until_complete(turns(1))
    assert loop._alarm.remainingTime() > 2 * NEVER_HERE * 1000


def test_nothing_runs_while_the_loop_is_at_rest(loop: CallLoop, qapp: QApplication) -> None:
    ran: list[str] = []
    loop.call_soon(ran.append, "soon")
    loop.call_soon_threadsafe(ran.append, "from a thread")
    qapp.processEvents()
    assert ran == []
    loop.run_until_complete(turns(1))
    assert ran == ["soon", "from a thread"]


def test_a_loop_stopped_before_it_began_takes_one_turn(loop: CallLoop) -> None:
    ran: list[str] = []
    loop.call_soon(ran.append, "first turn")
    loop.call_soon(lambda: loop.call_soon(ran.append, "second turn"))
    loop.stop()
    loop.run_forever()
    assert ran == ["first turn"]


def test_a_stop_lets_the_turn_end(loop: CallLoop) -> None:
    ran: list[str] = []
    loop.call_soon(loop.stop)
    loop.call_soon(ran.append, "same turn")
    loop.call_soon(lambda: loop.call_soon(ran.append, "next turn"))
    loop.run_forever()
    assert ran == ["same turn"]
    loop.call_soon(loop.stop)
    loop.run_forever()
    assert ran == ["same turn", "next turn"]


def test_qt_quitting_under_the_loop_is_an_error(qapp: QApplication) -> None:
    with asyncio.Runner(loop_factory=lambda: CallLoop(qapp)) as runner:
        runner.get_loop().call_later(0.001, qapp.quit)
        with pytest.raises(RuntimeError, match="stopped before Future completed"):
            runner.run(asyncio.sleep(NEVER_HERE))


@pytest.fixture(name="ctrl_c_counts")
def ctrl_c_is_heard() -> Iterator[None]:
    """A shell starts what runs in its background with Ctrl-C ignored."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@on_unix
@pytest.mark.usefixtures("ctrl_c_counts")
def test_an_idle_loop_wakes_up_for_ctrl_c(qapp: QApplication) -> None:
    thread = threading.Timer(0.02, os.kill, [os.getpid(), signal.SIGINT])
    with asyncio.Runner(loop_factory=lambda: CallLoop(qapp)) as runner:
        runner.get_loop().call_soon(thread.start)
        with pytest.raises(KeyboardInterrupt):
            runner.run(asyncio.sleep(NEVER_HERE))
    thread.join()


def raise_interrupt() -> None:
    raise KeyboardInterrupt


@pytest.mark.parametrize(
    ("leave", "error"), [(sys.exit, SystemExit), (raise_interrupt, KeyboardInterrupt)]
)
@pytest.mark.parametrize("in_task", [True, False])
def test_leaving_the_program_leaves_the_loop_in_good_order(
    qapp: QApplication, leave: Callable[[], None], error: type[BaseException], in_task: bool
) -> None:
    done: list[str] = []

    async def background() -> None:
        try:
            await asyncio.sleep(NEVER_HERE)
        finally:
            await asyncio.sleep(0.001)
            done.append("unregistered")

    async def main() -> None:
        task = asyncio.create_task(background())
        await asyncio.sleep(0)
        if in_task:
            leave()
        asyncio.get_running_loop().call_soon(leave)
        await task

    with (
        pytest.raises(error),
        asyncio.Runner(loop_factory=lambda: CallLoop(qapp)) as runner,
    ):
        runner.run(main())
    assert done == ["unregistered"]


def test_a_closed_loop_takes_no_more(loop: CallLoop) -> None:
    ran: list[str] = []
    loop.call_soon(ran.append, "too late")
    timer = loop.call_later(NEVER_HERE, print)
    loop.close()
    loop.close()
    timer.cancel()
    assert loop.is_closed()
    assert not loop._alarm.isActive()
    for refused in (
        lambda: loop.call_soon(print),
        lambda: loop.call_later(1, print),
        lambda: loop.call_soon_threadsafe(print),
        lambda: loop.run_in_executor(None, print),
        lambda: loop.run_forever(),
    ):
        with pytest.raises(RuntimeError, match="Event loop is closed"):
            refused()
    assert ran == []


def test_a_running_loop_cannot_be_closed_or_run_again(loop: CallLoop) -> None:
    async def main() -> None:
        with pytest.raises(RuntimeError, match="running"):
            loop.close()
        with pytest.raises(RuntimeError, match="running"):
            loop.run_forever()
        await asyncio.sleep(0)

    loop.run_until_complete(main())


def test_a_thread_that_computes_lets_the_loop_in_soon(loop: CallLoop) -> None:
    assert not loop.is_closed()
    assert sys.getswitchinterval() == pytest.approx(0.001)


def test_a_closed_loop_is_freed(qapp: QApplication) -> None:
    loop = CallLoop(qapp)
    loop.run_until_complete(asyncio.sleep(0.001))
    loop.close()
    gone = weakref.ref(loop)
    del loop
    gc.collect()
    assert gone() is None


def test_garbage_of_a_thread_is_collected_by_the_loop(loop: CallLoop) -> None:
    """In another thread what Qt's objects are connected to may never come off."""
    gone_in: set[int] = set()

    class Knot:
        def __init__(self) -> None:
            self.itself = self

        def __del__(self) -> None:
            gone_in.add(threading.get_ident())

    def litter() -> None:
        for _ in range(10 * gc.get_threshold()[0]):
            Knot()

    async def main() -> None:
        await loop.run_in_executor(None, litter)
        await turns(3)

    was_enabled = gc.isenabled()
    loop.run_until_complete(main())
    assert gone_in == {threading.get_ident()}
    assert gc.isenabled() is was_enabled
