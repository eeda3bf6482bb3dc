"""One table of keys: shortcuts, menu, buttons and the key card agree."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QMainWindow, QMenu, QWidget
from pytestqt.qtbot import QtBot

from callctrl.ui.keycard import KeyCard
from callctrl.ui.keys import FAVOURITE_KEYS, KEYS, Deed, deed_in_words, key_in_words, sequences_of
from callctrl.ui.menus import Menus


def test_every_key_has_words_of_its_own() -> None:
    assert len({deed_in_words(key.deed) for key in KEYS}) == len(KEYS)


def test_every_deed_has_a_key_or_a_place_in_a_menu(qtbot: QtBot) -> None:
    window = QMainWindow()
    qtbot.addWidget(window)
    menus = Menus(window)
    keyed = {key.deed for key in KEYS}
    for deed in Deed:
        assert deed in keyed or menus.action(deed).text()


def test_the_menu_shows_the_keys_of_the_table(qtbot: QtBot) -> None:
    window = QMainWindow()
    qtbot.addWidget(window)
    menus = Menus(window)
    shown = [each.toString() for each in menus.action(Deed.HOLD).shortcuts()]
    assert shown == sequences_of(Deed.HOLD) == ["F7"]
    assert menus.action(Deed.ANSWER).shortcuts() == [], "Enter has other meanings, too"


def test_no_two_entries_of_a_menu_share_a_letter(qtbot: QtBot) -> None:
    window = QMainWindow()
    qtbot.addWidget(window)
    Menus(window)
    for menu in window.menuBar().findChildren(QMenu):
        titles = [action.text() for action in menu.actions() if "&" in action.text()]
        letters = [title[title.index("&") + 1].lower() for title in titles]
        assert len(letters) == len(set(letters)), menu.title()


def test_every_sequence_is_one_that_qt_knows() -> None:
    for key in KEYS:
        for sequence in key.sequence.split():
            assert QKeySequence(sequence).toString() == sequence


def test_no_shortcut_has_two_meanings() -> None:
    shortcuts = [each for key in KEYS if key.is_shortcut for each in key.sequence.split()]
    assert len(shortcuts) == len(set(shortcuts))


@pytest.mark.parametrize(
    ("sequence", "printed"),
    [("Return", "Enter"), ("F7", "F7"), ("Ctrl+Del", "Ctrl+Del"), ("Alt+Up", "Alt+↑")],
)
def test_keys_are_named_as_they_are_printed(sequence: str, printed: str) -> None:
    assert key_in_words(sequence) == printed


def test_favourites_have_the_keys_of_the_table() -> None:
    assert tuple(sequences_of(Deed.FAVOURITE)) == FAVOURITE_KEYS


def test_the_card_lists_all_keys(qtbot: QtBot, unnamed: Callable[[QWidget], list[str]]) -> None:
    card = KeyCard()
    qtbot.addWidget(card)
    card.open()
    assert len(card.lines()) == len(KEYS)
    assert ("F7", "Hold, or take the held call back") in card.lines()
    assert unnamed(card) == []
