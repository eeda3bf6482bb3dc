"""Where the window stands: a strip at the screen's edge, and back."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from callctrl.ui.placement import Placement

# What the offscreen platform says of every window.
pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints")


@pytest.fixture
def window(qtbot: QtBot) -> QWidget:
    it = QWidget()
    qtbot.addWidget(it)
    it.setMinimumWidth(200)
    it.setGeometry(100, 100, 400, 300)
    it.show()
    return it


def test_a_strip_goes_down_the_right_edge_frame_and_all(window: QWidget) -> None:
    Placement(window).become_strip(True)
    free, strip = window.screen().availableGeometry(), window.frameGeometry()
    assert (strip.top(), strip.right(), strip.bottom()) == (free.top(), free.right(), free.bottom())
    assert 200 <= window.width() < 240


def test_gives_back_what_it_took(window: QWidget) -> None:
    placement, before = Placement(window), window.geometry()
    for on in (True, False):
        placement.become_strip(on)
    assert window.geometry() == before


def test_a_maximised_window_becomes_one_too(window: QWidget) -> None:
    window.showMaximized()
    Placement(window).become_strip(True)
    assert not window.isMaximized()
    assert window.width() < 240


def test_a_maximised_window_becomes_maximised_again(window: QWidget) -> None:
    placement, before = Placement(window), window.geometry()
    window.showMaximized()
    for on in (True, False):
        placement.become_strip(on)
    assert window.isMaximized()
    window.showNormal()
    assert window.geometry() == before


def test_nothing_is_given_back_that_was_not_taken(window: QWidget) -> None:
    before = window.geometry()
    Placement(window).become_strip(False)
    assert window.geometry() == before


def test_staying_on_top_does_not_show_what_is_hidden(window: QWidget) -> None:
    placement = Placement(window)
    placement.stay_on_top(True)
    assert window.isVisible()
    assert window.windowFlags() & Qt.WindowType.WindowStaysOnTopHint
    window.hide()
    placement.stay_on_top(False)
    assert not window.isVisible()
    assert not window.windowFlags() & Qt.WindowType.WindowStaysOnTopHint
