from __future__ import annotations

import csv
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callctrl.calls import Call, CallState, Direction
from callctrl.store import history as module
from callctrl.store.database import StoreError, StoreReason, open_database
from callctrl.store.history import SCHEMA, Filter, History, Only, Outcome, Past, Record

ROOT = Path(__file__).parents[2]
MORNING = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
IN, OUT = Direction.INCOMING, Direction.OUTGOING
RINGING, CONNECTED, ENDED = CallState.RINGING, CallState.CONNECTED, CallState.ENDED


class Clock:
    """A wall clock that a test sets."""

    def __init__(self) -> None:
        self.now = MORNING

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **span: float) -> None:
        self.now += timedelta(**span)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "history.sqlite3"


@pytest.fixture
def connection(file: Path) -> Iterator[sqlite3.Connection]:
    with closing(open_database(file, SCHEMA).connection) as connection:
        yield connection


@pytest.fixture
def history(connection: sqlite3.Connection, clock: Clock) -> History:
    return History(connection, now=clock)


Place = Callable[..., Record]


@pytest.fixture
def place(history: History, clock: Clock) -> Place:
    """One call after the other, a minute each, from first to last."""
    count = iter(range(1, 1000))

    def place(
        number: str = "", name: str = "", *, direction: Direction = IN, answered: bool = False
    ) -> Record:
        call = Call(
            "1", RINGING, f"ref{next(count)}", direction=direction, number=number, name=name
        )
        history.see(call)
        clock.advance(seconds=30)
        if answered:
            history.see(replace(call, state=CONNECTED))
        clock.advance(seconds=30)
        return history.see(replace(call, state=ENDED))

    return place


def numbers(records: list[Record]) -> list[str]:
    return [record.number for record in records]


# Writing what happens


def test_a_call_is_written_as_it_goes_on(history: History, clock: Clock) -> None:
    call = Call("1", RINGING, "a", 2, IN, "201", "Ann")

    ringing = history.see(call)
    assert history.records(Filter()) == [ringing]
    clock.advance(seconds=5)
    connected = history.see(replace(call, state=CONNECTED))
    assert history.records(Filter()) == [connected]
    clock.advance(minutes=2)
    ended = history.see(replace(call, state=ENDED))

    assert history.records(Filter()) == [ended]
    assert ended == Record(
        id=ringing.id,
        began=MORNING,
        answered=MORNING + timedelta(seconds=5),
        ended=MORNING + timedelta(seconds=125),
        direction=IN,
        outcome=Outcome.ANSWERED,
        number="201",
        name="Ann",
        line=2,
    )


def test_a_call_that_has_ended_can_be_seen_once_more(history: History, clock: Clock) -> None:
    call = Call("1", CONNECTED, "a", 2, IN, "201", "Ann", answered_at=3.0)
    history.see(call)
    clock.advance(minutes=2)
    ended = history.see(replace(call, state=ENDED))
    clock.advance(minutes=1)
    assert history.see(replace(call, state=ENDED)) == ended
    assert history.records(Filter()) == [ended]


def test_what_is_returned_is_what_is_read_later(history: History, clock: Clock) -> None:
    clock.now = datetime(2026, 7, 1, 12, 30, 1, 234_567, timezone(timedelta(hours=2)))
    record = history.see(Call("1", RINGING, number=" 20\x001 ", name="Ann\nO'Hara"))

    assert history.records(Filter()) == [record]
    assert record.began == datetime(2026, 7, 1, 10, 30, 1, 234_000, UTC)
    assert (record.number, record.name) == ("20 1", "Ann O'Hara")


def test_a_call_number_used_again_is_another_call(history: History) -> None:
    history.see(Call("1", RINGING, "a", began_at=1.0))
    history.see(Call("1", ENDED, "a", began_at=1.0))
    history.see(Call("1", RINGING, "b", began_at=1.0))
    history.see(Call("1", ENDED, "b", began_at=1.0))
    # After a reboot the phone counts its references from the beginning.
    history.see(Call("1", RINGING, "a", began_at=9.0))

    assert len(history.records(Filter())) == 3


