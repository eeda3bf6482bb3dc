"""A receptionist at the program: what she sees, what she does, and what the phone gets of it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QLineEdit, QWidget

from callctrl.app import Desktop
from callctrl.people import Person
from callctrl.store.history import Filter, Record
from callctrl.ui.keys import Deed
from callctrl.ui.switchboard import Switchboard
from callctrl.ui.window import Window
from tests.office import Office, press

__all__ = ["Key", "Reception", "at_work", "fill_in", "texts"]

Key = Qt.Key


class Reception:
    """The program under control of a phone, and what a receptionist sees and does."""

    def __init__(self, office: Office, desktop: Desktop) -> None:
        self.office = office
        self.desktop = desktop
        self.window: Window = desktop.window
        self.switchboard: Switchboard = desktop.switchboard
        self.until = office.until

    def phone(self, *lines: str) -> None:
        """What happens at the phone."""
        for line in lines:
            self.office.simulation.execute(line)

    async def orders(self, *expected: str) -> None:
        """Wait for the phone to have obeyed these orders, and no others."""
        await self.until(lambda: len(self._orders()) >= len(expected))
        assert self._orders() == list(expected)

    def _orders(self) -> list[str]:
        prefix = "RECEPTION orders "
        said = self.office.said
        return [line.removeprefix(prefix) for line in said if line.startswith(prefix)]

    async def states(self, *expected: str) -> None:
        """Wait until the calls are in these states, in the order of their numbers."""

        def states() -> list[str]:
            calls = sorted(self.desktop.calls, key=lambda call: call.id)
            return [call.state.value for call in calls]

        await self.until(lambda: states() == list(expected))

    async def add(self, *people: Person) -> list[Person]:
        """People who are there from the beginning."""
        added = await self.desktop.desk.contacts(
            lambda contacts: [contacts.add(each) for each in people]
        )
        await self.switchboard.refresh()
        return added

    async def favour(self, *people: Person) -> list[Person]:
        """People who are there and favourites, in this order."""
        added = await self.add(*people)
        await self.desktop.desk.contacts(
            lambda contacts: contacts.set_favourites([each.id or 0 for each in added])
        )
        await self.switchboard.refresh()
        return added

    async def names(self) -> list[str]:
        """Everybody who is kept, by name."""
        people = await self.desktop.desk.contacts(lambda contacts: contacts.people(0, 100))
        return [person.name for person in people]

    async def favourites(self) -> list[str]:
        people = await self.desktop.desk.contacts(lambda contacts: contacts.favourites())
        return [person.name for person in people]

    async def records(self) -> list[Record]:
        return await self.desktop.desk.history(lambda history: history.records(Filter()))

    def cards(self) -> list[QWidget]:
        return self.switchboard._cards.cards()

    @property
    def card(self) -> QWidget:
        (card,) = self.cards()
        return card

    @property
    def rows(self) -> list[str]:
        """The titles of the list that is shown."""
        return [row.title for row in self.window.shown_list.rows]

    async def shows(self, *titles: str) -> None:
        """Wait until the list shows these rows."""
        await self.until(lambda: self.rows == list(titles))

    def type(self, text: str) -> None:
        """Type into the field."""
        QTest.keyClicks(self.window._field, text)

    def key(self, key: Key, modifier: Qt.KeyboardModifier | None = None) -> None:
        """Press a key in the field."""
        QTest.keyClick(self.window._field, key, modifier or Qt.KeyboardModifier.NoModifier)

    def do(self, deed: Deed) -> None:
        """Choose from the menus."""
        self.window._menus.action(deed).trigger()

    @property
    def notice(self) -> str:
        """What the strip at the foot says."""
        return "" if self.window.notice.isHidden() else self.window.notice.text()

    async def told(self, sentence: str) -> None:
        await self.until(lambda: self.notice == sentence)

    async def undo(self) -> None:
        """Press Undo in the strip, and wait until it is done."""
        press(self.window.notice, "Undo")
        await self.told("Taken back.")


@asynccontextmanager
async def at_work(folder: Path) -> AsyncIterator[Reception]:
    """A receptionist whose phone is under control, with a profile in the folder."""
    office = Office(folder)
    await office.open()
    try:
        yield Reception(office, await office.start_ready())
    finally:
        await office.close()


def texts(widget: QWidget) -> list[str]:
    """What can be read on a widget."""
    labels = widget.findChildren(QLabel)
    return [label.text() for label in labels if label.isVisibleTo(widget) and label.text()]


def fill_in(dialog: QWidget, name: str, text: str) -> None:
    """Type over what stands in a line of a dialog."""
    (edit,) = (each for each in dialog.findChildren(QLineEdit) if each.accessibleName() == name)
    edit.setFocus()
    edit.selectAll()
    QTest.keyClicks(edit, text)
