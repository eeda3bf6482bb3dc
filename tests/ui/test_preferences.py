"""Preferences: each switch works at once."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QSignalSpy, QTest
from PySide6.QtWidgets import QApplication, QLabel, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from callctrl.calls import Policy
from callctrl.store.settings import Settings
from callctrl.ui.preferences import Preferences
from callctrl.ui.widgets import Switch

LOG = Path("/home/anna/.local/state/callctrl/log/callctrl.log")
DEBUG = "Write a debug log"
STAY_OPEN = "Stay open and keep trying when the phone system answers 403 Forbidden"


@pytest.fixture
def preferences(qtbot: QtBot) -> Preferences:
    dialog = Preferences(Settings(), LOG, debug=False)
    qtbot.addWidget(dialog)
    dialog.open()
    dialog.activateWindow()
    qtbot.waitUntil(lambda: QApplication.activeWindow() is dialog)
    return dialog


def switch(dialog: Preferences, name: str) -> Switch:
    (found,) = (it for it in dialog.findChildren(Switch) if it.accessibleName() == name)
    return found


def press(dialog: Preferences, text: str) -> None:
    (found,) = (it for it in dialog.findChildren(QPushButton) if it.text().replace("&", "") == text)
    QTest.mouseClick(found, Qt.MouseButton.LeftButton)


@pytest.mark.parametrize(
    ("name", "signal"), [(DEBUG, "debug_changed"), (STAY_OPEN, "stay_open_changed")]
)
def test_a_switch_works_at_once(preferences: Preferences, name: str, signal: str) -> None:
    spy = QSignalSpy(getattr(preferences, signal))
    QTest.mouseClick(switch(preferences, name), Qt.MouseButton.LeftButton)
    QTest.keyClick(switch(preferences, name), Qt.Key.Key_Space)
    assert [spy.at(number)[0] for number in range(spy.count())] == [True, False]


def test_mnemonics_reach_the_switches(preferences: Preferences) -> None:
    QTest.keyClick(preferences, Qt.Key.Key_D, Qt.KeyboardModifier.AltModifier)
    assert preferences.focusWidget() is switch(preferences, DEBUG)
    QTest.keyClick(preferences, Qt.Key.Key_S, Qt.KeyboardModifier.AltModifier)
    assert preferences.focusWidget() is switch(preferences, STAY_OPEN)


def test_shows_what_is_set(qtbot: QtBot) -> None:
    dialog = Preferences(Settings(policy=Policy(stay_open=True)), LOG, debug=True)
    qtbot.addWidget(dialog)
    assert switch(dialog, DEBUG).isChecked()
    assert switch(dialog, STAY_OPEN).isChecked()


def test_what_was_switched_elsewhere_is_shown_and_not_told_again(
    preferences: Preferences,
) -> None:
    debug, stay_open = (
        QSignalSpy(preferences.debug_changed),
        QSignalSpy(preferences.stay_open_changed),
    )
    preferences.show_debug(True)
    preferences.show_stay_open(True)
    assert switch(preferences, DEBUG).isChecked()
    assert switch(preferences, STAY_OPEN).isChecked()
    assert (debug.count(), stay_open.count()) == (0, 0)


@pytest.mark.parametrize(
    ("text", "signal"),
    [("Open log folder", "open_log_folder_requested"), ("Settings wizard…", "wizard_requested")],
)
def test_buttons(preferences: Preferences, text: str, signal: str) -> None:
    spy = QSignalSpy(getattr(preferences, signal))
    press(preferences, text)
    assert spy.count() == 1


def test_says_where_the_log_lies_and_what_is_in_it(preferences: Preferences) -> None:
    words = " ".join(it.text() for it in preferences.findChildren(QLabel))
    assert str(LOG) in words
    assert "Passwords are never in it" in words
    assert "callers' numbers" in words


def test_close(preferences: Preferences) -> None:
    press(preferences, "Close")
    assert not preferences.isVisible()


def test_everything_has_a_name(
    preferences: Preferences, unnamed: Callable[[QWidget], list[str]]
) -> None:
    assert unnamed(preferences) == []


def test_tab_goes_as_one_reads(preferences: Preferences) -> None:
    switch(preferences, DEBUG).setFocus()
    seen = []
    for _ in range(5):
        focus = preferences.focusWidget()
        assert focus is not None
        name = focus.accessibleName()
        seen.append(name or focus.property("text").replace("&", ""))
        QTest.keyClick(focus, Qt.Key.Key_Tab)
    assert seen == [DEBUG, "Open log folder", "Settings wizard…", STAY_OPEN, "Close"]
