"""The page on keys that work from any window, on each kind of system."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QSignalSpy, QTest
from PySide6.QtWidgets import (
    QApplication,
    QLabel,
    QLineEdit,
    QPushButton,
    QWidget,
)
from pytestqt.qtbot import QtBot

from callctrl.globalkeys import GlobalKey, Grant, Standing
from callctrl.store.administration import Administration
from callctrl.store.settings import Settings
from callctrl.ui.keyfield import KeyField
from callctrl.ui.keyspage import KeysPage
from callctrl.ui.widgets import Switch

Modifier = Qt.KeyboardModifier
BOTH = Modifier.ControlModifier | Modifier.ShiftModifier

Open = Callable[..., KeysPage]


@pytest.fixture
def open_page(qtbot: QtBot) -> Open:
    def open_it(settings: Settings | None = None, *, edits: bool) -> KeysPage:
        page = KeysPage(settings or Settings(), ["/opt/call ctrl/callctrl"], edits=edits)
        qtbot.addWidget(page)
        page.resize(560, 420)
        page.show()
        page.activateWindow()
        qtbot.waitUntil(page.isActiveWindow)
        return page

    return open_it


def switch(page: KeysPage) -> Switch:
    (found,) = page.findChildren(Switch)
    return found


def texts(page: KeysPage) -> list[str]:
    return [it.text() for it in page.findChildren(QLabel) if it.isVisible() and it.text()]


def field(page: KeysPage, name: str) -> KeyField:
    (found,) = (it for it in page.findChildren(KeyField) if it.accessibleName() == name)
    return found


def press(page: KeysPage, name: str, key: Qt.Key, modifiers: Qt.KeyboardModifier) -> None:
    field(page, name).setFocus()
    QTest.keyClick(field(page, name), key, modifiers)


def commands(page: KeysPage) -> list[str]:
    found = page.findChildren(QLineEdit)
    return [it.text() for it in found if it.isVisible() and not isinstance(it, KeyField)]


def test_nothing_is_taken_unasked(open_page: Open) -> None:
    page = open_page(edits=True)
    assert not switch(page).isChecked()
    assert any("no key is taken" in text for text in texts(page))


def test_the_switch_works_at_once(open_page: Open) -> None:
    page = open_page(edits=True)
    spy = QSignalSpy(page.switched)
    QTest.mouseClick(switch(page), Qt.MouseButton.LeftButton)
    assert spy.at(0)[0] is True


class TestWhereWeRegisterThem:
    @pytest.fixture
    def page(self, open_page: Open) -> KeysPage:
        return open_page(Settings(global_keys=True), edits=True)

    def test_the_keys_are_shown_and_can_be_chosen(self, page: KeysPage) -> None:
        spy = QSignalSpy(page.key_changed)
        shown = [it.text() for it in page.findChildren(KeyField)]
        assert shown == ["Ctrl+Shift+F6", "Ctrl+Shift+F7", "Ctrl+Shift+F8"]
        press(page, "Answer", Qt.Key.Key_F9, BOTH)
        assert list(spy.at(0)) == [GlobalKey.ANSWER, "Ctrl+Shift+F9"]

    def test_a_key_can_be_done_without_and_so_can_another(self, page: KeysPage) -> None:
        spy = QSignalSpy(page.key_changed)
        for name in ("Hold, or take back", "Answer"):
            press(page, name, Qt.Key.Key_Backspace, Modifier.NoModifier)
        told = [list(spy.at(at)) for at in range(spy.count())]
        assert told == [[GlobalKey.HOLD, ""], [GlobalKey.ANSWER, ""]]

    @pytest.mark.parametrize(
        ("key", "modifiers", "why"),
        [
            (Qt.Key.Key_C, Modifier.ControlModifier, "Hold two of Ctrl, Alt and Shift"),
            (Qt.Key.Key_E, Modifier.ControlModifier | Modifier.AltModifier, "AltGr"),
            (Qt.Key.Key_F7, BOTH, "Ctrl+Shift+F7 is the key of “Hold, or take back” already."),
        ],
    )
    def test_a_key_that_cannot_be_had_is_told_and_the_old_one_stays(
        self, page: KeysPage, key: Qt.Key, modifiers: Qt.KeyboardModifier, why: str
    ) -> None:
        spy = QSignalSpy(page.key_changed)
        press(page, "Answer", key, modifiers)
        assert spy.count() == 0
        assert field(page, "Answer").text() == "Ctrl+Shift+F6"
        assert any(why in text for text in texts(page))
        press(page, "Answer", Qt.Key.Key_F9, BOTH)
        assert not any(why in text for text in texts(page))

    def test_a_key_that_another_program_has_is_told(self, page: KeysPage) -> None:
        taken = frozenset({GlobalKey.ANSWER})
        page.show_grant(Grant(Standing.BOUND, {GlobalKey.HOLD: "Ctrl+Shift+F7"}, taken))
        assert "Ctrl+Shift+F6 is taken by another program." in texts(page)
        page.show_grant(Grant(Standing.BOUND, {GlobalKey.ANSWER: "Ctrl+Shift+F9"}))
        assert not any("taken by" in text for text in texts(page))

    def test_two_lines_with_one_key_name_each_other_and_no_other_program(
        self, open_page: Open
    ) -> None:
        page = open_page(Settings(global_keys=True, answer_key="Ctrl+Shift+F7"), edits=True)
        taken = frozenset({GlobalKey.HOLD})
        page.show_grant(Grant(Standing.BOUND, {GlobalKey.ANSWER: "Ctrl+Shift+F7"}, taken))
        assert "Ctrl+Shift+F7 is the key of “Answer” already." in texts(page)
        assert not any("taken by" in text for text in texts(page))

    def test_tab_goes_on_from_a_key(self, page: KeysPage) -> None:
        press(page, "Answer", Qt.Key.Key_Tab, Modifier.NoModifier)
        assert QApplication.focusWidget() is field(page, "Hold, or take back")

    def test_no_commands_are_shown(self, page: KeysPage) -> None:
        assert commands(page) == []


class TestWhereTheDesktopGivesThem:
    @pytest.fixture
    def page(self, open_page: Open) -> KeysPage:
        return open_page(Settings(global_keys=True), edits=False)

    def test_what_the_desktop_calls_them_is_shown(self, page: KeysPage) -> None:
        page.show_grant(
            Grant(Standing.BOUND, {GlobalKey.ANSWER: "Press Ctrl+F13", GlobalKey.HOLD: ""})
        )
        assert "Press Ctrl+F13" in texts(page)
        assert "No key yet: choose one in the desktop's keyboard settings." in texts(page)
        assert "Not given." in texts(page)
        assert page.findChildren(KeyField) == []
        assert commands(page) == []

    @pytest.mark.parametrize(
        ("standing", "text"),
        [
            (Standing.ASKING, "it may ask you now"),
            (Standing.REFUSED, "Switch off and on to ask once more"),
            (Standing.LOST, "it will be asked again"),
        ],
    )
    def test_how_it_stands_is_told(self, page: KeysPage, standing: Standing, text: str) -> None:
        page.show_grant(Grant(standing))
        assert any(text in each for each in texts(page))
        assert "Not given." not in texts(page)


class TestWhereTheDesktopGivesNone:
    @pytest.fixture
    def page(self, open_page: Open) -> KeysPage:
        page = open_page(edits=False)
        page.show_has_way(False)
        return page

    def test_its_own_settings_are_told_the_exact_commands(self, page: KeysPage) -> None:
        assert commands(page) == [
            "'/opt/call ctrl/callctrl' press answer",
            "'/opt/call ctrl/callctrl' press hold",
            "'/opt/call ctrl/callctrl' press hangup",
        ]
        assert any("Ctrl+Shift+F6, Ctrl+Shift+F7, Ctrl+Shift+F8" in text for text in texts(page))
        assert not switch(page).isEnabled()

    def test_each_command_is_copied_by_its_button(self, page: KeysPage) -> None:
        copy = [it for it in page.findChildren(QPushButton) if it.text() == "Copy"]
        for button, command in zip(copy, commands(page), strict=True):
            QTest.mouseClick(button, Qt.MouseButton.LeftButton)
            assert QApplication.clipboard().text() == command
            assert [it for it in copy if it.text() == "Copied"] == [button]

    def test_what_is_on_can_be_switched_off(self, open_page: Open) -> None:
        page = open_page(Settings(global_keys=True), edits=False)
        page.show_grant(Grant(Standing.NO_WAY))
        assert switch(page).isEnabled()
        assert len(commands(page)) == 3


@pytest.mark.parametrize("edits", [True, False])
@pytest.mark.parametrize("has_way", [True, False])
def test_everything_has_a_name_and_tab_goes_as_one_reads(
    open_page: Open,
    unnamed: Callable[[QWidget], list[str]],
    against_reading: Callable[[QWidget], list[tuple[QWidget, QWidget]]],
    edits: bool,
    has_way: bool,
) -> None:
    page = open_page(Settings(global_keys=True), edits=edits)
    page.show_has_way(has_way)
    assert unnamed(page) == []
    switch(page).setFocus()
    assert len(against_reading(page)) == 1


def test_what_is_locked_says_by_whom_and_takes_nothing(qtbot: QtBot) -> None:
    locked = {"preferences": {"global_keys": True, "answer_key": "Pause"}}
    administration = Administration(by="IT", locked=locked)
    settings = Settings(global_keys=True, answer_key="Pause", administration=administration)
    page = KeysPage(settings, edits=True)
    qtbot.addWidget(page)
    page.show()
    assert not switch(page).isEnabled()
    assert not field(page, "Answer").isEnabled()
    assert field(page, "Hang up, or reject").isEnabled()
    assert "Set by IT." in texts(page)
    page.show_grant(Grant(Standing.BOUND, {GlobalKey.ANSWER: "Pause"}))
    assert not switch(page).isEnabled()
