"""The menu of a row: what can be done with a person or a call of the past."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QMenu, QWidget

from callctrl.people import Person
from callctrl.store.history import Record
from callctrl.ui.keys import Deed
from callctrl.ui.menus import Menus
from callctrl.ui.pages import kind_in_words, new_person

__all__ = ["RowMenu"]


class RowMenu(QMenu):
    """Empty for a row with which nothing else can be done. Open it with `popup()`."""

    called = Signal(str)
    """A number, as it is kept."""
    person_wanted = Signal(object)
    """A person to be changed or added."""
    note_wanted = Signal(object)
    """The record whose note is to be written."""

    def __init__(self, subject: object, menus: Menus, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        match subject:
            case Person():
                self._offer_numbers(subject)
                self.addSeparator()
                self.addAction(self.tr("Change…"), partial(self.person_wanted.emit, subject))
                self.addAction(menus.action(Deed.STAR))
                self.addAction(menus.action(Deed.DELETE))
            case Record():
                if subject.number:
                    call = partial(self.called.emit, subject.number)
                    self.addAction(self.tr("Call back"), call)
                self.addAction(self.tr("Note…"), partial(self.note_wanted.emit, subject))
                add = partial(self.person_wanted.emit, new_person(subject, ""))
                self.addAction(self.tr("Add to people…"), add)
                self.addAction(menus.action(Deed.DELETE))
        if not self.isEmpty():
            self.setActiveAction(self.actions()[0])

    def _offer_numbers(self, person: Person) -> None:
        for number in person.numbers:
            text = self.tr("Call {number} ({kind})").format(
                number=number.text, kind=kind_in_words(number.kind)
            )
            self.addAction(text.replace("&", "&&"), partial(self.called.emit, number.text))
