"""The people kept: listed, changed, imported, found by what is typed and by who calls.

Every change is whole or not at all, the search index included, and can be taken back. All is done
in the one thread the database belongs to; every method may raise StoreError, and then nothing has
changed.
"""

from __future__ import annotations

import json
import sqlite3
from array import array
from collections import Counter
from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from itertools import islice

from callctrl.numbers import DialPlan, likeness, tail
from callctrl.people import Number, NumberKind, Person
from callctrl.store.database import Schema, store_errors, transaction
from callctrl.store.search import Alike, Entry, Index
from callctrl.store.words import digits, folded, spelt
from callctrl.texts import one_line, several_lines

__all__ = ["SCHEMA", "Bundle", "Contacts", "Found", "Group", "Imported"]

SCHEMA = Schema(
    "contacts",
    (
        """
        CREATE TABLE people (
            id INTEGER PRIMARY KEY AUTOINCREMENT, -- none is used again, so undo finds its place
            sort TEXT NOT NULL,
            favourite INTEGER,
            called_at REAL,
            name TEXT NOT NULL,
            company TEXT NOT NULL,
            email TEXT NOT NULL,
            note TEXT NOT NULL
        );
        CREATE INDEX people_in_order ON people (sort, id);
        CREATE INDEX people_called ON people (called_at) WHERE called_at IS NOT NULL;
        CREATE INDEX people_favourite ON people (favourite) WHERE favourite IS NOT NULL;
        CREATE TABLE numbers (
            person INTEGER NOT NULL REFERENCES people (id) ON DELETE CASCADE,
            place INTEGER NOT NULL,
            text TEXT NOT NULL,
            kind TEXT NOT NULL,
            digits TEXT NOT NULL,
            tail TEXT NOT NULL, -- digits from the last to the first
            PRIMARY KEY (person, place)
        );
        CREATE INDEX numbers_by_digits ON numbers (digits, person);
        CREATE INDEX numbers_inside ON numbers (digits, person) WHERE kind = 'extension';
        CREATE INDEX numbers_by_tail ON numbers (tail, person);
        -- Without a rowid they are not salvaged from a damaged file, but filled anew.
        CREATE TABLE words (
            place INTEGER, word TEXT, person INTEGER, PRIMARY KEY (place, word, person)
        ) WITHOUT ROWID;
        CREATE TABLE alike (key TEXT, word TEXT, PRIMARY KEY (key, word)) WITHOUT ROWID;
        """,
    ),
)
"""The database of the contacts."""

_NUMBER_LIMIT = 64
_MOST_NUMBERS = 20

_EXACT_BESIDE_ALIKE = 8
"""How many are shown of those that fit exactly, so that those alike stay on the screen."""
_MOST_GROUPS = 8
_GROUP_SIZE = 8
_MANY = 1000
"""So many hits are not sorted, but picked out of the list of all."""
_RECENT = 200
"""So many of those called last come before others, where there are many."""

_SAME_DIGITS = 7
"""With so many equal digits at their ends, two numbers of people of one name are one number."""
_CALLER_DIGITS = 5
"""Numbers that are alike have so many equal digits at their ends, or one is as short as that."""
_MOST_CALLERS = 1000
"""Numbers compared with a caller's."""


@dataclass(frozen=True, slots=True)
class Group:
    """People found by a word that sounds like one typed, or is a slip away."""

    word: str
    """As these people spell it; typing it finds them all."""
    count: int
    """How many they are."""
    people: tuple[Person, ...]
    """The first of them."""


@dataclass(frozen=True, slots=True)
class Found:
    """What a search brought; the people of `alike` are not among the exact ones."""

    exact: tuple[Person, ...] = ()
    """The best first."""
    alike: tuple[Group, ...] = ()
    """The nearest first."""
    count: int = 0
    """How many fit exactly; `exact` may hold only the first of them."""


@dataclass(frozen=True, slots=True)
class _Kept:
    """A person with all that is kept."""

    person: Person
    called_at: float | None = None
    """In seconds since 1970."""


