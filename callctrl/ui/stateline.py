"""The head of the main window: what the phone does, whose it is, and what is wrong with it."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QSize, Qt, Signal
from PySide6.QtGui import QPixmap, QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from callctrl.calls import Messages
from callctrl.ui.icons import envelope_icon, padlock_icon, state_icon
from callctrl.ui.parts import ElidedLabel
from callctrl.ui.state import PhoneState, new_messages_in_words
from callctrl.ui.theme import current_scheme
from callctrl.ui.widgets import button, label

__all__ = ["StateLine"]

_ICON = QSize(22, 22)
_PADLOCK = QSize(16, 16)
_ENVELOPE = QSize(16, 16)
_WIDE = 21
"""How many lines of text it is wide where the messages are spelt out."""


class StateLine(QWidget):
    """One line; in trouble a second one says why, with the way out beside it."""

    missed_wanted = Signal()
    """The missed calls are to be shown."""
    messages_wanted = Signal()
    """The messages are to be heard."""
    wizard_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._state = PhoneState.CONNECTING
        self._pictures: dict[tuple[object, ...], tuple[QPixmap, QPixmap]] = {}
        """State and padlock as they were drawn: Qt keeps a copy of each one that is new to it."""
        self._icon = QLabel()
        self._icon.setFixedSize(_ICON)
        self._word = label(role="strong")
        self._padlock = QLabel()
        self._padlock.setFixedSize(_PADLOCK)
        self._padlock.setAccessibleName(self.tr("Encrypted by TLS"))
        self._padlock.setToolTip(self.tr("Encrypted by TLS"))
        self._padlock.hide()
        self._whose = ElidedLabel(role="quiet")
        self._missed = QPushButton()
        self._missed.setProperty("role", "link")
        self._missed.setAccessibleDescription(self.tr("Show the missed calls"))
        self._missed.clicked.connect(self.missed_wanted)
        self._missed.hide()
        self._new = ""
        """How many new messages there are; empty where nobody knows."""
        self._messages = QPushButton()
        self._messages.setProperty("role", "link")
        self._messages.setIconSize(_ENVELOPE)
        self._messages.setAccessibleDescription(self.tr("Call the voicemail to listen"))
        self._messages.clicked.connect(self.messages_wanted)
        self._messages.hide()
        line = QHBoxLayout()
        line.setSpacing(8)
        line.addWidget(self._icon)
        line.addWidget(self._word)
        line.addWidget(self._padlock)
        line.addWidget(self._whose, 1)
        line.addWidget(self._messages)
        line.addWidget(self._missed)
        self._missed.ensurePolished()
        line.addStrut(self._missed.sizeHint().height())  # what lies below stays where it is

        self._reason = label(role="quiet", wrap=True)
        wizard = button(self.tr("Settings wizard…"))
        wizard.clicked.connect(self.wizard_requested)
        self._problem = QWidget()
        self._parts = QHBoxLayout(self._problem)
        self._parts.setContentsMargins(0, 0, 0, 0)
        self._parts.setSpacing(8)
        self._parts.addWidget(self._reason, 1)
        self._parts.addWidget(
            wizard, alignment=Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        )
        self._problem.hide()

        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(10)
        column.addLayout(line)
        column.addWidget(self._problem)

    def line(self) -> str:
        """The line that names the state."""
        return " · ".join(part for part in (self._word.text(), self._whose.text()) if part)

    def reason(self) -> str:
        """Why it is so, or empty."""
        return self._reason.text()

    def show_state(self, state: PhoneState, line: str, reason: str) -> None:
        """Show one of the six states, the line that names it, and why it is so."""
        self._state = state
        word, _, whose = line.partition(" · ")
        self._word.setText(word)
        self._whose.setText(whose)
        self._reason.setText(reason)
        is_long = "\n" in reason  # in a narrow strip it would stand a word a line beside a button
        self._parts.setDirection(
            QBoxLayout.Direction.TopToBottom if is_long else QBoxLayout.Direction.LeftToRight
        )
        is_trouble = state in (PhoneState.TROUBLE, PhoneState.CONNECTING)
        self._problem.setVisible(bool(reason) and is_trouble)
        self._draw_icons()

    def show_encrypted(self, is_encrypted: bool) -> None:
        """Show by a padlock that nobody on the way can listen or meddle, or show none."""
        self._padlock.setVisible(is_encrypted)

    def is_shown_encrypted(self) -> bool:
        """Whether there is a padlock."""
        return self._padlock.isVisibleTo(self)

    def show_missed(self, count: int) -> None:
        """Tell how many missed calls nobody has looked at."""
        self._missed.setVisible(count > 0)
        self._missed.setText(self.tr("{count} missed").format(count=count))

    def show_messages(self, messages: Messages | None) -> None:
        """Tell what new messages wait; nothing where there are none, or nobody knows."""
        words = new_messages_in_words(messages)
        self._new = str(messages.new) if messages is not None and messages.new else ""
        self._messages.setVisible(bool(words))
        self._messages.setAccessibleName(words)
        self._messages.setToolTip(
            self.tr("{messages}: call the voicemail to listen").format(messages=words)
        )
        self._draw_envelope()
        self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        """In a narrow strip the envelope has but a number beside it."""
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        is_narrow = self.width() < self.fontMetrics().height() * _WIDE
        self._messages.setText(self._new if is_narrow else self._messages.accessibleName())

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802
        """Redraw the icon for another colour scheme."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self._draw_icons()
            self._draw_envelope()

    def _draw_envelope(self) -> None:
        if not self._messages.isHidden():
            self._messages.setIcon(envelope_icon(current_scheme()))

    def _draw_icons(self) -> None:
        scheme, ratio = current_scheme(), self.devicePixelRatio()
        look = self._state, scheme, ratio
        if look not in self._pictures:
            self._pictures[look] = (
                state_icon(self._state, scheme).pixmap(_ICON, ratio),
                padlock_icon(scheme).pixmap(_PADLOCK, ratio),
            )
        state, padlock = self._pictures[look]
        self._icon.setPixmap(state)
        self._padlock.setPixmap(padlock)
