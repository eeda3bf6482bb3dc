"""The history: every call the phone spoke of, kept from its first ring.

A call is written when it is first seen and again at each change, so that neither a crash nor a
power cut loses one. What its record says is decided in `records`; here is where it lies.

    records, notes, counts      what the screen shows
    past                        what the card of an incoming call shows
    delete, delete_all, restore the same records there and back, for an undo

All of it blocks, and any method may raise StoreError: it belongs into a `callctrl.daemon.Worker`.
"""

from __future__ import annotations

import secrets
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime, timedelta
from enum import Enum
from pathlib import Path
from typing import Any

from callctrl.calls import Call, Direction
from callctrl.numbers import tail
from callctrl.store.database import Schema, store_errors, transaction
from callctrl.store.records import Outcome, Record, turned_away, updated
from callctrl.store.spreadsheet import number_cell, text_cell, write_table
from callctrl.store.words import folded
from callctrl.texts import one_line, several_lines

__all__ = ["SCHEMA", "Filter", "History", "Only", "Outcome", "Past", "Record"]


class Only(Enum):
    """Which calls to show."""

    ALL = "all"
    MISSED = "missed"
    ANSWERED = "answered"
    OUTGOING = "outgoing"


@dataclass(frozen=True, slots=True)
class Filter:
    """Which records are wanted."""

    text: str = ""
    """A number, however it is written, or words of which each is in name, number or note."""
    only: Only = Only.ALL
    with_note: bool = False


@dataclass(frozen=True, slots=True)
class Past:
    """What there was before with the other party of a call."""

    today: int = 0
    """How many calls since midnight."""
    last: Record | None = None
    recent: tuple[Record, ...] = ()
    """Up to three, the newest first."""


SCHEMA = Schema(
    "history",
    (
        # run, call_id, ref and began_at name a call while it goes on; tail, digits and words are
        # the number and the texts in the form they are looked up in. The instants are milliseconds
        # since 1970, from its second day to the year 3000: what every system can show.
        """
        CREATE TABLE call (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            run INTEGER NOT NULL DEFAULT 0,
            call_id TEXT NOT NULL DEFAULT '',
            ref TEXT NOT NULL DEFAULT '',
            began_at REAL NOT NULL DEFAULT 0,
            began INTEGER NOT NULL CHECK (began BETWEEN 86400000 AND 32503680000000),
            answered INTEGER CHECK (answered BETWEEN 86400000 AND 32503680000000),
            ended INTEGER CHECK (ended BETWEEN 86400000 AND 32503680000000),
            direction TEXT NOT NULL,
            outcome TEXT NOT NULL,
            number TEXT NOT NULL,
            name TEXT NOT NULL,
            line INTEGER,
            note TEXT NOT NULL,
            diverted_to TEXT NOT NULL,
            looked_at INTEGER NOT NULL,
            tail TEXT NOT NULL,
            digits TEXT NOT NULL,
            words TEXT NOT NULL
        );
        CREATE INDEX call_of_run ON call (run, call_id);
        CREATE INDEX call_by_tail ON call (tail);
        CREATE INDEX call_by_outcome ON call (outcome);
        CREATE INDEX call_by_direction ON call (direction);
        CREATE INDEX call_with_note ON call (id) WHERE note <> '';
        CREATE INDEX call_missed ON call (id) WHERE outcome = 'missed' AND looked_at = 0;
        """,
    ),
)

_Values = Sequence[object] | Mapping[str, object]

_LONGEST_MEMORY = 100_000
"""Days; more is for ever."""