@dataclass(frozen=True, slots=True)
class Bundle:
    """What takes a change back: who is new by it, and the others as they were before."""

    new: tuple[int, ...] = ()
    before: tuple[_Kept, ...] = ()


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import did."""

    added: int
    changed: int
    """People who were there and got numbers or texts they had not."""
    unchanged: int
    """How many told nothing new of people who were there."""
    undo: Bundle


class Contacts:
    """The contacts in a database of `SCHEMA`."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        """Fill the search index first, where it is missing or of another version."""
        self._connection = connection
        self._index = Index(connection)
        self._in_order: array[int] | None = None
        """All ids as listed, made when needed; None again after each change."""
        with store_errors():
            is_up_to_date = self._index.is_up_to_date
        if not is_up_to_date:
            with transaction(connection):
                self._index.rebuild(
                    connection.execute("SELECT id, name, company FROM people").fetchall()
                )

    # Looking

    def count(self) -> int:
        """How many there are."""
        with store_errors():
            [count] = self._connection.execute("SELECT count(*) FROM people").fetchone()
        return int(count)

    def get(self, person_id: int) -> Person | None:
        """The person, or None who is not there."""
        return next(iter(self._read("WHERE id = ?", person_id)), None)

    def people(self, offset: int, limit: int) -> list[Person]:
        """A piece of the list of all, by name, or by company where there is no name."""
        return self._read("ORDER BY sort, id LIMIT ? OFFSET ?", limit, offset)

    def favourites(self) -> list[Person]:
        """The favourites in their order."""
        return self._read("WHERE favourite IS NOT NULL ORDER BY favourite, id")

    def colleagues(self, limit: int) -> list[Person]:
        """Those who have an extension: favourites in their order, then the others by name."""
        return self._read(
            "WHERE id IN (SELECT person FROM numbers WHERE kind = 'extension')"
            " ORDER BY favourite IS NULL, favourite, sort, id LIMIT ?",
            limit,
        )

    # Changing

    def add(self, person: Person) -> Person:
        """Keep a new person; returns it as kept: with an id, its texts cut and cleaned.

        Favourites are made by `set_favourites` only.
        """
        with self._change():
            kept = self._write(_Kept(_cleaned(replace(person, id=None, favourite=None))))
            self._index.add([_entry(kept)])
        return kept

    def change(self, person: Person) -> Person:
        """Keep a person as it is now; returns the one before, which takes the change back.

        Raises KeyError where it is not there. The place among the favourites stays.
        """
        with self._change():
            old = self._get_kept(_id(person))
            if old is None:
                raise KeyError(person.id)
            now = replace(_cleaned(person), favourite=old.person.favourite)
            self._write(_Kept(now, old.called_at))
            self._index.remove([_entry(old.person)])
            self._index.add([_entry(now)])
        return old.person

    def delete(self, ids: Iterable[int]) -> Bundle:
        """Forget people; those who are not there do not matter."""
        with self._change():
            before = self._kept(ids)
            self._remove(before)
        return Bundle(before=tuple(before))

    def restore(self, bundle: Bundle) -> None:
        """Take back a `delete` or an import; what was done to these people since goes, too."""
        with self._change():
            of_before = [_id(kept.person) for kept in bundle.before]
            self._remove(self._kept([*bundle.new, *of_before]))
            for kept in bundle.before:
                self._write(kept)
            self._index.add(_entry(kept.person) for kept in bundle.before)

    def set_favourites(self, ids: Sequence[int]) -> None:
        """Make these the favourites, in this order, and nobody else."""
        with self._change():
            self._connection.execute(
                "UPDATE people SET favourite = NULL WHERE favourite IS NOT NULL"
            )
            self._connection.executemany(
                "UPDATE people SET favourite = ? WHERE id = ?",
                enumerate(dict.fromkeys(ids), start=1),
            )

    def touch(self, person_id: int, when: float) -> None:
        """Note a call with this person, at `when` in seconds since 1970."""
        with store_errors():
            self._connection.execute(
                "UPDATE people SET called_at = max(?, ifnull(called_at, ?)) WHERE id = ?",
                (when, when, person_id),
            )

    def import_people(self, people: Iterable[Person], *, merge: bool) -> Imported:
        """Keep many people at once; what reading them raises changes nothing.

        With `merge`, one with the same name and a number in common is the same person, in the
        contacts or earlier among these; where there are no numbers, company and e-mail decide.
        Numbers are united, empty texts filled, no text is replaced. Those who have neither a
        name nor a company nor a number are passed over.
        """
        arrived = [
            person
            for each in people
            if (person := _cleaned(each)).name or person.company or person.numbers
        ]
        new: list[int] = []
        before: dict[int, _Kept] = {}
        unchanged = 0
        with self._change():
            known = self._marked() if merge else {}
            entries: list[Entry] = []
            for person in arrived:
                marks = _marks(person) if merge else []
                met = [known[mark] for mark in marks if mark in known]
                old = self._get_kept(met[0]) if met else None
                if old is None:
                    kept = self._write(_Kept(replace(person, id=None, favourite=None)))
                    new.append(_id(kept))
                else:
                    kept = _united(old.person, person)
                    if kept == old.person:
                        unchanged += 1
                        continue
                    before.setdefault(_id(kept), old)
                    self._write(replace(old, person=kept))
                for mark in marks:
                    known.setdefault(mark, _id(kept))
                entries.append(_entry(kept))
            self._index.add(entries)
        for person_id in new:
            before.pop(person_id, None)
        return Imported(len(new), len(before), unchanged, Bundle(tuple(new), (*before.values(),)))

    # Finding

    def search(self, text: str, limit: int = 50, *, alike: bool = True) -> Found:
        """Who fits what is typed so far: all its words, in any order.

        In each class of hits favourites come first, then those called last, then those with an
        extension. Where many fit, a list of all by name takes the place of the extension.
        """
        with store_errors():
            hits = self._index.find(text, alike=alike)
            if hits.alike:
                limit = min(limit, _EXACT_BESIDE_ALIKE)
            exact: list[Person] = []
            for ids in hits.exact:
                exact += self._best(ids, limit - len(exact))
            groups = [self._group(each) for each in hits.alike[:_MOST_GROUPS]]
        return Found(tuple(exact), tuple(groups), sum(map(len, hits.exact)))

    def find_caller(self, number: str, plan: DialPlan) -> Person | None:
        """Who calls from this number, however it is written there and here.

        The likeliest number decides, then a favourite. A number that several share names their
        company, if it is one: a person without id, whose name is the company's. Otherwise it
        is the first by name.
        """
        end = tail(number)
        if not end:
            return None
        last = end[:_CALLER_DIGITS].ljust(_CALLER_DIGITS, "/")  # "/": no number has a longer end
        alike: dict[str, int] = {}
        likeliest: dict[int, set[int]] = {}
        with store_errors():
            for person_id, text in self._connection.execute(
                "SELECT person, text FROM numbers WHERE tail IN (?, ?, ?, ?)"
                " OR (tail >= ? AND tail < ?) LIMIT ?",
                (
                    *(end[:length] for length in range(1, _CALLER_DIGITS)),
                    last,
                    last + ":",
                    _MOST_CALLERS,
                ),
            ).fetchall():
                if text not in alike:
                    alike[text] = likeness(number, text, plan)
                likeliest.setdefault(alike[text], set()).add(person_id)
            best = max(likeliest, default=0)
            if not best:
                return None
            callers = self._ordered(likeliest[best], _MOST_CALLERS)
        if callers[0].favourite is not None or len({folded(each.name) for each in callers}) == 1:
            return callers[0]
        callers.sort(key=lambda each: folded(each.name))
        house, *others = {folded(each.company or each.name) for each in callers}
        if others:
            return callers[0]
        company = callers[-1].company
        shared = Person(name=company, company=company, numbers=(Number(number),))
        return next((each for each in callers if folded(each.name) in ("", house)), shared)

    def _best(self, ids: set[int], limit: int) -> list[Person]:
        if limit <= 0 or not ids:
            return []
        if len(ids) <= _MANY:
            return self._ordered(ids, limit)
        marked = ids.intersection(
            person_id
            for (person_id,) in self._connection.execute(
                "SELECT id FROM people WHERE favourite IS NOT NULL UNION SELECT * FROM"
                " (SELECT id FROM people WHERE called_at IS NOT NULL"
                "  ORDER BY called_at DESC LIMIT ?)",
                (_RECENT,),
            )
        )
        if self._in_order is None:
            [everybody] = self._connection.execute(
                "SELECT group_concat(id, ' ') FROM (SELECT id FROM people ORDER BY sort, id)"
            ).fetchone()
            self._in_order = array("q", map(int, everybody.split()))
        first = self._ordered(marked, limit)
        others = (each for each in self._in_order if each in ids and each not in marked)
        rest = list(islice(others, limit - len(first)))
        place = {person_id: at for at, person_id in enumerate(rest)}
        return first + sorted(self._ordered(rest, limit), key=lambda each: place[_id(each)])

    def _ordered(self, ids: Iterable[int], limit: int) -> list[Person]:
        return self._read(
            "WHERE id IN (SELECT value FROM json_each(?))"
            " ORDER BY favourite IS NULL, favourite, called_at DESC, NOT EXISTS ("
            "  SELECT 1 FROM numbers WHERE person = id AND kind = 'extension'"
            " ), sort, id LIMIT ?",
            json.dumps(list(ids)),
            limit,
        )

    def _group(self, alike: Alike) -> Group:
        people = self._best(alike.people, _GROUP_SIZE)
        spellings = Counter(
            " ".join(spelt(f"{each.name} {each.company}", word) for word in alike.words)
            for each in people
        )
        [(word, _)] = spellings.most_common(1)
        return Group(word, len(alike.people), tuple(people))

    # Rows

    def _change(self) -> AbstractContextManager[None]:
        self._in_order = None
        return transaction(self._connection)

    def _read(self, rest: str, *values: object) -> list[Person]:
        with store_errors():
            return [kept.person for kept in self._select(rest, *values)]

    def _kept(self, ids: Iterable[int]) -> list[_Kept]:
        return self._select(
            "WHERE id IN (SELECT value FROM json_each(?)) ORDER BY id", json.dumps(list(ids))
        )

    def _get_kept(self, person_id: int) -> _Kept | None:
        return next(iter(self._select("WHERE id = ?", person_id)), None)

    def _select(self, rest: str, *values: object) -> list[_Kept]:
        rows = self._connection.execute(
            f"SELECT id, favourite, called_at, name, company, email, note FROM people {rest}",  # noqa: S608 - words of ours
            values,
        ).fetchall()
        numbers: dict[int, list[Number]] = {row[0]: [] for row in rows}
        for person_id, text, kind in self._connection.execute(
            "SELECT person, text, kind FROM numbers"
            " WHERE person IN (SELECT value FROM json_each(?)) ORDER BY person, place",
            (json.dumps(list(numbers)),),
        ):
            numbers[person_id].append(Number(text, _KINDS.get(kind, NumberKind.OTHER)))
        return [
            _Kept(
                Person(name, tuple(numbers[person_id]), company, email, note, favourite, person_id),
                called_at,
            )
            for person_id, favourite, called_at, name, company, email, note in rows
        ]

    def _write(self, kept: _Kept) -> Person:
        """Put the person in place of the one with its id, or as a new one where it has none."""
        person = kept.person
        if person.id is not None:
            self._connection.execute("DELETE FROM people WHERE id = ?", (person.id,))
        person_id = self._connection.execute(
            "INSERT INTO people (id, sort, favourite, called_at, name, company, email, note)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (
                *(person.id, _sort_key(person), person.favourite, kept.called_at),
                *(person.name, person.company, person.email, person.note),
            ),
        ).lastrowid
        self._connection.executemany(
            "INSERT INTO numbers (person, place, text, kind, digits, tail)"
            " VALUES (?, ?, ?, ?, ?, ?)",
            [
                (person_id, place, each.text, each.kind.value, digits(each.text), tail(each.text))
                for place, each in enumerate(person.numbers)
            ],
        )
        return replace(person, id=person_id)

    def _remove(self, before: list[_Kept]) -> None:
        self._index.remove(_entry(kept.person) for kept in before)
        self._connection.executemany(
            "DELETE FROM people WHERE id = ?", [(kept.person.id,) for kept in before]
        )

    def _marked(self) -> dict[tuple[str, ...], int]:
        """The marks of all who are kept."""
        by_number = self._connection.execute(
            "SELECT sort, tail, id FROM numbers JOIN people ON id = person WHERE tail != ''"
        )
        others = self._connection.execute(
            "SELECT sort, company, email, id FROM people"
            " WHERE id NOT IN (SELECT person FROM numbers WHERE tail != '')"
        )
        marked: dict[tuple[str, ...], int] = {
            (sort, reverse[:_SAME_DIGITS]): person_id for sort, reverse, person_id in by_number
        }
        marked.update((tuple(texts), person_id) for *texts, person_id in others)
        return marked


_KINDS = {kind.value: kind for kind in NumberKind}


def _marks(person: Person) -> list[tuple[str, ...]]:
    """What tells people of one name apart; one that has a mark of another is the same person."""
    name = _sort_key(person)
    ends = filter(None, (tail(each.text) for each in person.numbers))
    return [(name, each[:_SAME_DIGITS]) for each in ends] or [(name, person.company, person.email)]


def _united(old: Person, new: Person) -> Person:
    """The old one with what only the new one tells."""
    numbers = list(old.numbers)
    for each in new.numbers:
        if not any(_is_same(each, known) for known in numbers):
            numbers.append(each)
    return replace(
        old,
        numbers=tuple(numbers[:_MOST_NUMBERS]),
        company=old.company or new.company,
        email=old.email or new.email,
        note=old.note or new.note,
    )


def _is_same(one: Number, other: Number) -> bool:
    """Whether one number is the other with an area or country before it."""
    short, long = sorted((tail(each.text).rstrip("0") for each in (one, other)), key=len)
    return one.text == other.text or (
        bool(short) and (short == long or (len(short) >= _SAME_DIGITS and long.startswith(short)))
    )


def _id(person: Person) -> int:
    """The id of one that is kept."""
    if person.id is None:
        raise KeyError(None)
    return person.id


def _entry(person: Person) -> Entry:
    return _id(person), person.name, person.company


def _sort_key(person: Person) -> str:
    return folded(person.name or person.company)


def _cleaned(person: Person) -> Person:
    numbers = (
        replace(each, text=one_line(each.text, _NUMBER_LIMIT))
        for each in person.numbers[: 10 * _MOST_NUMBERS]
    )
    return replace(
        person,
        name=one_line(person.name),
        numbers=tuple(dict.fromkeys(each for each in numbers if each.text))[:_MOST_NUMBERS],
        company=one_line(person.company),
        email=one_line(person.email),
        note=several_lines(person.note),
    )
