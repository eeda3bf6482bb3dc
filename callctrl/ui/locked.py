"""What the administrator has locked: it can be read, but not changed, and says who has set it."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtWidgets import QLabel, QLineEdit, QWidget

from callctrl.store.administration import Administration
from callctrl.ui.widgets import label

__all__ = ["lock", "lock_note", "why_locked"]

translate = QCoreApplication.translate


def why_locked(administration: Administration, table: str, *keys: str) -> str:
    """The sentence that says who has locked one of these settings; empty where nobody has."""
    if not any(administration.is_locked(table, key) for key in keys):
        return ""
    if not administration.by:
        return translate("Locked", "Set by the administrator.")
    return translate("Locked", "Set by {by}.").format(by=administration.by.rstrip("."))


def lock(widget: QWidget, why: str) -> None:
    """Let it show what is set, and take nothing; empty where it is not locked."""
    if not why:
        return
    if isinstance(widget, QLineEdit):
        widget.setReadOnly(True)  # its text can still be copied
    else:
        widget.setEnabled(False)
    widget.setToolTip(why)
    widget.setAccessibleDescription(why)


def lock_note(name: str, why: str) -> QLabel:
    """The line that says who has set it, hidden where nobody has.

    What is grey takes no focus, so this does in its stead. `name` is what a screen reader says
    before it: what it is about, and how that is set.
    """
    note = label(why, "quiet", wrap=True)
    note.setTextInteractionFlags(
        Qt.TextInteractionFlag.TextSelectableByMouse
        | Qt.TextInteractionFlag.TextSelectableByKeyboard
    )
    note.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    note.setAccessibleName(f"{name}. {why}")
    if not why:
        note.hide()
    return note
