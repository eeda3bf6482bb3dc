"""asyncio on Qt's event loop, with exact timers and fair turns.

qasync lends its socket notifiers. Its scheduling is not used: qasync 0.28 starts one coarse Qt
timer per callback, and those fire up to 5 % early and out of order, reach no further than 24 days
and stay armed when cancelled. Here asyncio's own queue and heap decide what runs, in asyncio's own
turns, and Qt only says when a turn begins:

    call_soon, call_at, cancel  ->  one precise QTimer  ->  a turn
    a socket can be read        ->  Qt's notifier       ->  a turn
    another thread, a signal    ->  asyncio's self-pipe, which is a socket

A turn runs what was queued when it began and no more, so Qt gets to paint in between. Garbage is
collected between turns, in this thread, as Qt's objects must not be let go of in another.
"""

from __future__ import annotations

import asyncio
import gc
import math
import signal
import sys
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import Context
from typing import Any, TypeVarTuple

from PySide6.QtCore import QSocketNotifier, Qt, QTimer
from PySide6.QtWidgets import QApplication
from qasync import QSelectorEventLoop  # takes the Qt binding that was imported before it

__all__ = ["CallLoop"]

_Ts = TypeVarTuple("_Ts")

_THREADS = 4
"""Enough for name look-ups and files; each starts when it is first needed."""
_THREADS_TURN = 0.001
"""Seconds a thread that computes keeps the interpreter while the loop waits for it. A turn has to
get it several times over; with Python's own 5 ms that adds up to more than a frame."""
_LONGEST_WAIT = 24 * 3600.0
"""Qt counts milliseconds in 32 bits: a later deadline is waited for a day at a time."""
_ALL_LOOKED_THROUGH_EVERY = 60.0
"""Seconds between two collections of all garbage, which take as long as there are objects."""
_AT_ONCE = 0.0
_NEVER = math.inf


