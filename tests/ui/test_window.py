"""The small window for desktops without a tray."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from callctrl.ui.state import PhoneState
from callctrl.ui.theme import Scheme
from callctrl.ui.window import StatusWindow


@pytest.fixture
def window(qtbot: QtBot) -> StatusWindow:
    window = StatusWindow()
    qtbot.addWidget(window)
    window.closes_to_tray = True  # so that the test can close it
    return window


def press(window: StatusWindow, text: str) -> None:
    (found,) = (each for each in window.findChildren(QPushButton) if each.text() == text)
    QTest.mouseClick(found, Qt.MouseButton.LeftButton)


@pytest.mark.parametrize(
    ("text", "signal"),
    [
        ("Settings &wizard…", "wizard_requested"),
        ("&Preferences…", "preferences_requested"),
        ("&About", "about_requested"),
        ("&Quit", "quit_requested"),
    ],
)
def test_each_button_asks_for_its_own(
    qtbot: QtBot, window: StatusWindow, text: str, signal: str
) -> None:
    with qtbot.waitSignal(getattr(window, signal)):
        press(window, text)


def test_everything_has_a_name(
    window: StatusWindow, unnamed: Callable[[QWidget], list[str]]
) -> None:
    assert unnamed(window) == []


def test_says_the_state_and_why(window: StatusWindow) -> None:
    window.show_state(PhoneState.TROUBLE, "No connection", "No answer from 192.168.1.10.")
    assert window.line() == "No connection"
    assert window.reason() == "No answer from 192.168.1.10."


def test_a_name_that_looks_like_markup_is_shown_as_it_is(window: StatusWindow) -> None:
    window.show_state(PhoneState.READY, "Ready · <b>Desk</b>, extension 200", "")
    for shown in window.findChildren(QLabel):
        assert shown.textFormat() is Qt.TextFormat.PlainText or not shown.text()


def test_the_icon_follows_the_scheme(
    window: StatusWindow, dress: Callable[[Scheme | None], None], qtbot: QtBot
) -> None:
    dress(Scheme.LIGHT)
    window.show_state(PhoneState.READY, "Ready", "")
    (icon,) = (each for each in window.findChildren(QLabel) if not each.pixmap().isNull())
    before = icon.pixmap().toImage()
    dress(Scheme.DARK)
    qtbot.waitUntil(lambda: icon.pixmap().toImage() != before)
