"""Preferences: each switch works at once."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest
from PySide6.QtCore import QRect, Qt
from PySide6.QtTest import QSignalSpy, QTest
from PySide6.QtWidgets import QApplication, QLabel, QPushButton, QTabBar, QWidget
from pytestqt.qtbot import QtBot

from callctrl.accounts import Account, PbxKind, Policy
from callctrl.store.settings import Settings
from callctrl.system.autostart import XdgAutostart
from callctrl.system.linkhandlers import XdgLinkHandlers
from callctrl.system.thispc import ThisPc
from callctrl.system.xdg import Folders
from callctrl.ui.preferences import Preferences
from callctrl.ui.widgets import DropDown, Switch

LOG = Path("/home/anna/.local/state/callctrl/log/callctrl.log")
DEBUG = "Write a debug log"
STAY_OPEN = "Stay open and keep trying when the phone system answers 403 Forbidden"
CARDS = "Show a card when the phone rings"
NOTIFICATIONS = "Show the desktop's own notification, too"
PAGES = [getattr(Qt.Key, f"Key_{letter}") for letter in "CPGHYI"]
"""The letters of the six pages."""


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
    ("name", "signal", "told"),
    [
        (CARDS, "cards_changed", [False, True]),
        (NOTIFICATIONS, "notifications_changed", [True, False]),
        (DEBUG, "debug_changed", [True, False]),
        (STAY_OPEN, "stay_open_changed", [True, False]),
    ],
)
def test_a_switch_works_at_once(
    preferences: Preferences, name: str, signal: str, told: list[bool]
) -> None:
    spy = QSignalSpy(getattr(preferences, signal))
    QTest.mouseClick(switch(preferences, name), Qt.MouseButton.LeftButton)
    QTest.keyClick(switch(preferences, name), Qt.Key.Key_Space)
    assert [spy.at(number)[0] for number in range(spy.count())] == told


def alt(dialog: Preferences, key: Qt.Key) -> None:
    QTest.keyClick(dialog, key, Qt.KeyboardModifier.AltModifier)


def test_mnemonics_reach_the_pages_and_the_switches(preferences: Preferences) -> None:
    for key, name in (
        (Qt.Key.Key_A, CARDS),
        (Qt.Key.Key_N, NOTIFICATIONS),
        (Qt.Key.Key_K, "How long calls are kept"),
    ):
        alt(preferences, key)
        assert named(preferences) == name
    alt(preferences, Qt.Key.Key_P)
    alt(preferences, Qt.Key.Key_E)
    assert named(preferences) == "Enable Dial Plan"
    alt(preferences, Qt.Key.Key_I)
    alt(preferences, Qt.Key.Key_D)
    assert named(preferences) == DEBUG
    alt(preferences, Qt.Key.Key_S)
    assert named(preferences) == STAY_OPEN
    alt(preferences, Qt.Key.Key_C)
    assert switch(preferences, CARDS).isVisible()


def named(dialog: Preferences) -> str:
    focus = dialog.focusWidget()
    assert focus is not None
    return focus.accessibleName()


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


def test_what_is_so_on_this_pc_is_passed_on(qtbot: QtBot, tmp_path: Path) -> None:
    folders = Folders.of({}, tmp_path)
    command = [sys.executable, "-m", "callctrl"]
    pc = ThisPc(XdgAutostart(folders, command), XdgLinkHandlers(folders, command))
    dialog = Preferences(Settings(starts_minimized=False), LOG, debug=False, pc=pc)
    qtbot.addWidget(dialog)
    dialog.open()
    dialog.activateWindow()
    qtbot.waitUntil(lambda: QApplication.activeWindow() is dialog)
    start, minimized, links = (
        QSignalSpy(dialog.at_login_changed),
        QSignalSpy(dialog.minimized_changed),
        QSignalSpy(dialog.links_changed),
    )
    alt(dialog, Qt.Key.Key_H)
    assert named(dialog) == "Start when I log in"
    QTest.mouseClick(switch(dialog, "Start when I log in"), Qt.MouseButton.LeftButton)
    QTest.mouseClick(
        switch(dialog, "Start in the tray, without a window"), Qt.MouseButton.LeftButton
    )
    press(dialog, "Open them with Call Ctrl")
    assert [spy.at(0)[0] for spy in (start, minimized, links)] == [True, True, True]
    assert "--minimized" in (tmp_path / ".config/autostart/callctrl.desktop").read_text()


def test_colleagues_are_passed_on(qtbot: QtBot) -> None:
    account = Account("pbx", "desk-app", "1002", "PC", 0, kind=PbxKind.SIP, lamps=("1003",))
    dialog = Preferences(Settings(account=account), LOG, debug=False)
    qtbot.addWidget(dialog)
    dialog.open()
    dialog.activateWindow()
    qtbot.waitUntil(lambda: QApplication.activeWindow() is dialog)
    spy = QSignalSpy(dialog.colleagues_changed)
    alt(dialog, Qt.Key.Key_G)
    alt(dialog, Qt.Key.Key_V)
    assert named(dialog) == "Voicemail"
    focus = dialog.focusWidget()
    assert focus is not None
    QTest.keyClicks(focus, "*97")
    QTest.keyClick(focus, Qt.Key.Key_Escape)
    assert spy.count() == 1
    assert list(spy.at(0)) == [("1003",), "", "*97"]


def test_says_where_the_log_lies_and_what_is_in_it(preferences: Preferences) -> None:
    words = " ".join(it.text() for it in preferences.findChildren(QLabel))
    assert str(LOG) in words
    assert "Passwords are never in it" in words
    assert "callers' numbers" in words


def test_the_way_out_is_in_view_on_a_low_screen(
    preferences: Preferences, monkeypatch: pytest.MonkeyPatch
) -> None:
    low = SimpleNamespace(availableGeometry=lambda: QRect(0, 0, 911, 485))  # 1366 x 768 at 1.5
    preferences.hide()
    preferences.resize(preferences.minimumSize())
    monkeypatch.setattr(preferences, "screen", lambda: low)
    preferences.show()
    preferences.show_dial_plan_page()
    assert preferences.height() < 485


def test_close(preferences: Preferences) -> None:
    press(preferences, "Close")
    assert not preferences.isVisible()


@pytest.mark.parametrize("page", PAGES)
def test_everything_has_a_name(
    preferences: Preferences, unnamed: Callable[[QWidget], list[str]], page: Qt.Key
) -> None:
    alt(preferences, page)
    assert unnamed(preferences) == []


@pytest.mark.parametrize("page", PAGES)
def test_tab_goes_as_one_reads(
    preferences: Preferences,
    page: Qt.Key,
    against_reading: Callable[[QWidget], list[tuple[QWidget, QWidget]]],
) -> None:
    alt(preferences, page)
    tabs = preferences.findChild(QTabBar)
    assert tabs is not None
    tabs.setFocus()
    assert len(against_reading(preferences)) == 1


@pytest.mark.parametrize("page", PAGES)
def test_no_two_things_on_a_page_share_a_letter(preferences: Preferences, page: Qt.Key) -> None:
    alt(preferences, page)
    tabs = preferences.findChild(QTabBar)
    assert tabs is not None
    texts = [tabs.tabText(at) for at in range(tabs.count())]
    texts += [it.text() for it in preferences.findChildren(QLabel) if it.isVisible()]
    texts += [it.text() for it in preferences.findChildren(QPushButton) if it.isVisible()]
    letters = [text[text.index("&") + 1].lower() for text in texts if "&" in text]
    assert len(set(letters)) == len(letters)


def test_how_long_calls_are_kept(preferences: Preferences) -> None:
    spy = QSignalSpy(preferences.keep_days_changed)
    (keep,) = (it for it in preferences.findChildren(DropDown) if "kept" in it.accessibleName())
    names = [keep.itemText(at) for at in range(keep.count())]
    assert names == ["for ever", "7 days", "30 days", "90 days", "365 days", "730 days"]
    assert keep.currentText() == "for ever"
    keep.setFocus()
    QTest.keyClick(keep, Qt.Key.Key_Down)
    assert spy.at(0)[0] == 7


def test_a_number_of_days_of_ones_own_stays(qtbot: QtBot) -> None:
    dialog = Preferences(Settings(keep_days=100), LOG, debug=False)
    qtbot.addWidget(dialog)
    (keep,) = (it for it in dialog.findChildren(DropDown) if "kept" in it.accessibleName())
    assert keep.currentText() == "100 days"


def test_without_notifications_the_switch_says_why(qtbot: QtBot) -> None:
    why = "This desktop shows no buttons on notifications."
    dialog = Preferences(Settings(), LOG, debug=False)
    dialog.show_why_no_notifications(why)
    qtbot.addWidget(dialog)
    assert not switch(dialog, NOTIFICATIONS).isEnabled()
    assert switch(dialog, NOTIFICATIONS).accessibleDescription() == why
    on = Preferences(Settings(notifies=True), LOG, debug=False)
    on.show_why_no_notifications(why)
    qtbot.addWidget(on)
    assert switch(on, NOTIFICATIONS).isEnabled(), "what is on can be switched off"


def test_opens_on_the_dial_plan(preferences: Preferences) -> None:
    spy = QSignalSpy(preferences.dial_plan_changed)
    preferences.show_dial_plan_page()
    plan = switch(preferences, "Enable Dial Plan")
    assert plan.isVisible()
    QTest.mouseClick(plan, Qt.MouseButton.LeftButton)
    assert spy.at(0)[0].enabled
