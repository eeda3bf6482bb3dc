"""What both kinds of people's files come to: clean people, counted problems."""

from __future__ import annotations

import pytest

from callctrl.people import Number, NumberKind, Person
from callctrl.store.peoplefile import (
    Fault,
    FileKind,
    Findings,
    Problem,
    make_person,
)


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"\xef\xbb\xbfbegin:vcard\n", FileKind.VCARD),
        ("\n\nBEGIN:VCARD\n".encode("utf-16"), FileKind.VCARD),
        (b"Name,Phone\n", FileKind.CSV),
        (b"", FileKind.CSV),
    ],
)
def test_the_kind_of_a_file_is_told_by_its_content(data: bytes, kind: FileKind) -> None:
    assert FileKind.of(data) is kind


def test_a_person_is_cleaned_and_numbers_come_once() -> None:
    person = make_person(
        " Anna\n",
        [Number(" 12 "), Number("12"), Number("12", NumberKind.FAX), Number("none"), Number("")],
        company=" Example ",
        email="a@x.org\r",
        note="one\n",
    )
    assert person == Person(
        "Anna", (Number("12"), Number("12", NumberKind.FAX)), "Example", "a@x.org", "one"
    )


def test_a_company_is_not_named_twice() -> None:
    assert make_person(company="Example", email="a@x.org") == Person("Example", email="a@x.org")


def test_a_note_alone_is_nobody() -> None:
    assert make_person(" ", [Number("-")], note="a note") is None


def test_problems_are_told_in_the_order_of_their_lines() -> None:
    found = Findings()
    found.complain(7, Fault.TOO_LONG)
    found.add(3, None)
    found.add(9, Person("Anna"))
    read = found.result()
    assert read.people == [Person("Anna")]
    assert read.problems == [Problem(3, Fault.NOBODY), Problem(7, Fault.TOO_LONG)]
    assert read.problem_count == 2
