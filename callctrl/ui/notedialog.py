"""The dialog for the note on a call of the past."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut, QTextCursor
from PySide6.QtWidgets import QDialog, QPlainTextEdit, QWidget

from callctrl.ui.icons import app_icon
from callctrl.ui.widgets import button, frame, label, set_width

__all__ = ["NoteDialog"]


class NoteDialog(QDialog):
    """Write a note. Open it with `open()`."""

    written = Signal(str)

    def __init__(self, title: str, note: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Note — Call Ctrl"))
        self.setWindowIcon(app_icon())
        self._note = QPlainTextEdit(note)
        self._note.setTabChangesFocus(True)
        self._note.setAccessibleName(self.tr("Note on the call with {name}").format(name=title))
        self._note.setMinimumHeight(self.fontMetrics().height() * 5)
        body, buttons = frame(self)
        body.addWidget(label(title, "title", wrap=True))
        body.addWidget(self._note, 1)
        cancel = button(self.tr("Cancel"))
        cancel.clicked.connect(self.reject)
        save = button(self.tr("&Save"), primary=True)
        save.clicked.connect(self._save)
        buttons.addWidget(cancel)
        buttons.addWidget(save)
        set_width(self, 22)
        self._note.setFocus()
        self._note.moveCursor(QTextCursor.MoveOperation.End)
        for enter in (Qt.Key.Key_Return, Qt.Key.Key_Enter):  # alone it begins a new line
            keys = QKeySequence(Qt.KeyboardModifier.ControlModifier | enter)
            QShortcut(keys, self).activated.connect(self._save)

    def _save(self) -> None:
        self.written.emit(self._note.toPlainText().strip())
        self.accept()
