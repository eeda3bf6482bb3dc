"""The small window: what the tray shows and offers, for desktops without one."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QSize, Qt, Signal
from PySide6.QtGui import QCloseEvent, QKeyEvent, QShowEvent
from PySide6.QtWidgets import QApplication, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from callctrl.ui.icons import app_icon, state_icon
from callctrl.ui.state import PhoneState
from callctrl.ui.theme import current_scheme
from callctrl.ui.widgets import button, fit_height, label, rule, set_width

__all__ = ["StatusWindow"]

_ICON = QSize(32, 32)


class StatusWindow(QWidget):
    """The phone's state in words, and the ways to everything else."""

    wizard_requested = Signal()
    preferences_requested = Signal()
    about_requested = Signal()
    quit_requested = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.closes_to_tray = False
        """Whether closing hides the window; else it minimises, to stay within reach."""
        self._state = PhoneState.CONNECTING
        self.setWindowTitle(self.tr("Call Ctrl"))
        self.setWindowIcon(app_icon())
        self._icon = QLabel()
        self._icon.setFixedSize(_ICON)
        self._line = label(role="state", wrap=True)
        self._reason = label(role="quiet", wrap=True)

        words = QVBoxLayout()
        words.setSpacing(4)
        words.addWidget(self._line)
        words.addWidget(self._reason)
        words.addStretch(1)
        top = QHBoxLayout()
        top.setContentsMargins(20, 20, 20, 16)
        top.setSpacing(16)
        top.addWidget(self._icon, 0, Qt.AlignmentFlag.AlignTop)
        top.addLayout(words, 1)
        buttons = QHBoxLayout()
        buttons.setContentsMargins(20, 12, 20, 12)
        buttons.setSpacing(8)
        for text, signal in (
            (self.tr("Settings &wizard…"), self.wizard_requested),
            (self.tr("&Preferences…"), self.preferences_requested),
            (self.tr("&About"), self.about_requested),
            (self.tr("&Quit"), self.quit_requested),
        ):
            each = button(text)
            each.clicked.connect(signal)
            buttons.addWidget(each)
        buttons.insertStretch(3, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(top, 1)
        column.addWidget(rule())
        column.addLayout(buttons)
        set_width(self, 34)

    def line(self) -> str:
        """The line that names the state."""
        return self._line.text()

    def reason(self) -> str:
        """Why it is so, or empty."""
        return self._reason.text()

    def show_state(self, state: PhoneState, line: str, reason: str) -> None:
        """Show one of the six states, the line that names it, and why it is so."""
        self._state = state
        self._line.setText(line)
        self._reason.setText(reason)
        self._reason.setVisible(bool(reason))
        self._draw_icon()
        if self.isVisible():
            fit_height(self, least=self.height())

    def come_forward(self) -> None:
        """Show the window before all others."""
        self.setWindowState(self.windowState() & ~Qt.WindowState.WindowMinimized)
        self.show()
        self.raise_()
        self.activateWindow()

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        """Let Enter press the button that has the focus, as in a dialog."""
        focus = self.focusWidget()
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and isinstance(focus, QPushButton):
            focus.click()
        else:
            super().keyPressEvent(event)

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802
        """Take the right height."""
        super().showEvent(event)
        fit_height(self)

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802
        """Redraw the icon for another colour scheme."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self._draw_icon()

    def closeEvent(self, event: QCloseEvent) -> None:  # noqa: N802
        """Without a tray, stay where one can be found again."""
        app = QApplication.instance()
        leaving = isinstance(app, QApplication) and app.isSavingSession()
        if self.closes_to_tray or leaving:
            event.accept()
        else:
            event.ignore()
            self.showMinimized()

    def _draw_icon(self) -> None:
        icon = state_icon(self._state, current_scheme())
        self._icon.setPixmap(icon.pixmap(_ICON, self.devicePixelRatio()))
