"""A quiet strip that says what happened, and takes it back where that can be done."""

from __future__ import annotations

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QHBoxLayout, QWidget

from callctrl.ui.keys import Deed, key_in_words, sequences_of
from callctrl.ui.parts import CardFrame, Edge, KeyButton, Tone
from callctrl.ui.widgets import announce, label

__all__ = ["Notice"]

_SHOWN_FOR = 20.0
"""Seconds; what can be undone can be undone by its key for longer, until the next deed."""


class Notice(CardFrame):
    """One sentence at a time."""

    undo_wanted = Signal()
    call_wanted = Signal(str)
    """The number that was offered is to be called."""
    gone = Signal(str)
    """It is no longer to be seen; what it said last."""
    caret_freed = Signal()
    """A button that has the caret is about to go. Qt would give it to the one that comes next."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(Edge.LEFT, Tone.ACCENT)
        self.setParent(parent)
        self._text = label(wrap=True)
        undo_key = key_in_words(sequences_of(Deed.UNDO)[0])
        self._undo = KeyButton(self.tr("Undo"), undo_key)
        self._undo.clicked.connect(self.undo_wanted)
        self._call = KeyButton(self.tr("Call"))
        self._call.clicked.connect(self._want_call)
        self._number = ""
        self._close = KeyButton(self.tr("Close"))
        self._close.clicked.connect(self.hide)
        self._buttons = (self._undo, self._call, self._close)
        for each in self._buttons:
            each.setFocusPolicy(Qt.FocusPolicy.TabFocus)  # a click leaves the caret where it is
        line = QHBoxLayout(self)
        line.setContentsMargins(16, 8, 8, 8)
        line.setSpacing(8)
        line.addWidget(self._text, 1)
        for each in self._buttons:
            line.addWidget(each)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(round(_SHOWN_FOR * 1000))
        self._timer.timeout.connect(self.hide)
        self.hide()

    @property
    def offers_undo(self) -> bool:
        """Whether it has the button that takes something back."""
        return not self._undo.isHidden()

    def said(self) -> str:
        """What can be read on it; empty while it is hidden."""
        return "" if self.isHidden() else self.text()

    def text(self) -> str:
        """What it says."""
        return self._text.text()

    def tell(
        self,
        sentence: str,
        *,
        can_undo: bool = False,
        is_trouble: bool = False,
        call: str = "",
        stays: bool = False,
    ) -> None:
        """Say it, also to a screen reader; trouble stays until it is closed.

        `call` is a number that it offers to call. What `stays` does so until it is withdrawn.
        """
        self.show_tone(Tone.BAD if is_trouble else Tone.ACCENT)
        self._text.setText(sentence)
        self.setAccessibleName(sentence)
        self._number = call
        shown = {self._undo: can_undo, self._call: bool(call), self._close: not can_undo}
        self._free_caret(*(each for each in shown if not shown[each]))
        for each, is_shown in shown.items():
            each.setVisible(is_shown)
        self.show()
        announce(self, sentence)
        if is_trouble or call or stays:
            self._timer.stop()
        else:
            self._timer.start()

    def setVisible(self, visible: bool) -> None:  # noqa: N802
        """Keep no caret when it goes."""
        goes = not visible and not self.isHidden()
        if goes:
            self._free_caret(*self._buttons)
        super().setVisible(visible)
        if goes:
            self.gone.emit(self.text())

    def _want_call(self) -> None:
        number = self._number
        self.hide()
        self.call_wanted.emit(number)

    def _free_caret(self, *going: QWidget) -> None:
        if self.window().focusWidget() in going:
            self.caret_freed.emit()
