"""The pages below the field: people, history, favourites; each little more than a list."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from PySide6.QtCore import QCoreApplication, Qt, Signal
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from callctrl.numbers import DialPlan, keys
from callctrl.people import Number, NumberKind, Person
from callctrl.store.contacts import Found, Group
from callctrl.store.history import Only, Record
from callctrl.ui.keys import FAVOURITE_KEYS
from callctrl.ui.lampboard import LampBoard, extension_of
from callctrl.ui.recordwords import glyph_of, record_detail
from callctrl.ui.rows import Glyph, Row, RowList
from callctrl.ui.widgets import label

__all__ = [
    "Colleague",
    "FavouritesPage",
    "HistoryPage",
    "Page",
    "PeoplePage",
    "Typed",
    "kind_in_words",
    "new_person",
]

translate = QCoreApplication.translate


@dataclass(frozen=True, slots=True)
class Typed:
    """A number as it was typed into the field."""

    number: str


@dataclass(frozen=True, slots=True)
class Colleague:
    """A phone that is watched, and whose it is."""

    extension: str
    person: Person | None = None

    @property
    def id(self) -> str:
        """What stays the same though the person be changed."""
        return self.extension

    @property
    def name(self) -> str:
        """Whose phone it is; the extension where nobody knows."""
        person = self.person
        return (person.name or person.company) if person is not None else self.extension


def kind_in_words(kind: NumberKind) -> str:
    """What kind of number it is."""
    match kind:
        case NumberKind.WORK:
            return translate("Person", "work")
        case NumberKind.EXTENSION:
            return translate("Person", "ext")
        case NumberKind.MOBILE:
            return translate("Person", "mobile")
        case NumberKind.HOME:
            return translate("Person", "home")
        case NumberKind.FAX:
            return translate("Person", "fax")
        case NumberKind.OTHER:
            return translate("Person", "other")


def favourite_key(person: Person) -> str:
    """The key that calls a person, e.g. "F9"; empty where there is none."""
    place = person.favourite
    return FAVOURITE_KEYS[place - 1] if place and place <= len(FAVOURITE_KEYS) else ""


def person_row(person: Person) -> Row:
    """How a person is listed."""
    first = person.numbers[0] if person.numbers else None
    kind = kind_in_words(first.kind) if first and first.kind is not NumberKind.WORK else ""
    more = len(person.numbers) - 1
    others = translate("Person", "+{count}").format(count=more) if more > 0 else ""
    return Row(
        person.name or person.company or (first.text if first else ""),
        " · ".join(part for part in (person.company if person.name else "", kind, others) if part),
        first.text if first else "",
        key=favourite_key(person),
        extension=extension_of(person),
        subject=person,
    )


def typed_row(number: str, dialled: str, *, diverts: bool) -> Row:
    """The row that calls what was typed, or diverts to it; `dialled` is what the phone gets."""
    text = translate("Person", "Divert to {number}") if diverts else None
    detail = translate("Person", "as typed")
    if dialled != number:
        detail = translate("Person", "the phone dials {number}").format(number=dialled)
    return Row(
        (text or translate("Person", "Call {number}")).format(number=number),
        detail,
        glyph=Glyph.DIAL,
        subject=Typed(number),
    )


def record_row(record: Record, name: str, number: str, now: datetime) -> Row:
    """How a call of the past is listed."""
    title = name or record.name or number or translate("Record", "Unknown caller")
    return Row(
        title,
        record_detail(record, now),
        number if title != number else "",
        glyph=glyph_of(record),
        note=" ".join(record.note.split()),
        extension=keys(record.number),
        subject=record,
    )


def new_person(subject: object, text: str) -> Person:
    """A person to begin with: of a call of the past, of a typed number, or of what is typed."""
    match subject:
        case Record(number=number, name=name):
            return Person(name, (Number(number),) if number else ())
        case Typed(number):
            return Person("", (Number(number),))
        case Colleague(extension, None):
            return Person("", (Number(extension, NumberKind.EXTENSION),))
    return Person(text.strip())


class Page(QWidget):
    """A list, and a line for when it is empty."""

    acted_on = Signal(object)
    menu_wanted = Signal(object, object)
    more_wanted = Signal(int)
    """The list is scrolled to its end; how many rows it has."""

    def __init__(
        self, name: str, parent: QWidget | None = None, *, lamps: LampBoard | None = None
    ) -> None:
        """`lamps` are those of the people in the list, where any are watched."""
        super().__init__(parent)
        self.list = RowList(name, lamps=lamps)
        self.list.acted_on.connect(self.acted_on)
        self.list.menu_wanted.connect(self.menu_wanted)
        self.list.more_wanted.connect(lambda: self.more_wanted.emit(len(self.list.rows)))
        self._empty = label(role="quiet", wrap=True)
        self._empty.setAlignment(Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop)
        self._empty.setContentsMargins(16, 24, 16, 16)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        if (head := self.head()) is not None:
            column.addWidget(head)
        column.addWidget(self._empty, 1)
        column.addWidget(self.list, 1)
        self._empty.hide()

    def head(self) -> QWidget | None:
        """What stands above the list; built before it, so that Tab comes there first."""
        return None

    def show_rows(self, rows: Sequence[Row], empty: str, *, has_more: bool = False) -> None:
        """Show rows, or why there are none."""
        self.list.show_rows(rows, has_more=has_more)
        self._empty.setText(empty)
        self._empty.setVisible(not rows)
        self.list.setVisible(bool(rows))


class PeoplePage(Page):
    """Whoever fits what is typed; all people where nothing is."""

    def __init__(
        self, name: str, parent: QWidget | None = None, *, lamps: LampBoard | None = None
    ) -> None:
        super().__init__(name, parent, lamps=lamps)
        self.plan = DialPlan()
        """What makes of a typed number what the phone dials."""
        self.diverts = False
        """Whether who is found is to take over a call, and not to be called."""

    def show_people(self, people: Iterable[Person], *, has_more: bool) -> None:
        """Show everybody, page by page."""
        self.show_rows([person_row(person) for person in people], self.empty(), has_more=has_more)

    def empty(self) -> str:
        """What is said where there is nobody."""
        return self.tr("Nobody here yet. Import people from a file, or add one with Ctrl+N.")

    def add_people(self, people: Iterable[Person], *, has_more: bool) -> None:
        """Show more of everybody."""
        self.list.add_rows([person_row(person) for person in people], has_more=has_more)

    def show_found(self, found: Found, number: str) -> None:
        """Show who was found; `number` is what was typed where that can be called."""
        dialled = self.plan.apply(number)
        rows = [typed_row(number, dialled, diverts=self.diverts)] if number else []
        rows += [person_row(person) for person in found.exact]
        rows += [self._alike_row(group) for group in found.alike]
        self.show_rows(rows, self.tr("Nobody found."))

    def _alike_row(self, group: Group) -> Row:
        named = group.people[:3]
        more = group.count - len(named)
        names = ", ".join(person.name for person in named)
        return Row(
            self.tr("Sounds alike: {word}").format(word=group.word),
            names + (f" · +{more}" if more > 0 else ""),
            glyph=Glyph.ALIKE,
            subject=group,
        )


class FavouritesPage(PeoplePage):
    """Those who are called by one key."""

    def empty(self) -> str:
        """How somebody gets here."""
        return self.tr("No favourites yet. Choose a person and press Ctrl+D.")


class HistoryPage(Page):
    """Calls of the past, the newest first."""

    filtered = Signal(object)
    """Another kind of calls is wanted: one of `Only`."""

    def __init__(
        self,
        name: str,
        now: Callable[[], datetime],
        parent: QWidget | None = None,
        *,
        lamps: LampBoard | None = None,
    ) -> None:
        super().__init__(name, parent, lamps=lamps)
        self._now = now

    def head(self) -> QWidget:
        """Which calls to show."""
        self._group = QButtonGroup(self)
        head = QWidget()
        line = QHBoxLayout(head)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(4)
        for only, text in (
            (Only.ALL, self.tr("All")),
            (Only.MISSED, self.tr("Missed")),
            (Only.ANSWERED, self.tr("Answered")),
            (Only.OUTGOING, self.tr("Placed")),
        ):
            button = QPushButton(text)
            button.setCheckable(True)
            button.setProperty("role", "filter")
            button.setChecked(only is Only.ALL)
            button.setAccessibleDescription(self.tr("Which calls are shown"))
            button.clicked.connect(lambda _=False, only=only: self.filtered.emit(only))
            self._group.addButton(button, list(Only).index(only))
            line.addWidget(button)
        line.addStretch(1)
        return head

    def choose_filter(self, only: Only) -> None:
        """Show that these calls are shown."""
        self._group.button(list(Only).index(only)).setChecked(True)

    def show_records(self, records: Iterable[tuple[Record, str, str]], *, has_more: bool) -> None:
        """Show calls, each with the name and the number to be shown for it."""
        empty = self.tr("No calls here.")
        self.show_rows(self._rows(records), empty, has_more=has_more)

    def add_records(self, records: Iterable[tuple[Record, str, str]], *, has_more: bool) -> None:
        """Show older calls below."""
        self.list.add_rows(self._rows(records), has_more=has_more)

    def _rows(self, records: Iterable[tuple[Record, str, str]]) -> list[Row]:
        now = self._now()
        return [record_row(record, name, number, now) for record, name, number in records]
