"""The pages: how people and calls become rows, and what is said where there are none."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QSignalSpy, QTest
from PySide6.QtWidgets import QLabel, QPushButton
from pytestqt.qtbot import QtBot

from callctrl.people import Number, NumberKind, Person
from callctrl.store.contacts import Found, Group
from callctrl.store.history import Only
from callctrl.ui.pages import (
    FavouritesPage,
    HistoryPage,
    Page,
    PeoplePage,
    Typed,
    kind_in_words,
    new_person,
    person_row,
    record_row,
)
from callctrl.ui.rows import Glyph
from tests.reception import ANA, ANDREAS, ANNA, NOW, record


@pytest.fixture
def people(qtbot: QtBot) -> PeoplePage:
    it = PeoplePage("People")
    qtbot.addWidget(it)
    it.show()
    return it


@pytest.fixture
def history(qtbot: QtBot) -> HistoryPage:
    it = HistoryPage("History", lambda: NOW)
    qtbot.addWidget(it)
    it.show()
    return it


def said(page: Page) -> list[str]:
    return [each.text() for each in page.findChildren(QLabel) if each.isVisible()]


@pytest.mark.parametrize(
    ("person", "shown"),
    [
        (ANNA, ("Anna Lee", "Lee & Sons · +1", "+1 212 555 0134", "F9")),
        (ANDREAS, ("Andreas Höfer", "ext", "214", "F10")),
        (ANA, ("Ana Pérez", "Sales · ext", "231", "")),
        (replace(ANA, favourite=5), ("Ana Pérez", "Sales · ext", "231", "")),
        (Person("", (Number("1"),), "Lee & Sons"), ("Lee & Sons", "", "1", "")),
        (Person("", (Number("1", NumberKind.FAX),)), ("1", "fax", "1", "")),
        (Person("Nora Null"), ("Nora Null", "", "", "")),
        (Person(""), ("", "", "", "")),
    ],
)
def test_a_person_is_shown_by_name_company_and_first_number(
    person: Person, shown: tuple[str, ...]
) -> None:
    row = person_row(person)
    assert (row.title, row.detail, row.number, row.key) == shown
    assert row.subject is person


@pytest.mark.parametrize("kind", NumberKind)
def test_every_kind_of_number_has_a_word(kind: NumberKind) -> None:
    assert kind_in_words(kind)


@pytest.mark.parametrize(
    ("name", "reported", "number", "title", "beside"),
    [
        ("Anna Lee", "LEE A", "555-1234", "Anna Lee", "555-1234"),
        ("", "LEE A", "555-1234", "LEE A", "555-1234"),
        ("", "", "555-1234", "555-1234", ""),
        ("", "", "", "Unknown caller", ""),
    ],
)
def test_a_call_is_shown_by_the_best_name_there_is(
    name: str, reported: str, number: str, title: str, beside: str
) -> None:
    row = record_row(record(1, name=reported), name, number, NOW)
    assert (row.title, row.number) == (title, beside)


def test_a_note_of_several_lines_is_one_in_its_row() -> None:
    row = record_row(replace(record(1), note="back\n  at three"), "Anna", "1", NOW)
    assert (row.note, row.glyph) == ("back at three", Glyph.MISSED)


@pytest.mark.parametrize(
    ("subject", "expected"),
    [
        (record(1), Person("Anna Lee", (Number("5551234"),))),
        (record(1, number=""), Person("Anna Lee")),
        (Typed("0711"), Person("", (Number("0711"),))),
        (ANA, Person("Zoe")),
        (None, Person("Zoe")),
    ],
)
def test_a_new_person_begins_with_what_is_known(subject: object, expected: Person) -> None:
    assert new_person(subject, " Zoe ") == expected


def test_an_empty_page_says_what_to_do(people: PeoplePage) -> None:
    people.show_people([], has_more=False)
    assert said(people) == ["Nobody here yet. Import people from a file, or add one with Ctrl+N."]
    assert not people.list.isVisible()
    people.show_people([ANA], has_more=False)
    assert (said(people), people.list.isVisible()) == ([], True)


def test_a_page_without_favourites_says_how_somebody_becomes_one(qtbot: QtBot) -> None:
    page = FavouritesPage("Favourites")
    qtbot.addWidget(page)
    page.show()
    page.show_people([], has_more=False)
    assert said(page) == ["No favourites yet. Choose a person and press Ctrl+D."]


def test_nobody_found_is_said(people: PeoplePage) -> None:
    people.show_found(Found(), "")
    assert said(people) == ["Nobody found."]


def test_a_number_comes_first_and_what_sounds_alike_last(people: PeoplePage) -> None:
    group = Group("Meier", 12, (ANNA, ANDREAS, ANA, ANA))
    people.show_found(Found((ANA,), (group,)), "214")
    rows = people.list.rows
    assert [(row.title, row.detail, row.number) for row in rows] == [
        ("Call 214", "as typed", ""),
        ("Ana Pérez", "Sales · ext", "231"),
        ("Sounds alike: Meier", "Anna Lee, Andreas Höfer, Ana Pérez · +9", ""),
    ]
    assert [row.subject for row in rows] == [Typed("214"), ANA, group]


def test_more_people_come_below(people: PeoplePage) -> None:
    people.show_people([ANNA], has_more=True)
    people.add_people([ANA], has_more=False)
    assert [row.subject for row in people.list.rows] == [ANNA, ANA]


def test_more_is_asked_for_by_how_many_there_are(people: PeoplePage) -> None:
    spy = QSignalSpy(people.more_wanted)
    people.show_people([ANNA, ANA], has_more=True)
    people.list.more_wanted.emit()
    assert spy.at(spy.count() - 1)[0] == 2


def test_the_filters_choose_which_calls_are_shown(history: HistoryPage) -> None:
    spy = QSignalSpy(history.filtered)
    buttons = {each.text(): each for each in history.findChildren(QPushButton)}
    for text in ("Missed", "Answered", "Placed", "All"):
        QTest.mouseClick(buttons[text], Qt.MouseButton.LeftButton)
        assert [each for each in buttons if buttons[each].isChecked()] == [text]
    told = [spy.at(at)[0] for at in range(spy.count())]
    assert told == [Only.MISSED, Only.ANSWERED, Only.OUTGOING, Only.ALL]
    history.choose_filter(Only.MISSED)
    assert buttons["Missed"].isChecked()
    assert spy.count() == 4


def test_an_empty_history_says_so_below_its_filters(history: HistoryPage) -> None:
    history.show_records([], has_more=False)
    assert said(history) == ["No calls here."]
    assert all(each.isVisible() for each in history.findChildren(QPushButton))


def test_the_filters_stay_in_their_place(history: HistoryPage) -> None:
    history.resize(400, 400)
    all_calls = history.findChildren(QPushButton)[0]
    places = []
    for records in ([], [(record(2), "", "1")], []):
        history.show_records(records, has_more=False)
        layout = history.layout()
        assert layout is not None
        layout.activate()
        places.append(all_calls.mapTo(history, all_calls.rect().topLeft()).y())
    assert places == [0, 0, 0]


def test_older_calls_come_below(history: HistoryPage) -> None:
    history.show_records([(record(2), "", "1")], has_more=True)
    history.add_records([(record(1), "", "1")], has_more=False)
    assert [row.subject for row in history.list.rows] == [record(2), record(1)]