class History:
    """The calls of all times, in an open database.

    `now` gives the wall clock's time, aware, in the zone whose midnight begins a day.
    """

    def __init__(self, connection: sqlite3.Connection, *, now: Callable[[], datetime]) -> None:
        self._connection = connection
        self._now = now
        self._run = 1 + secrets.randbits(62)
        """Tells the calls of this run from earlier ones, which had the same numbers."""

    # Writing what happens

    def see(self, call: Call) -> Record:
        """Write what the phone says of a call; the record as it is now."""
        now = _instant(_milliseconds(self._now()))
        ref = one_line(call.ref or "")
        key = {"run": self._run, "call_id": one_line(call.id), "began_at": call.began_at}
        with transaction(self._connection):
            known = self._select(
                "WHERE run = :run AND call_id = :call_id AND began_at = :began_at"
                " AND (ref IN ('', :ref) OR :ref = '')"  # a call may be given one later
                " ORDER BY id DESC LIMIT 1",
                key | {"ref": ref},
            )
            if not known:
                record = updated(Record(0, now), call, now)
                return replace(record, id=self._insert(record, **key, ref=ref))
            record = updated(known[0], call, now)
            self._update(record, **({"ref": ref} if ref else {}))
            return record

    def rejected(self, call_id: str) -> None:
        """The phone took the order to refuse the call with this number."""
        self._turn_away(call_id, Outcome.REJECTED)

    def diverted(self, call_id: str, number: str) -> None:
        """The phone took the order to send the call with this number elsewhere."""
        self._turn_away(call_id, Outcome.DIVERTED, number)

    def _turn_away(self, call_id: str, outcome: Outcome, diverted_to: str = "") -> None:
        # The phone may have told of the end before it told that it took the order.
        with transaction(self._connection):
            for record in self._select(
                "WHERE run = ? AND call_id = ? ORDER BY id DESC LIMIT 1",
                [self._run, one_line(call_id)],
            ):
                self._update(turned_away(record, outcome, diverted_to))

    def close_unfinished(self) -> int:
        """Nobody will see the end of what goes on; how many those are.

        At the start, of an earlier run that was cut short; and where the phone is let go of. What
        the phone still speaks of goes on all the same.
        """
        return self._change(
            "UPDATE call SET outcome = ? WHERE outcome = ?",
            [Outcome.UNKNOWN_END.value, Outcome.GOING_ON.value],
        )

    # Reading

    def records(
        self, wanted: Filter, *, before: int | None = None, limit: int = 50
    ) -> list[Record]:
        """Up to `limit` records, the newest first, of those older than the one with id `before`."""
        where = "WHERE TRUE"
        values: list[object] = []
        for condition, value in _conditions(wanted, before):
            where += f" AND {condition}"
            values += value
        with store_errors():
            return self._select(f"{where} ORDER BY id DESC LIMIT ?", [*values, limit])

    def past(self, number: str) -> Past:
        """The calls with this number that are over, to it and from it.

        Numbers are the same where they are equal, or end with the same seven digits. Short ones
        are inside the house and must be equal.
        """
        end = tail(number)
        if not end:
            return Past()
        same = f"tail BETWEEN ? AND ? AND outcome <> '{Outcome.GOING_ON.value}'"
        start = end[:_ENOUGH_DIGITS]
        values: list[object] = [end, end] if len(end) < _ENOUGH_DIGITS else [start, start + ":"]
        midnight = self._now().replace(hour=0, minute=0, second=0, microsecond=0)
        with store_errors():
            recent = self._select(f"WHERE {same} ORDER BY id DESC LIMIT 3", values)
            [today] = self._connection.execute(
                f"SELECT count(*) FROM call WHERE {same} AND began >= ?",  # noqa: S608 - ours
                [*values, _milliseconds(midnight)],
            ).fetchone()
        return Past(today, recent[0] if recent else None, tuple(recent))

    def last_numbers(self, limit: int) -> list[str]:
        """The numbers called last, the newest first and each once."""
        with store_errors():
            rows = self._connection.execute(
                "SELECT number FROM call WHERE direction = ? AND number <> ''"
                " GROUP BY number ORDER BY max(id) DESC LIMIT ?",
                [Direction.OUTGOING.value, limit],
            ).fetchall()
        return [number for (number,) in rows]

    def missed_count(self) -> int:
        """How many missed calls nobody has looked at."""
        with store_errors():
            [count] = self._connection.execute(
                "SELECT count(*) FROM call WHERE outcome = 'missed' AND looked_at = 0"
            ).fetchone()
        return int(count)

    # What a person does with it

    def look(self) -> int:
        """All missed calls have been looked at; how many had not been before."""
        return self._change(
            "UPDATE call SET looked_at = 1 WHERE outcome = 'missed' AND looked_at = 0"
        )

    def write_note(self, record_id: int, text: str) -> bool:
        """Keep what a person wrote of a call; whether there is such a record."""
        with transaction(self._connection):
            known = self._select("WHERE id = ?", [record_id])
            for record in known:
                self._update(replace(record, note=several_lines(text)))
        return bool(known)

    def delete(self, record_id: int) -> Record | None:
        """Delete a record and return it for `restore`; None where there is none or it goes on."""
        deleted = self._delete("WHERE id = ? AND outcome <> ?", [record_id])
        return deleted[0] if deleted else None

    def delete_all(self) -> tuple[Record, ...]:
        """Delete all that is over, and return it for `restore`."""
        return self._delete("WHERE outcome <> ?", [])

    def restore(self, records: Iterable[Record]) -> None:
        """Put deleted records back where they were; those that are there stay as they are."""
        with transaction(self._connection):
            for record in records:
                if not self._select("WHERE id = ?", [record.id]):
                    self._insert(record)

    def forget_older_than(self, days: int) -> int:
        """Delete what began earlier, for good; how many those were. 0 days keep all."""
        if not 0 < days <= _LONGEST_MEMORY:
            return 0
        return self._change(
            "DELETE FROM call WHERE began < ? AND outcome <> ?",
            [_milliseconds(self._now()) - days * 86_400_000, Outcome.GOING_ON.value],
        )

    def export_csv(self, file: Path) -> None:
        """Write all records as a table for spreadsheets, the newest first.

        The header and the words are the same in every language, for programs that read them; the
        times are those of the computer's zone. Raises OSError where the file cannot be written.
        """
        with store_errors():
            records = self._select("ORDER BY id DESC")
        rows = [[cell(record) for cell in _CSV.values()] for record in records]
        write_table(file, [list(_CSV), *rows])

    # SQL: the clauses are ours, the values are not

    def _select(self, clauses: str, values: _Values = ()) -> list[Record]:
        rows = self._connection.execute(f"SELECT {_NAMES} FROM call {clauses}", values)  # noqa: S608
        return [_record(row) for row in rows]

    def _insert(self, record: Record, **more: object) -> int:
        """Insert a record, under its id where it has one; the id."""
        row = {**_row(record), **more, "id": record.id or None}
        names, values = ", ".join(row), ", ".join(f":{name}" for name in row)
        insert = f"INSERT INTO call ({names}) VALUES ({values})"  # noqa: S608
        return self._connection.execute(insert, row).lastrowid or 0

    def _update(self, record: Record, **more: object) -> None:
        row = {**_row(record), **more}
        changes = ", ".join(f"{name} = :{name}" for name in row)
        self._connection.execute(f"UPDATE call SET {changes} WHERE id = :id", row)  # noqa: S608

    def _change(self, statement: str, values: _Values = ()) -> int:
        with store_errors():
            return self._connection.execute(statement, values).rowcount

    def _delete(self, where: str, values: Sequence[object]) -> tuple[Record, ...]:
        values = [*values, Outcome.GOING_ON.value]
        with transaction(self._connection):
            deleted = self._select(f"{where} ORDER BY id", values)
            self._connection.execute(f"DELETE FROM call {where}", values)  # noqa: S608
        return tuple(deleted)


