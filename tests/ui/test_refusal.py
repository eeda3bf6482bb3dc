"""The box of the 403 (S36, S37)."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible
from PySide6.QtTest import QSignalSpy, QTest
from PySide6.QtWidgets import QApplication, QLabel, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from callctrl.calls import Refused
from callctrl.ui.refusal import RefusalBox

SENTENCE = (
    "The error '403 Forbidden' was received from SPA-STATUS and will prevent Call Ctrl from "
    "functioning properly. Please enable Debugging and restart Call Ctrl to diagnose the problem."
)


@pytest.fixture
def box(qtbot: QtBot) -> RefusalBox:
    box = RefusalBox(Refused(403, "Forbidden", "SPA-STATUS"))
    qtbot.addWidget(box)
    box.open()
    box.activateWindow()
    qtbot.waitUntil(lambda: QApplication.activeWindow() is box)
    return box


def button(box: RefusalBox, text: str) -> QPushButton:
    (found,) = (it for it in box.findChildren(QPushButton) if it.text().replace("&", "") == text)
    return found


def message(box: RefusalBox) -> QLabel:
    (found,) = (it for it in box.findChildren(QLabel) if it.text().startswith("The error"))
    return found


def test_says_the_documented_sentence_to_the_letter(box: RefusalBox) -> None:
    assert message(box).text() == SENTENCE
    assert box.windowTitle() == "Call Ctrl"


def test_the_sentence_can_be_copied_and_is_read_out(box: RefusalBox) -> None:
    flags = message(box).textInteractionFlags()
    assert flags & Qt.TextInteractionFlag.TextSelectableByMouse
    assert flags & Qt.TextInteractionFlag.TextSelectableByKeyboard
    for widget in (box, message(box)):
        interface = QAccessible.queryAccessibleInterface(widget)
        assert interface is not None
        said = interface.text(QAccessible.Text.Name), interface.text(QAccessible.Text.Description)
        assert SENTENCE in said


def test_what_a_pbx_sends_is_no_markup(qtbot: QtBot) -> None:
    box = RefusalBox(Refused(403, "<b>No</b>", "SPA-STATUS"))
    qtbot.addWidget(box)
    assert message(box).textFormat() is Qt.TextFormat.PlainText


def test_says_where_to_look_first(box: RefusalBox) -> None:
    words = " ".join(it.text() for it in box.findChildren(QLabel))
    for each in ("Info page", "Registration State", "Phone Ext Password", "reboot", "Wizard"):
        assert each in words


def test_it_does_not_wait(box: RefusalBox) -> None:
    assert box.isModal()
    assert box.isVisible()


def test_enter_closes(box: RefusalBox) -> None:
    finished = QSignalSpy(box.finished)
    assert box.focusWidget() is button(box, "Close Call Ctrl")
    QTest.keyClick(box, Qt.Key.Key_Return)
    assert finished.count() == 1


@pytest.mark.parametrize("way", ["escape", "window", "button"])
def test_every_way_out_is_the_end(box: RefusalBox, way: str) -> None:
    finished = QSignalSpy(box.finished)
    if way == "escape":
        QTest.keyClick(box, Qt.Key.Key_Escape)
    elif way == "window":
        box.close()
    else:
        button(box, "Close Call Ctrl").click()
    assert finished.count() == 1
    assert not box.isVisible()


def test_debugging_is_switched_on_once(box: RefusalBox) -> None:
    asked = QSignalSpy(box.debugging_requested)
    QTest.mouseClick(button(box, "Enable Debugging"), Qt.MouseButton.LeftButton)
    assert asked.count() == 1
    assert not button(box, "Debugging is on").isEnabled()
    assert box.isVisible()
    assert box.focusWidget() is button(box, "Close Call Ctrl")


def test_debugging_that_is_on_already(qtbot: QtBot) -> None:
    box = RefusalBox(Refused(403, "Forbidden", "SPA-STATUS"), debugging=True)
    qtbot.addWidget(box)
    off = button(box, "Debugging is on")
    assert not off.isEnabled()
    assert off.accessibleDescription()


def test_everything_has_a_name(box: RefusalBox, unnamed: Callable[[QWidget], list[str]]) -> None:
    assert unnamed(box) == []
