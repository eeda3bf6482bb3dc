"""The menu of a row."""

from __future__ import annotations

import pytest
from PySide6.QtTest import QSignalSpy
from PySide6.QtWidgets import QMainWindow
from pytestqt.qtbot import QtBot

from callctrl.calls import Lamp, LampState
from callctrl.people import Number, NumberKind, Person
from callctrl.ui.keys import Deed
from callctrl.ui.lampboard import LampBoard
from callctrl.ui.menus import Menus
from callctrl.ui.pages import Colleague, Typed
from callctrl.ui.rowmenu import RowMenu
from tests.reception import ANDREAS, ANNA, NOW, Clock, record


@pytest.fixture
def window(qtbot: QtBot) -> QMainWindow:
    it = QMainWindow()
    qtbot.addWidget(it)
    return it


@pytest.fixture
def menus(window: QMainWindow) -> Menus:
    return Menus(window)


@pytest.fixture
def lamps(qtbot: QtBot) -> LampBoard:
    it = LampBoard(Clock(), lambda: NOW)
    it.show(Lamp("214", LampState.BUSY, 1000.0, "dialog", None))
    it.show(Lamp("98", LampState.AWAY, 1000.0, "dialog", None))
    return it


def texts(menu: RowMenu) -> list[str]:
    return [each.text() for each in menu.actions() if not each.isSeparator()]


def test_a_persons_numbers_come_first(window: QMainWindow, menus: Menus, lamps: LampBoard) -> None:
    menu = RowMenu(ANNA, menus, window, lamps)
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
    window: QMainWindow, menus: Menus, lamps: LampBoard
) -> None:
    menu = RowMenu(record(1), menus, window, lamps)
    heard: list[object] = []
    menu.called.connect(heard.append)
    menu.note_wanted.connect(heard.append)
    menu.person_wanted.connect(heard.append)
    for action in menu.actions()[:3]:
        action.trigger()
    assert heard == ["5551234", record(1), Person("Anna Lee", (Number("5551234"),))]


def test_who_hid_the_number_cannot_be_called_back(
    window: QMainWindow, menus: Menus, lamps: LampBoard
) -> None:
    assert texts(RowMenu(record(1, number=""), menus, window, lamps))[0] == "Note…"


@pytest.mark.parametrize("subject", [Typed("1"), None])
def test_there_is_nothing_else_to_do_with_what_is_typed(
    window: QMainWindow, menus: Menus, lamps: LampBoard, subject: object
) -> None:
    assert RowMenu(subject, menus, window, lamps).isEmpty()


def test_a_colleagues_extension_comes_before_the_other_numbers(
    window: QMainWindow, menus: Menus, lamps: LampBoard
) -> None:
    person = Person("Bo", (Number("555"), Number("214", NumberKind.EXTENSION)), id=7)
    menu = RowMenu(Colleague("214", person), menus, window, lamps)
    called, awaited = QSignalSpy(menu.called), QSignalSpy(menu.awaited)
    assert texts(menu)[:4] == ["Call 214 (ext)", "Call 555 (work)", "Tell me when free", "Change…"]
    menu.actions()[0].trigger()
    menu.actions()[2].trigger()
    assert (called.at(0), awaited.at(0)) == (["214"], ["214", True])


def test_a_phone_of_nobody_known_is_called_and_given_a_name(
    window: QMainWindow, menus: Menus, lamps: LampBoard
) -> None:
    menu = RowMenu(Colleague("98"), menus, window, lamps)
    wanted = QSignalSpy(menu.person_wanted)
    assert texts(menu) == ["Call 98 (ext)", "Tell me when free", "Add to people…"]
    menu.actions()[-1].trigger()
    assert wanted.at(0) == [Person("", (Number("98", NumberKind.EXTENSION),))]


def test_nobody_waits_for_a_phone_that_is_not_there(
    window: QMainWindow, menus: Menus, lamps: LampBoard
) -> None:
    menu = RowMenu(Colleague("98"), menus, window, lamps)
    action = menu.actions()[1]
    assert (action.isEnabled(), action.toolTip()) == (False, "Their phone is not there.")
    assert action.statusTip() == action.toolTip()


@pytest.mark.parametrize("subject", [ANDREAS, record(1, number="214")])
def test_who_has_a_lamp_can_be_waited_for_from_every_page(
    window: QMainWindow, menus: Menus, lamps: LampBoard, subject: object
) -> None:
    lamps.await_free("214", True)
    menu = RowMenu(subject, menus, window, lamps)
    (action,) = (each for each in menu.actions() if each.text() == "Tell me when free")
    assert (action.isEnabled(), action.isChecked()) == (True, True)
