"""The menu of a row: what can be done with a person, a colleague or a call of the past."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial

from PySide6.QtCore import QCoreApplication, Qt, Signal
from PySide6.QtWidgets import QMenu, QWidget

from callctrl.calls import Lamp, LampDoubt, LampState
from callctrl.numbers import keys
from callctrl.people import Number, NumberKind, Person
from callctrl.store.history import Record
from callctrl.ui.keys import Deed
from callctrl.ui.lampboard import LampBoard, extension_of
from callctrl.ui.lampwords import doubt_in_words
from callctrl.ui.menus import Menus
from callctrl.ui.pages import Colleague, kind_in_words, new_person

__all__ = ["RowMenu"]

translate = QCoreApplication.translate


class RowMenu(QMenu):
    """Empty for a row with which nothing else can be done. Open it with `popup()`."""

    called = Signal(str)
    """A number, as it is kept."""
    person_wanted = Signal(object)
    """A person to be changed or added."""
    note_wanted = Signal(object)
    """The record whose note is to be written."""
    awaited = Signal(str, bool)
    """An extension, and whether it is to be told when it is free."""

    def __init__(self, subject: object, menus: Menus, parent: QWidget, lamps: LampBoard) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setToolTipsVisible(True)  # why it is grey
        self._lamps = lamps
        match subject:
            case Person() as person:
                self._offer_numbers(person.numbers)
                self._offer_to_wait(extension_of(person))
                self._offer_changes(person, menus)
            case Colleague(extension, None):
                self._offer_numbers([Number(extension, NumberKind.EXTENSION)])
                self._offer_to_wait(extension)
                self.addSeparator()
                self._offer_to_add(subject)
            case Colleague(extension, Person() as person):
                # The extension first: that is whose lamp was looked at.
                self._offer_numbers(
                    sorted(person.numbers, key=lambda each: each.kind is not NumberKind.EXTENSION)
                )
                self._offer_to_wait(extension)
                self._offer_changes(person, menus)
            case Record():
                if subject.number:
                    call = partial(self.called.emit, subject.number)
                    self.addAction(self.tr("Call back"), call)
                self._offer_to_wait(keys(subject.number))
                self.addAction(self.tr("Note…"), partial(self.note_wanted.emit, subject))
                self._offer_to_add(subject)
                self.addAction(menus.action(Deed.DELETE))
        if not self.isEmpty():
            self.setActiveAction(self.actions()[0])

    def _offer_numbers(self, numbers: Iterable[Number]) -> None:
        for number in numbers:
            text = self.tr("Call {number} ({kind})").format(
                number=number.text, kind=kind_in_words(number.kind)
            )
            self.addAction(text.replace("&", "&&"), partial(self.called.emit, number.text))

    def _offer_to_wait(self, extension: str) -> None:
        """Offer to tell when somebody is free who has a lamp, and is not."""
        lamp = self._lamps.of(extension)
        if lamp is None or lamp.state is LampState.FREE:
            return
        action = self.addAction(self.tr("Tell me when free"))
        action.setCheckable(True)
        action.setChecked(self._lamps.is_awaited(extension))
        action.toggled.connect(partial(self.awaited.emit, extension))
        reason = "" if action.isChecked() else _why_not(lamp)
        action.setEnabled(not reason)
        action.setToolTip(reason)
        action.setStatusTip(reason)

    def _offer_changes(self, person: Person, menus: Menus) -> None:
        self.addSeparator()
        self.addAction(self.tr("Change…"), partial(self.person_wanted.emit, person))
        self.addAction(menus.action(Deed.STAR))
        self.addAction(menus.action(Deed.DELETE))

    def _offer_to_add(self, subject: object) -> None:
        add = partial(self.person_wanted.emit, new_person(subject, ""))
        self.addAction(self.tr("Add to people…"), add)


def _why_not(lamp: Lamp) -> str:
    """Why nobody can tell when it is free; empty where that can be told."""
    if lamp.state is LampState.UNKNOWN:
        return doubt_in_words(lamp.doubt or LampDoubt.NO_WORD)
    if lamp.state is LampState.AWAY:
        return translate("Lamp", "Their phone is not there.")
    return ""
