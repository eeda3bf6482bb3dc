"""One table of keys: shortcuts, menu, buttons and the key card agree."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from callctrl.ui.keycard import KeyCard
from callctrl.ui.keys import FAVOURITE_KEYS, KEYS, Deed, deed_in_words, key_in_words, sequences_of


def test_every_deed_has_a_key_and_words() -> None:
    assert {key.deed for key in KEYS} == set(Deed)
    assert len({deed_in_words(deed) for deed in Deed}) == len(Deed)


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
