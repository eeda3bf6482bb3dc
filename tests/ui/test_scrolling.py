"""A page is seen whole where the screen lets it, and else what is looked for comes into view."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QDialog, QLineEdit, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from callctrl.ui.scrolling import Scrolling, grow

LINE = 40
SCREEN = 500
AT_MOST = 450
"""Nine tenths of it."""


@pytest.fixture
def dialog(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> QDialog:
    """A dialog on a low screen."""
    it = QDialog()
    qtbot.addWidget(it)
    screen = SimpleNamespace(availableGeometry=lambda: QRect(0, 0, 800, SCREEN))
    monkeypatch.setattr(it, "screen", lambda: screen)
    it.resize(300, 200)
    return it


def put(dialog: QDialog, lines: int) -> tuple[Scrolling, list[QLineEdit]]:
    """Show a page of so many fields in it."""
    page = QWidget()
    column = QVBoxLayout(page)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(0)
    fields = [QLineEdit() for _ in range(lines)]
    for field in fields:
        field.setFixedHeight(LINE)
        column.addWidget(field)
    scrolling = Scrolling(page)
    whole = QVBoxLayout(dialog)
    whole.setContentsMargins(0, 0, 0, 0)
    whole.addWidget(scrolling)
    dialog.show()
    return scrolling, fields


@pytest.mark.parametrize(("lines", "height"), [(3, 200), (8, 8 * LINE), (20, AT_MOST)])
def test_a_dialog_grows_for_its_page_and_stays_on_the_screen(
    dialog: QDialog, lines: int, height: int
) -> None:
    scrolling, _ = put(dialog, lines)
    assert scrolling.missing_in(scrolling.size()) == lines * LINE - 200
    grow(dialog, scrolling.missing_in(scrolling.size()))
    assert dialog.height() == height


def test_a_field_that_a_letter_leads_to_comes_into_view(dialog: QDialog, qtbot: QtBot) -> None:
    _, fields = put(dialog, 20)
    qtbot.waitUntil(dialog.isActiveWindow)
    last = fields[-1]
    assert last.visibleRegion().isEmpty()
    last.setFocus(Qt.FocusReason.ShortcutFocusReason)
    assert last.visibleRegion().boundingRect().height() == LINE


def test_the_rest_of_a_page_is_read_by_key(dialog: QDialog, qtbot: QtBot) -> None:
    scrolling, fields = put(dialog, 20)
    qtbot.waitUntil(dialog.isActiveWindow)
    fields[0].setFocus()
    QTest.keyClick(fields[0], Qt.Key.Key_PageDown)
    assert scrolling.verticalScrollBar().value() > 0


def test_a_page_that_changes_tells(dialog: QDialog, qtbot: QtBot) -> None:
    scrolling, fields = put(dialog, 3)
    with qtbot.waitSignal(scrolling.rearranged, timeout=5000):
        fields[0].hide()


def test_a_page_is_never_cut_at_its_side(dialog: QDialog) -> None:
    scrolling, fields = put(dialog, 1)
    fields[0].setMinimumSize(QSize(420, LINE))
    fields[0].updateGeometry()
    QTest.qWait(0)
    assert scrolling.minimumSizeHint().width() == 420
