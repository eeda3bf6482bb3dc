"""People in CSV files: what is in which column is guessed, shown, put right, and then read.

    sheet = sniff(data)                         encoding, delimiter, the first rows
    mapping = guess_mapping(sheet)              what each column means; a person may change it
    preview(sheet, mapping)                     the people of the first rows
    read_people(data, sheet, mapping)           all of them

A row is what the standard library's reader makes of it, but fed line by line, so that a quote left
open costs its line and not the rest of the file.

What is written is safe to open in a spreadsheet, as `spreadsheet` has it. Telephone numbers as
+49 30 123 keep their plus sign: nothing but digits and separators follows, which at worst is a sum,
and with the apostrophe no other program could dial them.
"""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from callctrl.people import Number, Person
from callctrl.store.columns import NUMBER_KINDS, Mapping, Meaning, guess_columns, kind_in_words
from callctrl.store.peoplefile import (
    LINE_LIMIT,
    Fault,
    Findings,
    Read,
    Unreadable,
    UnreadableFile,
    check_size,
    make_person,
)
from callctrl.store.spreadsheet import text_cell, text_of
from callctrl.texts import one_line, several_lines

__all__ = [
    "Mapping",
    "Meaning",
    "Sheet",
    "guess_mapping",
    "preview",
    "read_people",
    "sniff",
    "write_people",
]

_SAMPLE = 20
"""Rows kept for a preview, beside the headings."""
_COLUMN_LIMIT = 256
_RECORD_LINES, _RECORD_CHARS = 1000, 100_000
"""How far a row may reach: a note has lines, and a cell must stay below csv's own limit."""
_BROKEN_LIMIT = 100
"""Broken rows until the rest is left alone; each costs reading up to a whole record again."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """What a CSV file looks like."""

    encoding: str
    """As Python names it."""
    delimiter: str
    columns: int
    row_count: int
    """Of rows that are not empty, headings included."""
    rows: tuple[tuple[str, ...], ...]
    """The first of them, each as long as there are columns."""


def sniff(data: bytes) -> Sheet:
    """What the file looks like; raises UnreadableFile and nothing else."""
    check_size(data)
    if data.startswith((b"PK\3\4", b"\xd0\xcf\x11\xe0", b"%PDF")):
        raise UnreadableFile(Unreadable.SPREADSHEET)
    encoding = _encoding(data)
    text = _text(data, encoding)
    delimiter = _delimiter(text)
    records = (row for _, row in _records(text, delimiter) if isinstance(row, list) and any(row))
    first = list(islice(records, _SAMPLE + 1))
    if not first:
        raise UnreadableFile(Unreadable.EMPTY)
    row_count = len(first) + sum(1 for _ in records)
    usual = Counter(map(len, first)).most_common(1)[0][0]
    columns = min(max(len(first[0]), usual), _COLUMN_LIMIT)
    rows = tuple(tuple((row + [""] * columns)[:columns]) for row in first)
    return Sheet(encoding, delimiter, columns, row_count, rows)


def guess_mapping(sheet: Sheet) -> Mapping:
    """What each column seems to mean, by its heading and, where that tells nothing, its cells."""
    return guess_columns(sheet.rows)


def preview(sheet: Sheet, mapping: Mapping) -> list[Person]:
    """The people of the first rows, without looking at the file again."""
    people = (_person(row, mapping.meanings)[0] for row in sheet.rows[mapping.has_header :])
    return [person for person in people if person is not None]


def read_people(data: bytes, sheet: Sheet, mapping: Mapping) -> Read:
    """Everybody in the file of which `sheet` tells; raises UnreadableFile and nothing else."""
    check_size(data)
    found = Findings()
    is_header = mapping.has_header
    for line, row in _records(_text(data, sheet.encoding), sheet.delimiter):
        if isinstance(row, Fault):
            found.complain(line, row)
        elif not any(map(str.strip, row)):
            continue
        elif is_header:
            is_header = False
        elif found.is_full:
            found.complain(line, Fault.TOO_MUCH)
            break
        else:
            person, is_spoilt = _person(row, mapping.meanings)
            found.add(line, person)
            if is_spoilt:
                found.complain(line, Fault.SPOILT_NUMBER)
            if any(map(str.strip, row[sheet.columns :])):
                found.complain(line, Fault.EXTRA_CELLS)
    return found.result()


def write_people(people: Iterable[Person]) -> bytes:
    """Everybody as a row of UTF-8 with headings, with all that `read_people` takes back."""
    people = list(people)
    most = max((len(person.numbers) for person in people), default=1)
    stream = io.StringIO(newline="")
    # All in quotes: where a semicolon divides cells, none of our text then makes a cell of its own.
    writer = csv.writer(stream, quoting=csv.QUOTE_ALL)
    pairs = [(f"Phone {index} type", f"Phone {index}") for index in range(1, max(most, 1) + 1)]
    writer.writerow(
        ["Name", "Company", *(head for pair in pairs for head in pair), "Email", "Note"]
    )
    for person in people:
        numbers = [text for each in person.numbers for text in (each.kind.value, each.text)]
        numbers += [""] * (2 * len(pairs) - len(numbers))
        cells = [*map(one_line, (person.name, person.company, *numbers, person.email))]
        writer.writerow(map(_guard, [*cells, several_lines(person.note)]))
    return stream.getvalue().encode("utf-8-sig", "replace")


# From bytes to rows


def _encoding(data: bytes) -> str:
    """By the byte order mark, else UTF-8 where it can be that, else what Windows writes."""
    if data.startswith(b"\xef\xbb\xbf"):
        return "utf-8-sig"
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    start = data[:1000]
    if start.count(b"\0") * 3 > len(start):  # Latin letters in UTF-16: every other byte is none
        return "utf-16-be" if start.startswith(b"\0") else "utf-16-le"
    try:
        data.decode()
    except UnicodeDecodeError:
        return "cp1252"
    return "utf-8"


def _text(data: bytes, encoding: str) -> str:
    """The file's text, with one kind of line end."""
    text = data.decode(encoding, "replace").replace("\0", "")
    return text.replace("\r\n", "\n").replace("\r", "\n")


