"""The menu of a row."""

from __future__ import annotations

import pytest
from PySide6.QtTest import QSignalSpy
from PySide6.QtWidgets import QMainWindow
from pytestqt.qtbot import QtBot

from callctrl.people import Number, Person
from callctrl.ui.keys import Deed
from callctrl.ui.menus import Menus
from callctrl.ui.pages import Typed
from callctrl.ui.rowmenu import RowMenu
from tests.reception import ANNA, record


@pytest.fixture
def window(qtbot: QtBot) -> QMainWindow:
    it = QMainWindow()
    qtbot.addWidget(it)
    return it


@pytest.fixture
def menus(window: QMainWindow) -> Menus:
    return Menus(window)


def texts(menu: RowMenu) -> list[str]:
    return [each.text() for each in menu.actions() if not each.isSeparator()]


def test_a_persons_numbers_come_first(window: QMainWindow, menus: Menus) -> None:
    menu = RowMenu(ANNA, menus, window)
    called, wanted = QSignalSpy(menu.called), QSignalSpy(menu.person_wanted)
    assert texts(menu)[:3] == [
        "Call +1 212 555 0134 (work)",
        "Call +1 917 555 0100 (mobile)",
        "Change…",
    ]
    assert menu.activeAction() is menu.actions()[0], "so that Enter is enough"
    menu.actions()[1].trigger()
    menu.actions()[3].trigger()
    assert (called.at(0)[0], wanted.at(0)[0]) == ("+1 917 555 0100", ANNA)
    assert {menus.action(Deed.STAR), menus.action(Deed.DELETE)} <= set(menu.actions())


def test_a_call_of_the_past_is_called_back_noted_and_kept(
    window: QMainWindow, menus: Menus
) -> None:
    menu = RowMenu(record(1), menus, window)
    heard: list[object] = []
    menu.called.connect(heard.append)
    menu.note_wanted.connect(heard.append)
    menu.person_wanted.connect(heard.append)
    for action in menu.actions()[:3]:
        action.trigger()
    assert heard == ["5551234", record(1), Person("Anna Lee", (Number("5551234"),))]


def test_who_hid_the_number_cannot_be_called_back(window: QMainWindow, menus: Menus) -> None:
    assert texts(RowMenu(record(1, number=""), menus, window))[0] == "Note…"


@pytest.mark.parametrize("subject", [Typed("1"), None])
def test_there_is_nothing_else_to_do_with_what_is_typed(
    window: QMainWindow, menus: Menus, subject: object
) -> None:
    assert RowMenu(subject, menus, window).isEmpty()
