"""The page of the preferences on keys that work from any window.

Where we register them ourselves they are chosen here. Where the desktop gives them, it decides, and
this page shows what it says. Where it gives none, the page tells how to set them up in the
desktop's own settings.
"""

from __future__ import annotations

import shlex
import sys
from collections.abc import Mapping, Sequence
from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QGridLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from callctrl.globalkeys import GlobalKey, Grant, Standing
from callctrl.keystrokes import keystroke_from
from callctrl.store.settings import Settings
from callctrl.ui.globalkeying import FIELDS
from callctrl.ui.keyfield import KeyField
from callctrl.ui.locked import lock, lock_note, why_locked
from callctrl.ui.switchline import SwitchLine
from callctrl.ui.widgets import announce, button, label, set_role

__all__ = ["KeysPage"]


class KeysPage(QWidget):
    """A switch, and a line for each key."""

    switched = Signal(bool)
    """Whether there are to be such keys."""
    key_changed = Signal(object, str)
    """The `GlobalKey`, and its keystroke, or an empty text where there is to be none."""

    def __init__(
        self,
        settings: Settings,
        command: Sequence[str] = (),
        *,
        edits: bool = sys.platform == "win32",
        parent: QWidget | None = None,
    ) -> None:
        """`command` starts this program; `edits` says that the keys are chosen here."""
        super().__init__(parent)
        self._edits = edits
        self._has_way = True
        self._grant = Grant(Standing.OFF)
        locked = partial(why_locked, settings.administration, "preferences")
        self._switch = SwitchLine(
            self.tr("Answer, hold and hang &up with keys in any window"),
            checked=settings.global_keys,
            locked=locked("global_keys"),
        )
        self._switch.switch.toggled.connect(self._toggled)
        self._names = names = {
            GlobalKey.ANSWER: self.tr("&Answer"),
            GlobalKey.HOLD: self.tr("Hol&d, or take back"),
            GlobalKey.HANG_UP: self.tr("Hang up, or &reject"),
        }
        self._kept = {key: str(getattr(settings, field)) for key, field in FIELDS.items()}
        self._fields: dict[GlobalKey, KeyField] = {}
        self._told: dict[GlobalKey, QLabel] = {}
        """What is so with each key: how it is pressed, or why it does not work."""
        self._rows = self._keys(names, {key: locked(field) for key, field in FIELDS.items()})
        why_keys = locked(*FIELDS.values()) if edits else ""
        note = lock_note(self.tr("What is grey"), why_keys)
        note.setVisible(bool(why_keys))

        self._copy_buttons: list[QPushButton] = []
        self._by_hand = self._commands(names, command)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 8, 0, 0)
        column.setSpacing(12)
        column.addLayout(self._switch)
        column.addWidget(self._rows)
        column.addWidget(note)
        column.addWidget(self._by_hand)
        column.addStretch(1)
        self._show()

    def show_grant(self, grant: Grant) -> None:
        """Show what the system has granted."""
        is_news = grant.standing is not self._grant.standing
        self._grant = grant
        self._show()
        if self.isVisible() and is_news:
            announce(self, self._about(grant.standing))

    def show_has_way(self, has_way: bool) -> None:
        """Show whether this system gives programs such keys at all."""
        self._has_way = has_way
        self._show()

    # Its parts

    def _keys(self, names: Mapping[GlobalKey, str], locked: Mapping[GlobalKey, str]) -> QWidget:
        whole = QWidget()
        form = QGridLayout(whole)
        form.setContentsMargins(0, 0, 0, 0)
        form.setHorizontalSpacing(16)
        form.setVerticalSpacing(4)
        form.setColumnStretch(1, 1)
        for key, name in names.items():
            row, plain_name = form.rowCount(), name.replace("&", "")
            title = label(name if self._edits else plain_name, "strong")
            form.addWidget(title, row, 0)
            self._told[key] = label("", "quiet", wrap=True)
            form.addWidget(self._told[key], row + int(self._edits), 1)
            if self._edits:
                field = self._fields[key] = KeyField(self._kept[key])
                field.setAccessibleName(plain_name)
                field.typed.connect(partial(self._typed, key))
                lock(field, locked[key])
                field.setEnabled(not locked[key])
                title.setTextFormat(Qt.TextFormat.AutoText)  # for the mnemonic
                title.setBuddy(field)
                form.addWidget(field, row, 1)
        return whole

    def _commands(self, names: Mapping[GlobalKey, str], command: Sequence[str]) -> QWidget:
        """How to have the desktop's own key settings do it."""
        whole = QWidget()
        form = QGridLayout(whole)
        form.setContentsMargins(0, 0, 0, 0)
        form.setHorizontalSpacing(8)
        form.setVerticalSpacing(4)
        text = self.tr(
            "The desktop's own keyboard settings do it: add a shortcut there for each of these "
            "commands, with a key that no other program wants, such as {keys}."
        )
        keys = ", ".join(filter(None, self._kept.values()))
        form.addWidget(label(text.format(keys=keys), wrap=True), 0, 0, 1, 3)
        for at, (key, each) in enumerate(names.items(), start=1):
            title = each.replace("&", "")
            form.addWidget(label(title, "strong"), at, 0)
            line = QLineEdit(shlex.join([*command, "press", key.value]))
            line.setReadOnly(True)
            line.end(False)  # where it is cut, they differ at the end
            line.setAccessibleName(title)
            form.addWidget(line, at, 1)
            form.addWidget(self._copy_button(title, line.text()), at, 2)
        form.setColumnStretch(1, 1)
        return whole

    def _copy_button(self, title: str, text: str) -> QPushButton:
        copy = button(self.tr("Copy"))
        copy.setAutoDefault(False)
        copy.setAccessibleName(self.tr("Copy the command: {what}").format(what=title))

        def put() -> None:
            QGuiApplication.clipboard().setText(text)
            for each in self._copy_buttons:
                each.setText(self.tr("Copied") if each is copy else self.tr("Copy"))
            announce(self, self.tr("Copied."))

        copy.clicked.connect(put)
        self._copy_buttons.append(copy)
        return copy

    # What is done here

    def _toggled(self, on: bool) -> None:
        self._show()
        self.switched.emit(on)

    def _typed(self, key: GlobalKey, text: str) -> None:
        try:
            text = str(keystroke_from(text)) if text else ""
        except ValueError:
            self._complain(
                key,
                self.tr(
                    "Hold two of Ctrl, Alt and Shift with a letter, a digit or a function key. "
                    "Ctrl+Alt goes with function keys only: with others it is AltGr, and writes."
                ),
            )
            return
        if why_not := self._whose_already(key, text):
            self._complain(key, why_not)
        elif text != self._kept[key]:
            self._kept[key] = text
            self._fields[key].show_keystroke(text)
            self._say(key, "")
            self.key_changed.emit(key, text)

    # What is so

    def _show(self) -> None:
        has_way = self._has_way and self._grant.standing is not Standing.NO_WAY
        if not self._switch.is_locked:
            self._switch.switch.setEnabled(has_way or self._switch.switch.isChecked())
        self._switch.say(self._about(self._grant.standing if has_way else Standing.NO_WAY))
        is_bound = has_way and self._grant.standing is Standing.BOUND
        self._rows.setVisible(has_way and (self._edits or is_bound))
        self._by_hand.setVisible(not has_way)
        for key in FIELDS:
            if key in self._grant.taken:
                keystroke = self._kept[key]
                taken = self.tr("{key} is taken by another program.").format(key=keystroke)
                self._complain(key, self._whose_already(key, keystroke) or taken)
            elif not self._edits:
                self._say(key, self._how_pressed(key))
            elif is_bound:
                self._say(key, "")

    def _about(self, standing: Standing) -> str:
        match standing:
            case Standing.OFF:
                return self.tr("Off, so that no key is taken from the program you work in.")
            case Standing.ASKING:
                return self.tr("The desktop has been asked for the keys; it may ask you now.")
            case Standing.BOUND:
                return self.tr("They do what they do in Call Ctrl's window.")
            case Standing.REFUSED:
                return self.tr(
                    "The desktop does not give the keys. Switch off and on to ask once more."
                )
            case Standing.NO_WAY:
                return self.tr("This desktop gives programs no keys in other windows.")
            case Standing.LOST:
                return self.tr("The desktop has lost the keys; it will be asked again.")

    def _how_pressed(self, key: GlobalKey) -> str:
        how = self._grant.keys.get(key)
        if how is None:
            return self.tr("Not given.")
        return how or self.tr("No key yet: choose one in the desktop's keyboard settings.")

    def _say(self, key: GlobalKey, text: str, role: str = "quiet") -> None:
        told = self._told[key]
        told.setText(text)
        told.setVisible(bool(text))
        set_role(told, role)

    def _whose_already(self, key: GlobalKey, keystroke: str) -> str:
        """Which other key has this keystroke, as a sentence; empty where none has."""
        for other, kept in self._kept.items():
            if keystroke and kept == keystroke and other is not key:
                text = self.tr("{key} is the key of “{name}” already.")
                return text.format(key=keystroke, name=self._names[other].replace("&", ""))
        return ""

    def _complain(self, key: GlobalKey, text: str) -> None:
        self._say(key, text, "problem")
        if self.isVisible():
            announce(self, text)