def test_a_call_may_be_given_its_reference_later(history: History) -> None:
    history.see(Call("1", RINGING))
    history.see(Call("1", CONNECTED, "a"))
    history.see(Call("1", CONNECTED))
    history.see(Call("1", ENDED, "a"))
    history.see(Call("1", RINGING, "b"))

    assert len(history.records(Filter())) == 2


def test_an_end_told_twice_is_one_end(history: History, clock: Clock) -> None:
    history.see(Call("1", RINGING, "a", direction=IN))
    first = history.see(Call("1", ENDED, "a", direction=IN))
    clock.advance(minutes=1)

    assert history.see(Call("1", ENDED, "a", direction=IN)) == first


def test_calls_turned_away_are_told_from_missed_ones(history: History) -> None:
    for number in ("1", "2", "3"):
        history.see(Call(number, RINGING, direction=IN))
    history.rejected("1")
    history.diverted("2", "+44 20\x00")
    for number in ("1", "2", "3"):
        history.see(Call(number, ENDED, direction=IN))

    newest_first = history.records(Filter())
    assert [record.outcome for record in newest_first] == [
        Outcome.MISSED,
        Outcome.DIVERTED,
        Outcome.REJECTED,
    ]
    assert [record.diverted_to for record in newest_first] == ["", "+44 20", ""]


def test_the_order_may_be_answered_after_the_call_has_ended(history: History) -> None:
    history.see(Call("1", RINGING, direction=IN))
    history.see(Call("1", ENDED, direction=IN))
    history.rejected("1")
    history.rejected("7")

    assert [record.outcome for record in history.records(Filter())] == [Outcome.REJECTED]


def test_calls_that_nobody_watches_have_no_known_end(
    connection: sqlite3.Connection, clock: Clock
) -> None:
    earlier = History(connection, now=clock)
    earlier.see(Call("1", RINGING, "a", direction=IN))
    earlier.see(Call("2", CONNECTED, "b", direction=IN))
    earlier.see(Call("2", CallState.FAILED, "b", direction=IN))
    clock.advance(hours=1)
    history = History(connection, now=clock)

    assert history.close_unfinished() == 1
    talked, lost = history.records(Filter())
    assert talked.outcome is Outcome.ANSWERED
    assert (lost.outcome, lost.ended) == (Outcome.UNKNOWN_END, None)


def test_a_call_given_up_goes_on_where_the_phone_still_speaks_of_it(history: History) -> None:
    given_up = history.see(Call("1", CONNECTED, "a", direction=IN))
    history.close_unfinished()

    assert history.see(Call("1", CONNECTED, "a", direction=IN)) == given_up


def test_a_killed_program_loses_no_call(file: Path, clock: Clock) -> None:
    code = """
import os, sys
from datetime import UTC, datetime
from pathlib import Path
from callctrl.calls import Call, CallState, Direction
from callctrl.store.database import open_database
from callctrl.store.history import SCHEMA, History

connection = open_database(Path(sys.argv[1]), SCHEMA).connection
history = History(connection, now=lambda: datetime(2026, 3, 2, 9, 0, tzinfo=UTC))
record = history.see(Call("1", CallState.CONNECTED, "a", 1, Direction.INCOMING, "201", "Ann"))
history.write_note(record.id, "wants a call back")
os.kill(os.getpid(), 9)
"""
    done = subprocess.run([sys.executable, "-c", code, str(file)], cwd=ROOT, check=False)
    assert abs(done.returncode) == 9

    opened = open_database(file, SCHEMA)
    with closing(opened.connection) as connection:
        history = History(connection, now=clock)
        history.close_unfinished()
        [record] = history.records(Filter())
    assert opened.set_aside is None
    assert (record.number, record.name, record.note) == ("201", "Ann", "wants a call back")
    assert record.began == record.answered == MORNING
    assert (record.outcome, record.ended) == (Outcome.UNKNOWN_END, None)


