"""What the main window asks of the program: all signals of it, in one place."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QMainWindow

from callctrl.ui.keys import Deed

__all__ = ["Requests"]


class Requests(QMainWindow):
    """A window that asks; `Window` is how it looks."""

    wizard_requested = Signal()
    preferences_requested = Signal()
    about_requested = Signal()
    quit_requested = Signal()
    practice_requested = Signal()
    keys_requested = Signal()

    ordered = Signal(object)
    """A command for the phone."""
    dial_requested = Signal(str)
    """A number as it stands in the contacts, in the history or in the field."""
    divert_requested = Signal(str, str)
    """The number of a ringing call, and where it is to go."""
    dial_plan_switched = Signal(bool)

    searched = Signal(str)
    """What stands in the field now; the answer comes by `show_found`."""
    people_wanted = Signal(int)
    """Everybody, from this place on."""
    history_wanted = Signal(object, str, object)
    """Calls of the past: one of `Only`, what stands in the field, and the oldest record shown."""
    missed_seen = Signal()
    """She looks at the missed calls."""

    note_written = Signal(object, str)
    """A call of now, or one that ended while the note on it was being written; the note so far."""
    record_note_wanted = Signal(object)
    """The note of a call of the past is to be written."""
    record_deleted = Signal(object)
    history_clear_requested = Signal()
    history_export_requested = Signal()
    person_wanted = Signal(object)
    """A person to be changed, or None for a new one."""
    people_deleted = Signal(object)
    star_requested = Signal(object)
    """A person who is to become a favourite, or no longer be one."""
    move_requested = Signal(object, int)
    """A favourite, and by how many places to move."""
    import_requested = Signal()
    export_requested = Signal()
    undo_requested = Signal()

    def ask(self, deed: Deed) -> None:
        """Ask for a deed that is not the window's own affair."""
        signals = {
            Deed.UNDO: self.undo_requested,
            Deed.IMPORT: self.import_requested,
            Deed.EXPORT: self.export_requested,
            Deed.EXPORT_HISTORY: self.history_export_requested,
            Deed.CLEAR_HISTORY: self.history_clear_requested,
            Deed.PREFERENCES: self.preferences_requested,
            Deed.WIZARD: self.wizard_requested,
            Deed.PRACTISE: self.practice_requested,
            Deed.KEY_CARD: self.keys_requested,
            Deed.ABOUT: self.about_requested,
            Deed.QUIT: self.quit_requested,
        }
        signals[deed].emit()
