"""What the tests of the screens share."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import pairwise

import pytest
import shiboken6
from PySide6.QtCore import QLocale, Qt
from PySide6.QtGui import QAccessible, QAccessibleInterface, QFont, QPalette
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from callctrl.ui.theme import Scheme, _Theme, apply_theme

QLocale.setDefault(QLocale.c())  # numbers are written as they are expected, wherever it runs

_MUST_HAVE_A_NAME = {
    QAccessible.Role.PushButton,
    QAccessible.Role.CheckBox,
    QAccessible.Role.RadioButton,
    QAccessible.Role.EditableText,
    QAccessible.Role.List,
    QAccessible.Role.ComboBox,
}


@pytest.fixture
def unnamed() -> Callable[[QWidget], list[str]]:
    """Everything below a widget that a person can act on and a screen reader cannot name."""

    def walk(interface: QAccessibleInterface) -> Iterator[str]:
        role = interface.role()
        if getattr(interface.state(), "invisible"):  # noqa: B009 — PySide6's stubs lack it
            return
        if role in _MUST_HAVE_A_NAME and not interface.text(QAccessible.Text.Name):
            yield f"{role.name}: {interface.object()!r}"
        for index in range(interface.childCount()):
            child = interface.child(index)
            if child is not None:
                yield from walk(child)

    def unnamed_below(widget: QWidget) -> list[str]:
        interface = QAccessible.queryAccessibleInterface(widget)
        assert interface is not None
        return list(walk(interface))

    return unnamed_below


@pytest.fixture
def against_reading() -> Callable[[QWidget], list[tuple[QWidget, QWidget]]]:
    """The steps of Tab that lead backwards, from where the focus is round to it again.

    One there must be, from the last to the first.
    """

    def step(window: QWidget) -> QWidget:
        focus = window.focusWidget()
        assert focus is not None
        QTest.keyClick(focus, Qt.Key.Key_Tab)
        after = window.focusWidget()
        assert after is not None
        return after

    def is_before(window: QWidget, one: QWidget, other: QWidget) -> bool:
        a, b = (each.mapTo(window, each.rect().center()) for each in (one, other))
        is_one_line = abs(a.y() - b.y()) <= 20
        return a.x() < b.x() if is_one_line else a.y() < b.y()

    def steps_back(window: QWidget) -> list[tuple[QWidget, QWidget]]:
        first = window.focusWidget()
        assert first is not None
        seen = [first]
        while (focus := step(window)) is not first:
            assert len(seen) < 100
            seen.append(focus)
        seen.append(first)
        return [(a, b) for a, b in pairwise(seen) if not is_before(window, a, b)]

    return steps_back


@pytest.fixture
def dress(qapp: QApplication) -> Iterator[Callable[[Scheme | None], None]]:
    """Apply the theme; afterwards the application is as bare as before."""
    font, style = QFont(qapp.font()), qapp.style().objectName()
    yield lambda scheme: apply_theme(qapp, scheme)
    if (theme := qapp.findChild(_Theme)) is not None:
        shiboken6.delete(theme)
    qapp.setStyleSheet("")
    qapp.setPalette(QPalette())
    qapp.setStyle(style)
    qapp.setFont(font)


@pytest.fixture
def british() -> Iterator[None]:
    """Dates and times as in London, whatever the machine's own are."""
    before = QLocale()
    QLocale.setDefault(QLocale(QLocale.Language.English, QLocale.Country.UnitedKingdom))
    yield
    QLocale.setDefault(before)
