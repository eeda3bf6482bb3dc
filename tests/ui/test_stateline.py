"""The line that names the phone's state, above all else in the window."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtWidgets import QApplication, QLabel, QPushButton
from pytestqt.qtbot import QtBot

from callctrl.calls import Messages
from callctrl.ui.state import PhoneState
from callctrl.ui.stateline import StateLine
from callctrl.ui.theme import Scheme


def test_what_lies_below_stays_where_it_is_when_missed_calls_are_looked_at(
    qtbot: QtBot, dress: Callable[[Scheme | None], None]
) -> None:
    dress(Scheme.LIGHT)
    line = StateLine()
    qtbot.addWidget(line)
    line.show()
    height = line.sizeHint().height()
    line.show_missed(2)
    assert line.sizeHint().height() == height


def test_a_padlock_says_that_the_way_is_encrypted(qtbot: QtBot) -> None:
    line = StateLine()
    qtbot.addWidget(line)
    line.show_state(PhoneState.READY, "Ready · FrontDesk, extension 200", "")
    assert not line.is_shown_encrypted()
    line.show_encrypted(True)
    assert line.is_shown_encrypted()
    (padlock,) = (each for each in line.findChildren(QLabel) if each.toolTip())
    assert padlock.accessibleName() == padlock.toolTip() == "Encrypted by TLS"
    assert not padlock.pixmap().isNull()
    line.show_encrypted(False)
    assert not line.is_shown_encrypted()


@pytest.mark.parametrize(
    ("messages", "words"),
    [
        (Messages(2, 5, "*97"), "2 new messages"),
        (Messages(1, None, ""), "1 new message"),
        (Messages(None, None, ""), "New messages"),
    ],
)
@pytest.mark.parametrize("scheme", Scheme)
def test_new_messages_are_told_by_an_envelope_and_a_click_asks_for_them(
    qtbot: QtBot,
    dress: Callable[[Scheme | None], None],
    scheme: Scheme,
    messages: Messages,
    words: str,
) -> None:
    dress(scheme)
    line = StateLine()
    qtbot.addWidget(line)
    line.resize(600, 40)
    line.show()
    line.show_messages(messages)
    (button,) = (each for each in line.findChildren(QPushButton) if each.text() == words)
    assert button.isVisible()
    assert button.accessibleName() == words
    assert not button.icon().isNull()
    assert button.accessibleDescription() == "Call the voicemail to listen"
    with qtbot.waitSignal(line.messages_wanted):
        button.click()


def test_in_a_narrow_strip_a_number_stands_for_the_messages(qtbot: QtBot) -> None:
    line = StateLine()
    qtbot.addWidget(line)
    line.show_messages(Messages(12, 0, "*97"))
    button = line._messages
    for width, text in ((240, "12"), (600, "12 new messages")):
        line.resize(width, 40)
        line.show()
        assert (button.text(), button.accessibleName()) == (text, "12 new messages")
    assert button.toolTip() == "12 new messages: call the voicemail to listen"


@pytest.mark.parametrize("messages", [None, Messages(0, 5, "*97")])
def test_where_no_new_message_is_known_of_nothing_is_in_the_way(
    qtbot: QtBot, messages: Messages | None
) -> None:
    line = StateLine()
    qtbot.addWidget(line)
    line.show()
    line.show_messages(Messages(2, 5, "*97"))
    line.show_messages(messages)
    assert [each.text() for each in line.findChildren(QPushButton) if each.isVisible()] == []


def test_a_state_that_comes_again_is_not_drawn_again(qtbot: QtBot) -> None:
    """Each new picture would stay in Qt's cache: memory, for nothing, with every call."""
    line = StateLine()
    qtbot.addWidget(line)

    def drawn(state: PhoneState) -> int:
        line.show_state(state, "Some state", "")
        return line._icon.pixmap().cacheKey()

    before = {state: drawn(state) for state in PhoneState}
    assert len(set(before.values())) == len(PhoneState)
    assert {state: drawn(state) for state in PhoneState} == before


def test_what_takes_long_to_explain_has_the_whole_width(qtbot: QtBot) -> None:
    """Beside the button a narrow strip would leave it a word a line."""
    line = StateLine()
    qtbot.addWidget(line)
    line.resize(240, 400)
    line.show()
    (wizard,) = (each for each in line.findChildren(QPushButton) if "wizard" in each.text())
    (reason,) = (each for each in line.findChildren(QLabel) if each.wordWrap())
    for text, is_below in (("No answer.", False), ("Not trusted.\nIt has expired.", True)):
        line.show_state(PhoneState.TROUBLE, "No connection", text)
        QApplication.processEvents()
        assert (wizard.y() >= reason.geometry().bottom()) is is_below
        assert (reason.width() == line.width()) is is_below
