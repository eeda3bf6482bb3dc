"""The field that takes a key: each but those that lead out of it."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtTest import QSignalSpy, QTest
from PySide6.QtWidgets import QDialog, QLineEdit, QVBoxLayout
from pytestqt.qtbot import QtBot

from callctrl.ui.keyfield import KeyField

Key, Modifier = Qt.Key, Qt.KeyboardModifier
BOTH = Modifier.ControlModifier | Modifier.ShiftModifier


@pytest.fixture
def dialog(qtbot: QtBot) -> QDialog:
    it = QDialog()
    column = QVBoxLayout(it)
    column.addWidget(KeyField("Ctrl+Shift+F6"))
    column.addWidget(QLineEdit())
    qtbot.addWidget(it)
    it.show()
    it.activateWindow()
    qtbot.waitUntil(it.isActiveWindow)
    return it


@pytest.fixture
def field(dialog: QDialog) -> KeyField:
    it = dialog.findChild(KeyField)
    assert it is not None
    it.setFocus()
    return it


@pytest.mark.parametrize(
    ("key", "modifiers", "told"),
    [
        (Key.Key_F9, BOTH, "Ctrl+Shift+F9"),
        (Key.Key_A, Modifier.AltModifier | Modifier.ShiftModifier, "Alt+Shift+A"),
        (Key.Key_Pause, Modifier.NoModifier, "Pause"),
        (Key.Key_ScrollLock, Modifier.NoModifier, "ScrollLock"),
        (Key.Key_F13, Modifier.NoModifier, "F13"),
        (Key.Key_Insert, BOTH, "Ctrl+Shift+Ins"),
        (Key.Key_Backspace, Modifier.NoModifier, ""),
        (Key.Key_Delete, Modifier.NoModifier, ""),
    ],
)
def test_a_key_is_told_with_what_is_held_down(
    field: KeyField, key: Qt.Key, modifiers: Qt.KeyboardModifier, told: str
) -> None:
    spy = QSignalSpy(field.typed)
    QTest.keyClick(field, key, modifiers)
    assert spy.count() == 1
    assert spy.at(0)[0] == told
    assert field.text() == "Ctrl+Shift+F6", "whether it may be so is for others to say"


@pytest.mark.parametrize("key", [Key.Key_Control, Key.Key_Shift, Key.Key_Alt])
def test_what_is_held_down_alone_is_no_key(field: KeyField, key: Qt.Key) -> None:
    spy = QSignalSpy(field.typed)
    QTest.keyClick(field, key)
    assert spy.count() == 0


def test_tab_leads_out_and_back(dialog: QDialog, field: KeyField) -> None:
    spy = QSignalSpy(field.typed)
    QTest.keyClick(field, Key.Key_Tab)
    other = dialog.focusWidget()
    assert other is not None
    assert other is not field
    QTest.keyClick(other, Key.Key_Tab, Modifier.ShiftModifier)
    assert dialog.focusWidget() is field
    assert spy.count() == 0


def test_escape_closes_the_dialog(dialog: QDialog, field: KeyField) -> None:
    QTest.keyClick(field, Key.Key_Escape)
    assert not dialog.isVisible()


def test_a_shortcut_of_the_dialog_does_not_come_first(dialog: QDialog, field: KeyField) -> None:
    shortcut = QShortcut(QKeySequence("F7"), dialog)
    pressed, typed = QSignalSpy(shortcut.activated), QSignalSpy(field.typed)
    QTest.keyClick(field, Key.Key_F7)
    assert pressed.count() == 0
    assert typed.at(0)[0] == "F7"


def test_no_key_is_said_so(field: KeyField) -> None:
    field.show_keystroke("")
    assert field.text() == ""
    assert field.placeholderText() == "No key"
