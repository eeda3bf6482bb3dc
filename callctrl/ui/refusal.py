"""The box that tells why the program ends: the phone system answered 403 Forbidden (S36, S37)."""

# ruff: noqa: RUF001 — the sign before "PBX Phone Parameters" leads through a menu

from __future__ import annotations

from html import escape
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAccessible, QAccessibleEvent, QShowEvent
from PySide6.QtWidgets import QDialog, QHBoxLayout, QVBoxLayout, QWidget

from callctrl.calls import Refused
from callctrl.ui.icons import app_icon
from callctrl.ui.locked import lock
from callctrl.ui.widgets import Mark, Outcome, announce, button, fit_height, frame, label, set_width

__all__ = ["RefusalBox"]


class RefusalBox(QDialog):
    """The documented sentence, where to look first, and the way out.

    Open it with `open()`. However it is closed, `finished` means that the program ends. The wizard
    is another way out: whoever opens it puts the box away meanwhile.
    """

    debugging_requested = Signal()
    wizard_requested = Signal()

    def __init__(
        self,
        refused: Refused,
        log_file: Path,
        *,
        password_of: str = "",
        debugging: bool = False,
        debug_locked: str = "",
        parent: QWidget | None = None,
    ) -> None:
        """`password_of` is the extension whose password was answered 401 before, if any was.

        `debug_locked` says who has switched the debug log off for good, if anybody has.
        """
        super().__init__(parent)
        self.setWindowTitle(self.tr("Call Ctrl"))
        self.setWindowIcon(app_icon())
        self.setAccessibleDescription(refused.message)
        message = label(refused.message, "message", wrap=True)
        message.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse
            | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        message.setAccessibleName(refused.message)
        advice = label(role="panel", wrap=True)
        advice.setTextFormat(Qt.TextFormat.RichText)
        advice.setText(self._advice(password_of))
        self._log_place = label(
            self.tr("The debug log is written to {file}").format(file=log_file), "quiet", wrap=True
        )
        self._log_place.setTextInteractionFlags(message.textInteractionFlags())
        self._log_place.setAccessibleName(self._log_place.text())
        self._log_place.hide()
        wizard = button(self.tr("Settings &Wizard…"))
        wizard.clicked.connect(self.wizard_requested)
        self._debug = button(self.tr("Enable &Debugging"))
        self._debug.clicked.connect(self._enable_debugging)
        self._close = button(self.tr("&Close Call Ctrl"), primary=True)
        self._close.clicked.connect(self.accept)

        body, buttons = frame(self)
        body.setContentsMargins(20, 20, 20, 20)
        words = QVBoxLayout()
        words.setSpacing(16)
        words.addWidget(message)
        words.addWidget(advice)
        words.addWidget(self._log_place)
        words.addStretch(1)
        line = QHBoxLayout()
        line.setSpacing(16)
        line.addWidget(Mark(Outcome.FAILED, 1.6), 0, Qt.AlignmentFlag.AlignTop)
        line.addLayout(words, 1)
        body.addLayout(line)
        buttons.addWidget(wizard)
        buttons.addWidget(self._debug)
        buttons.addWidget(self._close)
        set_width(self, 34)
        self._close.setFocus()
        if debugging:
            self._show_debugging()
        elif debug_locked:
            lock(self._debug, debug_locked)
            self._log_place.setText(
                self.tr("No debug log is written. {why}").format(why=debug_locked)
            )
            self._log_place.setAccessibleName(self._log_place.text())
            self._log_place.show()

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802
        """Take the right height, and have a screen reader speak up."""
        super().showEvent(event)
        fit_height(self)
        QAccessible.updateAccessibility(QAccessibleEvent(self, QAccessible.Event.Alert))

    def _advice(self, password_of: str) -> str:
        """Where to look, as rich text; what is known already comes first."""
        where_to_look = self.tr(
            "<b>Look first at</b> the phone's Info page: is the Registration State of every "
            "extension in use “Registered”? Then at the SPA9000's Phone Ext Password "
            "(SIP › PBX Phone Parameters). If it was changed, reboot the phone and run the "
            "Settings Wizard again."
        )
        if not password_of:
            return where_to_look
        known = self.tr("The phone system refused the password of extension {extension} (401).")
        return f"{escape(known.format(extension=password_of))}<br>{where_to_look}"

    def _enable_debugging(self) -> None:
        self._close.setFocus()
        self._show_debugging()
        fit_height(self)
        announce(self._log_place, self._log_place.text())
        self.debugging_requested.emit()

    def _show_debugging(self) -> None:
        self._debug.setText(self.tr("Debugging is on"))
        self._debug.setEnabled(False)
        self._debug.setAccessibleDescription(self.tr("The debug log is written already."))
        self._log_place.show()