_SEPARATOR_LINE = re.compile(r'"?sep=(.)"?\n', re.IGNORECASE)


def _delimiter(text: str) -> str:
    """What divides the cells: the sign by which most of the first rows come out equally long."""
    if match := _SEPARATOR_LINE.match(text):  # Excel's own way to say so
        return match[1] if match[1] in ",;\t|" else ","
    sample = text[:_RECORD_CHARS]
    best, best_score = ",", (0.0, 1)
    for delimiter in "\t;|,":  # a comma is in many texts, a tab in none
        widths = Counter(
            len(row)
            for _, row in islice(_records(sample, delimiter), 50)
            if isinstance(row, list) and any(row)
        )
        width, count = max(widths.items(), key=lambda item: (item[1], item[0]), default=(1, 1))
        score = (count / max(widths.total(), 1), width)
        if width > 1 and score > best_score:
            best, best_score = delimiter, score
    return best


class _Lines:
    """Feeds a reader the lines of one record, and no more than a record may have."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._next = 0
        self._second = 0
        self._start = 0
        self.number = 0
        """Of the line that was fed last, from 1."""
        self.count = 0
        """How many the record has so far."""
        self.ran_out = False
        """Whether the reader wanted more than there was."""

    def begin(self) -> bool:
        """Go on to the next record; whether there is a line for it."""
        self._start, self.count, self.ran_out = self._next, 0, False
        return self._start < len(self._text)

    def skip(self) -> None:
        """Go on behind the record's first line."""
        if self.count == 0:
            self._take()
        self.number -= self.count - 1
        self._next = self._second

    def first(self) -> str:
        """The record's first line."""
        return self._text[self._start : self._second]

    def __iter__(self) -> _Lines:
        return self

    def __next__(self) -> str:
        end = self._end()
        is_too_long = self.count == _RECORD_LINES or end - self._start > _RECORD_CHARS
        if self._next == len(self._text) or is_too_long:
            self.ran_out = True
            raise StopIteration
        return self._take()

    def _end(self) -> int:
        return self._text.find("\n", self._next) + 1 or len(self._text)

    def _take(self) -> str:
        line = self._text[self._next : (end := self._end())]
        self._next = end
        self.number += 1
        self.count += 1
        if self.count == 1:
            self._second = end
        return line


