"""Preferences: each works at once, so there is nothing to confirm."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QDialog, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from callctrl.ui.icons import app_icon
from callctrl.ui.widgets import Switch, button, fit_height, frame, label, rule, set_width

__all__ = ["Preferences"]


class Preferences(QDialog):
    """The few things a person may decide."""

    debug_changed = Signal(bool)
    stay_open_changed = Signal(bool)
    open_log_folder_requested = Signal()
    wizard_requested = Signal()

    def __init__(
        self,
        log_file: Path,
        *,
        debug: bool,
        stay_open: bool,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Preferences — Call Ctrl"))
        self.setWindowIcon(app_icon())
        debug_name = self.tr("Write a &debug log")
        debug_hint = self.tr(
            "It helps to find out what goes wrong. Passwords are never in it, but callers' "
            "numbers and names are."
        )
        stay_name = self.tr(
            "&Stay open and keep trying when the phone system answers 403 Forbidden"
        )
        stay_hint = self.tr(
            "Otherwise Call Ctrl says so and ends, as it cannot control the phone until somebody "
            "has put that right."
        )
        self._debug = _switch(debug_name, debug_hint, debug)
        self._debug.toggled.connect(self.debug_changed)
        self._stay_open = _switch(stay_name, stay_hint, stay_open)
        self._stay_open.toggled.connect(self.stay_open_changed)

        place = label(str(log_file), "quiet", wrap=True)
        place.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        place.setAccessibleName(self.tr("Where the log lies"))
        place.setAccessibleDescription(str(log_file))
        folder = button(self.tr("&Open log folder"))
        folder.clicked.connect(self.open_log_folder_requested)
        wizard = button(self.tr("Settings &wizard…"))
        wizard.clicked.connect(self.wizard_requested)
        close = button(self.tr("&Close"), primary=True)
        close.clicked.connect(self.accept)

        body, buttons = frame(self)
        body.addWidget(label(self.tr("Preferences"), "title"))
        body.addLayout(_line(self._debug, debug_name, debug_hint))
        body.addLayout(_left(place, folder))
        body.addWidget(rule())
        body.addLayout(_left(label(self.tr("Phone system, names and password"), "strong"), wizard))
        body.addWidget(rule())
        body.addWidget(label(self.tr("Advanced"), "section"))
        body.addLayout(_line(self._stay_open, stay_name, stay_hint))
        body.addStretch(1)
        buttons.addWidget(close)
        set_width(self, 34)

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802
        """Take the right height."""
        super().showEvent(event)
        fit_height(self)

    def show_debug(self, debug: bool) -> None:
        """Show that the debug log was switched elsewhere."""
        _show(self._debug, debug)

    def show_stay_open(self, stay_open: bool) -> None:
        """Show that the policy was changed elsewhere."""
        _show(self._stay_open, stay_open)


def _switch(name: str, hint: str, checked: bool) -> Switch:
    switch = Switch(name.replace("&", ""), hint)
    switch.setChecked(checked)
    return switch


def _show(switch: Switch, checked: bool) -> None:
    switch.blockSignals(True)
    switch.setChecked(checked)
    switch.blockSignals(False)


def _line(switch: Switch, name: str, hint: str) -> QHBoxLayout:
    """Words at the left, the switch at the right."""
    title = QLabel(name)
    title.setProperty("role", "strong")
    title.setWordWrap(True)
    title.setBuddy(switch)
    words = QVBoxLayout()
    words.setSpacing(4)
    words.addWidget(title)
    words.addWidget(label(hint, "quiet", wrap=True))
    line = QHBoxLayout()
    line.setSpacing(16)
    line.addLayout(words, 1)
    line.addWidget(switch, 0, Qt.AlignmentFlag.AlignTop)
    return line


def _left(text: QWidget, act: QWidget) -> QHBoxLayout:
    """Words at the left, a button at the right."""
    line = QHBoxLayout()
    line.setSpacing(16)
    line.addWidget(text, 1)
    line.addWidget(act)
    return line