texts = st.text(max_size=300)
any_calls = st.builds(
    Call,
    id=st.sampled_from("123"),
    state=st.sampled_from(CallState),
    ref=st.sampled_from("ab"),
    line=st.none() | st.integers(0, 9999),
    direction=st.sampled_from(Direction),
    number=texts,
    name=texts,
    answered_at=st.none() | st.floats(0, 1e9),
)


@given(st.lists(any_calls, max_size=12))
def test_every_call_seen_has_one_record_whatever_its_states(calls: list[Call]) -> None:
    with (
        tempfile.TemporaryDirectory() as folder,
        closing(open_database(Path(folder) / "history.sqlite3", SCHEMA).connection) as connection,
    ):
        history = History(connection, now=Clock())
        last = {(call.id, call.ref): history.see(call) for call in calls}

        assert len({record.id for record in last.values()}) == len(last)
        newest_first = sorted(last.values(), key=lambda record: -record.id)
        assert history.records(Filter()) == newest_first


# Reading


def test_records_come_in_pages_the_newest_first(history: History, place: Place) -> None:
    for number in range(120):
        place(str(number))

    pages = [history.records(Filter())]
    while len(pages[-1]) == 50:
        pages.append(history.records(Filter(), before=pages[-1][-1].id))

    assert [len(page) for page in pages] == [50, 50, 20]
    found = [number for page in pages for number in numbers(page)]
    assert found == [str(number) for number in reversed(range(120))]
    assert numbers(history.records(Filter(), limit=2)) == ["119", "118"]


def test_only_what_is_wanted_is_shown(history: History, place: Place) -> None:
    place("1")
    place("2", answered=True)
    place("3", direction=OUT)
    noted = place("4", direction=OUT, answered=True)
    history.write_note(noted.id, "sold")

    def shown(only: Only, *, with_note: bool = False) -> list[str]:
        return numbers(history.records(Filter(only=only, with_note=with_note)))

    assert shown(Only.ALL) == ["4", "3", "2", "1"]
    assert shown(Only.MISSED) == ["1"]
    assert shown(Only.ANSWERED) == ["2"]
    assert shown(Only.OUTGOING) == ["4", "3"]
    assert shown(Only.ALL, with_note=True) == ["4"]
    assert shown(Only.MISSED, with_note=True) == []


@pytest.mark.parametrize(
    "text",
    [
        "müller",
        "MÜLLER",
        "muller",
        "  ann   MÜL ",
        "müller 7946",
        "ΚΑΛΗΣΠΈΡΑ",
        "straße",
        "STRASSE",
        "lodz",
        "+44 (20) 7946-0123",
        "79460123",
        "100%",
        "it's",
        "4711",
    ],
)
def test_text_is_found_in_names_numbers_and_notes(
    history: History, place: Place, text: str
) -> None:
    wanted = place("+44207946.0123", "Ann Müller")
    history.write_note(wanted.id, "Καλησπέρα, it's 100% Hauptstraße;\nŁódź: order 4711")
    place("201", "Bob")

    assert numbers(history.records(Filter(text))) == ["+44207946.0123"]


@pytest.mark.parametrize("text", ["%", "_", "Ann Bob", "*", "202", "\x00' OR 1=1 --"])
def test_text_that_is_not_there_is_not_found(history: History, place: Place, text: str) -> None:
    place("201", "Ann")
    place("203", "Bob")

    assert history.records(Filter(text)) == []


def test_no_text_is_no_condition(history: History, place: Place) -> None:
    place("201", "Ann")

    assert numbers(history.records(Filter(" \t "))) == ["201"]


@given(text=st.text())
def test_any_text_may_be_searched_for(text: str) -> None:
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        connection.executescript(SCHEMA.steps[0])
        history = History(connection, now=Clock())
        record = history.see(Call("1", RINGING, name=text))

        assert history.records(Filter(record.name)) == [record]
        history.records(Filter(text))


