"""What is done with the chosen person or call of the past: asked for, never done here."""

from __future__ import annotations

from PySide6.QtCore import QObject, QPoint, Signal

from callctrl.people import Person
from callctrl.store.history import Record
from callctrl.ui.keys import Deed
from callctrl.ui.lampboard import LampBoard, extension_of
from callctrl.ui.menus import Menus
from callctrl.ui.pages import Colleague, new_person
from callctrl.ui.pagestack import PageStack
from callctrl.ui.requests import Requests
from callctrl.ui.rowmenu import RowMenu

__all__ = ["Chosen"]


class Chosen(QObject):
    """Turns deeds into the window's requests, or says why it cannot."""

    called = Signal(str)
    """One of a person's numbers, as it is kept."""
    told = Signal(str)
    """Why nothing comes of it."""

    def __init__(self, window: Requests, pages: PageStack, menus: Menus, lamps: LampBoard) -> None:
        super().__init__(window)
        self._lamps = lamps
        self._window = window
        self._pages = pages
        self._menus = menus
        pages.menu_wanted.connect(self._open_menu)

    def do(self, deed: Deed) -> None:
        """Change, star or delete; write the note of a call."""
        chosen = self._pages.chosen()
        if isinstance(chosen, Colleague) and chosen.person is not None:
            chosen = chosen.person
        match deed, chosen:
            case Deed.EDIT_PERSON, Person():
                self._window.person_wanted.emit(chosen)
            case Deed.EDIT_PERSON, Colleague():
                self._window.person_wanted.emit(new_person(chosen, ""))
            case Deed.STAR, Person():
                self._window.star_requested.emit(chosen)
            case Deed.DELETE, Person():
                self._window.people_deleted.emit([chosen])
            case Deed.DELETE, Record():
                self._window.record_deleted.emit(chosen)
            case Deed.DELETE, _:
                self.told.emit(self.tr("Choose a person or a call first."))
            case Deed.NOTE, Record():
                self._window.record_note_wanted.emit(chosen)
            case Deed.NOTE, _:
                self.told.emit(self.tr("Choose a call of the history first."))
            case _:
                self.told.emit(self.tr("Choose a person first."))

    def move(self, by: int) -> None:
        """Move a favourite by so many places."""
        person = self._pages.chosen()
        if isinstance(person, Person) and self._pages.page is Deed.FAVOURITES:
            self._window.move_requested.emit(person, by)

    def offer_numbers(self) -> None:
        """Let one of several numbers be called, or somebody be waited for who has a lamp."""
        rows = self._pages.current.list
        match subject := rows.chosen():
            case Colleague():
                is_menu = True
            case Person():
                has_lamp = self._lamps.of(extension_of(subject)) is not None
                is_menu = has_lamp or len(subject.numbers) > 1
            case _:
                is_menu = False
        if is_menu:
            rect = rows.visualRect(rows.currentIndex())
            self._open_menu(subject, rows.viewport().mapToGlobal(rect.bottomLeft()))

    def _open_menu(self, subject: object, at: QPoint) -> None:
        menu = RowMenu(subject, self._menus, self._window, self._lamps)
        menu.awaited.connect(self._lamps.await_free)
        menu.called.connect(self.called)
        menu.person_wanted.connect(self._window.person_wanted)
        menu.note_wanted.connect(self._window.record_note_wanted)
        if menu.isEmpty():
            menu.deleteLater()
        else:
            menu.popup(at)
