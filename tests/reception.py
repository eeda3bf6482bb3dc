"""A receptionist before the main window: people who are found, calls, and keys that are counted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from PySide6.QtCore import Qt, SignalInstance
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QPushButton, QWidget

from callctrl.abilities import bystander_ability
from callctrl.calls import Ability, Action, Call, CallState, Direction, Untested
from callctrl.numbers import is_number, typed
from callctrl.people import Number, NumberKind, Person
from callctrl.store.contacts import Found
from callctrl.store.history import Outcome, Record
from callctrl.ui.field import SearchField
from callctrl.ui.nowlist import ShownCall
from callctrl.ui.rows import RowList
from callctrl.ui.window import Window

__all__ = [
    "ANA",
    "ANDREAS",
    "ANNA",
    "BORIS",
    "NOW",
    "PEOPLE",
    "Clock",
    "Reception",
    "bystander",
    "call",
    "record",
]

NOW = datetime(2026, 3, 4, 15, 30).astimezone()

ANNA = Person(
    "Anna Lee",
    (Number("+1 212 555 0134"), Number("+1 917 555 0100", NumberKind.MOBILE)),
    "Lee & Sons",
    id=1,
    favourite=1,
)
ANDREAS = Person("Andreas Höfer", (Number("214", NumberKind.EXTENSION),), id=2, favourite=2)
ANA = Person("Ana Pérez", (Number("231", NumberKind.EXTENSION),), "Sales", id=3)
BORIS = Person("Boris Bell", (Number("+49 211 5550199"),), id=4)
PEOPLE = (ANNA, ANDREAS, ANA, BORIS)


class Clock:
    """A clock that a test moves."""

    now = 1000.0

    def __call__(self) -> float:
        return self.now


def call(
    call_id: str, state: CallState, name: str = "Northwind", since: float = 990.0
) -> ShownCall:
    """A call as the window is told of it."""
    answered = since if state in (CallState.CONNECTED, CallState.HELD) else None
    of_phone = Call(
        call_id,
        state,
        line=int(call_id),
        direction=Direction.INCOMING,
        number="5551234",
        began_at=since,
        since_at=since,
        answered_at=answered,
    )
    return ShownCall(of_phone, name, "555-1234")


def bystander(action: Action, _call: Call | None) -> Ability:
    """What works at a desk whose PBX only tells of the calls."""
    return bystander_ability(action, Untested())


def record(record_id: int, number: str = "5551234", name: str = "Anna Lee") -> Record:
    """A call of the past that was missed."""
    return Record(
        record_id, NOW, None, NOW, Direction.INCOMING, Outcome.MISSED, number, name, 1, "", "", True
    )


@dataclass
class Reception:
    """The window, and what it asked for since."""

    window: Window
    clock: Clock
    heard: list[tuple[str, tuple[object, ...]]] = field(default_factory=list)
    people: Sequence[Person] = PEOPLE
    answers: bool = True
    """Whether a search is answered at once; else a test answers it."""
    strokes: int = 0
    """How many keys were pressed."""

    def __post_init__(self) -> None:
        window = self.window
        for name in (
            "ordered",
            "dial_requested",
            "divert_requested",
            "searched",
            "history_wanted",
            "missed_seen",
            "note_written",
            "record_note_wanted",
            "record_deleted",
            "person_wanted",
            "people_deleted",
            "star_requested",
            "move_requested",
            "undo_requested",
            "keys_requested",
            "dial_plan_switched",
            "wizard_requested",
        ):
            signal: SignalInstance = getattr(window, name)
            signal.connect(lambda *args, name=name: self.heard.append((name, args)))
        window.searched.connect(self._search)
        window.people_wanted.connect(self._list)
        window.show_favourites([each for each in self.people if each.favourite])
        window.refresh()
        window.show()
        window.activateWindow()
        self.settle()

    @property
    def field(self) -> SearchField:
        """The one field."""
        found = self.window.findChild(SearchField)
        assert found is not None
        return found

    @property
    def rows(self) -> RowList:
        """The list of the page that is shown."""
        (found,) = (each for each in self.window.findChildren(RowList) if each.isVisible())
        return found

    def focus(self) -> QWidget:
        """Where a key goes."""
        return self.window.focusWidget() or self.window

    def settle(self) -> None:
        """Let what was put off until the next turn of the loop happen."""
        for _ in range(3):
            QApplication.processEvents()

    def press(self, *keys: Qt.Key, ctrl: bool = False, alt: bool = False) -> None:
        """Press keys where the focus is."""
        modifier = Qt.KeyboardModifier
        held = modifier.ControlModifier if ctrl else modifier.NoModifier
        held = held | modifier.AltModifier if alt else held
        for key in keys:
            self.strokes += 1
            QTest.keyClick(self.focus(), key, held)
            self.settle()

    def type(self, text: str) -> None:
        """Type where the focus is."""
        for letter in text:
            self.strokes += 1
            QTest.keyClicks(self.focus(), letter)
            self.settle()

    def asked(self, *names: str) -> list[tuple[object, ...]]:
        """What was asked for by these signals, in order; all of it is forgotten."""
        told = [args for name, args in self.heard if name in names]
        self.heard.clear()
        return told

    def button(self, text: str) -> QPushButton:
        """The visible button with this text."""
        (found,) = (
            each
            for each in self.window.findChildren(QPushButton)
            if each.text().replace("&", "") == text and each.isVisible()
        )
        return found

    def _search(self, text: str) -> None:
        if self.answers:
            exact = tuple(
                each for each in self.people if each.name.lower().startswith(text.lower())
            )
            number = typed(text) if is_number(text) else ""
            self.window.show_found(text, Found(exact, (), len(exact)), number)

    def _list(self, after: int) -> None:
        if self.answers:
            self.window.show_people(self.people[after:], has_more=False, after=after)