def test_the_past_of_a_number_is_what_is_over(history: History, place: Place, clock: Clock) -> None:
    older = [place("+44 20 7946 0123"), place("02079460123", direction=OUT)]
    clock.now = MORNING + timedelta(days=1)
    place("020 7946 0124")
    newer = [place("0044 (20) 7946-0123"), place("7946012-3", answered=True)]
    history.see(Call("2", RINGING, "now", number="+442079460123"))

    past = history.past("+442079460123")

    assert past.today == 2
    assert past.last == newer[1]
    assert past.recent == (newer[1], newer[0], older[1])


def test_short_numbers_are_the_same_only_when_equal(history: History, place: Place) -> None:
    place("0123")
    place("123")
    place("9999123")

    assert numbers(list(history.past("123").recent)) == ["123"]
    assert numbers(list(history.past("999-9123").recent)) == ["9999123"]
    assert history.past("23") == Past()


@pytest.mark.parametrize("number", ["", "anonymous@", "+", "\ud800"])
def test_nobody_has_no_past_but_what_is_theirs(history: History, place: Place, number: str) -> None:
    place("")
    place("201")

    assert history.past(number) == Past()


def test_today_begins_at_midnight_where_the_desk_is(
    history: History, place: Place, clock: Clock
) -> None:
    clock.now = datetime(2026, 3, 2, 23, 58, tzinfo=timezone(timedelta(hours=-5)))
    place("201")
    clock.now = datetime(2026, 3, 3, 0, 1, tzinfo=timezone(timedelta(hours=-5)))
    place("201")

    assert history.past("201").today == 1


def test_the_last_numbers_come_once_each(history: History, place: Place) -> None:
    for number in ("1", "2", "3", "1", ""):
        place(number, direction=OUT)
    place("4", direction=IN)

    assert history.last_numbers(10) == ["1", "3", "2"]
    assert history.last_numbers(2) == ["1", "3"]


# What a person does with it


def test_missed_calls_count_until_they_are_looked_at(history: History, place: Place) -> None:
    place("1")
    place("2")
    place("3", answered=True)
    history.see(Call("9", RINGING, direction=IN))
    assert history.missed_count() == 2

    assert history.look() == 2

    assert history.missed_count() == 0
    assert history.look() == 0
    assert [each.looked_at for each in history.records(Filter(only=Only.MISSED))] == [True, True]
    place("4")
    assert history.missed_count() == 1


def test_a_note_stays_while_the_call_goes_on(history: History) -> None:
    record = history.see(Call("1", CONNECTED))

    assert history.write_note(record.id, " wants a\r\ncall back \x00")
    ended = history.see(Call("1", ENDED))

    assert ended.note == "wants a\ncall back"
    assert not history.write_note(record.id + 1, "nobody")


def test_a_deleted_record_comes_back_where_it_was(history: History, place: Place) -> None:
    place("1")
    record = place("2", "Ann", answered=True)
    place("3")
    history.write_note(record.id, "sold")
    before = history.records(Filter())

    deleted = history.delete(record.id)
    assert deleted == replace(record, note="sold")
    assert numbers(history.records(Filter())) == ["3", "1"]
    assert history.delete(record.id) is None
    history.restore([deleted])

    assert history.records(Filter()) == before
    assert numbers(history.records(Filter("sold"))) == ["2"]
    assert history.past("2").last == deleted


def test_all_that_is_over_is_deleted_and_comes_back(history: History, place: Place) -> None:
    for number in "123":
        place(number)
    going_on = history.see(Call("9", RINGING))
    before = history.records(Filter())

    deleted = history.delete_all()
    assert history.records(Filter()) == [going_on]
    assert history.delete(going_on.id) is None
    history.restore(deleted)
    history.restore(deleted)

    assert history.records(Filter()) == before


def test_the_place_of_a_deleted_record_is_not_given_away(history: History, place: Place) -> None:
    deleted = history.delete(place("1").id)
    assert deleted is not None
    place("2")
    history.restore([deleted])

    assert numbers(history.records(Filter())) == ["2", "1"]


