"""How many keys each deed takes: a promise, kept from wherever the receptionist's hands are."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLineEdit, QWidget
from pytestqt.qtbot import QtBot

from callctrl.calls import Answer, CallState, HangUp, Hold, Resume
from callctrl.ui.window import Window
from tests.reception import Clock, Reception, call

Key = Qt.Key

POSITIONS = ("field", "field with text", "list", "note")


@pytest.fixture(params=POSITIONS)
def reception(qtbot: QtBot, request: pytest.FixtureRequest) -> Reception:
    """She sits before the window, with the caret in one of the usual places."""
    clock = Clock()
    window = Window(clock)
    qtbot.addWidget(window)
    it = Reception(window, clock)
    it.window.show_calls([call("9", CallState.HELD)])
    match request.param:
        case "field with text":
            it.type("ana")
        case "list":
            it.rows.setFocus()
        case "note":
            it.press(Key.Key_F4)
            it.type("back at three")
    it.clock.now += 30
    it.heard.clear()
    it.strokes = 0
    return it


@pytest.mark.parametrize(
    ("state", "key", "expected"),
    [
        (CallState.RINGING, Key.Key_Return, Answer("1")),
        (CallState.RINGING, Key.Key_Enter, Answer("1")),
        (CallState.CONNECTED, Key.Key_F7, Hold()),
        (CallState.HELD, Key.Key_F7, Resume("1")),
        (CallState.CONNECTED, Key.Key_F8, HangUp("1")),
        (CallState.PROCEEDING, Key.Key_F8, HangUp("1")),
    ],
)
def test_what_a_call_needs_takes_one_key_and_another_to_answer_from_a_note(
    reception: Reception, state: CallState, key: Qt.Key, expected: object
) -> None:
    # It waits longer than the other one on hold.
    reception.window.show_calls([call("9", CallState.HELD), call("1", state, since=980)])
    reception.clock.now += 1
    is_in_the_way = isinstance(expected, Answer) and reception.focus() is note_of(reception)
    if is_in_the_way:  # the first one only ends the note
        reception.press(key)
        assert reception.asked("ordered", "dial_requested") == []
    reception.press(key)
    assert reception.asked("ordered", "dial_requested") == [(expected,)]
    assert reception.strokes == 1 + is_in_the_way


def test_a_favourite_is_called_by_one_key(reception: Reception) -> None:
    reception.press(Key.Key_F10)
    assert reception.asked("ordered", "dial_requested") == [("214",)]
    assert reception.strokes == 1


@pytest.mark.parametrize("keys", [(Key.Key_F9,), (Key.Key_Down, Key.Key_Return)])
def test_a_call_is_diverted_to_a_favourite_by_three_keys_at_most(
    reception: Reception, keys: tuple[Qt.Key, ...]
) -> None:
    reception.window.show_calls([call("9", CallState.HELD), call("1", CallState.RINGING)])
    reception.clock.now += 1
    reception.press(Key.Key_F5, *keys)
    assert reception.asked("ordered", "dial_requested", "divert_requested") == [
        ("1", "+12125550134")
    ]
    assert reception.strokes <= 3


def test_a_person_is_found_and_called_by_four_keys_at_most(reception: Reception) -> None:
    is_ready = reception.focus() is not note_of(reception) and not reception.field.text()
    if is_ready:
        reception.type("an")
        reception.press(Key.Key_Down, Key.Key_Return)
        expected = "214"
    else:
        reception.press(Key.Key_F3)
        reception.type("bo")
        reception.press(Key.Key_Return)
        expected = "+492115550199"
    assert reception.asked("ordered", "dial_requested") == [(expected,)]
    assert reception.strokes == 4


def note_of(reception: Reception) -> QWidget | None:
    card = reception.window.now.card("9")
    return card.findChild(QLineEdit) if card is not None else None
