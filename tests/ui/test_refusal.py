"""The box of the 403 (S36, S37)."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible, QTextDocumentFragment
from PySide6.QtTest import QSignalSpy, QTest
from PySide6.QtWidgets import QApplication, QLabel, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from callctrl.calls import Refused
from callctrl.ui.refusal import RefusalBox

SENTENCE = (
    "The error '403 Forbidden' was received from SPA-STATUS and will prevent Call Ctrl from "
    "functioning properly. Please enable Debugging and restart Call Ctrl to diagnose the problem."
)
LOG = Path("/home/anna/log/callctrl.log")


@pytest.fixture
def box(qtbot: QtBot) -> RefusalBox:
    box = RefusalBox(Refused(403, "Forbidden", "SPA-STATUS"), LOG)
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


def advice(box: RefusalBox) -> str:
    """What is read of the advice, markup taken away."""
    (found,) = (it for it in box.findChildren(QLabel) if "Look first at" in it.text())
    return QTextDocumentFragment.fromHtml(found.text()).toPlainText()


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
    box = RefusalBox(Refused(403, "<b>No</b>", "SPA-STATUS"), LOG)
    qtbot.addWidget(box)
    assert message(box).textFormat() is Qt.TextFormat.PlainText


def test_says_where_to_look_first(box: RefusalBox) -> None:
    words = " ".join(it.text() for it in box.findChildren(QLabel))
    for each in ("Info page", "Registration State", "Phone Ext Password", "reboot", "Wizard"):
        assert each in words


def test_a_refused_password_is_said_first(qtbot: QtBot) -> None:
    refused = Refused(403, "Forbidden", "SPA-STATUS")
    box = RefusalBox(refused, LOG, password_of="200")
    qtbot.addWidget(box)
    sentence = "The phone system refused the password of extension 200 (401)."
    assert message(box).text() == SENTENCE
    assert advice(box).startswith(f"{sentence}\nLook first at the phone's Info page")


def test_a_password_that_was_taken_is_not_said_to_be_refused(box: RefusalBox) -> None:
    assert advice(box).startswith("Look first at the phone's Info page")


def test_an_extension_is_no_markup(qtbot: QtBot) -> None:
    refused = Refused(403, "Forbidden", "SPA-STATUS")
    box = RefusalBox(refused, LOG, password_of="<img src=x>&amp;")
    qtbot.addWidget(box)
    assert "extension <img src=x>&amp; (401)." in advice(box)


def test_the_wizard_is_one_key_away_and_the_box_stays_for_whoever_opens_it(
    box: RefusalBox,
) -> None:
    asked, finished = QSignalSpy(box.wizard_requested), QSignalSpy(box.finished)
    assert button(box, "Settings Wizard…").text() == "Settings &Wizard…"
    QTest.mouseClick(button(box, "Settings Wizard…"), Qt.MouseButton.LeftButton)
    assert (asked.count(), finished.count()) == (1, 0)


def test_tab_reaches_each_button(box: RefusalBox) -> None:
    reached = []
    for _ in range(5):
        reached.append(getattr(box.focusWidget(), "text", str)().replace("&", ""))
        QTest.keyClick(box, Qt.Key.Key_Tab)
    assert {"Close Call Ctrl", "Enable Debugging", "Settings Wizard…"} <= set(reached)


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


def test_where_the_log_lies_is_said_once_it_is_written(box: RefusalBox) -> None:
    words = f"The debug log is written to {LOG}"
    (place,) = (it for it in box.findChildren(QLabel) if it.text() == words)
    assert not place.isVisible()
    height = box.height()
    button(box, "Enable Debugging").click()
    assert place.isVisible()
    assert place.textInteractionFlags() & Qt.TextInteractionFlag.TextSelectableByMouse
    assert place.accessibleName() == words
    assert box.height() > height


def test_debugging_that_is_on_already(qtbot: QtBot) -> None:
    box = RefusalBox(Refused(403, "Forbidden", "SPA-STATUS"), LOG, debugging=True)
    qtbot.addWidget(box)
    off = button(box, "Debugging is on")
    assert not off.isEnabled()
    assert off.accessibleDescription()
    box.show()
    assert any(it.isVisible() and str(LOG) in it.text() for it in box.findChildren(QLabel))


def test_everything_has_a_name(box: RefusalBox, unnamed: Callable[[QWidget], list[str]]) -> None:
    assert unnamed(box) == []
