"""The dialog for the note on a call of the past."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QSignalSpy, QTest
from PySide6.QtWidgets import QApplication, QLabel, QPlainTextEdit, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from callctrl.ui.notedialog import NoteDialog


@pytest.fixture
def dialog(qtbot: QtBot) -> NoteDialog:
    it = NoteDialog("<b>Anna</b> Lee", "wants the invoice")
    qtbot.addWidget(it)
    it.open()
    it.activateWindow()
    qtbot.waitUntil(lambda: QApplication.activeWindow() is it)
    return it


def press(dialog: NoteDialog, text: str) -> None:
    (found,) = (it for it in dialog.findChildren(QPushButton) if it.text().replace("&", "") == text)
    QTest.mouseClick(found, Qt.MouseButton.LeftButton)


def note(dialog: NoteDialog) -> QPlainTextEdit:
    found = dialog.findChild(QPlainTextEdit)
    assert found is not None
    return found


def test_the_note_is_there_with_the_caret_behind_it(dialog: NoteDialog) -> None:
    spy = QSignalSpy(dialog.written)
    assert dialog.focusWidget() is note(dialog)
    QTest.keyClicks(note(dialog), ", soon ")
    press(dialog, "Save")
    assert (spy.at(0)[0], dialog.isVisible()) == ("wants the invoice, soon", False)


def test_a_note_can_be_taken_away(dialog: NoteDialog) -> None:
    spy = QSignalSpy(dialog.written)
    note(dialog).setPlainText(" \n")
    press(dialog, "Save")
    assert spy.at(0)[0] == ""


@pytest.mark.parametrize("how", ["Cancel", "Esc"])
def test_left_as_it_was(dialog: NoteDialog, how: str) -> None:
    spy = QSignalSpy(dialog.written)
    QTest.keyClicks(note(dialog), "x")
    if how == "Esc":
        QTest.keyClick(note(dialog), Qt.Key.Key_Escape)
    else:
        press(dialog, how)
    assert (spy.count(), dialog.isVisible()) == (0, False)


def test_saved_by_keys_alone(dialog: NoteDialog) -> None:
    spy = QSignalSpy(dialog.written)
    QTest.keyClick(note(dialog), Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    assert spy.count() == 1


def test_the_name_is_shown_letter_by_letter(dialog: NoteDialog) -> None:
    (title,) = (it for it in dialog.findChildren(QLabel) if "Anna" in it.text())
    assert title.textFormat() is Qt.TextFormat.PlainText
    assert note(dialog).accessibleName() == "Note on the call with <b>Anna</b> Lee"


def test_tab_goes_as_one_reads_and_everything_has_a_name(
    dialog: NoteDialog,
    unnamed: Callable[[QWidget], list[str]],
    against_reading: Callable[[QWidget], list[tuple[QWidget, QWidget]]],
) -> None:
    assert unnamed(dialog) == []
    assert len(against_reading(dialog)) == 1
