"""Finding people while a name or number is typed, forgivingly.

What is typed finds words that begin so and numbers that begin or end so. Below these come words
that sound alike; and where next to nothing was found, those that begin to sound alike and those a
slip away. The index are two tables (`callctrl.store.contacts` has their SQL):

    words   each word of a name (place 0) or company (place 1), with the person
    alike   each sound key (in capitals) and each slip (never in capitals), with the word

The tables are plain B-trees and what is typed only ever goes in as a parameter. Each question is
answered in few rows, because between two rows another thread may take the interpreter.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby, islice

from callctrl.store.words import VERSION, digits, is_slip, slips, sound, typed_words, words

__all__ = ["Alike", "Entry", "Hits", "Index"]

Entry = tuple[int, str, str]
"""A person to index: id, name and company."""

_Ids = set[int]
_Way = tuple[int, tuple[str, ...], _Ids]
"""How far away words are from what was typed, those that differ, and who has them."""

_BATCH = 5000
"""People indexed at a time; their words are in memory meanwhile."""
_LONGEST_TEXT = 100
"""Characters of what is typed that are looked at."""
_MOST_TERMS = 8
_FEW = 5
"""With fewer hits than that it is likely that something was mistyped."""
_FEWEST_LETTERS = 4
"""Typed before slips are looked for."""
_SUFFIX_DIGITS = 3
"""Typed before the end of a number may match."""
_MOST_ALIKE = 40
"""Words looked at that sound like one typed, and combinations of them."""

_LAST = "\U0010ffff"
"""Comes after all that may follow the beginning of a word."""
_UP_TO_DATE = ("", VERSION)
"""A row of `alike` that says who filled the tables."""


@dataclass(frozen=True, slots=True)
class Alike:
    """People with a word like one that was typed."""

    words: tuple[str, ...]
    """The words as indexed, in the order of those typed."""
    people: _Ids


@dataclass(frozen=True, slots=True)
class Hits:
    """Who was found, by id; nobody twice."""

    exact: tuple[_Ids, ...] = ()
    """Better ones first."""
    alike: tuple[Alike, ...] = ()
    """Nearer ones first."""


@dataclass(frozen=True, slots=True)
class _Term:
    """A word in its spellings, or a number: digits and the words it may be as well."""

    spellings: tuple[str, ...] = ()
    digits: str = ""
    words: tuple[tuple[str, ...], ...] = ()


class Index:
    """The tables `words` and `alike` of the contacts' database, and its `numbers` to read."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    # Keeping it; whoever calls is inside a transaction

    @property
    def is_up_to_date(self) -> bool:
        """Whether these tables are as this version of the program, on this Python, fills them.

        They are not where the database was salvaged, which takes only tables with a rowid.
        """
        return self._is_there("SELECT 1 FROM alike WHERE key = ? AND word = ?", *_UP_TO_DATE)

    def rebuild(self, entries: Iterable[Entry]) -> None:
        """Begin anew with these people."""
        self._connection.execute("DELETE FROM words")
        self._connection.execute("DELETE FROM alike")
        self._connection.execute("INSERT INTO alike VALUES (?, ?)", _UP_TO_DATE)
        self.add(entries)

    def add(self, entries: Iterable[Entry]) -> None:
        """Index people, or what is new about them."""
        for rows in _batches(entries):
            new = [word for word in {word for _, word, _ in rows} if not self._has(word)]
            self._connection.executemany("INSERT OR IGNORE INTO words VALUES (?, ?, ?)", rows)
            self._connection.executemany(
                "INSERT OR IGNORE INTO alike VALUES (?, ?)",
                sorted((key, word) for word in new for key in _keys(word)),
            )

    def remove(self, entries: Iterable[Entry]) -> None:
        """Forget people, by what they were indexed with."""
        for rows in _batches(entries):
            self._connection.executemany(
                "DELETE FROM words WHERE place = ? AND word = ? AND person = ?", rows
            )
            gone = [word for word in {word for _, word, _ in rows} if not self._has(word)]
            self._connection.executemany(
                "DELETE FROM alike WHERE key = ? AND word = ?",
                [(key, word) for word in gone for key in _keys(word)],
            )

    def _has(self, word: str) -> bool:
        return self._is_there("SELECT 1 FROM words WHERE place IN (0, 1) AND word = ?", word)

    def _is_there(self, query: str, *values: str) -> bool:
        return self._connection.execute(query, values).fetchone() is not None

    # Finding

    def find(self, text: str, *, alike: bool = True) -> Hits:
        """Who fits all that is typed; with a digit in it, nothing is taken by its sound."""
        terms = _terms(text[:_LONGEST_TEXT])
        if not terms:
            return Hits()
        classes = [self._term(term) for term in terms]
        exact = _best_first(classes)
        if not alike or digits(text):
            return Hits(exact)
        return Hits(exact, tuple(self._alike(terms, classes, set().union(*exact))))

    def _term(self, term: _Term) -> list[_Ids]:
        return self._number(term) if term.digits else self._word(term.spellings)

    def _word(self, spellings: Iterable[str]) -> list[_Ids]:
        """Who has the word in the name, begins one with it, has it in the company.

        A single letter begins the words of so many companies that only whole ones count.
        """
        whole, begun, elsewhere = _Ids(), _Ids(), _Ids()
        for spelling in spellings:
            end = spelling + _LAST if len(spelling) > 1 else spelling
            whole |= self._people("words WHERE place = 0 AND word = ?", spelling)
            begun |= self._people(
                "words WHERE place = 0 AND word > ? AND word < ?", spelling, spelling + _LAST
            )
            elsewhere |= self._people(
                "words WHERE place = 1 AND word BETWEEN ? AND ?", spelling, end
            )
        return [whole, begun, elsewhere]

    def _number(self, term: _Term) -> list[_Ids]:
        """Who has the number, an extension that begins so, another that begins or ends so.

        A single digit begins the numbers of so many that only extensions and whole ones count.
        """
        begin, end = term.digits, term.digits + ":"  # which comes after the digits
        whole = self._people("numbers WHERE digits = ?", begin)
        extension = self._people(
            "numbers WHERE kind = 'extension' AND digits > ? AND digits < ?", begin, end
        )
        other = _Ids()
        if len(begin) > 1:
            other |= self._people("numbers WHERE digits > ? AND digits < ?", begin, end)
        # Without its trunk prefix, a national number ends the international one.
        for last in {begin, begin.lstrip("0")}:
            if len(last) >= _SUFFIX_DIGITS:
                reverse = last[::-1]
                other |= self._people(
                    "numbers WHERE tail >= ? AND tail < ?", reverse, reverse + ":"
                )
        if term.words:  # "Studio 54"
            other |= set.intersection(*(_Ids().union(*self._word(each)) for each in term.words))
        return [whole, extension, other]

    def _people(self, rows: str, *values: str) -> _Ids:
        [people] = self._connection.execute(
            f"SELECT group_concat(person, ' ') FROM {rows}",  # noqa: S608 - words of ours
            values,
        ).fetchone()
        return set(map(int, people.split())) if people else _Ids()

    def _alike(self, terms: list[_Term], classes: list[list[_Ids]], exact: _Ids) -> Iterator[Alike]:
        """Those with at least one word alike, each person once; nearer first, then larger."""
        few = len(exact) < _FEW
        found: list[_Way] = [(0, (), _Ids())]
        for at, (term, direct) in enumerate(zip(terms, classes, strict=True)):
            ways: list[_Way] = [(0, (), _Ids().union(*direct))]
            ways += self._words_like(term.spellings, few)
            found = [
                (far + farther, said + word, both)
                for far, said, people in found
                for farther, word, more in ways
                if (both := more if at == 0 else people & more)
            ]
            found = sorted(found, key=_nearness)[: 1 + _MOST_ALIKE]
        seen = set(exact)
        for _, said, people in found:
            if said and (new := people - seen):
                seen |= new
                yield Alike(said, new)

    def _words_like(self, spellings: tuple[str, ...], few: bool) -> list[_Way]:
        """The words that sound like this one; with few hits those with a slip, or else the more."""
        far: dict[str, int] = {}
        keys = [key for key in map(sound, spellings) if key]
        for key in keys:
            far.update((word, 1) for word in self._keyed("key = ?", key))
        for spelling in spellings:
            if few and len(spelling) >= _FEWEST_LETTERS:
                forms = sorted(slips(spelling))
                for word in self._keyed(f"key IN ({', '.join('?' * len(forms))})", *forms):
                    if is_slip(spelling, word):
                        far.setdefault(word, 2)
        if few and not far:
            for key in keys:
                far.update((word, 3) for word in self._keyed("key > ? AND key < ?", key, key + "["))
        near = [word for word in far if not word.startswith(spellings)]
        return [
            (far[word], (word,), set(map(int, people.split())))
            for word, people in self._connection.execute(
                "SELECT word, group_concat(person, ' ') FROM words WHERE place IN (0, 1)"
                " AND word IN (SELECT value FROM json_each(?)) GROUP BY word",
                (json.dumps(near),),
            )
        ]

    def _keyed(self, condition: str, *values: str) -> list[str]:
        query = f"SELECT DISTINCT word FROM alike WHERE {condition} LIMIT {_MOST_ALIKE}"  # noqa: S608 - ours
        return [word for (word,) in self._connection.execute(query, values)]


