"""What the tests of the screens share."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
import shiboken6
from PySide6.QtGui import QAccessible, QAccessibleInterface, QFont, QPalette
from PySide6.QtWidgets import QApplication, QWidget

from callctrl.ui.theme import Scheme, _Theme, apply_theme

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
