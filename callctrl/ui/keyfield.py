"""A field that shows a key with what is held down meanwhile, and takes the next one pressed in it.

Qt's `QKeySequenceEdit` takes Tab, too, so that nobody without a mouse gets out of it.
"""

from __future__ import annotations

import sys

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QKeyEvent, QKeySequence
from PySide6.QtWidgets import QLineEdit, QWidget

__all__ = ["KeyField"]

_HELD = frozenset(
    {
        *(Qt.Key.Key_Control, Qt.Key.Key_Shift, Qt.Key.Key_Alt, Qt.Key.Key_AltGr),
        *(Qt.Key.Key_Meta, Qt.Key.Key_CapsLock, Qt.Key.Key_NumLock),
    }
)
"""Keys that say nothing by themselves."""
_LEAVING = frozenset(
    {
        *(Qt.Key.Key_Tab, Qt.Key.Key_Backtab, Qt.Key.Key_Escape),
        *(Qt.Key.Key_Return, Qt.Key.Key_Enter),
    }
)
"""What these do in a dialog they do from here, too."""
_CLEARING = frozenset({Qt.Key.Key_Backspace, Qt.Key.Key_Delete})


class KeyField(QLineEdit):
    """Shows one keystroke, or none."""

    typed = Signal(str)
    """Another one, as Qt writes it portably; empty where it was cleared. Not shown by itself."""

    def __init__(self, keystroke: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setReadOnly(True)
        self.setPlaceholderText(self.tr("No key"))
        self.show_keystroke(keystroke)

    def show_keystroke(self, keystroke: str) -> None:
        """Show it as this system writes it."""
        native = QKeySequence.SequenceFormat.NativeText
        self.setText(QKeySequence(keystroke).toString(native))

    def event(self, event: QEvent) -> bool:
        """No shortcut of the dialog comes before the field."""
        if (
            event.type() is QEvent.Type.ShortcutOverride
            and isinstance(event, QKeyEvent)
            and event.key() not in _LEAVING
        ):
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        """Take a keystroke."""
        key = event.key()
        if key in _LEAVING:
            event.ignore()
        elif key in _HELD:
            event.accept()
        elif key in _CLEARING and event.modifiers() == Qt.KeyboardModifier.NoModifier:
            self.typed.emit("")
        else:
            self.typed.emit(_portable(event))


def _portable(event: QKeyEvent) -> str:
    combination = event.keyCombination()
    code = event.nativeVirtualKey()
    if sys.platform == "win32" and ord("0") <= code <= ord("9"):
        # With Shift a digit's key is told by the other character that is printed on it.
        return QKeySequence(event.modifiers().value | code).toString(_PORTABLE)
    return QKeySequence(combination).toString(_PORTABLE)


_PORTABLE = QKeySequence.SequenceFormat.PortableText
