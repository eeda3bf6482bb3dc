"""Fifty thousand people: kept, found by what is typed, found by who calls."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable
from contextlib import closing
from functools import partial
from itertools import accumulate
from pathlib import Path
from statistics import median, quantiles
from time import perf_counter
from typing import TypeVar

from callctrl.numbers import DialPlan
from callctrl.people import Number, Person
from callctrl.store.contacts import SCHEMA, Contacts
from callctrl.store.database import open_database
from tests.crowd import crowd

__all__ = ["Row", "measure"]

Row = tuple[str, str, str]
"""Metric, goal, measured."""

_T = TypeVar("_T")

_PEOPLE = 50_000
_PLAN = DialPlan(country="DE", area_code="221", outside_digit="0")

_QUERIES = (
    """
mayer|meier anna|mayr|schmidt|schmitt peter|müller|mueller jürgen|muler|schnieder|schneider gmbh
anderson|o'brien|garcia|álvarez maria|dabrowski|łukasz|søren|noymann|kowalsky|volf|schults
zimmerman|hofmann software|bianci|lambert travel|grün|rosenbach|waldhauser|hirschbergr|thomas thomas
sara smith|jon|a b|s|verlag|consulting ag|0221|0049 30|4917|112|300|5551234|meier 017
""".replace("\n", "|")
    .strip("|")
    .split("|")
)


def measure() -> list[Row]:
    """All rows; takes about a minute."""
    people = list(crowd(_PEOPLE))
    rows: list[Row] = []
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "contacts.db"
        with closing(open_database(file, SCHEMA).connection) as connection:
            contacts = Contacts(connection)
            seconds, done = _timed(lambda: contacts.import_people(people, merge=False))
            rows.append((f"import {done.added:,} people", "a few s", f"{seconds:.1f} s"))
            seconds, done = _timed(lambda: contacts.import_people(people, merge=True))
            rows.append(("import them again, merging", "a few s", f"{seconds:.1f} s"))
            contacts.restore(contacts.import_people(crowd(500, seed=2), merge=False).undo)
            connection.execute("DELETE FROM alike WHERE key = ''")
            seconds, _ = _timed(lambda: Contacts(connection))
            rows.append(("build the search index", "a few s", f"{seconds:.1f} s"))
        seconds, opened = _timed(lambda: open_database(file, SCHEMA))
        with closing(opened.connection) as connection:
            started, contacts = _timed(lambda: Contacts(connection))
            rows.append(("open, check and search ready", "< 1 s", f"{seconds + started:.2f} s"))
            size = file.stat().st_size / 2**20
            rows.append(("size of the file", "", f"{size:.0f} MiB"))
            seconds, _ = _timed(lambda: contacts.search("s"))
            rows.append(("first search after a change", "", f"{1000 * seconds:.0f} ms"))
            typed = [text for query in _QUERIES for text in accumulate(query)]
            rows.append(
                (
                    f"search, {len(_QUERIES)} queries letter by letter ({len(typed)})",
                    "p99 < 16 ms",
                    _spread(partial(contacts.search, text) for text in typed),
                )
            )
            numbers = [_as_called(each.numbers[-1]) for each in people[:: _PEOPLE // 1000]]
            contacts.find_caller(numbers[0], _PLAN)  # the numbering plans are read once
            rows.append(
                (
                    f"find the caller ({len(numbers)})",
                    "p99 < 16 ms",
                    _spread(partial(contacts.find_caller, each, _PLAN) for each in numbers),
                )
            )
            person = Person("Ottokar Xaver Quast", (Number("0221 5550100"),), "Quast Ltd")
            rows.append(
                (
                    "add a person, on the disk",
                    "",
                    _spread([partial(contacts.add, person)] * 100),
                )
            )
    return rows


def _as_called(number: Number) -> str:
    """As a phone system shows it."""
    text = "".join(each for each in number.text if each.isdigit())
    return f"0049{text[2:]}" if number.text.startswith("+49") else text


def _timed(work: Callable[[], _T]) -> tuple[float, _T]:
    begun = perf_counter()
    result = work()
    return perf_counter() - begun, result


def _spread(works: Iterable[Callable[[], object]]) -> str:
    times = [1000 * _timed(work)[0] for work in works]
    return (
        f"p50 {median(times):.1f}, p99 {quantiles(times, n=100)[-1]:.1f}, max {max(times):.1f} ms"
    )
