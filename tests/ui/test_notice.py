"""The strip that says what happened."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit, QPushButton, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from callctrl.ui.notice import Notice
from callctrl.ui.parts import Tone


@pytest.fixture
def notice(qtbot: QtBot) -> Notice:
    it = Notice()
    qtbot.addWidget(it)
    return it


def shown(notice: Notice) -> list[str]:
    return [each.text() for each in notice.findChildren(QPushButton) if not each.isHidden()]


def test_what_can_be_taken_back_offers_it(qtbot: QtBot, notice: Notice) -> None:
    notice.tell("Anna Lee deleted.", can_undo=True)
    assert (notice.text(), shown(notice)) == ("Anna Lee deleted.", ["Undo"])
    (undo,) = (each for each in notice.findChildren(QPushButton) if each.text() == "Undo")
    with qtbot.waitSignal(notice.undo_wanted):
        QTest.mouseClick(undo, Qt.MouseButton.LeftButton)


def test_trouble_stays_until_it_is_closed(notice: Notice) -> None:
    notice.tell("The call was not held.", is_trouble=True)
    assert notice.tone is Tone.BAD
    assert shown(notice) == ["Close"]
    (close,) = (each for each in notice.findChildren(QPushButton) if each.text() == "Close")
    QTest.mouseClick(close, Qt.MouseButton.LeftButton)
    assert notice.isHidden()


def test_a_number_that_is_offered_can_be_called(qtbot: QtBot, notice: Notice) -> None:
    notice.tell("Ana is free now.", call="231")
    assert (shown(notice), notice._timer.isActive()) == (["Call", "Close"], False)
    (button,) = (each for each in notice.findChildren(QPushButton) if each.text() == "Call")
    with qtbot.waitSignal(notice.call_wanted) as called:
        QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    assert (called.args, notice.isHidden()) == (["231"], True)
    notice.tell("Taken back.")
    assert shown(notice) == ["Close"]


def test_what_stays_is_no_trouble(notice: Notice) -> None:
    notice.tell("Your phone rings.", stays=True)
    assert (notice.tone, notice._timer.isActive()) == (Tone.ACCENT, False)
    notice.tell("Taken back.")
    assert notice._timer.isActive()


@pytest.mark.parametrize("can_undo", [True, False])
def test_a_click_leaves_the_caret_where_it_is(qtbot: QtBot, can_undo: bool) -> None:
    window, field, notice = QWidget(), QLineEdit(), Notice()
    qtbot.addWidget(window)
    layout = QVBoxLayout(window)
    layout.addWidget(field)
    layout.addWidget(notice)
    notice.tell("Anna Lee deleted.", can_undo=can_undo)
    window.show()
    field.setFocus()
    (button,) = (each for each in notice.findChildren(QPushButton) if each.isVisible())
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    assert window.focusWidget() is field


@pytest.mark.parametrize("said_next", ["", "Taken back."])
def test_a_button_that_goes_lets_go_of_the_caret(
    qtbot: QtBot, notice: Notice, said_next: str
) -> None:
    notice.tell("Anna Lee deleted.", can_undo=True)
    (undo,) = (each for each in notice.findChildren(QPushButton) if each.isVisible())
    undo.setFocus()
    with qtbot.waitSignal(notice.caret_freed):
        notice.tell(said_next) if said_next else notice.hide()


def test_it_is_said_to_a_screen_reader(notice: Notice, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[str] = []
    monkeypatch.setattr("callctrl.ui.notice.announce", lambda _, text: told.append(text))
    notice.tell("Taken back.")
    assert told == ["Taken back."]


def test_everything_has_a_name(notice: Notice, unnamed: Callable[[QWidget], list[str]]) -> None:
    notice.tell("Anna Lee deleted.", can_undo=True)
    assert unnamed(notice) == []
