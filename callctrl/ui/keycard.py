"""The key card: every key of the main window on one page, on the screen and on paper."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QDialog, QGridLayout, QSizePolicy, QWidget

from callctrl.ui.icons import app_icon
from callctrl.ui.keys import KEYS, Key, deed_in_words, key_in_words
from callctrl.ui.parts import cap_size, paint_cap
from callctrl.ui.theme import tokens
from callctrl.ui.widgets import button, frame, label

__all__ = ["KeyCard"]


class _Caps(QWidget):
    """The caps of one line, side by side."""

    _GAP = 4

    def __init__(self, key: Key) -> None:
        super().__init__()
        self.keys = [key_in_words(each) for each in key.sequence.split()]
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:  # noqa: N802
        sizes = [cap_size(each, self.font()) for each in self.keys]
        width = sum(size.width() for size in sizes) + self._GAP * (len(sizes) - 1)
        return QSize(width + 2, max(size.height() for size in sizes) + 2)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        painter = QPainter(self)
        left = 1.0
        for key in self.keys:
            size = cap_size(key, self.font())
            cap = QRectF(QPointF(left, 1), size.toSizeF())
            paint_cap(painter, cap, key, self.font(), QColor(tokens().muted))
            left += size.width() + self._GAP
        painter.end()


class KeyCard(QDialog):
    """All keys and what they do. Open it with `open()`."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Keys — Call Ctrl"))
        self.setWindowIcon(app_icon())
        body, buttons = frame(self)
        body.addWidget(label(self.tr("Keys"), "title"))
        grid = QGridLayout()
        grid.setHorizontalSpacing(16)
        grid.setVerticalSpacing(6)
        for row, key in enumerate(KEYS):
            caps = _Caps(key)
            words = label(deed_in_words(key.deed))
            words.setAccessibleName(f"{' '.join(caps.keys)}: {words.text()}")
            grid.addWidget(
                caps, row, 0, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
            )
            grid.addWidget(words, row, 1)
        grid.setColumnStretch(1, 1)
        body.addLayout(grid)
        close = button(self.tr("&Close"), primary=True)
        close.clicked.connect(self.accept)
        buttons.addWidget(close)

    def lines(self) -> list[tuple[str, str]]:
        """What the card says: keys and their meaning."""
        return [
            (" ".join(key_in_words(each) for each in key.sequence.split()), deed_in_words(key.deed))
            for key in KEYS
        ]
