"""What both kinds of people's files come to: clean people, counted problems."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callctrl.people import Number, NumberKind, Person
from callctrl.store.peoplefile import (
    Fault,
    FileKind,
    Findings,
    Problem,
    clean_line,
    clean_note,
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


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("  Anna \t\r\n Lee\u00a0", "Anna Lee"),
        ("An\x00na\x1b[31m", "An na [31m"),
        ("\u202a+49 30\u202c", "+49 30"),
        ("Mül\u00adler", "Müller"),
        ("\u0645\u06cc\u200c\u062e\u0645", "\u0645\u06cc\u200c\u062e\u0645"),
        ("\ud800", ""),
        ("x" * 501, "x" * 500),
        ("x" * 499 + " y", "x" * 499),
    ],
)
def test_a_line_is_cleaned(text: str, clean: str) -> None:
    assert clean_line(text) == clean


@given(st.text())
def test_what_is_clean_stays_as_it_is(text: str) -> None:
    assert clean_line(clean_line(text)) == clean_line(text)
    assert clean_note(clean_note(text)) == clean_note(text)
    assert "\n" not in clean_line(text)


def test_a_note_keeps_its_lines_and_some_pages() -> None:
    assert clean_note("\n a  b\r\n\r\nc\x07\n") == "a b\n\nc"
    assert clean_note("x" * 30_000) == "x" * 20_000


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
