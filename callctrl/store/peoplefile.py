"""What reading a file of people comes to, whichever kind of file it is.

Such a file comes from anywhere. A bad line costs that line and is told of by its number; only a
file nobody can read at all raises `UnreadableFile`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum

from callctrl.people import Number, Person
from callctrl.texts import one_line, several_lines

__all__ = [
    "FILE_LIMIT",
    "LINE_LIMIT",
    "PEOPLE_LIMIT",
    "PROBLEM_LIMIT",
    "Fault",
    "FileKind",
    "Findings",
    "Problem",
    "Read",
    "Unreadable",
    "UnreadableFile",
    "check_size",
    "make_person",
]

FILE_LIMIT = 64 * 2**20
"""Bytes; ten thousand cards with photos take a quarter of it."""
LINE_LIMIT = 5_000_000
"""Lines of a file, the empty ones too."""
PEOPLE_LIMIT = 200_000
"""Cards, or rows."""
PROBLEM_LIMIT = 100
"""Problems told one by one; the rest is counted."""

_NUMBER_LIMIT = 100
_NUMBERS_LIMIT = 50


class FileKind(Enum):
    """How people are written into a file; the value is the file name's suffix."""

    CSV = "csv"
    VCARD = "vcf"

    @classmethod
    def of(cls, data: bytes) -> FileKind:
        """What the content looks like; the file's name may say anything."""
        start = data[:4096].replace(b"\0", b"").upper()  # of UTF-16, every other byte is none
        return cls.VCARD if b"BEGIN:VCARD" in start else cls.CSV


class Unreadable(Enum):
    """Why a file cannot be read at all."""

    TOO_LARGE = "too large"
    """More than FILE_LIMIT."""
    EMPTY = "empty"
    NO_CARDS = "no cards"
    """It holds no vCard."""
    SPREADSHEET = "spreadsheet"
    """A spreadsheet's or word processor's own format, not text."""


class UnreadableFile(Exception):  # noqa: N818 — it says what is the matter
    """The file is not one of people."""

    def __init__(self, why: Unreadable) -> None:
        super().__init__(f"unreadable file: {why.value}")
        self.why = why


class Fault(Enum):
    """What is wrong with one place in a file."""

    NOT_UNDERSTOOD = "not understood"
    """The line is left out."""
    TOO_LONG = "too long"
    """The line is left out."""
    NOBODY = "nobody"
    """Neither a name nor a number: nobody to call."""
    UNFINISHED = "unfinished"
    """The card has no end; what it holds is taken."""
    QUOTE_LEFT_OPEN = "quote left open"
    """A quoted cell has no end; the line is left out."""
    EXTRA_CELLS = "extra cells"
    """The row has more cells than the table has columns; they are left out."""
    SPOILT_NUMBER = "spoilt number"
    """A spreadsheet made a power of ten of a number (4.93E+11); the number is left out."""
    TOO_MUCH = "too much"
    """From here on nothing is read: too many people, or too many lines that are broken."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is not as it should be."""

    line: int
    """Counted from 1; where the card or row begins."""
    what: Fault


@dataclass(frozen=True, slots=True)
class Read:
    """What a file holds."""

    people: list[Person]
    """In the order of the file."""
    problems: list[Problem]
    """The first PROBLEM_LIMIT of them, in the order of the file."""
    problem_count: int
    """How many there are in all."""


class Findings:
    """Gathers what is read, within the limits."""

    def __init__(self) -> None:
        self._people: list[Person] = []
        self._added = 0
        self._problems: list[Problem] = []
        self._problem_count = 0

    @property
    def is_full(self) -> bool:
        """Whether nobody more is taken."""
        return self._added >= PEOPLE_LIMIT

    def add(self, line: int, person: Person | None) -> None:
        """Take somebody; None is a problem of that line."""
        self._added += 1
        if person is None:
            self.complain(line, Fault.NOBODY)
        else:
            self._people.append(person)

    def complain(self, line: int, what: Fault) -> None:
        """Take note of a problem."""
        self._problem_count += 1
        if len(self._problems) < PROBLEM_LIMIT:
            self._problems.append(Problem(line, what))

    def result(self) -> Read:
        """All of it."""
        problems = sorted(self._problems, key=lambda problem: problem.line)
        return Read(self._people, problems, self._problem_count)


def check_size(data: bytes) -> None:
    """Raise UnreadableFile where there is too much or nothing."""
    if len(data) > FILE_LIMIT:
        raise UnreadableFile(Unreadable.TOO_LARGE)
    if not data.strip(b"\0\r\n\t \xef\xbb\xbf\xfe\xff"):
        raise UnreadableFile(Unreadable.EMPTY)


def make_person(
    name: str = "",
    numbers: Iterable[Number] = (),
    *,
    company: str = "",
    email: str = "",
    note: str = "",
) -> Person | None:
    """A person of what a file says, cleaned and cut to size; None where nobody is left.

    Who has no name goes by the company, the address or the number. What has no digit is no number.
    """
    clean = (Number(one_line(each.text, _NUMBER_LIMIT), each.kind) for each in numbers)
    kept = tuple(dict.fromkeys(each for each in clean if any(map(str.isdigit, each.text))))
    name, company, email = one_line(name), one_line(company), one_line(email)
    if not name:
        name, company = company or email or (kept[0].text if kept else ""), ""
    if not name:
        return None
    return Person(name, kept[:_NUMBERS_LIMIT], company, email, several_lines(note))
