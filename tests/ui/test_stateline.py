"""The line that names the phone's state, above all else in the window."""

from __future__ import annotations

from collections.abc import Callable

from pytestqt.qtbot import QtBot

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
