"""A switch beside its words, as the preferences are made of."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout

from callctrl.ui.locked import lock, lock_note
from callctrl.ui.widgets import Switch, label

__all__ = ["SwitchLine"]

translate = QCoreApplication.translate


class SwitchLine(QHBoxLayout):
    """At the left a name with a hint below it, at the right the switch."""

    def __init__(
        self, name: str, hint: str = "", *, checked: bool = False, locked: str = ""
    ) -> None:
        """The `&` in the name stands before the letter that leads to the switch.

        `locked` says who has set it for good; empty where it can be switched.
        """
        super().__init__()
        self._name = name.replace("&", "")
        self.switch = Switch(self._name, hint)
        title = label(name, "strong", wrap=True)
        title.setTextFormat(Qt.TextFormat.AutoText)  # for the mnemonic
        title.setBuddy(self.switch)
        self._hint = label(hint, "quiet", wrap=True)
        words = QVBoxLayout()
        words.setSpacing(4)
        words.addWidget(title)
        words.addWidget(self._hint)
        self._locked = locked
        self._note: QLabel | None = None
        if locked:
            lock(self.switch, locked)
            self._note = lock_note(self._name, locked)
            title.setBuddy(self._note)
            words.addWidget(self._note)
        self.setSpacing(16)
        self.addLayout(words, 1)
        self.addWidget(self.switch, 0, Qt.AlignmentFlag.AlignTop)
        self.show_checked(checked)

    @property
    def is_locked(self) -> bool:
        """Whether somebody has set it for good."""
        return bool(self._locked)

    def say(self, hint: str) -> None:
        """Say something else below the name."""
        self._hint.setText(hint)
        if not self._locked:
            self.switch.setAccessibleDescription(hint)

    def show_checked(self, checked: bool) -> None:
        """Show what is so without telling anybody."""
        self.switch.blockSignals(True)
        self.switch.setChecked(checked)
        self.switch.blockSignals(False)
        if self._note is not None:
            state = (
                translate("Preferences", "{name}: on")
                if checked
                else translate("Preferences", "{name}: off")
            )
            self._note.setAccessibleName(f"{state.format(name=self._name)}. {self._locked}")