def _records(text: str, delimiter: str) -> Iterator[tuple[int, list[str] | Fault]]:
    """Each row, or what is wrong with it, with the number of the line it begins at."""
    match = _SEPARATOR_LINE.match(text)
    lines = _Lines(text)
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    broken = 0
    if match and lines.begin():
        lines.skip()
    while lines.begin():
        line = lines.number + 1
        if line > LINE_LIMIT or broken == _BROKEN_LIMIT:
            yield line, Fault.TOO_MUCH
            break
        try:
            yield line, next(reader)
        except StopIteration:  # not even the first line was fed
            lines.skip()
            yield line, Fault.TOO_LONG
        except csv.Error:
            if lines.count == 1 and not lines.ran_out:
                yield line, _tolerate_quotes(lines.first(), delimiter)
            else:
                broken += 1
                lines.skip()
                yield line, Fault.QUOTE_LEFT_OPEN


def _tolerate_quotes(line: str, delimiter: str) -> list[str]:
    """A row with quotes inside its quotes, as people type it."""
    return next(csv.reader([line], delimiter=delimiter), [])


# From rows to people


def _person(row: Sequence[str], meanings: Sequence[Meaning]) -> tuple[Person | None, bool]:
    """The person of a row, and whether a number was spoilt."""
    texts: dict[Meaning, list[str]] = {}
    numbers: list[Number] = []
    kind = ""
    is_spoilt = False
    for cell, meaning in zip(row, meanings, strict=False):  # a row may end early
        if meaning is Meaning.NOTHING:
            continue
        text = _plain(cell.strip())
        if meaning is Meaning.KIND:
            kind = text[:50]
        elif meaning in NUMBER_KINDS:
            is_spoilt |= _is_spoilt(text)
            if text and not _is_spoilt(text):
                which = kind_in_words(kind) if kind else NUMBER_KINDS[meaning]
                numbers += (Number(part, which) for part in text.split(" ::: "))
            kind = ""
        elif text:
            texts.setdefault(meaning, []).append(text)

    def joined(*wanted: Meaning) -> str:
        return " ".join(text for each in wanted for text in texts.get(each, []))

    person = make_person(
        joined(Meaning.NAME) or joined(Meaning.FIRST_NAME, Meaning.LAST_NAME),
        numbers,
        company=next(iter(texts.get(Meaning.COMPANY, [])), ""),
        email=next(iter(texts.get(Meaning.EMAIL, [])), "").partition(" ::: ")[0],
        note="\n".join(texts.get(Meaning.NOTE, [])),
    )
    return person, is_spoilt


_IS_NUMBER = re.compile(r"\+[0-9 ()/.\-]+")


def _guard(cell: str) -> str:
    """The cell as a spreadsheet takes it for text."""
    return cell if _IS_NUMBER.fullmatch(cell) else text_cell(cell)


def _plain(cell: str) -> str:
    """The cell as it was before anybody guarded it against a spreadsheet."""
    text = text_of(cell)
    return _tolerate_text_formula(cell) if text == cell else text


def _tolerate_text_formula(cell: str) -> str:
    """`="0301234"`, by which people keep a spreadsheet from taking the nought away."""
    return cell[2:-1] if len(cell) > 3 and cell.startswith('="') and cell.endswith('"') else cell


def _is_spoilt(text: str) -> bool:
    return (
        "E+" in text and re.fullmatch(r"[0-9]{1,3}[.,]?[0-9]{0,20}E\+[0-9]{1,3}", text) is not None
    )
