"""The menus: every deed in its place, and grey with a reason where it cannot be done."""

from __future__ import annotations

import pytest
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMainWindow, QMenu
from pytestqt.qtbot import QtBot

from callctrl.calls import NUMBER, Feature, No, Reason
from callctrl.ui.keys import Deed
from callctrl.ui.menus import Menus

IN_MENUS = [
    deed
    for deed in Deed
    if deed
    not in {
        Deed.FAVOURITE,
        Deed.DIAL,
        Deed.REDIAL,
        Deed.CHOOSE,
        Deed.NUMBERS,
        Deed.BACK,
        Deed.MOVE,
    }
]
SOMETIMES = [
    Deed.ANSWER,
    Deed.DIVERT,
    Deed.HOLD,
    Deed.HANG_UP,
    Deed.UNDO,
    Deed.COLLEAGUES,
    Deed.PRACTISE,
    Deed.WIZARD,
]


@pytest.fixture
def window(qtbot: QtBot) -> QMainWindow:
    it = QMainWindow()
    qtbot.addWidget(it)
    return it


@pytest.fixture
def menus(window: QMainWindow) -> Menus:
    return Menus(window)


def entries(window: QMainWindow) -> dict[str, QAction]:
    return {
        action.text().replace("&", ""): action
        for menu in window.menuBar().findChildren(QMenu)
        for action in menu.actions()
        if not action.isSeparator()
    }


@pytest.mark.parametrize("deed", IN_MENUS)
def test_each_entry_tells_its_deed(qtbot: QtBot, menus: Menus, deed: Deed) -> None:
    with qtbot.waitSignal(menus.chosen) as chosen:
        menus.action(deed).trigger()
    assert chosen.args == [deed]


def test_every_entry_stands_once(window: QMainWindow, menus: Menus) -> None:
    shown = entries(window)
    assert {menus.action(deed).text().replace("&", "") for deed in IN_MENUS} <= shown.keys()
    assert len(shown) == len(IN_MENUS) + len(Feature)


@pytest.mark.parametrize("deed", SOMETIMES)
def test_what_cannot_be_done_now_is_grey_and_says_why(menus: Menus, deed: Deed) -> None:
    action = menus.action(deed)
    menus.show_possible({deed: False})
    assert not action.isEnabled()
    assert action.toolTip().endswith(".")
    menus.show_possible({deed: True})
    assert action.isEnabled()
    assert not action.toolTip().endswith(".")


@pytest.mark.parametrize(
    ("feature", "name"),
    [
        (Feature.TRANSFER, "Transfer"),
        (Feature.CONFERENCE, "Conference"),
        (Feature.PARK, "Park"),
        (Feature.TONES, "Keypad tones"),
    ],
)
def test_what_the_phone_takes_no_order_for_is_grey_and_says_how_it_is_done_by_hand(
    window: QMainWindow, menus: Menus, feature: Feature, name: str
) -> None:
    action = entries(window)[name]
    assert not action.isEnabled()
    assert action.toolTip().endswith("from a PC. Use the handset.")
    menus.show_abilities(lambda _action, _call: No(Reason.BY_HAND, ("xfer", NUMBER, "xfer")))
    assert action.toolTip().endswith("On the handset press: xfer, the number, xfer.")
    assert action.statusTip() == action.toolTip()
    assert not action.isEnabled()


def test_reasons_are_shown_on_hover_in_every_menu(window: QMainWindow, menus: Menus) -> None:
    assert all(menu.toolTipsVisible() for menu in window.menuBar().findChildren(QMenu))


@pytest.mark.parametrize("deed", [Deed.DIAL_PLAN, Deed.STRIP, Deed.ON_TOP])
def test_switches_have_a_check_mark(menus: Menus, deed: Deed) -> None:
    action = menus.action(deed)
    assert (action.isCheckable(), action.isChecked()) == (True, False)
    action.trigger()
    assert action.isChecked()


def test_the_letter_of_each_menu_is_its_own(window: QMainWindow, menus: Menus) -> None:
    titles = [action.text() for action in window.menuBar().actions()]
    letters = [title[title.index("&") + 1].lower() for title in titles]
    assert len(set(letters)) == len(letters) == 4
