"""A log-off during a call."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine

import pytest
from PySide6.QtCore import Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMessageBox
from pytestqt.qtbot import QtBot

from callctrl.calls import Call, CallState
from callctrl.ui import leaving
from callctrl.ui.leaving import LogOff, reason_in_words
from callctrl.ui.nowlist import ShownCall

ANNA = ShownCall(Call("1", CallState.CONNECTED, number="5551234"), "Anna Meier", "555 1234")


class FakeManager:
    """Qt's, which nobody but Qt can make."""

    def __init__(self, *, lets_ask: bool = True) -> None:
        self._lets_ask = lets_ask
        self.is_cancelled = False

    def allowsInteraction(self) -> bool:  # noqa: N802
        return self._lets_ask

    def cancel(self) -> None:
        self.is_cancelled = True


class SpyGuard:
    def __init__(self) -> None:
        self.reasons: list[str] = []

    async def hold_up(self, reason: str) -> None:
        self.reasons.append(reason)


@pytest.fixture
def guard() -> SpyGuard:
    return SpyGuard()


@pytest.fixture
def log_off(qtbot: QtBot, guard: SpyGuard) -> LogOff:
    return LogOff(guard, at_once, system_asks=False)


def at_once(work: Coroutine[None, None, None]) -> None:
    asyncio.run(work)


def when_asked(act: Callable[[QMessageBox], object]) -> list[str]:
    """Act on the box when it is there; what it said."""
    said: list[str] = []

    def look() -> None:
        box = QApplication.activeModalWidget()
        if not isinstance(box, QMessageBox):
            QTimer.singleShot(10, look)
            return
        said.extend((box.text(), box.informativeText()))
        act(box)

    QTimer.singleShot(0, look)
    return said


def press(text: str) -> Callable[[QMessageBox], None]:
    def act(box: QMessageBox) -> None:
        (button,) = (it for it in box.buttons() if it.text().replace("&", "") == text)
        button.click()

    return act


def test_without_a_call_nobody_is_asked(log_off: LogOff) -> None:
    manager = FakeManager()
    log_off.asked(manager)
    assert not manager.is_cancelled


@pytest.mark.parametrize(("answer", "is_cancelled"), [("Log off", False), ("Stay", True)])
def test_during_a_call_the_person_decides(log_off: LogOff, answer: str, is_cancelled: bool) -> None:
    log_off.show_calls([ANNA])
    manager = FakeManager()
    said = when_asked(press(answer))
    log_off.asked(manager)
    assert said == [
        "You are on a call with Anna Meier. Log off anyway?",
        "The call goes on in the phone; Call Ctrl stops showing it.",
    ]
    assert manager.is_cancelled is is_cancelled


@pytest.mark.parametrize("key", [Qt.Key.Key_Return, Qt.Key.Key_Escape])
def test_a_key_pressed_without_a_look_stays(log_off: LogOff, key: Qt.Key) -> None:
    log_off.show_calls([ANNA])
    manager = FakeManager()
    when_asked(lambda box: QTest.keyClick(box, key))
    log_off.asked(manager)
    assert manager.is_cancelled


def test_a_call_that_ends_meanwhile_holds_up_nothing(log_off: LogOff) -> None:
    log_off.show_calls([ANNA])
    manager = FakeManager()
    when_asked(lambda _: log_off.show_calls([]))
    log_off.asked(manager)
    assert not manager.is_cancelled


def test_the_end_of_the_program_takes_the_question_back(log_off: LogOff) -> None:
    log_off.show_calls([ANNA])
    manager = FakeManager()
    were_open: list[bool] = []

    def stop(box: QMessageBox) -> None:
        asyncio.run(log_off.stop())
        were_open.append(box.isVisible())
        box.reject()

    when_asked(stop)
    log_off.asked(manager)
    assert were_open == [False]
    assert not manager.is_cancelled


def test_a_name_is_shown_as_it_is_and_not_as_markup(log_off: LogOff) -> None:
    log_off.show_calls([shown(CallState.CONNECTED, '<img src="//evil.example/a.png">')])
    formats: list[Qt.TextFormat] = []

    def look(box: QMessageBox) -> None:
        formats.append(box.textFormat())
        box.reject()

    said = when_asked(look)
    log_off.asked(FakeManager())
    assert '<img src="//evil.example/a.png">' in said[0]
    assert formats == [Qt.TextFormat.PlainText]


def test_nobody_there_stops_the_log_off_and_ends_the_waiting(
    log_off: LogOff, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(leaving, "_ANSWERED_WITHIN", 1)
    log_off.show_calls([ANNA])
    manager = FakeManager()
    log_off.asked(manager)
    assert manager.is_cancelled


async def test_calls_are_followed_while_the_box_is_open(qapp: QApplication) -> None:
    log_off = LogOff(None, at_once, system_asks=False)
    log_off.show_calls([ANNA])
    manager = FakeManager()
    answered = asyncio.Event()

    def ask() -> None:
        log_off.asked(manager)
        answered.set()

    async def hang_up() -> None:
        await asyncio.sleep(0.01)
        log_off.show_calls([])

    loop = asyncio.get_running_loop()
    when_asked(lambda _: loop.create_task(hang_up()))
    QTimer.singleShot(0, ask)
    async with asyncio.timeout(10):
        await answered.wait()
    assert not manager.is_cancelled


def test_where_nobody_may_be_asked_the_session_ends(log_off: LogOff) -> None:
    log_off.show_calls([ANNA])
    manager = FakeManager(lets_ask=False)
    log_off.asked(manager)
    assert not manager.is_cancelled


def test_where_the_system_asks_there_is_no_second_box(qtbot: QtBot, guard: SpyGuard) -> None:
    """Windows shows the reason when WM_QUERYENDSESSION is answered with no."""
    log_off = LogOff(guard, at_once, system_asks=True)
    log_off.show_calls([ANNA])
    manager = FakeManager(lets_ask=False)
    log_off.asked(manager)
    assert manager.is_cancelled


def test_the_desktop_is_told_why_beforehand_and_when_it_is_over(
    log_off: LogOff, guard: SpyGuard
) -> None:
    log_off.show_calls([ANNA])
    log_off.show_calls([ANNA])
    log_off.show_calls([])
    assert guard.reasons == ["You are on a call with Anna Meier.", ""]
    log_off.show_calls([ANNA])
    asyncio.run(log_off.stop())
    assert guard.reasons[-1] == ""


def shown(state: CallState, name: str = "", number: str = "") -> ShownCall:
    return ShownCall(Call(state.value, state), name, number)


@pytest.mark.parametrize(
    ("calls", "reason"),
    [
        ([], ""),
        ([shown(CallState.ENDED, "Bob")], ""),
        ([shown(CallState.RINGING, "", "214")], "214 is calling."),
        ([shown(CallState.RINGING)], "Unknown caller is calling."),
        ([shown(CallState.PROCEEDING, "Bob")], "You are calling Bob."),
        ([shown(CallState.DIALING)], "You are calling somebody."),
        ([shown(CallState.HELD, "Bob")], "You are on a call with Bob."),
        (
            [shown(CallState.HELD, "Bob"), shown(CallState.CONNECTED, "Anna")],
            "You are on a call with Anna.",
        ),
        (
            [shown(CallState.RINGING, "Carol"), shown(CallState.HELD, "Bob")],
            "You are on a call with Bob.",
        ),
    ],
)
def test_the_reason_names_whom_it_is_about(calls: list[ShownCall], reason: str) -> None:
    assert reason_in_words(calls) == reason