def test_old_records_are_forgotten(history: History, place: Place, clock: Clock) -> None:
    place("old")
    history.see(Call("9", RINGING, number="going on"))
    clock.advance(days=30)
    place("new")

    assert history.forget_older_than(0) == 0
    assert history.forget_older_than(-5) == 0
    assert history.forget_older_than(10**30) == 0
    assert history.forget_older_than(31) == 0
    assert history.forget_older_than(29) == 1
    assert numbers(history.records(Filter())) == ["new", "going on"]


def test_the_export_holds_all_that_is_known(history: History, place: Place, tmp_path: Path) -> None:
    place("201", direction=OUT)
    noted = place("+44 20 7946", "=1+1", answered=True)
    history.write_note(noted.id, "-1\nMüller")
    history.see(Call("1", RINGING, "a", line=3, direction=IN))
    history.diverted("1", "+4930")
    table = tmp_path / "calls.csv"

    history.export_csv(table)

    def local(**after: int) -> str:
        return f"{(MORNING + timedelta(**after)).astimezone():%Y-%m-%d %H:%M:%S}"

    assert table.read_bytes().startswith(b"\xef\xbb\xbf")
    with table.open(encoding="utf-8-sig", newline="") as stream:
        rows = list(csv.reader(stream))
    header, diverted, answered, placed = rows
    assert header == list(module._CSV)
    assert diverted[:5] == [local(minutes=2), "", "", "incoming", "diverted"]
    assert diverted[5:] == ["", "", "3", "+4930", ""]
    assert answered[:3] == [local(minutes=1), local(seconds=90), local(minutes=2)]
    assert answered[3:] == ["incoming", "answered", "+44207946", "'=1+1", "", "", "'-1\nMüller"]
    assert placed[:5] == [local(), "", local(minutes=1), "outgoing", "no answer"]
    assert placed[5:] == ["201", "", "", "", ""]


def test_an_export_that_cannot_be_written_is_told(history: History, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        history.export_csv(tmp_path / "nowhere" / "calls.csv")


# A disk that refuses


def test_on_a_full_disk_the_history_can_still_be_read(
    history: History, place: Place, connection: sqlite3.Connection
) -> None:
    place("201")
    before = history.records(Filter())
    connection.execute("PRAGMA max_page_count = 1")  # no more than there are

    def fill() -> None:
        for number in range(1000):
            history.see(Call("1", RINGING, str(number), name="x" * 200))

    with pytest.raises(StoreError) as caught:
        fill()

    assert caught.value.reason is StoreReason.FULL
    kept = history.records(Filter(), limit=1000)
    assert kept[-1:] == before
    assert history.missed_count() == 1


def test_salvaged_rows_may_hold_words_nobody_knows(
    history: History, place: Place, connection: sqlite3.Connection
) -> None:
    place("201")
    connection.execute("UPDATE call SET outcome = 'abducted', direction = x'ff'")

    [record] = history.records(Filter())

    assert (record.outcome, record.direction) == (Outcome.UNKNOWN_END, Direction.UNKNOWN)


@pytest.mark.parametrize(
    ("wanted", "index"),
    [
        (Filter(), "INTEGER PRIMARY KEY"),
        (Filter(only=Only.MISSED), "call_by_outcome"),
        (Filter(only=Only.OUTGOING), "call_by_direction"),
        (Filter(with_note=True), "call_with_note"),
    ],
)
def test_a_page_is_found_by_an_index(
    history: History, connection: sqlite3.Connection, wanted: Filter, index: str
) -> None:
    statements: list[str] = []
    connection.set_trace_callback(statements.append)
    history.records(wanted, before=1000)
    connection.set_trace_callback(None)

    [plan] = connection.execute(f"EXPLAIN QUERY PLAN {statements[0]}").fetchall()

    assert index in plan[-1]


def test_the_past_is_found_by_an_index(history: History, connection: sqlite3.Connection) -> None:
    statements: list[str] = []
    connection.set_trace_callback(statements.append)
    history.past("02079460123")
    connection.set_trace_callback(None)

    for statement in statements:
        plan = connection.execute(f"EXPLAIN QUERY PLAN {statement}").fetchall()
        assert "call_by_tail" in plan[0][-1]
