"""The one field: what it keeps for itself and what it leaves to the list below it."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtTest import QSignalSpy, QTest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from callctrl.ui.field import SearchField

Key = Qt.Key


@pytest.fixture
def field(qtbot: QtBot) -> SearchField:
    it = SearchField()
    qtbot.addWidget(it)
    it.show()
    return it


@pytest.mark.parametrize(
    ("key", "by"),
    [(Key.Key_Up, -1), (Key.Key_Down, 1), (Key.Key_PageUp, -8), (Key.Key_PageDown, 8)],
)
def test_arrows_move_through_the_list_while_the_caret_stays(
    field: SearchField, key: Qt.Key, by: int
) -> None:
    field.setText("an")
    spy = QSignalSpy(field.stepped)
    QTest.keyClick(field, key)
    assert [spy.at(each)[0] for each in range(spy.count())] == [by]
    QTest.keyClicks(field, "n")
    assert field.text() == "ann"


def test_up_in_the_empty_field_offers_the_numbers_called_before(field: SearchField) -> None:
    redial, stepped = QSignalSpy(field.redial_wanted), QSignalSpy(field.stepped)
    QTest.keyClick(field, Key.Key_Up)
    assert (redial.count(), stepped.count()) == (1, 0)


def test_right_behind_the_last_letter_offers_the_numbers(field: SearchField) -> None:
    field.setText("an")
    spy = QSignalSpy(field.numbers_wanted)
    field.setCursorPosition(1)
    QTest.keyClick(field, Key.Key_Right)
    assert (spy.count(), field.cursorPosition()) == (0, 2)
    QTest.keyClick(field, Key.Key_Right)
    assert spy.count() == 1


def test_escape_empties_the_field_first_and_then_leaves(field: SearchField) -> None:
    field.setText("an")
    spy = QSignalSpy(field.left)
    QTest.keyClick(field, Key.Key_Escape)
    assert (field.text(), spy.count()) == ("", 0)
    QTest.keyClick(field, Key.Key_Escape)
    assert spy.count() == 1


class _Window(QWidget):
    """What the field lies in, and the keys that come through to it."""

    def __init__(self) -> None:
        super().__init__()
        self.keys: list[int] = []

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        self.keys.append(event.key())


@pytest.mark.parametrize("key", [Key.Key_Return, Key.Key_Enter])
def test_enter_is_told_once(qtbot: QtBot, key: Qt.Key) -> None:
    window = _Window()
    qtbot.addWidget(window)
    field = SearchField(window)
    spy = QSignalSpy(field.entered)
    QTest.keyClick(field, key)
    assert (spy.count(), window.keys) == (1, [])


def test_says_whom_a_target_is_looked_for(field: SearchField) -> None:
    field.show_purpose("Anna Lee")
    assert field.placeholderText() == "Divert Anna Lee to…"
    assert field.accessibleName() == "Divert Anna Lee to"
    field.show_purpose("")
    assert field.accessibleName() == "Find people or type a number"


def test_a_pasted_novel_is_cut(field: SearchField) -> None:
    field.setText("x" * 5000)
    assert len(field.text()) == 200