def _batches(entries: Iterable[Entry]) -> Iterator[list[tuple[int, str, int]]]:
    """The rows of `words`, in the order of the table, which is the quickest to write."""
    remaining = iter(entries)
    while batch := list(islice(remaining, _BATCH)):
        yield sorted({row for entry in batch for row in _rows(entry)})


def _rows(entry: Entry) -> Iterator[tuple[int, str, int]]:
    person, name, company = entry
    for word in words(name):
        yield 0, word, person
    for word in words(company):
        yield 1, word, person


def _keys(word: str) -> set[str]:
    return slips(word) | {sound(word)} - {""}


def _terms(text: str) -> list[_Term]:
    """What was typed; neighbouring groups of digits are one number."""
    terms: list[_Term] = []
    for is_number, run in groupby(typed_words(text), lambda each: each[0].isdecimal()):
        parts = tuple(run)
        if is_number:
            terms.append(_Term(digits="".join(part for part, *_ in parts), words=parts))
        else:
            terms += map(_Term, parts)
    return list(dict.fromkeys(terms))[:_MOST_TERMS]


def _best_first(terms: list[list[_Ids]]) -> tuple[_Ids, ...]:
    """Who is in a class of each term; the better the classes, the earlier, and only once."""
    ranked = _disjoint(terms[0])
    for classes in terms[1:]:
        sums = [_Ids() for _ in range(len(ranked) + len(classes) - 1)]
        for place, so_far in enumerate(ranked):
            for step, more in enumerate(classes):
                sums[place + step] |= so_far & more
        ranked = _disjoint(sums)
    return tuple(ranked)


def _disjoint(classes: list[_Ids]) -> list[_Ids]:
    seen = _Ids()
    found = []
    for each in classes:
        found.append(each - seen)
        seen |= each
    return found


def _nearness(found: _Way) -> tuple[int, int, tuple[str, ...]]:
    far, said, people = found
    return far, -len(people), said
