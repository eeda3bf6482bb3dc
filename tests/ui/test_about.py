"""The About box."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QWidget
from pytestqt.qtbot import QtBot

from callctrl import __version__
from callctrl.ui.about import show_about


def test_says_what_it_is(qtbot: QtBot, unnamed: Callable[[QWidget], list[str]]) -> None:
    box = show_about()
    qtbot.addWidget(box)
    words = " ".join(it.text() for it in box.findChildren(QLabel))
    assert "Call Ctrl" in words
    assert __version__ in words
    assert unnamed(box) == []
    QTest.keyClick(box, Qt.Key.Key_Return)
    assert not box.isVisible()