# Rows

_FIELDS = [each.name for each in fields(Record)]
_NAMES = ", ".join(_FIELDS)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_DIRECTIONS = {each.value: each for each in Direction}
_OUTCOMES = {each.value: each for each in Outcome}


def _milliseconds(moment: datetime) -> int:
    return (moment - _EPOCH) // timedelta(milliseconds=1)


def _instant(milliseconds: int) -> datetime:
    return _EPOCH + timedelta(milliseconds=milliseconds)


def _row(record: Record) -> dict[str, object]:
    """The columns of a record."""
    texts = "\n".join([record.name, record.number, record.diverted_to, record.note])
    return {
        **{name: getattr(record, name) for name in _FIELDS},
        "began": _milliseconds(record.began),
        "answered": _milliseconds(record.answered) if record.answered else None,
        "ended": _milliseconds(record.ended) if record.ended else None,
        "direction": record.direction.value,
        "outcome": record.outcome.value,
        "tail": tail(record.number),
        "digits": _digits(record.number),
        "words": folded(texts),
    }


def _record(row: tuple[Any, ...]) -> Record:
    """The record of a row; salvaged rows may hold words nobody knows."""
    values = dict(zip(_FIELDS, row, strict=True))
    for name in ("began", "answered", "ended"):
        if values[name] is not None:
            values[name] = _instant(values[name])
    values["direction"] = _DIRECTIONS.get(values["direction"], Direction.UNKNOWN)
    values["outcome"] = _OUTCOMES.get(values["outcome"], Outcome.UNKNOWN_END)
    values["looked_at"] = bool(values["looked_at"])
    return Record(**values)


# Looking up

_DIALLED = "0123456789*#"
_IN_NUMBERS = frozenset(_DIALLED + "+-./() ")
_ENOUGH_DIGITS = 7
"""So many last digits in common make two numbers the same."""
_MOST_WORDS = 10
"""More words than anybody searches for at once."""


def _digits(number: str) -> str:
    """The characters of a number that are dialled."""
    return "".join(char for char in number if char in _DIALLED)


_ONLY: dict[Only, tuple[str, list[object]]] = {
    Only.ALL: ("TRUE", []),
    Only.MISSED: ("outcome = ?", [Outcome.MISSED.value]),
    Only.ANSWERED: ("outcome = ?", [Outcome.ANSWERED.value]),
    Only.OUTGOING: ("direction = ?", [Direction.OUTGOING.value]),
}


def _conditions(wanted: Filter, before: int | None) -> Iterator[tuple[str, list[object]]]:
    """The conditions of a filter, each with the values that go into it."""
    yield _ONLY[wanted.only]
    if before is not None:
        yield "id < ?", [before]
    if wanted.with_note:
        yield "note <> ''", []
    text = one_line(wanted.text)
    if set(text) <= _IN_NUMBERS and _digits(text):
        yield "(instr(digits, ?) OR instr(words, ?))", [_digits(text), folded(text)]
    else:
        for word in folded(text).split()[:_MOST_WORDS]:
            yield "instr(words, ?)", [word]


# A table for spreadsheets


def _time_cell(moment: datetime | None) -> str:
    return f"{moment.astimezone():%Y-%m-%d %H:%M:%S}" if moment is not None else ""


_CSV: dict[str, Callable[[Record], str]] = {
    "began": lambda record: _time_cell(record.began),
    "answered": lambda record: _time_cell(record.answered),
    "ended": lambda record: _time_cell(record.ended),
    "direction": lambda record: record.direction.value,
    "outcome": lambda record: record.outcome.value,
    "number": lambda record: number_cell(record.number),
    "name": lambda record: text_cell(record.name),
    "line": lambda record: "" if record.line is None else str(record.line),
    "diverted_to": lambda record: number_cell(record.diverted_to),
    "note": lambda record: text_cell(record.note),
}
"""The columns, and what is in them."""