class CallLoop(QSelectorEventLoop):  # type: ignore[misc]  # qasync has no types
    """The program's only event loop: drives Qt and asyncio in one thread, that of `app`.

    Timers never run before their deadline, and run in its order. Qt must not quit by itself
    (`setQuitOnLastWindowClosed(False)`), or `run_until_complete` raises RuntimeError. A nested
    `exec()` begun in a callback or task holds up all the others until it ends.

    Work for the default executor is to be short, as leaving `asyncio.run` waits for it.
    """

    # On Windows `qasync.QEventLoop` is another class, on a proactor: it polls from a thread every
    # 10 ms, and its UDP goes deaf in some Pythons when a rebooting phone answers "port
    # unreachable". `QSelectorEventLoop` uses Qt's socket notifiers everywhere; on the other
    # systems the two are the same. Tried under wine, not on Windows.

    _ready: deque[asyncio.Handle]
    _scheduled: list[asyncio.TimerHandle]
    _stopping: bool

    # qasync overrides these to go with its timers and threads; asyncio's go with the queue, the
    # heap and the self-pipe, clean up after `sys.exit()`, and finish async generators.
    run_forever = asyncio.BaseEventLoop.run_forever
    run_until_complete = asyncio.BaseEventLoop.run_until_complete
    is_running = asyncio.BaseEventLoop.is_running
    call_later = asyncio.BaseEventLoop.call_later
    call_soon_threadsafe = asyncio.BaseEventLoop.call_soon_threadsafe
    run_in_executor = asyncio.BaseEventLoop.run_in_executor
    set_default_executor = asyncio.BaseEventLoop.set_default_executor
    set_exception_handler = asyncio.BaseEventLoop.set_exception_handler
    default_exception_handler = asyncio.BaseEventLoop.default_exception_handler
    call_exception_handler = asyncio.BaseEventLoop.call_exception_handler

    def __init__(self, app: QApplication) -> None:
        self._app = app
        self._in_turn = False
        self._leaving: BaseException | None = None
        self._armed_for = _NEVER
        self._look_through_all_at = 0.0
        self._alarm = QTimer()
        self._alarm.setSingleShot(True)
        self._alarm.setTimerType(Qt.TimerType.PreciseTimer)
        self._alarm.timeout.connect(self._alarm_rings)
        super().__init__(app)
        # A turn asks the selector what is ready; the notifiers have queued that already.
        self._selector.select = lambda timeout=None: ()
        # asyncio takes a timer as due one tick of the clock early: up to 16 ms on Windows.
        self._clock_resolution = 1e-9
        sys.setswitchinterval(_THREADS_TURN)
        self.set_default_executor(ThreadPoolExecutor(_THREADS, thread_name_prefix="callctrl"))

    def call_soon(
        self, callback: Callable[[*_Ts], object], *args: *_Ts, context: Context | None = None
    ) -> asyncio.Handle:
        """Run the callback in the next turn, behind those already queued."""
        handle = asyncio.BaseEventLoop.call_soon(self, callback, *args, context=context)
        self._arm()
        return handle

    def call_at(
        self,
        when: float,
        callback: Callable[[*_Ts], object],
        *args: *_Ts,
        context: Context | None = None,
    ) -> asyncio.TimerHandle:
        """Run the callback once `time()` has reached `when`, however far away that is."""
        handle = asyncio.BaseEventLoop.call_at(self, when, callback, *args, context=context)
        self._arm()
        return handle

    def stop(self) -> None:
        """Let `run_forever` return when the current turn is over."""
        asyncio.BaseEventLoop.stop(self)
        self._app.exit()

    def close(self) -> None:
        """Forget what is still queued and let go of sockets and threads."""
        super().close()
        self._arm()

    # Sockets: qasync queues a callback and Qt then calls for a turn, which costs four times what
    # the kernel takes to pass a datagram on. Whoever waits for one gets the turn at once.

    def _add_reader(self, fd: Any, callback: Callable[..., object], *args: object) -> None:
        self._remove_reader(fd)
        notifier = QSocketNotifier(
            fd if isinstance(fd, int) else fd.fileno(), QSocketNotifier.Type.Read
        )

        def read() -> None:
            if self._read_notifiers.get(fd) is notifier:  # not removed meanwhile
                callback(*args)

        handle = asyncio.Handle(read, (), self)
        notifier.activated["int"].connect(  # type: ignore[index]  # one of its overloads
            lambda: self._can_read(notifier, handle)
        )
        self._read_notifiers[fd] = notifier

    def _can_read(self, notifier: QSocketNotifier, handle: asyncio.Handle) -> None:
        if self._can_turn:
            self._turn(handle)
        else:  # Qt would tell it again and again
            notifier.setEnabled(False)
            self.call_soon(notifier.setEnabled, True)

    # What asyncio calls by itself

    def _add_callback(self, handle: asyncio.Handle) -> None:
        self._ready.append(handle)
        self._arm()

    def _timer_handle_cancelled(self, handle: asyncio.TimerHandle) -> None:
        super()._timer_handle_cancelled(handle)
        self._arm()

    def _run_once(self) -> None:
        """All that asyncio's `run_forever` does until `stop()`: Qt runs, and calls for turns."""
        if self._stopping:
            super()._run_once()  # stopped before it began: asyncio takes one turn even so
        else:
            self._arm()
            # Qt sleeps through signals. This wakes it, so that Python gets to handle Ctrl-C.
            woken_before = signal.set_wakeup_fd(self._csock.fileno(), warn_on_full_buffer=False)
            with _garbage_left_to_turns():
                self._app.exec()
            signal.set_wakeup_fd(woken_before)
            self._stopping = True  # also where somebody told Qt to quit
        leaving, self._leaving = self._leaving, None
        if leaving is not None:
            raise leaving

    # Turns

    @property
    def _can_turn(self) -> bool:
        """False while Qt goes on by itself for a moment, or was asked to process events."""
        return self.is_running() and not (self._stopping or self._in_turn)

    def _alarm_rings(self) -> None:
        self._armed_for = _NEVER
        if self._can_turn:
            self._turn()

    def _turn(self, first: asyncio.Handle | None = None) -> None:
        self._in_turn = True
        try:
            if first is not None:
                first._run()
            if first is None or self._ready:
                super()._run_once()
        except (SystemExit, KeyboardInterrupt) as leaving:
            # Raised from here, into Qt, the first would end the process on the spot, with the
            # phone still registered, and the second would get lost.
            self._leaving = leaving
            self.stop()
        finally:
            self._in_turn = False
            self._arm()
            self._collect_garbage()

    def _collect_garbage(self) -> None:
        """What the collector would do by itself, but for looking through all there is each time.

        It has a measure for that which cannot be asked for; here it is time.
        """
        counts, limits = gc.get_count(), gc.get_threshold()
        if counts[0] <= limits[0]:
            return
        generation = 1 if counts[1] > limits[1] else 0
        if counts[2] > limits[2] and self.time() >= self._look_through_all_at:
            generation = 2
            self._look_through_all_at = self.time() + _ALL_LOOKED_THROUGH_EVERY
        gc.collect(generation)

    def _arm(self) -> None:
        """Set the alarm for the next turn, unless one is running: that will do it at its end."""
        if self._in_turn:
            return
        due = self._next_turn_at()
        if due == self._armed_for:
            return
        self._armed_for = due
        if due == _NEVER:
            self._alarm.stop()
        else:
            wait = min(max(0.0, due - self.time()), _LONGEST_WAIT)
            self._alarm.start(math.ceil(wait * 1000))

    def _next_turn_at(self) -> float:
        if self._ready:
            return _AT_ONCE
        if not self._scheduled:
            return _NEVER
        first = self._scheduled[0]
        # Cancelled timers are dropped in a turn; only then is the next deadline known.
        return _AT_ONCE if first.cancelled() else first.when()


@contextmanager
def _garbage_left_to_turns() -> Iterator[None]:
    """Have garbage collected between turns, and not wherever a thread happens to fill the measure.

    PySide takes a signal's slots away when their object goes, under a mutex of Qt's. In another
    thread it waits there for the interpreter, while this one, connecting a signal, has that and
    waits for the mutex: both for ever. That was seen.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()
