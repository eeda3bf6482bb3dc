"""The one field: it finds people, takes any number, and says whom a call is diverted from."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QKeySequence, QPainter, QPaintEvent
from PySide6.QtWidgets import QLineEdit, QWidget

from callctrl.ui.keys import KEYS, Deed, key_in_words, sequences_of
from callctrl.ui.parts import cap_size, paint_cap
from callctrl.ui.theme import tokens

__all__ = ["SearchField"]

_LONGEST = 200

_ORDERS = frozenset(
    sequence for key in KEYS if key.is_shortcut for sequence in key.sequence.split()
)
"""Keys of the window that a text field would take for its own, such as Ctrl+Z."""


class SearchField(QLineEdit):
    """Keeps the caret while arrows move through the list below it."""

    stepped = Signal(int)
    """Up (-1) or down (1) in the list, or by a page (-8, 8)."""
    entered = Signal()
    left = Signal()
    """Esc in the empty field."""
    redial_wanted = Signal()
    """Up in the empty field."""
    numbers_wanted = Signal()
    """Right, behind the last letter."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._cap = key_in_words(sequences_of(Deed.FIND)[0])
        self.setMaxLength(_LONGEST)
        self.setProperty("role", "field")
        self.setAccessibleName(self.tr("Find people or type a number"))
        self.show_purpose("")
        self.installEventFilter(self)

    def show_purpose(self, diverted: str) -> None:
        """Say what the field is for: to call somebody, or to divert a caller of that name."""
        self._diverts = bool(diverted)
        if diverted:
            text = self.tr("Divert {name} to…").format(name=diverted)
        else:
            text = self.tr("Find people or type a number")
        self.setPlaceholderText(text)
        self.setAccessibleName(text.rstrip("…"))

    def begin(self) -> None:
        """Take the caret there, ready to type over what is in it."""
        self.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.selectAll()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802
        """Give the keys that the field has no use for to the list."""
        if event.type() is QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent):
            if QKeySequence(event.keyCombination()).toString() in _ORDERS:
                event.ignore()  # the window's, where it can be done now; else the field's own
                return True
        elif event.type() is QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            return self._take(event)
        return super().eventFilter(watched, event)

    def _take(self, event: QKeyEvent) -> bool:
        if event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier:
            return False
        match event.key():
            case Qt.Key.Key_Return | Qt.Key.Key_Enter:
                self.entered.emit()  # of its own accord it would tell the window, too
            case Qt.Key.Key_Up if not self.text():
                self.redial_wanted.emit()
            case Qt.Key.Key_Up:
                self.stepped.emit(-1)
            case Qt.Key.Key_Down:
                self.stepped.emit(1)
            case Qt.Key.Key_PageUp:
                self.stepped.emit(-8)
            case Qt.Key.Key_PageDown:
                self.stepped.emit(8)
            case Qt.Key.Key_Right if self.cursorPosition() == len(self.text()):
                self.numbers_wanted.emit()
            case Qt.Key.Key_Escape if self.text() and not self._diverts:
                self.clear()
            case Qt.Key.Key_Escape:
                self.clear()
                self.left.emit()
            case _:
                return False
        return True

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        """Draw the field and, while nobody types, the key that leads to it."""
        super().paintEvent(event)
        size = cap_size(self._cap, self.font())
        room = self.fontMetrics().horizontalAdvance(self.text() or self.placeholderText())
        if room + size.width() + 40 > self.width():
            return
        painter = QPainter(self)
        corner = QPointF(self.width() - size.width() - 12, (self.height() - size.height()) / 2)
        cap = QRectF(corner, size.toSizeF())
        paint_cap(painter, cap, self._cap, self.font(), QColor(tokens().muted))
        painter.end()
